//! What a record says: the wire types of the ledger, with their fields in the order in which they are written.
//!
//! A line is the envelope (`v`, `seq`, `ts`, `boot`, `kind`), the body of its kind, and `h`. Fields may be added to a
//! body; none is renamed or given another meaning, and readers pass over what they don't know.
//! What people and agents type is no part of a body that is written: it stands beside the chain, where it can be erased.

use serde::{Deserialize, Serialize};

use super::author::Author;
use super::chain::Head;
use super::clock::Timestamp;
use super::free_text::Slot;
use super::id::RecordId;
use super::{
    Accepted, Change, Erased, Evaluation, Feedback, Gap, Missed, Outcome, Promoted, Published, Retrieval, TokenChange,
    Views, Withdrawn, form,
};

/// The place of a line in its ledger, from 1, without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(pub u64);

/// The first line of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The ledger's own id, from its first segment on: a checkpoint of another ledger does not fit.
    pub log: String,
    /// The segment's number, which is also its file's name.
    pub segment: u64,
    /// The `h` of the last line before it; 64 zeros in the first segment.
    #[serde(with = "form::head_text")]
    pub prev: Head,
}

/// A torn tail was found at start and cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovered {
    /// The segment that was cut.
    pub segment: u64,
    /// How many bytes were cut.
    pub cut_bytes: u64,
    /// The file beside the segment that has them.
    pub kept: String,
}

/// The body of a line. More kinds come; a reader passes over those it does not know.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Record {
    /// `retrieval`
    Retrieval(Box<Retrieval>),
    /// `feedback`
    Feedback(Box<Feedback>),
    /// `gap`
    Gap(Box<Gap>),
    /// `outcome`
    Outcome(Box<Outcome>),
    /// `change`
    Change(Box<Change>),
    /// `segment`
    Segment(Header),
    /// `recovered`
    Recovered(Recovered),
    /// `published`
    Published(Published),
    /// `accepted`
    Accepted(Accepted),
    /// `withdrawn`
    Withdrawn(Withdrawn),
    /// `promoted`
    Promoted(Box<Promoted>),
    /// `erased`
    Erased(Erased),
    /// `evaluation`
    Evaluation(Box<Evaluation>),
    /// `missed`
    Missed(Missed),
    /// `token`
    Token(TokenChange),
    /// `views`
    Views(Views),
    /// A kind this version does not know, with all its fields.
    Unknown(serde_json::Map<String, serde_json::Value>),
}

impl Record {
    /// The words for the kinds that this version knows, but for headers of segments.
    pub const KINDS: [&str; 14] = [
        "retrieval",
        "feedback",
        "gap",
        "outcome",
        "change",
        "recovered",
        "published",
        "withdrawn",
        "promoted",
        "erased",
        "evaluation",
        "missed",
        "token",
        "views",
    ];

    /// The word for the kind; that of an unknown one is in its line.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Retrieval(_) => "retrieval",
            Self::Feedback(_) => "feedback",
            Self::Gap(_) => "gap",
            Self::Outcome(_) => "outcome",
            Self::Change(_) => "change",
            Self::Segment(_) => "segment",
            Self::Recovered(_) => "recovered",
            Self::Published(_) => "published",
            Self::Accepted(_) => "accepted",
            Self::Withdrawn(_) => "withdrawn",
            Self::Promoted(_) => "promoted",
            Self::Erased(_) => "erased",
            Self::Evaluation(_) => "evaluation",
            Self::Missed(_) => "missed",
            Self::Token(_) => "token",
            Self::Views(_) => "views",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The name it has, if its kind has names.
    #[must_use]
    pub fn id(&self) -> Option<&RecordId> {
        match self {
            Self::Retrieval(retrieval) => Some(retrieval.id.record()),
            Self::Feedback(feedback) => Some(feedback.id.record()),
            Self::Gap(gap) => Some(gap.id.record()),
            Self::Outcome(outcome) => Some(outcome.id.record()),
            Self::Change(change) => Some(change.id.record()),
            _ => None,
        }
    }

    /// Who wrote it and through which door, of a record that somebody wrote of a retrieval, a document or a run.
    #[must_use]
    pub fn author(&self) -> Option<&Author> {
        match self {
            Self::Feedback(feedback) => Some(&feedback.author),
            Self::Gap(gap) => Some(&gap.author),
            Self::Outcome(outcome) => Some(&outcome.author),
            Self::Change(change) => Some(&change.author),
            _ => None,
        }
    }

    /// The shelves that it may speak of: those that were searched, or that its author could open. Nothing of it may be
    /// told to who may not open all of them. `None` where that is not known.
    #[must_use]
    pub fn scope(&self) -> Option<&[String]> {
        let scope = match self {
            Self::Retrieval(retrieval) => &retrieval.scope,
            _ => &self.author()?.scope,
        };
        (!scope.is_empty()).then_some(scope)
    }

    /// Who asked or wrote it: the principal's id.
    #[must_use]
    pub fn who(&self) -> Option<&str> {
        match self {
            Self::Retrieval(retrieval) => Some(&retrieval.who),
            Self::Promoted(promoted) => Some(&promoted.who),
            Self::Erased(erased) => Some(&erased.who),
            Self::Evaluation(evaluation) => Some(&evaluation.who),
            Self::Token(change) => Some(&change.who),
            _ => self.author().map(|author| author.who.as_str()),
        }
    }

    /// What was typed into it, with the name of its field; empty for a question. Texts that were erased are left out.
    #[must_use]
    pub fn texts(&self) -> Vec<(&'static str, &str)> {
        let all: Vec<(&'static str, Option<&str>)> = match self {
            Self::Retrieval(retrieval) => vec![("", retrieval.query.as_deref())],
            Self::Feedback(feedback) => feedback.texts().into(),
            Self::Gap(gap) => gap.texts().into(),
            Self::Outcome(outcome) => outcome.texts().into(),
            Self::Change(change) => change.texts().into(),
            _ => Vec::new(),
        };
        all.into_iter().filter_map(|(field, text)| Some((field, text?))).collect()
    }

    /// Shows the place of each text that stands beside the chain.
    pub(super) fn each_text(&mut self, look: &mut dyn FnMut(&mut Slot<'_>)) {
        match self {
            Self::Retrieval(retrieval) => retrieval.each_text(look),
            Self::Feedback(feedback) => feedback.each_text(look),
            Self::Gap(gap) => gap.each_text(look),
            Self::Outcome(outcome) => outcome.each_text(look),
            Self::Change(change) => change.each_text(look),
            _ => {}
        }
    }

    /// The body as JSON, an object.
    pub(super) fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        match self {
            Self::Retrieval(retrieval) => serde_json::to_vec(retrieval),
            Self::Feedback(feedback) => serde_json::to_vec(feedback),
            Self::Gap(gap) => serde_json::to_vec(gap),
            Self::Outcome(outcome) => serde_json::to_vec(outcome),
            Self::Change(change) => serde_json::to_vec(change),
            Self::Segment(header) => serde_json::to_vec(header),
            Self::Recovered(recovered) => serde_json::to_vec(recovered),
            Self::Published(published) => serde_json::to_vec(published),
            Self::Accepted(accepted) => serde_json::to_vec(accepted),
            Self::Withdrawn(withdrawn) => serde_json::to_vec(withdrawn),
            Self::Promoted(promoted) => serde_json::to_vec(promoted),
            Self::Erased(erased) => serde_json::to_vec(erased),
            Self::Evaluation(evaluation) => serde_json::to_vec(evaluation),
            Self::Missed(missed) => serde_json::to_vec(missed),
            Self::Token(change) => serde_json::to_vec(change),
            Self::Views(views) => serde_json::to_vec(views),
            Self::Unknown(fields) => serde_json::to_vec(fields),
        }
    }
}

/// A line that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its place.
    pub seq: Sequence,
    /// When it was written.
    pub ts: Timestamp,
    /// Which start of the server wrote it.
    pub boot: String,
    /// The word for its kind.
    pub kind: String,
    /// What it says.
    pub record: Record,
    /// Its `h`.
    pub head: Head,
    /// The line as it stands in the file, without its line feed.
    pub raw: String,
}

#[derive(Deserialize)]
struct Envelope {
    seq: Sequence,
    ts: Timestamp,
    boot: String,
    kind: String,
    #[serde(with = "form::head_text")]
    h: Head,
}

impl Line {
    /// Reads a line (without its line feed). The chain is not checked.
    ///
    /// # Errors
    /// Fails when the line is not a record.
    pub fn parse(raw: &str) -> Result<Self, serde_json::Error> {
        let envelope: Envelope = serde_json::from_str(raw)?;
        let record = match envelope.kind.as_str() {
            "retrieval" => Record::Retrieval(serde_json::from_str(raw)?),
            "feedback" => Record::Feedback(serde_json::from_str(raw)?),
            "gap" => Record::Gap(serde_json::from_str(raw)?),
            "outcome" => Record::Outcome(serde_json::from_str(raw)?),
            "change" => Record::Change(serde_json::from_str(raw)?),
            "segment" => Record::Segment(serde_json::from_str(raw)?),
            "recovered" => Record::Recovered(serde_json::from_str(raw)?),
            "published" => Record::Published(serde_json::from_str(raw)?),
            "accepted" => Record::Accepted(serde_json::from_str(raw)?),
            "withdrawn" => Record::Withdrawn(serde_json::from_str(raw)?),
            "promoted" => Record::Promoted(serde_json::from_str(raw)?),
            "erased" => Record::Erased(serde_json::from_str(raw)?),
            "evaluation" => Record::Evaluation(serde_json::from_str(raw)?),
            "missed" => Record::Missed(serde_json::from_str(raw)?),
            "token" => Record::Token(serde_json::from_str(raw)?),
            "views" => Record::Views(serde_json::from_str(raw)?),
            _ => Record::Unknown(serde_json::from_str(raw)?),
        };
        Ok(Self {
            seq: envelope.seq,
            ts: envelope.ts,
            boot: envelope.boot,
            kind: envelope.kind,
            record,
            head: envelope.h,
            raw: raw.to_owned(),
        })
    }
}
