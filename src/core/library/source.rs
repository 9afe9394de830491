//! The document behind a hit, with its text: passages are parts of it, byte for byte.

use crate::access::Scope;
use crate::corpus::{Digest, Document, Lines, Record};
use crate::retrieval::{Citation, Cut, Detail, Passage, Planned, Snippet, Texts, begun, cut, snippet};

use super::ask::lines_of;
use super::desk::{Desk, Provenance};
use super::page::Print;
use super::{Answer, ReadError};

/// Few texts have more bytes a token.
pub(super) const BYTES_A_TOKEN: usize = 6;

/// What a passage is made of.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    /// Where in the document's text it begins.
    pub(super) start: usize,
    pub(super) text: &'a str,
    pub(super) cut: Option<Cut>,
}

/// The document behind a planned hit, with its text.
pub(super) struct Source<'a, S: Scope> {
    print: Print<'a, S>,
    document: Document<S>,
    text: &'a str,
    span: std::ops::Range<usize>,
    /// Where the best of the chunks begins.
    best: usize,
    lines: Lines,
}

impl<'a, S: Scope> Source<'a, S> {
    /// Opens a planned hit; `None` for a chunk of no document.
    pub(super) fn open(
        print: Print<'a, S>,
        planned: &Planned,
        texts: &'a mut Texts<'_>,
    ) -> Result<Option<Self>, ReadError> {
        let Some(document) = print.shelves.by_number(planned.shelf, planned.document) else { return Ok(None) };
        let chunk = |number: u32| document.record().chunks.get(number as usize);
        let ends = (chunk(*planned.chunks.start()), chunk(planned.best), chunk(*planned.chunks.end()));
        let (Some(begin), Some(best), Some(last)) = ends else { return Ok(None) };
        let span = begin.span.start as usize..last.span.end as usize;
        let lines = Lines { first: begin.lines.first, last: last.lines.last };
        let best = best.span.start as usize;
        let text = texts.text(planned.shelf, planned.document)?;
        Ok(Some(Self { print, text, span, best, lines, document }))
    }

    pub(super) fn whole(&self) -> Part<'a> {
        let text = self.text.get(self.span.clone()).unwrap_or_default();
        Part { start: self.span.start, text, cut: None }
    }

    /// What ranks best, to the end of the hit.
    pub(super) fn best_part(&self) -> Part<'a> {
        let text = self.text.get(self.best..self.span.end).unwrap_or_default();
        Part { start: self.best, text, cut: None }
    }

    /// The beginning that a passage of the hit was cut to.
    pub(super) fn beginning(&self, passage: &Passage<S>) -> Part<'a> {
        let text = self.text.get(self.best..self.best + passage.text.len()).unwrap_or_default();
        Part { start: self.best, text, cut: passage.cut }
    }

    /// The hit and, as far as it fits, what stands behind it in the document, to the end of a chunk; `None` when nothing
    /// more fits.
    pub(super) fn onward(
        &self,
        to: u32,
        fits: impl Fn(&str) -> bool,
        enough: impl Fn(&str) -> bool,
        budget: usize,
    ) -> Option<Part<'a>> {
        let part = |text, cut| Part { start: self.span.start, text, cut };
        let longer = |text: &str| text.len() > self.span.len();
        let to = self.document.record().chunks.get(to as usize);
        let most = to.map_or_else(|| self.text.trim_end().len(), |to| to.span.end as usize);
        let far = self.span.end.saturating_add(budget.saturating_mul(BYTES_A_TOKEN)).min(most);
        let end = (far..=most).find(|&end| self.text.is_char_boundary(end))?;
        let rest = self.text.get(self.span.start..end).filter(|rest| longer(rest))?;
        if end == most && fits(rest) {
            return Some(part(rest, None));
        }
        let (text, border) = cut(rest, |text| !longer(text) || fits(text), enough)?;
        longer(text).then(|| part(text, Some(border)))
    }

    /// A part and, as far as it fits, what stands before it in the document, from a chunk on with the heading over it;
    /// `None` when nothing more fits.
    pub(super) fn backward(
        &self,
        from: u32,
        part: Part<'_>,
        fits: impl Fn(&str) -> bool,
        enough: impl Fn(&str) -> bool,
    ) -> Option<Part<'a>> {
        let chunks = &self.document.record().chunks;
        let before = from.checked_sub(1).and_then(|before| chunks.get(before as usize));
        let (most, end) = (before.map_or(0, |before| before.span.end as usize), part.start + part.text.len());
        let holds = |at: usize, of: &dyn Fn(&str) -> bool| self.text.get(most + at..end).is_some_and(of);
        let lead = self.text.get(most..part.start)?;
        let start = most + begun(lead, |at| holds(at, &fits), |at| holds(at, &enough))?;
        Some(Part { start, text: self.text.get(start..end)?, cut: part.cut })
    }

    /// Makes a passage of a part of the document's text.
    pub(super) fn passage(&self, answer: &Answer<S>, planned: &Planned, part: Part<'_>) -> Passage<S> {
        let record = self.document.record();
        let Part { start, text: part, cut } = part;
        let whole = cut.is_none() && part.len() == self.span.len();
        // The last that begins before the first word: a heading is of its own section, which may have no text.
        let word = start + (part.len() - part.trim_start().len());
        let begun = record.sections.partition_point(|section| section.span.start as usize <= word);
        let section = u32::try_from(begun.saturating_sub(1)).unwrap_or(u32::MAX);
        let one = whole && planned.chunks.start() == planned.chunks.end();
        let known = record.chunks.get(planned.best as usize).filter(|_| one).map(|chunk| chunk.sha256);
        let (shown, analyzer) = (answer.detail == Detail::Full, self.print.desk.ranker.analyzer());
        // Line n of the text is line n of the file, and a part may begin before the first chunk.
        let first = || 1 + breaks(self.text.get(..start).unwrap_or_default());
        let lines = if whole { self.lines } else { lines_of(first(), part) };
        let Provenance { commit, updated, uncommitted } = self.print.desk.provenance(record, lines, self.print.role);
        Passage {
            headings: record.heading_path(section).into_iter().map(str::to_owned).collect(),
            snippet: if shown { snippet(part, &answer.words, analyzer) } else { Snippet::default() },
            words: if answer.explain { matched(part, answer, self.print.desk) } else { Vec::new() },
            text: part.to_owned(),
            citation: Citation {
                document: record.id.clone(),
                anchor: anchor(record, section),
                lines,
                sha256: known.unwrap_or_else(|| Digest::of(part.as_bytes())),
                commit,
                updated,
                uncommitted,
                generation: self.print.shelves.generation(planned.shelf),
            },
            score: planned.score,
            fused: planned.fused,
            evidence: planned.evidence,
            legs: planned.legs,
            status: planned.status,
            superseded_by: planned.successors.clone(),
            also_in: self.also_in(planned),
            notes: planned.notes.clone(),
            cut,
            document: self.document.clone(),
        }
    }

    fn also_in(&self, planned: &Planned) -> Vec<(crate::corpus::DocumentId, String)> {
        let place = |(shelf, chunk): &(usize, crate::engine::ChunkNo)| {
            let document = self.print.shelves.by_number(*shelf, chunk.document)?;
            let record = document.record();
            let section = record.chunks.get(chunk.chunk as usize)?.section;
            Some((record.id.clone(), anchor(record, section)))
        };
        planned.also.iter().filter_map(place).collect()
    }
}

/// How many lines end in a text.
fn breaks(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX)
}

fn anchor(record: &Record, section: u32) -> String {
    record.sections.get(section as usize).map_or_else(String::new, |section| section.anchor.clone())
}

/// The words of a text that match the question, each once, in lower case.
fn matched<S: Scope>(text: &str, answer: &Answer<S>, desk: &Desk) -> Vec<String> {
    let found = crate::retrieval::highlight(text, &answer.words, desk.ranker.analyzer());
    let mut words: Vec<String> = Vec::new();
    for word in found.into_iter().filter_map(|range| text.get(range)) {
        let word = word.to_lowercase();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}
