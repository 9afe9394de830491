//! Which names mean the same on a shelf, by its documents of type `term`, and which of them a question uses.
//!
//! Made of one shelf's records and asked only by who may open that shelf: a private glossary changes nothing for
//! strangers. Names are compared by their words, in lower case and without the English plural, so that `SLOs` is `slo`.

use std::collections::HashMap;
use std::ops::Range;

use crate::corpus::Record;

/// The most names of one shelf.
const MAX_NAMES: usize = 20_000;

/// The names of one shelf.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thesaurus {
    groups: Vec<Vec<String>>,
    /// Names by their first word: their words, and the group that they belong to.
    by_first: HashMap<String, Vec<(Vec<String>, usize)>>,
}

/// A name that a question uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named<'a> {
    /// Which words of the question it is.
    pub words: Range<usize>,
    /// Another name of the same thing.
    pub other: &'a str,
}

impl Thesaurus {
    /// Takes up the names that the documents of a shelf give.
    #[must_use]
    pub fn of<'a>(records: impl Iterator<Item = &'a Record>) -> Self {
        let mut all: Vec<(&str, &Vec<String>)> =
            records.flat_map(|record| record.synonyms.iter().map(|names| (record.id.as_str(), names))).collect();
        // The order of the catalogue is any; what is left out past the bound must not depend on it.
        all.sort_unstable();
        let (mut thesaurus, mut count) = (Self::default(), 0);
        for (_, names) in all {
            count += names.len();
            if count > MAX_NAMES {
                break;
            }
            for name in names {
                let words: Vec<String> = words(name).collect();
                if let Some(first) = words.first() {
                    thesaurus.by_first.entry(first.clone()).or_default().push((words, thesaurus.groups.len()));
                }
            }
            thesaurus.groups.push(names.clone());
        }
        thesaurus
    }

    /// Whether there are no names.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The other names of everything that `question` names; the longest name at a place counts.
    #[must_use]
    pub fn named<'a>(&'a self, question: &[String]) -> Vec<Named<'a>> {
        let question: Vec<String> = question.iter().map(|word| folded(word)).collect();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(first) = question.get(at) {
            let here = |(name, _): &&(Vec<String>, usize)| question.get(at..at + name.len()) == Some(name.as_slice());
            let names = self.by_first.get(first).map_or(&[][..], Vec::as_slice);
            let longest = names.iter().filter(here).map(|(name, _)| name.len()).max().unwrap_or_default();
            for (name, group) in names.iter().filter(here).filter(|(name, _)| name.len() == longest) {
                let others = self.groups.get(*group).into_iter().flatten();
                let others = others.filter(|other| !words(other).eq(name.iter().map(String::as_str)));
                found.extend(others.map(|other| Named { words: at..at + longest, other }));
            }
            at += longest.max(1);
        }
        found.sort_unstable_by(|a, b| (a.words.start, a.other).cmp(&(b.words.start, b.other)));
        found.dedup();
        found
    }
}

fn words(name: &str) -> impl Iterator<Item = String> {
    name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(folded)
}

fn folded(word: &str) -> String {
    let word = word.to_lowercase();
    match word.strip_suffix('s') {
        Some(one) if one.len() > 2 && !one.ends_with('s') => one.to_owned(),
        _ => word,
    }
}
