//! The built-in model against what the reference implementations made of the same texts (`tools/model`).

use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
use sha2::{Digest, Sha256};

use super::super::{Embedder, PieceStatistics};
use super::{Scratch, StaticModel};

static MODEL: LazyLock<StaticModel> = LazyLock::new(|| StaticModel::new().unwrap());

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Expected {
    Text { text: String, ids: Vec<u16> },
    Block { block: u32, ids: String },
}

#[derive(serde::Deserialize)]
struct ExpectedVector {
    text: String,
    hex: String,
}

fn ids(text: &str) -> Vec<u16> {
    let mut out = Vec::new();
    MODEL.tokenizer.pieces(text, &mut Scratch::default(), &mut out);
    out
}

/// The digest that `tools/model/reference_ids.py` takes of the ids of texts.
fn digest<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let (mut sha, mut scratch, mut pieces) = (Sha256::new(), Scratch::default(), Vec::new());
    for text in texts {
        pieces.clear();
        MODEL.tokenizer.pieces(text, &mut scratch, &mut pieces);
        pieces.push(u16::MAX);
        sha.update(pieces.iter().flat_map(|id| id.to_le_bytes()).collect::<Vec<u8>>());
    }
    hex(&sha.finalize())
}

fn hex(digest: &[u8]) -> String {
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn hard_strings_and_every_code_point_have_the_references_ids() {
    let mut compared = 0;
    for line in include_str!("expected/strings.jsonl").lines() {
        match serde_json::from_str(line).unwrap() {
            Expected::Text { text, ids: expected } => assert_eq!(ids(&text), expected, "{text:?}"),
            Expected::Block { block, ids } => {
                let letters = (block..block + 4096).filter_map(char::from_u32);
                let texts: Vec<_> = letters
                    .map(|letter| format!("a{letter}b {letter} {letter}\u{301}\u{3099}\u{302e}{letter}"))
                    .collect();
                assert_eq!(digest(texts.iter().map(String::as_str)), ids, "block {block:#x}");
            }
        }
        compared += 1;
    }
    assert!(compared > 300);
}

#[test]
fn real_files_have_the_references_ids_line_by_line() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/eval");
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return;
    }
    let expected: HashMap<&str, (usize, &str)> = include_str!("expected/digests.txt")
        .lines()
        .map(|line| {
            let fields: Vec<_> = line.split(' ').collect();
            (fields[0], (fields[1].parse().unwrap(), fields[2]))
        })
        .collect();
    let (mut folders, mut files, mut lines) = (vec![folder], 0, 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let content = std::fs::read(&path).unwrap();
                let Some((count, ids)) = expected.get(hex(&Sha256::digest(&content)).as_str()) else { continue };
                let text = String::from_utf8(content).unwrap();
                assert_eq!(digest(text.split('\n')), *ids, "{}", path.display());
                files += 1;
                lines += count;
            }
        }
    }
    println!("compared {lines} lines of {files} files");
    assert!(lines >= 10_000, "only {lines} lines were compared");
}

#[test]
fn vectors_point_where_the_references_vectors_point() {
    let mut compared = 0;
    for line in include_str!("expected/vectors.jsonl").lines() {
        let ExpectedVector { text, hex } = serde_json::from_str(line).unwrap();
        let reference: Vec<f32> = hex
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
            .map(|byte| f32::from(byte.cast_signed()))
            .collect();
        let passage = MODEL.passages(&[&text]).unwrap().remove(0);
        let length = passage.vector.iter().map(|number| number * number).sum::<f32>();
        assert!((length - 1.0).abs() < 1e-5, "{text:?} has length² {length}");
        let near = cosine(&passage.vector, &reference);
        assert!(near >= 0.999, "{text:?}: cosine {near}");
        let query = MODEL.query(&text, &PieceStatistics::default()).unwrap();
        assert_eq!(query, passage.vector, "without statistics a question is embedded as a passage");
        compared += 1;
    }
    assert_eq!(compared, 100);
}

#[test]
fn the_models_id_names_the_weights() {
    assert_eq!(MODEL.model().as_str(), "static-256-int8@4c16bd3a1fc57dd9");
    assert_eq!(MODEL.dimensions(), 256);
}

#[test]
fn a_text_without_pieces_has_a_zero_vector_and_no_pieces() {
    for text in ["", " \n", "\u{200b}\u{301}", "\0"] {
        let embedding = MODEL.passages(&[text]).unwrap().remove(0);
        assert_eq!(embedding.vector, vec![0.0; 256], "{text:?}");
        assert!(embedding.pieces.is_empty(), "{text:?}");
        assert_eq!(MODEL.query(text, &PieceStatistics::default()).unwrap(), vec![0.0; 256], "{text:?}");
    }
}

#[test]
fn pieces_are_distinct_and_ascending() {
    let embedding = MODEL.passages(&["the cat and the dog and the unfathomable cat"]).unwrap().remove(0);
    assert!(embedding.pieces.is_sorted_by(|a, b| a < b), "{:?}", embedding.pieces);
    assert_eq!(embedding.pieces.len(), 4 + 4, "{:?}", embedding.pieces);
}

#[test]
fn a_rare_piece_draws_the_question_to_itself() {
    let (common, rare) = (ids("guide")[0], ids("kernel")[0]);
    let mut statistics = PieceStatistics { chunks: 1000, frequency: vec![0; 30522] };
    statistics.frequency[usize::from(common)] = 900;
    statistics.frequency[usize::from(rare)] = 2;
    let plain = MODEL.query("guide kernel", &PieceStatistics::default()).unwrap();
    let weighed = MODEL.query("guide kernel", &statistics).unwrap();
    let kernel = MODEL.query("kernel", &PieceStatistics::default()).unwrap();
    assert!(cosine(&weighed, &kernel) > cosine(&plain, &kernel) + 0.1);

    statistics.frequency.fill(1000);
    assert_eq!(MODEL.query("guide kernel", &statistics).unwrap(), plain, "when nothing is rare all weigh the same");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn any_text_has_ids_of_the_table_and_a_vector_of_length_one_or_none(text in any::<String>()) {
        let ids = ids(&text);
        prop_assert!(ids.iter().all(|id| usize::from(*id) < MODEL.table.pieces()));
        let embedding = MODEL.passages(&[&text]).unwrap().remove(0);
        let length = embedding.vector.iter().map(|number| number * number).sum::<f32>();
        let expected = if ids.is_empty() { 0.0 } else { 1.0 };
        prop_assert!((length - expected).abs() < 1e-4, "length² {}", length);
        let again = MODEL.passages(&["something before it", &text]).unwrap().remove(1);
        prop_assert_eq!(again, embedding);
    }
}
