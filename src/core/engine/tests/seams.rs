//! What readers of the seam can rely on.

use std::sync::atomic::Ordering;

use super::support::*;
use crate::engine::stored::indexed_text;
use crate::engine::{Analyzer, Batch, EmbeddedEngine, EngineError, EngineOptions, Filter, SearchEngine};

#[test]
fn a_view_answers_the_same_whatever_is_applied_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = open(folder.path());
    let old = engine.apply(upsert(vec![entry("a", "Deploy", &["review it", "roll back"])])).unwrap();
    let before = (words_of(&[&*old], "deploy review"), vectors_of(&[&*old], "deploy review"));
    let number = old.catalogue().number(&id("a")).unwrap();
    for round in 0..8 {
        let body = format!("other text {round}");
        let entries = vec![entry("a", "Changed", &[&body]), entry(&format!("b{round}"), "Deploy", &["new"])];
        engine.apply(upsert(entries)).unwrap();
    }
    engine.apply(removal(&["a"])).unwrap();
    assert_eq!(before, (words_of(&[&*old], "deploy review"), vectors_of(&[&*old], "deploy review")));
    assert!(old.text(number).unwrap().contains("roll back"));
    assert_whole(&*old);
    assert_whole(&*engine.searcher());
    assert_eq!(engine.searcher().generation(), 10);
    assert!(engine.searcher().catalogue().number(&id("a")).is_none());
}

#[test]
fn what_was_applied_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = open(folder.path());
    engine.apply(upsert(vec![entry("a", "Deploy", &["one", "two"]), entry("b", "Review", &["three"])])).unwrap();
    let last = engine.apply(removal(&["b"])).unwrap();
    drop(engine);
    let again = open(folder.path()).searcher();
    assert_eq!(again.generation(), last.generation());
    assert_equal_answers(&[&*last], &[&*again]);
    assert_whole(&*again);
}

#[test]
fn what_is_staged_shows_with_the_next_generation() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = open(folder.path());
    engine.stage(upsert(vec![entry("a", "Deploy", &["one"]), entry("b", "Review", &["two"])])).unwrap();
    assert!(engine.searcher().catalogue().is_empty());
    engine.stage(upsert(vec![entry("a", "Deploy", &["one changed", "more"])])).unwrap();
    let view = engine.apply(removal(&["b"])).unwrap();
    assert_eq!((view.generation(), view.catalogue().len(), view.chunks()), (1, 1, 2));
    assert_whole(&*view);
    assert_whole(&*open_again(engine, folder.path()));
}

fn open_again(engine: EmbeddedEngine, folder: &std::path::Path) -> std::sync::Arc<dyn crate::engine::Searcher> {
    engine.close().unwrap();
    open(folder).searcher()
}

#[test]
fn the_first_chunk_has_what_the_document_says_of_itself_and_only_words_have_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = open(folder.path());
    let mut entry = entry("people/last-day", "Leaving", &["body one", "body two"]);
    let mut record = crate::corpus::Record::clone(&entry.record);
    record.meta.description = Some("How to quit".to_owned());
    record.meta.tags = vec!["resign".to_owned()];
    record.meta.aliases = vec!["goodbye".to_owned()];
    entry.record = std::sync::Arc::new(record);
    let first = indexed_text(&entry.record, 0, "body one");
    assert_eq!(first, "Leaving. Part 0. How to quit. resign. goodbye. body one", "what is embedded");
    assert_eq!(indexed_text(&entry.record, 1, "body two"), "Leaving. Part 1. body two");
    let view = engine.apply(upsert(vec![entry])).unwrap();
    for word in ["quit", "resign", "goodbye", "people", "last"] {
        let query = Analyzer::english().query(word);
        let statistics = view.word_statistics(&query).unwrap();
        let found = view.lexical(&query, &statistics, None, 10).unwrap();
        assert_eq!(found.iter().map(|found| found.chunk.chunk).collect::<Vec<_>>(), [0], "{word}");
    }
    assert_whole(&*view);
}

#[test]
fn only_texts_that_are_new_are_embedded() {
    let folder = tempfile::tempdir().unwrap();
    let embedder = WordEmbedder::new("words@1");
    let mut engine = EmbeddedEngine::open(folder.path(), embedder.clone(), options()).unwrap();
    let asked = |since: usize| embedder.asked.load(Ordering::SeqCst) - since;
    engine.apply(upsert(vec![entry("a", "T", &["one", "two"]), entry("copy", "T", &["one", "two"])])).unwrap();
    assert_eq!(asked(0), 2, "equal texts share a vector");
    engine.apply(upsert(vec![entry("a", "T", &["one", "two changed"])])).unwrap();
    assert_eq!(asked(2), 1, "only the changed chunk");
    let moved = Batch { removed: vec![id("a")], upserted: vec![entry("moved", "T", &["one", "two changed"])] };
    engine.apply(moved).unwrap();
    assert_eq!(asked(3), 0, "a move embeds nothing");
    drop(engine);
    let mut engine = EmbeddedEngine::open(folder.path(), embedder.clone(), options()).unwrap();
    engine.apply(upsert(vec![entry("later", "T", &["one"]), entry("moved", "T", &["one"])])).unwrap();
    assert_eq!(asked(3), 0, "not after a restart either");
    assert_whole(&*engine.searcher());
}

#[test]
fn while_the_embedder_fails_documents_come_and_go_by_words_and_get_their_vectors_later() {
    let folder = tempfile::tempdir().unwrap();
    let embedder = WordEmbedder::new("words@1");
    let mut engine = EmbeddedEngine::open(folder.path(), embedder.clone(), options()).unwrap();
    engine.apply(upsert(vec![entry("a", "Deploy", &["one", "two"]), entry("c", "Deploy", &["four", "same"])])).unwrap();
    embedder.refuses.store(true, Ordering::SeqCst);
    let late = || entry("b", "Deploy", &["three", "same"]);
    let batch = Batch { removed: vec![id("a")], upserted: vec![late()] };
    let view = engine.apply(batch).unwrap();
    assert_eq!(view.catalogue().number(&id("a")), None, "what is withdrawn is gone whatever the embedder does");
    assert_eq!(words_of(&[&*view], "part").len(), 4);
    let near = vectors_of(&[&*view], "deploy");
    assert!(near.contains_key(&(id("b"), 1)), "a text that is known needs no embedder");
    assert!(!near.contains_key(&(id("b"), 0)), "a text that was not embedded is near to nothing");
    assert_eq!(engine.owing(), [id("b")]);

    engine.close().unwrap();
    let mut engine = EmbeddedEngine::open(folder.path(), embedder.clone(), options()).unwrap();
    assert_eq!(engine.owing(), [id("b")], "it is known on opening, too");
    engine.apply(upsert(vec![late()])).unwrap();
    assert_eq!(engine.owing(), [id("b")], "still refused");
    embedder.refuses.store(false, Ordering::SeqCst);
    let view = engine.apply(upsert(vec![late()])).unwrap();
    assert!(engine.owing().is_empty());
    assert_whole(&*view);
    let at_once = fresh(&folder.path().join("fresh"), [entry("c", "Deploy", &["four", "same"]), late()]);
    assert_equal_answers(&[&*view], &[&*at_once.searcher()]);
    assert_whole(&*open_again(engine, folder.path()));
}

#[test]
fn an_index_beside_the_old_one_takes_over_whole_and_a_kill_before_that_leaves_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let entries = || vec![entry("a", "Deploy", &["one"]), entry("b", "Deploy", &["two"])];
    drop(fresh(folder.path(), entries()));
    let (old_model, new_model) = (WordEmbedder::new("words@1"), WordEmbedder::new("words@2"));
    let open_old = || {
        let known = |id: &str, dimensions| -> std::sync::Arc<dyn crate::embed::Embedder> {
            assert_eq!((id, dimensions), ("words@1", DIMENSIONS));
            old_model.clone()
        };
        EmbeddedEngine::open_as_made(folder.path(), &*new_model, known, options()).unwrap()
    };
    let old = open_old();
    let mut beside = EmbeddedEngine::beside(folder.path(), new_model.clone(), options()).unwrap();
    let half = beside.apply(upsert(vec![entry("a", "Deploy", &["one"])])).unwrap();
    assert_eq!(half.catalogue().len(), 1);
    drop((old, beside, half));
    // Killed here: the old one is what CURRENT names, and is changed like any other.
    let mut old = open_old();
    assert_whole(&*old.searcher());
    let after = old.apply(removal(&["b"])).unwrap().generation();
    let asked = new_model.asked.load(Ordering::SeqCst);
    let mut beside = EmbeddedEngine::beside(folder.path(), new_model.clone(), options()).unwrap();
    beside.apply(upsert(vec![entry("a", "Deploy", &["one"])])).unwrap();
    assert_eq!(new_model.asked.load(Ordering::SeqCst), asked, "the unfinished build had embedded it already");
    let view = beside.take_over(after).unwrap();
    assert!(view.generation() > after);
    assert_eq!(view.embedder().model().as_str(), "words@2");
    assert_whole(&*view);
    drop((old, beside));
    assert!(EmbeddedEngine::open(folder.path(), new_model.clone(), options()).is_ok());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "CURRENT and one epoch");
}

#[test]
fn a_build_beside_takes_nothing_in_without_its_meaning() {
    let folder = tempfile::tempdir().unwrap();
    drop(fresh(folder.path(), [entry("a", "Deploy", &["one"])]));
    let model = WordEmbedder::new("words@2");
    let mut beside = EmbeddedEngine::beside(folder.path(), model.clone(), options()).unwrap();
    model.refuses.store(true, Ordering::SeqCst);
    assert!(matches!(beside.apply(upsert(vec![entry("a", "Deploy", &["one"])])), Err(EngineError::Embed(_))));
    model.refuses.store(false, Ordering::SeqCst);
    assert_whole(&*beside.apply(upsert(vec![entry("a", "Deploy", &["one"])])).unwrap());
}

#[test]
fn words_of_another_analyzer_are_not_asked_and_everything_else_is_read() {
    let folder = tempfile::tempdir().unwrap();
    drop(fresh(folder.path(), [entry("a", "Deploy", &["one"])]));
    let identity = folder.path().join("epoch-000001/identity.json");
    let text = std::fs::read_to_string(&identity).unwrap();
    let other = text.replace(Analyzer::VERSION, "words-of-yesterday");
    assert_ne!(text, other);
    std::fs::write(&identity, other).unwrap();
    let model = WordEmbedder::new("words@1");
    let refused = EmbeddedEngine::open(folder.path(), model.clone(), options());
    assert!(matches!(refused, Err(EngineError::Outdated { .. })));
    let old = EmbeddedEngine::open_as_made(folder.path(), &*model, |_, _| model.clone(), options()).unwrap();
    let view = old.searcher();
    let query = Analyzer::english().query("deploy");
    assert!(matches!(view.word_statistics(&query), Err(EngineError::Renewing { .. })));
    let asked = view.lexical(&query, &crate::engine::WordStatistics::default(), None, 9);
    assert!(matches!(asked, Err(EngineError::Renewing { .. })));
    assert_eq!(vectors_of(&[&*view], "deploy").len(), 1);
    assert!(view.text(view.catalogue().number(&id("a")).unwrap()).unwrap().contains("one"));
}

#[test]
fn a_filter_is_asked_once_for_each_document_and_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["a", "b", "c", "d"];
    let engine = fresh(folder.path(), names.map(|name| entry(name, "Deploy", &["deploy one", "two", "deploy three"])));
    let view = engine.searcher();
    let allowed = view.catalogue().number(&id("c")).unwrap();
    let asked = std::sync::Mutex::new(Vec::new());
    let filter = |number| {
        asked.lock().unwrap().push(number);
        number == allowed
    };
    let query = Analyzer::english().query("deploy");
    let statistics = view.word_statistics(&query).unwrap();
    let found = view.lexical(&query, &statistics, Some(Filter::documents(&filter)), 10).unwrap();
    assert_eq!(found.iter().map(|found| found.chunk.document).collect::<Vec<_>>(), [allowed; 3]);
    let mut asked = asked.into_inner().unwrap();
    asked.sort_unstable();
    assert_eq!(asked.len(), 4);
    let nearest =
        view.nearest(&WordEmbedder::vector("deploy"), Some(Filter::documents(&|number| number == allowed)), 10);
    assert_eq!(nearest.len(), 3);
}

#[test]
fn the_best_few_are_the_first_of_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = open(folder.path());
    for round in 0..12_usize {
        let entries = (0..40_usize).map(|number| {
            let pick = |at: usize| WORDS[(round * 7 + number * at) % WORDS.len()];
            let body = [1, 3, 5, 7, 11].map(pick).join(" ").repeat(1 + number % 4);
            entry(&format!("d{round}-{number}"), pick(2), &[&body, pick(9)])
        });
        engine.apply(upsert(entries.collect())).unwrap();
    }
    let view = engine.searcher();
    for question in ["deploy", "review incident owner", "running rollback ledger shelf context", "the"] {
        let query = Analyzer::english().query(question);
        // Foreign statistics, far from the shelf's own: pruning must not lose anything.
        let mut statistics = view.word_statistics(&query).unwrap();
        statistics.chunks *= 3;
        statistics.tokens = [statistics.tokens[0] * 17, statistics.tokens[1] * 2];
        let all = view.lexical(&query, &statistics, None, 100_000).unwrap();
        for limit in [1, 3, 10, 50] {
            let few = view.lexical(&query, &statistics, None, limit).unwrap();
            assert_eq!(few.len(), limit.min(all.len()));
            for (few, all) in few.iter().zip(&all) {
                assert!((few.score - all.score).abs() < 1e-5, "{question} {limit}");
            }
        }
    }
}

#[test]
fn many_small_generations_leave_few_segments_and_a_short_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = open(folder.path());
    for round in 0..100 {
        let body = format!("text number {round} about {}", WORDS[round % WORDS.len()]);
        engine.apply(upsert(vec![entry(&format!("d{}", round % 10), "Deploy", &[&body])])).unwrap();
    }
    let (segments, log_bytes) = engine.upkeep();
    assert!(segments <= 12, "{segments} segments");
    assert!(log_bytes < 20_000, "{log_bytes} bytes");
    assert_whole(&*engine.searcher());
    let last = engine.searcher();
    engine.close().unwrap();
    let again = open(folder.path());
    assert_equal_answers(&[&*last], &[&*again.searcher()]);
    assert_whole(&*last);
}

#[test]
fn another_model_is_another_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let engine = fresh(folder.path(), [entry("a", "Deploy", &["one"])]);
    drop(engine);
    let other = WordEmbedder::new("words@2");
    let refused = EmbeddedEngine::open(folder.path(), other.clone(), options());
    assert!(matches!(refused, Err(EngineError::Outdated { .. })));
    let old = open(folder.path());
    let mut engine = EmbeddedEngine::rebuild(folder.path(), other.clone(), options()).unwrap();
    engine.stage(upsert(vec![entry("b", "Deploy", &["two"])])).unwrap();
    engine.stage(removal(&["b"])).unwrap();
    // The old epoch serves until the new one has its first generation, and whoever holds a view of it keeps it.
    assert_whole(&*old.searcher());
    let view = engine.apply(upsert(vec![entry("a", "Deploy", &["one"])])).unwrap();
    assert_eq!((view.generation(), other.asked.load(Ordering::SeqCst)), (2, 2));
    assert_whole(&*old.searcher());
    assert_whole(&*view);
    drop((engine, old));
    assert!(EmbeddedEngine::open(folder.path(), other, options()).is_ok());
    let epochs = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(epochs, 2, "CURRENT and one epoch");
}

#[test]
fn a_shelf_has_one_writer_and_the_second_one_is_not_told_of_damage() {
    let folder = tempfile::tempdir().unwrap();
    let engine = fresh(folder.path(), [entry("a", "Deploy", &["one"])]);
    let second = EmbeddedEngine::open(folder.path(), WordEmbedder::new("words@1"), options());
    assert!(matches!(second, Err(EngineError::Words(_))), "{second:?}");
    assert_whole(&*engine.searcher());
}

#[test]
fn a_batch_that_cannot_become_durable_leaves_the_old_generation_and_a_usable_engine() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = fresh(folder.path(), [entry("a", "Deploy", &["one"])]);
    let words = folder.path().join("epoch-000001/words");
    let away = folder.path().join("away");
    std::fs::rename(&words, &away).unwrap();
    assert!(engine.apply(upsert(vec![entry("b", "Deploy", &["two"])])).is_err());
    assert!(engine.apply(upsert(vec![entry("b", "Deploy", &["two"])])).is_err());
    assert_eq!((engine.searcher().generation(), words_of(&[&*engine.searcher()], "deploy").len()), (1, 1));
    std::fs::rename(&away, &words).unwrap();
    let view = engine.apply(upsert(vec![entry("c", "Deploy", &["three"])])).unwrap();
    assert_eq!((view.generation(), view.catalogue().len()), (2, 2));
    assert_whole(&*view);
    assert_whole(&*open_again(engine, folder.path()));
}

#[test]
fn a_graph_grows_beside_and_answers_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let grown = EngineOptions { graph_from_vectors: Some(8), ..options() };
    let mut engine = EmbeddedEngine::open(folder.path(), WordEmbedder::new("words@1"), grown).unwrap();
    let mut exact = open(&folder.path().join("exact"));
    for round in 0..30_usize {
        let body = format!("{} and {} in round {round}", WORDS[round % 16], WORDS[round * 5 % 16]);
        let made = || upsert(vec![entry(&format!("d{}", round % 20), "Deploy", &[&body, "same"])]);
        engine.apply(made()).unwrap();
        exact.apply(made()).unwrap();
    }
    assert_equal_answers(&[&*engine.searcher()], &[&*exact.searcher()]);
}

#[test]
fn nothing_and_nonsense_are_answered_with_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for question in ["", "deploy", "((((", "the"] {
        assert!(words_of(&[&*engine.searcher()], question).is_empty());
        assert!(vectors_of(&[&*engine.searcher()], question).is_empty());
    }
    assert!(matches!(engine.searcher().text(7), Err(EngineError::Unknown { document: 7 })));
}
