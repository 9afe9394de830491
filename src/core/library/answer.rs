//! What a reader's verbs give back: typed by scope, ready to be printed by a face.

use crate::access::{CollectionName, Scope};
use crate::corpus::{Document, DocumentId, Status};
use crate::engine::WordQuery;
use crate::ledger::RetrievalId;
use crate::retrieval::{Citation, Cursor, Detail, Expansion, Passage};

use super::Briefing;
use super::wire::Counted;

/// The answer to a search.
#[derive(Debug, Clone)]
pub struct Answer<S: Scope> {
    /// Passages, best first.
    pub passages: Vec<Passage<S>>,
    /// Names this retrieval in the ledger.
    pub retrieval: RetrievalId,
    /// Whether the ledger has its record.
    pub recorded: bool,
    /// Whether more was found than is here.
    pub truncated: bool,
    /// Where the next page begins.
    pub next: Option<Cursor>,
    /// What to do next, when nothing was found.
    pub hint: Option<String>,
    /// What one has to know of how the answer was made.
    pub note: Option<String>,
    /// Tokens of the answer as it is printed, in the longest of its forms.
    pub tokens: usize,
    /// The words that were looked for, for highlighting.
    pub words: WordQuery,
    /// How much is printed beside the passages.
    pub detail: Detail,
    /// Whether it is told why each passage is where it is.
    pub explain: bool,
    /// What was looked for beside the words.
    pub expansions: Vec<Expansion>,
    /// Whether the vector leg could not be asked.
    pub without_vectors: bool,
    /// The lexical leg's share of the fused score.
    pub lexical_weight: f32,
    /// As it was printed when its tokens were counted.
    pub counted: Option<Counted>,
}

/// A document, or a part of it.
#[derive(Debug, Clone)]
pub struct Reading<S: Scope> {
    /// The document.
    pub document: Document<S>,
    /// Where the document stands in its life; superseded also when only its successor says so.
    pub status: Status,
    /// What stands in the document's place now, of what the reader may see.
    pub superseded_by: Vec<DocumentId>,
    /// The text that is served.
    pub text: String,
    /// Where it is from.
    pub citation: Citation,
    /// For a pack that was read whole: what it came to. `text` is its text.
    pub briefing: Option<Briefing>,
    /// How many of its headings are told, from the first on.
    pub headings: usize,
    /// Documents it links to that the caller may see: id and title.
    pub links: Vec<(DocumentId, String)>,
    /// Documents that link to it, of those the caller may see: id and title.
    pub backlinks: Vec<(DocumentId, String)>,
    /// How many headings, links and backlinks there are beside those that are told.
    pub untold: usize,
    /// How much is printed beside the text.
    pub detail: Detail,
    /// Names this retrieval in the ledger.
    pub retrieval: RetrievalId,
    /// Whether the ledger has its record.
    pub recorded: bool,
    /// Where to read on.
    pub next: Option<Cursor>,
    /// Tokens of `text`.
    pub tokens: usize,
}

/// A part of the catalogue.
#[derive(Debug, Clone)]
pub struct Listing<S: Scope> {
    /// Collections with the number of documents the caller may see, by name.
    pub collections: Vec<(CollectionName, usize)>,
    /// Documents, by id.
    pub documents: Vec<Document<S>>,
    /// Where each of them stands in its life, in the same order.
    pub statuses: Vec<Status>,
    /// Names this retrieval in the ledger.
    pub retrieval: RetrievalId,
    /// Whether the ledger has its record.
    pub recorded: bool,
    /// Where the next page begins.
    pub next: Option<Cursor>,
    /// What to do next, when nothing was found.
    pub hint: Option<String>,
}

impl<S: Scope> Reading<S> {
    /// Whether there is more than is here.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.next.is_some() || self.briefing.as_ref().is_some_and(|briefing| briefing.left_out > 0)
    }
}
