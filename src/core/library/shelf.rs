//! One shelf at one generation, and the slot in which generations are swapped.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::access::{CollectionName, Public, Scope};
use crate::corpus::{Digest, Document, DocumentId, Names};
use crate::engine::{Analyzer, DocumentNo, EngineError, Searcher};
use crate::retrieval::{Directory, Thesaurus};

use super::{Graph, graph};

/// One generation of a shelf of scope `S`: documents, words, vectors and texts that belong together.
#[derive(Debug)]
pub struct Shelf<S: Scope> {
    searcher: Arc<dyn Searcher>,
    places: Arc<Places>,
    graph: OnceLock<Arc<Graph>>,
    names: OnceLock<Names>,
    thesaurus: OnceLock<Arc<Thesaurus>>,
    directory: OnceLock<Arc<Directory>>,
    documents: OnceLock<Vec<Document<S>>>,
    listed: OnceLock<u64>,
    state: OnceLock<u64>,
    counts: OnceLock<BTreeMap<CollectionName, usize>>,
    scope: PhantomData<S>,
}

/// The folder of each collection, relative to the root: how links across collections are written.
pub(super) type Places = BTreeMap<String, String>;

impl<S: Scope> Shelf<S> {
    pub(super) fn new(searcher: Arc<dyn Searcher>, places: Arc<Places>) -> Self {
        Self {
            searcher,
            places,
            graph: OnceLock::new(),
            names: OnceLock::new(),
            thesaurus: OnceLock::new(),
            directory: OnceLock::new(),
            documents: OnceLock::new(),
            listed: OnceLock::new(),
            state: OnceLock::new(),
            counts: OnceLock::new(),
            scope: PhantomData,
        }
    }

    /// The engine's frozen view.
    pub(super) fn searcher(&self) -> &Arc<dyn Searcher> {
        &self.searcher
    }

    /// The generation's number.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.searcher.generation()
    }

    /// The id of the model that made its vectors.
    #[must_use]
    pub fn model(&self) -> &str {
        self.searcher.embedder().model().as_str()
    }

    /// How many passages there are.
    #[must_use]
    pub fn passages(&self) -> u64 {
        self.searcher.chunks()
    }

    /// Finds a document by its id.
    #[must_use]
    pub fn document(&self, id: &DocumentId) -> Option<Document<S>> {
        self.searcher.catalogue().number(id).and_then(|number| self.by_number(number))
    }

    pub(super) fn by_number(&self, number: DocumentNo) -> Option<Document<S>> {
        self.searcher.catalogue().record(number).and_then(|record| Document::open(Arc::clone(record)))
    }

    /// Every document, by id. Sorted when first asked for.
    #[must_use]
    pub fn documents(&self) -> &[Document<S>] {
        self.documents.get_or_init(|| {
            let records = self.searcher.catalogue().iter();
            let mut documents: Vec<_> = records.filter_map(|(_, record)| Document::open(Arc::clone(record))).collect();
            documents.sort_unstable_by(|a: &Document<S>, b| a.record().id.cmp(&b.record().id));
            documents
        })
    }

    /// A number for what a list of the documents says: another one when a document comes, goes, or is called otherwise.
    /// Made when first asked for; that costs a pass over what is known of the documents, and no sorting.
    pub(super) fn listed(&self) -> u64 {
        *self.listed.get_or_init(|| {
            let records = self.searcher.catalogue().iter();
            let numbers = records.map(|(_, record)| {
                let mut hasher = DefaultHasher::new();
                (record.id.as_str(), &record.title, &record.meta.description).hash(&mut hasher);
                hasher.finish()
            });
            numbers.fold(0, u64::wrapping_add)
        })
    }

    /// A number for what is answered from: another one when a document's file comes, goes or changes, and with another
    /// model. An index that is begun anew counts its generations from the beginning; with this beside it none is taken for
    /// another.
    #[must_use]
    pub fn state(&self) -> u64 {
        *self.state.get_or_init(|| {
            let records = self.searcher.catalogue().iter();
            let numbers = records.map(|(_, record)| {
                let mut hasher = DefaultHasher::new();
                (record.id.as_str(), record.sha256.as_bytes()).hash(&mut hasher);
                hasher.finish()
            });
            let mut model = DefaultHasher::new();
            self.model().hash(&mut model);
            numbers.fold(model.finish(), u64::wrapping_add)
        })
    }

    /// How many documents of each collection there are. Counted when first asked for.
    pub(super) fn counts(&self) -> &BTreeMap<CollectionName, usize> {
        self.counts.get_or_init(|| {
            let mut counts = BTreeMap::new();
            for (_, record) in self.searcher.catalogue().iter() {
                if let Ok(name) = CollectionName::parse(record.id.collection()) {
                    *counts.entry(name).or_default() += 1;
                }
            }
            counts
        })
    }

    /// The visible text of a document of this shelf. Line n of it is line n of the file.
    ///
    /// # Errors
    /// Fails when the stored text can't be read, or the document is not in this generation.
    pub fn text(&self, document: &Document<S>) -> Result<String, EngineError> {
        let id = &document.record().id;
        let number = self.searcher.catalogue().number(id).ok_or_else(|| EngineError::Damaged {
            path: id.as_str().into(),
            what: "is not in this generation".to_owned(),
        })?;
        self.searcher.text(number)
    }

    /// Who links to whom among this shelf's documents. Made when first asked for.
    #[must_use]
    pub fn graph(&self) -> &Arc<Graph> {
        let records = self.searcher.catalogue().iter().map(|(_, record)| record);
        self.graph.get_or_init(|| Arc::new(Graph::of(records, &self.places)))
    }

    /// The digest of the document that is called so. What documents are called is made when first asked for.
    fn called(&self, name: &str) -> Option<Digest> {
        let records = self.searcher.catalogue().iter().map(|(_, record)| record);
        let own = || self.names.get_or_init(|| graph::names(records, &self.places));
        let names = self.graph.get().map_or_else(own, |graph| graph.names());
        names.called(name).map(|record| record.sha256)
    }

    /// Which names mean the same by this shelf's documents. Made when first asked for.
    pub(super) fn thesaurus(&self, analyzer: &Analyzer) -> Arc<Thesaurus> {
        let records = self.searcher.catalogue().iter().map(|(_, record)| &**record);
        Arc::clone(self.thesaurus.get_or_init(|| Arc::new(Thesaurus::of(records, analyzer))))
    }

    /// Makes what every question needs.
    pub(super) fn prepare(&self, analyzer: &Analyzer) {
        let _made = self.directory();
        self.thesaurus(analyzer);
        let _counted = self.state();
    }

    /// What this shelf's documents are called, and which takes the place of which. Made when first asked for.
    #[must_use]
    pub fn directory(&self) -> &Arc<Directory> {
        let records = self.searcher.catalogue().iter().map(|(_, record)| record);
        self.directory.get_or_init(|| Arc::new(Directory::of(&graph::names(records, &self.places))))
    }
}

/// Where a shelf's newest generation stands. A request loads it once and keeps it.
#[derive(Debug, Clone)]
pub(super) struct Slot<S: Scope>(Arc<Stand<S>>);

#[derive(Debug)]
struct Stand<S: Scope> {
    shelf: ArcSwap<Shelf<S>>,
    /// Tells of each swap, with the generation. Who waits for one shelf learns nothing of another, not even by waking up.
    swapped: watch::Sender<u64>,
}

impl<S: Scope> Slot<S> {
    pub(super) fn new(shelf: Shelf<S>) -> Self {
        let swapped = watch::Sender::new(shelf.generation());
        Self(Arc::new(Stand { shelf: ArcSwap::from_pointee(shelf), swapped }))
    }

    pub(super) fn load(&self) -> Arc<Shelf<S>> {
        self.0.shelf.load_full()
    }

    /// The generation that stands here, which costs less to ask for than the shelf.
    pub(super) fn generation(&self) -> u64 {
        self.0.shelf.load().generation()
    }

    pub(super) fn swap(&self, shelf: Shelf<S>) {
        let generation = shelf.generation();
        self.0.shelf.store(Arc::new(shelf));
        self.0.swapped.send_replace(generation);
    }

    /// Tells of swaps from now on.
    pub(super) fn swaps(&self) -> watch::Receiver<u64> {
        self.0.swapped.subscribe()
    }
}

/// The shelves one request opens: the public one and, for scope `Private`, those that were granted.
///
/// A `Shelves<Public>` can hold public shelves only: that is all its fields have room for.
#[derive(Debug, Clone)]
pub(super) struct Shelves<S: Scope> {
    pub(super) public: Arc<Shelf<Public>>,
    pub(super) own: Vec<(CollectionName, Arc<Shelf<S>>)>,
}

impl<S: Scope> Shelves<S> {
    /// The engine views, the public one first. Their order is what `shelf` means below.
    pub(super) fn searchers(&self) -> Vec<Arc<dyn Searcher>> {
        let own = self.own.iter().map(|(_, shelf)| Arc::clone(shelf.searcher()));
        std::iter::once(Arc::clone(self.public.searcher())).chain(own).collect()
    }

    /// How many documents of each collection the shelves hold, by name.
    pub(super) fn counts(&self) -> Vec<(CollectionName, usize)> {
        let mut counts = self.public.counts().clone();
        for (name, count) in self.own.iter().flat_map(|(_, shelf)| shelf.counts()) {
            *counts.entry(name.clone()).or_default() += count;
        }
        counts.into_iter().collect()
    }

    /// The names that each shelf says mean the same, in the same order.
    pub(super) fn thesauri(&self, analyzer: &Analyzer) -> Vec<Arc<Thesaurus>> {
        let own = self.own.iter().map(|(_, shelf)| shelf.thesaurus(analyzer));
        std::iter::once(self.public.thesaurus(analyzer)).chain(own).collect()
    }

    fn searcher(&self, shelf: usize) -> Option<&Arc<dyn Searcher>> {
        match shelf.checked_sub(1) {
            None => Some(self.public.searcher()),
            Some(own) => self.own.get(own).map(|(_, shelf)| shelf.searcher()),
        }
    }

    /// The document behind a number of a shelf.
    pub(super) fn by_number(&self, shelf: usize, number: DocumentNo) -> Option<Document<S>> {
        match shelf.checked_sub(1) {
            None => self.public.by_number(number).map(|document| document.widen()),
            Some(own) => self.own.get(own).and_then(|(_, shelf)| shelf.by_number(number)),
        }
    }

    /// Finds a document: its shelf, its number there, and what is known of it.
    pub(super) fn find(&self, id: &DocumentId) -> Option<(usize, DocumentNo, Document<S>)> {
        (0..=self.own.len()).find_map(|shelf| {
            let number = self.searcher(shelf)?.catalogue().number(id)?;
            Some((shelf, number, self.by_number(shelf, number)?))
        })
    }

    /// The digest of the document that is called so, public ones first.
    pub(super) fn called(&self, name: &str) -> Option<Digest> {
        self.public.called(name).or_else(|| self.own.iter().find_map(|(_, shelf)| shelf.called(name)))
    }

    /// The visible text behind a number of a shelf.
    pub(super) fn text(&self, shelf: usize, number: DocumentNo) -> Result<String, EngineError> {
        let missing =
            || EngineError::Damaged { path: "shelf".into(), what: format!("no shelf {shelf} in this request") };
        self.searcher(shelf).ok_or_else(missing)?.text(number)
    }

    /// Every document, by id.
    pub(super) fn documents(&self) -> Vec<Document<S>> {
        let mut all: Vec<Document<S>> = self.public.documents().iter().map(Document::widen).collect();
        for (_, shelf) in &self.own {
            all.extend_from_slice(shelf.documents());
        }
        all.sort_unstable_by(|a, b| a.record().id.cmp(&b.record().id));
        all
    }

    /// The generation of a shelf.
    pub(super) fn generation(&self, shelf: usize) -> u64 {
        self.searcher(shelf).map_or(0, |searcher| searcher.generation())
    }

    /// The shelves' names in the ledger, with their generations.
    pub(super) fn generations(&self) -> impl Iterator<Item = (&str, u64)> {
        let own = self.own.iter().map(|(name, shelf)| (name.as_str(), shelf.generation()));
        std::iter::once(("public", self.public.generation())).chain(own)
    }

    /// The shelves' names with what tells one generation of theirs from every other.
    pub(super) fn states(&self) -> impl Iterator<Item = (&str, [u64; 2])> {
        let own = self.own.iter().map(|(name, shelf)| (name.as_str(), [shelf.generation(), shelf.state()]));
        std::iter::once(("public", [self.public.generation(), self.public.state()])).chain(own)
    }
}
