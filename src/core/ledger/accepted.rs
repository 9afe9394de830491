//! What an `accepted` record says: the ledger did not fit its last checkpoint, and its owner said to go on.

use serde::{Deserialize, Serialize};

/// A loss, or a change, that the owner accepted. The lines that the checkpoint spoke of are gone; that they were there
/// is part of the chain from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// What did not fit, in words.
    pub why: String,
    /// How many lines the ledger had.
    pub lines: u64,
    /// The last checkpoint, as it stood in the file.
    pub checkpoint: String,
    /// The file beside the segments that has it and those before it.
    pub kept: String,
}
