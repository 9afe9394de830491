//! How fast files become searchable, and what they cost in memory.
//!
//! Each figure stands beside its yardstick from the same run; medians of three. What needs a process of its own (memory,
//! processor time of one thing) runs in one. `CAIRN_BENCH_PASSAGES` (20,000) sets the size, `CAIRN_BENCH_CORPUS` the
//! pages.
//!
//! `cargo bench --bench ingest`

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench prints its figures and may stop at bad input"
)]
#![expect(dead_code, reason = "the yard serves several benches, and each uses a part of it")]

mod yard;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cairn::corpus::{Digest, DocumentId};
use cairn::library::Library;
use yard::corpus::{self, markdown};
use yard::library::{ask, open, reader};
use yard::measure::{alone, cpu, line, median, memory_mb, percentile, setting};

const RUNS: usize = 3;
const SAVES: usize = 300;
const CHECKOUT: usize = 1_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let path = |at: usize| PathBuf::from(&arguments[at]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match arguments.first().map(String::as_str) {
        Some("index") => runtime.block_on(index(&path(1), &path(2))),
        Some("raw") => raw(&path(1)),
        Some("queries") => runtime.block_on(queries(&path(1), &path(2))),
        _ => runtime.block_on(all()),
    }
}

/// Opens a library and prints: processor seconds, wall seconds, resident MB, of which anonymous, passages.
async fn index(root: &Path, data: &Path) {
    let (started, before) = (Instant::now(), cpu());
    let library = open(root, data, false).await;
    let (wall, used) = (started.elapsed().as_secs_f64(), (cpu() - before).as_secs_f64());
    // One question, so that what the first one brings into memory is counted.
    let _found = ask(&reader(&library), "how is it configured").await;
    let (resident, anonymous) = memory_mb();
    let passages: u64 = library.shelves().iter().map(|shelf| shelf.passages).sum();
    println!("{used} {wall} {resident} {anonymous} {passages}");
}

/// Prints the processor seconds of a bare tantivy build of the same passages.
fn raw(root: &Path) {
    let passages = corpus::passages(&root.join("docs"));
    let folder = tempfile::tempdir().unwrap();
    let before = cpu();
    let _index = yard::raw::build(&passages, folder.path());
    println!("{}", (cpu() - before).as_secs_f64());
}

/// Prints the processor milliseconds of a question.
async fn queries(root: &Path, data: &Path) {
    let questions = corpus::questions(&root.join("docs"));
    let library = open(root, data, false).await;
    let reader = reader(&library);
    for question in questions.iter().take(50) {
        let _warm = ask(&reader, question).await;
    }
    let before = cpu();
    let mut asked = 0;
    while cpu() - before < Duration::from_secs(2) {
        for question in &questions {
            let _found = ask(&reader, question).await;
            asked += 1;
        }
    }
    println!("{}", (cpu() - before).as_secs_f64() * 1_000.0 / f64::from(asked));
}

async fn all() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    let wanted = setting("CAIRN_BENCH_PASSAGES", 20_000);
    let passages = corpus::write(&root.join("docs"), wanted);
    println!("ingest: {passages} passages of {} files\n", markdown(&root.join("docs")).len());
    let cold_wall_s = builds(&root, passages);
    restarts(&root, cold_wall_s);
    saves(&root).await;
    overflow(&root).await;
    segments(&root).await;
}

fn data(root: &Path, name: &str) -> PathBuf {
    root.join("data").join(name)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Cold builds beside bare ones; gives the wall time of a cold build.
fn builds(root: &Path, passages: usize) -> f64 {
    let (mut ours, mut bare, mut walls, mut resident, mut anonymous) = (vec![], vec![], vec![], vec![], vec![]);
    for run in 0..RUNS {
        let place = data(root, &format!("cold-{run}"));
        let figures = alone(&["index", text(root), text(&place)]);
        ours.push(figures[0]);
        walls.push(figures[1]);
        bare.push(alone(&["raw", text(root)])[0]);
        if run > 0 {
            fs::remove_dir_all(place).unwrap();
        }
    }
    let (ours, bare, wall) = (median(&mut ours), median(&mut bare), median(&mut walls));
    let ratio = ours / bare;
    line(
        "files to searchable, CPU",
        &format!("{ours:.2} s ({wall:.2} s wall)"),
        &format!("bare tantivy {bare:.2} s: {ratio:.2} x, at most 2.5"),
        ratio <= 2.5,
    );
    // Memory of a server that opened an index, not of one that has just built it; without what an empty one has.
    let tiny = root.join("tiny");
    fs::create_dir_all(tiny.join("docs")).unwrap();
    fs::write(tiny.join("docs/page.md"), "# Page\n\nText.\n").unwrap();
    let mut empty = Vec::new();
    for _ in 0..RUNS {
        let figures = alone(&["index", text(root), text(&data(root, "cold-0"))]);
        resident.push(figures[2]);
        anonymous.push(figures[3]);
        empty.push(alone(&["index", text(&tiny), text(&data(root, "tiny"))])[2]);
    }
    let (resident, anonymous, empty) = (median(&mut resident), median(&mut anonymous), median(&mut empty));
    let grown = (resident - empty) * 100_000.0 / passages as f64;
    line(
        "memory after a restart, RSS",
        &format!("{resident:.0} MB, {anonymous:.0} anonymous"),
        &format!("empty {empty:.0} MB: {grown:.0} MB more for 100,000 passages, at most 200"),
        grown <= 200.0,
    );
    wall
}

fn restarts(root: &Path, cold_wall_s: f64) {
    let mut walls: Vec<f64> =
        (0..RUNS).map(|_| alone(&["index", text(root), text(&data(root, "cold-0"))])[1]).collect();
    let wall = median(&mut walls);
    let ratio = wall / cold_wall_s;
    line(
        "restart with state",
        &format!("{:.0} ms", wall * 1_000.0),
        &format!("cold {cold_wall_s:.2} s: {ratio:.3} x, at most 0.15 and 1 s"),
        ratio <= 0.15 && wall <= 1.0,
    );
}

/// The id of a page under `docs/`.
fn id_of(root: &Path, path: &Path) -> DocumentId {
    let place = path.strip_prefix(root).unwrap().with_extension("");
    DocumentId::parse(place.to_str().unwrap()).unwrap()
}

fn is_current(library: &Library, id: &DocumentId, bytes: &[u8]) -> bool {
    let shelf = library.public().shelf();
    shelf.document(id).is_some_and(|document| document.record().sha256 == Digest::of(bytes))
}

/// Waits until the public shelf has these bytes under this id.
async fn arrival(library: &Library, id: &DocumentId, bytes: &[u8]) {
    let mut status = library.status();
    while !is_current(library, id, bytes) {
        let changed = tokio::time::timeout(Duration::from_secs(60), status.changed());
        changed.await.expect("a save arrives within a minute").unwrap();
    }
}

/// Asks all the time, until told to stop; gives how long each question took, in milliseconds.
fn asking(
    library: &Library,
    stop: tokio::sync::watch::Receiver<bool>,
    questions: Vec<String>,
) -> tokio::task::JoinHandle<Vec<f64>> {
    let reader = reader(library);
    tokio::spawn(async move {
        let mut took = Vec::new();
        for question in questions.iter().cycle() {
            let started = Instant::now();
            let found = ask(&reader, question).await;
            assert!(found > 0, "a search was empty: {question}");
            took.push(started.elapsed().as_secs_f64() * 1_000.0);
            if *stop.borrow() {
                break;
            }
            // A reader, not a load: the figure is what one person meets.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        took
    })
}

/// Single saves and a checkout, while somebody searches.
async fn saves(root: &Path) {
    let docs = root.join("docs");
    let library = open(root, &data(root, "cold-0"), true).await;
    let files = markdown(&docs);
    let questions = corpus::questions(&docs);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let idle = asking(&library, stopped, questions.clone());
    tokio::time::sleep(Duration::from_secs(5)).await;
    stop.send(true).unwrap();
    let idle_p99 = percentile(&mut idle.await.unwrap(), 99);

    let (stop, stopped) = tokio::sync::watch::channel(false);
    let busy = asking(&library, stopped, questions);
    let mut took = Vec::new();
    for at in 0..SAVES {
        let path = &files[at * 7 % files.len()];
        let bytes = format!("{}\n\nSaved once more, the {at}th time.\n", fs::read_to_string(path).unwrap());
        let started = Instant::now();
        if at % 2 == 0 {
            fs::write(path, &bytes).unwrap();
        } else {
            let beside = path.with_extension("swp");
            fs::write(&beside, &bytes).unwrap();
            fs::rename(&beside, path).unwrap();
        }
        arrival(&library, &id_of(root, path), bytes.as_bytes()).await;
        took.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    let (p50, p99) = (percentile(&mut took, 50), percentile(&mut took, 99));
    line(
        &format!("save to searchable, {SAVES} saves"),
        &format!("p50 {p50:.0} ms, p99 {p99:.0} ms"),
        "at most 100 and 500 ms",
        p50 <= 100.0 && p99 <= 500.0,
    );

    let changed: Vec<&PathBuf> = files.iter().take(CHECKOUT).collect();
    let started = Instant::now();
    let written = rewrite(&changed, "checked out");
    for (path, bytes) in &written {
        arrival(&library, &id_of(root, path), bytes.as_bytes()).await;
    }
    let took = started.elapsed().as_secs_f64();
    line(
        &format!("checkout of {} files, index equals disk", written.len()),
        &format!("{took:.2} s"),
        "at most 5 s",
        took <= 5.0,
    );
    stop.send(true).unwrap();
    let busy_p99 = percentile(&mut busy.await.unwrap(), 99);
    let ratio = busy_p99 / idle_p99;
    line(
        "searches meanwhile, p99, none empty",
        &format!("{busy_p99:.1} ms"),
        &format!("idle {idle_p99:.1} ms: {ratio:.2} x, at most 3"),
        ratio <= 3.0,
    );
}

fn rewrite<'a>(files: &[&'a PathBuf], word: &str) -> Vec<(&'a PathBuf, String)> {
    let change = |path: &&'a PathBuf| {
        let bytes = format!("{}\n\nThis page was {word}.\n", fs::read_to_string(path).unwrap());
        fs::write(path, &bytes).unwrap();
        (*path, bytes)
    };
    files.iter().map(change).collect()
}

/// A thousand files change and no event tells: everything is compared, as after a lost event.
async fn overflow(root: &Path) {
    let library = open(root, &data(root, "cold-0"), false).await;
    let files = markdown(&root.join("docs"));
    let changed: Vec<&PathBuf> = files.iter().rev().take(CHECKOUT).collect();
    let written = rewrite(&changed, "overlooked");
    let started = Instant::now();
    library.compare();
    for (path, bytes) in &written {
        arrival(&library, &id_of(root, path), bytes.as_bytes()).await;
    }
    let took = started.elapsed().as_secs_f64();
    line(
        &format!("forced overflow, {} files changed", written.len()),
        &format!("{took:.2} s"),
        "at most 15 s",
        took <= 15.0,
    );
}

/// After one-file commits: how many segments there are, and what a question costs beside a fresh index.
async fn segments(root: &Path) {
    let place = data(root, "cold-0");
    let library = open(root, &place, false).await;
    let files = markdown(&root.join("docs"));
    for at in 0..SAVES {
        let path = &files[at * 11 % files.len()];
        let written = rewrite(&[path], "changed alone");
        library.touch(path);
        arrival(&library, &id_of(root, path), written[0].1.as_bytes()).await;
    }
    drop(library);
    let shelf = place.join("shelves/public");
    let epoch = shelf.join(fs::read_to_string(shelf.join("CURRENT")).unwrap().trim());
    let meta: serde_json::Value = serde_json::from_slice(&fs::read(epoch.join("words/meta.json")).unwrap()).unwrap();
    let segments = meta["segments"].as_array().unwrap().len();
    let mut worn: Vec<f64> = Vec::new();
    let mut fresh: Vec<f64> = Vec::new();
    for _ in 0..RUNS {
        worn.push(alone(&["queries", text(root), text(&place)])[0]);
        fresh.push(alone(&["queries", text(root), text(&data(root, "fresh"))])[0]);
    }
    let (worn, fresh) = (median(&mut worn), median(&mut fresh));
    let ratio = worn / fresh;
    line(&format!("segments after {SAVES} one-file commits"), &segments.to_string(), "at most 12", segments <= 12);
    line(
        "a question then, CPU",
        &format!("{worn:.3} ms"),
        &format!("fresh index {fresh:.3} ms: {ratio:.2} x, at most 2"),
        ratio <= 2.0,
    );
}
