//! The unit that is indexed and served: one section's body, or a part of a long one.
//!
//! The spans of a document's chunks are apart and ascending, and what is not blank and not a heading is in exactly one.
//! Sections are not merged, however short: the heading says what the text is about.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::parse::{Cut, Outline, Rank, offset};
use super::place::Places;
use super::{Digest, Finding, Gist, Level};

/// A longer section is cut.
const PART_WORDS: u32 = 260;

/// A part may be a little longer when that spares a tail nobody could read alone.
const SLACK_WORDS: u32 = 300;

/// A longer block is cut inside, even if it is a table or a code block.
const BLOCK_WORDS: u32 = 600;

/// How much of the part before a part's plain text begins with.
const OVERLAP_WORDS: usize = 30;

/// A span of lines in the source file: from 1, both ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Lines {
    /// The first line.
    pub first: u32,
    /// The last line, in the span.
    pub last: u32,
}

/// A part of a document that is indexed and served as one passage.
///
/// All offsets are bytes in the document's *visible text* (`super::Visible`), whose lines are the source file's lines.
/// The chunks of a document cover its bodies once, in order; headings stand between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// The section it is from: an index into `Record::sections`.
    pub section: u32,
    /// What is served: the body, without its heading, trimmed of blank lines.
    pub span: Range<u32>,
    /// The source lines of `span`.
    pub lines: Lines,
    /// SHA-256 of the bytes of `span`.
    pub sha256: Digest,
    /// What it says, for finding what says nearly the same.
    pub gist: Gist,
}

/// Notes on blocks that are so long that they are served in pieces, one a section.
pub(super) fn torn(chunks: &[Chunk], outline: &Outline) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut noted = None;
    for chunk in chunks {
        let Some(body) = outline.bodies.get(chunk.section as usize).filter(|_| noted != Some(chunk.section)) else {
            continue;
        };
        let cuts = outline.cuts.get(body.cuts.clone()).unwrap_or_default();
        let at = cuts.partition_point(|cut| cut.at < chunk.span.start as usize);
        if cuts.get(at).is_some_and(|cut| cut.at == chunk.span.start as usize && cut.rank >= Rank::Row) {
            noted = Some(chunk.section);
            findings.push(Finding {
                level: Level::Note,
                rule: Cow::Borrowed("block-long"),
                line: chunk.lines.first,
                column: 1,
                message: format!("a block of more than {BLOCK_WORDS} words is served in pieces; split it"),
            });
        }
    }
    findings
}

/// Splits the bodies of a document: its chunks, and the plain text of each.
pub(super) fn split(text: &str, outline: &Outline) -> (Vec<Chunk>, Vec<String>) {
    let places = Places::new(text);
    let mut chunks = Vec::with_capacity(outline.bodies.len());
    let mut plain = Vec::with_capacity(outline.bodies.len());
    let mut parts = Vec::new();
    for (section, body) in outline.bodies.iter().enumerate() {
        parts.clear();
        let cuts = outline.cuts.get(body.cuts.clone()).unwrap_or_default();
        divide(body.from, cuts, body.to, Rank::Block, &mut parts);
        for (index, part) in parts.iter().enumerate() {
            let end = parts.get(index + 1).unwrap_or(&body.to);
            let Some(span) = trimmed(text, part.at..end.at) else { continue };
            let before = index.checked_sub(1).and_then(|before| parts.get(before));
            let overlap = before.map_or("", |before| last_words(slice(&outline.plain, before.plain..part.plain)));
            plain.push(joined(overlap, slice(&outline.plain, part.plain..end.plain).trim()));
            chunks.push(chunk(text, &places, section, span));
        }
    }
    if chunks.is_empty() && !outline.sections.is_empty() {
        // A document of headings only can still be found, by its title: its first heading stands for it.
        let heading = outline.sections.iter().map(|section| section.span.start as usize..section.body as usize);
        let span = heading.clone().find_map(|span| trimmed(text, span)).unwrap_or(0..0);
        chunks.push(chunk(text, &places, 0, span));
        plain.push(String::new());
    }
    (chunks, plain)
}

fn chunk(text: &str, places: &Places<'_>, section: usize, span: Range<usize>) -> Chunk {
    let lines = Lines { first: places.line(span.start), last: places.line(span.end.saturating_sub(1).max(span.start)) };
    let body = slice(text, span.clone());
    let (sha256, gist) = (Digest::of(body.as_bytes()), Gist::of(body));
    Chunk { section: offset(section), span: offset(span.start)..offset(span.end), lines, sha256, gist }
}

/// Collects where the parts of a stretch begin: packs what the best cuts leave, and cuts what is too long by the next
/// best.
fn divide(from: Cut, cuts: &[Cut], to: Cut, rank: Rank, parts: &mut Vec<Cut>) {
    let limit = if rank <= Rank::Sentence { SLACK_WORDS } else { BLOCK_WORDS };
    if to.words - from.words <= limit {
        parts.push(from);
        return;
    }
    let mut start = (from, 0);
    let mut last = (from, 0);
    for (index, &cut) in
        cuts.iter().enumerate().filter(|(_, cut)| cut.rank <= rank && cut.at > from.at && cut.at < to.at)
    {
        if to.words - start.0.words <= SLACK_WORDS {
            break;
        }
        if cut.words - start.0.words > PART_WORDS && last.0.at > start.0.at {
            finer(start.0, cuts.get(start.1..last.1).unwrap_or_default(), last.0, rank, parts);
            start = last;
        }
        last = (cut, index);
    }
    if to.words - start.0.words > SLACK_WORDS && last.0.at > start.0.at {
        finer(start.0, cuts.get(start.1..last.1).unwrap_or_default(), last.0, rank, parts);
        start = last;
    }
    finer(start.0, cuts.get(start.1..).unwrap_or_default(), to, rank, parts);
}

fn finer(from: Cut, cuts: &[Cut], to: Cut, rank: Rank, parts: &mut Vec<Cut>) {
    let next = match rank {
        Rank::Block => Rank::Sentence,
        Rank::Sentence => Rank::Row,
        Rank::Row => Rank::Word,
        Rank::Word => {
            parts.push(from);
            return;
        }
    };
    divide(from, cuts, to, next, parts);
}

/// A span without blank lines before it and blanks behind it; `None` when nothing else is there. The first line keeps
/// its indentation, which may make it code.
fn trimmed(text: &str, span: Range<usize>) -> Option<Range<usize>> {
    let source = slice(text, span.clone());
    let first = source.len() - source.trim_start().len();
    let end = source.trim_end().len();
    if end <= first {
        return None;
    }
    let line = source.get(..first)?.rfind('\n').map_or(0, |found| found + 1);
    Some(span.start + line..span.start + end)
}

fn slice(text: &str, span: Range<usize>) -> &str {
    text.get(span).unwrap_or_default()
}

/// The last words of a text, at most [`OVERLAP_WORDS`].
fn last_words(text: &str) -> &str {
    let text = text.trim_end();
    // Thirty words of a script without blanks are short; thirty of a log may not be.
    let mut from = text.len().saturating_sub(400);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let tail = text.get(from..).unwrap_or_default();
    let cut = tail.rmatch_indices([' ', '\n']).nth(OVERLAP_WORDS - 1).map_or(0, |(at, _)| at + 1);
    let tail = tail.get(cut..).unwrap_or_default();
    // The first word may be half a one.
    if from > 0 && cut == 0 { tail.split_once([' ', '\n']).map_or("", |(_, rest)| rest) } else { tail }
}

fn joined(overlap: &str, text: &str) -> String {
    let mut plain = String::with_capacity(overlap.len() + text.len() + 1);
    plain.push_str(overlap);
    if !overlap.is_empty() && !text.is_empty() {
        plain.push('\n');
    }
    plain.push_str(text);
    plain
}

#[cfg(test)]
#[path = "chunk_tests.rs"]
mod tests;
