//! Who waits for changes of documents is told of them, in both eras; and of what they may not see they are told nothing.

use std::sync::Arc;

use axum::body::Body;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tower::ServiceExt as _;

use super::house::{TestHouse, post};
use crate::access::Action;
use crate::library::Face;
use crate::owner;

const PUBLIC: &str = "cairn://playbook/release";
const PRIVATE: &str = "cairn://corpus/reorg";

/// A stream of the newer era, with what has come and was not looked at.
struct Stream {
    body: Body,
    rest: String,
}

impl Stream {
    async fn open(house: &TestHouse, token: Option<&str>, filter: Value) -> Self {
        let params = json!({"notifications": filter, "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "probe", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        }});
        let message = json!({"jsonrpc": "2.0", "id": 9, "method": "subscriptions/listen", "params": params});
        let mut request = post("/mcp", &message, token);
        request.headers_mut().insert("mcp-protocol-version", "2026-07-28".parse().unwrap());
        request.headers_mut().insert("mcp-method", "subscriptions/listen".parse().unwrap());
        let response = house.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut stream = Self { body: response.into_body(), rest: String::new() };
        let opened = stream.next().await.unwrap();
        assert_eq!(opened["method"], "notifications/subscriptions/acknowledged");
        stream
    }

    /// The next message; none when the stream is over.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                let data =
                    event.lines().find_map(|line| line.strip_prefix("data:")).unwrap_or_default().trim().to_owned();
                self.rest = rest.to_owned();
                match serde_json::from_str(&data) {
                    Ok(message) => return Some(message),
                    // A sign of life.
                    Err(_) => continue,
                }
            }
            let frame = self.body.frame().await?.unwrap().into_data().unwrap();
            self.rest.push_str(std::str::from_utf8(&frame).unwrap());
        }
    }

    /// The address of the document that is told of next.
    async fn updated(&mut self) -> String {
        let message = self.next().await.expect("the stream goes on");
        assert_eq!(message["method"], "notifications/resources/updated", "{message}");
        assert_eq!(message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], 9);
        message["params"]["uri"].as_str().unwrap().to_owned()
    }
}

/// Changes a file and waits until its shelf has it.
async fn change(house: &TestHouse, path: &str, text: &str) {
    let shelf = if path.starts_with("corpus") { "corpus" } else { "public" };
    let generation =
        || house.app.library.shelves().into_iter().find(|status| status.name == shelf).map(|s| s.generation);
    let (before, mut status) = (generation(), house.app.library.status());
    std::fs::write(house.path(path), text).unwrap();
    house.app.library.compare();
    while generation() == before {
        status.changed().await.unwrap();
    }
}

#[tokio::test]
async fn a_stranger_is_told_of_public_documents_and_a_member_of_private_ones() {
    let house = TestHouse::open().await;
    let filter = || json!({"resourceSubscriptions": [PUBLIC, PRIVATE, "cairn://corpus/none"]});
    let mut stranger = Stream::open(&house, None, filter()).await;
    let mut member = Stream::open(&house, Some(&house.token), filter()).await;
    change(&house, "corpus/reorg.md", "# Reorganisation\n\nThree teams move.\n").await;
    assert_eq!(member.updated().await, PRIVATE);
    change(&house, "corpus/none.md", "# None\n\nIt is there now.\n").await;
    assert_eq!(member.updated().await, "cairn://corpus/none");
    change(&house, "playbook/release.md", "# Releasing\n\nOn Mondays.\n").await;
    assert_eq!(member.updated().await, PUBLIC);
    assert_eq!(stranger.updated().await, PUBLIC, "the first of which a stranger hears");
    // What turns private has gone, for who may not see it; and is heard of no more.
    change(&house, "playbook/release.md", "---\nvisibility: private\n---\n# Releasing\n\nOn Fridays.\n").await;
    assert_eq!(stranger.updated().await, PUBLIC);
}

#[tokio::test]
async fn a_document_is_waited_for_by_every_address_that_it_is_read_by() {
    let house = TestHouse::open().await;
    let addresses = ["cairn://playbook/release.md", "cairn://playbook/RELEASE", "cairn://playbook/rele%61se"];
    for address in addresses {
        let mut stranger = Stream::open(&house, None, json!({"resourceSubscriptions": [address]})).await;
        change(&house, "playbook/release.md", &format!("# Releasing\n\nBy {address}.\n")).await;
        assert_eq!(stranger.updated().await, address);
    }
}

#[tokio::test]
async fn the_list_is_told_of_when_it_changes_and_not_when_a_text_does() {
    let house = TestHouse::open().await;
    let mut stranger =
        Stream::open(&house, None, json!({"resourcesListChanged": true, "toolsListChanged": true})).await;
    change(&house, "playbook/release.md", "# Releasing\n\nHow we ship.\n\nOn Mondays.\n").await;
    change(&house, "corpus/new.md", "# New\n\nA private page.\n").await;
    change(&house, "playbook/new.md", "# New\n\nA public page.\n").await;
    let told = stranger.next().await.unwrap();
    assert_eq!(told["method"], "notifications/resources/list_changed");
    change(&house, "playbook/release.md", "# How to release\n\nOn Mondays.\n").await;
    assert_eq!(
        stranger.next().await.unwrap()["method"],
        "notifications/resources/list_changed",
        "a title is in the list"
    );
}

#[tokio::test]
async fn a_revoked_token_ends_its_subscription_before_anything_more_is_told() {
    let house = TestHouse::open().await;
    let token = house.make("agent", &["corpus"], &[Action::Read], None);
    let mut member = Stream::open(&house, Some(&token), json!({"resourceSubscriptions": [PRIVATE]})).await;
    change(&house, "corpus/reorg.md", "# Reorganisation\n\nThree teams move.\n").await;
    assert_eq!(member.updated().await, PRIVATE);
    house.keyring().revoke("agent", house.now_s()).unwrap();
    change(&house, "corpus/reorg.md", "# Reorganisation\n\nFour teams move.\n").await;
    let last = member.next().await.unwrap();
    assert!(last["result"].is_object() && last["id"] == 9, "the end in good order: {last}");
    assert!(member.next().await.is_none());
}

#[tokio::test]
async fn a_server_that_stops_ends_subscriptions_in_good_order() {
    let house = TestHouse::open().await;
    let mut stranger = Stream::open(&house, None, json!({"resourceSubscriptions": [PUBLIC]})).await;
    house.app.face.stopping.cancel();
    assert!(stranger.next().await.unwrap()["result"].is_object());
    assert!(stranger.next().await.is_none());
}

#[tokio::test]
async fn a_session_of_the_older_era_is_told_of_what_it_subscribed_to_until_it_unsubscribes() {
    let house = TestHouse::open().await;
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let (from, to) = tokio::io::split(theirs);
    let library = Arc::clone(&house.app.library);
    let lender = crate::mcp::Lender::new(move || (owner::reader(&library, Face::Stdio), None));
    let session = tokio::spawn(crate::mcp::serve_stream(lender, house.app.face.clone(), from, to));
    let (read, mut write) = tokio::io::split(ours);
    let mut lines = BufReader::new(read).lines();
    let mut next = async || -> Value { serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap() };
    let mut say = async |message: Value| write.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    let hello =
        json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "probe", "version": "1"}});
    say(json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello})).await;
    assert_eq!(next().await["result"]["capabilities"]["resources"], json!({"subscribe": true, "listChanged": true}));
    say(json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    let uri = "cairn://playbook/on%20call";
    say(json!({"jsonrpc": "2.0", "id": 1, "method": "resources/subscribe", "params": {"uri": uri}})).await;
    assert_eq!(next().await, json!({"jsonrpc": "2.0", "id": 1, "result": {}}));
    change(&house, "playbook/on call.md", "# On call\n\nThe pager goes to you.\n").await;
    let told = next().await;
    assert_eq!((&told["method"], &told["params"]["uri"]), (&json!("notifications/resources/updated"), &json!(uri)));
    say(json!({"jsonrpc": "2.0", "id": 2, "method": "resources/unsubscribe", "params": {"uri": uri}})).await;
    assert_eq!(next().await["id"], 2);
    change(&house, "playbook/on call.md", "# On call\n\nThe pager goes to me.\n").await;
    change(&house, "playbook/new.md", "# New\n\nAnother page.\n").await;
    assert_eq!(next().await["method"], "notifications/resources/list_changed", "of the page itself nothing is said");
    write.shutdown().await.unwrap();
    session.await.unwrap().unwrap();
}

#[tokio::test]
async fn over_http_the_older_era_has_no_sessions_and_does_not_say_that_it_had() {
    let house = TestHouse::open().await;
    let hello =
        json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "probe", "version": "1"}});
    let opened = house.mcp(false, "initialize", hello).await;
    assert_eq!(opened["result"]["capabilities"]["resources"], json!({}));
    for uri in [PUBLIC, PRIVATE, "cairn://corpus/none"] {
        let answer = house.mcp(false, "resources/subscribe", json!({"uri": uri})).await;
        assert_eq!(answer["error"]["code"], -32601, "{answer}");
    }
}
