//! The pass over the events: every dialect becomes elements here.

mod embed;
mod footnotes;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use pulldown_cmark::{Alignment, CodeBlockKind, CowStr, Event, LinkType, Parser, Tag, TagEnd, TextMergeWithOffset};

use super::callout::{self, Kind};
use super::container::{Contained, Edge, Head};
use super::raw::{self, Raw, heading_name};
use super::remarks::Remarks;
use super::writer::{Attribute, Writer, Written};
use super::{Around, Lead, Levels, Remark, fenced, math};
use crate::corpus::{LinkKind, Record, dialect};

/// Renders one document.
pub(super) struct Pass<'a> {
    text: &'a str,
    events: Vec<(Event<'a>, Range<usize>)>,
    around: &'a dyn Around,
    writer: Writer,
    levels: Levels,
    ids: HashSet<String>,
    /// Anchors by the line their heading begins in.
    anchors: HashMap<usize, String>,
    /// Where each line begins.
    lines: Vec<usize>,
    /// The title, as long as no H1 has taken its place.
    title: Option<&'a str>,
    title_anchor: Option<String>,
    /// The anchor of the heading that is open.
    heading: Option<(String, String)>,
    in_link: usize,
    in_head: bool,
    alignments: Vec<Alignment>,
    column: usize,
    footnotes: HashMap<String, Range<usize>>,
    /// Labels in the order of their first mention, with how often they were mentioned.
    mentioned: Vec<(String, usize)>,
    remarks: Remarks,
    /// Where containers begin and end from here on, and how many are open.
    edges: std::slice::Iter<'a, Edge>,
    contained: usize,
    /// Stands before the ids of what is embedded in another text, and is empty elsewhere; what was embedded here so far.
    within: String,
    embeds: usize,
}

impl<'a> Pass<'a> {
    pub(super) fn new(
        contained: &'a Contained<'_>,
        record: &'a Record,
        around: &'a dyn Around,
        remarks: Vec<Remark>,
    ) -> Self {
        let text: &str = &contained.text;
        let parser = Parser::new_ext(text, dialect());
        let events: Vec<_> = TextMergeWithOffset::new(parser.into_offset_iter()).collect();
        let sections = record.sections.iter().filter(|section| section.level > 0);
        let anchors: HashMap<usize, String> =
            sections.map(|section| (section.line as usize, section.anchor.clone())).collect();
        let mut lines = vec![0];
        lines.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        Self {
            text,
            edges: contained.edges.iter(),
            contained: 0,
            within: String::new(),
            embeds: 0,
            footnotes: footnotes::definitions(&events),
            events,
            around,
            writer: Writer::with_capacity(text.len() + text.len() / 2),
            levels: Levels::default(),
            ids: anchors.values().cloned().collect(),
            anchors,
            lines,
            title: Some(&record.title),
            title_anchor: None,
            heading: None,
            in_link: 0,
            in_head: false,
            alignments: Vec::new(),
            column: 0,
            mentioned: Vec::new(),
            remarks: Remarks::of(remarks),
        }
    }

    /// Renders; gives HTML and the anchor of the heading that is the title.
    pub(super) fn run(mut self) -> (Written, Option<String>) {
        self.span(0..self.events.len());
        self.pass_edges(self.text.len());
        self.remarks.write_rest(&mut self.writer);
        self.endnotes();
        (self.writer.finish(), self.title_anchor)
    }

    /// Renders a span of events. Those of footnotes are left for the end.
    fn span(&mut self, span: Range<usize>) {
        let mut at = span.start;
        while at < span.end {
            if let Some((_, range)) = self.events.get(at) {
                self.pass_edges(range.start);
            }
            at = if self.remarks.is_empty() || !self.writer.is_at_top() { self.event(at) } else { self.noted(at) };
        }
    }

    /// Opens and closes the containers that begin and end before `offset`, unless some other block goes on there.
    fn pass_edges(&mut self, offset: usize) {
        while let Some(edge) = self.edges.as_slice().first()
            && edge.offset <= offset
            && self.writer.depth() == self.contained
        {
            self.edges.next();
            match &edge.begins {
                Some(Head { kind, title }) => {
                    self.contained += 1;
                    self.start_callout(*kind);
                    if let Some(title) = title {
                        self.writer.element("p", &[("class", "callout-title")], &plain_words(title));
                    }
                }
                None => {
                    self.contained -= 1;
                    self.writer.end();
                }
            }
        }
    }

    /// Renders the block at `at` with what is said of its lines.
    fn noted(&mut self, at: usize) -> usize {
        let Some((event, range)) = self.events.get(at) else { return at + 1 };
        let raw = matches!(event, Event::Start(Tag::HtmlBlock));
        let last = self.lines.partition_point(|&start| start < range.end.max(range.start + 1));
        let due = self.remarks.due(last);
        if due.is_empty() {
            return self.event(at);
        }
        // What raw HTML opens may end many blocks later.
        let end = if raw { at } else { self.end_of(at) + 1 };
        self.writer.start("div", &[("class", "noted")]);
        self.remarks.write(due, &mut self.writer);
        let mut next = at;
        while next < end {
            next = self.event(next);
        }
        self.writer.end();
        if raw { self.event(at) } else { next }
    }

    /// Renders the event at `at`; gives the place of the next one.
    fn event(&mut self, at: usize) -> usize {
        let Some((event, range)) = self.events.get(at).cloned() else { return at + 1 };
        match event {
            Event::Start(tag) => return self.start(at, tag, range.start),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_link > 0 => self.writer.text(&text),
            Event::Text(text) => self.linked_text(&text),
            Event::Code(code) => self.writer.element("code", &[], &code),
            Event::InlineMath(formula) => self.formula(&formula, &range),
            Event::DisplayMath(formula) => math::write_display(&formula, &mut self.writer),
            Event::Html(html) | Event::InlineHtml(html) => self.raw(&html),
            Event::FootnoteReference(label) => self.mention(&label),
            Event::SoftBreak => self.writer.text("\n"),
            Event::HardBreak => self.writer.void("br"),
            Event::Rule => self.writer.void("hr"),
            Event::TaskListMarker(done) => {
                let (sign, name) = if done { ("☑", "Done") } else { ("☐", "To do") };
                self.writer.element("span", &[("class", "task"), ("role", "img"), ("aria-label", name)], sign);
                self.writer.text(" ");
            }
        }
        at + 1
    }

    fn start(&mut self, at: usize, tag: Tag<'a>, offset: usize) -> usize {
        match tag {
            Tag::Heading { level, .. } => return self.start_heading(at, level as u8, offset),
            Tag::BlockQuote(kind) => return self.start_quote(at, kind.map(callout::of_alert)),
            Tag::HtmlBlock => return self.html_block(at),
            Tag::FootnoteDefinition(_) => return self.end_of(at) + 1,
            Tag::Image { link_type, dest_url, title, .. } => return self.image(at, link_type, &dest_url, &title),
            Tag::Link { link_type, dest_url, title, .. } => self.start_link(link_type, &dest_url, &title),
            Tag::CodeBlock(kind) => return self.code_block(at, &kind),
            Tag::Table(alignments) => {
                self.alignments = alignments;
                self.writer
                    .start("div", &[("class", "table"), ("role", "group"), ("aria-label", "Table"), ("tabindex", "0")]);
                self.writer.start("table", &[]);
            }
            Tag::TableHead => {
                (self.in_head, self.column) = (true, 0);
                self.writer.start("thead", &[]);
                self.writer.start("tr", &[]);
            }
            Tag::TableRow => {
                self.column = 0;
                self.writer.start("tr", &[]);
            }
            Tag::TableCell => self.start_cell(),
            Tag::List(Some(first)) if first != 1 => self.writer.start("ol", &[("start", &first.to_string())]),
            Tag::Item if self.is_task(at) => self.writer.start("li", &[("class", "task-item")]),
            Tag::Paragraph if self.is_embed(at) => return self.embeds(at),
            Tag::MetadataBlock(_) => return self.end_of(at) + 1,
            plain => self.writer.start(element(&plain), &[]),
        }
        at + 1
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                if let Some((anchor, words)) = self.heading.take() {
                    let label = format!("Link to “{}”", words.trim());
                    self.writer.text(" ");
                    let href = format!("#{}", crate::site::address::encoded(&anchor));
                    self.writer.element("a", &[("class", "anchor"), ("href", &href), ("aria-label", &label)], "#");
                }
                self.writer.end();
            }
            TagEnd::Link => {
                self.in_link = self.in_link.saturating_sub(1);
                self.writer.end();
            }
            TagEnd::TableHead => {
                self.in_head = false;
                self.writer.end();
                self.writer.end();
                self.writer.start("tbody", &[]);
            }
            TagEnd::Table => (0..3).for_each(|_| self.writer.end()),
            TagEnd::TableCell => {
                self.column += 1;
                self.writer.end();
            }
            _ => self.writer.end(),
        }
    }

    fn start_heading(&mut self, at: usize, level: u8, offset: usize) -> usize {
        let end = self.end_of(at);
        let line = self.lines.partition_point(|&start| start <= offset);
        let anchor = self.anchors.get(&line).cloned();
        self.cut_custom_anchor(at..end);
        let words: String =
            self.events.get(at..end).unwrap_or_default().iter().filter_map(|(event, _)| words(event)).collect();
        if level == 1 && same_words(&words, self.title.unwrap_or_default()) {
            self.title = None;
            self.title_anchor = anchor;
            return end + 1;
        }
        let name = heading_name(self.levels.shown(level));
        let attributes: Vec<Attribute<'_>> = anchor.iter().map(|anchor| ("id", anchor.as_str())).collect();
        self.writer.start(name, &attributes);
        self.heading = anchor.filter(|anchor| !anchor.is_empty()).map(|anchor| (anchor, words));
        at + 1
    }

    /// `{#name}` behind a heading names its anchor and is no text.
    fn cut_custom_anchor(&mut self, heading: Range<usize>) {
        let events = self.events.get_mut(heading).unwrap_or_default();
        let Some((Event::Text(text), _)) = events.last_mut() else { return };
        let Some(inner) = text.trim_end().strip_suffix('}') else { return };
        if let Some(start) = inner
            .rfind("{#")
            .filter(|start| inner.get(*start..).is_some_and(|name| !name.contains(char::is_whitespace)))
        {
            *text = CowStr::from(inner.get(..start).unwrap_or_default().trim_end().to_owned());
        }
    }

    fn start_quote(&mut self, at: usize, alert: Option<Kind>) -> usize {
        if let Some(kind) = alert {
            self.start_callout(kind);
            self.writer.element("p", &[("class", "callout-title")], kind.name);
            return at + 1;
        }
        let paragraph = matches!(self.events.get(at + 1), Some((Event::Start(Tag::Paragraph), _)));
        let first = match self.events.get(at + 2) {
            Some((Event::Text(text), _)) if paragraph => text.clone(),
            _ => CowStr::Borrowed(""),
        };
        let Some(head) = callout::head(&first) else {
            self.writer.start("blockquote", &[]);
            return at + 1;
        };
        let kind = head.word.map_or(head.kind, callout::look);
        self.start_callout(kind);
        self.writer.start("p", &[("class", "callout-title")]);
        let mut next = at + 3;
        let rest = first.get(head.len..).unwrap_or_default();
        self.linked_text(rest);
        // The title goes on to the line's end.
        while !matches!(
            self.events.get(next),
            None | Some((Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph), _))
        ) {
            next = self.event(next);
        }
        if rest.is_empty() && next == at + 3 {
            self.writer.text(&head.word.map_or_else(|| kind.name.to_owned(), callout::capitalised));
        }
        self.writer.end();
        if !matches!(self.events.get(next), Some((Event::End(_), _))) {
            self.writer.start("p", &[]);
        }
        next + 1
    }

    fn start_callout(&mut self, kind: Kind) {
        self.writer.start("div", &[("class", kind.class), ("role", "note")]);
    }

    fn html_block(&mut self, at: usize) -> usize {
        let end = self.end_of(at);
        let lines = self.events.get(at + 1..end).unwrap_or_default().iter().filter_map(|(event, _)| match event {
            Event::Html(text) | Event::Text(text) => Some(&**text),
            _ => None,
        });
        let html: String = lines.collect();
        self.raw(&html);
        end + 1
    }

    fn raw(&mut self, html: &str) {
        let ids = self.within.is_empty().then_some(&mut self.ids);
        Raw { around: self.around, ids, levels: &mut self.levels }.write(html, &mut self.writer);
    }

    fn image(&mut self, at: usize, link_type: LinkType, target: &str, title: &str) -> usize {
        let end = self.end_of(at);
        let alt: String =
            self.events.get(at..end).unwrap_or_default().iter().filter_map(|(event, _)| words(event)).collect();
        let embed = matches!(link_type, LinkType::WikiLink { .. });
        let lead = self.around.lead(if embed { LinkKind::Embed } else { LinkKind::Image }, target);
        if let (Lead::Here(href), true) = (&lead, embed) {
            self.writer.element("a", &[("href", href), ("class", "embed")], &alt);
            return end + 1;
        }
        // `![[picture.png|300]]` says how wide, and has no words.
        let width = Some(alt.as_str()).filter(|width| embed && raw::is_number(width));
        let alt = if width.is_some() { target.rsplit('/').next().unwrap_or(target) } else { &alt };
        let title = Some(title).filter(|title| !title.is_empty());
        let others = width.map(|width| ("width", width)).into_iter().chain(title.map(|title| ("title", title)));
        raw::image(&mut self.writer, &lead, target, alt, &others.collect::<Vec<_>>());
        end + 1
    }

    fn start_link(&mut self, link_type: LinkType, target: &str, title: &str) {
        self.in_link += 1;
        let kind = if matches!(link_type, LinkType::WikiLink { .. }) { LinkKind::Wiki } else { LinkKind::Inline };
        let lead = match link_type {
            LinkType::Email => self.around.lead(kind, &format!("mailto:{target}")),
            _ => self.around.lead(kind, target),
        };
        self.link_element(&lead, title);
    }

    fn link_element(&mut self, lead: &Lead, title: &str) {
        let title: Option<Attribute<'_>> = (!title.is_empty()).then_some(("title", title));
        // One link can't stand in another.
        let lead = if self.writer.is_open("a") { &Lead::Nowhere } else { lead };
        let (name, attributes) = match lead {
            Lead::Here(href) => ("a", vec![("href", href.as_str())]),
            Lead::Outside(href) => ("a", vec![("href", href.as_str()), ("rel", "noopener noreferrer")]),
            Lead::Image(_) | Lead::Nowhere => ("span", vec![("class", "unavailable")]),
        };
        self.writer.start(name, &attributes.into_iter().chain(title).collect::<Vec<_>>());
    }

    fn code_block(&mut self, at: usize, kind: &CodeBlockKind<'_>) -> usize {
        let end = self.end_of(at);
        let info = match kind {
            CodeBlockKind::Fenced(info) => &**info,
            CodeBlockKind::Indented => "",
        };
        let lines = self.events.get(at + 1..end).unwrap_or_default().iter().filter_map(|(event, _)| words(event));
        fenced::write(info, &lines.collect::<String>(), &mut self.writer);
        end + 1
    }

    fn formula(&mut self, formula: &str, range: &Range<usize>) {
        let before = self.text.get(..range.start).and_then(|text| text.chars().next_back());
        let after = self.text.get(range.end..).and_then(|text| text.chars().next());
        if math::is_text(formula, before, after) {
            self.writer.text(&format!("${formula}$"));
        } else {
            math::write_inline(formula, &mut self.writer);
        }
    }

    fn start_cell(&mut self) {
        let class = match self.alignments.get(self.column) {
            Some(Alignment::Center) => Some("center"),
            Some(Alignment::Right) => Some("end"),
            _ => None,
        };
        let scope = self.in_head.then_some(("scope", "col"));
        let attributes: Vec<_> = scope.into_iter().chain(class.map(|class| ("class", class))).collect();
        self.writer.start(if self.in_head { "th" } else { "td" }, &attributes);
    }

    fn is_task(&self, at: usize) -> bool {
        let first = self.events.get(at + 1).map(|(event, _)| event);
        let second = self.events.get(at + 2).map(|(event, _)| event);
        matches!(first, Some(Event::TaskListMarker(_)))
            || (matches!(first, Some(Event::Start(Tag::Paragraph))) && matches!(second, Some(Event::TaskListMarker(_))))
    }

    /// Writes text; an address in it becomes a link, as everywhere on the web.
    fn linked_text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find("https://").into_iter().chain(rest.find("http://")).min() {
            let (before, address) = rest.split_at(at);
            self.writer.text(before);
            let address =
                address.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).next().unwrap_or_default();
            let address = address.trim_end_matches(['.', ',', ':', ';', '!', '?', ')', ']', '\'', '*', '`', '’', '”']);
            let lead = self.around.lead(LinkKind::Inline, address);
            if matches!(lead, Lead::Outside(_)) && !address.ends_with("://") {
                self.link_element(&lead, "");
                self.writer.text(address);
                self.writer.end();
            } else {
                self.writer.text(address);
            }
            rest = rest.get(at + address.len()..).unwrap_or_default();
        }
        self.writer.text(rest);
    }

    /// The place of the end event of what begins at `at`.
    fn end_of(&self, at: usize) -> usize {
        end_of(&self.events, at)
    }
}

fn end_of(events: &[(Event<'_>, Range<usize>)], at: usize) -> usize {
    let mut depth = 0_usize;
    for (place, (event, _)) in events.iter().enumerate().skip(at) {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place;
        }
    }
    events.len()
}

fn words<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    match event {
        Event::Text(text) | Event::Code(text) | Event::InlineMath(text) => Some(text),
        Event::SoftBreak | Event::HardBreak => Some(" "),
        _ => None,
    }
}

/// The words of one line of Markdown.
fn plain_words(line: &str) -> String {
    Parser::new_ext(line, dialect()).filter_map(|event| words(&event).map(str::to_owned)).collect()
}

fn same_words(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

fn element(tag: &Tag<'_>) -> &'static str {
    match tag {
        Tag::Paragraph => "p",
        Tag::List(Some(_)) => "ol",
        Tag::List(None) => "ul",
        Tag::Item => "li",
        Tag::DefinitionList => "dl",
        Tag::DefinitionListTitle => "dt",
        Tag::DefinitionListDefinition => "dd",
        Tag::Emphasis => "em",
        Tag::Strong => "strong",
        Tag::Strikethrough => "del",
        Tag::Superscript => "sup",
        Tag::Subscript => "sub",
        _ => "div",
    }
}
