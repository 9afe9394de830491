//! Reading: what was handed in comes back, newest last, also while it is being written.

use std::io::Write as _;

use proptest::prelude::*;

use super::{House, hit};
use crate::ledger::{Client, Face, LedgerReader, LedgerSink as _, Line, Record, Retrieval, Verb, segment};

fn query_of(line: &Line) -> &str {
    match &line.record {
        Record::Retrieval(retrieval) => retrieval.query.as_deref().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_tail_is_the_newest_records_over_the_borders_of_segments() {
    let house = House { segment_bytes: 2500, ..House::new() };
    house.filled(11);
    let reader = LedgerReader::open(house.path()).unwrap();
    for n in [0, 1, 2, 5, 10, 11, 50] {
        let tail = reader.tail(n).unwrap();
        let expected: Vec<String> = (11 - n.min(11)..11).map(|n| format!("question {n}")).collect();
        assert_eq!(tail.iter().map(query_of).collect::<Vec<_>>(), expected);
    }
    let all: Vec<u64> = reader.lines().unwrap().map(|line| line.unwrap().seq.0).collect();
    assert_eq!(all, (1..=all.len() as u64).collect::<Vec<_>>());
}

#[test]
fn a_tail_is_read_from_the_end_of_a_large_segment() {
    let house = House::new();
    let (ledger, _) = house.open();
    let receipts: Vec<_> = (0..700).map(|n| ledger.append(house.retrieval(&format!("question {n}")))).collect();
    for receipt in receipts {
        receipt.wait().unwrap();
    }
    assert!(std::fs::metadata(segment::path(house.path(), 1)).unwrap().len() > 4 * 64 * 1024);
    let tail = LedgerReader::open(house.path()).unwrap().tail(300).unwrap();
    let expected: Vec<String> = (400..700).map(|n| format!("question {n}")).collect();
    assert_eq!(tail.iter().map(query_of).collect::<Vec<_>>(), expected);
}

#[test]
fn a_follower_sees_each_record_once_and_never_half_a_line() {
    let house = House { segment_bytes: 2500, ..House::new() };
    house.filled(3);
    let (tail, mut follower) = LedgerReader::open(house.path()).unwrap().follow(2).unwrap();
    assert_eq!(tail.iter().map(query_of).collect::<Vec<_>>(), ["question 1", "question 2"]);
    assert!(follower.next_line().unwrap().is_none());
    house.filled(7);
    let mut seen = Vec::new();
    while let Some(line) = follower.next_line().unwrap() {
        if !matches!(line.record, Record::Segment(_)) {
            seen.push(query_of(&line).to_owned());
        }
    }
    assert_eq!(seen, (0..7).map(|n| format!("question {n}")).collect::<Vec<_>>());
    // A line that comes in two pieces.
    let last = *segment::numbers(house.path()).unwrap().last().unwrap();
    let path = segment::path(house.path(), last);
    let raw = LedgerReader::open(house.path()).unwrap().tail(1).unwrap().remove(0).raw;
    let mut file = std::fs::File::options().append(true).open(path).unwrap();
    file.write_all(&raw.as_bytes()[..100]).unwrap();
    assert!(follower.next_line().unwrap().is_none());
    assert_eq!(LedgerReader::open(house.path()).unwrap().tail(1).unwrap()[0].raw, raw);
    file.write_all(&raw.as_bytes()[100..]).unwrap();
    assert!(follower.next_line().unwrap().is_none());
    file.write_all(b"\n").unwrap();
    assert_eq!(follower.next_line().unwrap().unwrap().raw, raw);
}

#[test]
fn a_kind_from_a_later_version_is_read_as_unknown() {
    let raw = format!(
        r#"{{"v":1,"seq":9,"ts":"2026-11-21T07:56:03.120Z","boot":"b","kind":"praise","doc":"playbook/x","h":"{}"}}"#,
        "0".repeat(64)
    );
    let line = Line::parse(&raw).unwrap();
    assert_eq!(line.kind, "praise");
    assert!(matches!(line.record, Record::Unknown(fields) if fields["doc"] == "playbook/x"));
}

fn retrievals() -> impl Strategy<Value = Vec<Retrieval>> {
    let house = House::new();
    let one = (
        (proptest::option::of(".{0,40}"), proptest::option::of("[a-z]{1,8}"), proptest::option::of(".{0,12}")),
        (proptest::collection::vec(any::<f32>(), 0..4), proptest::collection::vec("[a-z]{1,6}", 0..3)),
        (any::<u32>(), any::<u64>(), any::<bool>(), 0_u32..1_000_000, ".{0,12}"),
        (0_usize..4, 0_usize..7),
    );
    proptest::collection::vec(one, 1..6).prop_map(move |all| {
        all.into_iter()
            .map(|((query, name, trace), (scores, scope), (served, tokens, truncated, us, value), (face, verb))| {
                let mut retrieval = house.retrieval("");
                retrieval.query = query;
                retrieval.client = name.map(|name| Client { version: trace.clone(), name });
                retrieval.trace.clone_from(&trace);
                retrieval.process = trace;
                retrieval.generation = scope.iter().cloned().zip([tokens, 3]).collect();
                retrieval.scope = scope;
                retrieval.hits = scores
                    .into_iter()
                    .zip(1..)
                    .map(|(score, rank)| {
                        let mut hit = hit("memory/a b/é", rank);
                        hit.score = score.is_finite().then_some(score);
                        hit
                    })
                    .collect();
                (retrieval.served, retrieval.tokens, retrieval.truncated) = (served, tokens, truncated);
                retrieval.ms = f64::from(us) / 1000.0;
                retrieval.params.insert("h".to_owned(), value.into());
                retrieval.face = [Face::Http, Face::Mcp, Face::Cli, Face::Stdio][face];
                retrieval.verb =
                    [Verb::Search, Verb::Read, Verb::Browse, Verb::List, Verb::Resource, Verb::Prompt, Verb::Page]
                        [verb];
                retrieval
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_handed_in_is_what_is_read(handed in retrievals()) {
        let house = House::new();
        let (ledger, _) = house.open();
        for retrieval in &handed {
            ledger.append(retrieval.clone()).wait().unwrap();
        }
        let lines = LedgerReader::open(house.path()).unwrap().tail(handed.len()).unwrap();
        for (line, handed) in lines.into_iter().zip(handed) {
            let Record::Retrieval(read) = line.record else { panic!("{:?}", line.raw) };
            prop_assert_eq!(read.q_len(), handed.query.as_ref().map(|query| query.len() as u64));
            prop_assert_eq!(read.q_mac().is_some(), handed.query.is_some());
            prop_assert_eq!(&read.query, &handed.query);
            // The writer adds the keyed digest and the length, and nothing else.
            let body = |retrieval: &Retrieval| {
                let mut fields = serde_json::to_value(retrieval).unwrap();
                fields.as_object_mut().unwrap().retain(|field, _| field != "q_mac" && field != "q_len");
                fields
            };
            prop_assert_eq!(body(&read), body(&handed));
        }
    }
}
