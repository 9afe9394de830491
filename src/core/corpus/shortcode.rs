//! Hugo's and Liquid's template marks: `{{< … >}}`, `{{% … %}}`, `{% … %}`.
//!
//! They are instructions to another program, not text. For the parser they are covered, byte for byte, so that every
//! offset stays: a mark alone on its line becomes blanks, one in running text [`COVER`], and the target of a `ref` or
//! `relref` stands in its place, padded with [`PAD`], so that `[text]({{< ref "x.md" >}})` is a link.

use std::borrow::Cow;
use std::ops::Range;

use super::place::Places;
use super::{Link, LinkKind};

/// Covers a mark in running text.
const COVER: char = '\u{1}';

/// Follows a target that is shorter than its mark: something that may stand in a link's target.
const PAD: char = ';';

/// A text with its template marks covered.
#[derive(Debug)]
pub(super) struct Masked<'a> {
    original: &'a str,
    covered: Option<String>,
    /// The spans of the marks, ascending.
    marks: Vec<Mark>,
}

#[derive(Debug)]
struct Mark {
    span: Range<usize>,
    /// The page a `ref` or `relref` names.
    target: Option<Range<usize>>,
    /// Whether it stands as a link's target.
    in_link: bool,
}

impl<'a> Masked<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let marks = find(text);
        let covered = (!marks.is_empty()).then(|| cover(text, &marks));
        Self { original: text, covered, marks }
    }

    /// The text for the parser.
    pub(super) fn text(&self) -> &str {
        self.covered.as_deref().unwrap_or(self.original)
    }

    /// The source of a span in which something is covered: code shows it as it is.
    pub(super) fn original(&self, span: &Range<usize>) -> Option<&'a str> {
        let first = self.marks.partition_point(|mark| mark.span.end <= span.start);
        self.marks.get(first).filter(|mark| mark.span.start < span.end)?;
        self.original.get(span.clone())
    }

    /// Text without covers.
    pub(super) fn without_marks(text: &str) -> Cow<'_, str> {
        if Self::marks(text) { Cow::Owned(text.replace(COVER, "")) } else { Cow::Borrowed(text) }
    }

    /// Whether something is covered in a text.
    pub(super) fn marks(text: &str) -> bool {
        memchr::memchr(COVER as u8, text.as_bytes()).is_some()
    }

    /// What a `ref` names, if it is the target of the link at `at`: a page by its name, as in a wiki link.
    pub(super) fn reference_at(&self, at: usize, url: &str) -> Option<&'a str> {
        let next = self.marks.partition_point(|mark| mark.span.end <= at);
        let mark = self.marks.get(next).filter(|mark| mark.in_link)?;
        let named = self.original.get(mark.target.clone()?)?;
        (url.trim_end_matches(PAD) == named).then_some(named)
    }

    /// The links of references that stand alone.
    pub(super) fn references(&self, places: &mut Places<'_>) -> Vec<Link> {
        let alone = self.marks.iter().filter(|mark| !mark.in_link);
        alone
            .filter_map(|mark| {
                let named = self.original.get(mark.target.clone()?)?;
                let (target, fragment) = match named.split_once('#') {
                    Some((target, fragment)) => (target, Some(fragment.to_owned())),
                    None => (named, None),
                };
                let (line, column) = places.place(mark.span.start);
                let (target, text) = (target.to_owned(), String::new());
                Some(Link { kind: LinkKind::Wiki, target, fragment, text, line, column })
            })
            .collect()
    }
}

/// Finds marks that close on their own line or within a few.
fn find(text: &str) -> Vec<Mark> {
    let bytes = text.as_bytes();
    let mut marks: Vec<Mark> = Vec::new();
    let mut from = 0;
    while let Some(found) = bytes.get(from..).and_then(|rest| memchr::memchr(b'{', rest)) {
        let start = from + found;
        let rest = bytes.get(start..).unwrap_or_default();
        let close: &[u8] = match rest {
            [b'{', b'{', b'<', ..] => b">}}",
            [b'{', b'{', b'%', ..] => b"%}}",
            [b'{', b'%', ..] => b"%}",
            _ => {
                from = start + 1;
                continue;
            }
        };
        // A mark of more than 500 bytes is none, so that a text full of openings costs its length.
        let within = rest.get(..rest.len().min(500)).unwrap_or_default();
        let Some(length) = memchr::memmem::find(within, close).map(|at| at + close.len()) else {
            from = start + 2;
            continue;
        };
        let span = start..start + length;
        let inside = text.get(start + 2..start + length - 2).unwrap_or_default();
        let target = reference(inside).map(|inner| start + 2 + inner.start..start + 2 + inner.end);
        let before = bytes.get(..start).unwrap_or_default();
        let in_link = target.is_some() && (before.ends_with(b"]("));
        from = span.end;
        marks.push(Mark { span, target, in_link });
    }
    marks
}

/// The page named in `< ref "page.md" >`.
fn reference(inside: &str) -> Option<Range<usize>> {
    let trimmed = inside.trim_start_matches(['<', '%', ' ', '\n', '\t']);
    let named = trimmed.strip_prefix("relref").or_else(|| trimmed.strip_prefix("ref"))?;
    let name = named.strip_prefix([' ', '\t', '\n'])?.trim_start();
    let start = inside.len() - name.len();
    let (start, length) = match name.strip_prefix(['"', '\'', '`']) {
        Some(quoted) => (start + 1, quoted.find(['"', '\'', '`'])?),
        None => (start, name.find([' ', '>', '%', '\n']).unwrap_or(name.len())),
    };
    (length > 0).then_some(start..start + length)
}

fn cover(text: &str, marks: &[Mark]) -> String {
    let mut covered = String::with_capacity(text.len());
    let mut at = 0;
    for mark in marks {
        covered.push_str(text.get(at..mark.span.start).unwrap_or_default());
        at = mark.span.end;
        let source = text.get(mark.span.clone()).unwrap_or_default();
        let target = mark.target.clone().filter(|_| mark.in_link).and_then(|target| text.get(target));
        if let Some(target) = target.filter(|target| !target.contains([' ', '\n', '(', ')'])) {
            covered.push_str(target);
            covered.extend(std::iter::repeat_n(PAD, source.len() - target.len()));
            continue;
        }
        // Looks only over blanks, so that a line of a thousand marks costs its length.
        let before = covered.trim_end_matches([' ', '\t', '>']);
        let after = text.get(at..).unwrap_or_default().trim_start_matches([' ', '\t']);
        let alone = (before.is_empty() || before.ends_with('\n')) && (after.is_empty() || after.starts_with('\n'));
        let with = if alone { b' ' } else { b'\x01' };
        covered.extend(source.bytes().map(|byte| char::from(if byte == b'\n' { byte } else { with })));
    }
    covered.push_str(text.get(at..).unwrap_or_default());
    covered
}
