//! `cairn log verify`: whether the chain is whole, and still holds what its checkpoints say that it held.

use std::path::Path;

use crate::cli::error::{CliError, Outcome};
use crate::cli::output;
use crate::ledger::{Checkpoint, PublicKey, Verdict, verify_against};

use super::flags::VerifyArguments;

pub(super) fn run(folder: &Path, arguments: &VerifyArguments, json: bool) -> anyhow::Result<Outcome> {
    let key = arguments.pubkey.as_deref().map(public_key).transpose()?;
    let copies = arguments.checkpoint.as_deref().map(copies).transpose()?.unwrap_or_default();
    let verdict = verify_against(folder, key, &copies)?;
    if json {
        output::json(&json_of(&verdict))?;
    } else {
        output::text(&format!("{}\n", told(&verdict)))?;
    }
    Ok(match verdict {
        Verdict::Good { .. } => Outcome::Done,
        Verdict::Tampered { .. } | Verdict::BadCheckpoint { .. } => Outcome::Nothing,
        Verdict::TornTail { .. } | Verdict::TornCheckpoint { .. } => Outcome::Torn,
        Verdict::Shorter { .. } => Outcome::Shorter,
    })
}

fn read(path: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(path).map_err(|source| CliError::Copy { path: path.to_owned(), source })
}

fn public_key(path: &Path) -> Result<PublicKey, CliError> {
    PublicKey::parse(&read(path)?).map_err(|source| CliError::PublicKey { path: path.to_owned(), source })
}

fn copies(path: &Path) -> Result<Vec<Checkpoint>, CliError> {
    let copies = Checkpoint::found_in(&read(path)?);
    if copies.is_empty() { Err(CliError::NoCopies { path: path.to_owned() }) } else { Ok(copies) }
}

fn told(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Good { lines, head, bytes, segments, checkpoints, vouched } => {
            let count = |n: u64, what| output::count(usize::try_from(n).unwrap_or(usize::MAX), what);
            let (segments, checkpoints) = (count(*segments, "segment"), count(*checkpoints, "checkpoint"));
            format!("good: {lines} lines in {segments}, {bytes} bytes, head {head}; {checkpoints} up to line {vouched}")
        }
        Verdict::Tampered { segment, line, flaw } => {
            format!("tampered: {segment:06}.jsonl:{line}: {flaw}; the records before it are good")
        }
        Verdict::BadCheckpoint { copy, line, flaw } => {
            let whose = if *copy { "copies given" } else { "file checkpoints" };
            format!("tampered: checkpoint {line} of the {whose}: {flaw}; the chain of records is whole")
        }
        Verdict::Shorter { lines, size } => format!(
            "shorter: {lines} lines, and a checkpoint says that there were {size}: {} are missing at the end",
            size - lines
        ),
        Verdict::TornTail { segment, line, bytes } => format!(
            "torn: {segment:06}.jsonl:{line}: {bytes} bytes of an unfinished record; the next start cuts them and keeps them"
        ),
        Verdict::TornCheckpoint { bytes } => {
            format!("torn: checkpoints: {bytes} bytes of an unfinished checkpoint; the next one takes their place")
        }
    }
}

fn json_of(verdict: &Verdict) -> serde_json::Value {
    let mut value = match verdict {
        Verdict::Good { lines, head, bytes, segments, checkpoints, vouched } => serde_json::json!({
            "verdict": "good", "lines": lines, "head": head.to_string(), "bytes": bytes, "segments": segments,
            "checkpoints": checkpoints, "vouched": vouched
        }),
        Verdict::Tampered { segment, line, flaw } => serde_json::json!({
            "verdict": "tampered", "segment": segment, "line": line, "flaw": flaw.to_string()
        }),
        Verdict::BadCheckpoint { copy, line, flaw } => serde_json::json!({
            "verdict": "tampered", "checkpoint": line, "copy": copy, "flaw": flaw.to_string()
        }),
        Verdict::Shorter { lines, size } => serde_json::json!({
            "verdict": "shorter", "lines": lines, "size": size
        }),
        Verdict::TornTail { segment, line, bytes } => serde_json::json!({
            "verdict": "torn", "segment": segment, "line": line, "bytes": bytes
        }),
        Verdict::TornCheckpoint { bytes } => {
            serde_json::json!({ "verdict": "torn", "checkpoints": true, "bytes": bytes })
        }
    };
    value["exit"] = verdict.exit_code().into();
    value
}
