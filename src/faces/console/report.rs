//! A report: its charts, and its tables, each row with who keeps it, how old it is and what to do next.

use maud::{Markup, html};

use super::chart::series;
use super::sheet::{Sheet, sheet};
use crate::reports::{Cell, Column, Report, ReportKind, Row, Series, Table};

/// Draws which reports there are.
#[must_use]
pub fn reports() -> Sheet {
    let main = html! {
        h1 { "Reports" }
        p.lead { "What the ledger and the corpus say together. Each row has an owner, an age and one next action." }
        ul.cards {
            @for kind in ReportKind::ALL {
                li { a href={ "/private/reports/" (kind.name()) } { (kind.title()) } p { (kind.about()) } }
            }
        }
    };
    sheet("Reports", "/private/reports", &main)
}

/// Draws one report.
#[must_use]
pub fn report(report: &Report) -> Sheet {
    let span = match (&report.since, &report.until) {
        (Some(since), Some(until)) => format!("From {since} to {until}."),
        (Some(since), None) => format!("From {since} on."),
        (None, Some(until)) => format!("Until {until}."),
        (None, None) => "The whole ledger.".to_owned(),
    };
    let main = html! {
        nav.breadcrumbs aria-label="Where this is" { ol { li { a href="/private/reports" { "Reports" } } li { (report.report) } } }
        h1 { (report.title) }
        p.lead { (report.about) " " (span) }
        nav.private aria-label="Spans" {
            ul { @for (span, name) in [("7d", "a week"), ("30d", "a month"), ("90d", "a quarter"), ("365d", "a year")] { li { a href={ "/private/reports/" (report.report) "?since=" (span) } { (name) } } } }
        }
        @for (at, line) in report.series.iter().enumerate() { (chart(line, at)) }
        @for table in &report.tables { (rows(table)) }
        @if !report.notes.is_empty() { ul.quiet { @for note in &report.notes { li { (note) } } } }
        p.quiet { "The same for programs: " code { "cairn report " (report.report) " --json" } }
    };
    sheet(&report.title, "/private/reports", &main)
}

/// A line over days, with the table of its figures; a single day needs no line.
fn chart(line: &Series, at: usize) -> Markup {
    let unit = if line.unit.is_empty() { "Figure" } else { &line.unit };
    html! {
        section {
            h2 { (line.title) }
            @match line.points.as_slice() {
                [] => p.quiet { "No day has a figure." },
                [only] => p { strong { (figure(only.value)) } " " (line.unit) " on " (only.day) },
                points => {
                    (series(line, at))
                    details {
                        summary { "The same as a table" }
                        table.log {
                            thead { tr { th scope="col" { "Day" } th.end scope="col" { (unit) } } }
                            tbody { @for point in points { tr { th scope="row" data-name="Day" { (point.day) } td.end data-name=(unit) { (figure(point.value)) } } } }
                        }
                    }
                }
            }
        }
    }
}

fn rows(table: &Table) -> Markup {
    let id = format!("c:{}", table.name);
    html! {
        section {
            h2 id=(id) { (table.title) }
            @if table.rows.is_empty() {
                p.nothing { "Nothing: there is nothing to do here." }
            } @else {
                // A table that is wider than the page is moved by itself.
                div.table tabindex="0" role="region" aria-labelledby=(id) {
                    table.log.dense {
                        thead { tr {
                            @for column in &table.columns { th class=[is_figure(column).then_some("end")] scope="col" { (head(column)) } }
                            th scope="col" { "Owner" } th.end scope="col" { "Age" } th scope="col" { "Next" }
                        } }
                        tbody { @for row in &table.rows { (one(row, &table.columns)) } }
                    }
                }
                @if table.total_rows > table.rows.len() { p.quiet { "The first " (table.rows.len()) " of " (table.total_rows) "." } }
            }
        }
    }
}

fn one(row: &Row, columns: &[Column]) -> Markup {
    html! {
        tr {
            @for column in columns {
                td class=[is_figure(column).then_some("end")] data-name=(column.title) {
                    span { @match row.cells.get(&column.name) { Some(cell) => (shown(cell)), None => "–" } }
                }
            }
            td data-name="Owner" { span { (row.owner) } }
            td.end data-name="Age" { span { @match row.age_days { Some(days) => (super::sheet::count(usize::try_from(days).unwrap_or(usize::MAX), "day")), None => "–" } } }
            td.next data-name="Next" { span { (action(&row.next)) } }
        }
    }
}

fn shown(cell: &Cell) -> Markup {
    html! {
        @match cell {
            Cell::Count(count) => (count),
            Cell::Share(share) => (format!("{:.1} %", share * 100.0)),
            Cell::Text(text) if text.is_empty() => "–",
            Cell::Text(text) => (text),
            Cell::Texts(texts) => (texts.join(", ")),
        }
    }
}

fn is_figure(column: &Column) -> bool {
    !column.unit.is_empty()
}

fn head(column: &Column) -> String {
    let said = column.title.to_lowercase().contains(&column.unit);
    if said || column.unit == "share" { column.title.clone() } else { format!("{} ({})", column.title, column.unit) }
}

pub(super) fn figure(value: f64) -> String {
    // To four places, without zeros that say nothing.
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// An action, with its commands as code: reports put them between backticks.
fn action(next: &str) -> Markup {
    html! {
        @for (at, part) in next.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}
