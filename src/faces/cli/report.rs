//! `cairn report`: what ledger and corpus say together, as tables for people and as JSON for programs.
//!
//! The owner of the data folder is asked, who has the figures at hand; without one they are made here.

use std::fmt::Write as _;

use serde::Serialize;

use crate::ledger::{Clock as _, SystemClock};
use crate::library::Face;
use crate::owner;
use crate::reports::{Book, Cell, Report, ReportKind, Row, Table, View};

use super::attach::{Reach, Tongue, ask, reach, with_query};
use super::compose::{House, Stay};
use super::config::Settings;
use super::error::{CliError, Outcome};
use super::flags::{Floor, Place, ReportArguments};
use super::output::{self, Style};
use super::when;

/// How wide a text in a column is at most.
const TEXT_CHARS: usize = 56;

/// What the owner of the data folder is asked.
#[derive(Debug, Serialize)]
struct Asked {
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    limit: u16,
}

/// Which reports there are, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Listed {
    name: &'static str,
    title: &'static str,
    about: &'static str,
}

pub(super) async fn run(place: Place, arguments: ReportArguments, json: bool) -> anyhow::Result<Outcome> {
    let Some(kind) = arguments.name else { return list(json) };
    let settings = Settings::read(&place)?;
    let now = SystemClock.now();
    let past = |flag, text: &Option<String>| text.as_ref().map(|text| when::past(flag, text, now)).transpose();
    let (since, until) = (past("since", &arguments.span.since)?, past("until", &arguments.span.until)?);
    let report: Report = match reach(&settings, Tongue::Http, "cairn report", Stay::Once).await? {
        Reach::Attached(stream) => {
            let text = |moment: crate::ledger::Timestamp| moment.to_string();
            let asked = Asked { since: since.map(text), until: until.map(text), limit: arguments.limit };
            ask(stream, &with_query(&format!("/api/v1/reports/{kind}"), &asked)?, None, None).await?
        }
        Reach::Owned(house) => {
            house.library.wait_ready().await;
            let span = (since.is_some() || until.is_some()).then(|| crate::reports::Span::new(since, until));
            tokio::task::block_in_place(|| made(&settings, &house, kind, span, arguments.limit))?
        }
    };
    let below = below(&report, &arguments.fail_under)?;
    if json {
        output::json(&report)?;
    } else {
        output::text(&shown(&report, Style::of(&std::io::stdout())))?;
    }
    for missed in &below {
        output::note(missed);
    }
    let found = kind.has_findings() && report.tables.iter().any(|table| table.total_rows > 0);
    Ok(if found || !below.is_empty() { Outcome::Nothing } else { Outcome::Done })
}

/// Makes a report here, and shows how far it is on a terminal.
fn made(
    settings: &Settings,
    house: &House,
    kind: ReportKind,
    span: Option<crate::reports::Span>,
    rows: u16,
) -> anyhow::Result<Report> {
    let book = Book::of(&settings.data.join("ledger"));
    book.catch_up(output::progress_of("reading the ledger", "KiB").as_deref().map(|heard| heard as _))?;
    let reader = owner::reader(&house.library, Face::Cli);
    let Some(view) = View::of(&house.library, &reader.caller().principal) else {
        // The owner is granted everything; this arm can't be reached.
        return Err(CliError::Refused { detail: "reports are for those who may open something".to_owned() }.into());
    };
    Ok(book.report(kind, &view, span, usize::from(rows), SystemClock.now())?)
}

fn list(json: bool) -> anyhow::Result<Outcome> {
    let listed = |kind: ReportKind| Listed { name: kind.name(), title: kind.title(), about: kind.about() };
    let all = ReportKind::ALL.map(listed);
    if json {
        output::json(&all)?;
        return Ok(Outcome::Done);
    }
    let Style { strong, dim, plain, .. } = Style::of(&std::io::stdout());
    let line = |one: &Listed| format!("{strong}{:<14}{plain}{} {dim}{}{plain}\n", one.name, one.title, one.about);
    output::text(&all.iter().map(line).collect::<String>())?;
    Ok(Outcome::Done)
}

/// What is below its bound, in words.
fn below(report: &Report, floors: &[Floor]) -> Result<Vec<String>, CliError> {
    let mut missed = Vec::new();
    for Floor { measure, least } in floors {
        let rows = report.tables.iter().flat_map(|table| &table.rows);
        let value =
            rows.filter(|row| row.cells.get("measure") == Some(&Cell::Text(measure.clone()))).find_map(|row| match row
                .cells
                .get("value")
            {
                Some(Cell::Share(value)) => Some(*value),
                _ => None,
            });
        let value = value.ok_or_else(|| CliError::NoMeasure { measure: measure.clone() })?;
        if value < *least {
            missed.push(format!("{measure}: {value} is below {least}"));
        }
    }
    Ok(missed)
}

// A String takes every write, here and below.
macro_rules! line {
    ($text:expr, $($part:tt)*) => {{ let _ok = writeln!($text, $($part)*).is_ok(); }};
}

fn shown(report: &Report, style: Style) -> String {
    let Style { strong, dim, plain, .. } = style;
    let since = report.since.as_ref().map(|day| format!(" since {day}")).unwrap_or_default();
    let until = report.until.as_ref().map(|day| format!(" until {day}")).unwrap_or_default();
    let mut text = format!("{strong}{}{plain}{dim}{since}{until}{plain}\n{dim}{}{plain}\n", report.title, report.about);
    for table in &report.tables {
        table_shown(&mut text, table, style);
    }
    for note in &report.notes {
        line!(text, "\n{dim}note: {}{plain}", output::line(note));
    }
    text
}

fn table_shown(text: &mut String, table: &Table, style: Style) {
    let Style { strong, dim, plain, .. } = style;
    line!(text, "\n{strong}{}{plain} {dim}({}){plain}", table.title, output::count(table.total_rows, "row"));
    // What no row has needs no column.
    let cell = |row: &Row, name: &str| row.cells.get(name).map(plain_cell).unwrap_or_default();
    let columns =
        table.columns.iter().filter(|column| table.rows.iter().any(|row| !cell(row, &column.name).is_empty()));
    let columns: Vec<_> = columns.collect();
    let width = |name: &str, title: &str| {
        let rows = table.rows.iter().map(|row| cell(row, name).chars().count());
        rows.chain([title.chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = columns.iter().map(|column| width(&column.name, &column.title)).collect();
    let padded = |cells: Vec<(String, bool)>| {
        let cells = cells.into_iter().zip(&widths).map(|((cell, right), width)| match right {
            true => format!("{cell:>width$}"),
            false => format!("{cell:<width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    if table.rows.is_empty() {
        return;
    }
    let heads = columns.iter().map(|column| (column.title.clone(), is_number(&column.unit)));
    line!(text, "{dim}{}{plain}", padded(heads.collect()));
    for row in &table.rows {
        let cells = columns.iter().map(|column| (cell(row, &column.name), is_number(&column.unit)));
        line!(text, "{}", padded(cells.collect()));
        let age =
            row.age_days.map(|days| format!(", {}", output::count(usize::try_from(days).unwrap_or(usize::MAX), "day")));
        let (owner, next) = (output::line(&row.owner), output::line(&row.next));
        line!(text, "  {dim}{owner}{}: {next}{plain}", age.unwrap_or_default());
    }
    let more = table.total_rows - table.rows.len();
    if more > 0 {
        line!(text, "{dim}and {more} more: -n shows more{plain}");
    }
}

fn is_number(unit: &str) -> bool {
    !matches!(unit, "" | "date")
}

fn plain_cell(cell: &Cell) -> String {
    let text = match cell {
        Cell::Count(count) => count.to_string(),
        Cell::Share(share) => format!("{share:.2}"),
        Cell::Text(text) => text.clone(),
        Cell::Texts(texts) => texts.join(" | "),
    };
    let text = output::line(&text);
    match text.char_indices().nth(TEXT_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        None => text,
    }
}
