//! The verbs: search, read, browse. One reader a request.
//!
//! A reader opens the shelves its grant names, answers from one generation of each, and writes the ledger record
//! before it gives the answer away.

use std::sync::Arc;
use std::time::Instant;

use crate::access::{CollectionName, Public, Scope};
use crate::history::CommitId;
use crate::ledger::{Retrieval, Verb};
use crate::retrieval::{AsOf, Directory, Query};

use super::ask::search;
use super::browse::{self, BrowseQuery};
use super::desk::{Desk, Union};
use super::past::{Hindsight, View};
use super::read::{self, Target};
use super::shelf::{Shelves, Slot};
use super::{Answer, Caller, Graph, Listing, Printing, ReadError, Reading};

/// Searches and reads what one caller may see. A `Reader<Public>` has no room for a private shelf.
#[derive(Debug, Clone)]
pub struct Reader<S: Scope> {
    public: Slot<Public>,
    own: Vec<(CollectionName, Slot<S>)>,
    /// The graph over several shelves; a reader of the public one alone has none.
    union: Option<Arc<Union>>,
    /// The way to earlier states of the corpus; strangers have none.
    hindsight: Option<Hindsight<S>>,
    desk: Arc<Desk>,
    caller: Caller,
}

/// What a verb is answered from: shelves, and what is known beside them.
struct Opened<S: Scope> {
    desk: Arc<Desk>,
    shelves: Shelves<S>,
    union: Option<Arc<Union>>,
    /// The state that was asked for, with the commit that it is; none for today's.
    as_of: Option<(AsOf, CommitId)>,
}

impl<S: Scope> Opened<S> {
    /// Notes in a record which state was asked.
    fn note(&self, record: &mut Retrieval) {
        if let Some((as_of, commit)) = &self.as_of {
            record.params.insert("as_of".to_owned(), as_of.as_str().into());
            record.commit = Some(commit.to_string());
            // A state has no generations.
            record.generation.clear();
        }
    }
}

impl<S: Scope> Reader<S> {
    pub(super) fn new(
        public: Slot<Public>,
        own: Vec<(CollectionName, Slot<S>)>,
        union: Option<Arc<Union>>,
        desk: Arc<Desk>,
        caller: Caller,
    ) -> Self {
        Self { public, own, union, hindsight: None, desk, caller }
    }

    /// The same, with a way to earlier states of the corpus.
    pub(super) fn with_hindsight(mut self, hindsight: Hindsight<S>) -> Self {
        self.hindsight = Some(hindsight);
        self
    }

    /// Opens what a verb is answered from.
    async fn opened(&self, as_of: Option<&AsOf>) -> Result<Opened<S>, ReadError> {
        let Some(as_of) = as_of else {
            let (desk, union) = (Arc::clone(&self.desk), self.union.clone());
            return Ok(Opened { desk, shelves: self.shelves(), union, as_of: None });
        };
        let Some(hindsight) = &self.hindsight else {
            return Err(ReadError::AsOf { what: "earlier states are for holders of a token; leave it out".to_owned() });
        };
        let View { shelves, desk, names, commit } = hindsight.at(as_of.as_str()).await?;
        Ok(Opened { desk, shelves, union: Some(names), as_of: Some((as_of.clone(), commit)) })
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

    pub(super) fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// What was made last of the shelves that this reader opens together.
    pub(super) fn union(&self) -> Option<Arc<Union>> {
        self.union.clone()
    }

    /// The slots this reader opens, each of which tells when it has another generation.
    pub(super) fn swaps(&self) -> Vec<tokio::sync::watch::Receiver<u64>> {
        std::iter::once(self.public.swaps()).chain(self.own.iter().map(|(_, slot)| slot.swaps())).collect()
    }

    pub(super) fn shelves(&self) -> Shelves<S> {
        Shelves {
            public: self.public.load(),
            own: self.own.iter().map(|(name, slot)| (name.clone(), slot.load())).collect(),
        }
    }

    /// The collections of which the caller may see something, with how many documents. Serves nothing of any document,
    /// so it leaves no record.
    #[must_use]
    pub fn collections(&self) -> Vec<(CollectionName, usize)> {
        self.shelves().counts()
    }

    /// Finds passages. The record calls it by `verb`; without a record there is no answer. `finish` makes of the answer what
    /// a face prints, on the thread that made it: what is not printed is given back there. Says whether it is recorded.
    pub(super) async fn find<R: Send + 'static>(
        &self,
        verb: Verb,
        query: Query,
        printing: Printing,
        finish: impl FnOnce(Answer<S>) -> R + Send + 'static,
    ) -> Result<(R, bool), ReadError> {
        let started = Instant::now();
        let opened = self.opened(query.as_of.as_ref()).await?;
        let (today, caller) = (Arc::clone(&self.desk), self.caller.clone());
        let work = move || {
            let mut record = today.begin(&caller, verb, &opened.shelves)?;
            opened.note(&mut record);
            let Opened { desk, shelves, union, .. } = &opened;
            let directory = directory(union.as_deref(), shelves, desk);
            let answer = finish(search(desk, shelves, &directory, &query, printing, &mut record)?);
            Ok((answer, today.put(record, started)))
        };
        self.desk.answer(work).await
    }

    /// Reads a document or a part of it; `finish` as in [`find`](Self::find).
    pub(super) async fn open<R: Send + 'static>(
        &self,
        verb: Verb,
        target: Target,
        printing: Printing,
        finish: fn(Reading<S>) -> R,
    ) -> Result<(R, bool), ReadError> {
        let started = Instant::now();
        let opened = self.opened(target.as_of.as_ref()).await?;
        let (today, caller) = (Arc::clone(&self.desk), self.caller.clone());
        let work = move || {
            let mut record = today.begin(&caller, verb, &opened.shelves)?;
            opened.note(&mut record);
            let Opened { desk, shelves, union, .. } = &opened;
            let graph = graph(union.as_deref(), shelves, desk);
            let directory = || directory(union.as_deref(), shelves, desk);
            let known = read::Known { desk, shelves, graph: &graph, directory: &directory };
            let reading = finish(read::read(known, &target, printing, &mut record)?);
            Ok((reading, today.put(record, started)))
        };
        self.desk.answer(work).await
    }

    /// Looks through the catalogue; `finish` as in [`find`](Self::find).
    pub(super) async fn list<R: Send + 'static>(
        &self,
        verb: Verb,
        query: BrowseQuery,
        finish: fn(Listing<S>) -> R,
    ) -> Result<(R, bool), ReadError> {
        let started = Instant::now();
        let (desk, shelves, caller) = (Arc::clone(&self.desk), self.shelves(), self.caller.clone());
        let union = self.union();
        let work = move || {
            let mut record = desk.begin(&caller, verb, &shelves)?;
            let directory = directory(union.as_deref(), &shelves, &desk);
            let listing = finish(browse::browse(&shelves, &directory, &query, &mut record)?);
            Ok((listing, desk.put(record, started)))
        };
        self.desk.answer(work).await
    }
}

/// Who links to whom among what is opened.
fn graph<S: Scope>(union: Option<&Union>, shelves: &Shelves<S>, desk: &Desk) -> Arc<Graph> {
    match union {
        Some(union) if !shelves.own.is_empty() => union.graph(shelves, &desk.places),
        _ => Arc::clone(shelves.public.graph()),
    }
}

/// What the documents are called that are opened.
pub(super) fn directory<S: Scope>(union: Option<&Union>, shelves: &Shelves<S>, desk: &Desk) -> Arc<Directory> {
    match union {
        Some(union) if !shelves.own.is_empty() => union.directory(shelves, &desk.places),
        _ => Arc::clone(shelves.public.directory()),
    }
}
