//! Asks of a corpus set aside what a record says was asked, with the code that answered then.
//!
//! The shelves, the role, the parameters and the printed form are those of the record, so that the same documents give the
//! same passages: what fits into a budget depends on all of them. Nothing is written down: the record that comes back is
//! one that would have been.

use crate::access::{Grant, Principal, Private};
use crate::ledger::{Face, LedgerError, Retrieval, RetrievalId, Verb};
use crate::retrieval::{Cursor, Limit, Query, TokenBudget};

use super::ask::{self, Printing};
use super::read;
use super::wire::{ReadRequest, SearchRequest};
use super::{Aside, ReadError, Target};

/// What the ledger calls the public shelf.
const PUBLIC: &str = "public";

/// Why what was asked can't be asked again.
#[derive(Debug, thiserror::Error)]
pub enum AgainError {
    /// The text is gone.
    #[error("the question was erased or is not kept any more, so that it cannot be asked again")]
    Erased,
    /// Nothing was served of any document.
    #[error("{}: serves no passages; only searches and reads can be asked again", verb.as_str())]
    Verb {
        /// What was asked for.
        verb: Verb,
    },
    /// What is fresh depends on the day.
    #[error("was narrowed with fresh={fresh}, which depends on the day; ask it anew to see what it finds now")]
    Fresh {
        /// How fresh they had to be.
        fresh: String,
    },
    /// The corpus that was asked can't answer, or not this.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Aside {
    /// Asks again what `asked` says, and gives the record that the answer would have: its passages, best first. `printing`
    /// is how the face of that time prints a search.
    ///
    /// # Errors
    /// Fails when the question is not kept, when the verb serves no passages, and when there is no answer: the document
    /// may not be there.
    pub fn again(
        &self,
        grant: &Grant<Private>,
        asked: &Retrieval,
        printing: Printing,
    ) -> Result<Retrieval, AgainError> {
        let only: Vec<String> = asked.scope.iter().filter(|name| *name != PUBLIC).cloned().collect();
        let shelves = self.shelves(grant, &only);
        let id =
            RetrievalId::parse("r_00000000000000000000000000").ok_or(LedgerError::Closed).map_err(ReadError::from)?;
        let mut record = Retrieval::new(id, &Principal::anonymous(), Face::Cli, asked.verb);
        // What of the history is told depends on it.
        record.role = asked.role;
        let (desk, names) = (self.desk(), self.names());
        match asked.verb {
            Verb::Search => {
                let directory = names.directory(&shelves, &desk.places);
                let mut query = search_of(asked)?;
                if let Some((offset, beyond)) = place_of(asked) {
                    query.cursor = Some(Cursor { of: ask::identity(&shelves, &query), offset, beyond });
                }
                ask::search(desk, &shelves, &directory, &query, printing, &mut record)?;
            }
            Verb::Read | Verb::Resource => {
                let graph = names.graph(&shelves, &desk.places);
                let mut target = target_of(asked)?;
                let known = shelves.find(&target.id);
                if let (Some((offset, beyond)), Some((_, _, document))) = (place_of(asked), known) {
                    target.cursor = Some(Cursor { of: read::identity(document.record(), &target), offset, beyond });
                }
                let directory = || names.directory(&shelves, &desk.places);
                let known = read::Known { desk, shelves: &shelves, graph: &graph, directory: &directory };
                let form = word(asked, "form");
                let as_text = form.is_some() && form.as_deref() == Printing::MARKDOWN.called;
                let printing = if as_text { Printing::MARKDOWN } else { printing };
                read::read(known, &target, printing, &mut record)?;
            }
            verb => return Err(AgainError::Verb { verb }),
        }
        Ok(record)
    }
}

/// The question with the parameters it had.
fn search_of(asked: &Retrieval) -> Result<Query, AgainError> {
    let text = asked.query.clone().ok_or(AgainError::Erased)?;
    if let Some(fresh) = word(asked, "fresh") {
        return Err(AgainError::Fresh { fresh });
    }
    let request = SearchRequest {
        query: text,
        collections: list(asked, "collections"),
        types: list(asked, "types"),
        tags: list(asked, "tags"),
        status: list(asked, "status"),
        limit: number(asked, "limit"),
        max_tokens: number(asked, "max_tokens").filter(|most| TokenBudget::parse(*most).is_ok()),
        per_document: number(asked, "per_document"),
        detail: word(asked, "detail"),
        explain: asked.params.get("explain").and_then(serde_json::Value::as_bool).unwrap_or_default(),
        ..SearchRequest::default()
    };
    let mut query = request.parse(Limit::MAX)?;
    if request.max_tokens.is_none() {
        query.budget = TokenBudget::WHOLE;
    }
    Ok(query)
}

/// The document or section that was read.
fn target_of(asked: &Retrieval) -> Result<Target, AgainError> {
    let max_tokens = number(asked, "max_tokens").filter(|most| TokenBudget::parse(*most).is_ok());
    let uri = word(asked, "uri").unwrap_or_default();
    let request = ReadRequest { uri, section: word(asked, "section"), max_tokens, ..ReadRequest::default() };
    let mut target = request.parse()?;
    // A record names a document by its id, whatever signs are in it.
    if let Some((id, section)) = target.instead.drain(..).next() {
        (target.id, target.section) = (id, section);
    }
    // What is no budget that can be asked for is that of a whole file.
    if max_tokens.is_none() && asked.params.contains_key("max_tokens") {
        target.budget = Some(TokenBudget::WHOLE);
    }
    Ok(target)
}

/// Where the page began that was asked for.
fn place_of(asked: &Retrieval) -> Option<(u32, u128)> {
    let offset = u32::try_from(number(asked, "offset")?).ok()?;
    let beyond = word(asked, "beyond").and_then(|digits| u128::from_str_radix(&digits, 16).ok());
    Some((offset, beyond.unwrap_or_default()))
}

fn number(asked: &Retrieval, name: &str) -> Option<i64> {
    asked.params.get(name).and_then(serde_json::Value::as_i64)
}

fn word(asked: &Retrieval, name: &str) -> Option<String> {
    asked.params.get(name).and_then(serde_json::Value::as_str).map(str::to_owned)
}

fn list(asked: &Retrieval, name: &str) -> Vec<String> {
    let values = asked.params.get(name).and_then(serde_json::Value::as_array);
    values.into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}
