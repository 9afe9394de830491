//! The verbs: search, read, browse. One reader a request.
//!
//! A reader opens the shelves its grant names, answers from one generation of each, and writes the ledger record
//! before it gives the answer away.

use std::sync::Arc;
use std::time::Instant;

use crate::access::{CollectionName, Public, Scope};
use crate::ledger::Verb;
use crate::retrieval::{Detail, Query};

use super::ask::search;
use super::browse::{self, BrowseQuery};
use super::desk::{Desk, Union};
use super::read::{self, Target};
use super::shelf::{Shelves, Slot};
use super::{Answer, Caller, Listing, Printing, ReadError, Reading, wire};

/// Searches and reads what one caller may see. A `Reader<Public>` has no room for a private shelf.
#[derive(Debug, Clone)]
pub struct Reader<S: Scope> {
    public: Slot<Public>,
    own: Vec<(CollectionName, Slot<S>)>,
    /// The graph over several shelves; a reader of the public one alone has none.
    union: Option<Arc<Union>>,
    desk: Arc<Desk>,
    caller: Caller,
}

impl<S: Scope> Reader<S> {
    pub(super) fn new(
        public: Slot<Public>,
        own: Vec<(CollectionName, Slot<S>)>,
        union: Option<Arc<Union>>,
        desk: Arc<Desk>,
        caller: Caller,
    ) -> Self {
        Self { public, own, union, desk, caller }
    }

    /// Who this reader reads for.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Lets a face add what it learned of the caller (client name, trace).
    #[must_use]
    pub fn for_caller(mut self, caller: Caller) -> Self {
        self.caller = caller;
        self
    }

    fn shelves(&self) -> Shelves<S> {
        Shelves {
            public: self.public.load(),
            own: self.own.iter().map(|(name, slot)| (name.clone(), slot.load())).collect(),
        }
    }

    /// The collections of which the caller may see something, with how many documents. Serves nothing of any document,
    /// so it leaves no record.
    #[must_use]
    pub fn collections(&self) -> Vec<(CollectionName, usize)> {
        browse::counts(&self.shelves())
    }

    /// Finds passages, for a face that prints them as JSON.
    ///
    /// # Errors
    /// See [`ReadError`]; without a ledger record there is no answer.
    pub async fn search(&self, query: Query) -> Result<Answer<S>, ReadError> {
        self.search_printed(query, Printing { detail: Detail::Full, forms: &[wire::json] }).await
    }

    /// Finds passages, for a face that prints them its own way: the budget holds for what is printed.
    ///
    /// # Errors
    /// See [`ReadError`]; without a ledger record there is no answer.
    pub async fn search_printed(&self, query: Query, printing: Printing) -> Result<Answer<S>, ReadError> {
        let started = Instant::now();
        let (desk, shelves, caller) = (Arc::clone(&self.desk), self.shelves(), self.caller.clone());
        let union = self.union.clone();
        let work = move || {
            let mut record = desk.begin(&caller, Verb::Search, &shelves)?;
            let directory = match &union {
                Some(union) if !shelves.own.is_empty() => union.directory(&shelves, &desk.places),
                _ => Arc::clone(shelves.public.directory()),
            };
            let answer = search(&desk, &shelves, &directory, &query, printing, &mut record)?;
            Ok((answer, record))
        };
        let (mut answer, record) = self.desk.offload.run(work).await?;
        answer.recorded = self.desk.finish(record, started).await?;
        Ok(answer)
    }

    /// Reads a document or a part of it.
    ///
    /// # Errors
    /// See [`ReadError`]; without a ledger record there is no answer.
    pub async fn read(&self, target: Target) -> Result<Reading<S>, ReadError> {
        self.read_as(Verb::Read, target).await
    }

    /// The same, for a face whose word for it is another one; the record has that.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub async fn read_as(&self, verb: Verb, target: Target) -> Result<Reading<S>, ReadError> {
        let started = Instant::now();
        let (desk, shelves, caller) = (Arc::clone(&self.desk), self.shelves(), self.caller.clone());
        let union = self.union.clone();
        let work = move || {
            let mut record = desk.begin(&caller, verb, &shelves)?;
            let graph = match &union {
                Some(union) if !shelves.own.is_empty() => union.graph(&shelves, &desk.places),
                _ => Arc::clone(shelves.public.graph()),
            };
            let reading = read::read(&desk, &shelves, &graph, &target, &mut record)?;
            Ok((reading, record))
        };
        let (mut reading, record) = self.desk.offload.run(work).await?;
        reading.recorded = self.desk.finish(record, started).await?;
        Ok(reading)
    }

    /// Looks through the catalogue.
    ///
    /// # Errors
    /// See [`ReadError`]; without a ledger record there is no answer.
    pub async fn browse(&self, query: BrowseQuery) -> Result<Listing<S>, ReadError> {
        self.browse_as(Verb::Browse, query).await
    }

    /// The same, for a face whose word for it is another one; the record has that.
    ///
    /// # Errors
    /// As [`Reader::browse`].
    pub async fn browse_as(&self, verb: Verb, query: BrowseQuery) -> Result<Listing<S>, ReadError> {
        let started = Instant::now();
        let (desk, shelves, caller) = (Arc::clone(&self.desk), self.shelves(), self.caller.clone());
        let work = move || {
            let mut record = desk.begin(&caller, verb, &shelves)?;
            let listing = browse::browse(&shelves, &query, &mut record)?;
            Ok((listing, record))
        };
        let (mut listing, record) = self.desk.offload.run(work).await?;
        listing.recorded = self.desk.finish(record, started).await?;
        Ok(listing)
    }
}
