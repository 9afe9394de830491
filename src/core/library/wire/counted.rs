//! An answer to a search that was printed to count its tokens, and leaves as it was printed.
//!
//! With whether it is recorded, which is known last, its id, its generations and its count are the only difference between
//! what was counted and what leaves, so that they are put in, in place of printing everything once more.

use std::fmt::{self, Write as _};

use memchr::memmem::Finder;

use super::SearchAnswer;
use crate::access::Scope;
use crate::library::Answer;

/// Stands for the answer's own id while tokens are counted, so that equal questions get equal answers. It costs as much
/// as any of a million ids does.
pub(in crate::library) const ANY_ID: &str = "r_01xq9zj7vk3wq5xz8jv2kq4xwz";

/// Stands for a generation's number while tokens are counted: what is served must not depend on how often was indexed.
pub(in crate::library) const ANY_GENERATION: u64 = 999_999;

/// A form in which a face prints an answer.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// JSON, as it goes out over HTTP.
    Json,
    /// A form of a face's own.
    Own(fn(&SearchAnswer) -> String),
}

/// An answer as it was counted.
#[derive(Debug, Clone)]
pub struct Counted {
    pub(super) wire: SearchAnswer,
    json: Option<String>,
}

/// An answer to a search as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchJson {
    /// What leaves.
    pub body: String,
    /// Where the next page begins, for whoever says so beside the body.
    pub next_cursor: Option<String>,
}

impl Form {
    /// Prints an answer.
    #[must_use]
    pub fn print(self, answer: &SearchAnswer) -> String {
        match self {
            // Plain data with text keys can always be printed.
            Self::Json => serde_json::to_string(answer).unwrap_or_default(),
            Self::Own(print) => print(answer),
        }
    }
}

impl Counted {
    /// Prints an answer in its forms, and says how many tokens the longest has by `count`.
    pub(in crate::library) fn of(wire: SearchAnswer, forms: &[Form], count: impl Fn(&str) -> usize) -> (Self, usize) {
        let (mut json, mut most) = (None, 0);
        for form in forms {
            let printed = form.print(&wire);
            most = most.max(count(&printed));
            if matches!(form, Form::Json) {
                json = Some(printed);
            }
        }
        (Self { wire, json }, most)
    }
}

impl SearchJson {
    /// An answer as it goes out.
    pub(in crate::library) fn of<S: Scope>(mut answer: Answer<S>) -> Self {
        if let Some(Counted { wire, json: Some(json) }) = &answer.counted
            && let Some(body) = filled_in(json, wire, &answer)
        {
            let next_cursor = answer.counted.take().and_then(|counted| counted.wire.next_cursor);
            return Self { body, next_cursor };
        }
        let wire = SearchAnswer::of(answer);
        Self { body: Form::Json.print(&wire), next_cursor: wire.next_cursor }
    }

    /// The same for an answer that was given without a record.
    pub(in crate::library) fn unrecorded(mut self) -> Self {
        let name = "\"retrieval_id\":\"";
        let id = self.body.rfind(name).map(|at| at + name.len());
        if let Some(end) = id.and_then(|at| Some(at + self.body.get(at..)?.find('"')? + 1)) {
            self.body.insert_str(end, ",\"recorded\":false");
        }
        self
    }
}

/// Puts what is known by now into an answer that was printed without it; `None` for one that does not have its places.
///
/// A quote inside a text has a backslash before it, so that what is found with its quotes is a name and no text.
fn filled_in<S: Scope>(json: &str, wire: &SearchAnswer, answer: &Answer<S>) -> Option<String> {
    let generation = format!("\"generation\":{ANY_GENERATION}");
    let id = format!("\"retrieval_id\":\"{ANY_ID}\"");
    let mut body = String::with_capacity(json.len() + 32);
    let mut rest = json;
    // One that is not printed stays so.
    let hits = wire.hits.iter().zip(&answer.passages).filter(|(hit, _)| hit.citation.generation != 0);
    let find = Finder::new(&generation);
    for (_, passage) in hits {
        rest = put(&mut body, rest, &find, format_args!("\"generation\":{}", passage.citation.generation))?;
    }
    let known = format_args!("\"retrieval_id\":\"{}\"", answer.retrieval);
    rest = put(&mut body, rest, &Finder::new(&id), known)?;
    let (before, behind) = rest.rsplit_once("\"tokens\":")?;
    body.push_str(before);
    write!(body, "\"tokens\":{}", answer.tokens).ok()?;
    body.push_str(behind.trim_start_matches(|c: char| c.is_ascii_digit()));
    Some(body)
}

/// Copies a text up to what is looked for, puts something else there, and gives what is behind it.
fn put<'t>(body: &mut String, text: &'t str, find: &Finder<'_>, known: fmt::Arguments<'_>) -> Option<&'t str> {
    let at = find.find(text.as_bytes())?;
    body.push_str(text.get(..at)?);
    body.write_fmt(known).ok()?;
    text.get(at + find.needle().len()..)
}
