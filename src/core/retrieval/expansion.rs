//! What was looked for beside the words of the question as they were typed.
//!
//! An expansion weighs less than the word it stands for, and every one is told: who reads an answer can see why a
//! passage without his words is in it.

/// A term that was looked for although nobody typed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Expansion {
    /// The word of the question.
    pub word: String,
    /// What was looked for as well, or in its place.
    pub term: String,
    /// Why.
    pub by: Origin,
    /// What the term weighs beside a word that was typed, which weighs 1.
    pub weight: f32,
}

/// Why a term is looked for that was not typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// No chunk has the word, and this one is spelled nearly like it.
    Typo,
    /// The question ends in the beginning of this word.
    Prefix,
    /// The corpus says that both mean the same.
    Synonym,
}

impl Origin {
    /// The word that answers use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Typo => "typo",
            Self::Prefix => "prefix",
            Self::Synonym => "synonym",
        }
    }
}
