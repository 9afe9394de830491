//! How long texts are kept, and when the clock that says so is believed.
//!
//! A clock that jumps ahead must not erase everything at once. One that runs on as time passes is believed; one that is
//! more than [`LEAP_MS`] ahead of what was to be expected is believed when it has gone on so for a day. What a wrong clock
//! can take too early is the texts of a week.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;

/// How far ahead of what was to be expected a clock may be and be believed at once: a week.
const LEAP_MS: i64 = 7 * DAY_MS;
const DAY_MS: i64 = 86_400_000;

/// How often texts are looked at, and how long a clock that leapt has to go on before it is believed.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How many days texts are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextDays {
    /// Questions, and what was typed into feedback, gaps and outcomes.
    pub typed: u32,
    /// What was typed into runs.
    pub runs: u32,
}

impl TextDays {
    /// How many days the texts of a record are kept, by its id.
    pub(super) fn of(self, id: &str) -> u32 {
        if is_run(id) { self.runs } else { self.typed }
    }
}

/// Whether a record of this id is a run.
fn is_run(id: &str) -> bool {
    id.strip_prefix(<super::Change as super::Named>::LETTER).is_some_and(|rest| rest.starts_with('_'))
}

/// The moments before which texts go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// Of questions, feedback, gaps and outcomes.
    pub typed: Timestamp,
    /// Of runs.
    pub runs: Timestamp,
}

impl Due {
    /// The moment before which the texts of a record go, by its id.
    pub(super) fn of(&self, id: &str) -> Timestamp {
        if is_run(id) { self.runs } else { self.typed }
    }

    /// The moment from which on nothing goes.
    pub(super) fn last(&self) -> Timestamp {
        self.typed.max(self.runs)
    }
}

/// What the clock said at an instant that no clock can move.
#[derive(Debug, Clone, Copy)]
struct Reading {
    clock: Timestamp,
    at: Instant,
}

impl Reading {
    /// What the clock is to say at another instant, if it runs as time passes.
    fn expected(self, at: Instant) -> i64 {
        let passed = i64::try_from(at.saturating_duration_since(self.at).as_millis()).unwrap_or(i64::MAX);
        self.clock.unix_ms().saturating_add(passed)
    }

    fn leapt(self, to: Self) -> bool {
        to.clock.unix_ms() > self.expected(to.at).saturating_add(LEAP_MS)
    }
}

/// Says when texts are due.
#[derive(Debug)]
pub(super) struct Retention {
    days: TextDays,
    believed: Reading,
    /// The first reading of a clock that leapt.
    doubted: Option<Reading>,
    last_run: Option<Instant>,
}

impl Retention {
    /// Texts are kept for so many days. `newest` is when the ledger's newest record was written, as it says.
    pub(super) fn new(days: TextDays, newest: Option<Timestamp>, now: Timestamp, at: Instant) -> Self {
        let believed = Reading { clock: newest.unwrap_or(now), at };
        Self { days, believed, doubted: None, last_run: None }
    }

    /// The moments before which texts go now, if they are to be looked at: once a day, by a clock that is believed.
    pub(super) fn due(&mut self, now: Timestamp, at: Instant) -> Option<Due> {
        if self.last_run.is_some_and(|last| at.saturating_duration_since(last) < DAY) {
            return None;
        }
        let reading = Reading { clock: now, at };
        if self.believed.leapt(reading) {
            let first = self.doubted.filter(|first| !first.leapt(reading));
            let Some(first) = first else {
                self.doubted = Some(reading);
                tracing::warn!(
                    ledger.clock = %now,
                    "the clock leapt ahead by more than a week: texts are erased by it when it has gone on so for a day"
                );
                return None;
            };
            if at.saturating_duration_since(first.at) < DAY {
                return None;
            }
        }
        (self.believed, self.doubted, self.last_run) = (reading, None, Some(at));
        let before = |days: u32| Timestamp::from_unix_ms(now.unix_ms().saturating_sub(i64::from(days) * DAY_MS));
        Some(Due { typed: before(self.days.typed), runs: before(self.days.runs) })
    }

    /// A run failed: the next one is due at once.
    pub(super) fn failed(&mut self) {
        self.last_run = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    fn after(days: i64) -> Timestamp {
        Timestamp::from_unix_ms(1_795_247_763_120 + days * DAY_MS)
    }

    const DAYS: TextDays = TextDays { typed: 90, runs: 365 };

    /// What is due when texts are kept for so many days, and those of runs for a year.
    fn before(at: Timestamp, days: i64) -> Option<Due> {
        let before = |days: i64| Timestamp::from_unix_ms(at.unix_ms() - days * DAY_MS);
        Some(Due { typed: before(days), runs: before(365) })
    }

    #[test]
    fn texts_are_due_at_the_start_and_once_a_day() {
        let start = Instant::now();
        let mut retention = Retention::new(DAYS, Some(after(-3)), after(0), start);
        assert_eq!(retention.due(after(0), start), before(after(0), 90));
        assert_eq!(retention.due(after(0), start + HOUR), None);
        assert_eq!(retention.due(after(1), start + 24 * HOUR), before(after(1), 90));
        retention.failed();
        assert_eq!(retention.due(after(1), start + 25 * HOUR), before(after(1), 90), "what failed is tried again");
        let mut none = Retention::new(TextDays { typed: 0, runs: 365 }, None, after(0), start);
        assert_eq!(none.due(after(0), start), before(after(0), 0), "kept for no day: all that there are");
    }

    #[test]
    fn a_clock_that_leaps_ahead_is_believed_only_when_it_has_gone_on_so_for_a_day() {
        let start = Instant::now();
        for (newest, running) in [(after(0), true), (after(-365), false)] {
            let mut retention = Retention::new(DAYS, Some(newest), after(0), start);
            let leapt = if running { after(365) } else { after(0) };
            let mut at = start;
            if running {
                assert!(retention.due(after(0), at).is_some());
                at += 24 * HOUR;
            }
            let first = at;
            assert_eq!(retention.due(leapt, at), None);
            at += HOUR;
            assert_eq!(retention.due(leapt, at), None, "an hour is not enough");
            at = first + 24 * HOUR;
            let later = Timestamp::from_unix_ms(leapt.unix_ms() + DAY_MS);
            assert_eq!(retention.due(later, at), before(later, 90));
        }
    }

    #[test]
    fn a_clock_that_leapt_and_was_set_right_erases_nothing_by_the_wrong_time() {
        let start = Instant::now();
        let mut retention = Retention::new(DAYS, Some(after(0)), after(0), start);
        assert_eq!(retention.due(after(3_650), start), None);
        assert_eq!(retention.due(after(0), start + HOUR), before(after(0), 90));
        assert_eq!(retention.due(after(3_650), start + 25 * HOUR), None);
        assert_eq!(retention.due(after(9_999), start + 49 * HOUR), None, "another leap is doubted anew");
        assert_eq!(retention.due(after(2), start + 50 * HOUR), before(after(2), 90));
        // A clock that steps back takes fewer texts.
        assert_eq!(retention.due(after(-30), start + 75 * HOUR), before(after(-30), 90));
    }
}
