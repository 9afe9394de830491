//! What was typed: beside the chain, each text under its own salt, where a line can be taken out.
//!
//! The chain has HMAC-SHA-256 of a text under 128 random bits that stand with it. Without the line the digest says
//! nothing about the text, not even whether two were the same; with it, the text can be proved. A record may have
//! several texts, one a field; a line without a field is a retrieval's question.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::LedgerError;
use super::chain::hex_digit;
use super::clock::{Randomness, Timestamp};
use super::disk::{Disk, write_all};
use super::error::Fault;
use super::free_text::Slot;
use super::month::Draft;
use super::record::Record;
use super::retention::TextDays;

/// How much of a month is read first, from its end; then each time as much as is known already.
/// No line is longer, so that every block has the beginning of one.
const FIRST_BLOCK_BYTES: u64 = super::MAX_RECORD_BYTES as u64;

/// How much is gathered before it is written, when a month's file is written anew.
const REWRITE_BYTES: usize = 256 * 1024;

/// The folder of the texts, in the ledger's.
pub(super) const FOLDER: &str = "text";

/// How the name of a month's file ends while it is written anew.
const UNFINISHED: &str = ".jsonl.new";

/// A line of a text file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptText {
    /// The record.
    pub(super) id: String,
    /// Which of its texts; empty, and not written, for a retrieval's question.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    field: String,
    salt: String,
    pub(super) text: String,
}

impl KeptText {
    /// Whether it is the text that the chain speaks of.
    pub(super) fn is_of(&self, mac: &str) -> bool {
        keyed_digest(&self.salt, &self.text) == mac
    }
}

/// Takes the texts out of a record and returns their lines for the text file; empty when there is none, and where such
/// texts are kept for no day.
pub(super) fn part(record: &mut Record, randomness: &dyn Randomness, kept: TextDays) -> Result<Vec<u8>, LedgerError> {
    let (mut lines, mut parted) = (Vec::new(), Ok(()));
    record.each_text(&mut |slot| {
        if parted.is_ok() {
            parted = part_one(slot, randomness, kept, &mut lines);
        }
    });
    parted.map(|()| lines)
}

fn part_one(
    slot: &mut Slot<'_>,
    randomness: &dyn Randomness,
    kept: TextDays,
    lines: &mut Vec<u8>,
) -> Result<(), LedgerError> {
    let Some(text) = slot.text.take() else { return Ok(()) };
    let mut salt = [0; 16];
    randomness.fill(&mut salt)?;
    let salt = hex(&salt);
    *slot.mac = Some(keyed_digest(&salt, &text));
    *slot.len = Some(text.len() as u64);
    let line = KeptText { id: slot.record.as_str().to_owned(), field: slot.field.to_owned(), salt, text };
    if kept.of(&line.id) == 0 {
        return Ok(());
    }
    serde_json::to_writer(&mut *lines, &line).map_err(|error| LedgerError::Encode(Arc::new(error)))?;
    lines.push(b'\n');
    Ok(())
}

/// HMAC-SHA-256 (RFC 2104) of `text`; the key is the bytes that `salt` gives in hexadecimal digits.
fn keyed_digest(salt: &str, text: &str) -> String {
    let key: Vec<u8> = salt
        .as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    hex(&mac.finalize().into_bytes())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|nibble| char::from(hex_digit(nibble))).collect()
}

/// Reads as many bytes as are wanted, two hexadecimal digits in lower case each.
pub(super) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    let mut digits = text.bytes();
    for byte in &mut bytes {
        *byte = digit(digits.next()?)? << 4 | digit(digits.next()?)?;
    }
    digits.next().is_none().then_some(bytes)
}

/// Takes lines out of months' files while they are written to.
#[derive(Debug)]
pub(super) struct Eraser {
    ledger: PathBuf,
    disk: Arc<dyn Disk>,
    /// How long each month's file was at the start: a line before that has its record in the chain by now, or never will.
    settled: BTreeMap<PathBuf, u64>,
}

/// An eraser that several may want: one erases at a time.
pub(super) type SharedEraser = Mutex<Eraser>;

impl Eraser {
    /// An eraser of the texts in a ledger's folder.
    pub(super) fn new(ledger: &Path, disk: Arc<dyn Disk>) -> Result<Self, Fault> {
        let len = |month: PathBuf| {
            let len = std::fs::metadata(&month).map_err(Fault::of(&month, "read"))?.len();
            Ok((month, len))
        };
        let settled = months(ledger)?.into_iter().map(len).collect::<Result<_, Fault>>()?;
        Ok(Self { ledger: ledger.to_owned(), disk, settled })
    }

    /// The folder of the ledger.
    pub(super) fn ledger(&self) -> &Path {
        &self.ledger
    }

    /// Up to where the lines of a month's file have a record by now, or never will.
    pub(super) fn settled(&self, month: &Path) -> u64 {
        self.settled.get(month).copied().unwrap_or(0)
    }

    /// Writes a month's file anew with the lines that are kept, told by where they begin; `replace` puts it into the place
    /// of the old one with those that came meanwhile. At every moment the old file is there or the new one.
    pub(super) fn rewrite(
        &mut self,
        month: &Path,
        keep: impl Fn(u64, Option<&KeptText>) -> bool,
        replace: impl FnOnce(Draft) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let settled = self.settled.remove(month).unwrap_or(0);
        let aside = month.with_extension("jsonl.new");
        let mut file = self.disk.create(&aside).map_err(Fault::of(&aside, "made"))?;
        let (mut kept, mut written, mut kept_bytes, mut settled_bytes) = (Vec::new(), Ok(()), 0_u64, 0_u64);
        let read_bytes = each_line(month, settled, |at, line, text| {
            if !keep(at, text.as_ref()) || written.is_err() {
                return;
            }
            kept.extend_from_slice(line);
            kept.push(b'\n');
            kept_bytes += line.len() as u64 + 1;
            if at < settled {
                settled_bytes = kept_bytes;
            }
            if kept.len() >= REWRITE_BYTES {
                written = write_all(file.as_mut(), &kept);
                kept.clear();
            }
        })?;
        written.and_then(|()| write_all(file.as_mut(), &kept)).map_err(Fault::of(&aside, "written"))?;
        // Most of it is on the disk before those who ask questions have to wait for the rest.
        file.sync().map_err(Fault::of(&aside, "synced"))?;
        replace(Draft { month: month.to_owned(), aside, file, read_bytes, kept_bytes })?;
        self.settled.insert(month.to_owned(), settled_bytes);
        Ok(())
    }
}

/// The file of a month's texts.
pub(super) fn month(ledger: &Path, name: &str) -> PathBuf {
    ledger.join(FOLDER).join(format!("{name}.jsonl"))
}

/// The files of all months, in the order of their names.
pub(super) fn months(ledger: &Path) -> Result<Vec<PathBuf>, Fault> {
    let mut months = named(ledger, ".jsonl")?;
    months.sort_unstable();
    Ok(months)
}

/// Removes what an erasure that was cut short left beside the months' files: it has texts that may be erased later.
pub(super) fn drop_unfinished(ledger: &Path) -> Result<(), Fault> {
    for path in named(ledger, UNFINISHED)? {
        std::fs::remove_file(&path).map_err(Fault::of(&path, "removed"))?;
    }
    Ok(())
}

fn named(ledger: &Path, end: &str) -> Result<Vec<PathBuf>, Fault> {
    let folder = ledger.join(FOLDER);
    let entries = std::fs::read_dir(&folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let names = entries.map_err(Fault::of(&folder, "read"))?.into_iter().map(|entry| entry.file_name());
    let names = names.filter(|name| name.to_str().is_some_and(|name| name.ends_with(end)));
    Ok(names.map(|name| folder.join(name)).collect())
}

/// Looks at every line of a month's file, with where it begins, and says up to where. A line that is not a text is shown
/// as none: a crash leaves half a line. Half a line at the end is looked at only if it begins before `settled`: others are
/// being written.
pub(super) fn each_line(
    month: &Path,
    settled: u64,
    mut look: impl FnMut(u64, &[u8], Option<KeptText>),
) -> Result<u64, Fault> {
    let mut reader = BufReader::new(File::open(month).map_err(Fault::of(month, "opened"))?);
    let (mut line, mut at) = (Vec::new(), 0);
    loop {
        line.clear();
        let taken = reader.read_until(b'\n', &mut line).map_err(Fault::of(month, "read"))? as u64;
        let text = match line.strip_suffix(b"\n") {
            Some(text) => text,
            None if taken > 0 && at < settled => &line,
            None => return Ok(at),
        };
        if !text.is_empty() {
            look(at, text, serde_json::from_slice(text).ok());
        }
        at += taken;
    }
}

/// The texts that are still there, read month by month as they are asked for. No more than two months are held.
#[derive(Debug)]
pub(super) struct KeptTexts {
    folder: PathBuf,
    months: HashMap<String, Month>,
}

/// What has been read of a month's file: the bytes from `from` to `to`.
#[derive(Debug, Default)]
struct Month {
    /// Which file it was: an erasure puts another one into its place.
    file: u64,
    from: u64,
    to: u64,
    by_id: HashMap<String, Vec<KeptText>>,
}

impl KeptTexts {
    pub(super) fn new(ledger: &Path) -> Self {
        Self { folder: ledger.join(FOLDER), months: HashMap::new() }
    }

    /// Puts into `record` those of its texts that are there and are the ones the chain speaks of.
    pub(super) fn join(&mut self, ts: Timestamp, record: &mut Record) {
        record.each_text(&mut |slot| self.join_one(ts, slot));
    }

    fn join_one(&mut self, ts: Timestamp, slot: &mut Slot<'_>) {
        let Some(mac) = &*slot.mac else { return };
        let (id, name) = (slot.record.as_str(), ts.month());
        let path = self.folder.join(format!("{name}.jsonl"));
        if self.months.len() >= 2 && !self.months.contains_key(&name) {
            self.months.clear();
        }
        let month = self.months.entry(name).or_default();
        if month.get(id, slot.field).is_none() {
            // A text that can't be read is as one that was erased; the record stands without it.
            drop(month.look_for(id, slot.field, &path));
        }
        if let Some(found) = month.get(id, slot.field)
            && found.is_of(mac)
        {
            *slot.text = Some(found.text.clone());
        }
    }
}

impl Month {
    fn get(&self, id: &str, field: &str) -> Option<&KeptText> {
        self.by_id.get(id)?.iter().find(|text| text.field == field)
    }

    /// Reads what is new, and then backwards until the text is found: who wants the newest must not read a whole month.
    fn look_for(&mut self, id: &str, field: &str, path: &Path) -> std::io::Result<()> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let (len, number) = (metadata.len(), file_number(&metadata));
        if number != self.file || len < self.to || self.to == 0 {
            // The file was rewritten without some lines: what was known of it no longer holds.
            *self = Self { file: number, from: len, to: len, by_id: HashMap::new() };
        }
        let new = read_span(&mut file, self.to, len)?;
        let whole = new.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        self.take(new.get(..whole).unwrap_or_default());
        self.to += whole as u64;
        while self.from > 0 && self.get(id, field).is_none() {
            let block = FIRST_BLOCK_BYTES.max(self.to - self.from);
            let start = self.from.saturating_sub(block);
            let bytes = read_span(&mut file, start, self.from)?;
            // The first line is a part of one, unless the block begins where the file does; it is read with the next.
            let cut = if start == 0 { 0 } else { bytes.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1) };
            self.take(bytes.get(cut..).unwrap_or_default());
            self.from = start + cut as u64;
        }
        Ok(())
    }

    fn take(&mut self, lines: &[u8]) {
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            if let Ok(text) = serde_json::from_slice::<KeptText>(line) {
                self.by_id.entry(text.id.clone()).or_default().push(text);
            }
        }
    }
}

/// What tells a file from the one that takes its place.
fn file_number(metadata: &std::fs::Metadata) -> u64 {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    return 0;
}

pub(super) fn read_span(file: &mut File, from: u64, to: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.take(to.saturating_sub(from)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
