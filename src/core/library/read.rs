//! Read: a document or a section of it, page by page within a budget; of a pack, its briefing.

use std::ops::Range;
use std::sync::Arc;

use crate::access::{Public, Scope};
use crate::corpus::{Digest, Document, DocumentId, Record};
use crate::engine::DocumentNo;
use crate::ledger::{Hit, Legs, Retrieval};
use crate::retrieval::{AsOf, Citation, Cursor, Detail, Directory, RANKING, TokenBudget, count_tokens};

use super::ask::{identity_of, lines_of};
use super::briefing::{Gathered, Place};
use super::desk::{Desk, Provenance};
use super::room;
use super::shelf::Shelves;
use super::{Briefing, Graph, Printing, ReadError, Reading};

/// How many documents before and behind it a reading names.
const NEIGHBOURS_MAX: usize = 50;

/// How many headings it names.
const HEADINGS_MAX: usize = 200;

/// How many sections are named to who asked for one that is not there.
const SECTIONS_TOLD: usize = 8;

/// What to read, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The document.
    pub id: DocumentId,
    /// Only this section: an anchor or a heading's title.
    pub section: Option<String>,
    /// How much the whole answer may have; `None` leaves it to the document.
    pub budget: Option<TokenBudget>,
    /// Where the reading before this one ended.
    pub cursor: Option<Cursor>,
    /// Of which state of the corpus; `None` for today's.
    pub as_of: Option<AsOf>,
    /// What else the address means if a `#` is a part of a name, `C# style`: documents and sections, the longest name
    /// first.
    pub instead: Vec<(DocumentId, Option<String>)>,
}

/// What is read from.
#[derive(Clone, Copy)]
pub(super) struct Known<'a, S: Scope> {
    pub(super) desk: &'a Desk,
    pub(super) shelves: &'a Shelves<S>,
    pub(super) graph: &'a Graph,
    /// What the opened documents are called, and which takes the place of which.
    pub(super) directory: &'a dyn Fn() -> Arc<Directory>,
}

/// A document that was found.
struct Found<S: Scope> {
    shelf: usize,
    number: DocumentNo,
    document: Document<S>,
}

/// Reads and fills in the record.
pub(super) fn read<S: Scope>(
    known: Known<'_, S>,
    target: &Target,
    printing: Printing,
    record: &mut Retrieval,
) -> Result<Reading<S>, ReadError> {
    let (shelves, names) = (known.shelves, known.graph.names());
    let named;
    let target = match target.instead.iter().find(|(id, _)| shelves.find(id).is_some()) {
        Some((id, section)) => {
            named = Target { id: id.clone(), section: section.clone(), instead: Vec::new(), ..target.clone() };
            &named
        }
        None => target,
    };
    let missing = || ReadError::NoDocument { id: target.id.as_str().chars().take(200).collect() };
    // The path of a file finds it as well, and so does an id of a file that got another extension since.
    let called = || shelves.find(&names.called(target.id.as_str())?.id);
    let (shelf, number, document) = shelves.find(&target.id).or_else(called).ok_or_else(missing)?;
    let text = shelves.text(shelf, number)?;
    let found = Found { shelf, number, document };
    let pack = found.document.record().pack.clone().filter(|_| target.section.is_none());
    let reading = match pack {
        Some(_) if target.cursor.is_some() => return Err(crate::retrieval::CursorError::Gone.into()),
        Some(pack) => {
            let of = found.document.record();
            let gathered = if shelves.public.document(&of.id).is_some() {
                // Only public shelves fit in here.
                let alone = Shelves::<Public> { public: Arc::clone(&shelves.public), own: Vec::new() };
                let directory = || Arc::clone(shelves.public.directory());
                let graph = shelves.public.graph();
                Place { desk: known.desk, shelves: &alone, graph, directory: &directory, record }
                    .gather(of, &pack, &text)?
            } else {
                let Known { desk, shelves, graph, directory } = known;
                Place { desk, shelves, graph, directory, record }.gather(of, &pack, &text)?
            };
            briefed(known, &found, &gathered, (target, pack.budget as usize), printing, record)?
        }
        None => paged(known, &found, &text, target, printing, record)?,
    };
    note(target, &reading, record);
    if let Some(form) = printing.called {
        record.params.insert("form".to_owned(), form.into());
    }
    Ok(reading)
}

/// A reading of which nothing is served yet.
fn begun<S: Scope>(
    known: Known<'_, S>,
    found: &Found<S>,
    target: &Target,
    anchor: String,
    record: &Retrieval,
) -> Reading<S> {
    let of = found.document.record();
    // Neighbours and outline come with the first page only, and not without end: a glossary has thousands.
    let first = target.cursor.is_none();
    let all = |all: Vec<(DocumentId, String)>| if first { all } else { Vec::new() };
    let (mut links, mut backlinks) = (all(known.graph.links(&of.id)), all(known.graph.backlinks(&of.id)));
    let headings = if first { of.sections.iter().filter(|section| section.level > 0).count() } else { 0 };
    let there = headings + links.len() + backlinks.len();
    links.truncate(NEIGHBOURS_MAX);
    backlinks.truncate(NEIGHBOURS_MAX);
    let headings = headings.min(HEADINGS_MAX);
    let (status, superseded_by) = (known.directory)().standing(of);
    Reading {
        status,
        superseded_by,
        untold: there - headings - links.len() - backlinks.len(),
        headings,
        links,
        backlinks,
        briefing: None,
        detail: Detail::Full,
        retrieval: record.id.clone(),
        recorded: true,
        next: None,
        tokens: 0,
        text: String::new(),
        citation: Citation {
            document: of.id.clone(),
            anchor,
            lines: lines_of(1, ""),
            sha256: Digest::of(b""),
            commit: None,
            updated: None,
            uncommitted: false,
            generation: known.shelves.generation(found.shelf),
        },
        document: found.document.clone(),
    }
}

/// Reads a page of a document or a section.
fn paged<S: Scope>(
    known: Known<'_, S>,
    found: &Found<S>,
    text: &str,
    target: &Target,
    printing: Printing,
    record: &Retrieval,
) -> Result<Reading<S>, ReadError> {
    let of = found.document.record();
    let (anchor, part) = part(of, target.section.as_deref(), text)?;
    let identity = identity(of, target);
    let start = target.cursor.map_or(Ok(0), |cursor| cursor.offset_in(identity))?.max(part.start);
    // A document begins where its text does, not with the empty lines its front matter left.
    let rest = text.get(start..part.end).ok_or(crate::retrieval::CursorError::Malformed)?;
    let start = start + leading_blank_lines(rest);
    let rest = text.get(start..part.end).unwrap_or_default();
    let first = 1 + u32::try_from(text.get(..start).map_or(0, |head| head.matches('\n').count())).unwrap_or(0);
    let serve = |reading: &mut Reading<S>, len: usize| {
        let served = rest.get(..len).unwrap_or_default().trim_end();
        let more = rest.get(len..).is_some_and(|rest| !rest.trim().is_empty());
        let offset = u32::try_from(start + len).unwrap_or(u32::MAX);
        reading.next = more.then_some(Cursor { of: identity, offset, beyond: 0 });
        cite(known.desk, reading, served.to_owned(), first, record);
    };
    let mut reading = begun(known, found, target, anchor, record);
    room::fit(&mut reading, rest, target.budget.unwrap_or_default(), printing, &serve)?;
    Ok(reading)
}

/// Puts a text into a reading, which begins on line `first`.
fn cite<S: Scope>(desk: &Desk, reading: &mut Reading<S>, text: String, first: u32, record: &Retrieval) {
    let lines = lines_of(first, &text);
    let Provenance { commit, updated, uncommitted } = desk.provenance(reading.document.record(), lines, record.role);
    let citation = &mut reading.citation;
    (citation.lines, citation.sha256) = (lines, Digest::of(text.as_bytes()));
    (citation.commit, citation.updated, citation.uncommitted) = (commit, updated, uncommitted);
    (reading.tokens, reading.text) = (count_tokens(&text), text);
}

/// Makes a pack's briefing, within its own budget and that of the answer.
fn briefed<S: Scope>(
    known: Known<'_, S>,
    found: &Found<S>,
    gathered: &Gathered,
    (target, own): (&Target, usize),
    printing: Printing,
    record: &Retrieval,
) -> Result<Reading<S>, ReadError> {
    let mut reading = begun(known, found, target, String::new(), record);
    let last = known.shelves.text(found.shelf, found.number)?.trim_end().matches('\n').count();
    let serve = |reading: &mut Reading<S>, budget: usize| {
        let briefing = gathered.brief(budget.min(own));
        cite(known.desk, reading, briefing.text.clone(), 1, record);
        reading.citation.lines.last = 1 + u32::try_from(last).unwrap_or(u32::MAX - 1);
        reading.briefing = Some(Briefing { budget: own, ..briefing });
    };
    room::fit_whole(&mut reading, target.budget, own, printing, &serve)?;
    Ok(reading)
}

/// What a cursor is bound to: the document as it is, and the section.
pub(super) fn identity(record: &Record, target: &Target) -> u64 {
    identity_of(&format!("read {} {} {:?}", record.id, record.sha256, target.section))
}

/// The bytes that were asked for: the document, or a section with those under it; and the section's anchor.
pub(super) fn part(record: &Record, section: Option<&str>, text: &str) -> Result<(String, Range<usize>), ReadError> {
    let Some(wanted) = section else { return Ok((String::new(), 0..text.len())) };
    let wanted = wanted.trim().trim_start_matches('#');
    let headings = || record.sections.iter().filter(|section| section.level > 0);
    let named = headings().find(|section| section.anchor == wanted);
    let section = named.or_else(|| headings().find(|section| section.title.eq_ignore_ascii_case(wanted)));
    let Some(section) = section else {
        let anchors: Vec<_> = headings().take(SECTIONS_TOLD).map(|section| shown(&section.anchor)).collect();
        let there = match (anchors.is_empty(), headings().count().saturating_sub(SECTIONS_TOLD)) {
            (true, _) => "it has no headings, leave it out".to_owned(),
            (false, 0) => format!("there are {}", anchors.join(", ")),
            (false, more) => format!("there are {} and {more} more, in its outline", anchors.join(", ")),
        };
        return Err(ReadError::NoSection { id: record.id.clone(), section: shown(wanted), there });
    };
    let after =
        record.sections.iter().find(|other| other.span.start > section.span.start && other.level <= section.level);
    let end = after.map_or(text.len(), |other| other.span.start as usize);
    Ok((section.anchor.clone(), section.span.start as usize..end))
}

/// A text as it is served whole: without the empty lines that its front matter left, and those at its end.
pub(super) fn without_blank_lines(text: &str) -> &str {
    text.get(leading_blank_lines(text)..).unwrap_or_default().trim_end()
}

/// As much of a name as an error repeats.
fn shown(name: &str) -> String {
    name.chars().take(100).collect()
}

pub(super) fn leading_blank_lines(text: &str) -> usize {
    let blank = text.len() - text.trim_start().len();
    text.get(..blank).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1)
}

fn note<S: Scope>(target: &Target, reading: &Reading<S>, record: &mut Retrieval) {
    record.params.insert("uri".to_owned(), target.id.uri().into());
    if let Some(section) = &target.section {
        record.params.insert("section".to_owned(), section.chars().take(200).collect::<String>().into());
    }
    if let Some(budget) = target.budget {
        record.params.insert("max_tokens".to_owned(), budget.get().into());
    }
    if let Some(cursor) = target.cursor {
        record.params.insert("offset".to_owned(), cursor.offset.into());
    }
    record.tokens = reading.tokens as u64;
    record.truncated = reading.is_truncated();
    record.hits = match &reading.briefing {
        Some(briefing) => {
            record.params.insert("briefing".to_owned(), briefing.sha256.to_string().into());
            briefing.passages.iter().map(|passage| passage.hit.clone()).collect()
        }
        None => vec![Hit {
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
        }],
    };
    record.served = u32::try_from(record.hits.len()).unwrap_or(u32::MAX);
    record.ranking = Some(RANKING.to_owned());
}

#[cfg(test)]
mod tests {
    use super::leading_blank_lines;

    #[test]
    fn a_document_begins_with_its_first_line_of_text() {
        assert_eq!(leading_blank_lines("\n\n\n  text\nmore"), 3);
        assert_eq!(leading_blank_lines("text"), 0);
    }
}
