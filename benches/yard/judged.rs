//! The yardsticks of `quality`: the given sections of a judged folder with bare tantivy, with SQLite's FTS5, and with the
//! engine alone.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use cairn::access::{CollectionName, Visibility};
use cairn::corpus::{Draft, SourceFile, SourcePath};
use cairn::embed::{Embedder, StaticModel};
use cairn::engine::{Analyzer, Batch, EmbeddedEngine, EngineOptions, Entry, SearchEngine as _, Searcher};
use serde::{Deserialize, Serialize};
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};
use tantivy::schema::{STORED, Value as _};
use tantivy::tokenizer::{Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer};
use tantivy::{Index, IndexReader, TantivyDocument, Term};

/// How many sections a yardstick finds at most: as many as a leg.
const DEPTH: usize = 100;

/// A section as `corpus.jsonl` gives it.
#[derive(Deserialize, Serialize)]
pub(crate) struct Section {
    #[serde(rename(deserialize = "_id"))]
    id: String,
    title: String,
    text: String,
    #[serde(default)]
    file: Option<String>,
    #[serde(default)]
    path: Vec<String>,
}

impl Section {
    /// What judgements call it.
    fn name(&self) -> &str {
        self.file.as_deref().unwrap_or(&self.id)
    }

    /// Title, headings and text.
    pub(crate) fn all(&self) -> String {
        let below = self.path.iter().filter(|heading| **heading != self.title).map(String::as_str);
        let parts = std::iter::once(self.title.as_str()).chain(below).chain([self.text.as_str()]);
        parts.collect::<Vec<_>>().join(". ")
    }
}

/// The sections of a folder, in their order.
pub(crate) fn sections(folder: &Path) -> Vec<Section> {
    let text = std::fs::read_to_string(folder.join("corpus.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Scored sections as names, each with its best place, without those that are excluded.
pub(crate) fn ranking<'a>(
    found: impl IntoIterator<Item = usize>,
    sections: &'a [Section],
    excluded: &[String],
) -> Vec<&'a str> {
    let mut names = Vec::new();
    for at in found {
        let name = sections[at].name();
        if !excluded.iter().any(|other| other == name) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// BM25 of tantivy over `all` and half a `title`, the words of a question without stop words.
pub(crate) struct Words {
    reader: IndexReader,
    fields: [Field; 3],
    analyzer: Analyzer,
}

impl Words {
    pub(crate) fn new(sections: &[Section], folder: &Path) -> Self {
        let mut builder = Schema::builder();
        let indexing = TextFieldIndexing::default().set_tokenizer("yard");
        let text = TextOptions::default().set_indexing_options(indexing.set_index_option(IndexRecordOption::WithFreqs));
        let (all, title) = (builder.add_text_field("all", text.clone()), builder.add_text_field("title", text));
        let number = builder.add_u64_field("number", NumericOptions::from(FAST | STORED));
        let index = Index::create_in_dir(folder, builder.build()).unwrap();
        let tokens = TextAnalyzer::builder(SimpleTokenizer::default()).filter(RemoveLongFilter::limit(100));
        let tokens = tokens.filter(LowerCaser).filter(Stemmer::new(Language::English)).build();
        index.tokenizers().register("yard", tokens);
        let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, 50_000_000).unwrap();
        for (at, section) in (0_u64..).zip(sections) {
            let mut document = TantivyDocument::default();
            document.add_text(all, section.all());
            document.add_text(title, &section.title);
            document.add_u64(number, at);
            writer.add_document(document).unwrap();
        }
        writer.commit().unwrap();
        writer.wait_merging_threads().unwrap();
        Self { reader: index.reader().unwrap(), fields: [all, title, number], analyzer: Analyzer::english() }
    }

    /// The best sections for a question, by number.
    pub(crate) fn best(&self, question: &str) -> Vec<usize> {
        let [all, title, number] = self.fields;
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for word in self.analyzer.query(question).terms {
            for (field, boost) in [(all, 1.0), (title, 0.5)] {
                let term = Term::from_field_text(field, &word.text);
                let clause = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
                clauses.push((Occur::Should, Box::new(BoostQuery::new(clause, boost * word.boost))));
            }
        }
        let searcher = self.reader.searcher();
        let best = searcher.search(&BooleanQuery::new(clauses), &TopDocs::with_limit(DEPTH).order_by_score()).unwrap();
        let found = best.into_iter().map(|(score, address)| {
            let document: TantivyDocument = searcher.doc(address).unwrap();
            (document.get_first(number).and_then(|value| value.as_u64()).unwrap(), score)
        });
        found.map(|(at, _)| usize::try_from(at).unwrap()).collect()
    }
}

/// The best sections for each question by SQLite's FTS5; `None` where there is no Python that has it.
pub(crate) fn fts5(sections: &[Section], questions: &[&str]) -> Option<Vec<Vec<usize>>> {
    let folder = tempfile::tempdir().unwrap();
    let (rows, asked) = (folder.path().join("sections.jsonl"), folder.path().join("questions.json"));
    let lines: Vec<String> = sections.iter().map(|section| serde_json::to_string(section).unwrap()).collect();
    std::fs::write(&rows, lines.join("\n")).unwrap();
    std::fs::write(&asked, serde_json::to_vec(questions).unwrap()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/fts5_ranks.py");
    let ended = Command::new("python3").args([&script, &rows, &asked]).output().ok()?;
    serde_json::from_slice(&ended.stdout).ok()
}

/// The sections in an engine, and nothing above it.
pub(crate) struct Engine {
    searcher: Arc<dyn Searcher>,
    embedder: Arc<dyn Embedder>,
    /// Whether a graph answers, and not the scan.
    pub(crate) has_graph: bool,
    _folder: tempfile::TempDir,
}

impl Engine {
    pub(crate) fn new(sections: &[Section], options: EngineOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let embedder: Arc<dyn Embedder> = Arc::new(StaticModel::new().unwrap());
        let mut engine = EmbeddedEngine::open(&folder.path().join("shelf"), Arc::clone(&embedder), options).unwrap();
        let upserted = sections.iter().enumerate().map(|(at, section)| {
            let file = SourceFile {
                collection: CollectionName::parse("yard").unwrap(),
                path: SourcePath::new(&format!("{at}.md")),
                bytes: format!("# {}\n\n{}\n", section.title, section.text).into_bytes(),
                modified_ns: 0,
            };
            let (record, body) = Draft::parse(file).classify(Visibility::Public).into_parts();
            Entry { record, text: body.text, plain: body.plain }
        });
        engine.apply(Batch { removed: Vec::new(), upserted: upserted.collect() }).unwrap();
        let has_graph = engine.finish_graph().unwrap();
        Self { searcher: engine.searcher(), embedder, has_graph, _folder: folder }
    }

    /// The sections nearest to a question, by number.
    pub(crate) fn nearest(&self, question: &str) -> Vec<usize> {
        let vector = self.embedder.query(question, self.searcher.piece_statistics()).unwrap();
        let found = self.searcher.nearest(&vector, None, DEPTH);
        let number = |document| {
            let record = self.searcher.catalogue().record(document).unwrap();
            record.id.path().parse().unwrap()
        };
        found.into_iter().map(|candidate| number(candidate.chunk.document)).collect()
    }
}
