//! Rules that a machine applies: a floor under a measure, and how far it may drop.

use std::str::FromStr;

use super::measure::{Measure, MeasureError};

/// What differs by less is the same: sums of shares are not exact.
const EQUAL: f64 = 1e-9;

/// A measure and a number: `ndcg@10=0.7`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// What is measured; the run's own measure when only a number was given.
    pub measure: Option<Measure>,
    /// 0 to 1.
    pub value: f64,
}

/// A text that is no bound.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BoundError {
    /// The measure is none.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// The number is none, or out of range.
    #[error("{text:?}: not a bound; write a number between 0 and 1, behind a measure if you like: ndcg@10=0.7")]
    Value {
        /// The text as it was given.
        text: String,
    },
}

impl FromStr for Bound {
    type Err = BoundError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (measure, value) = match text.split_once('=') {
            Some((measure, value)) => (Some(measure.parse()?), value),
            None => (None, text),
        };
        let value = value.trim().parse().ok().filter(|value| (0.0..=1.0).contains(value));
        Ok(Self { measure, value: value.ok_or_else(|| BoundError::Value { text: text.to_owned() })? })
    }
}

/// What a gate said.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    /// The rule as it was given: `fail-under ndcg@10=0.7`.
    pub rule: String,
    /// Whether it holds.
    pub holds: bool,
    /// What was measured, in words.
    pub said: String,
}

impl Bound {
    /// Whether the mean is at least the bound.
    #[must_use]
    pub fn floor(&self, own: Measure, mean: impl Fn(Measure) -> f64) -> Ruling {
        let measure = self.measure.unwrap_or(own);
        let value = mean(measure);
        Ruling {
            rule: format!("fail-under {measure}={}", self.value),
            holds: value + EQUAL >= self.value,
            said: format!("{measure} is {value:.4}"),
        }
    }

    /// Whether the mean fell by no more than the bound.
    #[must_use]
    pub fn drop(&self, own: Measure, means: impl Fn(Measure) -> (f64, f64)) -> Ruling {
        let measure = self.measure.unwrap_or(own);
        let (before, now) = means(measure);
        Ruling {
            rule: format!("max-drop {measure}={}", self.value),
            holds: before - now <= self.value + EQUAL,
            said: format!("{measure} went from {before:.4} to {now:.4}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bound;

    #[test]
    fn a_floor_holds_at_its_value_and_fails_below_it() {
        let bound: Bound = "ndcg@10=0.7".parse().unwrap();
        let own = "mrr@10".parse().unwrap();
        assert!(bound.floor(own, |_| 0.7).holds);
        let missed = bound.floor(own, |_| 0.699);
        assert!(!missed.holds && missed.said.contains("ndcg@10") && missed.rule == "fail-under ndcg@10=0.7");
    }

    #[test]
    fn a_drop_is_measured_downwards_only_and_a_bare_number_takes_the_own_measure() {
        let bound: Bound = "0.02".parse().unwrap();
        let own = "mrr@10".parse().unwrap();
        assert!(bound.drop(own, |_| (0.5, 0.9)).holds);
        assert!(bound.drop(own, |_| (0.52, 0.5)).holds);
        let missed = bound.drop(own, |_| (0.53, 0.5));
        assert!(!missed.holds && missed.rule == "max-drop mrr@10=0.02", "{missed:?}");
    }

    #[test]
    fn what_is_no_bound_is_named() {
        for bad in ["ndcg@10=", "ndcg@10=70", "ndcg@10=-1", "x", "map=0.2", "NaN"] {
            assert!(bad.parse::<Bound>().unwrap_err().to_string().contains("ndcg@10"), "{bad}");
        }
    }
}
