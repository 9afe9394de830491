//! From when until when a report looks: whole days in UTC.

use crate::ledger::{Day, Timestamp};

/// Days from the first to the last, both among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub(super) first: Day,
    pub(super) last: Day,
}

impl Span {
    /// Everything.
    pub const ALL: Self = Self { first: Day::FIRST, last: Day::LAST };

    /// The days that have a moment from `since` on and before `until`; what is not said bounds nothing.
    #[must_use]
    pub fn new(since: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        let before = |moment: Timestamp| Day::of(Timestamp::from_unix_ms(moment.unix_ms().saturating_sub(1)));
        Self { first: since.map_or(Day::FIRST, Day::of), last: until.map_or(Day::LAST, before) }
    }

    /// Today and the days before it, so many in all.
    pub(super) fn last_days(days: u16, today: Day) -> Self {
        Self { first: Day(today.0.saturating_sub(days.saturating_sub(1))), last: Day::LAST }
    }

    pub(super) fn has(self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    /// The first day, unless it is the beginning of everything.
    pub(super) fn since(self) -> Option<String> {
        (self.first > Day::FIRST).then(|| self.first.to_string())
    }

    /// The last day, unless there is none.
    pub(super) fn until(self) -> Option<String> {
        (self.last < Day::LAST).then(|| self.last.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::{Day, Span};
    use crate::ledger::moment;

    #[test]
    fn a_day_counts_whole_and_until_is_before_its_moment() {
        let day = |text: &str| Day::read(text).unwrap();
        let span = Span::new(moment("2026-11-02T15:00:00Z"), moment("2026-11-04"));
        assert_eq!((span.first, span.last), (day("2026-11-02"), day("2026-11-03")));
        assert!(span.has(day("2026-11-03")) && !span.has(day("2026-11-04")) && !span.has(day("2026-11-01")));
        assert!(Span::ALL.has(day("1970-01-01")) && Span::ALL.has(day("2100-01-01")));
        assert_eq!((Span::ALL.since(), span.until()), (None, Some("2026-11-03".to_owned())));
        let week = Span::last_days(7, day("2026-11-07"));
        assert!(week.has(day("2026-11-01")) && !week.has(day("2026-10-31")));
    }
}
