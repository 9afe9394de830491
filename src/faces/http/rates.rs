//! How often somebody may ask: a bucket for each, which fills as time goes by (a token bucket).
//!
//! A rate is a number a minute; the bucket holds as many, so that they may come at once. What one caller is told depends
//! on its own requests: when there are more callers than buckets, the one that has used least of its own is forgotten,
//! which is to nobody's harm.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The most callers that are remembered.
const MAX_BUCKETS: usize = 4_096;

/// Buckets by caller.
#[derive(Debug)]
pub(super) struct Rates<Caller> {
    buckets: Mutex<HashMap<Caller, Bucket>>,
    most: usize,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// A minute's worth is a full bucket.
    rate: f64,
    left: f64,
    at: Instant,
}

impl Bucket {
    fn left_at(&self, now: Instant) -> f64 {
        (self.left + now.saturating_duration_since(self.at).as_secs_f64() * self.rate / 60.0).min(self.rate)
    }

    /// How full it is, 0 to 1.
    fn fill_at(&self, now: Instant) -> f64 {
        self.left_at(now) / self.rate
    }
}

impl<Caller: Eq + Hash + Clone> Default for Rates<Caller> {
    fn default() -> Self {
        Self { buckets: Mutex::default(), most: MAX_BUCKETS }
    }
}

impl<Caller: Eq + Hash + Clone> Rates<Caller> {
    /// Takes one of `rate` a minute from the caller's bucket. 0 is no limit.
    ///
    /// # Errors
    /// An empty bucket gives the whole seconds after which it has one again.
    pub(super) fn take(&self, caller: Caller, rate: u32, now: Instant) -> Result<(), u32> {
        if rate == 0 {
            return Ok(());
        }
        let rate = f64::from(rate);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if !buckets.contains_key(&caller) {
            make_room(&mut buckets, self.most, now);
        }
        let bucket = buckets.entry(caller).or_insert(Bucket { rate, left: rate, at: now });
        let left = bucket.left_at(now);
        let enough = left >= 1.0;
        *bucket = Bucket { rate, left: if enough { left - 1.0 } else { left }, at: now };
        if enough {
            return Ok(());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 60")]
        let wait_s = ((1.0 - left) * 60.0 / rate).ceil().clamp(1.0, 60.0) as u32;
        Err(wait_s)
    }
}

/// Forgets who has a full bucket again; if nobody has, who has the fullest.
fn make_room<Caller: Eq + Hash + Clone>(buckets: &mut HashMap<Caller, Bucket>, most: usize, now: Instant) {
    if buckets.len() < most {
        return;
    }
    buckets.retain(|_, bucket| bucket.fill_at(now) < 1.0);
    if buckets.len() >= most {
        let fullest = buckets.iter().max_by(|(_, one), (_, other)| one.fill_at(now).total_cmp(&other.fill_at(now)));
        if let Some(fullest) = fullest.map(|(caller, _)| caller.clone()) {
            buckets.remove(&fullest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rates;
    use std::time::{Duration, Instant};

    #[test]
    fn a_minutes_worth_may_come_at_once_and_then_one_by_one() {
        let (rates, start) = (Rates::default(), Instant::now());
        for _ in 0..6 {
            assert_eq!(rates.take("a", 6, start), Ok(()));
        }
        assert_eq!(rates.take("a", 6, start), Err(10));
        assert_eq!(rates.take("a", 6, start + Duration::from_millis(9_500)), Err(1));
        assert_eq!(rates.take("a", 6, start + Duration::from_secs(10)), Ok(()));
        assert_eq!(rates.take("a", 6, start + Duration::from_secs(10)), Err(10));
        for _ in 0..6 {
            assert_eq!(rates.take("a", 6, start + Duration::from_secs(1_000)), Ok(()), "no more than a minute's worth");
        }
        assert_eq!(rates.take("a", 6, start + Duration::from_secs(1_000)), Err(10));
        assert_eq!(rates.take("b", 6, start), Ok(()), "somebody else is somebody else");
        assert!((0..100).all(|_| rates.take("a", 0, start).is_ok()), "0 is no limit");
    }

    #[test]
    fn memory_is_bounded_and_who_waits_is_not_forgotten() {
        let (rates, now) = (Rates { most: 8, ..Rates::default() }, Instant::now());
        for _ in 0..3 {
            let _empty = rates.take(0, 2, now).is_err();
        }
        for caller in 1..1_000 {
            assert_eq!(rates.take(caller, 2, now), Ok(()));
            assert!(rates.buckets.lock().unwrap().len() <= 8);
        }
        assert!(rates.take(0, 2, now).is_err());
        assert_eq!(rates.take(1_000, 2, now + Duration::from_secs(60)), Ok(()));
        assert_eq!(rates.buckets.lock().unwrap().len(), 1, "full buckets say nothing");
    }
}
