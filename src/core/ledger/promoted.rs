//! `promoted`: a private document became the draft of a public page. The one place that knows where a page comes from.

use serde::{Deserialize, Serialize};

use super::form;
use crate::corpus::{Digest, DocumentId};

/// A private document became the draft of a public page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promoted {
    /// The principal's id: `local`, or a token's id, never a name.
    pub who: String,
    /// The private document.
    pub from: DocumentId,
    /// The digest of its file.
    #[serde(with = "form::hex_digest")]
    pub from_sha256: Digest,
    /// The page.
    pub to: DocumentId,
    /// The digest of the page as it was written.
    #[serde(with = "form::hex_digest")]
    pub to_sha256: Digest,
    /// The rules whose findings were replaced, one for each finding, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<String>,
    /// A customer's agreement, as the private document has it: who, when, to what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<[String; 3]>,
}
