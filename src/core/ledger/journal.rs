//! Where a group of records is first: its lines and its texts in one write, under one sync.
//!
//! What a question leaves goes into two files, a segment and a month's texts, and yet its answer waits for one sync. Both
//! files are written at once, so that readers see what came; they are synced when the journal has grown, when a
//! segment or a month ends, and before anything is signed or erased. Then the journal is cut to nothing: the files are
//! *settled*. A start puts into the files what the journal has, whether it seems to be there or not: pages that a sync
//! failed to write look as if they were on the disk.
//!
//! All frames of a journal are of one segment and one month, and follow from each other. Half a frame at the end was
//! never acknowledged.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::disk::{Disk, DiskFile, write_all};
use super::error::{Fault, Misfit};
use super::text::{self, hex};
use super::{segment, standing};

/// The name of the file, in the ledger's folder.
const FILE: &str = "journal";

/// How large a journal becomes before the files are settled.
const SETTLE_BYTES: u64 = 1024 * 1024;

/// Where the bytes of a frame belong. The frame is a line, `<sha256> <this as JSON>`, and then the lines and the texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) segment: u64,
    /// How long the segment was.
    pub(super) from: u64,
    pub(super) lines_bytes: usize,
    /// The month's file; texts are in none when there are none.
    pub(super) month: String,
    /// How long the month's file was.
    pub(super) text_from: u64,
    pub(super) texts_bytes: usize,
}

/// The open journal. It belongs to whoever holds the tail of the ledger.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: Box<dyn DiskFile>,
    len_bytes: u64,
    frame: Vec<u8>,
}

/// Puts what the journal in `folder` has into its files. Says what does not fit, if something does not: then nothing is
/// written.
pub(super) fn put_back(folder: &Path, disk: &dyn Disk) -> Result<Option<Misfit>, Fault> {
    let path = folder.join(FILE);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Fault::of(&path, "read")(error)),
    };
    Kept::of(&bytes).map_or(Ok(None), |kept| kept.put_back(folder, disk))
}

/// Moves aside a journal that does not fit, which may be evidence.
pub(super) fn set_aside(folder: &Path, disk: &dyn Disk) -> Result<(), Fault> {
    let (_, aside) = standing::beside(folder, |n| format!("{FILE}.accepted-{n}"))?;
    disk.rename(&folder.join(FILE), &aside).map_err(Fault::of(&aside, "renamed"))?;
    disk.sync_folder(folder).map_err(Fault::of(folder, "synced"))
}

impl Journal {
    /// Opens the journal in `folder` and forgets what it had: that is in its files.
    pub(super) fn open(folder: &Path, disk: &dyn Disk) -> Result<Self, Fault> {
        let path = folder.join(FILE);
        let file = disk.append(&path).map_err(Fault::of(&path, "opened"))?;
        let mut journal = Self { path, file, len_bytes: 0, frame: Vec::new() };
        journal.forget()?;
        disk.sync_folder(folder).map_err(Fault::of(folder, "synced"))?;
        Ok(journal)
    }

    /// Adds a frame; it survives a power cut when this returns.
    pub(super) fn keep(&mut self, place: &Place, lines: &[u8], texts: &[u8]) -> Result<(), Fault> {
        let header = serde_json::to_vec(place).map_err(|error| Fault::of(&self.path, "written")(error.into()))?;
        self.frame.clear();
        self.frame.extend_from_slice(digest(&header, lines, texts).as_bytes());
        for part in [b" ".as_slice(), &header, b"\n", lines, texts] {
            self.frame.extend_from_slice(part);
        }
        let done = write_all(self.file.as_mut(), &self.frame)
            .map_err(Fault::of(&self.path, "written"))
            .and_then(|()| self.file.sync().map_err(Fault::of(&self.path, "synced")));
        if let Err(fault) = done {
            // Nothing of this frame was acknowledged. If even the cut fails, it becomes records that nobody waits for.
            drop(self.file.cut(self.len_bytes));
            return Err(fault);
        }
        self.len_bytes += self.frame.len() as u64;
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len_bytes == 0
    }

    /// Whether it has grown so far that the files should be settled.
    pub(super) fn is_long(&self) -> bool {
        self.len_bytes >= SETTLE_BYTES
    }

    /// Begins anew, now that the files have what it had. A power cut may bring the old frames back until the next one is
    /// kept: they are what the files have already.
    pub(super) fn begin_anew(&mut self) -> Result<(), Fault> {
        if !self.is_empty() {
            self.file.cut(0).map_err(Fault::of(&self.path, "cut"))?;
            self.len_bytes = 0;
        }
        Ok(())
    }

    /// Begins anew for good: no power cut brings a text back that was in it.
    pub(super) fn forget(&mut self) -> Result<(), Fault> {
        self.file.cut(0).map_err(Fault::of(&self.path, "cut"))?;
        self.len_bytes = 0;
        self.file.sync().map_err(Fault::of(&self.path, "synced"))
    }
}

fn digest(header: &[u8], lines: &[u8], texts: &[u8]) -> String {
    let mut digest = Sha256::new();
    for part in [header, lines, texts] {
        digest.update(part);
    }
    hex(&digest.finalize())
}

/// What the whole frames of a journal have.
#[derive(Debug)]
struct Kept {
    segment: u64,
    from: u64,
    lines: Vec<u8>,
    /// The month, and how long its file was before the first text.
    month: Option<(String, u64)>,
    texts: Vec<u8>,
}

impl Kept {
    fn of(mut bytes: &[u8]) -> Option<Self> {
        let mut kept: Option<Self> = None;
        while let Some(Frame { place, lines, texts, rest }) = frame(bytes) {
            bytes = rest;
            let Place { segment, from, month, text_from, .. } = place;
            let empty = || Self { segment, from, lines: Vec::new(), month: None, texts: Vec::new() };
            let kept = kept.get_or_insert_with(empty);
            kept.lines.extend_from_slice(lines);
            kept.texts.extend_from_slice(texts);
            if !texts.is_empty() && kept.month.is_none() {
                kept.month = Some((month, text_from));
            }
        }
        kept
    }

    fn put_back(&self, folder: &Path, disk: &dyn Disk) -> Result<Option<Misfit>, Fault> {
        let path = segment::path(folder, self.segment);
        let found = read_from(&path, self.from)?;
        let Some(found) = found.filter(|found| agree(found, &self.lines)) else {
            return Ok(Some(Misfit::Journal { segment: self.segment, from: self.from }));
        };
        write_anew(disk, &path, self.from, longer(&found, &self.lines))?;
        let Some((month, text_from)) = &self.month else { return Ok(None) };
        let path = text::month(folder, month);
        match read_from(&path, *text_from)?.filter(|found| agree(found, &self.texts)) {
            Some(found) => write_anew(disk, &path, *text_from, longer(&found, &self.texts))?,
            // Somebody took texts out of the file by hand: those that the journal still has are texts of records that
            // stand, and go behind the others.
            None => add_missing(disk, &path, &self.texts)?,
        }
        let texts = folder.join(text::FOLDER);
        disk.sync_folder(&texts).map_err(Fault::of(&texts, "synced"))?;
        Ok(None)
    }
}

/// A whole frame.
struct Frame<'a> {
    place: Place,
    lines: &'a [u8],
    texts: &'a [u8],
    /// What comes after it.
    rest: &'a [u8],
}

/// The first frame of `bytes`.
fn frame(bytes: &[u8]) -> Option<Frame<'_>> {
    let (header, rest) = bytes.split_at_checked(bytes.iter().position(|byte| *byte == b'\n')? + 1)?;
    let (claimed, header) = header.strip_suffix(b"\n")?.split_at_checked(64)?;
    let header = header.strip_prefix(b" ")?;
    let place: Place = serde_json::from_slice(header).ok()?;
    let (lines, rest) = rest.split_at_checked(place.lines_bytes)?;
    let (texts, rest) = rest.split_at_checked(place.texts_bytes)?;
    (digest(header, lines, texts).as_bytes() == claimed).then_some(Frame { place, lines, texts, rest })
}

/// What a file has from `from` on; `None` if it is shorter.
fn read_from(path: &Path, from: u64) -> Result<Option<Vec<u8>>, Fault> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((from == 0).then(Vec::new)),
        Err(error) => return Err(Fault::of(path, "opened")(error)),
    };
    if file.metadata().map_err(Fault::of(path, "read"))?.len() < from {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(from)).and_then(|_| file.read_to_end(&mut bytes)).map_err(Fault::of(path, "read"))?;
    Ok(Some(bytes))
}

/// Whether a file and the journal have the same whole lines as far as both go.
fn agree(found: &[u8], kept: &[u8]) -> bool {
    let whole = found.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let whole = found.get(..whole).unwrap_or_default();
    kept.starts_with(whole) || whole.starts_with(kept)
}

/// What a file is to have: all that the journal has, and what stood behind that.
fn longer<'a>(found: &'a [u8], kept: &'a [u8]) -> &'a [u8] {
    if found.starts_with(kept) { found } else { kept }
}

/// Writes the end of a file once more, from `from` on.
fn write_anew(disk: &dyn Disk, path: &Path, from: u64, bytes: &[u8]) -> Result<(), Fault> {
    let mut file = disk.append(path).map_err(Fault::of(path, "opened"))?;
    file.cut(from).map_err(Fault::of(path, "cut"))?;
    write_all(file.as_mut(), bytes).map_err(Fault::of(path, "written"))?;
    file.sync().map_err(Fault::of(path, "synced"))
}

/// Adds those lines to a file that it does not have.
fn add_missing(disk: &dyn Disk, path: &Path, lines: &[u8]) -> Result<(), Fault> {
    let found = read_from(path, 0)?.unwrap_or_default();
    let there: std::collections::HashSet<&[u8]> = found.split(|byte| *byte == b'\n').collect();
    let mut missing = b"\n".to_vec();
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        if !there.contains(line.strip_suffix(b"\n").unwrap_or(line)) {
            missing.extend_from_slice(line);
        }
    }
    write_anew(disk, path, found.len() as u64, &missing)
}
