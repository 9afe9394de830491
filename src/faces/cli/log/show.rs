//! `cairn log show`: one record, whole, as one wants to read it.

use std::fmt::Write as _;
use std::path::Path;

use crate::cli::config::Settings;
use crate::cli::error::{CliError, Outcome};
use crate::cli::output::{self, Style};
use crate::ledger::{Fusion, Hit, LedgerReader, LegScale, Line, Record, RecordName, Retrieval};

use super::{decision, shown};

pub(super) fn run(settings: &Settings, folder: &Path, name: &RecordName, json: bool) -> anyhow::Result<Outcome> {
    let unknown = || CliError::NoRecord { name: name.to_string() };
    let line = LedgerReader::open(folder)?.find(name)?.ok_or_else(unknown)?;
    let text = match &line.record {
        _ if json => format!("{}\n", line.raw),
        Record::Retrieval(retrieval) => told(&line, retrieval, Style::of(&std::io::stdout())),
        Record::Change(change) => decision::told(settings, folder, &line, change, Style::of(&std::io::stdout()))?,
        _ => fields(&line, Style::of(&std::io::stdout()))?,
    };
    output::text(&text)?;
    Ok(Outcome::Done)
}

/// A record that is neither a retrieval nor a run: its line as `tail` has it, and its fields.
fn fields(line: &Line, style: Style) -> anyhow::Result<String> {
    let fields: serde_json::Value = serde_json::from_str(&line.raw)?;
    let mut text = format!("{}\n{}\n", shown(line, style), output::safe(&serde_json::to_string_pretty(&fields)?));
    for (field, said) in line.record.texts() {
        // A String takes every write.
        let _ok = writeln!(text, "{field}: {}", output::safe(said)).is_ok();
    }
    Ok(text)
}

fn told(line: &Line, retrieval: &Retrieval, style: Style) -> String {
    let Style { strong, dim, plain, .. } = style;
    let mut text = format!("{strong}{}{plain} {dim}#{} {}{plain}\n", retrieval.id, line.seq.0, line.ts);
    for (name, value) in rows(line, retrieval) {
        if !value.is_empty() {
            // A String takes every write, here and below.
            let _ok = writeln!(text, "{dim}{name:<12}{plain}{}", output::line(&value)).is_ok();
        }
    }
    for hit in &retrieval.hits {
        let _ok = write!(text, "\n{}", passage(hit, retrieval.fusion.as_ref(), style)).is_ok();
    }
    text
}

/// What is known of a retrieval beside its passages: a name and a text each, the text empty where nothing is known.
fn rows(line: &Line, retrieval: &Retrieval) -> Vec<(&'static str, String)> {
    let pairs = |pairs: Vec<String>| pairs.join(", ");
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    let question = match (&retrieval.query, retrieval.q_len()) {
        (Some(query), _) => format!("{query:?}"),
        (None, Some(bytes)) => format!("({bytes} bytes, not kept any more)"),
        (None, None) => String::new(),
    };
    let client = retrieval.client.as_ref();
    let client = client.map(|client| format!("{} {}", client.name, or_empty(&client.version)).trim_end().to_owned());
    let count = output::count(usize::try_from(retrieval.served).unwrap_or(usize::MAX), "passage");
    let more = if retrieval.truncated { "; there was more" } else { "" };
    vec![
        ("question", question),
        ("asked by", format!("{} ({})", retrieval.who, retrieval.role.as_str())),
        ("for", format!("{} over {}", retrieval.verb.as_str(), retrieval.face.as_str())),
        ("client", client.unwrap_or_default()),
        ("trace", or_empty(&retrieval.trace)),
        ("process", or_empty(&retrieval.process)),
        ("shelves", retrieval.scope.join(", ")),
        ("generations", pairs(retrieval.generation.iter().map(|(name, number)| format!("{name} {number}")).collect())),
        ("parameters", pairs(retrieval.params.iter().map(|(name, value)| format!("{name} {value}")).collect())),
        ("commit", or_empty(&retrieval.commit)),
        ("embedder", or_empty(&retrieval.embedder)),
        ("words", retrieval.fusion.map(|fusion| leg(fusion.lexical, fusion.weight)).unwrap_or_default()),
        ("meaning", retrieval.fusion.map(|fusion| leg(fusion.vector, fusion.rest())).unwrap_or_default()),
        ("served", format!("{count}, {} tokens, {} ms{more}", retrieval.tokens, retrieval.ms)),
        ("start", line.boot.clone()),
        ("chain", line.head.to_string()),
    ]
}

/// What a leg weighed, and between which scores its own were put.
fn leg(scale: Option<LegScale>, weight: f32) -> String {
    let scale = scale.map(|LegScale { floor, best }| format!("weight {weight}, scores from {floor} to {best}"));
    scale.unwrap_or_else(|| "found nothing, or was not asked".to_owned())
}

fn passage(hit: &Hit, fusion: Option<&Fusion>, style: Style) -> String {
    let Style { strong, dim, plain, .. } = style;
    let anchor = if hit.anchor.is_empty() { String::new() } else { format!("#{}", hit.anchor) };
    let place = output::line(&format!("{}{anchor}", hit.doc));
    let mut why = Vec::new();
    why.extend(hit.score.map(|score| format!("score {score}")));
    why.extend(hit.legs.lexical.map(|rank| format!("words #{rank}")));
    why.extend(hit.legs.vector.map(|rank| format!("meaning #{rank}")));
    why.push(format!("sha256 {}", hit.sha256));
    let (rank, first, last) = (hit.rank, hit.lines.first, hit.lines.last);
    let mut text = format!("{rank}. {strong}{place}{plain}:{first}-{last}\n   {dim}{}{plain}\n", why.join(" · "));
    let sum = fusion.and_then(|fusion| fusion.sum(hit));
    let rules = hit.rules.iter().map(|effect| format!("{}: {}", effect.rule(), output::line(&effect.told(hit.lines))));
    for line in sum.into_iter().chain(rules) {
        let _ok = writeln!(text, "   {dim}{line}{plain}").is_ok();
    }
    text
}
