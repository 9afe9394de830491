//! The sections of a document: a heading with the text under it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A heading with its text, up to the next heading of any level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// 1 to 6; 0 for the text before the first heading.
    pub level: u8,
    /// The heading as plain text; empty at level 0.
    pub title: String,
    /// GitHub's anchor (`github-slugger`: lower case, `-` for blanks, `-1` for the second of a name); empty at level 0.
    pub anchor: String,
    /// The section this one stands under: the nearest heading above with a lower level.
    pub parent: Option<u32>,
    /// The heading's line in the source, from 1.
    pub line: u32,
    /// Bytes of the visible text: heading and body.
    pub span: Range<u32>,
    /// Where the body begins: after the heading.
    pub body: u32,
}
