//! The bare yardstick: tantivy's fifty best, a scan of int8 vectors, a sum of both, JSON. Nothing else.
//!
//! No generations, no citations, no ledger, no budgets, no privacy: what is left when everything Cairn is for is taken
//! away. The same tokens, the same model and the same number of passages in an answer.

use std::path::Path;
use std::sync::Arc;

use cairn::embed::{Embedder, PieceStatistics};
use serde_json::json;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions, Value as _,
};
use tantivy::tokenizer::{Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer};
use tantivy::{Index, IndexReader, TantivyDocument, Term};

use super::corpus::Passage;

const CANDIDATES: usize = 50;
const SERVED: usize = 6;

/// The fields of the word index.
struct Fields {
    all: Field,
    title: Field,
    document: Field,
    chunk: Field,
}

fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(100))
        .filter(LowerCaser)
        .filter(Stemmer::new(Language::English))
        .build()
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let text = |record| {
        let indexing = TextFieldIndexing::default().set_tokenizer("yard").set_index_option(record);
        TextOptions::default().set_indexing_options(indexing)
    };
    let all = builder.add_text_field("all", text(IndexRecordOption::WithFreqsAndPositions));
    let title = builder.add_text_field("title", text(IndexRecordOption::WithFreqs));
    let document = builder.add_u64_field("document", NumericOptions::from(INDEXED | FAST));
    let chunk = builder.add_u64_field("chunk", NumericOptions::from(FAST | tantivy::schema::STORED));
    (builder.build(), Fields { all, title, document, chunk })
}

/// Builds a tantivy index of the passages: one thread, one commit, merges waited for.
pub(crate) fn build(passages: &[Passage], folder: &Path) -> Index {
    let (schema, fields) = schema();
    let index = Index::create_in_dir(folder, schema).unwrap();
    index.tokenizers().register("yard", analyzer());
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, 50_000_000).unwrap();
    for (at, passage) in (0_u64..).zip(passages) {
        let mut document = TantivyDocument::default();
        document.add_text(fields.all, &passage.text);
        document.add_text(fields.title, &passage.title);
        document.add_u64(fields.document, at);
        document.add_u64(fields.chunk, at);
        writer.add_document(document).unwrap();
    }
    writer.commit().unwrap();
    writer.wait_merging_threads().unwrap();
    index
}

/// Words and vectors of a corpus, searched as plainly as can be.
pub(crate) struct Bare {
    passages: Vec<Passage>,
    reader: IndexReader,
    fields: Fields,
    vectors: Vec<i8>,
    embedder: Arc<dyn Embedder>,
    statistics: PieceStatistics,
}

impl Bare {
    pub(crate) fn new(passages: Vec<Passage>, folder: &Path, embedder: Arc<dyn Embedder>) -> Self {
        let index = build(&passages, folder);
        let mut vectors = Vec::new();
        for some in passages.chunks(256) {
            let texts: Vec<&str> = some.iter().map(|passage| passage.text.as_str()).collect();
            for embedding in embedder.passages(&texts).unwrap() {
                vectors.extend(quantised(&embedding.vector));
            }
        }
        Self {
            reader: index.reader().unwrap(),
            fields: schema().1,
            passages,
            vectors,
            embedder,
            statistics: PieceStatistics::default(),
        }
    }

    /// Answers a question with JSON.
    pub(crate) fn answer(&self, question: &str) -> Vec<u8> {
        let mut scores: std::collections::HashMap<usize, f32> = std::collections::HashMap::new();
        let words = self.lexical(question);
        let best = words.first().map_or(1.0, |(_, score)| score.max(f32::MIN_POSITIVE));
        for (at, score) in words {
            *scores.entry(at).or_default() += 0.5 * score / best;
        }
        for (at, score) in self.nearest(question) {
            *scores.entry(at).or_default() += 0.5 * score;
        }
        let mut ranked: Vec<(usize, f32)> = scores.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        let hits = ranked.iter().take(SERVED).filter_map(|(at, score)| {
            let passage = self.passages.get(*at)?;
            Some(json!({"title": passage.title, "passage": passage.text, "score": score}))
        });
        serde_json::to_vec(&json!({"hits": hits.collect::<Vec<_>>()})).unwrap()
    }

    fn lexical(&self, question: &str) -> Vec<(usize, f32)> {
        let mut analyzer = analyzer();
        let mut tokens = analyzer.token_stream(question);
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        while let Some(token) = tokens.next() {
            for field in [self.fields.all, self.fields.title] {
                let term = Term::from_field_text(field, &token.text);
                clauses.push((Occur::Should, Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))));
            }
        }
        let searcher = self.reader.searcher();
        let best =
            searcher.search(&BooleanQuery::new(clauses), &TopDocs::with_limit(CANDIDATES).order_by_score()).unwrap();
        let number = |address| {
            let document: TantivyDocument = searcher.doc(address).unwrap();
            document.get_first(self.fields.chunk).and_then(|value| value.as_u64()).unwrap()
        };
        best.into_iter().map(|(score, address)| (usize::try_from(number(address)).unwrap(), score)).collect()
    }

    fn nearest(&self, question: &str) -> Vec<(usize, f32)> {
        let query = self.embedder.query(question, &self.statistics).unwrap();
        let query: Vec<i8> = quantised(&query).collect();
        let dot = |vector: &[i8]| vector.iter().zip(&query).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>();
        let mut scores: Vec<(i32, usize)> = self.vectors.chunks_exact(query.len()).map(dot).zip(0..).collect();
        let cut = CANDIDATES.min(scores.len().saturating_sub(1));
        scores.select_nth_unstable_by(cut, |a, b| b.cmp(a));
        scores.truncate(CANDIDATES);
        #[expect(clippy::cast_precision_loss, reason = "a dot product of bytes is far below 2^24")]
        let share = |dot: i32| dot as f32 / (127.0 * 127.0);
        scores.into_iter().map(|(dot, at)| (at, share(dot))).collect()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a part of a unit vector is between -1 and 1")]
fn quantised(vector: &[f32]) -> impl Iterator<Item = i8> + '_ {
    vector.iter().map(|part| (part * 127.0).round() as i8)
}
