//! `erased`: texts were taken out beside the chain. Says which, how many and by which rule; never the text.

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::id::RecordId;
use super::retrieval::RetrievalId;

/// Texts were erased. The record stands before they go, so that none goes without one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// The principal's id: `local`, or a token's id, never a name.
    pub who: String,
    /// The rule.
    #[serde(flatten)]
    pub by: ErasedBy,
    /// How many texts: at least one of each record that is named here.
    pub texts: u64,
    /// How many texts or pieces of one went with them that no record speaks of: what a crash had left.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unrecorded: u64,
    /// The retrievals whose questions have no text any more.
    pub retrievals: Vec<RetrievalId>,
    /// The other records that have lost a text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordId>,
}

/// By which rule texts were erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "lowercase")]
pub enum ErasedBy {
    /// They had certain words, which are not said.
    Query,
    /// A principal had asked.
    Principal {
        /// The principal's id.
        principal: String,
    },
    /// They were asked before a moment.
    Before {
        /// The moment.
        before: Timestamp,
    },
    /// They were older than texts are kept.
    Retention {
        /// They were written before this moment.
        before: Timestamp,
        /// Those of runs before this one; absent in records from when runs were kept for good.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        runs_before: Option<Timestamp>,
    },
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
