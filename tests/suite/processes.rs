//! The binary: one owner a data folder, everybody else its client, and nobody notices a death.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::Repository;

const FILES: [(&str, &str); 3] = [
    ("playbook/kite.md", "# Kite\n\nThe kite rises against the wind.\n\n## String\n\nThe string of a kite is long.\n"),
    ("journeys/flight.md", "# A flight\n\nWe flew a kite on the beach.\n"),
    ("corpus/plan.md", "# Plan\n\nThe plan for the kite is private.\n"),
];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn hits(answer: &Value) -> Vec<String> {
    answer["hits"].as_array().unwrap().iter().map(|hit| hit["citation"]["document"].to_string()).collect()
}

#[test]
fn a_server_answers_where_its_banner_says_and_ends_when_it_is_told() {
    let repository = Repository::of(&FILES);
    let served = repository.serve();
    assert_eq!(served.get("/healthz", None).0, 200);
    assert_eq!(served.get("/readyz", None).0, 200);
    assert_eq!(served.get("/", None).0, 200);
    let (status, page) = served.get("/playbook", None);
    assert_eq!(status, 200);
    assert!(page.contains("Kite") && !page.contains("Plan"), "{page}");

    let token = served.token().expect("a token is shown at the first start").to_owned();
    let public = served.search("kite", None);
    assert!(!hits(&public).iter().any(|id| id.contains("corpus/")), "{public}");
    assert!(hits(&served.search("kite", Some(&token))).contains(&"\"corpus/plan\"".to_owned()));
    assert_eq!(served.get("/api/v1/documents/corpus/plan", None).0, 404);
    assert_eq!(served.get("/api/v1/documents/corpus/none", None).0, 404);
    assert_eq!(served.get("/api/v1/search?q=kite", Some("cairn_wrong")).0, 401);
    let long = served.get(&format!("/api/v1/search?q={}", "x".repeat(4_000)), None);
    assert!((400..500).contains(&long.0) && long.1.len() < 1_000, "{long:?}");

    assert_eq!(served.terminate(), Some(0));
    let again = repository.serve();
    assert_eq!(again.token(), None, "the token is shown once");
    assert!(hits(&again.search("kite", Some(&token))).contains(&"\"corpus/plan\"".to_owned()), "and holds");
}

#[test]
fn a_command_beside_a_server_gets_the_same_answer_and_writes_the_same_ledger() {
    let repository = Repository::of(&FILES);
    let served = repository.serve();
    let token = served.token().unwrap().to_owned();
    let over_http = served.search("who flies a kite", Some(&token));
    let found = repository.run(&["search", "who flies a kite", "--json"]);
    assert_eq!(found.status.code(), Some(0), "{}", text(&found.stderr));
    let on_the_line: Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(on_the_line["hits"], over_http["hits"]);

    let tail = repository.run(&["log", "tail", "--json"]);
    let tail = text(&tail.stdout);
    for answer in [&over_http, &on_the_line] {
        assert!(tail.contains(answer["retrieval_id"].as_str().unwrap()), "{tail}");
    }
    assert_eq!(repository.run(&["log", "verify"]).status.code(), Some(0));
    let nothing = repository.run(&["search", "kite", "--collection", "journeys", "--type", "nosuchkind", "--json"]);
    assert_eq!(nothing.status.code(), Some(1), "{}", text(&nothing.stdout));
}

#[test]
fn a_second_server_is_told_who_holds_the_folder() {
    let repository = Repository::of(&FILES);
    let served = repository.serve();
    let second = repository.run(&["serve", "--listen", "127.0.0.1:0"]);
    let said = text(&second.stderr);
    assert_eq!(second.status.code(), Some(2), "{said}");
    assert!(said.contains(&served.pid().to_string()) && said.contains(served.address()), "{said}");
    assert_eq!(served.get("/healthz", None).0, 200, "the first is not disturbed");
}

#[test]
fn bad_places_end_a_server_with_the_thing_and_the_way_out() {
    let repository = Repository::of(&FILES);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = repository.path().to_str().unwrap();
    let twice = format!("{folder}/playbook");
    let cases: [(&[&str], &str); 3] = [
        (&["serve", "--listen", &address], &address),
        (&["serve", "/nowhere/at/all", "--listen", "127.0.0.1:0"], "nowhere"),
        (&["serve", "--public", &twice, "--private", &twice, "--listen", "127.0.0.1:0"], "playbook"),
    ];
    for (arguments, named) in cases {
        let ended = repository.run(arguments);
        let said = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(named) && said.len() < 1_000, "{arguments:?}: {said}");
        assert!(ended.stdout.is_empty(), "{}", text(&ended.stdout));
    }
}

#[test]
fn every_command_takes_a_root_and_a_data_folder() {
    let repository = Repository::of(&FILES);
    let elsewhere = Repository::of(&[]);
    let root = repository.path().to_str().unwrap();
    let data = elsewhere.path().join("data");
    let place = ["--root", root, "--data", data.to_str().unwrap()];
    let commands: [&[&str]; 6] =
        [&["search", "kite"], &["get", "playbook/kite"], &["browse"], &["check"], &["log", "tail"], &["log", "verify"]];
    for command in commands {
        let ended = elsewhere.run(&[command, &place].concat());
        assert_eq!(ended.status.code(), Some(0), "{command:?}: {}", text(&ended.stderr));
    }
    let served = elsewhere.serve_with(&place);
    assert_eq!(served.banner["root"], std::fs::canonicalize(root).unwrap().to_str().unwrap());
    assert!(!repository.data().is_dir(), "nothing is written beside the corpus");
}

#[test]
fn three_agents_share_a_folder_and_none_notices_that_the_owner_died() {
    let repository = Repository::of(&FILES);
    let mut agents = [repository.agent(), repository.agent(), repository.agent()];
    let told: Vec<_> = agents.iter_mut().map(|agent| agent.finds("kite on the beach")).collect();
    assert!(told[0].contains(&"corpus/plan".to_owned()), "an agent on this machine is the owner: {told:?}");
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
    for round in 0..2 {
        let owner = repository.owner_pid();
        let dead = agents.iter().position(|agent| agent.pid() == owner).expect("one of them owns the folder");
        agents[dead].kill();
        let mut living: Vec<_> = agents.iter_mut().filter(|agent| agent.pid() != owner).collect();
        living.retain_mut(|agent| {
            std::fs::read_to_string(format!("/proc/{}/stat", agent.pid())).is_ok_and(|stat| !stat.contains(") Z "))
        });
        assert_eq!(living.len(), 2 - round);
        for agent in &mut living {
            assert_eq!(agent.finds("kite on the beach"), told[0]);
        }
    }
    let verified = repository.run(&["log", "verify"]);
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stdout));
}

#[test]
fn a_server_that_is_killed_at_any_moment_comes_back_whole() {
    let repository = Repository::of(&FILES);
    for round in 0..6 {
        let served = repository.serve();
        // Files come in while the server works on them; the kill falls somewhere into that.
        for at in 0..(round * 13 % 40) {
            repository
                .write(&format!("playbook/r{round}-{at}.md"), &format!("# Page {at}\n\nRound {round} of the kitex.\n"));
            if at % 5 == 0 {
                let answer = served.search("kite wind", None);
                assert!(!hits(&answer).is_empty(), "a search is never empty");
            }
        }
        served.kill();
    }
    let served = repository.serve();
    let (status, listed) = served.get("/api/v1/documents?limit=100", None);
    assert_eq!(status, 200);
    let on_disk = std::fs::read_dir(repository.path().join("playbook")).unwrap().count();
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let counted =
        listed["collections"].as_array().unwrap().iter().find(|counted| counted["name"] == "playbook").unwrap();
    assert_eq!(counted["documents"], on_disk);
    assert_eq!(served.terminate(), Some(0));
    let verified = repository.run(&["log", "verify"]);
    assert_eq!(verified.status.code(), Some(0), "{} {}", text(&verified.stdout), text(&verified.stderr));
}

/// How soon an agent's process has to end when its input does. It waits ten seconds for answers that are still due.
const ENDS_WITHIN: Duration = Duration::from_secs(8);

#[test]
fn an_agents_process_says_nothing_but_the_protocol_and_ends_with_its_input_whatever_is_waited_for() {
    let repository = Repository::of(&FILES);
    let client = json!({"name": "test", "version": "1"});
    let hello = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
    let modern = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": client,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let uri = "cairn://playbook/kite";
    let older = [
        json!({"id": 1, "method": "initialize", "params": hello}),
        json!({"method": "notifications/initialized"}),
        json!({"id": 2, "method": "resources/subscribe", "params": {"uri": uri}}),
        json!({"id": 3, "method": "tools/call", "params": {"name": "search_context", "arguments": {"query": "kite"}}}),
    ];
    let newer = [
        json!({"id": 1, "method": "server/discover", "params": {"_meta": modern}}),
        json!({"id": 2, "method": "subscriptions/listen", "params": {"notifications": {"resourceSubscriptions": [uri]}, "_meta": modern}}),
        json!({"id": 3, "method": "tools/call", "params": {"name": "search_context", "arguments": {"query": "kite"}, "_meta": modern}}),
    ];
    for messages in [&older[..], &newer[..]] {
        let mut command = repository.cairn(&["mcp", "-vv"]);
        let mut child =
            command.env("CAIRN_LOG", "trace").env("RUST_LOG", "trace").stdin(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        for message in messages {
            let mut message = message.clone();
            message["jsonrpc"] = json!("2.0");
            writeln!(input, "{message}").unwrap();
        }
        drop(input);
        let began = Instant::now();
        let ended = child.wait_with_output().unwrap();
        assert!(began.elapsed() < ENDS_WITHIN, "{:?}", began.elapsed());
        assert_eq!(ended.status.code(), Some(0), "{}", text(&ended.stderr));
        assert!(text(&ended.stderr).contains("ledger checkpoint"), "it was asked to say everything");
        let said: Vec<Value> = text(&ended.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect();
        assert!(said.iter().all(|message| message["jsonrpc"] == "2.0"), "{said:?}");
        let found = said.iter().find(|message| message["id"] == 3).expect("what was asked before the end is answered");
        assert!(!found["result"]["structuredContent"]["hits"].as_array().unwrap().is_empty(), "{found}");
    }
}

/// Starts an agent's process and opens a session with it, whose answer is not read.
fn opened(repository: &Repository) -> (Child, ChildStdin) {
    let mut command = repository.cairn(&["mcp"]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let client = json!({"name": "test", "version": "1"});
    let hello = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
    writeln!(input, "{}", json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello})).unwrap();
    writeln!(input, "{}", json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).unwrap();
    (child, input)
}

/// Sends these lines in a session of their own, a ping after each; gives the answers to the lines.
fn answers_between_pings(lines: &[&[u8]]) -> Vec<Value> {
    let repository = Repository::of(&FILES);
    let (mut child, mut input) = opened(&repository);
    for (number, line) in lines.iter().enumerate() {
        input.write_all(line).unwrap();
        writeln!(input, "\n{}", json!({"jsonrpc": "2.0", "id": format!("ping {number}"), "method": "ping"})).unwrap();
    }
    drop(input);
    let began = Instant::now();
    let said: Vec<Value> = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(began.elapsed() < ENDS_WITHIN, "nothing is waited for: {:?}", began.elapsed());
    for number in 0..lines.len() {
        let pong = said.iter().find(|answer| answer["id"] == format!("ping {number}"));
        assert!(
            pong.is_some_and(|pong| pong["result"].is_object()),
            "the session goes on after line {number}: {said:?}"
        );
    }
    let is_pong = |answer: &Value| answer["id"].as_str().is_some_and(|id| id.starts_with("ping "));
    said.into_iter().filter(|answer| answer["id"] != 0 && !is_pong(answer)).collect()
}

#[test]
fn a_line_that_is_not_utf_8_or_far_too_long_is_answered_and_the_session_goes_on() {
    let far_too_long = vec![b'y'; 8_000_000];
    let latin = b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"caf\xe9\"}}";
    let answers = answers_between_pings(&[b"\xff", latin, &far_too_long]);
    let told: Vec<_> = answers.iter().map(|answer| (&answer["error"]["code"], &answer["error"]["message"])).collect();
    assert_eq!(told.len(), 3, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.get("id") == Some(&Value::Null)), "{answers:?}");
    for (code, message) in &told[..2] {
        assert_eq!(**code, -32700);
        assert!(message.as_str().unwrap().starts_with("message: is not UTF-8 "), "{message}");
    }
    assert_eq!(*told[2].0, -32600);
    assert!(told[2].1.as_str().unwrap().contains("is 8000000 bytes long"), "{}", told[2].1);
}

#[test]
fn a_line_that_is_not_json_or_no_request_is_answered_and_the_session_goes_on() {
    let half = br#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"search_context","arguments":{"query":"\ud83d"}}}"#;
    let answers = answers_between_pings(&[
        b"kite",
        br#"{"jsonrpc":"2.0","id":5,"#,
        half,
        b"[1]",
        b"3",
        br#"{"id":6,"method":"ping"}"#,
    ]);
    let told: Vec<_> = answers.iter().map(|answer| (answer.get("id"), &answer["error"]["code"])).collect();
    let (null, five, six) = (Value::Null, json!(5), json!(6));
    let (not_json, no_request) = (json!(-32700), json!(-32600));
    let expected = [
        (&null, &not_json),
        (&null, &not_json),
        (&five, &not_json),
        (&null, &no_request),
        (&null, &no_request),
        (&six, &no_request),
    ];
    assert_eq!(told, expected.map(|(id, code)| (Some(id), code)), "{answers:?}");
    let message = answers[0]["error"]["message"].as_str().unwrap();
    assert_eq!(message, "message: is not JSON: expected value at line 1 column 1");
}

/// How many questions fill the pipe to an agent that reads no answers, and all that stands before it.
const QUESTIONS: usize = 400;

/// Opens a session and asks more than is answered while nobody reads.
fn asked_too_much(repository: &Repository) -> (Child, ChildStdin) {
    let (child, mut input) = opened(repository);
    for id in 1..=QUESTIONS {
        writeln!(input, "{}", json!({"jsonrpc": "2.0", "id": id, "method": "tools/list"})).unwrap();
    }
    (child, input)
}

/// Waits for the end of a process; gives how long that took.
fn ends(child: &mut Child, within: Duration) -> Duration {
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > within {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the process is still there after {within:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    began.elapsed()
}

#[test]
fn an_agents_process_ends_after_its_input_and_at_once_by_a_signal_when_nobody_reads_its_answers() {
    let repositories = [Repository::of(&FILES), Repository::of(&FILES)];
    let (mut left, input) = asked_too_much(&repositories[0]);
    let (mut told, open) = asked_too_much(&repositories[1]);
    std::thread::sleep(Duration::from_secs(3));
    assert!(left.try_wait().unwrap().is_none() && told.try_wait().unwrap().is_none(), "both wait for the agent");
    drop(input);
    kill_process(Pid::from_child(&told), Signal::TERM).unwrap();
    ends(&mut told, Duration::from_secs(3));
    drop(open);
    let waited = ends(&mut left, Duration::from_secs(14));
    assert!(waited > Duration::from_secs(5), "the agent had its time: {waited:?}");
}

#[test]
fn an_agent_that_reads_late_and_slowly_gets_every_answer_after_it_has_closed_its_end() {
    let repository = Repository::of(&FILES);
    let (mut child, input) = asked_too_much(&repository);
    drop(input);
    std::thread::sleep(Duration::from_secs(4));
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let (mut answered, mut line) = (std::collections::BTreeSet::new(), String::new());
    while said.read_line(&mut line).unwrap() > 0 {
        let answer: Value = serde_json::from_str(&line).unwrap();
        answered.insert(answer["id"].as_u64().unwrap());
        line.clear();
        // In all this takes longer than the process waits for an agent that reads nothing.
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(answered.len(), QUESTIONS + 1);
    ends(&mut child, Duration::from_secs(3));
}
