//! Front matter: found at the first byte only, cut out, and read into a small tree of texts.
//!
//! YAML between `---` and `---` or `...`, TOML between `+++`. Scalars stay the text that was written: `0000` is not a
//! number and `no` is not false. Duplicate keys, anchors, aliases, merge keys and tags are refused. What looks like
//! front matter and can't be read is [`Malformed`]: its document is private.

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle};
use toml::de::{DeTable, DeValue};

use super::narrowing;

/// The longest front matter that is read, in bytes.
pub(super) const LIMIT_BYTES: usize = 16 * 1024;

/// How deep lists and mappings may stand in each other.
const DEPTH_LIMIT: usize = 16;

/// The language between the fences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Yaml,
    Toml,
}

/// What stands at the top of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fence {
    /// The language.
    pub(super) language: Language,
    /// The text between the fences, or why it was not taken for front matter though it looks like it.
    pub(super) inside: Result<String, Malformed>,
    /// Where the fence ends, its line break with it; 0 when nothing is to be cut.
    pub(super) end: usize,
}

/// Front matter that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Malformed {
    /// The line in the file, from 1.
    pub(super) line: usize,
    /// The column, from 1.
    pub(super) column: usize,
    /// What is wrong.
    pub(super) what: String,
}

/// A value: texts, lists and mappings, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// As it was written, without its quotes; empty for nothing.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A mapping, in the order written.
    Map(Vec<Entry>),
}

/// A key with its value and its line in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: Value,
    pub(super) line: usize,
}

impl Malformed {
    fn new(line: usize, column: usize, what: impl Into<String>) -> Self {
        Self { line, column, what: what.into() }
    }
}

/// Looks for front matter at the top of a text.
pub(super) fn find(text: &str) -> Option<Fence> {
    let top = text.trim_start();
    let (language, mark) = match () {
        () if top.starts_with("---") => (Language::Yaml, "---"),
        () if top.starts_with("+++") => (Language::Toml, "+++"),
        () if top.starts_with('{') => return json(text, top),
        () => return None,
    };
    let offset = text.len() - top.len();
    let (first, rest) = top.split_once('\n')?;
    let odd = !first.trim_end().eq(mark);
    if odd && !names_a_language(first.trim_start_matches(mark)) {
        return None;
    }
    let mut at = first.len() + 1;
    for line in rest.split_inclusive('\n') {
        let closes = line.trim_end() == mark || (language == Language::Yaml && line.trim_end() == "...");
        if !closes {
            at += line.len();
            continue;
        }
        let inside = top.get(first.len() + 1..at).unwrap_or_default();
        let end = at + line.len();
        if !looks_keyed(inside, language) {
            if narrowing::says_private(inside, true) {
                return Some(malformed(text, language, offset, "front matter is not `key: value`", 0));
            }
            // Two rules with prose between them.
            let says_nothing = inside.lines().all(|line| line.trim().is_empty() || line.starts_with('#'));
            return says_nothing.then(|| Fence { language, inside: Ok(String::new()), end: offset + end });
        }
        return Some(match () {
            () if offset > 0 => {
                malformed(text, language, offset, "front matter must begin at the first byte of the file", 0)
            }
            () if odd => malformed(text, language, 0, ONE_MARK, end),
            () if inside.len() > LIMIT_BYTES => malformed(text, language, 0, "front matter is longer than 16 KiB", end),
            () => match inside.find('\u{FFFD}') {
                // It may be the key that nobody can read.
                Some(broken) => {
                    malformed(text, language, first.len() + 1 + broken, "there are characters that can't be read", end)
                }
                None => Fence { language, inside: Ok(inside.to_owned()), end },
            },
        });
    }
    // A rule at the top is common; a key right behind it is not. Whoever wrote it may have meant `visibility`.
    let behind = rest.lines().find(|line| !line.starts_with('#'));
    let begins_keyed = behind.is_some_and(|line| looks_keyed(line, language) && !line.contains("://"));
    begins_keyed
        .then(|| malformed(text, language, offset, if odd { ONE_MARK } else { "front matter is not closed" }, 0))
}

const ONE_MARK: &str = "the line above front matter must be `---` alone";

/// Front matter at `at` that can't be read, of which the first `end` bytes of the text are cut.
fn malformed(text: &str, language: Language, at: usize, what: &str, end: usize) -> Fence {
    let before = text.get(..at).unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Fence { language, inside: Err(Malformed::new(before.matches('\n').count() + 1, column, what)), end }
}

/// The front matter of a file in UTF-16: there may be any.
pub(super) fn of_utf16() -> Fence {
    malformed("", Language::Yaml, 0, "the file is UTF-16, save it as UTF-8", 0)
}

/// Some programs take `---json` for a fence, or a comment behind it. Here it is told from a rule, and not read.
fn names_a_language(behind: &str) -> bool {
    let behind = behind.trim();
    ["json", "json5", "yaml", "yml", "toml"].iter().any(|name| behind.eq_ignore_ascii_case(name))
        || behind.starts_with('#')
}

/// Some programs read JSON at the top of a file. It is told from a shortcode or a placeholder, and not read.
fn json(text: &str, top: &str) -> Option<Fence> {
    let inside = top.strip_prefix('{').unwrap_or(top).trim_start();
    let (name, rest) = inside.strip_prefix('"')?.split_once('"')?;
    let keyed = name.len() <= 100 && !name.contains('\n') && rest.trim_start().starts_with(':');
    let what = "front matter in JSON is not read, write YAML between `---` lines";
    keyed.then(|| malformed(text, Language::Yaml, text.len() - top.len(), what, 0))
}

/// Whether a line could be `key: value`, or `key = value` in TOML; or, with a key before it, the sign of the other one.
fn looks_keyed(inside: &str, language: Language) -> bool {
    let (sign, other) = if language == Language::Yaml { (':', '=') } else { ('=', ':') };
    let key = |text: &str| {
        let text = text.trim();
        !text.is_empty()
            && text.len() <= 40
            && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '"' | '\''))
    };
    let mut lines = inside.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.any(|line| line.contains(sign) || line.split_once(other).is_some_and(|(before, _)| key(before)))
}

/// Reads what stands between the fences.
///
/// # Errors
/// Returns what is wrong and where, when it is not a mapping or uses what is refused.
pub(super) fn read(inside: &str, language: Language) -> Result<Vec<Entry>, Malformed> {
    let value = match language {
        Language::Yaml => yaml(inside)?,
        Language::Toml => toml(inside)?,
    };
    match value {
        Value::Map(entries) => Ok(entries),
        Value::Text(text) if text.is_empty() => Ok(Vec::new()),
        _ => Err(Malformed::new(2, 1, "front matter is not a mapping")),
    }
}

/// A list or mapping that is still being read.
enum Open {
    List(Vec<Value>),
    Map(Vec<Entry>, Option<(String, usize)>),
}

fn yaml(inside: &str) -> Result<Value, Malformed> {
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str(inside) {
        let (event, span) =
            event.map_err(|cause| Malformed::new(cause.marker().line() + 1, cause.marker().col() + 1, cause.info()))?;
        // The opening fence is line 1 of the file.
        let (line, column) = (span.start.line() + 1, span.start.col() + 1);
        let refuse = |what: &str| Err(Malformed::new(line, column, what));
        let value = match event {
            Event::Scalar(_, _, anchor, _) | Event::SequenceStart(_, anchor, _) | Event::MappingStart(_, anchor, _)
                if anchor > 0 =>
            {
                return refuse("anchors are not read");
            }
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, _, Some(_))
            | Event::MappingStart(_, _, Some(_)) => return refuse("tags are not read"),
            Event::Alias(_) | Event::UnresolvedAlias(_) => return refuse("aliases are not read"),
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() >= DEPTH_LIMIT => {
                return refuse("nested too deep");
            }
            Event::Scalar(text, style, ..) => {
                let nothing = style == ScalarStyle::Plain && matches!(&*text, "~" | "null");
                Value::Text(if nothing { String::new() } else { text.into_owned() })
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(Vec::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(items)) => Value::List(items),
                Some(Open::Map(entries, _)) => Value::Map(entries),
                None => continue,
            },
            Event::DocumentStart(..) if root.is_some() => return refuse("more than one document"),
            _ => continue,
        };
        match open.last_mut() {
            None => root = Some(value),
            Some(Open::List(items)) => items.push(value),
            Some(Open::Map(entries, waiting)) => match waiting.take() {
                Some((key, line)) => entries.push(Entry { key, value, line }),
                None => *waiting = Some((key(value, entries, line, column)?, line)),
            },
        }
    }
    Ok(root.unwrap_or(Value::Text(String::new())))
}

/// Takes a value as the next key of a mapping.
fn key(value: Value, entries: &[Entry], line: usize, column: usize) -> Result<String, Malformed> {
    let Value::Text(key) = value else {
        return Err(Malformed::new(line, column, "a key is not a text"));
    };
    if key == "<<" {
        return Err(Malformed::new(line, column, "merge keys are not read"));
    }
    if entries.iter().any(|entry| entry.key == key) {
        let shown: String = key.chars().take(60).collect();
        return Err(Malformed::new(line, column, format!("the key {shown:?} is there twice")));
    }
    Ok(key)
}

fn toml(inside: &str) -> Result<Value, Malformed> {
    let line_of = |at: usize| inside.get(..at).unwrap_or_default().matches('\n').count() + 2;
    let table = DeTable::parse(inside).map_err(|cause| {
        let line = cause.span().map_or(2, |span| line_of(span.start));
        Malformed::new(line, 1, cause.message().to_owned())
    })?;
    from_table(table.into_inner(), 0, &line_of)
}

fn from_table(table: DeTable<'_>, depth: usize, line_of: &dyn Fn(usize) -> usize) -> Result<Value, Malformed> {
    let mut entries = Vec::with_capacity(table.len());
    for (key, value) in table {
        let line = line_of(key.span().start);
        let value = from_toml(value.into_inner(), depth + 1, line, line_of)?;
        entries.push(Entry { key: key.into_inner().into_owned(), value, line });
    }
    Ok(Value::Map(entries))
}

fn from_toml(
    value: DeValue<'_>,
    depth: usize,
    line: usize,
    line_of: &dyn Fn(usize) -> usize,
) -> Result<Value, Malformed> {
    if depth > DEPTH_LIMIT {
        return Err(Malformed::new(line, 1, "nested too deep"));
    }
    Ok(match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => Value::Text(number.to_string()),
        DeValue::Float(number) => Value::Text(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Value::Text(truth.to_string()),
        DeValue::Datetime(when) => Value::Text(when.to_string()),
        DeValue::Array(items) => Value::List(
            items
                .into_iter()
                .map(|item| from_toml(item.into_inner(), depth + 1, line, line_of))
                .collect::<Result<_, _>>()?,
        ),
        DeValue::Table(table) => from_table(table, depth, line_of)?,
    })
}

impl Value {
    /// The value as one line of text, for keys that have no meaning to us.
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(items) => items.iter().map(Self::to_text).collect::<Vec<_>>().join(", "),
            Self::Map(entries) => {
                let pairs = entries.iter().map(|entry| format!("{}: {}", entry.key, entry.value.to_text()));
                pairs.collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// The texts of a list; a text alone is a list of one, nothing is a list of none.
    pub(super) fn texts(&self) -> Vec<String> {
        let texts = match self {
            Self::List(items) => items.iter().map(Self::to_text).collect(),
            one => vec![one.to_text()],
        };
        texts.into_iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
    }
}

#[cfg(test)]
#[path = "front_matter_tests.rs"]
mod tests;
