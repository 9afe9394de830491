//! What is said of a revision that answers are held against: its commit, the passages on top before and now, and the
//! commits that changed them.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::cli::output::{self, Style};
use crate::eval::{Causes, Found};
use crate::history::Change;

use super::line::line;

/// How many digits of a commit are shown.
const COMMIT_DIGITS: usize = 9;

pub(super) fn short(change: &Change) -> String {
    change.commit.to_string().chars().take(COMMIT_DIGITS).collect()
}

pub(super) fn names(found: &[Found]) -> Vec<String> {
    found.iter().map(Found::name).collect()
}

/// The two tops, one above the other: what is on one side only, or at another place, is marked.
pub(super) fn tops(text: &mut String, before: &[Found], now: &[Found], Style { dim, mark, plain, .. }: Style) {
    let list = |these: &[Found], others: &[Found]| {
        let same = |at: usize, found: &Found| {
            others.get(at).is_some_and(|other| (other.name(), other.sha256) == (found.name(), found.sha256))
        };
        let shown = these.iter().enumerate().map(|(at, found)| {
            let name = output::line(&found.name());
            if same(at, found) { name } else { format!("{mark}{name}{plain}") }
        });
        let shown: Vec<String> = shown.collect();
        if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
    };
    line!(text, "        {dim}before:{plain} {}", list(before, now));
    line!(text, "        {dim}now:{plain}    {}", list(now, before));
}

pub(super) fn causes_words(text: &mut String, causes: &Causes, Style { dim, plain, .. }: Style) {
    for touch in &causes.commits {
        let (id, date) = (short(&touch.change), touch.change.date());
        let (subject, author) = (output::line(&touch.subject), output::line(&touch.change.author));
        let files = output::line(&touch.paths.join(", "));
        line!(text, "{id} {} {author}: {subject} {dim}({files}){plain}", date.get(..10).unwrap_or(&date));
    }
    if !causes.uncommitted.is_empty() {
        line!(text, "not committed: {}", output::line(&causes.uncommitted.join(", ")));
    }
    if !causes.whole && !causes.commits.is_empty() {
        line!(text, "{dim}older commits were not looked at{plain}");
    }
}

pub(super) fn revision_json(revision: &str, change: &Change, causes: &Causes) -> Map<String, Value> {
    let commits = causes.commits.iter().map(|touch| {
        json!({"commit": touch.change.commit.to_string(), "date": touch.change.date(), "author": touch.change.author,
            "subject": touch.subject, "files": touch.paths})
    });
    let mut out = Map::new();
    out.insert("revision".to_owned(), revision.into());
    out.insert("commit".to_owned(), change.commit.to_string().into());
    out.insert("commits".to_owned(), commits.collect());
    out.insert("uncommitted".to_owned(), causes.uncommitted.clone().into());
    out
}
