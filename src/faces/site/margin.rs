//! What the editor of a page is told beside it: findings, by file. Only a preview has one; the site that strangers are
//! served is made without, so that nothing of this can stand on it.
//!
//! A page is drawn from one state of the margin. Each state has a number, and so has each generation: a page that was
//! drawn knows from the number whether it is the newest.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::corpus::{DocumentId, Finding, is_front_page};

use super::address::parent;

/// A file, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// The document that the file is, or would be.
    pub document: DocumentId,
    /// The file, as an editor would type its path.
    pub file: String,
    /// `public` or `private`; `None` for a file that is not read.
    pub visibility: Option<&'static str>,
    /// What is wrong with it, by line.
    pub findings: Vec<Finding>,
}

/// What editors are told, as it is now.
#[derive(Debug, Default)]
pub struct Margin(Mutex<Notes>);

/// One state of a margin.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes {
    pub(super) revision: u64,
    pub(super) files: Arc<[Noted]>,
}

impl Margin {
    /// Tells of other findings; gives the number of the new state.
    pub fn tell(&self, files: Vec<Noted>) -> u64 {
        let mut notes = self.notes();
        notes.files = files.into();
        notes.revision += 1;
        notes.revision
    }

    /// Notes that pages say something else now; gives the number of the new state.
    pub fn turn(&self) -> u64 {
        let mut notes = self.notes();
        notes.revision += 1;
        notes.revision
    }

    pub(super) fn now(&self) -> Notes {
        self.notes().clone()
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        // Only whole values are put there.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a path is a document's id, or its file's with the collection before it.
pub(super) fn stands_at(document: &DocumentId, path: &str) -> bool {
    let path = path.trim_matches('/');
    document.as_str() == path || document.as_str() == DocumentId::path_of(path)
}

impl Notes {
    /// What is said of a document.
    pub(super) fn of(&self, document: &DocumentId) -> Option<&Noted> {
        self.files.iter().find(|noted| noted.document == *document)
    }

    /// What is said of the document that has, or would have, a path on the site.
    pub(super) fn at(&self, path: &str) -> Option<&Noted> {
        let path = path.trim_matches('/');
        let front = |noted: &&Noted| {
            let id = noted.document.as_str();
            is_front_page(id) && parent(id) == path
        };
        let named = self.files.iter().find(|noted| stands_at(&noted.document, path));
        named.or_else(|| self.files.iter().find(front))
    }

    /// How many findings there are.
    pub(super) fn count(&self) -> usize {
        self.files.iter().map(|noted| noted.findings.len()).sum()
    }
}
