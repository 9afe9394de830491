//! What each code point is to the tokenizer: part of a word, white space, punctuation, or nothing at all.
//!
//! Invariants: beyond ASCII the classes are those of the reference implementation, written down run by run in
//! `model/classes.txt` (`tools/model/vocab.py` asks it for each code point), not those of the Unicode version that
//! happens to be linked. A model was trained on the former.

/// What a code point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letter {
    /// Part of a word.
    Word,
    /// Dropped before anything else: controls, format characters, private use, unassigned.
    Dropped,
    /// White space: ends a word.
    Space,
    /// A word by itself, whatever stands around it.
    Ideograph,
    /// A mark without width: dropped after decomposition (this is how accents go).
    Mark,
    /// A word by itself.
    Punctuation,
}

/// What an ASCII byte means: one of the four codes below, or the byte to add to the word, in lower case.
pub(super) const ASCII: [u8; 256] = ascii();
/// The byte is dropped.
pub(super) const DROPPED: u8 = 0;
/// The byte ends a word.
pub(super) const SPACE: u8 = 1;
/// The byte is a word by itself.
pub(super) const PUNCTUATION: u8 = 2;
/// The byte begins or goes on with a code point beyond ASCII.
pub(super) const BEYOND: u8 = 3;

const fn ascii() -> [u8; 256] {
    let mut table = [BEYOND; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => SPACE,
            0..=31 | 127 => DROPPED,
            _ if byte.is_ascii_punctuation() => PUNCTUATION,
            _ => byte.to_ascii_lowercase(),
        };
        byte += 1;
    }
    table
}

/// The classes of the code points beyond ASCII: sorted runs.
pub(super) struct Letters {
    runs: Box<[(u32, u32, Letter)]>,
}

impl Letters {
    /// Reads `first last class` lines.
    ///
    /// # Errors
    /// Says what is wrong with a line.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let runs: Vec<_> = text.lines().map(run).collect::<Result<_, _>>()?;
        if !runs.is_sorted_by(|before, after| before.1 < after.0) {
            return Err("classes are not sorted".to_owned());
        }
        Ok(Self { runs: runs.into() })
    }

    /// What a code point beyond ASCII is.
    pub(super) fn class(&self, letter: char) -> Letter {
        let point = u32::from(letter);
        let behind = self.runs.partition_point(|run| run.0 <= point);
        match behind.checked_sub(1).map(|at| self.runs[at]) {
            Some((_, last, class)) if point <= last => class,
            _ => Letter::Word,
        }
    }
}

fn run(line: &str) -> Result<(u32, u32, Letter), String> {
    let wrong = || format!("class line {line:?}");
    let mut fields = line.split(' ');
    let mut point = || fields.next().and_then(|field| u32::from_str_radix(field, 16).ok());
    let (first, last) = (point().ok_or_else(wrong)?, point().ok_or_else(wrong)?);
    let class = match fields.next() {
        Some("d") => Letter::Dropped,
        Some("s") => Letter::Space,
        Some("i") => Letter::Ideograph,
        Some("m") => Letter::Mark,
        Some("p") => Letter::Punctuation,
        _ => return Err(wrong()),
    };
    if first > last { Err(wrong()) } else { Ok((first, last, class)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_at_their_ends_and_not_beyond() {
        let letters = Letters::new("a0 a0 s\na1 a3 p\n4e00 9fff i\n").unwrap();
        for (letter, class) in [
            ('\u{9f}', Letter::Word),
            ('\u{a0}', Letter::Space),
            ('\u{a1}', Letter::Punctuation),
            ('\u{a3}', Letter::Punctuation),
            ('\u{a4}', Letter::Word),
            ('\u{9fff}', Letter::Ideograph),
            ('\u{a000}', Letter::Word),
        ] {
            assert_eq!(letters.class(letter), class, "{letter:?}");
        }
    }

    #[test]
    fn a_wrong_class_file_is_refused() {
        for text in ["a0 a0", "a0 a0 x", "a1 a0 s", "zz a0 s", "a1 a1 s\na0 a0 s"] {
            assert!(Letters::new(text).is_err(), "{text:?}");
        }
    }
}
