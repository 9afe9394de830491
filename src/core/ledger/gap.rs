//! `gap`: somebody needed something, and it is not there.

use serde::{Deserialize, Serialize};

use super::author::Author;
use super::free_text::{FreeText, Slot};
use super::id::{Id, Named};
use super::retrieval::RetrievalId;

impl Named for Gap {
    const LETTER: char = 'g';
}

/// The name of a gap: `g_…`.
pub type GapId = Id<Gap>;

/// What somebody needed and did not find.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The name the receipt carries.
    pub id: GapId,
    /// Who needed it.
    #[serde(flatten)]
    pub author: Author,
    /// The process on whose behalf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// The retrievals that did not help.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retrievals: Vec<RetrievalId>,
    /// What was needed.
    pub need: FreeText,
    /// What was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried: Option<FreeText>,
}

impl Gap {
    /// What was typed, by field.
    pub(super) fn texts(&self) -> [(&'static str, Option<&str>); 2] {
        [("need", self.need.text()), ("tried", self.tried.as_ref().and_then(FreeText::text))]
    }

    pub(super) fn each_text(&mut self, look: &mut dyn FnMut(&mut Slot<'_>)) {
        look(&mut self.need.slot(self.id.record(), "need"));
        if let Some(tried) = &mut self.tried {
            look(&mut tried.slot(self.id.record(), "tried"));
        }
    }
}
