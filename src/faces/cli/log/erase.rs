//! `cairn log erase`: takes texts of questions, feedback and runs out of the files beside the chain.
//!
//! A server appends to these files at any moment, so that the owner of the data folder erases, this process or another.
//! Looking at what would be erased disturbs nobody.

use std::path::Path;

use serde::Serialize;

use crate::cli::attach::run_errand;
use crate::cli::config::Settings;
use crate::cli::error::{CliError, Outcome};
use crate::cli::output;
use crate::cli::when;
use crate::ledger::{ErasureRule, Errand, ErrandDone, LedgerReader, RecordId, Timestamp, Words};

use super::flags::{EraseArguments, EraseRule};

/// What was erased or would be, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Report {
    erased: bool,
    texts: usize,
    /// Texts that no record spoke of; known only when they are gone.
    unrecorded: u64,
    retrievals: Vec<String>,
    /// The other records that lose a text.
    records: Vec<String>,
}

impl Report {
    fn new(erased: bool, texts: usize, unrecorded: u64, of: &[RecordId]) -> Self {
        let named = |id: &RecordId| id.as_str().to_owned();
        let (retrievals, records) = of.iter().map(named).partition(|id| id.starts_with("r_"));
        Self { erased, texts, unrecorded, retrievals, records }
    }
}

pub(super) async fn run(
    settings: &Settings,
    folder: &Path,
    arguments: &EraseArguments,
    now: Timestamp,
    json: bool,
) -> anyhow::Result<Outcome> {
    let rule = rule(&arguments.rule, now)?;
    let reader = LedgerReader::open(folder)?;
    if !arguments.yes {
        return preview(&reader, &rule, json);
    }
    let done = run_errand(settings, "cairn log erase", Errand::Erase(rule)).await?;
    let ErrandDone::Erased(erasure) = done else { return Err(CliError::OtherDeed.into()) };
    let (texts, unrecorded) = (usize::try_from(erasure.texts).unwrap_or(usize::MAX), erasure.unrecorded);
    if json {
        output::json(&Report::new(true, texts, unrecorded, &erasure.records))?;
    } else {
        let pieces =
            if unrecorded > 0 { format!(", and {unrecorded} that no record speaks of") } else { String::new() };
        output::text(&format!("erased {}{pieces}\n", output::count(texts, "text")))?;
    }
    Ok(if texts == 0 && unrecorded == 0 { Outcome::Nothing } else { Outcome::Done })
}

fn rule(rule: &EraseRule, now: Timestamp) -> Result<ErasureRule, CliError> {
    if let Some(before) = &rule.before {
        return Ok(ErasureRule::Before(when::past("before", before, now)?));
    }
    if let Some(who) = &rule.principal {
        return Ok(ErasureRule::Principal(who.clone()));
    }
    let words = Words::new(rule.query.as_deref().unwrap_or_default());
    if words.is_empty() { Err(CliError::NoWords) } else { Ok(ErasureRule::Query(words)) }
}

/// Shows the texts that the rule takes, newest first, and changes nothing.
fn preview(reader: &LedgerReader, rule: &ErasureRule, json: bool) -> anyhow::Result<Outcome> {
    let (mut records, mut texts) = (Vec::new(), 0);
    for line in reader.newest(rule.filter())? {
        let line = line?;
        let (Some(id), said) = (line.record.id(), line.record.texts()) else { continue };
        let before = texts;
        for (field, text) in said.iter().filter(|(_, text)| rule.takes(text)) {
            texts += 1;
            if !json {
                let (who, text) = (output::line(line.record.who().unwrap_or_default()), output::safe(text));
                let field = if field.is_empty() { String::new() } else { format!(" {field}") };
                output::text(&format!("{} {id}{field} by {who}: {text:?}\n", line.ts))?;
            }
        }
        if texts > before {
            records.push(id.clone());
        }
    }
    let outcome = if texts == 0 { Outcome::Nothing } else { Outcome::Done };
    if json {
        output::json(&Report::new(false, texts, 0, &records))?;
    } else {
        let count = output::count(texts, "text");
        output::note(&format!("{count} would be erased; nothing was changed, --yes erases"));
    }
    Ok(outcome)
}
