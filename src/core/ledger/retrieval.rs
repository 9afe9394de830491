//! `retrieval`: who asked what of which generation, and what they got.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::effect::Effect;
use super::form;
use super::free_text::Slot;
use super::fusion::Fusion;
use super::id::{Id, Named};
use crate::access::{Principal, Role};
use crate::corpus::{Digest, DocumentId, Lines};

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
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Legs {
    /// By words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lexical: Option<u32>,
    /// By nearness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<u32>,
    /// What the leg by words and the leg by meaning said of it, put between 0 and 1; 0 from one that did not find it.
    #[serde(default, skip_serializing_if = "are_none")]
    pub shares: [f32; 2],
}

fn are_none(shares: &[f32; 2]) -> bool {
    shares.iter().all(|share| *share == 0.0)
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
    #[serde(with = "form::line_pair")]
    pub lines: Lines,
    /// The digest of the bytes that were served.
    #[serde(with = "form::hex_digest")]
    pub sha256: Digest,
    /// Its place in the answer, from 1.
    pub rank: u32,
    /// Its score, for what was ranked. A score that is not a number is written as null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// Its rank in each leg.
    #[serde(default, skip_serializing_if = "Legs::none")]
    pub legs: Legs,
    /// What other sections of its document added to the weighted sum of its shares.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub evidence: f32,
    /// What the rules did to it, in the order in which they did it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Effect>,
    /// Whether its document was in no commit as it was served.
    #[serde(default, skip_serializing_if = "is_false")]
    pub uncommitted: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_nothing(value: &f32) -> bool {
    *value == 0.0
}

impl Named for Retrieval {
    const LETTER: char = 'r';
}

/// The name of a retrieval: `r_…`.
pub type RetrievalId = Id<Retrieval>;

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
    #[serde(with = "form::role_word")]
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
    /// The version of the program and of its ranking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranking: Option<String>,
    /// How the legs were joined, of what was ranked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fusion: Option<Fusion>,
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
            ranking: None,
            fusion: None,
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

    pub(super) fn each_text(&mut self, look: &mut dyn FnMut(&mut Slot<'_>)) {
        let (record, mac, len, text) = (self.id.record(), &mut self.q_mac, &mut self.q_len, &mut self.query);
        look(&mut Slot { record, field: "", mac, len, text });
    }
}
