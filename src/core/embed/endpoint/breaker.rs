//! Leaves an endpoint alone for a while after it failed, so that a dead one costs one wait and not one a question.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::EmbedError;

/// How long an endpoint rests after its first failure; after each further one twice as long.
const REST_FIRST: Duration = Duration::from_secs(5);

/// The longest rest.
const REST_MAX: Duration = Duration::from_secs(60);

/// Counts failures in a row. While it rests nobody calls; when the rest is over one caller tries, and the others go on
/// resting until that one has an answer.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    until: Option<Instant>,
}

impl Breaker {
    /// Lets a caller through, or says how long the endpoint still rests.
    pub(super) fn enter(&self, url: &str) -> Result<(), EmbedError> {
        self.enter_at(Instant::now())
            .map_err(|rest| EmbedError::Resting { url: url.to_owned(), seconds: rest.as_secs() + 1 })
    }

    fn enter_at(&self, now: Instant) -> Result<(), Duration> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.until {
            Some(until) if until > now => Err(until - now),
            Some(_) => {
                state.until = Some(now + REST_FIRST);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Takes note of how a call ended.
    pub(super) fn heed<T>(&self, result: Result<T, EmbedError>) -> Result<T, EmbedError> {
        self.heed_at(result.is_ok(), Instant::now());
        result
    }

    fn heed_at(&self, answered: bool, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answered {
            *state = State::default();
            return;
        }
        let rest = REST_FIRST * 2_u32.pow(state.failures.min(8));
        state.failures = state.failures.saturating_add(1);
        state.until = Some(now + rest.min(REST_MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_caller_tries_after_the_rest_and_each_failure_in_a_row_doubles_it() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(breaker.enter_at(at(0)).is_ok());
        breaker.heed_at(false, at(0));
        assert_eq!(breaker.enter_at(at(1)), Err(Duration::from_secs(4)));
        assert!(breaker.enter_at(at(5)).is_ok(), "the rest is over");
        assert!(breaker.enter_at(at(5)).is_err(), "one tries, the others wait for it");
        breaker.heed_at(false, at(6));
        assert_eq!(breaker.enter_at(at(6)), Err(Duration::from_secs(10)));
        assert!(breaker.enter_at(at(16)).is_ok());
        breaker.heed_at(true, at(17));
        assert!(breaker.enter_at(at(17)).is_ok() && breaker.enter_at(at(17)).is_ok(), "all is forgotten");
        for _ in 0..40 {
            breaker.heed_at(false, at(20));
        }
        assert_eq!(breaker.enter_at(at(20)), Err(REST_MAX));
    }
}
