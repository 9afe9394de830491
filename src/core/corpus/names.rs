//! Where links lead, among the documents a reader may see.
//!
//! [`Names`] knows only the documents it was given: a link to one that the reader may not see is as missing as one to
//! a file that was never there. Every choice between several documents is deterministic.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use super::file_name::{FRONT_PAGES, is_markdown};
use super::{DocumentId, ImageType, Link, LinkKind, Record, SourcePath, slug, stem};
use crate::access::CollectionName;

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// To a document, perhaps the one it stands in, and to a heading's anchor if it names one.
    Document {
        /// The document.
        id: DocumentId,
        /// The anchor as the document has it.
        anchor: Option<String>,
    },
    /// To a document that has no such anchor.
    MissingAnchor {
        /// The document.
        id: DocumentId,
        /// The fragment as written.
        fragment: String,
    },
    /// Out of the corpus: an address with a scheme.
    External(String),
    /// To a file of a collection that is not a document; whether it is there is not known here.
    Asset {
        /// The collection.
        collection: String,
        /// The path in it.
        path: SourcePath,
    },
    /// To a folder that has documents but no page of its own.
    Folder {
        /// The collection.
        collection: String,
        /// The folder's path in it.
        path: String,
    },
    /// To something in or above the repository, outside of every collection: not ours to judge.
    Outside(String),
    /// To no document the reader may see.
    Missing,
}

/// The names of documents: paths, titles, aliases.
#[derive(Debug, Clone, Default)]
pub struct Names {
    records: Vec<Arc<Record>>,
    /// By id, folded and without extension: `x` and `x.markdown` are found together, and told apart then.
    by_id: HashMap<String, Vec<usize>>,
    /// By the last part of that.
    by_stem: HashMap<String, Vec<usize>>,
    by_title: HashMap<String, Vec<usize>>,
    by_alias: HashMap<String, Vec<usize>>,
    /// Collections with their folders in the repository, the longest folder first.
    folders: Vec<(String, String)>,
}

impl Names {
    /// Takes up the documents a reader may see. A collection's folder is taken to have its name.
    #[must_use]
    pub fn new<'a>(records: impl IntoIterator<Item = &'a Arc<Record>>) -> Self {
        Self::of(records.into_iter().cloned().collect())
    }

    fn of(mut records: Vec<Arc<Record>>) -> Self {
        records.sort_by(|a, b| a.id.cmp(&b.id));
        let mut names = Self { records, ..Self::default() };
        for (index, record) in names.records.iter().enumerate() {
            let id = fold(record.id.as_str());
            let plain = stem(&id);
            names.by_stem.entry(last_part(plain).to_owned()).or_default().push(index);
            names.by_id.entry(plain.to_owned()).or_default().push(index);
            names.by_title.entry(fold(&record.title).into_owned()).or_default().push(index);
            for alias in &record.meta.aliases {
                let alias = fold(stem(alias.trim_matches('/'))).into_owned();
                names.by_alias.entry(alias).or_default().push(index);
            }
            if names.folders.last().is_none_or(|(known, _)| known != record.id.collection()) {
                let collection = record.id.collection().to_owned();
                names.folders.push((collection.clone(), collection));
            }
        }
        names
    }

    /// Says in which folder of the repository a collection is, where that is not its name; empty for the root.
    #[must_use]
    pub fn with_folder(mut self, collection: &CollectionName, folder: &str) -> Self {
        self.folders.retain(|(known, _)| known != collection.as_str());
        self.folders.push((collection.as_str().to_owned(), folder.trim_matches('/').to_owned()));
        self.folders.sort_by_key(|(name, folder)| (Reverse(folder.len()), name.clone()));
        self
    }

    /// The documents, by id.
    #[must_use]
    pub fn records(&self) -> &[Arc<Record>] {
        &self.records
    }

    /// The documents that share their title with another, by title and id.
    pub fn alike(&self) -> impl Iterator<Item = Vec<&Arc<Record>>> {
        let mut groups: Vec<&Vec<usize>> = self.by_title.values().filter(|group| group.len() > 1).collect();
        groups.sort();
        groups.into_iter().map(|group| group.iter().filter_map(|&index| self.records.get(index)).collect())
    }

    /// Finds where a link in `from` leads.
    #[must_use]
    pub fn resolve(&self, from: &Record, link: &Link) -> Destination {
        let fragment = link.fragment.as_deref().filter(|fragment| !fragment.is_empty());
        let wiki = matches!(link.kind, LinkKind::Wiki | LinkKind::Embed);
        if link.target.is_empty() {
            return anchored(from, fragment, wiki);
        }
        if let Some(id) = link.target.strip_prefix("cairn://") {
            let id = decoded(id);
            let found = self.exact(&id).or_else(|| self.called(&id));
            return found.map_or(Destination::Missing, |record| anchored(record, fragment, false));
        }
        if has_scheme(&link.target) {
            let hash = if fragment.is_some() { "#" } else { "" };
            return Destination::External(format!("{}{hash}{}", link.target, fragment.unwrap_or_default()));
        }
        if wiki && let Some(record) = self.named(from, &link.target).first() {
            return anchored(record, fragment, true);
        }
        // What Obsidian writes for a picture that is not beside the page is its path from the top.
        let from_top = link.kind == LinkKind::Embed && ImageType::is_name(&link.target) && link.target.contains('/');
        if from_top && !link.target.starts_with(['.', '/']) {
            return self.by_path(from, &format!("/{}", link.target), fragment);
        }
        self.by_path(from, &link.target, fragment)
    }

    /// The documents a wiki link may mean, the one it is taken for first; none for other links.
    #[must_use]
    pub fn candidates(&self, from: &Record, link: &Link) -> Vec<&Arc<Record>> {
        if !matches!(link.kind, LinkKind::Wiki | LinkKind::Embed) || link.target.is_empty() || has_scheme(&link.target)
        {
            return Vec::new();
        }
        self.named(from, &link.target)
    }

    /// Documents by the end of their path, else by title, else by alias; the nearest to `from` first.
    fn named(&self, from: &Record, name: &str) -> Vec<&Arc<Record>> {
        let name = decoded(name);
        let name = name.trim().trim_start_matches("./").trim_matches('/');
        let (written, file) = (fold(name), fold(DocumentId::path_of(name)));
        let plain = stem(&file);
        let near: Vec<&Arc<Record>> = self.among(&self.by_stem, last_part(plain)).collect();
        let of = |ends_so: &dyn Fn(&str) -> bool| -> Vec<&Arc<Record>> {
            near.iter().copied().filter(|record| ends_so(&fold(record.id.as_str()))).collect()
        };
        // As it is written, as an id or as a file; else with another extension.
        let mut found = of(&|id| ends(id, &written) || ends(id, &file));
        if found.is_empty() {
            found = of(&|id| ends(stem(id), plain));
        }
        for (names, name) in [(&self.by_title, &*written), (&self.by_title, plain), (&self.by_alias, plain)] {
            if found.is_empty() {
                found = self.among(names, name).collect();
            }
        }
        found.sort_by_key(|record| {
            let id = record.id.as_str();
            let near = id.split('/').zip(from.id.as_str().split('/')).take_while(|(a, b)| a == b).count();
            (Reverse(near), id.matches('/').count(), id)
        });
        found
    }

    /// Documents by a path as it is written in an inline link.
    fn by_path(&self, from: &Record, target: &str, fragment: Option<&str>) -> Destination {
        let target = decoded(target.split('?').next().unwrap_or_default());
        let folder = self.folder_of(from.id.collection());
        let (here, _) = from.path.as_str().rsplit_once('/').unwrap_or(("", ""));
        // Root-absolute: the collection's root is tried first, then the repository's.
        let starts: Vec<String> = match target.strip_prefix('/') {
            Some(_) => vec![folder.to_owned(), String::new()],
            None => vec![format!("{folder}/{here}")],
        };
        let mut elsewhere = Destination::Missing;
        for start in starts {
            let Some(path) = normalised(&start, &target) else {
                return Destination::Outside(target.into_owned());
            };
            if path.is_empty() && target.starts_with('/') {
                continue;
            }
            let Some((collection, inside)) = self.inside(&path) else {
                if matches!(elsewhere, Destination::Missing) && !target.starts_with('/') {
                    elsewhere = Destination::Outside(path);
                }
                continue;
            };
            if let Some(record) = self.page(collection, inside) {
                return anchored(record, fragment, false);
            }
            if self.holds(collection, inside) {
                return Destination::Folder { collection: collection.to_owned(), path: inside.to_owned() };
            }
            let is_file = last_part(inside).rsplit_once('.').is_some_and(|(stem, extension)| {
                !stem.is_empty() && !extension.is_empty() && extension.len() <= 8 && !is_markdown(inside)
            });
            // Of two readings from a root, the repository's is right if it leads into a collection.
            if is_file {
                elsewhere = Destination::Asset { collection: collection.to_owned(), path: SourcePath::new(inside) };
            }
        }
        elsewhere
    }

    /// A document by its path in a collection as it may be written, or a folder's own page.
    fn page(&self, collection: &str, inside: &str) -> Option<&Arc<Record>> {
        let whole = format!("{collection}/{inside}");
        let folder = whole.trim_end_matches('/');
        let front = || FRONT_PAGES.iter().find_map(|page| self.called(&format!("{folder}/{page}")));
        self.called(&whole).or_else(front)
    }

    /// A document by what people write for its id: the path of its file, another extension or none, or `.html`, in any
    /// case. Of several the one whose file is written so, else the one whose id is, else the first by id.
    #[must_use]
    pub fn called(&self, name: &str) -> Option<&Arc<Record>> {
        let file = DocumentId::path_of(name);
        let (folded_name, folded_file) = (fold(name), fold(file));
        let far = |record: &&Arc<Record>| {
            let id = record.id.as_str();
            let folded = fold(id);
            (id != file, folded != folded_file, id != name, folded != folded_name)
        };
        let web = || name.strip_suffix(".html").or_else(|| name.strip_suffix(".htm"));
        let found = self.among(&self.by_id, stem(&folded_file)).min_by_key(far);
        found.or_else(|| self.called(web()?))
    }

    /// Whether documents are under a folder; the records are in the order of their ids.
    fn holds(&self, collection: &str, inside: &str) -> bool {
        let prefix = if inside.is_empty() { format!("{collection}/") } else { format!("{collection}/{inside}/") };
        let first = self.records.partition_point(|record| record.id.as_str() < prefix.as_str());
        self.records.get(first).is_some_and(|record| record.id.as_str().starts_with(&prefix))
    }

    /// A document by its id, whatever the case of its letters; the one that is spelt so, if there are several.
    fn exact(&self, id: &str) -> Option<&Arc<Record>> {
        let folded = fold(id);
        let same = self.among(&self.by_id, stem(&folded)).filter(|record| fold(record.id.as_str()) == folded);
        same.min_by_key(|record| record.id.as_str() != id)
    }

    /// The documents that one of the maps has under a name, by id.
    fn among<'a>(
        &'a self,
        names: &'a HashMap<String, Vec<usize>>,
        name: &str,
    ) -> impl Iterator<Item = &'a Arc<Record>> {
        names.get(name).into_iter().flatten().filter_map(|&index| self.records.get(index))
    }

    fn folder_of<'a>(&'a self, collection: &'a str) -> &'a str {
        self.folders.iter().find(|(known, _)| known == collection).map_or(collection, |(_, folder)| folder)
    }

    /// The collection a path from the repository's root is in, and the path in it.
    fn inside<'a>(&'a self, path: &'a str) -> Option<(&'a str, &'a str)> {
        self.folders.iter().find_map(|(collection, folder)| {
            let rest = path.strip_prefix(folder.as_str())?;
            let inside = if folder.is_empty() || rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') };
            inside.map(|inside| (collection.as_str(), inside))
        })
    }
}

/// The destination in a document that was found.
fn anchored(record: &Record, fragment: Option<&str>, by_title: bool) -> Destination {
    let id = record.id.clone();
    let Some(fragment) = fragment else { return Destination::Document { id, anchor: None } };
    // `#^block` is Obsidian's name of a paragraph; `Part#Heading` names a heading in its part.
    let wanted = if by_title { fragment.rsplit('#').next().unwrap_or_default() } else { fragment };
    if fragment.starts_with(":~:") || (by_title && wanted.starts_with('^')) || wanted.eq_ignore_ascii_case("top") {
        return Destination::Document { id, anchor: None };
    }
    let wanted = decoded(wanted.strip_prefix("user-content-").unwrap_or(wanted));
    let folded = fold(&wanted);
    let slugged = if by_title { slug(&wanted) } else { String::new() };
    let headings = record.sections.iter().filter(|section| section.level > 0);
    let section = headings.clone().find(|section| fold(&section.anchor) == folded).or_else(|| {
        headings.clone().find(|section| by_title && (section.anchor == slugged || fold(&section.title) == folded))
    });
    let anchor =
        section.map(|section| &section.anchor).or_else(|| record.anchors.iter().find(|anchor| **anchor == *wanted));
    match anchor {
        Some(anchor) => Destination::Document { id, anchor: Some(anchor.clone()) },
        None => Destination::MissingAnchor { id, fragment: fragment.to_owned() },
    }
}

/// Lower case and one Unicode normal form: what a reader takes for the same name.
fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    if is_nfc(text) {
        Cow::Owned(text.to_lowercase())
    } else {
        Cow::Owned(text.nfc().collect::<String>().to_lowercase())
    }
}

/// Whether an id ends with a name: with whole parts of a path.
fn ends(id: &str, name: &str) -> bool {
    id.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// An address with a scheme, or `//host`. One letter and a colon is a drive, not a scheme.
fn has_scheme(target: &str) -> bool {
    let scheme = target.split_once(':').map_or("", |(scheme, _)| scheme);
    let spelt = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    spelt || target.starts_with("//")
}

/// Undoes `%20`; what is not UTF-8 then stays as it was.
#[must_use]
pub fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits = text.get(at + 1..at + 3).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| byte == b'%') {
            Some(decoded) => {
                plain.push(decoded);
                at += 3;
            }
            None => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(plain).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Joins a path to a folder and takes `.` and `..` out; `None` when it leads above the root.
fn normalised(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
