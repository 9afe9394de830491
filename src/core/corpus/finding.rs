//! What is wrong with a document, with the place to mend it.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing; nothing is lost.
    Note,
    /// Readers or agents get less than the author meant.
    Warning,
    /// The document, or a part of it, can't be used as it stands.
    Error,
    /// It holds what must not be public: in a public folder it is kept private.
    Secret,
}

/// One thing that is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// The rule's name, in kebab case: `front-matter-malformed`, `link-broken` …
    pub rule: Cow<'static, str>,
    /// The line in the file, from 1.
    pub line: u32,
    /// The column in the line, in characters, from 1.
    pub column: u32,
    /// What is wrong and what to do, the thing first.
    pub message: String,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Secret => "secret",
        })
    }
}
