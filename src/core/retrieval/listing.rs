//! Lists what passes the filters, for a question without a word to look for.
//!
//! A document is listed by the first of its chunks that passes; what was changed last comes first, as far as documents
//! say when, and the others follow by id.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::engine::{ChunkNo, Filter, Searcher};

use super::{Legs, Ranked};

/// The most documents that are listed.
const LISTED_MAX: usize = 1_000;

/// Lists the documents of shelves; `filters` say of each shelf what passes.
pub(super) fn list(shelves: &[Arc<dyn Searcher>], filters: &[Filter<'_>]) -> Vec<Ranked> {
    let mut found = Vec::new();
    for ((shelf, searcher), filter) in shelves.iter().enumerate().zip(filters) {
        for (document, record) in searcher.catalogue().iter() {
            if !filter.documents.is_none_or(|documents| documents(document)) {
                continue;
            }
            let chunks = (0..).zip(&record.chunks).map(|(chunk, _)| ChunkNo { document, chunk });
            let first = chunks.into_iter().find(|chunk| filter.chunks.is_none_or(|chunks| chunks.passes(*chunk)));
            if let Some(chunk) = first {
                let changed = record.meta.updated.as_deref().or(record.meta.date.as_deref()).unwrap_or_default();
                found.push((Reverse(changed), record.id.as_str(), shelf, chunk));
            }
        }
    }
    found.sort_unstable();
    found.truncate(LISTED_MAX);
    let ranked = |(_, _, shelf, chunk)| Ranked { shelf, chunk, score: 1.0, evidence: 0.0, legs: Legs::default() };
    found.into_iter().map(ranked).collect()
}
