//! Where a text is from, as clients see it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::loose::is_false;

/// How many digits of a digest are enough to tell a text from every other of a corpus: 64 bits.
const SHORT_DIGEST: usize = 16;

/// As many digits as git itself shows of a commit in a large repository.
const SHORT_COMMIT: usize = 12;

/// Where a text is from, in a form that can be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Citation {
    /// The document's id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub document: String,
    /// The file's path in its collection.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The heading's anchor; absent above the first heading.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub anchor: String,
    /// First and last line in the source file, from 1.
    pub lines: [u32; 2],
    /// SHA-256 of the text that was served; its first 16 digits where the answer is not full. The ledger has all 64.
    pub sha256: String,
    /// The newest git commit that wrote one of the lines, when they are committed and you may know it; its first 12 digits
    /// where the answer is not full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// That commit's date, RFC 3339, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// That commit's author, for whom may know the commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Whether no commit has the file as it is.
    #[serde(default, skip_serializing_if = "is_false")]
    pub uncommitted: bool,
    /// The generation of the index that served it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub generation: u64,
}

impl Citation {
    pub(super) fn of(citation: &crate::retrieval::Citation, path: &str) -> Self {
        Self {
            document: citation.document.as_str().to_owned(),
            path: path.to_owned(),
            anchor: citation.anchor.clone(),
            lines: [citation.lines.first, citation.lines.last],
            sha256: citation.sha256.to_string(),
            commit: citation.commit.as_ref().and_then(|commit| commit.id.clone()),
            date: citation.commit.as_ref().map(|commit| commit.date.clone()),
            // A person's name goes to those who are told the commit, and to nobody else.
            author: citation.commit.as_ref().filter(|commit| commit.id.is_some()).map(|commit| commit.author.clone()),
            uncommitted: citation.uncommitted,
            generation: citation.generation,
        }
    }

    /// Leaves out what the hit's uri says and what the ledger has: who wants to check a passage needs its lines and
    /// enough of its digest.
    pub(super) fn concise(self) -> Self {
        let first = |digits: &str, many: usize| digits.chars().take(many).collect::<String>();
        Self {
            document: String::new(),
            path: String::new(),
            sha256: first(&self.sha256, SHORT_DIGEST),
            commit: self.commit.as_deref().map(|commit| first(commit, SHORT_COMMIT)),
            date: None,
            author: None,
            generation: 0,
            ..self
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(generation: &u64) -> bool {
    *generation == 0
}
