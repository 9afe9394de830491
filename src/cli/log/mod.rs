//! `cairn log`: reads the ledger where it lies. Works while a server writes.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use crate::ledger::{LedgerReader, Line, Promoted, Record, Verdict, Withdrawn, verify};

use super::config::Settings;
use super::error::Outcome;
use super::flags::{LogArguments, LogCommand, Place};
use super::output::{self, Style};

/// How often a followed ledger is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

pub(super) fn run(place: &Place, arguments: &LogArguments, json: bool) -> anyhow::Result<Outcome> {
    let folder = Settings::read(place)?.data.join("ledger");
    match arguments.command {
        LogCommand::Tail { lines, follow } => tail(&folder, lines, follow, json),
        LogCommand::Verify => verified(&folder, json),
    }
}

fn tail(folder: &std::path::Path, count: usize, follow: bool, json: bool) -> anyhow::Result<Outcome> {
    let (lines, mut follower) = LedgerReader::open(folder)?.follow(count)?;
    let style = Style::of(&std::io::stdout());
    let outcome = if lines.is_empty() { Outcome::Nothing } else { Outcome::Done };
    for line in &lines {
        print(line, json, style)?;
    }
    if !follow {
        return Ok(outcome);
    }
    loop {
        match follower.next_line()? {
            Some(line) => print(&line, json, style)?,
            None => std::thread::sleep(LOOK_EVERY),
        }
    }
}

fn print(line: &Line, json: bool, style: Style) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match json {
        true => writeln!(out, "{}", line.raw)?,
        false => writeln!(out, "{}", shown(line, style))?,
    }
    out.flush()?;
    Ok(())
}

fn shown(line: &Line, style: Style) -> String {
    let Style { dim, strong, plain, .. } = style;
    let retrieval = match &line.record {
        Record::Retrieval(retrieval) => retrieval,
        Record::Withdrawn(withdrawn) => return left(line, withdrawn, style),
        Record::Promoted(promoted) => return made(line, promoted, style),
        _ => return format!("{dim}{} #{} {}{plain}", line.ts, line.seq.0, line.kind),
    };
    let word = |value: &dyn erased::Word| value.word();
    let question = match (&retrieval.query, retrieval.params.get("uri").and_then(|uri| uri.as_str())) {
        (Some(query), _) => format!("{:?}", output::safe(query)),
        (None, Some(uri)) => output::safe(uri),
        (None, None) => String::new(),
    };
    let mut text = format!(
        "{dim}{} #{}{plain} {strong}{} {question}{plain} {} by {} over {}: {} served, {} tokens, {} ms {dim}{}{plain}",
        line.ts,
        line.seq.0,
        word(&retrieval.verb),
        if retrieval.truncated { "(there was more)" } else { "" },
        output::safe(&retrieval.who),
        word(&retrieval.face),
        retrieval.served,
        retrieval.tokens,
        retrieval.ms,
        retrieval.id
    );
    for hit in &retrieval.hits {
        let anchor = if hit.anchor.is_empty() { String::new() } else { format!("#{}", hit.anchor) };
        let lines = format!("{}-{}", hit.lines.first, hit.lines.last);
        let _ok =
            write!(text, "\n  {dim}{}.{plain} {}{anchor}:{lines}", hit.rank, output::safe(hit.doc.as_str())).is_ok();
    }
    text
}

/// A public page that was made of private evidence.
fn made(line: &Line, promoted: &Promoted, style: Style) -> String {
    let Style { dim, strong, plain, .. } = style;
    let (from, to) = (output::safe(promoted.from.as_str()), output::safe(promoted.to.as_str()));
    format!("{dim}{} #{}{plain} {strong}promoted {from} → {to}{plain} by {}", line.ts, line.seq.0, promoted.who)
}

/// What left the public shelf, a line a document.
fn left(line: &Line, withdrawn: &Withdrawn, style: Style) -> String {
    let Style { dim, strong, plain, .. } = style;
    let documents = output::count(withdrawn.documents.len(), "document");
    let generation = withdrawn.generation;
    let mut text = format!(
        "{dim}{} #{}{plain} {strong}withdrawn{plain} {documents}: not public from generation {generation} on",
        line.ts, line.seq.0
    );
    for document in &withdrawn.documents {
        let doc = output::safe(document.doc.as_str());
        let _ok = write!(text, "\n  {doc} {dim}{}{plain}", document.why).is_ok();
    }
    text
}

/// The words the ledger has for a verb and a face.
mod erased {
    use serde::Serialize;

    pub(super) trait Word {
        fn word(&self) -> String;
    }

    impl<T: Serialize> Word for T {
        fn word(&self) -> String {
            serde_json::to_value(self).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
        }
    }
}

fn verified(folder: &std::path::Path, json: bool) -> anyhow::Result<Outcome> {
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
