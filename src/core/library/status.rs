//! How the library stands: for `/readyz`, `/metrics`, `cairn check` and the log.

use crate::access::{CollectionName, Visibility};
use crate::corpus::{DocumentId, Finding, SourcePath};

/// One shelf at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShelfStatus {
    /// `public`, or the name of a private collection.
    pub name: String,
    /// Its generation.
    pub generation: u64,
    /// How many documents.
    pub documents: usize,
    /// How many passages.
    pub passages: u64,
    /// The model that made its vectors.
    pub model: String,
}

/// The whole library at this moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// Whether the index has been compared with the disk since the start.
    pub ready: bool,
    /// Whether the public shelf has been: what a private one lacks keeps no stranger waiting.
    pub public_ready: bool,
    /// Changes that were seen and are not searchable yet.
    pub pending: usize,
    /// How long the newest generation took, from the first event to the swap, in milliseconds.
    pub lag_ms: u64,
    /// Generations made since the start, over all shelves.
    pub generations: u64,
    /// Batches that failed since the start.
    pub failures: u64,
}

/// What is wrong with one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFindings {
    /// The collection.
    pub collection: CollectionName,
    /// The file's path in it.
    pub path: SourcePath,
    /// The document's visibility; `None` when the file was skipped.
    pub visibility: Option<Visibility>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl FileFindings {
    /// The id of the document that the file is, or would be.
    #[must_use]
    pub fn document(&self) -> DocumentId {
        DocumentId::of(&self.collection, &self.path)
    }
}
