//! Splits raw HTML into tags and text, and reads a tag's attributes.
//!
//! Only what HTML knows is a tag; `<customer>` is text. Nothing read here is trusted: a tag that ends elsewhere than a
//! browser thinks costs a word, since it is written anew from its parts.

use std::borrow::Cow;

use crate::corpus::is_html_element;

/// A piece of raw HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text, with its entities.
    Text(&'a str),
    /// `<name …>`: the name and what follows it up to `>`.
    Start(&'a str, &'a str),
    /// `</name>`.
    End(&'a str),
}

/// Splits raw HTML; comments, declarations and what stands in `script` and `style` are dropped.
pub(super) fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let at = rest.find('<').unwrap_or(rest.len());
        let (text, tag) = rest.split_at(at);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        rest = tag;
        if rest.is_empty() {
            break;
        }
        if let Some(after) = dropped(rest) {
            rest = after;
            continue;
        }
        let (piece, after) = tag_or_text(rest);
        pieces.push(piece);
        rest = after;
        if let Piece::Start(name, _) = piece {
            rest = without_content(name, rest);
        }
    }
    pieces
}

/// What follows a comment, a declaration or an instruction, if `html` begins with one.
fn dropped(html: &str) -> Option<&str> {
    if let Some(comment) = html.strip_prefix("<!--") {
        return Some(comment.split_once("-->").map_or("", |(_, after)| after));
    }
    let other = html.starts_with("<!") || html.starts_with("<?");
    other.then(|| html.split_once('>').map_or("", |(_, after)| after))
}

fn tag_or_text(html: &str) -> (Piece<'_>, &str) {
    let inner = html.strip_prefix('<').unwrap_or(html);
    let (closing, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(inner.len());
    let (name, attributes) = inner.split_at(end);
    let known = name.starts_with(|c: char| c.is_ascii_alphabetic()) && is_html_element(name);
    let borders = attributes.is_empty() || attributes.starts_with([' ', '\t', '\n', '/', '>']);
    if !known || !borders {
        let (text, after) = html.split_at(1);
        return (Piece::Text(text), after);
    }
    let end = tag_end(attributes);
    let (attributes, after) = attributes.split_at(end);
    let after = after.strip_prefix('>').unwrap_or(after);
    if closing { (Piece::End(name), after) } else { (Piece::Start(name, attributes), after) }
}

/// Where a tag's `>` stands; one in a quoted value is not it, unless the quote never ends.
fn tag_end(attributes: &str) -> usize {
    let mut quote = None;
    for (at, byte) in attributes.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    attributes.find('>').unwrap_or(attributes.len())
}

/// Skips what stands in an element whose content is no text for readers.
fn without_content<'a>(name: &str, rest: &'a str) -> &'a str {
    if !["script", "style", "template", "svg", "math"].iter().any(|silent| name.eq_ignore_ascii_case(silent)) {
        return rest;
    }
    let end = rest.match_indices("</").find(|(at, _)| {
        rest.get(at + 2..at + 2 + name.len()).is_some_and(|closing| closing.eq_ignore_ascii_case(name))
    });
    end.and_then(|(at, _)| rest.get(at..)).unwrap_or_default()
}

/// The attributes of a tag: names in lower case, values without their entities.
pub(super) fn attributes(text: &str) -> Vec<(String, Cow<'_, str>)> {
    const BLANK: [char; 5] = [' ', '\t', '\n', '\r', '/'];
    let mut attributes = Vec::new();
    let mut rest = text.trim_start_matches(BLANK);
    while !rest.is_empty() && attributes.len() < 32 {
        let end = rest.find(|c: char| c == '=' || BLANK.contains(&c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('=') {
            Some(value) => value_of(value.trim_start()),
            None => ("", after),
        };
        if !name.is_empty() {
            attributes.push((name.to_ascii_lowercase(), unescape(value)));
        }
        rest = after.trim_start_matches(BLANK);
    }
    attributes
}

fn value_of(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(value) = text.strip_prefix(quote) {
            return value.split_once(quote).unwrap_or((value, ""));
        }
    }
    text.split_at(text.find([' ', '\t', '\n']).unwrap_or(text.len()))
}

fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
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

#[cfg(test)]
mod tests {
    use super::{Piece, attributes, pieces};

    #[test]
    fn tags_are_told_from_text() {
        use Piece::{End, Start, Text};
        for (html, expected) in [
            ("<b>x</b>", &[Start("b", ""), Text("x"), End("b")][..]),
            ("<customer>", &[Text("<"), Text("customer>")]),
            ("1 < 2", &[Text("1 "), Text("<"), Text(" 2")]),
            ("a<!-- b -->c", &[Text("a"), Text("c")]),
            ("<script>x<b></SCRIPT>y", &[Start("script", ""), End("SCRIPT"), Text("y")]),
            ("<a title='x > y'>z", &[Start("a", " title='x > y'"), Text("z")]),
            ("<div", &[Start("div", "")]),
        ] {
            assert_eq!(pieces(html), expected, "{html:?}");
        }
    }

    #[test]
    fn attributes_are_read_however_they_are_quoted() {
        let read = attributes(" HREF=\"a&amp;b\" open title='x y' start=3/");
        let read: Vec<(&str, &str)> = read.iter().map(|(name, value)| (name.as_str(), &**value)).collect();
        assert_eq!(read, [("href", "a&b"), ("open", ""), ("title", "x y"), ("start", "3/")]);
        assert_eq!(attributes("=\"").len(), 0);
    }
}
