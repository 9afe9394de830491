//! Time and randomness, as they come in from outside.
//!
//! This is the one file of Cairn that asks the system for the time. Everybody else is handed a [`Clock`] and a
//! [`Randomness`], so that a test can say what time it is.

use std::fmt;

use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;

/// A moment: milliseconds since 1970-01-01T00:00:00Z. Shown and written as RFC 3339 in UTC, `2026-11-21T07:56:03.120Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp {
    unix_ms: i64,
}

/// A text that is not a moment.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{text:?}: not a time, write it like 2026-11-21T07:56:03.120Z")]
pub struct TimestampError {
    /// The text as it was given.
    pub text: String,
}

impl Timestamp {
    /// The moment `unix_ms` milliseconds after 1970; what lies outside the years 0 to 9999 is moved to the nearest end.
    #[must_use]
    pub fn from_unix_ms(unix_ms: i64) -> Self {
        // The first second of the year 0, and 9999-12-30T20:00:00Z: `jiff` writes no later hour of that day.
        Self { unix_ms: unix_ms.clamp(-62_167_219_200_000, 253_402_200_000_000) }
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn unix_ms(self) -> i64 {
        self.unix_ms
    }

    /// Whole seconds since 1970.
    #[must_use]
    pub fn unix_s(self) -> i64 {
        self.unix_ms.div_euclid(1000)
    }

    /// Whole UTC days since 1970.
    #[must_use]
    pub fn day(self) -> i64 {
        self.unix_ms.div_euclid(DAY_MS)
    }

    /// The month in UTC, as the text files are named: `2026-11`.
    #[must_use]
    pub fn month(self) -> String {
        let mut text = self.to_string();
        text.truncate(7);
        text
    }

    /// Parses RFC 3339.
    ///
    /// # Errors
    /// Returns the text when it is not a time.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        let moment: jiff::Timestamp = text.parse().map_err(|_| TimestampError { text: text.to_owned() })?;
        Ok(Self::from_unix_ms(moment.as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = jiff::Timestamp::from_millisecond(self.unix_ms).map_err(|_| fmt::Error)?;
        write!(f, "{moment:.3}")
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Timestamp> for String {
    fn from(moment: Timestamp) -> Self {
        moment.to_string()
    }
}

/// Says what time it is. The clock may step back: nothing in the ledger is ordered by time alone.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that all others are handed")]
        let now = std::time::SystemTime::now();
        let unix_ms = match now.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        };
        Timestamp::from_unix_ms(unix_ms)
    }
}

/// The system gave no randomness.
#[derive(Debug, Clone, Copy, thiserror::Error, PartialEq, Eq)]
#[error("no randomness from the system")]
pub struct NoRandomness;

/// Gives bytes that nobody can guess.
pub trait Randomness: Send + Sync + fmt::Debug {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// Fails when the source has none; then the bytes must not be used.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The randomness of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        getrandom::fill(bytes).map_err(|_| NoRandomness)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc_with_milliseconds_and_reads_back() {
        for (unix_ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_247_763_120, "2026-11-21T07:56:03.120Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            let moment = Timestamp::from_unix_ms(unix_ms);
            assert_eq!(moment.to_string(), text);
            assert_eq!(Timestamp::parse(text).unwrap(), moment);
        }
        assert_eq!(Timestamp::from_unix_ms(1_795_247_763_120).month(), "2026-11");
        assert!(Timestamp::parse("yesterday").is_err());
    }

    #[test]
    fn a_clock_that_is_out_of_its_mind_still_has_a_date() {
        for unix_ms in [i64::MIN, i64::MAX] {
            let moment = Timestamp::from_unix_ms(unix_ms);
            assert_eq!(Timestamp::parse(&moment.to_string()).unwrap(), moment);
        }
    }

    #[test]
    fn days_turn_at_midnight_in_utc() {
        assert_eq!(Timestamp::from_unix_ms(DAY_MS - 1).day(), 0);
        assert_eq!(Timestamp::from_unix_ms(DAY_MS).day(), 1);
        assert_eq!(Timestamp::from_unix_ms(-1).day(), -1);
    }
}
