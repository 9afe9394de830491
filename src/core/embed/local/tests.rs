//! Folders that are no model, and, where one is given, a real model against the reference implementation.
//!
//! `CAIRN_TEST_MODEL` names the folder; what the reference made of texts is committed (`tools/model/parity.py`).

use std::path::Path;

use super::{BATCH_TEXTS, BATCH_TOKENS, LocalModel, batches};
use crate::embed::{Embedder, PieceStatistics};

const CONFIG: &str = r#"{"model_type":"bert","hidden_act":"gelu","hidden_size":8,"intermediate_size":16,
    "num_hidden_layers":1,"num_attention_heads":2,"max_position_embeddings":32,"type_vocab_size":2,"vocab_size":10,
    "layer_norm_eps":1e-12}"#;
const MEAN: &str = r#"{"pooling_mode_cls_token":false,"pooling_mode_mean_tokens":true}"#;

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::create_dir_all(folder.join("1_Pooling")).unwrap();
    std::fs::write(folder.join(name), text).unwrap();
}

fn why(folder: &Path) -> String {
    LocalModel::open(folder, None, None).unwrap_err().to_string()
}

#[test]
fn the_file_that_is_missing_or_of_another_kind_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(why(&at.join("nowhere")).contains("not a folder"));
    for (file, text, expected) in [
        ("README.md", "", "config.json: is missing"),
        ("config.json", "{", "config.json: is not a BERT model"),
        ("config.json", &CONFIG.replace("\"bert\"", "\"t5\""), "\"t5\", and only \"bert\""),
        ("config.json", &CONFIG.replace("gelu", "relu"), "config.json: asks for another activation"),
        ("config.json", &CONFIG.replace("heads\":2", "heads\":3"), "3 heads for 8"),
        ("config.json", CONFIG, "1_Pooling/config.json: is missing"),
        ("1_Pooling/config.json", r#"{"pooling_mode_max_tokens":true}"#, "config.json: pools in another way"),
        ("1_Pooling/config.json", MEAN, "tokenizer.json: is missing"),
        ("modules.json", r#"[{"type":"sentence_transformers.models.Dense"}]"#, "modules.json: has a module Dense"),
        ("modules.json", r#"[{"type":"sentence_transformers.models.Normalize"}]"#, "tokenizer.json: is missing"),
        ("tokenizer.json", "[]", "tokenizer.json: is not a tokenizer"),
    ] {
        write(at, file, text);
        let found = why(at);
        assert!(found.contains(expected), "{file}: {found:?} should say {expected:?}");
    }
}

#[test]
fn every_text_is_in_one_batch_and_batches_are_bounded() {
    let ids: Vec<Vec<u32>> = (0..500).map(|n| vec![7; 1 + n * 37 % 256]).collect();
    let batches = batches(&ids);
    let mut all: Vec<usize> = batches.concat();
    all.sort_unstable();
    assert_eq!(all, (0..500).collect::<Vec<_>>());
    for batch in batches {
        let longest = batch.iter().map(|&at| ids[at].len()).max().unwrap();
        assert!(batch.len() <= BATCH_TEXTS && batch.len() * longest <= BATCH_TOKENS);
    }
}

#[derive(serde::Deserialize)]
struct Expected {
    text: String,
    hex: String,
}

impl Expected {
    fn vector(&self) -> Vec<f32> {
        let bytes = self.hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16));
        let bytes: Vec<u8> = bytes.map(Result::unwrap).collect();
        bytes.as_chunks::<2>().0.iter().map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_767.0).collect()
    }
}

#[test]
fn minilm_agrees_with_the_reference_on_200_texts() {
    let Some(folder) = std::env::var_os("CAIRN_TEST_MODEL") else {
        println!("skipped: CAIRN_TEST_MODEL names no folder with all-MiniLM-L6-v2");
        return;
    };
    let model = LocalModel::open(Path::new(&folder), None, None).unwrap();
    let lines = include_str!("expected/minilm.jsonl").lines();
    let expected: Vec<Expected> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let texts: Vec<&str> = expected.iter().map(|expected| expected.text.as_str()).collect();
    let began = std::time::Instant::now();
    let embeddings = model.passages(&texts).unwrap();
    let took = began.elapsed();
    let mut worst = 0_f32;
    for (expected, embedding) in expected.iter().zip(&embeddings) {
        for (reference, number) in expected.vector().iter().zip(&embedding.vector) {
            worst = worst.max((reference - number).abs());
        }
    }
    println!("{} texts in {took:?}, the greatest difference is {worst:e}", texts.len());
    assert_eq!((embeddings.len(), model.dimensions()), (200, 384));
    assert!(worst <= 1e-4, "{worst}");
    let alone = model.query(texts[20], &PieceStatistics::default()).unwrap();
    let near: f32 = alone.iter().zip(&embeddings[20].vector).map(|(a, b)| a * b).sum();
    assert!(near > 0.999_99, "a text alone is embedded as among others: {near}");
}
