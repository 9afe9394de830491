//! Looks for terms near the words of a question: what its last word begins, and what a word that nobody wrote may mean.
//!
//! Terms come from the dictionaries of exactly the shelves that are searched, and are chosen by how many live chunks of
//! all of them have a term, so that several shelves choose as one would. Everything has a bound: how many words are
//! looked up, how many terms of a dictionary are told, how many are taken.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::{
    Analyzer, DICTIONARY_TERMS_MAX, EngineError, MAX_WORDS, Near, Searcher, WordQuery, WordStatistics, WordTerm,
};

use super::{Expansion, Origin, Thesaurus};

/// The most words of a question that are corrected.
const CORRECTED_MAX: usize = 8;

/// The most terms that stand for a word that is misspelled.
const SPELLINGS_MAX: usize = 3;

/// The most terms that stand for the beginning of a word.
const ENDINGS_MAX: usize = 8;

/// From how many letters on a word may be wrong by one letter, and by two.
const WRONG_BY: [usize; 2] = [4, 8];

/// The fewest letters of a beginning that is looked up, and of a term that is taken for a word.
const LETTERS_MIN: usize = 2;

/// How many letters may be taken off a word's end to find its stem, and how many must be left.
const CUT_LETTERS: (usize, usize) = (4, 4);

/// What a term weighs that is wrong by one letter or by two, and one that only begins as the word does.
const SPELLED_WEIGHT: [f32; 2] = [0.7, 0.5];
const STEM_WEIGHT: f32 = 0.5;

/// The most other names that are looked for.
const SYNONYMS_MAX: usize = 8;

/// What another name weighs beside the one that was typed, and each word of one that has several.
const SYNONYM_WEIGHT: [f32; 2] = [0.5, 0.3];

/// What a term weighs that the last word begins.
const ENDING_WEIGHT: f32 = 0.6;

/// A question with what is looked for beside its words.
pub(super) struct Expanded<'a> {
    shelves: &'a [Arc<dyn Searcher>],
    pub(super) words: WordQuery,
    pub(super) statistics: WordStatistics,
    pub(super) expansions: Vec<Expansion>,
}

impl<'a> Expanded<'a> {
    /// Takes a question as it was typed.
    pub(super) fn new(shelves: &'a [Arc<dyn Searcher>], words: WordQuery) -> Result<Self, EngineError> {
        let statistics = statistics(shelves, &words)?;
        Ok(Self { shelves, words, statistics, expansions: Vec::new() })
    }

    /// Adds an alternative of a word: a term that counts as the word, for `weight` of what the word itself does.
    ///
    /// `word` is the word's place in the question.
    pub(super) fn add(&mut self, word: usize, terms: Vec<(String, f32)>, by: Origin) -> Result<(), EngineError> {
        let typed = self.words.words.get(word).cloned().unwrap_or_default();
        let bit = 1_u64.checked_shl(u32::try_from(word).unwrap_or(u32::MAX)).unwrap_or_default();
        let is_new = |term: &str| self.words.terms.iter().all(|known| known.text != term);
        let new: Vec<_> = terms.into_iter().filter(|(term, _)| is_new(term)).collect();
        let alternatives: Vec<WordTerm> = new
            .iter()
            .map(|(term, weight)| WordTerm { text: term.clone(), boost: *weight, words: bit, adds: false })
            .collect();
        let asked = WordQuery { terms: alternatives.clone(), ..WordQuery::default() };
        self.statistics.frequency.extend(statistics(self.shelves, &asked)?.frequency);
        self.words.terms.extend(alternatives);
        let told = new.into_iter().map(|(term, weight)| Expansion { word: typed.clone(), term, by, weight });
        self.expansions.extend(told);
        Ok(())
    }

    /// Adds the other names of what the question names, by what the searched shelves say themselves.
    pub(super) fn name(&mut self, thesauri: &[Arc<Thesaurus>], analyzer: &Analyzer) -> Result<(), EngineError> {
        let words = self.words.words.clone();
        let mut named: Vec<_> = thesauri.iter().flat_map(|thesaurus| thesaurus.named(&words)).collect();
        // Several shelves may say the same; their order must not matter.
        named.sort_unstable_by(|a, b| (a.words.start, a.other).cmp(&(b.words.start, b.other)));
        named.dedup();
        for name in named.into_iter().take(SYNONYMS_MAX) {
            let terms = analyzer.query_in(name.other, &self.words.languages).terms;
            let weight = SYNONYM_WEIGHT[usize::from(terms.len() > 1)];
            self.add(name.words.start, terms.into_iter().map(|term| (term.text, weight)).collect(), Origin::Synonym)?;
        }
        Ok(())
    }

    /// Adds what the last word may go on to be.
    pub(super) fn go_on(&mut self, beginning: &str) -> Result<(), EngineError> {
        let beginning = beginning.rsplit(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
        let beginning = beginning.to_lowercase();
        if beginning.chars().count() < LETTERS_MIN {
            return Ok(());
        }
        let word = match self.words.words.iter().rposition(|word| *word == beginning) {
            Some(word) => word,
            // A stop word may begin a word that is none.
            None if self.words.words.len() < MAX_WORDS => {
                self.words.words.push(beginning.clone());
                self.words.words.len() - 1
            }
            None => return Ok(()),
        };
        let mut found = most_frequent(self.near(Near::Beginning(&beginning))?);
        found.retain(|term| *term != beginning);
        found.truncate(ENDINGS_MAX);
        if found.is_empty() && self.is_unknown(word) {
            found = self.stem_of(&beginning)?;
        }
        self.add(word, found.into_iter().map(|term| (term, ENDING_WEIGHT)).collect(), Origin::Prefix)
    }

    /// Adds what the words that no chunk has may have been meant to be.
    pub(super) fn correct(&mut self) -> Result<(), EngineError> {
        let unknown: Vec<usize> = (0..self.words.words.len()).filter(|word| self.is_unknown(*word)).collect();
        for word in unknown.into_iter().take(CORRECTED_MAX) {
            let typed = self.words.words.get(word).cloned().unwrap_or_default();
            // Of a number, a code or a version the nearest is another one.
            if !typed.chars().all(char::is_alphabetic) {
                continue;
            }
            let found = self.spellings(word, &typed)?;
            self.add(word, found, Origin::Typo)?;
        }
        Ok(())
    }

    fn spellings(&self, word: usize, typed: &str) -> Result<Vec<(String, f32)>, EngineError> {
        let letters = typed.chars().count();
        let bit = 1_u64 << word;
        for ((from, changes), weight) in WRONG_BY.into_iter().zip(1..).zip(SPELLED_WEIGHT) {
            if letters < from {
                return Ok(Vec::new());
            }
            let mut near = BTreeMap::new();
            // A wrong letter may change the stem, so the word is looked for as it was typed, too.
            let terms = self.words.terms.iter().filter(|term| term.words == bit && !term.adds);
            for term in terms.map(|term| term.text.as_str()).filter(|term| *term != typed).chain([typed]) {
                near.extend(self.near(Near::Spelled { term, changes })?);
            }
            near.retain(|term, _| term.chars().count() > LETTERS_MIN && term.chars().all(char::is_alphabetic));
            if !near.is_empty() {
                let found = most_frequent(near).into_iter().take(SPELLINGS_MAX);
                return Ok(found.map(|term| (term, weight)).collect());
            }
        }
        Ok(self.stem_of(typed)?.into_iter().map(|term| (term, STEM_WEIGHT)).collect())
    }

    /// The longest term that a word begins with: an ending that is torn or misspelled hides the stem.
    fn stem_of(&self, typed: &str) -> Result<Vec<String>, EngineError> {
        let letters: Vec<char> = typed.chars().collect();
        let (cut, left) = CUT_LETTERS;
        let shorter = (1..=cut).filter_map(|off| letters.len().checked_sub(off)).filter(|rest| *rest >= left);
        let begun = |rest: usize| letters.get(..rest).unwrap_or_default().iter().collect::<String>();
        let term = |text| WordTerm { text, boost: 1.0, words: 1, adds: false };
        let asked = WordQuery { terms: shorter.map(begun).map(term).collect(), ..WordQuery::default() };
        let known = statistics(self.shelves, &asked)?;
        let mut known = asked.terms.into_iter().zip(known.frequency).filter(|(_, [all, _])| *all > 0);
        Ok(known.next().map(|(term, _)| term.text).into_iter().collect())
    }

    fn is_unknown(&self, word: usize) -> bool {
        self.words.known(&self.statistics) >> word & 1 == 0
    }

    /// The first terms of all shelves near a word, with how many chunks have each.
    fn near(&self, near: Near<'_>) -> Result<BTreeMap<String, u64>, EngineError> {
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        for shelf in self.shelves {
            for (term, frequency) in shelf.near(near)? {
                *found.entry(term).or_default() += frequency;
            }
        }
        Ok(found.into_iter().take(DICTIONARY_TERMS_MAX).collect())
    }
}

/// What BM25 needs to know of all shelves for a question.
fn statistics(shelves: &[Arc<dyn Searcher>], words: &WordQuery) -> Result<WordStatistics, EngineError> {
    let mut sum = WordStatistics::default();
    for shelf in shelves {
        sum.add(&shelf.word_statistics(words)?);
    }
    sum.frequency.resize(words.terms.len(), [0; 2]);
    Ok(sum)
}

/// Terms, those that most chunks have first.
fn most_frequent(terms: BTreeMap<String, u64>) -> Vec<String> {
    let mut terms: Vec<(String, u64)> = terms.into_iter().collect();
    terms.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    terms.into_iter().map(|(term, _)| term).collect()
}
