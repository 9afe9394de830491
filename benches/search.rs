//! What a search costs beside a bare yardstick, and whether the nearest passages are found.
//!
//! In one process: processor time of a question, beside tantivy's fifty best, an int8 scan, their sum and JSON. Over
//! HTTP: requests a second at 32 connections and the latency at 8, of `cairn serve` and of a bare axum server with that
//! yardstick behind it. And recall of the vector leg against exact distances, and SQLite's FTS5 on the same passages
//! (through Python's `sqlite3`, so that nothing has to be built). `CAIRN_BENCH_PASSAGES` (20,000) sets the size,
//! `CAIRN_BENCH_REQUESTS` (100) how many requests a connection makes. Last, at `CAIRN_BENCH_LEGS_PASSAGES` (100,000), the
//! whole search beside the two bare legs that it is made of.
//!
//! `cargo bench --bench search`

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench prints its figures and may stop at bad input"
)]
#![expect(dead_code, reason = "the yard serves several benches, and each uses a part of it")]

mod yard;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use cairn::engine::{Analyzer, EmbeddedEngine, EngineOptions, SearchEngine as _, Searcher};
use yard::corpus;
use yard::library::{ask, model, open, reader};
use yard::measure::{alone, cpu, line, median, percentile, setting};
use yard::raw::Bare;
use yard::serving::Serving;

const RUNS: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let path = |at: usize| PathBuf::from(&arguments[at]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match arguments.first().map(String::as_str) {
        Some("ours") => runtime.block_on(ours(&path(1), &path(2))),
        Some("bare") => bare(&path(1)),
        Some("legs") => println!("{}", legs(&path(1), &path(2))),
        Some("serve-bare") => runtime.block_on(serve_bare(&path(1))),
        _ => all(),
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn all() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    let passages = corpus::write(&root.join("docs"), setting("CAIRN_BENCH_PASSAGES", 20_000));
    println!("search: {passages} passages, {} questions\n", corpus::questions(&root.join("docs")).len());
    let data = root.join("data");
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(alone(&["ours", text(&root), text(&data)])[0]);
        bare.push(alone(&["bare", text(&root)])[0]);
    }
    let (ours, bare) = (median(&mut ours), median(&mut bare));
    line(
        "a question in one process, CPU",
        &format!("{ours:.3} ms"),
        &format!("bare {bare:.3} ms: {:.2} x", ours / bare),
        ours <= bare / 0.8,
    );
    over_http(&root, &data);
    recall(&root, &data);
    fts5(&root, words(&root, &data), ours);
    beside_its_legs();
}

/// The whole search (grammar, expansions, fusion, policies, passages, budget, a durable record) beside the two legs
/// that it is made of, as the engine gives them.
fn beside_its_legs() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    let passages = corpus::write(&root.join("docs"), setting("CAIRN_BENCH_LEGS_PASSAGES", 100_000));
    let data = root.join("data");
    let (mut whole, mut legs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        whole.push(alone(&["ours", text(&root), text(&data)])[0]);
        legs.push(alone(&["legs", text(&root), text(&data)])[0]);
    }
    let (whole, legs) = (median(&mut whole), median(&mut legs));
    line(
        &format!("the whole search at {passages} passages, CPU"),
        &format!("{whole:.3} ms"),
        &format!("two bare legs {legs:.3} ms: {:.2} x, at most 2", whole / legs),
        whole <= 2.0 * legs,
    );
}

/// Processor milliseconds of the hundred best by words and the hundred nearest, the question's own vector included.
fn legs(root: &Path, data: &Path) -> f64 {
    const DEPTH: usize = 100;
    let model = model();
    let engine =
        EmbeddedEngine::open(&data.join("shelves/public"), Arc::clone(&model), EngineOptions::default()).unwrap();
    let (searcher, analyzer) = (engine.searcher(), Analyzer::english());
    let questions = corpus::questions(&root.join("docs"));
    let all_ms = cost(|| {
        for question in &questions {
            let query = analyzer.query(question);
            let statistics = searcher.word_statistics(&query).unwrap();
            std::hint::black_box(searcher.lexical(&query, &statistics, None, DEPTH).unwrap());
            let vector = model.query(question, searcher.piece_statistics()).unwrap();
            std::hint::black_box(searcher.nearest(&vector, None, DEPTH));
        }
    });
    all_ms / questions.len() as f64
}

/// Processor milliseconds of a question, over at least two seconds of them.
fn cost(mut ask: impl FnMut()) -> f64 {
    ask();
    let (before, mut rounds) = (cpu(), 0);
    while cpu() - before < Duration::from_secs(2) {
        ask();
        rounds += 1;
    }
    (cpu() - before).as_secs_f64() * 1_000.0 / f64::from(rounds)
}

async fn ours(root: &Path, data: &Path) {
    let questions = corpus::questions(&root.join("docs"));
    let library = open(root, data, false).await;
    let reader = reader(&library);
    let handle = tokio::runtime::Handle::current();
    let round = || {
        tokio::task::block_in_place(|| {
            handle.block_on(async {
                for question in &questions {
                    let _found = ask(&reader, question).await;
                }
            })
        })
    };
    println!("{}", cost(round) / questions.len() as f64);
}

fn bare(root: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let bare = Bare::new(corpus::passages(&root.join("docs")), folder.path(), model());
    let questions = corpus::questions(&root.join("docs"));
    let round = || questions.iter().for_each(|question| drop(std::hint::black_box(bare.answer(question))));
    println!("{}", cost(round) / questions.len() as f64);
}

/// What the bare server is asked.
#[derive(serde::Deserialize)]
struct Asked {
    q: String,
}

/// The same yardstick behind axum. Prints its address and serves until it is killed.
async fn serve_bare(root: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let bare = Arc::new(Bare::new(corpus::passages(&root.join("docs")), folder.path(), model()));
    let answer = async |State(bare): State<Arc<Bare>>, Query(asked): Query<Asked>| {
        ([(CONTENT_TYPE, "application/json")], bare.answer(&asked.q))
    };
    let app = axum::Router::new().route("/api/v1/search", axum::routing::get(answer)).with_state(bare);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{{\"url\":\"http://{}/\"}}", listener.local_addr().unwrap());
    axum::serve(listener, app).await.unwrap();
}

fn over_http(root: &Path, data: &Path) {
    let questions = corpus::questions(&root.join("docs"));
    let cairn = Serving::start(
        Command::new(env!("CARGO_BIN_EXE_cairn"))
            .args(["serve", text(root), "--public", text(&root.join("docs")), "--data", text(data)])
            // Speed is measured here, and whoever asks is one address.
            .args(["--listen", "127.0.0.1:0", "--json", "--loopback-rate", "0"]),
    );
    let bare = Serving::start(Command::new(std::env::current_exe().unwrap()).args(["serve-bare", text(root)]));
    let each = setting("CAIRN_BENCH_REQUESTS", 100);
    for server in [&cairn, &bare] {
        let _warm = server.load(&questions, 8, each / 2);
    }
    let (mut ours, mut theirs, mut used) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let (_, a_second, cost) = cairn.load(&questions, 32, each);
        ours.push(a_second);
        used.push(cost);
        theirs.push(bare.load(&questions, 32, each).1);
    }
    let (ours, theirs, used) = (median(&mut ours), median(&mut theirs), median(&mut used));
    let ratio = ours / theirs;
    line(
        "throughput at 32 connections",
        &format!("{ours:.0}/s ({used:.2} ms CPU)"),
        &format!("bare axum {theirs:.0}/s: {ratio:.2} x, at least 0.8"),
        ratio >= 0.8,
    );
    let (mut took, ..) = cairn.load(&questions, 8, 4 * each);
    let (mut bare_took, ..) = bare.load(&questions, 8, 4 * each);
    let (p50, p99) = (percentile(&mut took, 50), percentile(&mut took, 99));
    let bare_p99 = percentile(&mut bare_took, 99);
    line(
        "latency at 8 connections",
        &format!("p50 {p50:.1} ms, p99 {p99:.1} ms"),
        &format!("p99 {:.2} x p50, at most 3 (bare p99 {bare_p99:.1} ms)", p99 / p50),
        p99 <= 3.0 * p50,
    );
}

/// The ten nearest passages by exact distances, against what the engine gives.
fn recall(root: &Path, data: &Path) {
    let model = model();
    let engine =
        EmbeddedEngine::open(&data.join("shelves/public"), Arc::clone(&model), EngineOptions::default()).unwrap();
    let searcher = engine.searcher();
    let passages = corpus::passages(&root.join("docs"));
    let mut exact = Vec::new();
    for some in passages.chunks(256) {
        let texts: Vec<&str> = some.iter().map(|passage| passage.text.as_str()).collect();
        exact.extend(model.passages(&texts).unwrap().into_iter().map(|embedding| embedding.vector));
    }
    let questions = corpus::questions(&root.join("docs"));
    let (mut found, mut wanted) = (0, 0);
    for question in &questions {
        let vector = model.query(question, searcher.piece_statistics()).unwrap();
        let (hits, all) = found_of_nearest(searcher.as_ref(), &vector, &exact);
        found += hits;
        wanted += all;
    }
    let share = f64::from(found) / f64::from(wanted);
    line("vector recall@10", &format!("{share:.4}"), "exact f32 is 1; at least 0.995", share >= 0.995);
    let step = (exact.len() / 500).max(1);
    let unreachable = exact.iter().step_by(step).filter(|vector| {
        let near = searcher.nearest(vector, None, 10);
        near.first().is_none_or(|best| best.score < 0.99)
    });
    let unreachable = unreachable.count();
    line(
        "passages that their own vector misses",
        &unreachable.to_string(),
        &format!("0 of {} tried", exact.len().div_ceil(step)),
        unreachable == 0,
    );
}

/// How many of the ten nearest are found; passages with the same text count as one another.
fn found_of_nearest(searcher: &dyn Searcher, vector: &[f32], exact: &[Vec<f32>]) -> (u32, u32) {
    let dot = |other: &Vec<f32>| other.iter().zip(vector).map(|(a, b)| a * b).sum::<f32>();
    let mut scores: Vec<f32> = exact.iter().map(dot).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    let tenth = scores[9.min(scores.len() - 1)];
    let near = searcher.nearest(vector, None, 10);
    // The engine's score is its own estimate; one part in a thousand is the grain of a byte.
    let good = near.iter().filter(|candidate| candidate.score >= tenth - 1e-3).count();
    (u32::try_from(good).unwrap(), u32::try_from(near.len().max(10)).unwrap())
}

/// Processor milliseconds of the ten best passages by words alone: what FTS5 gives as well.
fn words(root: &Path, data: &Path) -> f64 {
    let engine = EmbeddedEngine::open(&data.join("shelves/public"), model(), EngineOptions::default()).unwrap();
    let (searcher, analyzer) = (engine.searcher(), Analyzer::english());
    let questions = corpus::questions(&root.join("docs"));
    let all_ms = cost(|| {
        for question in &questions {
            let query = analyzer.query(question);
            let statistics = searcher.word_statistics(&query).unwrap();
            std::hint::black_box(searcher.lexical(&query, &statistics, None, 10).unwrap());
        }
    });
    all_ms / questions.len() as f64
}

/// SQLite's FTS5 with BM25 on the same passages: processor time of a question. Like is held against like, words against
/// words; the whole answer (meaning, passages, JSON and a durable record) stands beside it.
fn fts5(root: &Path, words_ms: f64, ours_ms: f64) {
    let place = root.join("fts5.jsonl");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&place).unwrap());
    for passage in corpus::passages(&root.join("docs")) {
        writeln!(file, "{}", serde_json::json!({"title": passage.title, "text": passage.text})).unwrap();
    }
    file.flush().unwrap();
    let questions = serde_json::to_string(&corpus::questions(&root.join("docs"))).unwrap();
    std::fs::write(root.join("questions.json"), questions).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/fts5.py");
    let output = Command::new("python3").arg(script).arg(&place).arg(root.join("questions.json")).output();
    let printed = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().parse::<f64>());
    match printed {
        Ok(Ok(theirs)) => {
            let ratio = words_ms / theirs;
            line(
                "ten best by words beside SQLite FTS5, CPU",
                &format!("{words_ms:.3} ms"),
                &format!("FTS5 {theirs:.2} ms: {ratio:.3} x, at most 0.1 (whole answer {:.3} x)", ours_ms / theirs),
                ratio <= 0.1,
            );
        }
        _ => println!("SQLite FTS5: not measured, there is no python3 with sqlite3 and FTS5 here"),
    }
}
