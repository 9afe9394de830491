//! [`House`]: a whole server on a folder of its own, with time and chance from outside, asked without a network.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use cairn::access::{CollectionName, Keyring, Visibility};
use cairn::embed::{Embedder, StaticModel};
use cairn::http::{App, Limits, Options as Door, router};
use cairn::ledger::{
    Clock, Keeper, LedgerReader, LedgerSink, Line, NoRandomness, Options as LedgerOptions, Randomness, Timestamp,
};
use cairn::library::{CollectionOptions, Commits, Library, Options, Outside};
use http_body_util::BodyExt as _;
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::dice::Dice;
use super::git::Files;

/// How long a change may take before a test gives up; a busy machine is slow, not wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// A private file that is changed so that there is a generation to wait for.
const MARKED: &str = "corpus/mark.md";

/// 2031-02-03: every file is old by then.
const BEGIN_MS: i64 = 1_927_843_200_000;

/// Time and chance as they are told: the same for the same request, whatever was asked or indexed before.
#[derive(Debug, Default)]
pub(crate) struct Told {
    moment: AtomicI64,
    draws: AtomicU64,
}

impl Told {
    /// Tells what time it is: ten seconds a moment.
    fn set(&self, moment: i64) {
        self.moment.store(moment, Ordering::SeqCst);
        self.draws.store(0, Ordering::SeqCst);
    }
}

impl Clock for Told {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(BEGIN_MS + 10_000 * self.moment.load(Ordering::SeqCst))
    }
}

impl Randomness for Told {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        let moment = self.moment.load(Ordering::SeqCst).unsigned_abs();
        let mut dice = Dice::new(moment << 16 | self.draws.fetch_add(1, Ordering::SeqCst));
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&dice.roll().to_le_bytes()[..part.len()]);
        }
        Ok(())
    }
}

/// A request, ready to be sent to several houses.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Ask {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn request(&self) -> Request<Body> {
        let mut request = Request::builder().method(self.method.clone()).uri(&self.path);
        if self.headers.iter().all(|(name, _)| *name != "host") {
            request = request.header("host", "localhost:7171");
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.body(Body::from(self.body.clone())).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// Every header in its order.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Everything that a client sees, as bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{}\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend([name.as_bytes(), b": ", value, b"\n"].concat());
        }
        bytes.push(b'\n');
        bytes.extend(&self.body);
        bytes
    }
}

/// A server.
pub(crate) struct House {
    // Dropped in this order: the folder goes last.
    router: Router,
    pub(crate) library: Arc<Library>,
    told: Arc<Told>,
    token: String,
    marks: u32,
    folder: TempDir,
}

/// The built-in model; made once.
pub(crate) fn model() -> Arc<dyn Embedder> {
    static MODEL: OnceLock<Arc<StaticModel>> = OnceLock::new();
    Arc::<StaticModel>::clone(MODEL.get_or_init(|| Arc::new(StaticModel::new().unwrap())))
}

/// A folder in memory, where there is one: nothing here is about disks, and syncing them is most of the time.
pub(crate) fn folder() -> TempDir {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

impl House {
    /// A house in a folder that holds its files; `own` names a private collection beside `corpus`.
    pub(crate) async fn open(folder: TempDir, own: &str, commits: Commits) -> Self {
        let data = folder.path().join(".cairn");
        for place in [".cairn", "playbook", "journeys", "corpus", own] {
            fs::create_dir_all(folder.path().join(place)).unwrap();
        }
        fs::write(folder.path().join(MARKED), "mark 0\n").unwrap();
        let told = Arc::new(Told::default());
        let (clock, randomness) = (Arc::<Told>::clone(&told), Arc::<Told>::clone(&told));
        let mut keyring = Keyring::open(&data.join("tokens.json")).unwrap();
        let token = keyring.make_admin("owner", 0).unwrap();
        let ledger = Arc::new(Keeper::open(&data.join("ledger"), LedgerOptions::default()).unwrap().0);
        let sink = Arc::<Keeper>::clone(&ledger) as Arc<dyn LedgerSink>;
        let collection = |name: &str, visibility| CollectionOptions {
            name: CollectionName::parse(name).unwrap(),
            path: folder.path().join(name),
            visibility,
            language: None,
            include: Vec::new(),
            exclude: Vec::new(),
        };
        let collections = vec![
            collection("corpus", Visibility::Private),
            collection("playbook", Visibility::Public),
            collection(own, Visibility::Private),
            collection("journeys", Visibility::Public),
        ];
        let mut options = Options::new(folder.path().to_owned(), data, collections);
        options.watch = false;
        options.quiet = Duration::from_millis(1);
        options.reconcile_every = Duration::from_secs(3_600);
        options.commits = commits;
        let outside = Outside { embedder: model(), sink, clock: clock.clone(), randomness: randomness.clone() };
        let library = Arc::new(Library::open(options, outside).unwrap());
        tokio::time::timeout(PATIENCE, library.wait_ready()).await.expect("the library is ready in time");
        tokio::time::timeout(PATIENCE, library.wait_lines()).await.expect("the history is read in time");
        let door = Door {
            name: "Wall".to_owned(),
            listen: None,
            edit_url: Some("https://git.example.org/edit/{path}".to_owned()),
            public_url: Some("https://wall.example.org".to_owned()),
            hosts: Vec::new(),
            origins: Vec::new(),
            skills: true,
            // A rate is a matter of the hour, not of the files.
            limits: Limits { token_rate: 0, anonymous_rate: 0, loopback_rate: 0, failure_rate: 0, ..Limits::default() },
            clock,
            randomness,
        };
        let app = App::new(Arc::clone(&library), keyring, ledger, door).unwrap();
        Self { router: router(&app), library, told, token, marks: 0, folder }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Puts files in their place.
    pub(crate) fn write(&self, files: &Files) {
        put(self.folder.path(), files);
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap();
    }

    /// Waits for the public generation that has everything that was done up to now. It is made before those of private
    /// shelves, so that the first of them says that it is there; the others may still be on their way.
    pub(crate) async fn index(&mut self) {
        let before = self.generation("corpus");
        let mut status = self.library.status();
        self.marks += 1;
        fs::write(self.path(MARKED), format!("mark {}\n", self.marks)).unwrap();
        self.library.compare();
        let arrival = async {
            while self.generation("corpus") == before {
                status.changed().await.expect("the indexer lives");
            }
        };
        tokio::time::timeout(PATIENCE, arrival).await.expect("the change is indexed in time");
    }

    /// The generation of a shelf; 0 while there is none.
    pub(crate) fn generation(&self, shelf: &str) -> u64 {
        self.library.shelves().iter().find(|status| status.name == shelf).map_or(0, |status| status.generation)
    }

    /// Sends a request of a stranger, at a moment.
    pub(crate) async fn stranger(&self, ask: &Ask, moment: i64) -> Reply {
        self.told.set(moment);
        send(self.router.clone(), ask.request()).await
    }

    /// Sends a request of the owner.
    pub(crate) async fn owner(&self, ask: &Ask, moment: i64) -> Reply {
        self.told.set(moment);
        let mut ask = ask.clone();
        // The owner's token alone is a good one.
        ask.headers.retain(|(name, _)| *name != "authorization");
        let ask = ask.with("authorization", format!("Bearer {}", self.token));
        send(self.router.clone(), ask.request()).await
    }

    /// What others need to ask beside the test.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Every line of the ledger, oldest first.
    pub(crate) fn ledger(&self) -> Vec<Line> {
        let reader = LedgerReader::open(&self.path(".cairn/ledger")).unwrap();
        reader.lines().unwrap().map(Result::unwrap).collect()
    }
}

/// Sends a request and reads the whole answer.
pub(crate) async fn send(router: Router, request: Request<Body>) -> Reply {
    let whole = async {
        let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
        let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
        // A stream of events does not end: what it begins with is looked at.
        let is_endless = parts.headers.get("content-type").is_some_and(|media| media == "text/event-stream");
        let body = if is_endless {
            let first = Box::pin(body).frame().await.map(|frame| frame.unwrap().into_data().unwrap_or_default());
            first.unwrap_or_default().to_vec()
        } else {
            axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec()
        };
        Reply { status: parts.status, headers, body }
    };
    tokio::time::timeout(PATIENCE, whole).await.expect("an answer comes to its end")
}

/// Writes files below a folder.
pub(crate) fn put(root: &std::path::Path, files: &Files) {
    for (path, bytes) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}
