//! The words of a shelf: a tantivy index of its chunks.
//!
//! Invariants: nothing is stored but postings and two numbers a chunk (document version, chunk); user text never meets
//! tantivy's query parser, which aborts the process on deep nesting; statistics are exact over the live chunks, so that
//! shelves merge as one index would rank; a commit's payload is the generation it made, and its rename of `meta.json` is
//! the moment from which that generation exists.

mod analyzer;
mod cut;
mod dictionary;
mod membership;
mod script;
mod search;
mod stems;
mod stop;
mod tokens;

use std::path::{Path, PathBuf};

use tantivy::directory::error::OpenReadError;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::store::Compressor;
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError, Term};

pub use analyzer::{Analyzer, MAX_TERMS, MAX_WORDS};
pub(in crate::engine) use cut::count_words;
pub use dictionary::DICTIONARY_TERMS_MAX;
pub(super) use search::WordView;

use super::{ChunkNo, EngineError, EngineOptions};
use crate::corpus::Language;

const ANALYZER: &str = "cairn";

/// How much of a segment may be dead before it is written anew.
const DEAD_RATIO_MAX: f32 = 0.3;

/// How many segments of a size stand beside each other before they are merged.
const SEGMENTS_A_LEVEL: usize = 6;

/// The fields, by their place in the schema.
#[derive(Debug, Clone, Copy)]
struct Fields {
    all: Field,
    title: Field,
    document: Field,
    chunk: Field,
}

/// The word index of a shelf, with its one writer.
pub(super) struct WordIndex {
    path: PathBuf,
    writer: IndexWriter,
    reader: IndexReader,
    fields: Fields,
    threads: usize,
    memory_bytes: usize,
    /// Whether the writer could not even be rolled back; then it is made anew.
    broken: bool,
}

impl std::fmt::Debug for WordIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WordIndex").field("path", &self.path).finish_non_exhaustive()
    }
}

impl WordIndex {
    /// Makes an empty index in an empty folder; its generation is `generation`.
    pub(super) fn create(path: &Path, generation: u64, options: &EngineOptions) -> Result<Self, EngineError> {
        let settings = IndexSettings {
            // Nothing is stored, so there is nothing to compress.
            docstore_compression: Compressor::None,
            docstore_compress_dedicated_thread: false,
            ..IndexSettings::default()
        };
        let index = Index::builder().schema(schema().0).settings(settings).create_in_dir(path).map_err(words_failed)?;
        let mut words = Self::over(&index, path, options).map_err(words_failed)?;
        words.commit(generation)?;
        Ok(words)
    }

    /// Opens an index after proving every file's checksum; gives the generation it stands at, too.
    pub(super) fn open(path: &Path, options: &EngineOptions) -> Result<(Self, u64), EngineError> {
        let damaged = |what: String| EngineError::Damaged { path: path.to_owned(), what };
        let failed = |error: TantivyError| match blame(&error) {
            Blame::Files => damaged(error.to_string()),
            Blame::Circumstances => words_failed(error),
        };
        let index = Index::open_in_dir(path).map_err(failed)?;
        if index.schema() != schema().0 {
            return Err(damaged("its fields are not ours".to_owned()));
        }
        let broken = index.validate_checksum().map_err(failed)?;
        if let Some(file) = broken.iter().next() {
            return Err(damaged(format!("{} does not match its checksum", file.display())));
        }
        let generation = payload(&index).map_err(failed)?;
        let generation = generation.ok_or_else(|| damaged("it does not say its generation".to_owned()))?;
        Ok((Self::over(&index, path, options).map_err(failed)?, generation))
    }

    fn over(index: &Index, path: &Path, options: &EngineOptions) -> tantivy::Result<Self> {
        let fields = schema().1;
        index.tokenizers().register(ANALYZER, TextAnalyzer::from(tokens::Terms::new()));
        let threads = options.index_threads.max(1);
        let memory_bytes = options.index_memory_bytes.clamp(15_000_000, 1_000_000_000);
        let writer = writer(index, threads, memory_bytes)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let words = Self { path: path.to_owned(), writer, reader, fields, threads, memory_bytes, broken: false };
        words.set_merge_policy();
        Ok(words)
    }

    fn set_merge_policy(&self) {
        let mut policy = LogMergePolicy::default();
        policy.set_min_num_segments(SEGMENTS_A_LEVEL);
        policy.set_del_docs_ratio_before_merge(DEAD_RATIO_MAX);
        self.writer.set_merge_policy(Box::new(policy));
    }

    /// Adds a chunk of a document in `language`; `all` is the text that is indexed as a whole.
    pub(super) fn add(&self, chunk: ChunkNo, language: Language, title: &str, all: &str) -> Result<(), EngineError> {
        let mut document = TantivyDocument::default();
        document.add_text(self.fields.all, tokens::marked(all, language));
        document.add_text(self.fields.title, tokens::marked(title, language));
        document.add_u64(self.fields.document, u64::from(chunk.document));
        document.add_u64(self.fields.chunk, u64::from(chunk.chunk));
        self.writer.add_document(document).map(|_| ()).map_err(words_failed)
    }

    /// Removes every chunk of a document version.
    pub(super) fn remove(&self, document: u32) {
        self.writer.delete_term(Term::from_field_u64(self.fields.document, u64::from(document)));
    }

    /// Makes durable what was added and removed, as `generation`.
    pub(super) fn commit(&mut self, generation: u64) -> Result<(), EngineError> {
        let mut prepared = self.writer.prepare_commit().map_err(words_failed)?;
        prepared.set_payload(&generation.to_string());
        let Err(error) = prepared.commit() else { return Ok(()) };
        // The rename of meta.json may have happened before the error; then the generation exists.
        match payload(self.writer.index()) {
            Ok(Some(found)) if found == generation => Ok(()),
            _ => Err(words_failed(error)),
        }
    }

    /// Drops what was added and removed since the last commit.
    pub(super) fn rollback(&mut self) -> Result<(), EngineError> {
        // tantivy's writer gives its lock away before it makes its successor, and panics at a second try without one.
        let result = if self.broken {
            writer(self.reader.searcher().index(), self.threads, self.memory_bytes).map(|writer| self.writer = writer)
        } else {
            self.writer.rollback().map(|_| ())
        };
        self.broken = result.is_err();
        self.set_merge_policy();
        result.map_err(words_failed)
    }

    /// Waits for merges that are under way, and starts no more. For tests and for closing.
    pub(super) fn settle(self) -> Result<(), EngineError> {
        self.writer.wait_merging_threads().map_err(words_failed)
    }

    /// Freezes what was committed last; `chunks` and `tokens` count its live chunks and their words by field.
    pub(super) fn view(&self, chunks: u64, tokens: [u64; 2]) -> Result<WordView, EngineError> {
        self.reader.reload().map_err(words_failed)?;
        Ok(WordView::new(self.reader.searcher(), self.fields, chunks, tokens))
    }
}

fn writer(index: &Index, threads: usize, memory_bytes: usize) -> tantivy::Result<IndexWriter> {
    index.writer_with_options(
        IndexWriterOptions::builder()
            .num_worker_threads(threads)
            .memory_budget_per_thread(memory_bytes)
            .num_merge_threads(1)
            .build(),
    )
}

/// Whether stored files are wrong, or something else that may pass.
enum Blame {
    Files,
    Circumstances,
}

/// Finds out what an error on opening says of the files: a lock that is held or a limit that is reached says nothing.
fn blame(error: &TantivyError) -> Blame {
    use std::io::ErrorKind::{InvalidData, NotFound, UnexpectedEof};
    let broken = |error: &std::io::Error| matches!(error.kind(), InvalidData | NotFound | UnexpectedEof);
    let files = match error {
        TantivyError::LockFailure(..)
        | TantivyError::OpenWriteError(_)
        | TantivyError::ErrorInThread(_)
        | TantivyError::SystemError(_) => false,
        TantivyError::IoError(error) => broken(error),
        TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. }) => broken(io_error),
        _ => true,
    };
    if files { Blame::Files } else { Blame::Circumstances }
}

fn payload(index: &Index) -> tantivy::Result<Option<u64>> {
    Ok(index.load_metas()?.payload.and_then(|payload| payload.parse().ok()))
}

/// Wraps tantivy's error; above the seam nobody knows tantivy.
fn words_failed(error: TantivyError) -> EngineError {
    EngineError::Words(Box::new(error))
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let text = |record| {
        let indexing = TextFieldIndexing::default().set_tokenizer(ANALYZER).set_index_option(record);
        TextOptions::default().set_indexing_options(indexing)
    };
    let all = builder.add_text_field("all", text(IndexRecordOption::WithFreqsAndPositions));
    let title = builder.add_text_field("title", text(IndexRecordOption::WithFreqs));
    let document = builder.add_u64_field("document", NumericOptions::from(INDEXED | FAST));
    let chunk = builder.add_u64_field("chunk", NumericOptions::from(FAST));
    (builder.build(), Fields { all, title, document, chunk })
}
