//! Times as people write them: a date, a moment, or how long ago.

use super::clock::Timestamp;

/// Reads a date (`2026-11-01`, from its first second in UTC) or a moment of RFC 3339.
#[must_use]
pub fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    Timestamp::parse(text).or_else(|_| Timestamp::parse(&format!("{text}T00:00:00Z"))).ok()
}

/// Reads a number of minutes, hours, days or weeks: `5m`, `12h`, `30d`, `2w`. In milliseconds.
#[must_use]
pub fn span_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    let unit_ms = match text.chars().last()? {
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        'w' => 7 * 86_400_000,
        _ => return None,
    };
    let number: i64 = text.get(..text.len() - 1)?.parse().ok()?;
    number.checked_mul(unit_ms).filter(|span_ms| *span_ms >= 0)
}

/// Reads a date, a moment, or how long before `now`.
#[must_use]
pub fn past(text: &str, now: Timestamp) -> Option<Timestamp> {
    moment(text).or_else(|| Some(Timestamp::from_unix_ms(now.unix_ms().saturating_sub(span_ms(text)?))))
}
