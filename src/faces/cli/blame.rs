//! `cairn blame`: which commit each line of a document comes from, or each passage that a retrieval served.
//!
//! Reads git and the ledger where they lie; leaves no record, since it serves no text.

use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use serde::Serialize;

use crate::corpus::{DocumentId, Lines};
use crate::history::{Gap, Origin, Repository, Stretch};
use crate::ledger::{LedgerReader, Record, RecordName, Retrieval};
use crate::library::{DocumentLines, document_lines};

use super::config::Settings;
use super::error::{CliError, Outcome};
use super::flags::{BlameArguments, Place};
use super::output::{self, Style};

/// How many digits of a commit are shown.
const SHORT: usize = 12;

/// The lines of a document, or of one passage of it, as `--json` prints them.
#[derive(Debug, Serialize)]
struct Report {
    document: String,
    file: String,
    /// The commit at which the document was looked at; absent for the file on disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    lines: Vec<Row>,
    /// Why the commit of some lines is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<String>,
}

#[derive(Debug, Serialize)]
struct Row {
    lines: [u32; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    /// `commit`, `uncommitted` or `unknown`.
    from: &'static str,
}

pub(super) fn run(place: &Place, arguments: &BlameArguments, json: bool) -> anyhow::Result<Outcome> {
    let settings = Settings::read(place)?;
    let root = &settings.root;
    let repository = Repository::discover(root)?.ok_or_else(|| CliError::NoRepository { root: root.clone() })?;
    let reports = match RecordName::parse(&arguments.name).filter(|_| arguments.name.starts_with("r_")) {
        Some(name) => passages(&settings, &repository, &name)?,
        None => {
            let unknown = || CliError::NoDocument { id: arguments.name.clone() };
            let id = DocumentId::parse(&arguments.name).map_err(|_| unknown())?;
            let found = look(&settings, &repository, &id, arguments.as_of.as_deref())?.ok_or_else(unknown)?;
            vec![report(&id, found, arguments.lines)]
        }
    };
    if json {
        output::json(&reports)?;
    } else {
        output::text(&shown(&reports))?;
    }
    Ok(if reports.iter().any(|report| !report.lines.is_empty()) { Outcome::Done } else { Outcome::Nothing })
}

fn look(
    settings: &Settings,
    repository: &Repository,
    id: &DocumentId,
    revision: Option<&str>,
) -> anyhow::Result<Option<DocumentLines>> {
    Ok(document_lines(&settings.options(), repository, id, revision, &AtomicBool::new(false))?)
}

/// What the passages of a retrieval come from, as the corpus was at its commit.
fn passages(settings: &Settings, repository: &Repository, name: &RecordName) -> anyhow::Result<Vec<Report>> {
    let unknown = || CliError::NoRecord { name: name.to_string() };
    let line = LedgerReader::open(&settings.data.join("ledger"))?.find(name)?.ok_or_else(unknown)?;
    let Record::Retrieval(retrieval) = line.record else { return Err(unknown().into()) };
    let Retrieval { hits, commit, .. } = *retrieval;
    let commit = commit.ok_or_else(|| CliError::NoRecordedCommit { name: name.to_string() })?;
    let mut reports = Vec::new();
    for hit in hits {
        let found = look(settings, repository, &hit.doc, Some(&commit))
            .with_context(|| format!("{commit}: the commit of {name} cannot be read; was it rebased away?"))?;
        match found {
            Some(found) => reports.push(report(&hit.doc, found, Some(hit.lines))),
            // The document was on disk, and in no commit.
            None => reports.push(Report {
                document: hit.doc.to_string(),
                file: String::new(),
                at: Some(commit.clone()),
                lines: vec![row([hit.lines.first, hit.lines.last], &Origin::Uncommitted)],
                gap: None,
            }),
        }
    }
    Ok(reports)
}

fn report(id: &DocumentId, found: DocumentLines, within: Option<Lines>) -> Report {
    let within = within.unwrap_or(Lines { first: 1, last: u32::MAX });
    let touches = |stretch: &&Stretch| stretch.first <= within.last && within.first <= stretch.last;
    let part =
        |stretch: &Stretch| row([stretch.first.max(within.first), stretch.last.min(within.last)], &stretch.origin);
    let lines: Vec<Row> = found.stretches.iter().filter(touches).map(part).collect();
    let gap = found.gap.filter(|_| lines.iter().any(|row| row.from == "unknown"));
    let gap = gap.map(|gap| match gap {
        Gap::Shallow => "the clone is shallow and ends before them; `git fetch --unshallow` brings the rest".to_owned(),
        Gap::TooOld => "they are older than the commits that are looked at".to_owned(),
        Gap::Unreadable { what } => what,
    });
    let at = found.at.map(|change| change.commit.to_string());
    Report { document: id.to_string(), file: found.file, at, lines, gap }
}

fn row(lines: [u32; 2], origin: &Origin) -> Row {
    match origin {
        Origin::Commit(change) => Row {
            lines,
            commit: Some(change.commit.to_string()),
            date: Some(change.date()),
            author: Some(change.author.clone()),
            from: "commit",
        },
        Origin::Uncommitted => Row { lines, commit: None, date: None, author: None, from: "uncommitted" },
        Origin::Unknown => Row { lines, commit: None, date: None, author: None, from: "unknown" },
    }
}

fn shown(reports: &[Report]) -> String {
    let Style { strong, dim, plain, .. } = Style::of(&std::io::stdout());
    let mut text = String::new();
    // A String takes every write, here and below.
    for report in reports {
        let at = report.at.as_deref().and_then(|at| at.get(..SHORT)).map(|at| format!(" @{at}")).unwrap_or_default();
        let file = if report.file.is_empty() { &report.document } else { &report.file };
        let _ok = writeln!(text, "{strong}{}{plain}{dim}{at}{plain}", output::line(file)).is_ok();
        for row in &report.lines {
            let [first, last] = row.lines;
            let lines = if first == last { first.to_string() } else { format!("{first}-{last}") };
            let from = match (&row.commit, &row.date, &row.author) {
                (Some(commit), Some(date), Some(author)) => {
                    let day = date.get(..10).unwrap_or(date);
                    format!("{}  {day}  {}", commit.get(..SHORT).unwrap_or(commit), output::line(author))
                }
                _ => row.from.to_owned(),
            };
            let _ok = writeln!(text, "{lines:>9}  {from}").is_ok();
        }
        if let Some(gap) = &report.gap {
            let _ok = writeln!(text, "{dim}unknown: {}{plain}", output::line(gap)).is_ok();
        }
    }
    text
}
