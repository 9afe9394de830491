//! Verifying: every line of every segment, without a server and without parsing JSON.
//!
//! What can't be seen here: lines missing from the very end at a line's border, and a chain rewritten whole by somebody
//! who may write the folder. Both are what checkpoints kept elsewhere are for.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use super::LedgerError;
use super::chain::{Flaw, Head, Walk};
use super::error::Fault;
use super::record::{Header, Line, Record};
use super::segment;

const BUFFER_BYTES: usize = 1024 * 1024;

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every line follows from the one before it.
    Good {
        /// How many lines there are, headers of segments among them.
        lines: u64,
        /// The `h` of the last line.
        head: Head,
        /// How many bytes were read.
        bytes: u64,
        /// How many segments there are.
        segments: u64,
    },
    /// A line does not.
    Tampered {
        /// The segment's number.
        segment: u64,
        /// The first bad line, from 1.
        line: u64,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// All is good but for half a line at the very end: a crash, or a server that is writing it now.
    TornTail {
        /// The segment's number.
        segment: u64,
        /// The line, from 1.
        line: u64,
        /// How many bytes it has.
        bytes: u64,
    },
}

impl Verdict {
    /// The exit code of `cairn log verify`.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Good { .. } => 0,
            Self::Tampered { .. } => 1,
            Self::TornTail { .. } => 2,
        }
    }
}

/// Verifies the ledger in `folder`.
///
/// # Errors
/// Fails when the folder or a segment can't be read.
pub fn verify(folder: &Path) -> Result<Verdict, LedgerError> {
    let numbers = segment::numbers(folder).map_err(Fault::of(folder, "read"))?;
    let (mut walk, mut bytes) = (Walk::START, 0);
    let segments = numbers.len() as u64;
    for (number, expected) in numbers.into_iter().zip(1..) {
        if number != expected {
            return Ok(Verdict::Tampered { segment: expected, line: 1, flaw: Flaw::Missing });
        }
        let path = segment::path(folder, number);
        let scanned = scan(&path, number, walk).map_err(Fault::of(&path, "read"))?;
        if let Some((line, flaw)) = scanned.flaw {
            return Ok(Verdict::Tampered { segment: number, line, flaw });
        }
        let line = scanned.lines + 1;
        if scanned.torn_bytes > 0 || scanned.lines == 0 {
            return Ok(if number == segments {
                Verdict::TornTail { segment: number, line, bytes: scanned.torn_bytes }
            } else {
                Verdict::Tampered { segment: number, line, flaw: Flaw::Cut }
            });
        }
        bytes += scanned.good_bytes;
        walk = scanned.walk;
    }
    Ok(Verdict::Good { lines: walk.next_seq - 1, head: walk.head, bytes, segments })
}

/// What one segment holds.
pub(super) struct Scanned {
    /// Where the chain stands behind the last good line.
    pub(super) walk: Walk,
    /// How many good lines there are.
    pub(super) lines: u64,
    /// How many bytes they have.
    pub(super) good_bytes: u64,
    /// How many bytes there are behind them without a line feed.
    pub(super) torn_bytes: u64,
    /// The first bad line, from 1.
    pub(super) flaw: Option<(u64, Flaw)>,
}

/// Walks through one segment from where the chain stood before it.
pub(super) fn scan(path: &Path, number: u64, before: Walk) -> io::Result<Scanned> {
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, File::open(path)?);
    let mut scanned = Scanned { walk: before, lines: 0, good_bytes: 0, torn_bytes: 0, flaw: None };
    let mut line = Vec::new();
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
        let mut step = scanned.walk.step(whole);
        if scanned.lines == 0 {
            step = step.and_then(|()| check_header(whole, number, before).map(|_| ()));
        }
        if let Err(flaw) = step {
            scanned.flaw = Some((scanned.lines + 1, flaw));
            return Ok(scanned);
        }
        scanned.lines += 1;
        scanned.good_bytes += taken as u64;
    }
}

/// Checks that a line is the header of segment `number`, and follows from what stands before it.
pub(super) fn check_header(line: &[u8], number: u64, before: Walk) -> Result<Header, Flaw> {
    let text = std::str::from_utf8(line).map_err(|_| Flaw::Header)?;
    let Ok(Line { record: Record::Segment(header), .. }) = Line::parse(text) else { return Err(Flaw::Header) };
    if header.segment == number && header.prev == before.head { Ok(header) } else { Err(Flaw::Continuity) }
}
