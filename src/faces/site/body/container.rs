//! Callouts that other systems write as containers: `:::note` of Docusaurus and VitePress, `!!! note` of MkDocs.
//!
//! The parser knows neither. Their fences are taken out before it reads the text, and what they opened and closed is
//! said by line; the number of lines stays, since headings find their anchors by it. A container that is never closed,
//! or whose name is no callout's, is left as it was written.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::callout::{self, Kind};

/// How deep containers may stand in each other; deeper ones are text.
const DEPTH: usize = 8;
/// By how many blanks MkDocs indents what stands in a container.
const INDENT: usize = 4;

/// A text without the fences of its containers, and what they were.
#[derive(Debug)]
pub(super) struct Contained<'t> {
    pub(super) text: Cow<'t, str>,
    /// In the order of the text.
    pub(super) edges: Vec<Edge>,
}

/// Where a container begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edge {
    /// The byte at which its line begins.
    pub(super) offset: usize,
    /// What begins; nothing at the end of what is open.
    pub(super) begins: Option<Head>,
}

/// What stands at the top of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: Kind,
    /// As it was written, or the kind's own name; none where the author wants none.
    pub(super) title: Option<String>,
}

impl<'t> Contained<'t> {
    /// Takes the containers out of a text.
    pub(super) fn of(text: &'t str) -> Self {
        if !["\n:::", "!!! ", "???"].iter().any(|sign| memchr::memmem::find(text.as_bytes(), sign.as_bytes()).is_some())
            && !text.starts_with(":::")
        {
            return Self { text: Cow::Borrowed(text), edges: Vec::new() };
        }
        let mut reading = Reading::default();
        let never_closed = reading.read(text);
        if !never_closed.is_empty() {
            reading = Reading { text_lines: never_closed, ..Reading::default() };
            reading.read(text);
        }
        if reading.edges.is_empty() {
            return Self { text: Cow::Borrowed(text), edges: Vec::new() };
        }
        Self { text: Cow::Owned(reading.out), edges: reading.edges }
    }
}

/// How what is open ends.
#[derive(Debug)]
enum Open {
    /// With so many colons or more; opened in this line.
    Colons(usize, usize),
    /// With the first line that is not indented.
    Indent,
}

/// A text as its lines are read.
#[derive(Debug, Default)]
struct Reading {
    out: String,
    edges: Vec<Edge>,
    open: Vec<Open>,
    /// The fence of the code block that the line is in.
    code: Option<(u8, usize)>,
    /// Lines that open nothing.
    text_lines: BTreeSet<usize>,
}

impl Reading {
    /// Reads the text; gives the lines that open what is never closed.
    fn read(&mut self, text: &str) -> BTreeSet<usize> {
        self.out.reserve(text.len());
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for (at, line) in lines.iter().enumerate() {
            let line = self.dedented(line);
            let end = line.trim_end_matches(['\n', '\r']).len();
            let (words, ending) = line.split_at(end);
            if !self.is_code(words) && (self.closes(words) || self.opens(at, words, &lines)) {
                self.out.push_str(ending);
            } else {
                self.out.push_str(line);
            }
        }
        let unclosed = self.open.iter().filter_map(|open| match open {
            Open::Colons(_, line) => Some(*line),
            Open::Indent => None,
        });
        let unclosed = unclosed.collect();
        while self.open.pop().is_some() {
            self.edge(None);
        }
        unclosed
    }

    fn edge(&mut self, begins: Option<Head>) {
        self.edges.push(Edge { offset: self.out.len(), begins });
    }

    /// A line without the indent of what is open around it; what it is not indented enough for ends here.
    fn dedented<'l>(&mut self, line: &'l str) -> &'l str {
        let mut rest = line;
        if rest.trim().is_empty() {
            return rest;
        }
        for at in 0..self.open.len() {
            if matches!(self.open.get(at), Some(Open::Indent)) {
                let Some(inner) = without_indent(rest) else {
                    self.code = None;
                    self.end_from(at);
                    break;
                };
                rest = inner;
            }
        }
        rest
    }

    fn end_from(&mut self, at: usize) {
        while self.open.len() > at {
            self.open.pop();
            self.edge(None);
        }
    }

    /// Whether a line belongs to a block of code, its fences among it.
    fn is_code(&mut self, words: &str) -> bool {
        let fence = fence(words, b'`').or_else(|| fence(words, b'~'));
        match (self.code, fence) {
            (Some((sign, count)), Some((other, many, ""))) if sign == other && many >= count => self.code = None,
            (Some(_), _) => {}
            (None, Some((sign, count, after))) if sign == b'~' || !after.contains('`') => {
                self.code = Some((sign, count));
            }
            (None, _) => return false,
        }
        true
    }

    /// Whether the line closes a container, which it does then.
    fn closes(&mut self, words: &str) -> bool {
        let Some((_, count, "")) = fence(words, b':') else { return false };
        let closed = self.open.iter().rposition(|open| matches!(open, Open::Colons(colons, _) if *colons <= count));
        if let Some(at) = closed {
            self.end_from(at);
        }
        closed.is_some()
    }

    /// Whether the line opens a container, which it does then.
    fn opens(&mut self, at: usize, words: &str, lines: &[&str]) -> bool {
        if self.open.len() >= DEPTH || self.text_lines.contains(&at) {
            return false;
        }
        let (head, open) = if let Some((_, count, after)) = fence(words, b':') {
            let Some(head) = colon_head(after) else { return false };
            (head, Open::Colons(count, at))
        } else {
            let Some((head, titled)) = indent_head(words) else { return false };
            let around = self.open.iter().filter(|open| matches!(open, Open::Indent)).count();
            let below = lines.iter().skip(at + 1).find(|line| !line.trim().is_empty());
            let has_body =
                below.is_some_and(|line| (0..=around).try_fold(*line, |rest, _| without_indent(rest)).is_some());
            if !has_body && !titled {
                return false;
            }
            (head, Open::Indent)
        };
        self.edge(Some(head));
        self.open.push(open);
        true
    }
}

fn without_indent(line: &str) -> Option<&str> {
    line.strip_prefix('\t').or_else(|| line.strip_prefix("    "))
}

/// A fence of three or more of a sign: the sign, how many, and what stands behind them.
fn fence(words: &str, sign: u8) -> Option<(u8, usize, &str)> {
    let inner = words.trim_start_matches(' ');
    if words.len() - inner.len() >= INDENT {
        return None;
    }
    let count = inner.bytes().take_while(|&byte| byte == sign).count();
    (count >= 3).then(|| (sign, count, inner.get(count..).unwrap_or_default().trim()))
}

/// Reads `note`, `note Title` and `note[Title]`, with attributes in braces or not.
fn colon_head(after: &str) -> Option<Head> {
    let (name, rest) = after.split_at(after.find(|c: char| !is_name(c)).unwrap_or(after.len()));
    let kind = known(name)?;
    let rest = rest.split('{').next().unwrap_or_default().trim();
    let title = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(rest);
    Some(Head { kind, title: Some(titled(title, name)) })
}

/// Reads `!!! note` and `??? note "Title"`; says whether it has a title of its own.
fn indent_head(words: &str) -> Option<(Head, bool)> {
    let after =
        words.strip_prefix("!!! ").or_else(|| words.strip_prefix("??? ")).or_else(|| words.strip_prefix("???+ "))?;
    let (names, title) = match after.trim().split_once('"') {
        Some((names, title)) => (names.trim(), Some(title.strip_suffix('"')?)),
        None => (after.trim(), None),
    };
    let mut names = names.split(' ').filter(|name| !name.is_empty());
    let name = names.next()?;
    if !name.chars().all(is_name) || !names.all(|name| name.chars().all(is_name)) {
        return None;
    }
    let head = Head {
        kind: callout::named(name),
        title: (title != Some("")).then(|| titled(title.unwrap_or_default(), name)),
    };
    Some((head, title.is_some_and(|title| !title.is_empty())))
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

fn titled(title: &str, name: &str) -> String {
    if title.is_empty() { callout::capitalised(name) } else { title.to_owned() }
}

/// The kinds that Docusaurus, VitePress and MkDocs know.
fn known(name: &str) -> Option<Kind> {
    const NAMES: [&str; 30] = [
        "abstract",
        "attention",
        "bug",
        "caution",
        "check",
        "cite",
        "danger",
        "details",
        "done",
        "error",
        "example",
        "fail",
        "failure",
        "faq",
        "help",
        "hint",
        "important",
        "info",
        "missing",
        "note",
        "question",
        "quote",
        "secondary",
        "seealso",
        "success",
        "summary",
        "tip",
        "tldr",
        "todo",
        "warning",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)).then(|| callout::named(name))
}

#[cfg(test)]
mod tests {
    use super::Contained;

    /// The text without its containers, and where they begin and end.
    fn check(text: &str, out: &str, edges: &[(usize, Option<&str>)]) {
        let contained = Contained::of(text);
        assert_eq!(contained.text, out, "{text}");
        let line = |offset: usize| contained.text.as_bytes()[..offset].iter().filter(|&&byte| byte == b'\n').count();
        let found: Vec<_> = contained
            .edges
            .iter()
            .map(|edge| (line(edge.offset), edge.begins.as_ref().map(|head| head.title.as_deref().unwrap_or("-"))))
            .collect();
        assert_eq!(found, edges, "{text}");
    }

    #[test]
    fn fences_of_colons_are_taken_out_and_lines_keep_their_numbers() {
        check(":::note\nx\n:::\ny\n", "\nx\n\ny\n", &[(0, Some("Note")), (2, None)]);
        check("a\n\n:::tip[My *tip*]{#id}\r\nx\r\n:::\n", "a\n\n\r\nx\r\n\n", &[(2, Some("My *tip*")), (4, None)]);
        check("::: warning Watch out\nx\n:::", "\nx\n", &[(0, Some("Watch out")), (2, None)]);
        check(
            "::::note\n:::danger\nx\n:::\ny\n::::\n",
            "\n\nx\n\ny\n\n",
            &[(0, Some("Note")), (1, Some("Danger")), (3, None), (5, None)],
        );
    }

    #[test]
    fn what_is_no_container_is_text() {
        for text in [
            ":::note\nnever closed\n",
            ":::tabs\nx\n:::\n",
            "```\n:::note\nx\n:::\n```\n",
            "    :::note\n    x\n    :::\n",
            "a :::note\n:::\n",
            "!!! note\nno body\n",
            "!!! wow that's it\n    x\n",
            "Really???\n\n!!! \n",
        ] {
            check(text, text, &[]);
        }
        check(":::note\nx\n:::\n\n:::tip\nnever\n", "\nx\n\n\n:::tip\nnever\n", &[(0, Some("Note")), (2, None)]);
    }

    #[test]
    fn what_is_indented_below_a_mark_is_taken_out_of_its_indent() {
        check("!!! note\n    x\n\n    y\nz\n", "\nx\n\ny\nz\n", &[(0, Some("Note")), (4, None)]);
        check("??? tip \"Mine\"\n\tx\n", "\nx\n", &[(0, Some("Mine")), (2, None)]);
        check("!!! quote inline \"\"\n    x\n", "\nx\n", &[(0, Some("-")), (2, None)]);
        check(
            "!!! note\n    a\n    !!! bug\n        ```\n        :::note\n        ```\n    b\nc\n",
            "\na\n\n```\n:::note\n```\nb\nc\n",
            &[(0, Some("Note")), (2, Some("Bug")), (6, None), (7, None)],
        );
    }
}
