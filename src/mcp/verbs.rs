//! What a face asks of a reader, whatever its scope.
//!
//! Answers come in their wire form, which bears no scope, so that the machinery of the protocol is there once and not
//! once for each scope. Which reader stands behind the verbs is decided where a face is mounted, by type.

use std::fmt;
use std::pin::Pin;

use crate::access::{CollectionName, Scope};
use crate::ledger::Verb;
use crate::library::wire::{BrowseAnswer, DocumentAnswer, SearchAnswer};
use crate::library::{BrowseQuery, Caller, Printing, ReadError, Reader, Target};
use crate::retrieval::Query;

/// An answer on its way.
type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<T, ReadError>> + Send + 'a>>;

/// A reader without its scope.
pub(super) trait Verbs: fmt::Debug + Send + Sync {
    fn caller(&self) -> &Caller;

    /// The same for another caller.
    fn for_caller(&self, caller: Caller) -> Box<dyn Verbs>;

    /// What there is for the caller, with how many documents.
    fn collections(&self) -> Vec<(CollectionName, usize)>;

    fn search(&self, query: Query, printing: Printing) -> Answering<'_, SearchAnswer>;

    /// Reads; the record calls it by `verb`.
    fn read(&self, verb: Verb, target: Target) -> Answering<'_, DocumentAnswer>;

    /// Browses; the record calls it by `verb`.
    fn browse(&self, verb: Verb, query: BrowseQuery) -> Answering<'_, BrowseAnswer>;
}

impl<S: Scope> Verbs for Reader<S> {
    fn caller(&self) -> &Caller {
        self.caller()
    }

    fn for_caller(&self, caller: Caller) -> Box<dyn Verbs> {
        Box::new(self.clone().for_caller(caller))
    }

    fn collections(&self) -> Vec<(CollectionName, usize)> {
        self.collections()
    }

    fn search(&self, query: Query, printing: Printing) -> Answering<'_, SearchAnswer> {
        Box::pin(async move { Ok(SearchAnswer::of(&self.search_printed(query, printing).await?)) })
    }

    fn read(&self, verb: Verb, target: Target) -> Answering<'_, DocumentAnswer> {
        Box::pin(async move { Ok(DocumentAnswer::of(&self.read_as(verb, target).await?)) })
    }

    fn browse(&self, verb: Verb, query: BrowseQuery) -> Answering<'_, BrowseAnswer> {
        Box::pin(async move { Ok(BrowseAnswer::of(&self.browse_as(verb, query).await?)) })
    }
}
