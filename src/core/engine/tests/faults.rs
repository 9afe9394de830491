//! Damage of every kind: an older generation or an error, never a panic, never a wrong answer.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use proptest::prelude::*;

use super::support::*;
use crate::engine::{EmbeddedEngine, EngineError, SearchEngine};

/// Makes a shelf of a few generations; gives what each of them answers.
fn shelf(folder: &Path) -> BTreeMap<u64, BTreeMap<Name, f32>> {
    let mut engine = open(folder);
    let mut answers = BTreeMap::from([(0, BTreeMap::new())]);
    let steps = [
        upsert(vec![entry("a", "Deploy", &["review one", "owner two"]), entry("b", "Review", &["deploy three"])]),
        upsert(vec![entry("a", "Deploy", &["review four"])]),
        removal(&["b"]),
        upsert(vec![entry("c", "Ledger", &["budget five", "review six"])]),
    ];
    for batch in steps {
        let view = engine.apply(batch).unwrap();
        answers.insert(view.generation(), words_of(&[&*view], "deploy review part"));
    }
    engine.close().unwrap();
    answers
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { assert!(fs::copy(&path, &target).is_ok()) }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

/// Opens what is left: a generation that was, whole and with its own answers, or damage that can be rebuilt.
fn check(folder: &Path, answers: &BTreeMap<u64, BTreeMap<Name, f32>>, what: &str) -> bool {
    let embedder = WordEmbedder::new("words@1");
    match EmbeddedEngine::open(folder, embedder.clone(), options()) {
        Ok(engine) => {
            let view = engine.searcher();
            assert_whole(&*view);
            let expected = answers.get(&view.generation()).unwrap_or_else(|| panic!("{what}: {view:?}"));
            assert_same(&words_of(&[&*view], "deploy review part"), expected, what);
            true
        }
        Err(EngineError::Damaged { .. } | EngineError::Outdated { .. }) => {
            let mut engine = EmbeddedEngine::rebuild(folder, embedder, options()).unwrap();
            let view = engine.apply(upsert(vec![entry("a", "Deploy", &["review four"])])).unwrap();
            assert_whole(&*view);
            drop(engine);
            assert_whole(&*open(folder).searcher());
            false
        }
        Err(error) => panic!("{what}: {error:?}"),
    }
}

fn log_of(folder: &Path) -> PathBuf {
    files(folder).into_iter().find(|path| path.ends_with("documents.log")).unwrap()
}

#[test]
fn a_log_that_is_cut_anywhere_is_damaged_or_whole() {
    let source = tempfile::tempdir().unwrap();
    let answers = shelf(source.path());
    let whole = fs::read(log_of(source.path())).unwrap();
    let mut cuts: Vec<usize> = (0..whole.len()).step_by(61).collect();
    let mut at = 0;
    while at < whole.len() {
        cuts.push(at);
        at += 12 + u32::from_le_bytes(whole[at..at + 4].try_into().unwrap()) as usize;
    }
    assert_eq!(at, whole.len());
    for cut in cuts {
        let folder = tempfile::tempdir().unwrap();
        copy(source.path(), folder.path());
        fs::write(log_of(folder.path()), &whole[..cut]).unwrap();
        assert!(!check(folder.path(), &answers, &format!("cut at {cut}")), "what is missing is noticed");
    }
}

#[test]
fn an_unfinished_generation_behind_the_last_one_is_cut_off() {
    let source = tempfile::tempdir().unwrap();
    let answers = shelf(source.path());
    let whole = fs::read(log_of(source.path())).unwrap();
    for extra in [&whole[..], &whole[..whole.len() / 2], b"garbage", &[0; 100], &[0xff; 100]] {
        let folder = tempfile::tempdir().unwrap();
        copy(source.path(), folder.path());
        fs::write(log_of(folder.path()), [&whole, extra].concat()).unwrap();
        assert!(check(folder.path(), &answers, "extra"));
        assert_eq!(fs::read(log_of(folder.path())).unwrap().len(), whole.len());
    }
}

#[test]
fn a_missing_or_empty_file_is_noticed() {
    let source = tempfile::tempdir().unwrap();
    let answers = shelf(source.path());
    for (number, path) in files(source.path()).into_iter().enumerate() {
        let name = path.strip_prefix(source.path()).unwrap().display().to_string();
        for gone in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            copy(source.path(), folder.path());
            let path = &files(folder.path())[number];
            if gone {
                fs::remove_file(path).unwrap()
            } else {
                fs::write(path, b"").unwrap()
            }
            // Without CURRENT there is no shelf yet; locks hold nothing.
            let harmless = name.ends_with(".lock") || (gone && name.ends_with("CURRENT"));
            let opened = if harmless && name.ends_with("CURRENT") {
                open(folder.path()).searcher().catalogue().is_empty()
            } else {
                check(folder.path(), &answers, &name)
            };
            assert!(opened == harmless || name.ends_with(".managed.json"), "{name}, removed: {gone}, opened: {opened}");
        }
    }
}

#[test]
fn vectors_of_a_damaged_epoch_are_used_again() {
    let folder = tempfile::tempdir().unwrap();
    shelf(folder.path());
    let meta = files(folder.path()).into_iter().find(|path| path.ends_with("words/meta.json")).unwrap();
    fs::write(meta, b"{").unwrap();
    let embedder = WordEmbedder::new("words@1");
    let refused = EmbeddedEngine::open(folder.path(), embedder.clone(), options());
    assert!(matches!(refused, Err(EngineError::Damaged { .. })));
    let mut engine = EmbeddedEngine::rebuild(folder.path(), embedder.clone(), options()).unwrap();
    let entries = vec![entry("a", "Deploy", &["review four"]), entry("c", "Ledger", &["budget five", "review new"])];
    let view = engine.apply(upsert(entries)).unwrap();
    assert_eq!(embedder.asked.load(Ordering::SeqCst), 1, "only the new text");
    assert_eq!(view.generation(), 5, "generations go on where they were");
    assert_whole(&*view);
}

#[test]
fn a_text_that_rotted_behind_the_readers_back_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let engine = fresh(folder.path(), [entry("a", "Deploy", &["review one"])]);
    let view = engine.searcher();
    let mut bytes = fs::read(log_of(folder.path())).unwrap();
    bytes.iter_mut().skip(70).for_each(|byte| *byte ^= 1);
    fs::write(log_of(folder.path()), bytes).unwrap();
    let number = view.catalogue().number(&id("a")).unwrap();
    assert!(matches!(view.text(number), Err(EngineError::Damaged { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1, ..ProptestConfig::default() })]

    #[test]
    fn flipped_bytes_are_noticed(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1..=255_u8), 120)) {
        let source = tempfile::tempdir().unwrap();
        let answers = shelf(source.path());
        for (file, at, flip) in flips {
            let folder = tempfile::tempdir().unwrap();
            copy(source.path(), folder.path());
            let files: Vec<PathBuf> =
                files(folder.path()).into_iter().filter(|path| fs::metadata(path).unwrap().len() > 0).collect();
            let path = file.get(&files);
            let mut bytes = fs::read(path).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            fs::write(path, bytes).unwrap();
            let what = format!("{} at {at} by {flip}", path.display());
            check(folder.path(), &answers, &what);
        }
    }
}
