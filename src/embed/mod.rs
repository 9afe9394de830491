//! Turns text into vectors: the [`Embedder`] seam and the built-in static model.
//!
//! Vectors are L2-normalised `f32`. The model's id is part of an index's identity: another model, another index.

mod letters;
mod pieces;
mod static_model;
mod table;
mod vocabulary;

use std::sync::Arc;

pub use static_model::StaticModel;

/// Names a model and its exact weights. Two embedders with equal ids give equal vectors.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelId(Arc<str>);

impl ModelId {
    /// Takes `name@first-16-hex-digits-of-the-weights'-SHA-256`.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self(Arc::from(id))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text's vector, and the distinct word pieces it was made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// L2-normalised, or all zeros for a text without word pieces.
    pub vector: Vec<f32>,
    /// Distinct word-piece ids, ascending; empty for models that don't weigh pieces.
    pub pieces: Vec<u16>,
}

/// How common each word piece is among the chunks of the shelves that are searched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PieceStatistics {
    /// How many chunks there are.
    pub chunks: u64,
    /// In how many chunks each piece is, by piece id; empty for models that don't weigh pieces.
    pub frequency: Vec<u32>,
}

/// Turns text into vectors.
pub trait Embedder: Send + Sync + std::fmt::Debug {
    /// The model's id.
    fn model(&self) -> &ModelId;

    /// How many numbers a vector has.
    fn dimensions(&self) -> usize;

    /// Embeds passages for the index, in order.
    ///
    /// # Errors
    /// Fails when the model can't answer (a remote one); the built-in one never fails.
    fn passages(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError>;

    /// Embeds a question, weighing its word pieces by how rare they are: idf = ln((chunks + 1) / (frequency + 1)).
    ///
    /// # Errors
    /// Fails when the model can't answer (a remote one); the built-in one never fails.
    fn query(&self, text: &str, statistics: &PieceStatistics) -> Result<Vec<f32>, EmbedError>;
}

/// Why a text has no vector.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The model's file is not what it should be.
    #[error("model {model}: {what}")]
    Malformed {
        /// The model's name.
        model: String,
        /// What is wrong with it.
        what: String,
    },
}
