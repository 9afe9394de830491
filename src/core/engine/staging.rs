//! What is on its way into the next generation.
//!
//! Frames are in the log and chunks in the word index's writer, both uncommitted; what memory will hold waits here. So
//! whatever fails before the commit can be dropped, and nothing after the commit can fail.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::embedded::Parts;
use super::log::Place;
use super::state::State;
use super::stored::{Key, Meaning, Pieces, StoredDocument, add_path, indexed_text, key};
use super::vectors::Encoded;
use super::words::count_words;
use super::{Batch, ChunkNo, DocumentNo, EngineError, Entry};
use crate::corpus::{DocumentId, Record};

/// How many chunks are embedded at once, at least, while there are as many.
const EMBED_TOGETHER: usize = 256;

/// A document version that becomes visible.
#[derive(Debug)]
pub(super) struct Added {
    pub(super) record: Arc<Record>,
    pub(super) place: Place,
    pub(super) tokens: [u64; 2],
    pub(super) chunks: Vec<(Key, Arc<Meaning>)>,
}

/// A document version that goes.
#[derive(Debug)]
pub(super) struct Gone {
    pub(super) number: DocumentNo,
    pub(super) tokens: [u64; 2],
    pub(super) chunks: Vec<(Key, Pieces)>,
}

/// What is on its way into the next generation.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) added: BTreeMap<DocumentNo, Added>,
    pub(super) gone: Vec<Gone>,
    /// What the next generation says of an id; none when it has it no more.
    numbers: HashMap<DocumentId, Option<DocumentNo>>,
    /// Texts that need no embedding: those that are added, and those of versions that go.
    meanings: HashMap<Key, Arc<Meaning>>,
    /// Texts that the model could not be asked about while the documents at hand are taken in.
    owed: HashMap<Key, Arc<Meaning>>,
}

/// A document whose chunks wait for their meanings.
struct Prepared {
    entry: Entry,
    texts: Vec<String>,
    keys: Vec<Key>,
}

impl Pending {
    /// Takes a batch in: writes its frames, embeds what is new, hands its words over.
    pub(super) fn take(&mut self, batch: Batch, state: &mut State, parts: &mut Parts) -> Result<(), EngineError> {
        for id in &batch.removed {
            self.remove(id, state, parts)?;
        }
        let mut together = Vec::new();
        let mut chunks = 0;
        for entry in batch.upserted {
            chunks += entry.record.chunks.len();
            together.push(prepare(entry));
            if chunks >= EMBED_TOGETHER {
                self.upsert(std::mem::take(&mut together), state, parts)?;
                chunks = 0;
            }
        }
        self.upsert(together, state, parts)
    }

    fn remove(&mut self, id: &DocumentId, state: &State, parts: &mut Parts) -> Result<(), EngineError> {
        let number = match self.numbers.get(id) {
            Some(number) => *number,
            None => state.catalogue.number(id),
        };
        let Some(number) = number else { return Ok(()) };
        if self.added.remove(&number).is_none() {
            let stored = state.stored(number, parts)?;
            let mut chunks = Vec::with_capacity(stored.chunks.len());
            for (key, meaning) in stored.chunks {
                chunks.push((key, meaning.pieces.clone()));
                if !meaning.is_owed() {
                    self.meanings.insert(key, meaning);
                }
            }
            self.gone.push(Gone { number, tokens: stored.tokens, chunks });
        }
        parts.log.remove(number)?;
        parts.words.remove(number);
        self.numbers.insert(id.clone(), None);
        Ok(())
    }

    fn upsert(&mut self, together: Vec<Prepared>, state: &mut State, parts: &mut Parts) -> Result<(), EngineError> {
        // What is replaced goes first, so that its meanings are at hand.
        for prepared in &together {
            self.remove(&prepared.entry.record.id, state, parts)?;
        }
        self.embed(&together, state, parts)?;
        for prepared in together {
            // One document twice in a batch: the later one stands.
            self.remove(&prepared.entry.record.id, state, parts)?;
            self.add(prepared, state, parts)?;
        }
        self.owed.clear();
        Ok(())
    }

    /// Sees to it that the meaning of every text is at hand. When the embedder fails, the meanings are owed: the words
    /// are searchable at once, and whoever looks after the shelf asks again later.
    fn embed(&mut self, together: &[Prepared], state: &State, parts: &mut Parts) -> Result<(), EngineError> {
        let mut missing: Vec<(Key, &str)> = Vec::new();
        let mut asked = std::collections::HashSet::new();
        for (key, text) in together.iter().flat_map(|prepared| prepared.keys.iter().zip(&prepared.texts)) {
            if self.meanings.contains_key(key) || !asked.insert(*key) {
                continue;
            }
            match state.meaning(key, parts)? {
                Some(meaning) => drop(self.meanings.insert(*key, meaning)),
                None => missing.push((*key, text)),
            }
        }
        for some in missing.chunks(EMBED_TOGETHER) {
            let texts: Vec<&str> = some.iter().map(|(_, text)| *text).collect();
            let embeddings = match parts.embedder.passages(&texts) {
                Ok(embeddings) => embeddings,
                Err(error) if parts.whole => return Err(error.into()),
                Err(error) => {
                    tracing::warn!(embed.error = %error, embed.texts = missing.len(), "texts cannot be embedded now, they are indexed by words and embedded later");
                    let owed = Arc::new(Meaning::owed(parts.embedder.dimensions()));
                    for (key, _) in missing.iter().filter(|(key, _)| !self.meanings.contains_key(key)) {
                        self.owed.insert(*key, Arc::clone(&owed));
                    }
                    return Ok(());
                }
            };
            for ((key, _), embedding) in some.iter().zip(embeddings) {
                if embedding.vector.len() != parts.embedder.dimensions() {
                    continue;
                }
                let vector = Encoded::new(&embedding.vector);
                let meaning = Meaning { vector, pieces: Pieces::pack(&embedding.pieces) };
                self.meanings.insert(*key, Arc::new(meaning));
            }
        }
        Ok(())
    }

    fn add(&mut self, prepared: Prepared, state: &mut State, parts: &mut Parts) -> Result<(), EngineError> {
        let Prepared { entry, mut texts, keys } = prepared;
        let record = entry.record;
        if let Some(first) = texts.first_mut() {
            add_path(&record, first);
        }
        let missing = || EngineError::Meaningless { id: record.id.clone() };
        let mut chunks = Vec::with_capacity(keys.len());
        for key in keys {
            let meaning = self.meanings.get(&key).or_else(|| self.owed.get(&key));
            chunks.push((key, Arc::clone(meaning.ok_or_else(missing)?)));
        }
        let tokens =
            [texts.iter().map(|text| count_words(text)).sum(), count_words(&record.title) * texts.len() as u64];
        let number = state.next_number(&parts.epoch)?;
        let stored = StoredDocument { record, tokens, chunks };
        let encoded = stored
            .encode(parts.embedder.dimensions())
            .map_err(|error| EngineError::Unstorable { id: stored.record.id.clone(), source: Box::new(error) })?;
        let place = parts.log.upsert(number, &entry.text, &encoded)?;
        for (chunk, text) in (0..).zip(&texts) {
            parts.words.add(ChunkNo { document: number, chunk }, stored.record.language, &stored.record.title, text)?;
        }
        self.numbers.insert(stored.record.id.clone(), Some(number));
        let StoredDocument { record, tokens, chunks } = stored;
        self.added.insert(number, Added { record, place, tokens, chunks });
        Ok(())
    }

    /// Lets go of what only staging needed.
    pub(super) fn finish(self) -> (BTreeMap<DocumentNo, Added>, Vec<Gone>) {
        (self.added, self.gone)
    }
}

fn prepare(entry: Entry) -> Prepared {
    let plain = |chunk: usize| entry.plain.get(chunk).map_or("", String::as_str);
    let texts: Vec<String> =
        (0..entry.record.chunks.len()).map(|chunk| indexed_text(&entry.record, chunk, plain(chunk))).collect();
    let keys = texts.iter().map(|text| key(text)).collect();
    Prepared { entry, texts, keys }
}
