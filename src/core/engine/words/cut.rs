//! Cuts a text into what can be looked for, in the order of the text.
//!
//! Words are runs of letters and digits. An identifier is its words and, at the place of the first of them, the whole as
//! it is written: `kebab-case`, `ADR-0042`, `file.md`, `1.2.3`, `C++`, `.NET`; `camelCase` is one word, and its humps
//! stand at its place. A script without spaces gives each sign and each pair of neighbours (overlapping bigrams, as
//! Lucene's `CJKAnalyzer`). Nothing is copied here, and nothing is of [`WORD_BYTES_MAX`] bytes or more: those are keys and
//! encoded blobs, not words.

use std::ops::Range;

use super::script::Class;

/// What is this long or longer is no word.
pub(super) const WORD_BYTES_MAX: usize = 100;

/// The most marks on one sign of a script without spaces.
const MARKS_MAX: usize = 8;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A run of letters and digits. Has a stem.
    Word,
    /// A part of the word at the same place: `camel` of `camelCase`. Has a stem.
    Hump,
    /// Words as they are written together: `kebab-case`, `C#`. Stands at the place of the first.
    Whole,
    /// One sign of a script without spaces.
    Sign,
    /// Two neighbours of a script without spaces. Stands at the place of the first.
    Pair,
}

/// A piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// Its first byte.
    pub(super) start: usize,
    /// The byte behind it.
    pub(super) end: usize,
    /// Its place among the words of the text.
    pub(super) position: usize,
    /// What it is.
    pub(super) form: Form,
}

impl Cut {
    /// Its bytes.
    pub(super) fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// Cuts a text.
#[derive(Debug, Clone)]
pub(super) struct Cutter<'a> {
    text: &'a str,
    at: usize,
    position: usize,
    /// Where the identifier ends that was given as a whole already.
    whole_until: usize,
    /// The rest of a word whose humps are being given.
    humps: Range<usize>,
    /// What stands at the place of the word before: `c#`, `.net`.
    signed: [Option<Cut>; 2],
    /// A pair that follows its first sign.
    pair: Option<Cut>,
}

/// A run of letters and digits.
struct Run {
    end: usize,
    /// Whether a capital follows a small letter, or a small letter two capitals.
    humped: bool,
}

impl<'a> Cutter<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, position: 0, whole_until: 0, humps: 0..0, signed: [None; 2], pair: None }
    }

    /// The character at a byte, and what it is.
    fn look(&self, at: usize) -> Option<(char, Class)> {
        let byte = *self.text.as_bytes().get(at)?;
        if byte.is_ascii() {
            let class = if byte.is_ascii_alphanumeric() { Class::Letter } else { Class::Gap };
            return Some((char::from(byte), class));
        }
        let character = self.text.get(at..)?.chars().next()?;
        Some((character, Class::of(character)))
    }

    /// The run that begins at `start`, which is a letter.
    fn run(&self, start: usize) -> Run {
        #[derive(Clone, Copy, PartialEq)]
        enum Case {
            Small,
            Capital,
            TwoCapitals,
            Neither,
        }
        let (mut end, mut case, mut humped) = (start, Case::Neither, false);
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(end) {
            let (small, capital, length) = if byte.is_ascii() {
                if !byte.is_ascii_alphanumeric() {
                    break;
                }
                (byte.is_ascii_lowercase(), byte.is_ascii_uppercase(), 1)
            } else {
                match self.look(end) {
                    Some((character, Class::Letter)) => {
                        (character.is_lowercase(), character.is_uppercase(), character.len_utf8())
                    }
                    Some((character, Class::Mark)) => {
                        end += character.len_utf8();
                        continue;
                    }
                    _ => break,
                }
            };
            humped |= (capital && case == Case::Small) || (small && case == Case::TwoCapitals);
            case = match (small, capital) {
                (true, _) => Case::Small,
                (_, true) if matches!(case, Case::Capital | Case::TwoCapitals) => Case::TwoCapitals,
                (_, true) => Case::Capital,
                _ => Case::Neither,
            };
            end += length;
        }
        Run { end, humped }
    }

    /// Where the identifier ends whose first word ends at `end`: single `-`, `_` and `.` join what stands close.
    fn joined(&self, mut end: usize) -> usize {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(end), Some(b'-' | b'_' | b'.')) {
            match self.look(end + 1) {
                Some((_, Class::Letter)) => end = self.run(end + 1).end,
                _ => break,
            }
        }
        end
    }

    /// Gives the word at `self.at`, or the identifier it begins.
    fn word(&mut self) -> Option<Cut> {
        let start = self.at;
        let run = self.run(start);
        if start >= self.whole_until {
            let end = self.joined(run.end);
            self.whole_until = end;
            if end > run.end && end - start < WORD_BYTES_MAX {
                return Some(Cut { start, end, position: self.position, form: Form::Whole });
            }
        }
        self.at = run.end;
        let position = self.position;
        self.position += 1;
        if run.end - start >= WORD_BYTES_MAX {
            return None;
        }
        if run.humped && has_humps(self.text, start..run.end) {
            self.humps = start..run.end;
        }
        self.signed = [self.dotted(start, run.end, position), self.suffixed(start, run.end, position)];
        Some(Cut { start, end: run.end, position, form: Form::Word })
    }

    /// `.net` of `.NET` and `.gitignore`: a dot that follows nothing.
    fn dotted(&self, start: usize, end: usize, position: usize) -> Option<Cut> {
        let bytes = self.text.as_bytes();
        let dot = start.checked_sub(1).filter(|dot| bytes.get(*dot) == Some(&b'.'))?;
        let free = dot.checked_sub(1).is_none_or(|before| {
            bytes.get(before).is_some_and(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric() && *byte != b'.')
        });
        (free && bytes.get(start).is_some_and(u8::is_ascii_alphabetic)).then_some(Cut {
            start: dot,
            end,
            position,
            form: Form::Whole,
        })
    }

    /// `c++` and `c#`: a sign behind the word that nothing follows.
    fn suffixed(&self, start: usize, end: usize, position: usize) -> Option<Cut> {
        let rest = self.text.as_bytes().get(end..)?;
        let length = match rest {
            [b'+', b'+', ..] => 2,
            [b'#', ..] => 1,
            _ => return None,
        };
        let free = self.look(end + length).is_none_or(|(_, class)| class == Class::Gap);
        free.then_some(Cut { start, end: end + length, position, form: Form::Whole })
    }

    /// Gives the sign at `self.at` of a script without spaces, and makes its pair.
    fn sign(&mut self) -> Cut {
        let (start, end) = (self.at, self.signed_until(self.at));
        let position = self.position;
        self.pair = matches!(self.look(end), Some((_, Class::Solid))).then(|| Cut {
            start,
            end: self.signed_until(end),
            position,
            form: Form::Pair,
        });
        self.at = end;
        self.position += 1;
        Cut { start, end, position, form: Form::Sign }
    }

    /// Where a sign ends, with its marks.
    fn signed_until(&self, start: usize) -> usize {
        let Some((first, _)) = self.look(start) else { return start };
        let mut end = start + first.len_utf8();
        for _ in 0..MARKS_MAX {
            match self.look(end) {
                Some((mark, Class::Mark)) => end += mark.len_utf8(),
                _ => break,
            }
        }
        end
    }

    fn hump(&mut self) -> Option<Cut> {
        let end = hump_end(self.text, &self.humps)?;
        let start = self.humps.start;
        self.humps.start = end;
        Some(Cut { start, end, position: self.position - 1, form: Form::Hump })
    }
}

impl Iterator for Cutter<'_> {
    type Item = Cut;

    fn next(&mut self) -> Option<Cut> {
        if let Some(cut) = self.pair.take() {
            return Some(cut);
        }
        if !self.humps.is_empty()
            && let Some(hump) = self.hump()
        {
            return Some(hump);
        }
        for signed in &mut self.signed {
            if let Some(cut) = signed.take() {
                return Some(cut);
            }
        }
        loop {
            let (character, class) = self.look(self.at)?;
            match class {
                Class::Letter => {
                    if let Some(cut) = self.word() {
                        return Some(cut);
                    }
                }
                Class::Solid => return Some(self.sign()),
                Class::Gap | Class::Mark => self.at += character.len_utf8(),
            }
        }
    }
}

/// Whether a word has more than one hump, each of two letters or more: `iOS` and `APIs` are one word each.
fn has_humps(text: &str, word: Range<usize>) -> bool {
    let (mut rest, mut count) = (word, 0);
    while let Some(end) = hump_end(text, &rest) {
        let hump = text.get(rest.start..end).unwrap_or_default();
        if hump.chars().nth(1).is_none() {
            return false;
        }
        count += 1;
        rest.start = end;
    }
    count > 1
}

/// Where the first hump of a word ends: `HTTP` of `HTTPServer`. None for an empty one.
fn hump_end(text: &str, word: &Range<usize>) -> Option<usize> {
    let rest = text.get(word.clone()).filter(|rest| !rest.is_empty())?;
    let mut characters = rest.char_indices().peekable();
    let mut before: Option<char> = None;
    while let Some((at, character)) = characters.next() {
        let Some(last) = before.replace(character) else { continue };
        let next = characters.peek().map(|(_, next)| *next);
        let small_next = next.is_some_and(char::is_lowercase);
        // The plural of capitals is no hump.
        let plural = next == Some('s') && rest.len() == at + character.len_utf8() + 1;
        if character.is_uppercase() && (!last.is_uppercase() || (small_next && !plural)) {
            return Some(word.start + at);
        }
    }
    Some(word.end)
}

/// How many pieces the index makes of a text, without making them.
#[must_use]
pub(in crate::engine) fn count_words(text: &str) -> u64 {
    Cutter::new(text).count() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Cutter, Form, WORD_BYTES_MAX};

    fn check(text: &str, expected: &[(&str, usize)]) {
        let cuts: Vec<_> = Cutter::new(text).map(|cut| (text.get(cut.range()).unwrap(), cut.position)).collect();
        assert_eq!(cuts, expected, "{text:?}");
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        check("Who owns it? 42 times.", &[("Who", 0), ("owns", 1), ("it", 2), ("42", 3), ("times", 4)]);
        check("don't stop", &[("don", 0), ("t", 1), ("stop", 2)]);
        check(" ((**-- ", &[]);
        check("cafe\u{301} naïve", &[("cafe\u{301}", 0), ("naïve", 1)]);
    }

    #[test]
    fn identifiers_are_their_words_and_the_whole() {
        check("see ADR-0042.", &[("see", 0), ("ADR-0042", 1), ("ADR", 1), ("0042", 2)]);
        check("a_b.md x", &[("a_b.md", 0), ("a", 0), ("b", 1), ("md", 2), ("x", 3)]);
        check("v1.2.3", &[("v1.2.3", 0), ("v1", 0), ("2", 1), ("3", 2)]);
        check("kebab-case", &[("kebab-case", 0), ("kebab", 0), ("case", 1)]);
        check("E0308 0x80070005", &[("E0308", 0), ("0x80070005", 1)]);
        check("C++, C# and .NET", &[("C", 0), ("C++", 0), ("C", 1), ("C#", 1), ("and", 2), ("NET", 3), (".NET", 3)]);
        check(
            "page.md#part end. Next",
            &[("page.md", 0), ("page", 0), ("md", 1), ("part", 2), ("end", 3), ("Next", 4)],
        );
    }

    #[test]
    fn humps_stand_at_the_place_of_their_word() {
        check("use camelCase", &[("use", 0), ("camelCase", 1), ("camel", 1), ("Case", 1)]);
        check("HTTPServer2 up", &[("HTTPServer2", 0), ("HTTP", 0), ("Server2", 0), ("up", 1)]);
        check("APIs iOS OAuth Word", &[("APIs", 0), ("iOS", 1), ("OAuth", 2), ("Word", 3)]);
    }

    #[test]
    fn scripts_without_spaces_give_signs_and_pairs() {
        check("Rust入門書", &[("Rust", 0), ("入", 1), ("入門", 1), ("門", 2), ("門書", 2), ("書", 3)]);
        check("猫。", &[("猫", 0)]);
        check("กำลัง", &[("ก", 0), ("กำ", 0), ("ำ", 1), ("ำล\u{e31}", 1), ("ล\u{e31}", 2), ("ล\u{e31}ง", 2), ("ง", 3)]);
    }

    #[test]
    fn blobs_are_no_words_but_take_a_place() {
        let blob = "x".repeat(WORD_BYTES_MAX);
        check(&format!("a {blob} b"), &[("a", 0), ("b", 2)]);
        let many = vec!["ab"; 50].join("-");
        assert!(Cutter::new(&many).all(|cut| cut.form == Form::Word));
    }

    proptest! {
        #[test]
        fn any_text_is_cut_into_bounded_pieces_in_order(text in "([a-zA-Z0-9 .,_#+\u{301}\u{df}\u{130}é漢字かก\u{e34}-]|x{95,105}){0,60}") {
            let (mut position, mut start) = (0, 0);
            for cut in Cutter::new(&text) {
                prop_assert!(text.get(cut.range()).is_some_and(|piece| !piece.is_empty() && piece.len() <= 2 * WORD_BYTES_MAX));
                prop_assert!(cut.position >= position, "places ascend");
                prop_assert!(cut.end > start);
                (position, start) = (cut.position, cut.start.saturating_sub(1));
            }
        }
    }
}
