//! From an order to hits: what is nearly the same becomes one, neighbours become one, no document fills the answer.
//!
//! A plan gives its hits one after the other, and what the first n are does not depend on how many are asked for: pages
//! of an answer are cut from one list. A text is opened only for what is reached or compared with it, and once. What the
//! hits of a document may take in of it never overlaps, however far the plan was gone through when it is asked for.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};

use super::alike::Sketch;
use super::order::{Entry, count, order};
use super::{Legs, Note, Policies, Ranking, Sources};
use crate::corpus::{DocumentId, Record, Status};
use crate::engine::{ChunkNo, DocumentNo, EngineError, Searcher};

/// A text this short stands for itself only under the same heading: `None.` is in many places.
const SAME_BYTES_MIN: usize = 200;

/// How far apart the relevance of passages may be that are compared.
const SAME_RELEVANCE: f32 = 0.15;

/// In how many of 64 bits the gists of texts may differ that are compared: nearly the same ones differ in five, others in
/// 32.
const SAME_GIST: u32 = 16;

/// The texts of documents that one answer has opened.
#[derive(Debug)]
pub struct Texts<'a> {
    shelves: &'a [Arc<dyn Searcher>],
    open: HashMap<(usize, DocumentNo), String>,
}

impl<'a> Texts<'a> {
    /// Texts of these shelves; none is open.
    #[must_use]
    pub fn new(shelves: &'a [Arc<dyn Searcher>]) -> Self {
        Self { shelves, open: HashMap::new() }
    }

    /// The visible text of a document.
    ///
    /// # Errors
    /// Fails when it can't be read.
    pub fn text(&mut self, shelf: usize, document: DocumentNo) -> Result<&str, EngineError> {
        match self.open.entry((shelf, document)) {
            std::collections::hash_map::Entry::Occupied(open) => Ok(open.into_mut()),
            std::collections::hash_map::Entry::Vacant(place) => {
                let searcher = self.shelves.get(shelf).ok_or(EngineError::Unknown { document })?;
                Ok(place.insert(searcher.text(document)?))
            }
        }
    }
}

/// A hit that is not printed yet: which chunks of which document, and why it stands where it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// Which of the shelves that were searched.
    pub shelf: usize,
    /// The document.
    pub document: DocumentNo,
    /// Its chunks, neighbours: indexes into `Record::chunks`.
    pub chunks: RangeInclusive<u32>,
    /// The one of them that ranks best.
    pub best: u32,
    /// 0 to 1, never more than that of the hit before.
    pub score: f32,
    /// The fused score of the best chunk.
    pub fused: f32,
    /// What other sections of the document added to it.
    pub evidence: f32,
    /// What each leg said of the best chunk.
    pub legs: Legs,
    /// Where the document stands in its life; superseded also when only its successor says so.
    pub status: Status,
    /// What stands in its place now.
    pub successors: Vec<DocumentId>,
    /// Passages that say nearly the same.
    pub also: Vec<(usize, ChunkNo)>,
    /// What the rules did.
    pub notes: Vec<Note>,
}

/// What has become of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It has not been come to. It stays none when its document has enough.
    Open,
    /// It is the best of a hit or a part of it: of which, by the place of the best among the entries.
    Hit(usize),
    /// It is none and will be none: another stands for it, or its document has enough.
    Aside,
}

/// Gives hits in order.
#[derive(Debug)]
pub struct Plan<'a> {
    entries: Vec<Entry<'a>>,
    fates: Vec<Fate>,
    places: HashMap<(usize, ChunkNo), usize>,
    next: usize,
    /// Hits that were planned before they were asked for.
    ahead: VecDeque<Planned>,
    served: HashMap<(usize, DocumentNo), usize>,
    /// Of what has been compared.
    sketches: HashMap<usize, Sketch>,
    policies: Policies,
}

impl<'a> Plan<'a> {
    /// Plans the hits of a ranking for a question.
    #[must_use]
    pub fn new(ranking: &Ranking, sources: Sources<'a>, policies: Policies) -> Self {
        let entries = order(ranking, sources, &policies);
        let places = entries.iter().enumerate().map(|(at, entry)| ((entry.shelf, entry.chunk), at)).collect();
        Self {
            fates: vec![Fate::Open; entries.len()],
            entries,
            places,
            next: 0,
            ahead: VecDeque::new(),
            served: HashMap::new(),
            sketches: HashMap::new(),
            policies,
        }
    }

    /// The next hit; `None` when there is no more.
    ///
    /// # Errors
    /// Fails when a text that must be compared can't be read.
    pub fn next(&mut self, texts: &mut Texts<'_>) -> Result<Option<Planned>, EngineError> {
        match self.ahead.pop_front() {
            None => self.plan_next(texts),
            planned => Ok(planned),
        }
    }

    fn plan_next(&mut self, texts: &mut Texts<'_>) -> Result<Option<Planned>, EngineError> {
        while self.next < self.entries.len() {
            let at = self.next;
            self.next += 1;
            if self.fates[at] != Fate::Open {
                continue;
            }
            let entry = &self.entries[at];
            let served = self.served.entry((entry.shelf, entry.chunk.document)).or_default();
            if *served >= self.policies.per_document {
                self.fates[at] = Fate::Aside;
                continue;
            }
            *served += 1;
            self.fates[at] = Fate::Hit(at);
            return self.planned(at, texts).map(Some);
        }
        Ok(None)
    }

    /// Whether there is a next hit.
    #[must_use]
    pub fn has_more(&self) -> bool {
        let rest = self.entries.iter().zip(&self.fates).skip(self.next);
        let mut open = rest.filter(|(_, fate)| **fate == Fate::Open);
        !self.ahead.is_empty() || open.any(|(entry, _)| !self.has_enough((entry.shelf, entry.chunk.document)))
    }

    /// Which chunks of its document a hit may take in beside its own: up to the next that is of another hit, here or on a
    /// later page. What lies between two belongs to the one that ranks higher, so that none has what another has.
    ///
    /// # Errors
    /// Fails when a text that must be compared can't be read.
    pub fn reach(&mut self, hit: &Planned, texts: &mut Texts<'_>) -> Result<RangeInclusive<u32>, EngineError> {
        let document = (hit.shelf, hit.document);
        // Which chunks will be hits is known once there are as many as the document may have.
        while self.of(document).any(|(_, fate)| fate == Fate::Open) && !self.has_enough(document) {
            let Some(planned) = self.plan_next(texts)? else { break };
            self.ahead.push_back(planned);
        }
        let hits = || {
            self.of(document)
                .filter_map(|(chunk, fate)| if let Fate::Hit(of) = fate { Some((chunk, of)) } else { None })
        };
        let (first, last) = hit.chunks.clone().into_inner();
        let own = hits().find(|(chunk, _)| *chunk == hit.best).map_or(usize::MAX, |(_, of)| of);
        let before = hits().filter(|(chunk, _)| *chunk < first).max();
        let behind = hits().filter(|(chunk, _)| *chunk > last).min();
        let from = before.map_or(0, |(chunk, of)| if own < of { chunk + 1 } else { first });
        let to = behind.map_or(u32::MAX, |(chunk, of)| if own < of { chunk - 1 } else { last });
        Ok(from..=to)
    }

    /// The entries of a document: which chunks they are, and what has become of them.
    fn of(&self, document: (usize, DocumentNo)) -> impl Iterator<Item = (u32, Fate)> {
        let all = self.entries.iter().zip(&self.fates);
        let of = all.filter(move |(entry, _)| (entry.shelf, entry.chunk.document) == document);
        of.map(|(entry, fate)| (entry.chunk.chunk, *fate))
    }

    /// Whether a document has as many hits as it may have.
    fn has_enough(&self, document: (usize, DocumentNo)) -> bool {
        self.served.get(&document).copied().unwrap_or_default() >= self.policies.per_document
    }

    fn planned(&mut self, at: usize, texts: &mut Texts<'_>) -> Result<Planned, EngineError> {
        let mut parts = vec![at];
        let mut also = self.same_as(at, texts)?;
        while let Some(part) = self.neighbour(&parts) {
            self.fates[part] = Fate::Hit(at);
            also.extend(self.same_as(part, texts)?);
            parts.push(part);
        }
        let entry = &self.entries[at];
        let numbers = parts.iter().map(|&part| self.entries[part].chunk.chunk);
        let chunks = numbers.clone().min().unwrap_or_default()..=numbers.max().unwrap_or_default();
        let mut notes = entry.notes.clone();
        if !also.is_empty() {
            notes.push(Note::StandsFor { others: count(also.len()) });
        }
        if parts.len() > 1 {
            notes.push(Note::Joins { passages: count(parts.len()) });
        }
        let document = (entry.shelf, entry.chunk.document);
        if self.has_enough(document) {
            let left = self.of(document).filter(|(_, fate)| *fate == Fate::Open).count();
            if left > 0 {
                notes.push(Note::LastOfDocument { left_out: count(left) });
            }
        }
        let entry = &self.entries[at];
        Ok(Planned {
            shelf: entry.shelf,
            document: entry.chunk.document,
            chunks,
            best: entry.chunk.chunk,
            score: entry.score,
            fused: entry.fused,
            evidence: entry.evidence,
            legs: entry.legs,
            status: entry.status,
            successors: entry.successors.clone(),
            also,
            notes,
        })
    }

    /// A candidate next to the parts that is worth joining and leaves the whole short enough.
    fn neighbour(&self, parts: &[usize]) -> Option<usize> {
        let first = &self.entries[*parts.first()?];
        let chunks = parts.iter().map(|&part| self.entries[part].chunk.chunk);
        let (low, high) = (chunks.clone().min()?, chunks.max()?);
        let span = |from: u32, to: u32| {
            let (from, to) = (first.record.chunks.get(from as usize)?, first.record.chunks.get(to as usize)?);
            Some(to.span.end.saturating_sub(from.span.start) as usize)
        };
        let sides = [(high.checked_add(1), low, high + 1), (low.checked_sub(1), low.saturating_sub(1), high)];
        sides.into_iter().find_map(|(chunk, from, to)| {
            let chunk = ChunkNo { document: first.chunk.document, chunk: chunk? };
            let at = *self.places.get(&(first.shelf, chunk))?;
            let worth = self.entries[at].relevance >= self.policies.join_relevance * first.relevance;
            let fits = span(from, to)? <= self.policies.join_bytes;
            (self.fates[at] == Fate::Open && worth && fits).then_some(at)
        })
    }

    /// Takes what says nearly the same as a candidate, further down.
    fn same_as(&mut self, at: usize, texts: &mut Texts<'_>) -> Result<Vec<(usize, ChunkNo)>, EngineError> {
        let mut same = Vec::new();
        for other in at + 1..self.entries.len() {
            if self.fates[other] == Fate::Open && self.same(at, other, texts)? {
                self.fates[other] = Fate::Aside;
                same.push((self.entries[other].shelf, self.entries[other].chunk));
            }
        }
        Ok(same)
    }

    fn same(&mut self, at: usize, further: usize, texts: &mut Texts<'_>) -> Result<bool, EngineError> {
        let (one, other) = (&self.entries[at], &self.entries[further]);
        // What stands differently in its life is told apart.
        if one.status != other.status {
            return Ok(false);
        }
        let (Some((first, title)), Some((second, other_title))) = (chunk(one), chunk(other)) else { return Ok(false) };
        let (length, other_length) = (first.span.len(), second.span.len());
        if first.sha256 == second.sha256 {
            return Ok(length >= SAME_BYTES_MIN || title == other_title);
        }
        // Texts that are nearly the same are of one length and gist and are nearly as relevant: few pairs are read.
        let near = length.abs_diff(other_length) * 8 <= length.max(other_length)
            && (one.relevance - other.relevance).abs() <= SAME_RELEVANCE
            && first.gist.distance(second.gist) <= SAME_GIST;
        if !near || one.record.id == other.record.id || title != other_title {
            return Ok(false);
        }
        self.sketch(at, texts)?;
        self.sketch(further, texts)?;
        let (one, other) = (self.sketches.get(&at), self.sketches.get(&further));
        Ok(one.zip(other).is_some_and(|(one, other)| one.is_like(other, self.policies.alike)))
    }

    /// Sees to it that there is a sketch of an entry's passage.
    fn sketch(&mut self, at: usize, texts: &mut Texts<'_>) -> Result<(), EngineError> {
        if let std::collections::hash_map::Entry::Vacant(place) = self.sketches.entry(at) {
            let entry = &self.entries[at];
            let span = chunk(entry).map_or(0..0, |(chunk, _)| chunk.span.start as usize..chunk.span.end as usize);
            let text = texts.text(entry.shelf, entry.chunk.document)?;
            place.insert(Sketch::of(text.get(span).unwrap_or_default()));
        }
        Ok(())
    }
}

/// An entry's chunk, and the title of its section; text under the document's own title is under none.
fn chunk<'a>(entry: &Entry<'a>) -> Option<(&'a crate::corpus::Chunk, &'a str)> {
    let record: &Record = entry.record;
    let chunk = record.chunks.get(entry.chunk.chunk as usize)?;
    let section = record.sections.get(chunk.section as usize)?;
    Some((chunk, if section.title == record.title { "" } else { &section.title }))
}
