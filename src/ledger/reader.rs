//! Reading a ledger, also while the server writes it: whole lines only, oldest first, with the queries' texts.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::LedgerError;
use super::error::Fault;
use super::record::{Line, Record};
use super::segment;
use super::text::QueryTexts;

/// How much is read at a time when reading from the end.
const BLOCK_BYTES: u64 = 64 * 1024;

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
        Ok(Lines(Follower::at(&self.folder, self.numbers()?.first().copied().unwrap_or(1), 0)))
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

    fn numbers(&self) -> Result<Vec<u64>, LedgerError> {
        Ok(segment::numbers(&self.folder).map_err(Fault::of(&self.folder, "read"))?)
    }

    fn tail_and_end(&self, n: usize) -> Result<(Vec<Line>, (u64, u64)), LedgerError> {
        let numbers = self.numbers()?;
        let mut texts = QueryTexts::new(&self.folder);
        let mut end = (numbers.last().copied().unwrap_or(1), 0);
        let mut newest_first = Vec::new();
        for (age, &number) in numbers.iter().rev().enumerate() {
            // One line more than is wanted: the header may be among them.
            let wanted = n - newest_first.len() + 1;
            let path = segment::path(&self.folder, number);
            let (bytes, whole_to) = last_lines(&path, wanted).map_err(Fault::of(&path, "read"))?;
            if age == 0 {
                end.1 = whole_to;
            }
            for raw in bytes.split(|byte| *byte == b'\n').rev().filter(|raw| !raw.is_empty()) {
                if newest_first.len() == n {
                    break;
                }
                let line = parse(raw, number, &mut texts)?;
                if !matches!(line.record, Record::Segment(_)) {
                    newest_first.push(line);
                }
            }
            if newest_first.len() == n {
                break;
            }
        }
        newest_first.reverse();
        Ok((newest_first, end))
    }
}

fn parse(raw: &[u8], segment: u64, texts: &mut QueryTexts) -> Result<Line, LedgerError> {
    let malformed = |source| LedgerError::Malformed { segment, source: Arc::new(source) };
    let raw = std::str::from_utf8(raw).map_err(|error| malformed(serde::de::Error::custom(error)))?;
    let mut line = Line::parse(raw).map_err(malformed)?;
    if let Record::Retrieval(retrieval) = &mut line.record {
        texts.join(line.ts, retrieval);
    }
    Ok(line)
}

/// The last `wanted` whole lines of a file (or a few more), and where the whole lines end.
fn last_lines(path: &Path, wanted: usize) -> io::Result<(Vec<u8>, u64)> {
    let mut file = File::open(path)?;
    let mut from = file.metadata()?.len();
    let mut bytes: Vec<u8> = Vec::new();
    let mut end = from;
    while from > 0 && bytes.iter().filter(|byte| **byte == b'\n').count() <= wanted {
        // The block doubles, so that the bytes are not counted and moved over and over.
        let block = BLOCK_BYTES.max(bytes.len() as u64).min(from);
        from -= block;
        file.seek(SeekFrom::Start(from))?;
        let mut more = Vec::new();
        file.by_ref().take(block).read_to_end(&mut more)?;
        more.append(&mut bytes);
        bytes = more;
    }
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    end -= (bytes.len() - whole) as u64;
    bytes.truncate(whole);
    if from > 0 {
        // The first line is a part of one.
        let first = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
        bytes.drain(..first);
    }
    Ok((bytes, end))
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
    texts: QueryTexts,
}

impl Follower {
    fn at(folder: &Path, number: u64, from_bytes: u64) -> Self {
        Self {
            folder: folder.to_owned(),
            number,
            from_bytes,
            reader: None,
            partial: Vec::new(),
            texts: QueryTexts::new(folder),
        }
    }

    /// The next whole line, or nothing if there is none yet: ask again later.
    ///
    /// # Errors
    /// Fails when a segment can't be read or a line is not a record. Asked again, it goes on behind that line.
    pub fn next_line(&mut self) -> Result<Option<Line>, LedgerError> {
        loop {
            if let Some(raw) = self.read()? {
                return parse(&raw, self.number, &mut self.texts).map(Some);
            }
            let next = segment::path(&self.folder, self.number + 1);
            if !next.try_exists().map_err(Fault::of(&next, "read"))? {
                return Ok(None);
            }
            // The next segment was not there before it was there: this one may have grown in between, once more.
            if let Some(raw) = self.read()? {
                return parse(&raw, self.number, &mut self.texts).map(Some);
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
