//! One generation of the public shelf as the site shows it: trees, reading order, addresses.
//!
//! Made once for a generation, and anew when another commit is checked out; what few pages need is made when the first of
//! them is drawn. Two documents never have one address: a folder's front page takes the folder's, unless a document or
//! another front page has it already. What is retired has its address, and stands in no list.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use super::SiteError;
use super::address::{encoded, parent};
use super::former::Former;
use super::front::View;
use super::proof::Proofs;
use super::tags::Tags;
use super::terms::Terms;
use super::words::Words;
use crate::access::Public;
use crate::corpus::{Destination, Document, DocumentId, Record, Status, is_front_page};
use crate::library::{Graph, HistoryStamp, Image, Images};
use crate::retrieval::{Commit, Directory};

/// A folder of a collection, or the collection itself.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// Collection and path: `playbook/guides`.
    pub(super) path: String,
    /// Its front page, if it has one.
    pub(super) index: Option<usize>,
    /// What is in it, in reading order; without the front page.
    pub(super) entries: Vec<Entry>,
    /// How many documents are listed in it and below.
    count: usize,
}

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// A document, by its place in the edition.
    Page(usize),
    /// A folder, by its path.
    Folder(String),
}

/// What is made when it is first asked for.
#[derive(Debug, Default)]
struct Lazy {
    commits: OnceLock<Vec<Option<Commit>>>,
    newest: OnceLock<Vec<usize>>,
    directory: OnceLock<Directory>,
    former: OnceLock<Former>,
    proofs: OnceLock<Proofs>,
    tags: OnceLock<Tags>,
    terms: OnceLock<Terms>,
    words: OnceLock<Words>,
}

/// One generation of the public shelf.
#[derive(Debug)]
pub(super) struct Edition {
    pub(super) generation: u64,
    pub(super) stamp: HistoryStamp,
    documents: Vec<Document<Public>>,
    by_id: HashMap<DocumentId, usize>,
    folders: BTreeMap<String, Folder>,
    collections: Vec<String>,
    /// The kinds of listed documents.
    kinds: BTreeSet<String>,
    /// Addresses of the documents, by place.
    addresses: Vec<String>,
    /// Documents in reading order, and where each stands in it.
    order: Vec<usize>,
    place_in_order: HashMap<usize, usize>,
    pub(super) graph: Arc<Graph>,
    images: Images,
    lazy: Lazy,
}

impl Edition {
    /// Takes the documents of a generation, sorted by id, with their graph and the images they name.
    pub(super) fn new(
        (generation, stamp): (u64, HistoryStamp),
        documents: Vec<Document<Public>>,
        graph: Arc<Graph>,
        images: Images,
    ) -> Self {
        let by_id = documents.iter().enumerate().map(|(at, one)| (one.record().id.clone(), at)).collect();
        let (folders, collections) = folders(&documents);
        let records = documents.iter().map(Document::record).filter(|record| !is_retired(record));
        let kinds = records.map(|record| record.meta.kind.clone()).collect();
        let mut edition = Self {
            generation,
            stamp,
            addresses: Vec::new(),
            order: Vec::new(),
            place_in_order: HashMap::new(),
            documents,
            by_id,
            folders,
            collections,
            kinds,
            graph,
            images,
            lazy: Lazy::default(),
        };
        edition.addresses = edition.addresses();
        edition.sort();
        edition.order = edition.reading_order();
        edition.place_in_order = edition.order.iter().enumerate().map(|(place, &at)| (at, place)).collect();
        edition
    }

    /// The names of the collections, sorted.
    pub(super) fn collections(&self) -> &[String] {
        &self.collections
    }

    /// Every document, by id.
    pub(super) fn documents(&self) -> &[Document<Public>] {
        &self.documents
    }

    /// The document at a place.
    pub(super) fn document(&self, at: usize) -> Option<&Document<Public>> {
        self.documents.get(at)
    }

    /// Finds a document's place.
    pub(super) fn find(&self, id: &DocumentId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Finds a folder.
    pub(super) fn folder(&self, path: &str) -> Option<&Folder> {
        self.folders.get(path)
    }

    /// A document's path on the site, ready for `href`.
    pub(super) fn address(&self, at: usize) -> &str {
        self.addresses.get(at).map_or("/", String::as_str)
    }

    /// A document's path on the site, by its id.
    pub(super) fn address_of(&self, id: &DocumentId) -> Option<&str> {
        self.find(id).map(|at| self.address(at))
    }

    /// The place of the document whose address this is, whatever the section.
    pub(super) fn at(&self, address: &str) -> Option<usize> {
        let page = address.split('#').next()?;
        self.addresses.iter().position(|known| known == page)
    }

    /// The image at `collection/path`, with the pages that name it. Where a page or a folder has the address, there is none.
    pub(super) fn image(&self, path: &str) -> Option<(&Image, &[DocumentId])> {
        let taken = DocumentId::parse(path).is_ok_and(|id| self.by_id.contains_key(&id)) || self.folder(path).is_some();
        self.images.find(path).filter(|_| !taken)
    }

    /// The name that is shown for a folder: its front page's title, or the folder's name.
    pub(super) fn folder_name(&self, folder: &Folder) -> String {
        match folder.index.and_then(|at| self.document(at)) {
            Some(index) if !is_generic(&index.record().title) => index.record().title.clone(),
            _ => folder_words(&folder.path),
        }
    }

    /// A folder's path on the site, ready for `href`.
    pub(super) fn folder_address(&self, folder: &Folder) -> String {
        folder.index.map_or_else(|| format!("/{}", encoded(&folder.path)), |at| self.address(at).to_owned())
    }

    /// The documents before and after one, in the reading order of its collection.
    pub(super) fn neighbours(&self, at: usize) -> (Option<usize>, Option<usize>) {
        let Some(&place) = self.place_in_order.get(&at) else { return (None, None) };
        let collection = |at: usize| self.document(at).map(|one| one.record().id.collection().to_owned());
        let same = |other: Option<&usize>| other.copied().filter(|&other| collection(other) == collection(at));
        (same(place.checked_sub(1).and_then(|before| self.order.get(before))), same(self.order.get(place + 1)))
    }

    /// How many documents are listed in a folder and below.
    pub(super) fn count(&self, folder: &str) -> usize {
        self.folder(folder).map_or(0, |folder| folder.count)
    }

    /// The documents that stand in lists, with their places, by id.
    pub(super) fn listed(&self) -> impl Iterator<Item = (usize, &Arc<Record>)> {
        let all = self.documents.iter().map(Document::record).enumerate();
        all.filter(|(_, record)| !is_retired(record))
    }

    /// The places of the listed documents, in reading order.
    pub(super) fn in_reading_order(&self) -> impl Iterator<Item = usize> {
        let listed = |at: &usize| self.document(*at).is_some_and(|document| !is_retired(document.record()));
        self.order.iter().copied().filter(listed)
    }

    /// The paths of all folders.
    pub(super) fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.keys().map(String::as_str)
    }

    /// The images that documents name, by `collection/path`.
    pub(super) fn images(&self) -> impl Iterator<Item = &str> {
        self.images.paths()
    }

    /// Whether a document of a kind is listed.
    pub(super) fn has_kind(&self, kind: &str) -> bool {
        self.kinds.contains(kind)
    }

    /// The commit that made a document's bytes.
    pub(super) fn commit(&self, view: &View<'_>, at: usize) -> Option<&Commit> {
        let commits = || self.documents.iter().map(|document| (view.commit)(document)).collect();
        self.lazy.commits.get_or_init(commits).get(at)?.as_ref()
    }

    /// The listed documents whose commits are known, the one that changed last first.
    pub(super) fn newest(&self, view: &View<'_>) -> &[usize] {
        self.lazy.newest.get_or_init(|| {
            let dated = self.listed().filter_map(|(at, _)| Some((&self.commit(view, at)?.date, at)));
            let mut dated: Vec<_> = dated.collect();
            dated.sort_unstable_by(|one, other| other.0.cmp(one.0).then(one.1.cmp(&other.1)));
            dated.into_iter().map(|(_, at)| at).collect()
        })
    }

    /// Which document takes the place of which.
    pub(super) fn directory(&self) -> &Directory {
        self.lazy.directory.get_or_init(|| Directory::of(self.graph.names()))
    }

    /// What documents say they were called.
    pub(super) fn former(&self) -> &Former {
        self.lazy.former.get_or_init(|| Former::of(self))
    }

    /// Which journeys prove which pages.
    pub(super) fn proofs(&self) -> &Proofs {
        self.lazy.proofs.get_or_init(|| Proofs::of(self))
    }

    /// The tags.
    pub(super) fn tags(&self) -> &Tags {
        self.lazy.tags.get_or_init(|| Tags::of_edition(self))
    }

    /// The words of titles, headings and tags.
    pub(super) fn words(&self) -> &Words {
        self.lazy.words.get_or_init(|| Words::of(self))
    }

    /// The terms.
    ///
    /// # Errors
    /// Fails when the index can't give a text.
    pub(super) fn terms(&self, view: &View<'_>) -> Result<&Terms, SiteError> {
        if let Some(terms) = self.lazy.terms.get() {
            return Ok(terms);
        }
        let terms = Terms::of(self, view)?;
        Ok(self.lazy.terms.get_or_init(|| terms))
    }

    fn addresses(&self) -> Vec<String> {
        let mut taken: HashSet<&str> = HashSet::new();
        let all = self.documents.iter().enumerate().map(|(at, one)| {
            let id = &one.record().id;
            let folder = parent(id.as_str());
            let front = is_front_page(id.as_str())
                && self.folder(folder).is_some_and(|folder| folder.index == Some(at))
                && !DocumentId::parse(folder).is_ok_and(|same| self.by_id.contains_key(&same));
            let path = if front { folder } else { id.as_str() };
            taken.insert(path);
            format!("/{}", encoded(path))
        });
        all.collect()
    }

    /// Puts each folder's entries in reading order: as front matter weighs them, then as the front page links them,
    /// then by name.
    fn sort(&mut self) {
        let paths: Vec<String> = self.folders.keys().cloned().collect();
        for path in paths {
            let Some(folder) = self.folders.get(&path) else { continue };
            let linked = self.linked(folder);
            let mut entries = folder.entries.clone();
            entries.sort_by_cached_key(|entry| self.key(entry, &linked));
            if let Some(folder) = self.folders.get_mut(&path) {
                folder.entries = entries;
            }
        }
    }

    /// The documents that a folder's front page links to, with the place of the first link.
    fn linked(&self, folder: &Folder) -> HashMap<DocumentId, usize> {
        let mut linked = HashMap::new();
        if let Some(index) = folder.index.and_then(|at| self.document(at)) {
            for (place, link) in index.record().links.iter().enumerate() {
                if let Destination::Document { id, .. } = self.graph.resolve(index.record(), link) {
                    linked.entry(id).or_insert(place);
                }
            }
        }
        linked
    }

    fn key(&self, entry: &Entry, linked: &HashMap<DocumentId, usize>) -> (i64, usize, String) {
        let at = match entry {
            Entry::Page(at) => Some(*at),
            Entry::Folder(path) => self.folder(path).and_then(|folder| folder.index),
        };
        let record = at.and_then(|at| self.document(at)).map(Document::record);
        let weight = record.and_then(|record| weight(record)).unwrap_or(i64::MAX);
        let place = record.and_then(|record| linked.get(&record.id)).copied().unwrap_or(usize::MAX);
        let name = match entry {
            Entry::Page(_) => record.map_or(String::new(), |record| record.id.as_str().to_lowercase()),
            Entry::Folder(path) => path.to_lowercase(),
        };
        (weight, place, name)
    }

    fn reading_order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.documents.len());
        let mut waiting: Vec<Entry> = self.collections.iter().rev().cloned().map(Entry::Folder).collect();
        while let Some(entry) = waiting.pop() {
            match entry {
                Entry::Page(at) => order.push(at),
                Entry::Folder(path) => {
                    if let Some(folder) = self.folder(&path) {
                        order.extend(folder.index);
                        waiting.extend(folder.entries.iter().rev().cloned());
                    }
                }
            }
        }
        order
    }
}

/// The folders that hold documents, and the collections.
fn folders(documents: &[Document<Public>]) -> (BTreeMap<String, Folder>, Vec<String>) {
    let mut folders: BTreeMap<String, Folder> = BTreeMap::new();
    let mut collections = BTreeSet::new();
    for (at, document) in documents.iter().enumerate() {
        let id = &document.record().id;
        collections.insert(id.collection().to_owned());
        let mut path = parent(id.as_str());
        let folder =
            folders.entry(path.to_owned()).or_insert_with(|| Folder { path: path.to_owned(), ..Folder::default() });
        if is_front_page(id.as_str()) && folder.index.is_none() {
            folder.index = Some(at);
        } else if !is_retired(document.record()) {
            folder.entries.push(Entry::Page(at));
        }
        while !parent(path).is_empty() {
            let above = parent(path);
            let entry = Entry::Folder(path.to_owned());
            let folder = folders
                .entry(above.to_owned())
                .or_insert_with(|| Folder { path: above.to_owned(), ..Folder::default() });
            if folder.entries.contains(&entry) {
                break;
            }
            folder.entries.push(entry);
            path = above;
        }
        let mut around = parent(id.as_str());
        while !is_retired(document.record()) && !around.is_empty() {
            folders.entry(around.to_owned()).or_default().count += 1;
            around = parent(around);
        }
    }
    (folders, collections.into_iter().collect())
}

/// Whether a document says that it is no longer true.
pub(super) fn is_retired(record: &Record) -> bool {
    record.meta.status == Some(Status::Retired)
}

/// Whether a document's id is in a folder or below.
pub(super) fn is_below(id: &str, folder: &str) -> bool {
    id.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// A folder's name in words: its last part, with blanks and a capital.
pub(super) fn folder_words(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path).replace(['-', '_'], " ");
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn is_generic(title: &str) -> bool {
    ["readme", "index", "_index", "home"].iter().any(|word| title.eq_ignore_ascii_case(word))
}

/// What front matter of other systems says of a page's place among its siblings.
fn weight(record: &Record) -> Option<i64> {
    const KEYS: [&str; 4] = ["weight", "sidebar_position", "nav_order", "order"];
    KEYS.iter().find_map(|key| record.meta.other.get(*key)?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use crate::site::fixture::edition;

    #[test]
    fn pages_stand_in_the_order_of_their_front_page_and_have_one_address_each() {
        let edition = edition(&[
            ("playbook/README.md", "# Playbook\n\n[two](b.md) then [one](a.md)"),
            ("playbook/a.md", "# A"),
            ("playbook/b.md", "# B"),
            ("playbook/c.md", "# C"),
            ("playbook/deep/index.md", "# Deep"),
            ("playbook/deep/x y.md", "# X"),
            ("playbook/deep.md", "# The other deep"),
            ("journeys/first.md", "# First"),
        ]);
        let order: Vec<&str> = edition.order.iter().map(|&at| edition.address(at)).collect();
        assert_eq!(
            order,
            [
                "/journeys/first",
                "/playbook",
                "/playbook/b",
                "/playbook/a",
                "/playbook/c",
                "/playbook/deep",
                "/playbook/deep/index",
                "/playbook/deep/x%20y",
            ]
        );
        let first = edition.order[0];
        assert_eq!(edition.neighbours(first), (None, None), "reading ends with the collection");
        assert_eq!(edition.count("playbook"), 7);
        assert_eq!(edition.count("playbook/deep"), 2);
    }
}
