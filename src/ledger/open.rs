//! Opening a ledger: look at what is there, cut what was never acknowledged, and go on.
//!
//! The last segment is verified line by line, of the others their headers and ends. Half a line at the very end is
//! what a crash leaves: it is cut, kept beside the segment, and written down. Anything else that does not fit is
//! damage: the ledger is not opened, because going on would hide it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::LedgerError;
use super::chain::{self, Flaw, Head, Walk};
use super::clock::{Clock, Randomness, SystemClock, SystemRandomness};
use super::disk::{Disk, SystemDisk, write_all};
use super::error::Fault;
use super::record::{Header, Line, Record, Recovered};
use super::segment;
use super::text::{self, TextWriter};
use super::verify::{Scanned, check_header, scan};
use super::writer::{Ledger, OpenSegment, Outfit, Tail};

/// How many days the texts of questions are kept, unless somebody says otherwise.
pub const TEXT_DAYS: u32 = 90;

/// What a ledger is opened with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Says what time it is.
    pub clock: Arc<dyn Clock>,
    /// Makes salts and ids.
    pub randomness: Arc<dyn Randomness>,
    /// Does the writing.
    pub disk: Arc<dyn Disk>,
    /// A segment ends before it is larger than this (or at midnight UTC).
    pub segment_bytes: u64,
    /// How many records may wait for the writer; more callers wait for room.
    pub queue: usize,
    /// How many days the text of a question is kept; 0 writes none. A [`Keeper`](super::Keeper) takes out what is older.
    pub text_days: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            disk: Arc::new(SystemDisk),
            segment_bytes: 64 * 1024 * 1024,
            queue: 1024,
            text_days: TEXT_DAYS,
        }
    }
}

/// What was found when the ledger was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The ledger's own id.
    pub log: String,
    /// The name of this start, as its records have it.
    pub boot: String,
    /// How many lines the ledger had.
    pub lines: u64,
    /// The `h` of its last line.
    pub head: Head,
    /// What was cut, if something was.
    pub recovered: Option<Recovered>,
}

struct Found {
    walk: Walk,
    log: Option<String>,
    /// The newest segment and its length, if lines may be added to it.
    last: Option<(u64, u64)>,
    next_segment: u64,
    recovered: Option<Recovered>,
}

impl Ledger {
    /// Opens the ledger in `folder`, or begins one. The caller holds the lock of the data folder.
    ///
    /// # Errors
    /// Fails when a file can't be read or written, or when the ledger is damaged beyond a torn tail.
    pub fn open(folder: &Path, options: Options) -> Result<(Self, Opening), LedgerError> {
        Self::open_and_note(folder, options, None)
    }

    /// The same, and writes one record before any other.
    pub(super) fn open_and_note(
        folder: &Path,
        options: Options,
        first: Option<Record>,
    ) -> Result<(Self, Opening), LedgerError> {
        make_folder(folder)?;
        make_folder(&folder.join(text::FOLDER))?;
        text::drop_unfinished(folder)?;
        let Options { clock, randomness, disk, segment_bytes, queue, text_days } = options;
        let found = look(folder, disk.as_ref())?;
        let log = match &found.log {
            Some(log) => log.clone(),
            None => format!("log_{}", random_hex::<16>(randomness.as_ref())?),
        };
        let boot = random_hex::<8>(randomness.as_ref())?;
        let open = match found.last {
            Some((number, len_bytes)) => Some(reopen(folder, disk.as_ref(), number, len_bytes)?),
            None => None,
        };
        let (texts, eraser) = TextWriter::start(folder, Arc::clone(&disk))?;
        let opening = Opening {
            log: log.clone(),
            boot: boot.clone(),
            lines: found.walk.next_seq - 1,
            head: found.walk.head,
            recovered: found.recovered,
        };
        let mut tail = Tail {
            folder: folder.to_owned(),
            disk,
            clock,
            segment_bytes,
            log,
            boot,
            texts,
            walk: found.walk,
            open,
            next_segment: found.next_segment,
        };
        if let Some(recovered) = &opening.recovered {
            tail.write_first(&Record::Recovered(recovered.clone()))?;
        }
        if let Some(first) = &first {
            tail.write_first(first)?;
        }
        let outfit = Outfit { queue, randomness, eraser, keep_texts: text_days > 0 };
        Ok((Self::start(tail, outfit)?, opening))
    }
}

fn random_hex<const N: usize>(randomness: &dyn Randomness) -> Result<String, LedgerError> {
    let mut bytes = [0; N];
    randomness.fill(&mut bytes)?;
    Ok(text::hex(&bytes))
}

fn make_folder(folder: &Path) -> Result<(), Fault> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(Fault::of(folder, "made"))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder, mode).map_err(Fault::of(folder, "kept from others"))?;
    }
    Ok(())
}

/// Opens the newest segment for appending. Its day is that of its header.
fn reopen(folder: &Path, disk: &dyn Disk, number: u64, len_bytes: u64) -> Result<OpenSegment, LedgerError> {
    let path = segment::path(folder, number);
    let day = first_line(&path, number)?.ts.day();
    let mut file = disk.append(&path).map_err(Fault::of(&path, "opened"))?;
    // What an earlier run wrote and could not sync is made to last before anything is built on it.
    file.sync().map_err(Fault::of(&path, "synced"))?;
    Ok(OpenSegment { number, file, len_bytes, day })
}

fn first_line(path: &Path, segment: u64) -> Result<Line, LedgerError> {
    let file = File::open(path).map_err(Fault::of(path, "opened"))?;
    let mut text = String::new();
    BufReader::new(file).take(super::MAX_RECORD_BYTES as u64).read_line(&mut text).map_err(Fault::of(path, "read"))?;
    Line::parse(text.trim_end_matches('\n'))
        .map_err(|source| LedgerError::Malformed { segment, source: Arc::new(source) })
}

/// Looks at all segments, and cuts a torn tail.
fn look(folder: &Path, disk: &dyn Disk) -> Result<Found, LedgerError> {
    let numbers = segment::numbers(folder).map_err(Fault::of(folder, "read"))?;
    for (number, expected) in numbers.iter().zip(1..) {
        if *number != expected {
            return Err(LedgerError::Damaged { segment: expected, line: 1, flaw: Flaw::Missing });
        }
    }
    let Some((&last, earlier)) = numbers.split_last() else {
        return Ok(Found { walk: Walk::START, log: None, last: None, next_segment: 1, recovered: None });
    };
    let (mut walk, mut log) = (Walk::START, None);
    for &number in earlier {
        let path = segment::path(folder, number);
        let header = check_first(&path, number, walk)?;
        log = Some(header.log);
        walk = end_of(&path, number)?;
    }
    let path = segment::path(folder, last);
    let scanned = scan(&path, last, walk).map_err(Fault::of(&path, "read"))?;
    if let Some((line, flaw)) = scanned.flaw {
        return Err(LedgerError::Damaged { segment: last, line, flaw });
    }
    if scanned.lines > 0 {
        log = Some(check_first(&path, last, walk)?.log);
    }
    let found = Found { walk: scanned.walk, log, last: None, next_segment: last + 1, recovered: None };
    if scanned.torn_bytes == 0 && scanned.lines > 0 {
        return Ok(Found { last: Some((last, scanned.good_bytes)), ..found });
    }
    // What comes after a cut goes into a new segment: the old file may stand on pages that a failing disk has lost.
    let recovered = cut(folder, disk, last, &scanned)?;
    let next_segment = if scanned.lines == 0 { last } else { last + 1 };
    Ok(Found { recovered: Some(recovered), next_segment, ..found })
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
    let from = len_bytes.saturating_sub(super::MAX_RECORD_BYTES as u64 + 1);
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
    let (name, kept) = beside(folder, number)?;
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

/// A name beside the segment that nobody has.
fn beside(folder: &Path, number: u64) -> Result<(String, PathBuf), Fault> {
    let mut n = 1;
    loop {
        let name = format!("{number:06}.torn-{n}");
        let path = folder.join(&name);
        if !path.try_exists().map_err(Fault::of(&path, "read"))? {
            return Ok((name, path));
        }
        n += 1;
    }
}
