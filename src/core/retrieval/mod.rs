//! Makes passages out of hits: query → legs → fusion → order → plan → passages with snippet, citation and token budget.
//!
//! What stands between a ranking and a list of hits are the rules of [`Policies`]; `docs/retrieval.md` tells the whole
//! way from a question to an answer.
//!
//! Ranking sees shelves as engine views and numbers only; a passage is bound to the scope of the document it is from.
//! Each leg is merged across shelves by score, under statistics summed over exactly those shelves, before the legs are
//! fused: searching shelves A and B together is searching one shelf that holds both.

/// The version of ranking and of the borders of passages, with the program's: a new one when the same question of the same
/// documents may be answered with others, or in another order. Records name it, so that a replay can tell.
pub const RANKING: &str = concat!(env!("CARGO_PKG_VERSION"), "/2");

mod alike;
mod budget;
mod cursor;
mod directory;
mod evidence;
mod expand;
mod expansion;
mod filters;
mod fusion;
mod listing;
#[cfg(test)]
mod merged_tests;
mod model;
mod order;
mod passage;
mod path_pattern;
mod plan;
#[cfg(test)]
mod plan_tests;
mod policy;
mod query;
mod question;
mod rank;
mod snippet;
#[cfg(test)]
mod tests;
mod thesaurus;
mod tokens;

pub use budget::{Cut, begun, cut, cut_to_budget, least};
pub use cursor::{Cursor, CursorError};
pub use directory::{Directory, Named};
pub use evidence::OWN_SHARE;
pub use expansion::{Expansion, Origin};
pub use filters::{Filters, Fresh};
pub use fusion::{Fusion, Leg, Legs, Scale, Scales};
pub use order::Sources;
pub use passage::{Citation, Commit, Passage};
pub use path_pattern::PathPattern;
pub use plan::{Plan, Planned, Texts};
pub use policy::{Note, Policies};
pub use query::{AsOf, Detail, Limit, Query, QueryError, QueryText, TokenBudget, per_document};
pub use question::Question;
pub use rank::{RankError, Ranked, Ranker, Ranking};
pub use snippet::{Snippet, highlight, snippet};
pub use thesaurus::{Synonym, Thesaurus};
pub use tokens::count_tokens;
