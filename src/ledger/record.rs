//! What a record says: the wire types of the ledger, with their fields in the order in which they are written.
//!
//! A line is the envelope (`v`, `seq`, `ts`, `boot`, `kind`), the body of its kind, and `h`. Fields may be added to a
//! body; none is renamed or given another meaning, and readers pass over what they don't know.
//! The text of a query is no part of a body that is written: it stands beside the chain, where it can be erased.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::chain::Head;
use super::clock::{Clock, Randomness, Timestamp};
use super::{Erased, LedgerError, Promoted, Published, TokenChange, Views, Withdrawn};
use crate::access::{Principal, Role};
use crate::corpus::{Digest, DocumentId, Lines};

/// The place of a line in its ledger, from 1, without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(pub u64);

/// The name of a retrieval: `r_` and 26 letters and digits. An answer carries it before its record is written.
///
/// 48 bits of time and 80 of randomness in Crockford's base 32 (the ULID form), so that ids sort by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RetrievalId(String);

impl RetrievalId {
    /// Makes a new id.
    ///
    /// # Errors
    /// Fails when there is no randomness.
    pub fn new(clock: &dyn Clock, randomness: &dyn Randomness) -> Result<Self, LedgerError> {
        let mut bytes = [0; 16];
        randomness.fill(&mut bytes[6..])?;
        let unix_ms = u64::try_from(clock.now().unix_ms()).unwrap_or(0);
        bytes[..6].copy_from_slice(&unix_ms.to_be_bytes()[2..]);
        let number = u128::from_be_bytes(bytes);
        let mut text = String::from("r_");
        for place in (0..26).rev() {
            let digit = usize::from((number >> (5 * place)).to_le_bytes()[0] & 31);
            text.push(char::from(b"0123456789abcdefghjkmnpqrstvwxyz"[digit]));
        }
        Ok(Self(text))
    }

    /// Parses an id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("r_")?;
        let fits = (8..=64).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RetrievalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Through which door a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Face {
    /// The HTTP API.
    Http,
    /// MCP over streamable HTTP.
    Mcp,
    /// The command line.
    Cli,
    /// MCP over standard input and output.
    Stdio,
    /// The search page of the site: people's questions.
    Site,
}

impl Face {
    /// The word the ledger has for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Mcp => "mcp",
            Self::Cli => "cli",
            Self::Stdio => "stdio",
            Self::Site => "site",
        }
    }
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Passages for a question.
    Search,
    /// A document, or a part of one.
    Read,
    /// What there is to read.
    Browse,
    /// A list of documents.
    List,
    /// An MCP resource.
    Resource,
    /// An MCP prompt.
    Prompt,
    /// A page view of the API.
    Page,
}

impl Verb {
    /// The word the ledger has for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Read => "read",
            Self::Browse => "browse",
            Self::List => "list",
            Self::Resource => "resource",
            Self::Prompt => "prompt",
            Self::Page => "page",
        }
    }
}

/// The program that asked, as it names itself. Bounded by its door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its name.
    pub name: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A passage's rank in each leg that found it, from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Legs {
    /// By words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lexical: Option<u32>,
    /// By nearness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<u32>,
}

impl Legs {
    fn none(&self) -> bool {
        *self == Self::default()
    }
}

/// A passage that was served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The document.
    pub doc: DocumentId,
    /// The anchor of its heading; empty for what stands before the first heading, and for a whole document.
    pub anchor: String,
    /// The lines of the source file, `[first, last]`.
    #[serde(with = "line_pair")]
    pub lines: Lines,
    /// The digest of the bytes that were served.
    #[serde(with = "hex_digest")]
    pub sha256: Digest,
    /// Its place in the answer, from 1.
    pub rank: u32,
    /// Its score, for what was ranked. A score that is not a number is written as null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// Its rank in each leg.
    #[serde(default, skip_serializing_if = "Legs::none")]
    pub legs: Legs,
}

/// One retrieval: who asked what of which generation, and what they got.
///
/// Made by [`Retrieval::new`], then filled field by field, so that a new field breaks nobody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Retrieval {
    /// The name the answer carries.
    pub id: RetrievalId,
    /// The principal's id: a token's id, `local` or `anonymous`, never a name.
    pub who: String,
    /// What the principal is.
    #[serde(with = "role_word")]
    pub role: Role,
    /// The door.
    pub face: Face,
    /// What was asked for.
    pub verb: Verb,
    /// The program that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Client>,
    /// The version of the protocol it spoke, where there are several: of MCP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// W3C trace context: `traceparent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// W3C trace context: `tracestate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_state: Option<String>,
    /// The process on whose behalf the agent asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// The shelves that were searched: `public` and the names of private collections.
    pub scope: Vec<String>,
    /// The query's keyed digest; the writer makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    q_mac: Option<String>,
    /// The query's length in bytes; the writer makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    q_len: Option<u64>,
    /// The query's text: kept beside the chain, and given back by the reader as long as it has not been erased.
    #[serde(skip)]
    pub query: Option<String>,
    /// The other parameters as they were understood: what a replay needs. Nothing of the query's text.
    pub params: serde_json::Map<String, serde_json::Value>,
    /// The generation of each shelf.
    pub generation: BTreeMap<String, u64>,
    /// The corpus' git commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The embedder's model id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedder: Option<String>,
    /// The passages that were served, best first.
    pub hits: Vec<Hit>,
    /// How many passages were served.
    pub served: u32,
    /// How many tokens they have together.
    pub tokens: u64,
    /// Whether something was left out for want of room.
    pub truncated: bool,
    /// How long it took, in milliseconds.
    pub ms: f64,
}

impl Retrieval {
    /// Begins a record: no passages, no query, no time.
    #[must_use]
    pub fn new(id: RetrievalId, principal: &Principal, face: Face, verb: Verb) -> Self {
        Self {
            id,
            who: principal.id().to_owned(),
            role: principal.role(),
            face,
            verb,
            client: None,
            protocol: None,
            trace: None,
            trace_state: None,
            process: None,
            scope: Vec::new(),
            q_mac: None,
            q_len: None,
            query: None,
            params: serde_json::Map::new(),
            generation: BTreeMap::new(),
            commit: None,
            embedder: None,
            hits: Vec::new(),
            served: 0,
            tokens: 0,
            truncated: false,
            ms: 0.0,
        }
    }

    /// HMAC-SHA-256 of the query under its salt, in hexadecimal digits; only a record that was read has it.
    #[must_use]
    pub fn q_mac(&self) -> Option<&str> {
        self.q_mac.as_deref()
    }

    /// The query's length in bytes; only a record that was read has it.
    #[must_use]
    pub fn q_len(&self) -> Option<u64> {
        self.q_len
    }

    pub(super) fn mark_query(&mut self, mac: String, len_bytes: usize) {
        self.q_mac = Some(mac);
        self.q_len = Some(len_bytes as u64);
    }
}

/// The first line of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The ledger's own id, from its first segment on: a checkpoint of another ledger does not fit.
    pub log: String,
    /// The segment's number, which is also its file's name.
    pub segment: u64,
    /// The `h` of the last line before it; 64 zeros in the first segment.
    #[serde(with = "head_text")]
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
    /// `segment`
    Segment(Header),
    /// `recovered`
    Recovered(Recovered),
    /// `published`
    Published(Published),
    /// `withdrawn`
    Withdrawn(Withdrawn),
    /// `promoted`
    Promoted(Box<Promoted>),
    /// `erased`
    Erased(Erased),
    /// `token`
    Token(TokenChange),
    /// `views`
    Views(Views),
    /// A kind this version does not know, with all its fields.
    Unknown(serde_json::Map<String, serde_json::Value>),
}

impl Record {
    /// The word for the kind; that of an unknown one is in its line.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Retrieval(_) => "retrieval",
            Self::Segment(_) => "segment",
            Self::Recovered(_) => "recovered",
            Self::Published(_) => "published",
            Self::Withdrawn(_) => "withdrawn",
            Self::Promoted(_) => "promoted",
            Self::Erased(_) => "erased",
            Self::Token(_) => "token",
            Self::Views(_) => "views",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The body as JSON, an object.
    pub(super) fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        match self {
            Self::Retrieval(retrieval) => serde_json::to_vec(retrieval),
            Self::Segment(header) => serde_json::to_vec(header),
            Self::Recovered(recovered) => serde_json::to_vec(recovered),
            Self::Published(published) => serde_json::to_vec(published),
            Self::Withdrawn(withdrawn) => serde_json::to_vec(withdrawn),
            Self::Promoted(promoted) => serde_json::to_vec(promoted),
            Self::Erased(erased) => serde_json::to_vec(erased),
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
    #[serde(with = "head_text")]
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
            "segment" => Record::Segment(serde_json::from_str(raw)?),
            "recovered" => Record::Recovered(serde_json::from_str(raw)?),
            "published" => Record::Published(serde_json::from_str(raw)?),
            "withdrawn" => Record::Withdrawn(serde_json::from_str(raw)?),
            "promoted" => Record::Promoted(serde_json::from_str(raw)?),
            "erased" => Record::Erased(serde_json::from_str(raw)?),
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

mod role_word {
    use super::{Deserialize, Deserializer, Role, Serializer};

    pub(super) fn serialize<S: Serializer>(role: &Role, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(role.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Role, D::Error> {
        let word = String::deserialize(from)?;
        [Role::Anonymous, Role::Agent, Role::Owner]
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| serde::de::Error::custom(format_args!("{word:?} is not a role")))
    }
}

mod line_pair {
    use super::{Deserialize, Deserializer, Lines, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(lines: &Lines, to: S) -> Result<S::Ok, S::Error> {
        [lines.first, lines.last].serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Lines, D::Error> {
        let [first, last] = Deserialize::deserialize(from)?;
        Ok(Lines { first, last })
    }
}

pub(super) mod hex_digest {
    use super::{Deserialize, Deserializer, Digest, Serializer};
    use serde::de::Error as _;
    use serde::de::value::SeqDeserializer;

    pub(in crate::ledger) fn serialize<S: Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(digest)
    }

    pub(in crate::ledger) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(from)?;
        let bytes: Option<Vec<u8>> = text
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        let bytes = bytes.filter(|bytes| bytes.len() == 32).ok_or_else(|| D::Error::custom("not a SHA-256 digest"))?;
        Digest::deserialize(SeqDeserializer::new(bytes.into_iter()))
    }
}

mod head_text {
    use super::{Deserialize, Deserializer, Head, Serializer};

    pub(super) fn serialize<S: Serializer>(head: &Head, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(head.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Head, D::Error> {
        let text = String::deserialize(from)?;
        Head::parse(text.as_bytes()).ok_or_else(|| serde::de::Error::custom("not 64 hexadecimal digits"))
    }
}
