//! How often pages were looked at: counts by document, and nothing of who looked.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::corpus::DocumentId;
use crate::ledger::Timestamp;

/// The document whose page somebody looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewed(DocumentId);

impl From<DocumentId> for Viewed {
    fn from(document: DocumentId) -> Self {
        Self(document)
    }
}

/// Counts since when. There are no more than there are public documents.
#[derive(Debug)]
pub(super) struct Views(Mutex<(Timestamp, BTreeMap<DocumentId, u64>)>);

impl Views {
    /// Begins to count.
    pub(super) fn since(now: Timestamp) -> Self {
        Self(Mutex::new((now, BTreeMap::new())))
    }

    /// Counts one look at a page.
    pub(super) fn count(&self, Viewed(document): &Viewed) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counted.1.get_mut(document) {
            Some(count) => *count += 1,
            None => drop(counted.1.insert(document.clone(), 1)),
        }
    }

    /// What was counted and since when; counting begins anew.
    pub(super) fn take(&self, now: Timestamp) -> (Timestamp, Vec<(DocumentId, u64)>) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, counts) = std::mem::replace(&mut *counted, (now, BTreeMap::new()));
        (since, counts.into_iter().collect())
    }
}
