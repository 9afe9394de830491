//! `cairn mcp`: MCP on standard input and output.
//!
//! This process passes lines between its agent and a session. The session is in the process that owns the data folder:
//! another one, reached through its socket, or this one when there is none. When the owner goes away, the lines that
//! opened the session and those that were not answered are said again to the next owner, who may be this process; the
//! agent notices nothing. Answers come from the same library and leave records in the same ledger, whoever owns it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::http::{App, serve_agent, serve_socket, tend};
use crate::library::DataFolder;
use crate::mcp::StreamError;

use super::agent_lines::{Ear, Heard, LAST_WORDS, Shape, agent};
use super::attach::{Reach, Tongue, reach};
use super::compose::{House, Stay};
use super::config::Settings;
use super::error::Outcome;
use super::flags::Place;
use super::output;
use super::serve::{app_options, until, wait_for_signal};
use super::socket;

/// How long a first index may take before the agent is answered from what there is.
const FIRST_INDEX: Duration = Duration::from_secs(8);

/// How many sessions in a row may break off without a word before this process gives up.
const BREAKS_MAX: u32 = 20;

/// What this process calls itself in the lock.
pub(super) const MCP_ROLE: &str = "cairn mcp";

/// What a person is told who starts it on a terminal, where nobody but a client has something to say.
const BY_HAND: &str = "cairn mcp speaks MCP on standard input and output and is started by a client; \
                       `cairn mcp install --client NAME` sets one up, and Ctrl-D ends this";

/// How long the server that asked for the data folder may take to come for it.
const SERVER_COMES: Duration = Duration::from_secs(3);

pub(super) async fn run(place: Place) -> anyhow::Result<Outcome> {
    let settings = Settings::read(&place)?;
    if std::io::stdin().is_terminal() {
        output::note(BY_HAND);
    }
    let (lines, ear) = agent();
    let signals = wait_for_signal()?;
    tokio::pin!(signals);
    let ended = attend(&settings, lines, &ear, signals.as_mut()).await;
    let written = match ended {
        Ok(Ended::ByAgent) => ear.finish(signals).await,
        _ => ear.finish(std::future::ready(())).await,
    };
    ended?;
    written?;
    Ok(Outcome::Done)
}

/// Passes the agent's lines to one owner after the other, until the agent has enough or a signal comes.
async fn attend(
    settings: &Settings,
    mut lines: mpsc::Receiver<Heard>,
    ear: &Ear,
    mut signals: Pin<&mut impl Future<Output = ()>>,
) -> anyhow::Result<Ended> {
    let mut talk = Talk::default();
    let mut breaks = 0;
    loop {
        let mut link = tokio::select! {
            link = Link::open(settings) => link?,
            () = &mut signals => return Ok(Ended::BySignal),
        };
        let heard = talk.heard;
        let ended = tokio::select! {
            ended = pass(&mut lines, &mut link, &mut talk, ear) => ended,
            () = &mut signals => Ended::BySignal,
        };
        link.close().await;
        match ended {
            Ended::ByAgent | Ended::BySignal => return Ok(ended),
            Ended::ForServer => wait_for_server(settings).await,
            Ended::ByOwner => {
                breaks = if talk.heard == heard { breaks + 1 } else { 0 };
                if breaks > BREAKS_MAX {
                    bail!("{}: the owner of the data folder breaks off every session", settings.data.display());
                }
                tracing::info!("the owner of the data folder went away, looking for the next one");
                tokio::time::sleep(Duration::from_millis(20) * breaks).await;
            }
        }
    }
}

/// Leaves the data folder to the server that asked for it.
async fn wait_for_server(settings: &Settings) {
    let end = Instant::now() + SERVER_COMES;
    while DataFolder::holder(&settings.data).is_none() && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Why a session ended.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    ByAgent,
    BySignal,
    ByOwner,
    ForServer,
}

/// A session's two ends, and what this process keeps alive for it.
struct Link {
    from: Lines<BufReader<Box<dyn AsyncRead + Send + Unpin>>>,
    to: Box<dyn AsyncWrite + Send + Unpin>,
    host: Option<Host>,
}

/// Ownership of the data folder, with what answers for it.
struct Host {
    app: Arc<App>,
    folder: DataFolder,
    stop: watch::Sender<bool>,
    socket: JoinHandle<std::io::Result<()>>,
    chores: JoinHandle<()>,
    session: JoinHandle<Result<(), StreamError>>,
}

impl Link {
    async fn open(settings: &Settings) -> anyhow::Result<Self> {
        match reach(settings, Tongue::Mcp, MCP_ROLE, Stay::Session).await? {
            Reach::Attached(stream) => {
                let (from, to) = stream.into_split();
                Ok(Self::over(from, to, None))
            }
            Reach::Owned(house) => Self::host(settings, *house).await,
        }
    }

    fn over(
        from: impl AsyncRead + Send + Unpin + 'static,
        to: impl AsyncWrite + Send + Unpin + 'static,
        host: Option<Host>,
    ) -> Self {
        let from: Box<dyn AsyncRead + Send + Unpin> = Box::new(from);
        Self { from: BufReader::new(from).lines(), to: Box::new(to), host }
    }

    /// Opens a session in this process, which answers for other processes from now on.
    async fn host(settings: &Settings, house: House) -> anyhow::Result<Self> {
        let House { folder, library, ledger, keyring, .. } = house;
        let _in_time = tokio::time::timeout(FIRST_INDEX, library.wait_ready()).await.is_ok();
        let app = App::new(Arc::clone(&library), keyring, ledger, app_options(settings, settings.listen))?;
        let listener = socket::listen(&settings.data)?;
        let (stop, stopped) = watch::channel(false);
        let chores = tokio::spawn(tend(Arc::clone(&app), until(stopped.clone())));
        let socket = tokio::spawn(serve_socket(listener, Arc::clone(&app), until(stopped)));
        let (ours, theirs) = UnixStream::pair()?;
        let session = tokio::spawn(serve_agent(Arc::clone(&app), theirs));
        let (from, to) = ours.into_split();
        Ok(Self::over(from, to, Some(Host { app, folder, stop, socket, chores, session })))
    }

    /// Ends the session. The data folder is let go of last, when nobody in this process can write to it any more.
    async fn close(self) {
        let Self { from, to, host } = self;
        drop((from, to));
        let Some(Host { app, folder, stop, socket, chores, session }) = host else { return };
        // Tasks that have ended need no word.
        let _told = stop.send(true).is_ok();
        session.abort();
        let _ended = (session.await.is_ok(), socket.await.is_ok(), chores.await.is_ok());
        tokio::task::block_in_place(|| app.close());
        drop(folder);
    }

    /// Ends when a server asks this process for the data folder.
    async fn server_asks(host: Option<&Host>) {
        match host {
            Some(host) => host.app.asked_to_yield().await,
            None => std::future::pending().await,
        }
    }
}

/// What must be said again when the session moves to another owner.
#[derive(Debug, Default)]
struct Talk {
    /// The request that opened the session, and its id.
    initialize: Option<(String, String)>,
    /// The notification that followed.
    initialized: Option<String>,
    /// Requests without an answer yet: id and line, oldest first.
    open: Vec<(String, String)>,
    /// Those of them that go on until they are called off (`subscriptions/listen`), and whether the agent was told that
    /// they do.
    listening: BTreeMap<String, bool>,
    /// What was subscribed to in the session: by the document's address, the request's id and line.
    subscribed: BTreeMap<String, (String, String)>,
    /// Requests whose next answer is one the agent has already.
    swallow: BTreeSet<String>,
    /// How many lines came from owners.
    heard: u64,
}

impl Talk {
    /// Notes a line of the agent's.
    ///
    /// # Errors
    /// Gives the answer to a line that no session takes.
    fn said(&mut self, line: &str) -> Result<(), String> {
        let shape = Shape::of(line)?;
        let id = shape.id.map(|id| id.get().to_owned());
        let uri = shape.params.as_ref().and_then(|params| params.uri).map(|uri| uri.get().to_owned());
        if let (Some(method), Some(id), Some(uri)) = (shape.method.as_deref(), &id, uri) {
            match method {
                "resources/subscribe" => drop(self.subscribed.insert(uri, (id.clone(), line.to_owned()))),
                "resources/unsubscribe" => drop(self.subscribed.remove(&uri)),
                _ => {}
            }
        }
        match (shape.method.as_deref(), id) {
            (Some("initialize"), Some(id)) => {
                self.initialize = Some((id.clone(), line.to_owned()));
                self.open.push((id, line.to_owned()));
            }
            (Some("notifications/initialized"), None) => self.initialized = Some(line.to_owned()),
            (Some("notifications/cancelled"), None) => {
                // A request that was called off gets no answer, and is not asked again.
                let cancelled = shape.params.and_then(|params| params.request_id).map(|id| id.get().to_owned());
                self.open.retain(|(open, _)| Some(open) != cancelled.as_ref());
                self.listening.retain(|listening, _| Some(listening) != cancelled.as_ref());
            }
            (Some("subscriptions/listen"), Some(id)) => {
                self.listening.insert(id.clone(), false);
                self.open.push((id, line.to_owned()));
            }
            (Some(_), Some(id)) => self.open.push((id, line.to_owned())),
            _ => {}
        }
        Ok(())
    }

    /// Notes a line of the owner's; says whether the agent is to get it.
    fn answered(&mut self, line: &str) -> bool {
        self.heard += 1;
        let Ok(shape) = serde_json::from_str::<Shape<'_>>(line) else { return true };
        if shape.method.as_deref() == Some("notifications/subscriptions/acknowledged") {
            let of = shape.params.and_then(|params| params.meta).and_then(|meta| meta.subscription);
            // Every owner says so; the agent is to hear it once.
            let told = of.and_then(|id| self.listening.get_mut(id.get())).map(|told| std::mem::replace(told, true));
            return told != Some(true);
        }
        let (None, Some(id)) = (shape.method, shape.id) else { return true };
        if self.swallow.remove(id.get()) {
            return false;
        }
        // That it is over is said by an owner that goes away; the next one is asked to go on.
        if shape.result.is_some() && self.listening.contains_key(id.get()) {
            return false;
        }
        self.listening.remove(id.get());
        self.open.retain(|(open, _)| open != id.get());
        true
    }

    /// Whether the agent still waits for an answer. One that goes on until it is called off never comes.
    fn is_open(&self) -> bool {
        self.open.iter().any(|(id, _)| !self.listening.contains_key(id))
    }

    /// The lines that bring a new owner to where the last one was.
    fn again(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some((id, line)) = &self.initialize {
            let unanswered = self.open.iter().any(|(open, _)| open == id);
            if !unanswered {
                self.swallow.insert(id.clone());
                lines.push(line.clone());
                lines.extend(self.initialized.clone());
            }
        }
        for (id, line) in self.subscribed.values() {
            if self.open.iter().all(|(open, _)| open != id) {
                self.swallow.insert(id.clone());
                lines.push(line.clone());
            }
        }
        lines.extend(self.open.iter().map(|(_, line)| line.clone()));
        lines
    }
}

/// Passes lines until one side ends. Whatever is heard may have to be answered, so there is room for an answer first:
/// an agent that does not listen is not listened to.
async fn pass(lines: &mut mpsc::Receiver<Heard>, link: &mut Link, talk: &mut Talk, ear: &Ear) -> Ended {
    let Link { from, to, host } = link;
    for line in talk.again() {
        if say(to, &line).await.is_err() {
            return Ended::ByOwner;
        }
    }
    let mut last_words: Option<Instant> = None;
    loop {
        if last_words.is_some() && !talk.is_open() {
            return Ended::ByAgent;
        }
        let behind = Instant::now();
        let room = tokio::select! {
            biased;
            room = ear.room() => match room {
                Some(room) => room,
                None => return Ended::ByAgent,
            },
            () = ear.stalled() => return Ended::ByAgent,
            // A server that asks waits: what has been answered would be asked again, and written down twice.
        };
        // While the agent is behind, the session can't say its last words.
        last_words = last_words.map(|since| since + behind.elapsed());
        tokio::select! {
            heard = lines.recv(), if last_words.is_none() => match heard {
                Some(heard) => match heard.and_then(|line| talk.said(&line).map(|()| line)) {
                    Ok(line) => if say(to, &line).await.is_err() {
                        return Ended::ByOwner;
                    },
                    Err(refusal) => room.send(refusal),
                },
                None => last_words = Some(Instant::now()),
            },
            line = from.next_line() => match line {
                Ok(Some(line)) => if talk.answered(&line) {
                    room.send(line);
                },
                _ if last_words.is_some() => return Ended::ByAgent,
                _ => return Ended::ByOwner,
            },
            () = Link::server_asks(host.as_ref()), if last_words.is_none() => return Ended::ForServer,
            () = over(last_words) => return Ended::ByAgent,
        }
    }
}

/// Ends when the time for last words is over.
async fn over(last_words: Option<Instant>) {
    match last_words {
        Some(since) => tokio::time::sleep_until((since + LAST_WORDS).into()).await,
        None => std::future::pending().await,
    }
}

async fn say(to: &mut (impl AsyncWrite + Unpin), line: &str) -> std::io::Result<()> {
    let mut bytes = Vec::with_capacity(line.len() + 1);
    bytes.extend_from_slice(line.as_bytes());
    bytes.push(b'\n');
    to.write_all(&bytes).await?;
    to.flush().await
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Talk;

    #[test]
    fn a_new_owner_hears_the_opening_and_what_was_not_answered_and_the_agent_hears_nothing_twice() {
        let mut talk = Talk::default();
        talk.said(r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#).unwrap();
        assert!(talk.answered(r#"{"jsonrpc":"2.0","id":0,"result":{}}"#));
        talk.said(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).unwrap();
        talk.said(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).unwrap();
        talk.said(r#"{"jsonrpc":"2.0","id":"a","method":"tools/call"}"#).unwrap();
        assert!(talk.answered(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#));
        let again = talk.again();
        assert_eq!(again.len(), 3, "{again:?}");
        assert!(again[0].contains("initialize") && again[1].contains("initialized") && again[2].contains("tools/call"));
        assert!(!talk.answered(r#"{"jsonrpc":"2.0","id":0,"result":{}}"#), "the opening is known already");
        assert!(talk.answered(r#"{"jsonrpc":"2.0","method":"notifications/progress"}"#));
        assert!(talk.answered(r#"{"jsonrpc":"2.0","id":"a","result":{}}"#));
        assert_eq!(talk.again().len(), 2);
    }

    #[test]
    fn who_waits_for_changes_goes_on_with_the_next_owner_and_keeps_nobody_from_leaving() {
        let mut talk = Talk::default();
        let listen = r#"{"jsonrpc":"2.0","id":5,"method":"subscriptions/listen","params":{"notifications":{}}}"#;
        let acknowledged = r#"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":5}}}"#;
        talk.said(listen).unwrap();
        assert!(talk.answered(acknowledged) && !talk.is_open());
        talk.said(r#"{"jsonrpc":"2.0","id":6,"method":"resources/subscribe","params":{"uri":"cairn://a/b"}}"#).unwrap();
        talk.said(r#"{"jsonrpc":"2.0","id":7,"method":"resources/subscribe","params":{"uri":"cairn://a/c"}}"#).unwrap();
        assert!(talk.is_open());
        for id in [6, 7] {
            assert!(talk.answered(&format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#)));
        }
        talk.said(r#"{"jsonrpc":"2.0","id":8,"method":"resources/unsubscribe","params":{"uri":"cairn://a/c"}}"#)
            .unwrap();
        assert!(talk.answered(r#"{"jsonrpc":"2.0","id":8,"result":{}}"#));
        assert!(!talk.answered(r#"{"jsonrpc":"2.0","id":5,"result":{}}"#), "the owner goes away, the agent stays");
        let again = talk.again();
        assert_eq!(again.len(), 2, "{again:?}");
        assert!(again[0].contains("cairn://a/b") && again[1] == listen);
        assert!(!talk.answered(r#"{"jsonrpc":"2.0","id":6,"result":{}}"#), "that it is subscribed is known");
        assert!(!talk.answered(acknowledged), "and that it listens");
        assert!(talk.answered(
            r#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"cairn://a/b"}}"#
        ));
        talk.said(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}"#).unwrap();
        assert_eq!(talk.again().len(), 1);
    }

    #[test]
    fn a_request_that_was_called_off_is_not_asked_again() {
        let mut talk = Talk::default();
        talk.said(r#"{"jsonrpc":"2.0","id":7,"method":"tools/call"}"#).unwrap();
        talk.said(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#).unwrap();
        assert!(talk.again().is_empty());
    }

    #[test]
    fn an_opening_without_an_answer_is_said_again_once() {
        let mut talk = Talk::default();
        talk.said(r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#).unwrap();
        assert_eq!(talk.again().len(), 1);
        assert!(talk.answered(r#"{"jsonrpc":"2.0","id":0,"result":{}}"#));
        assert!(Talk::default().again().is_empty(), "without initialize there is nothing to say");
    }

    #[test]
    fn a_line_that_the_session_would_drop_or_answer_without_an_id_is_answered_here_and_not_waited_for() {
        let check = |line: &str, code: i64, id: Value, reason: &str| {
            let mut talk = Talk::default();
            let answer: Value = serde_json::from_str(&talk.said(line).expect_err(line)).unwrap();
            assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &id), "{line}: {answer}");
            assert_eq!(answer["error"]["code"], code, "{line}: {answer}");
            assert!(answer["error"]["message"].as_str().unwrap().starts_with(reason), "{line}: {answer}");
            assert!(!talk.is_open() && talk.again().is_empty(), "{line}");
        };
        check("hello", -32700, Value::Null, "message: is not JSON: expected value at line 1 column 1");
        check(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}x"#, -32700, Value::Null, "message: is not JSON: trailing");
        let deep = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{"a":{}{}}}}}"#,
            "[".repeat(200),
            "]".repeat(200)
        );
        check(&deep, -32700, json!(1), "message: is not JSON: recursion limit");
        let half = r#"{"jsonrpc":"2.0","id":"a","method":"m","params":{"query":"\ud83d"}}"#;
        check(half, -32700, json!("a"), "message: is not JSON: ");
        check("[1]", -32600, Value::Null, "message: is a batch; send one");
        check(r#"["2.0",1,"ping",null,null,null]"#, -32600, Value::Null, "message: is a batch; send one");
        for line in ["3", r#""x""#] {
            check(line, -32600, Value::Null, "message: is no object; send one");
        }
        check("{}", -32600, Value::Null, "jsonrpc: is not \"2.0\"");
        check(r#"{"jsonrpc":"2.0","id":3}"#, -32600, json!(3), "method: is missing");
        for id in ["null", "[3]", "1.5", "true", "{}", "9223372036854775808"] {
            check(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#), -32600, Value::Null, "id: is n");
        }
        let long = format!(r#"{{"jsonrpc":"2.0","id":"{}","method":"ping","params":[]}}"#, "x".repeat(300));
        check(&long, -32600, Value::Null, "params: are no object");
        check(r#"{"jsonrpc":"2.0","id":8,"method":5}"#, -32600, json!(8), "method: is no text");
        let both = r#"{"jsonrpc":"2.0","id":10,"method":"ping","result":{}}"#;
        check(both, -32600, json!(10), "message: has a method and an answer");
        check(r#"{"jsonrpc":"2.0","result":{}}"#, -32600, Value::Null, "message: is not understood; send");
        check(r#"{"jsonrpc":"1.0","id":9,"method":"ping"}"#, -32600, json!(9), "jsonrpc: is not \"2.0\"");
        for params in ["[]", "[1]", "[1,2,null]", "7"] {
            let line = format!(r#"{{"jsonrpc":"2.0","id":"p","method":"ping","params":{params}}}"#);
            check(&line, -32600, json!("p"), "params: are no object");
        }
    }

    #[test]
    fn requests_notifications_and_answers_go_to_the_session_however_they_are_written() {
        for line in [
            r#"{"jsonrpc":"2.0","id":-1,"method":"ping"}"#,
            r#" { "params" : null, "method" : "p\u0069ng", "id" : "\u00e4", "jsonrpc" : "2.0", "more" : [1e5] } "#,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized","params":{"_meta":{}}}"#,
            r#"{"method":"$/of another protocol"}"#,
            r#"{"jsonrpc":"2.0","id":13,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":23,"error":{"code":1,"message":"x"}}"#,
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}"#,
        ] {
            assert_eq!(Talk::default().said(line), Ok(()), "{line}");
        }
    }
}
