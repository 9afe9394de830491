//! Sets one member in a JSON file and leaves every other byte as it is: comments, order, indentation, commas behind the
//! last member.
//!
//! The text is never printed anew. What came of it is read again and held against what it was: if anything but the one
//! member differs, there is no result.

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::client::Entry;

/// How deep a file may nest.
const DEPTH_MAX: usize = 100;

/// Why a file can't be changed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(in crate::cli) enum JsonError {
    #[error("is not JSON at line {line}: {what}")]
    Malformed { line: usize, what: &'static str },
    #[error("is not JSON: {what}")]
    Refused { what: String },
    #[error("{key} is not an object")]
    NotAnObject { key: String },
    #[error("cannot be changed without changing something else in it")]
    Unsure,
}

/// Puts an entry into a text: in place of the one that is there, or behind the last.
pub(super) fn set(text: &str, entry: &Entry) -> Result<String, JsonError> {
    let (mark, text) = text.strip_prefix('\u{FEFF}').map_or(("", text), |rest| ("\u{FEFF}", rest));
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let before = read(text)?;
    let changed = match before {
        None => {
            let kept = if text.trim().is_empty() { String::new() } else { format!("{}{end}", text.trim_end()) };
            kept + &entry.shown().replace('\n', end)
        }
        Some(_) => put(text, entry, end)?,
    };
    let mut wanted = before.unwrap_or_else(|| json!({}));
    let servers = wanted.as_object_mut().map(|root| root.entry(entry.servers).or_insert_with(|| json!({})));
    if let Some(Value::Object(servers)) = servers {
        let there = servers.get(&entry.name).and_then(Value::as_object);
        let kept = there.into_iter().flatten().filter(|(key, _)| !Entry::OWN.contains(&key.as_str()));
        let mut whole: Map<String, Value> = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
        whole.extend(entry.value().as_object().cloned().unwrap_or_default());
        servers.insert(entry.name.clone(), Value::Object(whole));
    }
    if read(&changed)? == Some(wanted) { Ok(format!("{mark}{changed}")) } else { Err(JsonError::Unsure) }
}

/// Reads a text; `None` when there is nothing but blanks and comments in it.
pub(super) fn read(text: &str) -> Result<Option<Value>, JsonError> {
    let mut scan = Scan { text, at: 0 };
    scan.blanks()?;
    if scan.at == text.len() {
        return Ok(None);
    }
    let mut plain = String::with_capacity(text.len());
    scan.value(0, &mut plain)?;
    scan.blanks()?;
    if scan.at < text.len() {
        return Err(scan.wrong("something stands behind its end"));
    }
    serde_json::from_str(&plain).map(Some).map_err(|error| JsonError::Refused { what: error.to_string() })
}

/// An object as it stands in the text.
struct Object {
    /// Its braces.
    span: Range<usize>,
    /// Its members: key, where the key begins, and its value.
    members: Vec<(String, usize, Range<usize>)>,
    /// Where the comma stands behind the last one, if there is one.
    comma: Option<usize>,
}

fn put(text: &str, entry: &Entry, end: &str) -> Result<String, JsonError> {
    let root = object(text, first(text)?).ok_or(JsonError::NotAnObject { key: "the file".to_owned() })?;
    let unit = unit(text, &root);
    let Some((_, _, span)) = last(&root, entry.servers) else {
        let indent = indent_in(text, &root, &unit);
        let inside = format!("{indent}{unit}");
        let member = format!("{}: {}", json!(entry.name), entry.json(&inside, &unit, end));
        let servers = format!("{}: {{{end}{inside}{member}{end}{indent}}}", json!(entry.servers));
        return Ok(inserted(text, &root, &servers, &indent, end));
    };
    let servers = object(text, span.start).ok_or_else(|| JsonError::NotAnObject { key: entry.servers.to_owned() })?;
    let indent = indent_in(text, &servers, &unit);
    let Some((_, _, span)) = last(&servers, &entry.name) else {
        let member = format!("{}: {}", json!(entry.name), entry.json(&indent, &unit, end));
        return Ok(inserted(text, &servers, &member, &indent, end));
    };
    // What somebody added to the entry stays.
    let kept = object(text, span.start).map(|there| others(text, &there)).unwrap_or_default();
    let mut whole = entry.json(&indent, &unit, end);
    if !kept.is_empty() {
        let tail = format!("{end}{indent}}}");
        whole.truncate(whole.len() - tail.len());
        for member in kept {
            whole.push_str(&format!(",{end}{indent}{unit}{member}"));
        }
        whole.push_str(&tail);
    }
    let (head, rest) = (text.get(..span.start), text.get(span.end..));
    Ok(format!("{}{whole}{}", head.unwrap_or_default(), rest.unwrap_or_default()))
}

/// The members of an entry that are not written anew, as they stand.
fn others(text: &str, entry: &Object) -> Vec<String> {
    let others = entry.members.iter().filter(|(key, ..)| !Entry::OWN.contains(&key.as_str()));
    others.filter_map(|(_, start, value)| text.get(*start..value.end)).map(str::to_owned).collect()
}

fn last<'a>(object: &'a Object, key: &str) -> Option<&'a (String, usize, Range<usize>)> {
    object.members.iter().rfind(|(known, ..)| known == key)
}

/// Puts a member behind the last one of an object, and behind the comments there.
fn inserted(text: &str, object: &Object, member: &str, indent: &str, end: &str) -> String {
    let close = object.span.end - 1;
    let behind = text.get(..close).map_or(close, |before| before.trim_end().len());
    let outer = line_indent(text, object.span.start);
    let mut changed = String::with_capacity(text.len() + member.len() + 64);
    let value_end = object.members.last().map(|(_, _, value)| value.end);
    match value_end.filter(|_| object.comma.is_none()) {
        Some(value_end) => {
            changed.push_str(text.get(..value_end).unwrap_or_default());
            changed.push(',');
            changed.push_str(text.get(value_end..behind).unwrap_or_default());
        }
        None => changed.push_str(text.get(..behind).unwrap_or_default()),
    }
    changed.push_str(&format!("{end}{indent}{member}"));
    if object.comma.is_some() {
        changed.push(',');
    }
    let rest = text.get(behind..).unwrap_or_default();
    let breaks = text.get(behind..close).is_some_and(|between| between.contains('\n'));
    if breaks {
        changed.push_str(rest);
    } else {
        changed.push_str(&format!("{end}{outer}{}", rest.trim_start_matches([' ', '\t'])));
    }
    changed
}

/// What one level is indented by: as the file's first member is, else two blanks.
fn unit(text: &str, root: &Object) -> String {
    let first = root.members.first().map(|(_, start, _)| line_indent(text, *start));
    first.filter(|indent| !indent.is_empty() && indent.len() <= 8).unwrap_or_else(|| "  ".to_owned())
}

/// What members of an object are indented by.
fn indent_in(text: &str, object: &Object, unit: &str) -> String {
    let outer = line_indent(text, object.span.start);
    match object.members.last() {
        Some((_, start, _)) if text.get(object.span.start..*start).is_some_and(|head| head.contains('\n')) => {
            line_indent(text, *start)
        }
        _ => format!("{outer}{unit}"),
    }
}

/// The blanks that the line of a place begins with.
fn line_indent(text: &str, at: usize) -> String {
    let line = text.get(..at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
    line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect()
}

/// Where the first value begins.
fn first(text: &str) -> Result<usize, JsonError> {
    let mut scan = Scan { text, at: 0 };
    scan.blanks()?;
    Ok(scan.at)
}

/// The object that begins at a place; `None` when another value does. The text was read before.
fn object(text: &str, at: usize) -> Option<Object> {
    let mut scan = Scan { text, at };
    let mut plain = String::new();
    scan.take('{').then_some(())?;
    let (mut members, mut comma) = (Vec::new(), None);
    loop {
        scan.blanks().ok()?;
        if scan.take('}') {
            return Some(Object { span: at..scan.at, members, comma });
        }
        if scan.peek() == Some(',') {
            comma = Some(scan.at);
            scan.at += 1;
            continue;
        }
        let start = scan.at;
        scan.string(&mut plain).ok()?;
        let key = serde_json::from_str(text.get(start..scan.at)?).ok()?;
        scan.blanks().ok()?;
        scan.take(':').then_some(())?;
        scan.blanks().ok()?;
        let value = scan.at;
        scan.value(0, &mut plain).ok()?;
        comma = None;
        members.push((key, start, value..scan.at));
    }
}

/// Goes over a text, and copies what is no comment and no comma too many.
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl Scan<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    fn wrong(&self, what: &'static str) -> JsonError {
        let before = self.text.get(..self.at).unwrap_or_default();
        JsonError::Malformed { line: before.matches('\n').count() + 1, what }
    }

    /// Passes over blanks and comments.
    fn blanks(&mut self) -> Result<(), JsonError> {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            let rest = rest.get(blank..).unwrap_or_default();
            let comment = match () {
                () if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
                () if rest.starts_with("/*") => match rest.find("*/") {
                    Some(end) => end + 2,
                    None => return Err(self.wrong("a comment is not closed")),
                },
                () => 0,
            };
            self.at += blank + comment;
            if comment == 0 {
                return Ok(());
            }
        }
    }

    fn string(&mut self, plain: &mut String) -> Result<(), JsonError> {
        let start = self.at;
        if !self.take('"') {
            return Err(self.wrong("a text in quotes is missing"));
        }
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    plain.push_str(self.text.get(start..self.at).unwrap_or_default());
                    return Ok(());
                }
                b'\n' => break,
                _ => self.at += 1,
            }
        }
        self.at = start;
        Err(self.wrong("a text has no closing quote"))
    }

    fn value(&mut self, depth: usize, plain: &mut String) -> Result<(), JsonError> {
        match self.peek() {
            Some('{') if depth < DEPTH_MAX => self.list('}', depth, plain),
            Some('[') if depth < DEPTH_MAX => self.list(']', depth, plain),
            Some('{' | '[') => Err(self.wrong("it nests too deep")),
            Some('"') => self.string(plain),
            _ => {
                let rest = self.rest();
                let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
                let len = rest.find(|c| !word(c)).unwrap_or(rest.len());
                if len == 0 {
                    return Err(self.wrong("a value is missing"));
                }
                plain.push_str(rest.get(..len).unwrap_or_default());
                self.at += len;
                Ok(())
            }
        }
    }

    /// The members of an object or the items of an array.
    fn list(&mut self, close: char, depth: usize, plain: &mut String) -> Result<(), JsonError> {
        plain.extend(self.peek());
        self.at += 1;
        let mut items = 0;
        loop {
            self.blanks()?;
            if self.take(close) {
                plain.push(close);
                return Ok(());
            }
            if items > 0 {
                plain.push(',');
            }
            if close == '}' {
                self.string(plain)?;
                self.blanks()?;
                if !self.take(':') {
                    return Err(self.wrong("a colon is missing"));
                }
                plain.push(':');
                self.blanks()?;
            }
            self.value(depth + 1, plain)?;
            items += 1;
            self.blanks()?;
            if !self.take(',') && self.peek() != Some(close) {
                return Err(self.wrong("a comma or the end is missing"));
            }
        }
    }
}

#[cfg(test)]
#[path = "jsonc_tests.rs"]
mod tests;
