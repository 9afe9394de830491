//! Words that say too little to look for: they are dropped from questions, never from the index.
//!
//! English has Lucene's short list; the other languages have the lists that tantivy brings (Snowball's). A word that is a
//! stop word in one of the languages a question is read in is one.

use std::sync::OnceLock;

use tantivy::tokenizer::{RawTokenizer, StopWordFilter, TextAnalyzer};

use super::stems::fold;
use crate::corpus::Language;

/// Lucene's English stop words (`EnglishAnalyzer.ENGLISH_STOP_WORDS_SET`).
const ENGLISH: [&str; 33] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of",
    "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
];

/// Whether a word is a stop word in one of these languages.
pub(super) fn is_stop_word(word: &str, languages: &[Language]) -> bool {
    let mut folded = String::new();
    fold(word, &mut folded);
    languages.iter().any(|language| match language {
        Language::English => ENGLISH.contains(&folded.as_str()),
        _ => filter(*language).is_some_and(|filter| !filter.clone().token_stream(&folded).advance()),
    })
}

/// What lets a word of a language through unless it is a stop word.
fn filter(language: Language) -> Option<&'static TextAnalyzer> {
    static FILTERS: [OnceLock<Option<TextAnalyzer>>; Language::ALL.len()] =
        [const { OnceLock::new() }; Language::ALL.len()];
    let filter = FILTERS.get(language as usize)?.get_or_init(|| {
        let words = StopWordFilter::new(named(language)?)?;
        Some(TextAnalyzer::builder(RawTokenizer::default()).filter(words).build())
    });
    filter.as_ref()
}

/// Tantivy's name of a language.
fn named(language: Language) -> Option<tantivy::tokenizer::Language> {
    use tantivy::tokenizer::Language as Named;
    Some(match language {
        Language::Arabic => Named::Arabic,
        Language::Danish => Named::Danish,
        Language::Dutch => Named::Dutch,
        Language::English => Named::English,
        Language::Finnish => Named::Finnish,
        Language::French => Named::French,
        Language::German => Named::German,
        Language::Greek => Named::Greek,
        Language::Hungarian => Named::Hungarian,
        Language::Italian => Named::Italian,
        Language::Norwegian => Named::Norwegian,
        Language::Portuguese => Named::Portuguese,
        Language::Romanian => Named::Romanian,
        Language::Russian => Named::Russian,
        Language::Spanish => Named::Spanish,
        Language::Swedish => Named::Swedish,
        Language::Tamil => Named::Tamil,
        Language::Turkish => Named::Turkish,
        Language::Other => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::is_stop_word;
    use crate::corpus::Language;

    #[test]
    fn each_language_has_its_stop_words() {
        assert!(is_stop_word("The", &[Language::English]));
        assert!(!is_stop_word("und", &[Language::English]));
        assert!(is_stop_word("Und", &[Language::English, Language::German]));
        assert!(is_stop_word("dans", &[Language::French]));
        assert!(!is_stop_word("the", &[Language::Other]));
        for language in Language::ALL {
            assert!(!is_stop_word("tantivy", &[*language]), "{language:?}");
        }
    }
}
