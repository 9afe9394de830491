//! A corpus set aside: shelves of given files, beside the library and without it.
//!
//! Made of the files as they are on disk, of a revision's, or of any others; then it answers questions with the code
//! that readers answer with, the public shelf alone or with private ones for who holds a grant. It watches nothing,
//! touches no data folder and keeps no ledger. Its files lie in a scratch folder of its own while it is built; once it
//! stands they are unlinked, and only the open files hold them: whatever ends the process, nothing is left behind.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::access::{CollectionName, Grant, Principal, Private, Public, Scope, Visibility};
use crate::corpus::{Classified, Document, DocumentId, Draft, Record, SourceFile};
use crate::embed::Embedder;
use crate::engine::{Analyzer, Entry};
use crate::history::{BlobId, CommitId, HistoryError, Repository, Tree};
use crate::ledger::{
    Face, Haste, LedgerError, LedgerSink, Receipt, Record as Line, Retrieval, RetrievalId, SystemClock,
    SystemRandomness, Verb,
};
use crate::retrieval::{Fusion, Query, Ranker};

use super::ask::{Printing, search};
use super::collections::{drafted, read, sources, verify};
use super::desk::{Desk, Union};
use super::history::{known_at, places};
use super::models::Models;
use super::offload::Offload;
use super::owners::Owners;
use super::shelf::{Places, Shelf, Shelves};
use super::shelves::{Home, Shelves as Benches};
use super::{Answer, Commits, LibraryError, Options, Progress, ReadError, Records};

/// How many files are handed to the engines at a time.
const STAGE_FILES: usize = 256;

/// What a corpus is set aside with.
#[derive(Debug, Clone)]
pub struct Means {
    /// Turns text into vectors.
    pub embedder: Arc<dyn Embedder>,
    /// How the legs are fused.
    pub fusion: Fusion,
    /// Where the scratch folder is made: the system's folder for what is temporary.
    pub scratch: PathBuf,
    /// Kinds of document that are kept apart and not put on a shelf: judged questions must not find themselves.
    pub apart: Vec<String>,
    /// Set by another thread to end the build early.
    pub stop: Arc<AtomicBool>,
}

impl Means {
    /// The defaults for everything but the model and the place.
    #[must_use]
    pub fn new(embedder: Arc<dyn Embedder>, scratch: PathBuf) -> Self {
        let (fusion, apart) = (Fusion::default(), Vec::new());
        Self { embedder, fusion, scratch, apart, stop: Arc::default() }
    }
}

/// Shelves that nobody else sees. A clone costs a few reference counts.
#[derive(Debug, Clone)]
pub struct Aside {
    public: Arc<Shelf<Public>>,
    private: Vec<(CollectionName, Arc<Shelf<Private>>)>,
    apart: Arc<Vec<(Arc<Record>, String)>>,
    names: Arc<Union>,
    desk: Arc<Desk>,
}

impl Aside {
    /// Reads every file of every collection as it is on disk now.
    ///
    /// # Errors
    /// Fails when a collection's folder is missing, when an index can't be built, and when it was asked to stop.
    pub fn of_disk(options: &Options, means: &Means) -> Result<Self, LibraryError> {
        verify(options)?;
        let models = Models::new(Arc::clone(&means.embedder), options.sent_out.iter().cloned());
        let mut making = Making::begin(means, models, places(options), options.progress.clone())?;
        let sources = sources(options)?;
        let owners = Owners::read(&options.root, &sources);
        let listings: Vec<_> = sources.iter().map(|source| source.list().files).collect();
        making.total = listings.iter().map(Vec::len).sum();
        for (at, (source, files)) in sources.iter().zip(&listings).enumerate() {
            for file in files {
                match read(source, &file.path, owners.of(at, &file.path), &options.rules) {
                    Ok(classified) => making.take(classified)?,
                    Err(skipped) => {
                        tracing::debug!(file.path = %skipped.path, file.reason = %skipped.reason, "not read")
                    }
                }
            }
        }
        making.finish(means)
    }

    /// Reads the files that today's collections had at a revision, owned as today. A collection outside of the repository
    /// had none.
    ///
    /// # Errors
    /// Fails like [`Self::of_disk`], and when an object of the repository can't be read.
    pub fn of_tree(options: &Options, tree: &Tree, means: &Means) -> Result<Self, LibraryError> {
        Self::of_tree_narrowed(options, tree, means, &|_| true)
    }

    /// The same, with what is not public today kept private, too: `may` says of a document that it is.
    pub(super) fn of_tree_narrowed(
        options: &Options,
        tree: &Tree,
        means: &Means,
        may: &dyn Fn(&DocumentId) -> bool,
    ) -> Result<Self, LibraryError> {
        verify(options)?;
        let places = places(options);
        let models = Models::new(Arc::clone(&means.embedder), options.sent_out.iter().cloned());
        let mut making = Making::begin(means, models, places.clone(), options.progress.clone())?;
        let sources = sources(options)?;
        let owners = Owners::read(&options.root, &sources);
        let mut files = Vec::new();
        for (at, source) in sources.into_iter().enumerate() {
            let Some(place) = places.get(source.collection.as_str()) else { continue };
            let under = if place.is_empty() { String::new() } else { format!("{place}/") };
            let mut blobs = BTreeMap::new();
            for (path, blob) in tree.files(place)? {
                if let Some(inside) = path.strip_prefix(&under) {
                    blobs.insert(inside.to_owned(), blob);
                }
            }
            let listed = source.select(blobs.keys().map(String::as_str));
            making.total += listed.len();
            files.push((at, source, listed, blobs));
        }
        for (at, source, listed, blobs) in files {
            for path in listed {
                let Some(blob) = blobs.get(path.as_str()) else { continue };
                let bytes = tree.read(*blob)?;
                if bytes.len() as u64 > crate::corpus::FILE_LIMIT_BYTES {
                    continue;
                }
                let owner = owners.of(at, &path).map(str::to_owned);
                let file = SourceFile { collection: source.collection.clone(), path, bytes, modified_ns: 0 };
                let draft = drafted(&source, file, owner.as_deref(), &options.rules);
                let draft = if may(&draft.record().id) { draft } else { draft.withhold(Vec::new()) };
                making.take(draft.classify(source.visibility))?;
            }
        }
        making.finish(means)
    }

    /// Takes files from anywhere, each with the most that it may be. They are searched and published nowhere, so that
    /// nothing is looked for in them.
    ///
    /// # Errors
    /// Fails when an index can't be built, and when it was asked to stop.
    pub fn of_files(
        files: impl IntoIterator<Item = (SourceFile, Visibility)>,
        means: &Means,
    ) -> Result<Self, LibraryError> {
        let models = Models::new(Arc::clone(&means.embedder), []);
        let mut making = Making::begin(means, models, Places::new(), None)?;
        for (file, visibility) in files {
            making.take(Draft::parse(file).classify(visibility))?;
        }
        making.finish(means)
    }

    /// The same shelves, whose citations name commits as they were known at one.
    ///
    /// # Errors
    /// Fails when the history can't be read, and when it was asked to stop.
    pub fn with_commits(
        &self,
        options: &Options,
        repository: &Repository,
        at: CommitId,
        stop: &AtomicBool,
    ) -> Result<Self, LibraryError> {
        let (changes, lineage) = known_at(repository, options, &self.desk.places, at, stop)?;
        let desk = Desk { commits: options.commits, ..desk(&self.desk) };
        desk.changes.store(Some(Arc::new(changes)));
        desk.lineage.store(Some(Arc::new(lineage)));
        Ok(Self { desk: Arc::new(desk), ..self.clone() })
    }

    /// How many documents, of those that the grant opens and those that were set apart, are not in a commit as they are here.
    ///
    /// # Errors
    /// Fails when an object of the repository can't be read.
    pub fn uncommitted(&self, grant: &Grant<Private>, tree: &Tree) -> Result<usize, HistoryError> {
        let committed: HashMap<String, BlobId> = tree.files("")?.into_iter().collect();
        let in_commit = |record: &Record| {
            let known = self.desk.path_of(record).and_then(|path| committed.get(&path).copied());
            known.is_some() && known == record.git_blob.map(BlobId::from_bytes)
        };
        let shelves = self.opened(grant);
        let documents = shelves.documents();
        let apart = self.apart(grant).filter(|(record, _)| !in_commit(record)).count();
        Ok(apart + documents.iter().filter(|document| !in_commit(document.record())).count())
    }

    /// How the legs are fused.
    #[must_use]
    pub fn fusion(&self) -> Fusion {
        self.desk.ranker.fusion()
    }

    /// The same shelves, with the legs fused in another way.
    #[must_use]
    pub fn with_fusion(&self, fusion: Fusion) -> Self {
        let desk = Desk { ranker: self.desk.ranker.with_fusion(fusion), ..desk(&self.desk) };
        Self { desk: Arc::new(desk), ..self.clone() }
    }

    /// Answers a question as a stranger is answered: of the public shelf. Leaves no record.
    ///
    /// # Errors
    /// Fails when the index can't be read or the cursor is not of these shelves.
    pub fn search_public(&self, query: &Query) -> Result<Answer<Public>, ReadError> {
        self.search(&Shelves { public: Arc::clone(&self.public), own: Vec::new() }, query)
    }

    /// Answers a question as somebody is answered whose grant opens private shelves; `only` narrows it to some of them.
    /// Leaves no record.
    ///
    /// # Errors
    /// Fails when the index can't be read or the cursor is not of these shelves.
    pub fn search_private(
        &self,
        grant: &Grant<Private>,
        only: Option<&[String]>,
        query: &Query,
    ) -> Result<Answer<Private>, ReadError> {
        let wanted = |name: &CollectionName| {
            grant.opens(name) && only.is_none_or(|only| only.iter().any(|other| other == name.as_str()))
        };
        let own = self.private.iter().filter(|(name, _)| wanted(name)).cloned().collect();
        self.search(&Shelves { public: Arc::clone(&self.public), own }, query)
    }

    /// The shelves that somebody opened once: the public one, and those of the private ones named by `only` that `grant`
    /// opens.
    pub(super) fn shelves(&self, grant: &Grant<Private>, only: &[String]) -> Shelves<Private> {
        let wanted = |name: &CollectionName| grant.opens(name) && only.iter().any(|other| other == name.as_str());
        let own = self.private.iter().filter(|(name, _)| wanted(name)).cloned().collect();
        Shelves { public: Arc::clone(&self.public), own }
    }

    /// The public shelf and the private ones that `grant` opens.
    pub(super) fn opened(&self, grant: &Grant<Private>) -> Shelves<Private> {
        let own = self.private.iter().filter(|(name, _)| grant.opens(name)).cloned().collect();
        Shelves { public: Arc::clone(&self.public), own }
    }

    pub(super) fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    pub(super) fn names(&self) -> &Arc<Union> {
        &self.names
    }

    fn search<S: Scope>(&self, shelves: &Shelves<S>, query: &Query) -> Result<Answer<S>, ReadError> {
        let id = RetrievalId::parse("r_00000000000000000000000000").ok_or(LedgerError::Closed)?;
        // The record that the answer would have; nobody writes it down, so it says of nobody that they asked.
        let mut record = Retrieval::new(id, &Principal::anonymous(), Face::Cli, Verb::Search);
        let directory = self.names.directory(shelves, &self.desk.places);
        let printing = Printing::UNPRINTED;
        search(&self.desk, shelves, &directory, query, printing, &mut record)
    }

    /// The public shelf.
    #[must_use]
    pub fn public(&self) -> &Arc<Shelf<Public>> {
        &self.public
    }

    /// The private shelves that `grant` opens.
    pub fn private(&self, grant: &Grant<Private>) -> impl Iterator<Item = &Arc<Shelf<Private>>> {
        let opened = self.private.iter().filter(|(name, _)| grant.opens(name));
        opened.map(|(_, shelf)| shelf).collect::<Vec<_>>().into_iter()
    }

    /// A document among those that `grant` opens and the public ones.
    #[must_use]
    pub fn document(&self, grant: &Grant<Private>, id: &DocumentId) -> Option<Document<Private>> {
        let public = self.public.document(id).map(|document| document.widen());
        public.or_else(|| self.private(grant).find_map(|shelf| shelf.document(id)))
    }

    /// The visible text of such a document. Line n of it is line n of the file.
    #[must_use]
    pub fn text(&self, grant: &Grant<Private>, id: &DocumentId) -> Option<String> {
        let public = self.public.document(id).map(|document| self.public.text(&document));
        let private = || self.private(grant).find_map(|shelf| Some(shelf.text(&shelf.document(id)?)));
        public.or_else(private)?.ok()
    }

    /// A document's file, relative to the root; `None` for one outside of it.
    #[must_use]
    pub fn file(&self, record: &Record) -> Option<String> {
        self.desk.path_of(record)
    }

    /// The documents that were kept apart, with their visible text, of those that `grant` opens.
    pub fn apart(&self, grant: &Grant<Private>) -> impl Iterator<Item = (&Arc<Record>, &str)> {
        let mine = |record: &Record| match record.visibility() {
            Visibility::Public => true,
            Visibility::Private => CollectionName::parse(record.id.collection()).is_ok_and(|name| grant.opens(&name)),
        };
        let kept = self.apart.iter().filter(|(record, _)| mine(record));
        kept.map(|(record, text)| (record, text.as_str())).collect::<Vec<_>>().into_iter()
    }
}

/// Shelves on their way.
struct Making {
    // Dropped in this order: the engines let go of their files before the folder goes.
    benches: Benches,
    _folder: Scratch,
    places: Arc<Places>,
    apart: Vec<(Arc<Record>, String)>,
    kinds: Vec<String>,
    taken: usize,
    total: usize,
    progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
    stop: Arc<AtomicBool>,
}

impl Making {
    fn begin(
        means: &Means,
        models: Models,
        places: Places,
        progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
    ) -> Result<Self, LibraryError> {
        let places = Arc::new(places);
        let folder = Scratch::make(&means.scratch)?;
        let benches = Benches::open(&folder.0, &[], models, Arc::clone(&places))?;
        let (kinds, stop) = (means.apart.clone(), Arc::clone(&means.stop));
        Ok(Self { benches, _folder: folder, places, apart: Vec::new(), kinds, taken: 0, total: 0, progress, stop })
    }

    fn take(&mut self, classified: Classified) -> Result<(), LibraryError> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(LibraryError::Stopped);
        }
        let (record, body) = classified.into_parts();
        if self.kinds.contains(&record.meta.kind) {
            self.apart.push((record, body.text));
            return Ok(());
        }
        let home = match record.visibility() {
            Visibility::Public => Home::Public,
            Visibility::Private => Home::Private(collection_of(&record)?),
        };
        let failed = |source| LibraryError::Engine { shelf: home.name().to_owned(), source };
        let entry = Entry { record, text: body.text, plain: body.plain };
        self.benches.upsert(&home, entry).map_err(failed)?;
        self.taken += 1;
        if self.taken.is_multiple_of(STAGE_FILES) {
            self.tell();
            if let Some(failure) = self.benches.stage(1).into_iter().next() {
                return Err(LibraryError::Engine { shelf: failure.home.name().to_owned(), source: failure.error });
            }
        }
        Ok(())
    }

    fn tell(&self) {
        if let Some(progress) = &self.progress {
            progress(Progress { done: self.taken.min(self.total), total: self.total });
        }
    }

    fn finish(mut self, means: &Means) -> Result<Aside, LibraryError> {
        for made in self.benches.publish() {
            made.map_err(|failure| LibraryError::Engine {
                shelf: failure.home.name().to_owned(),
                source: failure.error,
            })?;
        }
        self.taken = self.total;
        self.tell();
        let (public, private) = self.benches.slots();
        let ranker = Ranker::new(Arc::new(Analyzer::english()), Arc::clone(&means.embedder), means.fusion);
        Ok(Aside {
            public: public.load(),
            private: private.load().iter().map(|(name, slot)| (name.clone(), slot.load())).collect(),
            apart: Arc::new(self.apart),
            names: Arc::default(),
            desk: Arc::new(Desk {
                ranker,
                sink: Arc::new(NoLedger),
                clock: Arc::new(SystemClock),
                randomness: Arc::new(SystemRandomness),
                offload: Offload::new(),
                changes: arc_swap::ArcSwapOption::empty(),
                lineage: arc_swap::ArcSwapOption::empty(),
                places: self.places,
                commits: Commits::default(),
                records: Records::default(),
            }),
        })
        // Here the engines and the folder go; the shelves keep their files open.
    }
}

fn collection_of(record: &Record) -> Result<CollectionName, LibraryError> {
    let name = record.id.collection();
    CollectionName::parse(name).map_err(|_| LibraryError::File {
        path: PathBuf::from(record.id.as_str()),
        what: "put on a shelf",
        source: std::io::ErrorKind::InvalidInput.into(),
    })
}

/// Another desk with the same things on it.
fn desk(of: &Desk) -> Desk {
    Desk {
        ranker: of.ranker.clone(),
        sink: Arc::clone(&of.sink),
        clock: Arc::clone(&of.clock),
        randomness: Arc::clone(&of.randomness),
        offload: of.offload.clone(),
        changes: arc_swap::ArcSwapOption::new(of.changes.load_full()),
        lineage: arc_swap::ArcSwapOption::new(of.lineage.load_full()),
        places: Arc::clone(&of.places),
        commits: of.commits,
        records: of.records,
    }
}

/// What is asked aside is on nobody's record.
#[derive(Debug)]
struct NoLedger;

impl LedgerSink for NoLedger {
    fn append_record(&self, _record: Line, _: Haste) -> Receipt {
        Receipt::refused(LedgerError::Closed)
    }

    fn is_writing(&self) -> bool {
        false
    }
}

/// A folder for its owner alone, gone when this is dropped.
#[derive(Debug)]
struct Scratch(PathBuf);

impl Scratch {
    /// Makes a folder with a name of its own.
    fn make(under: &Path) -> Result<Self, LibraryError> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        loop {
            let number = MADE.fetch_add(1, Ordering::Relaxed);
            let path = under.join(format!("cairn-aside-{}-{number}", std::process::id()));
            match builder.create(&path) {
                Ok(()) => return Ok(Self(path)),
                // Left by a process that had this number once, and was killed while it built.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && number < 1 << 20 => {}
                Err(source) => return Err(LibraryError::File { path, what: "made", source }),
            }
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(scratch.path = %self.0.display(), %error, "scratch folder cannot be removed");
        }
    }
}

#[cfg(test)]
#[path = "aside_tests.rs"]
mod tests;
