//! Terms of the dictionary that are near a word.
//!
//! Only terms of live chunks are told, and the first of them in their order, so that several shelves together know the
//! first of all: whoever merges their lists and cuts them at the same bound gets what one shelf would have said.

use std::collections::BTreeMap;

use tantivy::postings::TermInfo;
use tantivy::query::FuzzyTermQuery;
use tantivy::{InvertedIndexReader, Term};

use super::search::WordView;
use super::words_failed;
use crate::engine::{EngineError, Near};

/// The most terms of a dictionary that are told of one word.
pub const DICTIONARY_TERMS_MAX: usize = 1024;

/// How many terms of a segment are looked at: dead ones are passed over, and wait for a merge.
const VISITED_MAX: usize = 4 * DICTIONARY_TERMS_MAX;

impl WordView {
    /// The first terms of live chunks near a word, ascending, each with how many live chunks have it.
    pub(in crate::engine) fn near(&self, near: Near<'_>) -> Result<Vec<(String, u64)>, EngineError> {
        self.near_terms(near).map_err(words_failed)
    }

    fn near_terms(&self, near: Near<'_>) -> tantivy::Result<Vec<(String, u64)>> {
        let all = self.fields().all;
        let mut found = BTreeMap::new();
        for (at, segment) in self.segment_readers().iter().enumerate() {
            let index = segment.inverted_index(all)?;
            let mut taken = Taken { view: self, at, index: &index, found: &mut found, visited: 0, taken: 0 };
            match near {
                Near::Beginning(start) => {
                    let mut terms = index.terms().range().ge(start).into_stream()?;
                    while terms.advance() && terms.key().starts_with(start.as_bytes()) {
                        if !taken.take(terms.key(), terms.value())? {
                            break;
                        }
                    }
                }
                Near::Spelled { term, changes } => {
                    let first = term.chars().next().map(String::from).unwrap_or_default();
                    let query = FuzzyTermQuery::new(Term::from_field_text(all, term), changes.min(2), true);
                    let mut terms = index.terms().search(query.automaton()?).ge(&first).into_stream()?;
                    while terms.advance() && terms.key().starts_with(first.as_bytes()) {
                        if !taken.take(terms.key(), terms.value())? {
                            break;
                        }
                    }
                }
            }
        }
        Ok(found.into_iter().take(DICTIONARY_TERMS_MAX).collect())
    }
}

/// Takes the terms of one segment up.
struct Taken<'a> {
    view: &'a WordView,
    at: usize,
    index: &'a InvertedIndexReader,
    found: &'a mut BTreeMap<String, u64>,
    visited: usize,
    taken: usize,
}

impl Taken<'_> {
    /// Takes a term up if a live chunk has it; says whether there is room for more.
    fn take(&mut self, term: &[u8], known: &TermInfo) -> tantivy::Result<bool> {
        self.visited += 1;
        let live = self.view.live_in(self.at, self.index, known)?;
        if let Ok(term) = std::str::from_utf8(term)
            && live > 0
        {
            *self.found.entry(term.to_owned()).or_default() += live;
            self.taken += 1;
        }
        Ok(self.visited < VISITED_MAX && self.taken < DICTIONARY_TERMS_MAX)
    }
}
