//! Measures of one ranking under its judgements, as `trec_eval` defines them, and their means.
//!
//! A grade of 1 or more is relevant; what is not judged is not relevant. A question without an answer counts 0 in a
//! mean (`trec_eval -c`). `expected/trec_eval.json` holds what `trec_eval` itself says of made-up runs; the tests below
//! agree with it to 1e-6.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// What was judged for one question: a grade for each name. 0 was looked at and is not relevant.
pub type Judgements = BTreeMap<String, u32>;

/// The deepest rank that is measured: as many passages as an answer has at most.
pub const RANK_MAX: usize = 100;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Normalised discounted cumulative gain: Σ grade / log2(rank + 1), divided by the same of the ideal order
    /// (Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002; linear gain, as `ndcg_cut` of
    /// `trec_eval` has it).
    Ndcg,
    /// One divided by the rank of the first relevant one, 0 when there is none (`recip_rank` of a run that was cut).
    Mrr,
    /// The share of the relevant ones that was found (`recall`).
    Recall,
    /// The share of the places that hold a relevant one; a place that nothing fills counts against it (`P`).
    Precision,
    /// 1 when a relevant one was found, else 0 (`success`).
    Success,
}

impl Kind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Ndcg, Self::Mrr, Self::Recall, Self::Precision, Self::Success];

    /// The word before the `@`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ndcg => "ndcg",
            Self::Mrr => "mrr",
            Self::Recall => "recall",
            Self::Precision => "precision",
            Self::Success => "success",
        }
    }
}

/// A measure cut at a rank, written `ndcg@10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Measure {
    /// What is measured.
    pub kind: Kind,
    /// The last rank that counts, 1 to [`RANK_MAX`].
    pub at: usize,
}

/// A text that names no measure.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{text:?}: not a measure; write ndcg, mrr, recall, precision or success with a rank from 1 to 100: ndcg@10")]
pub struct MeasureError {
    /// The text as it was given.
    pub text: String,
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.kind.as_str(), self.at)
    }
}

impl FromStr for Measure {
    type Err = MeasureError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (word, rank) = text.trim().split_once('@')?;
            let kind = Kind::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(word))?;
            let at = rank.parse().ok().filter(|at| (1..=RANK_MAX).contains(at))?;
            Some(Self { kind, at })
        };
        parse().ok_or_else(|| MeasureError { text: text.to_owned() })
    }
}

impl Measure {
    /// Measures a ranking: distinct names, best first. 0 to 1.
    #[must_use]
    pub fn of<N: AsRef<str>>(self, ranking: &[N], judged: &Judgements) -> f64 {
        let top = ranking.iter().take(self.at).map(|name| judged.get(name.as_ref()).copied().unwrap_or(0));
        let relevant = judged.values().filter(|grade| **grade > 0).count();
        let found = || count(top.clone().filter(|grade| *grade > 0).count());
        match self.kind {
            Kind::Ndcg => {
                let mut ideal: Vec<u32> = judged.values().copied().collect();
                ideal.sort_unstable_by(|a, b| b.cmp(a));
                share(gain(top), gain(ideal.into_iter().take(self.at)))
            }
            Kind::Mrr => top.clone().position(|grade| grade > 0).map_or(0.0, |at| 1.0 / count(at + 1)),
            Kind::Recall => share(found(), count(relevant)),
            Kind::Precision => found() / count(self.at),
            Kind::Success => found().min(1.0),
        }
    }
}

/// The mean; 0 of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    share(values.iter().sum(), count(values.len()))
}

/// The discounted gain of grades in their order.
fn gain(grades: impl Iterator<Item = u32>) -> f64 {
    grades.zip(0..).map(|(grade, at)| f64::from(grade) / count(at + 2).log2()).sum()
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "ranks and numbers of judgements are far below 2^52")]
pub(super) fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::{Judgements, Kind, Measure, mean};

    #[derive(Deserialize)]
    struct Reference {
        cases: Vec<Case>,
        means: BTreeMap<String, f64>,
    }

    #[derive(Deserialize)]
    struct Case {
        run: Vec<(String, f32)>,
        judged: Judgements,
        values: BTreeMap<String, f64>,
    }

    #[test]
    fn every_measure_is_what_trec_eval_says_of_grades_ties_gaps_and_what_nobody_judged() {
        let reference: Reference = serde_json::from_str(include_str!("expected/trec_eval.json")).unwrap();
        assert!(reference.cases.len() >= 60, "{} cases", reference.cases.len());
        let mut sums: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (case, number) in reference.cases.into_iter().zip(0..) {
            let mut run = case.run;
            // As `trec_eval` ranks: by score, and what ties by name, the last one first.
            run.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then_with(|| b.0.cmp(&a.0)));
            let ranking: Vec<&str> = run.iter().map(|(name, _)| name.as_str()).collect();
            assert!(case.values.len() >= 15, "case {number}");
            for (name, expected) in case.values {
                let value = name.parse::<Measure>().unwrap().of(&ranking, &case.judged);
                assert!((value - expected).abs() < 1e-6, "case {number}, {name}: {value}, trec_eval says {expected}");
                sums.entry(name).or_default().push(value);
            }
        }
        for (name, expected) in reference.means {
            let value = mean(&sums[&name]);
            assert!((value - expected).abs() < 1e-6, "mean {name}: {value}, trec_eval -c says {expected}");
        }
    }

    #[test]
    fn a_measure_is_written_as_it_is_read_and_nothing_else_is_one() {
        for kind in Kind::ALL {
            let measure = Measure { kind, at: 10 };
            assert_eq!(measure.to_string().parse(), Ok(measure));
        }
        for bad in ["ndcg", "ndcg@", "ndcg@0", "ndcg@101", "map@10", "ndcg@ten", ""] {
            let error = bad.parse::<Measure>().unwrap_err().to_string();
            assert!(error.contains("ndcg@10"), "{bad}: {error}");
        }
    }

    #[test]
    fn nothing_judged_and_nothing_found_are_zero_and_not_a_division() {
        let ndcg = Measure { kind: Kind::Ndcg, at: 10 };
        assert_eq!(ndcg.of::<&str>(&[], &Judgements::new()).to_bits(), 0.0_f64.to_bits());
        assert_eq!(mean(&[]).to_bits(), 0.0_f64.to_bits());
    }
}
