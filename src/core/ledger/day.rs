//! Days, as figures are kept by: whole days in UTC, counted from 1970.

use super::{Timestamp, moment};

/// How long a day is.
const DAY_MS: i64 = 86_400_000;

/// A day. What lies outside of the years 1970 to 2149 is moved to the nearest end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub u16);

impl Day {
    /// 1970-01-01.
    pub const FIRST: Self = Self(0);
    /// The last one there is.
    pub const LAST: Self = Self(u16::MAX);

    /// The day of a moment.
    #[must_use]
    pub fn of(moment: Timestamp) -> Self {
        u16::try_from(moment.day().max(0)).map_or(Self::LAST, Self)
    }

    /// Reads a date as people write it, with or without a time of day behind it.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        moment(text).or_else(|| moment(text.get(..10)?)).map(Self::of)
    }

    /// Days from `earlier` to this one; none if that is the later one.
    #[must_use]
    pub fn since(self, earlier: Self) -> u64 {
        u64::from(self.0.saturating_sub(earlier.0))
    }

    /// The same day of the month so many months later, or the last one there is.
    #[must_use]
    pub fn months_later(self, months: u32) -> Option<Self> {
        let text = self.to_string();
        let mut parts = text.splitn(3, '-').map(|part| part.parse::<u32>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let counted = year.checked_mul(12)?.checked_add(month.checked_sub(1)?)?.checked_add(months)?;
        let (year, month) = (counted / 12, counted % 12 + 1);
        let of_month = |last: u32| moment(&format!("{year:04}-{month:02}-{:02}", day.min(last))).map(Self::of);
        (28..=31).rev().find_map(of_month)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = Timestamp::from_unix_ms(i64::from(self.0) * DAY_MS).to_string();
        f.write_str(text.get(..10).unwrap_or(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn dates_are_read_as_people_write_them_and_months_end_where_they_end() {
        let day = |text: &str| Day::read(text).unwrap();
        assert_eq!(day("2026-11-29").to_string(), "2026-11-29");
        assert_eq!(day("2026-11-29T23:59:59Z"), day(" 2026-11-29 12:00 "));
        assert_eq!(Day::read("next week"), None);
        assert_eq!(Day::read("29.11.2026"), None);
        for (from, months, to) in [
            ("2026-08-31", 6, "2027-02-28"),
            ("2027-08-31", 6, "2028-02-29"),
            ("2026-12-15", 1, "2027-01-15"),
            ("2026-01-31", 3, "2026-04-30"),
            ("2026-11-29", 0, "2026-11-29"),
            ("2026-11-29", 24, "2028-11-29"),
        ] {
            assert_eq!(day(from).months_later(months), Some(day(to)), "{from} and {months} months");
        }
        assert_eq!(day("2026-12-01").since(day("2026-11-29")), 2);
        assert_eq!(day("2026-11-29").since(day("2026-12-01")), 0);
    }
}
