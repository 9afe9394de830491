//! *unread*: documents of which nobody was served a passage.

use std::collections::{HashMap, HashSet};

use crate::corpus::Status;

use super::book::Sources;
use super::report::{Rest, Table, quoted};
use super::view::owner;
use super::{Report, ReportKind};

pub(super) fn report(sources: &Sources<'_>) -> Report {
    let slice = &sources.slice;
    let mut report = ReportKind::Unread.begin(slice.span.since(), slice.span.until());
    let served: HashSet<&str> = slice.served().map(|(_, document, _)| slice.document(document)).collect();
    let mut unread = Vec::new();
    for (id, held) in &slice.view.documents {
        let status = held.document.record().meta.status.unwrap_or_default();
        // What has given way to another is not to be read.
        if !served.contains(id.as_str()) && !matches!(status, Status::Superseded | Status::Retired) {
            unread.push((held.dated(), held));
        }
    }
    let mut views: HashMap<&str, u64> = HashMap::new();
    for (_, document, reached) in slice.reached() {
        *views.entry(slice.document(document)).or_default() += reached.views;
    }
    // The oldest first, those of which nobody knows how old they are last.
    unread.sort_by_key(|(day, _)| (day.is_none(), *day));
    let mut table = Table::new(
        "documents",
        "Documents",
        &[
            ("document", "Document", ""),
            ("title", "Title", ""),
            ("type", "Type", ""),
            ("changed", "Changed", "date"),
            ("views", "Looked at", "times"),
        ],
    );
    for (day, held) in unread {
        let record = held.document.record();
        let changed = day.map(|day| day.to_string()).unwrap_or_default();
        let cells = [
            record.id.as_str().into(),
            record.title.as_str().into(),
            record.meta.kind.as_str().into(),
            changed.as_str().into(),
            views.get(record.id.as_str()).copied().unwrap_or_default().into(),
        ];
        let next = format!(
            "ask what it should answer; if it is not found, use the readers' words, and if nobody needs it, retire it: `cairn search -- {}`",
            quoted(&record.title)
        );
        let age_days = day.map(|day| sources.today.since(day));
        table.push(sources.rows, cells, Rest { owner: owner(held).to_owned(), age_days, next });
    }
    report.notes.push(format!("{} documents in all", slice.view.documents.len()));
    report.tables.push(table);
    report
}
