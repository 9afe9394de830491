//! The writer's side: which vectors there are, by the digest of their text, and which passages have them.
//!
//! Invariants: one vector a key, however many passages share the text. A slot is never used for another vector until
//! the store is compacted, which numbers all slots anew and begins a new epoch: a slot number must not be kept across
//! `compact_when_due`, a key may. A vector that lost its last passage stays until then, so that text which comes back
//! (a move, an undone edit) needs no embedding.

use std::collections::HashMap;
use std::sync::Arc;

use super::block::{BLOCK, Block};
use super::encoded::Encoded;
use super::graph::{Graph, GraphOptions};
use super::view::VectorView;
use crate::engine::seam::ChunkNo;

/// Vectors are padded to a multiple of this, so that a kernel has no rest to compute.
const PADDING: usize = 64;

/// Names a vector: a digest of the text that was embedded.
pub(in crate::engine) type VectorKey = [u8; 16];

/// Numbers a vector until the next compaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::engine) struct Slot(u32);

/// The vectors of a shelf, owned by its one writer.
#[derive(Debug)]
pub(in crate::engine) struct VectorStore {
    dimensions: usize,
    blocks: Vec<Block>,
    keys: Vec<VectorKey>,
    by_key: HashMap<VectorKey, Slot>,
    /// Slots without an owner.
    dead: usize,
    epoch: u64,
    graph: Option<Arc<Graph>>,
    options: GraphOptions,
}

impl VectorStore {
    /// An empty store for vectors of so many dimensions.
    pub(in crate::engine) fn new(dimensions: usize, options: GraphOptions) -> Self {
        Self {
            dimensions,
            blocks: Vec::new(),
            keys: Vec::new(),
            by_key: HashMap::new(),
            dead: 0,
            epoch: 0,
            graph: None,
            options,
        }
    }

    /// How many vectors have an owner.
    pub(in crate::engine) fn live(&self) -> usize {
        self.keys.len() - self.dead
    }

    /// The vector of this text, whether it has owners or lost them.
    pub(in crate::engine) fn find(&self, key: &VectorKey) -> Option<Slot> {
        self.by_key.get(key).copied()
    }

    /// Takes a vector for a text, of any length, and its first owner. If the text has a vector, that one stays.
    ///
    /// # Panics
    /// When the vector has not the store's dimension.
    #[cfg(test)]
    pub(in crate::engine) fn insert(&mut self, key: VectorKey, vector: &[f32], owner: ChunkNo) -> Slot {
        let slot = self.find(&key).unwrap_or_else(|| self.push(key, &Encoded::new(vector)));
        self.add_owner(slot, owner);
        slot
    }

    /// The same for a vector that is encoded already.
    ///
    /// # Panics
    /// When the vector has not the store's dimension.
    pub(in crate::engine) fn insert_encoded(&mut self, key: VectorKey, encoded: &Encoded, owner: ChunkNo) -> Slot {
        let slot = self.find(&key).unwrap_or_else(|| self.push(key, encoded));
        self.add_owner(slot, owner);
        slot
    }

    /// Adds a passage that has this vector; nothing if it is there.
    pub(in crate::engine) fn add_owner(&mut self, slot: Slot, owner: ChunkNo) {
        let (block, at) = place(slot);
        let was_dead = self.blocks[block].owners(at).is_empty();
        if self.blocks[block].add_owner(at, owner) && was_dead {
            self.dead -= 1;
        }
    }

    /// Drops a passage; says whether it had this vector.
    pub(in crate::engine) fn remove_owner(&mut self, slot: Slot, owner: ChunkNo) -> bool {
        let (block, at) = place(slot);
        let removed = self.blocks[block].remove_owner(at, owner);
        if removed && self.blocks[block].owners(at).is_empty() {
            self.dead += 1;
        }
        removed
    }

    /// A vector as it should be written to disk.
    pub(in crate::engine) fn encoded(&self, slot: Slot) -> Encoded {
        let (block, at) = place(slot);
        self.blocks[block].encoded(at, self.dimensions)
    }

    /// Every vector that has an owner, in the order in which they came.
    pub(in crate::engine) fn iter(&self) -> impl Iterator<Item = (&VectorKey, Slot)> {
        (0_u32..).map(Slot).zip(&self.keys).filter_map(|(slot, key)| {
            let (block, at) = place(slot);
            (!self.blocks[block].owners(at).is_empty()).then_some((key, slot))
        })
    }

    /// The passages that have this vector, ascending.
    pub(in crate::engine) fn owners(&self, slot: Slot) -> &[ChunkNo] {
        let (block, at) = place(slot);
        self.blocks[block].owners(at)
    }

    /// A frozen view. It shares all blocks; what the writer changes later it copies first.
    pub(in crate::engine) fn view(&self) -> VectorView {
        VectorView::new(
            self.blocks.clone(),
            self.dimensions,
            padded(self.dimensions),
            self.epoch,
            self.live(),
            self.graph.clone(),
        )
    }

    /// Lets go of vectors without owners when they are over a quarter. Numbers the slots anew; says whether it did.
    pub(in crate::engine) fn compact_when_due(&mut self) -> bool {
        if self.dead * 4 <= self.keys.len() {
            return false;
        }
        let mut compact = Self::new(self.dimensions, self.options);
        for (key, slot) in self.iter() {
            let encoded = self.encoded(slot);
            for owner in self.owners(slot) {
                compact.insert_encoded(*key, &encoded, *owner);
            }
        }
        compact.epoch = self.epoch + 1;
        *self = compact;
        true
    }

    /// Whether a graph should be built from the next view: there is none, or too much lies outside of it.
    pub(in crate::engine) fn graph_wanted(&self) -> bool {
        self.options.from_vectors.is_some_and(|from| self.live() >= from)
            && self.graph.as_ref().is_none_or(|graph| graph.outside(self.keys.len(), self.dead) * 5 > self.keys.len())
    }

    /// Takes a graph that was built from a view of this store; not if the store was compacted since.
    pub(in crate::engine) fn adopt(&mut self, graph: Arc<Graph>) -> bool {
        let fits = graph.epoch() == self.epoch;
        if fits {
            self.graph = Some(graph);
        }
        fits
    }

    fn push(&mut self, key: VectorKey, encoded: &Encoded) -> Slot {
        assert_eq!(encoded.dimensions(), self.dimensions, "a vector of another model");
        let slot = Slot(u32::try_from(self.keys.len()).expect("memory ends before 2^32 vectors"));
        if self.keys.len().is_multiple_of(BLOCK) {
            self.blocks.push(Block::default());
        }
        self.blocks[self.keys.len() / BLOCK].push(encoded, padded(self.dimensions));
        self.keys.push(key);
        self.by_key.insert(key, slot);
        self.dead += 1;
        slot
    }
}

/// The block a slot lies in, and where.
fn place(slot: Slot) -> (usize, usize) {
    (slot.0 as usize / BLOCK, slot.0 as usize % BLOCK)
}

fn padded(dimensions: usize) -> usize {
    dimensions.next_multiple_of(PADDING)
}
