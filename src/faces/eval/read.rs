//! Judged questions as they are written: lines of JSON, YAML, and both in the code blocks of a document.
//!
//! All three are one form, of the same fields; an unknown field is refused, so that a slip of the pen is not a question
//! without judgements. Every question knows its line.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::set::{Asker, Forbidden, Place, Question, Set};
use super::{EvalError, Judgements};
use crate::corpus::DocumentId;

/// The longest file of judged questions that is read, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// A question as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    id: Option<String>,
    query: String,
    #[serde(default)]
    relevant: Relevant,
    #[serde(default)]
    must_not: Many<WrittenForbidden>,
    #[serde(default)]
    tags: Many<String>,
    /// Who asks.
    #[serde(default, rename = "as")]
    asker: Option<WrittenAsker>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WrittenAsker {
    Stranger,
    Owner,
}

/// One name, several, or names with grades.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Relevant {
    One(String),
    Several(Vec<Graded>),
    Grades(BTreeMap<String, u32>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Graded {
    Name(String),
    Full(FullGraded),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FullGraded {
    id: String,
    #[serde(default = "one")]
    grade: u32,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum WrittenForbidden {
    Name(String),
    Full(FullForbidden),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FullForbidden {
    id: String,
    #[serde(default)]
    private: bool,
}

/// One, or a list.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Many<T> {
    One(T),
    Several(Vec<T>),
}

fn one() -> u32 {
    1
}

impl Default for Relevant {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl<T> Many<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::Several(several) => several,
        }
    }
}

impl Relevant {
    fn into_judgements(self) -> Judgements {
        let graded = |graded| match graded {
            Graded::Name(name) => (canonical(&name), 1),
            Graded::Full(FullGraded { id, grade }) => (canonical(&id), grade),
        };
        match self {
            Self::One(name) => Judgements::from([(canonical(&name), 1)]),
            Self::Several(several) => several.into_iter().map(graded).collect(),
            Self::Grades(grades) => grades.into_iter().map(|(name, grade)| (canonical(&name), grade)).collect(),
        }
    }
}

/// A document's name as judgements have it: its id, whether that was written, its URI or the path of its file.
fn canonical(name: &str) -> String {
    let name = name.trim();
    let name = name.strip_prefix("cairn://").unwrap_or(name);
    let (document, anchor) = name.split_once('#').unwrap_or((name, ""));
    let document = DocumentId::path_of(document);
    if anchor.is_empty() { document.to_owned() } else { format!("{document}#{anchor}") }
}

impl Written {
    fn into_question(self, number: usize, place: Place) -> Question {
        let forbidden = |written| match written {
            WrittenForbidden::Name(name) => Forbidden { name: canonical(&name), private: false },
            WrittenForbidden::Full(FullForbidden { id, private }) => Forbidden { name: canonical(&id), private },
        };
        Question {
            id: self.id.unwrap_or_else(|| number.to_string()),
            text: self.query,
            relevant: self.relevant.into_judgements(),
            must_not: self.must_not.into_vec().into_iter().map(forbidden).collect(),
            tags: self.tags.into_vec(),
            asker: self.asker.map(|asker| match asker {
                WrittenAsker::Stranger => Asker::Stranger,
                WrittenAsker::Owner => Asker::Owner,
            }),
            exclude: Vec::new(),
            place,
        }
    }
}

/// A text in one of the forms, on its way to questions.
struct Reading<'a> {
    file: &'a str,
    questions: Vec<Question>,
}

impl Reading<'_> {
    fn malformed(&self, line: u32, what: impl std::fmt::Display) -> EvalError {
        EvalError::Malformed { file: self.file.to_owned(), line, what: what.to_string() }
    }

    fn add(&mut self, written: Written, line: u32) {
        let (number, place) = (self.questions.len() + 1, Place { file: self.file.to_owned(), line });
        self.questions.push(written.into_question(number, place));
    }

    /// One JSON object a line; `first` is the line on which the text begins.
    fn jsonl(&mut self, text: &str, first: u32) -> Result<(), EvalError> {
        for (line, number) in text.lines().zip(first..) {
            if line.trim().is_empty() {
                continue;
            }
            let written = serde_json::from_str(line).map_err(|error| {
                // The position within the line is the column; the line it names is always 1.
                let what = error.to_string();
                let what = what.split(" at line 1 ").next().unwrap_or_default();
                self.malformed(number, format_args!("{what}, at column {}; {FORM}", error.column()))
            })?;
            self.add(written, number);
        }
        Ok(())
    }

    /// A YAML list of questions.
    fn yaml(&mut self, text: &str, first: u32) -> Result<(), EvalError> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let list: Vec<Spanned<Written>> = serde_saphyr::from_str(text).map_err(|error| {
            let line = error.location().map_or(0, |at| u32::try_from(at.line()).unwrap_or(u32::MAX));
            let what = error.without_snippet().to_string();
            let what = what.lines().next().unwrap_or_default().to_owned();
            self.malformed(first + line.saturating_sub(1), format_args!("{what}; {FORM}"))
        })?;
        for written in list {
            let line = u32::try_from(written.defined.line()).unwrap_or(u32::MAX);
            self.add(written.value, first + line.saturating_sub(1));
        }
        Ok(())
    }

    /// The code blocks of a document that are in one of the two languages.
    fn blocks(&mut self, text: &str) -> Result<(), EvalError> {
        let mut lines = text.lines().zip(1_u32..);
        while let Some((line, number)) = lines.next() {
            let Some((mark, language)) = opening(line) else { continue };
            let mut inside = String::new();
            for (line, _) in lines.by_ref() {
                if closes(line, mark) {
                    break;
                }
                inside.push_str(line);
                inside.push('\n');
            }
            match language.to_ascii_lowercase().as_str() {
                "json" | "jsonl" | "ndjson" => self.jsonl(&inside, number + 1)?,
                "yaml" | "yml" => self.yaml(&inside, number + 1)?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// What a question that can't be read should look like.
const FORM: &str = "a question has query, relevant, must_not, tags, as and id (docs/evaluation.md)";

/// The fence and the language of a line that opens a code block.
fn opening(line: &str) -> Option<(&str, &str)> {
    let inside = line.trim_start_matches(' ');
    if line.len() - inside.len() > 3 {
        return None;
    }
    let sign = inside.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let (mark, language) = inside.split_at_checked(inside.len() - inside.trim_start_matches(sign).len())?;
    let language = language.split_whitespace().next().unwrap_or_default();
    (mark.len() >= 3 && !language.contains('`')).then_some((mark, language))
}

/// Whether a line closes the block that `mark` opened.
fn closes(line: &str, mark: &str) -> bool {
    let line = line.trim();
    line.starts_with(mark) && line.chars().all(|sign| mark.starts_with(sign))
}

/// Reads the questions in the code blocks of a document: fences that say `jsonl`, `json` or `yaml`.
///
/// # Errors
/// Names the file and the line of the first question that can't be read.
pub fn read_document(name: &str, file: &str, text: &str) -> Result<Set, EvalError> {
    let mut reading = Reading { file, questions: Vec::new() };
    reading.blocks(text)?;
    finish(name, reading)
}

/// Reads a file of judged questions; its extension says the form.
///
/// # Errors
/// Fails when the file can't be read or its form is not known; names the line of the first question that can't be read.
pub fn read_file(path: &Path) -> Result<Set, EvalError> {
    let file = path.display().to_string();
    let text = read_text(path)?;
    let mut reading = Reading { file: &file, questions: Vec::new() };
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "jsonl" | "ndjson" | "json" => reading.jsonl(&text, 1)?,
        "yaml" | "yml" => reading.yaml(&text, 1)?,
        "md" | "markdown" => reading.blocks(&text)?,
        _ => return Err(EvalError::Form { path: path.to_owned() }),
    }
    let name = path.file_stem().map_or_else(|| file.clone(), |name| name.to_string_lossy().into_owned());
    finish(&name, reading)
}

/// Reads a text that is not too long.
pub(super) fn read_text(path: &Path) -> Result<String, EvalError> {
    let fail = |source| EvalError::File { path: path.to_owned(), source };
    let size_bytes = std::fs::metadata(path).map_err(fail)?.len();
    if size_bytes > FILE_BYTES_MAX {
        return Err(fail(std::io::Error::other(format!(
            "it has {size_bytes} bytes, {FILE_BYTES_MAX} are read at most"
        ))));
    }
    std::fs::read_to_string(path).map_err(fail)
}

fn finish(name: &str, reading: Reading<'_>) -> Result<Set, EvalError> {
    let file = reading.file;
    let mut seen = std::collections::HashMap::new();
    for question in &reading.questions {
        let Place { line, .. } = question.place;
        let malformed = |what: String| EvalError::Malformed { file: file.to_owned(), line, what };
        if question.text.trim().is_empty() {
            return Err(malformed("query is empty; write what was asked".to_owned()));
        }
        if let Some(first) = seen.insert(question.id.as_str(), line) {
            return Err(malformed(format!("id {:?} is that of line {first}, too; give each its own", question.id)));
        }
        if question.relevant.is_empty() && question.must_not.is_empty() {
            return Err(malformed("nothing is judged; write relevant, must_not or both".to_owned()));
        }
    }
    Ok(Set { name: name.to_owned(), questions: reading.questions })
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
