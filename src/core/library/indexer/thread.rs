//! The thread itself: opens the shelves, waits for what wakes it, and does one thing after the other.
//!
//! A file that was named is looked at first, a comparison comes when it is due, and what can wait for both comes last.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::access::{CollectionName, Public};
use crate::corpus::{DocumentId, Skipped, Source};
use crate::embed::Embedder;
use crate::library::collections::sources;
use crate::library::crossings::Crossings;
use crate::library::desk::Desk;
use crate::library::history::{Chronicled, Historian};
use crate::library::known::Files;
use crate::library::models::Models;
use crate::library::open::PrivateSlots;
use crate::library::owners::Owners;
use crate::library::renewal::{self, Step};
use crate::library::shelf::Slot;
use crate::library::shelves::Shelves;
use crate::library::signals::{Signals, Wake};
use crate::library::watcher::Watcher;
use crate::library::{LibraryError, Options, Status};

use super::batch::STAGE_FILES;
use super::handle::IndexerHandle;

/// How soon a comparison that failed is tried again: a full disk may have room by then.
const TRY_AGAIN: Duration = Duration::from_secs(3);

/// By how much indexing is nicer than answering: a third of the processor where both want all of it.
#[cfg(target_os = "linux")]
const BEHIND_QUESTIONS: i32 = 5;

#[derive(Debug)]
pub(in crate::library) struct Indexer {
    pub(super) options: Options,
    pub(super) sources: Arc<Vec<Source>>,
    pub(super) owners: Arc<Owners>,
    pub(super) shelves: Shelves,
    pub(super) files: Vec<Files>,
    pub(super) skipped: Arc<Mutex<Vec<(CollectionName, Skipped)>>>,
    pub(super) signals: Arc<Signals>,
    pub(super) status: watch::Sender<Status>,
    pub(super) desk: Arc<Desk>,
    pub(super) crossings: Crossings,
    /// Batches of the public shelf that failed since the start.
    pub(super) public_failures: u64,
}

impl Indexer {
    /// Opens the shelves as they were left, and takes off the public one what is no longer configured to be there.
    pub(in crate::library) fn open(
        options: Options,
        embedder: Arc<dyn Embedder>,
        desk: Arc<Desk>,
    ) -> Result<(Self, Slot<Public>, PrivateSlots), LibraryError> {
        let sources = Arc::new(sources(&options)?);
        let names: Vec<_> = sources.iter().map(|source| source.collection.clone()).collect();
        let models = Models::new(embedder, options.sent_out.iter().cloned());
        let shelves = Shelves::open(&options.data, &names, models, Arc::clone(&desk.places))?;
        let (public, private) = shelves.slots();
        let (status, _) = watch::channel(Status::default());
        let files = vec![Files::new(); sources.len()];
        let (skipped, signals) = (Arc::default(), Arc::default());
        let owners = Arc::new(Owners::read(&options.root, &sources));
        let (crossings, public_failures) = (Crossings::default(), 0);
        let mut indexer = Self {
            options,
            sources,
            owners,
            shelves,
            files,
            skipped,
            signals,
            status,
            desk,
            crossings,
            public_failures,
        };
        indexer.take_stock()?;
        Ok((indexer, public, private))
    }

    /// Starts watching and indexing.
    pub(in crate::library) fn start(self, chronicle: Chronicled) -> Result<IndexerHandle, LibraryError> {
        let historian = Historian::start(&self.options, &self.desk, chronicle)?;
        let (signals, skipped) = (Arc::clone(&self.signals), Arc::clone(&self.skipped));
        let status = self.status.subscribe();
        let thread = std::thread::Builder::new()
            .name("cairn-indexer".to_owned())
            .spawn(move || self.run())
            .map_err(|source| LibraryError::Thread { name: "cairn-indexer", source })?;
        Ok(IndexerHandle { signals, status, skipped, thread: Mutex::new(Some(thread)), historian })
    }

    fn run(mut self) {
        let mut watcher = self.options.watch.then(|| Watcher::start(&self.sources, &self.signals));
        let every = if self.compare(false) { self.options.reconcile_every } else { TRY_AGAIN };
        self.tell_narrowed();
        // From here on somebody may be searching: what changed meanwhile is taken up behind the questions.
        step_back();
        // Measured from the last comparison: saves that never pause put off nothing but themselves.
        let mut next = Instant::now() + every.min(self.options.reconcile_every);
        let mut look_after = Instant::now();
        loop {
            let (named, compare, by_bytes) = match self.signals.wait(self.options.quiet, next.min(look_after)) {
                Wake::Stop => return,
                Wake::Paths(paths, since) => (Some((paths, since)), false, false),
                // The clock alone loses no events.
                Wake::Everything { lost, named } => (Some((named, Instant::now())), lost, lost),
            };
            if let Some((paths, since)) = named.filter(|(paths, _)| !paths.is_empty()) {
                self.look_at(&paths, since);
            }
            if compare || Instant::now() >= next {
                if let Some(watcher) = &mut watcher {
                    watcher.watch_missing(&self.sources);
                }
                let every = if self.compare(by_bytes) { self.options.reconcile_every } else { TRY_AGAIN };
                next = Instant::now() + every.min(self.options.reconcile_every);
            }
            if Instant::now() >= look_after {
                look_after = Instant::now() + self.look_after();
            }
        }
    }

    /// Replaces indexes of other models, and embeds what could not be embedded before, a step at a time. Says how soon
    /// there is more to do.
    pub(super) fn look_after(&mut self) -> Duration {
        match renewal::step(&mut self.shelves, &self.sources, &self.owners, &self.options.rules, &self.signals) {
            Step::More => return Duration::ZERO,
            Step::TakenOver(home, generation) => {
                tracing::info!(shelf = home.name(), shelf.generation = generation, "new index took over");
                self.status.send_modify(|status| status.generations += 1);
                return Duration::ZERO;
            }
            Step::Idle | Step::Stuck => {}
        }
        let owing = self.shelves.owing();
        let some: HashSet<_> = owing.iter().take(STAGE_FILES).collect();
        let mut places = Vec::with_capacity(some.len());
        for (at, (source, files)) in self.sources.iter().zip(&mut self.files).enumerate().filter(|_| !some.is_empty()) {
            for (path, known) in files {
                if some.contains(&(known.home.clone(), DocumentId::of(&source.collection, path))) {
                    known.forget();
                    places.push((at, path.clone()));
                }
            }
        }
        if places.is_empty() {
            return self.options.reconcile_every;
        }
        self.work(places, Vec::new(), Instant::now());
        let fewer = self.shelves.owing().len() < owing.len();
        if fewer { Duration::ZERO } else { self.options.reconcile_every }
    }
}

/// Lets the threads that answer questions go first where all cores are taken, this thread and those it starts from now
/// on. There is no way back for an ordinary user, so a first build, for which everybody waits, is not asked to.
fn step_back() {
    // Elsewhere this would move the whole process, and nobody would be let go first.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, BEHIND_QUESTIONS) {
        tracing::debug!(%error, "indexing keeps the priority of questions");
    }
}
