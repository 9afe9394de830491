//! How the legs of a retrieval were joined: the weight of words, and between which scores each leg's were put.

use serde::{Deserialize, Serialize};

use super::retrieval::Hit;

/// The scores of a leg that counted 0 and 1. Written `[floor, best]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f32; 2]", into = "[f32; 2]")]
pub struct LegScale {
    /// What counted 0.
    pub floor: f32,
    /// What counted 1: the best there was.
    pub best: f32,
}

impl From<[f32; 2]> for LegScale {
    fn from([floor, best]: [f32; 2]) -> Self {
        Self { floor, best }
    }
}

impl From<LegScale> for [f32; 2] {
    fn from(LegScale { floor, best }: LegScale) -> Self {
        [floor, best]
    }
}

/// How two legs became one list: `own · (weight · words + (1 − weight) · meaning)`, of each leg's share between its floor and
/// its best, and what other sections of the document added.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fusion {
    /// What the share by words was multiplied by; the share by meaning by the rest to 1.
    pub weight: f32,
    /// What that sum was multiplied by, so that there is room for what other sections of the document add.
    pub own: f32,
    /// By words (BM25); absent when this leg brought nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lexical: Option<LegScale>,
    /// By meaning (cosine); absent when this leg brought nothing or was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<LegScale>,
}

impl Fusion {
    /// The weight of the leg by meaning.
    #[must_use]
    pub fn rest(&self) -> f32 {
        ((1.0 - self.weight) * 1e4).round() / 1e4
    }

    /// The score of a passage before the rules.
    #[must_use]
    pub fn fused(&self, hit: &Hit) -> f32 {
        let [words, meaning] = hit.legs.shares;
        self.own * (self.weight * words + self.rest() * meaning) + hit.evidence
    }

    /// The sum that a passage's place in the fused list came from; nothing for one that no leg found.
    #[must_use]
    pub fn sum(&self, hit: &Hit) -> Option<String> {
        if hit.legs.lexical.is_none() && hit.legs.vector.is_none() {
            return None;
        }
        let [words, meaning] = hit.legs.shares;
        let (weight, rest) = (self.weight, self.rest());
        let fused = self.fused(hit);
        let others = if hit.evidence > 0.0 { format!(" + {:.3}", hit.evidence) } else { String::new() };
        let own = self.own;
        Some(format!("{own} × ({weight} × {words:.3} + {rest} × {meaning:.3}){others} = {fused:.3}"))
    }
}
