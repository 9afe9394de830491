//! What is known held against the disk: of every folder, or of what the watcher named.
//!
//! Finds what differs and what is gone, and hands it to a batch.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use crate::access::{CollectionName, Visibility};
use crate::corpus::{Digest, Listed, Skipped, SourcePath};
use crate::library::known::{differs, other_bytes, under, unread};
use crate::library::shelves::Home;
use crate::library::withheld;

use super::Indexer;

impl Indexer {
    /// Compares every folder with what is known and reads what differs: by size and time, or, when `by_bytes`, by
    /// digest. Says whether the index equals the disk now.
    pub(super) fn compare(&mut self, by_bytes: bool) -> bool {
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

    /// Looks at what the watcher named: files, or folders with everything that was or is in them.
    pub(super) fn look_at(&mut self, paths: &HashSet<PathBuf>, since: Instant) {
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
    pub(super) fn tell_narrowed(&self) {
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
}
