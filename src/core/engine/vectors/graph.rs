//! A graph of near vectors (`hnsw_rs`) that finds a shortlist without looking at everything. An accelerator, rebuilt at
//! will and never written down; the scan is the truth.
//!
//! Traps of `hnsw_rs` 0.3.5 that this file keeps clear of: dumps (a damaged one ends the process), `search_filter`
//! (slow when little passes), `parallel_insert` (takes all cores), more than 256 connections (ends the process), its own
//! distances (panic on vectors that are not one long), twins in a row (inserted shuffled, and distinct by key), points that cannot be
//! reached after the build (each is probed; those that are not found are left out and scanned).

use hnsw_rs::prelude::{Distance, Hnsw};

use super::kernel::Kernel;
use super::view::{Question, VectorView};

/// Layers of the graph: the crate's own most.
const LAYERS: usize = 16;
/// How wide a probe for a point's own vector looks. Narrower than any search, so that what it finds a search finds.
const PROBE: usize = 64;
/// Bytes behind a point's codes that hold one over their length.
const TRAILER: usize = 4;

/// When a graph is built, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct GraphOptions {
    /// From how many vectors on a graph is wanted; never, when it says nothing.
    pub(in crate::engine) from_vectors: Option<usize>,
    /// Links of a point in a layer (M), at most 256.
    pub(in crate::engine) connections: usize,
    /// How many points are looked at to link a new one (efConstruction).
    pub(in crate::engine) construction: usize,
    /// How many points a search keeps in sight at least (ef).
    pub(in crate::engine) search: usize,
}

impl Default for GraphOptions {
    fn default() -> Self {
        Self { from_vectors: None, connections: 32, construction: 400, search: 200 }
    }
}

/// A graph over the slots of one view.
pub(in crate::engine) struct Graph {
    index: Hnsw<'static, i8, Cosine>,
    /// Slots below this are in the graph or left out of it.
    covered: usize,
    /// Slots below `covered` that a search may miss: dead when it was built, without a direction, or not found again.
    left_out: Vec<u32>,
    /// Slots of the view that had no owner.
    dead: usize,
    epoch: u64,
    search: usize,
}

impl Graph {
    /// Builds a graph of a view's live vectors: minutes of one core for 100,000, so not on a writer's or reader's thread.
    pub(in crate::engine) fn build(view: &VectorView, options: &GraphOptions) -> Self {
        let covered = view.slots();
        let distance = Cosine { kernel: view.kernel() };
        let connections = options.connections.clamp(2, 256);
        let mut index = Hnsw::new(connections, covered.max(1), LAYERS, options.construction, distance);
        let (mut inserted, mut left_out) = (Vec::new(), Vec::new());
        for slot in shuffled(covered) {
            match view.coarse(slot) {
                Some(codes) => {
                    index.insert_slice((&point(codes), slot as usize));
                    inserted.push(slot);
                }
                None => left_out.push(slot),
            }
        }
        index.set_searching_mode(true);
        left_out.extend(inserted.into_iter().filter(|slot| {
            let codes = view.coarse(*slot).unwrap_or_default();
            let found = index.search(&point(codes), PROBE, PROBE);
            !found.iter().any(|neighbour| neighbour.d_id == *slot as usize)
        }));
        left_out.sort_unstable();
        Self { index, covered, left_out, dead: view.dead(), epoch: view.epoch(), search: options.search }
    }

    /// About `keep` slots near the question, some perhaps without an owner by now.
    pub(super) fn search(&self, question: &Question, keep: usize) -> Vec<u32> {
        let width = self.search.max(keep);
        let found = self.index.search(&point(&question.coarse), width, width);
        found.iter().filter_map(|neighbour| u32::try_from(neighbour.d_id).ok()).collect()
    }

    /// Slots from here on came after the graph was built.
    pub(super) fn covered(&self) -> usize {
        self.covered
    }

    /// Slots that must be scanned although they are older than the graph.
    pub(super) fn left_out(&self) -> &[u32] {
        &self.left_out
    }

    /// How many of a store's slots the graph doesn't serve: newer ones, those left out, those that lost their owners.
    pub(super) fn outside(&self, slots: usize, dead: usize) -> usize {
        (slots - self.covered) + self.left_out.len() + dead.saturating_sub(self.dead)
    }

    /// The epoch of the view.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Graph")
            .field("covered", &self.covered)
            .field("left_out", &self.left_out.len())
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

/// One minus the cosine of two points, never below 0 and never NaN.
#[derive(Debug, Clone, Copy)]
struct Cosine {
    kernel: Kernel,
}

impl Distance<i8> for Cosine {
    fn eval(&self, a: &[i8], b: &[i8]) -> f32 {
        let (Some((a, by_a)), Some((b, by_b))) = (a.split_last_chunk(), b.split_last_chunk()) else { return 1.0 };
        #[expect(clippy::cast_precision_loss, reason = "coarse codes are less exact than f32")]
        let dot = self.kernel.dot(a, b) as f32;
        (1.0 - dot * trailer(*by_a) * trailer(*by_b)).max(0.0)
    }
}

fn trailer(bytes: [i8; TRAILER]) -> f32 {
    f32::from_le_bytes(bytes.map(i8::cast_unsigned))
}

/// Codes with one over their length behind them, so that a distance needs nothing else.
#[expect(clippy::cast_precision_loss, reason = "a length of coarse codes")]
fn point(codes: &[i8]) -> Vec<i8> {
    let square: i32 = codes.iter().map(|code| i32::from(*code).pow(2)).sum();
    let over_length = if square == 0 { 0.0 } else { 1.0 / (square as f32).sqrt() };
    let mut point = Vec::with_capacity(codes.len() + TRAILER);
    point.extend_from_slice(codes);
    point.extend(over_length.to_le_bytes().map(u8::cast_signed));
    point
}

/// The numbers below `count` in an order that has nothing to do with the corpus, the same each time (splitmix64).
#[expect(clippy::cast_possible_truncation, reason = "slots are numbered by u32; a draw below i fits")]
fn shuffled(count: usize) -> Vec<u32> {
    let mut slots: Vec<u32> = (0..count as u32).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for last in (1..count).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut draw = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        draw = (draw ^ draw >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        slots.swap(last, ((draw ^ draw >> 31) % (last as u64 + 1)) as usize);
    }
    slots
}
