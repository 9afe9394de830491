//! The documents' log: an append-only file of checksummed frames, the truth an index is opened from.
//!
//! A frame is `[length u32][xxh3 u64 of the payload][payload]`, little endian; a payload begins with its kind. A document
//! version is a text frame and right behind it a document frame. What stands behind the last wanted commit is an
//! unfinished generation and is cut off. Frames are never changed, so readers share the file with the writer.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::{DocumentNo, EngineError};

/// No frame is longer: a document has at most a few MiB of text.
const FRAME_BYTES_MAX: u32 = 256 << 20;

/// How many bytes are collected before they are written.
const BUFFER_BYTES: usize = 1 << 20;

const HEADER_BYTES: usize = 12;
const TEXT: u8 = 1;
const DOCUMENT: u8 = 2;
const REMOVE: u8 = 3;
const COMMIT: u8 = 4;

/// Where a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    at: u64,
    /// Of the payload.
    length: u32,
}

impl Frame {
    fn end(self) -> u64 {
        self.at + HEADER_BYTES as u64 + u64::from(self.length)
    }

    fn size_bytes(self) -> u64 {
        HEADER_BYTES as u64 + u64::from(self.length)
    }
}

/// Where a document version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Its text.
    pub(super) text: Frame,
    /// Its record and chunks.
    pub(super) document: Frame,
}

impl Place {
    /// What the version takes of the file.
    pub(super) fn size_bytes(self) -> u64 {
        self.text.size_bytes() + self.document.size_bytes()
    }
}

/// What a generation counts: enough to notice that what was read is not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Commit {
    /// The generation.
    pub(super) generation: u64,
    /// The number the next document version gets.
    pub(super) next: DocumentNo,
    /// How many documents there are.
    pub(super) documents: u64,
    /// How many chunks there are.
    pub(super) chunks: u64,
    /// How many words each field of the word index has.
    pub(super) tokens: [u64; 2],
}

impl Commit {
    fn encode(self) -> [u8; 45] {
        let mut bytes = [COMMIT; 45];
        let numbers =
            [self.generation, self.documents, self.chunks, self.tokens[0], self.tokens[1]].map(u64::to_le_bytes);
        bytes[1..5].copy_from_slice(&self.next.to_le_bytes());
        bytes[5..].copy_from_slice(numbers.as_flattened());
        bytes
    }

    fn decode(body: &[u8]) -> Option<Self> {
        let (next, rest) = body.split_first_chunk::<4>()?;
        let (numbers, []) = rest.as_chunks::<8>() else { return None };
        let &[generation, documents, chunks, all, title] = numbers else { return None };
        let number = u64::from_le_bytes;
        Some(Self {
            generation: number(generation),
            next: u32::from_le_bytes(*next),
            documents: number(documents),
            chunks: number(chunks),
            tokens: [number(all), number(title)],
        })
    }
}

/// Reads frames at known places. Clones share one open file.
#[derive(Debug, Clone)]
pub(super) struct LogReader {
    path: Arc<Path>,
    file: Arc<File>,
}

impl LogReader {
    /// The visible text of a document version.
    pub(super) fn text(&self, number: DocumentNo, frame: Frame) -> Result<String, EngineError> {
        let payload = self.payload(frame)?;
        let body = self.body(&payload, TEXT, number)?;
        let bytes = lz4_flex::block::decompress_size_prepended(body).map_err(|error| self.damaged(frame.at, error))?;
        String::from_utf8(bytes).map_err(|error| self.damaged(frame.at, error))
    }

    /// The stored record and chunks of a document version, encoded.
    pub(super) fn document(&self, number: DocumentNo, frame: Frame) -> Result<Vec<u8>, EngineError> {
        let mut payload = self.payload(frame)?;
        let skipped = payload.len() - self.body(&payload, DOCUMENT, number)?.len();
        payload.drain(..skipped);
        Ok(payload)
    }

    fn body<'a>(&self, payload: &'a [u8], kind: u8, number: DocumentNo) -> Result<&'a [u8], EngineError> {
        match numbered(payload) {
            Some((found, of, body)) if found == kind && of == number => Ok(body),
            _ => Err(self.damaged(0, format_args!("document {number} is not where it should be"))),
        }
    }

    fn payload(&self, frame: Frame) -> Result<Vec<u8>, EngineError> {
        let mut bytes = vec![0; HEADER_BYTES + frame.length as usize];
        self.file.read_exact_at(&mut bytes, frame.at).map_err(|source| self.failed("read", source))?;
        let payload = bytes.split_off(HEADER_BYTES);
        if bytes != header(&payload) {
            return Err(self.damaged(frame.at, "frame does not match its checksum"));
        }
        Ok(payload)
    }

    fn failed(&self, what: &'static str, source: io::Error) -> EngineError {
        EngineError::File { path: self.path.to_path_buf(), what, source }
    }

    fn damaged(&self, at: u64, what: impl std::fmt::Display) -> EngineError {
        EngineError::Damaged { path: self.path.to_path_buf(), what: format!("at byte {at}: {what}") }
    }
}

/// What a payload is, of which document version, and what it says.
fn numbered(payload: &[u8]) -> Option<(u8, DocumentNo, &[u8])> {
    let (&kind, rest) = payload.split_first()?;
    let (number, body) = rest.split_first_chunk::<4>()?;
    Some((kind, u32::from_le_bytes(*number), body))
}

fn header(payload: &[u8]) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    // A payload longer than a frame may be never gets this far: `Log::append` refuses it.
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    header[..4].copy_from_slice(&length.to_le_bytes());
    header[4..].copy_from_slice(&xxh3_64(payload).to_le_bytes());
    header
}

/// What a log holds at one of its commits.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The commit.
    pub(super) commit: Commit,
    /// Where each live document version is.
    pub(super) places: HashMap<DocumentNo, Place>,
    /// Where the commit's frame ends.
    pub(super) end: u64,
}

/// The log with its one writer.
#[derive(Debug)]
pub(super) struct Log {
    reader: LogReader,
    buffer: Vec<u8>,
    /// What the file has.
    written: u64,
    /// What the last commit made durable.
    committed: u64,
}

impl Log {
    /// Makes a log that holds nothing but its first commit. A file of that name is written over.
    pub(super) fn create(path: &Path, commit: Commit) -> Result<Self, EngineError> {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(path);
        let file = file.map_err(|source| EngineError::File { path: path.to_owned(), what: "written", source })?;
        let mut log = Self::over(path, file, 0);
        log.commit(commit)?;
        log.confirm();
        Ok(log)
    }

    fn over(path: &Path, file: File, end: u64) -> Self {
        let reader = LogReader { path: Arc::from(path), file: Arc::new(file) };
        Self { reader, buffer: Vec::new(), written: end, committed: end }
    }

    /// Reads a log up to the commit of `generation`, proving every checksum on the way. Changes nothing.
    pub(super) fn open(path: &Path, generation: u64) -> Result<(Self, Contents), EngineError> {
        let file = File::options().read(true).write(true).open(path);
        let file = file.map_err(|source| unreadable(path, source))?;
        let mut log = Self::over(path, file, 0);
        let contents = scan(&log.reader, Some(generation))?;
        if contents.commit.generation != generation {
            return Err(log.reader.damaged(contents.end, format_args!("generation {generation} is missing")));
        }
        log.written = contents.end;
        log.committed = contents.end;
        Ok((log, contents))
    }

    /// Reads what can be read of a log that may be damaged: up to its last whole commit.
    pub(super) fn salvage(path: &Path) -> Result<(LogReader, Contents), EngineError> {
        let file = File::open(path).map_err(|source| unreadable(path, source))?;
        let reader = LogReader { path: Arc::from(path), file: Arc::new(file) };
        let contents = scan(&reader, None)?;
        Ok((reader, contents))
    }

    /// Cuts off what stands behind the last commit: an unfinished generation.
    pub(super) fn truncate(&mut self) -> Result<(), EngineError> {
        self.buffer = Vec::new();
        self.reader.file.set_len(self.committed).map_err(|source| self.reader.failed("cut", source))?;
        self.written = self.committed;
        Ok(())
    }

    /// Reads what was written.
    pub(super) fn reader(&self) -> &LogReader {
        &self.reader
    }

    /// How long the file is after the last commit.
    pub(super) fn size_bytes(&self) -> u64 {
        self.committed
    }

    /// Appends a document version.
    pub(super) fn upsert(&mut self, number: DocumentNo, text: &str, document: &[u8]) -> Result<Place, EngineError> {
        let text = self.append(TEXT, number, &lz4_flex::block::compress_prepend_size(text.as_bytes()))?;
        let document = self.append(DOCUMENT, number, document)?;
        Ok(Place { text, document })
    }

    /// Appends that a document version is gone.
    pub(super) fn remove(&mut self, number: DocumentNo) -> Result<(), EngineError> {
        self.append(REMOVE, number, &[]).map(|_| ())
    }

    /// Appends a commit and makes everything up to it durable. Until [`Self::confirm`] it can still be cut off.
    pub(super) fn commit(&mut self, commit: Commit) -> Result<(), EngineError> {
        let payload = commit.encode();
        self.buffer.extend_from_slice(&header(&payload));
        self.buffer.extend_from_slice(&payload);
        self.flush()?;
        self.reader.file.sync_data().map_err(|source| self.reader.failed("synced", source))
    }

    /// Says that the generation of the last commit stands.
    pub(super) fn confirm(&mut self) {
        self.committed = self.written;
    }

    /// Appends a document version of another log as it is there.
    pub(super) fn copy(&mut self, from: &LogReader, number: DocumentNo, place: Place) -> Result<Place, EngineError> {
        let text = from.payload(place.text)?;
        let text = self.append(TEXT, number, from.body(&text, TEXT, number)?)?;
        let document = self.append(DOCUMENT, number, &from.document(number, place.document)?)?;
        Ok(Place { text, document })
    }

    fn append(&mut self, kind: u8, number: DocumentNo, body: &[u8]) -> Result<Frame, EngineError> {
        let length = u32::try_from(body.len() + 5).ok().filter(|&length| length <= FRAME_BYTES_MAX);
        let Some(length) = length else {
            let source = io::Error::new(io::ErrorKind::FileTooLarge, "document is too long for a frame");
            return Err(self.reader.failed("written", source));
        };
        let frame = Frame { at: self.written + self.buffer.len() as u64, length };
        let start = self.buffer.len();
        self.buffer.extend_from_slice(&[0; HEADER_BYTES]);
        self.buffer.push(kind);
        self.buffer.extend_from_slice(&number.to_le_bytes());
        self.buffer.extend_from_slice(body);
        let header = header(&self.buffer[start + HEADER_BYTES..]);
        self.buffer[start..start + HEADER_BYTES].copy_from_slice(&header);
        if self.buffer.len() >= BUFFER_BYTES {
            self.flush()?;
        }
        Ok(frame)
    }

    fn flush(&mut self) -> Result<(), EngineError> {
        self.reader
            .file
            .write_all_at(&self.buffer, self.written)
            .map_err(|source| self.reader.failed("written", source))?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

/// A log that is not there is damage like any other: its index can't be opened without it.
fn unreadable(path: &Path, source: io::Error) -> EngineError {
    match source.kind() {
        io::ErrorKind::NotFound => EngineError::Damaged { path: path.to_owned(), what: "it is missing".to_owned() },
        _ => EngineError::File { path: path.to_owned(), what: "read", source },
    }
}

/// Reads frames in order up to the commit of `generation`, or to the last whole one.
fn scan(reader: &LogReader, generation: Option<u64>) -> Result<Contents, EngineError> {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, reader.file.as_ref());
    let mut contents = Contents::default();
    let mut at = 0;
    let mut payload = Vec::new();
    let mut text: Option<(DocumentNo, Frame)> = None;
    let mut upserted: Vec<(DocumentNo, Place)> = Vec::new();
    let mut removed: Vec<DocumentNo> = Vec::new();
    while let Some(frame) = next_frame(&mut input, at, &mut payload).map_err(|source| reader.failed("read", source))? {
        at = frame.end();
        match numbered(&payload) {
            Some((TEXT, number, _)) => text = Some((number, frame)),
            Some((DOCUMENT, number, _)) => match text.take() {
                Some((of, text)) if of == number => upserted.push((number, Place { text, document: frame })),
                _ => return Err(reader.damaged(frame.at, "document has no text")),
            },
            Some((REMOVE, number, [])) => removed.push(number),
            _ => {
                let commit = payload.split_first().filter(|(kind, _)| **kind == COMMIT);
                let commit = commit.and_then(|(_, body)| Commit::decode(body));
                contents.commit = commit.ok_or_else(|| reader.damaged(frame.at, "frame is of no known kind"))?;
                contents.places.extend(upserted.drain(..));
                for number in removed.drain(..) {
                    contents.places.remove(&number);
                }
                contents.end = at;
                if generation == Some(contents.commit.generation) {
                    return Ok(contents);
                }
            }
        }
    }
    Ok(contents)
}

/// Reads the next whole frame into `payload`; none at the end, or where the bytes are no frame.
fn next_frame(input: &mut impl Read, at: u64, payload: &mut Vec<u8>) -> io::Result<Option<Frame>> {
    let mut head = [0; HEADER_BYTES];
    if !filled(input, &mut head)? {
        return Ok(None);
    }
    let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
    if length > FRAME_BYTES_MAX {
        return Ok(None);
    }
    payload.clear();
    let read = input.by_ref().take(u64::from(length)).read_to_end(payload)?;
    let whole = read == length as usize && head == header(payload);
    Ok(whole.then_some(Frame { at, length }))
}

fn filled(input: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match input.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes a small file so that it is there whole or not at all.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), EngineError> {
    let failed = |source| EngineError::File { path: path.to_owned(), what: "written", source };
    let aside: PathBuf = path.with_extension("new");
    let mut file = File::create(&aside).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&aside, path).map_err(failed)?;
    sync_folder(path.parent().unwrap_or(path))
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> Result<(), EngineError> {
    let failed = |source| EngineError::File { path: folder.to_owned(), what: "synced", source };
    File::open(folder).and_then(|file| file.sync_all()).map_err(failed)
}
