//! Why a set can't be read or asked.

use std::path::PathBuf;

use crate::library::{LibraryError, ReadError};

/// Why a set can't be read or asked.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A file of judged questions can't be read.
    #[error("{path}: file of judged questions cannot be read")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A file whose form its name does not say.
    #[error("{path}: is neither .jsonl, .yaml, .yml nor .md, so its form is not known; rename it")]
    Form {
        /// The file.
        path: PathBuf,
    },
    /// What stands in a file is not what it should be.
    #[error("{file}:{line}: {what}")]
    Malformed {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u32,
        /// What is wrong, and what to do.
        what: String,
    },
    /// There is nothing to ask.
    #[error(
        "no judged questions: write a document with `type: evalset`, or name a .jsonl or .yaml file (docs/evaluation.md shows both)"
    )]
    Nothing,
    /// A revision of the corpus can't be read.
    #[error("history cannot be read")]
    History(#[from] crate::history::HistoryError),
    /// The corpus is in no git repository, so it has no revisions.
    #[error("{root}: is in no git repository, so there is no revision to compare with")]
    NoHistory {
        /// The root.
        root: PathBuf,
    },
    /// The ledger can't be read.
    #[error("ledger cannot be read")]
    Ledger(#[from] crate::ledger::LedgerError),
    /// The corpus can't be set aside.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The index could not answer.
    #[error("{file}:{line}: question cannot be asked")]
    Ask {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u32,
        /// The cause.
        #[source]
        source: ReadError,
    },
    /// The index could not answer a question of the ledger.
    #[error("question of the ledger cannot be asked again")]
    Again {
        /// The cause.
        #[source]
        source: ReadError,
    },
    /// The caller asked to stop.
    #[error("stopped before every question was asked")]
    Stopped,
}
