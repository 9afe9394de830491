//! The rules between a ranking and a list of hits, as values: what they are called and how strong they are.
//!
//! Every rule leaves documents alone that say nothing of themselves, and every effect of a rule on a hit is told as a
//! [`Note`]. `docs/retrieval.md` describes them in the same words.

use crate::corpus::{DocumentId, Status};

/// How strong the rules are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policies {
    /// A draft stands behind each passage in force that is at least so many times as relevant. A draft that fits clearly
    /// better is still the better answer.
    pub draft_yields: f32,
    /// The same for a deprecated document: still true, so that it may answer what nothing else answers as well.
    pub deprecated_yields: f32,
    /// The same for a superseded document, and for a retired one, which is no longer true.
    pub gone_yields: f32,
    /// A question that equals the name of more documents than this names none of them: `Overview` is no name.
    pub exact_documents: usize,
    /// Passages with this share of common three-word shingles (Jaccard) are nearly the same. At 0.85 a word in 40 may
    /// differ; no number may.
    pub alike: f32,
    /// How many passages a document has in an answer: whoever needs several pages gets at least three in a default
    /// answer, and neighbours are joined, so that two passages can be a good part of a page.
    pub per_document: usize,
    /// A neighbouring passage is joined when it is at least so many times as relevant as the one it is joined to: what
    /// hardly matches would only take room.
    pub join_relevance: f32,
    /// The longest joined passage. About 1,000 tokens, a quarter of the default budget.
    pub join_bytes: usize,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            draft_yields: 0.8,
            deprecated_yields: 0.7,
            gone_yields: 0.5,
            exact_documents: 3,
            alike: 0.85,
            per_document: 2,
            join_relevance: 0.7,
            join_bytes: 4_000,
        }
    }
}

impl Policies {
    /// How many times as relevant a passage in force must at least be to stand before one of this status; `None` when
    /// the status itself is in force.
    pub(super) fn yields(&self, status: Status) -> Option<f32> {
        match status {
            Status::Accepted => None,
            Status::Draft => Some(self.draft_yields),
            Status::Deprecated => Some(self.deprecated_yields),
            Status::Superseded | Status::Retired => Some(self.gone_yields),
        }
    }
}

/// What a rule did to a hit. The rules are told of in `docs/retrieval.md` under the names that are in brackets here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// What is in force comes before what is not (`lifecycle`).
    Yields {
        /// Where the document stands.
        status: Status,
        /// Behind how many more passages that are in force.
        behind: u32,
    },
    /// It comes before the document whose place it takes (`successor`).
    TakesPlaceOf {
        /// That document.
        document: DocumentId,
        /// Whether no leg found it.
        brought: bool,
    },
    /// It comes first, because the question is its name (`exact`).
    Named {
        /// Which of its names: title, id, alias or heading.
        by: &'static str,
    },
    /// It stands for others that say nearly the same (`alike`).
    StandsFor {
        /// How many.
        others: u32,
    },
    /// Neighbours are one passage (`adjacent`).
    Joins {
        /// Of how many it is made.
        passages: u32,
    },
    /// It took in more of its document, to fill the budget (`adjacent`).
    Widened,
    /// It is the last of its document in the answer (`per_document`).
    LastOfDocument {
        /// How many more are left out.
        left_out: u32,
    },
}
