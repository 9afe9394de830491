//! Reading a ledger, also while the server writes it: whole lines only, oldest first, with the texts that stand beside the chain.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::asked::{self, Asked};
use super::backwards::Backwards;
use super::error::Fault;
use super::raw::RawLine;
use super::record::{Line, Record};
use super::search::{Filter, Newest, Oldest, RecordName};
use super::segment;
use super::text::KeptTexts;
use super::{LedgerError, around};

/// How much of a segment is read at a time.
const BLOCK_BYTES: usize = 64 * 1024;

/// A place between two lines of a ledger. It stays the same place whatever is appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The segment's number.
    pub segment: u64,
    /// How far into it.
    pub bytes: u64,
}

/// Reads the ledger of a folder. It takes no lock and never writes.
#[derive(Debug, Clone)]
pub struct LedgerReader {
    folder: PathBuf,
}

impl LedgerReader {
    /// Takes the folder of a ledger.
    ///
    /// # Errors
    /// Fails when the folder can't be read.
    pub fn open(folder: &Path) -> Result<Self, LedgerError> {
        segment::numbers(folder).map_err(Fault::of(folder, "read"))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// All lines, oldest first, headers of segments among them.
    ///
    /// # Errors
    /// Fails when the folder can't be read.
    pub fn lines(&self) -> Result<Lines, LedgerError> {
        Ok(Lines(self.beginning()?))
    }

    /// The newest `n` lines that are not headers of segments, oldest of them first.
    ///
    /// # Errors
    /// Fails when a segment can't be read or a line is not a record.
    pub fn tail(&self, n: usize) -> Result<Vec<Line>, LedgerError> {
        let (lines, _) = self.tail_and_end(n)?;
        Ok(lines)
    }

    /// The newest `n` lines as [`tail`](Self::tail) has them, and a follower that gives what comes after them.
    ///
    /// # Errors
    /// Fails when a segment can't be read or a line is not a record.
    pub fn follow(&self, n: usize) -> Result<(Vec<Line>, Follower), LedgerError> {
        let (lines, (number, from_bytes)) = self.tail_and_end(n)?;
        Ok((lines, Follower::at(&self.folder, number, from_bytes)))
    }

    /// A follower that stands at `place`, or at the beginning.
    ///
    /// # Errors
    /// Fails when the folder can't be read.
    pub fn follow_from(&self, place: Option<Place>) -> Result<Follower, LedgerError> {
        place
            .map_or_else(|| self.beginning(), |Place { segment, bytes }| Ok(Follower::at(&self.folder, segment, bytes)))
    }

    /// How many bytes all segments have now.
    ///
    /// # Errors
    /// Fails when the folder can't be read.
    pub fn size_bytes(&self) -> Result<u64, LedgerError> {
        let mut bytes = 0;
        for number in self.numbers()? {
            let path = segment::path(&self.folder, number);
            bytes += std::fs::metadata(&path).map_err(Fault::of(&path, "read"))?.len();
        }
        Ok(bytes)
    }

    /// Texts, as far as they are still there and are those the chain speaks of: `give` gets the place of each in `asked`, in
    /// no order. No more is held than a line.
    ///
    /// # Errors
    /// Fails when a month's file can't be read. One that is not there has no texts.
    pub fn texts(&self, asked: &[Asked], give: impl FnMut(usize, String)) -> Result<(), LedgerError> {
        Ok(asked::texts(&self.folder, asked, give)?)
    }

    /// The records that `filter` admits, newest first, with their texts. No more is held than a block of a
    /// segment and the texts of two months.
    ///
    /// # Errors
    /// Fails when the folder can't be read.
    pub fn newest(&self, filter: Filter) -> Result<Newest, LedgerError> {
        Ok(Newest::new(Backwards::new(&self.folder)?, KeptTexts::new(&self.folder), filter))
    }

    /// The same, oldest first.
    ///
    /// # Errors
    /// Fails when the folder can't be read.
    pub fn oldest(&self, filter: Filter) -> Result<Oldest, LedgerError> {
        Ok(Oldest::new(self.beginning()?, KeptTexts::new(&self.folder), filter))
    }

    /// One record, with its texts. By its name it is looked for in the segments from around the time that the name carries.
    ///
    /// # Errors
    /// Fails when a segment can't be read or a line is not a record.
    pub fn find(&self, name: &RecordName) -> Result<Option<Line>, LedgerError> {
        let lines = match name {
            RecordName::Place(_) => Backwards::new(&self.folder)?,
            RecordName::Id(id) => Backwards::over(&self.folder, around::segments(&self.folder, id.made_at())?),
        };
        name.find(lines, KeptTexts::new(&self.folder))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn beginning(&self) -> Result<Follower, LedgerError> {
        Ok(Follower::at(&self.folder, self.numbers()?.first().copied().unwrap_or(1), 0))
    }

    fn numbers(&self) -> Result<Vec<u64>, LedgerError> {
        Ok(segment::numbers(&self.folder).map_err(Fault::of(&self.folder, "read"))?)
    }

    fn tail_and_end(&self, n: usize) -> Result<(Vec<Line>, (u64, u64)), LedgerError> {
        let (mut lines, mut texts) = (Backwards::new(&self.folder)?, KeptTexts::new(&self.folder));
        let mut newest_first = Vec::new();
        // One step more than is wanted: the first one says where the whole lines end.
        while lines.step()? && newest_first.len() < n {
            let line = joined(parse(lines.line(), lines.segment())?, &mut texts);
            if !matches!(line.record, Record::Segment(_)) {
                newest_first.push(line);
            }
        }
        newest_first.reverse();
        Ok((newest_first, lines.end()))
    }
}

/// Reads a line without its texts.
pub(super) fn parse(raw: &[u8], segment: u64) -> Result<Line, LedgerError> {
    let malformed = |source| LedgerError::Malformed { segment, source: Arc::new(source) };
    let raw = std::str::from_utf8(raw).map_err(|error| malformed(serde::de::Error::custom(error)))?;
    Line::parse(raw).map_err(malformed)
}

fn joined(mut line: Line, texts: &mut KeptTexts) -> Line {
    texts.join(line.ts, &mut line.record);
    line
}

/// All lines of a ledger, oldest first. It ends where the ledger ends when it gets there.
#[derive(Debug)]
pub struct Lines(Follower);

impl Iterator for Lines {
    type Item = Result<Line, LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next_line().transpose()
    }
}

/// Stands at a place in the ledger and gives the lines behind it, now and later, over the borders of segments.
#[derive(Debug)]
pub struct Follower {
    folder: PathBuf,
    number: u64,
    from_bytes: u64,
    reader: Option<BufReader<File>>,
    /// What was read of a line that is not whole yet.
    partial: Vec<u8>,
    line: Vec<u8>,
    texts: KeptTexts,
}

impl Follower {
    fn at(folder: &Path, number: u64, from_bytes: u64) -> Self {
        Self {
            folder: folder.to_owned(),
            number,
            from_bytes,
            reader: None,
            partial: Vec::new(),
            line: Vec::new(),
            texts: KeptTexts::new(folder),
        }
    }

    /// The next whole line, or nothing if there is none yet: ask again later.
    ///
    /// # Errors
    /// Fails when a segment can't be read or a line is not a record. Asked again, it goes on behind that line.
    pub fn next_line(&mut self) -> Result<Option<Line>, LedgerError> {
        if !self.step()? {
            return Ok(None);
        }
        parse(&self.line, self.number).map(|line| Some(joined(line, &mut self.texts)))
    }

    /// The next whole line with nothing parsed but what every line begins with, or nothing if there is none yet. For who
    /// keeps figures over millions of lines.
    ///
    /// # Errors
    /// As [`next_line`](Self::next_line).
    pub fn next_raw(&mut self) -> Result<Option<RawLine<'_>>, LedgerError> {
        if !self.step()? {
            return Ok(None);
        }
        let segment = self.number;
        RawLine::of(&self.line).map(Some).map_err(|source| LedgerError::Malformed { segment, source: Arc::new(source) })
    }

    /// The place behind the last line that was given.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { segment: self.number, bytes: self.from_bytes }
    }

    /// The next whole line as it stands in the file, without its line feed, and the number of its segment.
    pub(super) fn next_bytes(&mut self) -> Result<Option<(&[u8], u64)>, LedgerError> {
        Ok(self.step()?.then_some((self.line.as_slice(), self.number)))
    }

    /// Goes to the next whole line; says whether there is one.
    fn step(&mut self) -> Result<bool, LedgerError> {
        loop {
            if self.read()? {
                return Ok(true);
            }
            let next = segment::path(&self.folder, self.number + 1);
            if !next.try_exists().map_err(Fault::of(&next, "read"))? {
                return Ok(false);
            }
            // The next segment was not there before it was there: this one may have grown in between, once more.
            if self.read()? {
                return Ok(true);
            }
            self.number += 1;
            self.from_bytes = 0;
            self.reader = None;
            self.partial.clear();
        }
    }

    fn read(&mut self) -> Result<bool, LedgerError> {
        let folder = &self.folder;
        let failed = |number, what| move |error| Fault::of(&segment::path(folder, number), what)(error);
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => {
                let mut file = match File::open(segment::path(&self.folder, self.number)) {
                    Ok(file) => file,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                    Err(error) => return Err(failed(self.number, "opened")(error).into()),
                };
                file.seek(SeekFrom::Start(self.from_bytes)).map_err(failed(self.number, "read"))?;
                self.reader.insert(BufReader::with_capacity(BLOCK_BYTES, file))
            }
        };
        reader.read_until(b'\n', &mut self.partial).map_err(failed(self.number, "read"))?;
        if self.partial.pop_if(|last| *last == b'\n').is_none() {
            return Ok(false);
        }
        self.from_bytes += self.partial.len() as u64 + 1;
        std::mem::swap(&mut self.line, &mut self.partial);
        self.partial.clear();
        Ok(true)
    }
}
