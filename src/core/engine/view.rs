//! A frozen generation of the embedded engine.
//!
//! Everything it answers from was there when the generation was published: the maps and statistics are shared and never
//! changed, the word index's files stay open, and the log's frames are never written over.

use std::collections::HashMap;
use std::sync::Arc;

use super::log::{LogReader, Place};
use super::vectors::VectorView;
use super::words::WordView;
use super::{
    Candidate, Catalogue, ChunkNo, DocumentNo, EngineError, Filter, Near, Phrase, Searcher, WordQuery, WordStatistics,
};
use crate::embed::{Embedder, PieceStatistics};

/// A frozen generation.
#[derive(Debug)]
pub(super) struct EmbeddedSearcher {
    pub(super) generation: u64,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) chunks: u64,
    pub(super) log: LogReader,
    pub(super) places: Arc<HashMap<DocumentNo, Place>>,
    pub(super) words: WordView,
    pub(super) vectors: VectorView,
    pub(super) pieces: Arc<PieceStatistics>,
    pub(super) embedder: Arc<dyn Embedder>,
    /// What the words were made by, when it is another analyzer than today's: then they can't be asked.
    pub(super) other_words: Option<Arc<str>>,
}

impl EmbeddedSearcher {
    /// Words of another analyzer would be missed, or counted wrong, without anybody noticing.
    fn words(&self) -> Result<&WordView, EngineError> {
        match &self.other_words {
            None => Ok(&self.words),
            Some(analyzer) => Err(EngineError::Renewing { analyzer: analyzer.to_string() }),
        }
    }
}

impl Searcher for EmbeddedSearcher {
    fn generation(&self) -> u64 {
        self.generation
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn chunks(&self) -> u64 {
        self.chunks
    }

    fn text(&self, document: DocumentNo) -> Result<String, EngineError> {
        let place = self.places.get(&document).ok_or(EngineError::Unknown { document })?;
        self.log.text(document, place.text)
    }

    fn word_statistics(&self, query: &WordQuery) -> Result<WordStatistics, EngineError> {
        self.words()?.statistics(query)
    }

    fn lexical(
        &self,
        query: &WordQuery,
        statistics: &WordStatistics,
        filter: Option<Filter<'_>>,
        limit: usize,
    ) -> Result<Vec<Candidate>, EngineError> {
        self.words()?.best(query, statistics, filter, limit)
    }

    fn embedder(&self) -> &Arc<dyn Embedder> {
        &self.embedder
    }

    fn words_of(&self, query: &WordQuery, chunks: &[ChunkNo]) -> Result<Vec<u64>, EngineError> {
        self.words()?.words_of(query, chunks)
    }

    fn holding(&self, phrase: &Phrase) -> Result<Vec<ChunkNo>, EngineError> {
        self.words()?.holding(phrase)
    }

    fn near(&self, near: Near<'_>) -> Result<Vec<(String, u64)>, EngineError> {
        self.words()?.near(near)
    }

    fn piece_statistics(&self) -> &Arc<PieceStatistics> {
        &self.pieces
    }

    fn nearest(&self, vector: &[f32], filter: Option<Filter<'_>>, limit: usize) -> Vec<Candidate> {
        self.vectors.nearest(vector, filter, limit)
    }
}
