//! What hits of a document may take in of it.

use std::ops::RangeInclusive;

use super::tests::{Shelf, entry, ranked};
use super::*;

/// A shelf with one document, whose sections have the word so many times.
fn shelf(counts: [usize; 7]) -> Shelf {
    let section = |(at, count): (usize, usize)| {
        let (said, filler) = ("kite ".repeat(count), format!("filler{at} and more of it. ").repeat(40));
        format!("## Part {at}\n\n{said}{filler}\n\n")
    };
    let text: String = counts.into_iter().enumerate().map(section).collect();
    let mut shelf = Shelf::new();
    shelf.apply(Vec::new(), vec![entry("a.md", &text)]);
    shelf
}

/// The hits, the best first, each with what it may take in: asked for when the plan was gone through so far.
fn reaches(shelf: &Shelf, per_document: usize, through: usize) -> Vec<(u32, RangeInclusive<u32>)> {
    let shelves = [shelf.searcher()];
    let ranking = ranked(&shelves, "kite", false);
    let (filters, directory) = (Filters::default(), Directory::default());
    let text = QueryText::parse("kite").unwrap();
    let sources = Sources { shelves: &shelves, directory: &directory, filters: &filters, question: text.question() };
    let mut plan = Plan::new(&ranking, sources, Policies { per_document, join_bytes: 0, ..Policies::default() });
    let mut texts = Texts::new(&shelves);
    let hits: Vec<Planned> = std::iter::from_fn(|| plan.next(&mut texts).unwrap()).take(through).collect();
    hits.iter().map(|hit| (hit.best, plan.reach(hit, &mut texts).unwrap())).collect()
}

#[test]
fn what_lies_between_two_hits_belongs_to_the_one_that_ranks_higher() {
    // Five have the word; the fourth has it most, then the first.
    let shelf = shelf([3, 0, 0, 4, 0, 2, 1]);
    assert_eq!(reaches(&shelf, 1, 9), [(3, 0..=u32::MAX)], "there is no other hit");
    assert_eq!(reaches(&shelf, 2, 9), [(3, 1..=u32::MAX), (0, 0..=0)], "which has no room but its own");
    assert_eq!(reaches(&shelf, 3, 9), [(3, 1..=4), (0, 0..=0), (5, 5..=u32::MAX)], "the last may not be a hit");
    assert_eq!(reaches(&shelf, 9, 9), [(3, 1..=4), (0, 0..=0), (5, 5..=5), (6, 6..=u32::MAX)]);
}

#[test]
fn what_a_hit_may_take_in_is_the_same_however_far_the_plan_was_gone_through() {
    for counts in [[3, 0, 0, 4, 0, 2, 1], [1, 1, 1, 1, 1, 1, 1], [0, 2, 0, 2, 0, 2, 0], [5, 4, 3, 0, 3, 4, 5]] {
        let shelf = shelf(counts);
        for per_document in 1..=7 {
            let whole = reaches(&shelf, per_document, usize::MAX);
            for through in 1..=whole.len() {
                assert_eq!(reaches(&shelf, per_document, through), whole[..through], "{counts:?}, {per_document}");
            }
            for (at, (_, one)) in whole.iter().enumerate() {
                for (_, other) in &whole[at + 1..] {
                    assert!(one.end() < other.start() || other.end() < one.start(), "{counts:?}: {whole:?}");
                }
            }
        }
    }
}
