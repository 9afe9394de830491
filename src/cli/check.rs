//! `cairn check`: what is wrong with the files, for editors and for CI.

use std::fmt::Write as _;

use serde::Serialize;

use crate::corpus::Level;
use crate::library::{Checked, check};

use super::config::Settings;
use super::error::Outcome;
use super::flags::{CheckArguments, Place};
use super::output::{self, Style};

/// One finding, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Row {
    file: String,
    line: u32,
    column: u32,
    level: Level,
    rule: String,
    message: String,
    collection: String,
    /// `public` or `private`; absent for a file that is not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Report {
    documents: usize,
    findings: Vec<Row>,
}

pub(super) fn run(place: &Place, arguments: &CheckArguments, json: bool) -> anyhow::Result<Outcome> {
    let settings = Settings::read(place)?;
    let checked = check(&settings.options())?;
    let mut report = Report { documents: checked.documents, findings: rows(&settings, &checked) };
    if arguments.quiet {
        report.findings.retain(|row| row.level > Level::Note);
    }
    // Notes are worth knowing; they fail nobody's build.
    let outcome = match report.findings.iter().any(|row| row.level > Level::Note) {
        true => Outcome::Nothing,
        false => Outcome::Done,
    };
    if json {
        output::json(&report)?;
    } else {
        output::text(&shown(&report))?;
    }
    Ok(outcome)
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
        let colour = if row.level == Level::Error { style.bad } else { style.mark };
        let place = format!("{}{}:{}:{}{}", style.strong, output::line(&row.file), row.line, row.column, style.plain);
        let level = format!("{colour}{}{}", row.level, style.plain);
        let rule = format!("{}[{}]{}", style.dim, row.rule, style.plain);
        let _ok = writeln!(text, "{place}: {level}: {} {rule}", output::line(&row.message)).is_ok();
    }
    let count =
        |level: Level, one: &str| output::count(report.findings.iter().filter(|row| row.level == level).count(), one);
    let counts =
        [count(Level::Error, "error"), count(Level::Warning, "warning"), count(Level::Note, "note")].join(", ");
    let documents = output::count(report.documents, "document");
    let _ok = writeln!(text, "{}{documents}, {counts}{}", style.dim, style.plain).is_ok();
    text
}
