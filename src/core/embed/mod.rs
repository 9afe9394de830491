//! Turns text into vectors: the [`Embedder`] seam, the built-in static model, models in a folder, and endpoints.
//!
//! Vectors are L2-normalised `f32`. The model's id is part of an index's identity: another model, another index. Texts
//! leave the process through [`Endpoint`] alone, which says so of itself.

mod absent;
mod endpoint;
mod letters;
#[cfg(feature = "local-models")]
mod local;
mod pieces;
mod static_model;
mod table;
mod vocabulary;

use std::path::PathBuf;
use std::sync::Arc;

pub use absent::Absent;
pub use endpoint::{Endpoint, EndpointOptions, Patience, Secret};
#[cfg(feature = "local-models")]
pub use local::LocalModel;
pub use static_model::StaticModel;

/// Names a model and its exact weights. Two embedders with equal ids give equal vectors.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelId(Arc<str>);

impl ModelId {
    /// Takes `name@first-16-hex-digits` of the SHA-256 of all that makes the vectors what they are.
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

/// What a model's nearness is worth beside words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A table of word pieces: it knows words, not sentences.
    Table,
    /// A transformer that reads whole sentences.
    Sentence,
}

/// Turns text into vectors.
pub trait Embedder: Send + Sync + std::fmt::Debug {
    /// The model's id.
    fn model(&self) -> &ModelId;

    /// How many numbers a vector has.
    fn dimensions(&self) -> usize;

    /// What kind of model it is.
    fn kind(&self) -> Kind {
        Kind::Table
    }

    /// Whether texts leave this process to be embedded.
    fn is_remote(&self) -> bool {
        false
    }

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

/// Makes a vector's length 1; leaves zeros alone.
fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|number| *number /= length);
    }
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
    /// A file of a model's folder is missing or of another kind.
    #[error("{path}: {what}")]
    Folder {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
    /// An endpoint's URL can't be used.
    #[error("[embedder] url {url:?}: {what}")]
    Url {
        /// The URL, without what could be secret.
        url: String,
        /// What is wrong, and what to do.
        what: &'static str,
    },
    /// An endpoint can't be reached, or says that it can't answer now.
    #[error("embedder {url}: {what}")]
    Unreachable {
        /// The endpoint.
        url: String,
        /// What happened.
        what: String,
    },
    /// An endpoint won't have what it was sent.
    #[error("embedder {url}: refused with status {status}: {what}")]
    Refused {
        /// The endpoint.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What it said, cut.
        what: String,
    },
    /// An endpoint's answer is none to what it was asked.
    #[error("embedder {url}: its answer cannot be used: {what}")]
    Answer {
        /// The endpoint.
        url: String,
        /// What is wrong with it.
        what: String,
    },
    /// An endpoint failed a moment ago and is left alone.
    #[error("embedder {url}: failed a moment ago and is asked again in {seconds} s")]
    Resting {
        /// The endpoint.
        url: String,
        /// How long it still rests.
        seconds: u64,
    },
    /// Vectors of a model that this process does not have.
    #[error("model {model}: is not at hand any more")]
    Absent {
        /// The model's id.
        model: String,
    },
    /// The model failed on a text.
    #[error("model {model}: failed")]
    Failed {
        /// The model's id.
        model: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
