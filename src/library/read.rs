//! Read: a document or a section of it, page by page within a budget.

use crate::access::Scope;
use crate::corpus::{Digest, DocumentId, Record};
use crate::ledger::{Hit, Legs, Retrieval};
use crate::retrieval::{AsOf, Citation, Cursor, RANKING, TokenBudget, count_tokens, cut_to_budget};

use super::ask::{identity_of, lines_of};
use super::desk::{Desk, Provenance};
use super::shelf::Shelves;
use super::{Graph, ReadError, Reading};

/// How many documents before and behind it a reading names.
const NEIGHBOURS_MAX: usize = 50;

/// What to read, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The document.
    pub id: DocumentId,
    /// Only this section: an anchor or a heading's title.
    pub section: Option<String>,
    /// How much at most.
    pub budget: TokenBudget,
    /// Where the reading before this one ended.
    pub cursor: Option<Cursor>,
    /// Of which state of the corpus; `None` for today's.
    pub as_of: Option<AsOf>,
}

/// Reads and fills in the record.
pub(super) fn read<S: Scope>(
    desk: &Desk,
    shelves: &Shelves<S>,
    graph: &Graph,
    target: &Target,
    record: &mut Retrieval,
) -> Result<Reading<S>, ReadError> {
    let missing = || ReadError::NoDocument { id: target.id.as_str().chars().take(200).collect() };
    // The path of a file finds it as well, and so does an id of a file that got another extension since.
    let called = || shelves.find(&graph.names().called(target.id.as_str())?.id);
    let (shelf, number, document) = shelves.find(&target.id).or_else(called).ok_or_else(missing)?;
    let text = shelves.text(shelf, number)?;
    let known = document.record();
    let (anchor, part) = part(known, target, &text)?;
    let of = identity(known, target);
    let start = target.cursor.map_or(Ok(0), |cursor| cursor.offset_in(of))?.max(part.start);
    // A document begins where its text does, not with the empty lines its front matter left.
    let rest = text.get(start..part.end).ok_or(crate::retrieval::CursorError::Malformed)?;
    let start = start + leading_blank_lines(rest);
    let rest = text.get(start..part.end).unwrap_or_default();
    let served = served(rest, target.budget.get());
    let end = start + served.len();
    let more = text.get(end..part.end).is_some_and(|rest| !rest.trim().is_empty());
    let served = served.trim_end();
    let first = 1 + u32::try_from(text.get(..start).map_or(0, |head| head.matches('\n').count())).unwrap_or(0);
    let lines = lines_of(first, served);
    let Provenance { commit, updated, uncommitted } = desk.provenance(known, lines, record.role);
    let citation = Citation {
        document: known.id.clone(),
        anchor,
        lines,
        sha256: Digest::of(served.as_bytes()),
        commit,
        updated,
        uncommitted,
        generation: shelves.generation(shelf),
    };
    // Neighbours come with the first page only, and not without end: a glossary has thousands.
    let neighbours = |all: Vec<(DocumentId, String)>| match target.cursor {
        Some(_) => Vec::new(),
        None => all.into_iter().take(NEIGHBOURS_MAX).collect(),
    };
    let reading = Reading {
        links: neighbours(graph.links(&known.id)),
        backlinks: neighbours(graph.backlinks(&known.id)),
        retrieval: record.id.clone(),
        recorded: true,
        next: more.then(|| Cursor { of, offset: u32::try_from(end).unwrap_or(u32::MAX), beyond: 0 }),
        tokens: count_tokens(served),
        text: served.to_owned(),
        citation,
        document: document.clone(),
    };
    note(target, &reading, record);
    Ok(reading)
}

/// What a cursor is bound to: the document as it is, and the section.
pub(super) fn identity(record: &Record, target: &Target) -> u64 {
    identity_of(&format!("read {} {} {:?}", record.id, record.sha256, target.section))
}

/// The bytes that were asked for: the document, or a section with those under it; and the section's anchor.
fn part(record: &Record, target: &Target, text: &str) -> Result<(String, std::ops::Range<usize>), ReadError> {
    let Some(wanted) = &target.section else { return Ok((String::new(), 0..text.len())) };
    let wanted = wanted.trim().trim_start_matches('#');
    let matches = |section: &&crate::corpus::Section| {
        section.level > 0 && (section.anchor == wanted || section.title.eq_ignore_ascii_case(wanted))
    };
    let section = record
        .sections
        .iter()
        .find(matches)
        .ok_or_else(|| ReadError::NoSection { id: record.id.clone(), section: wanted.chars().take(100).collect() })?;
    let after =
        record.sections.iter().find(|other| other.span.start > section.span.start && other.level <= section.level);
    let end = after.map_or(text.len(), |other| other.span.start as usize);
    Ok((section.anchor.clone(), section.span.start as usize..end))
}

/// A text as it is served whole: without the empty lines that its front matter left, and those at its end.
pub(super) fn without_blank_lines(text: &str) -> &str {
    text.get(leading_blank_lines(text)..).unwrap_or_default().trim_end()
}

fn leading_blank_lines(text: &str) -> usize {
    let blank = text.len() - text.trim_start().len();
    text.get(..blank).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1)
}

/// The part of `rest` that fits. What has no border at all (one endless line) is cut between characters, so that
/// reading on always comes to an end.
fn served(rest: &str, budget: usize) -> &str {
    let (kept, _) = cut_to_budget(rest, budget);
    if !kept.trim().is_empty() || rest.trim().is_empty() {
        return kept;
    }
    let end = (0..=budget.min(rest.len())).rev().find(|&at| rest.is_char_boundary(at)).unwrap_or(0);
    rest.get(..end.max(rest.chars().next().map_or(0, char::len_utf8))).unwrap_or_default()
}

fn note<S: Scope>(target: &Target, reading: &Reading<S>, record: &mut Retrieval) {
    record.params.insert("uri".to_owned(), target.id.uri().into());
    if let Some(section) = &target.section {
        record.params.insert("section".to_owned(), section.chars().take(200).collect::<String>().into());
    }
    record.params.insert("max_tokens".to_owned(), target.budget.get().into());
    if let Some(cursor) = target.cursor {
        record.params.insert("offset".to_owned(), cursor.offset.into());
    }
    record.served = 1;
    record.tokens = reading.tokens as u64;
    record.truncated = reading.next.is_some();
    record.hits = vec![Hit {
        doc: reading.citation.document.clone(),
        anchor: reading.citation.anchor.clone(),
        lines: reading.citation.lines,
        sha256: reading.citation.sha256,
        rank: 1,
        score: None,
        legs: Legs::default(),
        evidence: 0.0,
        rules: Vec::new(),
        uncommitted: reading.citation.uncommitted,
    }];
    record.ranking = Some(RANKING.to_owned());
}

#[cfg(test)]
mod tests {
    use super::{leading_blank_lines, served};

    #[test]
    fn a_document_begins_with_its_first_line_of_text() {
        assert_eq!(leading_blank_lines("\n\n\n  text\nmore"), 3);
        assert_eq!(leading_blank_lines("text"), 0);
    }

    #[test]
    fn what_has_no_border_is_still_read_to_its_end() {
        let endless = "é".repeat(1_000);
        let mut rest = endless.as_str();
        let mut steps = 0;
        while !rest.is_empty() {
            let part = served(rest, 50);
            assert!(!part.is_empty());
            rest = rest.get(part.len()..).unwrap();
            steps += 1;
        }
        assert!(steps <= 50, "{steps}");
    }
}
