//! The questions that were really asked, taken from the ledger, and asked again of two states of the corpus.
//!
//! Reads the ledger where it lies, also while a server writes it. A question is asked again of the shelves it was asked
//! of, under the filters it had; one whose text was erased can't be.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::access::{Grant, Private};
use crate::ledger::{LedgerReader, Record, Retrieval, Timestamp, Verb};
use crate::library::Aside;
use crate::library::wire::SearchRequest;

use super::EvalError;
use super::against::{TOP, differing};
use super::found::{Found, ask, request};
use super::set::Asker;

/// What the ledger calls the public shelf.
const PUBLIC: &str = "public";

/// A question that was asked, once or more often, in one way.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    /// The question, with its filters.
    pub request: SearchRequest,
    /// The private shelves that were searched; none when a stranger asked.
    pub shelves: Vec<String>,
    /// How often.
    pub times: usize,
    /// When it was asked last.
    pub last: Timestamp,
}

/// What the ledger has of a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Log {
    /// The questions, those asked most often first.
    pub questions: Vec<Logged>,
    /// How many searches they come from.
    pub searches: usize,
    /// How many searches have no text any more.
    pub erased: usize,
}

/// A logged question whose top changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Shift {
    /// The question, by its place in the log.
    pub question: usize,
    /// The passages at the top before.
    pub top_before: Vec<Found>,
    /// The passages at the top now.
    pub top_now: Vec<Found>,
    /// The documents that make the difference.
    pub documents: std::collections::BTreeSet<crate::corpus::DocumentId>,
}

impl Log {
    /// Reads the searches since a moment.
    ///
    /// # Errors
    /// Fails when the ledger can't be read.
    pub fn read(ledger: &Path, since: Timestamp) -> Result<Self, EvalError> {
        let mut log = Self::default();
        let mut known: BTreeMap<String, Logged> = BTreeMap::new();
        for line in LedgerReader::open(ledger)?.lines()? {
            let line = line?;
            let Record::Retrieval(retrieval) = line.record else { continue };
            if retrieval.verb != Verb::Search || line.ts < since {
                continue;
            }
            let Some(text) = &retrieval.query else {
                log.erased += usize::from(retrieval.q_mac().is_some());
                continue;
            };
            log.searches += 1;
            let logged = Logged {
                request: asked_with(request(text), &retrieval),
                shelves: retrieval.scope.iter().filter(|shelf| *shelf != PUBLIC).cloned().collect(),
                times: 0,
                last: line.ts,
            };
            let key = format!("{:?} {:?}", logged.request, logged.shelves);
            let entry = known.entry(key).or_insert(logged);
            entry.times += 1;
            entry.last = entry.last.max(line.ts);
        }
        log.questions = known.into_values().collect();
        log.questions.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| b.last.cmp(&a.last)));
        Ok(log)
    }

    /// Asks every question of both states, and gives those whose top differs. `heard` is told after each.
    ///
    /// # Errors
    /// Fails when an index can't be read, and when it was asked to stop.
    pub fn shifts(
        &self,
        (before, now): (&Aside, &Aside),
        owner: &Grant<Private>,
        stop: &AtomicBool,
        heard: &dyn Fn(),
    ) -> Result<Vec<Shift>, EvalError> {
        let mut shifts = Vec::new();
        for (question, logged) in self.questions.iter().enumerate() {
            if stop.load(Ordering::Relaxed) {
                return Err(EvalError::Stopped);
            }
            let (top_before, top_now) = (logged.top(before, owner)?, logged.top(now, owner)?);
            let documents = differing(&top_before, &top_now);
            if !documents.is_empty() {
                shifts.push(Shift { question, top_before, top_now, documents });
            }
            heard();
        }
        Ok(shifts)
    }
}

impl Logged {
    fn top(&self, aside: &Aside, owner: &Grant<Private>) -> Result<Vec<Found>, EvalError> {
        let asker = if self.shelves.is_empty() { Asker::Stranger } else { Asker::Owner };
        let failed = |source| EvalError::Again { source };
        ask(aside, owner, asker, Some(&self.shelves), &self.request).map_err(failed)
    }
}

/// The filters that a question had.
fn asked_with(request: SearchRequest, retrieval: &Retrieval) -> SearchRequest {
    let list = |name: &str| -> Vec<String> {
        let values = retrieval.params.get(name).and_then(|values| values.as_array());
        values.into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned)).collect()
    };
    let limit = i64::try_from(TOP).ok();
    SearchRequest {
        collections: list("collections"),
        types: list("types"),
        tags: list("tags"),
        status: list("status"),
        limit,
        ..request
    }
}
