//! The binary as its users meet it: [`Served`], [`Agent`], and commands that end.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A repository with the three usual folders.
pub(crate) struct Repository(TempDir);

impl Repository {
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        for folder in ["playbook", "journeys", "corpus"] {
            std::fs::create_dir(repository.path().join(folder)).unwrap();
        }
        for (path, text) in files {
            repository.write(path, text);
        }
        repository
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join(".cairn")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        std::fs::write(self.path().join(path), text).unwrap();
    }

    /// Commits what is on disk; gives the commit's name.
    pub(crate) fn commit(&self, subject: &str) -> String {
        super::git::commit(self.path(), subject)
    }

    /// The same, at the time that it is now.
    pub(crate) fn commit_now(&self, message: &str) -> String {
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        super::git::commit_at(self.path(), message, i64::try_from(now).unwrap())
    }

    /// Stages what is on disk, and nothing that is written later.
    pub(crate) fn stage(&self) {
        super::git::stage(self.path());
    }

    /// The binary on this repository, with nothing of our surroundings.
    pub(crate) fn cairn(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cairn"));
        // Every command is run where its repository is: that is its root.
        command.args(arguments).current_dir(self.path());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CAIRN_")) {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.cairn(arguments).output().unwrap()
    }

    /// Starts a server on a free port and waits for its banner.
    pub(crate) fn serve(&self) -> Served {
        self.serve_with(&[])
    }

    /// The same, with more flags.
    pub(crate) fn serve_with(&self, flags: &[&str]) -> Served {
        self.serve_at("127.0.0.1:0", flags)
    }

    /// The same, at another address.
    pub(crate) fn serve_at(&self, listen: &str, flags: &[&str]) -> Served {
        self.start(&[&["serve", "--listen", listen, "--json"], flags].concat())
    }

    /// Starts a preview on a free port and waits for its banner.
    pub(crate) fn preview(&self) -> Served {
        self.start(&["preview", "--listen", "127.0.0.1:0", "--json"])
    }

    fn start(&self, arguments: &[&str]) -> Served {
        let mut child = self.cairn(arguments).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let banner: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("no banner ({error}): {line:?}"));
        Served { child, banner }
    }

    /// Starts an agent's process.
    pub(crate) fn agent(&self) -> Agent {
        let mut child = self.cairn(&["mcp"]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut agent = Agent { child, to, from, asked: 0 };
        let client = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
        let opened = agent.request("initialize", &client);
        assert!(opened["result"]["serverInfo"].is_object(), "{opened}");
        agent.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        agent
    }

    /// Who holds the data folder, as its lock says.
    pub(crate) fn owner_pid(&self) -> u32 {
        let lock = std::fs::read_to_string(self.data().join("lock")).unwrap();
        lock.split_once(' ').unwrap().0.parse().unwrap()
    }
}

/// A running server; killed when dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) banner: Value,
}

impl Served {
    pub(crate) fn address(&self) -> &str {
        self.banner["url"].as_str().unwrap().trim_start_matches("http://").split('/').next().unwrap()
    }

    /// Opens the address of a preview; gives the cookie that it sets.
    pub(crate) fn let_in(&self) -> String {
        let url = self.banner["url"].as_str().unwrap();
        let path = url.trim_start_matches("http://").trim_start_matches(self.address());
        let (status, head, _) = self.ask(&format!("GET {path}"), &[], "");
        assert_eq!(status, 303, "{head}");
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.banner["admin_token"].as_str()
    }

    /// Asks for a path: the status and the body.
    pub(crate) fn get(&self, path: &str, token: Option<&str>) -> (u16, String) {
        let credential = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = credential.iter().map(|credential| ("Authorization", credential.as_str())).collect();
        let (status, _, body) = self.ask(&format!("GET {path}"), &headers, "");
        (status, body)
    }

    /// Sends `METHOD PATH` with these headers and this body: the status, the head and the body of the answer.
    pub(crate) fn ask(&self, what: &str, headers: &[(&str, &str)], body: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let (host, length) = (self.address(), body.len());
        write!(
            stream,
            "{what} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        (status, head.to_owned(), body.to_owned())
    }

    /// Searches over HTTP.
    pub(crate) fn search(&self, words: &str, token: Option<&str>) -> Value {
        let (status, body) = self.get(&format!("/api/v1/search?q={}", words.replace(' ', "+")), token);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Asks the server to stop; gives its exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        signal(&self.child, Signal::TERM);
        self.child.wait().unwrap().code()
    }

    /// Kills the server where it stands.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _gone = self.child.kill().is_ok() && self.child.wait().is_ok();
    }
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// A `cairn mcp` process with somebody at its other end.
pub(crate) struct Agent {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    asked: u64,
}

impl Agent {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn say(&mut self, message: &Value) {
        writeln!(self.to, "{message}").unwrap();
        self.to.flush().unwrap();
    }

    /// Sends a request and reads on to its answer.
    pub(crate) fn request(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let mut line = String::new();
            assert!(self.from.read_line(&mut line).unwrap() > 0, "the agent's process ended");
            let message: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
            if message["id"] == id {
                return message;
            }
        }
    }

    /// Searches; gives the documents that were found.
    pub(crate) fn finds(&mut self, words: &str) -> Vec<String> {
        let answer = self.request("tools/call", &json!({"name": "search_context", "arguments": {"query": words}}));
        let hits = answer["result"]["structuredContent"]["hits"].as_array().unwrap_or_else(|| panic!("{answer}"));
        hits.iter().map(|hit| hit["uri"].as_str().unwrap().trim_start_matches("cairn://").to_owned()).collect()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _gone = self.child.kill().is_ok() && self.child.wait().is_ok();
    }
}
