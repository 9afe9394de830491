//! `outcome`: what came of a public document when somebody outside read it.

use serde::{Deserialize, Serialize};

use super::author::Author;
use super::free_text::{FreeText, Slot};
use super::id::{Id, Named};
use crate::corpus::DocumentId;

/// What came of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutcomeKind {
    /// Somebody answered.
    Reply,
    /// Somebody cited it.
    Citation,
    /// Somebody was introduced by it.
    Intro,
    /// A meeting was booked.
    Booking,
    /// Something was sold.
    Sale,
    /// Somebody worked by it, or took it over.
    Reuse,
}

impl OutcomeKind {
    /// Every kind, from the least to the most.
    pub const ALL: [Self; 6] = [Self::Reply, Self::Citation, Self::Intro, Self::Booking, Self::Sale, Self::Reuse];

    /// The word the ledger has for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Citation => "citation",
            Self::Intro => "intro",
            Self::Booking => "booking",
            Self::Sale => "sale",
            Self::Reuse => "reuse",
        }
    }
}

impl Named for Outcome {
    const LETTER: char = 'o';
}

/// The name of an outcome: `o_…`.
pub type OutcomeId = Id<Outcome>;

/// Something came of a public document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The name the receipt carries.
    pub id: OutcomeId,
    /// Who says it.
    #[serde(flatten)]
    pub author: Author,
    /// What came of it.
    pub outcome: OutcomeKind,
    /// The public document.
    pub doc: DocumentId,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<FreeText>,
}

impl Outcome {
    /// What was typed, by field.
    pub(super) fn texts(&self) -> [(&'static str, Option<&str>); 1] {
        [("note", self.note.as_ref().and_then(FreeText::text))]
    }

    pub(super) fn each_text(&mut self, look: &mut dyn FnMut(&mut Slot<'_>)) {
        if let Some(note) = &mut self.note {
            look(&mut note.slot(self.id.record(), "note"));
        }
    }
}
