//! *stale*: what is past its review and served all the same.

use std::collections::HashMap;

use super::book::Sources;
use super::report::{Rest, Table, quoted};
use super::tally::Served;
use super::view::owner;
use super::{Report, ReportKind};

pub(super) fn report(sources: &Sources<'_>) -> Report {
    let slice = &sources.slice;
    let mut report = ReportKind::Stale.begin(slice.span.since(), slice.span.until());
    let mut served: HashMap<&str, Served> = HashMap::new();
    for (_, document, more) in slice.served() {
        served.entry(slice.document(document)).or_default().add(more);
    }
    let mut unserved = 0;
    let mut overdue = Vec::new();
    for (id, held) in &slice.view.documents {
        let Some(due) = held.due().filter(|due| *due < sources.today) else { continue };
        match served.get(id.as_str()) {
            Some(served) => overdue.push((held, due, served)),
            None => unserved += 1,
        }
    }
    overdue.sort_by(|a, b| b.2.answers.cmp(&a.2.answers).then_with(|| a.1.cmp(&b.1)));
    let mut table = Table::new(
        "documents",
        "Documents",
        &[
            ("document", "Document", ""),
            ("title", "Title", ""),
            ("due", "Review was due", "date"),
            ("verified", "Verified last", "date"),
            ("answers", "In answers", "answers"),
            ("first", "As the first passage", "answers"),
        ],
    );
    for (held, due, served) in overdue {
        let record = held.document.record();
        let verified = held.verified().map(|day| day.to_string()).unwrap_or_default();
        let cells = [
            record.id.as_str().into(),
            record.title.as_str().into(),
            due.to_string().as_str().into(),
            verified.as_str().into(),
            served.answers.into(),
            served.first.into(),
        ];
        let next = format!(
            "read it, correct it, and say in its front matter who found it true and when (`verified`): `cairn get {}`",
            quoted(record.id.as_str())
        );
        let rest = Rest { owner: owner(held).to_owned(), age_days: Some(sources.today.since(due)), next };
        table.push(sources.rows, cells, rest);
    }
    report.tables.push(table);
    if unserved > 0 {
        report.notes.push(format!("{unserved} more are past their review and were not served"));
    }
    report
}
