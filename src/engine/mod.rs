//! Finds chunks by words and by nearness: the [`SearchEngine`] seam and its embedded form (tantivy, `hnsw_rs`).
//!
//! The cut is below ranking: an engine gives scored candidates for each leg under statistics it is handed. Fusion,
//! budgets, policy and who may see what are decided above. One engine value a shelf; no scope parameter.

mod seam;
#[expect(dead_code, unused_imports, reason = "the embedded engine takes it up")]
mod vectors;

pub use seam::{
    Batch, Candidate, Catalogue, ChunkNo, DocumentNo, EngineError, Entry, Filter, SearchEngine, Searcher, WordQuery,
    WordStatistics, WordTerm,
};
