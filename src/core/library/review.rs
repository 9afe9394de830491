//! When a document has to be looked at again, by what it says of itself.

use crate::corpus::Meta;
use crate::ledger::Day;

/// The day on which a review is due; `None` for a document that names none, or in words that nobody can read.
/// `changed` is when its last commit was made.
///
/// `stale_after` names the day. `review_every` counts from when the document was verified last; from its `updated`, its
/// `date` or its last commit when nobody says that it was.
#[must_use]
pub fn due(meta: &Meta, changed: Option<&str>) -> Option<Day> {
    let named = meta.stale_after.as_deref().and_then(Day::read);
    let counted = meta.review_every.as_deref().and_then(|every| {
        let from = verified(meta).or_else(|| dated(meta, changed))?;
        later(from, every)
    });
    named.into_iter().chain(counted).min()
}

/// The day on which somebody found it true last.
#[must_use]
pub fn verified(meta: &Meta) -> Option<Day> {
    meta.verified.iter().filter_map(|one| Day::read(&one.at)).max()
}

/// The day of its last change, as far as the document or git says.
#[must_use]
pub fn dated(meta: &Meta, changed: Option<&str>) -> Option<Day> {
    [meta.updated.as_deref(), changed, meta.date.as_deref()].into_iter().flatten().find_map(Day::read)
}

/// The day that lies a span later, which is written as `6 months`, `90 days`, `2w`, `yearly` or `P6M`.
fn later(from: Day, span: &str) -> Option<Day> {
    let span = span.trim().to_lowercase();
    let span = span.strip_prefix("every ").unwrap_or(&span).trim();
    let (number, unit) = match span.strip_prefix('p') {
        Some(iso) if iso.starts_with(|c: char| c.is_ascii_digit()) => parts(iso),
        _ => parts(span),
    };
    let number: u32 = if number.is_empty() { 1 } else { number.parse().ok()? };
    let days = |each: u32| Some(Day(u16::try_from(u32::from(from.0).checked_add(number.checked_mul(each)?)?).ok()?));
    match unit {
        "d" | "day" | "days" | "daily" => days(1),
        "w" | "week" | "weeks" | "weekly" => days(7),
        "m" | "mo" | "month" | "months" | "monthly" => from.months_later(number),
        "quarter" | "quarters" | "quarterly" => from.months_later(number.checked_mul(3)?),
        "y" | "year" | "years" | "yearly" | "annually" => from.months_later(number.checked_mul(12)?),
        _ => None,
    }
}

/// A number and what it counts.
fn parts(span: &str) -> (&str, &str) {
    let end = span.find(|c: char| !c.is_ascii_digit()).unwrap_or(span.len());
    let (number, unit) = span.split_at_checked(end).unwrap_or((span, ""));
    (number, unit.trim())
}

#[cfg(test)]
mod tests {
    use super::{Day, later};

    #[test]
    fn spans_are_read_as_stewards_write_them() {
        let from = Day::read("2026-01-31").unwrap();
        for (span, to) in [
            ("6 months", "2026-07-31"),
            ("6m", "2026-07-31"),
            ("every month", "2026-02-28"),
            ("90 days", "2026-05-01"),
            ("2w", "2026-02-14"),
            ("Quarterly", "2026-04-30"),
            ("yearly", "2027-01-31"),
            ("1 year", "2027-01-31"),
            ("P6M", "2026-07-31"),
            ("P90D", "2026-05-01"),
        ] {
            assert_eq!(later(from, span), Day::read(to), "{span}");
        }
        for unclear in ["", "soon", "6", "6 moons", "99999999999 days", "-1 days"] {
            assert_eq!(later(from, unclear), None, "{unclear:?}");
        }
    }
}
