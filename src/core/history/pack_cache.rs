//! Keeps what packs were asked for last, since most of what is read next is told as a difference from it: without it,
//! each object of a chain of differences is unpacked from the chain's beginning.
//!
//! Two halves: what is used goes into the young one, and when that is full the old one is let go of.

use std::collections::HashMap;

use gix_object::Kind;
use gix_odb::pack::cache::DecodeEntry;

/// The most bytes of a half.
const HALF_BYTES: usize = 32 << 20;

/// An object, unpacked: its kind, its size in the pack, its bytes.
type Unpacked = (Kind, usize, Box<[u8]>);

/// Objects by pack and place in it.
#[derive(Debug, Default)]
pub(super) struct PackCache {
    young: HashMap<(u32, u64), Unpacked>,
    old: HashMap<(u32, u64), Unpacked>,
    young_bytes: usize,
}

impl PackCache {
    fn keep(&mut self, place: (u32, u64), unpacked: Unpacked) {
        self.young_bytes += unpacked.2.len();
        if self.young_bytes > HALF_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = unpacked.2.len();
        }
        self.young.insert(place, unpacked);
    }
}

impl DecodeEntry for PackCache {
    fn put(&mut self, pack_id: u32, offset: u64, data: &[u8], kind: Kind, compressed_size: usize) {
        let place = (pack_id, offset);
        if data.len() < HALF_BYTES / 8 && !self.young.contains_key(&place) {
            self.keep(place, (kind, compressed_size, data.into()));
        }
    }

    fn get(&mut self, pack_id: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let place = (pack_id, offset);
        if let Some(unpacked) = self.old.remove(&place) {
            self.keep(place, unpacked);
        }
        let (kind, compressed_size, data) = self.young.get(&place)?;
        out.clear();
        out.extend_from_slice(data);
        Some((*kind, *compressed_size))
    }
}
