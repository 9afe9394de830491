//! A private document becomes the draft of a public page: a new text, never the old one with another flag.
//!
//! Taken over are the visible text, title, tags, and a type that is not one of private things. Links that strangers
//! can't follow become their words; what detectors see gets a placeholder, the same for the same thing. What is not
//! taken over is lost to the page: comments, hidden characters and every other field of the front matter.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;

use super::diff::Piece;
use super::sighting::place;
use super::{NameList, Rules};
use crate::corpus::{Level, Link, LinkKind, Record, link_spans};

/// Types of documents that are private things: a page made of one is of another type.
const PRIVATE_KINDS: &[&str] = &["memory", "people", "person", "customers", "customer", "page"];

/// What the page is to be.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// `collection/path.md`.
    pub path: &'a str,
    /// The steward, if one is named.
    pub owner: Option<&'a str>,
}

/// What becomes of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It stays as it is.
    Keep,
    /// It gets another target.
    Leads(String),
    /// Its words stay.
    Words,
}

/// Something that detectors saw in the page, and what could stand in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The rule.
    pub rule: String,
    /// How bad it would be.
    pub level: Level,
    /// What it is, in words.
    pub what: String,
    /// The line of the page.
    pub line: u32,
    /// What can be shown of it: all of it, unless it is a secret.
    pub shown: String,
    /// What could stand in its place: `<customer>`.
    pub placeholder: String,
    span: Range<usize>,
}

/// A page on its way.
#[derive(Debug, Clone)]
pub struct Promotion {
    /// The page with nothing replaced yet.
    text: String,
    /// What detectors saw, in order.
    pub proposals: Vec<Proposal>,
    /// Links that were changed: the line of the source, the link, and what stands there now.
    pub links: Vec<(u32, String, String)>,
    /// Links that lead where strangers can't follow and could not be taken out, with their line.
    pub stuck: Vec<(u32, String)>,
}

/// What stands in the place of what a rule sees.
#[must_use]
pub fn placeholder(rule: &str, level: Level) -> &'static str {
    match rule {
        "email" => "email",
        "phone" => "phone",
        "iban" => "account",
        "card-number" => "card",
        "internal-host" | "private-address" => "host",
        "amount" => "amount",
        "customer-name" => "customer",
        "person-name" => "person",
        _ if level == Level::Secret => "secret",
        _ => "redacted",
    }
}

impl Promotion {
    /// Makes the page; `fate` says what becomes of a link of the source.
    #[must_use]
    pub fn new(
        rules: &Rules,
        names: &NameList,
        (record, body): (&Record, &str),
        target: Target<'_>,
        fate: &dyn Fn(&Link) -> Fate,
    ) -> Self {
        let (body, links, stuck) = relinked(record, body, fate);
        let text = format!("{}\n{}\n", front_matter(record, target), body.trim());
        let mut promotion = Self { text, proposals: Vec::new(), links, stuck };
        promotion.propose(rules, names, target.path);
        promotion
    }

    fn propose(&mut self, rules: &Rules, names: &NameList, path: &str) {
        let bytes = self.text.as_bytes();
        let mut numbers: HashMap<&str, Vec<String>> = HashMap::new();
        for seen in rules.sightings(path, bytes, names) {
            // Two secrets in one text are one: the place is covered whole.
            if let Some(last) = self.proposals.last_mut().filter(|last| seen.span.start < last.span.end) {
                last.span.end = last.span.end.max(seen.span.end);
                continue;
            }
            let name = placeholder(&seen.rule, seen.level);
            let value = String::from_utf8_lossy(seen.of(bytes)).to_lowercase();
            let known = numbers.entry(name).or_default();
            let at = known.iter().position(|other| *other == value).unwrap_or_else(|| {
                known.push(value);
                known.len() - 1
            });
            let placeholder = if at == 0 { format!("<{name}>") } else { format!("<{name}-{}>", at + 1) };
            let whole = String::from_utf8_lossy(seen.of(bytes)).into_owned();
            let shown = if seen.level == Level::Secret { seen.shown(bytes) } else { whole };
            self.proposals.push(Proposal {
                rule: seen.rule.to_string(),
                level: seen.level,
                what: seen.what.to_string(),
                line: place(bytes, seen.span.start).0,
                shown,
                placeholder,
                span: seen.span,
            });
        }
    }

    /// The page with those proposals taken for which `taken` says so, by their place.
    #[must_use]
    pub fn page(&self, taken: &dyn Fn(usize) -> bool) -> String {
        let (mut page, mut from) = (String::with_capacity(self.text.len()), 0);
        for (_, proposal) in self.proposals.iter().enumerate().filter(|(at, _)| taken(*at)) {
            page.push_str(self.text.get(from..proposal.span.start).unwrap_or_default());
            page.push_str(&proposal.placeholder);
            from = proposal.span.end;
        }
        page.push_str(self.text.get(from..).unwrap_or_default());
        page
    }

    /// The lines in which something is proposed, each with its number and in pieces. A secret is shown in part only,
    /// taken or not.
    #[must_use]
    pub fn diff(&self, taken: &dyn Fn(usize) -> bool) -> Vec<(u32, Vec<Piece>)> {
        let mut lines: Vec<(u32, Vec<Piece>)> = Vec::new();
        let mut from = 0;
        for (at, proposal) in self.proposals.iter().enumerate() {
            if lines.last().is_none_or(|(line, _)| *line != proposal.line) {
                self.finish(&mut lines, from);
                let before = self.text.get(..proposal.span.start).unwrap_or_default();
                from = before.rfind('\n').map_or(0, |found| found + 1);
                lines.push((proposal.line, Vec::new()));
            }
            let Some((_, pieces)) = lines.last_mut() else { continue };
            pieces.push(Piece::Same(self.text.get(from..proposal.span.start).unwrap_or_default().to_owned()));
            if taken(at) {
                pieces.push(Piece::Removed(proposal.shown.clone()));
                pieces.push(Piece::Added(proposal.placeholder.clone()));
            } else {
                pieces.push(Piece::Same(proposal.shown.clone()));
            }
            from = proposal.span.end;
        }
        self.finish(&mut lines, from);
        for (_, pieces) in &mut lines {
            pieces.retain(|piece| *piece != Piece::Same(String::new()));
        }
        lines
    }

    fn finish(&self, lines: &mut [(u32, Vec<Piece>)], from: usize) {
        let rest = self.text.get(from..).unwrap_or_default().split('\n').next().unwrap_or_default();
        if let Some((_, pieces)) = lines.last_mut() {
            pieces.push(Piece::Same(rest.to_owned()));
        }
    }
}

/// New front matter: nothing is taken over that is not named here.
fn front_matter(record: &Record, target: Target<'_>) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut text = String::from("---\n");
    let mut field = |name: &str, value: &str| {
        let _ok = writeln!(text, "{name}: {value}").is_ok();
    };
    if !PRIVATE_KINDS.contains(&record.meta.kind.as_str()) {
        field("type", &quoted(&record.meta.kind));
    }
    field("title", &quoted(&record.title));
    if let Some(owner) = target.owner {
        field("owner", &quoted(owner));
    }
    field("status", "draft");
    if !record.meta.tags.is_empty() {
        let tags = record.meta.tags.iter().map(|tag| quoted(tag)).collect::<Vec<_>>().join(", ");
        field("tags", &format!("[{tags}]"));
    }
    text.push_str("---\n");
    text
}

type Relinked = (String, Vec<(u32, String, String)>, Vec<(u32, String)>);

/// The text with its links as `fate` wants them, what was changed, and what could not be.
fn relinked(record: &Record, body: &str, fate: &dyn Fn(&Link) -> Fate) -> Relinked {
    let (mut text, mut changed, mut met, mut from) = (String::with_capacity(body.len()), Vec::new(), Vec::new(), 0);
    for found in link_spans(body) {
        let (line, column) = place(body.as_bytes(), found.span.start);
        let known = record.links.iter().find(|link| (link.line, link.column) == (line, column));
        let written = || {
            let (target, fragment) = found.target.split_once('#').unwrap_or((&found.target, ""));
            let fragment = (!fragment.is_empty()).then(|| fragment.to_owned());
            Link { kind: LinkKind::Inline, target: target.to_owned(), fragment, text: String::new(), line, column }
        };
        let link = known.filter(|_| !found.definition).cloned().unwrap_or_else(written);
        met.push((line, column));
        if found.span.start < from {
            continue;
        }
        let whole = body.get(found.span.clone()).unwrap_or_default();
        let instead = match fate(&link) {
            Fate::Keep => continue,
            Fate::Words if found.definition => String::new(),
            Fate::Words => link.text.clone(),
            Fate::Leads(target) => retargeted(whole, &found.target, &target),
        };
        text.push_str(body.get(from..found.span.start).unwrap_or_default());
        text.push_str(&instead);
        from = found.span.end;
        changed.push((line, whole.trim_end().to_owned(), instead));
    }
    text.push_str(body.get(from..).unwrap_or_default());
    let left = record.links.iter().filter(|link| !met.contains(&(link.line, link.column)) && fate(link) != Fate::Keep);
    let stuck = left.map(|link| (link.line, link.target.clone())).collect();
    (text, changed, stuck)
}

/// A link with another target: its last mention of the old one is replaced.
fn retargeted(whole: &str, old: &str, new: &str) -> String {
    match whole.rfind(old) {
        Some(at) if !old.is_empty() => {
            let (head, tail) = (whole.get(..at).unwrap_or_default(), whole.get(at + old.len()..).unwrap_or_default());
            format!("{head}{new}{tail}")
        }
        _ => whole.to_owned(),
    }
}

#[cfg(test)]
#[path = "promotion_tests.rs"]
mod tests;
