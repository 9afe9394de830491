//! Reads a ledger from its newest line to its oldest, a block at a time.
//!
//! Nothing is parsed here: who looks for a few records passes over the bytes of all others. What stands behind the last
//! line feed of a segment is no line yet (a server may be writing it) and is passed over. No more is held than a block
//! and the line it cuts.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use memchr::memrchr;

use super::LedgerError;
use super::error::Fault;
use super::segment;

/// How much of a segment is read first; then each time twice as much.
const FIRST_BLOCK_BYTES: u64 = 64 * 1024;
/// The most that is read at a time.
const MAX_BLOCK_BYTES: u64 = 1024 * 1024;

/// Stands at a line, and goes to the one before it.
#[derive(Debug)]
pub(super) struct Backwards {
    folder: PathBuf,
    /// The segments that were not opened yet, the newest last.
    numbers: Vec<u64>,
    open: Option<(u64, FromEnd)>,
    /// The newest segment, and where its whole lines end, once one step was taken.
    end: (u64, u64),
}

impl Backwards {
    /// Stands behind the newest line of the ledger in `folder`.
    pub(super) fn new(folder: &Path) -> Result<Self, LedgerError> {
        let numbers = segment::numbers(folder).map_err(Fault::of(folder, "read"))?;
        Ok(Self::over(folder, numbers))
    }

    /// Stands behind the newest line of these segments, the newest of them last; the others are passed over.
    pub(super) fn over(folder: &Path, numbers: Vec<u64>) -> Self {
        let end = (numbers.last().copied().unwrap_or(1), 0);
        Self { folder: folder.to_owned(), numbers, open: None, end }
    }

    /// Goes one line back; says whether there is one.
    pub(super) fn step(&mut self) -> Result<bool, LedgerError> {
        loop {
            if let Some((number, open)) = &mut self.open {
                let found = open.step()?;
                if *number == self.end.0 {
                    self.end.1 = open.whole_bytes;
                }
                if found {
                    return Ok(true);
                }
            }
            let Some(number) = self.numbers.pop() else {
                self.open = None;
                return Ok(false);
            };
            let path = segment::path(&self.folder, number);
            self.open = Some((number, FromEnd::open(&path)?));
        }
    }

    /// The line without its line feed; empty before the first step and behind the last.
    pub(super) fn line(&self) -> &[u8] {
        self.open.as_ref().map_or(&[], |(_, open)| open.line())
    }

    /// The number of the segment that the line is in.
    pub(super) fn segment(&self) -> u64 {
        self.open.as_ref().map_or(0, |(number, _)| *number)
    }

    /// The newest segment, and where its whole lines end; known once a step was taken.
    pub(super) fn end(&self) -> (u64, u64) {
        self.end
    }
}

/// A file of lines, read from its end.
#[derive(Debug)]
pub(super) struct FromEnd {
    path: PathBuf,
    file: File,
    /// Where `bytes` begins in the file.
    from: u64,
    bytes: Vec<u8>,
    /// The part of `bytes` that was not given yet: nothing, or what ends in a line feed.
    ahead: usize,
    line: Range<usize>,
    /// The buffer that the next block is read into.
    spare: Vec<u8>,
    block_bytes: u64,
    /// Whether the last line feed is still to be found.
    torn: bool,
    /// Where the whole lines end, once the last line feed is found.
    whole_bytes: u64,
}

impl FromEnd {
    /// Stands behind the last line of a file.
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let file = File::open(path).map_err(Fault::of(path, "opened"))?;
        let from = file.metadata().map_err(Fault::of(path, "read"))?.len();
        Ok(Self {
            path: path.to_owned(),
            file,
            from,
            bytes: Vec::new(),
            ahead: 0,
            line: 0..0,
            spare: Vec::new(),
            block_bytes: FIRST_BLOCK_BYTES,
            torn: true,
            whole_bytes: 0,
        })
    }

    /// Goes one line back; says whether there is one.
    pub(super) fn step(&mut self) -> Result<bool, Fault> {
        loop {
            let last = self.ahead.saturating_sub(1);
            let feed = memrchr(b'\n', self.bytes.get(..last).unwrap_or_default());
            if self.ahead > 0 && (feed.is_some() || self.from == 0) {
                let first = feed.map_or(0, |at| at + 1);
                (self.line, self.ahead) = (first..last, first);
                if !self.line.is_empty() {
                    return Ok(true);
                }
            } else if self.from == 0 {
                return Ok(false);
            } else {
                self.read_block().map_err(Fault::of(&self.path, "read"))?;
            }
        }
    }

    /// The line without its line feed; empty before the first step.
    pub(super) fn line(&self) -> &[u8] {
        self.bytes.get(self.line.clone()).unwrap_or_default()
    }

    /// Where the whole lines end; known once a step was taken.
    pub(super) fn whole_bytes(&self) -> u64 {
        self.whole_bytes
    }

    /// Puts the block before `bytes` in front of what is still ahead.
    fn read_block(&mut self) -> io::Result<()> {
        let block = self.block_bytes.min(self.from);
        self.block_bytes = (2 * self.block_bytes).min(MAX_BLOCK_BYTES);
        self.from -= block;
        self.file.seek(SeekFrom::Start(self.from))?;
        self.spare.clear();
        Read::by_ref(&mut self.file).take(block).read_to_end(&mut self.spare)?;
        if self.torn {
            let whole = memrchr(b'\n', &self.spare).map_or(0, |at| at + 1);
            self.spare.truncate(whole);
            self.torn = whole == 0;
            if whole > 0 {
                self.whole_bytes = self.from + whole as u64;
            }
        } else {
            self.spare.extend_from_slice(self.bytes.get(..self.ahead).unwrap_or_default());
        }
        std::mem::swap(&mut self.spare, &mut self.bytes);
        self.ahead = self.bytes.len();
        Ok(())
    }
}
