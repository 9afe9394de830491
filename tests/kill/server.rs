//! The server that is killed: this same binary, started with a folder and what is to happen to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use cairn::access::{CollectionName, Keyring, Visibility};
use cairn::embed::StaticModel;
use cairn::http::{App, Limits, Options as Door, serve};
use cairn::ledger::{Keeper, LedgerSink, Options as LedgerOptions, SystemClock, SystemRandomness};
use cairn::library::{CollectionOptions, Library, Options, Outside};

use super::disk::{KillDisk, Step};

/// How the ledger of all these servers is kept: segments of a few records.
pub(crate) fn ledger_options() -> LedgerOptions {
    LedgerOptions { segment_bytes: 6 * 1024, checkpoint_lines: 3, ..LedgerOptions::default() }
}

/// Serves `root` until standard input ends, or until its disk ends it: `STEP N BROKEN`, or `- 0 BROKEN`.
pub(crate) fn run(arguments: &[String]) {
    let [root, step, n, broken] = arguments else { panic!("{arguments:?}") };
    let root = Path::new(root);
    let kill = Step::ALL.into_iter().find(|known| known.word() == step).map(|step| (step, n.parse().unwrap()));
    let disk = Arc::new(KillDisk::new(root, kill, broken == "broken"));
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(async {
        let data = root.join(".cairn");
        let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
        let ledger_options = LedgerOptions { disk, ..ledger_options() };
        let ledger = Arc::new(Keeper::open(&data.join("ledger"), ledger_options).unwrap().0);
        let collections = vec![CollectionOptions {
            name: CollectionName::parse("playbook").unwrap(),
            path: root.join("playbook"),
            visibility: Visibility::Public,
            language: None,
            include: Vec::new(),
            exclude: Vec::new(),
        }];
        let mut options = Options::new(root.to_owned(), data.clone(), collections);
        options.watch = false;
        options.quiet = Duration::from_millis(1);
        let outside = Outside {
            embedder: Arc::new(StaticModel::new().unwrap()),
            sink: Arc::<Keeper>::clone(&ledger) as Arc<dyn LedgerSink>,
            clock: clock.clone(),
            randomness: randomness.clone(),
        };
        let library = Arc::new(Library::open(options, outside).unwrap());
        library.wait_ready().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let door = Door {
            name: "Kill".to_owned(),
            listen: Some(address),
            edit_url: None,
            public_url: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            skills: false,
            limits: Limits { loopback_rate: 0, ..Limits::default() },
            clock,
            randomness,
        };
        let app = App::new(library, Keyring::open(&data.join("tokens.json")).unwrap(), ledger, door).unwrap();
        let mut out = std::io::stdout();
        writeln!(out, "{address}").unwrap();
        out.flush().unwrap();
        let ended = async {
            let read = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
            assert!(read.await.is_ok());
        };
        serve(listener, Arc::clone(&app), Box::pin(ended)).await.unwrap();
        tokio::task::block_in_place(|| app.close());
    });
}

/// A server that was started, and where it listens, if it came so far.
pub(crate) struct Server {
    child: Child,
    address: Option<String>,
}

impl Server {
    pub(crate) fn start(root: &Path, kill: Option<(Step, usize)>, broken: bool) -> Self {
        let (step, n) = kill.map_or(("-", 0), |(step, n)| (step.word(), n));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("serve")
            .arg(root)
            .args([step, &n.to_string(), if broken { "broken" } else { "sound" }])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_suffix('\n').map(str::to_owned);
        Self { child, address }
    }

    pub(crate) fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// Ends it from outside, at whatever it is doing.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Asks it to end, if it has not ended by itself.
    pub(crate) fn end(mut self) -> ExitStatus {
        drop(self.child.stdin.take());
        self.child.wait().unwrap()
    }
}

/// Asks for a path: the status and the body, if a whole answer came.
pub(crate) fn get(address: &str, path: &str) -> Option<(u16, serde_json::Value)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).ok()?))
}

/// Asks a question; gives the name of the record that the answer says it has.
pub(crate) fn ask(address: &str, question: &str) -> Option<String> {
    let (status, answer) = get(address, &format!("/api/v1/search?q=kite+{question}"))?;
    let id = answer["retrieval_id"].as_str().map(str::to_owned);
    id.filter(|_| status == 200)
}
