//! The embedded engine: one folder a shelf, no server.
//!
//! A generation is made in three steps. Its frames and its commit go into the documents' log and are synced; the word
//! index commits with the generation's number as payload, and from that rename on the generation exists; then memory
//! follows and a view is frozen. On opening, the word index says which generation stands, the log is read up to that
//! commit, and what is behind it is cut off. Whatever disagrees is damage, and damage is an error, never an answer.
//! A failure before the rename is undone in all parts; the old generation serves, and the engine can be used again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use super::epoch::{Epoch, Identity};
use super::log::{Commit, Log, sync_folder};
use super::staging::Pending;
use super::state::State;
use super::stored::StoredDocument;
use super::vectors::{Graph, GraphOptions};
use super::view::EmbeddedSearcher;
use super::words::WordIndex;
use super::{Batch, EngineError, SearchEngine, Searcher};
use crate::corpus::DocumentId;
use crate::embed::Embedder;

/// How the embedded engine spends memory, threads and disk.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Threads that build the word index, beside the one that embeds.
    pub index_threads: usize,
    /// What each of them may hold before it writes a segment, 15 MB at least.
    pub index_memory_bytes: usize,
    /// The log is written anew when more than half of it is dead, and at least this much.
    pub dead_bytes_min: u64,
    /// From how many distinct vectors on a graph is built over them, beside the exact scan. Never, unless somebody says
    /// so: at the sizes it was measured at, the scan cost less.
    pub graph_from_vectors: Option<usize>,
}

impl EngineOptions {
    fn graph(&self) -> GraphOptions {
        GraphOptions { from_vectors: self.graph_from_vectors, ..GraphOptions::default() }
    }
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { index_threads: 1, index_memory_bytes: 50_000_000, dead_bytes_min: 8 << 20, graph_from_vectors: None }
    }
}

/// The durable parts of an engine, and what makes vectors for them.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) epoch: PathBuf,
    pub(super) embedder: Arc<dyn Embedder>,
    /// Whether a text without its meaning is an error: a build beside another epoch takes its time.
    pub(super) whole: bool,
    /// What the words were made by, when it is another analyzer than today's.
    pub(super) other_words: Option<Arc<str>>,
    pub(super) log: Log,
    pub(super) words: WordIndex,
}

/// Words, vectors and texts of one shelf in one folder.
#[derive(Debug)]
pub struct EmbeddedEngine {
    shelf: PathBuf,
    epoch: Epoch,
    /// Whether `CURRENT` names this epoch. One that replaces another is named when its first generation stands.
    switched: bool,
    /// Whether another epoch serves until this one is told to take over.
    waits: bool,
    /// Whether parts could not be put back after a failure; nothing is taken in until they are.
    undone: bool,
    options: EngineOptions,
    parts: Parts,
    state: State,
    pending: Pending,
    view: Arc<EmbeddedSearcher>,
    /// A graph that grows on its own thread, from a view; taken up with the first generation after it is done.
    growing: Option<JoinHandle<Graph>>,
}

impl EmbeddedEngine {
    /// Opens the shelf in a folder, or makes an empty one where there is none.
    ///
    /// # Errors
    /// [`EngineError::Damaged`] and [`EngineError::Outdated`] say that [`Self::rebuild`] is needed.
    pub fn open(shelf: &Path, embedder: Arc<dyn Embedder>, options: EngineOptions) -> Result<Self, EngineError> {
        let identity = Identity::of(&*embedder);
        let Some(epoch) = Epoch::current(shelf)? else {
            let mut engine = Self::create(shelf, &identity, embedder, options, 0)?;
            engine.switch()?;
            return Ok(engine);
        };
        epoch.expect(&identity)?;
        let engine = Self::load(shelf, epoch, embedder, options, None)?;
        engine.epoch.remove_others(shelf);
        Ok(engine)
    }

    /// Opens the shelf as it was made, by whatever model or analyzer, to serve and to be changed until an index made
    /// [beside](Self::beside) it takes over. `model` finds who can be asked for vectors of a model, by id and number of
    /// dimensions. Words of another analyzer can't be searched; everything else can be read.
    ///
    /// # Errors
    /// Fails like [`Self::open`] when it is damaged, or of another format.
    pub fn open_as_made(
        shelf: &Path,
        wanted: &dyn Embedder,
        model: impl FnOnce(&str, usize) -> Arc<dyn Embedder>,
        options: EngineOptions,
    ) -> Result<Self, EngineError> {
        let wanted = Identity::of(wanted);
        let missing = || EngineError::Damaged { path: shelf.to_owned(), what: "it names no epoch".to_owned() };
        let epoch = Epoch::current(shelf)?.ok_or_else(missing)?;
        let made = epoch.expect_format(&wanted)?;
        let embedder = model(&made.model, made.dimensions);
        let other_words = (made.analyzer != wanted.analyzer).then(|| Arc::from(made.analyzer));
        Self::load(shelf, epoch, embedder, options, other_words)
    }

    /// Begins an epoch beside the one that serves, which is not touched until [`Self::take_over`]. Vectors of the same
    /// model that other epochs have, served or unfinished, are used again; unfinished ones go. While it is built a text
    /// that can't be embedded is an error.
    ///
    /// # Errors
    /// Fails when the new folder can't be written.
    pub fn beside(shelf: &Path, embedder: Arc<dyn Embedder>, options: EngineOptions) -> Result<Self, EngineError> {
        let identity = Identity::of(&*embedder);
        let current = Epoch::current(shelf).ok().flatten();
        let mut salvaged = std::collections::HashMap::new();
        for epoch in Epoch::all(shelf).unwrap_or_default() {
            let stored = salvage(&epoch, &identity).unwrap_or_default().1;
            salvaged.extend(stored.into_iter().flat_map(|stored| stored.chunks));
            if current.as_ref().is_none_or(|current| current.path != epoch.path) {
                epoch.remove();
            }
        }
        salvaged.retain(|_, meaning: &mut Arc<super::stored::Meaning>| !meaning.is_owed());
        let mut engine = Self::create(shelf, &identity, embedder, options, 0)?;
        engine.state.salvaged = salvaged;
        (engine.waits, engine.parts.whole) = (true, true);
        Ok(engine)
    }

    /// Makes this the epoch that is served, with a generation behind `after`, and drops the one that was.
    ///
    /// # Errors
    /// Fails like `apply`; the other epoch serves on then.
    pub fn take_over(&mut self, after: u64) -> Result<Arc<dyn Searcher>, EngineError> {
        self.state.commit.generation = self.state.commit.generation.max(after);
        self.waits = false;
        let view = self.apply(Batch::default()).inspect_err(|_| self.waits = true)?;
        self.parts.whole = false;
        Ok(view)
    }

    /// The model and the number of dimensions that the epoch in use was made with; none where there is no readable one.
    #[must_use]
    pub fn made_with(shelf: &Path) -> Option<(String, usize)> {
        let identity = Epoch::current(shelf).ok().flatten()?.read_identity().ok()?;
        Some((identity.model, identity.dimensions))
    }

    /// Documents with a text that the model could not be asked about. They are found by words; once more through
    /// `apply`, and the model is asked again.
    #[must_use]
    pub fn owing(&self) -> Vec<DocumentId> {
        self.state.owing().collect()
    }

    fn load(
        shelf: &Path,
        epoch: Epoch,
        embedder: Arc<dyn Embedder>,
        options: EngineOptions,
        other_words: Option<Arc<str>>,
    ) -> Result<Self, EngineError> {
        let (words, generation) = WordIndex::open(&epoch.words(), &options)?;
        let (mut log, contents) = Log::open(&epoch.log(), generation)?;
        let state = State::load(&epoch.log(), log.reader(), contents, embedder.dimensions(), options.graph())?;
        let view = words.view(state.commit.chunks, state.commit.tokens)?;
        state.agrees_with(&view, &epoch.words())?;
        log.truncate()?;
        let parts = Parts { epoch: epoch.path.clone(), embedder, whole: false, other_words, log, words };
        Self::over(shelf, epoch, parts, state, options, true)
    }

    /// Begins an empty epoch beside the one that is there, which stays until the first generation of the new one
    /// stands. Vectors of the old epoch are used again where text and model are the same, damaged or not.
    ///
    /// # Errors
    /// Fails when the new folder can't be written.
    pub fn rebuild(shelf: &Path, embedder: Arc<dyn Embedder>, options: EngineOptions) -> Result<Self, EngineError> {
        let identity = Identity::of(&*embedder);
        let old = Epoch::current(shelf).ok().flatten();
        let salvaged = old.and_then(|old| salvage(&old, &identity));
        let (generation, stored) = salvaged.unwrap_or_default();
        let mut engine = Self::create(shelf, &identity, embedder, options, generation)?;
        let meanings = stored.into_iter().flat_map(|stored| stored.chunks);
        engine.state.salvaged = meanings.filter(|(_, meaning)| !meaning.is_owed()).collect();
        Ok(engine)
    }

    fn create(
        shelf: &Path,
        identity: &Identity,
        embedder: Arc<dyn Embedder>,
        options: EngineOptions,
        generation: u64,
    ) -> Result<Self, EngineError> {
        let epoch = Epoch::create(shelf, identity)?;
        let commit = Commit { generation, ..Commit::default() };
        let log = Log::create(&epoch.log(), commit)?;
        let words = WordIndex::create(&epoch.words(), generation, &options)?;
        let state = State::empty(commit, embedder.dimensions(), options.graph());
        let parts = Parts { epoch: epoch.path.clone(), embedder, whole: false, other_words: None, log, words };
        Self::over(shelf, epoch, parts, state, options, false)
    }

    fn over(
        shelf: &Path,
        epoch: Epoch,
        parts: Parts,
        state: State,
        options: EngineOptions,
        switched: bool,
    ) -> Result<Self, EngineError> {
        let view = freeze(&parts, &state)?;
        let (shelf, pending) = (shelf.to_owned(), Pending::default());
        let mut engine = Self {
            shelf,
            epoch,
            switched,
            waits: false,
            undone: false,
            options,
            parts,
            state,
            pending,
            view,
            growing: None,
        };
        engine.tend_graph();
        Ok(engine)
    }

    /// How many segments the word index has, and how long the log is: what upkeep is judged by.
    #[cfg(test)]
    pub(super) fn upkeep(&self) -> (usize, u64) {
        (self.view.words.segments(), self.parts.log.size_bytes())
    }

    /// Stops after the merges that are under way.
    ///
    /// # Errors
    /// Fails when a merge failed; what was committed stands.
    pub fn close(self) -> Result<(), EngineError> {
        self.parts.words.settle()
    }

    fn take(&mut self, batch: Batch) -> Result<(), EngineError> {
        if self.undone {
            self.drop_pending()?;
        }
        self.pending.take(batch, &mut self.state, &mut self.parts).inspect_err(|_| self.undo())
    }

    fn commit(&mut self) -> Result<(), EngineError> {
        let commit = self.state.counted(&self.pending);
        self.parts.log.commit(commit)?;
        self.parts.words.commit(commit.generation)
    }

    /// Puts all parts back to the last generation after a failure, or remembers that it must still be done.
    fn undo(&mut self) {
        if let Err(error) = self.drop_pending() {
            tracing::warn!(engine.path = %self.epoch.path.display(), %error, "unfinished generation cannot be dropped yet");
        }
    }

    fn drop_pending(&mut self) -> Result<(), EngineError> {
        self.undone = true;
        self.pending = Pending::default();
        self.parts.words.rollback()?;
        self.parts.log.truncate()?;
        self.undone = false;
        Ok(())
    }

    fn switch(&mut self) -> Result<(), EngineError> {
        if !self.switched && !self.waits {
            self.epoch.switch_to(&self.shelf)?;
            self.switched = true;
        }
        Ok(())
    }

    /// Takes up a graph that is done, and has one begun where it would pay. Without one every search is exact.
    fn tend_graph(&mut self) {
        if let Some(done) = self.growing.take_if(|growing| growing.is_finished()) {
            match done.join() {
                // A graph of vectors that were numbered anew since is of no use; the next one begins below.
                Ok(graph) => drop(self.state.vectors.adopt(Arc::new(graph))),
                Err(_) => tracing::warn!(engine.path = %self.epoch.path.display(), "graph could not be built"),
            }
        }
        if self.growing.is_none() && self.state.vectors.graph_wanted() {
            let (view, options) = (self.state.vectors.view(), self.options.graph());
            let thread = std::thread::Builder::new().name("cairn-graph".to_owned());
            self.growing = thread.spawn(move || Graph::build(&view, &options)).ok();
        }
    }

    /// Waits for a graph that grows beside and takes it up; says whether there is one. For who must know what answers.
    ///
    /// # Errors
    /// Fails when the view can't be frozen anew.
    pub fn finish_graph(&mut self) -> Result<bool, EngineError> {
        let Some(growing) = self.growing.take() else { return Ok(false) };
        let adopted = growing.join().is_ok_and(|graph| self.state.vectors.adopt(Arc::new(graph)));
        self.view = freeze(&self.parts, &self.state)?;
        Ok(adopted)
    }

    /// Writes the log anew without its dead frames when they are most of it. Views keep the old file open.
    fn compact(&mut self) -> Result<(), EngineError> {
        let dead = self.parts.log.size_bytes().saturating_sub(self.state.live_bytes);
        if dead < self.options.dead_bytes_min || dead <= self.state.live_bytes {
            return Ok(());
        }
        let (path, aside) = (self.epoch.log(), self.epoch.log().with_extension("new"));
        let mut log = Log::create(&aside, Commit::default())?;
        let mut order: Vec<_> = self.state.places.iter().map(|(number, place)| (*number, *place)).collect();
        order.sort_unstable_by_key(|(number, _)| *number);
        let mut places = std::collections::HashMap::with_capacity(order.len());
        for (number, place) in order {
            places.insert(number, log.copy(self.parts.log.reader(), number, place)?);
        }
        log.commit(self.state.commit)?;
        log.confirm();
        std::fs::rename(&aside, &path).map_err(|source| EngineError::File { path, what: "replaced", source })?;
        self.parts.log = log;
        self.state.places = Arc::new(places);
        sync_folder(&self.epoch.path)
    }
}

impl SearchEngine for EmbeddedEngine {
    fn stage(&mut self, batch: Batch) -> Result<(), EngineError> {
        self.take(batch)
    }

    fn apply(&mut self, batch: Batch) -> Result<Arc<dyn Searcher>, EngineError> {
        self.take(batch)?;
        self.commit().inspect_err(|_| self.undo())?;
        self.parts.log.confirm();
        self.state.advance(std::mem::take(&mut self.pending));
        self.switch()?;
        if !self.waits {
            self.state.salvaged = std::collections::HashMap::new();
        }
        if let Err(error) = self.compact() {
            tracing::warn!(engine.path = %self.epoch.path.display(), %error, "log cannot be written anew, the old one stays");
        }
        self.tend_graph();
        self.view = freeze(&self.parts, &self.state)?;
        Ok(self.searcher())
    }

    fn searcher(&self) -> Arc<dyn Searcher> {
        Arc::clone(&self.view) as Arc<dyn Searcher>
    }
}

fn freeze(parts: &Parts, state: &State) -> Result<Arc<EmbeddedSearcher>, EngineError> {
    Ok(Arc::new(EmbeddedSearcher {
        generation: state.commit.generation,
        catalogue: Arc::clone(&state.catalogue),
        chunks: state.commit.chunks,
        log: parts.log.reader().clone(),
        places: Arc::clone(&state.places),
        words: parts.words.view(state.commit.chunks, state.commit.tokens)?,
        vectors: state.vectors.view(),
        pieces: Arc::clone(&state.pieces),
        embedder: Arc::clone(&parts.embedder),
        other_words: parts.other_words.clone(),
    }))
}

/// The last generation that can still be read of an old epoch, and its documents as far as they are whole.
fn salvage(old: &Epoch, identity: &Identity) -> Option<(u64, Vec<StoredDocument>)> {
    let (reader, contents) = Log::salvage(&old.log()).ok()?;
    let shared = old.read_identity().is_ok_and(|found| found.shares_vectors(identity));
    let stored = |(number, place): (_, super::log::Place)| {
        let bytes = reader.document(number, place.document).ok()?;
        StoredDocument::decode(&bytes, identity.dimensions)
    };
    let places = contents.places.into_iter().filter(|_| shared);
    Some((contents.commit.generation, places.filter_map(stored).collect()))
}
