//! What the record costs a search, and how fast a ledger of a gigabyte is opened, verified and reported on.
//!
//! Two servers that differ in where records go: into the ledger, or to a sink that acknowledges at once and writes
//! nothing. At 64 connections the logged one must keep 0.85 of the throughput; at one connection it may add 1.5 times
//! what the disk's own fdatasync takes, measured in the same run in the same folder and at the same pace: one for each
//! question, the core at work in between. (A virtual disk that has just synced is awake: back to back, which is printed
//! too, a sync takes half as long.) Then a ledger of
//! `CAIRN_BENCH_RECORDS` (1,000,000) records is written without syncs: every report on it, warm, in less than 2 s; opened,
//! and a record looked up by its id, be it there or not,
//! in less than 1 s; verified at 200 MB/s. `CAIRN_BENCH_PASSAGES` (20,000) sets the corpus, `CAIRN_BENCH_REQUESTS` (100)
//! how many requests a connection makes.
//!
//! `cargo bench --bench ledger`; exit code 1 when a bound is broken.

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
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use cairn::access::{Keyring, Principal};
use cairn::corpus::{Digest, DocumentId, Lines};
use cairn::http::{App, Limits, Options as Door};
use cairn::ledger::{
    Clock, Disk, DiskFile, Face, Hit, Keeper, Ledger, LedgerSink, Legs, Options, Record, RecordName, Retrieval,
    RetrievalId, SystemClock, SystemDisk, SystemRandomness, Timestamp, Verb, Verdict, verify,
};
use cairn::reports::{Book, ReportKind, Span, View};
use yard::corpus;
use yard::library::{Nowhere, open_with};
use yard::measure::{Bounds, median, percentile, setting};
use yard::serving::Serving;

const RUNS: usize = 3;
/// What one connection adds is small beside what it varies by.
const LONE_RUNS: usize = 7;
const DAY_MS: i64 = 86_400_000;

/// Over how many days the records of the big ledger are spread.
const DAYS: usize = 30;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let path = |at: usize| PathBuf::from(&arguments[at]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if arguments.first().is_some_and(|first| first == "serve") {
        runtime.block_on(serve(&path(1), &path(2), arguments[3] == "logged"));
        return ExitCode::SUCCESS;
    }
    let mut bounds = Bounds::new();
    let folder = tempfile::tempdir().unwrap();
    beside_a_silent_server(folder.path(), &mut bounds);
    of_a_gigabyte(folder.path(), &runtime, &mut bounds);
    println!("ledger: {}", if bounds.hold() { "every bound holds" } else { "bounds were missed" });
    if bounds.hold() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Serves the corpus of `ROOT` until it is killed. Prints its address.
async fn serve(root: &Path, data: &Path, logged: bool) {
    std::fs::create_dir_all(data).unwrap();
    let (keeper, _) = Keeper::open(&data.join("ledger"), Options::default()).unwrap();
    let keeper = Arc::new(keeper);
    let sink: Arc<dyn LedgerSink> = if logged { Arc::<Keeper>::clone(&keeper) } else { Arc::new(Nowhere) };
    let library = Arc::new(open_with(root, data, false, sink).await);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let door = Door {
        name: "bench".to_owned(),
        listen: Some(address),
        edit_url: None,
        public_url: None,
        hosts: Vec::new(),
        origins: Vec::new(),
        skills: false,
        // Speed is measured here, and whoever asks is one address.
        limits: Limits { loopback_rate: 0, ..Limits::default() },
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
    };
    let app = App::new(library, Keyring::open(&data.join("tokens.json")).unwrap(), keeper, door).unwrap();
    println!("{{\"url\":\"http://{address}/\"}}");
    cairn::http::serve(listener, app, Box::pin(std::future::pending())).await.unwrap();
}

fn beside_a_silent_server(root: &Path, bounds: &mut Bounds) {
    let passages = corpus::write(&root.join("docs"), setting("CAIRN_BENCH_PASSAGES", 20_000));
    let questions = corpus::questions(&root.join("docs"));
    println!("ledger: {passages} passages, {} questions\n", questions.len());
    let each = setting("CAIRN_BENCH_REQUESTS", 100);
    let start = |name: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        Serving::start(command.arg("serve").arg(root).arg(root.join(name)).arg(name))
    };
    let (logged, silent) = (start("logged"), start("silent"));
    for server in [&logged, &silent] {
        let _warm = server.load(&questions, 8, each / 2);
    }
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        with.push(logged.load(&questions, 64, each).1);
        without.push(silent.load(&questions, 64, each).1);
    }
    let (with, without) = (median(&mut with), median(&mut without));
    bounds.line(
        "throughput at 64 connections",
        &format!("{with:.0}/s"),
        &format!("logged to nowhere {without:.0}/s: {:.3} x, at least 0.85", with / without),
        with >= 0.85 * without,
    );
    let (mut with, mut without, mut disk, mut busy_disk) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..LONE_RUNS {
        with.push(percentile(&mut logged.load(&questions, 1, 2 * each).0, 50));
        let question_ms = percentile(&mut silent.load(&questions, 1, 2 * each).0, 50);
        without.push(question_ms);
        disk.push(fdatasync_ms(&root.join("logged"), 2 * each, question_ms));
        busy_disk.push(fdatasync_ms(&root.join("logged"), 2 * each, 0.0));
    }
    let (with, without, disk) = (median(&mut with), median(&mut without), median(&mut disk));
    bounds.line(
        "added to a question at one connection, p50",
        &format!("{:.3} ms ({without:.3} to {with:.3})", with - without),
        &format!(
            "fdatasync at that pace {disk:.3} ms: {:.2} x, at most 1.5 (back to back {:.3} ms)",
            (with - without) / disk,
            median(&mut busy_disk)
        ),
        with - without <= 1.5 * disk,
    );
}

/// What appending the bytes of a record and syncing them takes in a folder, each after so long at work: the middle of
/// `times`.
fn fdatasync_ms(folder: &Path, times: usize, pace_ms: f64) -> f64 {
    let mut file = std::fs::File::create(folder.join("yardstick")).unwrap();
    let mut took: Vec<f64> = (0..times)
        .map(|_| {
            let work = Instant::now();
            while work.elapsed().as_secs_f64() * 1_000.0 < pace_ms {
                std::hint::spin_loop();
            }
            let started = Instant::now();
            file.write_all(&[b'x'; 1_024]).unwrap();
            file.sync_data().unwrap();
            started.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    percentile(&mut took, 50)
}

/// A disk that forgets to sync: what is written here has not to survive anything.
#[derive(Debug)]
struct Unsynced;

#[derive(Debug)]
struct UnsyncedFile(Box<dyn DiskFile>);

impl DiskFile for UnsyncedFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    fn cut(&mut self, len_bytes: u64) -> std::io::Result<()> {
        self.0.cut(len_bytes)
    }
}

impl Disk for Unsynced {
    fn append(&self, path: &Path) -> std::io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(UnsyncedFile(SystemDisk.append(path)?)))
    }

    fn create(&self, path: &Path) -> std::io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(UnsyncedFile(SystemDisk.create(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> std::io::Result<()> {
        SystemDisk.rename(from, to)
    }

    fn sync_folder(&self, _: &Path) -> std::io::Result<()> {
        Ok(())
    }
}

/// A clock that is set.
#[derive(Debug)]
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::Relaxed))
    }
}

fn of_a_gigabyte(root: &Path, runtime: &tokio::runtime::Runtime, bounds: &mut Bounds) {
    let records = setting("CAIRN_BENCH_RECORDS", 1_000_000);
    let (folder, data) = (root.join("big/ledger"), root.join("big"));
    std::fs::create_dir_all(&data).unwrap();
    let (library, reader) = runtime.block_on(async {
        let library = open_with(root, &data, false, Arc::new(Nowhere)).await;
        let mut keyring = Keyring::open(&data.join("tokens.json")).unwrap();
        let secret = keyring.make_admin("bench", 0).unwrap();
        let principal = keyring.verify(&secret, 1).unwrap();
        (library, principal)
    });
    let view = View::of(&library, &reader).unwrap();
    let documents: Vec<DocumentId> =
        library.public().shelf().documents().iter().map(|document| document.record().id.clone()).collect();
    let bytes = write_records(&folder, records, &documents, &corpus::questions(&root.join("docs")));
    let megabytes = bytes as f64 / 1e6;
    println!("\na ledger of {records} records, {megabytes:.0} MB");

    let started = Instant::now();
    let opened = Ledger::open(&folder, Options::default()).unwrap();
    let took = started.elapsed().as_secs_f64();
    drop(opened);
    bounds.line("opened", &format!("{:.0} ms", took * 1_000.0), "at most 1,000 ms", took <= 1.0);

    let started = Instant::now();
    assert!(matches!(verify(&folder).unwrap(), Verdict::Good { .. }));
    let a_second = megabytes / started.elapsed().as_secs_f64();
    bounds.line("verified", &format!("{a_second:.0} MB/s"), "at least 200 MB/s", a_second >= 200.0);

    looked_up(&folder, bounds);

    let (book, now) = (Book::of(&folder), SystemClock.now());
    let started = Instant::now();
    book.catch_up(None).unwrap();
    let cold = started.elapsed().as_secs_f64();
    println!("{:<44} {cold:.2} s, {:.0} MB/s", "figures made from nothing, once a process", megabytes / cold);
    for kind in ReportKind::ALL {
        let mut took: Vec<f64> = (0..RUNS)
            .map(|_| {
                let started = Instant::now();
                let report = book.report(kind, &view, Some(Span::ALL), 50, now).unwrap();
                std::hint::black_box(serde_json::to_vec(&report).unwrap());
                started.elapsed().as_secs_f64()
            })
            .collect();
        let took = median(&mut took);
        bounds.line(&format!("report {kind}, warm"), &format!("{took:.3} s"), "less than 2 s", took < 2.0);
    }
}

/// Records by their ids: one that is there, and two that are nowhere, made today and half way back.
fn looked_up(folder: &Path, bounds: &mut Bounds) {
    let reader = cairn::ledger::LedgerReader::open(folder).unwrap();
    let newest = reader.tail(1).unwrap().remove(0);
    let Record::Retrieval(newest) = newest.record else { unreachable!("only retrievals were written") };
    let half = i64::try_from(DAYS / 2).unwrap() * DAY_MS;
    let made = |back: i64| {
        let clock = SetClock(AtomicI64::new(SystemClock.now().unix_ms() - back));
        RetrievalId::new(&clock, &SystemRandomness).unwrap().to_string()
    };
    for (what, id, there) in [
        ("the newest by its id", newest.id.to_string(), true),
        ("an id of today that is nowhere", made(0), false),
        ("an id of half way back that is nowhere", made(half), false),
    ] {
        let name = RecordName::parse(&id).unwrap();
        let started = Instant::now();
        assert_eq!(reader.find(&name).unwrap().is_some(), there, "{what}");
        let took = started.elapsed().as_secs_f64();
        bounds.line(what, &format!("{:.0} ms", took * 1_000.0), "at most 1,000 ms", took <= 1.0);
    }
}

/// Writes records over [`DAYS`] days that end today: of fifty agents, one in ten of which found nothing; gives the bytes.
fn write_records(folder: &Path, records: usize, documents: &[DocumentId], questions: &[String]) -> u64 {
    let today = SystemClock.now().unix_ms();
    let clock = Arc::new(SetClock(AtomicI64::new(today)));
    let options = Options { clock: Arc::<SetClock>::clone(&clock), disk: Arc::new(Unsynced), ..Options::default() };
    let (ledger, _) = Ledger::open(folder, options).unwrap();
    let a_day = records.div_ceil(DAYS);
    for (day, from) in (0..records).step_by(a_day).enumerate() {
        let back = i64::try_from(DAYS - 1 - day).unwrap();
        clock.0.store(today - back * DAY_MS, Ordering::Relaxed);
        let mut last = None;
        for number in from..(from + a_day).min(records) {
            // A receipt is awaited now and then, so that the queue has room for the next ones.
            let receipt = ledger.append(record(number, clock.as_ref(), documents, questions));
            match number % 512 {
                0 => drop(receipt.wait().unwrap()),
                _ => last = Some(receipt),
            }
        }
        if let Some(receipt) = last {
            receipt.wait().unwrap();
        }
    }
    drop(ledger);
    cairn::ledger::LedgerReader::open(folder).unwrap().size_bytes().unwrap()
}

fn record(number: usize, clock: &dyn Clock, documents: &[DocumentId], questions: &[String]) -> Retrieval {
    let id = RetrievalId::new(clock, &SystemRandomness).unwrap();
    let mut record = Retrieval::new(id, &Principal::anonymous(), Face::Http, Verb::Search);
    let roll = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
    record.who = format!("tok_{:08x}", roll % 50);
    record.process = (!roll.is_multiple_of(3)).then(|| format!("processes/p{}", roll % 20));
    record.query = Some(format!("{} {}", questions[roll % questions.len()], roll % 5));
    record.scope = vec!["public".to_owned()];
    record.params.insert("limit".to_owned(), 6.into());
    record.generation.insert("public".to_owned(), 7);
    record.embedder = Some("static-256-int8@0123456789abcdef".to_owned());
    let served = if roll.is_multiple_of(10) { 0 } else { 3 };
    for rank in 1..=served {
        let place = roll.rotate_right(rank * 7) % documents.len();
        record.hits.push(Hit {
            doc: documents[place].clone(),
            anchor: "a-heading-of-the-page".to_owned(),
            lines: Lines { first: 12, last: 31 },
            sha256: Digest::of(&place.to_le_bytes()),
            rank,
            score: Some(0.5),
            legs: Legs {
                lexical: (!roll.is_multiple_of(4)).then_some(rank),
                vector: Some(rank),
                shares: [0.8123, 0.4321],
            },
            evidence: 0.0312,
            rules: Vec::new(),
            uncommitted: false,
        });
    }
    record.served = served;
    record.tokens = u64::from(served) * 400 + 60;
    record.ms = 1.5;
    record
}
