//! Opening a library, and the two handles to it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::access::{CollectionName, Grant, Principal, Private, Public, Role, Scope};
use crate::corpus::{Document, DocumentId};
use crate::embed::Embedder;
use crate::engine::Analyzer;
use crate::history::CommitId;
use crate::ledger::{Clock, Day, LedgerSink, Randomness, Timestamp};
use crate::retrieval::Ranker;

use super::archive::{Archive, Comparison, Revisions};
use super::desk::{Desk, Union};
use super::history::{Chronicled, Walked};
use super::images::{Gallery, Image, Images, Picture};
use super::indexer::{Indexer, IndexerHandle};
use super::offload::{Offload, Queue};
use super::past::{Hindsight, Past};
use super::pen::Scribe;
use super::shelf::{Shelf, Slot};
use super::tally::Tally;
use super::{Caller, FileFindings, LibraryError, Options, Pen, ReadError, Reader, ShelfStatus, Status, review};

/// The private shelves by collection. A new one can appear while the library is open: a public folder's first private
/// document.
pub(super) type PrivateSlots = Arc<ArcSwap<BTreeMap<CollectionName, Slot<Private>>>>;

/// What comes in from outside.
#[derive(Debug, Clone)]
pub struct Outside {
    /// Turns text into vectors.
    pub embedder: Arc<dyn Embedder>,
    /// Takes records.
    pub sink: Arc<dyn LedgerSink>,
    /// Says what time it is.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub randomness: Arc<dyn Randomness>,
}

/// What faces that serve strangers hold. No field, method or trait leads from it to a private shelf.
#[derive(Debug, Clone)]
pub struct PublicLibrary {
    slot: Slot<Public>,
    desk: Arc<Desk>,
    gallery: Arc<Gallery>,
    archive: Arc<Archive>,
    status: watch::Receiver<Status>,
}

impl PublicLibrary {
    /// Lends a reader of the public shelf.
    #[must_use]
    pub fn reader(&self, caller: Caller) -> Reader<Public> {
        Reader::new(self.slot.clone(), Vec::new(), None, Arc::clone(&self.desk), caller)
    }

    /// The newest generation of the public shelf, for pages. What a page shows is loaded once.
    #[must_use]
    pub fn shelf(&self) -> Arc<Shelf<Public>> {
        self.slot.load()
    }

    /// Which generation of the public shelf that is.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.slot.generation()
    }

    /// The images that the documents of a generation name, of public collections.
    #[must_use]
    pub fn images(&self, shelf: &Shelf<Public>) -> Images {
        Images::of(shelf.documents(), shelf.graph(), |collection| self.gallery.shows(collection))
    }

    /// Reads an image as it is on disk now; `None` when it is not there, is no image, is too long or is reached through a
    /// link. Looking at a picture is not a retrieval, as looking at a page is none.
    ///
    /// # Errors
    /// `Busy` when too many are being read; `Index` when the thread that reads it fails.
    pub async fn picture(&self, image: &Image) -> Result<Option<Picture>, ReadError> {
        let room = self.gallery.room().await?;
        let (gallery, image) = (Arc::clone(&self.gallery), image.clone());
        self.desk.offload.run(move || Ok(gallery.read(&image, room))).await
    }

    /// The commit that made a public document's bytes, when they are committed; its id where everybody is told it.
    #[must_use]
    pub fn commit_of(&self, document: &Document<Public>) -> Option<crate::retrieval::Commit> {
        self.desk.commit_of(document.record(), Role::Anonymous)
    }

    /// A document's file, relative to the root; `None` for a collection that lies outside of it.
    #[must_use]
    pub fn file_of(&self, document: &Document<Public>) -> Option<String> {
        self.desk.path_of(document.record())
    }

    /// What is known of the history now: another one when another commit is checked out.
    #[must_use]
    pub fn history_stamp(&self) -> HistoryStamp {
        HistoryStamp(self.desk.changes.load().as_ref().and_then(|changes| changes.head()))
    }

    /// What a public document said while it was public, the newest first.
    ///
    /// # Errors
    /// `Busy` when too much is being read; `Index` when the repository can't be read.
    pub async fn revisions(&self, document: &Document<Public>) -> Result<Revisions, ReadError> {
        let (archive, document) = (Arc::clone(&self.archive), document.clone());
        self.desk.offload.run(move || archive.revisions(&document)).await
    }

    /// What changed in a public document from one revision to another, by their names; `None` when one of them is none that
    /// may be told of.
    ///
    /// # Errors
    /// As [`PublicLibrary::revisions`].
    pub async fn comparison(
        &self,
        document: &Document<Public>,
        from: &str,
        to: &str,
    ) -> Result<Option<Comparison>, ReadError> {
        let (archive, document) = (Arc::clone(&self.archive), document.clone());
        let (from, to) = (from.to_owned(), to.to_owned());
        self.desk.offload.run(move || archive.comparison(&document, &from, &to)).await
    }

    /// The public document that had an id once, by what git knows of renames; `None` when none had, and when what it was then
    /// was not public.
    ///
    /// # Errors
    /// As [`PublicLibrary::revisions`].
    pub async fn moved(&self, former: &str) -> Result<Option<DocumentId>, ReadError> {
        let shelf = self.shelf();
        let candidates = self.archive.candidates(former);
        for document in candidates.iter().filter_map(|id| shelf.document(id)) {
            let (archive, id, former) = (Arc::clone(&self.archive), document.record().id.clone(), former.to_owned());
            if self.desk.offload.run(move || archive.was_called(&document, &former)).await? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.desk.clock.now()
    }

    /// Waits until the public shelf serves another generation than `known`; `None` when there will be none any more.
    pub async fn next_generation(&self, known: u64) -> Option<Arc<Shelf<Public>>> {
        let mut status = self.status.clone();
        loop {
            status.mark_unchanged();
            let shelf = self.slot.load();
            if shelf.generation() != known {
                return Some(shelf);
            }
            status.changed().await.ok()?;
        }
    }

    /// Whether the public shelf has been compared with the disk since the start.
    #[must_use]
    pub fn ready(&self) -> bool {
        // An indexer that has ended, however, leaves an index that nobody keeps equal to the disk.
        self.status.has_changed().is_ok() && self.status.borrow().public_ready
    }

    /// Whether retrievals can be recorded.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.desk.sink.is_writing()
    }

    /// Whether there are answers: with a record, or without one where none is required.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.desk.records == super::Records::BestEffort || self.is_recording()
    }

    /// The words of a question as the index has them, for highlighting.
    #[must_use]
    pub fn analyzer(&self) -> &Analyzer {
        self.desk.ranker.analyzer()
    }
}

/// Stands for what was known of the history at a time; of two, one can say whether they are the same, and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HistoryStamp(Option<CommitId>);

/// A document, and when it changed.
#[derive(Debug, Clone)]
pub struct Held {
    /// What is known of it.
    pub document: Document<Private>,
    /// When the commit that made its bytes was made, RFC 3339; `None` for what is not committed.
    pub changed: Option<String>,
}

impl Held {
    /// The day on which a review is due, where it names one.
    #[must_use]
    pub fn due(&self) -> Option<Day> {
        review::due(&self.document.record().meta, self.changed.as_deref())
    }

    /// The day on which somebody found it true last.
    #[must_use]
    pub fn verified(&self) -> Option<Day> {
        review::verified(&self.document.record().meta)
    }

    /// The day of its last change, as far as the document or git says.
    #[must_use]
    pub fn dated(&self) -> Option<Day> {
        review::dated(&self.document.record().meta, self.changed.as_deref())
    }
}

/// Everything. Dropping it stops the watcher and the indexer.
#[derive(Debug)]
pub struct Library {
    public: PublicLibrary,
    private: PrivateSlots,
    union: Arc<Union>,
    scribe: Arc<Scribe>,
    past: Arc<Past>,
    tally: Arc<Tally>,
    indexer: IndexerHandle,
}

impl Library {
    /// Opens the shelves in `options.data` (the caller holds its lock) and starts the indexer. What was indexed before
    /// can be searched at once; [`Library::wait_ready`] waits until it equals the disk.
    ///
    /// # Errors
    /// Fails when a collection's folder is missing or given twice, or when an index can be neither opened nor made.
    pub fn open(options: Options, outside: Outside) -> Result<Self, LibraryError> {
        super::collections::verify(&options)?;
        let ranker = Ranker::new(Arc::new(Analyzer::english()), Arc::clone(&outside.embedder), options.fusion);
        let tally = Tally::over(outside.sink);
        let desk = Arc::new(Desk {
            ranker,
            sink: Arc::<Tally>::clone(&tally),
            clock: outside.clock,
            randomness: outside.randomness,
            offload: Offload::new(),
            changes: arc_swap::ArcSwapOption::empty(),
            lineage: arc_swap::ArcSwapOption::empty(),
            places: Arc::new(super::history::places(&options)),
            commits: options.commits,
            records: options.records,
        });
        let sources = super::collections::sources(&options)?;
        let chronicle = Chronicled::default();
        let archive = Archive::new(&options, sources.clone(), Arc::clone(&desk), Arc::clone(&chronicle));
        let (gallery, archive) = (Arc::new(Gallery::new(sources)), Arc::new(archive));
        let (root, data) = (options.root.clone(), options.data.clone());
        let (states, embedder) = (options.clone(), Arc::clone(&outside.embedder));
        let (indexer, public, private) = Indexer::open(options, outside.embedder, Arc::clone(&desk))?;
        let scribe = Arc::new(Scribe::new(root, &data, Arc::clone(&desk), public.clone(), Arc::clone(&private)));
        let past = Arc::new(Past::new(states, embedder, public.clone(), Arc::clone(&desk)));
        let handle = indexer.start(chronicle)?;
        let public = PublicLibrary { slot: public, desk, gallery, archive, status: handle.status() };
        Ok(Self { public, private, union: Arc::default(), scribe, past, tally, indexer: handle })
    }

    /// The handle for faces that serve strangers.
    #[must_use]
    pub fn public(&self) -> PublicLibrary {
        self.public.clone()
    }

    /// Whether strangers may be answered; see [`PublicLibrary::ready`]. Asked with each request, it takes no handle.
    #[must_use]
    pub fn is_public_ready(&self) -> bool {
        self.public.ready()
    }

    /// Lends a reader of the public shelf and of the private shelves that `grant` opens.
    #[must_use]
    pub fn reader(&self, grant: &Grant<Private>, caller: Caller) -> Reader<Private> {
        let slots = self.private.load();
        let own = slots.iter().filter(|(name, _)| grant.opens(name));
        let own = own.map(|(name, slot)| (name.clone(), slot.clone())).collect();
        let union = Some(Arc::clone(&self.union));
        let (role, face) = (caller.principal.role(), caller.face);
        let hindsight = Hindsight::of(Arc::clone(&self.past), grant.clone(), role, face);
        Reader::new(self.public.slot.clone(), own, union, Arc::clone(&self.public.desk), caller)
            .with_hindsight(hindsight)
    }

    /// What is known of every document that `grant` opens, by id. Gives no text, so that it leaves no record.
    #[must_use]
    pub fn inventory(&self, grant: &Grant<Private>) -> Vec<Held> {
        let mut all: Vec<Document<Private>> = self.public.slot.load().documents().iter().map(Document::widen).collect();
        for (_, slot) in self.private.load().iter().filter(|(name, _)| grant.opens(name)) {
            all.extend_from_slice(slot.load().documents());
        }
        all.sort_unstable_by(|a, b| a.record().id.cmp(&b.record().id));
        // One that moves between two shelves right now may have been seen on both.
        all.dedup_by(|a, b| a.record().id == b.record().id);
        let held = |document: Document<Private>| {
            let changed = self.public.desk.commit_of(document.record(), Role::Agent).map(|commit| commit.date);
            Held { document, changed }
        };
        all.into_iter().map(held).collect()
    }

    /// Lends what a caller writes into the ledger with, who may name the documents that `grant` opens.
    #[must_use]
    pub fn pen(&self, grant: &Grant<Private>, caller: Caller) -> Pen {
        Pen::new(Arc::clone(&self.scribe), grant.clone(), caller)
    }

    /// The commits that say they close a mistake. For who sees every mistake, or tells others of their own.
    #[must_use]
    pub fn fixes(&self) -> super::Fixes {
        self.scribe.fixes.clone()
    }

    /// Lends the local owner a pen.
    pub(crate) fn owner_pen(&self, face: super::Face) -> Option<Pen> {
        let principal = Principal::local_owner();
        let grant = principal.private()?;
        Some(self.pen(&grant, Caller::new(principal, face)))
    }

    /// Lends the local owner a reader of everything.
    pub(crate) fn owner(&self, face: super::Face) -> Reader<Private> {
        let principal = Principal::local_owner();
        match principal.private() {
            Some(grant) => self.reader(&grant, Caller::new(principal, face)),
            // The owner is granted everything; this arm can't be reached, and would show the public shelf.
            None => {
                let caller = Caller::new(principal, face);
                Reader::new(self.public.slot.clone(), Vec::new(), None, Arc::clone(&self.public.desk), caller)
            }
        }
    }

    /// How the library stands now; `changed().await` on it waits for news.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.indexer.status()
    }

    /// How often each verb was answered since the start, and how fast. For the owner.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// How many questions wait, through every door. For the owner.
    #[must_use]
    pub fn queue(&self) -> Queue {
        self.public.desk.offload.queue()
    }

    /// Every shelf, the public one first. For the owner.
    #[must_use]
    pub fn shelves(&self) -> Vec<ShelfStatus> {
        let public = self.public.slot.load();
        let mut all = vec![describe("public", &public)];
        all.extend(self.private.load().iter().map(|(name, slot)| describe(name.as_str(), &slot.load())));
        all
    }

    /// Waits until the index equals the disk as it was when the library was opened, and citations have their commits.
    pub async fn wait_ready(&self) {
        // The indexer's sender lives as long as the library; the historian's is dropped when there is nothing to wait for.
        let _ready = self.indexer.status().wait_for(|status| status.ready).await.is_ok();
        if let Some(mut walked) = self.indexer.history() {
            let _walked = walked.wait_for(|walked| *walked >= Walked::Files).await.is_ok();
        }
    }

    /// Waits until citations name the commits of their own lines: after [`Library::wait_ready`], by as long as it takes to
    /// read the whole history once.
    pub async fn wait_lines(&self) {
        if let Some(mut walked) = self.indexer.history() {
            let _walked = walked.wait_for(|walked| *walked >= Walked::Lines).await.is_ok();
        }
    }

    /// What of the folders is not read, and why. For the owner.
    #[must_use]
    pub fn skipped(&self) -> Vec<(CollectionName, crate::corpus::Skipped)> {
        self.indexer.skipped()
    }

    /// The pages that are kept off the public shelf because of a secret, and where it is. For the owner.
    #[must_use]
    pub fn withheld(&self) -> Vec<FileFindings> {
        super::withheld::of(&self.private.load())
    }

    /// Stops watching and indexing; what is indexed can still be read. Whoever lets go of the data folder calls this
    /// first: somebody may still hold the library. Blocks.
    pub fn close(&self) {
        self.past.close();
        self.indexer.close();
    }

    /// Asks the indexer to compare everything with the disk, as after lost events.
    pub fn compare(&self) {
        self.indexer.compare();
    }

    /// Asks the indexer to look at a file or folder, as the watcher would.
    pub fn touch(&self, path: &Path) {
        self.indexer.touch(path);
    }
}

fn describe<S: Scope>(name: &str, shelf: &Shelf<S>) -> ShelfStatus {
    ShelfStatus {
        name: name.to_owned(),
        generation: shelf.generation(),
        documents: shelf.searcher().catalogue().len(),
        passages: shelf.passages(),
        model: shelf.model().to_owned(),
    }
}
