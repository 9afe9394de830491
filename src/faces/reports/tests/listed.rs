//! What each report lists, and what takes a row out of it.

use super::{House, by_meaning_alone, rows, table, text};
use crate::ledger::{ErasureRule, Fix, MistakeNumber, OutcomeKind, Record, Words, erase, moment};
use crate::library::Fixes;
use crate::reports::ReportKind;

#[test]
fn a_document_is_unread_until_a_passage_of_it_is_served() {
    let house = House::open();
    house.write(vec![house.search("ship", &["playbook/release"])]);
    let (book, owner) = (house.book(), house.owner());
    let unread = house.report(&book, ReportKind::Unread, &owner);
    let listed = rows(&unread, "documents", &["document"]);
    assert_eq!(
        listed,
        ["playbook/oncall", "corpus/plan", "playbook/README", "team/notes"],
        "and not what was superseded"
    );
    let row = &table(&unread, "documents").rows[0];
    assert_eq!((row.owner.as_str(), row.age_days), ("rota", Some(295)));
    assert!(row.next.ends_with("`cairn search -- 'On call'`"), "{}", row.next);
    assert_eq!(table(&unread, "documents").rows[1].age_days, None, "nothing says how old it is");
    house.write(vec![house.search("pager", &["playbook/oncall"])]);
    let unread = house.report(&book, ReportKind::Unread, &owner);
    assert!(!rows(&unread, "documents", &["document"]).contains(&"playbook/oncall".to_owned()));
}

#[test]
fn what_is_past_its_review_is_stale_when_it_is_served() {
    let house = House::open();
    let (book, owner) = (house.book(), house.owner());
    house.write(vec![house.search("ship", &["playbook/release"])]);
    let stale = house.report(&book, ReportKind::Stale, &owner);
    assert_eq!(table(&stale, "documents").total_rows, 0);
    assert_eq!(stale.notes, ["1 more are past their review and were not served"]);
    house.write(vec![house.search("pager", &["playbook/oncall", "playbook/release"])]);
    let stale = house.report(&book, ReportKind::Stale, &owner);
    assert_eq!(
        rows(&stale, "documents", &["document", "due", "verified", "answers"]),
        ["playbook/oncall 2026-04-10  1"]
    );
    let row = &table(&stale, "documents").rows[0];
    assert_eq!((row.owner.as_str(), row.age_days), ("rota", Some(205)));
    house.pass(180);
    let stale = house.report(&book, ReportKind::Stale, &owner);
    assert_eq!(rows(&stale, "documents", &["document", "answers"]), ["playbook/release 2", "playbook/oncall 1"]);
}

#[test]
fn gaps_are_what_found_nothing_or_nothing_by_words_grouped_by_meaning() {
    let house = House::open();
    let mut narrowed = house.search("parental leave", &[]);
    narrowed.params.insert("collections".to_owned(), vec!["playbook"].into());
    let mut second_page = house.search("releasing", &[]);
    second_page.params.insert("offset".to_owned(), 6.into());
    house.write(vec![
        house.search("how do I rotate an api token", &[]),
        house.search("rotate api tokens", &[]),
        house.search("How do I rotate an API token?", &[]),
        house.search("releasing", &["playbook/release"]),
        second_page,
        narrowed,
    ]);
    house.pass(3);
    house.write(vec![by_meaning_alone(house.search("night duty", &["playbook/oncall", "playbook/release"]))]);
    let (book, owner) = (house.book(), house.owner());
    let gaps = house.report(&book, ReportKind::Gaps, &owner);
    assert_eq!(
        rows(&gaps, "questions", &["question", "asked", "empty", "agents", "last", "nearest", "wordings"]),
        [
            "how do I rotate an api token 3 3 1 2026-11-01  rotate api tokens",
            "night duty 1 0 1 2026-11-04 playbook/oncall ",
            "parental leave 1 1 1 2026-11-01  ",
        ]
    );
    let rest: Vec<_> = table(&gaps, "questions").rows.iter().map(|row| (row.owner.as_str(), row.age_days)).collect();
    assert_eq!(rest, [("nobody", Some(3)), ("rota", Some(0)), ("editors", Some(3))]);
    let next: Vec<_> = table(&gaps, "questions").rows.iter().map(|row| row.next.rsplit(": ").next().unwrap()).collect();
    assert_eq!(
        next,
        [
            "`cairn search -- 'how do I rotate an api token'`",
            "`cairn get 'playbook/oncall'`",
            "`cairn search -- 'parental leave'`"
        ]
    );
    let missed: Vec<_> = gaps.series[0].points.iter().map(|point| point.value).collect();
    assert_eq!(missed, [4.0, 1.0]);
}

#[test]
fn what_an_agent_says_was_not_there_is_a_gap_with_the_questions_that_mean_it() {
    let house = House::open();
    house.write(vec![house.search("rotate api tokens", &[])]);
    house.note(vec![house.gap("how do I rotate an API token"), house.gap(&"a long story ".repeat(100))]);
    let (book, owner) = (house.book(), house.owner());
    let gaps = house.report(&book, ReportKind::Gaps, &owner);
    let listed = rows(&gaps, "questions", &["asked", "empty", "reported", "agents", "question"]);
    assert!(listed[0].starts_with("1 1 1 2 "), "{listed:?}");
    assert!(listed[1].starts_with("0 0 1 1 a long story") && listed[1].len() < 600, "{listed:?}");
    let member = house.report(&book, ReportKind::Gaps, &house.member(&["team"]));
    assert_eq!(rows(&member, "questions", &["question", "reported"]), ["rotate api tokens 0"], "who could open more");
    let rule = ErasureRule::Principal("tok_1".to_owned());
    erase(&house.ledger_folder(), house.ledger_options(), &rule).unwrap();
    let gaps = house.report(&book, ReportKind::Gaps, &owner);
    assert_eq!(rows(&gaps, "questions", &["question", "reported"]), ["rotate api tokens 0"]);
}

#[test]
fn distribution_counts_what_came_of_public_documents_and_looks_at_them() {
    let house = House::open();
    house.write(vec![house.search("ship", &["playbook/release", "corpus/plan"])]);
    house.note(vec![
        house.outcome("playbook/release", OutcomeKind::Reply),
        house.outcome("playbook/release", OutcomeKind::Sale),
        house.outcome("playbook/release", OutcomeKind::Sale),
        house.outcome("playbook/gone", OutcomeKind::Reuse),
        house.views(&[("playbook/oncall", 3), ("playbook/release", 1)]),
    ]);
    house.pass(4);
    house.note(vec![house.views(&[("playbook/oncall", 2)])]);
    let (book, owner) = (house.book(), house.owner());
    let distribution = house.report(&book, ReportKind::Distribution, &owner);
    assert_eq!(
        rows(&distribution, "documents", &["document", "views", "answers", "reply", "citation", "sale", "reuse"]),
        ["playbook/release 1 1 1 0 2 0", "playbook/oncall 5 0 0 0 0 0"]
    );
    let rest: Vec<_> =
        table(&distribution, "documents").rows.iter().map(|row| (row.owner.as_str(), row.age_days)).collect();
    assert_eq!(rest, [("captains", Some(4)), ("rota", None)]);
    assert_eq!(table(&distribution, "documents").totals["sale"], 2);
    assert!(!format!("{distribution:?}").contains("said in private"));
    let unread = house.report(&book, ReportKind::Unread, &owner);
    assert_eq!(
        rows(&unread, "documents", &["document", "views"])[0],
        "playbook/oncall 5",
        "looked at, and never served"
    );
}

#[test]
fn a_mistake_that_is_made_again_stays_until_somebody_touches_its_document() {
    let house = House::open();
    let (first, other) = (house.bad("playbook/release", None), house.bad("playbook/oncall", None));
    let again = house.bad("playbook/release", Some(&first.id));
    house.note([first, other].map(|one| Record::Feedback(Box::new(one))).into());
    let book = house.book();
    let mistakes = |view| {
        let repeats = house.report(&book, ReportKind::Repeats, &view);
        rows(&repeats, "mistakes", &["mistake", "standing", "reason", "process", "documents", "times", "last"])
    };
    assert!(mistakes(house.owner()).is_empty(), "once is no repeat");
    house.pass(2);
    house.note(vec![Record::Feedback(Box::new(again))]);
    let listed = ["M-0001 open wrong processes/ship playbook/release 2 2026-11-03"];
    assert_eq!(mistakes(house.owner()), listed);
    let told = [" open wrong  playbook/release 2 2026-11-03"];
    assert_eq!(mistakes(house.member(&["corpus", "team"])), told, "its number tells how many there are");
    assert!(mistakes(house.member(&["team"])).is_empty(), "who reported it could see more");
    std::fs::write(house.folder.path().join("playbook/release.md"), "# Releasing\n\nMended.\n").unwrap();
    house.index();
    assert!(mistakes(house.owner()).is_empty(), "somebody did something");
}

#[test]
fn a_mistake_that_a_commit_closes_leaves_the_list_and_comes_back_with_that_commit() {
    let house = House::open();
    let (first, of_another) = (house.bad("playbook/release", None), house.bad("playbook/oncall", None));
    let again = |first: &crate::ledger::Feedback, document| house.bad(document, Some(&first.id));
    let (more, of_another_more) = (again(&first, "playbook/release"), again(&of_another, "playbook/oncall"));
    let note = |all: Vec<_>| house.note(all.into_iter().map(|one| Record::Feedback(Box::new(one))).collect());
    note(vec![first.clone(), of_another, more, of_another_more]);
    let (book, commit) = (house.book(), "0123456789abcdef0123456789abcdef01234567");
    let repeats = |fixed: &[(&str, &str)]| {
        let fix = |(number, at): &(&str, &str)| Fix {
            number: MistakeNumber::parse(number).unwrap(),
            commit: commit.to_owned(),
            at: moment(at).unwrap(),
        };
        let mut view = house.owner();
        view.fixes = Fixes::given(fixed.iter().map(fix).collect());
        let report = house.report(&book, ReportKind::Repeats, &view);
        (rows(&report, "mistakes", &["mistake", "standing", "times", "closed_by"]), report.notes)
    };
    assert_eq!(repeats(&[]).0, ["M-0001 open 2 ", "M-0002 open 2 "]);
    assert_eq!(repeats(&[("M-0001", "2026-10-31")]).0.len(), 2, "a commit of another ledger's days");
    let closed = ["1 more were made again, and a commit has closed them since".to_owned()];
    assert_eq!(repeats(&[("M-0002", "2026-11-02")]), (vec!["M-0001 open 2 ".to_owned()], closed.to_vec()));

    house.pass(3);
    note(vec![again(&first, "playbook/release")]);
    let came_back = ["M-0001 came back 3 0123456789ab".to_owned()];
    let fixes = [("M-0001", "2026-11-02"), ("M-0002", "2026-11-02")];
    assert_eq!(repeats(&fixes), (came_back.to_vec(), closed.to_vec()));
    std::fs::write(house.folder.path().join("playbook/release.md"), "# Releasing\n\nMended.\n").unwrap();
    house.index();
    assert_eq!(repeats(&fixes).0, came_back, "what was done to close it did not hold: a commit has to say so again");
    assert!(repeats(&[("M-0001", "2026-11-05"), ("M-0002", "2026-11-05")]).0.is_empty());
}

#[test]
fn health_has_the_score_of_each_commit_and_how_it_moved() {
    let house = House::open();
    house.write(Vec::new());
    let (book, owner) = (house.book(), house.owner());
    let told = house.report(&book, ReportKind::Health, &owner);
    assert_eq!(told.notes, ["no score is on record: `cairn eval --record` writes one down"]);
    let (first, second) = ("a".repeat(40), "b".repeat(40));
    house.note(vec![house.evaluation(Some(&first), &[("corpus/plan", 0.7), ("team/notes", 0.9)])]);
    house.pass(1);
    house.note(vec![
        house.evaluation(Some(&second), &[("team/notes", 0.5)]),
        house.evaluation(Some(&second), &[("corpus/plan", 0.6), ("team/notes", 0.9)]),
    ]);
    house.pass(1);
    house.note(vec![house.evaluation(None, &[("corpus/plan", 0.8), ("team/notes", 0.9)])]);
    let health = house.report(&book, ReportKind::Health, &owner);
    assert_eq!(
        rows(&health, "scores", &["measure", "value", "change", "questions", "commit", "uncommitted", "day"]),
        [
            "ndcg@10 0.85 +0.1000 6  1 2026-11-03",
            "ndcg@10 0.75 -0.0500 6 bbbbbbbbbbbb 0 2026-11-02",
            "ndcg@10 0.5  3 bbbbbbbbbbbb 0 2026-11-02",
            "ndcg@10 0.8  6 aaaaaaaaaaaa 0 2026-11-01",
        ],
        "the newest first, each beside the last that asked the same"
    );
    let fell = &table(&health, "scores").rows[1].next;
    assert!(fell.ends_with(&format!("`cairn eval --against '{first}'`")), "{fell}");
    assert_eq!(
        rows(&health, "sets", &["set", "score", "change", "questions"]),
        ["corpus/plan 0.8 +0.2000 3", "team/notes 0.9 +0.0000 3"]
    );
    assert_eq!(table(&health, "sets").rows[0].owner, "board");
    let line: Vec<_> = health.series[1].points.iter().map(|point| (point.day.as_str(), point.value)).collect();
    assert_eq!(line, [("2026-11-01", 0.8), ("2026-11-02", 0.75), ("2026-11-03", 0.85)]);
    let member = house.report(&book, ReportKind::Health, &house.member(&["corpus", "team"]));
    assert!(table(&member, "scores").rows.is_empty() && member.notes.is_empty(), "it was asked as the owner");
}

#[test]
fn a_question_that_is_erased_is_in_no_gap_any_more() {
    let house = House::open();
    house.write(vec![house.search("the plum affair", &[]), house.search("lunch menu", &[])]);
    let (book, owner) = (house.book(), house.owner());
    let questions = |gaps| rows(&gaps, "questions", &["question"]);
    assert_eq!(questions(house.report(&book, ReportKind::Gaps, &owner)), ["lunch menu", "the plum affair"]);
    let rule = ErasureRule::Query(Words::new("plum"));
    erase(&house.ledger_folder(), house.ledger_options(), &rule).unwrap();
    let gaps = house.report(&book, ReportKind::Gaps, &owner);
    assert!(!format!("{gaps:?}").contains("plum"));
    assert_eq!(gaps.notes, ["1 of them are left out: their texts are not kept any more"]);
    assert_eq!(questions(gaps), ["lunch menu"]);
    assert!(!format!("{book:?}").contains("plum"), "nor is it in the figures");
}

#[test]
fn health_says_what_each_measure_would_gain_most_from() {
    let house = House::open();
    house.write(Vec::new());
    let (book, owner) = (house.book(), house.owner());
    let empty = house.report(&book, ReportKind::Health, &owner);
    assert!(rows(&empty, "measures", &["value"]).iter().all(|value| value == "1" || value == "0"), "{empty:?}");
    let mut cut = house.search("ship", &["playbook/release", "playbook/oncall"]);
    cut.truncated = true;
    house.write(vec![
        cut,
        house.search("ship", &["playbook/release"]),
        by_meaning_alone(house.search("pager", &["playbook/oncall", "corpus/plan"])),
        house.search("nothing", &[]),
    ]);
    let health = house.report(&book, ReportKind::Health, &owner);
    assert_eq!(
        rows(&health, "measures", &["measure", "value", "part", "whole", "worst"]),
        [
            "verified 0.6667 2 3 playbook/oncall",
            "answered 0.75 3 4 ",
            "worded 0.5 2 4 ",
            "current 0.6 3 5 playbook/oncall",
            "owned 1 5 5 ",
            "whole 0.75 3 4 ",
            "read 0.5 3 6 ",
        ]
    );
    let row = &table(&health, "measures").rows[0];
    assert_eq!(row.owner, "rota");
    assert!(row.next.ends_with("`cairn get 'playbook/oncall'`"), "{}", row.next);
    assert_eq!(text(&table(&health, "ages").rows[0], "days"), "295", "only one of them says when it changed");
}
