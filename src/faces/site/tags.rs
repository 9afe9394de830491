//! The tags of an edition: which documents have them, and where their pages are.
//!
//! Tags that differ in capitals and blanks alone are one; it is shown as the first document by id writes it.

use std::collections::{BTreeMap, BTreeSet};

use super::address::encoded;
use super::edition::Edition;
use crate::corpus::{Document, Record};

/// In how many ways a tag may be written.
const SPELLINGS: usize = 16;

/// A tag and its documents.
#[derive(Debug)]
pub(super) struct Tag {
    /// As it is written.
    pub(super) name: String,
    /// The places of its documents, by id.
    pub(super) places: Vec<usize>,
}

/// All tags, by key.
#[derive(Debug, Default)]
pub(super) struct Tags(BTreeMap<String, Tag>);

impl Tags {
    /// Reads the tags of an edition's documents.
    pub(super) fn of_edition(edition: &Edition) -> Self {
        let mut tags = Self::default();
        for (at, record) in edition.listed() {
            for name in &record.meta.tags {
                let tag = tags.0.entry(key(name)).or_insert_with(|| Tag { name: name.clone(), places: Vec::new() });
                if tag.places.last() != Some(&at) {
                    tag.places.push(at);
                }
            }
        }
        tags.0.remove("");
        tags
    }

    /// Finds a tag by its key, as it stands in a path.
    pub(super) fn find(&self, wanted: &str) -> Option<(&str, &Tag)> {
        self.0.get_key_value(&key(wanted)).map(|(key, tag)| (key.as_str(), tag))
    }

    /// The tags of a document: their keys, and how they are shown.
    pub(super) fn of(&self, record: &Record) -> BTreeMap<&str, &str> {
        let known = record.meta.tags.iter().filter_map(|name| self.0.get_key_value(&key(name)));
        known.map(|(key, tag)| (key.as_str(), tag.name.as_str())).collect()
    }

    /// A tag as its documents write it; as it is asked for where none has it.
    pub(super) fn spellings(&self, edition: &Edition, wanted: &str) -> Vec<String> {
        let Some((wanted, tag)) = self.find(wanted) else { return vec![wanted.to_owned()] };
        let records = tag.places.iter().filter_map(|&at| edition.document(at)).map(Document::record);
        let written = records.flat_map(|record| record.meta.tags.iter().filter(|name| key(name) == wanted));
        written.cloned().collect::<BTreeSet<_>>().into_iter().take(SPELLINGS).collect()
    }

    /// Every tag with its key, by key.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Tag)> {
        self.0.iter().map(|(key, tag)| (key.as_str(), tag))
    }

    /// The tags that most documents have.
    pub(super) fn most_used(&self, count: usize) -> Vec<(&str, &Tag)> {
        let mut all: Vec<_> = self.iter().collect();
        all.sort_by_key(|(_, tag)| std::cmp::Reverse(tag.places.len()));
        all.truncate(count);
        all
    }

    /// The documents that share tags with one, those that share the most first. A tag counts for more the fewer have it.
    pub(super) fn near(&self, at: usize, record: &Record) -> Vec<usize> {
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for tag in record.meta.tags.iter().filter_map(|name| self.0.get(&key(name))) {
            let weight = 1_000 / tag.places.len().max(1);
            for &other in tag.places.iter().filter(|&&other| other != at) {
                *shared.entry(other).or_default() += weight;
            }
        }
        let mut near: Vec<_> = shared.into_iter().collect();
        near.sort_by_key(|&(other, weight)| (std::cmp::Reverse(weight), other));
        near.into_iter().map(|(other, _)| other).collect()
    }
}

/// The address of a tag's page.
pub(super) fn address(key: &str) -> String {
    format!("/tags/{}", encoded(key))
}

/// The address of the page of a tag as a document writes it.
pub(super) fn address_of(name: &str) -> String {
    address(&key(name))
}

/// A tag as it stands in a path: small letters, one `-` for blanks.
pub(super) fn key(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use crate::site::fixture::edition;

    #[test]
    fn tags_are_one_however_they_are_written_and_what_is_retired_has_none() {
        let edition = edition(&[
            ("playbook/a.md", "---\ntags: [Search Quality, ops]\n---\n# A\n"),
            ("playbook/b.md", "---\ntags: [search quality, C++]\n---\n# B\n"),
            ("playbook/c.md", "---\ntags: [ops, search-quality]\n---\n# C\n"),
            ("playbook/d.md", "---\ntags: ops\nstatus: retired\n---\n# D\n"),
            ("playbook/e.md", "---\ntags: [secret]\nvisibility: private\n---\n# E\n"),
        ]);
        let tags = edition.tags();
        let all: Vec<_> = tags.iter().map(|(key, tag)| (key, tag.name.as_str(), tag.places.len())).collect();
        assert_eq!(all, [("c++", "C++", 1), ("ops", "ops", 2), ("search-quality", "Search Quality", 3)]);
        assert_eq!(tags.find("Search-Quality").map(|(key, _)| key), Some("search-quality"));
        assert!(tags.find("secret").is_none());
        assert_eq!(super::address_of("C++"), "/tags/c%2B%2B");
        let first = edition.document(0).unwrap().record();
        assert_eq!(tags.near(0, first), [2, 1], "C shares two tags with A");
    }
}
