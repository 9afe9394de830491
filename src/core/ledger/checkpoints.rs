//! The file `ledger/checkpoints`: a checkpoint a line, oldest first, added to and never changed.
//!
//! What stands behind its last line feed is no line: a crash leaves it, or a server is writing it.

use std::io::{ErrorKind, Read as _};
use std::path::Path;

use super::LedgerError;
use super::backwards::FromEnd;
use super::checkpoint::{Checkpoint, CheckpointFlaw, Stand};
use super::error::Fault;
use super::key::PublicKey;
use super::notary::FILE;

/// The last lines of the file, as far back as a start needs them.
#[derive(Debug, Default)]
pub(super) struct Latest {
    /// Where the ledger stood at or before the place that was asked for, if a good checkpoint says it.
    pub(super) base: Option<Stand>,
    /// The checkpoints from there on, the newest first.
    pub(super) checkpoints: Vec<Checkpoint>,
    /// The last line, as it stands in the file, and what it is.
    pub(super) last: Option<(String, Result<Checkpoint, CheckpointFlaw>)>,
    /// How many bytes the whole lines of the file have.
    pub(super) len_bytes: u64,
}

impl Latest {
    /// Reads back to the newest checkpoint of `key` that says where the ledger stood with `lines` lines or fewer.
    pub(super) fn read(folder: &Path, key: &PublicKey, lines: u64) -> Result<Self, LedgerError> {
        let path = folder.join(FILE);
        let mut latest = Self::default();
        if !path.try_exists().map_err(Fault::of(&path, "read"))? {
            return Ok(latest);
        }
        let mut file = FromEnd::open(&path)?;
        while latest.base.is_none() && file.step()? {
            latest.len_bytes = file.whole_bytes();
            let read = read(file.line());
            if latest.last.is_none() {
                latest.last = Some((String::from_utf8_lossy(file.line()).into_owned(), read.clone()));
            }
            let Ok(checkpoint) = read else { continue };
            if checkpoint.size <= lines && checkpoint.check(key, &checkpoint.log).is_ok() {
                latest.base = checkpoint.stand();
            }
            latest.checkpoints.push(checkpoint);
        }
        Ok(latest)
    }
}

fn read(line: &[u8]) -> Result<Checkpoint, CheckpointFlaw> {
    std::str::from_utf8(line).map_err(|_| CheckpointFlaw::Shape).and_then(Checkpoint::parse)
}

/// Every line of the file as it is now, and how many bytes there are behind the last.
pub(super) fn all(folder: &Path) -> Result<(Vec<Result<Checkpoint, CheckpointFlaw>>, u64), LedgerError> {
    let path = folder.join(FILE);
    let mut bytes = Vec::new();
    match std::fs::File::open(&path) {
        Ok(mut file) => file.read_to_end(&mut bytes).map_err(Fault::of(&path, "read"))?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        Err(error) => return Err(Fault::of(&path, "opened")(error).into()),
    };
    let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |at| at + 1);
    let torn_bytes = (bytes.len() - whole) as u64;
    bytes.truncate(whole);
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    Ok((lines.map(|line| read(line.strip_suffix(b"\n").unwrap_or(line))).collect(), torn_bytes))
}

/// The newest checkpoint of the ledger in `folder`, if there is one. Whether it is good, [`verify`](super::verify) says.
///
/// # Errors
/// Fails when the file can't be read.
pub fn newest_checkpoint(folder: &Path) -> Result<Option<Checkpoint>, LedgerError> {
    let path = folder.join(FILE);
    if !path.try_exists().map_err(Fault::of(&path, "read"))? {
        return Ok(None);
    }
    let mut file = FromEnd::open(&path)?;
    while file.step()? {
        if let Ok(checkpoint) = read(file.line()) {
            return Ok(Some(checkpoint));
        }
    }
    Ok(None)
}
