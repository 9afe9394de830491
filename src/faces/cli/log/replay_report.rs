//! What a replay found: how two answers differ, why, and how that is told.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::exposure::pieces;
use crate::cli::output::{self, Style};
use crate::corpus::{DocumentId, Lines};
use crate::governance;
use crate::history::Touch;
use crate::ledger::{Hit, Retrieval};

/// How many digits of a digest or a commit are shown.
const SHORT: usize = 12;

/// A passage in one answer or in both.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) was: Option<&'a Hit>,
    pub(super) is: Option<&'a Hit>,
}

/// A passage with its texts, as far as they can be read.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    pub(super) change: Change<'a>,
    pub(super) was: Option<String>,
    pub(super) is: Option<String>,
}

/// Why the same passages did not come back.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cause {
    /// Another model makes the vectors.
    Embedder { then: Option<String>, now: Option<String> },
    /// The program ranks, or cuts, in another way.
    Ranking { then: Option<String>, now: Option<String> },
    /// The bytes that were served are not in the commit.
    Uncommitted { document: DocumentId, lines: Lines },
    /// Today's rules keep from strangers what they got.
    Private { document: DocumentId },
    /// The commit has a file of that name, which is no document by today's settings.
    NotRead { document: DocumentId },
    /// A commit that touched a document since.
    Commit(Touch),
    /// The bytes are there and rank otherwise.
    Elsewhere,
}

/// What a replay found.
#[derive(Debug)]
pub(super) struct Report {
    /// Whether the same passages came back, in the same order.
    pub(super) same: bool,
    id: String,
    asked: String,
    then: String,
    at: String,
    now: bool,
    served: (usize, usize),
    causes: Vec<Cause>,
    /// Passages that differ.
    changes: Vec<Value>,
    diffs: String,
}

/// Pairs the passages of two answers: the same bytes of the same document, then the same section of it.
pub(super) fn compare<'a>(was: &'a [Hit], is: &'a [Hit]) -> Vec<Change<'a>> {
    let mut left: Vec<&Hit> = is.iter().collect();
    let mut changes: Vec<Change<'a>> = was.iter().map(|hit| Change { was: Some(hit), is: None }).collect();
    let same_bytes = |a: &Hit, b: &Hit| a.doc == b.doc && a.sha256 == b.sha256;
    let same_place = |a: &Hit, b: &Hit| a.doc == b.doc && a.anchor == b.anchor;
    for fits in [&same_bytes as &dyn Fn(&Hit, &Hit) -> bool, &same_place] {
        for change in changes.iter_mut().filter(|change| change.is.is_none()) {
            let found = change.was.and_then(|was| left.iter().position(|hit| fits(was, hit)));
            change.is = found.map(|at| left.remove(at));
        }
    }
    changes.extend(left.into_iter().map(|hit| Change { was: None, is: Some(hit) }));
    changes
}

impl Change<'_> {
    /// The word for it; none for a passage that came back at its place.
    fn word(&self) -> Option<&'static str> {
        match (self.was, self.is) {
            (Some(_), None) => Some("gone"),
            (None, Some(_)) => Some("new"),
            (Some(was), Some(is)) if was.sha256 != is.sha256 => Some("changed"),
            (Some(was), Some(is)) if was.rank != is.rank => Some("moved"),
            _ => None,
        }
    }
}

impl Report {
    /// Puts a report together; `(now, diff)` are the flags.
    pub(super) fn of(
        asked: &Retrieval,
        again: &Retrieval,
        at: String,
        (now, diff): (bool, bool),
        same: bool,
        causes: Vec<Cause>,
        pairs: &[Pair<'_>],
    ) -> Self {
        let uri = asked.params.get("uri").and_then(Value::as_str).unwrap_or_default();
        Self {
            same,
            id: asked.id.to_string(),
            asked: asked.query.as_deref().map_or_else(|| uri.to_owned(), |query| format!("{query:?}")),
            then: asked.commit.clone().unwrap_or_default(),
            at,
            now,
            served: (asked.hits.len(), again.hits.len()),
            causes,
            changes: pairs.iter().filter_map(|pair| row(pair, diff)).collect(),
            diffs: if diff { told(pairs) } else { String::new() },
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id, "same": self.same, "commit": self.then, "now": self.now, "asked_at": self.at,
            "served": { "then": self.served.0, "again": self.served.1 },
            "causes": self.causes.iter().map(Cause::json).collect::<Vec<_>>(),
            "changes": self.changes,
        })
    }

    pub(super) fn shown(&self) -> String {
        let Style { strong, dim, plain, .. } = Style::of(&std::io::stdout());
        let of = if self.now { "the files on disk".to_owned() } else { format!("commit {}", short(&self.then)) };
        let word = if self.same { "the same" } else { "other" };
        let mut text = format!("{strong}{word} passages{plain} of {of} for {}\n", output::line(&self.asked));
        // A String takes every write, here and below.
        let (then, again) = self.served;
        let _ok = writeln!(text, "{dim}{}: {then} served then, {again} again{plain}", self.id).is_ok();
        for change in &self.changes {
            let rank = |name: &str| change.get(name).map_or_else(|| "–".to_owned(), |hit| format!("#{}", hit["rank"]));
            let document =
                change.get("is").or(change.get("was")).map(|hit| output::line(&place(hit))).unwrap_or_default();
            let word = change["change"].as_str().unwrap_or_default();
            let _ok = writeln!(text, "  {word:<8}{} → {}  {document}", rank("was"), rank("is")).is_ok();
        }
        for cause in &self.causes {
            let _ok = writeln!(text, "{}", output::line(&cause.told())).is_ok();
        }
        text.push_str(&self.diffs);
        text
    }
}

fn short(name: &str) -> &str {
    name.get(..SHORT).unwrap_or(name)
}

fn place(hit: &Value) -> String {
    let (document, anchor) = (hit["doc"].as_str().unwrap_or_default(), hit["anchor"].as_str().unwrap_or_default());
    if anchor.is_empty() { document.to_owned() } else { format!("{document}#{anchor}") }
}

/// A passage that differs, with its texts if they are wanted.
fn row(pair: &Pair<'_>, diff: bool) -> Option<Value> {
    let mut row = json!({ "change": pair.change.word()? });
    for (name, hit, text) in [("was", pair.change.was, &pair.was), ("is", pair.change.is, &pair.is)] {
        if let Some(hit) = hit {
            row[name] = json!({
                "doc": hit.doc, "anchor": hit.anchor, "lines": [hit.lines.first, hit.lines.last],
                "sha256": hit.sha256.to_string(), "rank": hit.rank,
            });
            if diff && let Some(text) = text {
                row[name]["text"] = text.as_str().into();
            }
        }
    }
    Some(row)
}

/// What differs, word by word.
fn told(pairs: &[Pair<'_>]) -> String {
    let style = Style::of(&std::io::stdout());
    let mut text = String::new();
    for pair in pairs {
        let (Some(word), Some(hit)) = (pair.change.word(), pair.change.is.or(pair.change.was)) else { continue };
        let (was, is) = (pair.was.as_deref().unwrap_or_default(), pair.is.as_deref().unwrap_or_default());
        let body = match word {
            "moved" => continue,
            "changed" => pieces(&governance::words(was, is), style),
            "gone" => output::safe(was),
            _ => output::safe(is),
        };
        let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
        let (doc, lines) = (output::line(hit.doc.as_str()), hit.lines);
        let _ok = write!(text, "\n{word} {doc}:{}-{}\n{body}", lines.first, lines.last).is_ok();
    }
    text
}

impl Cause {
    fn told(&self) -> String {
        let or_none = |name: &Option<String>| name.clone().unwrap_or_else(|| "not on record".to_owned());
        match self {
            Self::Embedder { then, now } => {
                format!("another embedder: {} then, {} now", or_none(then), or_none(now))
            }
            Self::Ranking { then, now } => {
                format!("another version of ranking: {} then, {} now", or_none(then), or_none(now))
            }
            Self::Uncommitted { document, lines } => {
                format!("{document}:{}-{}: the bytes that were served are not in the commit", lines.first, lines.last)
            }
            Self::Private { document } => {
                format!("{document}: was served to a stranger, and is private by today's rules")
            }
            Self::NotRead { document } => {
                format!("{document}: is a file of the commit, and no document by today's settings")
            }
            Self::Commit(touch) => {
                let (commit, date) = (touch.change.commit.to_string(), touch.change.date());
                let (day, files) = (date.get(..10).unwrap_or(&date), touch.paths.join(", "));
                format!("since then: {} {day} {} ({files})", short(&commit), touch.subject)
            }
            Self::Elsewhere => {
                "the bytes are in the commit and are ranked or cut in another way: other documents were \
                                uncommitted then, or the settings of the collections were others"
                    .to_owned()
            }
        }
    }

    fn json(&self) -> Value {
        let told = self.told();
        match self {
            Self::Embedder { then, now } => json!({ "cause": "embedder", "then": then, "now": now, "told": told }),
            Self::Ranking { then, now } => json!({ "cause": "ranking", "then": then, "now": now, "told": told }),
            Self::Uncommitted { document, lines } => json!({
                "cause": "uncommitted", "document": document, "lines": [lines.first, lines.last], "told": told
            }),
            Self::Private { document } => json!({ "cause": "private", "document": document, "told": told }),
            Self::NotRead { document } => json!({ "cause": "not_read", "document": document, "told": told }),
            Self::Commit(touch) => json!({
                "cause": "commit", "commit": touch.change.commit.to_string(), "date": touch.change.date(),
                "author": touch.change.author, "subject": touch.subject, "files": touch.paths, "told": told
            }),
            Self::Elsewhere => json!({ "cause": "elsewhere", "told": told }),
        }
    }
}
