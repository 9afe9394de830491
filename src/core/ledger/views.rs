//! `views`: how often pages of the site were looked at. Counts and nothing of who looked.

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use crate::corpus::DocumentId;

/// How often pages were looked at, from when until the record was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Views {
    /// Since when was counted.
    pub since: Timestamp,
    /// The pages that were looked at, by id.
    pub documents: Vec<PageViews>,
}

/// How often one page was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageViews {
    /// The document.
    pub doc: DocumentId,
    /// How often.
    pub views: u64,
}
