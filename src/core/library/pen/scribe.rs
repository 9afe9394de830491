//! What all pens of a library share: where the ledger lies, every shelf, and which mistakes were made.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Mutex;

use super::WriteError;
use super::fixes::Fixes;
use super::mistakes::Book;
use crate::access::{CollectionName, Grant, Private, Public, Role};
use crate::corpus::{DocumentId, Record};
use crate::ledger::{Haste, Involved, LedgerReader, Record as Line, Retrieval, RetrievalId};
use crate::library::Caller;
use crate::library::desk::Desk;
use crate::library::open::PrivateSlots;
use crate::library::shelf::Slot;

/// What all pens of a library share.
#[derive(Debug)]
pub(in crate::library) struct Scribe {
    pub(super) desk: Arc<Desk>,
    /// Held from the question which mistake it is until the record stands: of two reports the second sees the first.
    pub(super) book: Arc<Mutex<Book>>,
    pub(in crate::library) fixes: Fixes,
    public: Slot<Public>,
    private: PrivateSlots,
    ledger: PathBuf,
}

impl Scribe {
    pub(in crate::library) fn new(
        root: PathBuf,
        data: &Path,
        desk: Arc<Desk>,
        public: Slot<Public>,
        private: PrivateSlots,
    ) -> Self {
        let (book, fixes) = (Arc::default(), Fixes::of(root));
        Self { desk, book, fixes, public, private, ledger: data.join("ledger") }
    }

    pub(super) fn ledger(&self) -> Result<LedgerReader, WriteError> {
        Ok(LedgerReader::open(&self.ledger)?)
    }

    /// A public document.
    pub(super) fn public_document(&self, id: &DocumentId) -> Option<Arc<Record>> {
        self.public.load().document(id).map(|document| Arc::clone(document.record()))
    }

    /// A document on any shelf that `opens` lets one look into.
    pub(super) fn document(&self, id: &DocumentId, opens: impl Fn(&CollectionName) -> bool) -> Option<Arc<Record>> {
        self.public_document(id).or_else(|| {
            let slots = self.private.load();
            let (_, slot) = slots.iter().find(|(name, _)| name.as_str() == id.collection() && opens(name))?;
            slot.load().document(id).map(|document| Arc::clone(document.record()))
        })
    }

    /// The shelves that a grant opens now, as records name them.
    pub(super) fn shelves(&self, grant: &Grant<Private>) -> Vec<String> {
        let slots = self.private.load();
        let own = slots.iter().filter(|(name, _)| grant.opens(name)).map(|(name, _)| name.to_string());
        std::iter::once("public".to_owned()).chain(own).collect()
    }

    /// Every document that fits on the public shelf and on those that a grant opens, by id.
    pub(super) fn documents(&self, grant: &Grant<Private>, fits: impl Fn(&Record) -> bool) -> Vec<Arc<Record>> {
        let public = self.public.load();
        let mut all: Vec<Arc<Record>> =
            public.documents().iter().map(|document| Arc::clone(document.record())).collect();
        for (_, slot) in self.private.load().iter().filter(|(name, _)| grant.opens(name)) {
            all.extend(slot.load().documents().iter().map(|document| Arc::clone(document.record())));
        }
        all.retain(|record| fits(record));
        all.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// How a document is now: for the record alone, whoever writes it.
    pub(super) fn state(&self, doc: DocumentId) -> Involved {
        let record = self.document(&doc, |_| true);
        let commit = record.as_ref().and_then(|record| self.desk.last_commit(record));
        Involved { doc, sha256: record.map(|record| record.sha256), commit: commit.map(|commit| commit.to_string()) }
    }

    /// The retrievals of these names, if the caller may know of all of them: its own, or anybody's for an owner.
    pub(super) fn retrievals(
        &self,
        caller: &Caller,
        ids: &[RetrievalId],
    ) -> Result<HashMap<RetrievalId, Retrieval>, WriteError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut found = self.ledger()?.retrievals(ids)?;
        let (owner, who) = (caller.principal.role() == Role::Owner, caller.principal.id());
        found.retain(|_, retrieval| owner || retrieval.who == who);
        Ok(found)
    }

    /// Puts a record into the ledger. Blocks.
    pub(super) fn write(&self, record: Line) -> Result<(), WriteError> {
        self.desk.sink.append_record(record, Haste::Here).wait()?;
        Ok(())
    }
}

/// The retrieval of a name among those that were found.
pub(super) fn known<'a>(
    found: &'a HashMap<RetrievalId, Retrieval>,
    id: &RetrievalId,
) -> Result<&'a Retrieval, WriteError> {
    found.get(id).ok_or_else(|| WriteError::no_retrieval(id.as_str()))
}
