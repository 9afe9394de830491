//! Verifying: every line of every segment and every checkpoint, without a server and without parsing JSON of lines.
//!
//! What can't be seen here: lines missing from the very end at a line's border that no checkpoint speaks of, and a ledger
//! rewritten whole with its checkpoints by somebody who has the key. That is what copies of checkpoints elsewhere are for.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use super::chain::{Flaw, Head, Walk};
use super::checkpoint::{Checkpoint, CheckpointFlaw};
use super::course::Course;
use super::error::Fault;
use super::key::PublicKey;
use super::merkle::Frontier;
use super::record::{Line, Record};
use super::{LedgerError, MAX_RECORD_BYTES, checkpoints, segment};

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every line follows from the one before it, and every checkpoint speaks of the lines that are there.
    Good {
        /// How many lines there are, headers of segments among them.
        lines: u64,
        /// The `h` of the last line.
        head: Head,
        /// How many bytes were read.
        bytes: u64,
        /// How many segments there are.
        segments: u64,
        /// How many checkpoints there are, copies among them.
        checkpoints: u64,
        /// How many lines the checkpoints speak of.
        vouched: u64,
    },
    /// A line does not.
    Tampered {
        /// The segment's number.
        segment: u64,
        /// The first bad line, from 1; for lines that follow from each other, where the first checkpoint stands that
        /// speaks of other ones.
        line: u64,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// A checkpoint is not one of this ledger.
    BadCheckpoint {
        /// Whether it is one of the copies that were given, or of the ledger's own.
        copy: bool,
        /// Which one, from 1.
        line: u64,
        /// What is wrong with it.
        flaw: CheckpointFlaw,
    },
    /// The ledger has fewer lines than a checkpoint says that it had.
    Shorter {
        /// How many there are.
        lines: u64,
        /// How many there were.
        size: u64,
    },
    /// Everything is good up to half a line at the very end, which the next start cuts.
    TornTail {
        /// The segment's number.
        segment: u64,
        /// The torn line, from 1.
        line: u64,
        /// How many bytes of it there are.
        bytes: u64,
    },
    /// Everything is good up to half a line at the end of the checkpoints.
    TornCheckpoint {
        /// How many bytes of it there are.
        bytes: u64,
    },
}

impl Verdict {
    /// What `cairn log verify` exits with: 0 good, 1 tampered, 2 torn tail only, 3 shorter than a checkpoint.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Good { .. } => 0,
            Self::Tampered { .. } | Self::BadCheckpoint { .. } => 1,
            Self::TornTail { .. } | Self::TornCheckpoint { .. } => 2,
            Self::Shorter { .. } => 3,
        }
    }
}

/// Verifies the ledger in `folder` with its own checkpoints and its own public key.
///
/// # Errors
/// Fails when the folder or a file can't be read.
pub fn verify(folder: &Path) -> Result<Verdict, LedgerError> {
    verify_against(folder, None, &[])
}

/// Verifies the ledger in `folder` with its own checkpoints and with copies that were kept elsewhere. All of them must be
/// signed by `key`; without one, by the public key that lies beside the folder.
///
/// # Errors
/// Fails when the folder or a file can't be read, or when there are checkpoints and no key.
pub fn verify_against(folder: &Path, key: Option<PublicKey>, copies: &[Checkpoint]) -> Result<Verdict, LedgerError> {
    // The checkpoints are read first: a server that is writing meanwhile has then written the lines they speak of.
    let (own, torn_checkpoint) = checkpoints::all(folder)?;
    let numbers = segment::numbers(folder).map_err(Fault::of(folder, "read"))?;
    let own = own.into_iter().zip(1..).map(|(read, line)| (false, line, read));
    let copies = copies.iter().cloned().zip(1..).map(|(copy, line)| (true, line, Ok(copy)));
    let (good, bad) = judge(folder, key, own.chain(copies).collect())?;
    let mut course = Course::start(Walk::START, Frontier::default(), &good);
    let read = match read_all(folder, &numbers, &mut course)? {
        Ok(read) => read,
        Err(tampered) => return Ok(tampered),
    };
    let lines = course.walk.lines();
    Ok(match (bad, course.missed(), read.torn) {
        (Some(bad), ..) => bad,
        (None, Some(missed), _) => Verdict::Shorter { lines, size: missed.size },
        (None, None, Some(torn)) => torn,
        (None, None, None) if torn_checkpoint > 0 => Verdict::TornCheckpoint { bytes: torn_checkpoint },
        (None, None, None) => Verdict::Good {
            lines,
            head: course.walk.head,
            bytes: read.bytes,
            segments: numbers.len() as u64,
            checkpoints: good.len() as u64,
            vouched: course.vouched(),
        },
    })
}

/// A checkpoint on its way to be judged: whether it is a copy, which one, and what it says.
type Claimed = (bool, u64, Result<Checkpoint, CheckpointFlaw>);

/// Parts the checkpoints that are of this ledger and its key from the first that is not.
fn judge(
    folder: &Path,
    key: Option<PublicKey>,
    claimed: Vec<Claimed>,
) -> Result<(Vec<Checkpoint>, Option<Verdict>), LedgerError> {
    if claimed.is_empty() {
        return Ok((Vec::new(), None));
    }
    let key = match key {
        Some(key) => key,
        None => PublicKey::beside(folder)?.ok_or_else(|| LedgerError::NoKey { path: folder.with_extension("pub") })?,
    };
    let log = log_of(folder)?;
    let (mut good, mut bad) = (Vec::new(), None);
    for (copy, line, read) in claimed {
        // A ledger without a header has no id; that it lacks its lines is said in any case.
        let check = |read: Checkpoint| read.check(&key, log.as_ref().unwrap_or(&read.log)).map(|()| read);
        match read.and_then(check) {
            Ok(checkpoint) => good.push(checkpoint),
            Err(flaw) => bad = bad.or(Some(Verdict::BadCheckpoint { copy, line, flaw })),
        }
    }
    Ok((good, bad))
}

/// The id of the ledger, as its first line has it.
fn log_of(folder: &Path) -> Result<Option<String>, LedgerError> {
    let path = segment::path(folder, 1);
    let Ok(file) = File::open(&path) else { return Ok(None) };
    let mut line = Vec::new();
    BufReader::new(file)
        .take(MAX_RECORD_BYTES as u64)
        .read_until(b'\n', &mut line)
        .map_err(Fault::of(&path, "read"))?;
    let text = std::str::from_utf8(line.trim_ascii_end()).unwrap_or_default();
    Ok(match Line::parse(text) {
        Ok(Line { record: Record::Segment(header), .. }) => Some(header.log),
        _ => None,
    })
}

/// What was read of a ledger without a bad line.
struct Read {
    bytes: u64,
    torn: Option<Verdict>,
}

fn read_all(folder: &Path, numbers: &[u64], course: &mut Course<'_>) -> Result<Result<Read, Verdict>, LedgerError> {
    let (mut read, mut log) = (Read { bytes: 0, torn: None }, None);
    for (&number, expected) in numbers.iter().zip(1..) {
        if number != expected {
            return Ok(Err(Verdict::Tampered { segment: expected, line: 1, flaw: Flaw::Missing }));
        }
        let path = segment::path(folder, number);
        let scanned = course.scan(&path, number).map_err(Fault::of(&path, "read"))?;
        if let Some(header) = scanned.header
            && *log.get_or_insert_with(|| header.log.clone()) != header.log
        {
            return Ok(Err(Verdict::Tampered { segment: number, line: 1, flaw: Flaw::Continuity }));
        }
        if let Some((line, flaw)) = scanned.flaw {
            return Ok(Err(Verdict::Tampered { segment: number, line, flaw }));
        }
        let line = scanned.lines + 1;
        if scanned.torn_bytes > 0 || scanned.lines == 0 {
            if number != numbers.len() as u64 {
                return Ok(Err(Verdict::Tampered { segment: number, line, flaw: Flaw::Cut }));
            }
            read.torn = Some(Verdict::TornTail { segment: number, line, bytes: scanned.torn_bytes });
        }
        read.bytes += scanned.good_bytes;
    }
    Ok(Ok(read))
}
