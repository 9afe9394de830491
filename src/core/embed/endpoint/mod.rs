//! A model behind an OpenAI-compatible `/v1/embeddings` endpoint: Ollama, vLLM, TEI, OpenAI.
//!
//! The wire format is that of <https://platform.openai.com/docs/api-reference/embeddings/create>. Invariants: texts go to
//! the configured address and nowhere else, neither through a redirect nor through a proxy; a key is held in a type that
//! does not print; an answer is used only when it has one finite vector of the right length for each text. A question
//! waits for a second or two at most, and after a failure nobody waits until the endpoint was left alone for a while.

mod address;
mod answer;
mod breaker;
mod call;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use super::{EmbedError, Embedder, Embedding, Kind, ModelId, PieceStatistics};
use address::Address;
use breaker::Breaker;
use call::{Caller, Fault, Urgency};

/// How many texts go in one request at most.
const BATCH_TEXTS: usize = 32;

/// How many bytes of text go in one request at most; a longer text goes alone.
const BATCH_BYTES: usize = 48 << 10;

/// How many requests are under way at once.
const CONCURRENT: usize = 4;

/// How often a batch is sent at most.
const ATTEMPTS_MAX: u32 = 5;

/// The first pause between two attempts; each one after it is twice as long.
const PAUSE_FIRST: Duration = Duration::from_millis(400);

/// The longest pause, whatever `Retry-After` says.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// No new attempt is made after a batch has taken so long.
const BATCH_TIME_MAX: Duration = Duration::from_secs(60);

/// A refused text is cut no shorter than this.
const CUT_BYTES_MIN: usize = 256;

/// What a model is asked for once to learn how long its vectors are.
const PROBE: &str = "cairn";

/// A key. It is sent to the endpoint and shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a key.
    #[must_use]
    pub fn new(key: String) -> Self {
        Self(key)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Lets time pass and draws lots between attempts: from outside, so that a test waits for nothing.
pub trait Patience: Send + Sync + std::fmt::Debug {
    /// Waits.
    fn wait(&self, pause: Duration);

    /// A number from 0 to 1, another each time.
    fn lot(&self) -> f64;
}

/// Where a model is, and how it is asked.
#[derive(Debug, Clone)]
pub struct EndpointOptions {
    /// The address: a server, its `/v1`, or the whole path to `…/embeddings`.
    pub url: String,
    /// The model, as the server calls it.
    pub model: String,
    /// How long vectors should be; asked of the server, for models that can be shortened. None takes them as they come.
    pub dimensions: Option<usize>,
    /// The key, sent as a bearer token.
    pub key: Option<Secret>,
    /// What stands before a question, as the model's card has it.
    pub query_prefix: String,
    /// What stands before a passage.
    pub passage_prefix: String,
}

/// A model behind an endpoint.
#[derive(Debug)]
pub struct Endpoint {
    caller: Caller,
    options: EndpointOptions,
    dimensions: usize,
    id: ModelId,
    breaker: Breaker,
    patience: Arc<dyn Patience>,
}

impl Endpoint {
    /// Makes a model of an endpoint. Its vectors' length is what `dimensions` says, or what a first question shows;
    /// `remembered` is believed only when that question fails.
    ///
    /// # Errors
    /// Fails when the URL can't be used, or nobody knows how long the vectors are.
    pub fn open(
        options: EndpointOptions,
        remembered: impl FnOnce(&str) -> Option<usize>,
        patience: Arc<dyn Patience>,
    ) -> Result<Self, EmbedError> {
        let address = Address::parse(&options.url)?;
        let caller = Caller::new(address, &options);
        let dimensions = match options.dimensions {
            Some(dimensions) => dimensions,
            None => match caller.ask(&[PROBE], None, Urgency::Passages) {
                Ok(vectors) => vectors.first().map_or(0, Vec::len),
                Err(fault) => remembered(&Self::name(&caller, &options)).ok_or_else(|| fault.into_error(&caller))?,
            },
        };
        let id = ModelId::new(&format!("{}/{dimensions}", Self::name(&caller, &options)));
        Ok(Self { caller, options, dimensions, id, breaker: Breaker::default(), patience })
    }

    /// What the model's id begins with, before the number of dimensions: where it is, what it is called, and a digest
    /// of both and of the prefixes.
    fn name(caller: &Caller, options: &EndpointOptions) -> String {
        let mut sha = Sha256::new();
        for part in [caller.address.url(), &options.model, &options.query_prefix, &options.passage_prefix] {
            sha.update((part.len() as u64).to_le_bytes());
            sha.update(part);
        }
        let hex: String = sha.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("{} {}@{hex}", caller.address.url(), options.model)
    }

    /// Embeds texts that are prefixed already, in order. All of them, or an error.
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let batches = batches(texts);
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let done: Mutex<Vec<Option<Vec<Vec<f32>>>>> = Mutex::new(vec![None; batches.len()]);
        let failed: Mutex<Option<Fault>> = Mutex::new(None);
        let work = || {
            while !stop.load(Ordering::Relaxed) {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(batch) = batches.get(at).and_then(|range| texts.get(range.clone())) else { return };
                let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
                match self.batch(&batch, &stop) {
                    Ok(vectors) => done.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(vectors),
                    Err(fault) => {
                        stop.store(true, Ordering::Relaxed);
                        failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..CONCURRENT.min(batches.len()) {
                scope.spawn(work);
            }
            work();
        });
        if let Some(fault) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(fault.into_error(&self.caller));
        }
        let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(done.into_iter().flatten().flatten().collect())
    }

    /// Embeds one batch. A refused batch is halved, and a refused text is cut, until what is too long is found: models
    /// take texts of very different lengths, and many say so only by refusing.
    fn batch(&self, texts: &[&str], stop: &AtomicBool) -> Result<Vec<Vec<f32>>, Fault> {
        match (self.insist(texts, stop), texts) {
            (Err(Fault::Refused { status: 400 | 413 | 422, .. }), [_, _, ..]) => {
                let (left, right) = texts.split_at(texts.len() / 2);
                let mut vectors = self.batch(left, stop)?;
                vectors.extend(self.batch(right, stop)?);
                Ok(vectors)
            }
            (Err(Fault::Refused { status: 400 | 413 | 422, .. }), [text]) if text.len() > CUT_BYTES_MIN => {
                let end = (0..=text.len() / 2).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
                self.batch(&[text.get(..end).unwrap_or_default()], stop)
            }
            (result, _) => result,
        }
    }

    /// Sends one batch until it is answered, with pauses that grow and that `Retry-After` may lengthen.
    fn insist(&self, texts: &[&str], stop: &AtomicBool) -> Result<Vec<Vec<f32>>, Fault> {
        let (began, mut pause) = (Instant::now(), PAUSE_FIRST);
        for attempt in 1.. {
            match self.caller.ask(texts, Some(self.dimensions), Urgency::Passages) {
                Err(Fault::Passing { what, retry_after })
                    if attempt < ATTEMPTS_MAX && began.elapsed() < BATCH_TIME_MAX && !stop.load(Ordering::Relaxed) =>
                {
                    // Half of the pause is by lot, so that several senders don't come back all at once.
                    let wait = pause.mul_f64(0.5 + self.patience.lot() / 2.0);
                    let wait = retry_after.map_or(wait, |after| after.max(wait)).min(PAUSE_MAX);
                    tracing::debug!(
                        embed.url = self.caller.address.url(),
                        embed.attempt = attempt,
                        embed.error = what,
                        embed.wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                        "embedder did not answer, trying again"
                    );
                    self.patience.wait(wait);
                    pause = (pause * 2).min(PAUSE_MAX);
                }
                result => return result,
            }
        }
        Ok(Vec::new())
    }

    fn prefixed(prefix: &str, text: &str) -> String {
        // Some servers refuse an empty text.
        if prefix.is_empty() && text.trim().is_empty() { " -".to_owned() } else { format!("{prefix}{text}") }
    }
}

impl Embedder for Endpoint {
    fn model(&self) -> &ModelId {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn kind(&self) -> Kind {
        Kind::Sentence
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn passages(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        self.breaker.enter(self.caller.address.url())?;
        let texts: Vec<String> = texts.iter().map(|text| Self::prefixed(&self.options.passage_prefix, text)).collect();
        let vectors = self.breaker.heed(self.embed(&texts))?;
        Ok(vectors.into_iter().map(|vector| Embedding { vector, pieces: Vec::new() }).collect())
    }

    fn query(&self, text: &str, _: &PieceStatistics) -> Result<Vec<f32>, EmbedError> {
        self.breaker.enter(self.caller.address.url())?;
        let text = Self::prefixed(&self.options.query_prefix, text);
        let answer = self.caller.ask(&[&text], Some(self.dimensions), Urgency::Question);
        let mut vectors = self.breaker.heed(answer.map_err(|fault| fault.into_error(&self.caller)))?;
        vectors.pop().ok_or_else(|| EmbedError::Answer {
            url: self.caller.address.url().to_owned(),
            what: "it has no vector".to_owned(),
        })
    }
}

/// Cuts a list of texts into batches, in order.
fn batches(texts: &[String]) -> Vec<std::ops::Range<usize>> {
    let (mut all, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, text) in texts.iter().enumerate() {
        if at > start && (at - start == BATCH_TEXTS || bytes + text.len() > BATCH_BYTES) {
            all.push(start..at);
            (start, bytes) = (at, 0);
        }
        bytes += text.len();
    }
    if start < texts.len() {
        all.push(start..texts.len());
    }
    all
}
