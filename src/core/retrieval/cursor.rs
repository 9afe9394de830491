//! Where an answer ended, for the next page of it.
//!
//! A cursor carries the generations it was made under. When one of them is gone the caller is told so, and asks again:
//! an answer never mixes two states of the corpus, so nothing is repeated and nothing is lost.
//!
//! It is written in decimal: a model's tokenizer takes three digits at a time, whichever they are, so that a number costs
//! at most what the largest of its length does, and what a cursor will cost is known before it is.

use std::fmt;
use std::str::FromStr;

/// A place in a ranked list, bound to the question and the generations it was ranked under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// What the list was made of: 48 bits of a digest of the question, its filters, the states, and the ranking.
    pub of: u64,
    /// How many entries were served from the beginning on.
    pub offset: u32,
    /// Which of the [`Cursor::AHEAD`] entries from there on were served already: a hit that did not fit is passed over, and one behind
    /// it may have been served.
    pub beyond: u128,
}

/// Why a cursor leads nowhere.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CursorError {
    /// It was not made here.
    #[error("cursor: is not one of ours, leave it out to start again")]
    Malformed,
    /// The corpus changed, or the question did.
    #[error(
        "cursor: belongs to another question or to a state of the corpus that is gone, leave it out to start again"
    )]
    Gone,
}

impl Cursor {
    /// How many entries behind its offset a cursor can tell apart. Each number of so many bits has 38 digits or fewer.
    pub const AHEAD: u32 = 126;

    /// Parses what `Display` wrote.
    ///
    /// # Errors
    /// Fails on any other text.
    pub fn parse(text: &str) -> Result<Self, CursorError> {
        let (of, places) = text.split_once('-').ok_or(CursorError::Malformed)?;
        let (offset, beyond) = places.split_once('-').unwrap_or((places, "0"));
        let cursor = Self { of: number(of)?, offset: number(offset)?, beyond: number(beyond)? };
        // As many digits as ours have at most, which is what the description of the API says.
        let is_ours = cursor.of < 10_u64.pow(15) && cursor.beyond < 10_u128.pow(38);
        is_ours.then_some(cursor).ok_or(CursorError::Malformed)
    }

    /// The offset, if the cursor was made of `of`.
    ///
    /// # Errors
    /// Fails when it was made of something else.
    pub fn offset_in(self, of: u64) -> Result<usize, CursorError> {
        if self.of == of { Ok(self.offset as usize) } else { Err(CursorError::Gone) }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of, offset, beyond } = self;
        if *beyond == 0 { write!(f, "{of}-{offset}") } else { write!(f, "{of}-{offset}-{beyond}") }
    }
}

/// A number as `Display` writes it.
fn number<N: FromStr>(text: &str) -> Result<N, CursorError> {
    let is_written = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_written).ok_or(CursorError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::super::count_tokens;
    use super::{Cursor, CursorError};

    #[test]
    fn a_cursor_reads_back_and_knows_its_list() {
        for beyond in [0, 5] {
            let cursor = Cursor { of: 7, offset: 20, beyond };
            assert_eq!(Cursor::parse(&cursor.to_string()), Ok(cursor));
        }
        let again = Cursor { of: 7, offset: 20, beyond: 0 };
        assert_eq!(again.offset_in(7), Ok(20));
        assert_eq!(again.offset_in(8), Err(CursorError::Gone));
        for bad in [
            "",
            "-",
            "20",
            "7-",
            "7-x",
            "7-+1",
            "7-01",
            "7-4294967296",
            "7-1-",
            "7-1-100000000000000000000000000000000000000",
            "1000000000000000-1",
        ] {
            assert_eq!(Cursor::parse(bad), Err(CursorError::Malformed), "{bad}");
        }
    }

    #[test]
    fn a_cursor_costs_no_more_than_one_that_reaches_further() {
        assert!((0..1_000).all(|digits| count_tokens(&digits.to_string()) == 1));
        let mut before = 0;
        for bits in 1..=Cursor::AHEAD {
            let most = Cursor { of: (1 << 48) - 1, offset: 999, beyond: u128::MAX >> (u128::BITS - bits) };
            let tokens = count_tokens(&most.to_string());
            assert!((before..=21).contains(&tokens), "{most}: {tokens} tokens");
            assert_eq!(Cursor::parse(&most.to_string()), Ok(most));
            before = tokens;
        }
    }
}
