//! Where an answer ended, for the next page of it.
//!
//! A cursor carries the generations it was made under. When one of them is gone the caller is told so, and asks again:
//! an answer never mixes two states of the corpus, so nothing is repeated and nothing is lost.

use std::fmt;

/// A place in a ranked list, bound to the question and the generations it was ranked under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// What the list was made of: digest of question, filters and generations.
    pub of: u64,
    /// How many entries were served from the beginning on.
    pub offset: u32,
    /// Which of the 128 entries from there on were served already: a hit that did not fit is passed over, and one behind
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
    /// Parses what `Display` wrote.
    ///
    /// # Errors
    /// Fails on any other text.
    pub fn parse(text: &str) -> Result<Self, CursorError> {
        let (of, places) = text.split_once('-').ok_or(CursorError::Malformed)?;
        let (offset, beyond) = places.split_once('-').unwrap_or((places, "0"));
        let sized = |part: &str, most: usize| (1..=most).contains(&part.len());
        if of.len() != 16 || !sized(offset, 8) || !sized(beyond, 32) {
            return Err(CursorError::Malformed);
        }
        let of = u64::from_str_radix(of, 16).map_err(|_| CursorError::Malformed)?;
        let offset = u32::from_str_radix(offset, 16).map_err(|_| CursorError::Malformed)?;
        let beyond = u128::from_str_radix(beyond, 16).map_err(|_| CursorError::Malformed)?;
        Ok(Self { of, offset, beyond })
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
        write!(f, "{:016x}-{:x}", self.of, self.offset)?;
        if self.beyond == 0 { Ok(()) } else { write!(f, "-{:x}", self.beyond) }
    }
}

#[cfg(test)]
mod tests {
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
            "zzzzzzzzzzzzzzzz-1",
            "0000000000000007-",
            "0000000000000007-123456789",
            "0000000000000007-1-",
        ] {
            assert_eq!(Cursor::parse(bad), Err(CursorError::Malformed), "{bad}");
        }
    }
}
