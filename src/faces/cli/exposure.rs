//! `cairn exposure`: what is public and by which rule; between two revisions, what becomes public or private.

use std::fmt::Write as _;

use serde::Serialize;

use crate::access::Visibility;
use crate::corpus::{Finding, Level};
use crate::governance::{Change, Exposure, Piece, Reason, Standing, compare};
use crate::history::Repository;
use crate::library::{Options, names, standings};

use super::config::{CONFIG, Settings};
use super::error::{CliError, Outcome};
use super::flags::{ExposureArguments, Place};
use super::output::{self, Style};

/// How much of an unchanged text is shown beside a change.
const AROUND_CHARS: usize = 40;

/// One document, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Row {
    document: String,
    file: String,
    visibility: &'static str,
    #[serde(flatten)]
    by: By,
}

/// By which rule a document stands.
#[derive(Debug, Serialize)]
struct By {
    /// `folder`, `front-matter`, `front-matter-unclear` or `withheld`.
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

/// One change, as `--json` prints it.
#[derive(Debug, Serialize)]
struct ChangeRow {
    document: String,
    file: String,
    /// `becomes-public`, `becomes-private`, `changed`, or `withheld`: what stays private because of what was put in.
    change: &'static str,
    forbidden: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<By>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<By>,
    findings: Vec<FindingRow>,
    /// `[" ", "same"]`, `["-", "removed"]`, `["+", "added"]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    words: Vec<(&'static str, String)>,
}

#[derive(Debug, Serialize)]
struct FindingRow {
    level: Level,
    rule: String,
    line: u32,
    column: u32,
    message: String,
}

pub(super) fn run(place: &Place, arguments: &ExposureArguments, json: bool) -> anyhow::Result<Outcome> {
    let settings = Settings::read(place)?;
    match &arguments.revisions {
        None => now(&settings, json),
        Some(revisions) => between(place, &settings, revisions, json),
    }
}

/// What is public on disk, and what of public folders is not.
fn now(settings: &Settings, json: bool) -> anyhow::Result<Outcome> {
    let options = settings.options();
    let mut all = standings(&options, None, &names(&options), &[])?;
    all.sort_by(|a, b| a.record.id.cmp(&b.record.id));
    let listed: Vec<&Standing> = all.iter().filter(|standing| standing.folder == Visibility::Public).collect();
    let public = listed.iter().filter(|standing| standing.record.visibility() == Visibility::Public).count();
    let rows: Vec<Row> = listed.iter().map(|standing| row(settings, standing)).collect();
    if json {
        output::json(&serde_json::json!({
            "documents": rows, "public": public, "private": all.len() - public,
        }))?;
    } else {
        let Style { dim, strong, plain, .. } = Style::of(&std::io::stdout());
        let mut text = String::new();
        for (row, standing) in rows.iter().zip(&listed) {
            let collection = standing.record.id.collection();
            let why = told(&standing.exposure(), collection);
            let file = output::line(&row.file);
            let _ok = writeln!(text, "{:<7} {strong}{file}{plain} {dim}{why}{plain}", row.visibility).is_ok();
        }
        let counts = format!("{public} public, {} private", all.len() - public);
        let _ok = writeln!(text, "{dim}{}: {counts}{plain}", output::count(all.len(), "document")).is_ok();
        output::text(&text)?;
    }
    Ok(if public > 0 { Outcome::Done } else { Outcome::Nothing })
}

fn row(settings: &Settings, standing: &Standing) -> Row {
    let (record, exposure) = (&standing.record, standing.exposure());
    Row {
        document: record.id.to_string(),
        file: settings.file(record.id.collection(), record.path.as_str()),
        visibility: exposure.visibility.as_str(),
        by: by(&exposure),
    }
}

fn by(exposure: &Exposure) -> By {
    let (by, rule, line) = match &exposure.reason {
        Reason::Folder => ("folder", None, None),
        Reason::FrontMatter => ("front-matter", None, None),
        Reason::Unclear { line } => ("front-matter-unclear", None, Some(*line)),
        Reason::Withheld { rule, line } => ("withheld", Some(rule.clone()), Some(*line)),
    };
    By { by, rule, line }
}

fn told(exposure: &Exposure, collection: &str) -> String {
    match &exposure.reason {
        Reason::Folder => format!("by its folder: collection {collection} is {}", exposure.visibility),
        Reason::FrontMatter => "by its front matter".to_owned(),
        Reason::Unclear { line } => format!("because its front matter is unclear, line {line}"),
        Reason::Withheld { rule, line } => format!("because of {} in line {line}", output::line(rule)),
    }
}

/// What changes between two states.
fn between(place: &Place, settings: &Settings, revisions: &str, json: bool) -> anyhow::Result<Outcome> {
    let (from, to) = revisions.split_once("..").unwrap_or((revisions, ""));
    let from = if from.is_empty() { "HEAD" } else { from };
    let names = names(&settings.options());
    let repository =
        Repository::discover(&settings.root)?.ok_or_else(|| CliError::NoRepository { root: settings.root.clone() })?;
    let state = |revision: &str, known: &[Standing]| -> anyhow::Result<Vec<Standing>> {
        if revision.is_empty() {
            return Ok(standings(&settings.options(), None, &names, known)?);
        }
        let tree = repository.tree_at(revision)?;
        let configured = tree.files(CONFIG)?.first().map(|(_, blob)| tree.read(*blob)).transpose()?;
        let collections = settings.collections_at(place, revision, configured.as_deref())?;
        let options = Options { collections, ..settings.options() };
        Ok(standings(&options, Some(&tree), &names, known)?)
    };
    let before = state(from, &[])?;
    let after = state(to, &before)?;
    let changes = compare(&before, &after);
    let outcome = if changes.iter().any(Change::is_forbidden) { Outcome::Leak } else { Outcome::Done };
    if json {
        let rows: Vec<ChangeRow> = changes.iter().map(|change| change_row(settings, change)).collect();
        output::json(
            &serde_json::json!({ "from": from, "to": if to.is_empty() { "disk" } else { to }, "changes": rows }),
        )?;
    } else {
        output::text(&shown(settings, &changes))?;
    }
    Ok(outcome)
}

fn kind(change: &Change) -> &'static str {
    match () {
        () if change.becomes_public() => "becomes-public",
        () if change.becomes_private() => "becomes-private",
        () if change.pieces.is_empty() => "withheld",
        () => "changed",
    }
}

fn change_row(settings: &Settings, change: &Change) -> ChangeRow {
    let finding = |finding: &Finding| FindingRow {
        level: finding.level,
        rule: finding.rule.to_string(),
        line: finding.line,
        column: finding.column,
        message: finding.message.clone(),
    };
    let word = |piece: &Piece| match piece {
        Piece::Same(text) => (" ", text.clone()),
        Piece::Removed(text) => ("-", text.clone()),
        Piece::Added(text) => ("+", text.clone()),
    };
    ChangeRow {
        document: change.id.to_string(),
        file: settings.file(change.id.collection(), change.record.path.as_str()),
        change: kind(change),
        forbidden: change.is_forbidden(),
        before: change.before.as_ref().map(by),
        after: change.after.as_ref().map(by),
        findings: change.new.iter().map(finding).collect(),
        words: change.pieces.iter().map(word).collect(),
    }
}

fn shown(settings: &Settings, changes: &[Change]) -> String {
    let style = Style::of(&std::io::stdout());
    let Style { dim, strong, bad, plain, .. } = style;
    let mut text = String::new();
    for change in changes {
        let file = output::line(&settings.file(change.id.collection(), change.record.path.as_str()));
        let colour = if change.is_forbidden() { bad } else { strong };
        let word = kind(change).replace('-', " ");
        let side = |side: &Option<Exposure>| {
            side.as_ref().map_or_else(
                || "not there".to_owned(),
                |side| format!("{} {}", side.visibility, told(side, change.id.collection())),
            )
        };
        let why = match kind(change) {
            "changed" => String::new(),
            _ => format!(": {}, was {}", side(&change.after), side(&change.before)),
        };
        let _ok = writeln!(text, "{colour}{word}{plain} {strong}{file}{plain}{dim}{why}{plain}").is_ok();
        for finding in &change.new {
            let colour = if finding.level >= Level::Error { bad } else { style.mark };
            let message = output::line(&finding.message);
            let _ok =
                writeln!(text, "    {colour}{}{plain} in line {}: {message}", finding.level, finding.line).is_ok();
        }
        if !change.pieces.is_empty() {
            text.push_str(&indented(&pieces(&change.pieces, style)));
        }
    }
    let count = |wanted: fn(&Change) -> bool| changes.iter().filter(|change| wanted(change)).count();
    let (public, private) = (count(Change::becomes_public), count(Change::becomes_private));
    let changed = count(|change| !change.pieces.is_empty());
    let forbidden = match count(Change::is_forbidden) {
        0 => String::new(),
        forbidden => format!(", {bad}{forbidden} forbidden{plain}"),
    };
    let _ok =
        writeln!(text, "{dim}{public} become public, {private} become private, {changed} changed{plain}{forbidden}")
            .is_ok();
    text
}

/// Pieces as one text: what is kept is cut to what stands beside a change.
pub(super) fn pieces(pieces: &[Piece], style: Style) -> String {
    let mut text = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Same(same) => text.push_str(&output::safe(&cut(same, at == 0, at + 1 == pieces.len()))),
            Piece::Removed(gone) => {
                text.push_str(&format!("{}[-{}-]{}", style.bad, output::safe(gone), style.plain));
            }
            Piece::Added(new) => text.push_str(&format!("{}{{+{}+}}{}", style.mark, output::safe(new), style.plain)),
        }
    }
    text
}

/// The ends of a text that touch a change.
fn cut(same: &str, first: bool, last: bool) -> String {
    let letters: Vec<char> = same.chars().collect();
    let head: String = letters.iter().take(AROUND_CHARS).collect();
    let tail: String = letters.iter().skip(letters.len().saturating_sub(AROUND_CHARS)).collect();
    match (first, last) {
        (true, true) => String::new(),
        _ if letters.len() <= AROUND_CHARS => same.to_owned(),
        (true, false) => format!("…{tail}"),
        (false, true) => format!("{head}…"),
        (false, false) if letters.len() <= 2 * AROUND_CHARS => same.to_owned(),
        (false, false) => format!("{head} … {tail}"),
    }
}

fn indented(text: &str) -> String {
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("    {line}\n")).collect()
}
