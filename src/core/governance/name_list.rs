//! Names that private documents list: of customers and of people. On a public page they are a leak, or may be one.
//!
//! A document of type `customers` or `people` lists names: each list item and each first cell of a table row, up to
//! the first sign that explains it. A document of type `customer` or `person` is about one: its title and its aliases.

use aho_corasick::{AhoCorasick, MatchKind};

use super::sighting::{Sighting, stands_alone};
use crate::corpus::{Level, Record};

/// A name has so many bytes at least: shorter ones are in every text.
const SHORTEST: usize = 3;

/// And so many at most: what is longer is a sentence.
const LONGEST: usize = 80;

/// The rule for names of customers; a finding of it is a leak.
pub(super) const CUSTOMER: &str = "customer-name";

/// The rule for names of people.
pub(super) const PERSON: &str = "person-name";

/// Names of customers and people, ready to be looked for.
#[derive(Debug, Default)]
pub struct NameList {
    names: Vec<(String, bool)>,
    search: Option<AhoCorasick>,
}

impl NameList {
    /// Whether a file may hold a list, before it is parsed: front matter names the type in clear.
    #[must_use]
    pub fn may_be_in(bytes: &[u8]) -> bool {
        let top = bytes.get(..bytes.len().min(16 * 1024)).unwrap_or_default();
        let fenced = top.starts_with(b"---") || top.starts_with(b"+++") || top.starts_with(b"\xEF\xBB\xBF");
        fenced
            && ["customer", "people", "person"].iter().any(|word| memchr::memmem::find(top, word.as_bytes()).is_some())
    }

    /// Takes the names that a document lists, if it is one that does.
    pub fn read(&mut self, record: &Record, text: &str) {
        let customers = match record.meta.kind.as_str() {
            "customers" | "customer" => true,
            "people" | "person" => false,
            _ => return,
        };
        if matches!(record.meta.kind.as_str(), "customers" | "people") {
            listed(text).for_each(|name| self.add(&name, customers));
        } else {
            self.add(&record.title, customers);
        }
        record.meta.aliases.iter().for_each(|name| self.add(name, customers));
    }

    fn add(&mut self, name: &str, customer: bool) {
        let name = name.trim();
        let letters = name.chars().any(char::is_alphabetic);
        if letters && (SHORTEST..=LONGEST).contains(&name.len()) && !self.names.iter().any(|(known, _)| known == name) {
            self.names.push((name.to_owned(), customer));
        }
    }

    /// Makes the names ready to be looked for.
    #[must_use]
    pub fn ready(mut self) -> Self {
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(true);
        // Names too many for one search would be more than a house has; none are looked for then, and it is told.
        self.search = builder
            .build(self.names.iter().map(|(name, _)| name))
            .inspect_err(|error| {
                tracing::warn!(%error, "names of customers and people cannot be looked for");
            })
            .ok()
            .filter(|_| !self.names.is_empty());
        self
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether a text names a customer.
    #[must_use]
    pub fn names_customer(&self, text: &str) -> bool {
        let mut found = Vec::new();
        self.find(text, &mut found);
        found.iter().any(|seen| seen.rule == CUSTOMER)
    }

    pub(super) fn find(&self, text: &str, found: &mut Vec<Sighting>) {
        let Some(search) = &self.search else { return };
        for hit in search.find_iter(text) {
            let customer = self.names.get(hit.pattern().as_usize()).is_some_and(|(_, customer)| *customer);
            let (rule, what) = if customer {
                (CUSTOMER, "the name of a customer, from a private list")
            } else {
                (PERSON, "the name of a person, from a private list")
            };
            if stands_alone(text.as_bytes(), &hit.range()) {
                found.push(Sighting::new(rule, Level::Warning, what, hit.range()));
            }
        }
    }
}

/// The names in lists and tables.
fn listed(text: &str) -> impl Iterator<Item = String> + '_ {
    let lines: Vec<&str> = text.lines().collect();
    let ruled = |at: usize| lines.get(at).is_some_and(|line| is_rule(line));
    let picked: Vec<&str> = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| {
            let line = line.trim();
            match line.strip_prefix('|') {
                // The row over the rule is the head.
                Some(row) if !is_rule(line) && !ruled(at + 1) => row.split('|').next(),
                Some(_) => None,
                None => item(line),
            }
        })
        .collect();
    picked.into_iter().map(plain).collect::<Vec<_>>().into_iter()
}

fn is_rule(line: &str) -> bool {
    line.contains("--") && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
}

fn item(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = rest.len() < line.len();
    let rest = match numbered {
        true => rest.strip_prefix('.').or_else(|| rest.strip_prefix(')'))?,
        false => line.strip_prefix(['-', '*', '+'])?,
    };
    rest.strip_prefix(' ')
}

/// A name without marks and without what explains it.
fn plain(written: &str) -> String {
    let written = written.trim().trim_start_matches("[ ] ").trim_start_matches("[x] ");
    let text =
        written.strip_prefix("[[").map_or(written, |rest| rest.split(['|', '#', ']']).next().unwrap_or_default());
    let text = text.strip_prefix('[').map_or(text, |rest| rest.split(']').next().unwrap_or_default());
    let end = [" — ", " – ", " - ", ":", "(", ",", ";", "<", "|", " @"].iter().filter_map(|sign| text.find(sign)).min();
    let name = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    name.replace(['*', '_', '`'], "").trim().to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    #![expect(clippy::string_slice, reason = "places come from searches in the same text")]

    use super::*;
    use crate::access::{CollectionName, Visibility};
    use crate::corpus::{Draft, SourceFile, SourcePath};

    /// The names of one private document.
    pub(in crate::governance) fn of(text: &str) -> NameList {
        let collection = CollectionName::parse("corpus").unwrap();
        let file =
            SourceFile { collection, path: SourcePath::new("x.md"), bytes: text.as_bytes().to_vec(), modified_ns: 0 };
        assert!(NameList::may_be_in(text.as_bytes()));
        let (record, body) = Draft::parse(file).classify(Visibility::Private).into_parts();
        let mut list = NameList::default();
        list.read(&record, &body.text);
        list.ready()
    }

    fn seen(list: &NameList, text: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        list.find(text, &mut found);
        found.iter().map(|seen| (seen.rule.to_string(), text[seen.span.clone()].to_owned())).collect()
    }

    #[test]
    fn names_come_from_lists_and_tables_without_what_explains_them() {
        let list = of(
            "---\ntype: customers\naliases: [Blue Heron Group]\n---\n# Customers\n\n- **Blue Heron** — a pilot\n- [Kelpwood](x.md) (since May)\n1. Tern & Co: big\n\n| Name | Since |\n| --- | --- |\n| Gannet | 2024 |\n",
        );
        let names: Vec<&str> = list.names.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Blue Heron", "Kelpwood", "Tern & Co", "Gannet", "Blue Heron Group"]);
    }

    #[test]
    fn a_name_is_found_as_a_word_in_any_case_and_not_in_another_word() {
        let list = of("---\ntype: people\n---\n- Ada Quillfeather\n- Bo\n");
        assert_eq!(list.len(), 1, "two letters are in every text");
        let expected = [(PERSON.to_owned(), "ADA QUILLFEATHER".to_owned())];
        assert_eq!(seen(&list, "as ADA QUILLFEATHER said"), expected);
        assert_eq!(seen(&list, "Ada Quillfeathers"), []);
        let one = of("---\ntype: customer\n---\n# Kelpwood\n");
        assert!(one.names_customer("for Kelpwood.") && !one.names_customer("kelpwoods"));
    }
}
