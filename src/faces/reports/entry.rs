//! The few fields of a line that figures are made of, borrowed from it.

use std::borrow::Cow;

use serde::Deserialize;

use crate::ledger::OutcomeKind;

/// A text that is borrowed where it holds no escape.
#[derive(Debug, Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// A `retrieval`.
#[derive(Debug, Deserialize)]
pub(super) struct Retrieval<'a> {
    pub(super) id: &'a str,
    #[serde(borrow)]
    pub(super) who: Cow<'a, str>,
    pub(super) verb: &'a str,
    #[serde(borrow, default)]
    pub(super) process: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) scope: Vec<Text<'a>>,
    #[serde(default)]
    pub(super) q_mac: Option<&'a str>,
    #[serde(borrow, default)]
    pub(super) params: Parameters<'a>,
    #[serde(borrow)]
    pub(super) hits: Vec<Hit<'a>>,
    pub(super) served: u32,
    pub(super) tokens: u64,
    pub(super) truncated: bool,
}

/// The parameters that say what kind of question it was.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Parameters<'a> {
    #[serde(borrow)]
    pub(super) collections: Vec<Text<'a>>,
    /// Where an answer goes on that began with another question.
    pub(super) offset: u64,
}

/// A passage.
#[derive(Debug, Deserialize)]
pub(super) struct Hit<'a> {
    #[serde(borrow)]
    pub(super) doc: Cow<'a, str>,
    pub(super) rank: u32,
    #[serde(default)]
    pub(super) legs: Legs,
}

/// Which legs found it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Legs {
    #[serde(default)]
    pub(super) lexical: Option<u32>,
}

impl Retrieval<'_> {
    /// Whether it is a question that was asked anew: pages after the first are no new question.
    pub(super) fn is_question(&self) -> bool {
        self.verb == "search" && self.params.offset == 0
    }

    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.is_question() && self.served == 0
    }

    /// Whether what was found has none of the question's words: all of it was found by meaning alone.
    pub(super) fn is_weak(&self) -> bool {
        self.is_question() && self.served > 0 && self.hits.iter().all(|hit| hit.legs.lexical.is_none())
    }
}

/// A `gap`: somebody says what they needed.
#[derive(Debug, Deserialize)]
pub(super) struct Gap<'a> {
    pub(super) id: &'a str,
    #[serde(borrow)]
    pub(super) who: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) process: Option<Cow<'a, str>>,
    /// The shelves that its author could open; empty where that is not known.
    #[serde(borrow, default)]
    pub(super) scope: Vec<Text<'a>>,
    pub(super) need: Typed<'a>,
}

/// A text that somebody typed, as the chain has it.
#[derive(Debug, Deserialize)]
pub(super) struct Typed<'a> {
    #[serde(default)]
    pub(super) mac: Option<&'a str>,
}

/// An `outcome`.
#[derive(Debug, Deserialize)]
pub(super) struct Outcome<'a> {
    #[serde(borrow)]
    pub(super) doc: Cow<'a, str>,
    pub(super) outcome: OutcomeKind,
}

/// A `views`.
#[derive(Debug, Deserialize)]
pub(super) struct Views<'a> {
    #[serde(borrow)]
    pub(super) documents: Vec<PageViews<'a>>,
}

/// How often a page was looked at.
#[derive(Debug, Deserialize)]
pub(super) struct PageViews<'a> {
    #[serde(borrow)]
    pub(super) doc: Cow<'a, str>,
    pub(super) views: u64,
}
