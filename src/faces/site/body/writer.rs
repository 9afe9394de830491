//! Writes elements, balanced and bounded.
//!
//! Text and attribute values are escaped here and nowhere else, but in formulae, which come as markup. Two kinds of elements share one stack: those the
//! Markdown opened, which their end event closes, and those that raw HTML opened, which close with whatever Markdown
//! element is around them. So raw HTML can never close a part of the page, and what is written is always well formed.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use maud::Escaper;

use super::NESTING;

#[derive(Debug)]
struct Open {
    name: &'static str,
    /// Opened by raw HTML.
    raw: bool,
    /// Written: not beyond the limit.
    shown: bool,
}

/// A balanced HTML text that grows.
#[derive(Debug, Default)]
pub(super) struct Writer {
    html: String,
    open: Vec<Open>,
    images: BTreeSet<String>,
}

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) html: String,
    /// The addresses of the images in it.
    pub(super) images: BTreeSet<String>,
}

/// An attribute: its name is ours, its value anybody's.
pub(super) type Attribute<'a> = (&'static str, &'a str);

impl Writer {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { html: String::with_capacity(capacity), ..Self::default() }
    }

    /// Opens an element of the Markdown.
    pub(super) fn start(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        if is_block(name) {
            self.end_raw_paragraph();
        }
        let shown = self.open.len() < NESTING;
        if shown {
            self.tag(name, attributes);
        }
        self.open.push(Open { name, raw: false, shown });
    }

    /// Closes the newest element of the Markdown, and what raw HTML left open in it.
    pub(super) fn end(&mut self) {
        while let Some(open) = self.open.pop() {
            self.close(&open);
            if !open.raw {
                break;
            }
        }
    }

    /// Opens an element of raw HTML; beyond the limit it is left out.
    pub(super) fn start_raw(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        for ended in ended_by(name) {
            if self.open.last().is_some_and(|open| open.raw && open.name == *ended) {
                self.pop();
            }
        }
        if is_block(name) {
            self.end_raw_paragraph();
        }
        if self.open.len() < NESTING {
            self.tag(name, attributes);
            self.open.push(Open { name, raw: true, shown: true });
        }
    }

    /// Closes an element of raw HTML, if one of this name is open inside the newest element of the Markdown.
    pub(super) fn end_raw(&mut self, name: &str) {
        let inside = self.open.iter().rev().take_while(|open| open.raw);
        if let Some(above) = inside.into_iter().position(|open| open.name == name) {
            for _ in 0..=above {
                self.pop();
            }
        }
    }

    /// Writes an element that has no content.
    pub(super) fn void(&mut self, name: &'static str) {
        if is_block(name) {
            self.end_raw_paragraph();
        }
        self.tag(name, &[]);
    }

    /// Writes an image of this site.
    pub(super) fn image(&mut self, address: &str, alt: &str, others: &[Attribute<'_>]) {
        self.images.insert(address.to_owned());
        let own = [("src", address), ("alt", alt), ("loading", "lazy")];
        self.tag("img", &[&own, others].concat());
    }

    /// Writes an element with text in it.
    pub(super) fn element(&mut self, name: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.start(name, attributes);
        self.text(text);
        self.end();
    }

    /// Writes text, in which quotes are as they are.
    pub(super) fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = memchr::memchr3(b'&', b'<', b'>', rest.as_bytes()) {
            let (plain, sign) = rest.split_at(at);
            self.html.push_str(plain);
            self.html.push_str(match sign.as_bytes().first() {
                Some(b'&') => "&amp;",
                Some(b'<') => "&lt;",
                _ => "&gt;",
            });
            rest = sign.get(1..).unwrap_or_default();
        }
        self.html.push_str(rest);
    }

    /// Writes a formula: markup that went through the sanitiser's list for them.
    pub(super) fn formula(&mut self, markup: &str) {
        self.html.push_str(markup);
    }

    /// Writes text that has HTML's entities in it already.
    pub(super) fn entity_text(&mut self, text: &str) {
        for (at, part) in text.split(['<', '>']).enumerate() {
            if at > 0 {
                let before = part.as_ptr() as usize - text.as_ptr() as usize - 1;
                self.text(text.get(before..=before).unwrap_or_default());
            }
            self.html.push_str(part);
        }
    }

    /// Whether nothing is open.
    pub(super) fn is_at_top(&self) -> bool {
        self.open.is_empty()
    }

    /// How many elements of the Markdown are open.
    pub(super) fn depth(&self) -> usize {
        self.open.iter().filter(|open| !open.raw).count()
    }

    /// Whether an element of this name is open, of either kind.
    pub(super) fn is_open(&self, name: &str) -> bool {
        self.open.iter().any(|open| open.name == name)
    }

    /// Closes everything and gives what was written.
    pub(super) fn finish(mut self) -> Written {
        while !self.open.is_empty() {
            self.pop();
        }
        Written { html: self.html, images: self.images }
    }

    fn tag(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        self.html.push('<');
        self.html.push_str(name);
        for (key, value) in attributes {
            self.html.push(' ');
            self.html.push_str(key);
            self.html.push_str("=\"");
            escape(value, &mut self.html);
            self.html.push('"');
        }
        self.html.push('>');
    }

    fn pop(&mut self) {
        if let Some(open) = self.open.pop() {
            self.close(&open);
        }
    }

    fn close(&mut self, open: &Open) {
        if open.shown {
            self.html.push_str("</");
            self.html.push_str(open.name);
            self.html.push('>');
            if is_block(open.name) {
                self.html.push('\n');
            }
        }
    }

    /// HTML ends a paragraph before any block; so that nothing is closed twice, it is done here.
    fn end_raw_paragraph(&mut self) {
        if self.open.last().is_some_and(|open| open.raw && open.name == "p") {
            self.pop();
        }
    }
}

fn escape(text: &str, html: &mut String) {
    // Writing to a String can't fail.
    let _infallible = Escaper::new(html).write_str(text);
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "blockquote"
            | "pre"
            | "ul"
            | "ol"
            | "li"
            | "dl"
            | "dt"
            | "dd"
            | "table"
            | "figure"
            | "hr"
            | "details"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
    )
}

/// Elements whose end may be left out in HTML before an element of this name, innermost first.
fn ended_by(name: &str) -> &'static [&'static str] {
    match name {
        "li" => &["p", "li"],
        "dt" | "dd" => &["p", "dt", "dd"],
        "td" | "th" => &["p", "td", "th"],
        "tr" => &["p", "td", "th", "tr"],
        "thead" | "tbody" | "tfoot" => &["p", "td", "th", "tr", "thead", "tbody", "tfoot"],
        _ => &[],
    }
}
