//! Why something is not written down. The message is for the caller.

use crate::access::Action;
use crate::ledger::LedgerError;
use crate::library::ReadError;

/// Why something is not written down.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The caller may not write this.
    #[error("this token may not do that: it needs `{needs}`")]
    Forbidden {
        /// What it would have to be allowed.
        needs: Action,
    },
    /// A field has a value that it can't have, or none.
    #[error("{field}: {what}")]
    Field {
        /// The field, as the wire has it.
        field: &'static str,
        /// What is wrong, and what would be right.
        what: String,
    },
    /// No retrieval that the caller may know of is called so. Missing and somebody else's are the same.
    #[error("{id:?}: no such retrieval; name one by the retrieval_id that your answer carried")]
    NoRetrieval {
        /// The id as it was given, cut to a sensible length.
        id: String,
    },
    /// No document that the caller may see, or none that is public where it has to be, is called so.
    #[error("{id}: no such document; browse or search to find its id")]
    NoDocument {
        /// The id as it was given, cut to a sensible length.
        id: String,
    },
    /// Too many requests at once, or a shelf that can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The ledger can't be read or does not take the record.
    #[error("the ledger cannot take this down")]
    Ledger(#[from] LedgerError),
}

impl WriteError {
    pub(super) fn field(field: &'static str, what: impl Into<String>) -> Self {
        Self::Field { field, what: what.into() }
    }

    pub(super) fn no_retrieval(id: &str) -> Self {
        Self::NoRetrieval { id: cut(id) }
    }

    pub(super) fn no_document(id: &str) -> Self {
        Self::NoDocument { id: cut(id) }
    }
}

/// An error repeats what was written; a long one is cut.
fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
