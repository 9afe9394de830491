//! A request that nobody waits for any more: its work ends, on a stream and over HTTP.

use std::sync::Mutex;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::sync::mpsc;

use crate::access::{CollectionName, Principal, Public};
use crate::corpus::DocumentId;
use crate::ledger::Verb;
use crate::library::wire::{BrowseAnswer, DocumentAnswer, SearchAnswer, SearchJson, SearchText, Text};
use crate::library::{
    BrowseQuery, Caller, Face, NamesOf, News, Printing, Prompt, Prompts, ReadError, Skill, SkillText, Skills, Standing,
    Suggested, Target, Verbs,
};
use crate::mcp::Lender;
use crate::mcp::face::McpFace;
use crate::mcp::transport::{Mount, serve_stream};
use crate::retrieval::{Cursor, Query};

/// What became of the work on a question.
#[derive(Debug, PartialEq, Eq)]
enum Course {
    Begun,
    LetGo,
}

/// Begins to answer and never ends; tells when it begins, and when nobody waits any more.
#[derive(Debug, Clone)]
struct Endless {
    caller: Caller,
    course: mpsc::UnboundedSender<Course>,
}

struct Work(mpsc::UnboundedSender<Course>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.send(Course::LetGo).unwrap();
    }
}

impl Endless {
    async fn work<T>(&self) -> Result<T, ReadError> {
        let _work = Work(self.course.clone());
        self.course.send(Course::Begun).unwrap();
        std::future::pending().await
    }
}

type Answering<'a, T> = std::pin::Pin<Box<dyn Future<Output = Result<T, ReadError>> + Send + 'a>>;

impl Verbs for Endless {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn for_caller(&self, caller: Caller) -> Box<dyn Verbs> {
        Box::new(Self { caller, ..self.clone() })
    }

    fn collections(&self) -> Vec<(CollectionName, usize)> {
        Vec::new()
    }

    fn search_json(&self, _query: Query) -> Answering<'_, SearchJson> {
        Box::pin(self.work())
    }

    fn search(&self, _verb: Verb, _query: Query, _printing: Printing) -> Answering<'_, SearchAnswer> {
        Box::pin(self.work())
    }

    fn read(&self, _verb: Verb, _target: Target, _printing: Printing) -> Answering<'_, DocumentAnswer> {
        Box::pin(self.work())
    }

    fn browse(&self, _verb: Verb, _query: BrowseQuery) -> Answering<'_, BrowseAnswer> {
        Box::pin(self.work())
    }

    fn prompts(&self, _cursor: Option<Cursor>) -> Answering<'_, Prompts> {
        Box::pin(self.work())
    }

    fn search_text(&self, _query: Query, _printing: Printing, _text: Text) -> Answering<'_, SearchText> {
        Box::pin(self.work())
    }

    fn prompt(&self, _name: String) -> Answering<'_, Option<Prompt>> {
        Box::pin(self.work())
    }

    fn suggest(&self, _names: NamesOf, _typed: String, _most: usize) -> Answering<'_, Suggested> {
        Box::pin(self.work())
    }

    fn skills(&self, _cursor: Option<Cursor>) -> Answering<'_, Skills> {
        Box::pin(self.work())
    }

    fn skill(&self, _name: String) -> Answering<'_, Option<Skill>> {
        Box::pin(self.work())
    }

    fn skill_text(&self, _name: String, _path: String) -> Answering<'_, Option<SkillText>> {
        Box::pin(self.work())
    }

    fn news(&self) -> News {
        News::never()
    }

    fn standing(&self, documents: &[DocumentId]) -> Standing {
        Standing { documents: vec![None; documents.len()], listed: 0 }
    }
}

/// Lends it, and gives the end at which its course is told.
fn endless() -> (Lender, mpsc::UnboundedReceiver<Course>) {
    let (course, told) = mpsc::unbounded_channel();
    let course = Mutex::new(course);
    let lend = move || -> Box<dyn Verbs> {
        let caller = Caller::new(Principal::anonymous(), Face::Mcp);
        Box::new(Endless { caller, course: course.lock().unwrap().clone() })
    };
    (Lender::of_verbs(lend), told)
}

/// Every request that does work.
fn requests() -> [(&'static str, Value); 4] {
    [
        ("tools/call", json!({"name": "search_context", "arguments": {"query": "kite"}})),
        ("tools/call", json!({"name": "get_document", "arguments": {"uri": "playbook/kite"}})),
        ("resources/list", json!({})),
        ("resources/read", json!({"uri": "cairn://playbook/kite"})),
    ]
}

#[tokio::test]
async fn a_cancelled_notification_ends_the_work_and_the_request_is_not_answered() {
    let (lender, mut told) = endless();
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let (from, to) = tokio::io::split(theirs);
    let session = tokio::spawn(serve_stream(lender, crate::mcp::FaceOptions::default(), from, to));
    let (read, mut write) = tokio::io::split(ours);
    let mut lines = BufReader::new(read).lines();
    let mut say = async |message: Value| write.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    let hello =
        json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "probe", "version": "1"}});
    say(json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello})).await;
    lines.next_line().await.unwrap().unwrap();
    say(json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    for (id, (method, params)) in requests().into_iter().enumerate() {
        say(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})).await;
        assert_eq!(told.recv().await, Some(Course::Begun), "{method}");
        say(json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}})).await;
        assert_eq!(told.recv().await, Some(Course::LetGo), "{method}");
    }
    say(json!({"jsonrpc": "2.0", "id": "after", "method": "ping"})).await;
    let next: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    assert_eq!(next["id"], "after", "nothing that was called off is answered");
    write.shutdown().await.unwrap();
    session.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_that_is_closed_ends_the_work_in_both_eras() {
    let (lender, mut told) = endless();
    let service = Mount::<Public>::of(McpFace::of_lender(lender)).service();
    for version in ["2025-11-25", "2026-07-28"] {
        for (method, mut params) in requests() {
            let name = params["name"].as_str().or(params["uri"].as_str()).unwrap_or_default().to_owned();
            // Only the newer era says with each message what it speaks.
            if version == "2026-07-28" {
                params["_meta"] = json!({
                    "io.modelcontextprotocol/protocolVersion": version,
                    "io.modelcontextprotocol/clientInfo": {"name": "probe", "version": "1"},
                    "io.modelcontextprotocol/clientCapabilities": {},
                });
            }
            let message = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
            let mut request = http::Request::post("/mcp")
                .header("host", "localhost")
                .header("content-type", "application/json")
                .header("accept", "application/json, text/event-stream")
                .header("mcp-protocol-version", version)
                .header("mcp-method", method);
            if !name.is_empty() {
                request = request.header("mcp-name", name);
            }
            let request = request.body(message.to_string()).unwrap();
            let mut answering = Box::pin(service.handle(request));
            tokio::select! {
                begun = told.recv() => assert_eq!(begun, Some(Course::Begun), "{method} {version}"),
                answer = &mut answering => panic!("{method} {version}: {:?}", answer.status()),
            }
            // A server lets go of the answer when its connection is gone.
            drop(answering);
            assert_eq!(told.recv().await, Some(Course::LetGo), "{method} {version}");
        }
    }
}
