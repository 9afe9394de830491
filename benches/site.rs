//! What a page costs: drawn, and served again.
//!
//! A page is drawn, with its frame, trees and lists, at no less than 0.7 of the throughput of pulldown-cmark and ammonia
//! alone on the same texts. Once drawn it is served at no less than 0.8 of the throughput of `/healthz` of the same
//! server, at 32 connections. And of a corpus of `CAIRN_BENCH_PAGES` (5,000) pages each is there within 10 ms at p99
//! when it is asked for the first time. `CAIRN_BENCH_REQUESTS` (100) says how many requests a connection makes, times ten.
//!
//! `cargo bench --bench site`; exit code 1 when a bound is broken.

#![expect(
    clippy::print_stdout,
    clippy::panic,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench prints its figures and may stop at bad input"
)]
#![expect(dead_code, reason = "the yard serves several benches, and each uses a part of it")]

mod yard;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use cairn::ledger::{Clock as _, SystemClock};
use cairn::library::Library;
use cairn::site::{Found, Representation, Site, SiteOptions};
use pulldown_cmark::{Options, Parser, html};
use yard::corpus;
use yard::library::{Nowhere, open_with};
use yard::measure::{Bounds, alone, cpu, median, percentile, setting};
use yard::serving::{Connection, Serving};

const RUNS: usize = 3;
/// A second of load tells little on a shared machine: runs in turn, and the median of what each pair says.
const PAIRS: usize = 15;
/// How many pages are drawn again and again, and how many are served so.
const DRAWN: usize = 400;
const SERVED: usize = 64;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let path = |at: usize| PathBuf::from(&arguments[at]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match arguments.first().map(String::as_str) {
        Some("draws") => draws(&runtime.block_on(open_with(&path(1), &path(2), false, Arc::new(Nowhere)))),
        Some("plain") => plain(&runtime.block_on(open_with(&path(1), &path(2), false, Arc::new(Nowhere)))),
        _ => return all(),
    }
    ExitCode::SUCCESS
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn all() -> ExitCode {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    let pages = setting("CAIRN_BENCH_PAGES", 5_000);
    corpus::write_pages(&root.join("docs"), pages);
    let data = root.join("data");
    println!("site: {pages} pages\n");
    let mut bounds = Bounds::new();
    {
        let cairn = Serving::start(
            Command::new(env!("CARGO_BIN_EXE_cairn"))
                .args(["serve", text(&root), "--public", text(&root.join("docs")), "--data", text(&data)])
                // Speed is measured here, and whoever asks is one address.
                .args(["--listen", "127.0.0.1:0", "--json", "--loopback-rate", "0"]),
        );
        let addresses = addresses(&root.join("docs"));
        first_bytes(&cairn, &addresses, &mut bounds);
        beside_the_trivial_handler(&cairn, &addresses, &mut bounds);
    }
    beside_the_parser_and_the_sanitiser(&root, &data, &mut bounds);
    println!("site: {}", if bounds.hold() { "every bound holds" } else { "bounds were missed" });
    if bounds.hold() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Where the pages of files are.
fn addresses(docs: &Path) -> Vec<String> {
    let address = |file: &PathBuf| {
        let path = file.strip_prefix(docs).unwrap().with_extension("");
        format!("/docs/{}", path.to_str().unwrap())
    };
    corpus::markdown(docs).iter().map(address).collect()
}

/// A page as a browser asks for it.
fn get(cairn: &Serving, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n\r\n", cairn.address())
        .into_bytes()
}

fn first_bytes(cairn: &Serving, addresses: &[String], bounds: &mut Bounds) {
    let mut line = Connection::open(cairn.address());
    // What all pages share is made with the first of them.
    for address in addresses.iter().step_by(addresses.len().div_ceil(100)) {
        line.ask(&get(cairn, address));
    }
    for time in ["first", "second"] {
        let mut took: Vec<f64> = addresses.iter().map(|address| line.ask(&get(cairn, address)).1).collect();
        let (p50, p99) = (percentile(&mut took, 50), percentile(&mut took, 99));
        bounds.line(
            &format!("each of {} pages, asked for the {time} time", took.len()),
            &format!("p50 {p50:.2} ms, p99 {p99:.2} ms"),
            &format!("to the last byte; p99 at most 10 ms; {:.0} MB", cairn.anonymous_mb()),
            p99 <= 10.0,
        );
    }
}

fn beside_the_trivial_handler(cairn: &Serving, addresses: &[String], bounds: &mut Bounds) {
    let each = 10 * setting("CAIRN_BENCH_REQUESTS", 100);
    let some: Vec<&String> = addresses.iter().step_by(addresses.len().div_ceil(SERVED)).collect();
    let page = |at: usize| get(cairn, some[at % some.len()]);
    let trivial = |_: usize| get(cairn, "/healthz");
    let mut line = Connection::open(cairn.address());
    let bytes = (0..some.len()).map(|at| line.ask(&page(at)).0.len()).sum::<usize>() / some.len();
    let (mut ours, mut theirs, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let (one, other) = (cairn.load_of(32, each, &page).1, cairn.load_of(32, each, &trivial).1);
        ours.push(one);
        theirs.push(other);
        shares.push(one / other);
    }
    let (ours, theirs, share) = (median(&mut ours), median(&mut theirs), median(&mut shares));
    bounds.line(
        "a page that was drawn before",
        &format!("{ours:.0}/s ({bytes} bytes)"),
        &format!("/healthz {theirs:.0}/s: {share:.2} x, the median of {PAIRS} pairs, at least 0.8"),
        share >= 0.8,
    );
}

fn beside_the_parser_and_the_sanitiser(root: &Path, data: &Path, bounds: &mut Bounds) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(alone(&["draws", text(root), text(data)])[0]);
        theirs.push(alone(&["plain", text(root), text(data)])[0]);
    }
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    bounds.line(
        "a page that is drawn",
        &format!("{:.0}/s of processor time", 1.0 / ours),
        &format!("pulldown-cmark and ammonia {:.0}/s: {:.2} x, at least 0.7", 1.0 / theirs, theirs / ours),
        theirs >= 0.7 * ours,
    );
}

/// Processor seconds of one of some things, each done as often as it takes to measure it.
fn seconds_of(count: usize, mut round: impl FnMut() -> Duration) -> f64 {
    let (mut used, mut rounds) = (Duration::ZERO, 0);
    while used < Duration::from_secs(2) {
        used += round();
        rounds += 1;
    }
    used.as_secs_f64() / (rounds * count) as f64
}

/// Draws whole pages of a site that has drawn none before. What all pages share is there.
fn draws(library: &Library) {
    let shelf = library.public().shelf();
    let step = shelf.documents().len().div_ceil(DRAWN);
    let paths: Vec<String> =
        shelf.documents().iter().step_by(step).map(|document| format!("/{}", document.record().id)).collect();
    let round = || {
        let site = Site::new(library.public(), SiteOptions::default(), SystemClock.now());
        let _shared = (site.home().unwrap(), site.page(&paths[0], Representation::Html).unwrap());
        let before = cpu();
        for path in &paths {
            let Found::Page(html, _) = site.page(path, Representation::Html).unwrap() else { panic!("{path}") };
            std::hint::black_box(html.into_string());
        }
        cpu() - before
    };
    println!("{}", seconds_of(paths.len(), round));
}

/// What is Markdown to everybody, and to us.
const DIALECT: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_GFM)
    .union(Options::ENABLE_DEFINITION_LIST);

/// The same texts through the parser and the sanitiser.
fn plain(library: &Library) {
    let shelf = library.public().shelf();
    let step = shelf.documents().len().div_ceil(DRAWN);
    let texts: Vec<String> =
        shelf.documents().iter().step_by(step).map(|document| shelf.text(document).unwrap()).collect();
    let sanitiser = ammonia::Builder::default();
    let round = || {
        let before = cpu();
        for text in &texts {
            let mut page = String::with_capacity(text.len() * 3 / 2);
            html::push_html(&mut page, Parser::new_ext(text, DIALECT));
            std::hint::black_box(sanitiser.clean(&page).to_string());
        }
        cpu() - before
    };
    println!("{}", seconds_of(texts.len(), round));
}
