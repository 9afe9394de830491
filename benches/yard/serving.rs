//! Servers as processes of their own, and clients that keep their connections.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::measure::{cpu_of, memory_mb_of};

/// A server process; killed when dropped.
pub(crate) struct Serving {
    child: Child,
    address: String,
    banner: serde_json::Value,
}

impl Serving {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).stdin(Stdio::null()).spawn().unwrap();
        let mut banner = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut banner).unwrap();
        let banner: serde_json::Value = serde_json::from_str(&banner).unwrap();
        let address = banner["url"].as_str().unwrap().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { child, address, banner }
    }

    /// Asks questions with some connections at once: milliseconds of each request, requests a second, processor ms a
    /// request.
    pub(crate) fn load(&self, questions: &[String], connections: usize, each: usize) -> (Vec<f64>, f64, f64) {
        self.load_of(connections, each, &|at| search(&self.address, &questions[at % questions.len()]))
    }

    /// The same with any requests, told by number.
    pub(crate) fn load_of(
        &self,
        connections: usize,
        each: usize,
        request: &(dyn Fn(usize) -> Vec<u8> + Sync),
    ) -> (Vec<f64>, f64, f64) {
        let (started, before) = (Instant::now(), cpu_of(self.child.id()));
        let took: Vec<f64> = std::thread::scope(|scope| {
            let client = |from: usize| {
                scope.spawn(move || {
                    let mut line = Connection::open(&self.address);
                    (0..each).map(|at| line.ask(&request(from * 31 + at)).1).collect::<Vec<f64>>()
                })
            };
            let clients: Vec<_> = (0..connections).map(client).collect();
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
        });
        let used = (cpu_of(self.child.id()) - before).as_secs_f64() * 1_000.0 / took.len() as f64;
        let a_second = took.len() as f64 / started.elapsed().as_secs_f64();
        (took, a_second, used)
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What it said when it was ready.
    pub(crate) fn banner(&self) -> &serde_json::Value {
        &self.banner
    }

    /// Its resident memory in MB that no file backs.
    pub(crate) fn anonymous_mb(&self) -> f64 {
        memory_mb_of(self.child.id()).1
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _gone = self.child.kill().is_ok() && self.child.wait().is_ok();
    }
}

/// A question to the search route.
pub(crate) fn search(address: &str, question: &str) -> Vec<u8> {
    let question = utf8_percent_encode(question, NON_ALPHANUMERIC);
    format!("GET /api/v1/search?q={question} HTTP/1.1\r\nHost: {address}\r\n\r\n").into_bytes()
}

/// One connection that is kept: asks one thing after the other.
pub(crate) struct Connection {
    stream: TcpStream,
    answers: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let answers = BufReader::new(stream.try_clone().unwrap());
        Self { stream, answers }
    }

    /// The body of an answer that is good, and milliseconds until it was there.
    pub(crate) fn ask(&mut self, request: &[u8]) -> (Vec<u8>, f64) {
        let started = Instant::now();
        self.stream.write_all(request).unwrap();
        let (mut length, mut first) = (0, String::new());
        loop {
            let mut header = String::new();
            self.answers.read_line(&mut header).unwrap();
            if first.is_empty() {
                first.clone_from(&header);
            }
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if header.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.answers.read_exact(&mut body).unwrap();
        assert!(first.contains(" 20") && length > 0, "{first}{}", String::from_utf8_lossy(&body));
        (body, started.elapsed().as_secs_f64() * 1_000.0)
    }
}
