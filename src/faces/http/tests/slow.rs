//! Clients that send slowly, read slowly or come in numbers, and what every answer carries, over real connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

use super::house::{TestHouse, wide};
use crate::http::{Limits, ROUTES, serve};

const SOON: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(3_600);
/// How long a busy machine may take.
const PATIENCE: Duration = Duration::from_secs(30);

struct Port {
    house: TestHouse,
    address: SocketAddr,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Drop for Port {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Port {
    async fn open(limits: Limits) -> Self {
        let house = TestHouse::open_within(limits).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(serve(listener, Arc::clone(&house.app), Box::pin(std::future::pending())));
        Self { house, address, serving }
    }

    async fn say(&self, said: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        stream
    }

    /// Whether a new connection is answered.
    async fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(self.address).await else { return false };
        let asked = stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await;
        asked.is_ok() && all(stream).await.starts_with("HTTP/1.1 200")
    }

    /// Waits until a new connection is answered.
    async fn answers_again(&self) {
        let again = async {
            while !self.answers().await {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, again).await.expect("the place is given back");
    }
}

/// What comes until the connection ends, however it does.
async fn all(mut stream: TcpStream) -> String {
    let mut came = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut came)).await;
    let _whole = read.expect("the server ends the connection").is_ok();
    String::from_utf8_lossy(&came).into_owned()
}

#[tokio::test]
async fn a_head_that_does_not_come_in_whole_ends_the_connection() {
    let port = Port::open(Limits { head: SOON, ..wide() }).await;
    for said in ["", "GET /healthz", "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-drip: "] {
        assert_eq!(all(port.say(said).await).await, "", "{said:?}");
    }
    let idle = all(port.say("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await).await;
    assert!(idle.starts_with("HTTP/1.1 200") && idle.ends_with("ok"), "answered, and closed when it idles: {idle}");
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_is_told_so_before_anybody_works_on_it() {
    let port = Port::open(Limits { body: SOON, answer: LONG, ..wide() }).await;
    for path in ["/api/v1/search", "/mcp", "/session", "/session/end"] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             accept: application/json, text/event-stream\r\ncontent-length: 100\r\n\r\n{{\"query\""
        );
        let answer = all(port.say(&head).await).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{path}: {answer}");
    }
    assert!(port.house.records().is_empty());
}

#[tokio::test]
async fn a_client_that_does_not_read_loses_its_place() {
    let port = Port::open(Limits { stall: SOON, peer_connections: 1, head: LONG, ..wide() }).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut deaf = socket.connect(port.address).await.unwrap();
    // Eight places for this machine: the others idle, this one asks for more than all buffers hold and reads nothing.
    let mut idle = Vec::new();
    for _ in 0..7 {
        let mut stream = port.say("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        assert_eq!(stream.read_u8().await.unwrap(), b'H');
        idle.push(stream);
    }
    let style = port.house.stranger("/").await.text();
    let style = style.split("href=\"").find(|part| part.starts_with("/assets/style.")).unwrap();
    let request = format!("GET {} HTTP/1.1\r\nhost: localhost\r\n\r\n", style.split('"').next().unwrap());
    let asking = async { while deaf.write_all(request.as_bytes()).await.is_ok() {} };
    tokio::select! {
        () = port.answers_again() => {}
        () = async { asking.await; std::future::pending().await } => {}
    }
}

#[tokio::test]
async fn one_peer_cannot_take_all_places_and_gets_one_back_for_each_it_leaves() {
    let port = Port::open(Limits { peer_connections: 1, head: LONG, ..wide() }).await;
    let mut held = Vec::new();
    for _ in 0..8 {
        let mut stream = port.say("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        assert_eq!(stream.read_u8().await.unwrap(), b'H');
        held.push(stream);
    }
    assert!(!port.answers().await);
    drop(held.pop());
    port.answers_again().await;
    let metrics = port.house.owner("/metrics").await.text();
    assert!(!metrics.contains("cairn_refused_connections_total 0"), "{metrics}");
}

#[tokio::test]
async fn what_every_answer_carries_arrives_at_the_other_end_of_a_connection() {
    let port = Port::open(wide()).await;
    for row in &ROUTES {
        let path = row.path.replace("{*id}", "corpus/x").replace("{*page}", "nowhere").replace("{name}", "x.css");
        for method in ["GET", "HEAD", "POST", "OPTIONS", "DELETE"] {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer x\r\ncontent-length: 0\r\n"
            );
            let answer = all(port.say(&format!("{request}connection: close\r\n\r\n")).await).await.to_ascii_lowercase();
            for header in [
                "content-security-policy: default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; \
                 connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n",
                "x-content-type-options: nosniff\r\n",
                "referrer-policy: no-referrer\r\n",
                "cache-control: private, no-store\r\n",
                "vary: authorization\r\n",
            ] {
                assert_eq!(answer.matches(header).count(), 1, "{method} {path} {header}: {answer}");
            }
            assert!(!answer.contains("access-control-") && !answer.contains("\r\nserver:"), "{answer}");
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(method != "HEAD" || body.is_empty(), "{method} {path}: {body}");
            let refused = head.starts_with("http/1.1 401");
            assert_eq!(refused, path != "/healthz", "{method} {path}: {head}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_still_the_answer_tells_no_length_to_whoever_asks() {
    let port = Port::open(wide()).await;
    for path in ["/api/v1/documents/playbook/release", "/llms.txt", "/playbook/release"] {
        for method in ["GET", "HEAD"] {
            let request = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nif-none-match: *\r\n");
            let answer = all(port.say(&format!("{request}connection: close\r\n\r\n")).await).await.to_ascii_lowercase();
            assert!(answer.starts_with("http/1.1 304") && answer.ends_with("\r\n\r\n"), "{method} {path}: {answer}");
            assert!(!answer.contains("\r\ncontent-length:"), "{method} {path}: {answer}");
        }
    }
}
