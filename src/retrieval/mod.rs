//! Makes passages out of hits: query → legs → fusion → passages with snippet, citation and token budget.
//!
//! Ranking sees shelves as engine views and numbers only; a passage is bound to the scope of the document it is from.
//! Each leg is merged across shelves by score, under statistics summed over exactly those shelves, before the legs are
//! fused: searching shelves A and B together is searching one shelf that holds both.

mod budget;
mod cursor;
mod expansion;
mod fusion;
mod model;
mod passage;
mod query;
mod rank;
mod snippet;

pub use budget::{cut_to_budget, estimate_tokens};
pub use cursor::{Cursor, CursorError};
pub use expansion::{Expansion, Origin};
pub use fusion::{Fusion, Leg, Legs};
pub use passage::{Citation, Commit, Passage};
pub use query::{Filters, Limit, Query, QueryError, QueryText, TokenBudget};
pub use rank::{RankError, Ranked, Ranker, Ranking};
pub use snippet::{Snippet, highlight, snippet};
