//! Text to word pieces: BERT's uncased normaliser and pre-tokenizer, then WordPiece (longest match first).
//!
//! Invariants: for every text the ids are those of the reference implementation (Hugging Face `tokenizers` with this
//! vocabulary's `tokenizer.json`, without its `[CLS]`, `[SEP]`, truncation and padding). Nothing is allocated for a word
//! or a piece. A word that has no pieces, or more than 100 characters, is one `[UNK]`, as there.
//!
//! The rules (Devlin et al. 2019, BERT's `tokenization.py`): drop controls, make ideographs words, decompose (NFD)
//! and drop marks, lower case; split at white space and around punctuation. Almost all text is ASCII, where a table
//! of 256 bytes says all of that; only runs beyond ASCII take the long way.

use unicode_normalization::UnicodeNormalization;

use super::letters::{ASCII, BEYOND, DROPPED, Letter, Letters, PUNCTUATION, SPACE};
use super::vocabulary::{Place, Vocabulary};

/// A longer word is unknown, whatever it is made of.
const WORD_LETTERS_MAX: usize = 100;

/// The reference finds these in the text as it stands, before it is normalised.
const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// Cuts texts into word pieces.
pub(super) struct Tokenizer {
    vocabulary: Vocabulary,
    letters: Letters,
    unknown: u16,
    special: [u16; SPECIAL.len()],
}

/// Room that is used again for each text.
#[derive(Default)]
pub(super) struct Scratch {
    /// The word so far, normalised.
    word: Vec<u8>,
    /// A run beyond ASCII, cleaned, before it is decomposed.
    run: String,
}

impl Tokenizer {
    /// Takes a vocabulary of one piece a line and the classes of the code points beyond ASCII.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub(super) fn new(vocabulary: &'static str, classes: &str) -> Result<Self, String> {
        let vocabulary = Vocabulary::new(vocabulary)?;
        let mut special = [0; SPECIAL.len()];
        for (id, piece) in special.iter_mut().zip(SPECIAL) {
            *id = vocabulary.line(piece).ok_or_else(|| format!("no word piece {piece}"))?;
        }
        Ok(Self { vocabulary, letters: Letters::new(classes)?, unknown: special[1], special })
    }

    /// How many pieces there are.
    pub(super) fn len(&self) -> usize {
        self.vocabulary.len()
    }

    /// Adds the text's pieces to `out`, in order.
    pub(super) fn pieces(&self, text: &str, scratch: &mut Scratch, out: &mut Vec<u16>) {
        let bytes = text.as_bytes();
        scratch.word.clear();
        let mut at = 0;
        while at < bytes.len() {
            match ASCII[usize::from(bytes[at])] {
                DROPPED => at += 1,
                SPACE => {
                    self.flush(&mut scratch.word, out);
                    at += 1;
                }
                PUNCTUATION => {
                    self.flush(&mut scratch.word, out);
                    at += self.punctuation(&bytes[at..], out);
                }
                BEYOND => {
                    let end = bytes[at..].iter().position(u8::is_ascii).map_or(bytes.len(), |length| at + length);
                    // A run of bytes beyond ASCII between ASCII bytes lies on character borders.
                    self.beyond_ascii(text.get(at..end).unwrap_or_default(), scratch, out);
                    at = end;
                }
                letter => {
                    scratch.word.push(letter);
                    at += 1;
                }
            }
        }
        self.flush(&mut scratch.word, out);
    }

    /// Adds the piece of the punctuation (or the special piece) that `bytes` start with; says how long it is.
    fn punctuation(&self, bytes: &[u8], out: &mut Vec<u16>) -> usize {
        if bytes[0] == b'[' {
            for (id, special) in self.special.iter().zip(SPECIAL) {
                if bytes.starts_with(special.as_bytes()) {
                    out.push(*id);
                    return special.len();
                }
            }
        }
        self.word(&bytes[..1], out);
        1
    }

    /// Goes on with a run of code points beyond ASCII.
    fn beyond_ascii(&self, run: &str, scratch: &mut Scratch, out: &mut Vec<u16>) {
        let Scratch { word, run: cleaned } = scratch;
        cleaned.clear();
        for letter in run.chars() {
            match self.letters.class(letter) {
                Letter::Dropped => {}
                Letter::Space => cleaned.push(' '),
                Letter::Ideograph => cleaned.extend([' ', letter, ' ']),
                Letter::Word | Letter::Mark | Letter::Punctuation => cleaned.push(letter),
            }
        }
        for letter in cleaned.chars().nfd() {
            if letter.is_ascii() {
                self.normalised(letter, word, out);
            } else if self.letters.class(letter) != Letter::Mark {
                for lower in letter.to_lowercase() {
                    self.normalised(lower, word, out);
                }
            }
        }
    }

    /// Takes one normalised code point: ends the word, is a word, or goes into the word.
    fn normalised(&self, letter: char, word: &mut Vec<u8>, out: &mut Vec<u16>) {
        let class = if letter == ' ' {
            Letter::Space
        } else if letter.is_ascii_punctuation() {
            Letter::Punctuation
        } else if letter.is_ascii() {
            word.extend_from_slice(letter.to_ascii_lowercase().encode_utf8(&mut [0; 4]).as_bytes());
            return;
        } else {
            self.letters.class(letter)
        };
        match class {
            Letter::Space => self.flush(word, out),
            Letter::Punctuation => {
                self.flush(word, out);
                self.word(letter.encode_utf8(&mut [0; 4]).as_bytes(), out);
            }
            _ => word.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }

    /// Ends the word.
    fn flush(&self, word: &mut Vec<u8>, out: &mut Vec<u16>) {
        if !word.is_empty() {
            self.word(word, out);
            word.clear();
        }
    }

    /// Adds the pieces of a word: the longest that it starts with, and so on; or one `[UNK]`.
    fn word(&self, word: &[u8], out: &mut Vec<u16>) {
        if word.len() > WORD_LETTERS_MAX && letters(word) > WORD_LETTERS_MAX {
            out.push(self.unknown);
            return;
        }
        let before = out.len();
        let (mut rest, mut place) = (word, Place::First);
        while !rest.is_empty() {
            let Some((id, length)) = self.vocabulary.longest(rest, place) else {
                out.truncate(before);
                out.push(self.unknown);
                return;
            };
            out.push(id);
            rest = &rest[length..];
            place = Place::Next;
        }
    }
}

/// How many code points UTF-8 bytes hold: those that don't go on with another.
fn letters(word: &[u8]) -> usize {
    word.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}
