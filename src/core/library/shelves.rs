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
use crate::engine::{Analyzer, Batch, EmbeddedEngine, EngineError, EngineOptions, Entry, SearchEngine as _, Searcher};
use crate::ledger::{PublishedDocument, Withdrawal, WithdrawnDocument};

use super::LibraryError;
use super::models::Models;
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
    embedder: Arc<dyn Embedder>,
    engine: EmbeddedEngine,
    /// What will take over from `engine` when it holds the same documents: `engine` was made by another model or another
    /// analyzer. It serves, and is kept equal to the disk, until then.
    beside: Option<EmbeddedEngine>,
    slot: Slot<S>,
    places: Arc<Places>,
    batch: Batch,
    /// Whether the engine holds something that no generation shows yet, or a generation failed and is to be tried again.
    staged: bool,
    /// What must leave this shelf and has not left it in any generation, with the reason: handed over again until one
    /// stands.
    owed: BTreeMap<DocumentId, Withdrawal>,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) generation: u64,
    pub(super) upserted: usize,
    pub(super) removed: usize,
    /// What readers of the generation before could see and readers of this one can't.
    pub(super) withdrawn: Vec<WithdrawnDocument>,
    /// What readers of this one can see and readers of the generation before could not.
    pub(super) published: Vec<PublishedDocument>,
}

/// What left with a generation and what came.
type Crossed = (Vec<WithdrawnDocument>, Vec<PublishedDocument>);

/// A generation that stands, with what crossed; or why there is none, and which new versions were lost.
type Published = Result<(u64, Crossed), (EngineError, Option<BTreeSet<DocumentId>>)>;

impl<S: Scope> Bench<S> {
    fn open(folder: &Path, home: &Home, models: &Models, places: &Arc<Places>) -> Result<Self, EngineError> {
        let embedder = models.of(home)?;
        let (engine, beside) = Self::engines(folder, home, models, &embedder)?;
        let slot = Slot::new(Shelf::new(engine.searcher(), Arc::clone(places)));
        let (folder, places) = (folder.to_owned(), Arc::clone(places));
        let (owed, fresh) = (BTreeMap::new(), BTreeSet::new());
        let (batch, staged) = (Batch::default(), false);
        Ok(Self { folder, embedder, engine, beside, slot, places, batch, staged, owed, fresh })
    }

    /// The engine that serves, and the one that is to take over, when the first was made by another model or analyzer.
    fn engines(
        folder: &Path,
        home: &Home,
        models: &Models,
        embedder: &Arc<dyn Embedder>,
    ) -> Result<(EmbeddedEngine, Option<EmbeddedEngine>), EngineError> {
        let options = EngineOptions::default;
        let error = match EmbeddedEngine::open(folder, Arc::clone(embedder), options()) {
            Ok(engine) => return Ok((engine, None)),
            Err(error @ EngineError::Outdated { .. }) => {
                let asked = |id: &str, dimensions| models.asked_for(home, id, dimensions);
                match EmbeddedEngine::open_as_made(folder, embedder.as_ref(), asked, options()) {
                    Ok(engine) => {
                        tracing::info!(shelf.path = %folder.display(), shelf.reason = %error, "another index is built beside this one, which serves until then");
                        let beside = EmbeddedEngine::beside(folder, Arc::clone(embedder), options())?;
                        return Ok((engine, Some(beside)));
                    }
                    Err(error @ (EngineError::Damaged { .. } | EngineError::Outdated { .. })) => error,
                    Err(error) => return Err(error),
                }
            }
            Err(error @ EngineError::Damaged { .. }) => error,
            Err(error) => return Err(error),
        };
        tracing::warn!(shelf.path = %folder.display(), shelf.error = %error, "index is built anew from the corpus");
        Ok((EmbeddedEngine::rebuild(folder, Arc::clone(embedder), options())?, None))
    }

    fn waiting(&self) -> bool {
        self.staged || !self.owed.is_empty() || !self.batch.upserted.is_empty()
    }

    fn upsert(&mut self, entry: Entry) {
        self.owed.remove(&entry.record.id);
        self.fresh.insert(entry.record.id.clone());
        self.batch.upserted.push(entry);
    }

    fn remove(&mut self, id: DocumentId, why: Withdrawal) {
        // A version that is still in the batch would come behind the removal.
        self.batch.upserted.retain(|entry| entry.record.id != id);
        self.owed.insert(id, why);
    }

    /// What is owed of that which readers see now.
    fn leaving(&self) -> Vec<WithdrawnDocument> {
        let shown = self.slot.load();
        let leaves = |(id, why): (&DocumentId, &Withdrawal)| {
            let record = shown.document(id)?.record().clone();
            Some(WithdrawnDocument { doc: record.id.clone(), sha256: record.sha256, why: *why })
        };
        self.owed.iter().filter_map(leaves).collect()
    }

    /// What readers will see with the next generation and do not see now.
    fn coming(&self, next: &dyn Searcher) -> Vec<PublishedDocument> {
        let (shown, catalogue) = (self.slot.load(), next.catalogue());
        let comes = |id: &DocumentId| {
            let record = catalogue.record(catalogue.number(id)?)?;
            shown.document(id).is_none().then(|| PublishedDocument { doc: id.clone(), sha256: record.sha256 })
        };
        self.fresh.iter().filter_map(comes).collect()
    }

    /// The next batch. What is owed goes with every one until a generation stands: dropping it twice does no harm.
    fn next(&mut self) -> Batch {
        let mut batch = std::mem::take(&mut self.batch);
        batch.removed.extend(self.owed.keys().cloned());
        batch
    }

    fn stage(&mut self) -> Result<(), (EngineError, Option<BTreeSet<DocumentId>>)> {
        self.staged = true;
        let batch = self.next();
        self.engine.stage(batch).map_err(|error| self.failed(error))
    }

    /// After a failure the engine holds nothing but its last generation, which serves on. A damaged index is begun anew
    /// beside it.
    fn failed(&mut self, error: EngineError) -> (EngineError, Option<BTreeSet<DocumentId>>) {
        self.staged = true;
        let fresh = std::mem::take(&mut self.fresh);
        if !matches!(error, EngineError::Damaged { .. }) {
            return (error, Some(fresh));
        }
        match EmbeddedEngine::rebuild(&self.folder, Arc::clone(&self.embedder), EngineOptions::default()) {
            Ok(engine) => {
                (self.engine, self.beside) = (engine, None);
                (error, None)
            }
            Err(again) => (again, Some(fresh)),
        }
    }

    fn publish(&mut self) -> Published {
        let (leaving, batch) = (self.leaving(), self.next());
        let searcher = self.engine.apply(batch).map_err(|error| self.failed(error))?;
        self.staged = false;
        self.owed.clear();
        let came = self.coming(searcher.as_ref());
        self.fresh.clear();
        Ok((self.show(searcher), (leaving, came)))
    }

    fn show(&mut self, searcher: Arc<dyn Searcher>) -> u64 {
        let generation = searcher.generation();
        let shelf = Shelf::new(searcher, Arc::clone(&self.places));
        // What every question needs is made before the first one comes: it costs more than an answer.
        shelf.prepare(&Analyzer::english());
        self.slot.swap(shelf);
        generation
    }

    /// What the index beside still lacks, up to `limit`; takes out of it what the one that serves has no more.
    fn lacking(&mut self, limit: usize) -> Result<Option<Vec<Arc<Record>>>, EngineError> {
        let Some(beside) = &mut self.beside else { return Ok(None) };
        let (serving, building) = (self.engine.searcher(), beside.searcher());
        let known = |id: &DocumentId, searcher: &dyn Searcher| {
            let number = searcher.catalogue().number(id)?;
            searcher.catalogue().record(number).map(|record| record.sha256)
        };
        let records = building.catalogue().iter().map(|(_, record)| &record.id);
        let gone: Vec<_> = records.filter(|id| serving.catalogue().number(id).is_none()).cloned().collect();
        if !gone.is_empty() {
            beside.apply(Batch { removed: gone, upserted: Vec::new() })?;
        }
        let all = serving.catalogue().iter().map(|(_, record)| record);
        let lacks = |record: &&Arc<Record>| known(&record.id, building.as_ref()) != Some(record.sha256);
        Ok(Some(all.filter(lacks).take(limit).cloned().collect()))
    }

    /// Takes documents into the index beside, of those that the one that serves has as they are.
    fn build(&mut self, entries: Vec<Entry>) -> Result<(), EngineError> {
        let serving = self.engine.searcher();
        let same = |entry: &Entry| {
            let number = serving.catalogue().number(&entry.record.id);
            number
                .and_then(|number| serving.catalogue().record(number))
                .is_some_and(|r| r.sha256 == entry.record.sha256)
        };
        let upserted = entries.into_iter().filter(same).collect();
        self.beside.as_mut().map_or(Ok(()), |beside| beside.stage(Batch { removed: Vec::new(), upserted }))
    }

    /// Makes durable what the index beside has taken in.
    fn keep(&mut self) -> Result<(), EngineError> {
        self.beside.as_mut().map_or(Ok(()), |beside| beside.apply(Batch::default()).map(drop))
    }

    /// Lets the index beside take over, when nothing is on its way to the one that serves: both hold the same then.
    fn take_over(&mut self) -> Result<Option<u64>, EngineError> {
        if self.waiting() {
            return Ok(None);
        }
        let Some(mut beside) = self.beside.take() else { return Ok(None) };
        match beside.take_over(self.engine.searcher().generation()) {
            Ok(searcher) => {
                self.engine = beside;
                Ok(Some(self.show(searcher)))
            }
            Err(error) => {
                self.beside = Some(beside);
                Err(error)
            }
        }
    }
}

/// All shelves, as the indexer writes them.
#[derive(Debug)]
pub(super) struct Shelves {
    folder: PathBuf,
    models: Models,
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
        models: Models,
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
        let public = Bench::open(&folder.join("public"), &Home::Public, &models, &places).map_err(engine("public"))?;
        let mut private = BTreeMap::new();
        for name in collections {
            let place = folder.join("private").join(name.as_str());
            if place.is_dir() {
                let home = Home::Private(name.clone());
                let bench = Bench::open(&place, &home, &models, &places).map_err(engine(name.as_str()))?;
                private.insert(name.clone(), bench);
            }
        }
        let slots: BTreeMap<_, _> = private
            .iter()
            .map(|(name, bench): (&CollectionName, &Bench<Private>)| (name.clone(), bench.slot.clone()))
            .collect();
        let slots = Arc::new(ArcSwap::from_pointee(slots));
        Ok(Self { folder, models, places, public, private, slots, counts: BTreeMap::new() })
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
    pub(super) fn remove(&mut self, home: &Home, id: DocumentId, why: Withdrawal) -> Result<(), EngineError> {
        self.counts.entry(home.clone()).or_default().1 += 1;
        match home {
            Home::Public => self.public.remove(id, why),
            Home::Private(name) => self.bench(name)?.remove(id, why),
        }
        Ok(())
    }

    /// The bench of a private collection, made when its first document comes.
    fn bench(&mut self, name: &CollectionName) -> Result<&mut Bench<Private>, EngineError> {
        match self.private.entry(name.clone()) {
            std::collections::btree_map::Entry::Occupied(bench) => Ok(bench.into_mut()),
            std::collections::btree_map::Entry::Vacant(place) => {
                let folder = self.folder.join("private").join(name.as_str());
                let bench = Bench::open(&folder, &Home::Private(name.clone()), &self.models, &self.places)?;
                let mut slots = BTreeMap::clone(&self.slots.load());
                slots.insert(name.clone(), bench.slot.clone());
                self.slots.store(Arc::new(slots));
                Ok(place.insert(bench))
            }
        }
    }

    /// Hands what has come so far to the engines of the shelves that have at least `documents` of it, without making a
    /// generation: bounds the memory of a big build.
    pub(super) fn stage(&mut self, documents: usize) -> Vec<Failure> {
        let mut failures = Vec::new();
        let mut note = |home: Home, result: Result<(), (EngineError, Option<BTreeSet<DocumentId>>)>| {
            if let Err((error, lost)) = result {
                failures.push(Failure { home, error, lost });
            }
        };
        if self.public.batch.upserted.len() >= documents {
            note(Home::Public, self.public.stage());
        }
        for (name, bench) in &mut self.private {
            if bench.batch.upserted.len() >= documents {
                note(Home::Private(name.clone()), bench.stage());
            }
        }
        failures
    }

    /// Makes a generation of every shelf that has news, the public one first. When that one fails and owes a
    /// withdrawal, the private ones wait: a document is never taken up before it has left.
    pub(super) fn publish(&mut self) -> Vec<Result<(Home, Made), Failure>> {
        self.publish_from(0)
    }

    /// The same for the shelves that have taken in at least `documents` since their last generation.
    ///
    /// Each shelf is counted by itself: how many private documents come along must not decide of how many generations
    /// the public shelf is made.
    pub(super) fn publish_from(&mut self, documents: usize) -> Vec<Result<(Home, Made), Failure>> {
        let public = self.publish_public(documents);
        public.into_iter().chain(self.publish_private(documents)).collect()
    }

    /// The public shelf's part of it.
    pub(super) fn publish_public(&mut self, documents: usize) -> Option<Result<(Home, Made), Failure>> {
        let due = self.public.waiting() && self.public.fresh.len() >= documents;
        due.then(|| made(&mut self.counts, Home::Public, self.public.publish()))
    }

    /// The part of the private shelves, which comes after the public one's.
    pub(super) fn publish_private(&mut self, documents: usize) -> Vec<Result<(Home, Made), Failure>> {
        if !self.public.owed.is_empty() {
            return Vec::new();
        }
        let due = self.private.iter_mut().filter(|(_, bench)| bench.waiting() && bench.fresh.len() >= documents);
        due.map(|(name, bench)| made(&mut self.counts, Home::Private(name.clone()), bench.publish())).collect()
    }
}

/// What looking after shelves needs: those whose index is to be replaced, and those with texts that were not embedded.
impl Shelves {
    /// The shelves beside which another index is being built, the public one first.
    pub(super) fn renewing(&self) -> Vec<Home> {
        let private = self.private.iter().filter(|(_, bench)| bench.beside.is_some());
        let public = self.public.beside.is_some().then_some(Home::Public);
        public.into_iter().chain(private.map(|(name, _)| Home::Private(name.clone()))).collect()
    }

    /// What the index beside still lacks of the documents of the one that serves, up to `limit`.
    pub(super) fn lacking(&mut self, home: &Home, limit: usize) -> Result<Option<Vec<Arc<Record>>>, EngineError> {
        match home {
            Home::Public => self.public.lacking(limit),
            Home::Private(name) => self.bench(name)?.lacking(limit),
        }
    }

    /// Takes documents into the index beside.
    pub(super) fn build(&mut self, home: &Home, entries: Vec<Entry>) -> Result<(), EngineError> {
        match home {
            Home::Public => self.public.build(entries),
            Home::Private(name) => self.bench(name)?.build(entries),
        }
    }

    /// Makes durable what the index beside has taken in.
    pub(super) fn keep(&mut self, home: &Home) -> Result<(), EngineError> {
        match home {
            Home::Public => self.public.keep(),
            Home::Private(name) => self.bench(name)?.keep(),
        }
    }

    /// Lets the index beside take over; none while something is still on its way to the one that serves.
    pub(super) fn take_over(&mut self, home: &Home) -> Result<Option<u64>, EngineError> {
        match home {
            Home::Public => self.public.take_over(),
            Home::Private(name) => self.bench(name)?.take_over(),
        }
    }

    /// Documents with texts that could not be embedded, of shelves whose model answers again.
    pub(super) fn owing(&self) -> Vec<(Home, DocumentId)> {
        let public = (Home::Public, &self.public.engine, &self.public.embedder, self.public.beside.is_some());
        let private = self
            .private
            .iter()
            .map(|(name, bench)| (Home::Private(name.clone()), &bench.engine, &bench.embedder, bench.beside.is_some()));
        let mut all = Vec::new();
        for (home, engine, embedder, renewing) in std::iter::once(public).chain(private) {
            // What is being replaced owes to a model that is not its shelf's any more.
            let owing = if renewing { Vec::new() } else { engine.owing() };
            if !owing.is_empty() && embedder.passages(&["cairn"]).is_ok() {
                all.extend(owing.into_iter().map(|id| (home.clone(), id)));
            }
        }
        all
    }
}

/// Says what became of a shelf's next generation, with what was counted for it.
fn made(counts: &mut BTreeMap<Home, (usize, usize)>, home: Home, result: Published) -> Result<(Home, Made), Failure> {
    let (upserted, removed) = counts.remove(&home).unwrap_or_default();
    match result {
        Ok((generation, (withdrawn, published))) => {
            Ok((home, Made { generation, upserted, removed, withdrawn, published }))
        }
        Err((error, lost)) => Err(Failure { home, error, lost }),
    }
}

/// Makes a folder that only its owner can look into, or makes one that is there so.
fn make_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    #[cfg(unix)]
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

#[cfg(test)]
#[path = "shelves_tests.rs"]
mod tests;
