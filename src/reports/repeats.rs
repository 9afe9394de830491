//! *repeats*: mistakes that were made again with nothing done about them, and nothing done since.
//!
//! A mistake's number is its place among all, so that only who sees everything is shown any.

use crate::ledger::{Mistake, Mistakes, Occurrence};

use super::book::Sources;
use super::calendar::Day;
use super::report::{Cell, Rest, Table, quoted};
use super::view::{NOBODY, View};
use super::{Report, ReportKind};

pub(super) fn report(sources: &Sources<'_>) -> Report {
    let slice = &sources.slice;
    let mut report = ReportKind::Repeats.begin(slice.span.since(), slice.span.until());
    let mut table = Table::new(
        "mistakes",
        "Mistakes",
        &[
            ("mistake", "Mistake", ""),
            ("reason", "Reason", ""),
            ("process", "Process", ""),
            ("documents", "Documents", ""),
            ("times", "Reported", "times"),
            ("last", "Last", "date"),
        ],
    );
    let mut mistakes = Mistakes::default();
    if slice.view.is_owner() {
        for (ts, feedback) in &slice.tally.bad {
            let _numbered = mistakes.take(*ts, feedback).is_some();
        }
    }
    let standing = |mistake: &&Mistake| {
        let last = mistake.last().filter(|last| last.again && slice.span.has(Day::of(last.ts)));
        last.is_some_and(|last| is_untouched(slice.view, last))
    };
    let mut all: Vec<&Mistake> = mistakes.all().iter().filter(standing).collect();
    all.sort_by_key(|mistake| (std::cmp::Reverse(mistake.occurrences.len()), mistake.number));
    for mistake in all {
        let Some(last) = mistake.last() else { continue };
        let documents: Vec<String> = last.involved.iter().map(|involved| involved.doc.to_string()).collect();
        let kept = documents.iter().map(|document| slice.view.owner(document)).find(|owner| *owner != NOBODY);
        let feedback = quoted(last.feedback.as_str());
        let next = format!("read what is wrong, and mend the document or the process: `cairn log show {feedback}`");
        let cells = [
            mistake.number.to_string().as_str().into(),
            mistake.reason.map_or("", |reason| reason.as_str()).into(),
            mistake.process.as_deref().unwrap_or_default().into(),
            Cell::Texts(documents.clone()),
            (mistake.occurrences.len() as u64).into(),
            Day::of(last.ts).to_string().as_str().into(),
        ];
        let age_days = Some(sources.today.since(Day::of(last.ts)));
        table.push(sources.rows, cells, Rest { owner: kept.unwrap_or(NOBODY).to_owned(), age_days, next });
    }
    report.tables.push(table);
    report
}

/// Whether the documents involved have the bytes that they had when it was reported last. One that is gone has not.
fn is_untouched(view: &View, last: &Occurrence) -> bool {
    last.involved.iter().all(|involved| {
        let now = view.documents.get(&involved.doc).map(|held| held.document.record().sha256);
        now == involved.sha256
    })
}
