//! `missed`: answers of the public shelf were given while the ledger could not be written.

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;

/// Answers that have no record. It stands where writing began again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// How many.
    pub answers: u64,
    /// When the first was given.
    pub since: Timestamp,
    /// When the last was given.
    pub until: Timestamp,
}
