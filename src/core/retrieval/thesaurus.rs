//! Which names mean the same on a shelf, by its documents of type `term`, and which of them a question uses.
//!
//! Made of one shelf's records and asked only by who may open that shelf: a private glossary changes nothing for
//! strangers. Names are compared by the words that a question is left with, in lower case and without the English plural,
//! so that `SLOs` is `slo`.

use std::collections::HashMap;
use std::ops::Range;

use crate::corpus::Record;
use crate::engine::Analyzer;

/// The most names of one shelf.
const MAX_NAMES: usize = 20_000;

/// The names of one shelf.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thesaurus {
    groups: Vec<Vec<String>>,
    /// Names by their first word.
    by_first: HashMap<String, Vec<Entry>>,
}

/// A name: its words, and its place in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    words: Vec<String>,
    group: usize,
    place: usize,
}

/// A name that a question uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synonym<'a> {
    /// Which words of the question it is.
    pub words: Range<usize>,
    /// Another name of the same thing.
    pub other: &'a str,
}

impl Thesaurus {
    /// Takes up the names that the documents of a shelf give.
    #[must_use]
    pub fn of<'a>(records: impl Iterator<Item = &'a Record>, analyzer: &Analyzer) -> Self {
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
            for (name, place) in names.iter().zip(0..) {
                let words: Vec<String> = analyzer.query(name).words.iter().map(|word| folded(word)).collect();
                if let Some(first) = words.first() {
                    let entry = Entry { words: words.clone(), group: thesaurus.groups.len(), place };
                    thesaurus.by_first.entry(first.clone()).or_default().push(entry);
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
    pub fn named<'a>(&'a self, question: &[String]) -> Vec<Synonym<'a>> {
        let question: Vec<String> = question.iter().map(|word| folded(word)).collect();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(first) = question.get(at) {
            let names = self.by_first.get(first).map_or(&[][..], Vec::as_slice);
            let here = names.iter().filter(|name| question.get(at..at + name.words.len()) == Some(&*name.words));
            let longest = here.clone().map(|name| name.words.len()).max().unwrap_or_default();
            for name in here.filter(|name| name.words.len() == longest) {
                let group = self.groups.get(name.group).map_or(&[][..], Vec::as_slice);
                let others = group.iter().enumerate().filter(|(place, _)| *place != name.place);
                found.extend(others.map(|(_, other)| Synonym { words: at..at + longest, other }));
            }
            at += longest.max(1);
        }
        found.sort_unstable_by(|a, b| (a.words.start, a.other).cmp(&(b.words.start, b.other)));
        found.dedup();
        found
    }
}

fn folded(word: &str) -> String {
    let word = word.to_lowercase();
    match word.strip_suffix('s') {
        Some(one) if one.len() > 2 && !one.ends_with('s') => one.to_owned(),
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::Thesaurus;
    use crate::access::{CollectionName, Visibility};
    use crate::corpus::{Draft, SourceFile, SourcePath};
    use crate::engine::Analyzer;

    fn thesaurus(text: &str) -> Thesaurus {
        let file = SourceFile {
            collection: CollectionName::parse("playbook").unwrap(),
            path: SourcePath::new("glossary.md"),
            bytes: text.as_bytes().to_vec(),
            modified_ns: 0,
        };
        let (record, _) = Draft::parse(file).classify(Visibility::Public).into_parts();
        Thesaurus::of(std::iter::once(&*record), &Analyzer::english())
    }

    fn check(thesaurus: &Thesaurus, question: &str, expected: &[(usize, usize, &str)]) {
        let words = Analyzer::english().query(question).words;
        let named = thesaurus.named(&words);
        let found: Vec<_> = named.iter().map(|name| (name.words.start, name.words.end, name.other)).collect();
        assert_eq!(found, expected, "{question:?}");
    }

    #[test]
    fn a_question_is_told_the_other_names_of_what_it_names() {
        let thesaurus = thesaurus(
            "# Glossary\n\n**SLO**: service level objective.\n\n**Point of contact (PoC)**: a person.\n\n**Level**: also called rank.\n",
        );
        check(&thesaurus, "SLOs for search", &[(0, 1, "service level objective")]);
        check(&thesaurus, "service level objectives", &[(0, 3, "SLO")]);
        check(&thesaurus, "the service of a level", &[(1, 2, "rank")]);
        check(&thesaurus, "a point of contact", &[(0, 2, "PoC")]);
        check(&thesaurus, "nothing of it", &[]);
    }
}
