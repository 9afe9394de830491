//! Which documents may answer.
//!
//! Values of one field are alternatives; different fields must all hold. Every list is bounded, since each document is
//! held against it and the ledger keeps it.

use std::fmt;
use std::sync::Arc;

use crate::access::CollectionName;
use crate::corpus::{DocumentId, Record, Status};

use super::path_pattern::PathPattern;
use super::{QueryError, Question};

/// The most entries of a list of filters.
pub(super) const MAX_FILTERS: usize = 16;

/// The most characters of one entry.
pub(super) const MAX_FILTER_CHARS: usize = 64;

/// Which documents may answer. An empty list lets everything through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filters {
    /// Collections.
    pub collections: Vec<CollectionName>,
    /// Kinds of document: `playbook`, `decision` …
    pub types: Vec<String>,
    /// Tags, of which a document needs one.
    pub tags: Vec<String>,
    /// Statuses.
    pub status: Vec<Status>,
    /// Who keeps the document true, with or without `@`.
    pub owners: Vec<String>,
    /// Beginnings or globs of the path in the collection.
    pub paths: Vec<PathPattern>,
    /// Documents that are as fresh as is asked.
    pub fresh: Option<Fresh>,
}

/// The documents that are as fresh as is asked. Which they are depends on the day and on commits, so that somebody else
/// chooses them.
#[derive(Clone, PartialEq, Eq)]
pub struct Fresh {
    name: &'static str,
    documents: Arc<[DocumentId]>,
}

impl Fresh {
    /// Takes documents that are sorted by id; `name` is what the ledger says of how they were chosen.
    #[must_use]
    pub fn of(name: &'static str, documents: Arc<[DocumentId]>) -> Self {
        Self { name, documents }
    }

    /// What the ledger says of how they were chosen.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

/// Says how many there are: a cursor is bound to filters as they are printed, and a corpus has thousands of documents.
impl fmt::Debug for Fresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fresh").field("name", &self.name).field("documents", &self.documents.len()).finish()
    }
}

impl Filters {
    /// Makes sure that lists are of a sensible size: each document is held against them, and the ledger keeps them.
    ///
    /// # Errors
    /// Names the list that is too long, or has too long an entry.
    pub fn bounded(self) -> Result<Self, QueryError> {
        let lists = [
            ("collections", self.collections.len()),
            ("types", self.types.len()),
            ("tags", self.tags.len()),
            ("status", self.status.len()),
            ("owners", self.owners.len()),
            ("paths", self.paths.len()),
        ];
        if let Some((field, _)) = lists.into_iter().find(|(_, entries)| *entries > MAX_FILTERS) {
            return Err(QueryError::FilterCount { field });
        }
        let long = |list: &[String]| list.iter().any(|entry| entry.chars().count() > MAX_FILTER_CHARS);
        let lists = [("types", long(&self.types)), ("tags", long(&self.tags)), ("owners", long(&self.owners))];
        match lists.into_iter().find(|(_, long)| *long) {
            Some((field, _)) => Err(QueryError::FilterLength { field }),
            None => Ok(self),
        }
    }

    /// Whether everything passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a document passes.
    #[must_use]
    pub fn pass(&self, record: &Record) -> bool {
        self.fields(record).into_iter().all(|holds| holds.unwrap_or(true))
    }

    /// Whether a document has any of the values: what `-tag:x` leaves out.
    #[must_use]
    pub fn any(&self, record: &Record) -> bool {
        self.fields(record).contains(&Some(true))
    }

    /// What each field says of a document; nothing where no value is given.
    fn fields(&self, record: &Record) -> [Option<bool>; 7] {
        let meta = &record.meta;
        let listed = |list: &[String], value: &str| list.iter().any(|item| item.eq_ignore_ascii_case(value));
        let given = |empty: bool, holds: &dyn Fn() -> bool| (!empty).then(holds);
        let status = meta.status.unwrap_or_default();
        [
            given(self.collections.is_empty(), &|| {
                self.collections.iter().any(|name| name.as_str() == record.id.collection())
            }),
            given(self.types.is_empty(), &|| listed(&self.types, &meta.kind)),
            given(self.tags.is_empty(), &|| meta.tags.iter().any(|tag| listed(&self.tags, tag))),
            given(self.status.is_empty(), &|| self.status.contains(&status)),
            given(self.owners.is_empty(), &|| {
                let name = |owner: &str| owner.trim_start_matches('@').to_lowercase();
                let owner = meta.owner.as_deref().map(name);
                owner.is_some_and(|owner| self.owners.iter().any(|wanted| name(wanted) == owner))
            }),
            given(self.paths.is_empty(), &|| self.paths.iter().any(|path| path.matches(record.path.as_str()))),
            self.fresh.as_ref().map(|fresh| fresh.documents.binary_search(&record.id).is_ok()),
        ]
    }
}

/// Judged questions are the best answer to themselves, so that they answer only who asks for their type.
const JUDGED: &str = "evalset";

/// Whether a document may answer a question, under the filters beside it and in it.
pub(super) fn may_answer(question: &Question, filters: &Filters, record: &Record) -> bool {
    let asked_for_types = !(filters.types.is_empty() && question.filters.types.is_empty());
    filters.pass(record)
        && question.filters.pass(record)
        && !question.filtered_out.any(record)
        && (asked_for_types || record.meta.kind != JUDGED)
}
