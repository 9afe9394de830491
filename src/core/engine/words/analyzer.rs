//! Reads text as the index has it: the words of a question, phrases, and the words of a passage that a question has.
//!
//! The index keeps every word; a question drops the stop words of its languages unless it has nothing else. What a
//! question costs is bounded whatever the text: [`MAX_WORDS`] words and [`MAX_TERMS`] terms. A question is read in every
//! language that the searched shelves hold, and what the languages make of one word are alternatives of that word.

use std::collections::HashMap;
use std::ops::Range;

use super::cut::{Cut, Cutter, Form};
use super::stems::{Stems, fold};
use super::stop::is_stop_word;
use crate::corpus::Language;
use crate::engine::{Phrase, WordQuery, WordTerm};

/// The most words of one question that are looked up; as many as a number has bits.
pub const MAX_WORDS: usize = 64;

/// The most terms of one question that are looked up, all alternatives together.
pub const MAX_TERMS: usize = 192;

/// What the whole of an identifier adds to its parts, beside a word that was typed.
const WHOLE_BOOST: f32 = 1.0;

/// What a hump of `camelCase` weighs beside the word.
const HUMP_BOOST: f32 = 0.2;

/// Reads text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Analyzer {
    /// What a text is read in when nothing says another language.
    language: Language,
}

impl Analyzer {
    /// What an index writes down of the analyzer it was made with. Change it whenever the words change.
    pub const VERSION: &'static str = "words-2";

    /// Reads text as English unless it is told otherwise.
    #[must_use]
    pub fn english() -> Self {
        Self { language: Language::English }
    }

    /// The words of a question in the analyzer's own language, in the order they first appear.
    #[must_use]
    pub fn query(&self, text: &str) -> WordQuery {
        self.query_in(text, &[])
    }

    /// The words of a question, read in each of `languages`, in the order they first appear.
    #[must_use]
    pub fn query_in(&self, text: &str, languages: &[Language]) -> WordQuery {
        let languages = self.or_own(languages);
        let cuts = told(text);
        let stop =
            |cut: &&Cut| cut.form == Form::Word && is_stop_word(text.get(cut.range()).unwrap_or_default(), &languages);
        let kept: Vec<Cut> = cuts.iter().filter(|cut| !stop(cut)).copied().collect();
        let read = |cuts: &[Cut]| Reading::new(text, &languages).read(cuts);
        let query = read(&kept);
        if query.words.is_empty() { read(&cuts) } else { query }
    }

    /// The words of a phrase in their places; none for a text without words.
    #[must_use]
    pub fn phrase(&self, text: &str, languages: &[Language]) -> Option<Phrase> {
        let mut stems = Stems::default();
        let cuts = told(text);
        // `C++` must be there as it is written; `rate-limit` is `rate` beside `limit`, whatever joins them.
        let signed = |cut: &Cut| {
            cut.form == Form::Whole
                && cuts
                    .iter()
                    .any(|word| is_word(word.form) && word.position == cut.position && !contains_more(cut, word, &cuts))
        };
        let mut readings: Vec<Vec<(usize, String)>> = Vec::new();
        for &language in self.or_own(languages).iter() {
            let mut reading = Vec::new();
            for cut in cuts.iter().filter(|cut| is_word(cut.form) || signed(cut)).take(MAX_WORDS) {
                let mut term = String::new();
                stems.term(text.get(cut.range()).unwrap_or_default(), cut.form, language, &mut term);
                reading.push((cut.position, term));
            }
            if !reading.is_empty() && !readings.contains(&reading) {
                readings.push(reading);
            }
        }
        (!readings.is_empty()).then_some(Phrase { readings })
    }

    /// Visits the pieces of a text that are terms of a question, in order, with their bytes and the term's place among
    /// the question's terms. Pieces may overlap.
    pub fn visit(&self, text: &str, query: &WordQuery, mut visit: impl FnMut(Range<usize>, usize)) {
        let places: HashMap<&str, usize> =
            query.terms.iter().enumerate().map(|(at, term)| (term.text.as_str(), at)).collect();
        if places.is_empty() {
            return;
        }
        let languages = self.or_own(&query.languages);
        // An English stem keeps how its word begins, so that most text need not be cut.
        let english = languages[..] == [Language::English];
        let beginnings = Beginnings::of(query);
        let (mut stems, mut term) = (Stems::default(), String::new());
        // No piece reaches over a blank.
        for run in text.split_ascii_whitespace() {
            if english && run.is_ascii() && !beginnings.any_in(run.as_bytes()) {
                continue;
            }
            let offset = run.as_ptr().addr() - text.as_ptr().addr();
            for cut in Cutter::new(run) {
                let piece = run.get(cut.range()).unwrap_or_default();
                if english && piece.is_ascii() && !beginnings.may_be(piece.as_bytes()) {
                    continue;
                }
                for &language in &languages {
                    stems.term(piece, cut.form, language, &mut term);
                    if let Some(&place) = places.get(term.as_str()) {
                        visit(cut.start + offset..cut.end + offset, place);
                        break;
                    }
                }
            }
        }
    }

    fn or_own(&self, languages: &[Language]) -> Vec<Language> {
        if languages.is_empty() { vec![self.language] } else { languages.to_vec() }
    }
}

/// How English words begin that have one of a question's terms as their stem: as the term does but for its last two
/// letters, and with one letter at least (`dying` is `die`).
struct Beginnings<'a> {
    all: Vec<&'a [u8]>,
    /// The first bytes of them.
    firsts: [bool; 256],
}

impl<'a> Beginnings<'a> {
    fn of(query: &'a WordQuery) -> Self {
        let kept = |term: &'a WordTerm| {
            let letters = term.text.as_bytes();
            letters.get(..letters.len().saturating_sub(2).max(1)).unwrap_or_default()
        };
        let all: Vec<&[u8]> = query.terms.iter().map(kept).collect();
        let mut firsts = [false; 256];
        for first in all.iter().filter_map(|beginning| beginning.first()) {
            firsts[usize::from(*first)] = true;
        }
        Self { all, firsts }
    }

    /// Whether a word can have one of the terms as its stem.
    fn may_be(&self, word: &[u8]) -> bool {
        let Some(first) = word.first() else { return false };
        let begins = |beginning: &&[u8]| word.get(..beginning.len()).is_some_and(|w| w.eq_ignore_ascii_case(beginning));
        self.firsts[usize::from(first.to_ascii_lowercase())] && self.all.iter().any(begins)
    }

    /// Whether any word in a run of text can: words begin behind what is no letter, and humps with a capital.
    fn any_in(&self, run: &[u8]) -> bool {
        let mut before = b' ';
        run.iter().enumerate().any(|(at, &byte)| {
            let begins = !before.is_ascii_alphanumeric() || byte.is_ascii_uppercase();
            before = byte;
            begins && run.get(at..).is_some_and(|rest| self.may_be(rest))
        })
    }
}

/// Pieces that stand for words: humps and wholes stand beside one.
fn is_word(form: Form) -> bool {
    matches!(form, Form::Word | Form::Pair | Form::Sign)
}

/// Whether a whole holds other words beside the one at its place.
fn contains_more(whole: &Cut, word: &Cut, cuts: &[Cut]) -> bool {
    cuts.iter().any(|other| is_word(other.form) && other.start > word.start && other.end <= whole.end)
}

/// The pieces of a question: of a script without spaces the pairs, and a sign only where it stands alone.
fn told(text: &str) -> Vec<Cut> {
    let mut cuts: Vec<Cut> = Vec::new();
    for cut in Cutter::new(text) {
        if cut.form == Form::Pair {
            // Its first sign stands before it.
            cuts.pop_if(|last| last.form == Form::Sign && last.start == cut.start);
        }
        let covered = cuts.last().is_some_and(|last| last.form == Form::Pair && last.end == cut.end);
        if !(cut.form == Form::Sign && covered) {
            cuts.push(cut);
        }
    }
    cuts
}

/// A question that is being read.
struct Reading<'a> {
    text: &'a str,
    languages: &'a [Language],
    stems: Stems,
    query: WordQuery,
    /// The place of each term.
    places: HashMap<String, usize>,
    /// Which word each piece is.
    words: HashMap<usize, u64>,
}

impl<'a> Reading<'a> {
    fn new(text: &'a str, languages: &'a [Language]) -> Self {
        let query = WordQuery { languages: languages.to_vec(), ..WordQuery::default() };
        Self { text, languages, stems: Stems::default(), query, places: HashMap::new(), words: HashMap::new() }
    }

    fn read(mut self, cuts: &[Cut]) -> WordQuery {
        for cut in cuts.iter().filter(|cut| is_word(cut.form)) {
            self.word(cut);
        }
        for cut in cuts.iter().filter(|cut| cut.form == Form::Hump) {
            if let Some(&word) = self.words.get(&cut.position) {
                let (language, boost) = (self.languages.first().copied().unwrap_or_default(), HUMP_BOOST);
                self.add(cut, language, WordTerm { text: String::new(), boost, words: word, adds: true });
            }
        }
        for cut in cuts.iter().filter(|cut| cut.form == Form::Whole) {
            let inside = cuts.iter().filter(|word| is_word(word.form) && word.start < cut.end && word.end > cut.start);
            let words = inside.filter_map(|word| self.words.get(&word.position)).fold(0, |words, word| words | word);
            if words != 0 {
                self.add(cut, Language::Other, WordTerm { text: String::new(), boost: WHOLE_BOOST, words, adds: true });
            }
        }
        self.query
    }

    /// Takes a word up, or counts it once more.
    fn word(&mut self, cut: &Cut) {
        let (mut word, mut term) = (None, String::new());
        for &language in self.languages {
            let piece = self.text.get(cut.range()).unwrap_or_default();
            self.stems.term(piece, cut.form, language, &mut term);
            match (self.places.get(&term).and_then(|&place| self.query.terms.get_mut(place)), word) {
                (Some(known), None) if !known.adds => {
                    word = Some(known.words);
                    known.boost += 1.0;
                }
                (Some(_), _) => {}
                (None, _) => {
                    let Some(bit) = word.or_else(|| self.begin(piece)) else { return };
                    word = Some(bit);
                    self.put(WordTerm { text: term.clone(), boost: 1.0, words: bit, adds: false });
                }
            }
        }
        if let Some(word) = word {
            self.words.insert(cut.position, word);
        }
    }

    fn begin(&mut self, piece: &str) -> Option<u64> {
        let at = u32::try_from(self.query.words.len()).ok().filter(|at| *at < u64::BITS && self.room())?;
        let mut folded = String::new();
        fold(piece, &mut folded);
        self.query.words.push(folded);
        Some(1 << at)
    }

    fn add(&mut self, cut: &Cut, language: Language, mut term: WordTerm) {
        self.stems.term(self.text.get(cut.range()).unwrap_or_default(), cut.form, language, &mut term.text);
        if !self.places.contains_key(&term.text) {
            self.put(term);
        }
    }

    fn put(&mut self, term: WordTerm) {
        if self.room() {
            self.places.insert(term.text.clone(), self.query.terms.len());
            self.query.terms.push(term);
        }
    }

    fn room(&self) -> bool {
        self.query.terms.len() < MAX_TERMS
    }
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
    fn an_identifier_is_its_parts_and_the_whole_of_it() {
        check("ADR-0042", &[("adr", 1.0), ("0042", 1.0), ("adr-0042", WHOLE_BOOST)]);
        check("C++", &[("c", 1.0), ("c++", WHOLE_BOOST)]);
        check("camelCase", &[("camelcas", 1.0), ("camel", HUMP_BOOST), ("case", HUMP_BOOST)]);
        let query = Analyzer::english().query("use snake_case");
        assert_eq!((query.words.len(), query.terms.last().unwrap().words), (3, 0b110), "the whole has both parts");
    }

    #[test]
    fn a_script_without_spaces_is_asked_by_pairs_and_a_single_sign_by_itself() {
        check("入門書", &[("入門", 1.0), ("門書", 1.0)]);
        check("猫", &[("猫", 1.0)]);
        check("Rust入門", &[("rust", 1.0), ("入門", 1.0)]);
    }

    #[test]
    fn what_languages_make_of_a_word_are_alternatives_of_it() {
        let query = Analyzer::english().query_in("the running Häuser", &[Language::English, Language::German]);
        assert_eq!(query.words, ["running", "häuser"]);
        let terms: Vec<_> = query.terms.iter().map(|term| (term.text.as_str(), term.words)).collect();
        assert_eq!(terms, [("run", 1), ("running", 1), ("häuser", 2), ("haus", 2)]);
    }

    #[test]
    fn a_phrase_is_its_words_in_their_places_in_each_language() {
        let phrase = |text: &str| Analyzer::english().phrase(text, &[Language::English, Language::Other]);
        let read =
            |terms: &[(usize, &str)]| terms.iter().map(|(at, term)| (*at, (*term).to_owned())).collect::<Vec<_>>();
        assert_eq!(
            phrase("of reviews").unwrap().readings,
            [read(&[(0, "of"), (1, "review")]), read(&[(0, "of"), (1, "reviews")])]
        );
        assert_eq!(
            phrase("C++ rate-limit").unwrap().readings,
            [read(&[(0, "c"), (0, "c++"), (1, "rate"), (2, "limit")])]
        );
        assert_eq!(phrase("(()) +"), None);
    }

    #[test]
    fn words_that_match_are_visited_where_they_stand() {
        let analyzer = Analyzer::english();
        let found = |text: &str, question: &str, languages: &[Language]| {
            let mut found = Vec::new();
            let query = analyzer.query_in(question, languages);
            analyzer.visit(text, &query, |span, _| found.push(text.get(span).unwrap().to_owned()));
            found
        };
        assert_eq!(found("Réviews, by the owners. Öffnung", "review owner öffnung", &[]), ["owners", "Öffnung"]);
        assert_eq!(
            found("Ein Haus in Übungen", "häuser übung", &[Language::English, Language::German]),
            ["Haus", "Übungen"]
        );
        assert_eq!(found("これはRust入門書です", "入門書", &[]), ["入門", "門書"]);
        assert_eq!(found("see ADR-0042", "adr-0042", &[]), ["ADR-0042", "ADR", "0042"]);
    }

    #[test]
    fn a_long_question_is_cut_at_the_bound() {
        let text: String = (0..1000).map(|number| format!("w{number}x-y{number} ")).collect();
        let query = Analyzer::english().query_in(&text, Language::ALL);
        assert!(query.words.len() <= MAX_WORDS && query.terms.len() <= MAX_TERMS);
        assert_eq!(Analyzer::english().query(&text).words.len(), MAX_WORDS);
    }

    proptest! {
        #[test]
        fn any_text_is_a_question_within_the_bounds(text in ".{0,400}") {
            let query = Analyzer::english().query_in(&text, &[Language::English, Language::German]);
            prop_assert!(query.words.len() <= MAX_WORDS && query.terms.len() <= MAX_TERMS);
            for term in &query.terms {
                prop_assert!(!query.named(term.words).is_empty(), "each term stands for a word");
            }
            if let Some(phrase) = Analyzer::english().phrase(&text, &[]) {
                prop_assert!(phrase.readings.iter().all(|reading| !reading.is_empty()));
            }
        }
    }
}
