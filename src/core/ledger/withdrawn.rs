//! What a `withdrawn` record says: which documents left the public shelf, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::form;
use crate::corpus::{Digest, DocumentId};

/// Documents that left the public shelf together. The record is written when no new request gets them any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// The first generation of the public shelf without them.
    pub generation: u64,
    /// The documents, by id.
    pub documents: Vec<WithdrawnDocument>,
}

/// A document that left the public shelf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawnDocument {
    /// The document.
    pub doc: DocumentId,
    /// The digest of the file's bytes as they were public last.
    #[serde(with = "form::hex_digest")]
    pub sha256: Digest,
    /// Why it left.
    pub why: Withdrawal,
}

/// Why a document left a shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Withdrawal {
    /// It is private now: its front matter says so or can't be read, or its collection is no longer public.
    Narrowed,
    /// Its file is gone from its place: deleted, moved, renamed, or left out by a setting.
    Removed,
}

impl fmt::Display for Withdrawal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Narrowed => "narrowed",
            Self::Removed => "removed",
        })
    }
}
