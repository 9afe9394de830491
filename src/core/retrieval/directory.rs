//! The names of the documents one reader may see, and which document takes the place of which.
//!
//! Made once for a generation: a question is looked up, never held against every document. It knows only the documents
//! it was given, so that a successor that the reader may not see is none.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::corpus::{Destination, DocumentId, Link, LinkKind, Names, Record, Status, is_front_page, mixed, stem};

/// How far a chain of successors is followed.
const CHAIN_MAX: usize = 16;

/// What a question named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    /// The document, by its title.
    Title,
    /// The document, by its id, its path or a part of them.
    Id,
    /// The document, by another name it says it has.
    Alias,
    /// One of its headings: an index into its sections.
    Heading(u32),
}

impl Named {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Id => "id",
            Self::Alias => "alias",
            Self::Heading(_) => "heading",
        }
    }
}

/// The names of a set of documents.
#[derive(Debug, Default)]
pub struct Directory {
    /// By id.
    records: Vec<Arc<Record>>,
    /// Digest of the folded name, document, what it is; ascending.
    names: Vec<(u64, u32, Named)>,
    /// What takes a document's place, for those that have something in their place.
    successors: HashMap<DocumentId, BTreeSet<DocumentId>>,
}

impl Directory {
    /// Takes up the names of documents.
    #[must_use]
    pub fn of(known: &Names) -> Self {
        let mut directory = Self { records: known.records().to_vec(), ..Self::default() };
        for (index, record) in (0..).zip(known.records()) {
            directory.take_up(index, record);
        }
        directory.names.sort_unstable();
        directory.names.dedup();
        directory.succession(known);
        directory
    }

    /// The documents that a text names, by id, with what it named; none when more than `most` have the name. What names
    /// a document comes before what names a heading, and a name as it is before one without its extension.
    #[must_use]
    pub fn named(&self, text: &str, most: usize) -> Vec<(&Arc<Record>, Named)> {
        let text = bare(text);
        let mut documents: BTreeMap<u32, Named> = BTreeMap::new();
        for wanted in [text, stem(text)].into_iter().filter_map(folded) {
            let first = self.names.partition_point(|(name, ..)| *name < wanted);
            for (_, document, what) in self.names.iter().skip(first).take_while(|(name, ..)| *name == wanted) {
                let known = documents.entry(*document).or_insert(*what);
                *known = (*known).min(*what);
            }
            if documents.values().any(|what| !matches!(what, Named::Heading(_))) {
                documents.retain(|_, what| !matches!(what, Named::Heading(_)));
                break;
            }
        }
        if documents.len() > most {
            return Vec::new();
        }
        let record = |(document, what): (u32, Named)| Some((self.records.get(document as usize)?, what));
        documents.into_iter().filter_map(record).collect()
    }

    /// The documents that stand in the place of `id` now, by id: the ends of all chains that begin there. Those that
    /// only lead around in a circle are none.
    #[must_use]
    pub fn successors(&self, id: &DocumentId) -> Vec<DocumentId> {
        let Some(nearest) = self.successors.get(id) else { return Vec::new() };
        let (mut ends, mut seen) = (BTreeSet::new(), HashSet::from([id]));
        let mut open: Vec<&DocumentId> = nearest.iter().collect();
        for _ in 0..CHAIN_MAX {
            let mut further = Vec::new();
            for next in open.drain(..).filter(|next| seen.insert(next)) {
                match self.successors.get(next) {
                    None => drop(ends.insert(next.clone())),
                    Some(more) => further.extend(more),
                }
            }
            open = further;
        }
        ends.into_iter().collect()
    }

    /// The documents that take the place of `id` directly, by id.
    pub fn replaced_by(&self, id: &DocumentId) -> impl Iterator<Item = &DocumentId> {
        self.successors.get(id).into_iter().flatten()
    }

    /// Where a document stands in its life, and what stands in its place now. Something has taken its place whichever of
    /// the two says so.
    #[must_use]
    pub fn standing(&self, record: &Record) -> (Status, Vec<DocumentId>) {
        let successors = self.successors(&record.id);
        let said = record.meta.status.unwrap_or_default();
        (if successors.is_empty() || said == Status::Retired { said } else { Status::Superseded }, successors)
    }

    fn take_up(&mut self, index: u32, record: &Record) {
        let mut add = |name: &str, what: Named| {
            if let Some(name) = folded(name) {
                self.names.push((name, index, what));
            }
        };
        add(&record.title, Named::Title);
        // `ADR-0042: Keep two shelves` is asked for as `ADR-0042`.
        let label = record.title.split_once(": ").or_else(|| record.title.split_once(" - ")).map(|(label, _)| label);
        if let Some(label) = label.filter(|label| label.bytes().any(|byte| byte.is_ascii_digit())) {
            add(label, Named::Id);
        }
        for name in [record.id.as_str(), record.id.path()] {
            add(name, Named::Id);
            add(stem(name), Named::Id);
        }
        let path = stem(record.id.path());
        let (folder, last) = path.rsplit_once('/').unwrap_or(("", path));
        let own_page = is_front_page(path);
        let name = if own_page { folder.rsplit('/').next().unwrap_or_default() } else { last };
        add(name, Named::Id);
        if own_page {
            add(folder, Named::Id);
        }
        // `0007-convex-fusion` is `0007`, and a decision `ADR-0007` as well.
        let digits = name.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = name.get(..name.len() - digits.len()).filter(|number| number.len() >= 2);
        if let Some(number) = number.filter(|_| digits.is_empty() || digits.starts_with(['-', '_', ' '])) {
            add(number, Named::Id);
            add(&format!("adr {number}"), Named::Id);
        }
        for alias in &record.meta.aliases {
            add(stem(bare(alias)), Named::Alias);
        }
        for (section, heading) in (0..).zip(&record.sections) {
            if heading.level > 0 && heading.title != record.title {
                add(&heading.title, Named::Heading(section));
            }
        }
    }

    /// Reads `supersedes` and `superseded_by`, whichever side says it.
    fn succession(&mut self, known: &Names) {
        let mut pairs = Vec::new();
        for record in known.records() {
            for name in &record.meta.superseded_by {
                if let Some(later) = self.meant(known, record, name) {
                    pairs.push((record.id.clone(), later));
                }
            }
            // A draft takes nobody's place yet, and what is retired no longer does.
            if !matches!(record.meta.status, Some(Status::Draft | Status::Retired)) {
                for name in &record.meta.supersedes {
                    if let Some(earlier) = self.meant(known, record, name) {
                        pairs.push((earlier, record.id.clone()));
                    }
                }
            }
        }
        for (earlier, later) in pairs {
            if earlier != later {
                self.successors.entry(earlier).or_default().insert(later);
            }
        }
    }

    /// The document a name in front matter means: resolved as a link would be, else by what documents are called.
    fn meant(&self, known: &Names, from: &Record, name: &str) -> Option<DocumentId> {
        let name = name.trim().trim_matches(['[', ']']);
        let (target, _) = name.split_once('#').unwrap_or((name, ""));
        let link = Link {
            kind: LinkKind::Wiki,
            target: target.to_owned(),
            fragment: None,
            text: String::new(),
            line: 1,
            column: 1,
        };
        if let Destination::Document { id, .. } = known.resolve(from, &link) {
            return Some(id);
        }
        let by_name = self.named(target, usize::MAX);
        let near = |record: &&Arc<Record>| record.id.collection() == from.id.collection();
        let mut documents =
            by_name.iter().filter(|(_, what)| !matches!(what, Named::Heading(_))).map(|(record, _)| record);
        let found = documents.clone().find(|record| near(record)).or_else(|| documents.next());
        found.map(|record| record.id.clone())
    }
}

/// A name as it is looked for: without blanks around it, and without `cairn://`.
fn bare(name: &str) -> &str {
    name.trim().trim_start_matches("cairn://")
}

/// The digest of a name without what writers vary: case, punctuation, and how parts are joined. `None` for a name of
/// punctuation only. `+` and `#` stay: `C++` is not `C`.
fn folded(name: &str) -> Option<u64> {
    let (mut sum, mut gap, mut any) = (0, false, false);
    for c in name.chars() {
        if !c.is_alphanumeric() && !matches!(c, '+' | '#') {
            gap = any;
            continue;
        }
        if gap {
            sum = mixed(sum, u64::from(' '));
            gap = false;
        }
        any = true;
        if c.is_ascii() {
            sum = mixed(sum, u64::from(c.to_ascii_lowercase()));
        } else {
            sum = c.to_lowercase().fold(sum, |sum, c| mixed(sum, u64::from(c)));
        }
    }
    any.then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::{Directory, Named, folded};
    use crate::access::{CollectionName, Visibility};
    use crate::corpus::{Draft, Names, SourceFile, SourcePath};

    /// The directory of documents of `docs` with these paths and texts.
    fn directory(files: &[(&str, &str)]) -> Directory {
        let record = |(path, text): &(&str, &str)| {
            let collection = CollectionName::parse("docs").unwrap();
            let bytes = text.as_bytes().to_vec();
            let file = SourceFile { collection, path: SourcePath::new(path), bytes, modified_ns: 0 };
            Draft::parse(file).classify(Visibility::Public).into_parts().0
        };
        let records: Vec<_> = files.iter().map(record).collect();
        Directory::of(&Names::new(&records))
    }

    fn named<'a>(directory: &'a Directory, text: &str) -> Vec<&'a str> {
        let found = directory.named(text, 9).into_iter().filter(|(_, what)| *what != Named::Title);
        found.map(|(record, _)| record.id.path()).collect()
    }

    #[test]
    fn a_document_is_named_with_its_extension_or_without() {
        let files = [
            ("notes.markdown", "# One"),
            ("notes.md", "# Two"),
            ("a/0042-two.mdx", "# Three\n\n## notes.md\n"),
            ("deep/README.markdown", "# Four"),
        ];
        let directory = directory(&files);
        for (text, expected) in [
            ("notes.markdown", &["notes.markdown"][..]),
            ("docs/notes.md", &["notes", "notes.markdown"]),
            ("notes.md", &["notes", "notes.markdown"]),
            ("cairn://docs/a/0042-two.mdx", &["a/0042-two.mdx"]),
            ("a/0042-two.md", &["a/0042-two.mdx"]),
            ("ADR-0042", &["a/0042-two.mdx"]),
            ("deep", &["deep/README.markdown"]),
            ("deep/README.md", &["deep/README.markdown"]),
            ("two.markdown", &[]),
        ] {
            assert_eq!(named(&directory, text), expected, "{text}");
        }
    }

    #[test]
    fn what_takes_the_place_of_a_document_may_be_told_by_its_file() {
        for written in
            ["old", "old.md", "old.markdown", "docs/old.markdown", "cairn://docs/old", "[[old]]", "Old thing"]
        {
            let text = format!("---\nsupersedes: \"{written}\"\n---\n# New");
            let directory = directory(&[("old.markdown", "# Old thing"), ("new.md", &text)]);
            let old = directory.records.iter().find(|record| record.path.as_str() == "old.markdown").unwrap();
            let later: Vec<_> = directory.successors(&old.id).iter().map(ToString::to_string).collect();
            assert_eq!(later, ["docs/new"], "{written}");
        }
    }

    #[test]
    fn names_are_folded_as_people_vary_them() {
        let same = |one: &str, other: &str| folded(one) == folded(other);
        assert!(
            same("ADR-0042", "adr 0042") && same("the_loop", "The Loop?") && same("playbook/loop", "playbook loop")
        );
        assert!(!same("C++", "C") && !same("loop", "loops") && !same("ab", "a b"));
        assert_eq!(folded(" -- "), None);
    }
}
