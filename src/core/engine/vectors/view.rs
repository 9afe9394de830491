//! The readers' side: a frozen view, and the search for what is nearest in it.
//!
//! Invariants: the answer is exact up to the shortlist: all live vectors are scored by their coarse codes, the best few
//! again by both. The question has 16 bits a dimension and every product is one of integers, so that a score is the same
//! on every processor and in every order. A filter is asked once a document, and only of vectors that would be on the
//! shortlist, so that a narrow filter starves no answer. Vectors without a direction are nobody's neighbour. With a graph
//! and without a filter the graph finds the shortlist instead, and what it doesn't cover is scanned.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::block::{BLOCK, Block};
use super::encoded::{PARTS, code, unit};
use super::graph::Graph;
use super::kernel::Kernel;
use crate::engine::{Candidate, ChunkNo, DocumentNo, Filter};

/// The most that the sum of a product may be, with room for what rounding adds.
const SUM_MAX: f32 = 2.1e9;

/// A frozen view of a store.
#[derive(Debug, Clone)]
pub(in crate::engine) struct VectorView {
    blocks: Vec<Block>,
    dimensions: usize,
    stride: usize,
    epoch: u64,
    live: usize,
    kernel: Kernel,
    graph: Option<Arc<Graph>>,
}

/// A question in the forms that the steps of a search need.
pub(super) struct Question {
    /// As vectors are scored: 16 bits a dimension, padded.
    fine: Vec<i16>,
    /// The size of one of its steps.
    step: f32,
    /// As a graph is walked: coarse codes, padded.
    pub(super) coarse: Vec<i8>,
}

impl VectorView {
    pub(super) fn new(
        blocks: Vec<Block>,
        dimensions: usize,
        stride: usize,
        epoch: u64,
        live: usize,
        graph: Option<Arc<Graph>>,
    ) -> Self {
        Self { blocks, dimensions, stride, epoch, live, kernel: Kernel::fastest(), graph }
    }

    /// The `limit` passages nearest to `query` by cosine, best first, equal ones by number. None for a query of
    /// another dimension or without a direction.
    pub(in crate::engine) fn nearest(&self, query: &[f32], filter: Option<Filter<'_>>, limit: usize) -> Vec<Candidate> {
        let Some(question) = self.question(query) else { return Vec::new() };
        if limit == 0 || self.live == 0 {
            return Vec::new();
        }
        let gate = Gate::new(filter);
        let mut shortlist = Shortlist::new(limit.saturating_mul(2).max(limit.saturating_add(64)).min(self.live));
        match &self.graph {
            Some(graph) if filter.is_none() => self.walk(graph, &question, &gate, &mut shortlist),
            _ => self.scan(0, &question, &gate, &mut shortlist),
        }
        self.candidates(&question, shortlist, &gate, limit)
    }

    /// The store's epoch: slots of different epochs are not the same vectors.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The kernel that this processor runs best.
    pub(super) fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// How many slots there are, with an owner or without.
    pub(super) fn slots(&self) -> usize {
        self.blocks.last().map_or(0, |last| (self.blocks.len() - 1) * BLOCK + last.len())
    }

    /// How many slots have no owner.
    pub(super) fn dead(&self) -> usize {
        self.slots() - self.live
    }

    /// A slot's coarse codes, if it is live.
    pub(super) fn coarse(&self, slot: u32) -> Option<&[i8]> {
        let (block, at) = self.place(slot);
        (!block.factors()[at].is_nan()).then(|| block.hi_of(at))
    }

    fn question(&self, query: &[f32]) -> Option<Question> {
        let unit = (query.len() == self.dimensions).then(|| unit(query)).flatten()?;
        let most = unit.iter().fold(0_f32, |most, number| most.max(number.abs()));
        let sum: f32 = unit.iter().map(|number| number.abs()).sum();
        // As fine as 16 bits are, and as no product with codes of up to 127 leaves 32 bits.
        let steps = 32_767.0_f32.min(SUM_MAX / 127.0 * most / sum);
        let mut fine: Vec<i16> = unit.iter().map(|number| fine_code(number / most * steps)).collect();
        let mut coarse: Vec<i8> = unit.iter().map(|number| code(number / most * 127.0)).collect();
        fine.resize(self.stride, 0);
        coarse.resize(self.stride, 0);
        Some(Question { fine, step: most / steps, coarse })
    }

    /// Offers every live slot from `from` on.
    fn scan(&self, from: usize, question: &Question, gate: &Gate<'_>, shortlist: &mut Shortlist) {
        let mut dots = [0; BLOCK];
        for (number, block) in self.blocks.iter().enumerate().skip(from / BLOCK) {
            let begin = from.saturating_sub(number * BLOCK);
            if begin >= block.len() {
                continue;
            }
            self.kernel.dots(&question.fine, &block.hi()[begin * self.stride..], &mut dots);
            for (at, (dot, factor)) in (begin..).zip(dots.iter().zip(&block.factors()[begin..])) {
                let score = as_score(*dot) * factor;
                if score > shortlist.threshold && gate.opens(block, at) {
                    shortlist.push(score, slot_number(number * BLOCK + at));
                }
            }
        }
    }

    /// Offers what the graph finds, what it could not take in, and what came after it was built.
    fn walk(&self, graph: &Graph, question: &Question, gate: &Gate<'_>, shortlist: &mut Shortlist) {
        let found = graph.search(question, shortlist.keep);
        for slot in found.iter().chain(graph.left_out()).copied() {
            let (block, at) = self.place(slot);
            let factor = block.factors()[at];
            if factor.is_nan() {
                continue;
            }
            let score = as_score(self.dot(question, block.hi_of(at))) * factor;
            if score > shortlist.threshold {
                shortlist.push(score, slot);
            }
        }
        self.scan(graph.covered(), question, gate, shortlist);
    }

    /// Scores the shortlist exactly and gives each slot's passages.
    fn candidates(&self, question: &Question, shortlist: Shortlist, gate: &Gate<'_>, limit: usize) -> Vec<Candidate> {
        let mut out = Vec::new();
        for (_, slot) in shortlist.best() {
            let (block, at) = self.place(slot);
            let (hi, lo) = (self.dot(question, block.hi_of(at)), self.dot(question, block.lo_of(at)));
            let steps = as_score(hi) + as_score(lo) / PARTS;
            let score = (steps * question.step * block.factors()[at]).clamp(-1.0, 1.0);
            let owners = block.owners(at).iter().filter(|owner| gate.allows(**owner));
            // Owners ascend, and equal scores go by number: more than `limit` of one vector can't be in the answer.
            out.extend(owners.take(limit).map(|owner| Candidate { chunk: *owner, score, thin: false }));
        }
        out.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk.cmp(&b.chunk)));
        out.truncate(limit);
        out
    }

    fn dot(&self, question: &Question, codes: &[i8]) -> i32 {
        let mut dot = [0];
        self.kernel.dots(&question.fine, codes, &mut dot);
        dot[0]
    }

    fn place(&self, slot: u32) -> (&Block, usize) {
        (&self.blocks[slot as usize / BLOCK], slot as usize % BLOCK)
    }
}

/// Asks a filter once of each document.
struct Gate<'a> {
    filter: Option<Filter<'a>>,
    asked: RefCell<HashMap<DocumentNo, bool, BuildHasherDefault<Multiply>>>,
}

impl<'a> Gate<'a> {
    fn new(filter: Option<Filter<'a>>) -> Self {
        Self { filter, asked: RefCell::default() }
    }

    fn allows(&self, chunk: ChunkNo) -> bool {
        let Some(filter) = self.filter else { return true };
        let of_document = |documents: &(dyn Fn(DocumentNo) -> bool + Sync)| {
            *self.asked.borrow_mut().entry(chunk.document).or_insert_with(|| documents(chunk.document))
        };
        filter.chunks.is_none_or(|chunks| chunks.passes(chunk)) && filter.documents.is_none_or(of_document)
    }

    /// Whether any passage of a slot is allowed.
    fn opens(&self, block: &Block, at: usize) -> bool {
        self.filter.is_none() || block.owners(at).iter().any(|owner| self.allows(*owner))
    }
}

/// Hashes a document number by one multiplication: nobody outside chooses them, and a narrow filter asks for each slot.
#[derive(Default)]
struct Multiply(u64);

impl Hasher for Multiply {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        let mixed = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 32;
    }
}

/// The best slots so far, by coarse score: up to twice as many as asked for, thinned out when full.
struct Shortlist {
    keep: usize,
    /// What a score must be above to matter.
    threshold: f32,
    found: Vec<(f32, u32)>,
}

impl Shortlist {
    fn new(keep: usize) -> Self {
        Self { keep, threshold: f32::NEG_INFINITY, found: Vec::with_capacity(keep.saturating_mul(2).min(1 << 16)) }
    }

    fn push(&mut self, score: f32, slot: u32) {
        self.found.push((score, slot));
        if self.found.len() >= self.keep.saturating_mul(2) {
            self.thin();
        }
    }

    fn thin(&mut self) {
        if self.found.len() > self.keep {
            let (_, last, _) = self.found.select_nth_unstable_by(self.keep - 1, best_first);
            self.threshold = last.0;
            self.found.truncate(self.keep);
        }
    }

    fn best(mut self) -> Vec<(f32, u32)> {
        self.thin();
        self.found
    }
}

fn best_first(a: &(f32, u32), b: &(f32, u32)) -> Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

/// Approximate past 16 million, which is one part in that many: a code has an error of one in a hundred.
#[expect(clippy::cast_precision_loss, reason = "finer than the codes are")]
fn as_score(dot: i32) -> f32 {
    dot as f32
}

/// A number that fits 16 bits already, but for rounding.
#[expect(clippy::cast_possible_truncation, reason = "no more than 32,767")]
fn fine_code(number: f32) -> i16 {
    number.round() as i16
}

/// A slot's number; the store holds fewer than 2^32.
#[expect(clippy::cast_possible_truncation, reason = "the store makes no slot past 2^32")]
fn slot_number(slot: usize) -> u32 {
    slot as u32
}
