//! Finds what a Markdown text holds that no reader is shown: HTML comments, and reference definitions used as such.
//!
//! The parser says what is a comment, not a search: in a code block `<!-- -->` is code and stays. Taking a comment out
//! can make a new one (`<!<!-- -->-- x -->`), so it is done until none is left.

use std::ops::Range;

use memchr::memmem;
use pulldown_cmark::{Event, Parser, Tag};

use super::dialect::dialect;

/// After so many rounds whatever looks like a comment goes, code or not.
const ROUNDS: usize = 4;

/// Takes comments out of the text; their line breaks stay, so that every line keeps its number.
pub(super) fn strip(mut text: String) -> String {
    for _ in 0..ROUNDS {
        if !may_hide(&text) {
            return text;
        }
        let hidden = find(&text);
        if hidden.is_empty() {
            return text;
        }
        text = without(&text, &hidden);
    }
    let mut hidden = Vec::new();
    scan(&text, 0..text.len(), &mut hidden);
    without(&text, &hidden)
}

fn may_hide(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'<', bytes).any(|at| matches!(bytes.get(at + 1), Some(b'!' | b'?')))
        || memmem::find(bytes, b"]: #").is_some()
        || memmem::find(bytes, b"]: <>").is_some()
}

/// The spans of comments, ascending, apart.
fn find(text: &str) -> Vec<Range<usize>> {
    let mut hidden: Vec<Range<usize>> = Vec::new();
    let mut code: Vec<Range<usize>> = Vec::new();
    let parser = Parser::new_ext(text, dialect());
    // `[//]: # (a note to myself)`: a definition that leads nowhere is there for its title, which nobody is shown.
    hidden.extend(
        parser
            .reference_definitions()
            .iter()
            .filter(|(_, definition)| definition.title.is_some() && matches!(&*definition.dest, "" | "#"))
            .map(|(_, definition)| definition.span.clone()),
    );
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::HtmlBlock) => scan(text, range, &mut hidden),
            Event::Start(Tag::CodeBlock(_)) => code.push(range),
            Event::InlineHtml(html) if html.starts_with("<!") || html.starts_with("<?") => hidden.push(range),
            _ => {}
        }
    }
    repeated_notes(text, &code, &mut hidden);
    hidden.sort_by_key(|range| range.start);
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(hidden.len());
    for range in hidden {
        match apart.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

/// Finds the lines `[//]: # (…)` that the parser passes over, because a definition of that name came before.
fn repeated_notes(text: &str, code: &[Range<usize>], hidden: &mut Vec<Range<usize>>) {
    for marker in [&b"]: #"[..], b"]: <>"] {
        for at in memmem::find_iter(text.as_bytes(), marker) {
            let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1);
            let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |found| at + found);
            let label = text.get(start..at).unwrap_or_default().trim_start_matches([' ', '>']);
            let title = text.get(at + marker.len()..end).unwrap_or_default();
            let titled = title.starts_with(' ') && title.trim().starts_with(['(', '"', '\'']);
            let in_code = code.partition_point(|block| block.end <= start);
            let is_code = code.get(in_code).is_some_and(|block| block.start <= start);
            if titled && !is_code && label.starts_with('[') && !label.contains(']') {
                hidden.push(start..end);
            }
        }
    }
}

/// Finds comments, declarations and processing instructions in an HTML block.
fn scan(text: &str, block: Range<usize>, hidden: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut at = block.start.max(hidden.last().map_or(0, |last| last.end.min(block.end)));
    while let Some(found) = bytes.get(at..block.end).and_then(|rest| memchr::memchr(b'<', rest)) {
        let start = at + found;
        let rest = bytes.get(start..).unwrap_or_default();
        let end = if rest.starts_with(b"<!--") {
            comment_end(bytes, start, block.end)
        } else if rest.starts_with(b"<!") || rest.starts_with(b"<?") {
            // HTML takes declarations, CDATA and `<?…>` for comments that end at the first `>`.
            let close: &[u8] = if rest.starts_with(b"<![CDATA[") {
                b"]]>"
            } else if rest.starts_with(b"<?") {
                b"?>"
            } else {
                b">"
            };
            let inside = bytes.get(start..block.end).unwrap_or_default();
            memmem::find(inside, close).map_or(block.end, |found| start + found + close.len())
        } else {
            at = start + 1;
            continue;
        };
        hidden.push(start..end);
        if end >= block.end {
            return;
        }
        at = end;
    }
}

/// Where a comment that begins at `start` ends.
///
/// A comment whose block ends before it does (a blank line in a `<div>`) was meant to go on to its `-->`; one that has
/// none hides the rest of its block.
fn comment_end(bytes: &[u8], start: usize, block_end: usize) -> usize {
    let inside = bytes.get(start + 4..).unwrap_or_default();
    if inside.starts_with(b">") {
        return start + 5;
    }
    if inside.starts_with(b"->") {
        return start + 6;
    }
    memmem::find(inside, b"-->").map_or(block_end, |found| start + 4 + found + 3)
}

/// Copies a text without the given spans, but with their line breaks.
fn without(text: &str, hidden: &[Range<usize>]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for range in hidden {
        kept.push_str(text.get(at..range.start).unwrap_or_default());
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes().get(range.clone()).unwrap_or_default()).count();
        kept.extend(std::iter::repeat_n('\n', breaks));
        if breaks == 0 && kept.ends_with(['<', '!', '-', '?']) {
            // What stood on both sides must not become a comment's beginning.
            kept.push(' ');
        }
        at = range.end;
    }
    kept.push_str(text.get(at..).unwrap_or_default());
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_lines_stay() {
        for (text, expected) in [
            ("a <!-- x --> b", "a  b"),
            ("<!-- x\ny -->\nb", "\n\nb"),
            ("```html\n<!-- code -->\n```", "```html\n<!-- code -->\n```"),
            ("`<!-- code -->`", "`<!-- code -->`"),
            ("<div>\n<!-- a\n\nb -->\n\nc", "<div>\n\n\n\n\nc"),
            ("<!-- never closed\n\ntext", "\n\n"),
            ("<div>\n<!-- never closed\n\ntext", "<div>\n\n\ntext"),
            ("text <!-- not closed", "text <!-- not closed"),
            ("<!--> visible", " visible"),
            ("<?php secret ?>\n\nb", "\n\nb"),
            ("[//]: # (secret)\n\nb", "\n\nb"),
            ("[home]: # \"x\"\n", "\n"),
            ("[a]: https://e.org (title)\n\n[a]", "[a]: https://e.org (title)\n\n[a]"),
            ("[//]: # (a)\n\n[//]: # (b)\n", "\n\n\n"),
            ("> <!-- a\n> b -->\n> c", "> \n\n> c"),
        ] {
            assert_eq!(strip(text.to_owned()), expected, "{text:?}");
        }
    }

    #[test]
    fn taking_one_out_never_leaves_another() {
        for text in [
            "<!<!-- x -->-- secret -->",
            "<!-- a -->~~~\n<!-- b -->\n~~~\n<!-- secret -->\n~~~\n",
            "<<!-- x -->!-- y -->",
        ] {
            let kept = strip(text.to_owned());
            assert!(find(&kept).is_empty(), "{text:?} became {kept:?}");
        }
    }
}
