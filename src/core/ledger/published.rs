//! `published`: documents came onto the public shelf that were not on it before, for the first time or again.

use serde::{Deserialize, Serialize};

use super::form;
use crate::corpus::{Digest, DocumentId};

/// Documents that came onto the public shelf together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The first generation of the public shelf with them.
    pub generation: u64,
    /// The documents, by id.
    pub documents: Vec<PublishedDocument>,
}

/// A document that came onto the public shelf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedDocument {
    /// The document.
    pub doc: DocumentId,
    /// The digest of the file's bytes as they became public.
    #[serde(with = "form::hex_digest")]
    pub sha256: Digest,
}
