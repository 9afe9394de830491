//! The same questions before and after: which moved, by how much, and what was done to the documents involved.

use std::collections::BTreeSet;

use crate::access::{Grant, Private};
use crate::corpus::DocumentId;
use crate::history::{Between, MAX_COMMITS, Repository, Touch};
use crate::library::Aside;

use super::EvalError;
use super::found::Found;
use super::measure::Measure;
use super::scores::{Asked, Scores};
use super::set::Set;

/// How many passages count as the top of an answer.
pub const TOP: usize = 5;

/// What differs by less did not move.
const STILL: f64 = 1e-9;

/// A question whose answer changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// The set, by its place.
    pub set: usize,
    /// The question, by its place in the set.
    pub question: usize,
    /// The measure before.
    pub before: f64,
    /// The measure now.
    pub now: f64,
    /// The passages at the top before.
    pub top_before: Vec<Found>,
    /// The passages at the top now.
    pub top_now: Vec<Found>,
    /// What is involved: documents that are at the top on one side only or stand at another place or with another text,
    /// and those that were judged.
    pub documents: BTreeSet<DocumentId>,
}

impl Move {
    /// By how much the measure changed.
    #[must_use]
    pub fn delta(&self) -> f64 {
        self.now - self.before
    }

    /// Whether the measure changed, and not only the top.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.delta().abs() > STILL
    }
}

/// Finds the questions whose measure or top changed; those that lost most come first.
#[must_use]
pub fn moves(sets: &[Set], before: &[Scores], now: &[Scores], measure: Measure) -> Vec<Move> {
    let mut all = Vec::new();
    for (set, (before, now)) in before.iter().zip(now).enumerate() {
        for (was, is) in before.asked.iter().zip(&now.asked) {
            let question = sets.get(set).and_then(|set| set.questions.get(is.number));
            let judged = question.into_iter().flat_map(|question| question.relevant.keys());
            all.extend(moved(set, was, is, measure, judged));
        }
    }
    all.sort_by(|a, b| a.delta().total_cmp(&b.delta()).then((a.set, a.question).cmp(&(b.set, b.question))));
    all
}

fn moved<'a>(
    set: usize,
    was: &Asked,
    is: &Asked,
    measure: Measure,
    judged: impl Iterator<Item = &'a String>,
) -> Option<Move> {
    let value = |asked: &Asked| asked.values.get(&measure).copied().unwrap_or(0.0);
    let (top_before, top_now) = (top(&was.found), top(&is.found));
    let mut documents = differing(&top_before, &top_now);
    let moved = Move {
        set,
        question: is.number,
        before: value(was),
        now: value(is),
        top_before,
        top_now,
        documents: BTreeSet::new(),
    };
    if !moved.counts() && documents.is_empty() {
        return None;
    }
    let document = |name: &String| DocumentId::parse(name.split_once('#').map_or(name.as_str(), |(id, _)| id)).ok();
    documents.extend(judged.filter_map(document));
    Some(Move { documents, ..moved })
}

/// The passages at the top of an answer.
#[must_use]
pub fn top(found: &[Found]) -> Vec<Found> {
    found.iter().take(TOP).cloned().collect()
}

/// The documents that make two tops different: another passage, another place, another text.
#[must_use]
pub fn differing(before: &[Found], now: &[Found]) -> BTreeSet<DocumentId> {
    let same = |a: Option<&Found>, b: Option<&Found>| match (a, b) {
        (Some(a), Some(b)) => (&a.document, &a.anchor, a.sha256) == (&b.document, &b.anchor, b.sha256),
        (a, b) => a.is_none() && b.is_none(),
    };
    let places = (0..before.len().max(now.len())).filter(|at| !same(before.get(*at), now.get(*at)));
    let at = |at: usize| [before.get(at), now.get(at)].into_iter().flatten().map(|found| found.document.clone());
    places.flat_map(at).collect()
}

/// What was done to documents since a revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Causes {
    /// Commits that touched them, newest first, with the files they touched.
    pub commits: Vec<Touch>,
    /// Files that are on disk as no commit has them.
    pub uncommitted: Vec<String>,
    /// Whether every commit since the revision was looked at.
    pub whole: bool,
}

/// Finds out what was done to documents since a revision.
///
/// # Errors
/// Fails when the history can't be read.
pub fn causes(
    repository: &Repository,
    revision: &str,
    documents: &BTreeSet<DocumentId>,
    (before, now): (&Aside, &Aside),
    owner: &Grant<Private>,
) -> Result<Causes, EvalError> {
    let mut files = BTreeSet::new();
    for id in documents {
        for aside in [before, now] {
            files.extend(aside.document(owner, id).and_then(|document| aside.file(document.record())));
        }
    }
    let files: Vec<String> = files.into_iter().collect();
    let Between { commits, at_head, whole } = repository.between(revision, &files, MAX_COMMITS)?;
    let on_disk = |id: &DocumentId| {
        let document = now.document(owner, id)?;
        let (file, blob) = (now.file(document.record())?, document.record().git_blob?);
        let committed = at_head.get(&file).is_some_and(|head| head.to_bytes() == blob);
        (!committed).then_some(file)
    };
    let gone = |id: &DocumentId| {
        let file = before.document(owner, id).and_then(|document| before.file(document.record()))?;
        (now.document(owner, id).is_none() && at_head.contains_key(&file)).then_some(file)
    };
    let mut uncommitted: Vec<String> = documents.iter().filter_map(on_disk).collect();
    uncommitted.extend(documents.iter().filter_map(gone));
    Ok(Causes { commits, uncommitted, whole })
}
