//! Asks sets and measures what came back.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::access::{Grant, Private, Visibility};
use crate::corpus::DocumentId;
use crate::library::Aside;

use super::EvalError;
use super::found::{Found, Names, ask, request};
use super::measure::{Measure, mean};
use super::set::{Asker, Forbidden, Question, Set};

/// What sets are asked of, and what is measured.
#[derive(Debug, Clone, Copy)]
pub struct Bench<'a> {
    /// The shelves.
    pub aside: &'a Aside,
    /// Opens them for questions that the owner asks.
    pub owner: &'a Grant<Private>,
    /// What judgements call documents.
    pub names: &'a Names,
    /// What is measured.
    pub measures: &'a [Measure],
    /// Set by another thread to end early.
    pub stop: &'a AtomicBool,
}

/// How one question did.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The question's place in its set.
    pub number: usize,
    /// As whom it was asked.
    pub asker: Asker,
    /// The passages, best first.
    pub found: Vec<Found>,
    /// The names that were measured, best first.
    pub ranking: Vec<String>,
    /// A value for each measure.
    pub values: BTreeMap<Measure, f64>,
    /// What must not be there and is, with its rank among the passages, from 1.
    pub served: Vec<(Forbidden, usize)>,
}

/// How one set did.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The set's name.
    pub name: String,
    /// One a question, in the set's order.
    pub asked: Vec<Asked>,
    /// Which of them have a part in the means.
    pub judged: Vec<bool>,
}

impl Scores {
    /// The values of a measure, of the questions for which something was judged relevant.
    #[must_use]
    pub fn values(&self, measure: Measure) -> Vec<f64> {
        let judged = self.asked.iter().zip(&self.judged).filter(|(_, judged)| **judged);
        judged.filter_map(|(asked, _)| asked.values.get(&measure).copied()).collect()
    }

    /// How many questions have a part in the means.
    #[must_use]
    pub fn judged(&self) -> usize {
        self.judged.iter().filter(|judged| **judged).count()
    }
}

/// The mean of a measure over the questions of several sets.
#[must_use]
pub fn mean_of(scores: &[Scores], measure: Measure) -> f64 {
    mean(&scores.iter().flat_map(|scores| scores.values(measure)).collect::<Vec<_>>())
}

impl Bench<'_> {
    /// Asks every question of a set. `heard` is told after each.
    ///
    /// # Errors
    /// Fails when a question can't be asked or the index can't answer, and when it was asked to stop.
    pub fn score(&self, set: &Set, heard: &dyn Fn()) -> Result<Scores, EvalError> {
        let mut asked = Vec::with_capacity(set.questions.len());
        for (number, question) in set.questions.iter().enumerate() {
            if self.stop.load(Ordering::Relaxed) {
                return Err(EvalError::Stopped);
            }
            asked.push(self.ask(number, question)?);
            heard();
        }
        let judged = set.questions.iter().map(Question::is_judged).collect();
        Ok(Scores { name: set.name.clone(), asked, judged })
    }

    fn ask(&self, number: usize, question: &Question) -> Result<Asked, EvalError> {
        let asker = self.asker(question);
        let failed = |source| EvalError::Ask { file: question.place.file.clone(), line: question.place.line, source };
        let found = ask(self.aside, self.owner, asker, None, &request(&question.text)).map_err(failed)?;
        let ranking = self.names.ranking(question, &found);
        let values = self.measures.iter().map(|measure| (*measure, measure.of(&ranking, &question.relevant))).collect();
        let depth = self.measures.iter().map(|measure| measure.at).max().unwrap_or(0);
        let served = question.must_not.iter().filter_map(|forbidden| {
            let at = found.iter().take(depth).position(|found| speaks_of(&forbidden.name, found))?;
            Some((forbidden.clone(), at + 1))
        });
        Ok(Asked { number, asker, values, served: served.collect(), ranking, found })
    }

    /// As whom a question is asked that does not say it: as the owner, if something private answers it.
    fn asker(&self, question: &Question) -> Asker {
        let private = |name: &String| {
            let document = name.split_once('#').map_or(name.as_str(), |(document, _)| document);
            DocumentId::parse(document)
                .ok()
                .and_then(|id| self.aside.document(self.owner, &id))
                .is_some_and(|document| document.record().visibility() == Visibility::Private)
        };
        let needs_owner = || *self.names == Names::Ids && question.relevant.keys().any(private);
        question.asker.unwrap_or_else(|| if needs_owner() { Asker::Owner } else { Asker::Stranger })
    }
}

/// Whether a name is that of the passage's document, or of its section.
fn speaks_of(name: &str, found: &Found) -> bool {
    match name.split_once('#') {
        Some((document, anchor)) => found.document.as_str() == document && found.anchor == anchor,
        None => found.document.as_str() == name,
    }
}
