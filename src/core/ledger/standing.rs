//! Where a ledger stands when it is opened: read from its last segment, from the ends of the others, and from its
//! checkpoints.
//!
//! The tree is taken up from the last checkpoint that has its frontier at the beginning of the last segment or before,
//! and whose signature is good; lines before it are not read. Without one every line is. Nothing is written here but
//! the cut of a torn tail, and that only when everything else fits.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::chain::{self, Flaw, Walk};
use super::checkpoint::Stand;
use super::checkpoints::Latest;
use super::course::{Course, Scanned, check_header};
use super::disk::{Disk, write_all};
use super::error::{Fault, Misfit};
use super::key::PublicKey;
use super::record::{Header, Line, Recovered};
use super::{Accepted, LedgerError, MAX_RECORD_BYTES, segment};

/// The most of a checkpoint's line that an `accepted` record repeats.
const REPEATED_CHARS: usize = 8 * 1024;

/// What a ledger is opened on, and what its owner has accepted for that.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) standing: Standing,
    pub(super) accepted: Option<Accepted>,
}

/// Where a ledger stands.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) stand: Stand,
    pub(super) log: Option<String>,
    /// The size that the last checkpoint speaks of.
    pub(super) signed: u64,
    /// How many bytes of checkpoints there are.
    pub(super) checkpoint_bytes: u64,
    /// What is to be signed, so that the next start need not read what this one read.
    pub(super) due: Option<Stand>,
    /// The last segment and what it holds.
    last: Option<(u64, Scanned)>,
}

/// A ledger without a torn tail.
#[derive(Debug)]
pub(super) struct Cut {
    /// The newest segment and its length, if lines may be added to it.
    pub(super) last: Option<(u64, u64)>,
    pub(super) next_segment: u64,
    pub(super) recovered: Option<Recovered>,
}

/// The segments, and where the chain stands before each.
struct Plan {
    before: Vec<Walk>,
    log: Option<String>,
}

/// Looks at everything, with what did not fit the journal. With `accept` a ledger that does not fit its last checkpoint
/// is read without any.
pub(super) fn find(
    folder: &Path,
    key: &PublicKey,
    journal: Option<Misfit>,
    accept: bool,
) -> Result<Found, LedgerError> {
    let plan = plan(folder)?;
    let latest = Latest::read(folder, key, plan.before.last().map_or(0, Walk::lines))?;
    let misfit = match stand(folder, key, &plan, &latest)?.and_then(|standing| journal.map_or(Ok(standing), Err)) {
        Ok(standing) => return Ok(Found { standing, accepted: None }),
        Err(misfit) if accept => misfit,
        Err(misfit) => return Err(LedgerError::Misfit(misfit)),
    };
    let checkpoint = latest.last.map_or_else(String::new, |(line, _)| line.chars().take(REPEATED_CHARS).collect());
    let (kept, _) = beside(folder, |n| format!("checkpoints.accepted-{n}"))?;
    let standing = stand(folder, key, &plan, &Latest::default())?.map_err(LedgerError::Misfit)?;
    let accepted = Accepted { why: misfit.to_string(), lines: standing.stand.size(), checkpoint, kept };
    Ok(Found { standing, accepted: Some(accepted) })
}

fn plan(folder: &Path) -> Result<Plan, LedgerError> {
    let numbers = segment::numbers(folder).map_err(Fault::of(folder, "read"))?;
    for (number, expected) in numbers.iter().zip(1..) {
        if *number != expected {
            return Err(LedgerError::Damaged { segment: expected, line: 1, flaw: Flaw::Missing });
        }
    }
    let (mut before, mut log) = (Vec::new(), None);
    let mut walk = Walk::START;
    for &number in &numbers {
        before.push(walk);
        if number < numbers.len() as u64 {
            let path = segment::path(folder, number);
            log = Some(check_first(&path, number, walk)?.log);
            walk = end_of(&path, number)?;
        }
    }
    Ok(Plan { before, log })
}

/// Reads from where the last good frontier was signed to the end.
fn stand(
    folder: &Path,
    key: &PublicKey,
    plan: &Plan,
    latest: &Latest,
) -> Result<Result<Standing, Misfit>, LedgerError> {
    let base = latest.base.clone().unwrap_or_else(Stand::start);
    // The last segment that begins at the base or before it.
    let first = plan.before.iter().rposition(|walk| walk.lines() <= base.size()).unwrap_or(0);
    if first + 1 < plan.before.len() {
        let segments = plan.before.len() - first;
        tracing::info!(
            ledger.segments = segments,
            "no checkpoint has the tree of the ledger so far: segments are read"
        );
    }
    let walk = plan.before.get(first).copied().unwrap_or(Walk::START);
    let ahead = latest.checkpoints.iter().filter(|checkpoint| checkpoint.size >= walk.lines());
    let mut course = Course::start(walk, base.frontier.clone(), ahead);
    let mut misfit = course.meet().err();
    let (mut log, mut last, mut due) = (plan.log.clone(), None, None);
    for (number, before) in (1..).zip(&plan.before).skip(first) {
        if misfit.is_some() {
            break;
        }
        if before.lines() > base.size() {
            due = course.so_far();
        }
        let path = segment::path(folder, number);
        let scanned = course.scan(&path, number).map_err(Fault::of(&path, "read"))?;
        match scanned.flaw {
            Some((_, flaw @ Flaw::Checkpoint { .. })) => misfit = Some(flaw),
            Some((line, flaw)) => return Err(LedgerError::Damaged { segment: number, line, flaw }),
            None => {}
        }
        log = scanned.header.as_ref().map(|header| header.log.clone()).or(log);
        last = Some((number, scanned));
    }
    let newest = latest.last.as_ref().map(|(_, read)| {
        let read = read.as_ref().map_err(|flaw| *flaw)?;
        read.check(key, log.as_ref().unwrap_or(&read.log)).map(|()| read)
    });
    let newest = match newest.transpose() {
        Ok(newest) => newest,
        Err(flaw) => return Ok(Err(Misfit::Checkpoint(flaw))),
    };
    if let Some(Flaw::Checkpoint { from, to }) = misfit {
        return Ok(Err(Misfit::Other { from, to }));
    }
    if let Some(missed) = course.missed() {
        return Ok(Err(Misfit::Shorter { lines: course.walk.lines(), size: missed.size }));
    }
    let signed = newest.map_or(0, |newest| newest.size);
    due = due.filter(|due| signed <= due.size());
    Ok(Ok(Standing { stand: course.stand(), log, signed, checkpoint_bytes: latest.len_bytes, due, last }))
}

impl Standing {
    /// Cuts half a line off the end. What comes after a cut goes into a new segment: the old file may stand on pages that
    /// a failing disk has lost.
    pub(super) fn cut_torn(&self, folder: &Path, disk: &dyn Disk) -> Result<Cut, LedgerError> {
        let Some((number, scanned)) = &self.last else {
            return Ok(Cut { last: None, next_segment: 1, recovered: None });
        };
        let next_segment = if scanned.lines == 0 { *number } else { number + 1 };
        if scanned.torn_bytes == 0 && scanned.lines > 0 {
            return Ok(Cut { last: Some((*number, scanned.good_bytes)), next_segment, recovered: None });
        }
        let recovered = cut(folder, disk, *number, scanned)?;
        Ok(Cut { last: None, next_segment, recovered: Some(recovered) })
    }
}

/// The first line of a segment.
pub(super) fn first_line(path: &Path, segment: u64) -> Result<Line, LedgerError> {
    let file = File::open(path).map_err(Fault::of(path, "opened"))?;
    let mut text = String::new();
    BufReader::new(file).take(MAX_RECORD_BYTES as u64).read_line(&mut text).map_err(Fault::of(path, "read"))?;
    Line::parse(text.trim_end_matches('\n'))
        .map_err(|source| LedgerError::Malformed { segment, source: Arc::new(source) })
}

fn check_first(path: &Path, number: u64, before: Walk) -> Result<Header, LedgerError> {
    let damaged = |flaw| LedgerError::Damaged { segment: number, line: 1, flaw };
    let line = first_line(path, number).map_err(|_| damaged(Flaw::Header))?;
    let mut walk = before;
    walk.step(line.raw.as_bytes()).map_err(damaged)?;
    check_header(line.raw.as_bytes(), number, before).map_err(damaged)
}

/// Where the chain stands at the end of a segment, by its last line alone.
fn end_of(path: &Path, number: u64) -> Result<Walk, LedgerError> {
    let fail = |what| Fault::of(path, what);
    let mut file = File::open(path).map_err(fail("opened"))?;
    let len_bytes = file.metadata().map_err(fail("read"))?.len();
    let from = len_bytes.saturating_sub(MAX_RECORD_BYTES as u64 + 1);
    file.seek(SeekFrom::Start(from)).map_err(fail("read"))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(fail("read"))?;
    let damaged = |flaw| LedgerError::Damaged { segment: number, line: 0, flaw };
    let whole = bytes.strip_suffix(b"\n").ok_or_else(|| damaged(Flaw::Cut))?;
    let line = whole.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let (_, seq, head) = chain::split(line).ok_or_else(|| damaged(Flaw::Shape))?;
    Ok(Walk { head, next_seq: seq.saturating_add(1) })
}

/// Moves the torn bytes into a file of their own. They are never thrown away: they may be evidence.
fn cut(folder: &Path, disk: &dyn Disk, number: u64, scanned: &Scanned) -> Result<Recovered, LedgerError> {
    let path = segment::path(folder, number);
    let (name, kept) = beside(folder, |n| format!("{number:06}.torn-{n}"))?;
    let sync_folder = || disk.sync_folder(folder).map_err(Fault::of(folder, "synced"));
    if scanned.lines == 0 {
        // Not even the header is whole: the segment was never begun.
        disk.rename(&path, &kept).map_err(Fault::of(&kept, "renamed"))?;
    } else {
        let mut bytes = Vec::new();
        let mut file = File::open(&path).map_err(Fault::of(&path, "opened"))?;
        file.seek(SeekFrom::Start(scanned.good_bytes)).map_err(Fault::of(&path, "read"))?;
        file.read_to_end(&mut bytes).map_err(Fault::of(&path, "read"))?;
        let mut file = disk.create(&kept).map_err(Fault::of(&kept, "made"))?;
        write_all(file.as_mut(), &bytes).and_then(|()| file.sync()).map_err(Fault::of(&kept, "written"))?;
        sync_folder()?;
        let mut file = disk.append(&path).map_err(Fault::of(&path, "opened"))?;
        file.cut(scanned.good_bytes).and_then(|()| file.sync()).map_err(Fault::of(&path, "cut"))?;
    }
    sync_folder()?;
    Ok(Recovered { segment: number, cut_bytes: scanned.torn_bytes, kept: name })
}

/// A name in the folder that nobody has.
pub(super) fn beside(folder: &Path, name: impl Fn(u64) -> String) -> Result<(String, PathBuf), Fault> {
    let mut n = 1;
    loop {
        let name = name(n);
        let path = folder.join(&name);
        if !path.try_exists().map_err(Fault::of(&path, "read"))? {
            return Ok((name, path));
        }
        n += 1;
    }
}
