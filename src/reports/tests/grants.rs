//! Grants: what a reader may not open moves nothing in their reports.

use super::{House, by_meaning_alone, rows, table};
use crate::ledger::Retrieval;
use crate::reports::{ReportKind, View};

fn scoped(mut record: Retrieval, shelves: &[&str]) -> Retrieval {
    record.scope = shelves.iter().map(|shelf| (*shelf).to_owned()).collect();
    record
}

/// What everybody may see, and what the team may.
fn shared(house: &House) -> Vec<Retrieval> {
    vec![
        house.search("ship", &["playbook/release"]),
        house.search("unheard of", &[]),
        scoped(house.search("ours", &["team/notes", "playbook/oncall"]), &["public", "team"]),
    ]
}

/// What only who opens `corpus` may see.
fn hidden(house: &House) -> Vec<Retrieval> {
    let mut process = scoped(house.search("plan", &["corpus/plan", "playbook/README"]), &["public", "corpus"]);
    process.process = Some("corpus/plan".to_owned());
    vec![
        process,
        scoped(house.search("quicksilver", &[]), &["public", "corpus", "team"]),
        scoped(by_meaning_alone(house.search("mercury", &["corpus/plan"])), &["corpus"]),
    ]
}

#[test]
fn reports_are_the_same_whatever_happened_on_shelves_that_their_reader_may_not_open() {
    let (plain, other) = (House::open(), House::open());
    plain.write(shared(&plain));
    let (mut all, mut more) = (shared(&other), hidden(&other));
    all.insert(0, more.remove(0));
    all.extend(more);
    other.write(all);
    for collections in [&["team"][..], &[]] {
        for kind in ReportKind::ALL {
            let (left, right) = (
                plain.report(&plain.book(), kind, &plain.member(collections)),
                other.report(&other.book(), kind, &other.member(collections)),
            );
            assert_eq!(left, right, "{kind} for {collections:?}");
            let text = format!("{right:?}");
            assert!(!text.contains("corpus/") && !text.contains("quicksilver") && !text.contains("board"), "{text}");
        }
    }
    let usage = other.report(&other.book(), ReportKind::Usage, &other.owner());
    assert_eq!(table(&usage, "agents").totals["answers"], 6, "the owner sees all");
}

#[test]
fn a_reader_sees_what_their_grant_opens_and_processes_only_by_names_they_may_know() {
    let house = House::open();
    let mut named = scoped(house.search("ours", &["team/notes"]), &["public", "team"]);
    named.process = Some("team/notes".to_owned());
    let mut private = scoped(house.search("theirs", &["team/notes"]), &["public", "team"]);
    private.process = Some("corpus/plan".to_owned());
    house.write(vec![house.search("ship", &["playbook/release"]), named, private]);
    let processes =
        |view: &View| rows(&house.report(&house.book(), ReportKind::Usage, view), "processes", &["process", "answers"]);
    assert_eq!(
        processes(&house.member(&["team"])),
        ["team/notes 1", " 2"].map(str::to_owned).into_iter().rev().collect::<Vec<_>>()
    );
    assert_eq!(processes(&house.member(&[])), [" 1"]);
    assert_eq!(processes(&house.owner()).len(), 3);
    let documents =
        |view: &View| rows(&house.report(&house.book(), ReportKind::Usage, view), "documents", &["document"]);
    assert_eq!(documents(&house.member(&["team"])), ["team/notes", "playbook/release"]);
    assert_eq!(documents(&house.member(&["corpus"])), ["playbook/release"]);
    assert_eq!(View::of(&house.library, &crate::access::Principal::anonymous()).map(|_| ()), None);
}
