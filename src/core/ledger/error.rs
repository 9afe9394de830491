//! Why the ledger can't do what it was asked.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::chain::Flaw;
use super::checkpoint::CheckpointFlaw;
use super::clock::NoRandomness;

/// The first failure of a file under the writer. After it nothing is acknowledged.
#[derive(Debug, thiserror::Error)]
#[error("{path}: ledger file cannot be {what}")]
pub struct Fault {
    /// The file or folder.
    pub path: PathBuf,
    /// `written`, `synced`, `made`, `renamed` …
    pub what: &'static str,
    /// The cause.
    #[source]
    pub source: io::Error,
}

impl Fault {
    pub(super) fn of(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { path, what, source }
    }
}

/// Why a ledger does not fit its last checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Lines are missing from the end.
    #[error("it has {lines} lines, and had {size} at its last checkpoint")]
    Shorter {
        /// How many there are.
        lines: u64,
        /// How many there were.
        size: u64,
    },
    /// Other lines stand where those of a checkpoint stood.
    #[error("among its lines {from} to {to} are other ones than at its checkpoint")]
    Other {
        /// The first that no earlier checkpoint vouches for.
        from: u64,
        /// The last that the checkpoint speaks of.
        to: u64,
    },
    /// A segment does not have what was acknowledged last.
    #[error("{segment:06}.jsonl has other lines from byte {from} on than its journal, or ends before")]
    Journal {
        /// The segment's number.
        segment: u64,
        /// Where the journal begins.
        from: u64,
    },
    /// The last checkpoint is none of this ledger's.
    #[error("its last checkpoint is not good: {0}")]
    Checkpoint(CheckpointFlaw),
}

/// Why the ledger can't do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LedgerError {
    /// A file can't be opened, read or written, outside the writer.
    #[error(transparent)]
    File(Arc<Fault>),
    /// A write or a sync failed, now or earlier: the record is not in the ledger, and no later one will be.
    ///
    /// The way out is a restart: the segment is verified, and what was never acknowledged is cut.
    #[error("ledger has stopped: records can't be written until the server is restarted on a disk that works")]
    Stopped(#[source] Arc<Fault>),
    /// The ledger was closed before the record was written.
    #[error("ledger is closed")]
    Closed,
    /// The record is larger than [`MAX_RECORD_BYTES`](super::MAX_RECORD_BYTES).
    #[error("record of {bytes} bytes is larger than {max} bytes", max = super::MAX_RECORD_BYTES)]
    TooLarge {
        /// What it would take.
        bytes: usize,
    },
    /// The record can't be put into JSON.
    #[error("record can't be put into JSON")]
    Encode(#[source] Arc<serde_json::Error>),
    /// A line of the ledger is not a record.
    #[error("{segment:06}.jsonl: a line is not a record")]
    Malformed {
        /// The segment's number.
        segment: u64,
        /// The cause.
        #[source]
        source: Arc<serde_json::Error>,
    },
    /// The ledger is not what was written.
    #[error(
        "ledger is damaged at {segment:06}.jsonl:{line}: {flaw}; keep the folder as evidence and move it away to begin a new ledger"
    )]
    Damaged {
        /// The segment's number.
        segment: u64,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// The ledger is not what it was at its last checkpoint.
    #[error(
        "ledger has lost records or was changed: {0}; put its files back from a copy, or go on with what is there by \
         starting once with `cairn serve --accept-loss`, which is written into the ledger"
    )]
    Misfit(Misfit),
    /// The file has no key.
    #[error(
        "{path}: is not a key of a ledger; put the file back from a copy, or move it away to have one made: checkpoints \
         of the old key are then no longer this ledger's"
    )]
    Key {
        /// The file.
        path: PathBuf,
    },
    /// There are checkpoints, and no key to check them with.
    #[error("{path}: the ledger's public key is not there; name a copy of it with --pubkey")]
    NoKey {
        /// Where it is kept.
        path: PathBuf,
    },
    /// The system gave no randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl From<Fault> for LedgerError {
    fn from(fault: Fault) -> Self {
        Self::File(Arc::new(fault))
    }
}
