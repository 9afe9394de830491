//! Makes passages out of hits: query → legs → fusion → passages with snippet, citation and token budget.
//!
//! Ranking sees shelves as engine views and numbers only; a passage is bound to the scope of the document it is from.
//! Each leg is merged across shelves by score, under statistics summed over exactly those shelves, before the legs are
//! fused: searching shelves A and B together is searching one shelf that holds both.

mod budget;
mod cursor;
mod evidence;
mod expand;
mod expansion;
mod filters;
mod fusion;
mod listing;
mod model;
mod passage;
mod path_pattern;
mod query;
mod question;
mod rank;
mod snippet;
#[cfg(test)]
mod tests;
mod thesaurus;

pub use budget::{cut_to_budget, estimate_tokens};
pub use cursor::{Cursor, CursorError};
pub use expansion::{Expansion, Origin};
pub use filters::Filters;
pub use fusion::{Fusion, Leg, Legs};
pub use passage::{Citation, Commit, Passage};
pub use path_pattern::PathPattern;
pub use query::{Limit, Query, QueryError, QueryText, TokenBudget};
pub use question::Question;
pub use rank::{RankError, Ranked, Ranker, Ranking};
pub use snippet::{Snippet, highlight, snippet};
pub use thesaurus::{Named, Thesaurus};
