//! A document, bound to its scope.
//!
//! A [`Record`] is what is known of a document, and says which scope it was classified into. A [`Document<S>`] is a
//! record whose scope the compiler knows. The only ways to one are `Draft::classify`, and [`Document::open`], which
//! gives back what `classify` once stamped.

use std::marker::PhantomData;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Chunk, Digest, DocumentId, Finding, Language, Link, Meta, Pack, Section, SourcePath};
use crate::access::{Public, Scope, Visibility};

/// What is known of a document; everything but its text. This is what an index stores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// `collection/path`, without `.md`.
    pub id: DocumentId,
    /// The file's path in its collection.
    pub path: SourcePath,
    /// The scope `classify` gave it.
    pub(super) visibility: Visibility,
    /// SHA-256 of the file's bytes as they were read.
    pub sha256: Digest,
    /// The file's length.
    pub size_bytes: u64,
    /// The file's modification time, nanoseconds since 1970, as the file system told it.
    pub modified_ns: i64,
    /// Git's name for the bytes (SHA-1 of the blob), as far as they have one.
    pub git_blob: Option<[u8; 20]>,
    /// Never empty.
    pub title: String,
    /// What it is written in: what the document says itself, else its collection, else English.
    #[serde(default)]
    pub language: Language,
    /// Front matter and what was inferred.
    pub meta: Meta,
    /// The outline; the first one has level 0 when text stands before the first heading.
    pub sections: Vec<Section>,
    /// What is indexed and served.
    pub chunks: Vec<Chunk>,
    /// Links as written.
    pub links: Vec<Link>,
    /// Anchors the author set in HTML, by `id` or `name`.
    pub anchors: Vec<String>,
    /// For a document of type `term`: the names of each thing that has several.
    pub synonyms: Vec<Vec<String>>,
    /// For a document of type `pack`: what its briefing is made of.
    pub pack: Option<Arc<Pack>>,
    /// What is wrong with the file itself (links are judged against the corpus, elsewhere).
    pub findings: Vec<Finding>,
}

impl Record {
    /// The scope `classify` gave it.
    #[must_use]
    pub fn visibility(&self) -> Visibility {
        self.visibility
    }

    /// The titles of the headings over a section, from the top, itself last; without the H1 that is the title.
    #[must_use]
    pub fn heading_path(&self, section: u32) -> Vec<&str> {
        let mut path = Vec::new();
        let mut at = Some(section);
        while let Some(section) = at.and_then(|index| self.sections.get(index as usize)) {
            let is_title = section.level == 1 && section.title == self.title;
            if !section.title.is_empty() && !is_title {
                path.push(section.title.as_str());
            }
            at = section.parent;
        }
        path.reverse();
        path
    }
}

/// A document whose scope the compiler knows. A clone costs one reference count.
#[derive(Debug, Clone)]
pub struct Document<S: Scope> {
    record: Arc<Record>,
    scope: PhantomData<S>,
}

impl<S: Scope> Document<S> {
    /// Takes up a stored record again, if it was stamped with this scope.
    #[must_use]
    pub fn open(record: Arc<Record>) -> Option<Self> {
        (record.visibility == S::VISIBILITY).then_some(Self { record, scope: PhantomData })
    }

    /// What is known of the document.
    #[must_use]
    pub fn record(&self) -> &Arc<Record> {
        &self.record
    }
}

impl Document<Public> {
    /// Takes a public document into any scope: into its own, or among private ones. There is no way back.
    #[must_use]
    pub fn widen<S: Scope>(&self) -> Document<S> {
        Document { record: Arc::clone(&self.record), scope: PhantomData }
    }
}
