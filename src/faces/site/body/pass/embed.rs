//! Embeds: a page, or a section of one, shown where another text names it.
//!
//! What stands by itself in a paragraph is shown; within a line it is a link. The embedded text is written by a pass of
//! its own into the same page: its links lead from its own place, its headings stand below the one that is open, and none
//! of its anchors is an anchor of this page.

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::super::Embedded;
use super::super::container::{Contained, Edge};
use super::Pass;

impl Pass<'_> {
    /// Whether the paragraph that begins at `at` holds embeds and nothing else.
    pub(super) fn is_embed(&self, at: usize) -> bool {
        let mut next = at + 1;
        loop {
            next = match self.events.get(next) {
                Some((Event::Start(Tag::Image { link_type: LinkType::WikiLink { .. }, .. }), _)) => {
                    self.end_of(next) + 1
                }
                Some((Event::SoftBreak, _)) => next + 1,
                other => return next > at + 1 && matches!(other, Some((Event::End(TagEnd::Paragraph), _))),
            };
        }
    }

    /// Writes the embeds of a paragraph; gives the place behind it.
    pub(super) fn embeds(&mut self, at: usize) -> usize {
        let end = self.end_of(at);
        let mut next = at + 1;
        while next < end {
            let around = self.around;
            next = match self.events.get(next).cloned() {
                Some((Event::Start(Tag::Image { dest_url, .. }), _)) => match around.embedded(&dest_url) {
                    Some(embedded) => {
                        self.embed(&embedded);
                        self.end_of(next) + 1
                    }
                    None => {
                        self.writer.start("p", &[]);
                        let behind = self.event(next);
                        self.writer.end();
                        behind
                    }
                },
                _ => next + 1,
            };
        }
        end + 1
    }

    fn embed(&mut self, embedded: &Embedded<'_>) {
        let Embedded { address, title, record, text, lines, around } = embedded;
        self.embeds += 1;
        let label = format!("From “{title}”");
        self.writer.start("div", &[("class", "embedded"), ("role", "group"), ("aria-label", &label)]);
        self.writer.start("p", &[("class", "quiet")]);
        self.writer.element("a", &[("href", address)], title);
        self.writer.end();
        let contained = Contained::of(text);
        let mut inner = Pass::new(&contained, record, &**around, Vec::new());
        inner.anchors.clear();
        inner.within = format!("{}e{}-", self.within, self.embeds);
        inner.levels = self.levels.within();
        inner.writer = std::mem::take(&mut self.writer);
        inner.part(lines);
        self.writer = inner.writer;
        self.writer.end();
    }

    /// Writes some lines of the text.
    fn part(&mut self, lines: &Range<u32>) {
        let offset = |line: u32| self.lines.get(line.saturating_sub(1) as usize).copied().unwrap_or(self.text.len());
        let bytes = offset(lines.start)..offset(lines.end);
        let events = self.block_from(0, bytes.start);
        let events = events..self.block_from(events, bytes.end);
        self.edges = edges_in(self.edges.as_slice(), &bytes).iter();
        self.contained = self.writer.depth();
        self.span(events.clone());
        self.pass_edges(self.text.len());
        // The footnotes of what is not shown are not shown either.
        let mentioned = &self.mentioned;
        self.footnotes.retain(|label, note| {
            events.contains(&note.start) || mentioned.iter().any(|(mentioned, _)| mentioned == label)
        });
        self.endnotes();
    }

    /// The first block at the top level that begins at `offset` or later, from the block at `at` on.
    fn block_from(&self, mut at: usize, offset: usize) -> usize {
        while self.events.get(at).is_some_and(|(_, range)| range.start < offset) {
            at = self.end_of(at) + 1;
        }
        at
    }
}

/// Where containers begin and end in a part of a text; nothing when one of them begins or ends outside of it.
fn edges_in<'e>(edges: &'e [Edge], bytes: &Range<usize>) -> &'e [Edge] {
    let place = |offset: usize| edges.partition_point(|edge| edge.offset < offset);
    let inside = edges.get(place(bytes.start)..place(bytes.end)).unwrap_or_default();
    let mut open = 0_usize;
    for edge in inside {
        match (&edge.begins, open) {
            (Some(_), _) => open += 1,
            (None, 0) => return &[],
            (None, _) => open -= 1,
        }
    }
    if open == 0 { inside } else { &[] }
}
