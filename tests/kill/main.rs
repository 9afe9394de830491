//! Kills a server at every write, sync and rename of its ledger, and at random moments under load; cuts the power; fills the
//! disk, by an error of the system and, where one may be mounted, by a small file system. After each: the ledger opens, verifies, and has a record of every answer that a client got.
//!
//! `cargo test --test kill` does a few rounds of each; `CAIRN_KILLS=1000 cargo test --test kill` does so many at random
//! moments and with the power cut. It has no harness: this binary is the server as well.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test may stop where it stands, says how far it is, and is told by the environment how long to run"
)]

mod disk;
mod power;
mod server;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cairn::ledger::{Ledger, LedgerReader, Record, Verdict, verify};
use tempfile::TempDir;

use disk::Step;
use power::Power;
use server::{Server, ask, get, ledger_options};

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(("serve", arguments)) = arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return server::run(arguments);
    }
    let rounds: usize = std::env::var("CAIRN_KILLS").ok().map_or(6, |rounds| rounds.parse().unwrap());
    let tests: [(&str, &(dyn Fn() + Sync)); 6] = [
        ("a_kill_at_every_step_loses_no_answered_record", &every_step),
        ("kills_at_random_moments_under_load_lose_no_answered_record", &|| random_moments(rounds)),
        ("a_power_cut_loses_no_answered_record", &|| assert_eq!(power_cuts(rounds, false), 0)),
        ("a_disk_that_does_not_sync_is_found_out_by_a_power_cut", &|| assert!(power_cuts(6, true) > 0)),
        ("a_disk_that_fails_gives_no_answer_without_a_record", &failing_disks),
        ("a_file_system_that_is_full_is_waited_for", &full_file_system),
    ];
    let wanted = |name: &str| arguments.iter().all(|part| part.starts_with('-') || name.contains(part.as_str()));
    // Side by side: most of the time is spent waiting for disks. One that panics ends this process with it.
    std::thread::scope(|scope| {
        for (name, test) in tests.into_iter().filter(|(name, _)| wanted(name)) {
            scope.spawn(move || {
                let begun = Instant::now();
                test();
                println!("test {name} ... ok ({:.1} s)", begun.elapsed().as_secs_f64());
            });
        }
    });
}

/// A corpus with its index, and what its server has answered.
struct House {
    folder: TempDir,
    answered: BTreeSet<String>,
}

impl House {
    fn new() -> Self {
        let house = Self { folder: tempfile::tempdir().unwrap(), answered: BTreeSet::new() };
        fs::create_dir_all(house.root().join("playbook")).unwrap();
        fs::create_dir_all(house.data()).unwrap();
        fs::write(house.root().join("playbook/kite.md"), "# Kite\n\nThe kite rises against the wind.\n").unwrap();
        assert!(Server::start(house.root(), None, false).end().success(), "the index is built");
        house
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self) -> PathBuf {
        self.root().join(".cairn")
    }

    /// Asks questions one after the other until there is no answer.
    fn ask(&mut self, server: &Server, questions: usize) {
        let Some(address) = server.address() else { return };
        self.answered.extend((0..questions).map_while(|n| ask(address, &n.to_string())));
    }

    /// The records of the ledger, after a start as every start is.
    fn recorded(&self) -> BTreeSet<String> {
        let ledger = self.data().join("ledger");
        let before = verify(&ledger).unwrap();
        assert!(matches!(before.exit_code(), 0 | 2), "a crash looks like one: {before:?}");
        drop(Ledger::open(&ledger, ledger_options()).unwrap());
        let after = verify(&ledger).unwrap();
        assert!(matches!(after, Verdict::Good { .. }), "{after:?}");
        let lines = LedgerReader::open(&ledger).unwrap().lines().unwrap();
        let ids = lines.filter_map(|line| match line.unwrap().record {
            Record::Retrieval(retrieval) => Some(retrieval.id.as_str().to_owned()),
            _ => None,
        });
        ids.collect()
    }

    /// The answers that have no record.
    fn lost(&self) -> Vec<String> {
        let recorded = self.recorded();
        self.answered.iter().filter(|id| !recorded.contains(*id)).cloned().collect()
    }
}

fn every_step() {
    let mut house = House::new();
    let mut kills = 0;
    for step in Step::ALL {
        for n in 1.. {
            let server = Server::start(house.root(), Some((step, n)), false);
            house.ask(&server, 3);
            let passed = server.end().success();
            assert_eq!(house.lost(), [""; 0], "{step:?} {n}");
            if passed {
                break;
            }
            kills += 1;
        }
    }
    assert!(kills > 12 && house.answered.len() > kills, "{kills} kills, {} answers", house.answered.len());
}

/// Kills servers at random moments while four clients ask.
fn random_moments(rounds: usize) {
    // Everything of a ledger is read after each round, so that many rounds need several ledgers.
    const ROUNDS: usize = 40;
    for from in (0..rounds).step_by(ROUNDS) {
        let some = ROUNDS.min(rounds - from);
        random_moments_of_one_ledger(some, &mut Dice(3 + from as u64));
        println!("killed {} times at random moments, nothing lost", from + some);
    }
}

fn random_moments_of_one_ledger(rounds: usize, dice: &mut Dice) {
    let mut house = House::new();
    for round in 0..rounds {
        let mut server = Server::start(house.root(), None, false);
        let address = server.address().unwrap().to_owned();
        let pause = Duration::from_micros(dice.below(150_000) as u64);
        let answered: Vec<Vec<String>> = std::thread::scope(|scope| {
            let client = || (0..).map_while(|n: u64| ask(&address, &n.to_string())).collect();
            let clients: Vec<_> = (0..4).map(|_| scope.spawn(client)).collect();
            let end = Instant::now() + pause;
            while Instant::now() < end {
                std::thread::yield_now();
            }
            server.kill();
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        assert!(!server.end().success());
        house.answered.extend(answered.into_iter().flatten());
        assert_eq!(house.lost(), [""; 0], "round {round}");
    }
    assert!(!house.answered.is_empty());
}

/// Kills servers at steps by chance and cuts the power with them; gives how many answers lost their record.
fn power_cuts(rounds: usize, broken: bool) -> usize {
    let (mut house, mut dice, mut lost) = (House::new(), Dice(11), 0);
    for _ in 0..rounds {
        let journal = house.root().join("journal");
        fs::write(&journal, "").unwrap();
        let before = Power::before(&house.data());
        let kill = (Step::ALL[dice.below(2)], 6 + dice.below(12));
        let server = Server::start(house.root(), Some(kill), broken);
        house.ask(&server, 4);
        let _ended = server.end();
        before.cut(&fs::read_to_string(&journal).unwrap(), &mut dice);
        if broken && verify(&house.data().join("ledger")).unwrap().exit_code() == 3 {
            // Even the checkpoint knows: nothing that lasts was lost by a disk that syncs.
            return lost + 1;
        }
        let gone = house.lost();
        lost += gone.len();
        house.answered.retain(|id| !gone.contains(id));
    }
    assert!(broken || !house.answered.is_empty());
    lost
}

/// A small file system of its own under the ledger, which is really full. Where none may be mounted that is said, and
/// [`failing_disks`] alone stands for it.
fn full_file_system() {
    let mut house = House::new();
    let Some(small) = Mounted::tmpfs(&house.data().join("ledger"), "400k") else {
        println!("no file system can be mounted here: a full one is tried by an error of the system alone");
        return;
    };
    let server = Server::start(house.root(), None, false);
    let address = server.address().unwrap().to_owned();
    house.ask(&server, 10_000);
    let answered = house.answered.len();
    assert!((20..10_000).contains(&answered), "{answered} answers before it was full");
    assert_eq!(get(&address, "/readyz").unwrap().0, 503);
    small.grow("8m");
    let end = Instant::now() + Duration::from_secs(30);
    while get(&address, "/readyz").is_none_or(|(status, _)| status != 200) {
        assert!(Instant::now() < end, "there is room, and nobody saw it");
        std::thread::yield_now();
    }
    house.ask(&server, 3);
    assert_eq!(house.answered.len(), answered + 3);
    assert!(server.end().success());
    assert_eq!(house.lost(), [""; 0]);
}

/// A file system in memory; gone when dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn tmpfs(place: &Path, size: &str) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(place).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then(|| Self(place.to_owned()))
    }

    fn grow(&self, size: &str) {
        let grown = Command::new("mount").args(["-o", &format!("remount,size={size}")]).arg(&self.0).status().unwrap();
        assert!(grown.success());
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(&self.0).status().is_ok();
    }
}

/// A disk that is full, read-only or broken: what it is told, the system's number for it, and whether it is waited for.
fn failing_disks() {
    const ENOSPC: i32 = 28;
    const EROFS: i32 = 30;
    const EIO: i32 = 5;
    for (step, error, passes) in
        [("write", ENOSPC, true), ("write", EROFS, false), ("write", EIO, false), ("sync", EIO, false)]
    {
        let mut house = House::new();
        let server = Server::start(house.root(), None, false);
        let address = server.address().unwrap().to_owned();
        house.ask(&server, 2);
        let fault = house.root().join("fault");
        fs::write(&fault, format!("{step} {error}")).unwrap();
        let refused = get(&address, "/api/v1/search?q=kite").unwrap();
        assert_eq!(
            (refused.0, &refused.1["retrieval_id"]),
            (503, &serde_json::Value::Null),
            "{step} {error}: {refused:?}"
        );
        assert_eq!(get(&address, "/readyz").unwrap().0, 503, "{step} {error}");
        fs::remove_file(&fault).unwrap();
        let end = Instant::now() + Duration::from_secs(if passes { 30 } else { 2 });
        let mut ready = false;
        while !ready && Instant::now() < end {
            ready = get(&address, "/readyz").is_some_and(|(status, _)| status == 200);
            std::thread::yield_now();
        }
        assert_eq!(ready, passes, "{step} {error}: only a full disk is waited for");
        house.ask(&server, 2);
        assert_eq!(house.answered.len(), if passes { 4 } else { 2 });
        assert!(server.end().success());
        assert_eq!(house.lost(), [""; 0], "{step} {error}");
    }
}
