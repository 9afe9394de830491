//! Keeps the last commit of each file at hand, on a thread of its own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use crate::corpus::may_be_document;
use crate::history::{HistoryError, LastChanges, MAX_COMMITS, Repository, Request};

use super::desk::Desk;
use super::{LibraryError, Options};

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

/// Walks history until it is dropped.
#[derive(Debug)]
pub(super) struct Historian {
    stop: Arc<AtomicBool>,
    bell: mpsc::Sender<()>,
    walked: watch::Receiver<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Historian {
    /// Starts the thread, if the root is in a git repository.
    pub(super) fn start(options: &Options, desk: &Arc<Desk>) -> Result<Option<Self>, LibraryError> {
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
        let (first_walk, walked) = watch::channel(false);
        let (desk, stopped) = (Arc::clone(desk), Arc::clone(&stop));
        let thread = std::thread::Builder::new()
            .name("cairn-history".to_owned())
            .spawn(move || follow(&repository, &desk, &stopped, &doorbell, first_walk))
            .map_err(|source| LibraryError::Thread { name: "cairn-history", source })?;
        Ok(Some(Self { stop, bell, walked, thread: Some(thread) }))
    }
}

impl Historian {
    /// Says when the history has been walked once, or can't be.
    pub(super) fn walked(&self) -> watch::Receiver<bool> {
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

fn follow(
    repository: &Repository,
    desk: &Desk,
    stop: &AtomicBool,
    bell: &mpsc::Receiver<()>,
    first_walk: watch::Sender<bool>,
) {
    let mut failed = None;
    // Dropped at the end of the thread, however it ends: nobody waits for a walk that will not come.
    let mut first_walk = Some(first_walk);
    while !stop.load(Ordering::Relaxed) {
        match look(repository, desk, stop) {
            Ok(()) => failed = None,
            Err(error) => {
                // The same failure once a second is told once.
                let text = error.to_string();
                if failed.as_ref() != Some(&text) && !stop.load(Ordering::Relaxed) {
                    tracing::warn!(history.error = %error, "history cannot be walked, citations may lack commits");
                }
                failed = Some(text);
            }
        }
        if let Some(walked) = first_walk.take() {
            // Nobody may be waiting.
            let _told = walked.send(true).is_ok();
        }
        if bell.recv_timeout(LOOK_EVERY) != Err(mpsc::RecvTimeoutError::Timeout) {
            return;
        }
    }
}

fn look(repository: &Repository, desk: &Desk, stop: &AtomicBool) -> Result<(), HistoryError> {
    let previous = desk.changes.load_full();
    let last = previous.as_ref().and_then(|changes| changes.head());
    if previous.is_some() && !repository.head_changed_since(last)? {
        return Ok(());
    }
    let folders: Vec<&str> = desk.places.values().map(String::as_str).collect();
    let changes: LastChanges = repository.last_changes(&Request {
        folders: &folders,
        keep: &may_be_document,
        previous: previous.as_deref(),
        max_commits: MAX_COMMITS,
        stop,
    })?;
    tracing::debug!(history.files = changes.len(), history.commits = changes.commits_walked(), "history walked");
    desk.changes.store(Some(Arc::new(changes)));
    Ok(())
}
