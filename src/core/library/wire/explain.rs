//! Why a passage is where it is, as clients see it: one form for every door.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rounded;
use crate::access::Scope;
use crate::library::Answer;
use crate::library::noted::effect;
use crate::retrieval::{Expansion, Leg, Passage};

/// Why a passage ranks where it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Why {
    /// By words (BM25); absent when this leg did not find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lexical: Option<LegRank>,
    /// By meaning (cosine); absent when this leg did not find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<LegRank>,
    /// The sum of each leg's share times its weight, with the evidence, before the rules; 1 is the most there can be.
    pub fused: f32,
    /// The part of it that other sections of the document added.
    pub evidence: f32,
    /// The words of the passage that match the question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// What the rules did, in the order in which they did it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyNote>,
}

/// One leg's view of a passage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LegRank {
    /// The place in the leg's list, from 1.
    pub rank: u32,
    /// BM25 or cosine, to four places.
    pub score: f32,
    /// The score put between 0 and 1 within the leg; what is weighed.
    pub share: f32,
    /// What the leg's share is multiplied by.
    pub weight: f32,
}

/// What a rule did to a hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyNote {
    /// lifecycle, successor, exact, alike, adjacent or `per_document`.
    pub rule: String,
    /// What it did.
    pub effect: String,
}

/// What was looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explained {
    /// What was looked for beside the words that were typed.
    pub expansions: Vec<Expanded>,
    /// Whether the vector leg could not be asked: the ranking is by words alone.
    pub without_vectors: bool,
}

/// A term that was looked for although nobody typed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Expanded {
    /// The word of the question.
    pub word: String,
    /// What was looked for as well, or in its place.
    pub term: String,
    /// typo, prefix or synonym.
    pub by: String,
    /// What it weighs beside a word that was typed, which weighs 1.
    pub weight: f32,
}

impl Why {
    pub(super) fn of<S: Scope>(passage: &Passage<S>, lexical_weight: f32) -> Self {
        let note = |note: &crate::retrieval::Note| {
            let effect = effect(note);
            PolicyNote { rule: effect.rule().to_owned(), effect: effect.told(passage.citation.lines) }
        };
        Self {
            lexical: passage.legs.lexical.map(|leg| LegRank::of(leg, lexical_weight)),
            vector: passage.legs.vector.map(|leg| LegRank::of(leg, 1.0 - lexical_weight)),
            fused: rounded(passage.fused),
            evidence: rounded(passage.evidence),
            words: passage.words.clone(),
            policies: passage.notes.iter().map(note).collect(),
        }
    }
}

impl LegRank {
    fn of(leg: Leg, weight: f32) -> Self {
        Self { rank: leg.rank, score: rounded(leg.score), share: rounded(leg.share), weight }
    }
}

impl Explained {
    pub(super) fn of<S: Scope>(answer: &Answer<S>) -> Self {
        let expanded = |expansion: &Expansion| Expanded {
            word: expansion.word.clone(),
            term: expansion.term.clone(),
            by: expansion.by.as_str().to_owned(),
            weight: expansion.weight,
        };
        Self { expansions: answer.expansions.iter().map(expanded).collect(), without_vectors: answer.without_vectors }
    }
}
