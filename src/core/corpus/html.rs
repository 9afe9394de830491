//! Raw HTML as readers see it: the text without the tags.
//!
//! A "tag" whose name HTML doesn't know is a placeholder (`<customer>`) and stays as text.

/// A piece of HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text, with its entities.
    Text(&'a str),
    /// A tag whose element HTML knows, from `<` to `>`.
    Tag(&'a str),
}

/// Splits HTML into text and tags; what stands in `script` and `style` is dropped.
pub(super) fn pieces(html: &str) -> impl Iterator<Item = (usize, Piece<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at < html.len() {
            let start = at;
            let rest = html.get(at..)?;
            if rest.starts_with('<')
                && let Some(name) = tag_name(rest).filter(|name| is_html_element(name))
            {
                let end = tag_end(rest);
                let tag = rest.get(..end)?;
                at += end;
                if !tag.starts_with("</") && (name.eq_ignore_ascii_case("script") || name.eq_ignore_ascii_case("style"))
                {
                    at += raw_text_length(html.get(at..)?, name);
                }
                return Some((start, Piece::Tag(tag)));
            }
            // At least one byte is taken, so that every turn comes further.
            let end = memchr::memchr(b'<', rest.as_bytes().get(1..)?).map_or(rest.len(), |found| found + 1);
            at += end;
            return Some((start, Piece::Text(rest.get(..end)?)));
        }
        None
    })
}

/// The value of an attribute of a tag, with its entities; `None` when it is not there or has no value.
pub(super) fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let bytes = tag.as_bytes();
    let mut at = 1 + tag_name(tag)?.len();
    while at < bytes.len() {
        let key_start = at + bytes.get(at..)?.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'/'))?;
        let ends = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'=' | b'>' | b'/');
        let key_end = key_start + bytes.get(key_start..)?.iter().position(ends)?;
        let after = key_end + bytes.get(key_end..)?.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n'))?;
        if bytes.get(after) != Some(&b'=') {
            at = after.max(key_start + 1);
            continue;
        }
        let value =
            after + 1 + bytes.get(after + 1..)?.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n'))?;
        let (value_start, value_end) = match bytes.get(value)? {
            quote @ (b'"' | b'\'') => (value + 1, value + 1 + memchr::memchr(*quote, bytes.get(value + 1..)?)?),
            _ => {
                let ends = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'>');
                (value, value + bytes.get(value..)?.iter().position(ends)?)
            }
        };
        if tag.get(key_start..key_end)?.eq_ignore_ascii_case(name) {
            return tag.get(value_start..value_end);
        }
        at = value_end + 1;
    }
    None
}

/// Replaces the entities that matter in text and addresses.
pub(super) fn unescape(text: &str) -> std::borrow::Cow<'_, str> {
    if memchr::memchr(b'&', text.as_bytes()).is_none() {
        return text.into();
    }
    let mut plain = text.to_owned();
    // `&amp;` last: what it gives is text and not looked at again.
    for (entity, character) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")]
    {
        plain = plain.replace(entity, character);
    }
    plain.into()
}

/// The name behind `<` or `</`.
pub(super) fn tag_name(html: &str) -> Option<&str> {
    let name = html.strip_prefix('<')?;
    let name = name.strip_prefix('/').unwrap_or(name);
    let end = name.bytes().position(|byte| !byte.is_ascii_alphanumeric() && byte != b'-').unwrap_or(name.len());
    name.get(..end).filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Where a tag ends; `>` in a quoted value doesn't end it, and a tag that never ends goes on to the end.
fn tag_end(html: &str) -> usize {
    let mut quote = None;
    for (at, byte) in html.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    // A quote that never closes would swallow the rest of the block.
    memchr::memchr(b'>', html.as_bytes()).map_or(html.len(), |found| found + 1)
}

fn raw_text_length(html: &str, name: &str) -> usize {
    let bytes = html.as_bytes();
    memchr::memmem::find_iter(bytes, b"</")
        .find(|at| bytes.get(at + 2..at + 2 + name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name.as_bytes())))
        .unwrap_or(html.len())
}

/// Whether a tag ends a word: all do but those that stand inside running text.
pub(super) fn is_inline(name: &str) -> bool {
    const INLINE: [&str; 20] = [
        "a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "ins", "kbd", "mark", "q", "s", "small",
        "span", "strong", "u", "wbr",
    ];
    INLINE.iter().any(|inline| name.eq_ignore_ascii_case(inline))
}

/// Whether HTML has an element of this name (the living standard's index, and the old ones still met in READMEs).
#[must_use]
pub fn is_html_element(name: &str) -> bool {
    let mut lower = [0_u8; 16];
    let Some(lower) = lower.get_mut(..name.len()) else { return false };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    std::str::from_utf8(lower).is_ok_and(|name| ELEMENTS.binary_search(&name).is_ok())
}

/// Sorted, for the search.
const ELEMENTS: [&str; 140] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "animate",
    "area",
    "article",
    "aside",
    "audio",
    "b",
    "base",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "canvas",
    "caption",
    "center",
    "circle",
    "cite",
    "code",
    "col",
    "colgroup",
    "data",
    "datalist",
    "dd",
    "defs",
    "del",
    "details",
    "dfn",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "ellipse",
    "em",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "frame",
    "frameset",
    "g",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "legend",
    "li",
    "line",
    "link",
    "main",
    "map",
    "mark",
    "marquee",
    "math",
    "menu",
    "meta",
    "meter",
    "nav",
    "nobr",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "param",
    "path",
    "picture",
    "plaintext",
    "polygon",
    "polyline",
    "pre",
    "progress",
    "q",
    "rect",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "script",
    "search",
    "section",
    "select",
    "slot",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "template",
    "text",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "track",
    "tt",
    "u",
    "ul",
    "use",
    "var",
    "video",
    "wbr",
    "xmp",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_elements_are_sorted() {
        assert!(ELEMENTS.is_sorted());
    }

    #[test]
    fn tags_go_and_placeholders_stay() {
        let text = |html| {
            let texts = pieces(html).filter_map(|(_, piece)| match piece {
                Piece::Text(text) => Some(text),
                Piece::Tag(_) => None,
            });
            texts.collect::<String>()
        };
        for (html, expected) in [
            ("<p>a <b>b</b></p>", "a b"),
            ("for <customer> only", "for <customer> only"),
            ("<a title='x > y'>z</a>", "z"),
            ("<script>let x = '<b>';</script>after", "after"),
            ("1 < 2 <br/> 3", "1 < 2  3"),
            ("<div", ""),
        ] {
            assert_eq!(text(html), expected, "{html:?}");
        }
    }

    #[test]
    fn an_attribute_is_found_however_it_is_quoted() {
        for (tag, expected) in [
            ("<a href=\"x y\">", Some("x y")),
            ("<a class=big href='x'>", Some("x")),
            ("<a disabled HREF=x>", Some("x")),
            ("<a data-href='no'>", None),
            ("<a href>", None),
            ("<a href=\"x", None),
        ] {
            assert_eq!(attribute(tag, "href"), expected, "{tag:?}");
        }
    }
}
