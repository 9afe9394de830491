//! How good are the answers? Scores the judged collections in `../shared/eval` with the default configuration.
//!
//! Each set is read as Cairn reads a corpus: Markdown files → drafts → chunks → index. Printed for each: words alone,
//! meaning alone and both, beside the reference figures of the collections' own README (a Python implementation of the
//! same legs). Deterministic: no timing, so no yardstick in the same run is needed.
//!
//! `cargo bench --bench quality`

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints its figures and may stop at bad input")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use cairn::access::{CollectionName, Visibility};
use cairn::corpus::{Draft, Source, SourceFile, SourcePath};
use cairn::embed::{Embedder, StaticModel};
use cairn::engine::{Analyzer, Batch, EmbeddedEngine, EngineOptions, Entry, SearchEngine, Searcher};
use cairn::retrieval::{Filters, Fusion, QueryText, Ranker};
use serde::Deserialize;

#[derive(Deserialize)]
struct Question {
    #[serde(rename = "_id")]
    id: String,
    text: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    exclude: Vec<String>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "_id")]
    id: String,
    title: String,
    text: String,
}

/// A collection, indexed; documents go by the names the judgements use.
struct Set {
    searcher: Arc<dyn Searcher>,
    names: HashMap<String, String>,
    questions: Vec<Question>,
    relevant: BTreeMap<String, HashSet<String>>,
}

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/eval");
    if !folder.is_dir() {
        println!("quality: no judged collections in ../shared/eval, nothing measured");
        return;
    }
    println!(
        "{:<28} {:<8} {:>8} {:>8} {:>8}   reference: words, meaning, both",
        "set", "measure", "words", "meaning", "both"
    );
    let set = sections(&folder.join("anthropicdocs"));
    row("anthropicdocs", "nDCG@10", &set, "", [0.751, 0.598, 0.802]);
    for (name, anchor, context) in [
        ("docs-playbook", [0.856, 0.791, 0.868], [0.421, 0.381, 0.431]),
        ("docs-dapr", [0.641, 0.587, 0.657], [0.323, 0.317, 0.338]),
    ] {
        let set = files(&folder.join(name));
        row(&format!("{name} anchor"), "MRR@10", &set, "anchor", anchor);
        row(&format!("{name} context"), "MRR@10", &set, "context", context);
    }
}

fn row(name: &str, measure: &str, set: &Set, kind: &str, reference: [f64; 3]) {
    let scores = [1.0, 0.0, Fusion::default().lexical_weight].map(|lexical_weight| {
        let fusion = Fusion { lexical_weight, ..Fusion::default() };
        let embedder: Arc<dyn Embedder> = Arc::new(StaticModel::new().unwrap());
        let ranker = Ranker::new(Arc::new(Analyzer::english()), embedder, fusion);
        let questions: Vec<&Question> = set.questions.iter().filter(|question| question.kind == kind).collect();
        let sum: f64 = questions.iter().map(|question| score(&ranker, set, question, measure)).sum();
        #[expect(clippy::cast_precision_loss, reason = "a few hundred questions")]
        let count = questions.len() as f64;
        sum / count
    });
    let [words, meaning, both] = scores;
    let [r_words, r_meaning, r_both] = reference;
    println!(
        "{name:<28} {measure:<8} {words:>8.3} {meaning:>8.3} {both:>8.3}   {r_words:.3} {r_meaning:.3} {r_both:.3}"
    );
}

/// One question's nDCG@10 or reciprocal rank at 10; a document's place is that of its best chunk.
fn score(ranker: &Ranker, set: &Set, question: &Question, measure: &str) -> f64 {
    let Some(relevant) = set.relevant.get(&question.id) else { return 0.0 };
    let text = QueryText::parse(&question.text).unwrap();
    let ranking = ranker.rank(&[Arc::clone(&set.searcher)], &[], &text, &Filters::default()).unwrap();
    let mut seen = HashSet::new();
    let documents = ranking.hits.iter().filter_map(|hit| {
        let record = set.searcher.catalogue().record(hit.chunk.document)?;
        let name = set.names.get(record.path.as_str())?;
        (!question.exclude.contains(name) && seen.insert(name.clone())).then_some(name)
    });
    let top: Vec<&String> = documents.take(10).collect();
    if measure == "MRR@10" {
        return top.iter().position(|name| relevant.contains(*name)).map_or(0.0, |at| 1.0 / (at + 1) as f64);
    }
    let gain = |at: usize| 1.0 / ((at + 2) as f64).log2();
    let found: f64 = top.iter().enumerate().filter(|(_, name)| relevant.contains(**name)).map(|(at, _)| gain(at)).sum();
    let ideal: f64 = (0..relevant.len().min(10)).map(gain).sum();
    found / ideal
}

/// A set of Markdown files in `raw/`, judged by file.
fn files(folder: &Path) -> Set {
    let collection = CollectionName::parse("set").unwrap();
    let root = std::fs::canonicalize(folder.join("raw")).unwrap();
    let source = Source::new(collection, root, Visibility::Public);
    let listing = source.list();
    let files = listing.files.iter().map(|file| source.read(&file.path).unwrap());
    let names = listing.files.iter().map(|file| (file.path.to_string(), file.path.to_string())).collect();
    index(files, names, folder)
}

/// A set of sections in `corpus.jsonl`, judged by section: each becomes a file.
fn sections(folder: &Path) -> Set {
    let rows: Vec<Row> = lines(&folder.join("corpus.jsonl"));
    let path = |at: usize| format!("{at}.md");
    let names = rows.iter().enumerate().map(|(at, row)| (path(at), row.id.clone())).collect();
    let files = rows.iter().enumerate().map(|(at, row)| SourceFile {
        collection: CollectionName::parse("set").unwrap(),
        path: SourcePath::new(&path(at)),
        bytes: format!("# {}\n\n{}", row.title, row.text).into_bytes(),
        modified_ns: 0,
    });
    index(files, names, folder)
}

fn index(files: impl Iterator<Item = SourceFile>, names: HashMap<String, String>, folder: &Path) -> Set {
    let data = tempfile::tempdir().unwrap();
    let embedder: Arc<dyn Embedder> = Arc::new(StaticModel::new().unwrap());
    let mut engine = EmbeddedEngine::open(&data.path().join("shelf"), embedder, EngineOptions::default()).unwrap();
    let upserted = files.map(|file| {
        let (record, body) = Draft::parse(file).classify(Visibility::Public).into_parts();
        Entry { record, text: body.text, plain: body.plain }
    });
    let searcher = engine.apply(Batch { removed: Vec::new(), upserted: upserted.collect() }).unwrap();
    let mut relevant: BTreeMap<String, HashSet<String>> = BTreeMap::new();
    for line in std::fs::read_to_string(folder.join("qrels.tsv")).unwrap().lines().skip(1) {
        let mut parts = line.split('\t');
        let (question, name) = (parts.next().unwrap(), parts.next().unwrap());
        relevant.entry(question.to_owned()).or_default().insert(name.to_owned());
    }
    Set { searcher, names, questions: lines(&folder.join("queries.jsonl")), relevant }
}

fn lines<T: for<'a> Deserialize<'a>>(path: &Path) -> Vec<T> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
