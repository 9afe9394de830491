//! A line of which no more is read than what every line begins with.
//!
//! Every line is written by this room, in one form, so that the envelope's fields stand in their places. Who wants more of
//! a line parses the fields it needs, and borrows their texts from the line.

use super::chain;
use super::clock::Timestamp;
use super::record::Sequence;

/// A line as it stands in a file, without its line feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawLine<'a> {
    /// Its place.
    pub seq: Sequence,
    /// When it was written.
    pub ts: Timestamp,
    /// The word for its kind.
    pub kind: &'a str,
    /// The line, a JSON object.
    pub text: &'a str,
}

impl<'a> RawLine<'a> {
    /// Reads the envelope. The chain is not checked.
    pub(super) fn of(line: &'a [u8]) -> Result<Self, serde_json::Error> {
        let not_one = || serde::de::Error::custom("it does not begin as every line of a ledger does");
        let text = std::str::from_utf8(line).map_err(serde::de::Error::custom)?;
        let (seq, ts, kind) = chain::envelope(text).ok_or_else(not_one)?;
        let ts = Timestamp::parse(ts).map_err(serde::de::Error::custom)?;
        Ok(Self { seq: Sequence(seq), ts, kind, text })
    }
}

#[cfg(test)]
mod tests {
    use super::RawLine;
    use crate::ledger::Line;

    #[test]
    fn the_envelope_is_that_of_the_parsed_line_and_what_has_none_is_no_line() {
        let body = r#"{"v":1,"seq":7,"ts":"2026-11-21T07:56:03.120Z","boot":"b0","kind":"other","kind2":"x","h":""#;
        let text = format!("{body}{}\"}}", "0".repeat(64));
        let (raw, line) = (RawLine::of(text.as_bytes()).unwrap(), Line::parse(&text).unwrap());
        assert_eq!((raw.seq, raw.ts, raw.kind, raw.text), (line.seq, line.ts, "other", text.as_str()));
        for bad in [&b"{}"[..], b"", b"\xff", &text.as_bytes()[..40], text.replace("\"kind\":", "\"k\":").as_bytes()] {
            assert!(RawLine::of(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
    }
}
