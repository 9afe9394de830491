//! The agent's end of `cairn mcp`: its lines from standard input, the answers to those that no session takes, and what
//! it is told on standard output.
//!
//! Both sides hold a bounded number of lines, whatever the agent does: a line that is too long is counted and not kept,
//! and who reads nothing is asked nothing more. What is said is written in the order in which it was said. An agent that
//! has closed its end and takes nothing any more can't keep this process: [`Ear::stalled`] says when.

use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader, Interest, Ready};
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::mcp::{ID_BYTES, MAX_MESSAGE_BYTES, NO_MESSAGE, NOT_JSON, NoMessage, is_id};

/// How long the session may go on answering when the agent has closed its end, and how long the agent may then leave
/// what was said to it unread.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(10);

/// How long the writer gets for what is queued when there is no time left to wait for the agent.
const HAND_OVER: Duration = Duration::from_millis(250);

/// The most lines that wait for the session, and for the agent.
const LINES_HEARD: usize = 64;
const LINES_SAID: usize = 8;

/// As much of a line is kept as lets a request that is too long be answered by its id.
const KEPT_BYTES: usize = 4 * MAX_MESSAGE_BYTES;

/// What is written at once. Progress is seen from piece to piece, and a pipe takes one of this size whole.
const PIECE_BYTES: usize = 64 * 1024;

/// What stands before a text to say that it is UTF-8.
const ENCODING_MARK: char = '\u{feff}';

/// A line for the session, or the answer to one that no session takes.
pub(super) type Heard = Result<String, String>;

/// As much of a message as lets it be answered when it is no request.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<&'a RawValue>,
}

/// The answer to a line that no session takes. It bears the id of the request when that can be told, and null when not,
/// as section 5 of JSON-RPC 2.0 has it. An answer to the session has an id of the session's, which is not repeated.
fn refusal(line: &str, code: i32, message: String) -> String {
    let named = Some(line).filter(|line| line.trim_start().starts_with('{'));
    let named = named.and_then(|line| serde_json::from_str::<Named<'_>>(line).ok());
    let id = named.filter(|named| named.method.is_some()).and_then(|named| named.id).map(RawValue::get);
    let id = id.filter(|id| id.len() <= ID_BYTES && is_id(id)).unwrap_or("null");
    let message = serde_json::Value::from(message);
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"message":{message}}}}}"#)
}

/// As much of a message as tells what it is.
#[derive(Deserialize)]
pub(super) struct Shape<'a> {
    #[serde(borrow)]
    jsonrpc: Option<&'a RawValue>,
    /// An id that is null is none of a request, and not the same as no id.
    #[serde(borrow, default, deserialize_with = "there")]
    pub(super) id: Option<&'a RawValue>,
    pub(super) method: Option<String>,
    #[serde(borrow, default, deserialize_with = "by_name")]
    pub(super) params: Option<Params<'a>>,
    #[serde(borrow)]
    pub(super) result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// Reads a value that may be null and is there then.
fn there<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

/// Reads parameters, which have names: a list of them is none.
fn by_name<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Params<'de>>, D::Error> {
    let Some(params) = Option::<&RawValue>::deserialize(from)? else { return Ok(None) };
    if !params.get().starts_with('{') {
        return Err(D::Error::custom("params: are no object"));
    }
    serde_json::from_str(params.get()).map(Some).map_err(D::Error::custom)
}

#[derive(Deserialize)]
pub(super) struct Params<'a> {
    #[serde(borrow, rename = "requestId")]
    pub(super) request_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) uri: Option<&'a RawValue>,
    #[serde(borrow, rename = "_meta")]
    pub(super) meta: Option<Meta<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Meta<'a> {
    #[serde(borrow, rename = "io.modelcontextprotocol/subscriptionId")]
    pub(super) subscription: Option<&'a RawValue>,
}

impl<'a> Shape<'a> {
    /// Reads a line of the agent's.
    ///
    /// # Errors
    /// Gives the answer to a line that the session drops without a word, or answers without an id.
    pub(super) fn of(line: &'a str) -> Result<Self, String> {
        let not_json = |error| refusal(line, NOT_JSON, format!("message: is not JSON: {error}"));
        // What is skipped in the shape is read here: a half character and a hundred brackets are dropped by the session.
        let shape = match (serde_json::from_str::<Self>(line), serde_json::from_str::<serde_json::Value>(line)) {
            (_, Err(error)) => return Err(not_json(error)),
            (shape, Ok(value)) => shape.ok().filter(|_| value.is_object()),
        };
        // Plain data with text keys can always be printed.
        let no_message = || serde_json::to_string(&NoMessage::of(line.as_bytes(), "")).unwrap_or_default();
        shape.filter(Self::is_message).ok_or_else(no_message)
    }

    /// Whether it is a request, a notification, or the answer to a request. A notification gets no answer, whatever is
    /// wrong with it; the session passes over what it does not know.
    fn is_message(&self) -> bool {
        let answers = self.result.is_some() || self.error.is_some();
        let told = match (&self.method, self.id) {
            (Some(_), None) => return !answers,
            (Some(_), Some(id)) => !answers && is_id(id.get()),
            (None, id) => answers && id.is_some(),
        };
        told && self.jsonrpc.is_some_and(|version| version.get() == r#""2.0""#)
    }
}

/// A line as it was read.
struct Line {
    /// Its bytes without the end of the line; none when there were more than [`KEPT_BYTES`].
    kept: Vec<u8>,
    size_bytes: usize,
}

impl Line {
    /// Reads one line; none at the end.
    async fn read(from: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<Self>> {
        let mut line = Self { kept: Vec::new(), size_bytes: 0 };
        loop {
            let there = from.fill_buf().await?;
            if there.is_empty() {
                return Ok(Some(line).filter(|line| line.size_bytes > 0));
            }
            let end = there.iter().position(|byte| *byte == b'\n');
            let piece = there.get(..end.unwrap_or(there.len())).unwrap_or_default();
            line.size_bytes += piece.len();
            if line.size_bytes <= KEPT_BYTES {
                line.kept.extend_from_slice(piece);
            } else {
                line.kept = Vec::new();
            }
            let taken = piece.len() + usize::from(end.is_some());
            from.consume(taken);
            if end.is_some() {
                if line.kept.pop_if(|last| *last == b'\r').is_some() {
                    line.size_bytes -= 1;
                }
                return Ok(Some(line));
            }
        }
    }

    /// What is to be done with it; nothing with a line that is empty.
    fn heard(self) -> Option<Heard> {
        let Self { kept, size_bytes } = self;
        if size_bytes > MAX_MESSAGE_BYTES {
            let message = format!(
                "message: is {size_bytes} bytes long, the longest is {MAX_MESSAGE_BYTES}; ask for less at once"
            );
            return Some(Err(refusal(std::str::from_utf8(&kept).unwrap_or_default(), NO_MESSAGE, message)));
        }
        match String::from_utf8(kept) {
            Ok(line) if line.trim().is_empty() => None,
            Ok(mut line) => {
                // Some programs begin what they write with a mark of its encoding.
                if line.starts_with(ENCODING_MARK) {
                    line.drain(..ENCODING_MARK.len_utf8());
                }
                Some(Ok(line))
            }
            Err(error) => {
                let good = error.utf8_error().valid_up_to();
                let message = format!("message: is not UTF-8 after its first {good} bytes; send JSON in UTF-8");
                Some(Err(refusal("", NOT_JSON, message)))
            }
        }
    }
}

/// Listens to the agent and speaks to it, until the process ends.
pub(super) fn agent() -> (mpsc::Receiver<Heard>, Ear) {
    let closed = watch::Sender::new(None);
    let ear = Ear::over(tokio::io::stdout(), Input { pipe: Input::pipe().ok(), closed: closed.clone() });
    let (sender, receiver) = mpsc::channel(LINES_HEARD);
    // Reading must not be broken off in the middle of a line, so it is a task of its own.
    tokio::spawn(async move {
        listen(BufReader::new(tokio::io::stdin()), sender).await;
        closed.send_if_modified(first_time);
    });
    (receiver, ear)
}

/// Notes that the agent closed its end; says whether that is new.
fn first_time(closed: &mut Option<Instant>) -> bool {
    let first = closed.is_none();
    closed.get_or_insert_with(Instant::now);
    first
}

async fn listen(mut from: impl AsyncBufRead + Unpin, to: mpsc::Sender<Heard>) {
    loop {
        match Line::read(&mut from).await {
            Ok(Some(line)) => {
                if let Some(heard) = line.heard()
                    && to.send(heard).await.is_err()
                {
                    return;
                }
            }
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "standard input cannot be read any more");
                return;
            }
        }
    }
}

/// What tells that the agent has closed its end.
#[derive(Debug)]
struct Input {
    /// Standard input, of which nothing is read here. There is none when it is a file, which is closed from the start.
    pipe: Option<pipe::Receiver>,
    /// When the agent closed its end, once that is known. Who reads standard input to its end says so here.
    closed: watch::Sender<Option<Instant>>,
}

impl Input {
    fn pipe() -> std::io::Result<pipe::Receiver> {
        pipe::Receiver::from_owned_fd_unchecked(std::io::stdin().as_fd().try_clone_to_owned()?)
    }

    /// Waits until nobody can write to standard input any more; says since when. What was written may not have been read
    /// by then, and is not read while the agent takes no answers, so its end is not waited for.
    async fn closed(&self) -> Instant {
        let mut closed = self.closed.subscribe();
        loop {
            if let Some(since) = *closed.borrow_and_update() {
                return since;
            }
            let hung_up = async {
                match &self.pipe {
                    Some(pipe) => pipe.ready(Interest::READABLE).await.map_or(true, Ready::is_read_closed),
                    None => true,
                }
            };
            let hung_up = tokio::select! {
                hung_up = hung_up => hung_up,
                // This holds the other end as well.
                _ = closed.changed() => continue,
            };
            if hung_up {
                self.closed.send_if_modified(first_time);
            } else {
                // There is something to read, and will be for as long as nobody does.
                tokio::time::sleep(HAND_OVER).await;
            }
        }
    }
}

/// How long an agent that has closed its end is waited for.
#[derive(Debug)]
struct Patience {
    input: Input,
    /// When the agent last took something.
    taken: watch::Receiver<Instant>,
}

impl Patience {
    /// Ends when the agent has closed its end and has taken nothing for [`LAST_WORDS`] since.
    async fn ends(&self) {
        // The writer may not have come to what was just queued.
        let earliest = Instant::now() + HAND_OVER;
        let closed = self.input.closed().await;
        loop {
            let end = (closed.max(*self.taken.borrow()) + LAST_WORDS).max(earliest);
            if Instant::now() >= end {
                return;
            }
            tokio::time::sleep_until(end.into()).await;
        }
    }
}

/// The agent's ear: a queue of lines, and a task that writes them.
#[derive(Debug)]
pub(super) struct Ear {
    queue: mpsc::Sender<String>,
    writer: JoinHandle<std::io::Result<()>>,
    patience: Patience,
}

/// A place in the queue.
pub(super) type Room<'a> = mpsc::Permit<'a, String>;

impl Ear {
    fn over(mut to: impl AsyncWrite + Send + Unpin + 'static, input: Input) -> Self {
        let (queue, mut lines) = mpsc::channel::<String>(LINES_SAID);
        let (takes, taken) = watch::channel(Instant::now());
        let writer = tokio::spawn(async move {
            while let Some(mut line) = lines.recv().await {
                line.push('\n');
                for piece in line.as_bytes().chunks(PIECE_BYTES) {
                    to.write_all(piece).await?;
                    to.flush().await?;
                    takes.send_replace(Instant::now());
                }
            }
            Ok(())
        });
        Self { queue, writer, patience: Patience { input, taken } }
    }

    /// Waits for a place in the queue; there is none any more when standard output can't be written to.
    pub(super) async fn room(&self) -> Option<Room<'_>> {
        self.queue.reserve().await.ok()
    }

    /// Ends when the agent has closed its end and has taken nothing for [`LAST_WORDS`] since.
    pub(super) async fn stalled(&self) {
        self.patience.ends().await;
    }

    /// Writes what is queued. The rest is given up when the agent takes nothing any more, and soon after `told` ends.
    ///
    /// # Errors
    /// Fails when standard output can't be written to.
    pub(super) async fn finish(self, told: impl Future<Output = ()>) -> std::io::Result<()> {
        let Self { queue, writer, patience } = self;
        // The writer ends when it has written what is in the queue, and nobody can add to it.
        drop(queue);
        let soon = async {
            told.await;
            tokio::time::sleep(HAND_OVER).await;
        };
        tokio::select! {
            ended = writer => return ended.map_err(std::io::Error::other)?,
            () = patience.ends() => {}
            () = soon => {}
        }
        tracing::warn!("the agent did not take all that was said to it");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use serde_json::Value;
    use tokio::sync::{mpsc, watch};

    use super::{Ear, Input, KEPT_BYTES, LINES_SAID, MAX_MESSAGE_BYTES, listen};

    /// Reads all that an agent sends: each line, or the id, the code and the message that it is answered with.
    async fn heard(sent: &[u8]) -> Vec<Result<String, (Value, i64, String)>> {
        let (sender, mut receiver) = mpsc::channel(100);
        listen(sent, sender).await;
        let mut heard = Vec::new();
        while let Some(line) = receiver.recv().await {
            heard.push(line.map_err(|answer| {
                let answer: Value = serde_json::from_str(&answer).unwrap();
                let error = &answer["error"];
                (answer["id"].clone(), error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_owned())
            }));
        }
        heard
    }

    #[tokio::test]
    async fn lines_are_heard_whatever_stands_between_them() {
        let sent = b"\xef\xbb\xbfone\r\n\n  \n\xff\ntwo\xc3\n\xc3\xa4\nlast";
        let heard = heard(sent).await;
        let lines: Vec<_> = heard.iter().filter_map(|line| line.as_deref().ok()).collect();
        assert_eq!(lines, ["one", "\u{e4}", "last"]);
        let refused: Vec<_> = heard.iter().filter_map(|line| line.as_ref().err()).collect();
        assert!(refused.iter().all(|(id, code, _)| id.is_null() && *code == -32700), "{refused:?}");
        assert!(refused[0].2.starts_with("message: is not UTF-8 after its first 0 bytes"), "{refused:?}");
        assert!(refused[1].2.starts_with("message: is not UTF-8 after its first 3 bytes"), "{refused:?}");
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_answered_by_its_id_and_counted_when_it_is_not_kept() {
        let filler = |size: usize| "y".repeat(size);
        let named = format!(r#"{{"jsonrpc":"2.0","id":"x","method":"m","params":{{"a":"{}"}}}}"#, filler(300_000));
        let longest = filler(MAX_MESSAGE_BYTES);
        let mut cases = vec![(format!("{longest}y"), Value::Null), (named, Value::from("x"))];
        let answer = format!(r#"{{"jsonrpc":"2.0","id":1,"result":"{longest}"}}"#);
        cases.push((answer, Value::Null));
        for id in [format!(r#""{longest}""#), format!(r#"["{longest}"]"#), "true".to_owned()] {
            cases.push((format!(r#"{{"id":{id},"method":"m","a":"{longest}"}}"#), Value::Null));
        }
        cases.push((format!(r#"{{"id":1,"method":"{}"}}"#, filler(KEPT_BYTES)), Value::Null));
        cases.push((filler(20 * KEPT_BYTES), Value::Null));
        for (line, named) in cases {
            let heard = heard(format!("{line}\n{longest}\n").as_bytes()).await;
            let [Err((id, code, message)), Ok(next)] = &heard[..] else { panic!("{} lines", heard.len()) };
            assert_eq!((id, *code), (&named, -32600), "{message}");
            assert!(message.starts_with(&format!("message: is {} bytes long", line.len())), "{message}");
            assert!(message.contains("262144") && *next == longest);
        }
    }

    #[tokio::test]
    async fn what_is_said_is_bounded_while_nobody_reads_and_comes_whole_and_in_order_to_who_does() {
        let (theirs, ours) = tokio::io::duplex(16);
        // The agent closed its end long ago, which is nothing to one that reads.
        let since = Instant::now().checked_sub(super::LAST_WORDS * 2).unwrap();
        let ear = Ear::over(ours, Input { pipe: None, closed: watch::Sender::new(Some(since)) });
        let mut said = 0;
        while let Ok(Some(room)) = tokio::time::timeout(std::time::Duration::from_millis(200), ear.room()).await {
            room.send(format!("{said} is what is said"));
            said += 1;
        }
        assert!((LINES_SAID..=LINES_SAID + 1).contains(&said), "{said}");
        let (sender, mut receiver) = mpsc::channel(100);
        let listener = tokio::spawn(listen(tokio::io::BufReader::new(theirs), sender));
        for _ in 0..50 {
            ear.room().await.unwrap().send(format!("{said} is what is said"));
            said += 1;
        }
        ear.finish(std::future::pending()).await.unwrap();
        listener.await.unwrap();
        for number in 0..said {
            assert_eq!(receiver.recv().await.unwrap().unwrap(), format!("{number} is what is said"));
        }
        assert!(receiver.recv().await.is_none());
    }
}
