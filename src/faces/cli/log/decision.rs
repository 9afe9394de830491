//! A run of a process on one page: decision ← passages ← commits ← authors.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::cli::config::Settings;
use crate::cli::output::{self, Style};
use crate::corpus::Lines;
use crate::history::{Origin, Repository, Stretch};
use crate::ledger::{Change, Hit, LedgerReader, Line, PolicyCheck, Retrieval};
use crate::library::document_lines;

use super::written::said;

/// How many digits of a commit are shown.
const SHORT: usize = 12;

/// Everything that is known of a run and of what it relied on.
pub(super) fn told(
    settings: &Settings,
    ledger: &Path,
    line: &Line,
    change: &Change,
    style: Style,
) -> anyhow::Result<String> {
    let Style { strong, dim, plain, .. } = style;
    let mut text = format!("{strong}{}{plain} {dim}#{} {}{plain}\n", change.id, line.seq.0, line.ts);
    for (name, value) in rows(line, change) {
        if !value.is_empty() {
            // A String takes every write, here and below.
            let _ok = writeln!(text, "{dim}{name:<12}{plain}{}", output::line(&value)).is_ok();
        }
    }
    for violation in &change.violations {
        let _ok = writeln!(text, "{}violation{plain}   {}", style.bad, output::line(&violation.what)).is_ok();
    }
    let found = LedgerReader::open(ledger)?.retrievals(&change.retrievals)?;
    let repository = Repository::discover(&settings.root).ok().flatten();
    for id in &change.retrievals {
        let _ok = match found.get(id) {
            Some(retrieval) => write!(text, "\n{}", context(settings, repository.as_ref(), retrieval, style)),
            None => write!(text, "\n{strong}{id}{plain} {dim}is not in this ledger{plain}\n"),
        }
        .is_ok();
    }
    Ok(text)
}

fn rows(line: &Line, change: &Change) -> Vec<(&'static str, String)> {
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    let check = |check: &PolicyCheck| match check.passed {
        Some(true) => format!("{} passed", check.name),
        Some(false) => format!("{} failed", check.name),
        None => check.name.clone(),
    };
    let checks: Vec<_> = change.policy_checks.iter().map(check).collect();
    let escalation = match (change.human_escalation.asked, &change.human_escalation.to) {
        (false, _) => "nobody was asked".to_owned(),
        (true, None) => "a person was asked".to_owned(),
        (true, Some(to)) => format!("{to} was asked"),
    };
    let contract = change.contract.as_ref().map(|contract| {
        let commit = contract.commit.as_deref().map(|commit| format!(" @{}", short(commit))).unwrap_or_default();
        format!("{}{commit}, sha256 {}", contract.doc, contract.sha256)
    });
    let cost =
        change.cost.as_ref().map(|cost| format!("{} {}", cost.amount, or_empty(&cost.unit)).trim_end().to_owned());
    let author = &change.author;
    vec![
        ("process", change.process_id.clone()),
        ("decision", said(&change.decision)),
        ("decided", change.timestamp.to_string()),
        ("model", change.model.clone()),
        ("inputs", said(&change.inputs)),
        ("tools", change.tools_invoked.join(", ")),
        ("checks", checks.join(", ")),
        ("escalation", escalation),
        ("owner", change.owner.clone()),
        ("outcome", change.outcome.as_ref().map(said).unwrap_or_default()),
        ("cost", cost.unwrap_or_default()),
        ("took", change.duration_ms.map(|ms| format!("{ms} ms")).unwrap_or_default()),
        ("corpus", or_empty(&change.corpus_commit)),
        ("contract", contract.unwrap_or_else(|| "none".to_owned())),
        ("logged by", format!("{} ({}) over {}", author.who, author.role.as_str(), author.face.as_str())),
        ("chain", line.head.to_string()),
    ]
}

/// What the agent had: the question, and each passage with who wrote its lines.
fn context(settings: &Settings, repository: Option<&Repository>, retrieval: &Retrieval, style: Style) -> String {
    let Style { strong, dim, plain, .. } = style;
    let asked = match (&retrieval.query, retrieval.params.get("uri").and_then(|uri| uri.as_str())) {
        (Some(query), _) => format!("{:?}", output::safe(query)),
        (None, Some(uri)) => output::line(uri),
        (None, None) if retrieval.q_mac().is_some() => "(not kept any more)".to_owned(),
        (None, None) => String::new(),
    };
    let commit = retrieval.commit.as_deref().map(|commit| format!(", corpus at {}", short(commit))).unwrap_or_default();
    let who = output::line(&retrieval.who);
    let mut text = format!(
        "{strong}{}{plain} {} {asked} {dim}by {who} over {}{commit}{plain}\n",
        retrieval.id,
        retrieval.verb.as_str(),
        retrieval.face.as_str()
    );
    for hit in &retrieval.hits {
        let anchor = if hit.anchor.is_empty() { String::new() } else { format!("#{}", hit.anchor) };
        let place = output::line(&format!("{}{anchor}", hit.doc));
        let _ok = writeln!(text, "{}. {place}:{}-{}", hit.rank, hit.lines.first, hit.lines.last).is_ok();
        for row in origins(settings, repository, retrieval, hit) {
            let _ok = writeln!(text, "   {dim}{row}{plain}").is_ok();
        }
    }
    text
}

/// The commits that wrote the lines of a passage, each with its authors, as the corpus was at the recorded commit.
fn origins(settings: &Settings, repository: Option<&Repository>, retrieval: &Retrieval, hit: &Hit) -> Vec<String> {
    let (Some(repository), Some(commit)) = (repository, retrieval.commit.as_deref()) else { return Vec::new() };
    let found = document_lines(&settings.options(), repository, &hit.doc, Some(commit), &AtomicBool::new(false));
    let found = match found {
        Ok(Some(found)) => found,
        Ok(None) => return vec!["in no commit".to_owned()],
        Err(error) => return vec![format!("the commit cannot be read: {error}")],
    };
    let Lines { first, last } = hit.lines;
    let within = found.stretches.iter().filter(|stretch| stretch.first <= last && first <= stretch.last);
    // Several stretches may be of one commit.
    let mut lines: BTreeMap<String, u32> = BTreeMap::new();
    for stretch in within {
        let count = stretch.last.min(last) - stretch.first.max(first) + 1;
        *lines.entry(origin(stretch)).or_default() += count;
    }
    let count = |lines: u32| output::count(usize::try_from(lines).unwrap_or(usize::MAX), "line");
    lines.into_iter().map(|(origin, lines)| format!("{origin}, {}", count(lines))).collect()
}

fn origin(stretch: &Stretch) -> String {
    match &stretch.origin {
        Origin::Commit(change) => {
            let (commit, date) = (change.commit.to_string(), change.date());
            let day = date.get(..10).unwrap_or(&date);
            format!("{} {day} {}", short(&commit), output::line(&change.author))
        }
        Origin::Uncommitted => "in no commit".to_owned(),
        Origin::Unknown => "of a commit that is not known".to_owned(),
    }
}

fn short(commit: &str) -> &str {
    commit.get(..SHORT).unwrap_or(commit)
}
