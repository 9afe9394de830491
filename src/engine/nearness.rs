//! Finds chunks by nearness: exact scan over distinct vectors.

use std::collections::HashMap;
use std::sync::Arc;

use super::stored::Key;
use super::{Candidate, ChunkNo, Filter};

/// A vector in two bytes a number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Encoded {
    hi: Box<[i8]>,
    lo: Box<[i8]>,
    scale: f32,
}

impl Encoded {
    pub(super) fn new(vector: &[f32]) -> Self {
        let scale = vector.iter().fold(0.0_f32, |most, x| most.max(x.abs())) / 32512.0;
        let (mut hi, mut lo) = (Vec::new(), Vec::new());
        for x in vector {
            let [high, low] = (if scale > 0.0 { (x / scale).round() as i16 } else { 0 }).to_be_bytes();
            hi.push(high.cast_signed());
            lo.push(low.cast_signed());
        }
        Self { hi: hi.into(), lo: lo.into(), scale }
    }

    fn decode(&self) -> Vec<f32> {
        let pairs = self.hi.iter().zip(&self.lo);
        pairs.map(|(h, l)| f32::from(i16::from_be_bytes([h.cast_unsigned(), l.cast_unsigned()])) * self.scale).collect()
    }

    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.scale.to_le_bytes());
        bytes.extend(self.hi.iter().chain(&self.lo).map(|x| x.cast_unsigned()));
    }

    pub(super) fn read(bytes: &[u8], dimensions: usize) -> Option<Self> {
        let (scale, rest) = bytes.split_first_chunk::<4>()?;
        let (hi, rest) = rest.split_at_checked(dimensions)?;
        let lo = (rest.len() == dimensions).then_some(rest)?;
        let signed = |bytes: &[u8]| bytes.iter().map(|x| x.cast_signed()).collect();
        Some(Self { hi: signed(hi), lo: signed(lo), scale: f32::from_le_bytes(*scale) })
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct GraphOptions;

#[derive(Debug, Clone, Default)]
pub(super) struct VectorStore {
    slots: Arc<HashMap<Key, (Vec<f32>, Vec<ChunkNo>)>>,
}

pub(super) type VectorView = VectorStore;

impl VectorStore {
    pub(super) fn new(_dimensions: usize, _: GraphOptions) -> Self {
        Self::default()
    }

    pub(super) fn insert_encoded(&mut self, key: Key, vector: &Encoded, chunk: ChunkNo) {
        Arc::make_mut(&mut self.slots).entry(key).or_insert_with(|| (vector.decode(), Vec::new())).1.push(chunk);
    }

    pub(super) fn remove_owner(&mut self, key: Key, chunk: ChunkNo) {
        let key = &key;
        let slots = Arc::make_mut(&mut self.slots);
        if let Some((_, owners)) = slots.get_mut(key) {
            owners.retain(|owner| *owner != chunk);
            if owners.is_empty() {
                slots.remove(key);
            }
        }
    }

    pub(super) fn find(&self, key: &Key) -> Option<Key> {
        self.slots.contains_key(key).then_some(*key)
    }

    pub(super) fn owners(&self, key: Key) -> &[ChunkNo] {
        self.slots.get(&key).map_or(&[], |(_, owners)| owners)
    }

    pub(super) fn compact_when_due(&mut self) -> bool {
        false
    }

    pub(super) fn view(&self) -> VectorView {
        self.clone()
    }

    pub(super) fn nearest(&self, query: &[f32], filter: Option<Filter<'_>>, limit: usize) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = Vec::new();
        for (vector, owners) in self.slots.values() {
            let score = vector.iter().zip(query).map(|(a, b)| a * b).sum();
            let owners = owners.iter().filter(|owner| filter.is_none_or(|filter| filter(owner.document)));
            found.extend(owners.map(|&chunk| Candidate { chunk, score }));
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk.cmp(&b.chunk)));
        found.truncate(limit);
        found
    }
}
