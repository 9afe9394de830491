//! The writers' side of the shelves: one engine for all public documents, one for each private collection.
//!
//! A document that leaves the public shelf is gone from it, and the new generation is what readers see, before any
//! private shelf takes it up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::access::{CollectionName, Private, Public, Scope};
use crate::corpus::{DocumentId, Record};
use crate::embed::Embedder;
use crate::engine::{Batch, EmbeddedEngine, EngineError, EngineOptions, SearchEngine as _};

use super::LibraryError;
use super::open::PrivateSlots;
use super::shelf::{Places, Shelf, Slot};

/// Which shelf a document is on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Home {
    /// The one public shelf.
    Public,
    /// The private shelf of a collection.
    Private(CollectionName),
}

impl Home {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Public => "public",
            Self::Private(name) => name.as_str(),
        }
    }
}

/// One shelf's engine, the slot readers look into, and what is not applied yet.
#[derive(Debug)]
struct Bench<S: Scope> {
    engine: EmbeddedEngine,
    slot: Slot<S>,
    places: Arc<Places>,
    batch: Batch,
    staged: bool,
}

/// What a generation was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) generation: u64,
    pub(super) upserted: usize,
    pub(super) removed: usize,
}

impl<S: Scope> Bench<S> {
    fn open(folder: &Path, embedder: &Arc<dyn Embedder>, places: &Arc<Places>) -> Result<Self, EngineError> {
        let open = EmbeddedEngine::open(folder, Arc::clone(embedder), EngineOptions::default());
        let engine = match open {
            Err(error @ (EngineError::Damaged { .. } | EngineError::Outdated { .. })) => {
                tracing::warn!(shelf.path = %folder.display(), shelf.error = %error, "index is built anew from the corpus");
                EmbeddedEngine::rebuild(folder, Arc::clone(embedder), EngineOptions::default())?
            }
            other => other?,
        };
        let slot = Slot::new(Shelf::new(engine.searcher(), Arc::clone(places)));
        Ok(Self { engine, slot, places: Arc::clone(places), batch: Batch::default(), staged: false })
    }

    fn waiting(&self) -> bool {
        self.staged || !self.batch.removed.is_empty() || !self.batch.upserted.is_empty()
    }

    fn stage(&mut self) -> Result<(), EngineError> {
        self.staged = true;
        self.engine.stage(std::mem::take(&mut self.batch))
    }

    fn publish(&mut self) -> Result<u64, EngineError> {
        self.staged = false;
        let searcher = self.engine.apply(std::mem::take(&mut self.batch))?;
        let generation = searcher.generation();
        self.slot.swap(Shelf::new(searcher, Arc::clone(&self.places)));
        Ok(generation)
    }
}

/// All shelves, as the indexer writes them.
#[derive(Debug)]
pub(super) struct Shelves {
    folder: PathBuf,
    embedder: Arc<dyn Embedder>,
    places: Arc<Places>,
    public: Bench<Public>,
    private: BTreeMap<CollectionName, Bench<Private>>,
    slots: PrivateSlots,
    counts: BTreeMap<Home, (usize, usize)>,
}

impl Shelves {
    /// Opens the public shelf, and the private shelf of each collection that has one.
    pub(super) fn open(
        data: &Path,
        collections: &[CollectionName],
        embedder: Arc<dyn Embedder>,
        places: Arc<Places>,
    ) -> Result<Self, LibraryError> {
        let folder = data.join("shelves");
        let fail = |source| LibraryError::File { path: folder.clone(), what: "made", source };
        std::fs::create_dir_all(folder.join("private")).map_err(fail)?;
        let engine = |shelf: &str| {
            let shelf = shelf.to_owned();
            move |source| LibraryError::Engine { shelf, source }
        };
        let public = Bench::open(&folder.join("public"), &embedder, &places).map_err(engine("public"))?;
        let mut private = BTreeMap::new();
        for name in collections {
            let place = folder.join("private").join(name.as_str());
            if place.is_dir() {
                private.insert(name.clone(), Bench::open(&place, &embedder, &places).map_err(engine(name.as_str()))?);
            }
        }
        let slots: BTreeMap<_, _> = private
            .iter()
            .map(|(name, bench): (&CollectionName, &Bench<Private>)| (name.clone(), bench.slot.clone()))
            .collect();
        let slots = Arc::new(ArcSwap::from_pointee(slots));
        Ok(Self { folder, embedder, places, public, private, slots, counts: BTreeMap::new() })
    }

    /// The slots readers look into.
    pub(super) fn slots(&self) -> (Slot<Public>, PrivateSlots) {
        (self.public.slot.clone(), Arc::clone(&self.slots))
    }

    /// What every shelf holds now.
    pub(super) fn records(&self) -> Vec<(Home, Arc<Record>)> {
        let mut all = Vec::new();
        let public = self.public.engine.searcher();
        all.extend(public.catalogue().iter().map(|(_, record)| (Home::Public, Arc::clone(record))));
        for (name, bench) in &self.private {
            let searcher = bench.engine.searcher();
            let home = Home::Private(name.clone());
            all.extend(searcher.catalogue().iter().map(|(_, record)| (home.clone(), Arc::clone(record))));
        }
        all
    }

    /// Takes a document into the next generation of a shelf.
    pub(super) fn upsert(&mut self, home: &Home, entry: crate::engine::Entry) -> Result<(), EngineError> {
        self.counts.entry(home.clone()).or_default().0 += 1;
        self.batch(home)?.upserted.push(entry);
        Ok(())
    }

    /// Leaves a document out of the next generation of a shelf.
    pub(super) fn remove(&mut self, home: &Home, id: DocumentId) -> Result<(), EngineError> {
        self.counts.entry(home.clone()).or_default().1 += 1;
        self.batch(home)?.removed.push(id);
        Ok(())
    }

    fn batch(&mut self, home: &Home) -> Result<&mut Batch, EngineError> {
        match home {
            Home::Public => Ok(&mut self.public.batch),
            Home::Private(name) => Ok(&mut self.bench(name)?.batch),
        }
    }

    /// The bench of a private collection, made when its first document comes.
    fn bench(&mut self, name: &CollectionName) -> Result<&mut Bench<Private>, EngineError> {
        match self.private.entry(name.clone()) {
            std::collections::btree_map::Entry::Occupied(bench) => Ok(bench.into_mut()),
            std::collections::btree_map::Entry::Vacant(place) => {
                let bench =
                    Bench::open(&self.folder.join("private").join(name.as_str()), &self.embedder, &self.places)?;
                let mut slots = BTreeMap::clone(&self.slots.load());
                slots.insert(name.clone(), bench.slot.clone());
                self.slots.store(Arc::new(slots));
                Ok(place.insert(bench))
            }
        }
    }

    /// Hands what has come so far to the engines, without making a generation of it: bounds the memory of a big build.
    pub(super) fn stage(&mut self) -> Vec<(Home, EngineError)> {
        let mut failures = Vec::new();
        if self.public.waiting() {
            self.public.stage().unwrap_or_else(|error| failures.push((Home::Public, error)));
        }
        for (name, bench) in &mut self.private {
            if bench.waiting() {
                bench.stage().unwrap_or_else(|error| failures.push((Home::Private(name.clone()), error)));
            }
        }
        failures
    }

    /// Makes a generation of every shelf that has news, the public one first.
    pub(super) fn publish(&mut self) -> Vec<(Home, Result<Made, EngineError>)> {
        let mut counts = std::mem::take(&mut self.counts);
        let mut made = |home: Home, result: Result<u64, EngineError>| {
            let (upserted, removed) = counts.remove(&home).unwrap_or_default();
            (home, result.map(|generation| Made { generation, upserted, removed }))
        };
        let mut all = Vec::new();
        if self.public.waiting() {
            all.push(made(Home::Public, self.public.publish()));
        }
        for (name, bench) in &mut self.private {
            if bench.waiting() {
                all.push(made(Home::Private(name.clone()), bench.publish()));
            }
        }
        all
    }
}
