//! One generation in memory, as the writer has it: what views are frozen from.
//!
//! Everything is counted exactly, up and down, so that a shelf that was changed a thousand times knows the same as one
//! that was built of its last state.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use super::embedded::Parts;
use super::log::{Commit, Contents, LogReader, Place};
use super::staging::Pending;
use super::stored::{Key, Meaning, Pieces, StoredDocument};
use super::vectors::{GraphOptions, VectorStore};
use super::words::WordView;
use super::{Catalogue, ChunkNo, DocumentNo, EngineError};
use crate::corpus::{DocumentId, Record};
use crate::embed::PieceStatistics;

/// One generation in memory.
#[derive(Debug)]
pub(super) struct State {
    pub(super) commit: Commit,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) places: Arc<HashMap<DocumentNo, Place>>,
    pub(super) pieces: Arc<PieceStatistics>,
    pub(super) vectors: VectorStore,
    /// What the live document versions take of the log.
    pub(super) live_bytes: u64,
    /// Document versions with a chunk that the model has yet to be asked about.
    pub(super) owing: BTreeSet<DocumentNo>,
    /// Meanings that other epochs left, until this one serves and has taken what it needs.
    pub(super) salvaged: HashMap<Key, Arc<Meaning>>,
}

impl State {
    /// A generation without documents.
    pub(super) fn empty(commit: Commit, dimensions: usize, graph: GraphOptions) -> Self {
        Self {
            commit,
            catalogue: Arc::default(),
            places: Arc::default(),
            pieces: Arc::default(),
            vectors: VectorStore::new(dimensions, graph),
            live_bytes: 0,
            owing: BTreeSet::new(),
            salvaged: HashMap::new(),
        }
    }

    /// Takes up what a log holds, and proves that the commit counted the same.
    pub(super) fn load(
        path: &Path,
        log: &LogReader,
        contents: Contents,
        dimensions: usize,
        graph: GraphOptions,
    ) -> Result<Self, EngineError> {
        let damaged = |what: String| EngineError::Damaged { path: path.to_owned(), what };
        let wanted = contents.commit;
        let start = Commit { generation: wanted.generation, next: wanted.next, ..Commit::default() };
        let mut state = Self::empty(start, dimensions, graph);
        let mut places: Vec<(DocumentNo, Place)> = contents.places.into_iter().collect();
        places.sort_unstable_by_key(|(number, _)| *number);
        for (number, place) in places {
            let bytes = log.document(number, place.document)?;
            let stored = StoredDocument::decode(&bytes, dimensions)
                .ok_or_else(|| damaged(format!("document {number} cannot be read")))?;
            state.insert(number, stored.record, place, stored.tokens, stored.chunks);
        }
        if state.commit != wanted || state.catalogue.len() as u64 != wanted.documents {
            return Err(damaged(format!("generation {} does not add up", wanted.generation)));
        }
        Ok(state)
    }

    /// Proves that the word index holds exactly the chunks of the documents.
    pub(super) fn agrees_with(&self, words: &WordView, path: &Path) -> Result<(), EngineError> {
        let mut found = words.live()?;
        found.sort_unstable();
        let mut wanted = Vec::with_capacity(found.len());
        for (document, record) in self.catalogue.iter() {
            wanted.extend((0..).zip(&record.chunks).map(|(chunk, _)| ChunkNo { document, chunk }));
        }
        wanted.sort_unstable();
        if found == wanted {
            return Ok(());
        }
        Err(EngineError::Damaged { path: path.to_owned(), what: "words and documents do not agree".to_owned() })
    }

    /// A number for the next document version.
    pub(super) fn next_number(&mut self, path: &Path) -> Result<DocumentNo, EngineError> {
        let number = self.commit.next;
        let spent = || EngineError::Damaged { path: path.to_owned(), what: "document numbers are spent".to_owned() };
        self.commit.next = number.checked_add(1).ok_or_else(spent)?;
        Ok(number)
    }

    /// A live document version as it is stored.
    pub(super) fn stored(&self, number: DocumentNo, parts: &Parts) -> Result<StoredDocument, EngineError> {
        let place = self.places.get(&number).ok_or(EngineError::Unknown { document: number })?;
        let bytes = parts.log.reader().document(number, place.document)?;
        StoredDocument::decode(&bytes, parts.embedder.dimensions()).ok_or_else(|| EngineError::Damaged {
            path: parts.epoch.clone(),
            what: format!("document {number} cannot be read"),
        })
    }

    /// What a text means, if any live chunk has the same text, or an epoch before this one had.
    pub(super) fn meaning(&self, key: &Key, parts: &Parts) -> Result<Option<Arc<Meaning>>, EngineError> {
        if let Some(meaning) = self.salvaged.get(key) {
            return Ok(Some(Arc::clone(meaning)));
        }
        let owner = self.vectors.find(key).and_then(|slot| self.vectors.owners(slot).first().copied());
        let Some(owner) = owner else { return Ok(None) };
        let stored = self.stored(owner.document, parts)?;
        let chunk = stored.chunks.into_iter().nth(owner.chunk as usize);
        Ok(chunk.filter(|(found, _)| found == key).map(|(_, meaning)| meaning))
    }

    /// Documents with a chunk that the model has yet to be asked about.
    pub(super) fn owing(&self) -> impl Iterator<Item = DocumentId> {
        self.owing.iter().filter_map(|number| self.catalogue.record(*number)).map(|record| record.id.clone())
    }

    /// What the next generation counts.
    pub(super) fn counted(&self, pending: &Pending) -> Commit {
        let mut commit = self.commit;
        commit.generation += 1;
        for added in pending.added.values() {
            commit.add(&added.chunks, added.tokens);
        }
        for gone in &pending.gone {
            commit.subtract(gone.chunks.len(), gone.tokens);
        }
        commit
    }

    /// Becomes the next generation. Nothing here can fail: everything was read and made durable before.
    pub(super) fn advance(&mut self, pending: Pending) {
        self.commit.generation += 1;
        let (added, gone) = pending.finish();
        for gone in gone {
            self.remove(gone.number, gone.tokens, &gone.chunks);
        }
        for (number, added) in added {
            self.insert(number, added.record, added.place, added.tokens, added.chunks);
        }
        self.vectors.compact_when_due();
    }

    fn insert(
        &mut self,
        number: DocumentNo,
        record: Arc<Record>,
        place: Place,
        tokens: [u64; 2],
        chunks: Vec<(Key, Arc<Meaning>)>,
    ) {
        self.commit.add(&chunks, tokens);
        self.live_bytes += place.size_bytes();
        Arc::make_mut(&mut self.catalogue).insert(number, record);
        Arc::make_mut(&mut self.places).insert(number, place);
        let pieces = Arc::make_mut(&mut self.pieces);
        for (chunk, (key, meaning)) in (0..).zip(chunks) {
            count(pieces, &meaning.pieces);
            if meaning.is_owed() {
                self.owing.insert(number);
                continue;
            }
            self.vectors.insert_encoded(key, &meaning.vector, ChunkNo { document: number, chunk });
        }
    }

    fn remove(&mut self, number: DocumentNo, tokens: [u64; 2], chunks: &[(Key, Pieces)]) {
        self.commit.subtract(chunks.len(), tokens);
        self.owing.remove(&number);
        Arc::make_mut(&mut self.catalogue).remove(number);
        if let Some(place) = Arc::make_mut(&mut self.places).remove(&number) {
            self.live_bytes -= place.size_bytes();
        }
        let statistics = Arc::make_mut(&mut self.pieces);
        for (chunk, (key, pieces)) in (0..).zip(chunks) {
            discount(statistics, pieces);
            if let Some(slot) = self.vectors.find(key) {
                self.vectors.remove_owner(slot, ChunkNo { document: number, chunk });
            }
        }
    }
}

impl Commit {
    fn add(&mut self, chunks: &[(Key, Arc<Meaning>)], tokens: [u64; 2]) {
        self.documents += 1;
        self.chunks += chunks.len() as u64;
        self.tokens[0] += tokens[0];
        self.tokens[1] += tokens[1];
    }

    fn subtract(&mut self, chunks: usize, tokens: [u64; 2]) {
        self.documents -= 1;
        self.chunks -= chunks as u64;
        self.tokens[0] -= tokens[0];
        self.tokens[1] -= tokens[1];
    }
}

fn count(statistics: &mut PieceStatistics, pieces: &Pieces) {
    statistics.chunks += 1;
    for piece in pieces.iter().map(usize::from) {
        if statistics.frequency.len() <= piece {
            statistics.frequency.resize(piece + 1, 0);
        }
        statistics.frequency[piece] += 1;
    }
}

fn discount(statistics: &mut PieceStatistics, pieces: &Pieces) {
    statistics.chunks -= 1;
    for piece in pieces.iter().map(usize::from) {
        if let Some(frequency) = statistics.frequency.get_mut(piece) {
            *frequency = frequency.saturating_sub(1);
        }
    }
    while statistics.frequency.last() == Some(&0) {
        statistics.frequency.pop();
    }
}
