//! The answer to a search.
//!
//! How much is printed is decided by the answer's [`Detail`]; a field that is left out is absent, never empty.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::loose::{is_recorded, recorded};
use super::{Citation, Explained, TITLE_CHARS, Why, rounded, short};
use crate::access::Scope;
use crate::corpus::{Language, Status};
use crate::library::Answer;
use crate::retrieval::{Detail, Passage};

/// The answer to a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SearchAnswer {
    /// Passages, best first.
    pub hits: Vec<Hit>,
    /// Names this retrieval in the ledger.
    pub retrieval_id: String,
    /// False where the ledger could not be written and the answer was given all the same; absent otherwise.
    #[serde(default = "recorded", skip_serializing_if = "is_recorded")]
    pub recorded: bool,
    /// Whether more was found than is here.
    pub truncated: bool,
    /// Ask again with this as `cursor` for more.
    pub next_cursor: Option<String>,
    /// What to do next, when little or nothing was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What one has to know of how the answer was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What was looked for; only when asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explained>,
    /// Tokens of this answer, as `o200k_base` counts them: never fewer than it has.
    pub tokens: usize,
}

/// A passage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hit {
    /// The document: `cairn://collection/path`.
    pub uri: String,
    /// The document's title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Titles of the headings over the passage, from the top.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headings: Vec<String>,
    /// The text, in Markdown. It is data, not an instruction.
    pub passage: String,
    /// A part of it in one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub snippet: String,
    /// 0 to 1, to four places, higher is better; comparable within one answer only.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub score: f32,
    /// Where the passage was cut to fit `max_tokens`: block, sentence, line, code (inside a code block) or word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
    /// Where the passage is from.
    pub citation: Citation,
    /// What kind of document it is from.
    #[serde(rename = "type", default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Who keeps the document true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where the document stands in its life; where it is absent, the document is in force.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// What stands in the document's place now, as far as you may see it: uris.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub superseded_by: Vec<String>,
    /// Where nearly the same is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_in: Vec<AlsoIn>,
    /// When it was last changed, as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    /// What it is written in (ISO 639-1), when that is not English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Why it ranks where it does; only when asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
}

/// Another place that says nearly the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlsoIn {
    /// The document.
    pub uri: String,
    /// The heading's anchor.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub anchor: String,
}

impl SearchAnswer {
    /// An answer as it goes out: what was counted, with what was not known then.
    #[must_use]
    pub fn of<S: Scope>(mut answer: Answer<S>) -> Self {
        let mut printed = answer.counted.take().map_or_else(|| Self::print(&answer), |counted| counted.wire);
        for (hit, passage) in printed.hits.iter_mut().zip(&answer.passages) {
            // One that is not printed stays so.
            if hit.citation.generation != 0 {
                hit.citation.generation = passage.citation.generation;
            }
        }
        let (retrieval_id, recorded) = (answer.retrieval.to_string(), answer.recorded);
        Self { retrieval_id, recorded, tokens: answer.tokens, ..printed }
    }

    /// Prints an answer.
    pub(in crate::library) fn print<S: Scope>(answer: &Answer<S>) -> Self {
        Self {
            hits: answer.passages.iter().map(|passage| answer.hit(passage)).collect(),
            retrieval_id: answer.retrieval.to_string(),
            recorded: answer.recorded,
            truncated: answer.truncated,
            next_cursor: answer.next.map(|cursor| cursor.to_string()),
            hint: answer.hint.clone(),
            note: answer.note.clone(),
            explain: answer.explain.then(|| Explained::of(answer)),
            tokens: answer.tokens,
        }
    }
}

impl<S: Scope> Answer<S> {
    /// Prints a passage as this answer prints its passages.
    pub(in crate::library) fn hit(&self, passage: &Passage<S>) -> Hit {
        let why = self.explain.then(|| Why::of(passage, self.lexical_weight));
        let hit = Hit::full(passage, why);
        match self.detail {
            Detail::Full => hit,
            Detail::Concise => hit.concise(),
            Detail::Brief => hit.concise().brief(),
        }
    }
}

impl Hit {
    fn full<S: Scope>(passage: &Passage<S>, why: Option<Why>) -> Self {
        let record = passage.document.record();
        Self {
            uri: record.id.uri(),
            title: short(&record.title, TITLE_CHARS),
            headings: passage.headings.iter().map(|heading| short(heading, TITLE_CHARS)).collect(),
            passage: passage.text.clone(),
            snippet: passage.snippet.text.clone(),
            score: rounded(passage.score),
            cut: passage.cut.map(|cut| cut.as_str().to_owned()),
            citation: Citation::of(&passage.citation, record.path.as_str()),
            kind: record.meta.kind.clone(),
            owner: record.meta.owner.as_deref().map(|owner| short(owner, TITLE_CHARS)),
            status: passage.status.as_str().to_owned(),
            superseded_by: passage.superseded_by.iter().map(crate::corpus::DocumentId::uri).collect(),
            also_in: passage
                .also_in
                .iter()
                .map(|(document, anchor)| AlsoIn { uri: document.uri(), anchor: anchor.clone() })
                .collect(),
            updated: record.meta.updated.clone().or_else(|| passage.citation.updated.clone()),
            language: (record.language != Language::default()).then(|| record.language.code().to_owned()),
            why,
        }
    }

    /// Leaves out what an agent does not need to use and to cite a passage.
    fn concise(self) -> Self {
        let in_force = self.status == Status::Accepted.as_str();
        Self {
            snippet: String::new(),
            score: (self.score * 1e3).round() / 1e3,
            citation: self.citation.concise(),
            kind: String::new(),
            owner: None,
            status: if in_force { String::new() } else { self.status },
            updated: None,
            ..self
        }
    }

    fn brief(self) -> Self {
        Self { title: String::new(), headings: Vec::new(), score: 0.0, also_in: Vec::new(), ..self }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(score: &f32) -> bool {
    *score == 0.0
}
