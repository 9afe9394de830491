//! Watches the collections' folders. A hint, never the truth: the indexer looks at the disk itself.

use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RemoveKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::corpus::Source;

use super::signals::Signals;

/// Watches until it is dropped.
#[derive(Debug)]
pub(super) struct Watcher {
    inner: Option<RecommendedWatcher>,
    /// The folder that is watched, as the system numbers it: one that went and came back is another.
    watched: Vec<Option<(u64, u64)>>,
}

impl Watcher {
    /// Watches what can be watched. Where the system refuses (out of watches, say), the log says so and the regular
    /// comparison with the disk has to do.
    pub(super) fn start(sources: &Arc<Vec<Source>>, signals: &Arc<Signals>) -> Self {
        let (known, bell) = (Arc::clone(sources), Arc::clone(signals));
        let callback = move |event: notify::Result<Event>| hear(&known, &bell, event);
        let inner = RecommendedWatcher::new(callback, notify::Config::default().with_follow_symlinks(false))
            .inspect_err(|error| tracing::warn!(watch.error = %error, "folders cannot be watched, comparing instead"))
            .ok();
        let mut watcher = Self { inner, watched: vec![None; sources.len()] };
        watcher.watch_missing(sources);
        watcher
    }

    /// Tries again to watch the folders that are not watched: they may have come back.
    pub(super) fn watch_missing(&mut self, sources: &[Source]) {
        let Some(inner) = &mut self.inner else { return };
        for (source, watched) in sources.iter().zip(&mut self.watched) {
            let there = std::fs::metadata(&source.root).ok().filter(std::fs::Metadata::is_dir);
            let there = there.map(|folder| (folder.dev(), folder.ino()));
            if there.is_none() || there == *watched {
                *watched = there;
                continue;
            }
            if watched.is_some() {
                // The watch of the folder that went is gone with it.
                let _gone = inner.unwatch(&source.root).is_ok();
            }
            match inner.watch(&source.root, RecursiveMode::Recursive) {
                Ok(()) => *watched = there,
                Err(error) => tracing::warn!(
                    watch.collection = %source.collection,
                    watch.error = %error,
                    "folder cannot be watched, comparing it with the index from time to time instead"
                ),
            }
        }
    }
}

/// Filters and enqueues; runs on notify's thread.
fn hear(sources: &[Source], signals: &Signals, event: notify::Result<Event>) {
    let event = match event {
        Ok(event) if event.need_rescan() => return signals.everything(),
        Ok(event) => event,
        Err(error) => {
            tracing::warn!(watch.error = %error, "watcher failed, comparing everything");
            return signals.everything();
        }
    };
    let folder_like = match event.kind {
        // Our own reads make events as well; the end of somebody's writing is the one access that matters.
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_))
        | EventKind::Create(CreateKind::File)
        | EventKind::Remove(RemoveKind::File) => false,
        EventKind::Access(_) => return,
        // A name that moved may be a folder's: no events come for the files in it.
        _ => true,
    };
    for path in &event.paths {
        if sources.iter().any(|source| source.root == *path) {
            return signals.everything();
        }
        let wanted = |source: &Source| source.owns(path) || (folder_like && source.relative(path).is_some());
        if sources.iter().any(wanted) {
            signals.path(path);
        }
    }
}
