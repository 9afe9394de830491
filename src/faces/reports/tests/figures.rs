//! Figures: a book that was kept says what one that is made anew says, and its sums are those of the ledger.

use std::io::Write as _;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::{House, by_meaning_alone, hit, rows, table};
use crate::ledger::{Filter, LedgerReader, OutcomeKind, Record, Retrieval, Verb};
use crate::reports::tally::{Bounds, Tally};
use crate::reports::{Book, ReportKind, Span};

/// What happens to a ledger, and to a book of it.
#[derive(Debug, Clone)]
enum Step {
    /// So many records are written, of who, about what, for which process: each one is told by a number.
    Write(Vec<u16>),
    /// The server is restarted after so many days.
    Pass(u8),
    /// Other records than retrievals are written.
    Note(u8),
    /// A report is made.
    Look,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => prop::collection::vec(any::<u16>(), 1..12).prop_map(Step::Write),
        1 => (0..40_u8).prop_map(Step::Pass),
        1 => any::<u8>().prop_map(Step::Note),
        2 => Just(Step::Look),
    ]
}

/// Another record for every number.
fn record(house: &House, number: u16) -> Retrieval {
    let pick = |shift: u16, of: u16| usize::from((number >> shift) % of);
    let documents = ["playbook/release", "playbook/oncall", "corpus/plan", "team/notes", "nowhere/gone \"x\""];
    let served: Vec<&str> = documents.iter().cycle().skip(pick(0, 5)).take(pick(3, 4)).copied().collect();
    let mut made = house.search(&format!("question {}", number % 50), &served);
    made.who = format!("tok_{}", pick(5, 4));
    made.process = [None, Some("processes/a"), Some("processes/b \\ é")][pick(7, 3)].map(str::to_owned);
    made.scope = [vec!["public"], vec!["public", "corpus"], vec!["public", "team"]][pick(9, 3)]
        .iter()
        .map(|shelf| (*shelf).to_owned())
        .collect();
    match pick(11, 4) {
        0 => made = by_meaning_alone(made),
        1 => made.verb = Verb::Read,
        2 => drop(made.params.insert("offset".to_owned(), 6.into())),
        _ => made.truncated = true,
    }
    made
}

/// Other records for every number.
fn notes(house: &House, number: u8) -> Vec<Record> {
    let document = ["playbook/release", "corpus/plan", "playbook/gone"][usize::from(number % 3)];
    let outcome = OutcomeKind::ALL[usize::from(number % 6)];
    vec![
        house.gap(&format!("need {}", number % 7)),
        house.outcome(document, outcome),
        house.views(&[(document, u64::from(number)), ("playbook/oncall", 1)]),
    ]
}

fn tally(book: &Book) -> Tally {
    book.catch_up(None).unwrap();
    book.tally()
}

#[test]
fn a_book_that_was_kept_says_what_a_new_one_says_whatever_happened_between() {
    let small = Bounds { documents: 3, names: 3, scopes: 2, answers: 6, served: 8, missed: 5 };
    for bounds in [Bounds::USUAL, small] {
        let mut runner = TestRunner::new(ProptestConfig { cases: 12, ..ProptestConfig::default() });
        let house = House::open();
        let run = |steps: Vec<Step>| {
            let _gone = std::fs::remove_dir_all(house.ledger_folder()).is_ok();
            house.write(Vec::new());
            let kept = Book::bounded(&house.ledger_folder(), bounds);
            for step in steps {
                match step {
                    Step::Write(numbers) => house.write(numbers.iter().map(|number| record(&house, *number)).collect()),
                    Step::Pass(days) => house.pass(days.into()),
                    Step::Note(number) => house.note(notes(&house, number)),
                    Step::Look => kept.catch_up(None).unwrap(),
                }
            }
            let fresh = Book::bounded(&house.ledger_folder(), bounds);
            prop_assert_eq!(tally(&kept), tally(&fresh));
            sums_hold(&house, &kept)
        };
        runner.run(&prop::collection::vec(step(), 1..24), run).unwrap();
    }
}

/// The owner's totals over all time are the sums over the records as they are exported.
fn sums_hold(house: &House, book: &Book) -> Result<(), TestCaseError> {
    let reader = LedgerReader::open(&house.ledger_folder()).unwrap();
    let (mut answers, mut tokens, mut passages) = (0, 0, 0);
    for line in reader.oldest(Filter::default()).unwrap() {
        if let Record::Retrieval(retrieval) = line.unwrap().record {
            answers += 1;
            tokens += retrieval.tokens;
            passages += retrieval.hits.len() as u64;
        }
    }
    let usage = house.report(book, ReportKind::Usage, &house.owner());
    for name in ["processes", "agents"] {
        let totals = &table(&usage, name).totals;
        prop_assert_eq!((totals["answers"], totals["tokens"], totals["passages"]), (answers, tokens, passages));
    }
    for name in ["documents", "deliveries"] {
        prop_assert_eq!(table(&usage, name).totals["passages"], passages);
    }
    Ok(())
}

#[test]
fn usage_counts_documents_agents_and_processes_in_the_days_that_are_asked_for() {
    let house = House::open();
    let mut first = house.search("ship", &["playbook/release", "playbook/oncall", "playbook/release"]);
    (first.who, first.process) = ("tok_1".to_owned(), Some("playbook/release".to_owned()));
    house.write(vec![first]);
    house.pass(2);
    let mut second = house.search("pager", &["playbook/oncall"]);
    second.who = "tok_2".to_owned();
    house.write(vec![second, house.search("nothing", &[])]);
    let (book, owner) = (house.book(), house.owner());
    let usage = house.report(&book, ReportKind::Usage, &owner);
    let columns = ["process", "agents", "answers", "questions", "empty", "passages", "tokens", "share"];
    assert_eq!(rows(&usage, "processes", &columns), ["playbook/release 1 1 1 0 3 307 0.7292", " 2 2 2 1 1 114 0.2708"]);
    assert_eq!(
        rows(&usage, "documents", &["document", "agents", "processes", "answers", "first", "passages"]),
        ["playbook/oncall 2 1 2 1 2", "playbook/release 1 1 1 1 2"]
    );
    assert_eq!(
        rows(&usage, "deliveries", &["document", "agent", "process", "passages"]),
        [
            "playbook/release tok_1 playbook/release 2",
            "playbook/oncall tok_1 playbook/release 1",
            "playbook/oncall tok_2  1"
        ]
    );
    let row = &table(&usage, "documents").rows[0];
    assert_eq!((row.owner.as_str(), row.age_days), ("rota", Some(0)));
    let points: Vec<_> = usage.series[0].points.iter().map(|point| (point.day.as_str(), point.value)).collect();
    assert_eq!(points, [("2026-11-01", 307.0), ("2026-11-03", 114.0)]);
    let days = |since: &str, until: &str| Span::new(crate::ledger::moment(since), crate::ledger::moment(until));
    for (span, tokens) in [
        (days("2026-11-01", "2026-11-02"), 307),
        (days("2026-11-02", "2026-11-03"), 0),
        (days("2026-11-03T23:00:00Z", ""), 114),
    ] {
        let usage =
            book.report(ReportKind::Usage, &owner, Some(span), 9, crate::ledger::Clock::now(&*house.clock)).unwrap();
        assert_eq!(table(&usage, "agents").totals["tokens"], tokens, "{span:?}");
    }
    let few = book.report(ReportKind::Usage, &owner, None, 1, crate::ledger::Clock::now(&*house.clock)).unwrap();
    let deliveries = table(&few, "deliveries");
    assert_eq!((deliveries.rows.len(), deliveries.total_rows, deliveries.totals["passages"]), (1, 3, 4));
}

#[test]
fn what_is_over_a_bound_is_counted_and_said() {
    let house = House::open();
    let records = (0..20_u16).map(|number| {
        let mut made = house.search("x", &[]);
        made.who = format!("tok_{number}");
        made.hits = (0..3).map(|rank| hit(&format!("playbook/p{}", number * 3 + rank), rank.into(), None)).collect();
        made.served = 3;
        made
    });
    house.write(records.collect());
    let bounds = Bounds { documents: 40, names: 10, scopes: 4, answers: 5, served: 12, missed: 7 };
    let book = Book::bounded(&house.ledger_folder(), bounds);
    let usage = house.report(&book, ReportKind::Usage, &house.owner());
    assert_eq!(table(&usage, "documents").totals["passages"], 60);
    assert_eq!(table(&usage, "agents").totals["answers"], 20);
    assert!(rows(&usage, "agents", &["agent"]).contains(&"(others)".to_owned()));
    assert_eq!(usage.notes.len(), 2, "{:?}", usage.notes);
    let gaps = house.report(&book, ReportKind::Gaps, &house.owner());
    assert_eq!(table(&gaps, "questions").totals["asked"], 7);
    assert!(gaps.notes.iter().any(|note| note.starts_with("13 older questions")), "{:?}", gaps.notes);
}

#[test]
fn a_line_that_is_no_record_is_told_of_and_hides_nothing_behind_it() {
    let house = House::open();
    house.write(vec![house.search("a", &["playbook/release"])]);
    let (book, owner) = (house.book(), house.owner());
    book.catch_up(None).unwrap();
    let path = house.ledger_folder().join("000001.jsonl");
    let line = std::fs::read_to_string(&path).unwrap().lines().last().unwrap().to_owned();
    let mut file = std::fs::File::options().append(true).open(path).unwrap();
    writeln!(file, "not a line\n{}\n{line}", line.replace("\"hits\":[", "\"hits\":[5,")).unwrap();
    let usage = house.report(&book, ReportKind::Usage, &owner);
    assert_eq!(table(&usage, "agents").totals["answers"], 2);
    assert!(usage.notes.iter().any(|note| note.starts_with("2 lines")), "{:?}", usage.notes);
}
