//! `feedback`: whether a retrieval helped, and what was wrong with it.
//!
//! Bad feedback is an occurrence of a mistake. Which mistake was decided when it was written, by texts that may have
//! been erased since: the record says with which earlier one it shares it, and in which state the documents were.

use serde::{Deserialize, Serialize};

use super::author::Author;
use super::form;
use super::free_text::{FreeText, Slot};
use super::id::{Id, Named};
use super::retrieval::RetrievalId;
use crate::corpus::{Digest, DocumentId};

/// Whether a retrieval helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// It did.
    Good,
    /// It did not, or did harm.
    Bad,
    /// In part.
    Mixed,
}

impl Judgement {
    /// The word the ledger has for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Mixed => "mixed",
        }
    }
}

/// What is wrong with what was served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// It says what is not so.
    Wrong,
    /// It was so once.
    Stale,
    /// What was needed is not in it.
    Missing,
    /// It is about something else.
    Irrelevant,
    /// Two passages say different things.
    Contradictory,
    /// It can't be understood, or not be acted on.
    Unclear,
    /// It should not have been shown to this caller.
    Private,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 7] =
        [Self::Wrong, Self::Stale, Self::Missing, Self::Irrelevant, Self::Contradictory, Self::Unclear, Self::Private];

    /// The word the ledger has for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Stale => "stale",
            Self::Missing => "missing",
            Self::Irrelevant => "irrelevant",
            Self::Contradictory => "contradictory",
            Self::Unclear => "unclear",
            Self::Private => "private",
        }
    }
}

/// The state of a document when a mistake was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Involved {
    /// The document.
    pub doc: DocumentId,
    /// The digest of its file; absent when it was gone.
    #[serde(default, with = "form::hex_digest_or_none", skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// The last commit that touched it, if these bytes are committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

impl Named for Feedback {
    const LETTER: char = 'f';
}

/// The name of a feedback: `f_…`.
pub type FeedbackId = Id<Feedback>;

/// What somebody says of a retrieval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// The name the receipt carries.
    pub id: FeedbackId,
    /// Who says it.
    #[serde(flatten)]
    pub author: Author,
    /// The retrieval.
    pub retrieval: RetrievalId,
    /// The process on whose behalf was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// The document it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<DocumentId>,
    /// Whether the retrieval helped.
    pub verdict: Judgement,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Why; always there when the verdict is bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<FreeText>,
    /// What would have been right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected: Option<FreeText>,
    /// Of bad feedback: the first one of the same mistake; absent in that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<FeedbackId>,
    /// Of bad feedback: the documents involved, the named one or those that were served.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub involved: Vec<Involved>,
}

impl Feedback {
    /// What was typed, by field.
    pub(super) fn texts(&self) -> [(&'static str, Option<&str>); 2] {
        [
            ("why", self.why.as_ref().and_then(FreeText::text)),
            ("corrected", self.corrected.as_ref().and_then(FreeText::text)),
        ]
    }

    pub(super) fn each_text(&mut self, look: &mut dyn FnMut(&mut Slot<'_>)) {
        for (field, text) in [("why", &mut self.why), ("corrected", &mut self.corrected)] {
            if let Some(text) = text {
                look(&mut text.slot(self.id.record(), field));
            }
        }
    }
}
