//! BEIR folders: whole ones, and what is said of broken ones.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Beir, Rows};
use crate::access::Keyring;
use crate::embed::StaticModel;
use crate::eval::{Bench, EvalError, Scores};
use crate::library::Means;

const CORPUS: &str = r#"{"_id": "kite.md#0", "file": "kite.md", "title": "Kite", "path": ["Kite", "Wind"], "text": "The kite rises against the wind."}
{"_id": "kite.md#1", "file": "kite.md", "title": "Kite", "path": ["Kite", "String"], "text": "The string of a kite is long."}
{"_id": "boat.md#0", "file": "boat.md", "title": "Boat", "path": ["Boat"], "text": "A boat needs wind in its sail."}
"#;
const QUERIES: &str = r#"{"_id": "a", "text": "wind in the sail", "kind": "anchor", "exclude": ["kite.md"]}
{"_id": "b", "text": "long string", "kind": "context"}
"#;
const QRELS: &str = "query-id\tcorpus-id\tscore\na\tboat.md\t2\nb\tkite.md\t1\nb\tboat.md\t-1\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn open(folder: &Path, rows: Rows) -> Result<Beir, EvalError> {
    let scratch = folder.to_owned();
    Beir::open(folder, rows, &Means::new(Arc::new(StaticModel::new().unwrap()), scratch))
}

fn scores(beir: &Beir) -> Vec<Scores> {
    let folder = tempfile::tempdir().unwrap();
    let mut keyring = Keyring::open(&folder.path().join("tokens.json")).unwrap();
    let secret = keyring.make_admin("test", 0).unwrap();
    let owner = keyring.verify(&secret, 0).unwrap().private().unwrap();
    let measures = ["ndcg@10", "mrr@10"].map(|name| name.parse().unwrap());
    let (aside, names, stop) = (&beir.aside, &beir.names, &AtomicBool::new(false));
    let bench = Bench { aside, owner: &owner, names, measures: &measures, stop };
    beir.sets.iter().map(|set| bench.score(set, &|| ()).unwrap()).collect()
}

#[test]
fn sections_count_for_their_file_and_what_is_excluded_is_not_ranked() {
    let raw = [
        ("raw/kite.md", "# Kite\n\n## String\n\nThe string of a kite is long.\n"),
        ("raw/boat.md", "# Boat\n\nSail.\n"),
    ];
    let files = [&[("corpus.jsonl", CORPUS), ("queries.jsonl", QUERIES), ("qrels.tsv", QRELS)][..], &raw].concat();
    let folder = folder(&files);
    for rows in [Rows::Given, Rows::Raw] {
        let beir = open(folder.path(), rows).unwrap();
        let [anchor, context] = &scores(&beir)[..] else { panic!("two kinds") };
        assert!(anchor.name.ends_with(" anchor") && context.name.ends_with(" context"));
        assert_eq!(anchor.asked[0].ranking, ["boat.md"], "{rows:?}");
        assert_eq!(context.asked[0].ranking[0], "kite.md", "{rows:?}");
        assert!(context.values("ndcg@10".parse().unwrap()).iter().all(|value| (value - 1.0).abs() < 1e-9));
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("cairn-aside")), "{left:?}");
}

#[test]
fn a_broken_folder_is_told_with_file_and_line() {
    let good = [("corpus.jsonl", CORPUS), ("queries.jsonl", QUERIES), ("qrels.tsv", QRELS)];
    for (file, text, place) in [
        ("corpus.jsonl", "{\"_id\": 1}\n", "corpus.jsonl:1: "),
        ("queries.jsonl", "{\"_id\": \"a\", \"text\": \"x\"}\nnothing\n", "queries.jsonl:2: "),
        (
            "queries.jsonl",
            "{\"_id\": \"a\", \"text\": \"x\"}\n{\"_id\": \"a\", \"text\": \"y\"}\n",
            "queries.jsonl:2: ",
        ),
        ("qrels.tsv", "query\tcorpus\tscore\na\tboat.md\n", "qrels.tsv:2: "),
        ("qrels.tsv", "query\tcorpus\tscore\na\tboat.md\t1\nz\tboat.md\t1\n", "qrels.tsv:3: "),
    ] {
        let files = good.map(|(name, whole)| if name == file { (name, text) } else { (name, whole) });
        let folder = folder(&files);
        let error = open(folder.path(), Rows::Given).unwrap_err().to_string();
        assert!(error.contains(place), "{file}: {error}");
    }
}
