//! Who wrote a record of a retrieval, a document or a run, and through which door.

use serde::{Deserialize, Serialize};

use super::form;
use super::retrieval::{Client, Face};
use crate::access::{Principal, Role};

/// Who wrote a record, and through which door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The principal's id: a token's id or `local`, never a name.
    pub who: String,
    /// What the principal is.
    #[serde(with = "form::role_word")]
    pub role: Role,
    /// The door.
    pub face: Face,
    /// The program, as it named itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Client>,
    /// W3C trace context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The shelves that the author could open, as a retrieval's `scope` has them: what was typed may be of any of them.
    /// Empty in records from before it was written down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<String>,
}

impl Author {
    /// An author of whom no more is known.
    #[must_use]
    pub fn new(principal: &Principal, face: Face) -> Self {
        Self {
            who: principal.id().to_owned(),
            role: principal.role(),
            face,
            client: None,
            trace: None,
            scope: Vec::new(),
        }
    }
}
