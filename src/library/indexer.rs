//! The one thread that makes generations: looks at the disk, reads what changed, publishes.
//!
//! What is on disk is the truth: an event only says where to look. A file counts as unchanged when size and time are
//! those of the version that was read, and else when its digest is; a file that changed within the clock's grain of
//! being read is looked at again. A failed batch leaves its files marked, and the next comparison tries again.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::access::{CollectionName, Public, Visibility};
use crate::corpus::{Classified, Digest, DocumentId, Listed, Skipped, Source, SourcePath};
use crate::embed::Embedder;
use crate::engine::{EngineError, Entry};
use crate::governance::{Rules, is_withheld};
use crate::ledger::{Timestamp, Withdrawal};

use super::collections::read;
use super::crossings::Crossings;
use super::desk::Desk;
use super::history::{Chronicled, Historian, Walked};
use super::known::{Files, Known, differs, other_bytes, owned_as, under, unread};
use super::models::Models;
use super::open::PrivateSlots;
use super::owners::Owners;
use super::renewal::{self, Step};
use super::shelf::Slot;
use super::shelves::{Failure, Home, Made, Shelves};
use super::signals::{Signals, Wake};
use super::watcher::Watcher;
use super::withheld;
use super::{LibraryError, Options, Progress, Status};

/// How many files are handed to the engines at a time.
const STAGE_FILES: usize = 256;

/// How many files of one shelf a generation has at most while a big build runs: what a kill can cost.
const GENERATION_FILES: usize = 8_192;

/// How soon a comparison that failed is tried again: a full disk may have room by then.
const TRY_AGAIN: Duration = Duration::from_secs(3);

/// By how much indexing is nicer than answering: a third of the processor where both want all of it.
#[cfg(target_os = "linux")]
const BEHIND_QUESTIONS: i32 = 5;

/// Two writes closer than this may leave the same modification time.
const TIME_GRAIN_MS: i64 = 20;

/// A file on its way: which collection, which path.
type Place = (usize, SourcePath);

#[derive(Debug)]
pub(super) struct Indexer {
    options: Options,
    sources: Arc<Vec<Source>>,
    owners: Arc<Owners>,
    shelves: Shelves,
    files: Vec<Files>,
    skipped: Arc<Mutex<Vec<(CollectionName, Skipped)>>>,
    signals: Arc<Signals>,
    status: watch::Sender<Status>,
    desk: Arc<Desk>,
    crossings: Crossings,
    /// Batches of the public shelf that failed since the start.
    public_failures: u64,
}

/// Holds the threads; dropping it ends them.
#[derive(Debug)]
pub(super) struct IndexerHandle {
    signals: Arc<Signals>,
    status: watch::Receiver<Status>,
    skipped: Arc<Mutex<Vec<(CollectionName, Skipped)>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    historian: Option<Historian>,
}

impl IndexerHandle {
    pub(super) fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    pub(super) fn touch(&self, path: &Path) {
        self.signals.path(path);
    }

    pub(super) fn history(&self) -> Option<watch::Receiver<Walked>> {
        self.historian.as_ref().map(Historian::walked)
    }

    pub(super) fn compare(&self) {
        self.signals.everything();
    }

    /// What of the folders is not read, and why.
    pub(super) fn skipped(&self) -> Vec<(CollectionName, Skipped)> {
        self.skipped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl IndexerHandle {
    /// Ends the thread after what it is doing. Nothing is indexed from then on.
    pub(super) fn close(&self) {
        self.signals.stop();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ended = thread.join().is_ok();
        }
    }
}

impl Drop for IndexerHandle {
    fn drop(&mut self) {
        self.close();
    }
}

impl Indexer {
    /// Opens the shelves as they were left, and takes off the public one what is no longer configured to be there.
    pub(super) fn open(
        options: Options,
        embedder: Arc<dyn Embedder>,
        desk: Arc<Desk>,
    ) -> Result<(Self, Slot<Public>, PrivateSlots), LibraryError> {
        let sources = Arc::new(super::collections::sources(&options)?);
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
    pub(super) fn start(self, chronicle: Chronicled) -> Result<IndexerHandle, LibraryError> {
        let historian = Historian::start(&self.options, &self.desk, chronicle)?;
        let (signals, skipped) = (Arc::clone(&self.signals), Arc::clone(&self.skipped));
        let status = self.status.subscribe();
        let thread = std::thread::Builder::new()
            .name("cairn-indexer".to_owned())
            .spawn(move || self.run())
            .map_err(|source| LibraryError::Thread { name: "cairn-indexer", source })?;
        Ok(IndexerHandle { signals, status, skipped, thread: Mutex::new(Some(thread)), historian })
    }

    /// Remembers what the shelves hold; what stands on the public shelf against today's configuration leaves it before
    /// anything is served.
    fn take_stock(&mut self) -> Result<(), LibraryError> {
        let mut withdrawn = 0;
        let judged = withheld::is_judged(&self.options);
        for (home, record) in self.shelves.records() {
            let collection = record.id.collection();
            let at = self.sources.iter().position(|source| source.collection.as_str() == collection);
            let granted =
                at.and_then(|at| self.sources.get(at)).is_some_and(|source| source.visibility == Visibility::Public);
            let engine = |source| LibraryError::Engine { shelf: home.name().to_owned(), source };
            if home == Home::Public && !granted {
                withdrawn += 1;
                let why = if at.is_some() { Withdrawal::Narrowed } else { Withdrawal::Removed };
                self.shelves.remove(&home, record.id.clone(), why).map_err(engine)?;
                continue;
            }
            let Some(files) = at.and_then(|at| self.files.get_mut(at)) else { continue };
            let owned = at.is_none_or(|at| owned_as(&record, self.owners.of(at, &record.path)));
            let collection = at.and_then(|at| self.sources.get(at)).and_then(|source| source.language);
            // Another owner, or another language and so other stems: the bytes are the same, the document isn't.
            let same = owned && record.language == record.meta.language_in(collection);
            let known = Known {
                // A collection that was made public is read again: what was private in it may no longer be.
                // So is every public one when other rules judge what may be public.
                doubtful: !same || (granted && (!judged || home != Home::Public)),
                home,
                size_bytes: record.size_bytes,
                modified_ns: record.modified_ns,
                // What was withheld may be for another reason now.
                sha256: if same && (judged || !is_withheld(&record)) { record.sha256 } else { Digest::NONE },
            };
            if let Some(other) = files.insert(record.path.clone(), known) {
                // A crash between two shelves left it on both: the public copy goes, the private one is read again.
                self.shelves
                    .remove(&Home::Public, record.id.clone(), Withdrawal::Narrowed)
                    .map_err(|source| LibraryError::Engine { shelf: "public".to_owned(), source })?;
                let home = if other.home == Home::Public { None } else { Some(other.home) };
                if let Some(known) = files.get_mut(&record.path) {
                    known.doubtful = true;
                    known.home = home.unwrap_or_else(|| known.home.clone());
                }
            }
        }
        for result in self.shelves.publish() {
            let (home, made) = result.map_err(|failure| LibraryError::Engine {
                shelf: failure.home.name().to_owned(),
                source: failure.error,
            })?;
            // Whoever opens a library may not wait for the ledger here; the thread does, with its first generation.
            self.note_crossings(&home, &made);
        }
        if withdrawn > 0 {
            tracing::info!(
                index.withdrawn = withdrawn,
                "documents left the public shelf: their collection is not public"
            );
        }
        Ok(())
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
    fn look_after(&mut self) -> Duration {
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

    /// Compares every folder with what is known and reads what differs: by size and time, or, when `by_bytes`, by
    /// digest. Says whether the index equals the disk now.
    fn compare(&mut self, by_bytes: bool) -> bool {
        let started = Instant::now();
        self.take_owners();
        let (mut changed, mut gone, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
        for (at, source) in self.sources.iter().enumerate() {
            let listing = source.list();
            let listed: HashSet<&SourcePath> = listing.files.iter().map(|file| &file.path).collect();
            let files = &self.files[at];
            let differs = |file: &&Listed| differs(files, file) || (by_bytes && other_bytes(source, files, file));
            changed.extend(listing.files.iter().filter(differs).map(|file| (at, file.path.clone())));
            let missing = files.keys().filter(|path| !listed.contains(path) && !unread(&listing, path));
            gone.extend(missing.map(|path| (at, path.clone())));
            skipped.extend(listing.skipped.into_iter().map(|skipped| (source.collection.clone(), skipped)));
        }
        self.tell_skipped(skipped);
        let public_failures = self.public_failures;
        let done = self.work(changed, gone, started);
        // Who answers once and leaves has no later, so everything is put in order now.
        while done && !self.options.watch && !self.signals.stopped() && self.look_after().is_zero() {}
        // Only what a whole comparison has made equal to the disk may be shown to strangers.
        let public = self.public_failures == public_failures && !self.signals.stopped();
        self.status.send_modify(|status| {
            status.ready |= done;
            status.public_ready |= public;
        });
        if done {
            withheld::note_judged(&self.options);
        }
        done
    }

    /// Reads CODEOWNERS again. The files it gives to somebody else now are taken up anew, whatever their bytes.
    fn take_owners(&mut self) {
        let Some(owners) = self.owners.changed() else { return };
        for (at, files) in self.files.iter_mut().enumerate() {
            for (path, known) in files.iter_mut().filter(|(path, _)| owners.of(at, path) != self.owners.of(at, path)) {
                tracing::debug!(file.path = %path, "file has another owner by CODEOWNERS");
                known.doubtful = true;
                known.sha256 = Digest::NONE;
            }
        }
        self.owners = Arc::new(owners);
    }

    /// Says once how many documents of public folders are private: an editor may not have meant it.
    fn tell_narrowed(&self) {
        for (source, files) in self.sources.iter().zip(&self.files) {
            let narrowed = files.values().filter(|known| known.home != Home::Public).count();
            if source.visibility == Visibility::Public && narrowed > 0 {
                tracing::info!(
                    file.collection = %source.collection,
                    file.private = narrowed,
                    "documents of a public folder are private; cairn exposure says which and why"
                );
            }
        }
    }

    /// Notes what is not read; the log hears of each once.
    fn tell_skipped(&self, skipped: Vec<(CollectionName, Skipped)>) {
        let mut known = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        for (collection, skipped) in skipped.iter().filter(|entry| !known.contains(entry)) {
            tracing::warn!(file.collection = %collection, file.path = %skipped.path, file.reason = %skipped.reason, "file is not read");
        }
        *known = skipped;
    }

    /// Looks at what the watcher named: files, or folders with everything that was or is in them.
    fn look_at(&mut self, paths: &HashSet<PathBuf>, since: Instant) {
        let (mut changed, mut gone) = (Vec::new(), Vec::new());
        for path in paths {
            for (at, source) in self.sources.iter().enumerate() {
                let Some(place) = source.relative(path) else { continue };
                let listing = source.list_under(&place);
                let there: HashSet<&SourcePath> = listing.files.iter().map(|file| &file.path).collect();
                let known = under(&self.files[at], &place);
                let was = known.filter(|path| !there.contains(path) && !unread(&listing, path));
                gone.extend(was.map(|path| (at, path.clone())));
                // An event is reason enough to read a file: its time may be the same.
                changed.extend(listing.files.into_iter().map(|file| (at, file.path)));
            }
        }
        for places in [&mut changed, &mut gone] {
            places.sort_unstable();
            places.dedup();
        }
        self.work(changed, gone, since);
    }

    /// Reads what changed, takes off what is gone, publishes. Says whether all of it is in a generation now.
    fn work(&mut self, changed: Vec<Place>, gone: Vec<Place>, since: Instant) -> bool {
        let failures = self.status.borrow().failures;
        self.status.send_modify(|status| status.pending = changed.len() + gone.len());
        for place in gone {
            self.drop_file(&place);
        }
        let total = changed.len();
        let (sources, signals) = (Arc::clone(&self.sources), Arc::clone(&self.signals));
        let owners = Arc::clone(&self.owners);
        let (clock, rules) = (Arc::clone(&self.desk.clock), Arc::clone(&self.options.rules));
        // Reading and parsing runs beside embedding and indexing, a bounded step ahead.
        std::thread::scope(|scope| {
            let (sender, receiver) = std::sync::mpsc::sync_channel(64);
            scope.spawn(move || {
                for (at, path) in changed {
                    let Some(source) = sources.get(at) else { continue };
                    let read = read_safely(source, &path, owners.of(at, &path), &rules);
                    let read = read.map(|classified| (classified, clock.now()));
                    if signals.stopped() || sender.send(((at, path), read)).is_err() {
                        return;
                    }
                }
            });
            for (done, (place, read)) in receiver.iter().enumerate() {
                self.take(place, read);
                self.pace(done + 1, total, since);
            }
        });
        self.publish(since);
        self.status.borrow().failures == failures && !self.signals.stopped()
    }

    /// Hands over in steps, so that a big build is bounded in memory and in what a kill costs.
    fn pace(&mut self, done: usize, total: usize, since: Instant) {
        if let (Some(progress), true) = (&self.options.progress, total > 1) {
            progress(Progress { done, total });
        }
        for failure in self.shelves.stage(STAGE_FILES) {
            self.failed(&failure);
        }
        self.publish_from(GENERATION_FILES, since);
    }

    /// Takes a file that was read into the next generation, unless it is as it was.
    fn take(&mut self, place: Place, read: Result<(Classified, Timestamp), Skipped>) {
        let (classified, read_at) = match read {
            Ok(read) => read,
            // What can't be read just now is kept as it was, and looked at again.
            Err(skipped) if skipped.passing => {
                tracing::warn!(file.path = %skipped.path, file.reason = %skipped.reason, "file cannot be read now, it is kept as it was");
                let known = self.files.get_mut(place.0).and_then(|files| files.get_mut(&place.1));
                return known.into_iter().for_each(|known| known.doubtful = true);
            }
            // What can't be read can't be served; the next comparison lists it with the reason.
            Err(_) => return self.drop_file(&place),
        };
        let (at, path) = place;
        let Some(collection) = self.sources.get(at).map(|source| source.collection.clone()) else { return };
        let home = match classified {
            Classified::Public(..) => Home::Public,
            Classified::Private(..) => Home::Private(collection),
        };
        let (record, body) = classified.into_parts();
        withheld::tell(&record);
        let known = Known {
            home: home.clone(),
            size_bytes: record.size_bytes,
            modified_ns: record.modified_ns,
            sha256: record.sha256,
            doubtful: read_at.unix_ms() - record.modified_ns / 1_000_000 < TIME_GRAIN_MS,
        };
        let before = self.files.get_mut(at).and_then(|files| files.insert(path, known));
        let same = before.as_ref().is_some_and(|before| before.sha256 == record.sha256 && before.home == home);
        if same {
            return;
        }
        if let Some(before) = before.filter(|before| before.home != home) {
            let removed = self.shelves.remove(&before.home, record.id.clone(), Withdrawal::Narrowed);
            removed.unwrap_or_else(|error| self.refused(&before.home, error, &record.id));
        }
        let entry = Entry { record, text: body.text, plain: body.plain };
        let id = entry.record.id.clone();
        self.shelves.upsert(&home, entry).unwrap_or_else(|error| self.refused(&home, error, &id));
    }

    fn drop_file(&mut self, place: &Place) {
        let (at, path) = place;
        let Some(known) = self.files.get_mut(*at).and_then(|files| files.remove(path)) else { return };
        let Some(source) = self.sources.get(*at) else { return };
        let id = DocumentId::of(&source.collection, path);
        let removed = self.shelves.remove(&known.home, id.clone(), Withdrawal::Removed);
        removed.unwrap_or_else(|error| self.refused(&known.home, error, &id));
    }

    fn publish(&mut self, since: Instant) {
        self.publish_from(0, since);
        self.status.send_modify(|status| status.pending = self.signals.pending());
    }

    /// Publishes the shelves that have taken in so many documents. What has left the public one is in the ledger before
    /// a private one takes it up.
    fn publish_from(&mut self, documents: usize, since: Instant) {
        let public = self.shelves.publish_public(documents);
        self.told(public, since);
        self.crossings.record(self.desk.sink.as_ref());
        let private = self.shelves.publish_private(documents);
        self.told(private, since);
    }

    /// Notes what the public shelf has lost and won with a generation.
    fn note_crossings(&mut self, home: &Home, made: &Made) {
        if *home == Home::Public {
            self.crossings.note(made.generation, &made.withdrawn, &made.published);
        }
    }

    /// Says of generations that they stand, or why not.
    fn told(&mut self, published: impl IntoIterator<Item = Result<(Home, Made), Failure>>, since: Instant) {
        for result in published {
            let lag_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
            match result {
                Ok((home, made)) => {
                    tracing::info!(
                        shelf = home.name(),
                        shelf.generation = made.generation,
                        shelf.upserted = made.upserted,
                        shelf.removed = made.removed,
                        shelf.lag_ms = lag_ms,
                        "generation published"
                    );
                    self.note_crossings(&home, &made);
                    self.status.send_modify(|status| {
                        status.generations += 1;
                        status.lag_ms = lag_ms;
                    });
                }
                Err(failure) => self.failed(&failure),
            }
        }
    }

    /// A shelf could not be opened for one document.
    fn refused(&mut self, home: &Home, error: EngineError, id: &DocumentId) {
        self.failed(&Failure { home: home.clone(), error, lost: Some([id.clone()].into()) });
    }

    /// A batch failed: the old generation serves, and the files whose new versions were lost are read again at the next
    /// comparison.
    fn failed(&mut self, failure: &Failure) {
        let Failure { home, error, lost } = failure;
        let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        tracing::error!(shelf = home.name(), shelf.error = %error, shelf.cause = %cause, "generation failed, the old one serves");
        self.status.send_modify(|status| status.failures += 1);
        self.public_failures += u64::from(*home == Home::Public);
        for (source, files) in self.sources.iter().zip(&mut self.files) {
            for (path, known) in files.iter_mut().filter(|(_, known)| known.home == *home) {
                let id = || DocumentId::of(&source.collection, path);
                if lost.as_ref().is_none_or(|lost| lost.contains(&id())) {
                    known.forget();
                }
            }
        }
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

/// Reads one file. A file that brings the parser down is left out; the others go on.
pub(super) fn read_safely(
    source: &Source,
    path: &SourcePath,
    owner: Option<&str>,
    rules: &Rules,
) -> Result<Classified, Skipped> {
    let read = std::panic::AssertUnwindSafe(|| read(source, path, owner, rules));
    std::panic::catch_unwind(read).unwrap_or_else(|_| {
        tracing::error!(file.collection = %source.collection, file.path = %path, "file cannot be parsed, it is left out");
        Err(Skipped { path: path.to_string(), reason: "cannot be parsed".to_owned(), passing: false })
    })
}
