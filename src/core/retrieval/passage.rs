//! The unit that is served: text with the proof of where it is from.

use crate::access::Scope;
use crate::corpus::{Digest, Document, DocumentId, Lines, Status};

use super::{Cut, Legs, Note, Snippet};

/// The newest commit that wrote one of the served lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// 40 hexadecimal digits; `None` for a reader who may not know more of the history than this file's own date.
    pub id: Option<String>,
    /// RFC 3339, UTC.
    pub date: String,
    /// As git has it.
    pub author: String,
}

/// Where a passage is from, in a form that can be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// The document.
    pub document: DocumentId,
    /// The heading's anchor; empty for text before the first heading.
    pub anchor: String,
    /// Lines of the source file, from 1, both ends in.
    pub lines: Lines,
    /// SHA-256 of the passage.
    pub sha256: Digest,
    /// The newest commit that wrote one of the lines, when the file's bytes are committed. Until the history of lines is
    /// known it is the document's last commit.
    pub commit: Option<Commit>,
    /// When the document's last commit was, RFC 3339, UTC: whichever lines it touched.
    pub updated: Option<String>,
    /// Whether the file's bytes are known to be in no commit.
    pub uncommitted: bool,
    /// The generation of the shelf.
    pub generation: u64,
}

/// A passage of a document of scope `S`.
#[derive(Debug, Clone)]
pub struct Passage<S: Scope> {
    /// The document.
    pub document: Document<S>,
    /// Titles of the headings over it, from the top.
    pub headings: Vec<String>,
    /// What is served: Markdown.
    pub text: String,
    /// A part of it in one line.
    pub snippet: Snippet,
    /// Where it is from.
    pub citation: Citation,
    /// 0 to 1, higher is better; comparable within one answer only.
    pub score: f32,
    /// The score before the rules.
    pub fused: f32,
    /// What other sections of the document added to it.
    pub evidence: f32,
    /// What each leg said.
    pub legs: Legs,
    /// Where the document stands in its life; superseded also when only its successor says so.
    pub status: Status,
    /// What stands in the document's place now, of what the reader may see.
    pub superseded_by: Vec<DocumentId>,
    /// Where nearly the same is said: document and anchor.
    pub also_in: Vec<(DocumentId, String)>,
    /// The words of the passage that match the question; only where the answer explains itself.
    pub words: Vec<String>,
    /// What the rules did.
    pub notes: Vec<Note>,
    /// Where `text` was cut to fit the budget; `lines` and `sha256` are those of what is left.
    pub cut: Option<Cut>,
}
