//! Finds chunks by words and by nearness: the [`SearchEngine`] seam and its embedded form (tantivy, `hnsw_rs`).
//!
//! The cut is below ranking: an engine gives scored candidates for each leg under statistics it is handed. Fusion,
//! budgets, policy and who may see what are decided above. One engine value a shelf; no scope parameter.

mod asked;
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

pub use asked::{ChunkFilter, Filter, Near, Phrase, WordQuery, WordStatistics, WordTerm};
pub use catalogue::Catalogue;
pub use embedded::{EmbeddedEngine, EngineOptions};
pub use words::{Analyzer, DICTIONARY_TERMS_MAX, MAX_TERMS, MAX_WORDS};

pub use seam::{Batch, Candidate, ChunkNo, DocumentNo, EngineError, Entry, SearchEngine, Searcher};
