//! A batch: files that are read, taken onto their shelves, and published with a generation.
//!
//! Reading and parsing runs beside embedding and indexing. What leaves the public shelf is in the ledger before a private
//! one takes it up.

use std::sync::Arc;
use std::time::Instant;

use crate::corpus::{Classified, DocumentId, Skipped, SourcePath};
use crate::engine::{EngineError, Entry};
use crate::ledger::{Timestamp, Withdrawal};
use crate::library::collections::read_safely;
use crate::library::known::Known;
use crate::library::shelves::{Failure, Home, Made};
use crate::library::{Progress, withheld};

use super::Indexer;

/// How many files are handed to the engines at a time.
pub(super) const STAGE_FILES: usize = 256;

/// How many files of one shelf a generation has at most while a big build runs: what a kill can cost.
const GENERATION_FILES: usize = 8_192;

/// Two writes closer than this may leave the same modification time.
const TIME_GRAIN_MS: i64 = 20;

/// A file on its way: which collection, which path.
type Place = (usize, SourcePath);

impl Indexer {
    /// Reads what changed, takes off what is gone, publishes. Says whether all of it is in a generation now.
    pub(super) fn work(&mut self, changed: Vec<Place>, gone: Vec<Place>, since: Instant) -> bool {
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
    pub(super) fn note_crossings(&mut self, home: &Home, made: &Made) {
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
