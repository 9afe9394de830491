//! The documents of one generation, in memory: records, not texts.
//!
//! An id has one number and a number one record; an engine changes its own copy and shows readers frozen ones.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::DocumentNo;
use crate::corpus::{DocumentId, Language, Record};

/// The documents of one generation.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    by_number: HashMap<DocumentNo, Arc<Record>>,
    by_id: HashMap<DocumentId, DocumentNo>,
    /// How many documents there are in each language; none of 0.
    languages: BTreeMap<Language, usize>,
}

impl Catalogue {
    /// The record of a document version that is in this generation.
    #[must_use]
    pub fn record(&self, number: DocumentNo) -> Option<&Arc<Record>> {
        self.by_number.get(&number)
    }

    /// The number of a document's version in this generation.
    #[must_use]
    pub fn number(&self, id: &DocumentId) -> Option<DocumentNo> {
        self.by_id.get(id).copied()
    }

    /// Every document version, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (DocumentNo, &Arc<Record>)> {
        self.by_number.iter().map(|(number, record)| (*number, record))
    }

    /// In which languages there are documents, in their order.
    pub fn languages(&self) -> impl Iterator<Item = Language> {
        self.languages.keys().copied()
    }

    /// How many documents there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Whether there is no document.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_number.is_empty()
    }

    /// Takes a document version up; a version of the same id must have been removed before.
    pub fn insert(&mut self, number: DocumentNo, record: Arc<Record>) {
        self.by_id.insert(record.id.clone(), number);
        *self.languages.entry(record.language).or_default() += 1;
        if let Some(before) = self.by_number.insert(number, record) {
            self.forget(before.language);
        }
    }

    /// Drops a document version and gives its record back.
    pub fn remove(&mut self, number: DocumentNo) -> Option<Arc<Record>> {
        let record = self.by_number.remove(&number)?;
        self.forget(record.language);
        if self.by_id.get(&record.id) == Some(&number) {
            self.by_id.remove(&record.id);
        }
        Some(record)
    }

    fn forget(&mut self, language: Language) {
        if let Some(count) = self.languages.get_mut(&language) {
            *count -= 1;
            if *count == 0 {
                self.languages.remove(&language);
            }
        }
    }
}
