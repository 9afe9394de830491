//! `cairn log verify`: whether the chain is whole.

use std::path::Path;

use crate::cli::error::Outcome;
use crate::cli::output;
use crate::ledger::{Verdict, verify};

pub(super) fn run(folder: &Path, json: bool) -> anyhow::Result<Outcome> {
    let verdict = verify(folder)?;
    if json {
        output::json(&json_of(&verdict))?;
    } else {
        output::text(&format!("{}\n", told(&verdict)))?;
    }
    Ok(match verdict {
        Verdict::Good { .. } => Outcome::Done,
        Verdict::Tampered { .. } => Outcome::Nothing,
        Verdict::TornTail { .. } => Outcome::Torn,
    })
}

fn told(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Good { lines, head, bytes, segments } => {
            let segments = output::count(usize::try_from(*segments).unwrap_or(usize::MAX), "segment");
            format!("good: {lines} lines in {segments}, {bytes} bytes, head {head}")
        }
        Verdict::Tampered { segment, line, flaw } => {
            format!("tampered: {segment:06}.jsonl:{line}: {flaw}; the records before it are good")
        }
        Verdict::TornTail { segment, line, bytes } => format!(
            "torn: {segment:06}.jsonl:{line}: {bytes} bytes of an unfinished record; the next start cuts them and keeps them"
        ),
    }
}

fn json_of(verdict: &Verdict) -> serde_json::Value {
    let mut value = match verdict {
        Verdict::Good { lines, head, bytes, segments } => serde_json::json!({
            "verdict": "good", "lines": lines, "head": head.to_string(), "bytes": bytes, "segments": segments
        }),
        Verdict::Tampered { segment, line, flaw } => serde_json::json!({
            "verdict": "tampered", "segment": segment, "line": line, "flaw": flaw.to_string()
        }),
        Verdict::TornTail { segment, line, bytes } => serde_json::json!({
            "verdict": "torn", "segment": segment, "line": line, "bytes": bytes
        }),
    };
    value["exit"] = verdict.exit_code().into();
    value
}
