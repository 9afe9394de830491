//! Documents, an embedder and questions for tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;

use crate::corpus::{DocumentId, Record};
use crate::embed::{EmbedError, Embedder, Embedding, ModelId, PieceStatistics};
use crate::engine::{
    Analyzer, Batch, Candidate, EmbeddedEngine, EngineOptions, Entry, SearchEngine, Searcher, WordStatistics,
};

pub(super) const WORDS: [&str; 16] = [
    "deploy", "review", "incident", "owner", "running", "rollback", "the", "ledger", "shelf", "steward", "release",
    "quality", "budget", "agents", "context", "playbook",
];

/// A model that hangs a vector on each word, and counts what it was asked.
#[derive(Debug)]
pub(super) struct WordEmbedder {
    model: ModelId,
    pub(super) asked: AtomicUsize,
    pub(super) refuses: AtomicBool,
}

pub(super) const DIMENSIONS: usize = 8;

impl WordEmbedder {
    pub(super) fn new(model: &str) -> Arc<Self> {
        Arc::new(Self { model: ModelId::new(model), asked: AtomicUsize::new(0), refuses: AtomicBool::new(false) })
    }

    pub(super) fn vector(text: &str) -> Vec<f32> {
        let mut vector = vec![0.0; DIMENSIONS];
        for word in text.split_whitespace() {
            let hash = xxhash_rust::xxh3::xxh3_64(word.as_bytes()).to_le_bytes();
            vector.iter_mut().zip(hash).for_each(|(sum, byte)| *sum += f32::from(byte) - 127.5);
        }
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|x| *x /= length.max(f32::MIN_POSITIVE));
        vector
    }
}

impl Embedder for WordEmbedder {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn passages(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(EmbedError::Malformed { model: "words".to_owned(), what: "refuses".to_owned() });
        }
        self.asked.fetch_add(texts.len(), Ordering::SeqCst);
        let embed = |text: &&str| {
            let mut pieces: Vec<u16> = text.split_whitespace().map(piece).collect();
            pieces.sort_unstable();
            pieces.dedup();
            Embedding { vector: Self::vector(text), pieces }
        };
        Ok(texts.iter().map(embed).collect())
    }

    fn query(&self, text: &str, _: &PieceStatistics) -> Result<Vec<f32>, EmbedError> {
        Ok(Self::vector(text))
    }
}

fn piece(word: &str) -> u16 {
    let [low, high, ..] = xxhash_rust::xxh3::xxh3_64(word.as_bytes()).to_le_bytes();
    u16::from_le_bytes([low, high]) % 500
}

pub(super) fn id(name: &str) -> DocumentId {
    DocumentId::parse(&format!("playbook/{name}")).unwrap()
}

/// A document with a section and a chunk for each body.
pub(super) fn entry(name: &str, title: &str, bodies: &[&str]) -> Entry {
    let zeros = vec![0_u8; 32];
    let (mut text, mut sections, mut chunks) = (String::new(), Vec::new(), Vec::new());
    for (number, body) in bodies.iter().enumerate() {
        let start = text.len();
        text.push_str(&format!("## Part {number}\n\n"));
        let from = text.len();
        text.push_str(body);
        chunks.push(json!({"section": number, "span": {"start": from, "end": text.len()},
            "lines": {"first": 1, "last": 2}, "sha256": zeros, "gist": 0}));
        text.push('\n');
        sections.push(json!({"level": 2, "title": format!("Part {number}"), "anchor": "", "parent": null, "line": 1,
            "span": {"start": start, "end": text.len()}, "body": from}));
    }
    let record: Record = serde_json::from_value(json!({
        "id": format!("playbook/{name}"), "path": format!("{name}.md"), "visibility": "public", "sha256": zeros,
        "size_bytes": text.len(), "modified_ns": 0, "title": title,
        "meta": {"kind": "page", "description": null, "owner": null, "owner_inferred": false, "status": null, "tags": [], "date": null,
            "updated": null, "verified": [], "review_every": null, "stale_after": null, "supersedes": [],
            "superseded_by": [], "sources": [], "aliases": [], "language": null, "other": {}},
        "sections": sections, "chunks": chunks, "links": [], "synonyms": [], "findings": [], "anchors": [], "git_blob": null,
    }))
    .unwrap();
    Entry { record: Arc::new(record), text, plain: bodies.iter().map(|body| (*body).to_owned()).collect() }
}

pub(super) fn upsert(entries: Vec<Entry>) -> Batch {
    Batch { removed: Vec::new(), upserted: entries }
}

pub(super) fn removal(names: &[&str]) -> Batch {
    Batch { removed: names.iter().map(|name| id(name)).collect(), upserted: Vec::new() }
}

pub(super) fn options() -> EngineOptions {
    EngineOptions { index_memory_bytes: 15_000_000, dead_bytes_min: 2_000, ..EngineOptions::default() }
}

pub(super) fn open(shelf: &Path) -> EmbeddedEngine {
    EmbeddedEngine::open(shelf, WordEmbedder::new("words@1"), options()).unwrap()
}

/// A chunk by names that mean the same in every engine.
pub(super) type Name = (DocumentId, u32);

fn named(searcher: &dyn Searcher, found: Vec<Candidate>) -> BTreeMap<Name, f32> {
    let name = |candidate: Candidate| {
        let record = searcher.catalogue().record(candidate.chunk.document).unwrap();
        ((record.id.clone(), candidate.chunk.chunk), candidate.score)
    };
    found.into_iter().map(name).collect()
}

/// The statistics of several shelves for one question.
pub(super) fn summed(searchers: &[&dyn Searcher], question: &str) -> WordStatistics {
    let query = Analyzer::english().query(question);
    let mut sum = WordStatistics::default();
    searchers.iter().for_each(|searcher| sum.add(&searcher.word_statistics(&query).unwrap()));
    sum
}

/// Everything shelves answer to one question, together.
pub(super) fn words_of(searchers: &[&dyn Searcher], question: &str) -> BTreeMap<Name, f32> {
    let query = Analyzer::english().query(question);
    let statistics = summed(searchers, question);
    let answer =
        |searcher: &&dyn Searcher| named(*searcher, searcher.lexical(&query, &statistics, None, 1000).unwrap());
    searchers.iter().flat_map(answer).collect()
}

pub(super) fn vectors_of(searchers: &[&dyn Searcher], question: &str) -> BTreeMap<Name, f32> {
    let vector = WordEmbedder::vector(question);
    searchers.iter().flat_map(|searcher| named(*searcher, searcher.nearest(&vector, None, 1000))).collect()
}

pub(super) fn assert_same(left: &BTreeMap<Name, f32>, right: &BTreeMap<Name, f32>, what: &str) {
    assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>(), "{what}");
    for (name, score) in left {
        assert!((score - right[name]).abs() <= 1e-5, "{what}: {name:?}: {score} and {}", right[name]);
    }
}

/// Two sets of shelves answer the same, and know the same.
pub(super) fn assert_equal_answers(left: &[&dyn Searcher], right: &[&dyn Searcher]) {
    for question in ["deploy", "review of the incident", "running agents agents", "the", "budget quality ledger"] {
        assert_eq!(summed(left, question), summed(right, question), "{question}");
        assert_same(&words_of(left, question), &words_of(right, question), question);
        assert_same(&vectors_of(left, question), &vectors_of(right, question), question);
    }
    let pieces = |searchers: &[&dyn Searcher]| {
        let mut frequency = vec![0; 500];
        for statistics in searchers.iter().map(|searcher| searcher.piece_statistics()) {
            frequency.iter_mut().zip(&statistics.frequency).for_each(|(sum, more)| *sum += more);
        }
        (searchers.iter().map(|searcher| searcher.piece_statistics().chunks).sum::<u64>(), frequency)
    };
    assert_eq!(pieces(left), pieces(right));
}

/// Whatever the searcher knows is consistent with itself, and its texts can be read.
pub(super) fn assert_whole(searcher: &dyn Searcher) {
    let mut chunks = 0;
    for (number, record) in searcher.catalogue().iter() {
        assert_eq!(searcher.catalogue().number(&record.id), Some(number));
        assert!(searcher.text(number).unwrap().contains("## Part"));
        chunks += record.chunks.len() as u64;
    }
    assert_eq!(searcher.chunks(), chunks);
    assert_eq!(vectors_of(&[searcher], "deploy").len() as u64, chunks);
    assert_eq!(searcher.piece_statistics().chunks, chunks);
    assert_eq!(summed(&[searcher], "part").frequency[0][0], chunks);
    assert_eq!(words_of(&[searcher], "part").len() as u64, chunks);
}

/// A fresh engine that holds these documents, built at once.
pub(super) fn fresh(shelf: &Path, entries: impl IntoIterator<Item = Entry>) -> EmbeddedEngine {
    let mut engine = open(shelf);
    engine.apply(upsert(entries.into_iter().collect())).unwrap();
    engine
}
