//! What an engine is asked: the words of a question, phrases, what may answer, and which terms are near a word.
//!
//! Everything here is plain and bounded by whoever makes it (see [`Analyzer`](super::Analyzer)); statistics of several
//! shelves add up, so that shelves searched together rank as one.

use crate::corpus::Language;

use super::{ChunkNo, DocumentNo};

/// A term of a question as the index has it.
#[derive(Debug, Clone, PartialEq)]
pub struct WordTerm {
    /// The stem, or the whole of an identifier.
    pub text: String,
    /// The weight: how often it is in the question, less for what nobody typed.
    pub boost: f32,
    /// Which of [`WordQuery::words`] a chunk with this term has, one bit each.
    pub words: u64,
    /// Whether it adds to its words, as the whole of an identifier does to its parts. Terms of one word that don't are
    /// alternatives, and the best of them counts.
    pub adds: bool,
}

/// The words of a question, ready for the lexical leg.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WordQuery {
    /// Distinct terms.
    pub terms: Vec<WordTerm>,
    /// The words as they were typed, 64 at most: a chunk that has any of a word's terms has the word.
    pub words: Vec<String>,
    /// In which languages the words were read.
    pub languages: Vec<Language>,
    /// How many of the words a chunk must have; one with fewer is marked as [`thin`](super::Candidate::thin).
    pub least: u32,
}

impl WordQuery {
    /// The words that a set of bits names.
    #[must_use]
    pub fn named(&self, bits: u64) -> Vec<String> {
        let named =
            (0_u32..).zip(&self.words).filter(|(at, _)| bits.checked_shr(*at).is_some_and(|bits| bits & 1 == 1));
        named.map(|(_, word)| word.clone()).collect()
    }

    /// The words that any chunk has, as bits.
    #[must_use]
    pub fn known(&self, statistics: &WordStatistics) -> u64 {
        let terms = self.terms.iter().zip(&statistics.frequency).filter(|(_, frequency)| frequency[0] > 0);
        terms.fold(0, |bits, (term, _)| bits | term.words)
    }
}

/// Words that stand side by side, read in each language: a chunk that has one of the readings has the phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// Terms, each with its place; none is empty.
    pub readings: Vec<Vec<(usize, String)>>,
}

/// What BM25 needs to know of a shelf for one question. Statistics of several shelves add up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WordStatistics {
    /// How many chunks there are.
    pub chunks: u64,
    /// How many tokens each field has: `all`, `title`.
    pub tokens: [u64; 2],
    /// In how many chunks each term of the question is, by field; as long as `WordQuery::terms`.
    pub frequency: Vec<[u64; 2]>,
}

impl WordStatistics {
    /// Adds the statistics of another shelf for the same question.
    pub fn add(&mut self, other: &Self) {
        self.chunks += other.chunks;
        for field in 0..2 {
            self.tokens[field] += other.tokens[field];
        }
        self.frequency.resize(self.frequency.len().max(other.frequency.len()), [0; 2]);
        for (sum, more) in self.frequency.iter_mut().zip(&other.frequency) {
            sum[0] += more[0];
            sum[1] += more[1];
        }
    }
}

/// Which terms of the dictionary are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Near<'a> {
    /// Terms that begin so.
    Beginning(&'a str),
    /// Terms with the same first letter that as many changes make of this one: a letter more, less, other, or two
    /// neighbours swapped (Levenshtein, with transpositions).
    Spelled {
        /// The term.
        term: &'a str,
        /// 1 or 2.
        changes: u8,
    },
}

/// Says which chunks may be candidates.
#[derive(Clone, Copy, Default)]
pub struct Filter<'a> {
    /// Says of a document whether its chunks may. Asked once for each document a leg meets.
    pub documents: Option<&'a (dyn Fn(DocumentNo) -> bool + Sync)>,
    /// Says it of single chunks.
    pub chunks: Option<&'a ChunkFilter>,
}

impl<'a> Filter<'a> {
    /// A filter of whole documents.
    #[must_use]
    pub fn documents(documents: &'a (dyn Fn(DocumentNo) -> bool + Sync)) -> Self {
        Self { documents: Some(documents), chunks: None }
    }
}

impl std::fmt::Debug for Filter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filter").field("chunks", &self.chunks).finish_non_exhaustive()
    }
}

/// Says of single chunks whether they may be candidates: what phrases and exclusions leave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChunkFilter {
    /// Only these, ascending; all when none.
    only: Option<Vec<ChunkNo>>,
    /// None of these, ascending.
    without: Vec<ChunkNo>,
}

impl ChunkFilter {
    /// Lets only these chunks pass, of those that passed before. They ascend.
    pub fn keep(&mut self, chunks: Vec<ChunkNo>) {
        match &mut self.only {
            None => self.only = Some(chunks),
            Some(only) => only.retain(|chunk| chunks.binary_search(chunk).is_ok()),
        }
    }

    /// Lets none of these chunks pass. They ascend.
    pub fn leave_out(&mut self, chunks: &[ChunkNo]) {
        self.without.extend_from_slice(chunks);
        self.without.sort_unstable();
        self.without.dedup();
    }

    /// Whether a chunk may be a candidate.
    #[must_use]
    pub fn passes(&self, chunk: ChunkNo) -> bool {
        self.only.as_ref().is_none_or(|only| only.binary_search(&chunk).is_ok())
            && self.without.binary_search(&chunk).is_err()
    }
}
