//! Why a library can't be opened, and why a reader can't answer.

use std::path::PathBuf;

use crate::corpus::DocumentId;
use crate::retrieval::{CursorError, QueryError, RankError};

/// Why a library can't be opened or used. Read by an operator.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A folder or file can't be used.
    #[error("{path}: cannot be {what}")]
    File {
        /// The folder or file.
        path: PathBuf,
        /// `read`, `made`, `locked` …
        what: &'static str,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Another process has the data folder.
    #[error("{data}: is in use by process {pid} ({address}); stop it, or give this one another folder with --data")]
    Held {
        /// The data folder.
        data: PathBuf,
        /// The process.
        pid: u32,
        /// Where it answers.
        address: String,
    },
    /// Two collections have one name or one folder.
    #[error("collections {first} and {second}: have the same {what} ({value}); give each its own")]
    Twice {
        /// The first.
        first: String,
        /// The second.
        second: String,
        /// `name` or `folder`.
        what: &'static str,
        /// The name or the folder.
        value: String,
    },
    /// A collection's folder is a link, or behind one, that leads out of the root.
    #[error("{path}: a symlink leads out of the root, to {to}; name that folder as the collection's path")]
    LeadsOut {
        /// The folder as it is configured.
        path: PathBuf,
        /// Where it really is.
        to: PathBuf,
    },
    /// There is nothing to serve.
    #[error(
        "{root}: has none of the folders corpus/, playbook/, journeys/; name one with --public DIR or --private DIR, or write a cairn.toml"
    )]
    NoCollections {
        /// The root.
        root: PathBuf,
    },
    /// A pattern is not a glob.
    #[error("collection {collection}: {glob:?} is not a glob")]
    Glob {
        /// The collection.
        collection: String,
        /// The pattern.
        glob: String,
    },
    /// An index can't be opened or built.
    #[error("shelf {shelf}: index failed")]
    Engine {
        /// `public`, or the private collection.
        shelf: String,
        /// The cause.
        #[source]
        source: crate::engine::EngineError,
    },
    /// The built-in model can't be used.
    #[error("embedding model cannot be used")]
    Embed(#[from] crate::embed::EmbedError),
    /// The ledger can't be opened.
    #[error("ledger cannot be opened")]
    Ledger(#[from] crate::ledger::LedgerError),
    /// A revision of the corpus can't be read.
    #[error("the corpus at a revision cannot be read")]
    History(#[from] crate::history::HistoryError),
    /// The caller asked to stop.
    #[error("stopped before the corpus was read")]
    Stopped,
    /// A thread can't be started.
    #[error("thread {name} cannot be started")]
    Thread {
        /// Its name.
        name: &'static str,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}

/// Why a reader can't answer. The message is for the caller.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The question is not one.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The cursor leads nowhere.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// No document was named.
    #[error("uri: is missing; give that of a document, as search and browse give it")]
    NoUri,
    /// No document that the caller may see has this id. Missing and forbidden are the same.
    #[error("{id}: no such document; browse or search to find its id")]
    NoDocument {
        /// The id as it was given, cut to a sensible length.
        id: String,
    },
    /// The document has no such section.
    #[error("{id}: has no section {section:?}; {there}")]
    NoSection {
        /// The document.
        id: DocumentId,
        /// What was asked for.
        section: String,
        /// Which there are, as far as an answer has room for them.
        there: String,
    },
    /// What stands beside the text of this document needs more than the answer may have.
    #[error("max_tokens: {given} leave no room for text beside the source of this document; ask for {least} or more")]
    NoRoom {
        /// What was asked for.
        given: usize,
        /// What is enough.
        least: usize,
    },
    /// The state that was asked for can't be had.
    #[error("as_of: {what}")]
    AsOf {
        /// Why, and what to do.
        what: String,
    },
    /// The state that was asked for is not ready yet.
    #[error("as_of: the corpus as it was is being indexed, one state at a time; try again in {retry_after_s} s")]
    Building {
        /// When to try again, seconds.
        retry_after_s: u32,
    },
    /// Too many questions at once.
    #[error("too many requests are waiting, try again in {retry_after_s} s")]
    Busy {
        /// When to try again, seconds.
        retry_after_s: u32,
    },
    /// The index failed; the log has the cause.
    #[error("the index cannot answer right now")]
    Index(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The record could not be written, so the answer is not given.
    #[error("the ledger cannot record this retrieval, so it is not answered")]
    Ledger(#[from] crate::ledger::LedgerError),
}

impl From<RankError> for ReadError {
    fn from(error: RankError) -> Self {
        Self::Index(Box::new(error))
    }
}

impl From<crate::engine::EngineError> for ReadError {
    fn from(error: crate::engine::EngineError) -> Self {
        Self::Index(Box::new(error))
    }
}
