//! Front matter → [`Meta`], read tolerantly, and what it says about who may read the document.
//!
//! Hyphen, underscore and camelCase are the same key; a value may be a text or a list; unknown keys are kept. What is
//! said about visibility can only narrow, and what is said unclearly narrows, too. Escapes were decoded by now, so every
//! text is made one visible line before anything looks at it.

use std::borrow::Cow;

use super::front_matter::{Entry, Value};
use super::narrowing::{self, Key, Spelling};
use super::{Argument, Finding, Level, Meta, Pack, Status, Verified, argument, hidden, kind, pack};
use crate::access::Visibility;

/// What front matter says.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    /// Everything but kind, which is inferred where it is empty.
    pub(super) meta: Meta,
    /// The title, if there is one.
    pub(super) title: Option<String>,
    /// The widest the document may be as far as it is concerned itself.
    pub(super) narrowed: Option<Visibility>,
    /// The line on which it claims to be public: no use in a private folder.
    pub(super) claims_public: Option<u32>,
    /// What the document lists, should it be a pack, and what of that can't be read.
    pub(super) pack: Option<(Pack, Vec<pack::Problem>)>,
    /// What is unclear.
    pub(super) findings: Vec<Finding>,
}

/// Entries under canonical keys; what is taken is gone.
struct Keys(Vec<(String, Entry)>);

impl Keys {
    /// Takes the first of the names that is there; of two spellings of one name the first stays and counts.
    fn take(&mut self, names: &[&str]) -> Option<Entry> {
        let at = names.iter().find_map(|name| self.0.iter().position(|(key, _)| key == name))?;
        Some(self.0.remove(at).1)
    }

    /// Takes a text that is not empty; what is empty is dropped.
    fn text(&mut self, names: &[&str]) -> Option<String> {
        self.take(names).and_then(|entry| line_of_text(&entry.value))
    }

    fn texts(&mut self, names: &[&str]) -> Vec<String> {
        self.take(names).map_or_else(Vec::new, |entry| entry.value.texts())
    }
}

impl Fields {
    /// Reads the entries of a front matter.
    pub(super) fn of(mut entries: Vec<Entry>) -> Self {
        let mut fields = Self::default();
        for entry in &mut entries {
            fields.unhide(entry);
        }
        let mut keys = Keys(entries.into_iter().map(|entry| (canonical(&entry.key), entry)).collect());
        fields.visibility(&mut keys);
        fields.status(&mut keys);
        fields.title = keys.text(&["title", "name", "link_title", "sidebar_label"]);
        fields.kind(&mut keys);
        fields.dates(&mut keys);
        let meta = &mut fields.meta;
        meta.description = keys.text(&["description", "summary", "excerpt", "subtitle"]);
        meta.owner = keys.text(&["owner", "owners", "steward", "owner_slack", "maintainer", "maintainers"]);
        for name in ["tags", "keywords", "labels", "categories"] {
            for entry in keys.texts(&[name]) {
                // `tags: a, b` is a list written by somebody in a hurry.
                for tag in entry.split(',').map(|tag| tag.trim().trim_start_matches('#')) {
                    if !tag.is_empty() && !meta.tags.iter().any(|known| known == tag) {
                        meta.tags.push(tag.to_owned());
                    }
                }
            }
        }
        meta.supersedes = keys.texts(&["supersedes", "replaces"]);
        let replaced_by = keys.texts(&["superseded_by", "replaced_by"]);
        meta.superseded_by.extend(replaced_by.into_iter().filter(|id| !id.is_empty()));
        meta.sources = keys.texts(&["sources", "source"]);
        meta.aliases = keys.texts(&["aliases", "alias"]);
        meta.aliases.extend(keys.texts(&["redirect_from", "redirects"]));
        meta.language = keys.text(&["language", "lang", "locale"]);
        fields.arguments(&mut keys);
        fields.listed(&mut keys);
        fields.called_private(&keys);
        let meta = &mut fields.meta;
        meta.other.extend(keys.0.into_iter().map(|(_, entry)| (entry.key, entry.value.to_text())));
        fields
    }

    /// Makes one visible line of every text of an entry.
    fn unhide(&mut self, entry: &mut Entry) {
        let mut removed = unhide_text(&mut entry.key);
        unhide(&mut entry.value, &mut removed);
        if let Some((count, first)) = removed {
            let shown: String = entry.key.chars().take(60).collect();
            let message = format!(
                "{shown:?} holds {count} hidden or control characters, U+{:04X} first, left out; delete them",
                u32::from(first)
            );
            self.find(Level::Warning, entry, "hidden-characters", message);
        }
    }

    /// Everything that can narrow, wherever it stands and however it is spelt. Each key is looked at.
    fn visibility(&mut self, keys: &mut Keys) {
        let mut others = Vec::with_capacity(keys.0.len());
        for (canonical, entry) in std::mem::take(&mut keys.0) {
            match narrowing::key(&entry.key) {
                Some(key) if key.spelling == Spelling::Ours => self.said(key, &entry),
                Some(key) if self.misspelt(key, &entry) => {}
                _ => {
                    if let Some(name) = inner(&entry.value) {
                        let what =
                            format!("{name} inside of {} is not read, write it at the top level", shown(&entry.key));
                        self.unsure(&entry, "visibility-misplaced", &what);
                    }
                    others.push((canonical, entry));
                }
            }
        }
        keys.0 = others;
    }

    /// A key that can narrow, spelt as we spell it.
    fn said(&mut self, key: Key, entry: &Entry) {
        let text = entry.value.to_text();
        let Some(narrows_on) = key.narrows_on else {
            return match text.trim().to_ascii_lowercase().as_str() {
                "public" => self.claims_public = Some(line(entry)),
                "private" => self.narrow(),
                other => {
                    let what = format!("visibility {} is neither public nor private", shown(other));
                    self.unsure(entry, "visibility-unknown", &what);
                }
            };
        };
        match narrowing::truth(&text) {
            Some(said) if said == narrows_on => {
                self.narrow();
                if matches!(key.name, "draft" | "publish" | "published" | "unpublished") {
                    self.meta.status = Some(Status::Draft);
                }
            }
            Some(_) => {}
            None if text.trim().is_empty() => {}
            // `published: 2024-05-01` is when, not whether.
            None if key.name == "published" && is_date(&text) => self.meta.date = Some(text.trim().to_owned()),
            None => self.unsure(entry, "visibility-unknown", &format!("{} is neither true nor false", key.name)),
        }
    }

    /// A key that may be meant for one that can narrow; whether it was taken for it.
    fn misspelt(&mut self, key: Key, entry: &Entry) -> bool {
        let text = entry.value.to_text();
        // Nobody sees that letters are of another script, so that the value is all there is to go by.
        let meant = key.narrowed_by(&text)
            || key.spelling == Spelling::Alike && key.narrows_on.is_none() && narrowing::fold(&text) != "public";
        if meant {
            let what = format!("{} is taken for {}, write it so", shown(&entry.key), key.name);
            self.unsure(entry, "visibility-misspelt", &what);
        }
        meant
    }

    /// What is called private under a name that is not ours.
    fn called_private(&mut self, keys: &Keys) {
        for (_, entry) in keys.0.iter().filter(|(_, entry)| narrowing::fold(&entry.value.to_text()) == "private") {
            let what = format!("{}: private is not read, write visibility: private", shown(&entry.key));
            self.unsure(entry, "visibility-unknown", &what);
        }
    }

    fn status(&mut self, keys: &mut Keys) {
        let Some(entry) = keys.take(&["status", "state"]) else { return };
        let text = entry.value.to_text();
        match parse_status(&text) {
            Some((status, by)) => {
                self.meta.status = Some(status);
                self.meta.superseded_by.extend(by);
            }
            None if text.trim().is_empty() => {}
            None => {
                let shown = shown(text.trim());
                let message = format!("status {shown} is none of draft, accepted, deprecated, superseded, retired");
                self.find(Level::Warning, &entry, "status-unknown", message);
                if narrowing::fold(&text) == "private" {
                    self.unsure(&entry, "visibility-unknown", "status: private is not read, write visibility: private");
                }
                self.meta.other.insert(entry.key, text);
            }
        }
    }

    fn kind(&mut self, keys: &mut Keys) {
        for (name, any) in [("type", true), ("kind", true), ("layout", false)] {
            let Some(at) = keys.0.iter().position(|(key, _)| key == name) else { continue };
            let Some(kind) = keys.0.get(at).and_then(|(_, entry)| kind::said(&entry.value.to_text(), any)) else {
                continue;
            };
            keys.0.remove(at);
            self.meta.kind = kind;
            return;
        }
    }

    /// What a pack lists. Under the same key others write what is no list, and that is kept as it is.
    fn listed(&mut self, keys: &mut Keys) {
        let at = |keys: &Keys, name: &str| keys.0.iter().position(|(key, _)| key == name);
        let Some(list) = at(keys, "pack") else { return };
        let budget = at(keys, "budget");
        let entry = |at: usize| keys.0.get(at).map(|(_, entry)| entry);
        self.pack = entry(list).and_then(|list| pack::read(list, budget.and_then(entry)));
        if self.pack.is_some() {
            keys.0.retain(|(key, _)| !matches!(key.as_str(), "pack" | "budget"));
        }
    }

    fn dates(&mut self, keys: &mut Keys) {
        if let Some(date) = keys.text(&["date", "created", "created_at", "created_on"]) {
            self.meta.date = Some(date);
        }
        self.meta.updated =
            keys.text(&["updated", "updated_at", "lastmod", "last_modified", "last_updated", "modified"]);
        if self.meta.updated.is_none()
            && let Some(entry) = keys.take(&["last_update"])
        {
            self.meta.updated = match &entry.value {
                Value::Map(pairs) => pairs.iter().find(|pair| pair.key == "date").map(|pair| pair.value.to_text()),
                value => line_of_text(value),
            };
        }
        if let Some(entry) = keys.take(&["verified", "last_reviewed_on", "last_reviewed", "last_verified"]) {
            let said = match entry.value {
                Value::List(items) => items,
                one => vec![one],
            };
            self.meta.verified = said.iter().filter_map(verified).collect();
        }
        self.meta.review_every = keys.text(&["review_every", "review_in"]);
        self.meta.stale_after = keys.text(&["stale_after", "expires", "expires_on", "review_by"]);
    }

    /// What the document is filled in with: a list of names or of mappings with a `name`, or one mapping from names to
    /// descriptions or mappings.
    fn arguments(&mut self, keys: &mut Keys) {
        let Some(entry) = keys.take(&["arguments"]) else { return };
        let declared: Vec<Option<Argument>> = match &entry.value {
            Value::Text(text) => {
                text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(Argument::named).collect()
            }
            Value::List(items) => items.iter().map(|item| argument_of(None, item)).collect(),
            Value::Map(pairs) => pairs.iter().map(|pair| argument_of(Some(&pair.key), &pair.value)).collect(),
        };
        let all = declared.len();
        let named: Vec<Argument> = declared.into_iter().flatten().collect();
        let nameless = named.len() < all;
        let (arguments, left_out) = argument::distinct(named);
        if nameless || left_out {
            let what = "an argument needs a name of its own, of letters, digits, _ and -, and there may be 32; the others \
                        are left out";
            self.find(Level::Warning, &entry, "argument-name", what.to_owned());
        }
        self.meta.arguments = Some(arguments);
    }

    fn narrow(&mut self) {
        self.narrowed = Some(Visibility::Private);
    }

    fn unsure(&mut self, entry: &Entry, rule: &'static str, what: &str) {
        self.narrow();
        self.find(Level::Warning, entry, rule, format!("{what}; the document is private"));
    }

    fn find(&mut self, level: Level, entry: &Entry, rule: &'static str, message: String) {
        self.findings.push(Finding { level, rule: Cow::Borrowed(rule), line: line(entry), column: 1, message });
    }
}

/// Makes one visible line of every text in a value, and adds up what was removed. As deep as front matter may nest.
fn unhide(value: &mut Value, removed: &mut Option<(usize, char)>) {
    let unhide_one = |text: &mut String, removed: &mut Option<(usize, char)>| {
        if let Some((count, first)) = unhide_text(text) {
            *removed = Some(removed.map_or((count, first), |(known, earlier)| (known + count, earlier)));
        }
    };
    match value {
        Value::Text(text) => unhide_one(text, removed),
        Value::List(items) => items.iter_mut().for_each(|item| unhide(item, removed)),
        Value::Map(pairs) => {
            for pair in pairs {
                unhide_one(&mut pair.key, removed);
                unhide(&mut pair.value, removed);
            }
        }
    }
}

fn unhide_text(text: &mut String) -> Option<(usize, char)> {
    let (line, removed) = hidden::one_line(text);
    if let Cow::Owned(line) = line {
        *text = line;
    }
    removed
}

fn line(entry: &Entry) -> u32 {
    u32::try_from(entry.line).unwrap_or(u32::MAX)
}

fn line_of_text(value: &Value) -> Option<String> {
    let text = value.to_text();
    // A folded scalar ends with a line break; a title with one in it is still one title.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

fn verified(value: &Value) -> Option<Verified> {
    let said = match value {
        Value::Map(pairs) => {
            let of = |names: &[&str]| {
                let pair = pairs.iter().find(|pair| names.contains(&canonical(&pair.key).as_str()));
                pair.map_or_else(String::new, |pair| pair.value.to_text())
            };
            Verified { by: of(&["by", "who"]), at: of(&["at", "on", "date"]) }
        }
        value => Verified { by: String::new(), at: value.to_text().trim().to_owned() },
    };
    (!said.by.is_empty() || !said.at.is_empty()).then_some(said)
}

/// Reads an argument; one without a name that can be one is none.
fn argument_of(name: Option<&str>, value: &Value) -> Option<Argument> {
    let Value::Map(pairs) = value else {
        let Some(name) = name else { return Argument::named(&value.to_text()) };
        return Argument::named(name).map(|argument| Argument { description: line_of_text(value), ..argument });
    };
    let of = |names: &[&str]| pairs.iter().find(|pair| names.contains(&canonical(&pair.key).as_str()));
    let text = |names: &[&str]| of(names).and_then(|pair| line_of_text(&pair.value));
    let name = name.map(str::to_owned).or_else(|| text(&["name"]))?;
    let mut argument = Argument::named(&name)?;
    argument.description = text(&["description", "summary", "hint"]);
    argument.required = text(&["required"]).and_then(|text| narrowing::truth(&text)).unwrap_or(false);
    argument.default = text(&["default"]);
    argument.offer(of(&["values", "enum", "options", "choices"]).map_or_else(Vec::new, |pair| pair.value.texts()));
    Some(argument)
}

/// `reviewEvery`, `review-every`, `Review Every` → `review_every`.
fn canonical(key: &str) -> String {
    let mut name = String::with_capacity(key.len() + 2);
    let mut after_small = false;
    for c in key.trim().chars() {
        if c.is_uppercase() && after_small {
            name.push('_');
        }
        after_small = c.is_lowercase() || c.is_ascii_digit();
        match c {
            '-' | ' ' => name.push('_'),
            c => name.extend(c.to_lowercase()),
        }
    }
    name
}

/// The beginning of a text, in quotes.
fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(60).collect::<String>())
}

/// Whether a text begins with a date in figures.
fn is_date(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let figures = |c: char| c.is_ascii_digit() || matches!(c, '-' | '/' | '.' | ':' | ',' | 'T' | 'Z' | '+');
    first.starts_with(|c: char| c.is_ascii_digit()) && first.chars().all(figures)
}

/// The name of a key inside of a value that would narrow if it stood at the top level. As deep as front matter may nest.
fn inner(value: &Value) -> Option<&'static str> {
    match value {
        Value::Text(_) => None,
        Value::List(items) => items.iter().find_map(inner),
        Value::Map(pairs) => pairs.iter().find_map(|pair| {
            let text = pair.value.to_text();
            let narrows = |key: &Key| match key.narrows_on {
                None => key.spelling < Spelling::Near && narrowing::fold(&text) != "public" || key.narrowed_by(&text),
                Some(_) => key.narrowed_by(&text),
            };
            narrowing::key(&pair.key).filter(narrows).map(|key| key.name).or_else(|| inner(&pair.value))
        }),
    }
}

/// Reads a status, MADR's `superseded by [ADR-0005](0005-x.md)` included: the status, and what the document gave way to.
pub(super) fn parse_status(text: &str) -> Option<(Status, Option<String>)> {
    let text = text.trim().trim_matches(['*', '_', '`', '.']).trim();
    let lower = text.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty());
    let first = words.next()?;
    let status = match first {
        "draft" | "proposed" | "wip" | "pending" | "review" | "in-review" | "idea" | "rfc" => Status::Draft,
        "in" if matches!(words.next(), Some("progress" | "review" | "discussion")) => Status::Draft,
        "accepted" | "approved" | "active" | "published" | "final" | "stable" | "current" | "implemented" | "done"
        | "decided" | "adopted" | "live" => Status::Accepted,
        "deprecated" => Status::Deprecated,
        "superseded" | "superceded" | "replaced" => Status::Superseded,
        "retired" | "rejected" | "archived" | "obsolete" | "withdrawn" | "expired" | "removed" => Status::Retired,
        _ => return None,
    };
    // An ASCII lower-case copy has the same offsets.
    let by = lower.find(" by ").and_then(|at| text.get(at + 4..)).map(|rest| match rest.find("](") {
        Some(link) => rest.get(link + 2..).unwrap_or_default().split([')', ' ']).next().unwrap_or_default().to_owned(),
        None => rest.trim_matches(['[', ']', ' ', '.']).to_owned(),
    });
    Some((status, by.filter(|by| status == Status::Superseded && !by.is_empty())))
}

#[cfg(test)]
#[path = "fields_tests.rs"]
mod tests;
