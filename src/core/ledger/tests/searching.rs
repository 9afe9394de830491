//! Searching: what is said of records holds for all that are found, and none that fits is missed.

use std::fs;
use std::io::Write as _;
use std::sync::atomic::Ordering;

use super::{DAY_MS, House, MORNING_MS, hit};
use crate::ledger::{
    Documents, Face, Filter, LedgerError, LedgerReader, LedgerSink as _, Line, Record, RecordName, Retrieval, Sequence,
    Timestamp, Verb, Words, segment, with_text,
};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn question(line: &Line) -> String {
    match &line.record {
        Record::Retrieval(retrieval) => retrieval.query.clone().unwrap_or_default(),
        other => other.kind().to_owned(),
    }
}

fn questions(house: &House, filter: Filter) -> Vec<String> {
    let found = LedgerReader::open(house.path()).unwrap().newest(filter).unwrap();
    found.map(|line| question(&line.unwrap())).collect()
}

/// Makes a retrieval another one.
type Set = dyn Fn(&mut Retrieval);

/// Five retrievals, a day apart, each other in everything.
fn varied() -> House {
    let house = House { segment_bytes: 2500, ..House::new() };
    let made: [(&str, &Set); 5] = [
        ("who approves a rollback", &|one| one.served = 1),
        ("ROLLBACK of a release", &|one| {
            one.who = "tok_7f3a".to_owned();
            one.served = 1;
            one.trace = Some(TRACE.to_owned());
        }),
        ("plum tree", &|one| {
            (one.face, one.served) = (Face::Mcp, 2);
            one.hits = vec![hit("memory/a \"b\"/é", 1), hit("playbook/loop/deep", 2)];
        }),
        ("a tree of plums", &|one| {
            one.who = "o\"neil\\é".to_owned();
            one.hits.clear();
        }),
        ("", &|one| (one.verb, one.query, one.served) = (Verb::Read, None, 1)),
    ];
    for (day, (query, set)) in (0_i64..).zip(made) {
        house.clock.0.store(MORNING_MS + day * DAY_MS, Ordering::SeqCst);
        let mut retrieval = house.retrieval(query);
        set(&mut retrieval);
        let (ledger, _) = house.open();
        ledger.append(retrieval).wait().unwrap();
    }
    house
}

#[test]
fn everything_that_is_said_must_hold_and_the_newest_come_first() {
    let house = varied();
    let all = ["", "a tree of plums", "plum tree", "ROLLBACK of a release", "who approves a rollback"];
    let nothing = Filter::default;
    let moment = |day: i64| Some(Timestamp::from_unix_ms(MORNING_MS + day * DAY_MS));
    let about = |text: &str| Some(Documents::parse(text).unwrap());
    let asked = |who: &str| Some(who.to_owned());
    let cases: Vec<(&str, Filter, &[usize])> = vec![
        ("nothing", nothing(), &[0, 1, 2, 3, 4]),
        ("who", Filter { who: asked("tok_7f3a"), ..nothing() }, &[3]),
        ("a part of who", Filter { who: asked("tok_7f3"), ..nothing() }, &[]),
        ("who as JSON escapes it", Filter { who: asked("o\"neil\\é"), ..nothing() }, &[1]),
        ("words in any order and case", Filter { words: Words::new("tree PLUM"), ..nothing() }, &[1, 2]),
        ("a word in part", Filter { words: Words::new("rollback"), ..nothing() }, &[3, 4]),
        ("two that are never together", Filter { words: Words::new("plum rollback"), ..nothing() }, &[]),
        ("document", Filter { documents: about("cairn://playbook/loop.md"), ..nothing() }, &[0, 3, 4]),
        ("document as JSON escapes it", Filter { documents: about("memory/a \"b\"/é"), ..nothing() }, &[2]),
        ("collection", Filter { documents: about("playbook/"), ..nothing() }, &[0, 2, 3, 4]),
        ("folder", Filter { documents: about("playbook/loop/"), ..nothing() }, &[2]),
        ("half a folder", Filter { documents: about("playbook/lo/"), ..nothing() }, &[]),
        ("trace", Filter { trace: asked(TRACE), ..nothing() }, &[3]),
        ("trace id", Filter { trace: asked("4bf92f3577b34da6a3ce929d0e0e4736"), ..nothing() }, &[3]),
        ("half a trace id", Filter { trace: asked("4bf92f3577b34da6"), ..nothing() }, &[]),
        ("face", Filter { face: Some(Face::Mcp), ..nothing() }, &[2]),
        ("verb", Filter { verb: Some(Verb::Read), ..nothing() }, &[0]),
        ("empty", Filter { empty: true, ..nothing() }, &[1]),
        ("since is from then on", Filter { since: moment(3), ..nothing() }, &[0, 1]),
        ("until is before then", Filter { until: moment(1), ..nothing() }, &[4]),
        ("a span", Filter { since: moment(1), until: moment(3), ..nothing() }, &[2, 3]),
        ("two things", Filter { words: Words::new("tree"), face: Some(Face::Mcp), ..nothing() }, &[2]),
    ];
    for (what, filter, expected) in cases {
        let expected: Vec<&str> = expected.iter().map(|at| all[*at]).collect();
        assert_eq!(questions(&house, filter.clone()), expected, "{what}");
        let oldest = LedgerReader::open(house.path()).unwrap().oldest(filter).unwrap();
        let mut turned: Vec<String> = oldest.map(|line| question(&line.unwrap())).collect();
        turned.reverse();
        assert_eq!(turned, expected, "{what}, oldest first");
    }
    for bad in ["playbook", "", "/", "a/../b", "Not A Collection/"] {
        assert!(Documents::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_record_is_found_by_its_time_though_the_clock_stepped_back() {
    let house = House::new();
    for (day, query) in [(0, "first"), (3, "later"), (1, "stepped back"), (4, "last")] {
        house.clock.0.store(MORNING_MS + day * DAY_MS, Ordering::SeqCst);
        let (ledger, _) = house.open();
        ledger.append(house.retrieval(query)).wait().unwrap();
    }
    let moment = |day: i64| Some(Timestamp::from_unix_ms(MORNING_MS + day * DAY_MS));
    let found = questions(&house, Filter { since: moment(0), until: moment(2), ..Filter::default() });
    assert_eq!(found, ["stepped back", "first"]);
}

#[test]
fn a_line_that_cannot_fit_is_not_parsed() {
    let house = House::new();
    house.filled(2);
    let line = "{\"v\":1,\"seq\":4,\"ts\":\"2026-11-21T07:56:03.120Z\",\"kind\":not JSON\n";
    let mut file = fs::File::options().append(true).open(segment::path(house.path(), 1)).unwrap();
    file.write_all(line.as_bytes()).unwrap();
    let reader = LedgerReader::open(house.path()).unwrap();
    let error = reader.newest(Filter::default()).unwrap().next().unwrap().unwrap_err();
    assert!(matches!(error, LedgerError::Malformed { segment: 1, .. }), "{error:?}");
    let who = Filter { who: Some("anonymous".to_owned()), ..Filter::default() };
    assert_eq!(questions(&house, who), ["question 1", "question 0"]);
    let early = Filter { until: Some(Timestamp::from_unix_ms(MORNING_MS)), ..Filter::default() };
    assert_eq!(questions(&house, early), Vec::<String>::new());
}

#[test]
fn lines_longer_than_a_block_are_read_backwards_whole_and_half_a_line_at_the_end_is_none() {
    let house = House::new();
    let (ledger, _) = house.open();
    for (n, params) in [10, 70_000, 65_536, 10, 300_000, 10].into_iter().enumerate() {
        let mut retrieval = house.retrieval(&format!("question {n}"));
        retrieval.params.insert("padding".to_owned(), "x".repeat(params).into());
        ledger.append(retrieval).wait().unwrap();
    }
    drop(ledger);
    for torn in ["", "{\"v\":1", &"y".repeat(200_000)] {
        let path = segment::path(house.path(), 1);
        let whole = fs::metadata(&path).unwrap().len();
        let mut file = fs::File::options().append(true).open(&path).unwrap();
        file.write_all(torn.as_bytes()).unwrap();
        let expected: Vec<String> = (0..6).rev().map(|n| format!("question {n}")).collect();
        assert_eq!(questions(&house, Filter::default()), expected, "{} bytes", torn.len());
        let reader = LedgerReader::open(house.path()).unwrap();
        assert_eq!(reader.tail(9).unwrap().len(), 6);
        file.set_len(whole).unwrap();
    }
}

#[test]
fn a_record_is_found_by_its_id_and_by_its_place() {
    let house = varied();
    let reader = LedgerReader::open(house.path()).unwrap();
    for line in reader.lines().unwrap() {
        let line = line.unwrap();
        let place = RecordName::parse(&format!("#{}", line.seq.0)).unwrap();
        assert_eq!(place, RecordName::Place(line.seq));
        assert_eq!(reader.find(&place).unwrap().as_ref(), Some(&line));
        if let Record::Retrieval(retrieval) = &line.record {
            let id = RecordName::parse(retrieval.id.as_str()).unwrap();
            assert_eq!(reader.find(&id).unwrap(), Some(line));
        }
    }
    for nobody in ["999", "r_00000000000000000000000000"] {
        assert_eq!(reader.find(&RecordName::parse(nobody).unwrap()).unwrap(), None);
    }
    assert_eq!(RecordName::parse("12"), Some(RecordName::Place(Sequence(12))));
    assert_eq!(RecordName::parse("question 1"), None);
}

#[test]
fn a_line_with_its_text_is_the_line_of_the_file_but_for_the_text() {
    let house = House::new();
    let (ledger, _) = house.open();
    ledger.append(house.retrieval("say \"no\", ,\"h\":\" é")).wait().unwrap();
    let mut silent = house.retrieval("");
    silent.query = None;
    ledger.append(silent).wait().unwrap();
    let lines = LedgerReader::open(house.path()).unwrap().tail(2).unwrap();
    let joined = with_text(&lines[0]).unwrap();
    let fields: serde_json::Value = serde_json::from_str(&joined).unwrap();
    assert_eq!(fields["query"], "say \"no\", ,\"h\":\" é");
    let part = format!(",\"query\":{}", fields["query"]);
    assert_eq!(joined.replacen(&part, "", 1), lines[0].raw);
    assert_eq!(with_text(&lines[1]).unwrap(), lines[1].raw);
}

#[test]
fn a_name_that_no_record_has_is_looked_for_in_the_segments_of_its_time_alone() {
    let house = House::new();
    let mut named = Vec::new();
    for day in 0..6 {
        house.clock.0.store(MORNING_MS + day * DAY_MS, Ordering::SeqCst);
        let (ledger, _) = house.open();
        let retrieval = house.retrieval("plum");
        named.push(retrieval.id.clone());
        ledger.append(retrieval).wait().unwrap();
    }
    let reader = LedgerReader::open(house.path()).unwrap();
    assert_eq!(reader.retrievals(&named).unwrap().len(), 6, "each is found where it is");
    for id in &named {
        let name = RecordName::parse(id.as_str()).unwrap();
        assert_eq!(reader.find(&name).unwrap().unwrap().record.id(), Some(id.record()));
    }
    // A clock that was set back within a segment is known by the segment's last line.
    house.clock.0.store(MORNING_MS - DAY_MS, Ordering::SeqCst);
    let (ledger, _) = house.open();
    let early = house.retrieval("before everything");
    ledger.append(early.clone()).wait().unwrap();
    drop(ledger);
    let name = RecordName::parse(early.id.as_str()).unwrap();
    assert_eq!(reader.find(&name).unwrap().unwrap().record.id(), Some(early.id.record()));
    // What does not stand in the time of its name is not seen, nor that a line of another time is none.
    house.clock.0.store(MORNING_MS + 3 * DAY_MS, Ordering::SeqCst);
    let unknown = house.retrieval("nobody asked").id;
    for segment in [1, 2] {
        let path = house.path().join(format!("{segment:06}.jsonl"));
        let text = fs::read_to_string(&path).unwrap();
        let copied = text.lines().last().unwrap().replace(named[segment - 1].as_str(), unknown.as_str());
        fs::write(&path, format!("{text}{copied}\n{}\n", copied.replace("\"anchor\"", "\"anchor"))).unwrap();
    }
    assert_eq!(reader.find(&RecordName::parse(unknown.as_str()).unwrap()).unwrap(), None);
    assert_eq!(reader.retrievals(&[unknown, named[3].clone(), named[4].clone()]).unwrap().len(), 2);
    for odd in ["r_0000000a", "r_llllllllllllllllllllllllll"] {
        assert_eq!(reader.find(&RecordName::parse(odd).unwrap()).unwrap(), None, "{odd}");
    }
}
