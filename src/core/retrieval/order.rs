//! Puts a ranking into the order of an answer: what the question names, what is in force, what has taken whose place.
//!
//! A pure function of the ranking and the records. Documents that say nothing of their life keep the order of the
//! ranking, and how documents are spread over shelves moves nothing.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};

use super::directory::Named;
use super::filters::may_answer;
use super::{Directory, Filters, Legs, Note, Policies, Question, Ranking};
use crate::corpus::{DocumentId, Record, Status};
use crate::engine::{ChunkNo, DocumentNo, Searcher};

/// A candidate in its place.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    pub(super) shelf: usize,
    pub(super) chunk: ChunkNo,
    pub(super) record: &'a Arc<Record>,
    /// The fused score; for what no leg brought, that of the passage it stands before.
    pub(super) fused: f32,
    /// What is told: never more than the entry before it.
    pub(super) score: f32,
    /// What other sections of the document added to it.
    pub(super) evidence: f32,
    pub(super) legs: Legs,
    pub(super) status: Status,
    /// What stands in the document's place now.
    pub(super) successors: Vec<DocumentId>,
    pub(super) notes: Vec<Note>,
    /// Best BM25 and cosine are 1; comparable however few candidates there are.
    pub(super) relevance: f32,
}

/// What the order is made of.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The engine views that were ranked, in the order `Ranked::shelf` counts them.
    pub shelves: &'a [Arc<dyn Searcher>],
    /// The names of all documents on them.
    pub directory: &'a Directory,
    /// Which documents may answer.
    pub filters: &'a Filters,
    /// What was asked, with the filters that stand in it.
    pub question: &'a Question,
}

impl<'a> Sources<'a> {
    fn record(&self, shelf: usize, number: DocumentNo) -> Option<&'a Arc<Record>> {
        self.shelves.get(shelf)?.catalogue().record(number)
    }

    /// Finds a document that may answer.
    fn find(&self, id: &DocumentId) -> Option<(usize, DocumentNo, &'a Arc<Record>)> {
        self.shelves.iter().enumerate().find_map(|(shelf, searcher)| {
            let number = searcher.catalogue().number(id)?;
            let record = searcher.catalogue().record(number)?;
            may_answer(self.question, self.filters, record).then_some((shelf, number, record))
        })
    }

    /// Whether a passage that no leg found may be brought in: whether it has a phrase is known of those only that were
    /// found.
    fn may_bring(&self) -> bool {
        self.question.phrases.is_empty() && self.question.without.is_empty()
    }
}

/// Orders a ranking.
pub(super) fn order<'a>(ranking: &Ranking, sources: Sources<'a>, policies: &Policies) -> Vec<Entry<'a>> {
    let mut entries = with_successors(entries(ranking, sources), sources);
    entries = in_force_first(entries, policies);
    named_first(&mut entries, sources, policies);
    let mut least = 1.0_f32;
    for entry in &mut entries {
        least = least.min(entry.score);
        entry.score = least;
    }
    entries
}

fn entries<'a>(ranking: &Ranking, sources: Sources<'a>) -> Vec<Entry<'a>> {
    let best = |score: fn(&Legs) -> Option<f32>| {
        ranking.hits.iter().filter_map(|hit| score(&hit.legs)).fold(0.0_f32, f32::max).max(f32::EPSILON)
    };
    let (words, meaning) = (best(|legs| Some(legs.lexical?.score)), best(|legs| Some(legs.vector?.score)));
    let weight = ranking.fusion.lexical_weight;
    let part = |leg: Option<super::Leg>, best: f32| leg.map_or(0.0, |leg| leg.score.max(0.0) / best);
    let mut known: HashMap<(usize, DocumentNo), (Status, Vec<DocumentId>)> = HashMap::new();
    let entry = |hit: &super::Ranked| {
        let record = sources.record(hit.shelf, hit.chunk.document)?;
        let (status, successors) =
            known.entry((hit.shelf, hit.chunk.document)).or_insert_with(|| sources.directory.standing(record));
        Some(Entry {
            shelf: hit.shelf,
            chunk: hit.chunk,
            record,
            fused: hit.score,
            score: hit.score,
            evidence: hit.evidence,
            legs: hit.legs,
            status: *status,
            successors: successors.clone(),
            notes: Vec::new(),
            relevance: weight * part(hit.legs.lexical, words) + (1.0 - weight) * part(hit.legs.vector, meaning),
        })
    };
    ranking.hits.iter().filter_map(entry).collect()
}

/// Puts what takes a document's place directly before it, brought in where no leg found it.
fn with_successors<'a>(entries: Vec<Entry<'a>>, sources: Sources<'a>) -> Vec<Entry<'a>> {
    if entries.iter().all(|entry| entry.successors.is_empty()) {
        return entries;
    }
    let mut best: HashMap<&DocumentId, usize> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        best.entry(&entry.record.id).or_insert(at);
    }
    let mut order: Vec<(usize, Option<Entry<'a>>)> = Vec::with_capacity(entries.len());
    let mut placed = vec![false; entries.len()];
    let mut brought: Vec<DocumentId> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        if placed[at] {
            continue;
        }
        for successor in &entry.successors {
            let note = Note::TakesPlaceOf { document: entry.record.id.clone(), brought: false };
            match best.get(successor) {
                Some(&place) if placed[place] => {}
                Some(&place) => {
                    placed[place] = true;
                    // Its own place was behind: it has moved up.
                    let moved = Entry {
                        fused: entries[place].fused.max(entry.fused),
                        score: entries[place].score.max(entry.score),
                        relevance: entries[place].relevance.max(entry.relevance),
                        notes: vec![note],
                        ..entries[place].clone()
                    };
                    order.push((place, Some(moved)));
                }
                None if brought.contains(successor) => {}
                None => {
                    if let Some(new) = brought_in(successor, entry, sources) {
                        brought.push(successor.clone());
                        order.push((at, Some(new)));
                    }
                }
            }
        }
        placed[at] = true;
        order.push((at, None));
    }
    order.into_iter().map(|(at, new)| new.unwrap_or_else(|| entries[at].clone())).collect()
}

/// A successor that no leg found: the passage under the same heading, else the first.
fn brought_in<'a>(id: &DocumentId, before: &Entry<'a>, sources: Sources<'a>) -> Option<Entry<'a>> {
    let (shelf, document, record) = sources.find(id).filter(|_| sources.may_bring())?;
    let section = |record: &'a Record, chunk: u32| {
        record.chunks.get(chunk as usize).and_then(|chunk| record.sections.get(chunk.section as usize))
    };
    let heading = section(before.record, before.chunk.chunk).map_or("", |section| section.title.as_str());
    let same = (0..).zip(&record.chunks).find(|(chunk, _)| {
        section(record, *chunk).is_some_and(|section| !heading.is_empty() && section.title == heading)
    });
    let chunk = same.or_else(|| (0..).zip(&record.chunks).next())?.0;
    let note = Note::TakesPlaceOf { document: before.record.id.clone(), brought: true };
    Some(Entry {
        shelf,
        chunk: ChunkNo { document, chunk },
        record,
        evidence: 0.0,
        legs: Legs::default(),
        status: sources.directory.standing(record).0,
        successors: Vec::new(),
        notes: vec![note],
        ..before.clone()
    })
}

/// Lets what is not in force yield to what is, and is comparably relevant.
fn in_force_first<'a>(entries: Vec<Entry<'a>>, policies: &Policies) -> Vec<Entry<'a>> {
    if entries.iter().all(|entry| policies.yields(entry.status).is_none()) {
        return entries;
    }
    let force: Vec<(usize, f32)> = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| policies.yields(entry.status).is_none())
        .map(|(at, entry)| (at, entry.relevance))
        .collect();
    let mut keyed: Vec<((usize, u8, usize), Entry<'a>)> = Vec::with_capacity(entries.len());
    let mut in_force = 0;
    for (at, mut entry) in entries.into_iter().enumerate() {
        let Some(share) = policies.yields(entry.status) else {
            in_force += 1;
            keyed.push(((in_force, 0, at), entry));
            continue;
        };
        // Behind everything in force that stood before it, and behind the last that is relevant enough.
        let last = force.iter().rposition(|(_, relevance)| *relevance >= share * entry.relevance);
        let behind = in_force.max(last.map_or(0, |last| last + 1));
        if behind > in_force {
            entry.notes.push(Note::Yields { status: entry.status, behind: count(behind - in_force) });
        }
        keyed.push(((behind, 1 + entry.status as u8, at), entry));
    }
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, entry)| entry).collect()
}

/// Puts what the question names first: its best passage, or the section that is named; and before it what has taken its
/// place.
fn named_first<'a>(entries: &mut Vec<Entry<'a>>, sources: Sources<'a>, policies: &Policies) {
    let mut first: Vec<Entry<'a>> = Vec::new();
    for (record, what) in sources.directory.named(&sources.question.words, policies.exact_documents) {
        let note = Note::Named { by: what.as_str() };
        let Some(named) = pinned(entries, &record.id, what, note, sources) else { continue };
        for successor in &named.successors {
            let note = Note::TakesPlaceOf { document: named.record.id.clone(), brought: false };
            if first.iter().all(|known| known.record.id != *successor) {
                first.extend(pinned(entries, successor, Named::Id, note, sources));
            }
        }
        if first.iter().all(|known| (known.shelf, known.chunk) != (named.shelf, named.chunk)) {
            first.push(named);
        }
    }
    if !first.is_empty() {
        entries.retain(|entry| first.iter().all(|known| (known.shelf, known.chunk) != (entry.shelf, entry.chunk)));
        entries.splice(0..0, first);
    }
}

/// A count of passages of one answer.
pub(super) fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}

/// The passage that stands for a document that was named: among the candidates, else brought in.
fn pinned<'a>(
    entries: &[Entry<'a>],
    id: &DocumentId,
    what: Named,
    note: Note,
    sources: Sources<'a>,
) -> Option<Entry<'a>> {
    let (shelf, document, record) = sources.find(id)?;
    let section = if let Named::Heading(section) = what { Some(section) } else { None };
    let wanted = |chunk: u32| {
        let of = record.chunks.get(chunk as usize).map(|chunk| chunk.section);
        section.is_none_or(|section| of == Some(section))
    };
    let found = entries
        .iter()
        .find(|entry| (entry.shelf, entry.chunk.document) == (shelf, document) && wanted(entry.chunk.chunk));
    let mut entry = if let Some(found) = found {
        found.clone()
    } else {
        let (chunk, _) = (0..).zip(&record.chunks).find(|(chunk, _)| wanted(*chunk) && sources.may_bring())?;
        let (status, successors) = sources.directory.standing(record);
        let chunk = ChunkNo { document, chunk };
        let (legs, notes) = (Legs::default(), Vec::new());
        Entry {
            shelf,
            chunk,
            record,
            fused: 0.0,
            score: 1.0,
            evidence: 0.0,
            legs,
            status,
            successors,
            notes,
            relevance: 1.0,
        }
    };
    entry.score = 1.0;
    entry.notes.push(note);
    Some(entry)
}
