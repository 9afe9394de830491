//! `cairn check --message FILE`: what a commit's message promises about mistakes, before it is committed.
//!
//! `Fixes-Mistake: M-0042` says that the commit mends a mistake for good. For good means that a judged question asks for
//! it from now on: a commit that says so and brings no new one is refused, unless `cairn.toml` says otherwise.

use std::collections::BTreeSet;
use std::path::Path;

use crate::eval::{EVALSET, read_document};
use crate::history::{Repository, Staged, Tree, trailer_values};
use crate::ledger::{Filter, LedgerReader, MistakeNumber, Mistakes, Record};
use crate::library::{FIXES_MISTAKE, staged_documents, tree_documents};

use super::check::Row;
use super::config::{self, Settings};
use super::error::CliError;

/// The most bytes of a message that are read.
const MESSAGE_BYTES: u64 = 1 << 20;

/// What is wrong with a message.
pub(super) fn check(settings: &Settings, file: &Path) -> anyhow::Result<Vec<Row>> {
    let message = read(file)?;
    let mut rows = Vec::new();
    let mut find = |line: usize, rule: &str, message: String| {
        let (file, line) = (file.display().to_string(), u32::try_from(line).unwrap_or(u32::MAX));
        rows.push(Row::of_message(file, line, rule, message));
    };
    let mut closed = Vec::new();
    for (at, line) in (1..).zip(message.lines()) {
        for value in trailer_values(line, FIXES_MISTAKE) {
            for text in value.split([',', ' ']).filter(|text| !text.is_empty()) {
                match MistakeNumber::parse(text) {
                    Ok(number) => closed.push((at, number)),
                    Err(error) => find(at, "mistake-number", error.to_string()),
                }
            }
        }
    }
    let Some((first, _)) = closed.first().copied() else { return Ok(rows) };
    if let Some(mistakes) = mistakes(settings) {
        for (at, number) in &closed {
            if mistakes.get(*number).is_none() {
                let message = format!(
                    "{number}: no mistake of the ledger has this number; `cairn log search --kind feedback` shows what was reported"
                );
                find(*at, "mistake-unknown", message);
            }
        }
    }
    if settings.fix_needs_case && !brings_a_case(settings)? {
        let numbers: Vec<String> = closed.iter().map(|(_, number)| number.to_string()).collect();
        let message = format!(
            "{}: is closed without a new judged question; stage one in a document of type evalset that fails without \
             this commit, or set fix_needs_case = false under [mistakes] in cairn.toml",
            numbers.join(", ")
        );
        find(first, "fix-without-case", message);
    }
    Ok(rows)
}

fn read(file: &Path) -> Result<String, CliError> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let read = std::fs::File::open(file).and_then(|opened| opened.take(MESSAGE_BYTES).read_to_end(&mut bytes));
    read.map_err(|source| CliError::Message { path: file.to_owned(), source })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The mistakes of the ledger on this machine. Where there is none, nobody can say which numbers there are.
fn mistakes(settings: &Settings) -> Option<Mistakes> {
    let reader = LedgerReader::open(&settings.data.join("ledger")).ok()?;
    let mut mistakes = Mistakes::default();
    for line in reader.oldest(Filter { kinds: vec!["feedback"], ..Filter::default() }).ok()? {
        let line = line.ok()?;
        if let Record::Feedback(feedback) = &line.record {
            mistakes.take(line.ts, feedback);
        }
    }
    Some(mistakes)
}

/// Whether what is staged asks something that no judged question of HEAD asked.
fn brings_a_case(settings: &Settings) -> anyhow::Result<bool> {
    let repository =
        Repository::discover(&settings.root)?.ok_or_else(|| CliError::NoRepository { root: settings.root.clone() })?;
    let staged: Staged = repository.staged(config::git_index().as_deref())?;
    let options = settings.options();
    let now = questions(&staged_documents(&options, &staged, EVALSET)?);
    let before = match repository.head()? {
        Some(_) => {
            let tree: Tree = repository.tree_at("HEAD")?;
            questions(&tree_documents(&options, &tree, EVALSET)?)
        }
        None => BTreeSet::new(),
    };
    Ok(now.difference(&before).next().is_some())
}

/// What judged questions ask. A set that can't be read asks nothing: `cairn eval` says what is wrong with it.
fn questions(documents: &[(String, String)]) -> BTreeSet<String> {
    let sets = documents.iter().filter_map(|(id, text)| read_document(id, id, text).ok());
    let judged =
        sets.flat_map(|set| set.questions).filter(|question| question.is_judged() || !question.must_not.is_empty());
    judged.map(|question| question.text).collect()
}
