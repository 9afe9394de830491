//! Laws, by property: changes end where a fresh build ends, and shelves together are one shelf.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::support::*;
use crate::engine::{Batch, Entry, SearchEngine};

type Bodies = Vec<String>;

fn body() -> impl Strategy<Value = String> {
    proptest::collection::vec(0..WORDS.len(), 1..30)
        .prop_map(|words| words.into_iter().map(|word| WORDS[word]).collect::<Vec<_>>().join(" "))
}

fn document() -> impl Strategy<Value = (usize, Bodies)> {
    (0..WORDS.len(), proptest::collection::vec(body(), 0..4))
}

/// What becomes of a document in a batch: a new version, or none.
type Step = (u8, Option<(usize, Bodies)>);

fn batches() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let step = (0..8_u8, proptest::option::weighted(0.7, document()));
    proptest::collection::vec(proptest::collection::vec(step, 0..5), 1..8)
}

fn made(name: u8, (title, bodies): &(usize, Bodies)) -> Entry {
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    entry(&format!("d{name}"), WORDS[*title], &bodies)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_changes_end_where_a_fresh_build_of_their_end_does(batches in batches(), restart in 0..8_usize) {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = open(folder.path());
        let mut state: BTreeMap<u8, (usize, Bodies)> = BTreeMap::new();
        for (round, steps) in batches.into_iter().enumerate() {
            let mut batch = Batch::default();
            // Within a batch removals come first, as the engine takes them.
            for (name, _) in steps.iter().filter(|(_, document)| document.is_none()) {
                batch.removed.push(id(&format!("d{name}")));
                state.remove(name);
            }
            for (name, document) in steps {
                if let Some(document) = document {
                    batch.upserted.push(made(name, &document));
                    state.insert(name, document);
                }
            }
            engine.apply(batch).unwrap();
            if round == restart {
                // A process that has ended has no merge under way, which would go on deleting files here.
                engine.close().unwrap();
                engine = open(folder.path());
            }
        }
        let other = tempfile::tempdir().unwrap();
        let built = fresh(other.path(), state.iter().map(|(name, document)| made(*name, document)));
        assert_equal_answers(&[&*engine.searcher()], &[&*built.searcher()]);
        prop_assert_eq!(engine.searcher().catalogue().len(), state.len());
    }

    #[test]
    fn two_shelves_together_answer_as_one_that_holds_both(
        documents in proptest::collection::vec(document(), 1..12), cut in 0..12_usize, gone in 0..12_usize,
    ) {
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let mut engines = folders.each_ref().map(|folder| open(folder.path()));
        for (name, document) in (0..).zip(&documents) {
            let shelf = usize::from(usize::from(name) >= cut);
            // One at a time: many segments on one side, and dead chunks in them.
            engines[shelf].apply(upsert(vec![made(name, &(0, vec!["the owner".to_owned()]))])).unwrap();
            engines[shelf].apply(upsert(vec![made(name, document)])).unwrap();
        }
        let all = (0..).zip(&documents).map(|(name, document)| made(name, document)).collect();
        engines[2].apply(upsert(all)).unwrap();
        let name = format!("d{gone}");
        for engine in &mut engines {
            engine.apply(removal(&[&name])).unwrap();
        }
        let [a, b, both] = engines.each_ref().map(SearchEngine::searcher);
        assert_equal_answers(&[&*a, &*b], &[&*both]);
    }
}
