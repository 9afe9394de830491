//! The writers' side of the shelves: one engine for all public documents, one for each private collection.
//!
//! A document that leaves the public shelf is gone from it, and the new generation is what readers see, before any
//! private shelf takes it up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::access::{CollectionName, Private, Public, Scope};
use crate::corpus::{DocumentId, Record};
use crate::embed::Embedder;
use crate::engine::{Batch, EmbeddedEngine, EngineError, EngineOptions, Entry, SearchEngine as _};

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
    folder: PathBuf,
    engine: EmbeddedEngine,
    slot: Slot<S>,
    places: Arc<Places>,
    batch: Batch,
    /// Whether the engine holds something that no generation shows yet, or a generation failed and is to be tried again.
    staged: bool,
    /// What must leave this shelf and has not left it in any generation: handed over again until one stands.
    owed: BTreeSet<DocumentId>,
    /// What came since the last generation: lost when the next one fails.
    fresh: BTreeSet<DocumentId>,
}

/// A batch that could not be made a generation of.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) home: Home,
    pub(super) error: EngineError,
    /// The documents whose new versions were lost; `None` when the index was damaged and every document is needed again.
    pub(super) lost: Option<BTreeSet<DocumentId>>,
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
        let (folder, places) = (folder.to_owned(), Arc::clone(places));
        let (owed, fresh) = (BTreeSet::new(), BTreeSet::new());
        Ok(Self { folder, engine, slot, places, batch: Batch::default(), staged: false, owed, fresh })
    }

    fn waiting(&self) -> bool {
        self.staged || !self.owed.is_empty() || !self.batch.upserted.is_empty()
    }

    fn upsert(&mut self, entry: Entry) {
        self.owed.remove(&entry.record.id);
        self.fresh.insert(entry.record.id.clone());
        self.batch.upserted.push(entry);
    }

    fn remove(&mut self, id: DocumentId) {
        // A version that is still in the batch would come behind the removal.
        self.batch.upserted.retain(|entry| entry.record.id != id);
        self.owed.insert(id);
    }

    /// The next batch. What is owed goes with every one until a generation stands: dropping it twice does no harm.
    fn next(&mut self) -> Batch {
        let mut batch = std::mem::take(&mut self.batch);
        batch.removed.extend(self.owed.iter().cloned());
        batch
    }

    fn stage(&mut self, embedder: &Arc<dyn Embedder>) -> Result<(), (EngineError, Option<BTreeSet<DocumentId>>)> {
        self.staged = true;
        let batch = self.next();
        self.engine.stage(batch).map_err(|error| self.failed(error, embedder))
    }

    /// After a failure the engine holds nothing but its last generation, which serves on. A damaged index is begun anew
    /// beside it.
    fn failed(
        &mut self,
        error: EngineError,
        embedder: &Arc<dyn Embedder>,
    ) -> (EngineError, Option<BTreeSet<DocumentId>>) {
        self.staged = true;
        let fresh = std::mem::take(&mut self.fresh);
        if !matches!(error, EngineError::Damaged { .. }) {
            return (error, Some(fresh));
        }
        match EmbeddedEngine::rebuild(&self.folder, Arc::clone(embedder), EngineOptions::default()) {
            Ok(engine) => {
                self.engine = engine;
                (error, None)
            }
            Err(again) => (again, Some(fresh)),
        }
    }

    fn publish(&mut self, embedder: &Arc<dyn Embedder>) -> Result<u64, (EngineError, Option<BTreeSet<DocumentId>>)> {
        let batch = self.next();
        let searcher = self.engine.apply(batch).map_err(|error| self.failed(error, embedder))?;
        self.staged = false;
        self.owed.clear();
        self.fresh.clear();
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
        let fail = |source| LibraryError::File { path: folder.clone(), what: "made for its owner alone", source };
        make_private(&folder).map_err(fail)?;
        make_private(&folder.join("private")).map_err(fail)?;
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
    pub(super) fn upsert(&mut self, home: &Home, entry: Entry) -> Result<(), EngineError> {
        self.counts.entry(home.clone()).or_default().0 += 1;
        match home {
            Home::Public => self.public.upsert(entry),
            Home::Private(name) => self.bench(name)?.upsert(entry),
        }
        Ok(())
    }

    /// Leaves a document out of the next generation of a shelf.
    pub(super) fn remove(&mut self, home: &Home, id: DocumentId) -> Result<(), EngineError> {
        self.counts.entry(home.clone()).or_default().1 += 1;
        match home {
            Home::Public => self.public.remove(id),
            Home::Private(name) => self.bench(name)?.remove(id),
        }
        Ok(())
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
    pub(super) fn stage(&mut self) -> Vec<Failure> {
        let mut failures = Vec::new();
        let mut note = |home: Home, result: Result<(), (EngineError, Option<BTreeSet<DocumentId>>)>| {
            if let Err((error, lost)) = result {
                failures.push(Failure { home, error, lost });
            }
        };
        if self.public.waiting() {
            note(Home::Public, self.public.stage(&self.embedder));
        }
        for (name, bench) in &mut self.private {
            if bench.waiting() {
                note(Home::Private(name.clone()), bench.stage(&self.embedder));
            }
        }
        failures
    }

    /// Makes a generation of every shelf that has news, the public one first. When that one fails and owes a
    /// withdrawal, the private ones wait: a document is never taken up before it has left.
    pub(super) fn publish(&mut self) -> Vec<Result<(Home, Made), Failure>> {
        let mut counts = std::mem::take(&mut self.counts);
        let mut made = |home: Home, result: Result<u64, (EngineError, Option<BTreeSet<DocumentId>>)>| {
            let (upserted, removed) = counts.remove(&home).unwrap_or_default();
            match result {
                Ok(generation) => Ok((home, Made { generation, upserted, removed })),
                Err((error, lost)) => Err(Failure { home, error, lost }),
            }
        };
        let mut all = Vec::new();
        if self.public.waiting() {
            all.push(made(Home::Public, self.public.publish(&self.embedder)));
        }
        if !self.public.owed.is_empty() {
            return all;
        }
        for (name, bench) in &mut self.private {
            if bench.waiting() {
                all.push(made(Home::Private(name.clone()), bench.publish(&self.embedder)));
            }
        }
        all
    }
}

/// Makes a folder that only its owner can look into, or makes one that is there so.
fn make_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    #[cfg(unix)]
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}
