//! `evaluation`: how good the answers to judged questions were, and of which corpus.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What `cairn eval --record` measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The principal's id: `local`.
    pub who: String,
    /// The commit that was checked out; absent outside of git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// How many documents had other bytes than that commit has, or are not in it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub uncommitted: u64,
    /// The embedder's model id.
    pub embedder: String,
    /// The version of the program and of its ranking.
    pub ranking: String,
    /// How many documents were searched.
    pub documents: u64,
    /// How many passages they have.
    pub passages: u64,
    /// What gates look at: `ndcg@10`.
    pub measure: String,
    /// How many questions have a part in the means.
    pub questions: u64,
    /// The mean of each measure over the questions of all sets, to four places.
    pub means: BTreeMap<String, f64>,
    /// The sets.
    pub sets: Vec<EvaluatedSet>,
}

/// A set of judged questions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluatedSet {
    /// Its name: a document's id, or a file's.
    pub set: String,
    /// How many of its questions have a part in the means.
    pub questions: u64,
    /// The mean of each measure over them.
    pub means: BTreeMap<String, f64>,
}

impl Evaluation {
    /// The mean of what gates look at.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        self.means.get(&self.measure).copied()
    }

    /// Whether it asked the questions of the same sets for the same measure as another, so that the two can be compared.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let sets = |evaluation: &Self| evaluation.sets.iter().map(|set| set.set.clone()).collect::<Vec<_>>();
        self.measure == other.measure && sets(self) == sets(other)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
