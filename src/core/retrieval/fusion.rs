//! Makes one ranking of two legs.
//!
//! Convex combination of min-max normalised scores (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid
//! Retrieval", 2023): each leg's scores are put between 0 and 1, a chunk that a leg did not find counts 0 there, and
//! the fused score is `weight · lexical + (1 − weight) · vector`.
//!
//! A leg's 0 is the score of its last chunk, because what comes behind that is not known. But when words bring fewer
//! chunks than they might, nothing comes behind: every other chunk has no word of the question, and BM25 gives it 0. So
//! of three chunks with a rare word the last is not worth as little as one without it.

use std::hash::Hash;

use foldhash::{HashMap, HashMapExt as _};

use crate::embed::Kind;

/// How many sums are taken to be rounded on the way to a score.
const ROUNDED_TERMS: f32 = 64.0;

/// How the legs are fused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fusion {
    /// The lexical leg's share, 0 to 1.
    pub lexical_weight: f32,
    /// How many chunks each leg brings.
    pub depth: usize,
}

impl Fusion {
    /// How words are fused with the nearness of such a model: 0.7 for words beside a table, 0.6 beside a transformer.
    #[must_use]
    pub fn beside(kind: Kind) -> Self {
        let lexical_weight = match kind {
            Kind::Table => 0.7,
            Kind::Sentence => 0.6,
        };
        Self { lexical_weight, depth: 100 }
    }
}

impl Default for Fusion {
    fn default() -> Self {
        Self::beside(Kind::Table)
    }
}

/// What one leg said of a chunk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    /// The place in the leg's list, from 1.
    pub rank: u32,
    /// BM25 or cosine.
    pub score: f32,
    /// The score put between 0 and 1 within the leg.
    pub share: f32,
}

/// What each leg said of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Legs {
    /// By words.
    pub lexical: Option<Leg>,
    /// By meaning.
    pub vector: Option<Leg>,
}

/// The scores of a leg that are its 0 and its 1: those between are put between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// What counts 0.
    pub floor: f32,
    /// What counts 1: the best there was.
    pub best: f32,
}

/// The scale of each leg that brought something.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scales {
    /// By words.
    pub lexical: Option<Scale>,
    /// By meaning.
    pub vector: Option<Scale>,
}

impl Scales {
    /// The scales of two legs, each best first.
    pub(super) fn of<K>(lexical: &[(K, f32)], vector: &[(K, f32)], fusion: Fusion) -> Self {
        let scale = |leg: &[(K, f32)], floor: Option<f32>| {
            let (best, last) = (leg.first()?.1, leg.last()?.1);
            Some(Scale { floor: floor.unwrap_or(last), best })
        };
        let all_there_are = (lexical.len() < fusion.depth).then_some(0.0);
        Self { lexical: scale(lexical, all_there_are), vector: scale(vector, None) }
    }
}

/// Fuses two legs, each best first. The order of the result is by score, ties by key.
pub(super) fn fuse<K: Copy + Eq + Hash + Ord>(
    lexical: &[(K, f32)],
    vector: &[(K, f32)],
    fusion: Fusion,
    scales: Scales,
) -> Vec<(K, f32, Legs)> {
    let mut legs: HashMap<K, Legs> = HashMap::with_capacity(lexical.len() + vector.len());
    for (key, leg) in shares(lexical, scales.lexical) {
        legs.entry(key).or_default().lexical = Some(leg);
    }
    for (key, leg) in shares(vector, scales.vector) {
        legs.entry(key).or_default().vector = Some(leg);
    }
    let share = |leg: Option<Leg>| leg.map_or(0.0, |leg| leg.share);
    let mut fused: Vec<_> = legs
        .into_iter()
        .map(|(key, legs)| {
            let lexical = fusion.lexical_weight * share(legs.lexical);
            (key, lexical + (1.0 - fusion.lexical_weight) * share(legs.vector), legs)
        })
        .collect();
    fused.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    fused
}

fn shares<K: Copy>(leg: &[(K, f32)], scale: Option<Scale>) -> impl Iterator<Item = (K, Leg)> {
    let Scale { floor, best } = scale.unwrap_or(Scale { floor: 0.0, best: 0.0 });
    let width = best - floor;
    // Sums of the same terms in another order differ in their last digits; that is no difference.
    let same = best.abs() * f32::EPSILON * ROUNDED_TERMS;
    leg.iter().zip(1_u32..).map(move |(&(key, score), rank)| {
        // One score, or all alike: every chunk the leg found is as good as its best.
        let share = if width > same { (score - floor) / width } else { 1.0 };
        (key, Leg { rank, score, share })
    })
}

#[cfg(test)]
mod tests {
    use super::{Fusion, Legs, Scale, Scales};

    fn fuse<K: Copy + Eq + std::hash::Hash + Ord>(
        lexical: &[(K, f32)],
        vector: &[(K, f32)],
        fusion: Fusion,
    ) -> Vec<(K, f32, Legs)> {
        super::fuse(lexical, vector, fusion, Scales::of(lexical, vector, fusion))
    }

    #[test]
    fn a_leg_that_brought_all_there_is_begins_at_0_and_a_full_one_at_its_last() {
        let (lexical, vector) = ([(1, 10.0), (2, 4.0)], [(3, 0.9), (2, 0.1)]);
        let scales = Scales::of(&lexical, &vector, Fusion::default());
        assert_eq!(scales.lexical, Some(Scale { floor: 0.0, best: 10.0 }));
        assert_eq!(scales.vector, Some(Scale { floor: 0.1, best: 0.9 }));
        let full = Scales::of(&lexical, &[], Fusion { depth: 2, ..Fusion::default() });
        assert_eq!((full.lexical, full.vector), (Some(Scale { floor: 4.0, best: 10.0 }), None));
    }

    #[test]
    fn words_that_bring_few_chunks_put_each_of_them_before_what_has_no_word() {
        let fused = fuse(&[(1, 10.0), (2, 4.0)], &[(3, 0.9), (4, 0.8), (2, 0.1)], Fusion::default());
        let second = fused.iter().find(|(key, ..)| *key == 2).unwrap();
        assert!((second.1 - 0.7 * 0.4).abs() < 1e-6, "0.4 of the best, not nothing: {second:?}");
        let full = Fusion { depth: 2, ..Fusion::default() };
        let fused = fuse(&[(1, 10.0), (2, 4.0)], &[], full);
        assert!(fused[1].1.abs() < 1e-6, "behind a full list more may come: {fused:?}");
    }

    #[test]
    fn a_chunk_both_legs_like_beats_one_that_a_single_leg_likes() {
        let lexical = [(1, 10.0), (2, 9.0), (3, 1.0)];
        let vector = [(2, 0.9), (4, 0.8), (1, 0.1)];
        let fused = fuse(&lexical, &vector, Fusion::default());
        assert_eq!(fused.iter().map(|(key, ..)| *key).collect::<Vec<_>>(), [2, 1, 4, 3]);
        let (_, score, legs) = fused[0];
        assert!((score - (0.7 * 0.9 + 0.3)).abs() < 1e-6);
        assert_eq!((legs.lexical.unwrap().rank, legs.vector.unwrap().rank), (2, 1));
    }

    #[test]
    fn scores_that_differ_by_rounding_alone_are_alike() {
        let full = Fusion { depth: 2, ..Fusion::default() };
        for other in [8.0, 8.0_f32.next_down(), 8.0_f32.next_down().next_down()] {
            let fused = fuse(&[(1, 8.0), (2, other)], &[], full);
            assert!(fused.iter().all(|(_, score, _)| (score - 0.7).abs() < 1e-6), "{other}: {fused:?}");
        }
    }

    #[test]
    fn one_leg_alone_keeps_its_order_and_ties_go_by_key() {
        let fused = fuse(&[(9, 2.0), (5, 1.0)], &[], Fusion::default());
        assert_eq!(fused.iter().map(|(key, ..)| *key).collect::<Vec<_>>(), [9, 5]);
        let tied = fuse(&[(9, 2.0), (5, 2.0)], &[], Fusion::default());
        assert_eq!(tied.iter().map(|(key, ..)| *key).collect::<Vec<_>>(), [5, 9]);
        assert!(fuse::<u8>(&[], &[], Fusion::default()).is_empty());
    }
}
