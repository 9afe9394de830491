//! Tests of the whole room: a house of a clock that is set, a disk that fails when told to, and a folder.

mod checkpoints;
mod damage;
mod erasing;
mod faults;
mod journal;
mod reading;
mod searching;
mod writing;
mod written;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;

use super::{
    Clock, Disk, DiskFile, Face, Hit, Ledger, LedgerSink as _, Legs, NoRandomness, Opening, Options, Randomness,
    Retrieval, RetrievalId, SystemDisk, TextDays, Timestamp, Verb,
};
use crate::access::Principal;
use crate::corpus::{Digest, DocumentId, Lines};

/// 2026-11-21T07:56:03.120Z
const MORNING_MS: i64 = 1_795_247_763_120;
const DAY_MS: i64 = 86_400_000;

#[derive(Debug)]
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

/// A counter that has been stirred: never the same twice, always the same in the next run.
#[derive(Debug)]
struct Counted(AtomicU64);

impl Randomness for Counted {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        for chunk in bytes.chunks_mut(8) {
            let n = self.0.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
            chunk.copy_from_slice(&n.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Write,
    Sync,
    Rename,
}

/// A disk that counts, and fails at one step for ever after.
#[derive(Debug, Default)]
struct Faulty {
    writes: AtomicUsize,
    syncs: AtomicUsize,
    renames: AtomicUsize,
    /// The step, and at which of its kind (from 1) it begins to fail.
    fails: Mutex<Option<(Step, usize)>>,
    /// The most bytes one write takes; 0 is any number.
    short: AtomicUsize,
    /// Whoever holds it holds up every sync.
    gate: Mutex<()>,
}

impl Faulty {
    fn step(&self, step: Step) -> io::Result<()> {
        let counter = match step {
            Step::Write => &self.writes,
            Step::Sync => &self.syncs,
            Step::Rename => &self.renames,
        };
        let n = counter.fetch_add(1, Ordering::SeqCst) + 1;
        match *self.fails.lock().unwrap() {
            Some((kind, from)) if kind == step && n >= from => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }

    fn fail(&self, step: Step, more: usize) {
        let counter = match step {
            Step::Write => &self.writes,
            Step::Sync => &self.syncs,
            Step::Rename => &self.renames,
        };
        *self.fails.lock().unwrap() = Some((step, counter.load(Ordering::SeqCst) + more));
    }
}

#[derive(Debug)]
struct FaultyDisk(Arc<Faulty>);

#[derive(Debug)]
struct FaultyFile(Arc<Faulty>, Box<dyn DiskFile>);

impl DiskFile for FaultyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.0.step(Step::Write) {
            // A full disk takes what still fits.
            self.1.write(&bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        match self.0.short.load(Ordering::SeqCst) {
            0 => self.1.write(bytes),
            most => self.1.write(&bytes[..bytes.len().min(most)]),
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        drop(self.0.gate.lock().unwrap());
        self.0.step(Step::Sync)
    }

    fn cut(&mut self, len_bytes: u64) -> io::Result<()> {
        self.1.cut(len_bytes)
    }
}

impl Disk for FaultyDisk {
    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(FaultyFile(Arc::clone(&self.0), SystemDisk.append(path)?)))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(FaultyFile(Arc::clone(&self.0), SystemDisk.create(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.step(Step::Rename)?;
        SystemDisk.rename(from, to)
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        self.0.step(Step::Sync)
    }
}

struct House {
    /// What holds the ledger's folder, and its key beside it.
    folder: TempDir,
    path: PathBuf,
    clock: Arc<SetClock>,
    randomness: Arc<Counted>,
    disk: Arc<Faulty>,
    segment_bytes: u64,
    queue: usize,
    text_days: TextDays,
    checkpoint_lines: u64,
    checkpoint_after: Duration,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        std::fs::create_dir(&path).unwrap();
        Self {
            folder,
            path,
            clock: Arc::new(SetClock(AtomicI64::new(MORNING_MS))),
            randomness: Arc::new(Counted(AtomicU64::new(1))),
            disk: Arc::default(),
            segment_bytes: 64 << 20,
            queue: 1024,
            text_days: Options::default().text_days,
            checkpoint_lines: 1000,
            checkpoint_after: Duration::from_secs(60),
        }
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn open(&self) -> (Ledger, Opening) {
        self.try_open().unwrap()
    }

    fn try_open(&self) -> Result<(Ledger, Opening), super::LedgerError> {
        Ledger::open(self.path(), self.options())
    }

    fn options(&self) -> Options {
        Options {
            clock: Arc::<SetClock>::clone(&self.clock),
            randomness: Arc::<Counted>::clone(&self.randomness),
            disk: Arc::new(FaultyDisk(Arc::clone(&self.disk))),
            segment_bytes: self.segment_bytes,
            queue: self.queue,
            text_days: self.text_days,
            checkpoint_lines: self.checkpoint_lines,
            checkpoint_after: self.checkpoint_after,
            accept_loss: false,
        }
    }

    fn retrieval(&self, query: &str) -> Retrieval {
        let id = RetrievalId::new(self.clock.as_ref(), self.randomness.as_ref()).unwrap();
        let mut retrieval = Retrieval::new(id, &Principal::anonymous(), Face::Http, Verb::Search);
        retrieval.query = Some(query.to_owned());
        retrieval.hits.push(hit("playbook/loop", 1));
        retrieval
    }

    /// Appends `n` records, one after the other, and closes the ledger.
    fn filled(&self, n: usize) {
        let (ledger, _) = self.open();
        for n in 0..n {
            ledger.append(self.retrieval(&format!("question {n}"))).wait().unwrap();
        }
    }
}

fn hit(doc: &str, rank: u32) -> Hit {
    Hit {
        doc: DocumentId::parse(doc).unwrap(),
        anchor: "the-loop".to_owned(),
        lines: Lines { first: 12, last: 31 },
        sha256: Digest::of(doc.as_bytes()),
        rank,
        score: Some(0.031),
        legs: Legs { lexical: Some(2), ..Legs::default() },
        evidence: 0.0,
        rules: Vec::new(),
        uncommitted: false,
    }
}
