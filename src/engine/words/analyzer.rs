//! Makes words of text: for the index and for questions, the same way.
//!
//! The index keeps every word; a question drops English stop words unless it has nothing else. What a question costs is
//! bounded: at most [`MAX_TERMS`] distinct stems are looked up, whatever the text. Another language is another
//! [`Analyzer`] value under another version; nothing else of the engine knows the language.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use tantivy::tokenizer::{
    Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter, TextAnalyzer,
};

use crate::engine::{WordQuery, WordTerm};

/// The most distinct stems of one question that are looked up.
pub const MAX_TERMS: usize = 64;

/// Words of this many bytes or more are not indexed: they are keys and encoded blobs, not words.
const WORD_BYTES_MAX: usize = 100;

/// Lucene's English stop words (`EnglishAnalyzer.ENGLISH_STOP_WORDS_SET`).
const STOP_WORDS: [&str; 33] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of",
    "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
];

/// Makes words of text.
#[derive(Clone)]
pub struct Analyzer {
    every_word: TextAnalyzer,
    no_stop_words: TextAnalyzer,
}

impl Analyzer {
    /// What an index writes down of the analyzer it was made with. Change it whenever the words change.
    pub const VERSION: &'static str = "en-stem-1";

    /// Splits at everything that is neither letter nor digit, folds case, and stems English (Porter's second stemmer).
    #[must_use]
    pub fn english() -> Self {
        let folded = || {
            TextAnalyzer::builder(SimpleTokenizer::default())
                .filter(RemoveLongFilter::limit(WORD_BYTES_MAX))
                .filter(LowerCaser)
        };
        let stop_words = StopWordFilter::remove(STOP_WORDS.map(str::to_owned));
        Self {
            every_word: folded().filter(Stemmer::new(Language::English)).build(),
            no_stop_words: folded().filter(stop_words).filter(Stemmer::new(Language::English)).build(),
        }
    }

    /// The distinct stems of a question, each with how often it is there, in the order they first appear.
    #[must_use]
    pub fn query(&self, text: &str) -> WordQuery {
        let terms = distinct(self.no_stop_words.clone(), text);
        let terms = if terms.is_empty() { distinct(self.every_word.clone(), text) } else { terms };
        WordQuery { terms }
    }

    /// Visits the words of a text that begin like one of `stems`, in order, with their bytes and their stem as the index
    /// has it: for finding the words of a question again in a passage. A stem keeps its word's first letter, so that no
    /// other word can match, and most need not be stemmed.
    pub fn visit(&self, text: &str, stems: &[WordTerm], mut visit: impl FnMut(Range<usize>, &str)) {
        let firsts: Vec<char> = stems.iter().filter_map(|term| term.text.chars().next()).collect();
        let mut analyzer = self.every_word.clone();
        let mut at = 0;
        for word in text.split(|character: char| !character.is_alphanumeric()) {
            let place = at..at + word.len();
            at = place.end + text.get(place.end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            let first = word.chars().next().and_then(|first| first.to_lowercase().next());
            if first.is_none_or(|first| !firsts.contains(&first)) {
                continue;
            }
            let mut stream = analyzer.token_stream(word);
            if stream.advance() {
                visit(place, &stream.token().text);
            }
        }
    }

    /// The analyzer that the index is built with.
    pub(super) fn for_index(&self) -> TextAnalyzer {
        self.every_word.clone()
    }
}

impl fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Analyzer").field("version", &Self::VERSION).finish_non_exhaustive()
    }
}

fn distinct(mut analyzer: TextAnalyzer, text: &str) -> Vec<WordTerm> {
    let mut terms: Vec<WordTerm> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut stream = analyzer.token_stream(text);
    while let Some(token) = stream.next() {
        if let Some(&place) = places.get(&token.text) {
            terms[place].boost += 1.0;
        } else if terms.len() < MAX_TERMS {
            places.insert(token.text.clone(), terms.len());
            terms.push(WordTerm { text: token.text.clone(), boost: 1.0 });
        }
    }
    terms
}

/// How many words the index makes of a text, without making them: stemming and case change no count.
#[must_use]
pub(in crate::engine) fn count_words(text: &str) -> u64 {
    let mut count = 0;
    let mut length = 0;
    for character in text.chars() {
        if character.is_alphanumeric() {
            length += character.len_utf8();
        } else {
            count += u64::from(length > 0 && length < WORD_BYTES_MAX);
            length = 0;
        }
    }
    count + u64::from(length > 0 && length < WORD_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[(&str, f32)]) {
        let query = Analyzer::english().query(text);
        let terms: Vec<_> = query.terms.iter().map(|term| (term.text.as_str(), term.boost)).collect();
        assert_eq!(terms, expected, "{text:?}");
    }

    #[test]
    fn a_question_becomes_distinct_stems_with_counts() {
        check("How do we review reviews?", &[("how", 1.0), ("do", 1.0), ("we", 1.0), ("review", 2.0)]);
        check("the state of the running services", &[("state", 1.0), ("run", 1.0), ("servic", 1.0)]);
        check("Über naïve café", &[("über", 1.0), ("naïv", 1.0), ("café", 1.0)]);
        check("", &[]);
        check("((((((((\"*:^~", &[]);
    }

    #[test]
    fn a_question_of_stop_words_only_keeps_them() {
        check("to be or not to be", &[("to", 2.0), ("be", 2.0), ("or", 1.0), ("not", 1.0)]);
    }

    #[test]
    fn words_that_may_match_are_visited_where_they_stand() {
        let text = "Réviews, by the owners. Öffnung";
        let analyzer = Analyzer::english();
        let mut found = Vec::new();
        let stems = analyzer.query("review owner öffnung").terms;
        analyzer.visit(text, &stems, |span, stem| found.push((text.get(span).unwrap(), stem.to_owned())));
        let expected = [("Réviews", "réview"), ("owners", "owner"), ("Öffnung", "öffnung")];
        assert_eq!(found, expected.map(|(word, stem)| (word, stem.to_owned())));
    }

    #[test]
    fn a_long_question_is_cut_at_the_bound() {
        let text: String = (0..1000).map(|number| format!("w{number} ")).collect();
        assert_eq!(Analyzer::english().query(&text).terms.len(), MAX_TERMS);
    }

    proptest! {
        #[test]
        fn words_are_counted_as_the_analyzer_makes_them(text in "([a-zA-Z0-9 .,\u{df}\u{130}é漢]|x{95,105}){0,60}") {
            let mut analyzer = Analyzer::english().for_index();
            let mut stream = analyzer.token_stream(&text);
            let mut made = 0;
            while stream.advance() {
                made += 1;
            }
            prop_assert_eq!(count_words(&text), made);
        }
    }
}
