//! Finds chunks by words and by nearness: the [`SearchEngine`] seam and its embedded form (tantivy, `hnsw_rs`).
//!
//! The cut is below ranking: an engine gives scored candidates for each leg under statistics it is handed. Fusion,
//! budgets, policy and who may see what are decided above. One engine value a shelf; no scope parameter.

mod catalogue;
mod embedded;
mod epoch;
mod log;
mod seam;
mod staging;
mod state;
mod stored;
#[cfg(test)]
mod tests;
mod vectors;
mod view;
mod words;

pub use catalogue::Catalogue;
pub use embedded::{EmbeddedEngine, EngineOptions};
pub use words::{Analyzer, MAX_TERMS};

pub use seam::{
    Batch, Candidate, ChunkNo, DocumentNo, EngineError, Entry, Filter, SearchEngine, Searcher, WordQuery,
    WordStatistics, WordTerm,
};
