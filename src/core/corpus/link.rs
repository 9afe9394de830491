//! Links as they are written; where they lead is found against the documents a reader may see.

use serde::{Deserialize, Serialize};

/// How a link is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkKind {
    /// `[text](target)`, a reference link, or an autolink.
    Inline,
    /// `![alt](target)`.
    Image,
    /// `[[Name#Heading|text]]`.
    Wiki,
    /// `![[Name]]`.
    Embed,
}

/// A link, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// How it is written.
    pub kind: LinkKind,
    /// The target as written, `%20` and all, without its fragment.
    pub target: String,
    /// What stands after `#`, if anything.
    pub fragment: Option<String>,
    /// The text readers see.
    pub text: String,
    /// The line in the source, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}
