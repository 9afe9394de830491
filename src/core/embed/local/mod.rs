//! A BERT-family sentence model from a folder, run in this process by candle on all cores.
//!
//! Everything comes from the model's own files: weights, tokenizer, pooling, prefixes, the longest text. A file that is
//! missing or of another kind is named when the model is opened; after that only a failure of the arithmetic itself is
//! left. Texts are run in batches of like length and of a bounded number of tokens, so memory is bounded whatever is
//! embedded: about 100 MB a thread for a model of MiniLM's size.

mod bert;
mod folder;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use tokenizers::Tokenizer;

use super::{EmbedError, Embedder, Embedding, Kind, ModelId, PieceStatistics, normalise};
use bert::Bert;
use folder::Folder;

/// How many tokens a batch has at most, padding included.
const BATCH_TOKENS: usize = 4_096;

/// How many texts a batch has at most.
const BATCH_TEXTS: usize = 64;

/// A sentence model from a folder.
pub struct LocalModel {
    bert: Bert,
    tokenizer: Tokenizer,
    id: ModelId,
    query_prefix: String,
    passage_prefix: String,
    threads: usize,
}

impl std::fmt::Debug for LocalModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalModel").field("id", &self.id).finish_non_exhaustive()
    }
}

impl LocalModel {
    /// Reads a folder as sentence-transformers writes it. Prefixes that are given win over the model's own.
    ///
    /// # Errors
    /// Names the file that is missing, or is of a kind that can't be run.
    pub fn open(folder: &Path, query_prefix: Option<&str>, passage_prefix: Option<&str>) -> Result<Self, EmbedError> {
        let mut folder = Folder::read(folder)?;
        if let Some(prefix) = query_prefix {
            prefix.clone_into(&mut folder.query_prefix);
        }
        if let Some(prefix) = passage_prefix {
            prefix.clone_into(&mut folder.passage_prefix);
        }
        let tokenizer = folder.tokenizer()?;
        let (weights, digest) = folder.weights()?;
        let bert = Bert::new(&folder.config, folder.pooling, weights).map_err(|error| EmbedError::Folder {
            path: folder.path.join("model.safetensors"),
            what: format!("does not hold the weights of the model in config.json: {error}"),
        })?;
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        let id = folder.id(&digest);
        let Folder { query_prefix, passage_prefix, .. } = folder;
        Ok(Self { bert, tokenizer, id, query_prefix, passage_prefix, threads })
    }

    fn embed(&self, prefix: &str, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let prefixed: Vec<String> = texts.iter().map(|text| format!("{prefix}{text}")).collect();
        let encoded = self.tokenizer.encode_batch(prefixed, true).map_err(|source| self.failed(source))?;
        let ids: Vec<Vec<u32>> = encoded.iter().map(|encoding| encoding.get_ids().to_vec()).collect();
        let batches = batches(&ids);
        let next = AtomicUsize::new(0);
        let vectors: Mutex<Vec<Vec<f32>>> = Mutex::new(vec![Vec::new(); ids.len()]);
        let failed: Mutex<Option<candle_core::Error>> = Mutex::new(None);
        let work = || {
            while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                let texts: Vec<&[u32]> = batch.iter().map(|&at| ids[at].as_slice()).collect();
                match self.bert.forward(&texts) {
                    Ok(found) => {
                        let mut vectors = vectors.lock().unwrap_or_else(PoisonError::into_inner);
                        for (&at, mut vector) in batch.iter().zip(found) {
                            normalise(&mut vector);
                            vectors[at] = vector;
                        }
                    }
                    Err(error) => {
                        failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                        return;
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.threads.min(batches.len()) {
                scope.spawn(work);
            }
            work();
        });
        match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(self.failed(Box::new(error))),
            None => Ok(vectors.into_inner().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    fn failed(&self, source: Box<dyn std::error::Error + Send + Sync>) -> EmbedError {
        EmbedError::Failed { model: self.id.as_str().to_owned(), source }
    }
}

impl Embedder for LocalModel {
    fn model(&self) -> &ModelId {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.bert.dimensions()
    }

    fn kind(&self) -> Kind {
        Kind::Sentence
    }

    fn passages(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        let vectors = self.embed(&self.passage_prefix, texts)?;
        Ok(vectors.into_iter().map(|vector| Embedding { vector, pieces: Vec::new() }).collect())
    }

    fn query(&self, text: &str, _: &PieceStatistics) -> Result<Vec<f32>, EmbedError> {
        let mut vectors = self.embed(&self.query_prefix, &[text])?;
        Ok(vectors.pop().unwrap_or_else(|| vec![0.0; self.dimensions()]))
    }
}

/// Puts texts of like length together: the places of each batch.
fn batches(ids: &[Vec<u32>]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..ids.len()).collect();
    // The longest first, so that no thread is left with a long one at the end.
    order.sort_by_key(|&at| std::cmp::Reverse(ids[at].len()));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut longest = 0;
    for at in order {
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH_TEXTS && (batch.len() + 1) * longest <= BATCH_TOKENS => batch.push(at),
            _ => {
                longest = ids[at].len();
                batches.push(vec![at]);
            }
        }
    }
    batches
}
