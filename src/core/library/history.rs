//! Keeps the last commit of each file and of each line at hand, and what public files said before, on a thread of its own.
//!
//! Files come first: it takes a part of the time, and is what a citation says until the lines are known.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::watch;

use crate::access::Visibility;
use crate::corpus::may_be_document;
use crate::history::{
    Chronicle, ChronicleRequest, CommitId, HistoryError, LastChanges, LineRequest, Lineage, MAX_COMMITS, Repository,
    Request,
};

use super::desk::Desk;
use super::options::WasPublic;
use super::{LibraryError, Options};

/// What public files said before, once it is known.
pub(super) type Chronicled = Arc<ArcSwapOption<Chronicle>>;

/// The file that says which folders are public, relative to the root.
const CONFIGURATION: &str = "cairn.toml";

/// How often HEAD is looked at: one small file is read.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The folder of each collection, relative to the root; a collection outside of the root has none.
pub(super) fn places(options: &Options) -> BTreeMap<String, String> {
    let root = std::fs::canonicalize(&options.root).unwrap_or_else(|_| options.root.clone());
    let place = |collection: &super::CollectionOptions| {
        let folder = std::fs::canonicalize(&collection.path).ok()?;
        let place = folder.strip_prefix(&root).ok()?.to_str()?.to_owned();
        Some((collection.name.to_string(), place))
    };
    options.collections.iter().filter_map(place).collect()
}

/// How far the first walk has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Walked {
    /// Nothing is known yet.
    Nothing,
    /// The last commit of each file is, or can't be.
    Files,
    /// And the commit of each line, and what public files said before.
    Lines,
}

/// The places of public collections, relative to the root.
#[derive(Debug, Clone)]
pub(super) struct PublicPlaces(Vec<String>);

impl PublicPlaces {
    pub(super) fn of(options: &Options, places: &BTreeMap<String, String>) -> Self {
        let public = options.collections.iter().filter(|collection| collection.visibility == Visibility::Public);
        Self(public.filter_map(|collection| places.get(collection.name.as_str()).cloned()).collect())
    }

    /// Whether a file at this path is in one of them.
    pub(super) fn hold(&self, path: &str) -> bool {
        let below = |place: &String| {
            place.is_empty() || path.strip_prefix(place.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        self.0.iter().any(below)
    }
}

/// What is known of the history at a commit, as [`Historian`] knows it of HEAD.
pub(super) fn known_at(
    repository: &Repository,
    options: &Options,
    places: &BTreeMap<String, String>,
    at: CommitId,
    stop: &AtomicBool,
) -> Result<(LastChanges, Lineage), HistoryError> {
    let folders: Vec<&str> = places.values().map(String::as_str).collect();
    let public = PublicPlaces::of(options, places);
    let (at, keep, max_commits) = (Some(at), &may_be_document, MAX_COMMITS);
    let changes =
        repository.last_changes(&Request { at, folders: &folders, keep, previous: None, max_commits, stop })?;
    let lineage = repository.lineage(&LineRequest {
        at,
        folders: &folders,
        keep,
        only: None,
        public: &|path| public.hold(path),
        previous: None,
        max_commits,
        stop,
    })?;
    Ok((changes, lineage))
}

/// Walks history until it is dropped.
#[derive(Debug)]
pub(super) struct Historian {
    stop: Arc<AtomicBool>,
    bell: mpsc::Sender<()>,
    walked: watch::Receiver<Walked>,
    thread: Option<JoinHandle<()>>,
}

impl Historian {
    /// Starts the thread, if the root is in a git repository.
    pub(super) fn start(
        options: &Options,
        desk: &Arc<Desk>,
        chronicle: Chronicled,
    ) -> Result<Option<Self>, LibraryError> {
        let repository = match Repository::discover(&options.root) {
            Ok(Some(repository)) => repository,
            Ok(None) => return Ok(None),
            Err(error) => {
                tracing::warn!(history.error = %error, "git repository cannot be read, citations go without commits");
                return Ok(None);
            }
        };
        let stop = Arc::new(AtomicBool::new(false));
        let (bell, doorbell) = mpsc::channel();
        let (first_walk, walked) = watch::channel(Walked::Nothing);
        let public = PublicPlaces::of(options, &desk.places);
        let follower = Follower {
            repository,
            desk: Arc::clone(desk),
            public,
            was_public: Arc::clone(&options.was_public),
            chronicle,
            stop: Arc::clone(&stop),
            tried: None,
        };
        let thread = std::thread::Builder::new()
            .name("cairn-history".to_owned())
            .spawn(move || follower.follow(&doorbell, &first_walk))
            .map_err(|source| LibraryError::Thread { name: "cairn-history", source })?;
        Ok(Some(Self { stop, bell, walked, thread: Some(thread) }))
    }
}

impl Historian {
    /// Says how far the history has been walked, or that it can't be.
    pub(super) fn walked(&self) -> watch::Receiver<Walked> {
        self.walked.clone()
    }
}

impl Drop for Historian {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // A thread that has ended can't hear the bell, and needn't.
        let _heard = self.bell.send(()).is_ok();
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join().is_ok();
        }
    }
}

/// What the thread has in its hands.
struct Follower {
    repository: Repository,
    desk: Arc<Desk>,
    public: PublicPlaces,
    was_public: WasPublic,
    chronicle: Chronicled,
    stop: Arc<AtomicBool>,
    /// The commit whose lines were looked for last: what failed there is not tried again until another is checked out.
    tried: Option<CommitId>,
}

impl Follower {
    /// Looks again and again until the bell rings. Whoever waits for a first walk is told how far it is, or finds the
    /// channel closed: nobody waits for a walk that will not come.
    fn follow(mut self, bell: &mpsc::Receiver<()>, walked: &watch::Sender<Walked>) {
        // Answers come first. On Linux this is a matter of this thread alone.
        #[cfg(target_os = "linux")]
        let _calm = rustix::process::nice(5).is_ok();
        let mut failed = None;
        loop {
            let files = self.files();
            if *walked.borrow() == Walked::Nothing {
                walked.send_replace(Walked::Files);
            }
            let looked = files.and_then(|()| self.lines());
            if *walked.borrow() == Walked::Files {
                walked.send_replace(Walked::Lines);
            }
            match looked {
                Ok(()) => failed = None,
                Err(error) => {
                    // The same failure once a second is told once.
                    let text = error.to_string();
                    if failed.as_ref() != Some(&text) && !self.stop.load(Ordering::Relaxed) {
                        tracing::warn!(history.error = %error, "history cannot be walked, citations may lack commits");
                    }
                    failed = Some(text);
                }
            }
            if bell.recv_timeout(LOOK_EVERY) != Err(mpsc::RecvTimeoutError::Timeout) {
                return;
            }
        }
    }

    /// Finds the last commit of each file, if another commit is checked out.
    fn files(&self) -> Result<(), HistoryError> {
        let previous = self.desk.changes.load_full();
        let last = previous.as_ref().and_then(|changes| changes.head());
        if previous.is_some() && !self.repository.head_changed_since(last)? {
            return Ok(());
        }
        let folders: Vec<&str> = self.desk.places.values().map(String::as_str).collect();
        let changes: LastChanges = self.repository.last_changes(&Request {
            at: None,
            folders: &folders,
            keep: &may_be_document,
            previous: previous.as_deref(),
            max_commits: MAX_COMMITS,
            stop: &self.stop,
        })?;
        tracing::debug!(history.files = changes.len(), history.commits = changes.commits_walked(), "history walked");
        self.desk.changes.store(Some(Arc::new(changes)));
        Ok(())
    }

    /// Finds the commit of each line, at the commit at which the files' are known.
    fn lines(&mut self) -> Result<(), HistoryError> {
        let at = self.desk.changes.load().as_ref().and_then(|changes| changes.head());
        if at.is_none() || at == self.tried {
            return Ok(());
        }
        self.tried = at;
        let previous = self.desk.lineage.load_full();
        let folders: Vec<&str> = self.desk.places.values().map(String::as_str).collect();
        let lineage: Lineage = self.repository.lineage(&LineRequest {
            at,
            folders: &folders,
            keep: &may_be_document,
            only: None,
            public: &|path| self.public.hold(path),
            previous: previous.as_deref(),
            max_commits: MAX_COMMITS,
            stop: &self.stop,
        })?;
        tracing::debug!(
            history.files = lineage.len(),
            history.commits = lineage.commits_walked(),
            history.gap = ?lineage.gap(),
            "lines' commits are known"
        );
        self.desk.lineage.store(Some(Arc::new(lineage)));
        self.versions(at)
    }

    /// Finds what public files said before, at the same commit.
    fn versions(&self, at: Option<CommitId>) -> Result<(), HistoryError> {
        let previous = self.chronicle.load_full();
        let folders: Vec<&str> = self.public.0.iter().map(String::as_str).collect();
        let chronicle = self.repository.chronicle(&ChronicleRequest {
            at,
            folders: &folders,
            keep: &may_be_document,
            configuration: CONFIGURATION,
            was_public: &*self.was_public,
            previous: previous.as_deref(),
            max_commits: MAX_COMMITS,
            stop: &self.stop,
        })?;
        tracing::debug!(
            history.files = chronicle.len(),
            history.commits = chronicle.commits_walked(),
            history.gap = ?chronicle.gap(),
            "what public files said before is known"
        );
        self.chronicle.store(Some(Arc::new(chronicle)));
        Ok(())
    }
}
