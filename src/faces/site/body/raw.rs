//! Raw HTML, written anew from what we know of it.
//!
//! An element that is not listed leaves its text behind; an attribute that is not listed goes. Links and images go
//! through the same doors as those of the Markdown.

use std::collections::HashSet;

use super::tags::{self, Piece};
use super::writer::{Attribute, Writer};
use super::{Around, Lead, Levels};
use crate::corpus::LinkKind;

/// What raw HTML needs to know of its page.
pub(super) struct Raw<'a> {
    pub(super) around: &'a dyn Around,
    /// Anchors that are taken; nothing where none is given.
    pub(super) ids: Option<&'a mut HashSet<String>>,
    pub(super) levels: &'a mut Levels,
}

impl Raw<'_> {
    /// Writes raw HTML.
    pub(super) fn write(&mut self, html: &str, writer: &mut Writer) {
        for piece in tags::pieces(html) {
            match piece {
                Piece::Text(text) => writer.entity_text(text),
                Piece::Start(name, attributes) => self.start(name, attributes, writer),
                Piece::End(name) => {
                    let name = name.to_ascii_lowercase();
                    match heading(&name) {
                        Some(_) => ["h2", "h3", "h4", "h5", "h6"].iter().for_each(|level| writer.end_raw(level)),
                        None => writer.end_raw(shown(&name).unwrap_or_default()),
                    }
                }
            }
        }
    }

    fn start(&mut self, name: &str, attributes: &str, writer: &mut Writer) {
        let name = name.to_ascii_lowercase();
        let attributes = tags::attributes(attributes);
        let value = |wanted: &str| attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| &**value);
        match name.as_str() {
            "img" => {
                let sized = |name| value(name).filter(|size| is_number(size)).map(|size| (name, size));
                let title = value("title").map(|title| ("title", title));
                let others: Vec<_> = sized("width").into_iter().chain(sized("height")).chain(title).collect();
                let source = value("src").unwrap_or_default();
                let lead = self.around.lead(LinkKind::Image, source);
                return image(writer, &lead, source, value("alt").unwrap_or_default(), &others);
            }
            "br" | "hr" | "wbr" => {
                return writer.void(if name == "br" {
                    "br"
                } else if name == "hr" {
                    "hr"
                } else {
                    "wbr"
                });
            }
            "a" => return self.link(value("href"), value("id").or(value("name")), value("title"), writer),
            _ => {}
        }
        let level = heading(&name);
        let Some(element) = level.map(|level| heading_name(self.levels.shown(level))).or_else(|| shown(&name)) else {
            return;
        };
        let mut kept: Vec<Attribute<'_>> = Vec::new();
        if let Some(id) = value("id").filter(|id| self.take(id)) {
            kept.push(("id", id));
        }
        kept.extend(value("title").map(|title| ("title", title)));
        kept.extend(value("lang").filter(|lang| is_token(lang)).map(|lang| ("lang", lang)));
        kept.extend(value("dir").filter(|dir| matches!(*dir, "ltr" | "rtl" | "auto")).map(|dir| ("dir", dir)));
        match value("align") {
            Some("center") => kept.push(("class", "center")),
            Some("right") => kept.push(("class", "end")),
            _ if name == "center" => kept.push(("class", "center")),
            _ => {}
        }
        match element {
            "details" => kept.extend(value("open").map(|_| ("open", ""))),
            "td" | "th" => {
                kept.extend(value("colspan").filter(|n| is_number(n)).map(|n| ("colspan", n)));
                kept.extend(value("rowspan").filter(|n| is_number(n)).map(|n| ("rowspan", n)));
            }
            "ol" => kept.extend(value("start").filter(|n| is_number(n)).map(|n| ("start", n))),
            _ => {}
        }
        writer.start_raw(element, &kept);
    }

    fn link(&mut self, href: Option<&str>, id: Option<&str>, title: Option<&str>, writer: &mut Writer) {
        let mut kept: Vec<Attribute<'_>> = Vec::new();
        if let Some(id) = id.filter(|id| self.take(id)) {
            kept.push(("id", id));
        }
        kept.extend(title.map(|title| ("title", title)));
        let lead = href.map(|href| self.around.lead(LinkKind::Inline, href));
        match &lead {
            Some(Lead::Here(href)) => kept.push(("href", href)),
            Some(Lead::Outside(href)) => kept.extend([("href", href.as_str()), ("rel", "noopener noreferrer")]),
            // An `a` keeps its element, so that its end is found.
            Some(Lead::Image(_) | Lead::Nowhere) => kept.push(("class", "unavailable")),
            None => {}
        }
        // One link can't stand in another.
        if !writer.is_open("a") {
            writer.start_raw("a", &kept);
        }
    }

    fn take(&mut self, id: &str) -> bool {
        let ours = id.is_empty() || id.contains(':') || id.chars().any(char::is_whitespace);
        !ours && self.ids.as_mut().is_some_and(|ids| ids.insert(id.to_owned()))
    }
}

/// Writes an image: as a picture if this site has it, else as what it says. One without words is decoration.
pub(super) fn image(writer: &mut Writer, lead: &Lead, source: &str, alt: &str, others: &[Attribute<'_>]) {
    let alt = alt.trim();
    if let Lead::Image(address) = lead {
        return writer.image(address, alt, others);
    }
    if alt.is_empty() {
        let name = source.rsplit('/').next().unwrap_or(source);
        // The name of a picture from elsewhere is mostly that of a badge or a pixel.
        if name.is_empty() || source.contains("//") || source.contains(':') {
            return;
        }
        writer.element("span", &[("class", "image")], name);
    } else {
        writer.element("span", &[("class", "image")], alt);
    }
}

fn heading(name: &str) -> Option<u8> {
    match name.as_bytes() {
        [b'h', level @ b'1'..=b'6'] => Some(level - b'0'),
        _ => None,
    }
}

/// The element of a heading level.
pub(super) fn heading_name(level: u8) -> &'static str {
    match level {
        0..=2 => "h2",
        3 => "h3",
        4 => "h4",
        5 => "h5",
        _ => "h6",
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= 35 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// A whole number of at most four digits.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() <= 4 && text.chars().all(|c| c.is_ascii_digit())
}

/// The element that stands for one of raw HTML, if any does.
fn shown(name: &str) -> Option<&'static str> {
    const AS_IT_IS: [&str; 49] = [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "blockquote",
        "caption",
        "cite",
        "code",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "i",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
        "var",
    ];
    match name {
        "strike" => Some("s"),
        "tt" => Some("code"),
        "center" => Some("div"),
        other => AS_IT_IS.iter().find(|known| **known == other).copied(),
    }
}
