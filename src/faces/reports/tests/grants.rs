//! Grants: what a reader may not open moves nothing in their reports.

use super::{House, by_meaning_alone, rows, table};
use crate::ledger::{Feedback, Record, Retrieval};
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

/// Feedback on a document by somebody who could open these shelves.
fn felt(house: &House, document: &str, same_as: Option<&Feedback>, shelves: &[&str]) -> Feedback {
    let said = house.bad(document, same_as.map(|first| &first.id));
    Feedback { author: house.author(shelves), ..said }
}

#[test]
fn gaps_and_mistakes_are_seen_by_those_who_could_have_written_them_and_the_others_move_nothing() {
    let (plain, other) = (House::open(), House::open());
    for (house, more) in [(&plain, false), (&other, true)] {
        let feedback = |one: &Feedback| Record::Feedback(Box::new(one.clone()));
        let all = ["public", "corpus", "team"];
        let first = felt(house, "team/notes", None, &["public", "team"]);
        let mut again = felt(house, "team/notes", Some(&first), &["public", "team"]);
        let mut records = vec![house.gap_of("a table of tides", &["public", "team"]), house.gap_of("tea", &["public"])];
        if more {
            // Others report the same mistake first, in between, and another; what they read is involved from then on.
            let before = felt(house, "team/notes", None, &all);
            let mut between = felt(house, "team/notes", Some(&before), &all);
            let plan = house.bad("corpus/plan", None).involved.remove(0);
            between.involved.push(plan.clone());
            again.involved.insert(0, plan);
            let first = Feedback { same_as: Some(before.id.clone()), ..first.clone() };
            again.same_as = Some(before.id.clone());
            records.push(house.gap_of("quicksilver", &all));
            records.push(feedback(&felt(house, "corpus/plan", None, &all)));
            records.extend([&before, &first, &between].map(feedback));
        } else {
            records.push(feedback(&first));
        }
        records.push(feedback(&again));
        // From before it was written down who could open what.
        if more {
            records.extend([house.gap_of("mercury", &[]), feedback(&felt(house, "team/notes", None, &[]))]);
        }
        house.note(records);
    }
    for (collections, needs, mistakes) in [(&["team"][..], 2, 1), (&[], 1, 0), (&["corpus"], 1, 0)] {
        for kind in [ReportKind::Gaps, ReportKind::Repeats] {
            let mut reports =
                [&plain, &other].map(|house| house.report(&house.book(), kind, &house.member(collections)));
            // The names of records are by chance.
            for row in reports.iter_mut().flat_map(|report| &mut report.tables).flat_map(|table| &mut table.rows) {
                row.next = row.next.split("f_").next().unwrap().to_owned();
            }
            assert_eq!(reports[0], reports[1], "{kind} for {collections:?}");
            let many = if kind == ReportKind::Gaps { needs } else { mistakes };
            assert_eq!(reports[1].tables[0].total_rows, many, "{kind} for {collections:?}: {:?}", reports[1]);
            let text = format!("{:?}", reports[1]);
            assert!(!text.contains("corpus/") && !text.contains("quicksilver") && !text.contains("M-0"), "{text}");
        }
    }
    let owner = other.report(&other.book(), ReportKind::Gaps, &other.owner());
    assert_eq!(table(&owner, "questions").total_rows, 4, "the owner sees all");
    let told = other.report(&other.book(), ReportKind::Repeats, &other.owner());
    assert_eq!(rows(&told, "mistakes", &["mistake", "times"]), ["M-0002 4"]);
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
