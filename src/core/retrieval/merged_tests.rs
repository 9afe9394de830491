//! The law that shelves searched together rank as one index over their union: over generated corpora and grants, leg by
//! leg and fused, with filters, with what was changed and deleted, and with several segments a shelf.
//!
//! What an index over the documents of exactly the opened shelves says is also all that may be said: were anything of
//! another shelf counted, the two would differ.

use std::sync::{Arc, OnceLock};

use proptest::prelude::*;

use super::tests::{Shelf, entry};
use super::*;
use crate::corpus::{DocumentId, Status};
use crate::embed::{Embedder, StaticModel};
use crate::engine::{Analyzer, Entry, Searcher};

/// How many shelves there are; the first one is always opened.
const SHELVES: usize = 4;

const WORDS: [&str; 16] = [
    "deploy",
    "review",
    "incident",
    "owner",
    "running",
    "rollback",
    "ledger",
    "shelf",
    "release-note",
    "ADR-0042",
    "checkBudget",
    "入門書",
    "deployment",
    "harbour",
    "pilot",
    "the",
];

const QUESTIONS: [&str; 12] = [
    "deploy",
    "review of the incident owner",
    "\"the owner\" review",
    "deploy -ledger",
    "incidnet harbuor",
    "de*",
    "ADR-0042 rollback",
    "入門",
    "tag:odd pilot",
    "-tag:odd harbour pilot deploy",
    "status:draft",
    "release notes shelf",
];

fn model() -> Arc<dyn Embedder> {
    static MODEL: OnceLock<Arc<StaticModel>> = OnceLock::new();
    Arc::<StaticModel>::clone(MODEL.get_or_init(|| Arc::new(StaticModel::new().unwrap())))
}

/// A document of a generated corpus: on which shelf it is, what it says, and whether it was deleted again.
#[derive(Debug, Clone)]
struct Page {
    shelf: usize,
    words: Vec<usize>,
    odd: bool,
    deleted: bool,
}

impl Page {
    fn id(at: usize) -> DocumentId {
        DocumentId::parse(&format!("docs/d{at}")).unwrap()
    }

    fn entry(&self, at: usize, before: &str) -> Entry {
        let words: Vec<&str> = self.words.iter().map(|word| WORDS[*word]).collect();
        let (first, second) = words.split_at(words.len() / 2);
        let front = if self.odd { "---\ntags: [odd]\nstatus: draft\n---\n" } else { "" };
        let (first, second) = (first.join(" "), second.join(" "));
        let text = format!("{front}# Page {at} of {}\n\n{before}{first}.\n\n## Part\n\n{second}.\n", at % 3);
        entry(&format!("d{at}.md"), &text)
    }
}

/// A shelf that came to be what it is: in two segments, of which the first holds old versions and deleted documents.
fn grown(pages: &[Page], shelf: usize) -> Shelf {
    let mut index = Shelf::by(model());
    let own = || pages.iter().enumerate().filter(|(_, page)| page.shelf == shelf);
    let old = own().map(|(at, page)| page.entry(at, "incidents deployed reviewed releases pilot ")).collect();
    index.apply(Vec::new(), old);
    let (kept, gone): (Vec<_>, Vec<_>) = own().partition(|(_, page)| !page.deleted);
    let now = kept.into_iter().map(|(at, page)| page.entry(at, "")).collect();
    index.apply(gone.into_iter().map(|(at, _)| Page::id(at)).collect(), now);
    index
}

/// One index over everything that some shelves hold, made at once.
fn whole(pages: &[Page], opened: &[usize]) -> Shelf {
    let mut index = Shelf::by(model());
    let mine = pages.iter().enumerate().filter(|(_, page)| opened.contains(&page.shelf) && !page.deleted);
    index.apply(Vec::new(), mine.map(|(at, page)| page.entry(at, "")).collect());
    index
}

/// A hit by a name that means the same everywhere, with its scores: the fused one, and what each leg said.
type Told = ((String, u32), [f32; 3]);

fn told(shelves: &[Arc<dyn Searcher>], question: &str, lexical_weight: f32, filters: &Filters) -> (Vec<Told>, String) {
    let ranker = Ranker::new(Arc::new(Analyzer::english()), model(), Fusion { lexical_weight, ..Fusion::default() });
    let ranking = ranker.rank(shelves, &[], &QueryText::parse(question).unwrap(), filters).unwrap();
    let hit = |hit: &Ranked| {
        let record = shelves[hit.shelf].catalogue().record(hit.chunk.document).unwrap();
        let leg = |leg: Option<Leg>| leg.map_or(-1.0, |leg| leg.score);
        ((record.id.to_string(), hit.chunk.chunk), [hit.score, leg(hit.legs.lexical), leg(hit.legs.vector)])
    };
    (ranking.hits.iter().map(hit).collect(), format!("{:?}", ranking.expansions))
}

/// The same hits with the same scores, in the same order but for those that are tied.
fn same(merged: &[Told], single: &[Told]) -> Result<(), TestCaseError> {
    let near = |one: f32, other: f32| (one - other).abs() <= 1e-5 * one.abs().max(1.0);
    prop_assert_eq!(merged.len(), single.len());
    for (name, scores) in merged {
        let found = single.iter().find(|(other, _)| other == name);
        let others = found.map(|(_, scores)| *scores);
        let alike = others.is_some_and(|others| scores.iter().zip(others).all(|(one, other)| near(*one, other)));
        prop_assert!(alike, "{name:?}: {scores:?} and {others:?}");
    }
    for ((one, scores), (other, others)) in merged.iter().zip(single) {
        prop_assert!(one == other || near(scores[0], others[0]), "{one:?} stands where {other:?} does");
    }
    Ok(())
}

fn page() -> impl Strategy<Value = Page> {
    let words = proptest::collection::vec(0..WORDS.len(), 2..14);
    (0..SHELVES, words, proptest::bool::weighted(0.3), proptest::bool::weighted(0.2))
        .prop_map(|(shelf, words, odd, deleted)| Page { shelf, words, odd, deleted })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn whoever_may_open_several_shelves_gets_the_ranking_of_one_index_over_exactly_these(
        pages in proptest::collection::vec(page(), 4..16),
        granted in proptest::collection::vec(any::<bool>(), SHELVES - 1),
    ) {
        let shelves: Vec<Shelf> = (0..SHELVES).map(|shelf| grown(&pages, shelf)).collect();
        let mut grants = vec![granted, vec![true; SHELVES - 1]];
        grants.dedup();
        for granted in grants {
            let opened: Vec<usize> = (0..SHELVES).filter(|shelf| *shelf == 0 || granted[*shelf - 1]).collect();
            let merged: Vec<_> = opened.iter().map(|shelf| shelves[*shelf].searcher()).collect();
            let one = whole(&pages, &opened);
            let single = [one.searcher()];
            let drafts = Filters { status: vec![Status::Draft], ..Filters::default() };
            for question in QUESTIONS {
                for weight in [1.0, 0.0, Fusion::default().lexical_weight] {
                    for filters in [&Filters::default(), &drafts] {
                        let (left, left_beside) = told(&merged, question, weight, filters);
                        let (right, right_beside) = told(&single, question, weight, filters);
                        prop_assert_eq!(left_beside, right_beside, "{}", question);
                        same(&left, &right).map_err(|fault| {
                            TestCaseError::fail(format!("{question} at {weight} over {opened:?}: {fault}"))
                        })?;
                    }
                }
            }
        }
    }
}
