//! The unit that is indexed and served: one section's body, or a part of a long one.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Digest;

/// A span of lines in the source file: from 1, both ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Lines {
    /// The first line.
    pub first: u32,
    /// The last line, in the span.
    pub last: u32,
}

/// A part of a document that is indexed and served as one passage.
///
/// All offsets are bytes in the document's *visible text* (`super::Visible`), whose lines are the source file's lines.
/// The chunks of a document cover its bodies once, in order; headings stand between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// The section it is from: an index into `Record::sections`.
    pub section: u32,
    /// What is served: the body, without its heading, trimmed of blank lines.
    pub span: Range<u32>,
    /// The source lines of `span`.
    pub lines: Lines,
    /// SHA-256 of the bytes of `span`.
    pub sha256: Digest,
}
