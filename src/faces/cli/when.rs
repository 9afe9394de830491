//! Times on the command line: a date, a moment, or a span such as `30d`.

use crate::ledger::Timestamp;
pub(super) use crate::ledger::{moment, span_ms};

use super::error::CliError;

/// Reads what the flag `--flag` says: a date, a moment, or how long ago.
pub(super) fn past(flag: &'static str, text: &str, now: Timestamp) -> Result<Timestamp, CliError> {
    crate::ledger::past(text, now).ok_or_else(|| CliError::Past { flag, text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::past;
    use crate::ledger::Timestamp;

    #[test]
    fn the_past_is_a_date_a_moment_or_how_long_ago() {
        let now = Timestamp::parse("2026-11-28T12:00:00Z").unwrap();
        for (text, expected) in [
            ("2026-11-01", "2026-11-01T00:00:00.000Z"),
            ("2026-11-01T08:00:00+02:00", "2026-11-01T06:00:00.000Z"),
            ("30d", "2026-10-29T12:00:00.000Z"),
            ("2w", "2026-11-14T12:00:00.000Z"),
            ("12h", "2026-11-28T00:00:00.000Z"),
            ("5m", "2026-11-28T11:55:00.000Z"),
        ] {
            assert_eq!(past("since", text, now).unwrap().to_string(), expected, "{text}");
        }
        for bad in ["", "d", "30", "-3d", "yesterday", "99999999999999999d"] {
            assert!(past("until", bad, now).unwrap_err().to_string().contains("--until"), "{bad}");
        }
    }
}
