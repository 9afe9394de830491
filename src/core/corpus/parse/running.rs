//! Running text, code and HTML on their way into the plain text, and the places where they may be cut.

use std::ops::Range;

use super::super::html::{self, Piece};
use super::super::shortcode::Masked;
use super::{Cut, LinkKind, Pass, Rank};

/// Words between two places to cut inside a block.
pub(super) const GRAIN_WORDS: u32 = 12;

/// A running text without a sentence's end may be cut anywhere after so many words.
const RUN_WORDS: u32 = 100;

impl Pass<'_> {
    /// A block begins: a word ends, and the section can be cut before its line.
    pub(super) fn block(&mut self, at: usize) {
        self.gap('\n');
        if self.heading.is_none() {
            let at = self.places.line_start(at);
            self.cut(at, Rank::Block);
        }
    }

    pub(super) fn cut(&mut self, at: usize, rank: Rank) {
        if at > self.last_cut.0 {
            self.last_cut = (at, self.plain.words);
            self.out.cuts.push(Cut { at, plain: self.plain.len(), words: self.plain.words, rank });
        } else if let Some(last) = self.out.cuts.last_mut().filter(|last| last.at == at) {
            last.rank = last.rank.min(rank);
        }
    }

    /// In a run of words that has gone on for long: a place to cut, if nothing better comes.
    pub(super) fn run_cut(&mut self, at: usize) {
        if self.heading.is_none() && self.plain.words >= self.last_cut.1 + RUN_WORDS {
            self.cut(at, Rank::Word);
        }
    }

    pub(super) fn gap(&mut self, with: char) {
        match &mut self.heading {
            Some(heading) => heading.push(' '),
            None => self.plain.gap(with),
        }
    }

    pub(super) fn emit(&mut self, text: &str) {
        match &mut self.heading {
            Some(heading) => heading.push_str(text),
            None => self.plain.push(text),
        }
    }

    /// Text as it is read; `verbatim` says that it stands in the source just so.
    pub(super) fn text(&mut self, read: &str, from: usize, verbatim: bool) {
        let masked = if verbatim && self.in_code { self.masked.original(&(from..from + read.len())) } else { None };
        if self.heading.is_some() {
            return self.emit(&Masked::without_marks(masked.unwrap_or(read)));
        }
        self.run_cut(from);
        if !verbatim {
            return self.emit(read);
        }
        let read = masked.unwrap_or(read);
        let mut rest = read;
        while !rest.is_empty() {
            let (piece, rank) = self.next_piece(rest);
            self.emit(&Masked::without_marks(piece));
            rest = rest.get(piece.len()..).unwrap_or_default();
            if let Some(rank) = rank.filter(|_| !rest.is_empty()) {
                self.cut(from + read.len() - rest.len(), rank);
            }
        }
        self.sentence_ended =
            read.trim_end_matches(['"', '\'', ')', '*', '_']).ends_with(['.', '!', '?', ':', '。', '！', '？']);
    }

    /// The text up to the next good place to cut, and how good it is.
    pub(super) fn next_piece<'t>(&self, text: &'t str) -> (&'t str, Option<Rank>) {
        let budget = usize::try_from(GRAIN_WORDS.saturating_sub(self.plain.words - self.last_cut.1)).unwrap_or(0) * 4;
        let bytes = text.as_bytes();
        if self.in_code {
            let from = budget.min(bytes.len());
            let window = bytes.get(from..bytes.len().min(from + 1500)).unwrap_or_default();
            if let Some(found) = memchr::memchr(b'\n', window) {
                return (text.get(..=from + found).unwrap_or(text), Some(Rank::Row));
            }
        } else if self.inlines == 0 && !self.in_table {
            let limit = bytes.len().min(1500);
            let window = bytes.get(budget.min(limit)..limit).unwrap_or_default();
            let ascii = memchr::memchr3_iter(b'.', b'!', b'?', window);
            let ended = ascii.map(|found| budget.min(limit) + found).find_map(|at| sentence_end(text, at));
            // Only a text that is not ASCII can hold the other sentence ends.
            let wide = memchr::memchr2_iter(0xE3, 0xEF, window);
            let wide = wide.map(|found| budget.min(limit) + found).find_map(|at| sentence_end(text, at));
            if let Some(end) = ended.into_iter().chain(wide).min() {
                return (text.get(..end).unwrap_or(text), Some(Rank::Sentence));
            }
        }
        if bytes.len() <= 1500 {
            return (text, None);
        }
        let blank = bytes.iter().enumerate().take(1500).skip(600).find(|(_, byte)| matches!(byte, b' ' | b'\n'));
        let mut end = blank.map_or(1500, |(at, _)| at + 1);
        while !text.is_char_boundary(end) {
            end += 1;
        }
        (text.get(..end).unwrap_or(text), Some(Rank::Word))
    }

    /// HTML: its text, and the links and pictures in it.
    pub(super) fn html(&mut self, range: Range<usize>) {
        let source = self.masked.text().get(range.clone()).unwrap_or_default();
        for (at, piece) in html::pieces(source) {
            let at = range.start + at;
            match piece {
                Piece::Text(text) => {
                    self.run_cut(at);
                    if self.heading.is_none() && self.plain.words >= self.last_cut.1 + GRAIN_WORDS * 4 {
                        let line = self.places.line_start(at);
                        self.cut(line, Rank::Row);
                    }
                    let text = html::unescape(text);
                    self.emit(&Masked::without_marks(&text));
                }
                Piece::Tag(tag) => self.tag(tag, at),
            }
        }
    }

    pub(super) fn tag(&mut self, tag: &str, at: usize) {
        let name = html::tag_name(tag).unwrap_or_default();
        if !html::is_inline(name) {
            self.gap(' ');
        }
        let id = html::attribute(tag, "id").or_else(|| html::attribute(tag, "name"));
        self.out.anchors.extend(id.filter(|id| !id.is_empty()).map(str::to_owned));
        let (attribute, kind) = match name.to_ascii_lowercase().as_str() {
            "a" => ("href", LinkKind::Inline),
            "img" => ("src", LinkKind::Image),
            _ => return,
        };
        let alt = html::attribute(tag, "alt").map(html::unescape);
        if let Some(url) =
            html::attribute(tag, attribute).map(html::unescape).filter(|url| !url.is_empty() && !Masked::marks(url))
        {
            self.link(kind, &url, at);
            self.open_links.pop();
            if let (Some(link), Some(alt)) = (self.out.links.last_mut(), &alt) {
                link.text = alt.trim().to_owned();
            }
        }
        if let (LinkKind::Image, Some(alt)) = (kind, alt) {
            self.emit(&alt);
            self.gap(' ');
        }
    }
}

/// Where a sentence ends whose last character is at `at`: behind the blank that follows.
fn sentence_end(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes.get(at)? {
        b'.' | b'!' | b'?' => {
            let next = bytes.get(at + 2)?;
            (bytes.get(at + 1) == Some(&b' ') && !next.is_ascii_lowercase() && *next != b' ').then_some(at + 2)
        }
        // U+3002, U+FF01 and U+FF1F end sentences without a blank.
        0xE3 | 0xEF => {
            let end = text.get(at..)?;
            end.starts_with(['。', '！', '？']).then_some(at + 3)
        }
        _ => None,
    }
}
