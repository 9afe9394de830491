//! What a report is: tables of rows, each with who keeps it, how old it is and what to do next; and lines for a chart.
//!
//! The form of `--json`, of the HTTP answer, and of what pages draw: plain data under names that stay.

use crate::ledger::Day;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The reports there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// What was asked and not found, or found by no word of it.
    Gaps,
    /// What is past its review and served all the same.
    Stale,
    /// What nobody was ever served.
    Unread,
    /// Which mistakes are made again with nothing done about them.
    Repeats,
    /// What was served to whom, and what it costs in tokens.
    Usage,
    /// What came of public documents.
    Distribution,
    /// How well the corpus answers, on one page.
    Health,
}

impl ReportKind {
    /// Every report.
    pub const ALL: [Self; 7] =
        [Self::Gaps, Self::Stale, Self::Unread, Self::Repeats, Self::Usage, Self::Distribution, Self::Health];

    /// What it is called in commands and addresses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gaps => "gaps",
            Self::Stale => "stale",
            Self::Unread => "unread",
            Self::Repeats => "repeats",
            Self::Usage => "usage",
            Self::Distribution => "distribution",
            Self::Health => "health",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Gaps => "Asked and not found",
            Self::Stale => "Past review and still served",
            Self::Unread => "Never served",
            Self::Repeats => "Mistakes made again",
            Self::Usage => "Who is served what",
            Self::Distribution => "What came of public documents",
            Self::Health => "How well the corpus answers",
        }
    }

    /// What a row of it means, in one sentence.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Gaps => {
                "Questions that found nothing, or nothing with a word of theirs, and what agents say was not there; what means the same is one row."
            }
            Self::Stale => "Documents whose review is overdue and that are served all the same, the most served first.",
            Self::Unread => "Documents of which no passage was served, the oldest first.",
            Self::Usage => {
                "What was served for which process, to which agent and from which document, and how many tokens it was."
            }
            Self::Repeats => {
                "Mistakes that were reported again with nothing done about them, or after a commit had closed them."
            }
            Self::Distribution => {
                "Public documents that were looked at, served or brought something: replies, citations, intros, bookings, sales, reuse."
            }
            Self::Health => "Shares of what was asked and served, each with the document that would move it most.",
        }
    }

    /// How many days it looks back when nobody says since when; `None` is the whole ledger.
    #[must_use]
    pub fn usual_days(self) -> Option<u16> {
        match self {
            Self::Unread | Self::Repeats | Self::Distribution => None,
            _ => Some(30),
        }
    }

    /// Whether its rows are findings, so that a clean one has none.
    #[must_use]
    pub fn has_findings(self) -> bool {
        matches!(self, Self::Gaps | Self::Stale | Self::Repeats)
    }

    /// An empty report of this kind.
    pub(super) fn begin(self, since: Option<String>, until: Option<String>) -> Report {
        Report {
            report: self.name().to_owned(),
            title: self.title().to_owned(),
            about: self.about().to_owned(),
            since,
            until,
            tables: Vec::new(),
            series: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl fmt::Display for ReportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that is no report.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{name:?}: no such report, there are {}", ReportKind::ALL.map(ReportKind::name).join(", "))]
pub struct UnknownReport {
    name: String,
}

impl FromStr for ReportKind {
    type Err = UnknownReport;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| UnknownReport { name: name.chars().take(100).collect() })
    }
}

/// A report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    /// Its name: see [`ReportKind::name`].
    pub report: String,
    /// What people call it.
    pub title: String,
    /// What a row means.
    pub about: String,
    /// The first day it looks at, in UTC; absent for the beginning of the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The last day it looks at; absent for today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The rows, the most important table first.
    pub tables: Vec<Table>,
    /// For charts.
    pub series: Vec<Series>,
    /// What else has to be known: what is left out, and why.
    pub notes: Vec<String>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Table {
    /// Its name, which stays.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The columns, in their order, without owner, age and next action, which every row has.
    pub columns: Vec<Column>,
    /// The rows, the most important first.
    pub rows: Vec<Row>,
    /// How many rows there are; more than are given when there was no room for all.
    pub total_rows: usize,
    /// Sums over all rows, of the columns that can be added up.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub totals: BTreeMap<String, u64>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Column {
    /// Its name in a row, which stays.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What its figures count; empty for texts.
    pub unit: String,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Row {
    /// What stands in the columns, by their names.
    #[serde(flatten)]
    pub cells: BTreeMap<String, Cell>,
    /// Who keeps it; `nobody` where nobody does.
    pub owner: String,
    /// How old it is, in days; absent where nothing says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_days: Option<u64>,
    /// What to do next: a sentence with a command.
    pub next: String,
}

/// What stands in a column of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Cell {
    /// A whole number.
    Count(u64),
    /// A share between 0 and 1, to four places.
    Share(f64),
    /// A text, a name or a date.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
}

/// A line of a chart: a figure for each day that has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Series {
    /// Its name, which stays.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What it counts.
    pub unit: String,
    /// The days, the earliest first; no more than the last 366.
    pub points: Vec<Point>,
}

/// A day of a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Point {
    /// The day in UTC, `2026-11-29`.
    pub day: String,
    /// The figure.
    pub value: f64,
}

/// How many days a line has at most.
const POINTS: usize = 366;

impl Table {
    /// A table without rows. A column is its name, its title and its unit.
    pub(super) fn new(name: &str, title: &str, columns: &[(&str, &str, &str)]) -> Self {
        let column = |(name, title, unit): &(&str, &str, &str)| Column {
            name: (*name).to_owned(),
            title: (*title).to_owned(),
            unit: (*unit).to_owned(),
        };
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            columns: columns.iter().map(column).collect(),
            rows: Vec::new(),
            total_rows: 0,
            totals: BTreeMap::new(),
        }
    }

    /// Adds a row, in the order of the columns; the first `most` are kept, and all are counted.
    pub(super) fn push(&mut self, most: usize, cells: impl IntoIterator<Item = Cell>, rest: Rest) {
        self.total_rows += 1;
        if self.rows.len() >= most {
            return;
        }
        let names = self.columns.iter().map(|column| column.name.clone());
        let Rest { owner, age_days, next } = rest;
        self.rows.push(Row { cells: names.zip(cells).collect(), owner, age_days, next });
    }
}

/// What every row has.
#[derive(Debug, Clone)]
pub(super) struct Rest {
    pub(super) owner: String,
    pub(super) age_days: Option<u64>,
    pub(super) next: String,
}

impl Series {
    pub(super) fn new(name: &str, title: &str, unit: &str, days: &BTreeMap<Day, f64>) -> Self {
        let skipped = days.len().saturating_sub(POINTS);
        let point = |(day, value): (&Day, &f64)| Point { day: day.to_string(), value: *value };
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            unit: unit.to_owned(),
            points: days.iter().skip(skipped).map(point).collect(),
        }
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A part of a whole, to four places; 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "a share needs no more than four places")]
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64 * 1e4).round() / 1e4 }
}

/// A text as a shell takes it for one word, so that a command can be copied whatever was asked.
pub(super) fn quoted(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("'{}'", line.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::{Cell, Report, ReportKind, Rest, Table, quoted};

    #[test]
    fn a_report_is_read_back_as_it_was_written() {
        let mut report = ReportKind::Health.begin(Some("2026-11-01".to_owned()), None);
        let mut table = Table::new("measures", "Measures", &[("measure", "Measure", ""), ("value", "Value", "share")]);
        for value in [1.0, 0.25] {
            let rest = Rest { owner: "ada".to_owned(), age_days: Some(3), next: "do it".to_owned() };
            table.push(1, ["answered".into(), Cell::Share(value)], rest);
        }
        assert_eq!((table.rows.len(), table.total_rows), (1, 2));
        report.tables.push(table);
        let text = serde_json::to_string(&report).unwrap();
        assert!(
            text.contains(r#"{"measure":"answered","value":1.0,"owner":"ada","age_days":3,"next":"do it"}"#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }

    #[test]
    fn every_report_is_found_by_its_name_and_an_error_names_them_all() {
        for kind in ReportKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        let error = "gap".parse::<ReportKind>().unwrap_err().to_string();
        assert!(ReportKind::ALL.iter().all(|kind| error.contains(kind.name())), "{error}");
    }

    #[test]
    fn a_question_in_a_command_stays_one_word() {
        assert_eq!(quoted("it's $(rm) \"x\"\n`y`"), r#"'it'\''s $(rm) "x" `y`'"#);
    }
}
