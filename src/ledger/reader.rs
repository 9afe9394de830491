//! Reading a ledger, also while the server writes it: whole lines only, oldest first, with the texts that stand beside the chain.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::LedgerError;
use super::backwards::Backwards;
use super::error::Fault;
use super::record::{Line, Record};
use super::search::{Filter, Newest, Oldest, RecordName};
use super::segment;
use super::text::KeptTexts;

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

    /// One record, with its texts.
    ///
    /// # Errors
    /// Fails when a segment can't be read or a line is not a record.
    pub fn find(&self, name: &RecordName) -> Result<Option<Line>, LedgerError> {
        name.find(Backwards::new(&self.folder)?, KeptTexts::new(&self.folder))
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
    partial: Vec<u8>,
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
            texts: KeptTexts::new(folder),
        }
    }

    /// The next whole line, or nothing if there is none yet: ask again later.
    ///
    /// # Errors
    /// Fails when a segment can't be read or a line is not a record. Asked again, it goes on behind that line.
    pub fn next_line(&mut self) -> Result<Option<Line>, LedgerError> {
        let Some(raw) = self.next_raw()? else { return Ok(None) };
        parse(&raw, self.number).map(|line| Some(joined(line, &mut self.texts)))
    }

    /// The number of the segment that the last line was in.
    pub(super) fn segment(&self) -> u64 {
        self.number
    }

    /// The next whole line as it stands in the file, without its line feed.
    pub(super) fn next_raw(&mut self) -> Result<Option<Vec<u8>>, LedgerError> {
        loop {
            if let Some(raw) = self.read()? {
                return Ok(Some(raw));
            }
            let next = segment::path(&self.folder, self.number + 1);
            if !next.try_exists().map_err(Fault::of(&next, "read"))? {
                return Ok(None);
            }
            // The next segment was not there before it was there: this one may have grown in between, once more.
            if let Some(raw) = self.read()? {
                return Ok(Some(raw));
            }
            self.number += 1;
            self.from_bytes = 0;
            self.reader = None;
            self.partial.clear();
        }
    }

    fn read(&mut self) -> Result<Option<Vec<u8>>, LedgerError> {
        let path = segment::path(&self.folder, self.number);
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => {
                let mut file = match File::open(&path) {
                    Ok(file) => file,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                    Err(error) => return Err(Fault::of(&path, "opened")(error).into()),
                };
                file.seek(SeekFrom::Start(self.from_bytes)).map_err(Fault::of(&path, "read"))?;
                self.reader.insert(BufReader::new(file))
            }
        };
        reader.read_until(b'\n', &mut self.partial).map_err(Fault::of(&path, "read"))?;
        if self.partial.pop_if(|last| *last == b'\n').is_none() {
            return Ok(None);
        }
        Ok(Some(std::mem::take(&mut self.partial)))
    }
}
