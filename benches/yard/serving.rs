//! Servers as processes of their own, and clients that keep their connections.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::measure::cpu_of;

/// A server process; killed when dropped.
pub(crate) struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).stdin(Stdio::null()).spawn().unwrap();
        let mut banner = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut banner).unwrap();
        let banner: serde_json::Value = serde_json::from_str(&banner).unwrap();
        let address = banner["url"].as_str().unwrap().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { child, address }
    }

    /// Asks with some connections at once: milliseconds of each request, requests a second, processor ms a request.
    pub(crate) fn load(&self, questions: &[String], connections: usize, each: usize) -> (Vec<f64>, f64, f64) {
        let (started, before) = (Instant::now(), cpu_of(self.child.id()));
        let took: Vec<f64> = std::thread::scope(|scope| {
            let client = |at: usize| scope.spawn(move || client(&self.address, questions, at, each));
            let clients: Vec<_> = (0..connections).map(client).collect();
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
        });
        let used = (cpu_of(self.child.id()) - before).as_secs_f64() * 1_000.0 / took.len() as f64;
        let a_second = took.len() as f64 / started.elapsed().as_secs_f64();
        (took, a_second, used)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _gone = self.child.kill().is_ok() && self.child.wait().is_ok();
    }
}

/// One connection that is kept: asks `each` questions, one after the other.
fn client(address: &str, questions: &[String], from: usize, each: usize) -> Vec<f64> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let mut took = Vec::with_capacity(each);
    for at in 0..each {
        let question = &questions[(from * 31 + at) % questions.len()];
        let question = utf8_percent_encode(question, NON_ALPHANUMERIC);
        let started = Instant::now();
        stream
            .write_all(format!("GET /api/v1/search?q={question} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes())
            .unwrap();
        let (mut length, mut first) = (0, String::new());
        loop {
            let mut header = String::new();
            answers.read_line(&mut header).unwrap();
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
        answers.read_exact(&mut body).unwrap();
        assert!(first.contains("200") && length > 0, "{first}{}", String::from_utf8_lossy(&body));
        took.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    took
}
