//! What the library holds of the indexer: it asks and ends the threads, and reads how they stand.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::watch;

use crate::access::CollectionName;
use crate::corpus::Skipped;
use crate::library::Status;
use crate::library::history::{Historian, Walked};
use crate::library::signals::Signals;

/// Holds the threads; dropping it ends them.
#[derive(Debug)]
pub(in crate::library) struct IndexerHandle {
    pub(super) signals: Arc<Signals>,
    pub(super) status: watch::Receiver<Status>,
    pub(super) skipped: Arc<Mutex<Vec<(CollectionName, Skipped)>>>,
    pub(super) thread: Mutex<Option<JoinHandle<()>>>,
    pub(super) historian: Option<Historian>,
}

impl IndexerHandle {
    pub(in crate::library) fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    pub(in crate::library) fn touch(&self, path: &Path) {
        self.signals.path(path);
    }

    pub(in crate::library) fn history(&self) -> Option<watch::Receiver<Walked>> {
        self.historian.as_ref().map(Historian::walked)
    }

    pub(in crate::library) fn compare(&self) {
        self.signals.everything();
    }

    /// What of the folders is not read, and why.
    pub(in crate::library) fn skipped(&self) -> Vec<(CollectionName, Skipped)> {
        self.skipped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the thread after what it is doing. Nothing is indexed from then on.
    pub(in crate::library) fn close(&self) {
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
