//! What the shelves hold when they are opened, held against today's configuration.
//!
//! Nothing is served before what may no longer be public has left the public shelf.

use crate::access::Visibility;
use crate::corpus::Digest;
use crate::governance::is_withheld;
use crate::ledger::Withdrawal;
use crate::library::known::{Known, owned_as};
use crate::library::shelves::Home;
use crate::library::{LibraryError, withheld};

use super::Indexer;

impl Indexer {
    /// Remembers what the shelves hold; what stands on the public shelf against today's configuration leaves it before
    /// anything is served.
    pub(super) fn take_stock(&mut self) -> Result<(), LibraryError> {
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
}
