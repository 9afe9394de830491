//! Makes the terms of an index of pieces of text: lower case, composed, and the stem of the language.
//!
//! A text repeats its words, so what was made of a short word is remembered; a word that falls on the same place takes
//! it over. Remembering changes no term, only the time it takes.

use frostem::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization as _;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::cut::Form;
use crate::corpus::Language;

/// How many words are remembered; a power of two.
const REMEMBERED: usize = 4096;

/// The longest word and the longest stem that are remembered, in bytes.
const SHORT_BYTES: usize = 22;

/// A word and its stem.
#[derive(Debug, Clone, Copy)]
struct Known {
    language: Option<Language>,
    word_bytes: u8,
    stem_bytes: u8,
    word: [u8; SHORT_BYTES],
    stem: [u8; SHORT_BYTES],
}

impl Known {
    const NONE: Self =
        Self { language: None, word_bytes: 0, stem_bytes: 0, word: [0; SHORT_BYTES], stem: [0; SHORT_BYTES] };
}

/// Makes terms.
#[derive(Debug, Clone, Default)]
pub(super) struct Stems {
    known: Vec<Known>,
    folded: String,
}

impl Stems {
    /// Remembers words: for whoever makes terms of much text.
    pub(super) fn remembering() -> Self {
        Self { known: vec![Known::NONE; REMEMBERED], folded: String::new() }
    }

    /// Writes the term of a piece into `term`.
    pub(super) fn term(&mut self, piece: &str, form: Form, language: Language, term: &mut String) {
        term.clear();
        match form {
            Form::Word | Form::Hump => self.stem(piece, language, term),
            Form::Whole | Form::Sign | Form::Pair => fold(piece, term),
        }
    }

    fn stem(&mut self, word: &str, language: Language, term: &mut String) {
        let place = self.place(word, language);
        if let Some(known) = place.and_then(|place| self.known.get(place))
            && known.language == Some(language)
            && known.word.get(..usize::from(known.word_bytes)) == Some(word.as_bytes())
            && let Some(Ok(stem)) = known.stem.get(..usize::from(known.stem_bytes)).map(std::str::from_utf8)
        {
            term.push_str(stem);
            return;
        }
        self.folded.clear();
        fold(word, &mut self.folded);
        match algorithm(language) {
            Some(algorithm) => term.push_str(&Stemmer::new(algorithm).stem(&self.folded)),
            None => term.push_str(&self.folded),
        }
        if let Some(known) = place.and_then(|place| self.known.get_mut(place)) {
            remember(known, word, term, language);
        }
    }

    fn place(&self, word: &str, language: Language) -> Option<usize> {
        if self.known.is_empty() || word.len() > SHORT_BYTES {
            return None;
        }
        let hash = xxh3_64_with_seed(word.as_bytes(), language as u64);
        usize::try_from(hash % REMEMBERED as u64).ok()
    }
}

fn remember(known: &mut Known, word: &str, stem: &str, language: Language) {
    let (Ok(word_bytes), Ok(stem_bytes)) = (u8::try_from(word.len()), u8::try_from(stem.len())) else { return };
    let (Some(word_room), Some(stem_room)) = (known.word.get_mut(..word.len()), known.stem.get_mut(..stem.len()))
    else {
        return;
    };
    word_room.copy_from_slice(word.as_bytes());
    stem_room.copy_from_slice(stem.as_bytes());
    (known.language, known.word_bytes, known.stem_bytes) = (Some(language), word_bytes, stem_bytes);
}

/// Puts a piece into lower case, composes its accents, and narrows full-width letters.
pub(super) fn fold(piece: &str, out: &mut String) {
    if piece.is_ascii() {
        let start = out.len();
        out.push_str(piece);
        if let Some(copy) = out.get_mut(start..) {
            copy.make_ascii_lowercase();
        }
        return;
    }
    let lower = piece.chars().map(narrowed).flat_map(char::to_lowercase);
    // Only decomposed accents need composing; most text has none.
    if piece.chars().any(|character| ('\u{300}'..='\u{36f}').contains(&character)) {
        out.extend(lower.nfc());
    } else {
        out.extend(lower);
    }
}

fn narrowed(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        _ => character,
    }
}

/// The stemmer of a language (<https://snowballstem.org>).
fn algorithm(language: Language) -> Option<Algorithm> {
    Some(match language {
        Language::Arabic => Algorithm::Arabic,
        Language::Danish => Algorithm::Danish,
        Language::Dutch => Algorithm::Dutch,
        Language::English => Algorithm::English,
        Language::Finnish => Algorithm::Finnish,
        Language::French => Algorithm::French,
        Language::German => Algorithm::German,
        Language::Greek => Algorithm::Greek,
        Language::Hungarian => Algorithm::Hungarian,
        Language::Italian => Algorithm::Italian,
        Language::Norwegian => Algorithm::Norwegian,
        Language::Portuguese => Algorithm::Portuguese,
        Language::Romanian => Algorithm::Romanian,
        Language::Russian => Algorithm::Russian,
        Language::Spanish => Algorithm::Spanish,
        Language::Swedish => Algorithm::Swedish,
        Language::Tamil => Algorithm::Tamil,
        Language::Turkish => Algorithm::Turkish,
        Language::Other => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn term(word: &str, language: Language) -> String {
        let mut term = String::new();
        Stems::default().term(word, Form::Word, language, &mut term);
        term
    }

    #[test]
    fn each_language_has_its_stems() {
        for (language, word, stem) in [
            (Language::English, "Running", "run"),
            (Language::German, "Häuser", "haus"),
            (Language::French, "continuellement", "continuel"),
            (Language::Spanish, "corriendo", "corr"),
            (Language::Russian, "книгами", "книг"),
            (Language::Other, "Häuser", "häuser"),
        ] {
            assert_eq!(term(word, language), stem, "{language:?}");
        }
        for language in Language::ALL {
            assert!(!term("internationalisation", *language).is_empty(), "{language:?}");
        }
    }

    #[test]
    fn accents_and_width_are_written_one_way() {
        assert_eq!(term("Cafe\u{301}", Language::Other), "café");
        assert_eq!(term("ＡＰＩ", Language::English), "api");
    }

    proptest! {
        /// What the highlighter relies on.
        #[test]
        fn an_english_stem_begins_as_its_word_does(word in "[a-z]{1,7}((b|v|tion|al|iz|ful|li|anc|enc|og|ous)(ing|ingly|ed|edly|ies|y|er|s|ation|iti|ity|ness|[a-z])?)?") {
            let stem = term(&word, Language::English);
            let kept = stem.len().saturating_sub(2).max(1);
            prop_assert_eq!(stem.get(..kept), word.get(..kept), "{} is {}", word, stem);
        }

        #[test]
        fn remembering_changes_no_term(words in proptest::collection::vec("[a-zA-Zäß]{1,24}", 1..60)) {
            let mut remembering = Stems::remembering();
            for word in words.iter().chain(&words) {
                for language in [Language::English, Language::German] {
                    let mut found = String::new();
                    remembering.term(word, Form::Word, language, &mut found);
                    prop_assert_eq!(&found, &term(word, language));
                }
            }
        }
    }
}
