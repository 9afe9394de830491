//! `cairn log erase`: takes texts of questions out of the files beside the chain.
//!
//! A server appends to these files at any moment, so that whoever erases must own the data folder. Looking at what would
//! be erased disturbs nobody.

use std::path::Path;

use serde::Serialize;

use crate::cli::error::{CliError, Outcome};
use crate::cli::output;
use crate::cli::when;
use crate::ledger::{ErasureRule, LedgerReader, Options, Record, Timestamp, Words, erase};
use crate::library::{DataFolder, LibraryError};

use super::flags::{EraseArguments, EraseRule};

/// What was erased or would be, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Report {
    erased: bool,
    texts: usize,
    /// Texts that no record spoke of; known only when they are gone.
    unrecorded: u64,
    retrievals: Vec<String>,
}

pub(super) fn run(
    data: &Path,
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
    let held = DataFolder::claim(data, "cairn log erase").map_err(|error| match error {
        LibraryError::Held { data, pid, address } => anyhow::Error::from(CliError::EraseHeld { data, pid, address }),
        error => error.into(),
    })?;
    let erasure = tokio::task::block_in_place(|| erase(folder, Options::default(), &rule))?;
    drop(held);
    let (texts, unrecorded) = (erasure.retrievals.len(), erasure.unrecorded);
    if json {
        let retrievals = erasure.retrievals.iter().map(ToString::to_string).collect();
        output::json(&Report { erased: true, texts, unrecorded, retrievals })?;
    } else {
        let pieces =
            if unrecorded > 0 { format!(", and {unrecorded} that no record speaks of") } else { String::new() };
        output::text(&format!("erased the text of {}{pieces}\n", output::count(texts, "question")))?;
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

/// Shows the questions whose texts the rule takes, newest first, and changes nothing.
fn preview(reader: &LedgerReader, rule: &ErasureRule, json: bool) -> anyhow::Result<Outcome> {
    let mut retrievals = Vec::new();
    for line in reader.newest(rule.filter())? {
        let line = line?;
        let Record::Retrieval(retrieval) = &line.record else { continue };
        let Some(query) = &retrieval.query else { continue };
        if !json {
            let (who, query) = (output::line(&retrieval.who), output::safe(query));
            output::text(&format!("{} {} by {who}: {query:?}\n", line.ts, retrieval.id))?;
        }
        retrievals.push(retrieval.id.to_string());
    }
    let texts = retrievals.len();
    let outcome = if texts == 0 { Outcome::Nothing } else { Outcome::Done };
    if json {
        output::json(&Report { erased: false, texts, unrecorded: 0, retrievals })?;
    } else {
        let count = output::count(texts, "question");
        output::note(&format!("the text of {count} would be erased; nothing was changed, --yes erases"));
    }
    Ok(outcome)
}
