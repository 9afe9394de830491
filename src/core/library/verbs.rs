//! The verbs as faces have them: by type for one scope, and without it for all.
//!
//! They are made here for each of the two scopes, and what they give is boxed. What answers is the longest code there is;
//! were it generic where a face asks, it would be compiled there, once more for each face and as that face is compiled.

use std::fmt;
use std::pin::Pin;

use crate::access::{CollectionName, Private, Public};
use crate::corpus::DocumentId;
use crate::ledger::Verb;
use crate::retrieval::{Cursor, Query};

use super::wire::{BrowseAnswer, DocumentAnswer, SearchAnswer, SearchJson, SearchText, Text};
use super::{
    Answer, BrowseQuery, Caller, Listing, NamesOf, News, Printing, Prompt, Prompts, ReadError, Reader, Reading, Skill,
    SkillText, Skills, Standing, Suggested, Target,
};

/// An answer on its way; without a record in the ledger there is none. [`ReadError`] says what else can fail.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<T, ReadError>> + Send + 'a>>;

/// What a face asks of a reader, whatever its scope. Answers come in their wire form, which bears none; which reader stands
/// behind the verbs is decided where a face is mounted, by type.
pub trait Verbs: fmt::Debug + Send + Sync {
    /// Who it reads for.
    fn caller(&self) -> &Caller;

    /// The same for another caller.
    fn for_caller(&self, caller: Caller) -> Box<dyn Verbs>;

    /// What there is for the caller, with how many documents.
    fn collections(&self) -> Vec<(CollectionName, usize)>;

    /// Searches, for a face that prints the answer as JSON.
    fn search_json(&self, query: Query) -> Answering<'_, SearchJson>;

    /// Searches, for a face that gives the answer as text and in its structured form: `text` is among the forms of `printing`.
    fn search_text(&self, query: Query, printing: Printing, text: Text) -> Answering<'_, SearchText>;

    /// Searches; the record calls it by `verb`.
    fn search(&self, verb: Verb, query: Query, printing: Printing) -> Answering<'_, SearchAnswer>;

    /// Reads; the record calls it by `verb`.
    fn read(&self, verb: Verb, target: Target, printing: Printing) -> Answering<'_, DocumentAnswer>;

    /// Browses; the record calls it by `verb`.
    fn browse(&self, verb: Verb, query: BrowseQuery) -> Answering<'_, BrowseAnswer>;

    /// Lists the documents that are prompts.
    fn prompts(&self, cursor: Option<Cursor>) -> Answering<'_, Prompts>;

    /// Finds a prompt by its name.
    fn prompt(&self, name: String) -> Answering<'_, Option<Prompt>>;

    /// Completes what was typed.
    fn suggest(&self, names: NamesOf, typed: String, most: usize) -> Answering<'_, Suggested>;

    /// Lists the playbooks as skills.
    fn skills(&self, cursor: Option<Cursor>) -> Answering<'_, Skills>;

    /// Finds a skill by its name.
    fn skill(&self, name: String) -> Answering<'_, Option<Skill>>;

    /// Reads a file of a skill.
    fn skill_text(&self, name: String, path: String) -> Answering<'_, Option<SkillText>>;

    /// What tells of generations from now on.
    fn news(&self) -> News;

    /// What is seen now.
    fn standing(&self, documents: &[DocumentId]) -> Standing;
}

macro_rules! verbs {
    ($scope:ty) => {
        impl Reader<$scope> {
            /// Finds passages, for a face that prints them as JSON.
            #[must_use]
            pub fn search(&self, query: Query) -> Answering<'_, Answer<$scope>> {
                self.search_as(Verb::Search, query, Printing::JSON)
            }

            /// Finds passages, for a face that prints them its own way: the budget holds for what is printed. The record
            /// has the face's word for it.
            #[must_use]
            pub fn search_as(&self, verb: Verb, query: Query, printing: Printing) -> Answering<'_, Answer<$scope>> {
                Box::pin(async move {
                    let (answer, recorded) = self.find(verb, query, printing, |answer| answer).await?;
                    Ok(Answer { recorded, ..answer })
                })
            }

            /// Reads a document or a part of it.
            #[must_use]
            pub fn read(&self, target: Target) -> Answering<'_, Reading<$scope>> {
                Box::pin(async move {
                    let (reading, recorded) = self.open(Verb::Read, target, Printing::JSON, |reading| reading).await?;
                    Ok(Reading { recorded, ..reading })
                })
            }

            /// Looks through the catalogue.
            #[must_use]
            pub fn browse(&self, query: BrowseQuery) -> Answering<'_, Listing<$scope>> {
                Box::pin(async move {
                    let (listing, recorded) = self.list(Verb::Browse, query, |listing| listing).await?;
                    Ok(Listing { recorded, ..listing })
                })
            }
        }

        impl Verbs for Reader<$scope> {
            fn caller(&self) -> &Caller {
                Self::caller(self)
            }

            fn for_caller(&self, caller: Caller) -> Box<dyn Verbs> {
                Box::new(Self::for_caller(self.clone(), caller))
            }

            fn collections(&self) -> Vec<(CollectionName, usize)> {
                Self::collections(self)
            }

            fn search_json(&self, query: Query) -> Answering<'_, SearchJson> {
                Box::pin(async move {
                    let (json, recorded) = self.find(Verb::Search, query, Printing::JSON, SearchJson::of).await?;
                    Ok(if recorded { json } else { json.unrecorded() })
                })
            }

            fn search_text(&self, query: Query, printing: Printing, text: Text) -> Answering<'_, SearchText> {
                Box::pin(async move {
                    let finish = move |answer| SearchText::of(answer, text);
                    let (answer, recorded) = self.find(Verb::Search, query, printing, finish).await?;
                    Ok(if recorded { answer } else { answer.unrecorded() })
                })
            }

            fn search(&self, verb: Verb, query: Query, printing: Printing) -> Answering<'_, SearchAnswer> {
                Box::pin(async move {
                    let (answer, recorded) = self.find(verb, query, printing, SearchAnswer::of).await?;
                    Ok(SearchAnswer { recorded, ..answer })
                })
            }

            fn read(&self, verb: Verb, target: Target, printing: Printing) -> Answering<'_, DocumentAnswer> {
                Box::pin(async move {
                    let print = |reading| DocumentAnswer::of(&reading);
                    let (answer, recorded) = self.open(verb, target, printing, print).await?;
                    Ok(DocumentAnswer { recorded, ..answer })
                })
            }

            fn browse(&self, verb: Verb, query: BrowseQuery) -> Answering<'_, BrowseAnswer> {
                Box::pin(async move {
                    let print = |listing| BrowseAnswer::of(&listing);
                    let (answer, recorded) = self.list(verb, query, print).await?;
                    Ok(BrowseAnswer { recorded, ..answer })
                })
            }

            fn prompts(&self, cursor: Option<Cursor>) -> Answering<'_, Prompts> {
                Box::pin(Self::prompts(self, cursor))
            }

            fn prompt(&self, name: String) -> Answering<'_, Option<Prompt>> {
                Box::pin(Self::prompt(self, name))
            }

            fn suggest(&self, names: NamesOf, typed: String, most: usize) -> Answering<'_, Suggested> {
                Box::pin(Self::suggest(self, names, typed, most))
            }

            fn skills(&self, cursor: Option<Cursor>) -> Answering<'_, Skills> {
                Box::pin(Self::skills(self, cursor))
            }

            fn skill(&self, name: String) -> Answering<'_, Option<Skill>> {
                Box::pin(Self::skill(self, name))
            }

            fn skill_text(&self, name: String, path: String) -> Answering<'_, Option<SkillText>> {
                Box::pin(Self::skill_text(self, name, path))
            }

            fn news(&self) -> News {
                Self::news(self)
            }

            fn standing(&self, documents: &[DocumentId]) -> Standing {
                Self::standing(self, documents)
            }
        }
    };
}

verbs!(Public);
verbs!(Private);
