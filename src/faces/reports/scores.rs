//! The part of *health* that judged questions are asked for: the score of each evaluation on record, by commit, and how it
//! moved.
//!
//! An evaluation asks everything as the owner, and names sets that are private documents: only who sees everything is
//! shown any.

use std::collections::BTreeMap;

use crate::ledger::{Day, Evaluation, Timestamp};

use super::Report;
use super::book::Sources;
use super::report::{Cell, Rest, Series, Table, quoted};
use super::view::NOBODY;

/// How much of a commit's id is told.
const COMMIT_CHARS: usize = 12;

/// Adds the scores over commits, those of the newest evaluation's sets, and the line of the scores.
pub(super) fn add(sources: &Sources<'_>, report: &mut Report) {
    let slice = &sources.slice;
    let all: Vec<&(Timestamp, Evaluation)> = match slice.view.is_owner() {
        true => slice.tally.evaluations.iter().collect(),
        false => Vec::new(),
    };
    let (mut scores, mut sets) = (scores_table(), sets_table());
    let mut days: BTreeMap<Day, f64> = BTreeMap::new();
    let newest = all.last().map(|(_, evaluation)| evaluation);
    for (at, (ts, evaluation)) in all.iter().enumerate().rev() {
        let day = Day::of(*ts);
        if !slice.span.has(day) {
            continue;
        }
        let Some(score) = evaluation.score() else { continue };
        let before = all.iter().take(at).rev().find(|(_, earlier)| earlier.is_like(evaluation));
        let before = before.map(|(_, earlier)| earlier);
        scores.push(sources.rows, cells(day, evaluation, score, before), rest(sources, day, score, before));
        if newest.is_some_and(|newest| newest.is_like(evaluation)) {
            days.entry(day).or_insert(score);
        }
        if sets.total_rows == 0 {
            fill_sets(sources, &mut sets, day, evaluation, before);
        }
    }
    if scores.total_rows == 0 && slice.view.is_owner() {
        report.notes.push("no score is on record: `cairn eval --record` writes one down".to_owned());
    }
    let title = newest.map_or("Answers to judged questions".to_owned(), |newest| {
        format!("Answers to judged questions, {}", newest.measure)
    });
    report.tables.extend([scores, sets]);
    report.series.push(Series::new("score", &title, "share", &days));
}

fn scores_table() -> Table {
    Table::new(
        "scores",
        "Score over commits",
        &[
            ("measure", "Measure", ""),
            ("value", "Score", "share"),
            ("change", "Since the one before", ""),
            ("questions", "Questions", "questions"),
            ("commit", "Commit", ""),
            ("uncommitted", "Not committed", "documents"),
            ("day", "Day", "date"),
        ],
    )
}

fn sets_table() -> Table {
    Table::new(
        "sets",
        "The newest score, by set",
        &[
            ("set", "Set", ""),
            ("score", "Score", "share"),
            ("change", "Since the one before", ""),
            ("questions", "Questions", "questions"),
        ],
    )
}

fn cells(day: Day, evaluation: &Evaluation, score: f64, before: Option<&Evaluation>) -> [Cell; 7] {
    let commit = evaluation.commit.as_deref().and_then(|commit| commit.get(..COMMIT_CHARS));
    [
        evaluation.measure.as_str().into(),
        Cell::Share(score),
        change(score, before.and_then(Evaluation::score)).as_str().into(),
        evaluation.questions.into(),
        commit.unwrap_or_default().into(),
        evaluation.uncommitted.into(),
        day.to_string().as_str().into(),
    ]
}

/// How much more or less it is than before, to four places; empty where there is nothing to compare with.
fn change(score: f64, before: Option<f64>) -> String {
    before.map(|before| format!("{:+.4}", score - before)).unwrap_or_default()
}

fn rest(sources: &Sources<'_>, day: Day, score: f64, before: Option<&Evaluation>) -> Rest {
    let fell = before.filter(|before| before.score().is_some_and(|before| score < before));
    let next = match fell.and_then(|before| before.commit.as_deref()) {
        Some(commit) => format!("see which questions fell: `cairn eval --against {}`", quoted(commit)),
        None if fell.is_some() => "see which questions fell: `cairn eval --queries`".to_owned(),
        None => "look on, and measure the next commit: `cairn eval --record`".to_owned(),
    };
    Rest { owner: NOBODY.to_owned(), age_days: Some(sources.today.since(day)), next }
}

fn fill_sets(sources: &Sources<'_>, table: &mut Table, day: Day, evaluation: &Evaluation, before: Option<&Evaluation>) {
    let view = sources.slice.view;
    for set in &evaluation.sets {
        let Some(score) = set.means.get(&evaluation.measure).copied() else { continue };
        let earlier = before.and_then(|before| before.sets.iter().find(|earlier| earlier.set == set.set));
        let earlier = earlier.and_then(|earlier| earlier.means.get(&evaluation.measure).copied());
        let next = match (view.held(&set.set), earlier.is_some_and(|earlier| score < earlier)) {
            (Some(_), true) => format!("see what it asks, and what answers it now: `cairn get {}`", quoted(&set.set)),
            (_, true) => "see what is found now: `cairn eval --queries`".to_owned(),
            (_, false) => "add what was asked and not found: `cairn report gaps`".to_owned(),
        };
        let cells =
            [set.set.as_str().into(), Cell::Share(score), change(score, earlier).as_str().into(), set.questions.into()];
        let owner = view.owner(&set.set).to_owned();
        table.push(sources.rows, cells, Rest { owner, age_days: Some(sources.today.since(day)), next });
    }
}
