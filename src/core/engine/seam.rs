//! The seam between our retrieval and whatever finds candidates.

use std::fmt;
use std::sync::Arc;

use crate::corpus::{DocumentId, Record};
use crate::embed::{Embedder, PieceStatistics};

use super::{Catalogue, Filter, Near, Phrase, WordQuery, WordStatistics};

/// Numbers one version of one document inside an engine. A changed document gets a new number; none is used twice.
pub type DocumentNo = u32;

/// Names a chunk inside an engine: which document version, which of its chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkNo {
    /// The document version.
    pub document: DocumentNo,
    /// Index into `Record::chunks`.
    pub chunk: u32,
}

/// A document on its way into an engine.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What is known of it.
    pub record: Arc<Record>,
    /// Its visible text; the chunks' spans point into it.
    pub text: String,
    /// The plain text of each chunk's body, without Markdown: what is indexed and embedded behind title and path.
    pub plain: Vec<String>,
}

/// Changes that become visible together.
#[derive(Debug, Default)]
pub struct Batch {
    /// Documents to drop.
    pub removed: Vec<DocumentId>,
    /// Documents to add, or to put in the place of the version that is there.
    pub upserted: Vec<Entry>,
}

/// A chunk that a leg found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The chunk.
    pub chunk: ChunkNo,
    /// BM25 for the lexical leg, cosine for the vector leg.
    pub score: f32,
    /// Whether it has fewer of the question's words than [`WordQuery::least`]; never by the vector leg.
    pub thin: bool,
}

/// A frozen view of one generation.
pub trait Searcher: Send + Sync + fmt::Debug {
    /// The generation's number: one more for each batch that was applied.
    fn generation(&self) -> u64;

    /// The documents.
    fn catalogue(&self) -> &Catalogue;

    /// How many chunks there are.
    fn chunks(&self) -> u64;

    /// The visible text of a document version.
    ///
    /// # Errors
    /// Fails when the stored bytes can't be read or don't match their checksum.
    fn text(&self, document: DocumentNo) -> Result<String, EngineError>;

    /// What BM25 needs to know of this shelf for this question.
    ///
    /// # Errors
    /// Fails when the word index can't be read.
    fn word_statistics(&self, query: &WordQuery) -> Result<WordStatistics, EngineError>;

    /// The best `limit` chunks by BM25 under `statistics`, best first.
    ///
    /// # Errors
    /// Fails when the word index can't be read.
    fn lexical(
        &self,
        query: &WordQuery,
        statistics: &WordStatistics,
        filter: Option<Filter<'_>>,
        limit: usize,
    ) -> Result<Vec<Candidate>, EngineError>;

    /// Which words of the question each of `chunks` has, as bits; as long as `chunks`.
    ///
    /// # Errors
    /// Fails when the word index can't be read.
    fn words_of(&self, query: &WordQuery, chunks: &[ChunkNo]) -> Result<Vec<u64>, EngineError>;

    /// The chunks that have a phrase, ascending.
    ///
    /// # Errors
    /// Fails when the word index can't be read.
    fn holding(&self, phrase: &Phrase) -> Result<Vec<ChunkNo>, EngineError>;

    /// The first [`DICTIONARY_TERMS_MAX`](super::DICTIONARY_TERMS_MAX) terms of live chunks near a word, ascending, each
    /// with how many chunks have it.
    ///
    /// # Errors
    /// Fails when the word index can't be read.
    fn near(&self, near: Near<'_>) -> Result<Vec<(String, u64)>, EngineError>;

    /// What made this shelf's vectors: a question has to be embedded by the same. It may refuse every text, when the
    /// shelf was made by a model that is not at hand any more.
    fn embedder(&self) -> &Arc<dyn Embedder>;

    /// How common each word piece is in this shelf.
    fn piece_statistics(&self) -> &Arc<PieceStatistics>;

    /// The `limit` chunks nearest to `vector` by cosine, best first.
    fn nearest(&self, vector: &[f32], filter: Option<Filter<'_>>, limit: usize) -> Vec<Candidate>;
}

/// Takes batches and makes generations of them. One writer a shelf.
pub trait SearchEngine: Send + fmt::Debug {
    /// Takes a batch in without showing it: it becomes a part of the next generation, with the next `apply`, which
    /// writes over it where both speak of one document. What waits is held
    /// in memory, about a kilobyte a chunk, so a first build does well to apply every 20,000 chunks or so.
    ///
    /// # Errors
    /// Fails like `apply`; everything that was staged since the last generation is dropped then.
    fn stage(&mut self, batch: Batch) -> Result<(), EngineError>;

    /// Applies a batch durably and returns the view of the new generation. After an error the old generation stands.
    ///
    /// # Errors
    /// Fails when the batch can't be made durable or its texts can't be embedded.
    fn apply(&mut self, batch: Batch) -> Result<Arc<dyn Searcher>, EngineError>;

    /// The view of the newest generation.
    fn searcher(&self) -> Arc<dyn Searcher>;
}

/// Why an engine can't do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A file of the index can't be read or written.
    #[error("{path}: index file cannot be {what}")]
    File {
        /// The file or folder.
        path: std::path::PathBuf,
        /// `read`, `written`, `opened` …
        what: &'static str,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// What is stored is not what was written.
    #[error("{path}: index is damaged: {what}")]
    Damaged {
        /// The file or folder.
        path: std::path::PathBuf,
        /// How it was noticed.
        what: String,
    },
    /// What is stored is whole, but was made by another model, analyzer or format.
    #[error("{path}: index was made with {found}, this is {wanted}")]
    Outdated {
        /// The file that says so.
        path: std::path::PathBuf,
        /// What it was made with.
        found: String,
        /// What it would be made with now.
        wanted: String,
    },
    /// The words of the index were made by another analyzer, and another index is being built beside it.
    #[error("words were made by analyzer {analyzer}, and the index of this version is not ready yet")]
    Renewing {
        /// What made the words.
        analyzer: String,
    },
    /// A document version was asked for that is not in this generation.
    #[error("document version {document} is not in this generation")]
    Unknown {
        /// The number.
        document: DocumentNo,
    },
    /// The embedder gave fewer vectors than it was given texts, or one of another length than it says.
    #[error("{id}: embedder gave no vector for a passage")]
    Meaningless {
        /// The document.
        id: DocumentId,
    },
    /// A document can't be written down.
    #[error("{id}: document cannot be stored")]
    Unstorable {
        /// The document.
        id: DocumentId,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The word index failed.
    #[error("word index failed")]
    Words(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The embedder failed.
    #[error("texts cannot be embedded")]
    Embed(#[from] crate::embed::EmbedError),
}
