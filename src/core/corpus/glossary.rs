//! Which names mean the same, as the corpus itself says: documents of type `term`, and pages that list terms.
//!
//! A document about one term has its title, aliases and synonyms as names. A page of entries (`Glossary`) is read line by
//! line: definition lists, headings, bold terms, rows of a table. What is read is only what a reader sees as names; a
//! text that merely explains a term in other words gives none. Everything is bounded: a page of any shape costs its length.

use std::collections::BTreeMap;

use super::{Meta, Section};

/// The most entries of one page.
const MAX_ENTRIES: usize = 2_000;
/// The most names of one thing.
const MAX_NAMES: usize = 8;
/// The longest name, in characters and in words.
const MAX_NAME: (usize, usize) = (64, 6);
/// The longest abbreviation that is held against the first letters of its definition.
const MAX_LETTERS: usize = 8;

/// Words that stand for the page, not for a term.
const PAGE_WORDS: [&str; 7] = ["glossary", "terms", "terminology", "vocabulary", "abbreviations", "acronyms", "jargon"];
/// What comes before another name in a definition.
const ALSO: [&str; 6] = ["also called", "also known as", "abbreviated as", "synonyms:", "synonym:", "aka"];
/// Keys of front matter that hold other names.
const KEYS: [&str; 4] = ["synonyms", "abbreviation", "abbreviations", "acronym"];

/// The names of each thing that has several, for a document of type `term`; the one that is explained first.
pub(super) fn synonyms(title: &str, meta: &Meta, sections: &[Section], text: &str) -> Vec<Vec<String>> {
    if meta.kind != "term" {
        return Vec::new();
    }
    if is_page(title) {
        return entries(sections, text);
    }
    let mut names = Names::default();
    names.term(title);
    meta.aliases.iter().filter(|alias| !alias.contains('/')).for_each(|alias| names.add(alias));
    names.keys(&meta.other);
    names.done().into_iter().collect()
}

/// A term as a page that lists terms explains it, without marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The term.
    pub name: String,
    /// What it means.
    pub definition: String,
}

/// The terms that a document of type `term` lists with their definitions, in its order; none for a document that is about
/// one term.
#[must_use]
pub fn listed_terms(title: &str, text: &str) -> Vec<Term> {
    let mut found: Vec<Term> = Vec::new();
    if !is_page(title) {
        return found;
    }
    let mut fenced = false;
    let mut lines = text.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        fenced ^= line.starts_with("```") || line.starts_with("~~~");
        let below = lines.peek().copied().unwrap_or_default();
        // The head of a table names its columns.
        let is_rule = |line: &str| line.starts_with('|') && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '));
        if fenced || line.is_empty() || is_rule(line) || is_rule(below) {
            continue;
        }
        let Some((name, definition)) = entry(line, below) else { continue };
        let (name, mut definition) = (plain(name).trim().to_owned(), plain(definition).trim().to_owned());
        if definition.is_empty() {
            continue;
        }
        if !line.starts_with('|') && !below.starts_with(": ") {
            // A definition goes on until a blank line, or until another entry begins.
            while let Some(more) = lines.next_if(|more| !more.is_empty() && entry(more, "").is_none()) {
                definition.push(' ');
                definition.push_str(plain(more).trim());
            }
        }
        if found.len() < MAX_ENTRIES && !name.is_empty() {
            found.push(Term { name, definition });
        }
    }
    found
}

/// Whether a title is that of a page that lists terms.
fn is_page(title: &str) -> bool {
    title.split(|c: char| !c.is_alphanumeric()).any(|word| PAGE_WORDS.contains(&word.to_lowercase().as_str()))
}

/// The entries of a page that lists terms.
fn entries(sections: &[Section], text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut fence: Option<&str> = None;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if let Some(mark) = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark)) {
            fence = if fence.is_none() { Some(mark) } else { fence.filter(|open| *open != mark) };
            continue;
        }
        if fence.is_some() || trimmed.is_empty() {
            continue;
        }
        let below = lines.peek().copied().unwrap_or_default().trim();
        let Some((term, definition)) = entry(trimmed, below) else { continue };
        let mut names = Names::default();
        names.term(&plain(term));
        names.definition(&plain(definition));
        found.extend(names.done());
        if found.len() == MAX_ENTRIES {
            return found;
        }
    }
    // Headings are known already, with their markup taken out; the first line below one explains it.
    for section in sections.iter().filter(|section| section.level > 1) {
        let body = text.get(section.body as usize..section.span.end as usize).unwrap_or_default();
        let first = body.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let mut names = Names::default();
        names.term(&section.title);
        names.definition(&plain(first));
        found.extend(names.done());
    }
    found.truncate(MAX_ENTRIES);
    found
}

/// Splits a line into a term and what is said of it, if it is an entry.
fn entry<'a>(line: &'a str, below: &'a str) -> Option<(&'a str, &'a str)> {
    if let Some(definition) = below.strip_prefix(": ") {
        return Some((line, definition));
    }
    if let Some(row) = line.strip_prefix('|') {
        let mut cells = row.split('|').map(str::trim);
        return Some((cells.next()?, cells.next()?)).filter(|(term, _)| !term.is_empty());
    }
    let item = ["- ", "* ", "+ "].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line).trim_start();
    ["**", "__"].iter().find_map(|mark| {
        let (term, definition) = item.strip_prefix(mark)?.split_once(mark)?;
        Some((term.trim_end_matches(':'), definition.trim_start_matches([':', ' ', '-', '–', '—'])))
    })
}

/// Takes the marks of emphasis, code and links out of one line.
fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['*', '_', '`', '[', ']']) {
        let (before, behind) = rest.split_at(at);
        out.push_str(before);
        let mark = behind.chars().next().unwrap_or_default();
        rest = behind.get(mark.len_utf8()..).unwrap_or_default();
        if mark == '_' && before.ends_with(char::is_alphanumeric) && rest.starts_with(char::is_alphanumeric) {
            out.push('_');
        }
        // The address behind a link's text says nothing.
        if let (']', Some(address)) = (mark, rest.strip_prefix('(')) {
            rest = address.split_once(')').map_or("", |(_, rest)| rest);
        }
    }
    out.push_str(rest);
    out
}

/// The names of one thing, as they are found.
#[derive(Default)]
struct Names(Vec<String>);

impl Names {
    /// Reads a term as it stands over its definition: `Service level objective (SLO)`, `k8s, Kubernetes`, `A / B`.
    fn term(&mut self, term: &str) {
        let (outside, inside) = match term.split_once('(') {
            Some((outside, rest)) => (outside, rest.split_once(')').map_or(rest, |(inside, _)| inside)),
            None => (term, ""),
        };
        for part in [outside, inside] {
            for name in part.split([',', ';']).flat_map(|part| part.split(" / ")).flat_map(|part| part.split(" or ")) {
                self.add(name);
            }
        }
    }

    /// Reads the names that a definition gives: what an abbreviation stands for, and what is `also called`.
    fn definition(&mut self, definition: &str) {
        if let Some(short) = self.0.first().filter(|name| is_abbreviation(name)) {
            let long = spelled(short, definition);
            long.into_iter().for_each(|long| self.add(&long));
        }
        let lower = definition.to_lowercase();
        // Lower case may be longer or shorter than what it is made of: then places don't agree, and nothing is taken.
        let agrees = lower.len() == definition.len();
        for mark in ALSO.iter().filter(|_| agrees) {
            let Some(at) = lower.find(mark) else { continue };
            let rest = definition.get(at + mark.len()..).unwrap_or_default();
            let names = rest.split(['.', ';', '(', ')']).next().unwrap_or_default();
            for name in names.split(',').flat_map(|part| part.split(" or ")).flat_map(|part| part.split(" and ")) {
                self.add(name);
            }
        }
    }

    fn keys(&mut self, other: &BTreeMap<String, String>) {
        for names in KEYS.iter().filter_map(|key| other.get(*key)) {
            names.split([',', ';']).for_each(|name| self.add(name));
        }
    }

    fn add(&mut self, name: &str) {
        let name = name
            .trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '"' | '\'' | '“' | '”' | '.' | '!' | '?'));
        let words = name.split_whitespace().count();
        let fits = !name.is_empty() && name.chars().count() <= MAX_NAME.0 && words <= MAX_NAME.1;
        let known = self.0.iter().any(|known| known.to_lowercase() == name.to_lowercase());
        if fits && !known && name.chars().any(char::is_alphanumeric) && self.0.len() < MAX_NAMES {
            self.0.push(name.to_owned());
        }
    }

    /// One name alone means nothing but itself.
    fn done(self) -> Option<Vec<String>> {
        (self.0.len() > 1).then_some(self.0)
    }
}

fn is_abbreviation(name: &str) -> bool {
    let letters = name.chars().count();
    let capitals = name.chars().filter(|c| c.is_uppercase() || c.is_ascii_digit()).count();
    (2..=MAX_LETTERS).contains(&letters) && capitals * 2 > letters && !name.contains(' ')
}

/// The words at the beginning of a definition whose first letters spell the abbreviation: `Service level objective, …`.
fn spelled(short: &str, definition: &str) -> Option<String> {
    let letters: Vec<char> = short.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let words: Vec<&str> = definition.split([' ', '-']).filter(|word| !word.is_empty()).take(letters.len()).collect();
    let initials =
        words.iter().filter_map(|word| word.chars().find(|c| c.is_alphanumeric())).flat_map(char::to_lowercase);
    if words.len() < 2 || !initials.eq(letters.iter().copied()) {
        return None;
    }
    let last = words.last()?.trim_matches(|c: char| !c.is_alphanumeric());
    let first = words.get(..words.len() - 1)?.join(" ");
    Some(format!("{first} {last}"))
}

#[cfg(test)]
#[path = "glossary_tests.rs"]
mod tests;
