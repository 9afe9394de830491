//! A document's visible text → the HTML of its body.
//!
//! pulldown-cmark's events go through one pass that knows our dialects, and are written by `writer`, which escapes
//! everything and never nests deeper than [`NESTING`]. What comes out goes through an allow-list sanitiser all the
//! same: two doors, and neither trusts the other. No link leaves here that was not led somewhere by [`Leads`].

mod allowed;
mod callout;
mod code;
mod container;
mod fenced;
mod flow;
mod math;
mod pass;
mod raw;
mod remarks;
mod sanitise;
mod strict;
mod tags;
mod writer;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::corpus::{LinkKind, Record};

use container::Contained;
use pass::Pass;
use writer::Written;

/// How deep elements may nest. What stands deeper is shown without its elements.
const NESTING: usize = crate::corpus::NESTING_LIMIT;

/// Where a link leads, for the reader of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lead {
    /// A page of this site, or a place on this page: a path or `#anchor`, ready for `href`.
    Here(String),
    /// An image of this site: a path, ready for `src`. For images and embeds alone.
    Image(String),
    /// Another site, or a mail address.
    Outside(String),
    /// Nowhere this reader can go. Missing and private are the same.
    Nowhere,
}

/// Finds where a link leads, from how it is written and its target with fragment.
pub(super) type Leads<'a> = &'a dyn Fn(LinkKind, &str) -> Lead;

/// A rendered body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Body {
    /// Sanitised HTML.
    pub(super) html: String,
    /// The anchor of the heading that became the page's title.
    pub(super) title_anchor: Option<String>,
    /// The addresses of the images that are drawn.
    pub(super) images: BTreeSet<String>,
}

/// What somebody has to say of a line of a text, shown beside the block it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remark {
    /// The line, from 1.
    pub(super) line: u32,
    /// The class of its element.
    pub(super) class: String,
    /// Where it is, in words.
    pub(super) place: String,
    /// How much it matters, in a word.
    pub(super) level: String,
    /// What is said.
    pub(super) message: String,
}

/// Renders a body. Headings take the anchors of `record`; the first H1 is left out when it is the title.
pub(super) fn render(text: &str, record: &Record, leads: Leads<'_>) -> Body {
    render_noted(text, record, leads, Vec::new())
}

/// The same, with remarks in the order of their lines, each beside the block at the top level that has its line, or the
/// next one.
pub(super) fn render_noted(text: &str, record: &Record, leads: Leads<'_>, remarks: Vec<Remark>) -> Body {
    let contained = Contained::of(text);
    let (Written { html, images }, title_anchor) = Pass::new(&contained, record, leads, remarks).run();
    Body { html: sanitise::clean(html), title_anchor, images }
}

/// A text without the marks of its containers, and their titles: what is left for the parser, for who compares it.
#[cfg(test)]
pub(super) fn without_containers(text: &str) -> (String, Vec<String>) {
    let Contained { text, edges } = Contained::of(text);
    (text.into_owned(), edges.into_iter().filter_map(|edge| edge.begins?.title).collect())
}

/// Heading levels as the page shows them: the title is the one H1, and no level is skipped below it.
#[derive(Debug, Default)]
pub(super) struct Levels(Vec<u8>);

impl Levels {
    /// The level, 2 to 6, at which a heading of `level` is shown after those asked about before.
    pub(super) fn shown(&mut self, level: u8) -> u8 {
        while self.0.last().is_some_and(|&above| above >= level) {
            self.0.pop();
        }
        self.0.push(level);
        u8::try_from(self.0.len() + 1).unwrap_or(6).min(6)
    }
}

/// The first paragraph of a text as plain words, at most `limit` characters of it.
pub(super) fn first_paragraph(text: &str, limit: usize) -> String {
    use pulldown_cmark::{Event, Parser, Tag, TagEnd};
    let mut words = String::new();
    let mut inside = false;
    for event in Parser::new_ext(text, crate::corpus::dialect()) {
        match event {
            Event::Start(Tag::Paragraph) => inside = true,
            Event::End(TagEnd::Paragraph) if !words.trim().is_empty() => break,
            Event::Text(text) | Event::Code(text) if inside => words.push_str(&text),
            Event::SoftBreak | Event::HardBreak if inside => words.push(' '),
            _ => {}
        }
    }
    let words = words.trim();
    match words.char_indices().nth(limit) {
        Some((at, _)) => {
            let kept = words.get(..at).unwrap_or(words);
            let end = kept.rfind(' ').unwrap_or(kept.len());
            format!("{}…", kept.get(..end).unwrap_or(kept))
        }
        None => words.to_owned(),
    }
}
