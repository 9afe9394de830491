//! Many texts at once, for who makes a report of them.
//!
//! Months' files are read from end to end, and a line is parsed only if its record is one that is asked for. Nothing is
//! kept between two readings, so that a text that was erased is gone from the next one.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::Path;

use super::clock::Timestamp;
use super::error::Fault;
use super::id::RecordId;
use super::text::{self, KeptText};

/// How much of a file is read at a time.
const BLOCK_BYTES: usize = 256 * 1024;
/// How every line of a text file begins.
const BEFORE_ID: &[u8] = b"{\"id\":\"";

/// What the chain says of a text: enough to find it, and to know it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The record that it was typed into: a retrieval, whose question it is, or another.
    pub id: RecordId,
    /// When its record was written.
    pub ts: Timestamp,
    /// Its keyed digest, in hexadecimal digits: `q_mac` of a retrieval. No two texts of a record have the same.
    pub mac: Box<str>,
}

/// Gives the texts of `asked`, each with its place there.
pub(super) fn texts(ledger: &Path, asked: &[Asked], mut give: impl FnMut(usize, String)) -> Result<(), Fault> {
    let mut months: BTreeMap<String, HashMap<&[u8], usize>> = BTreeMap::new();
    for (place, one) in asked.iter().enumerate() {
        months.entry(one.ts.month()).or_default().insert(one.id.as_str().as_bytes(), place);
    }
    for (month, wanted) in months {
        let path = ledger.join(text::FOLDER).join(format!("{month}.jsonl"));
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(Fault::of(&path, "opened")(error)),
        };
        let (mut reader, mut line) = (BufReader::with_capacity(BLOCK_BYTES, file), Vec::new());
        while reader.read_until(b'\n', &mut line).map_err(Fault::of(&path, "read"))? > 0 {
            let place = id_of(&line).and_then(|id| wanted.get(id));
            if let Some((place, one)) = place.and_then(|place| Some((*place, asked.get(*place)?)))
                && let Ok(found) = serde_json::from_slice::<KeptText>(&line)
                && found.is_of(&one.mac)
            {
                give(place, found.text);
            }
            line.clear();
        }
    }
    Ok(())
}

fn id_of(line: &[u8]) -> Option<&[u8]> {
    line.strip_prefix(BEFORE_ID)?.split(|byte| *byte == b'"').next()
}
