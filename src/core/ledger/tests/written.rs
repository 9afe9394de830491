//! Records that people and agents write: what was typed stands beside the chain, and comes back, is found and erased.

use std::fs;
use std::sync::atomic::Ordering;

use super::damage::python;
use super::{House, hit};
use crate::access::Principal;
use crate::corpus::{Digest, DocumentId};
use crate::ledger::{
    Author, Change, Cost, Documents, ErasureRule, Escalation, Face, Feedback, Filter, FreeText, FreeTextError, Gap,
    Haste, Id, Involved, Judgement, Keeper, Ledger, LedgerReader, LedgerSink as _, MAX_TEXT_BYTES, Named, Outcome,
    OutcomeKind, PolicyCheck, Reason, Record, RecordName, RetrievalId, TextDays, Timestamp, Verdict, Violation, Words,
    erase, verify, with_text,
};

fn text(text: &str) -> FreeText {
    FreeText::new(text).unwrap()
}

fn author(who: &str) -> Author {
    Author { who: who.to_owned(), ..Author::new(&Principal::anonymous(), Face::Mcp) }
}

fn id<K: Named>(house: &House) -> Id<K> {
    Id::new(house.clock.as_ref(), house.randomness.as_ref()).unwrap()
}

fn feedback(house: &House, retrieval: RetrievalId) -> Feedback {
    let doc = DocumentId::parse("playbook/loop").unwrap();
    Feedback {
        id: id(house),
        author: author("tok_7f3a"),
        retrieval,
        process: Some("refunds".to_owned()),
        doc: Some(doc.clone()),
        verdict: Judgement::Bad,
        reason: Some(Reason::Stale),
        why: Some(text("the plum season is over")),
        corrected: Some(text("pears are ripe")),
        same_as: None,
        involved: vec![Involved { doc, sha256: Some(Digest::of(b"loop")), commit: None }],
    }
}

fn change(house: &House, retrieval: RetrievalId) -> Change {
    Change {
        id: id(house),
        author: author("tok_0a1b"),
        process_id: "refunds".to_owned(),
        timestamp: Timestamp::from_unix_ms(0),
        model: "small-1".to_owned(),
        inputs: text("a crate of quinces"),
        tools_invoked: vec!["send_money".to_owned()],
        policy_checks: vec![PolicyCheck { name: "is-paid".to_owned(), passed: Some(false) }],
        decision: text("paid it back"),
        human_escalation: Escalation { asked: true, to: None },
        owner: "fruit-stewards".to_owned(),
        retrievals: vec![retrieval],
        corpus_commit: None,
        cost: Some(Cost { amount: 0.25, unit: Some("EUR".to_owned()) }),
        duration_ms: Some(1_200),
        outcome: None,
        contract: None,
        violations: vec![Violation { rule: "tool".to_owned(), what: "send_money".to_owned() }],
    }
}

/// A retrieval, and one record of each other kind; in that order.
fn filled(house: &House) -> Vec<Record> {
    let (ledger, _) = house.open();
    let mut asked = house.retrieval("when are plums ripe");
    asked.hits.push(hit("playbook/season", 2));
    let retrieval = asked.id.clone();
    let need = text("a table of seasons");
    let gap = Gap {
        id: id(house),
        author: author("local"),
        process: None,
        retrievals: vec![retrieval.clone()],
        need,
        tried: Some(text("plum, season")),
    };
    let doc = DocumentId::parse("journeys/orchard").unwrap();
    let (author, note) = (author("local"), Some(text("from a letter")));
    let outcome = Outcome { id: id(house), author, outcome: OutcomeKind::Booking, doc, note };
    let records = vec![
        Record::Retrieval(Box::new(asked)),
        Record::Feedback(Box::new(feedback(house, retrieval.clone()))),
        Record::Gap(Box::new(gap)),
        Record::Outcome(Box::new(outcome)),
        Record::Change(Box::new(change(house, retrieval))),
    ];
    append(&ledger, &records);
    records
}

fn append(ledger: &Ledger, records: &[Record]) {
    for record in records {
        ledger.append_record(record.clone(), Haste::Now).wait().unwrap();
    }
}

#[test]
fn what_was_typed_goes_when_it_is_older_than_it_is_kept_and_runs_by_a_time_of_their_own() {
    let mut house = House::new();
    house.text_days = TextDays { typed: 20, runs: 40 };
    filled(&house);
    let left = || {
        let lines = LedgerReader::open(house.path()).unwrap().tail(20).unwrap();
        let texts =
            lines.iter().flat_map(|line| line.record.texts().into_iter().map(|(field, _)| (line.kind.clone(), field)));
        texts.map(|(kind, field)| format!("{kind} {field}")).collect::<Vec<_>>()
    };
    assert_eq!(left().len(), 8);
    let pass = |days: i64| {
        house.clock.0.fetch_add(days * 86_400_000, Ordering::SeqCst);
        let (keeper, _) = Keeper::open(house.path(), house.options()).unwrap();
        // A server that stood still for more than a week does not believe its clock at once: a record says what time it is.
        keeper.append_record(Record::Retrieval(Box::new(house.retrieval("now"))), Haste::Now).wait().unwrap();
        drop(keeper);
        Keeper::open(house.path(), house.options()).unwrap().0.retain().unwrap().unwrap()
    };
    assert_eq!(pass(19).texts, 0);
    assert_eq!(
        (pass(2).texts, left()),
        (6, ["change inputs", "change decision", "retrieval ", "retrieval "].map(str::to_owned).to_vec())
    );
    let erasure = pass(20);
    assert!(erasure.texts == 3 && erasure.records.iter().any(|id| id.as_str().starts_with("c_")), "{erasure:?}");
    assert!(matches!(verify(house.path()).unwrap(), Verdict::Good { .. }));

    let mut none = House::new();
    none.text_days = TextDays { typed: 0, runs: 1 };
    filled(&none);
    let texts: Vec<_> = fs::read_dir(none.path().join("text")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let kept = fs::read_to_string(&texts[0]).unwrap();
    assert_eq!((texts.len(), kept.lines().filter(|line| !line.is_empty()).count()), (1, 2), "{kept}");
    assert!(kept.contains("quinces") && !kept.contains("plum"), "{kept}");
}

fn kinds(house: &House, filter: Filter) -> Vec<String> {
    let found = LedgerReader::open(house.path()).unwrap().newest(filter).unwrap();
    found.map(|line| line.unwrap().kind).collect()
}

#[test]
fn what_was_typed_stands_beside_the_chain_and_comes_back() {
    let house = House::new();
    let handed = filled(&house);
    let chain = fs::read_to_string(house.path().join("000001.jsonl")).unwrap();
    let reader = LedgerReader::open(house.path()).unwrap();
    let read = reader.tail(9).unwrap();
    assert_eq!(read.len(), handed.len());
    for (line, handed) in read.iter().zip(&handed) {
        assert_eq!(line.record.texts(), handed.texts(), "{}", line.raw);
        assert_eq!((line.record.id(), line.record.who()), (handed.id(), handed.who()));
        for (_, text) in handed.texts() {
            assert!(!chain.contains(text), "{text}");
        }
        let named = reader.find(&RecordName::Id(handed.id().unwrap().clone())).unwrap();
        assert_eq!(named.as_ref(), Some(line));
        let whole: serde_json::Value = serde_json::from_str(&with_text(line).unwrap()).unwrap();
        for (field, text) in handed.texts() {
            let name = if field.is_empty() { "query".to_owned() } else { format!("{field}_text") };
            assert_eq!(whole[&name], text);
        }
    }
    let Record::Change(change) = &read[4].record else { panic!("{}", read[4].raw) };
    let cost = change.cost.as_ref().unwrap();
    assert_eq!((change.decision.len_bytes(), cost.amount, change.violations.len()), (Some(12), 0.25, 1));
    let texts = fs::read_to_string(house.path().join("text/2026-11.jsonl")).unwrap();
    let question = texts.lines().find(|line| line.contains("ripe")).unwrap();
    assert!(!question.contains("field"), "a question's line is as it always was: {question}");
    assert!(matches!(verify(house.path()).unwrap(), Verdict::Good { .. }));
    assert!(matches!(python(house.path()), None | Some(0)), "and for the other verifier, too");
}

#[test]
fn they_are_found_by_kind_words_document_retrieval_and_author() {
    let house = House::new();
    let records = filled(&house);
    let all = ["change", "outcome", "gap", "feedback", "retrieval"];
    let about = |text: &str| Some(Documents::parse(text).unwrap());
    let Record::Retrieval(retrieval) = &records[0] else { panic!("{records:?}") };
    let nothing = Filter::default;
    let cases: Vec<(&str, Filter, &[&str])> = vec![
        ("nothing", nothing(), &all),
        ("kind", Filter { kinds: vec!["gap"], ..nothing() }, &["gap"]),
        ("kinds", Filter { kinds: vec!["retrieval", "change"], ..nothing() }, &["change", "retrieval"]),
        ("a word of two texts", Filter { words: Words::new("plum season"), ..nothing() }, &["gap", "feedback"]),
        ("a word of a run", Filter { words: Words::new("QUINCES"), ..nothing() }, &["change"]),
        ("a word of two fields is not in one", Filter { words: Words::new("table plum"), ..nothing() }, &[]),
        ("document", Filter { documents: about("playbook/loop"), ..nothing() }, &["feedback", "retrieval"]),
        ("outcome's document", Filter { documents: about("journeys/"), ..nothing() }, &["outcome"]),
        (
            "retrieval",
            Filter { retrieval: Some(retrieval.id.clone()), ..nothing() },
            &["change", "gap", "feedback", "retrieval"],
        ),
        ("who", Filter { who: Some("tok_7f3a".to_owned()), ..nothing() }, &["feedback"]),
        ("face", Filter { face: Some(Face::Mcp), ..nothing() }, &all[..4]),
        ("only retrievals serve nothing", Filter { empty: true, ..nothing() }, &["retrieval"]),
    ];
    for (what, filter, expected) in cases {
        assert_eq!(kinds(&house, filter), expected, "{what}");
    }
}

#[test]
fn one_of_two_texts_is_erased_by_its_words_and_both_with_their_author() {
    let house = House::new();
    let records = filled(&house);
    let left = |at: usize| -> Vec<String> {
        let line = LedgerReader::open(house.path()).unwrap().tail(9).unwrap().into_iter().nth(at).unwrap();
        line.record.texts().iter().map(|(field, _)| (*field).to_owned()).collect()
    };
    let rule = ErasureRule::Query(Words::new("pears"));
    let erasure = erase(house.path(), house.options(), &rule).unwrap();
    assert_eq!((erasure.texts, erasure.records), (1, vec![records[1].id().unwrap().clone()]));
    assert_eq!(left(1), ["why"]);

    let rule = ErasureRule::Principal("tok_0a1b".to_owned());
    assert_eq!((rule.takes("whatever"), kinds(&house, rule.filter())), (true, vec!["change".to_owned()]));
    let erasure = erase(house.path(), house.options(), &rule).unwrap();
    assert_eq!((erasure.texts, erasure.records.len()), (2, 1));
    assert_eq!((left(4).len(), left(2).len(), left(0).len()), (0, 2, 1));
    let newest = LedgerReader::open(house.path()).unwrap().tail(1).unwrap();
    let Record::Erased(erased) = &newest[0].record else { panic!("{}", newest[0].raw) };
    assert_eq!((erased.texts, erased.records.as_slice()), (2, erasure.records.as_slice()));
    assert!(erased.retrievals.is_empty());
    assert!(matches!(verify(house.path()).unwrap(), Verdict::Good { .. }));
}

#[test]
fn a_text_is_neither_empty_nor_endless() {
    assert_eq!(FreeText::new(" \n"), Err(FreeTextError::Empty));
    let long = "x".repeat(MAX_TEXT_BYTES + 1);
    assert_eq!(FreeText::new(&long), Err(FreeTextError::TooLong { bytes: MAX_TEXT_BYTES + 1 }));
    assert_eq!(text(" say \"no\" ").text(), Some("say \"no\""));
}
