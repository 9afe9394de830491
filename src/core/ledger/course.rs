//! Reads lines of a ledger in their order, and holds checkpoints against them where they stand.
//!
//! One digest for the chain and one for the tree are made of each line, and nothing is allocated for it. The tree may be
//! taken up behind lines that are read for the chain alone: a checkpoint has vouched for them.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use super::chain::{Flaw, Walk};
use super::checkpoint::{Checkpoint, Stand};
use super::merkle::Frontier;
use super::record::{Header, Line, Record};

const BUFFER_BYTES: usize = 1024 * 1024;

/// Where the reading stands, and what it still has to meet.
#[derive(Debug)]
pub(super) struct Course<'a> {
    pub(super) walk: Walk,
    frontier: Frontier,
    /// The checkpoints ahead, the nearest last.
    ahead: Vec<&'a Checkpoint>,
    /// The size that the last checkpoint spoke of that was met.
    vouched: u64,
}

/// What one segment holds.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    /// How many good lines there are.
    pub(super) lines: u64,
    /// How many bytes they have.
    pub(super) good_bytes: u64,
    /// How many bytes there are behind them without a line feed.
    pub(super) torn_bytes: u64,
    /// What the first line says, if it is a header.
    pub(super) header: Option<Header>,
    /// The first bad line, from 1.
    pub(super) flaw: Option<(u64, Flaw)>,
}

impl<'a> Course<'a> {
    /// Begins behind the lines that `walk` took. The tree is that of `frontier`, which may have more of them; lines that
    /// it has are not put in again. `checkpoints` speak of nothing before, in any order.
    pub(super) fn start(walk: Walk, frontier: Frontier, checkpoints: impl IntoIterator<Item = &'a Checkpoint>) -> Self {
        let mut ahead: Vec<&Checkpoint> = checkpoints.into_iter().collect();
        ahead.sort_by_key(|checkpoint| std::cmp::Reverse(checkpoint.size));
        let vouched = walk.lines();
        Self { walk, frontier, ahead, vouched }
    }

    /// Reads one segment.
    pub(super) fn scan(&mut self, path: &Path, number: u64) -> io::Result<Scanned> {
        let mut reader = BufReader::with_capacity(BUFFER_BYTES, File::open(path)?);
        let (mut scanned, before, mut line) = (Scanned::default(), self.walk, Vec::new());
        loop {
            line.clear();
            let taken = reader.read_until(b'\n', &mut line)?;
            if taken == 0 {
                return Ok(scanned);
            }
            let Some(whole) = line.strip_suffix(b"\n") else {
                scanned.torn_bytes = taken as u64;
                return Ok(scanned);
            };
            let mut step = self.step(whole);
            if scanned.lines == 0 {
                step = step.and_then(|()| {
                    scanned.header = Some(check_header(whole, number, before)?);
                    Ok(())
                });
            }
            if let Err(flaw) = step {
                scanned.flaw = Some((scanned.lines + 1, flaw));
                return Ok(scanned);
            }
            scanned.lines += 1;
            scanned.good_bytes += taken as u64;
        }
    }

    /// The checkpoint of the most lines, if it was not met.
    pub(super) fn missed(&self) -> Option<&'a Checkpoint> {
        self.ahead.first().copied()
    }

    /// The size that the last checkpoint spoke of that was met.
    pub(super) fn vouched(&self) -> u64 {
        self.vouched
    }

    /// Where the ledger stood at the line that was read last, if the tree has been taken up.
    pub(super) fn so_far(&self) -> Option<Stand> {
        let taken_up = self.frontier.leaves() == self.walk.lines();
        taken_up.then(|| Stand { head: self.walk.head, frontier: self.frontier.clone() })
    }

    /// Where the ledger stands.
    pub(super) fn stand(self) -> Stand {
        Stand { head: self.walk.head, frontier: self.frontier }
    }

    fn step(&mut self, line: &[u8]) -> Result<(), Flaw> {
        self.walk.step(line)?;
        if self.walk.lines() > self.frontier.leaves() {
            self.frontier.push(line);
        }
        self.meet()
    }

    /// Holds against the lines up to here what speaks of them.
    pub(super) fn meet(&mut self) -> Result<(), Flaw> {
        let lines = self.walk.lines();
        while let Some(next) = self.ahead.pop_if(|next| next.size == lines) {
            // Before the tree is taken up its root is the one that was signed; the head is what is compared.
            let root = if self.frontier.leaves() == lines { self.frontier.root() } else { next.root };
            if next.head != self.walk.head || next.root != root {
                return Err(Flaw::Checkpoint { from: self.vouched + 1, to: next.size });
            }
            self.vouched = next.size;
        }
        Ok(())
    }
}

/// Checks that a line is the header of segment `number`, and follows from what stands before it.
pub(super) fn check_header(line: &[u8], number: u64, before: Walk) -> Result<Header, Flaw> {
    let text = std::str::from_utf8(line).map_err(|_| Flaw::Header)?;
    let Ok(Line { record: Record::Segment(header), .. }) = Line::parse(text) else { return Err(Flaw::Header) };
    if header.segment == number && header.prev == before.head { Ok(header) } else { Err(Flaw::Continuity) }
}
