//! A small house for tests: a corpus in a folder of its own, a real library over it, and the router of both doors.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::access::{Action, CollectionName, Keyring, NewToken, TokenName, Visibility};
use crate::embed::{Embedder, StaticModel};
use crate::http::{App, Limits, Options, router};
use crate::ledger::{
    self, Clock, Keeper, LedgerReader, LedgerSink, Record, Retrieval, SystemClock, SystemRandomness, Timestamp,
};
use crate::library::{self, CollectionOptions, Library, Outside};

/// A word that stands in a public document only, and one that stands in a private one only.
pub(super) const PUBLIC_WORD: &str = "heliotrope";
pub(super) const PRIVATE_WORD: &str = "quicksilver";

/// A clock that a test sets. It begins now.
#[derive(Debug)]
pub(super) struct SetClock(AtomicI64);

impl SetClock {
    pub(super) fn pass(&self, seconds: i64) {
        self.0.fetch_add(1_000 * seconds, Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::Relaxed))
    }
}

/// A server for nobody in particular.
pub(super) fn options() -> Options {
    Options {
        name: "Test house".to_owned(),
        listen: None,
        edit_url: None,
        public_url: None,
        hosts: Vec::new(),
        origins: Vec::new(),
        skills: false,
        limits: wide(),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
    }
}

/// Limits that no test meets by the way.
pub(super) fn wide() -> Limits {
    Limits { failure_rate: 0, loopback_rate: 0, ..Limits::default() }
}

pub(super) struct TestHouse {
    /// The door's clock.
    pub(super) clock: Arc<SetClock>,
    pub(super) app: Arc<App>,
    pub(super) router: Router,
    pub(super) token: String,
    folder: tempfile::TempDir,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

fn write(folder: &std::path::Path, path: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

impl TestHouse {
    pub(super) async fn open() -> Self {
        let house = Self::open_with(Arc::new(StaticModel::new().unwrap()));
        house.app.library.wait_ready().await;
        house
    }

    /// A house that is not ready before `embedder` has embedded its documents.
    pub(super) fn open_with(embedder: Arc<dyn Embedder>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let long: String = (0..400).map(|n| format!("Line {n} says how a long page is read in parts.\n\n")).collect();
        let files = [
            (
                "playbook/release.md",
                format!(
                    "# Releasing\n\nHow we ship.\n\n## Freeze\n\nThe {PUBLIC_WORD} freeze begins on Thursday and nobody \
                     merges until the release captain says so.\n\n```sh\ngit tag\n```\n\n## After\n\nSee [on call](on%20call.md)."
                ),
            ),
            (
                "playbook/on call.md",
                "---\ntags: [ops]\n---\n# On call\n\nThe pager goes to whoever is on duty.\n".to_owned(),
            ),
            ("playbook/long.md", format!("# A long page\n\n{long}")),
            (
                "corpus/reorg.md",
                format!(
                    "---\nowner: ada\n---\n# Reorganisation\n\nThe {PRIVATE_WORD} plan moves two teams. See [[Releasing]].\n"
                ),
            ),
        ];
        for (path, text) in files {
            write(folder.path(), path, text);
        }
        Self::over(folder, embedder, wide())
    }

    /// A house with one page and other limits.
    pub(super) async fn open_within(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("corpus")).unwrap();
        write(folder.path(), "playbook/release.md", "# Releasing\n\nHow we ship.\n");
        let house = Self::over(folder, Arc::new(StaticModel::new().unwrap()), limits);
        house.app.library.wait_ready().await;
        house
    }

    /// The token file, as another process sees it.
    pub(super) fn keyring(&self) -> Keyring {
        Keyring::open(&self.tokens()).unwrap()
    }

    pub(super) fn tokens(&self) -> PathBuf {
        self.folder.path().join("data/tokens.json")
    }

    /// Makes a token as another process would.
    pub(super) fn make(&self, name: &str, collections: &[&str], can: &[Action], expires_s: Option<i64>) -> String {
        let new = NewToken {
            name: TokenName::parse(name).unwrap(),
            collections: collections.iter().map(|name| CollectionName::parse(name).unwrap()).collect(),
            can: can.to_vec(),
            expires_s,
        };
        self.keyring().make(new, self.now_s()).unwrap().secret
    }

    pub(super) fn now_s(&self) -> i64 {
        self.clock.now().unix_s()
    }

    /// A house with other pages.
    pub(super) async fn open_on(pages: &[(String, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for collection in ["playbook", "corpus"] {
            std::fs::create_dir(folder.path().join(collection)).unwrap();
        }
        for (path, text) in pages {
            write(folder.path(), path, text);
        }
        let house = Self::over(folder, Arc::new(StaticModel::new().unwrap()), wide());
        house.app.library.wait_ready().await;
        house
    }

    fn over(folder: tempfile::TempDir, embedder: Arc<dyn Embedder>, limits: Limits) -> Self {
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let mut keyring = Keyring::open(&data.join("tokens.json")).unwrap();
        let token = keyring.make_admin("test", 0).unwrap();
        let (ledger, _) = Keeper::open(&data.join("ledger"), ledger::Options::default()).unwrap();
        let ledger = Arc::new(ledger);
        let outside = Outside {
            embedder,
            sink: Arc::clone(&ledger) as Arc<dyn LedgerSink>,
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        };
        let collection = |name: &str, visibility| CollectionOptions {
            name: CollectionName::parse(name).unwrap(),
            path: folder.path().join(name),
            visibility,
            language: None,
            include: Vec::new(),
            exclude: Vec::new(),
        };
        let collections = vec![collection("corpus", Visibility::Private), collection("playbook", Visibility::Public)];
        let mut options = library::Options::new(folder.path().to_owned(), data, collections);
        options.watch = false;
        let library = Arc::new(Library::open(options, outside).unwrap());
        let clock = Arc::new(SetClock(AtomicI64::new(SystemClock.now().unix_ms())));
        let options = Options { skills: true, limits, clock: Arc::<SetClock>::clone(&clock), ..self::options() };
        let app = App::new(library, keyring, ledger, options).unwrap();
        let router = router(&app);
        Self { clock, app, router, token, folder }
    }

    /// A path in the house.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// Writes a page of the public shelf and waits for its generation.
    pub(super) async fn write(&self, path: &str, text: &str) -> u64 {
        let library = self.app.library.public();
        let before = library.shelf().generation();
        std::fs::write(self.path(path), text).unwrap();
        self.app.library.compare();
        library.next_generation(before).await.expect("the indexer lives").generation()
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        // A stream of events does not end.
        let endless = parts.headers.get(header::CONTENT_TYPE).is_some_and(|media| media == "text/event-stream");
        let body = if endless { Body::empty() } else { body };
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// As somebody without a credential.
    pub(super) async fn stranger(&self, path: &str) -> Reply {
        self.send(get(path, None)).await
    }

    /// As the holder of the admin token.
    pub(super) async fn owner(&self, path: &str) -> Reply {
        self.send(get(path, Some(&self.token))).await
    }

    /// An MCP message of the older era, as the owner or as a stranger.
    pub(super) async fn mcp(&self, owner: bool, method: &str, params: Value) -> Value {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let mut request = post("/mcp", &message, owner.then_some(self.token.as_str()));
        request.headers_mut().insert("mcp-protocol-version", "2025-11-25".parse().unwrap());
        let reply = self.send(request).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        reply.json()
    }

    /// An MCP message of the newer era, as the owner or as a stranger.
    pub(super) async fn mcp_now(&self, owner: bool, method: &str, mut params: Value) -> Value {
        let name = params["name"].as_str().or(params["uri"].as_str()).map(str::to_owned);
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "probe", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let mut request = post("/mcp", &message, owner.then_some(self.token.as_str()));
        let headers = request.headers_mut();
        headers.insert("mcp-protocol-version", "2026-07-28".parse().unwrap());
        headers.insert("mcp-method", method.parse().unwrap());
        if let Some(name) = name {
            headers.insert("mcp-name", name.parse().unwrap());
        }
        self.send(request).await.json()
    }

    /// Every retrieval in the ledger, oldest first.
    pub(super) fn records(&self) -> Vec<Retrieval> {
        let reader = LedgerReader::open(&self.folder.path().join("data/ledger")).unwrap();
        let lines = reader.tail(10_000).unwrap();
        let records = lines.into_iter().filter_map(|line| match line.record {
            Record::Retrieval(retrieval) => Some(*retrieval),
            _ => None,
        });
        records.collect()
    }
}

pub(super) fn get(path: &str, token: Option<&str>) -> Request<Body> {
    build(Method::GET, path, token).body(Body::empty()).unwrap()
}

pub(super) fn post(path: &str, body: &Value, token: Option<&str>) -> Request<Body> {
    build(Method::POST, path, token)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
        .body(Body::from(body.to_string()))
        .unwrap()
}

fn build(method: Method, path: &str, token: Option<&str>) -> Builder {
    let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:7171");
    match token {
        Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    }
}
