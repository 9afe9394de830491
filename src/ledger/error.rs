//! Why the ledger can't do what it was asked.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::chain::Flaw;
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
    /// The system gave no randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl From<Fault> for LedgerError {
    fn from(fault: Fault) -> Self {
        Self::File(Arc::new(fault))
    }
}
