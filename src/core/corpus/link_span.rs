//! Where the links of a text begin and end: for who rewrites a text, not for who reads it.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::dialect::dialect;

/// A link or a definition of one, in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSpan {
    /// Where it stands, in bytes.
    pub span: Range<usize>,
    /// Its target as written, with its fragment.
    pub target: String,
    /// Whether it is the definition of a reference, which nobody reads.
    pub definition: bool,
}

/// Finds links, images, wiki links and definitions of references, by place.
#[must_use]
pub fn link_spans(text: &str) -> Vec<LinkSpan> {
    let parser = Parser::new_ext(text, dialect());
    let mut spans: Vec<LinkSpan> = parser
        .reference_definitions()
        .iter()
        .map(|(_, defined)| LinkSpan { span: defined.span.clone(), target: defined.dest.to_string(), definition: true })
        .collect();
    for (event, span) in parser.into_offset_iter() {
        if let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event {
            spans.push(LinkSpan { span, target: dest_url.into_string(), definition: false });
        }
    }
    spans.sort_by_key(|found| (found.span.start, found.span.end));
    spans
}

#[cfg(test)]
mod tests {
    #![expect(clippy::string_slice, reason = "places come from searches in the same text")]

    use super::link_spans;

    #[test]
    fn every_form_of_a_link_has_its_place() {
        let text = "[a](b.md) ![c](d.png) [[E|f]] [g][h]\n\n[h]: i.md \"j\"\n";
        let found: Vec<(&str, String, bool)> = link_spans(text)
            .into_iter()
            .map(|link| (&text[link.span], link.target, link.definition))
            .map(|(written, target, definition)| (written.trim_end(), target, definition))
            .collect();
        let expected = [
            ("[a](b.md)", "b.md", false),
            ("![c](d.png)", "d.png", false),
            ("[[E|f]]", "E", false),
            ("[g][h]", "i.md", false),
            ("[h]: i.md \"j\"", "i.md", true),
        ];
        assert_eq!(found, expected.map(|(written, target, definition)| (written, target.to_owned(), definition)));
    }
}
