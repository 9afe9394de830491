//! `cairn check`: what is wrong with the files, for editors and for CI; `--staged`: with what is about to be committed;
//! `--message`: with what its message promises.

use std::fmt::Write as _;

use serde::Serialize;

use crate::corpus::Level;
use crate::governance::is_leak;
use crate::history::Repository;
use crate::library::{Checked, check, check_staged};

use super::config::{self, CONFIG, Settings};
use super::error::{CliError, Outcome};
use super::flags::{CheckArguments, Place};
use super::message;
use super::output::{self, Style};

/// One finding, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    file: String,
    line: u32,
    column: u32,
    level: Level,
    rule: String,
    message: String,
    /// Absent for a commit's message.
    #[serde(skip_serializing_if = "String::is_empty")]
    collection: String,
    /// `public` or `private`; absent for a file that is not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<&'static str>,
}

impl Row {
    /// What is wrong with a line of a commit's message.
    pub(super) fn of_message(file: String, line: u32, rule: &str, message: String) -> Self {
        let (rule, collection) = (rule.to_owned(), String::new());
        Self { file, line, column: 1, level: Level::Error, rule, message, collection, visibility: None }
    }
}

#[derive(Debug, Serialize)]
struct Report {
    documents: usize,
    findings: Vec<Row>,
}

pub(super) fn run(place: &Place, arguments: &CheckArguments, json: bool) -> anyhow::Result<Outcome> {
    let settings = Settings::read(place)?;
    let mut report = if let Some(file) = &arguments.message {
        Report { documents: 0, findings: message::check(&settings, file)? }
    } else {
        let checked = if arguments.staged { staged(place, &settings)? } else { check(&settings.options())? };
        Report { documents: checked.documents, findings: rows(&settings, &checked) }
    };
    if arguments.quiet {
        report.findings.retain(|row| row.level > Level::Note);
    }
    let outcome = outcome(&report.findings);
    if json {
        output::json(&report)?;
    } else {
        output::text(&shown(&report))?;
    }
    Ok(outcome)
}

/// Looks at git's index with the collections that it configures.
fn staged(place: &Place, settings: &Settings) -> anyhow::Result<Checked> {
    let repository =
        Repository::discover(&settings.root)?.ok_or_else(|| CliError::NoRepository { root: settings.root.clone() })?;
    let staged = repository.staged(config::git_index().as_deref())?;
    let committed = match repository.head()? {
        Some(_) => repository.tree_at("HEAD")?.files(CONFIG)?.first().map(|(_, blob)| *blob),
        None => None,
    };
    let configured = staged.blob(CONFIG);
    let mut options = settings.options();
    // A configuration that git does not keep is the one on disk.
    if configured.is_some() || committed.is_some() {
        let text = configured.map(|blob| staged.read(blob)).transpose()?;
        options.collections = settings.collections_at(place, "the index", text.as_deref())?;
    }
    Ok(check_staged(&options, &staged, configured != committed)?)
}

/// Notes are worth knowing; they fail nobody's build.
fn outcome(rows: &[Row]) -> Outcome {
    let leak = |row: &Row| row.level == Level::Secret || (is_leak(&row.rule) && row.visibility == Some("public"));
    match () {
        () if rows.iter().any(leak) => Outcome::Leak,
        () if rows.iter().any(|row| row.level > Level::Note) => Outcome::Nothing,
        () => Outcome::Done,
    }
}

fn rows(settings: &Settings, checked: &Checked) -> Vec<Row> {
    let mut rows = Vec::new();
    for file in &checked.files {
        let path = settings.file(file.collection.as_str(), file.path.as_str());
        rows.extend(file.findings.iter().map(|finding| Row {
            file: path.clone(),
            line: finding.line,
            column: finding.column,
            level: finding.level,
            rule: finding.rule.to_string(),
            message: finding.message.clone(),
            collection: file.collection.to_string(),
            visibility: file.visibility.map(|visibility| visibility.as_str()),
        }));
    }
    rows
}

fn shown(report: &Report) -> String {
    let style = Style::of(&std::io::stdout());
    let mut text = String::new();
    for row in &report.findings {
        let colour = if row.level >= Level::Error { style.bad } else { style.mark };
        let place = format!("{}{}:{}:{}{}", style.strong, output::line(&row.file), row.line, row.column, style.plain);
        let level = format!("{colour}{}{}", row.level, style.plain);
        let rule = format!("{}[{}]{}", style.dim, output::line(&row.rule), style.plain);
        let _ok = writeln!(text, "{place}: {level}: {} {rule}", output::line(&row.message)).is_ok();
    }
    let count =
        |level: Level, one: &str| output::count(report.findings.iter().filter(|row| row.level == level).count(), one);
    let mut counts = vec![count(Level::Error, "error"), count(Level::Warning, "warning"), count(Level::Note, "note")];
    // The word stands only where there is one.
    if report.findings.iter().any(|row| row.level == Level::Secret) {
        counts.insert(0, count(Level::Secret, "secret"));
    }
    let documents = output::count(report.documents, "document");
    let _ok = writeln!(text, "{}{documents}, {}{}", style.dim, counts.join(", "), style.plain).is_ok();
    text
}
