//! A thousand vectors side by side, and who owns them: what the writer and its views share.
//!
//! Invariants: slots are only added; a slot's codes never change. Codes and owners are shared by themselves, so that
//! a change of owners copies no vectors. A slot is live if it has an owner and a direction; then its factor is its
//! scale, otherwise NaN, which is greater than no threshold.

use std::sync::Arc;

use super::encoded::Encoded;
use crate::engine::seam::ChunkNo;

/// Slots of a block. 256 KiB of coarse codes at 256 dimensions: a scan's unit of work, a writer's unit of copying.
pub(super) const BLOCK: usize = 1024;

/// A block as the writer and its views hold it.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    codes: Arc<Codes>,
    owners: Arc<Owners>,
}

/// The vectors: never changed, only added to.
#[derive(Debug, Clone, Default)]
struct Codes {
    /// `stride` numbers a slot, the last ones zeros where the dimension is no multiple of 64.
    hi: Vec<i8>,
    /// As many.
    lo: Vec<i8>,
    scales: Vec<f32>,
}

/// The passages that have each vector.
#[derive(Debug, Clone, Default)]
struct Owners {
    factors: Vec<f32>,
    lists: Vec<OwnerList>,
}

/// Sorted and distinct. Nine of ten vectors have one owner, which needs no allocation.
#[derive(Debug, Clone, Default)]
enum OwnerList {
    #[default]
    None,
    One(ChunkNo),
    Many(Vec<ChunkNo>),
}

impl Block {
    /// How many slots are taken.
    pub(super) fn len(&self) -> usize {
        self.codes.scales.len()
    }

    /// The coarse codes of all slots, one behind another.
    pub(super) fn hi(&self) -> &[i8] {
        &self.codes.hi
    }

    /// Each slot's scale, or NaN for one that is not live.
    pub(super) fn factors(&self) -> &[f32] {
        &self.owners.factors
    }

    /// The passages that have a slot's vector, ascending.
    pub(super) fn owners(&self, at: usize) -> &[ChunkNo] {
        match self.owners.lists.get(at) {
            None | Some(OwnerList::None) => &[],
            Some(OwnerList::One(owner)) => std::slice::from_ref(owner),
            Some(OwnerList::Many(owners)) => owners,
        }
    }

    /// A slot's coarse codes, padded.
    pub(super) fn hi_of(&self, at: usize) -> &[i8] {
        let stride = self.stride();
        &self.codes.hi[at * stride..(at + 1) * stride]
    }

    /// What a slot's coarse codes leave over, padded.
    pub(super) fn lo_of(&self, at: usize) -> &[i8] {
        let stride = self.stride();
        &self.codes.lo[at * stride..(at + 1) * stride]
    }

    /// A slot's vector as it was encoded.
    pub(super) fn encoded(&self, at: usize, dimensions: usize) -> Encoded {
        let from = at * self.stride();
        let range = from..from + dimensions;
        Encoded::from_parts(&self.codes.hi[range.clone()], &self.codes.lo[range], self.codes.scales[at])
    }

    /// Adds a slot that nobody owns yet.
    pub(super) fn push(&mut self, encoded: &Encoded, stride: usize) {
        let codes = Arc::make_mut(&mut self.codes);
        let length = codes.hi.len() + stride;
        codes.hi.extend_from_slice(encoded.hi());
        codes.hi.resize(length, 0);
        codes.lo.extend_from_slice(encoded.lo());
        codes.lo.resize(length, 0);
        codes.scales.push(encoded.scale());
        let owners = Arc::make_mut(&mut self.owners);
        owners.factors.push(f32::NAN);
        owners.lists.push(OwnerList::None);
    }

    /// Adds an owner; says whether it was not there.
    pub(super) fn add_owner(&mut self, at: usize, owner: ChunkNo) -> bool {
        let Err(place) = self.owners(at).binary_search(&owner) else { return false };
        let scale = self.codes.scales[at];
        let owners = Arc::make_mut(&mut self.owners);
        let list = &mut owners.lists[at];
        match list {
            OwnerList::None => *list = OwnerList::One(owner),
            OwnerList::One(other) => {
                let mut both = vec![*other];
                both.insert(place, owner);
                *list = OwnerList::Many(both);
            }
            OwnerList::Many(many) => many.insert(place, owner),
        }
        owners.factors[at] = if scale > 0.0 { scale } else { f32::NAN };
        true
    }

    /// Drops an owner; says whether it was there.
    pub(super) fn remove_owner(&mut self, at: usize, owner: ChunkNo) -> bool {
        let Ok(place) = self.owners(at).binary_search(&owner) else { return false };
        let owners = Arc::make_mut(&mut self.owners);
        let list = &mut owners.lists[at];
        match list {
            OwnerList::Many(many) => {
                many.remove(place);
                if let [last] = many[..] {
                    *list = OwnerList::One(last);
                }
            }
            _ => {
                *list = OwnerList::None;
                owners.factors[at] = f32::NAN;
            }
        }
        true
    }

    fn stride(&self) -> usize {
        self.codes.hi.len() / self.len().max(1)
    }
}
