//! What a face asks of a reader, whatever its scope.
//!
//! Answers come in their wire form, which bears no scope, so that the machinery of the protocol is there once and not
//! once for each scope. Which reader stands behind the verbs is decided where a face is mounted, by type.

use std::fmt;
use std::pin::Pin;

use crate::access::{CollectionName, Scope};
use crate::corpus::DocumentId;
use crate::ledger::Verb;
use crate::library::wire::{BrowseAnswer, DocumentAnswer, SearchAnswer};
use crate::library::{
    BrowseQuery, Caller, NamesOf, News, Printing, Prompt, Prompts, ReadError, Reader, Skill, SkillText, Skills,
    Standing, Suggested, Target,
};
use crate::retrieval::{Cursor, Query};

/// An answer on its way.
type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<T, ReadError>> + Send + 'a>>;

/// A reader without its scope.
pub(super) trait Verbs: fmt::Debug + Send + Sync {
    fn caller(&self) -> &Caller;

    /// The same for another caller.
    fn for_caller(&self, caller: Caller) -> Box<dyn Verbs>;

    /// What there is for the caller, with how many documents.
    fn collections(&self) -> Vec<(CollectionName, usize)>;

    /// Searches; the record calls it by `verb`.
    fn search(&self, verb: Verb, query: Query, printing: Printing) -> Answering<'_, SearchAnswer>;

    /// Reads; the record calls it by `verb`.
    fn read(&self, verb: Verb, target: Target, printing: Printing) -> Answering<'_, DocumentAnswer>;

    /// Browses; the record calls it by `verb`.
    fn browse(&self, verb: Verb, query: BrowseQuery) -> Answering<'_, BrowseAnswer>;

    fn prompts(&self, cursor: Option<Cursor>) -> Answering<'_, Prompts>;

    fn prompt(&self, name: String) -> Answering<'_, Option<Prompt>>;

    fn suggest(&self, names: NamesOf, typed: String, most: usize) -> Answering<'_, Suggested>;

    fn skills(&self, cursor: Option<Cursor>) -> Answering<'_, Skills>;

    fn skill(&self, name: String) -> Answering<'_, Option<Skill>>;

    fn skill_text(&self, name: String, path: String) -> Answering<'_, Option<SkillText>>;

    /// What tells of generations from now on.
    fn news(&self) -> News;

    /// What is seen now.
    fn standing(&self, documents: &[DocumentId]) -> Standing;
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

    fn search(&self, verb: Verb, query: Query, printing: Printing) -> Answering<'_, SearchAnswer> {
        Box::pin(async move { Ok(SearchAnswer::of(self.search_as(verb, query, printing).await?)) })
    }

    fn read(&self, verb: Verb, target: Target, printing: Printing) -> Answering<'_, DocumentAnswer> {
        Box::pin(async move { Ok(DocumentAnswer::of(&self.read_printed(verb, target, printing).await?)) })
    }

    fn browse(&self, verb: Verb, query: BrowseQuery) -> Answering<'_, BrowseAnswer> {
        Box::pin(async move { Ok(BrowseAnswer::of(&self.browse_as(verb, query).await?)) })
    }

    fn prompts(&self, cursor: Option<Cursor>) -> Answering<'_, Prompts> {
        Box::pin(self.prompts(cursor))
    }

    fn prompt(&self, name: String) -> Answering<'_, Option<Prompt>> {
        Box::pin(self.prompt(name))
    }

    fn suggest(&self, names: NamesOf, typed: String, most: usize) -> Answering<'_, Suggested> {
        Box::pin(self.suggest(names, typed, most))
    }

    fn skills(&self, cursor: Option<Cursor>) -> Answering<'_, Skills> {
        Box::pin(self.skills(cursor))
    }

    fn skill(&self, name: String) -> Answering<'_, Option<Skill>> {
        Box::pin(self.skill(name))
    }

    fn skill_text(&self, name: String, path: String) -> Answering<'_, Option<SkillText>> {
        Box::pin(self.skill_text(name, path))
    }

    fn news(&self) -> News {
        self.news()
    }

    fn standing(&self, documents: &[DocumentId]) -> Standing {
        self.standing(documents)
    }
}
