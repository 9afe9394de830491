//! Real connections: the port, and the owner's socket.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::oneshot;

use super::house::{PRIVATE_WORD, TestHouse};
use crate::http::serve::serve_and_drain;
use crate::http::{HELLO_HTTP, HELLO_MCP, serve, serve_socket};

async fn exchange(mut stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin, said: &str) -> String {
    stream.write_all(said.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is closed in the middle of what we say may be reset: what came until then is the answer.
    let _read = stream.read_to_end(&mut answer).await.is_ok();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn the_port_answers_until_it_is_told_to_stop() {
    let house = TestHouse::open().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(serve(listener, Arc::clone(&house.app), Box::pin(async { drop(stopped.await) })));
    let request = "GET /api/v1/search?q=release HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let answer = exchange(TcpStream::connect(address).await.unwrap(), request).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("cairn://playbook/release"), "{answer}");
    // An idle connection does not keep the server.
    let _idle = TcpStream::connect(address).await.unwrap();
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(5), serving).await.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_connection_that_does_not_finish_is_cut_and_holds_nothing_when_the_server_has_stopped() {
    let house = TestHouse::open().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let drain = Duration::from_millis(100);
    let serving =
        tokio::spawn(serve_and_drain(listener, Arc::clone(&house.app), Box::pin(async { drop(stopped.await) }), drain));
    let mut unfinished = TcpStream::connect(address).await.unwrap();
    // The answer to the first request shows that the connection is served; the second one never comes in whole.
    let requests = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nhost";
    unfinished.write_all(requests.as_bytes()).await.unwrap();
    assert_eq!(unfinished.read_u8().await.unwrap(), b'H');
    let held = Arc::downgrade(&house.app);
    drop(house);
    assert!(held.upgrade().is_some(), "the server holds it");
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(5), serving).await.unwrap().unwrap().unwrap();
    assert!(held.upgrade().is_none());
}

#[tokio::test]
async fn whoever_comes_through_the_socket_is_the_owner_and_must_say_what_they_speak() {
    let house = TestHouse::open().await;
    let listener = UnixListener::bind(house.socket()).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(serve_socket(listener, Arc::clone(&house.app), Box::pin(async { drop(stopped.await) })));
    let connect = async || UnixStream::connect(house.socket()).await.unwrap();

    let request =
        format!("{HELLO_HTTP}GET /api/v1/search?q={PRIVATE_WORD} HTTP/1.1\r\nhost: cairn\r\nconnection: close\r\n\r\n");
    let answer = exchange(connect().await, &request).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("cairn://corpus/reorg"), "{answer}");
    let who = format!("{HELLO_HTTP}GET /private HTTP/1.1\r\nhost: cairn\r\nconnection: close\r\n\r\n");
    let who = exchange(connect().await, &who).await;
    assert!(who.contains("the local owner") && !who.contains("<form class=\"ask\""), "{who}");
    for wrong in ["GET / HTTP/1.1\r\nhost: x\r\n\r\n", "cairn/2 http\n", "\n", "cairn/1 httpx"] {
        assert_eq!(exchange(connect().await, wrong).await, "", "{wrong:?}");
    }

    let mut session = connect().await;
    let hello =
        json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "probe", "version": "1"}});
    let first = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello});
    session.write_all(format!("{HELLO_MCP}{first}\n").as_bytes()).await.unwrap();
    let mut lines = BufReader::new(session).lines();
    let opened: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    assert!(opened["result"]["instructions"].as_str().unwrap().contains("corpus (1 documents)"));

    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(5), serving).await.unwrap().unwrap().unwrap();
    assert!(lines.next_line().await.unwrap().is_none());
    let held = Arc::downgrade(&house.app.library);
    drop(house);
    assert!(held.upgrade().is_none(), "no session that was open holds it");
}
