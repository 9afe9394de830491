//! The store, its views and its graph against plain f32 arithmetic over all vectors.

#![expect(
    clippy::cast_possible_truncation,
    clippy::needless_range_loop,
    reason = "small numbers name both key and vector"
)]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex};

use proptest::prelude::{Just, ProptestConfig, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::encoded::unit;
use super::{Encoded, Graph, GraphOptions, VectorKey, VectorStore, VectorView};
use crate::engine::{Candidate, ChunkNo, Filter};

/// Scores closer than this may come in either order.
const TIE: f32 = 1e-4;

fn chunk(document: u32, chunk: u32) -> ChunkNo {
    ChunkNo { document, chunk }
}

fn key(number: usize) -> VectorKey {
    (number as u128).to_le_bytes()
}

/// Vectors around some centres, as texts on some subjects are; the same for the same seed.
fn clustered(count: usize, dimensions: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut state = seed | 1;
    let mut number = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    };
    let centres: Vec<Vec<f32>> = (0..count / 20 + 1).map(|_| (0..dimensions).map(|_| number()).collect()).collect();
    (0..count).map(|at| centres[at % centres.len()].iter().map(|centre| centre + 0.5 * number()).collect()).collect()
}

fn store_of(vectors: &[Vec<f32>], options: GraphOptions) -> VectorStore {
    let mut store = VectorStore::new(vectors[0].len(), options);
    for (number, vector) in vectors.iter().enumerate() {
        store.insert(key(number), vector, chunk(number as u32, 0));
    }
    store
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let (Some(a), Some(b)) = (unit(a), unit(b)) else { return f32::NAN };
    a.iter().zip(&b).map(|(a, b)| a * b).sum()
}

/// What `nearest` must answer, from all vectors in f32.
fn brute_force(vectors: &[Vec<f32>], query: &[f32], limit: usize) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = vectors
        .iter()
        .zip(0..)
        .map(|(vector, number)| Candidate { chunk: chunk(number, 0), score: cosine(query, vector), thin: false })
        .filter(|candidate| !candidate.score.is_nan())
        .collect();
    all.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk.cmp(&b.chunk)));
    all.truncate(limit);
    all
}

fn chunks(candidates: &[Candidate]) -> HashSet<ChunkNo> {
    candidates.iter().map(|candidate| candidate.chunk).collect()
}

fn is_ordered(found: &[Candidate]) -> bool {
    found.is_sorted_by(|a, b| a.score > b.score || (a.score == b.score && a.chunk < b.chunk))
}

/// How many of the right answers were found, over all queries.
fn recall(view: &VectorView, vectors: &[Vec<f32>], queries: &[Vec<f32>], limit: usize) -> f64 {
    let (mut found, mut all) = (0, 0);
    for query in queries {
        let expected = chunks(&brute_force(vectors, query, limit));
        found += chunks(&view.nearest(query, None, limit)).intersection(&expected).count();
        all += expected.len();
    }
    found as f64 / all as f64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_scan_answers_as_f32_arithmetic_over_everything_does(
        seed in any::<u64>(),
        count in 1_usize..300,
        dimensions in prop_oneof![Just(1_usize), Just(63), Just(64), Just(100), Just(256), Just(384), Just(768)],
        limit in 1_usize..30,
    ) {
        let mut vectors = clustered(count, dimensions, seed);
        vectors[count / 2].fill(0.0);
        let view = store_of(&vectors, GraphOptions::default()).view();
        for query in clustered(3, dimensions, seed ^ 0xabcd).iter().chain(&vectors) .take(12) {
            let expected = brute_force(&vectors, query, limit);
            let found = view.nearest(query, None, limit);
            prop_assert_eq!(found.len(), expected.len());
            prop_assert!(is_ordered(&found));
            for (found, expected) in found.iter().zip(&expected) {
                prop_assert!((found.score - expected.score).abs() < TIE, "{:?} for {:?}", found, expected);
            }
        }
    }

    #[test]
    fn any_changes_end_where_a_fresh_store_ends_and_no_view_moves(
        changes in proptest::collection::vec((0_usize..30, 0_u32..6, any::<bool>()), 1..120),
    ) {
        let vectors = clustered(30, 32, 7);
        let mut store = VectorStore::new(32, GraphOptions::default());
        let mut model: BTreeMap<usize, BTreeSet<u32>> = BTreeMap::new();
        let mut frozen = Vec::new();
        for (number, document, add) in changes {
            if add {
                store.insert(key(number), &vectors[number], chunk(document, number as u32));
                model.entry(number).or_default().insert(document);
            } else if let Some(slot) = store.find(&key(number)) {
                let was_there = model.get_mut(&number).is_some_and(|owners| owners.remove(&document));
                prop_assert_eq!(store.remove_owner(slot, chunk(document, number as u32)), was_there);
                store.compact_when_due();
            }
            let view = store.view();
            let answer = view.nearest(&vectors[3], None, 200);
            frozen.push((view, answer));
        }
        let mut fresh = VectorStore::new(32, GraphOptions::default());
        for (number, owners) in &model {
            for document in owners {
                fresh.insert(key(*number), &vectors[*number], chunk(*document, *number as u32));
            }
        }
        prop_assert_eq!(store.live(), fresh.live());
        prop_assert_eq!(store.live(), store.iter().count());
        for query in &vectors[..5] {
            for limit in [1, 5, 200] {
                prop_assert_eq!(
                    store.view().nearest(query, None, limit),
                    fresh.view().nearest(query, None, limit)
                );
            }
        }
        for (view, answer) in frozen {
            prop_assert_eq!(view.nearest(&vectors[3], None, 200), answer);
        }
    }
}

#[test]
fn the_scan_misses_next_to_nothing_over_several_blocks() {
    let vectors = clustered(2_500, 64, 99);
    let queries = clustered(15, 64, 99 ^ 0xf0f0);
    let view = store_of(&vectors, GraphOptions::default()).view();
    let near: Vec<Vec<f32>> = vectors.iter().step_by(200).cloned().collect();
    for limit in [10, 100] {
        assert!(recall(&view, &vectors, &queries, limit) >= 0.995);
        assert!(recall(&view, &vectors, &near, limit) >= 0.995);
    }
}

#[test]
fn one_vector_gives_all_passages_that_have_it() {
    let mut store = VectorStore::new(2, GraphOptions::default());
    let slot = store.insert(key(1), &[1.0, 0.0], chunk(7, 1));
    store.insert(key(2), &[0.9, 0.1], chunk(1, 1));
    store.insert(key(1), &[1.0, 0.0], chunk(3, 0));
    store.add_owner(slot, chunk(7, 0));
    store.add_owner(slot, chunk(7, 0));
    assert_eq!(store.owners(slot), [chunk(3, 0), chunk(7, 0), chunk(7, 1)]);
    let found: Vec<_> = store.view().nearest(&[2.0, 0.0], None, 10).iter().map(|found| found.chunk).collect();
    assert_eq!(found, [chunk(3, 0), chunk(7, 0), chunk(7, 1), chunk(1, 1)]);
    assert_eq!(store.view().nearest(&[2.0, 0.0], None, 2).len(), 2);
    let only_seven = |document| document == 7;
    let found: Vec<_> = store
        .view()
        .nearest(&[2.0, 0.0], Some(Filter::documents(&only_seven)), 10)
        .iter()
        .map(|found| found.chunk)
        .collect();
    assert_eq!(found, [chunk(7, 0), chunk(7, 1)]);
}

#[test]
fn a_narrow_filter_starves_no_answer_and_is_asked_once_a_document() {
    let vectors = clustered(3_000, 64, 5);
    let view = store_of(&vectors, GraphOptions::default()).view();
    let asked = Mutex::new(Vec::new());
    let allowed = |document: u32| {
        asked.lock().unwrap().push(document);
        document % 300 == 17
    };
    let found = view.nearest(&vectors[0], Some(Filter::documents(&allowed)), 10);
    let mut right: Vec<Candidate> = brute_force(&vectors, &vectors[0], 3_000);
    right.retain(|candidate| candidate.chunk.document % 300 == 17);
    assert_eq!(chunks(&found), chunks(&right));
    assert_eq!(found.len(), 10);
    let asked = asked.into_inner().unwrap();
    assert_eq!(asked.iter().collect::<HashSet<_>>().len(), asked.len());
    // A wide filter is asked of little more than what gets onto the shortlist.
    let count = Mutex::new(0);
    view.nearest(
        &vectors[0],
        Some(Filter::documents(&|_| {
            *count.lock().unwrap() += 1;
            true
        })),
        10,
    );
    assert!(*count.lock().unwrap() < 1_500);
}

#[test]
fn nothing_is_near_to_a_vector_without_a_direction() {
    let mut store = VectorStore::new(3, GraphOptions::default());
    store.insert(key(0), &[0.0; 3], chunk(0, 0));
    store.insert(key(1), &[f32::NAN, 1.0, 0.0], chunk(1, 0));
    assert!(store.view().nearest(&[1.0, 0.0, 0.0], None, 10).is_empty());
    store.insert(key(2), &[-1.0, 0.0, 0.0], chunk(2, 0));
    let found = store.view().nearest(&[1.0, 0.0, 0.0], None, 10);
    assert_eq!(found, [Candidate { chunk: chunk(2, 0), score: -1.0, thin: false }]);
    for query in [&[0.0; 3][..], &[f32::NAN; 3], &[f32::INFINITY; 3], &[1.0; 2], &[]] {
        assert!(store.view().nearest(query, None, 10).is_empty(), "{query:?}");
    }
    assert!(store.view().nearest(&[1.0, 0.0, 0.0], None, 0).is_empty());
    assert!(VectorStore::new(3, GraphOptions::default()).view().nearest(&[1.0; 3], None, usize::MAX).is_empty());
    assert_eq!(store.view().nearest(&[1.0; 3], None, usize::MAX).len(), 1);
}

#[test]
fn a_text_that_comes_back_has_its_vector_until_compaction() {
    let vectors = clustered(8, 16, 3);
    let mut store = store_of(&vectors, GraphOptions::default());
    let slot = store.find(&key(0)).unwrap();
    assert!(store.remove_owner(slot, chunk(0, 0)));
    assert!(!store.remove_owner(slot, chunk(0, 0)), "it is gone already");
    assert_eq!((store.live(), store.compact_when_due()), (7, false));
    assert_eq!(store.find(&key(0)), Some(slot));
    store.add_owner(slot, chunk(9, 9));
    assert_eq!(store.view().nearest(&vectors[0], None, 1)[0].chunk, chunk(9, 9));

    for number in 1..4 {
        let slot = store.find(&key(number)).unwrap();
        store.remove_owner(slot, chunk(number as u32, 0));
    }
    assert!(store.compact_when_due());
    assert_eq!((store.live(), store.find(&key(1))), (5, None));
    assert_eq!(store.view().nearest(&vectors[0], None, 1)[0].chunk, chunk(9, 9));
}

#[test]
fn a_vector_read_back_from_its_bytes_is_the_same_vector() {
    let vectors = clustered(50, 100, 11);
    let store = store_of(&vectors, GraphOptions::default());
    let mut again = VectorStore::new(100, GraphOptions::default());
    for (key, slot) in store.iter() {
        let mut bytes = Vec::new();
        store.encoded(slot).write(&mut bytes);
        let encoded = Encoded::read(&bytes, 100).unwrap();
        for owner in store.owners(slot) {
            again.insert_encoded(*key, &encoded, *owner);
        }
    }
    for query in &vectors[..10] {
        assert_eq!(again.view().nearest(query, None, 20), store.view().nearest(query, None, 20));
    }
}

/// A store from whose first vector on a graph is wanted.
fn with_graph(vectors: &[Vec<f32>]) -> VectorStore {
    let options = GraphOptions { from_vectors: Some(1), connections: 16, construction: 100, search: 100 };
    let mut store = store_of(vectors, options);
    assert!(store.graph_wanted());
    let graph = Graph::build(&store.view(), &options);
    assert!(store.adopt(Arc::new(graph)));
    assert!(!store.graph_wanted());
    store
}

#[test]
fn the_graph_answers_as_the_scan_does_but_for_next_to_nothing() {
    let mut vectors = clustered(300, 64, 21);
    vectors[5].fill(0.0);
    let store = with_graph(&vectors);
    let queries = clustered(20, 64, 22);
    assert!(recall(&store.view(), &vectors, &queries, 10) >= 0.995);
    let near: Vec<Vec<f32>> = vectors.iter().skip(6).step_by(20).cloned().collect();
    assert!(recall(&store.view(), &vectors, &near, 10) >= 0.995);
    for (number, vector) in vectors.iter().enumerate().filter(|(number, _)| *number != 5) {
        let first = store.view().nearest(vector, None, 1)[0];
        assert_eq!(first.chunk.document as usize, number, "every point is found by its own vector");
    }
}

#[test]
fn the_graph_serves_what_came_and_went_after_it_was_built() {
    let mut vectors = clustered(450, 64, 31);
    let mut store = with_graph(&vectors[..400]);
    let gone = store.find(&key(10)).unwrap();
    store.remove_owner(gone, chunk(10, 0));
    for number in 400..450 {
        store.insert(key(number), &vectors[number], chunk(number as u32, 0));
    }
    let view = store.view();
    assert_eq!(view.nearest(&vectors[420], None, 1)[0].chunk, chunk(420, 0), "newer than the graph");
    assert!(!chunks(&view.nearest(&vectors[10], None, 40)).contains(&chunk(10, 0)), "gone since");
    let even = |document| document % 2 == 0;
    assert!(
        view.nearest(&vectors[7], Some(Filter::documents(&even)), 20).iter().all(|found| found.chunk.document % 2 == 0)
    );
    assert!(!store.graph_wanted(), "51 of 450 lie outside");

    store.add_owner(gone, chunk(10, 1));
    assert_eq!(store.view().nearest(&vectors[10], None, 1)[0].chunk, chunk(10, 1), "it came back");
    vectors.extend(clustered(60, 64, 32));
    for number in 450..510 {
        store.insert(key(number), &vectors[number], chunk(number as u32, 0));
    }
    assert!(store.graph_wanted(), "110 of 510 lie outside");
}

#[test]
fn a_slot_that_was_dead_when_the_graph_was_built_is_found_when_it_comes_back() {
    let vectors = clustered(100, 64, 41);
    let options = GraphOptions { from_vectors: Some(1), ..GraphOptions::default() };
    let mut store = store_of(&vectors, options);
    let slot = store.find(&key(50)).unwrap();
    store.remove_owner(slot, chunk(50, 0));
    let graph = Graph::build(&store.view(), &options);
    assert!(store.adopt(Arc::new(graph)));
    store.add_owner(slot, chunk(50, 0));
    assert_eq!(store.view().nearest(&vectors[50], None, 1)[0].chunk, chunk(50, 0));
}

#[test]
fn a_graph_of_slots_that_were_numbered_anew_is_refused() {
    let vectors = clustered(40, 16, 51);
    let options = GraphOptions { from_vectors: Some(1), ..GraphOptions::default() };
    let mut store = store_of(&vectors, options);
    let graph = Arc::new(Graph::build(&store.view(), &options));
    for number in 0..20 {
        let slot = store.find(&key(number)).unwrap();
        store.remove_owner(slot, chunk(number as u32, 0));
    }
    assert!(store.compact_when_due());
    assert!(!store.adopt(graph));
    assert!(store.graph_wanted());
    assert_eq!(store.view().nearest(&vectors[30], None, 1)[0].chunk, chunk(30, 0));
}

#[test]
fn a_graph_of_nothing_and_of_one_vector_answers() {
    let options = GraphOptions { from_vectors: Some(0), ..GraphOptions::default() };
    let mut store = VectorStore::new(4, options);
    assert!(store.graph_wanted());
    let graph = Graph::build(&store.view(), &options);
    assert!(store.adopt(Arc::new(graph)));
    assert!(store.view().nearest(&[1.0; 4], None, 3).is_empty());
    store.insert(key(0), &[1.0; 4], chunk(0, 0));
    let graph = Graph::build(&store.view(), &options);
    assert!(store.adopt(Arc::new(graph)));
    assert_eq!(store.view().nearest(&[1.0; 4], None, 3).len(), 1);
}
