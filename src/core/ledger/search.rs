//! Finding records: by who asked, what was served, when, in which trace, with which words.
//!
//! A line is parsed only if its bytes may hold what is looked for: every line is written by this room, in one form, so
//! that a field's bytes are known. What is parsed is then judged by its fields; the bytes alone decide nothing but "no".
//! Texts are looked at last, and only if they are the ones the chain speaks of.

use std::fmt;
use std::sync::Arc;

use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

use super::LedgerError;
use super::author::Author;
use super::backwards::Backwards;
use super::chain;
use super::clock::Timestamp;
use super::id::RecordId;
use super::reader::{Follower, parse};
use super::record::{Line, Record, Sequence};
use super::retrieval::{Face, Retrieval, RetrievalId, Verb};
use super::text::KeptTexts;
use crate::access::CollectionName;
use crate::corpus::{DocumentId, DocumentIdError};

/// Words that a text must have: each of them, in any order, whole or as a part of a longer one; case does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words(Vec<String>);

impl Words {
    /// Takes the words of `text`, which spaces divide.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.split_whitespace().map(str::to_lowercase).collect())
    }

    /// Whether there are none: then every text has them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `text` has all of them.
    #[must_use]
    pub fn are_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.0.iter().all(|word| text.contains(word.as_str()))
    }
}

/// Documents that are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Documents {
    /// One document.
    One(DocumentId),
    /// All whose id begins so: `collection/`, or a folder in it.
    Below(String),
}

impl Documents {
    /// Reads a document's id, with or without `cairn://` and `.md`; or, ending in `/`, a collection or a folder in it.
    ///
    /// # Errors
    /// Returns the text when it is neither.
    pub fn parse(text: &str) -> Result<Self, DocumentIdError> {
        let whole = text.strip_prefix("cairn://").unwrap_or(text);
        if let Some(folder) = whole.strip_suffix('/') {
            let collection = folder.split('/').next().unwrap_or_default();
            return match CollectionName::parse(collection) {
                Ok(_) => Ok(Self::Below(whole.to_owned())),
                Err(_) => Err(DocumentIdError { id: text.chars().take(200).collect() }),
            };
        }
        let id = DocumentId::parse(whole)?;
        DocumentId::parse(&format!("{}/{}", id.collection(), DocumentId::path_of(id.path()))).map(Self::One)
    }

    fn hold(&self, document: &DocumentId) -> bool {
        match self {
            Self::One(id) => id == document,
            Self::Below(folder) => document.as_str().starts_with(folder.as_str()),
        }
    }
}

/// What records are looked for: those that everything holds of which is said. Without anything, all are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// The principal's id: a token's id, `local` or `anonymous`.
    pub who: Option<String>,
    /// Any of these kinds, as [`Record::kind`] has them; every kind if there is none.
    pub kinds: Vec<&'static str>,
    /// What was served, judged, looked at, published, withdrawn or promoted, and the contract of a run.
    pub documents: Option<Documents>,
    /// The retrieval, and what was written of it.
    pub retrieval: Option<RetrievalId>,
    /// The first moment.
    pub since: Option<Timestamp>,
    /// The moment before which.
    pub until: Option<Timestamp>,
    /// The place before which.
    pub before: Option<Sequence>,
    /// The place behind which; who reads from the newest on ends there.
    pub after: Option<Sequence>,
    /// What one of the record's texts has. A text that was erased has no words.
    pub words: Words,
    /// A W3C trace context, or the trace's or the span's id in it.
    pub trace: Option<String>,
    /// What was asked for.
    pub verb: Option<Verb>,
    /// Through which door.
    pub face: Option<Face>,
    /// Whether nothing was served.
    pub empty: bool,
}

impl Filter {
    /// Gives the line back, with its texts, if it is one that is looked for.
    fn admit(&self, mut line: Line, texts: &mut KeptTexts) -> Option<Line> {
        let in_time = self.since.is_none_or(|since| line.ts >= since) && self.until.is_none_or(|until| line.ts < until);
        let in_place =
            self.before.is_none_or(|before| line.seq < before) && self.after.is_none_or(|after| line.seq > after);
        if !in_time || !in_place || !self.fits(&line.record) {
            return None;
        }
        texts.join(line.ts, &mut line.record);
        let said = || line.record.texts().iter().any(|(_, text)| self.words.are_in(text));
        (self.words.is_empty() || said()).then_some(line)
    }

    fn fits(&self, record: &Record) -> bool {
        let by = |who: Option<&str>| self.who.as_deref().is_none_or(|wanted| who == Some(wanted));
        let about = |document: &DocumentId| self.documents.as_ref().is_none_or(|wanted| wanted.hold(document));
        let written = |author: &Author, documents: &[&DocumentId], retrievals: &[RetrievalId]| {
            self.fits_author(author)
                && (self.documents.is_none() || documents.iter().any(|document| about(document)))
                && self.retrieval.as_ref().is_none_or(|wanted| retrievals.contains(wanted))
        };
        match record {
            Record::Segment(_) => false,
            _ if !self.fits_kind(record.kind()) => false,
            Record::Retrieval(retrieval) => self.fits_retrieval(retrieval),
            _ if self.verb.is_some() || self.empty => false,
            Record::Feedback(feedback) => {
                let involved = feedback.doc.iter().chain(feedback.involved.iter().map(|involved| &involved.doc));
                let documents: Vec<&DocumentId> = involved.collect();
                written(&feedback.author, &documents, std::slice::from_ref(&feedback.retrieval))
            }
            Record::Gap(gap) => written(&gap.author, &[], &gap.retrievals),
            Record::Outcome(outcome) => written(&outcome.author, &[&outcome.doc], &[]),
            Record::Change(change) => {
                let contract: Vec<&DocumentId> = change.contract.iter().map(|contract| &contract.doc).collect();
                written(&change.author, &contract, &change.retrievals)
            }
            _ if self.wants_more_than_who_and_what() => false,
            Record::Published(published) => by(None) && published.documents.iter().any(|came| about(&came.doc)),
            Record::Views(views) => by(None) && views.documents.iter().any(|seen| about(&seen.doc)),
            Record::Withdrawn(withdrawn) => by(None) && withdrawn.documents.iter().any(|left| about(&left.doc)),
            Record::Promoted(promoted) => by(Some(&promoted.who)) && (about(&promoted.from) || about(&promoted.to)),
            Record::Erased(erased) => by(Some(&erased.who)) && self.documents.is_none(),
            Record::Token(change) => by(Some(&change.who)) && self.documents.is_none(),
            Record::Evaluation(evaluation) => by(Some(&evaluation.who)) && self.documents.is_none(),
            Record::Recovered(_) | Record::Accepted(_) | Record::Missed(_) | Record::Unknown(_) => {
                by(None) && self.documents.is_none()
            }
        }
    }

    /// Whether something is asked that records of the ledger's own doings do not have.
    fn wants_more_than_who_and_what(&self) -> bool {
        let Self { words, trace, face, retrieval, .. } = self;
        !words.is_empty() || trace.is_some() || face.is_some() || retrieval.is_some()
    }

    fn fits_kind(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }

    fn fits_author(&self, author: &Author) -> bool {
        self.who.as_ref().is_none_or(|who| *who == author.who)
            && self.face.is_none_or(|face| face == author.face)
            && self.trace.as_ref().is_none_or(|trace| is_of_trace(author.trace.as_deref(), trace))
    }

    fn fits_retrieval(&self, retrieval: &Retrieval) -> bool {
        self.who.as_ref().is_none_or(|who| *who == retrieval.who)
            && self.verb.is_none_or(|verb| verb == retrieval.verb)
            && self.face.is_none_or(|face| face == retrieval.face)
            && (!self.empty || retrieval.served == 0)
            && self.trace.as_ref().is_none_or(|trace| is_of_trace(retrieval.trace.as_deref(), trace))
            && self.retrieval.as_ref().is_none_or(|wanted| *wanted == retrieval.id)
            && self.documents.as_ref().is_none_or(|wanted| retrieval.hits.iter().any(|hit| wanted.hold(&hit.doc)))
    }
}

fn is_of_trace(trace: Option<&str>, wanted: &str) -> bool {
    trace.is_some_and(|trace| trace == wanted || trace.split('-').any(|part| part == wanted))
}

/// What the bytes of a line must have, so that it is worth parsing.
#[derive(Debug)]
struct Sieve {
    since: Option<String>,
    until: Option<String>,
    before: Option<u64>,
    /// The kinds that are looked for, in quotes; every kind if there is none.
    kinds: Vec<String>,
    parts: Vec<Finder<'static>>,
}

impl Sieve {
    fn of(filter: &Filter) -> Self {
        let mut parts = Vec::new();
        let mut part = |text: String| parts.push(Finder::new(text.as_bytes()).into_owned());
        if let Some(who) = &filter.who {
            part(format!("\"who\":{}", quoted(who)));
        }
        match &filter.documents {
            Some(Documents::One(id)) => part(quoted(id.as_str())),
            Some(Documents::Below(folder)) => part(quoted(folder).trim_end_matches('"').to_owned()),
            None => {}
        }
        if let Some(retrieval) = &filter.retrieval {
            part(quoted(retrieval.as_str()));
        }
        if let Some(trace) = &filter.trace {
            part(quoted(trace).trim_matches('"').to_owned());
        }
        if let Some(verb) = filter.verb {
            part(format!("\"verb\":{}", quoted(verb.as_str())));
        }
        if let Some(face) = filter.face {
            part(format!("\"face\":{}", quoted(face.as_str())));
        }
        if filter.empty {
            part("\"served\":0,".to_owned());
        }
        if !filter.words.is_empty() {
            part("mac\":\"".to_owned());
        }
        let text = |moment: Option<Timestamp>| moment.map(|moment| moment.to_string());
        let kinds = filter.kinds.iter().map(|kind| quoted(kind)).collect();
        let before = filter.before.map(|Sequence(before)| before);
        Self { since: text(filter.since), until: text(filter.until), before, kinds, parts }
    }

    fn may_hold(&self, raw: &[u8]) -> bool {
        // All moments are written with as many digits, so that their order is that of their bytes.
        let in_time = match chain::written_at(raw) {
            Some(ts) if self.since.is_some() || self.until.is_some() => {
                self.since.as_ref().is_none_or(|since| ts >= since.as_bytes())
                    && self.until.as_ref().is_none_or(|until| ts < until.as_bytes())
            }
            _ => true,
        };
        let of_kind = || {
            let written = chain::from_kind(raw).unwrap_or_default();
            self.kinds.is_empty() || self.kinds.iter().any(|kind| written.starts_with(kind.as_bytes()))
        };
        let in_place = || self.before.is_none_or(|before| chain::place(raw).is_none_or(|place| place < before));
        in_time && in_place() && of_kind() && self.parts.iter().all(|part| part.find(raw).is_some())
    }
}

/// A text as the ledger's lines have it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Judges one line after the other.
#[derive(Debug)]
struct Search {
    filter: Filter,
    sieve: Sieve,
    texts: KeptTexts,
}

impl Search {
    fn new(filter: Filter, texts: KeptTexts) -> Self {
        Self { sieve: Sieve::of(&filter), filter, texts }
    }

    /// The record of a line, if it is one that is looked for.
    fn judge(&mut self, raw: &[u8], segment: u64) -> Result<Option<Line>, LedgerError> {
        if !self.sieve.may_hold(raw) {
            return Ok(None);
        }
        Ok(self.filter.admit(parse(raw, segment)?, &mut self.texts))
    }
}

/// The records that are looked for, newest first.
#[derive(Debug)]
pub struct Newest {
    search: Search,
    lines: Backwards,
}

impl Newest {
    pub(super) fn new(lines: Backwards, texts: KeptTexts, filter: Filter) -> Self {
        Self { search: Search::new(filter, texts), lines }
    }

    fn next_line(&mut self) -> Result<Option<Line>, LedgerError> {
        while self.lines.step()? {
            let place = self.search.filter.after.and_then(|_| chain::place(self.lines.line()));
            if self.search.filter.after.is_some_and(|Sequence(after)| place.is_some_and(|place| place <= after)) {
                return Ok(None);
            }
            if let Some(line) = self.search.judge(self.lines.line(), self.lines.segment())? {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }
}

impl Iterator for Newest {
    type Item = Result<Line, LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_line().transpose()
    }
}

/// The records that are looked for, oldest first. It ends where the ledger ends when it gets there.
#[derive(Debug)]
pub struct Oldest {
    search: Search,
    lines: Follower,
}

impl Oldest {
    pub(super) fn new(lines: Follower, texts: KeptTexts, filter: Filter) -> Self {
        Self { search: Search::new(filter, texts), lines }
    }

    fn next_line(&mut self) -> Result<Option<Line>, LedgerError> {
        while let Some((raw, segment)) = self.lines.next_bytes()? {
            if let Some(line) = self.search.judge(raw, segment)? {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }
}

impl Iterator for Oldest {
    type Item = Result<Line, LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_line().transpose()
    }
}

/// What one record is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordName {
    /// A record by its id, which its answer or receipt carries.
    Id(RecordId),
    /// Any record, by its place.
    Place(Sequence),
}

impl fmt::Display for RecordName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Place(Sequence(place)) => write!(f, "#{place}"),
        }
    }
}

impl RecordName {
    /// Reads a record's id, or a place with or without `#` before it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let place = text.strip_prefix('#').unwrap_or(text).parse().ok();
        place.map(|place| Self::Place(Sequence(place))).or_else(|| RecordId::parse(text).map(Self::Id))
    }

    fn is(&self, line: &Line) -> bool {
        match self {
            Self::Place(place) => *place == line.seq,
            Self::Id(id) => line.record.id() == Some(id),
        }
    }

    /// The newest line that has this name.
    pub(super) fn find(&self, mut lines: Backwards, mut texts: KeptTexts) -> Result<Option<Line>, LedgerError> {
        let part = match self {
            Self::Id(id) => format!("\"id\":{}", quoted(id.as_str())),
            Self::Place(Sequence(place)) => format!("\"seq\":{place},"),
        };
        let part = Finder::new(part.as_bytes());
        while lines.step()? {
            if part.find(lines.line()).is_none() {
                continue;
            }
            let mut line = parse(lines.line(), lines.segment())?;
            if self.is(&line) {
                texts.join(line.ts, &mut line.record);
                return Ok(Some(line));
            }
        }
        Ok(None)
    }
}

/// The line with its texts as its last fields before `h`, for those who have the ledger's lines alone: `query`, and
/// `why_text` for what stands in the chain as `why`.
///
/// Without them it is the line as it stands in the file, byte for byte.
///
/// # Errors
/// Fails when the text can't be put into JSON.
pub fn with_text(line: &Line) -> Result<String, LedgerError> {
    let mut fields = String::new();
    for (field, text) in line.record.texts() {
        let name = if field.is_empty() { "query".to_owned() } else { format!("{field}_text") };
        let text = serde_json::to_string(text).map_err(|error| LedgerError::Encode(Arc::new(error)))?;
        fields.push_str(&format!(",\"{name}\":{text}"));
    }
    let at = line.raw.rfind(",\"h\":\"").unwrap_or(line.raw.len());
    let (before, seal) = line.raw.split_at_checked(at).unwrap_or((line.raw.as_str(), ""));
    Ok(format!("{before}{fields}{seal}"))
}
