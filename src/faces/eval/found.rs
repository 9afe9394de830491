//! What a question found, as far as judgements speak of it, and the ranking that is measured.
//!
//! A document's place is that of its best passage. When a judgement names a section, passages count by their sections;
//! one that names a whole document takes all of its passages for one.

use std::collections::{HashMap, HashSet};

use crate::access::{Grant, Private, Scope};
use crate::corpus::{Digest, DocumentId, Lines};
use crate::library::wire::SearchRequest;
use crate::library::{Answer, Aside, ReadError};
use crate::retrieval::{Legs, Limit, Passage, TokenBudget};

use super::measure::RANK_MAX;
use super::set::{Asker, Question};

/// A passage of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The document.
    pub document: DocumentId,
    /// The heading's anchor; empty for what stands before the first heading.
    pub anchor: String,
    /// The source lines.
    pub lines: Lines,
    /// SHA-256 of the passage.
    pub sha256: Digest,
    /// The fused score.
    pub score: f32,
    /// What each leg said.
    pub legs: Legs,
}

impl Found {
    /// `collection/path#anchor`.
    #[must_use]
    pub fn name(&self) -> String {
        if self.anchor.is_empty() { self.document.to_string() } else { format!("{}#{}", self.document, self.anchor) }
    }
}

/// What judgements call a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// Its id, and `id#anchor` for its sections.
    Ids,
    /// Names of their own: those of a BEIR folder. A document without one is not ranked.
    Given(HashMap<DocumentId, String>),
}

impl Names {
    fn document<'a>(&'a self, found: &'a Found) -> Option<&'a str> {
        match self {
            Self::Ids => Some(found.document.as_str()),
            Self::Given(names) => names.get(&found.document).map(String::as_str),
        }
    }

    fn section(&self, found: &Found) -> Option<String> {
        (*self == Self::Ids && !found.anchor.is_empty()).then(|| found.name())
    }

    /// The ranking that is measured: distinct names, best first.
    #[must_use]
    pub fn ranking(&self, question: &Question, found: &[Found]) -> Vec<String> {
        let judged = &question.relevant;
        let by_section = *self == Self::Ids && judged.keys().any(|name| name.contains('#'));
        let mut seen = HashSet::new();
        let mut ranking = Vec::new();
        for found in found {
            let Some(document) = self.document(found) else { continue };
            if question.exclude.iter().any(|excluded| excluded == document) {
                continue;
            }
            let name = match self.section(found) {
                Some(section) if judged.contains_key(&section) => section,
                _ if judged.contains_key(document) => document.to_owned(),
                Some(section) if by_section => section,
                _ => document.to_owned(),
            };
            if seen.insert(name.clone()) {
                ranking.push(name);
            }
        }
        ranking
    }
}

/// Asks a question of shelves that were set aside, with the code that answers readers; as many passages as any door
/// gives, without a budget. `only` narrows the private shelves.
pub(super) fn ask(
    aside: &Aside,
    owner: &Grant<Private>,
    asker: Asker,
    only: Option<&[String]>,
    request: &SearchRequest,
) -> Result<Vec<Found>, ReadError> {
    let mut query = request.parse(Limit::MAX)?;
    query.budget = TokenBudget::WHOLE;
    Ok(match asker {
        Asker::Stranger => found(&aside.search_public(&query)?),
        Asker::Owner => found(&aside.search_private(owner, only, &query)?),
    })
}

/// The request that a judged question is.
pub(super) fn request(text: &str) -> SearchRequest {
    let limit = i64::try_from(RANK_MAX.min(Limit::MAX)).ok();
    // What is measured is the ranking: how many passages of one document an answer shows is another matter.
    SearchRequest { query: text.to_owned(), limit, per_document: limit, ..SearchRequest::default() }
}

fn found<S: Scope>(answer: &Answer<S>) -> Vec<Found> {
    answer.passages.iter().flat_map(sections).collect()
}

/// A passage, once for each of its sections: neighbours are served as one, and judged apart.
fn sections<S: Scope>(passage: &Passage<S>) -> impl Iterator<Item = Found> {
    let (record, citation) = (passage.document.record(), &passage.citation);
    let inside = |lines: Lines| citation.lines.first <= lines.first && lines.last <= citation.lines.last;
    let numbers = record.chunks.iter().filter(|chunk| inside(chunk.lines)).map(|chunk| chunk.section);
    let mut anchors: Vec<&str> = vec![&citation.anchor];
    anchors.extend(numbers.filter_map(|section| record.sections.get(section as usize)).map(|found| &*found.anchor));
    let mut seen = HashSet::new();
    anchors.retain(|anchor| seen.insert(*anchor));
    anchors.into_iter().map(|anchor| Found {
        document: citation.document.clone(),
        anchor: anchor.to_owned(),
        lines: citation.lines,
        sha256: citation.sha256,
        score: passage.score,
        legs: passage.legs,
    })
}

#[cfg(test)]
mod tests {
    use super::{Found, Names};
    use crate::corpus::{Digest, DocumentId, Lines};
    use crate::eval::{Place, Question};
    use crate::retrieval::Legs;

    fn found(name: &str) -> Found {
        let (document, anchor) = name.split_once('#').unwrap_or((name, ""));
        Found {
            document: DocumentId::parse(document).unwrap(),
            anchor: anchor.to_owned(),
            lines: Lines { first: 1, last: 1 },
            sha256: Digest::of(b""),
            score: 1.0,
            legs: Legs::default(),
        }
    }

    fn ranking(relevant: &[&str], exclude: &[&str], hits: &[&str]) -> Vec<String> {
        let question = Question {
            id: "1".to_owned(),
            text: "x".to_owned(),
            relevant: relevant.iter().map(|name| ((*name).to_owned(), 1)).collect(),
            must_not: Vec::new(),
            tags: Vec::new(),
            asker: None,
            exclude: exclude.iter().map(|name| (*name).to_owned()).collect(),
            place: Place { file: "q.yaml".to_owned(), line: 1 },
        };
        let hits: Vec<Found> = hits.iter().map(|name| found(name)).collect();
        Names::Ids.ranking(&question, &hits)
    }

    #[test]
    fn a_document_has_the_place_of_its_best_passage() {
        let hits = ["p/a#one", "p/b#one", "p/a#two", "p/c"];
        assert_eq!(ranking(&["p/a"], &[], &hits), ["p/a", "p/b", "p/c"]);
        assert_eq!(ranking(&["p/a"], &["p/b"], &hits), ["p/a", "p/c"]);
    }

    #[test]
    fn a_judged_section_makes_passages_count_by_section_and_a_whole_document_counts_once() {
        let hits = ["p/a#one", "p/a#two", "p/b#one", "p/b#two", "p/b#one"];
        assert_eq!(ranking(&["p/b#two"], &[], &hits), ["p/a#one", "p/a#two", "p/b#one", "p/b#two"]);
        assert_eq!(ranking(&["p/b#two", "p/a"], &[], &hits), ["p/a", "p/b#one", "p/b#two"]);
    }
}
