//! Search: from a question to an answer and its record.

use crate::access::Scope;
use crate::corpus::{Digest, Lines};
use crate::ledger::Retrieval;
use crate::retrieval::{Cursor, Detail, Directory, Plan, Policies, Query, RANKING, Ranking, Sources, Texts};

use super::desk::Desk;
use super::hint;
use super::noted;
use super::page::{Print, fill};
use super::shelf::Shelves;
use super::wire::{self, Form, ReadForm};
use super::{Answer, ReadError};

/// What an answer says when the vector leg could not be asked.
const WITHOUT_VECTORS: &str = "the question could not be embedded: ranked by words alone";

/// What an answer says when words brought nothing.
const WITHOUT_WORDS: &str = "no passage has these words; near by meaning alone";

/// How a face prints answers: a budget holds for each form alone.
#[derive(Debug, Clone, Copy)]
pub struct Printing {
    /// How much is printed at most, unless the question asks for more.
    pub detail: Detail,
    /// The forms the answer to a search is printed in.
    pub forms: &'static [Form],
    /// The forms a document is printed in.
    pub reading: &'static [ReadForm],
    /// What the ledger calls the form, where a face has more than one.
    pub called: Option<&'static str>,
}

impl Printing {
    /// For a face that prints everything as JSON.
    pub const JSON: Self =
        Self { detail: Detail::Full, forms: &[Form::Json], reading: &[wire::document_json], called: None };

    /// For a face that gives a document as its text alone.
    pub const MARKDOWN: Self = Self { reading: &[wire::document_text], called: Some("markdown"), ..Self::JSON };

    /// For what is printed nowhere, or in a form of which no budget is kept.
    pub const UNPRINTED: Self = Self { detail: Detail::Full, forms: &[], reading: &[], called: None };
}

/// Answers a question and fills in its record.
pub(super) fn search<S: Scope>(
    desk: &Desk,
    shelves: &Shelves<S>,
    directory: &Directory,
    query: &Query,
    printing: Printing,
    record: &mut Retrieval,
) -> Result<Answer<S>, ReadError> {
    let of = identity(shelves, query);
    let offset = query.cursor.map_or(Ok(0), |cursor| cursor.offset_in(of))?;
    let place = Cursor {
        of,
        offset: u32::try_from(offset).unwrap_or(u32::MAX),
        beyond: query.cursor.map_or(0, |cursor| cursor.beyond),
    };
    let searchers = shelves.searchers();
    let thesauri = shelves.thesauri(desk.ranker.analyzer());
    let ranking = desk.ranker.rank(&searchers, &thesauri, &query.text, &query.filters)?;
    let question = query.text.question();
    let sources = Sources { shelves: &searchers, directory, filters: &query.filters, question };
    let mut policies = Policies::default();
    policies.per_document = query.per_document.unwrap_or(policies.per_document);
    let plan = Plan::new(&ranking, sources, policies);
    let mut answer = Answer {
        passages: Vec::new(),
        retrieval: record.id.clone(),
        recorded: true,
        truncated: false,
        next: None,
        hint: None,
        note: note_of(&ranking).map(str::to_owned),
        tokens: 0,
        words: ranking.words.clone(),
        detail: query.detail_up_to(printing.detail),
        explain: query.explain,
        expansions: ranking.expansions.clone(),
        without_vectors: ranking.without_vectors,
        lexical_weight: ranking.fusion.lexical_weight,
        counted: None,
    };
    let (role, limit, budget) = (record.role, query.limit.get(), query.budget.get());
    let print = Print { desk, shelves, role, forms: printing.forms, limit, budget };
    fill(&mut answer, print, plan, Texts::new(&searchers), place)?;
    if answer.passages.is_empty() {
        answer.note = answer.note.filter(|_| ranking.without_vectors);
        // As much of the hint as there is room for; its first part is short.
        let mut parts = hint::parts(shelves, query, &ranking, answer.truncated);
        loop {
            answer.hint = Some(parts.join("; "));
            print.count(&mut answer);
            if answer.tokens <= budget || parts.len() < 2 {
                break;
            }
            parts.pop();
        }
    }
    note(query, &answer, record);
    record.fusion = noted::fusion(&ranking);
    record.ranking = Some(RANKING.to_owned());
    record.embedder = ranking.model.map(|model| model.as_str().to_owned());
    Ok(answer)
}

/// What one has to know of how an answer was made.
fn note_of(ranking: &Ranking) -> Option<&'static str> {
    if ranking.without_vectors {
        return Some(WITHOUT_VECTORS);
    }
    ranking.without_words.then_some(WITHOUT_WORDS)
}

/// The lines of a text that begins on line `first`.
pub(super) fn lines_of(first: u32, text: &str) -> Lines {
    let breaks = text.trim_end_matches('\n').matches('\n').count();
    Lines { first, last: first + u32::try_from(breaks).unwrap_or(u32::MAX - first) }
}

fn note<S: Scope>(query: &Query, answer: &Answer<S>, record: &mut Retrieval) {
    record.query = Some(query.text.as_str().to_owned());
    record.tokens = answer.tokens as u64;
    record.truncated = answer.truncated;
    record.served = u32::try_from(answer.passages.len()).unwrap_or(u32::MAX);
    record.hits = answer.passages.iter().zip(1..).map(|(passage, rank)| noted::hit(passage, rank)).collect();
    let filters = &query.filters;
    let mut put = |name: &str, value: serde_json::Value| record.params.insert(name.to_owned(), value);
    put("limit", query.limit.get().into());
    put("max_tokens", query.budget.get().into());
    for (name, values) in [("types", &filters.types), ("tags", &filters.tags)] {
        if !values.is_empty() {
            put(name, values.clone().into());
        }
    }
    if !filters.collections.is_empty() {
        put("collections", filters.collections.iter().map(ToString::to_string).collect::<Vec<_>>().into());
    }
    if !filters.status.is_empty() {
        put("status", filters.status.iter().map(|status| status.as_str()).collect::<Vec<_>>().into());
    }
    if let Some(fresh) = &filters.fresh {
        put("fresh", fresh.name().into());
    }
    if let Some(most) = query.per_document {
        put("per_document", most.into());
    }
    if let Some(detail) = query.detail {
        put("detail", detail.as_str().into());
    }
    if query.explain {
        put("explain", true.into());
    }
    if let Some(cursor) = query.cursor {
        put("offset", cursor.offset.into());
        if cursor.beyond != 0 {
            put("beyond", format!("{:x}", cursor.beyond).into());
        }
    }
}

/// What a cursor is bound to: the question, its filters, the states it was ranked under, and how.
pub(super) fn identity<S: Scope>(shelves: &Shelves<S>, query: &Query) -> u64 {
    let states: Vec<_> = shelves.states().collect();
    let Query { text, filters, per_document, as_of, .. } = query;
    identity_of(&format!("search {RANKING} {text:?} {filters:?} {per_document:?} {as_of:?} {states:?}"))
}

/// The first six bytes of a digest, for a cursor: a number of 15 digits at most.
pub(super) fn identity_of(text: &str) -> u64 {
    let digest = Digest::of(text.as_bytes());
    digest.as_bytes().iter().take(6).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
