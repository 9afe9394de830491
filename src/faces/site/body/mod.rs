//! A document's visible text → the HTML of its body.
//!
//! pulldown-cmark's events go through one pass that knows our dialects, and are written by `writer`, which escapes
//! everything and never nests deeper than [`NESTING`]. What comes out goes through an allow-list all the same:
//! two doors, and neither trusts the other. No link leaves here that was not led somewhere by [`Around`].

mod allowed;
mod callout;
mod code;
mod container;
mod fenced;
mod figure;
mod flow;
mod math;
mod pass;
mod raw;
mod remarks;
mod sanitise;
mod sequence;
mod strict;
mod tags;
mod writer;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::Range;

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

/// What stands around a text: where its links lead, and what it embeds.
pub(super) trait Around {
    /// Finds where a link leads, from how it is written and its target with fragment.
    fn lead(&self, kind: LinkKind, target: &str) -> Lead;

    /// What is shown in the place of an embed that stands by itself; nothing where a link to it is all there is.
    fn embedded(&self, target: &str) -> Option<Embedded<'_>>;
}

/// Where links lead is all there is around some texts.
impl<F: Fn(LinkKind, &str) -> Lead> Around for F {
    fn lead(&self, kind: LinkKind, target: &str) -> Lead {
        self(kind, target)
    }

    fn embedded(&self, _target: &str) -> Option<Embedded<'_>> {
        None
    }
}

/// A text of this site, or a section of it, that another one embeds.
pub(super) struct Embedded<'e> {
    /// Its page, and the section on it, ready for `href`.
    pub(super) address: String,
    /// What it is called.
    pub(super) title: String,
    pub(super) record: &'e Record,
    /// The whole text.
    pub(super) text: String,
    /// Which lines of it are shown, from 1.
    pub(super) lines: Range<u32>,
    /// What stands around it.
    pub(super) around: Box<dyn Around + 'e>,
}

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
pub(super) fn render(text: &str, record: &Record, around: &dyn Around) -> Body {
    render_noted(text, record, around, Vec::new())
}

/// The same, with remarks in the order of their lines, each beside the block at the top level that has its line, or the
/// next one.
pub(super) fn render_noted(text: &str, record: &Record, around: &dyn Around, remarks: Vec<Remark>) -> Body {
    let contained = Contained::of(text);
    let (Written { html, images }, title_anchor) = Pass::new(&contained, record, around, remarks).run();
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
    /// Those of a text that stands within what was asked about last.
    fn within(&self) -> Self {
        Self(vec![0; self.0.len()])
    }

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
