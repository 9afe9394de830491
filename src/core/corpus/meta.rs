//! What a document says of itself: front matter, read tolerantly, and what is inferred where it is silent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Argument, Language};

/// Where a document stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not finished.
    Draft,
    /// In force; also what a document is that says nothing.
    #[default]
    Accepted,
    /// Still true, on its way out.
    Deprecated,
    /// Another document has taken its place.
    Superseded,
    /// No longer true.
    Retired,
}

impl Status {
    /// Reads the word as `as_str` writes it, in any case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Draft, Self::Accepted, Self::Deprecated, Self::Superseded, Self::Retired]
            .into_iter()
            .find(|status| status.as_str().eq_ignore_ascii_case(word.trim()))
    }

    /// The word as it is written in front matter and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Accepted => "accepted",
            Self::Deprecated => "deprecated",
            Self::Superseded => "superseded",
            Self::Retired => "retired",
        }
    }
}

/// Somebody looked at the text and found it true (OKF `verified`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Who: the text that was written.
    pub by: String,
    /// When: the text that was written.
    pub at: String,
}

/// Front matter under its canonical names. Dates, ids and versions stay the text that was written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Meta {
    /// playbook, standard, decision, process, job, journey, memory, term, evalset, prompt, pack, page … Never empty.
    pub kind: String,
    /// One sentence.
    pub description: Option<String>,
    /// The steward.
    pub owner: Option<String>,
    /// Whether the steward is not named in the document, but by the repository's CODEOWNERS file.
    pub owner_inferred: bool,
    /// Where the document stands in its life; `None` when it says nothing.
    pub status: Option<Status>,
    /// Tags, keywords, labels, categories: in the order written, without repeats.
    pub tags: Vec<String>,
    /// When it was made.
    pub date: Option<String>,
    /// When it was last changed.
    pub updated: Option<String>,
    /// Who found it true, and when.
    pub verified: Vec<Verified>,
    /// How often it must be looked at: `6 months`.
    pub review_every: Option<String>,
    /// When it must be looked at again: a date.
    pub stale_after: Option<String>,
    /// Ids of what this document replaces.
    pub supersedes: Vec<String>,
    /// Ids of what replaces it.
    pub superseded_by: Vec<String>,
    /// Evidence.
    pub sources: Vec<String>,
    /// Old paths and other names.
    pub aliases: Vec<String>,
    /// Language tag (BCP 47), when the document says one.
    pub language: Option<String>,
    /// What it is filled in with as a prompt; `None` when it declares nothing of the kind.
    pub arguments: Option<Vec<Argument>>,
    /// Every key that has no canonical name, with its value as text.
    pub other: BTreeMap<String, String>,
}

impl Meta {
    /// What the document is written in: what it says itself, else what its collection says, else English.
    #[must_use]
    pub fn language_in(&self, collection: Option<Language>) -> Language {
        self.language.as_deref().and_then(Language::of_tag).or(collection).unwrap_or_default()
    }
}
