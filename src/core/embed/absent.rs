//! A model whose vectors are still on disk while it can't be asked: an index of another embedder serves by words.

use super::{EmbedError, Embedder, Embedding, ModelId, PieceStatistics};

/// Stands for a model that this process does not have. It refuses every text.
#[derive(Debug)]
pub struct Absent {
    model: ModelId,
    dimensions: usize,
}

impl Absent {
    /// Stands for the model with this id.
    #[must_use]
    pub fn new(model: ModelId, dimensions: usize) -> Self {
        Self { model, dimensions }
    }

    fn error(&self) -> EmbedError {
        EmbedError::Absent { model: self.model.as_str().to_owned() }
    }
}

impl Embedder for Absent {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn passages(&self, _: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        Err(self.error())
    }

    fn query(&self, _: &str, _: &PieceStatistics) -> Result<Vec<f32>, EmbedError> {
        Err(self.error())
    }
}
