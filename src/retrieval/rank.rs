//! Ranks the chunks of several shelves as if they were one.

use std::sync::Arc;

use crate::embed::{EmbedError, Embedder, PieceStatistics};
use crate::engine::{Analyzer, Candidate, ChunkNo, DocumentNo, EngineError, Searcher, WordQuery, WordStatistics};

use super::fusion::{Fusion, Legs, fuse};
use super::{Expansion, Filters, QueryText};

/// Why a question could not be ranked.
#[derive(Debug, thiserror::Error)]
pub enum RankError {
    /// A shelf's index failed.
    #[error("index failed")]
    Engine(#[from] EngineError),
}

/// A chunk in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Which of the shelves that were searched.
    pub shelf: usize,
    /// The chunk.
    pub chunk: ChunkNo,
    /// The fused score, 0 to 1.
    pub score: f32,
    /// What each leg said.
    pub legs: Legs,
}

/// A ranked list, best first.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// The chunks.
    pub hits: Vec<Ranked>,
    /// The words that were looked for.
    pub words: WordQuery,
    /// What was looked for beside them.
    pub expansions: Vec<Expansion>,
    /// Whether the vector leg could not be asked; the ranking is then by words alone.
    pub without_vectors: bool,
}

/// Ranks; holds what all shelves share.
#[derive(Debug, Clone)]
pub struct Ranker {
    analyzer: Arc<Analyzer>,
    embedder: Arc<dyn Embedder>,
    fusion: Fusion,
}

/// A candidate's name across shelves. Ties are broken by document id and place, so that the order does not depend on
/// how documents are spread over shelves.
#[derive(Clone, Copy)]
struct Key<'a> {
    id: &'a str,
    shelf: usize,
    chunk: ChunkNo,
}

impl Ranker {
    /// Takes what all shelves share.
    #[must_use]
    pub fn new(analyzer: Arc<Analyzer>, embedder: Arc<dyn Embedder>, fusion: Fusion) -> Self {
        Self { analyzer, embedder, fusion }
    }

    /// The analyzer, for snippets.
    #[must_use]
    pub fn analyzer(&self) -> &Analyzer {
        &self.analyzer
    }

    /// The embedder's id, for the ledger.
    #[must_use]
    pub fn model(&self) -> &str {
        self.embedder.model().as_str()
    }

    /// How the legs are fused.
    #[must_use]
    pub fn fusion(&self) -> Fusion {
        self.fusion
    }

    /// Ranks the chunks of `shelves` for a question.
    ///
    /// # Errors
    /// Fails when a shelf's word index can't be read. A failing embedder leaves the lexical leg.
    pub fn rank(
        &self,
        shelves: &[Arc<dyn Searcher>],
        text: &QueryText,
        filters: &Filters,
    ) -> Result<Ranking, RankError> {
        let words = self.analyzer.query(text.as_str());
        let lexical = self.lexical(shelves, &words, filters)?;
        let (vector, without_vectors) = match self.embed(shelves, text) {
            Ok(vector) => (self.vector(shelves, &vector, filters), false),
            Err(error) => {
                tracing::warn!(embed.error = %error, "question cannot be embedded, ranking by words alone");
                (Vec::new(), true)
            }
        };
        let hits = fuse(&lexical, &vector, self.fusion)
            .into_iter()
            .map(|(key, score, legs)| Ranked { shelf: key.shelf, chunk: key.chunk, score, legs })
            .collect();
        Ok(Ranking { hits, words, expansions: Vec::new(), without_vectors })
    }

    fn lexical<'a>(
        &self,
        shelves: &'a [Arc<dyn Searcher>],
        words: &WordQuery,
        filters: &Filters,
    ) -> Result<Vec<(Key<'a>, f32)>, RankError> {
        let mut statistics = WordStatistics::default();
        for shelf in shelves {
            statistics.add(&shelf.word_statistics(words)?);
        }
        let mut found = Vec::new();
        for (index, shelf) in shelves.iter().enumerate() {
            let pass = |document: DocumentNo| passes(shelf.as_ref(), filters, document);
            let filter = (!filters.is_empty()).then_some(&pass as crate::engine::Filter<'_>);
            let candidates = shelf.lexical(words, &statistics, filter, self.fusion.depth)?;
            found.extend(keyed(index, shelf.as_ref(), &candidates));
        }
        Ok(self.best(found))
    }

    fn embed(&self, shelves: &[Arc<dyn Searcher>], text: &QueryText) -> Result<Vec<f32>, EmbedError> {
        // One shelf is the common case and is asked without a copy of its table.
        if let [shelf] = shelves {
            return self.embedder.query(text.as_str(), shelf.piece_statistics());
        }
        let mut sum = PieceStatistics::default();
        for shelf in shelves {
            let more = shelf.piece_statistics();
            sum.chunks += more.chunks;
            sum.frequency.resize(sum.frequency.len().max(more.frequency.len()), 0);
            for (sum, more) in sum.frequency.iter_mut().zip(&more.frequency) {
                *sum += more;
            }
        }
        self.embedder.query(text.as_str(), &sum)
    }

    fn vector<'a>(&self, shelves: &'a [Arc<dyn Searcher>], vector: &[f32], filters: &Filters) -> Vec<(Key<'a>, f32)> {
        let mut found = Vec::new();
        for (index, shelf) in shelves.iter().enumerate() {
            let pass = |document: DocumentNo| passes(shelf.as_ref(), filters, document);
            let filter = (!filters.is_empty()).then_some(&pass as crate::engine::Filter<'_>);
            let candidates = shelf.nearest(vector, filter, self.fusion.depth);
            found.extend(keyed(index, shelf.as_ref(), &candidates));
        }
        self.best(found)
    }

    fn best<'a>(&self, mut found: Vec<(Key<'a>, f32)>) -> Vec<(Key<'a>, f32)> {
        found.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        found.truncate(self.fusion.depth);
        found
    }
}

fn passes(shelf: &dyn Searcher, filters: &Filters, document: DocumentNo) -> bool {
    shelf.catalogue().record(document).is_some_and(|record| filters.pass(record))
}

fn keyed<'a>(index: usize, shelf: &'a dyn Searcher, candidates: &[Candidate]) -> Vec<(Key<'a>, f32)> {
    let catalogue = shelf.catalogue();
    // A candidate whose document is not in the catalogue belongs to no generation and is dropped.
    candidates
        .iter()
        .filter_map(|candidate| {
            let record = catalogue.record(candidate.chunk.document)?;
            Some((Key { id: record.id.as_str(), shelf: index, chunk: candidate.chunk }, candidate.score))
        })
        .collect()
}

impl Key<'_> {
    fn place(&self) -> (&str, u32) {
        (self.id, self.chunk.chunk)
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.shelf, self.chunk) == (other.shelf, other.chunk)
    }
}

impl Eq for Key<'_> {}

impl std::hash::Hash for Key<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.shelf, self.chunk).hash(state);
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.place().cmp(&other.place()).then_with(|| (self.shelf, self.chunk).cmp(&(other.shelf, other.chunk)))
    }
}
