//! The terms of an edition: of documents about one term, and of pages that list them.

use super::SiteError;
use super::body::first_paragraph;
use super::edition::Edition;
use super::front::View;
use crate::corpus::{Term, listed_terms};

/// How much of a term's page stands for its definition where it has no description, in characters.
const DEFINITION_CHARS: usize = 400;

/// A term, and the document that explains it.
#[derive(Debug)]
pub(super) struct Explained {
    /// The term with its definition.
    pub(super) term: Term,
    /// The document's place.
    pub(super) at: usize,
}

/// All terms, by name.
#[derive(Debug, Default)]
pub(super) struct Terms(Vec<Explained>);

impl Terms {
    /// Reads the terms of an edition's documents.
    pub(super) fn of(edition: &Edition, view: &View<'_>) -> Result<Self, SiteError> {
        let mut all = Vec::new();
        for (at, record) in edition.listed().filter(|(_, record)| record.meta.kind == "term") {
            let Some(document) = edition.document(at) else { continue };
            let text = (view.text)(document)?;
            let listed = listed_terms(&record.title, &text);
            if listed.is_empty() {
                let definition = record.meta.description.clone();
                let definition = definition.unwrap_or_else(|| first_paragraph(&text, DEFINITION_CHARS));
                all.push(Explained { term: Term { name: record.title.clone(), definition }, at });
            } else {
                all.extend(listed.into_iter().map(|term| Explained { term, at }));
            }
        }
        all.sort_by_cached_key(|one| (one.term.name.to_lowercase(), one.at));
        Ok(Self(all))
    }

    /// Every term, by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Explained> {
        self.0.iter()
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
