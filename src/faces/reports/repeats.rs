//! *repeats*: mistakes that were made again with nothing done about them, nor since; and those that came back after a
//! commit had closed them.
//!
//! Who does not see everything is shown the feedback that their grant opens, grouped as it is for all, and of the
//! documents involved those that they may open. A mistake's number is its place among all, so that only who sees
//! everything is told it, and the commit that closes it with it.

use std::collections::HashMap;

use crate::ledger::{
    Day, Feedback, FeedbackId, Mistake, MistakeNumber, MistakeStanding, Mistakes, Occurrence, Timestamp,
};

use super::book::Sources;
use super::report::{Cell, Rest, Table, quoted};
use super::view::{NOBODY, Slice, View};
use super::{Report, ReportKind};

/// How much of a commit's id is told.
const COMMIT_CHARS: usize = 12;

/// A mistake that somebody has to look at.
struct Row {
    mistake: Mistake,
    last: Occurrence,
    /// The commit that had closed it before it came back.
    came_back: Option<String>,
}

pub(super) fn report(sources: &Sources<'_>) -> Report {
    let slice = &sources.slice;
    let mut report = ReportKind::Repeats.begin(slice.span.since(), slice.span.until());
    let fixes = slice.view.fixes.now();
    let (mut rows, mut closed) = (Vec::new(), 0_u64);
    for mistake in mistakes(slice) {
        let Some(last) = mistake.last().filter(|last| slice.span.has(Day::of(last.ts))).cloned() else { continue };
        let came_back = match mistake.standing(&fixes) {
            MistakeStanding::Closed { .. } => {
                closed += u64::from(mistake.occurrences.len() > 1);
                continue;
            }
            MistakeStanding::Open if mistake.is_repeated(&fixes) && is_untouched(slice.view, &last) => None,
            MistakeStanding::Open => continue,
            // What was touched to close it did not hold: only another commit that closes it takes it out of the list.
            MistakeStanding::CameBack { commit } => Some(commit),
        };
        rows.push(Row { mistake, last, came_back });
    }
    // They come in the order in which they began, and equals stay in it.
    rows.sort_by_key(|row| (row.came_back.is_none(), std::cmp::Reverse(row.mistake.occurrences.len())));
    report.tables.push(table(sources, rows));
    if closed > 0 {
        report.notes.push(format!("{closed} more were made again, and a commit has closed them since"));
    }
    report
}

fn table(sources: &Sources<'_>, rows: Vec<Row>) -> Table {
    let mut table = Table::new(
        "mistakes",
        "Mistakes",
        &[
            ("mistake", "Mistake", ""),
            ("standing", "Standing", ""),
            ("reason", "Reason", ""),
            ("process", "Process", ""),
            ("documents", "Documents", ""),
            ("times", "Reported", "times"),
            ("last", "Last", "date"),
            ("closed_by", "Had been closed by", ""),
        ],
    );
    let view = sources.slice.view;
    for Row { mistake, last, came_back } in rows {
        let documents: Vec<String> = last.involved.iter().map(|involved| involved.doc.to_string()).collect();
        let kept = documents.iter().map(|document| view.owner(document)).find(|owner| *owner != NOBODY);
        let process = mistake.process.as_deref().filter(|process| view.is_owner() || view.held(process).is_some());
        let number = if view.is_owner() { mistake.number.to_string() } else { String::new() };
        let commit = came_back.as_ref().filter(|_| view.is_owner()).and_then(|commit| commit.get(..COMMIT_CHARS));
        let show = format!("`cairn log show {}`", quoted(last.feedback.as_str()));
        let next = match came_back {
            Some(_) => format!("see why what had closed it did not hold: {show}"),
            None => format!("read what is wrong, and mend the document or the process: {show}"),
        };
        let cells = [
            number.as_str().into(),
            if came_back.is_some() { "came back" } else { "open" }.into(),
            mistake.reason.map_or("", |reason| reason.as_str()).into(),
            process.unwrap_or_default().into(),
            Cell::Texts(documents.clone()),
            (mistake.occurrences.len() as u64).into(),
            Day::of(last.ts).to_string().as_str().into(),
            commit.unwrap_or_default().into(),
        ];
        let age_days = Some(sources.today.since(Day::of(last.ts)));
        table.push(sources.rows, cells, Rest { owner: kept.unwrap_or(NOBODY).to_owned(), age_days, next });
    }
    table
}

/// The mistakes of which a view may know, in the order in which they began, each with its number among all.
fn mistakes(slice: &Slice<'_>) -> Vec<Mistake> {
    let mut all = Mistakes::default();
    let mut numbers: HashMap<&FeedbackId, MistakeNumber> = HashMap::new();
    for (ts, feedback) in &slice.tally.bad {
        numbers.extend(all.take(*ts, feedback).map(|mistake| (&feedback.id, mistake.number)));
    }
    if slice.view.is_owner() {
        return all.all().to_vec();
    }
    let mut seen = Mistakes::default();
    for (ts, feedback) in seen_by(slice) {
        let _grouped = seen.take(ts, &feedback).is_some();
    }
    let numbered = |mistake: &Mistake| {
        let number = *numbers.get(&mistake.occurrences.first()?.feedback)?;
        Some(Mistake { number, ..mistake.clone() })
    };
    seen.all().iter().filter_map(numbered).collect()
}

/// The feedback that a view may see. Of what it involves, what may not be seen was never there: a document that others'
/// feedback brought in moves nothing here.
fn seen_by(slice: &Slice<'_>) -> impl Iterator<Item = (Timestamp, Feedback)> {
    let view = slice.view;
    let seen = slice.tally.bad.iter().filter(|(_, feedback)| view.may_see_of(&feedback.author.scope));
    seen.map(|(ts, feedback)| {
        let mut feedback = feedback.clone();
        feedback.involved.retain(|involved| view.documents.contains_key(&involved.doc));
        (*ts, feedback)
    })
}

/// Whether the documents involved have the bytes that they had when it was reported last. One that is gone has not, and
/// where all are gone there is nothing left to mend.
fn is_untouched(view: &View, last: &Occurrence) -> bool {
    let same = |involved: &crate::ledger::Involved| {
        let now = view.documents.get(&involved.doc).map(|held| held.document.record().sha256);
        now == involved.sha256
    };
    (view.is_owner() || !last.involved.is_empty()) && last.involved.iter().all(same)
}
