//! *distribution*: what came of public documents.

use std::collections::HashMap;

use crate::access::Visibility;
use crate::ledger::{Day, OutcomeKind};

use super::book::Sources;
use super::report::{Cell, Rest, Series, Table, quoted};
use super::tally::Reached;
use super::view::owner;
use super::{Report, ReportKind};

/// A document's reach, and when something came of it last.
#[derive(Default)]
struct Reach {
    sums: Reached,
    answers: u64,
    last: Option<Day>,
}

impl Reach {
    fn outcomes(&self) -> u64 {
        self.sums.outcomes.iter().sum()
    }
}

pub(super) fn report(sources: &Sources<'_>) -> Report {
    let slice = &sources.slice;
    let mut report = ReportKind::Distribution.begin(slice.span.since(), slice.span.until());
    let mut all: HashMap<&str, Reach> = HashMap::new();
    for (day, document, reached) in slice.reached() {
        let reach = all.entry(slice.document(document)).or_default();
        reach.sums.add(reached);
        if reached.outcomes.iter().any(|count| *count > 0) {
            reach.last = reach.last.max(Some(day));
        }
    }
    for (_, document, served) in slice.served() {
        all.entry(slice.document(document)).or_default().answers += served.answers;
    }
    // What is gone or was taken back is no document one can do something for.
    let public = |(id, reach)| {
        let held = slice.view.held(id)?;
        (held.document.record().visibility() == Visibility::Public).then_some((held, reach))
    };
    let mut all: Vec<_> = all.into_iter().filter_map(public).collect();
    all.sort_by(|(a, of_a), (b, of_b)| {
        let by = |reach: &Reach| std::cmp::Reverse((reach.outcomes(), reach.sums.views, reach.answers));
        by(of_a).cmp(&by(of_b)).then_with(|| a.document.record().id.cmp(&b.document.record().id))
    });
    let mut table = begun();
    let mut totals = Reached::default();
    for (held, reach) in all {
        let record = held.document.record();
        totals.add(&reach.sums);
        let mut cells: Vec<Cell> = vec![record.id.as_str().into(), reach.sums.views.into(), reach.answers.into()];
        cells.extend(reach.sums.outcomes.iter().map(|count| Cell::Count(*count)));
        let id = quoted(record.id.as_str());
        let next = match reach.outcomes() {
            0 => format!(
                "nothing is known to have come of it: ask who reads it, or say what it is for: `cairn get {id}`"
            ),
            _ => format!("see what came of it, and make more of that: `cairn log search --document {id}`"),
        };
        let age_days = reach.last.map(|day| sources.today.since(day));
        table.push(sources.rows, cells, Rest { owner: owner(held).to_owned(), age_days, next });
    }
    let outcomes = OutcomeKind::ALL.iter().zip(totals.outcomes).map(|(kind, sum)| (kind.as_str().to_owned(), sum));
    table.totals = outcomes.chain([("views".to_owned(), totals.views)]).collect();
    report.tables.push(table);
    report.series.push(series(sources));
    report
}

fn begun() -> Table {
    Table::new(
        "documents",
        "Documents",
        &[
            ("document", "Document", ""),
            ("views", "Looked at", "times"),
            ("answers", "In answers", "answers"),
            ("reply", "Replies", "outcomes"),
            ("citation", "Citations", "outcomes"),
            ("intro", "Intros", "outcomes"),
            ("booking", "Bookings", "outcomes"),
            ("sale", "Sales", "outcomes"),
            ("reuse", "Reuse", "outcomes"),
        ],
    )
}

#[expect(clippy::cast_precision_loss, reason = "counts of a day")]
fn series(sources: &Sources<'_>) -> Series {
    let mut days = std::collections::BTreeMap::new();
    for (day, _, reached) in sources.slice.reached() {
        *days.entry(day).or_default() += reached.outcomes.iter().sum::<u64>() as f64;
    }
    Series::new("outcomes", "Outcomes", "outcomes", &days)
}

#[cfg(test)]
mod tests {
    use super::{OutcomeKind, begun};

    #[test]
    fn there_is_a_column_for_each_kind_of_outcome_in_their_order() {
        let columns: Vec<_> = begun().columns.into_iter().skip(3).map(|column| column.name).collect();
        assert_eq!(columns, OutcomeKind::ALL.map(OutcomeKind::as_str));
    }
}
