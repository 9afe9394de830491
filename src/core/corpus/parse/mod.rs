//! One pass over a Markdown text: outline, links, plain text, and the places where a long section may be cut.
//!
//! Nothing here recurses, so that nesting costs counters and not stack; nothing looks back further than a line's
//! beginning, so that a text of any shape costs its length.

mod running;

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, LinkType, Parser, Tag, TagEnd};

use super::anchor::Anchors;
use super::dialect::dialect;
use super::place::Places;
use super::plain::Plain;
use super::shortcode::Masked;
use super::{Finding, Level, Link, LinkKind, Section, hidden};

/// Deeper nesting than this is reported as `nesting-too-deep`, and must not be made into HTML.
pub const NESTING_LIMIT: usize = 100;

/// How well a section can be cut at a place; the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Before a block: a paragraph, an item, a table, a code block.
    Block,
    /// Before a sentence.
    Sentence,
    /// Inside a table or a code block, before a row or a line.
    Row,
    /// Between words, or where even those are too long.
    Word,
}

/// A place where a section may be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// Where in the visible text.
    pub(super) at: usize,
    /// Where in the plain text.
    pub(super) plain: usize,
    /// How many words the plain text has up to here.
    pub(super) words: u32,
    pub(super) rank: Rank,
}

/// A section's body, in both texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Where it begins.
    pub(super) from: Cut,
    /// Its cuts: indices into [`Outline::cuts`].
    pub(super) cuts: Range<usize>,
    /// Where it ends.
    pub(super) to: Cut,
}

/// What one pass finds.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) sections: Vec<Section>,
    /// One a section.
    pub(super) bodies: Vec<Stretch>,
    pub(super) cuts: Vec<Cut>,
    /// The plain text of all bodies, without headings.
    pub(super) plain: String,
    pub(super) links: Vec<Link>,
    /// Anchors set in HTML.
    pub(super) anchors: Vec<String>,
    pub(super) findings: Vec<Finding>,
}

/// Parses a visible text.
pub(super) fn parse(text: &str) -> Outline {
    let masked = Masked::of(text);
    let mut pass = Pass::new(text, &masked);
    for (event, range) in Parser::new_ext(masked.text(), dialect()).into_offset_iter() {
        pass.event(event, range);
    }
    pass.finish()
}

/// A link whose text is still being read.
struct OpenLink {
    link: usize,
    /// Where its text begins in the plain text, or in the heading.
    text_from: usize,
}

struct Pass<'a> {
    text: &'a str,
    masked: &'a Masked<'a>,
    places: Places<'a>,
    out: Outline,
    plain: Plain,
    anchors: Anchors,
    /// The heading that is being read, if it stands at the top level.
    heading: Option<String>,
    /// Where the heading begins: in the visible text, or in the plain text for one that stands in a container.
    heading_from: usize,
    /// Containers around, and inline elements around: together the nesting.
    containers: usize,
    inlines: usize,
    too_deep: bool,
    open_links: Vec<OpenLink>,
    in_code: bool,
    in_html: bool,
    in_table: bool,
    /// The last text ended a sentence.
    sentence_ended: bool,
    last_cut: (usize, u32),
}

impl<'a> Pass<'a> {
    fn new(text: &'a str, masked: &'a Masked<'a>) -> Self {
        let mut pass = Self {
            text,
            masked,
            places: Places::new(text),
            out: Outline::default(),
            plain: Plain::with_capacity(text.len()),
            anchors: Anchors::default(),
            heading: None,
            heading_from: 0,
            containers: 0,
            inlines: 0,
            too_deep: false,
            open_links: Vec::new(),
            in_code: false,
            in_html: false,
            in_table: false,
            sentence_ended: false,
            last_cut: (0, 0),
        };
        pass.out.links = masked.references(&mut pass.places);
        pass
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        if !matches!(event, Event::SoftBreak | Event::HardBreak) {
            // A sentence's end counts only when the line ends behind it.
            if !matches!(event, Event::Text(_)) {
                self.sentence_ended = false;
            }
        }
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag, &range),
            Event::Text(text) if !self.in_html => self.text(&text, range.start, text.len() == range.len()),
            Event::Code(code) => {
                self.run_cut(range.start);
                // Two shortcodes' worth of code is code: what was masked is taken from the text itself.
                match self.masked.original(&range) {
                    Some(source) => self.emit(source.trim_matches('`')),
                    None => self.emit(&code),
                }
            }
            Event::InlineMath(math) | Event::DisplayMath(math) => {
                self.run_cut(range.start);
                self.emit(&math);
            }
            Event::InlineHtml(_) => self.html(range),
            Event::SoftBreak | Event::HardBreak => {
                self.gap(' ');
                if std::mem::take(&mut self.sentence_ended) && self.inlines == 0 && self.heading.is_none() {
                    let at = self.places.line_start(range.end);
                    self.cut(at, Rank::Sentence);
                }
            }
            // Html: the whole block was read at its beginning. A footnote's mark, a rule and a box say nothing.
            Event::Text(_) | Event::Html(_) | Event::FootnoteReference(_) | Event::Rule | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Heading { .. } if self.containers == 0 => {
                self.heading = Some(String::new());
                self.heading_from = range.start;
                self.gap('\n');
            }
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Superscript | Tag::Subscript => self.inlines += 1,
            Tag::Link { link_type, dest_url, .. } => {
                self.inlines += 1;
                let kind =
                    if matches!(link_type, LinkType::WikiLink { .. }) { LinkKind::Wiki } else { LinkKind::Inline };
                let bracketed = self.bracketed_target(kind, range.end);
                let kind = if bracketed.is_some() { LinkKind::Inline } else { kind };
                let dest_url = bracketed.map_or(dest_url, CowStr::Borrowed);
                let url = if link_type == LinkType::Email {
                    Cow::Owned(format!("mailto:{dest_url}"))
                } else {
                    (&*dest_url).into()
                };
                self.link(kind, &url, range.start);
            }
            Tag::Image { link_type, dest_url, .. } => {
                self.inlines += 1;
                let kind =
                    if matches!(link_type, LinkType::WikiLink { .. }) { LinkKind::Embed } else { LinkKind::Image };
                self.link(kind, &dest_url, range.start);
            }
            Tag::HtmlBlock => {
                self.block(range.start);
                self.html(range.clone());
                self.in_html = true;
            }
            Tag::CodeBlock(kind) => {
                self.block(range.start);
                self.in_code = true;
                if matches!(kind, CodeBlockKind::Fenced(_)) {
                    self.check_fence(&range);
                }
            }
            Tag::TableHead | Tag::TableRow => {
                self.gap('\n');
                if self.plain.words >= self.last_cut.1 + running::GRAIN_WORDS {
                    let at = self.places.line_start(range.start);
                    self.cut(at, Rank::Row);
                }
            }
            Tag::TableCell => self.gap(' '),
            container => {
                self.in_table |= matches!(container, Tag::Table(_));
                let leaf = matches!(container, Tag::Paragraph | Tag::Heading { .. } | Tag::List(_));
                self.containers += usize::from(!leaf);
                let is_heading = matches!(container, Tag::Heading { .. });
                self.block(range.start);
                if is_heading {
                    self.heading_from = self.plain.len();
                }
            }
        }
        if self.containers + self.inlines > NESTING_LIMIT && !self.too_deep {
            self.too_deep = true;
            let message = format!("more than {NESTING_LIMIT} levels of nesting: shown as plain text; flatten it");
            self.find(Level::Error, "nesting-too-deep", range.start, message);
        }
    }

    fn end(&mut self, tag: TagEnd, range: &Range<usize>) {
        match tag {
            TagEnd::Heading(level) => match self.heading.take() {
                Some(title) => self.section(level as u8, &title, range),
                None => self.nested_heading(),
            },
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Superscript | TagEnd::Subscript => {
                self.inlines = self.inlines.saturating_sub(1);
            }
            TagEnd::Link | TagEnd::Image => {
                self.inlines = self.inlines.saturating_sub(1);
                if let Some(open) = self.open_links.pop() {
                    let read = self.heading.as_deref().unwrap_or(&self.plain.text);
                    let text = read.get(open.text_from..).unwrap_or_default().trim().to_owned();
                    if let Some(link) = self.out.links.get_mut(open.link) {
                        link.text = text;
                    }
                }
            }
            TagEnd::HtmlBlock => self.in_html = false,
            TagEnd::CodeBlock => {
                self.in_code = false;
                self.gap('\n');
            }
            TagEnd::TableHead | TagEnd::TableRow | TagEnd::Paragraph | TagEnd::List(_) => self.gap('\n'),
            TagEnd::TableCell => self.gap(' '),
            _ => {
                self.in_table &= tag != TagEnd::Table;
                self.containers = self.containers.saturating_sub(1);
                self.gap('\n');
            }
        }
    }

    /// `[[1]](target)` is a link whose text is `[1]`, though the parser sees a wiki link and a bracket.
    fn bracketed_target(&self, kind: LinkKind, end: usize) -> Option<&'a str> {
        let rest = self.text.get(end..)?.strip_prefix('(').filter(|_| kind == LinkKind::Wiki)?;
        // An address has no line break in it; looking no further keeps a text of many links linear.
        let rest = rest.get(..rest.find([')', '\n', ' ', '['])?)?;
        (!rest.is_empty()).then_some(rest)
    }

    /// Takes up a link as written.
    fn link(&mut self, kind: LinkKind, url: &str, at: usize) {
        self.run_cut(at);
        let referenced = self.masked.reference_at(at, url);
        let kind = if referenced.is_some() { LinkKind::Wiki } else { kind };
        let url = referenced.unwrap_or(url);
        let (target, fragment) = match url.split_once('#') {
            Some((target, fragment)) => (target, Some(fragment.to_owned())),
            None => (url, None),
        };
        let (line, column) = self.places.place(at);
        let text_from = self.heading.as_ref().map_or(self.plain.len(), String::len);
        self.open_links.push(OpenLink { link: self.out.links.len(), text_from });
        self.out.links.push(Link { kind, target: target.to_owned(), fragment, text: String::new(), line, column });
    }

    /// A heading in a quote or an item is text, but can be linked to.
    fn nested_heading(&mut self) {
        let title = self.plain.text.get(self.heading_from..).unwrap_or_default();
        let anchor = self.anchors.of(split_anchor(title).0);
        self.out.anchors.push(anchor);
        self.gap('\n');
    }

    /// Ends the section that is open and begins the next.
    fn section(&mut self, level: u8, title: &str, range: &Range<usize>) {
        let (title, custom) = split_anchor(title);
        // An escape sequence, or `&#x202e;`: the title is shown where nobody looks at the source.
        let (title, removed) = hidden::one_line(title);
        if let Some((count, first)) = removed {
            let first = u32::from(first);
            let message =
                format!("this heading holds {count} hidden or control characters, U+{first:04X} first; delete them");
            self.find(Level::Warning, "hidden-characters", self.heading_from, message);
        }
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        let anchor = match custom {
            Some(id) => self.anchors.custom(id),
            None => self.anchors.of(&title),
        };
        let start = self.places.line_start(self.heading_from);
        self.close(start);
        let line = self.places.line(self.heading_from);
        self.open(Section {
            level,
            title,
            anchor,
            parent: None,
            line,
            span: offset(start)..offset(start),
            body: offset(range.end.min(self.text.len())),
        });
    }

    fn open(&mut self, section: Section) {
        let at = section.body as usize;
        let from = Cut { at, plain: self.plain.len(), words: self.plain.words, rank: Rank::Block };
        let cuts = self.out.cuts.len();
        self.last_cut = (at, self.plain.words);
        self.out.sections.push(section);
        self.out.bodies.push(Stretch { from, cuts: cuts..cuts, to: from });
    }

    /// Ends the open section at `end`; what stood before the first heading becomes a section of level 0.
    fn close(&mut self, end: usize) {
        if self.out.sections.is_empty() {
            if self.text.get(..end).unwrap_or_default().trim().is_empty() {
                // Nothing stood there; whatever was cut is nobody's.
                self.out.cuts.clear();
                return;
            }
            let anchor = String::new();
            let top = Section { level: 0, title: String::new(), anchor, parent: None, line: 1, span: 0..0, body: 0 };
            self.out.sections.push(top);
            let from = Cut { at: 0, plain: 0, words: 0, rank: Rank::Block };
            self.out.bodies.push(Stretch { from, cuts: 0..0, to: from });
        }
        if let (Some(section), Some(body)) = (self.out.sections.last_mut(), self.out.bodies.last_mut()) {
            section.span.end = offset(end);
            body.cuts.end = self.out.cuts.len();
            body.to = Cut { at: end, plain: self.plain.len(), words: self.plain.words, rank: Rank::Block };
        }
    }

    /// A fence that is open at the end of its block was forgotten.
    fn check_fence(&mut self, range: &Range<usize>) {
        let block = self.text.get(range.clone()).unwrap_or_default().trim_end();
        let mark = if block.starts_with('~') { '~' } else { '`' };
        let length = block.chars().take_while(|&c| c == mark).count();
        let last = block.rsplit_once('\n').map(|(_, last)| last.trim_start_matches([' ', '\t', '>']));
        let closed = last.is_some_and(|last| last.len() >= length && last.chars().all(|c| c == mark));
        if !closed {
            let message = "this code fence is never closed: everything behind it is code".to_owned();
            self.find(Level::Warning, "fence-unclosed", range.start, message);
        }
    }

    fn find(&mut self, level: Level, rule: &'static str, at: usize, message: String) {
        let (line, column) = self.places.place(at);
        self.out.findings.push(Finding { level, rule: Cow::Borrowed(rule), line, column, message });
    }

    fn finish(mut self) -> Outline {
        self.gap('\n');
        self.close(self.text.len());
        // The nearest heading above with a lower level; a stack of those that are open finds it in one pass.
        let mut open: Vec<(u8, u32)> = Vec::new();
        let mut skipped = Vec::new();
        for (index, section) in self.out.sections.iter_mut().enumerate() {
            while open.last().is_some_and(|&(level, _)| level >= section.level) {
                open.pop();
            }
            // Text before the first heading is over nothing.
            section.parent = open.last().filter(|&&(level, _)| level > 0).map(|&(_, index)| index);
            if let Some(&(above, _)) = open.last().filter(|&&(above, _)| above > 0 && section.level > above + 1) {
                skipped.push((section.line, above, section.level));
            }
            open.push((section.level, offset(index)));
        }
        for (line, above, level) in skipped {
            let message = format!("level {level} stands right under level {above}; write level {}", above + 1);
            let rule = Cow::Borrowed("heading-level-skipped");
            self.out.findings.push(Finding { level: Level::Note, rule, line, column: 1, message });
        }
        self.out.plain = self.plain.text;
        self.out
    }
}

/// Splits `Title {#anchor}`.
fn split_anchor(title: &str) -> (&str, Option<&str>) {
    let title = title.trim();
    let Some((before, id)) = title.strip_suffix('}').and_then(|rest| rest.rsplit_once("{#")) else {
        return (title, None);
    };
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    if id.is_empty() || !id.chars().all(plain) { (title, None) } else { (before.trim_end(), Some(id)) }
}

/// An offset as it is stored; no file that is read comes near the limit.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
