//! Search: from a ranking to passages within a budget.

use std::collections::HashMap;

use crate::access::Scope;
use crate::corpus::{Digest, Document, Lines};
use crate::engine::DocumentNo;
use crate::ledger::{Hit, Legs, Retrieval};
use crate::retrieval::{Citation, Cursor, Passage, Query, Ranked, Ranking, cut_to_budget, snippet};

use super::desk::Desk;
use super::shelf::Shelves;
use super::{Answer, ReadError};

/// What title, headings and citation cost in an answer, beside the passage itself; measured on printed hits.
const HIT_TOKENS: usize = 60;

/// The smallest rest of a budget that is worth a cut passage.
const WORTH_CUTTING_TOKENS: usize = 120;

/// Texts of documents that one answer has opened already.
type Texts = HashMap<(usize, DocumentNo), String>;

/// Answers a question and fills in its record.
pub(super) fn search<S: Scope>(
    desk: &Desk,
    shelves: &Shelves<S>,
    query: &Query,
    record: &mut Retrieval,
) -> Result<Answer<S>, ReadError> {
    let of = identity(shelves, query);
    let offset = query.cursor.map_or(Ok(0), |cursor| cursor.offset_in(of))?;
    let thesauri = shelves.thesauri(desk.ranker.analyzer());
    let ranking = desk.ranker.rank(&shelves.searchers(), &thesauri, &query.text, &query.filters)?;
    let page = page(desk, shelves, query, &ranking, offset)?;
    let truncated = offset + page.taken < ranking.hits.len();
    let next = (truncated && page.taken > 0)
        .then(|| Cursor { of, offset: u32::try_from(offset + page.taken).unwrap_or(u32::MAX) });
    let hint = page.passages.is_empty().then(|| hint(shelves, query, &ranking));
    note(query, &page, truncated, record);
    record.embedder = ranking.model.map(|model| model.as_str().to_owned());
    Ok(Answer {
        retrieval: record.id.clone(),
        truncated,
        next,
        hint,
        tokens: page.tokens,
        words: ranking.words,
        passages: page.passages,
    })
}

/// Passages that fit, how many places of the ranking they used up, and what they cost.
struct Page<S: Scope> {
    passages: Vec<Passage<S>>,
    taken: usize,
    tokens: usize,
}

fn page<S: Scope>(
    desk: &Desk,
    shelves: &Shelves<S>,
    query: &Query,
    ranking: &Ranking,
    offset: usize,
) -> Result<Page<S>, ReadError> {
    let mut texts = Texts::new();
    let mut page = Page { passages: Vec::new(), taken: 0, tokens: 0 };
    for ranked in ranking.hits.iter().skip(offset) {
        if page.passages.len() == query.limit.get() {
            break;
        }
        let room = query.budget.get().saturating_sub(page.tokens);
        let Some(passage) = passage(desk, shelves, ranking, ranked, &mut texts, room)? else {
            page.taken += 1;
            continue;
        };
        let fits = passage.tokens <= room && !(passage.cut && passage.text.is_empty());
        if !fits || (passage.cut && !page.passages.is_empty() && room < WORTH_CUTTING_TOKENS) {
            break;
        }
        page.tokens += passage.tokens;
        page.taken += 1;
        page.passages.push(passage);
    }
    Ok(page)
}

/// Makes the passage behind a place of the ranking, cut to `room`. `None` for a chunk of no document.
fn passage<S: Scope>(
    desk: &Desk,
    shelves: &Shelves<S>,
    ranking: &Ranking,
    ranked: &Ranked,
    texts: &mut Texts,
    room: usize,
) -> Result<Option<Passage<S>>, ReadError> {
    let Some(document) = shelves.by_number(ranked.shelf, ranked.chunk.document) else { return Ok(None) };
    let Some(chunk) = document.record().chunks.get(ranked.chunk.chunk as usize) else { return Ok(None) };
    let key = (ranked.shelf, ranked.chunk.document);
    let text = match texts.entry(key) {
        std::collections::hash_map::Entry::Occupied(text) => text.into_mut(),
        std::collections::hash_map::Entry::Vacant(place) => place.insert(shelves.text(ranked.shelf, key.1)?),
    };
    let whole = text.get(chunk.span.start as usize..chunk.span.end as usize).unwrap_or_default();
    let (kept, tokens) = cut_to_budget(whole, room.saturating_sub(HIT_TOKENS));
    let cut = kept.len() < whole.len();
    let lines = if cut { lines_of(chunk.lines.first, kept) } else { chunk.lines };
    let citation = Citation {
        document: document.record().id.clone(),
        anchor: anchor(&document, chunk.section),
        lines,
        sha256: if cut { Digest::of(kept.as_bytes()) } else { chunk.sha256 },
        commit: desk.commit_of(document.record()),
        generation: shelves.generation(ranked.shelf),
    };
    let headings = document.record().heading_path(chunk.section).into_iter().map(str::to_owned).collect();
    Ok(Some(Passage {
        headings,
        snippet: snippet(kept, &ranking.words, desk.ranker.analyzer()),
        tokens: tokens + HIT_TOKENS,
        text: kept.to_owned(),
        citation,
        score: ranked.score,
        legs: ranked.legs,
        cut,
        document,
    }))
}

fn anchor<S: Scope>(document: &Document<S>, section: u32) -> String {
    document.record().sections.get(section as usize).map_or_else(String::new, |section| section.anchor.clone())
}

/// The lines of a text that begins on line `first`.
pub(super) fn lines_of(first: u32, text: &str) -> Lines {
    let breaks = text.trim_end_matches('\n').matches('\n').count();
    Lines { first, last: first + u32::try_from(breaks).unwrap_or(u32::MAX - first) }
}

fn note<S: Scope>(query: &Query, page: &Page<S>, truncated: bool, record: &mut Retrieval) {
    record.query = Some(query.text.as_str().to_owned());
    record.tokens = page.tokens as u64;
    record.truncated = truncated;
    record.served = u32::try_from(page.passages.len()).unwrap_or(u32::MAX);
    record.hits = page.passages.iter().zip(1..).map(|(passage, rank)| hit(passage, rank)).collect();
    let filters = &query.filters;
    let mut put = |name: &str, value: serde_json::Value| record.params.insert(name.to_owned(), value);
    put("limit", query.limit.get().into());
    put("max_tokens", query.budget.get().into());
    for (name, values) in [("types", &filters.types), ("tags", &filters.tags)] {
        if !values.is_empty() {
            put(name, values.clone().into());
        }
    }
    if !filters.collections.is_empty() {
        put("collections", filters.collections.iter().map(ToString::to_string).collect::<Vec<_>>().into());
    }
    if !filters.status.is_empty() {
        put("status", filters.status.iter().map(|status| status.as_str()).collect::<Vec<_>>().into());
    }
    if let Some(cursor) = query.cursor {
        put("offset", cursor.offset.into());
    }
}

fn hit<S: Scope>(passage: &Passage<S>, rank: u32) -> Hit {
    Hit {
        doc: passage.citation.document.clone(),
        anchor: passage.citation.anchor.clone(),
        lines: passage.citation.lines,
        sha256: passage.citation.sha256,
        rank,
        score: Some(passage.score),
        legs: Legs {
            lexical: passage.legs.lexical.map(|leg| leg.rank),
            vector: passage.legs.vector.map(|leg| leg.rank),
        },
    }
}

/// What a cursor is bound to: the question, its filters, and the generations it was ranked under.
fn identity<S: Scope>(shelves: &Shelves<S>, query: &Query) -> u64 {
    let generations: Vec<_> = shelves.generations().collect();
    identity_of(&format!("search {:?} {:?} {generations:?}", query.text, query.filters))
}

/// The first eight bytes of a digest, for a cursor.
pub(super) fn identity_of(text: &str) -> u64 {
    let digest = Digest::of(text.as_bytes());
    digest.as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn hint<S: Scope>(shelves: &Shelves<S>, query: &Query, ranking: &Ranking) -> String {
    if shelves.searchers().iter().all(|shelf| shelf.catalogue().is_empty()) {
        return "nothing is indexed yet that you may see".to_owned();
    }
    if ranking.hits.is_empty() && (!query.filters.is_empty() || query.text.question().narrows()) {
        return "no passage passed the filters; leave collections, types, tags, status, phrases or exclusions out, or \
                call browse_context to see what there is"
            .to_owned();
    }
    if ranking.hits.is_empty() {
        return "no passage matched; ask with other words, or call browse_context to see what there is".to_owned();
    }
    "no passage fits into max_tokens; raise it, or call get_document with a section".to_owned()
}
