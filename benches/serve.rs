//! What the agents' door costs: MCP beside the search route, the door beside the search, and many agents at once.
//!
//! Over streamable HTTP a search by MCP, in both eras of the protocol, must keep 0.75 of the throughput of the search
//! route with the same questions at 32 connections; `tools/list` and `server/discover` 0.3 of that of an axum handler
//! that gives the same number of bytes. Of the processor time of a search over HTTP at most 12 % may be for other things
//! than searching (HTTP, JSON, the ledger). 64 agents search, read and report for `CAIRN_BENCH_SECONDS` (60) without one
//! error, and memory stays where it was. `CAIRN_BENCH_CALLS` (100,000) calls of 64 clients with the same ids, half of them
//! strangers, in both eras, are each answered with what was asked for, and strangers with nothing of a private document. On
//! stdio the first answer is there within 300 ms of the start.
//! `CAIRN_BENCH_PASSAGES` (20,000) sets the corpus, `CAIRN_BENCH_REQUESTS` (100) how many requests a connection makes.
//!
//! `cargo bench --bench serve`; exit code 1 when a bound is broken.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench prints its figures and may stop at bad input"
)]
#![expect(dead_code, reason = "the yard serves several benches, and each uses a part of it")]

mod yard;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::header::CONTENT_TYPE;
use cairn::library::wire::SearchRequest;
use serde_json::{Value, json};
use yard::corpus;
use yard::library::{Nowhere, open_with, reader};
use yard::measure::{Bounds, alone, cpu, median, percentile, setting};
use yard::serving::{Connection, Serving};

const RUNS: usize = 3;
/// A search and what it costs over HTTP differ by less than the machine's speed from one moment to the next.
const PAIRS: usize = 7;
const CONNECTIONS: usize = 32;
const MODERN: &str = "2026-07-28";
const LEGACY: &str = "2025-11-25";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let path = |at: usize| PathBuf::from(&arguments[at]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match arguments.first().map(String::as_str) {
        Some("searches") => runtime.block_on(searches(&path(1), &path(2))),
        Some("corpus") => corpus_and_questions(&path(1)),
        Some("trivial") => runtime.block_on(trivial(arguments[1].parse().unwrap())),
        _ => return all(),
    }
    ExitCode::SUCCESS
}

/// Writes what this bench searches into `folder`, for others to search: pages, and questions, one a line.
fn corpus_and_questions(folder: &Path) {
    let passages = corpus::write(&folder.join("docs"), setting("CAIRN_BENCH_PASSAGES", 20_000));
    let lines = corpus::questions(&folder.join("docs")).into_iter().take(120);
    let lines: String = lines.map(|question| format!("{}\n", json!({"query": question}))).collect();
    std::fs::write(folder.join("questions.jsonl"), lines).unwrap();
    println!("{passages} passages in {}", folder.join("docs").display());
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn all() -> ExitCode {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    let passages = corpus::write(&root.join("docs"), setting("CAIRN_BENCH_PASSAGES", 20_000));
    let (data, questions) = (root.join("data"), corpus::questions(&root.join("docs")));
    println!("serve: {passages} passages, {} questions\n", questions.len());
    let mut bounds = Bounds::new();
    let searching = || alone(&["searches", text(&root), text(&root.join("searching"))])[0];
    {
        let cairn = Serving::start(
            Command::new(env!("CARGO_BIN_EXE_cairn"))
                .args(["serve", text(&root), "--public", text(&root.join("docs")), "--data", text(&data)])
                // Speed is measured here, and whoever asks is one address.
                .args(["--listen", "127.0.0.1:0", "--json", "--loopback-rate", "0"]),
        );
        beside_the_search_route(&cairn, &questions, &searching, &mut bounds);
        beside_a_trivial_handler(&cairn, &mut bounds);
        many_agents(&cairn, &questions, &mut bounds);
    }
    on_stdio(&root, &data, &questions, &mut bounds);
    never_crossed(&mut bounds);
    println!("serve: {}", if bounds.hold() { "every bound holds" } else { "bounds were missed" });
    if bounds.hold() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A message over HTTP, of one era or the other.
fn message(address: &str, token: Option<&str>, modern: bool, method: &str, mut params: Value) -> Vec<u8> {
    let name = params["name"].as_str().map_or(String::new(), |name| format!("Mcp-Name: {name}\r\n"));
    let mut headers = format!("MCP-Protocol-Version: {LEGACY}\r\n");
    if modern {
        headers = format!("MCP-Protocol-Version: {MODERN}\r\nMcp-Method: {method}\r\n{name}");
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        });
    }
    if let Some(token) = token {
        headers += &format!("Authorization: Bearer {token}\r\n");
    }
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    format!(
        "POST /mcp HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn call(address: &str, token: Option<&str>, modern: bool, tool: &str, arguments: &Value) -> Vec<u8> {
    message(address, token, modern, "tools/call", json!({"name": tool, "arguments": arguments}))
}

/// `searching` gives the processor milliseconds of a search alone. What is compared is measured in turn: the machine is as
/// fast for the one as for the other.
fn beside_the_search_route(cairn: &Serving, questions: &[String], searching: &dyn Fn() -> f64, bounds: &mut Bounds) {
    let each = setting("CAIRN_BENCH_REQUESTS", 100);
    let ask = |modern: bool| {
        move |at: usize| {
            call(cairn.address(), None, modern, "search_context", &json!({"query": questions[at % questions.len()]}))
        }
    };
    let _warm = (cairn.load(questions, 8, each / 2), cairn.load_of(8, each / 2, &ask(true)));
    let (mut route, mut used, mut legacy, mut modern) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut alone, mut other) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let searching_ms = searching();
        let (_, a_second, ms) = cairn.load(questions, CONNECTIONS, each);
        alone.push(searching_ms);
        other.push(1.0 - searching_ms / ms);
        route.push(a_second);
        used.push(ms);
        legacy.push(cairn.load_of(CONNECTIONS, each, &ask(false)).1);
        modern.push(cairn.load_of(CONNECTIONS, each, &ask(true)).1);
    }
    let (route, used, searching_ms) = (median(&mut route), median(&mut used), median(&mut alone));
    let other = median(&mut other);
    for (era, mut a_second) in [(LEGACY, legacy), (MODERN, modern)] {
        let a_second = median(&mut a_second);
        bounds.line(
            &format!("search_context at {CONNECTIONS} connections, {era}"),
            &format!("{a_second:.0}/s"),
            &format!("search route {route:.0}/s: {:.2} x, at least 0.75", a_second / route),
            a_second >= 0.75 * route,
        );
    }
    bounds.line(
        "processor time of a search that is not search",
        &format!("{:.1} %", 100.0 * other),
        &format!("{used:.3} ms, searching alone {searching_ms:.3} ms; at most 12 %"),
        other <= 0.12,
    );
    let (mut took, ..) = cairn.load_of(8, 4 * each, &ask(true));
    let (p50, p99) = (percentile(&mut took, 50), percentile(&mut took, 99));
    bounds.line(
        "search_context at 8 connections",
        &format!("p50 {p50:.1} ms, p99 {p99:.1} ms"),
        &format!("p99 {:.2} x p50, at most 3", p99 / p50),
        p99 <= 3.0 * p50,
    );
}

fn beside_a_trivial_handler(cairn: &Serving, bounds: &mut Bounds) {
    let each = 10 * setting("CAIRN_BENCH_REQUESTS", 100);
    for (method, modern) in [("tools/list", false), ("tools/list", true), ("server/discover", true)] {
        let bytes = message(cairn.address(), None, modern, method, json!({}));
        let answer = Connection::open(cairn.address()).ask(&bytes).0;
        let bare =
            Serving::start(Command::new(std::env::current_exe().unwrap()).args(["trivial", &answer.len().to_string()]));
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            ours.push(cairn.load_of(CONNECTIONS, each, &|_| bytes.clone()).1);
            theirs.push(bare.load_of(CONNECTIONS, each, &|_| bytes.clone()).1);
        }
        let (ours, theirs) = (median(&mut ours), median(&mut theirs));
        bounds.line(
            &format!("{method}, {}", if modern { MODERN } else { LEGACY }),
            &format!("{ours:.0}/s ({} bytes)", answer.len()),
            &format!("trivial axum {theirs:.0}/s: {:.2} x, at least 0.3", ours / theirs),
            ours >= 0.3 * theirs,
        );
    }
}

/// Answers everything with so many bytes. Prints its address and serves until it is killed.
async fn trivial(bytes: usize) {
    let body: axum::body::Bytes = vec![b' '; bytes].into();
    let answer = async move || ([(CONTENT_TYPE, "application/json")], body);
    let app = axum::Router::new().route("/mcp", axum::routing::post(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{{\"url\":\"http://{}/\"}}", listener.local_addr().unwrap());
    axum::serve(listener, app).await.unwrap();
}

/// 64 agents, each with a connection of its own: search, read what was found, and now and then report that something is
/// missing. An answer that is not good ends the bench.
fn many_agents(cairn: &Serving, questions: &[String], bounds: &mut Bounds) {
    const AGENTS: usize = 64;
    let lasting = Duration::from_secs(setting("CAIRN_BENCH_SECONDS", 60) as u64);
    let (address, token) = (cairn.address(), cairn.banner()["admin_token"].as_str());
    let began = Instant::now();
    let agent = |number: usize| {
        let (mut line, mut calls) = (Connection::open(address), 0_usize);
        while began.elapsed() < lasting {
            let question = &questions[(number * 31 + calls) % questions.len()];
            let mut ask = |tool: &str, arguments: &Value| -> Value {
                calls += 1;
                let answer = line.ask(&call(address, token, number.is_multiple_of(2), tool, arguments)).0;
                let answer: Value = serde_json::from_slice(&answer).unwrap();
                let result = &answer["result"];
                assert!(result.is_object() && result["isError"] != true, "{tool}: {answer}");
                result["structuredContent"].clone()
            };
            let found = ask("search_context", &json!({"query": question}));
            if let Some(uri) = found["hits"][0]["uri"].as_str() {
                ask("get_document", &json!({"uri": uri, "max_tokens": 2_000}));
            }
            ask("report_gap", &json!({"need": question}));
        }
        calls
    };
    let (calls, early, late) = std::thread::scope(|scope| {
        let agents: Vec<_> = (0..AGENTS).map(|number| scope.spawn(move || agent(number))).collect();
        std::thread::sleep(lasting / 3);
        let early = cairn.anonymous_mb();
        std::thread::sleep(lasting.saturating_sub(began.elapsed()).saturating_sub(Duration::from_millis(200)));
        let late = cairn.anonymous_mb();
        (agents.into_iter().map(|agent| agent.join().unwrap()).sum::<usize>(), early, late)
    });
    bounds.line(
        &format!("{AGENTS} agents for {} s", lasting.as_secs()),
        &format!("{calls} calls, 0 errors"),
        &format!("memory {early:.0} MB after a third, {late:.0} MB at the end: at most 1.1 x"),
        late <= 1.1 * early,
    );
}

/// 64 clients that count their calls alike, so that ids collide all the time. Each answer is looked at: it has the id, the
/// document and the rights of its own question.
fn never_crossed(bounds: &mut Bounds) {
    const CLIENTS: usize = 64;
    const PAGES: usize = 200;
    let each = setting("CAIRN_BENCH_CALLS", 100_000).div_ceil(CLIENTS);
    let folder = tempfile::tempdir().unwrap();
    for (collection, page) in ["corpus", "playbook"].into_iter().flat_map(|name| (0..PAGES).map(move |at| (name, at))) {
        let place = folder.path().join(collection);
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join(format!("p{page}.md")), format!("# {collection} {page}\n\nOnly here.\n")).unwrap();
    }
    let serve = ["serve", text(folder.path()), "--listen", "127.0.0.1:0", "--json", "--loopback-rate", "0"];
    let cairn = Serving::start(Command::new(env!("CARGO_BIN_EXE_cairn")).args(serve));
    let (address, token) = (cairn.address(), cairn.banner()["admin_token"].as_str());
    let client = |number: usize| {
        let owner = number.is_multiple_of(2);
        let mut line = Connection::open(address);
        for at in 0..each {
            let collection = if at.is_multiple_of(3) { "playbook" } else { "corpus" };
            let id = format!("{collection}/p{}", (number * 7 + at) % PAGES);
            let (modern, uri) = ((number / 2 + at).is_multiple_of(2), format!("cairn://{id}"));
            let asked =
                call(address, token.filter(|_| owner), modern, "get_document", &json!({"uri": uri, "max_tokens": 200}));
            let asked = String::from_utf8(asked).unwrap().replacen("\"id\":1,", &format!("\"id\":{},", at % 10), 1);
            let answer: Value = serde_json::from_slice(&line.ask(asked.as_bytes()).0).unwrap();
            assert_eq!(answer["id"], at % 10, "{answer}");
            let result = &answer["result"];
            if owner || collection == "playbook" {
                assert_eq!(result["structuredContent"]["uri"], uri, "{answer}");
            } else {
                assert_eq!(result["isError"], true, "{answer}");
                assert!(
                    result["content"][0]["text"].as_str().unwrap().starts_with(&format!("{id}: no such document")),
                    "{answer}"
                );
            }
        }
    };
    let began = Instant::now();
    std::thread::scope(|scope| (0..CLIENTS).for_each(|number| drop(scope.spawn(move || client(number)))));
    bounds.line(
        &format!("{CLIENTS} clients with the same ids"),
        &format!("{} calls, none crossed", CLIENTS * each),
        &format!("in {:.0} s", began.elapsed().as_secs_f64()),
        true,
    );
}

/// Processor milliseconds of a search in this process: no HTTP, no JSON that leaves, no ledger. As many ask at once as
/// over HTTP, so that all cores are at work: one whose neighbours are is slower.
async fn searches(root: &Path, data: &Path) {
    let questions: Arc<[String]> = corpus::questions(&root.join("docs")).into();
    let library = open_with(root, data, false, Arc::new(Nowhere)).await;
    let reader = reader(&library);
    let round = async || {
        let asking = (0..CONNECTIONS).map(|from| {
            let (reader, questions) = (reader.clone(), Arc::clone(&questions));
            tokio::spawn(async move {
                for question in questions.iter().skip(from).step_by(CONNECTIONS) {
                    let request = SearchRequest { query: question.clone(), ..SearchRequest::default() };
                    std::hint::black_box(reader.search(request.parse(100).unwrap()).await.unwrap());
                }
            })
        });
        for asked in asking.collect::<Vec<_>>() {
            asked.await.unwrap();
        }
    };
    round().await;
    let (before, mut rounds) = (cpu(), 0);
    while cpu().saturating_sub(before) < Duration::from_secs(3) {
        round().await;
        rounds += 1;
    }
    println!("{}", (cpu() - before).as_secs_f64() * 1_000.0 / (rounds * questions.len()) as f64);
}

/// `cairn mcp` on an index that is there: from its start to the first passages.
fn on_stdio(root: &Path, data: &Path, questions: &[String], bounds: &mut Bounds) {
    let mut took: Vec<f64> = (0..RUNS)
        .map(|run| {
            let started = Instant::now();
            let mut child = Command::new(env!("CARGO_BIN_EXE_cairn"))
                .args(["mcp", "--root", text(root), "--public", text(&root.join("docs")), "--data", text(data)])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut says = child.stdin.take().unwrap();
            let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
            let hello =
                json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}});
            let search = json!({"name": "search_context", "arguments": {"query": questions[run]}});
            for message in [
                json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}),
                json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
                json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": search}),
            ] {
                writeln!(says, "{message}").unwrap();
            }
            let answer = loop {
                let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
                if answer["id"] == 2 {
                    break answer;
                }
            };
            let took = started.elapsed().as_secs_f64() * 1_000.0;
            assert!(answer["result"]["structuredContent"]["hits"][0].is_object(), "{answer}");
            drop(says);
            assert!(child.wait().unwrap().success());
            took
        })
        .collect();
    let took = median(&mut took);
    bounds.line("first answer on stdio, from the start", &format!("{took:.0} ms"), "at most 300 ms", took <= 300.0);
}
