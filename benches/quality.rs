//! How good are the answers? Scores the judged collections in `../shared/eval` with the default configuration, holds
//! each figure against its bound, and fails when one is missed.
//!
//! Each set is read both ways: the sections that it gives (`corpus.jsonl`), and its Markdown through Cairn's own reading
//! (`raw/`). Measured by the room `eval`, which asks with the code that answers readers. Beside each figure stand what
//! was measured in the same run with bare tantivy (BM25 over `all` and half a `title`) and with SQLite's FTS5 (where
//! Python has it), over the same given sections, and the reference figures of the collections' own README.
//!
//! `cargo bench --bench quality`; with `CAIRN_BENCH_MODEL=FOLDER` and `--features local-models` a sentence model in place
//! of the built-in one, under the bounds for `MiniLM`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench prints its figures and may stop at bad input"
)]
#![expect(clippy::approx_constant, reason = "a bound of 0.318 has nothing to do with the circle")]

#[path = "yard/judged.rs"]
mod judged;

use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use cairn::access::{Grant, Keyring, Private};
use cairn::embed::{Embedder as _, StaticModel};
use cairn::engine::EngineOptions;
use cairn::eval::{Beir, Bench, Kind, Measure, Rows, Set, mean};
use cairn::library::Means;
use cairn::retrieval::Fusion;

#[global_allocator]
static ALLOCATOR: cairn::cli::Allocator = cairn::cli::Allocator;

const NDCG: Measure = Measure { kind: Kind::Ndcg, at: 10 };
const MRR: Measure = Measure { kind: Kind::Mrr, at: 10 };
const RECALL: Measure = Measure { kind: Kind::Recall, at: 5 };

/// What differs by less is noise.
const NOISE: f64 = 0.005;

/// What the graph over vectors may lose against the exact scan.
const GRAPH_LOSS_MAX: f64 = 0.002;

/// The bounds of a set, its aim, and the reference figures: words, meaning, both.
struct Bound {
    set: &'static str,
    measure: Measure,
    lexical: f64,
    hybrid: f64,
    aim: f64,
    reference: [f64; 3],
    /// For link texts, how often the file must be among the first five.
    recall: Option<f64>,
}

const fn bound(set: &'static str, measure: Measure, bounds: [f64; 3], reference: [f64; 3]) -> Bound {
    let [lexical, hybrid, aim] = bounds;
    Bound { set, measure, lexical, hybrid, aim, reference, recall: None }
}

const BOUNDS: [Bound; 5] = [
    bound("anthropicdocs", NDCG, [0.745, 0.790, 0.82], [0.751, 0.598, 0.802]),
    Bound { recall: Some(0.93), ..bound("docs-playbook anchor", MRR, [0.850, 0.865, 0.880], [0.856, 0.791, 0.868]) },
    bound("docs-playbook context", MRR, [0.415, 0.425, 0.450], [0.421, 0.381, 0.431]),
    Bound { recall: Some(0.76), ..bound("docs-dapr anchor", MRR, [0.635, 0.655, 0.690], [0.641, 0.587, 0.657]) },
    bound("docs-dapr context", MRR, [0.318, 0.338, 0.370], [0.323, 0.317, 0.338]),
];

/// What was missed, as it is printed at the end.
#[derive(Default)]
struct Verdict(Vec<String>);

impl Verdict {
    fn at_least(&mut self, what: &str, value: f64, bound: f64) {
        if value < bound {
            self.0.push(format!("{what}: {value:.4} is below {bound:.4}"));
        }
    }
}

impl Verdict {
    /// Prints what was missed.
    fn end(self) -> ExitCode {
        for missed in &self.0 {
            println!("MISSED {missed}");
        }
        println!("quality: {}", if self.0.is_empty() { "every bound holds" } else { "bounds were missed" });
        if self.0.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// The means of a set, words alone, meaning alone and both.
struct Measured {
    legs: [f64; 3],
    recall: f64,
}

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/eval");
    if !folder.is_dir() {
        println!("quality: no judged collections in ../shared/eval, nothing measured");
        return ExitCode::SUCCESS;
    }
    let scratch = tempfile::tempdir().unwrap();
    let owner = owner(scratch.path());
    let mut verdict = Verdict::default();
    if let Some(folder_of_model) = std::env::var_os("CAIRN_BENCH_MODEL") {
        sentence_model(Path::new(&folder_of_model), &folder, scratch.path(), &mut verdict);
        return verdict.end();
    }
    embedding(&folder, &mut verdict);
    println!(
        "{:<22} {:<6} {:<8} {:>7} {:>7} {:>7} {:>7} {:>7} {:>6} {:>7} {:>7}   reference",
        "set", "read", "measure", "words", "bound", "meaning", "both", "bound", "aim", "tantivy", "FTS5"
    );
    for name in ["anthropicdocs", "docs-playbook", "docs-dapr"] {
        let set = folder.join(name);
        let given = open(&set, Rows::Given, scratch.path());
        let yards = yards(&set, &given.sets);
        let first = measured(&given, &owner, Fusion::default());
        rows("given", &first, &yards, &mut verdict);
        if set.join("raw").is_dir() {
            let second = measured(&open(&set, Rows::Raw, scratch.path()), &owner, Fusion::default());
            rows("raw", &second, &yards, &mut verdict);
            for (name, raw) in &second {
                verdict.at_least(&format!("{name}, raw against given"), raw.legs[2], first[name].legs[2] - NOISE);
            }
        }
        if name == "docs-dapr" {
            graph(&set, &given.sets, &mut verdict);
        }
    }
    verdict.end()
}

/// How many passages of 130 word pieces the built-in model embeds in a second of processor time.
fn embedding(folder: &Path, verdict: &mut Verdict) {
    const PIECES: usize = 130;
    let model = StaticModel::new().unwrap();
    let sections = judged::sections(&folder.join("docs-dapr"));
    // A piece is 4 bytes and a half of such text; what a passage has is counted in what comes back.
    let texts: Vec<String> = sections
        .iter()
        .map(judged::Section::all)
        .filter(|text| text.len() >= PIECES * 5)
        .map(|text| text.chars().take(PIECES * 9 / 2).collect())
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let pieces: usize = model.passages(&texts).unwrap().iter().map(|embedding| embedding.pieces.len()).sum();
    let (started, mut rounds) = (Instant::now(), 0_u32);
    while started.elapsed() < Duration::from_secs(2) {
        std::hint::black_box(model.passages(&texts).unwrap());
        rounds += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "thousands of passages")]
    let a_second = texts.len() as f64 * f64::from(rounds) / started.elapsed().as_secs_f64();
    let distinct = pieces / texts.len();
    println!(
        "static embedding: {a_second:.0} passages a second ({PIECES} pieces, {distinct} of them different), at least 2500\n"
    );
    verdict.at_least("static embedding, passages a second", a_second, 2_500.0);
}

/// The bounds for `MiniLM`, fused as beside any sentence model.
#[cfg(feature = "local-models")]
fn sentence_model(model: &Path, folder: &Path, scratch: &Path, verdict: &mut Verdict) {
    let embedder = cairn::embed::LocalModel::open(model, None, None).unwrap();
    let fused = Fusion::beside(cairn::embed::Kind::Sentence);
    let means = Means::new(Arc::new(embedder), scratch.to_owned());
    let owner = owner(scratch);
    for (name, bounds) in [("anthropicdocs", &[0.81][..]), ("docs-playbook", &[0.860, 0.443])] {
        let beir = Beir::open(&folder.join(name), Rows::Given, &means).unwrap();
        for (set, (name, legs)) in measured(&beir, &owner, fused)
            .into_iter()
            .collect::<std::collections::BTreeMap<_, _>>()
            .into_iter()
            .enumerate()
        {
            let [words, meaning, both] = legs.legs;
            println!(
                "{name:<22} {} words {words:.3} meaning {meaning:.3} both {both:.3}, at least {:.3}",
                bound_of(&name).measure,
                bounds[set]
            );
            verdict.at_least(&format!("{name}, sentence model"), both, bounds[set]);
        }
    }
}

#[cfg(not(feature = "local-models"))]
fn sentence_model(_: &Path, _: &Path, _: &Path, verdict: &mut Verdict) {
    verdict.0.push("CAIRN_BENCH_MODEL: this bench was built without `--features local-models`".to_owned());
}

/// A grant, since the questions' asker could be the owner; in these sets it is always a stranger.
fn owner(folder: &Path) -> Grant<Private> {
    let mut keyring = Keyring::open(&folder.join("tokens.json")).unwrap();
    // Two good tokens have two names.
    let secret = keyring.make_admin(&format!("bench {}", keyring.tokens().len()), 0).unwrap();
    keyring.verify(&secret, 0).unwrap().private().unwrap()
}

fn means(scratch: &Path) -> Means {
    Means::new(Arc::new(StaticModel::new().unwrap()), scratch.to_owned())
}

fn open(folder: &Path, rows: Rows, scratch: &Path) -> Beir {
    Beir::open(folder, rows, &means(scratch)).unwrap()
}

fn measured(beir: &Beir, owner: &Grant<Private>, fused: Fusion) -> HashMap<String, Measured> {
    let weights = [1.0, 0.0, fused.lexical_weight];
    let asides = weights.map(|lexical_weight| beir.aside.with_fusion(Fusion { lexical_weight, ..fused }));
    let (names, measures, stop) = (&beir.names, &[NDCG, MRR, RECALL], &AtomicBool::new(false));
    let set = |set: &Set| {
        let scores =
            asides.each_ref().map(|aside| Bench { aside, owner, names, measures, stop }.score(set, &|| ()).unwrap());
        let measure = bound_of(&set.name).measure;
        let recall = mean(&scores[2].values(RECALL));
        (set.name.clone(), Measured { legs: scores.each_ref().map(|scores| mean(&scores.values(measure))), recall })
    };
    beir.sets.iter().map(set).collect()
}

fn bound_of(set: &str) -> &'static Bound {
    BOUNDS.iter().find(|bound| bound.set == set).unwrap_or_else(|| panic!("{set}: has no bounds"))
}

/// Prints the rows of a folder's sets and holds them against their bounds.
fn rows(
    read: &str,
    sets: &HashMap<String, Measured>,
    yards: &HashMap<String, [Option<f64>; 2]>,
    verdict: &mut Verdict,
) {
    for bound in BOUNDS.iter().filter(|bound| sets.contains_key(bound.set)) {
        let Measured { legs: [words, meaning, both], recall } = sets[bound.set];
        let [tantivy, fts] =
            yards[bound.set].map(|value| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}")));
        let [r_words, r_meaning, r_both] = bound.reference;
        println!(
            "{:<22} {read:<6} {:<8} {words:>7.3} {:>7.3} {meaning:>7.3} {both:>7.3} {:>7.3} {:>6.3} {tantivy:>7} {fts:>7}   {r_words:.3} {r_meaning:.3} {r_both:.3}",
            bound.set,
            bound.measure.to_string(),
            bound.lexical,
            bound.hybrid,
            bound.aim
        );
        let name = format!("{}, {read}", bound.set);
        verdict.at_least(&format!("{name}, words alone"), words, bound.lexical);
        verdict.at_least(&format!("{name}, both"), both, bound.hybrid);
        verdict.at_least(&format!("{name}, both against words alone"), both, words);
        if let Some(least) = bound.recall {
            println!("{:<22} {read:<6} {:<8} {recall:>7.3} {least:>7.3}", bound.set, RECALL.to_string());
            verdict.at_least(&format!("{name}, recall@5"), recall, least);
        }
    }
}

/// The same questions over the given sections with bare tantivy and with FTS5, by set.
fn yards(folder: &Path, sets: &[Set]) -> HashMap<String, [Option<f64>; 2]> {
    let sections = judged::sections(folder);
    let index = tempfile::tempdir().unwrap();
    let bare = judged::Words::new(&sections, index.path());
    let texts: Vec<&str> = sets.iter().flat_map(|set| &set.questions).map(|question| question.text.as_str()).collect();
    let mut fts = judged::fts5(&sections, &texts).map(Vec::into_iter);
    let mut means = HashMap::new();
    for set in sets {
        let measure = bound_of(&set.name).measure;
        let (mut words, mut rows) = (Vec::new(), Vec::new());
        for question in &set.questions {
            let value = |found: Vec<usize>| {
                measure.of(&judged::ranking(found, &sections, &question.exclude), &question.relevant)
            };
            words.push(value(bare.best(&question.text)));
            rows.extend(fts.as_mut().and_then(Iterator::next).map(value));
        }
        means.insert(set.name.clone(), [Some(mean(&words)), fts.as_ref().map(|_| mean(&rows))]);
    }
    means
}

/// What the graph over vectors loses against the exact scan, on the largest set.
fn graph(folder: &Path, sets: &[Set], verdict: &mut Verdict) {
    let sections = judged::sections(folder);
    let exact = judged::Engine::new(&sections, EngineOptions::default());
    let grown = EngineOptions { graph_from_vectors: Some(1), ..EngineOptions::default() };
    let walked = judged::Engine::new(&sections, grown);
    assert!(walked.has_graph && !exact.has_graph, "there is no graph to measure");
    let value = |engine: &judged::Engine| {
        let questions = sets.iter().flat_map(|set| &set.questions);
        let each = questions.map(|question| {
            let ranking = judged::ranking(engine.nearest(&question.text), &sections, &question.exclude);
            MRR.of(&ranking, &question.relevant)
        });
        mean(&each.collect::<Vec<_>>())
    };
    let (exact, walked) = (value(&exact), value(&walked));
    println!("graph over vectors, docs-dapr, {MRR}: {walked:.4}, exact scan {exact:.4}");
    verdict.at_least("graph over vectors against the exact scan", walked, exact - GRAPH_LOSS_MAX);
}
