//! An answer to a search that was printed to count its tokens, and leaves as it was printed.
//!
//! With whether it is recorded, which is known last, its id, its generations and its count are the only difference between
//! what was counted and what leaves, so that they are put in, in place of printing everything once more.

use std::fmt::{self, Write as _};

use memchr::memmem::Finder;
use serde_json::Value;

use super::{SearchAnswer, structured};
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
    /// The same in its structured form, as it goes out over MCP.
    Structured,
    /// A text of a face's own.
    Text(Text),
}

/// How a face writes an answer as text: first what is known as soon as the passages are, then what is known last.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// Everything but the answer's id and its count.
    pub body: fn(&SearchAnswer) -> String,
    /// Adds these.
    pub end: fn(&mut String, &SearchAnswer),
}

/// An answer as it was counted.
#[derive(Debug, Clone)]
pub struct Counted {
    pub(super) wire: SearchAnswer,
    json: Option<String>,
    structured: Option<Value>,
    /// The body of a text.
    body: Option<String>,
}

/// An answer to a search as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchJson {
    /// What leaves.
    pub body: String,
    /// Where the next page begins, for whoever says so beside the body.
    pub next_cursor: Option<String>,
}

/// An answer to a search as text, and in a structured form that says the same.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchText {
    /// Complete alone.
    pub text: String,
    /// Complete alone as well; none where it can't be made, which has been told.
    pub structured: Option<Value>,
    /// False where the ledger could not be written and the answer was given all the same. The text does not say it yet.
    pub recorded: bool,
}

impl Form {
    /// Prints an answer.
    #[must_use]
    pub fn print(self, answer: &SearchAnswer) -> String {
        match self {
            Self::Json => json(answer),
            Self::Structured => structured(answer).map(|value| value.to_string()).unwrap_or_default(),
            Self::Text(text) => text.print(answer),
        }
    }
}

impl Text {
    /// Writes an answer.
    #[must_use]
    pub fn print(self, answer: &SearchAnswer) -> String {
        let mut text = (self.body)(answer);
        (self.end)(&mut text, answer);
        text
    }
}

fn json(answer: &SearchAnswer) -> String {
    // Plain data with text keys can always be printed.
    serde_json::to_string(answer).unwrap_or_default()
}

impl Counted {
    /// Prints an answer in its forms, and says how many tokens the longest has by `count`.
    pub(in crate::library) fn of(wire: SearchAnswer, forms: &[Form], count: impl Fn(&str) -> usize) -> (Self, usize) {
        let (mut counted, mut most) = (Self { wire, json: None, structured: None, body: None }, 0);
        for form in forms {
            let tokens = match form {
                Form::Json => count(counted.json.insert(json(&counted.wire))),
                Form::Structured => {
                    counted.structured = structured(&counted.wire);
                    counted.structured.as_ref().map_or(0, |value| count(&value.to_string()))
                }
                Form::Text(text) => {
                    let mut printed = (text.body)(&counted.wire);
                    let body = printed.len();
                    (text.end)(&mut printed, &counted.wire);
                    let tokens = count(&printed);
                    printed.truncate(body);
                    counted.body = Some(printed);
                    tokens
                }
            };
            most = most.max(tokens);
        }
        (counted, most)
    }
}

impl SearchText {
    /// An answer as it goes out.
    pub(in crate::library) fn of<S: Scope>(mut answer: Answer<S>, text: Text) -> Self {
        let counted = answer.counted.as_mut();
        let (made, body) = counted.map_or((None, None), |counted| (counted.structured.take(), counted.body.take()));
        let wire = SearchAnswer::of(answer);
        let made = made.and_then(|made| with_what_is_known(made, &wire)).or_else(|| structured(&wire));
        // A generation that is told stands in the body.
        let body = body.filter(|_| wire.hits.iter().all(|hit| hit.citation.generation == 0));
        let mut printed = body.unwrap_or_else(|| (text.body)(&wire));
        (text.end)(&mut printed, &wire);
        Self { text: printed, structured: made, recorded: wire.recorded }
    }

    /// The same for an answer that was given without a record.
    pub(in crate::library) fn unrecorded(mut self) -> Self {
        self.recorded = false;
        if let Some(members) = self.structured.as_mut().and_then(Value::as_object_mut) {
            members.insert("recorded".to_owned(), false.into());
        }
        self
    }
}

/// Puts what is known by now into a form that was made without it; `None` for one that does not have its places.
fn with_what_is_known(mut made: Value, wire: &SearchAnswer) -> Option<Value> {
    *made.get_mut("retrieval_id")? = wire.retrieval_id.as_str().into();
    *made.get_mut("tokens")? = wire.tokens.into();
    let hits = made.get_mut("hits")?.as_array_mut()?;
    // One that is not printed stays so.
    for (made, hit) in hits.iter_mut().zip(&wire.hits).filter(|(_, hit)| hit.citation.generation != 0) {
        *made.get_mut("citation")?.get_mut("generation")? = hit.citation.generation.into();
    }
    Some(made)
}

impl SearchJson {
    /// An answer as it goes out.
    pub(in crate::library) fn of<S: Scope>(mut answer: Answer<S>) -> Self {
        if let Some(Counted { wire, json: Some(json), .. }) = &answer.counted
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
