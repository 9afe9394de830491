//! The journal: one sync a record, and what a start makes of one that a crash left.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{House, Step};
use crate::ledger::{
    ErasureRule, Haste, LedgerError, LedgerReader, LedgerSink as _, Misfit, Record, Sequence, Verdict, Words, segment,
    verify,
};

/// The ledger's files: the first segment, the texts, the journal.
struct Files {
    segment: Vec<u8>,
    texts: Vec<u8>,
    journal: Vec<u8>,
}

const TEXTS: &str = "text/2026-11.jsonl";

fn asked(house: &House, query: &str) -> Record {
    Record::Retrieval(Box::new(house.retrieval(query)))
}

impl Files {
    fn of(house: &House) -> Self {
        let read = |name: &str| std::fs::read(house.path().join(name)).unwrap();
        Self { segment: read("000001.jsonl"), texts: read(TEXTS), journal: read("journal") }
    }

    fn put(&self, house: &House) {
        for (name, bytes) in [("000001.jsonl", &self.segment), (TEXTS, &self.texts), ("journal", &self.journal)] {
            std::fs::write(house.path().join(name), bytes).unwrap();
        }
    }
}

/// A house whose ledger was killed after three questions, the first of them settled, with its files as they were.
fn killed() -> (House, Files) {
    let house = House::new();
    house.filled(1);
    let (ledger, _) = house.open();
    for n in 1..3 {
        ledger.append_record(asked(&house, &format!("question {n}")), Haste::Here).wait().unwrap();
    }
    let files = Files::of(&house);
    drop(ledger);
    files.put(&house);
    std::fs::remove_file(house.path().join("checkpoints")).unwrap();
    (house, files)
}

fn questions(house: &House) -> Vec<String> {
    let lines = LedgerReader::open(house.path()).unwrap().lines().unwrap();
    let asked = lines.filter_map(|line| match line.unwrap().record {
        Record::Retrieval(retrieval) => Some(retrieval.query.unwrap_or_default()),
        _ => None,
    });
    asked.collect()
}

#[test]
fn a_lone_record_is_one_sync_and_the_thread_that_brings_it_writes_it() {
    let house = House::new();
    let (ledger, _) = house.open();
    ledger.append_record(asked(&house, "opens the files"), Haste::Here).wait().unwrap();
    let before = house.disk.syncs.load(Ordering::SeqCst);
    for n in 0..5 {
        let receipt = ledger.append_record(asked(&house, &n.to_string()), Haste::Here);
        assert_eq!(format!("{receipt:?}"), "Receipt(known)");
        assert_eq!(receipt.wait().unwrap(), Sequence(3 + n));
    }
    assert_eq!(house.disk.syncs.load(Ordering::SeqCst) - before, 5);
}

#[test]
fn records_that_come_together_go_under_few_syncs() {
    let house = House::new();
    let (ledger, _) = house.open();
    ledger.append_record(asked(&house, "opens the files"), Haste::Here).wait().unwrap();
    let before = house.disk.syncs.load(Ordering::SeqCst);
    let together = Haste::Together(Duration::from_millis(2));
    let questions = (0..40).map(|n| asked(&house, &n.to_string()));
    let receipts: Vec<_> = questions.map(|record| ledger.append_record(record, together)).collect();
    for (receipt, seq) in receipts.into_iter().zip(3..) {
        assert_eq!(receipt.wait().unwrap(), Sequence(seq));
    }
    let syncs = house.disk.syncs.load(Ordering::SeqCst) - before;
    assert!(syncs <= 10, "{syncs}");
}

#[test]
fn who_comes_while_another_writes_waits_in_the_queue_and_not_for_the_disk() {
    let house = House::new();
    let (ledger, _) = house.open();
    ledger.append_record(asked(&house, "opens the files"), Haste::Here).wait().unwrap();
    let gate = house.disk.gate.lock().unwrap();
    let writes = house.disk.writes.load(Ordering::SeqCst);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| ledger.append_record(asked(&house, "first"), Haste::Here).wait().unwrap());
        while house.disk.writes.load(Ordering::SeqCst) == writes && !first.is_finished() {
            std::thread::yield_now();
        }
        let second = ledger.append_record(asked(&house, "second"), Haste::Here);
        assert_eq!(format!("{second:?}"), "Receipt(queued)");
        drop(gate);
        assert_eq!((first.join().unwrap(), second.wait().unwrap()), (Sequence(3), Sequence(4)));
    });
}

#[test]
fn whatever_a_power_cut_leaves_of_the_files_every_acknowledged_record_and_text_comes_back() {
    let (house, files) = killed();
    let settled = |bytes: &[u8], mark: &str| {
        let (before, _) = std::str::from_utf8(bytes).unwrap().split_once(mark).unwrap();
        before.rfind('\n').unwrap() + 1
    };
    let (lines, texts) = (settled(&files.segment, r#""seq":3"#), settled(&files.texts, "question 1"));
    for left in [0, 1, 40, 700, usize::MAX] {
        for left_text in [0, 1, 60, usize::MAX] {
            let cut =
                |bytes: &[u8], from: usize, more: usize| bytes[..bytes.len().min(from.saturating_add(more))].to_vec();
            let left = Files {
                segment: cut(&files.segment, lines, left),
                texts: cut(&files.texts, texts, left_text),
                journal: files.journal.clone(),
            };
            left.put(&house);
            let (ledger, opening) = house.open();
            assert_eq!((opening.lines, opening.recovered), (4, None));
            drop(ledger);
            assert_eq!(questions(&house), ["question 0", "question 1", "question 2"]);
            std::fs::remove_file(house.path().join("checkpoints")).unwrap();
        }
    }
}

#[test]
fn half_a_frame_at_the_end_was_acknowledged_to_nobody() {
    let (house, files) = killed();
    let lines: Vec<&[u8]> = files.segment.split_inclusive(|byte| *byte == b'\n').collect();
    let left = Files {
        segment: lines[..2].concat(),
        texts: files.texts.clone(),
        journal: files.journal[..files.journal.len() - 1].to_vec(),
    };
    left.put(&house);
    drop(house.open());
    assert_eq!(questions(&house), ["question 0", "question 1"]);
    assert!(matches!(verify(house.path()).unwrap(), Verdict::Good { lines: 3, .. }));
}

#[test]
fn frames_that_the_files_have_already_change_nothing() {
    let (house, files) = killed();
    drop(house.open());
    let before = Files::of(&house);
    // A power cut may bring back what a journal had before it was begun anew.
    std::fs::write(house.path().join("journal"), &files.journal).unwrap();
    drop(house.open());
    let after = Files::of(&house);
    assert_eq!((before.segment, before.texts), (after.segment, after.texts));
}

#[test]
fn frames_of_an_earlier_segment_change_nothing() {
    let (house, files) = killed();
    drop(house.open());
    let house = House { segment_bytes: 1, ..house };
    house.filled(1);
    std::fs::write(house.path().join("journal"), &files.journal).unwrap();
    drop(house.open());
    assert_eq!(questions(&house), ["question 0", "question 1", "question 2", "question 0"]);
}

#[test]
fn a_segment_that_was_changed_behind_the_journal_is_refused_and_can_be_accepted() {
    let (house, files) = killed();
    let text = String::from_utf8(files.segment.clone()).unwrap();
    let changed = [text.replace(r#""rank":1,"#, r#""rank":2,"#).into_bytes(), files.segment[..30].to_vec()];
    for segment in changed {
        Files { segment, texts: files.texts.clone(), journal: files.journal.clone() }.put(&house);
        let refused = house.try_open().map(|_| ()).unwrap_err();
        let fits =
            matches!(refused, LedgerError::Misfit(Misfit::Journal { segment: 1, .. }) | LedgerError::Damaged { .. });
        assert!(fits, "{refused}");
    }
    // Whole lines that are missing are no damage of the chain: the owner may go on.
    let lines: Vec<&[u8]> = files.segment.split_inclusive(|byte| *byte == b'\n').collect();
    Files { segment: lines[..1].concat(), texts: files.texts.clone(), journal: files.journal.clone() }.put(&house);
    let refused = house.try_open().map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains("than its journal"), "{refused}");
    let options = crate::ledger::Options { accept_loss: true, ..house.options() };
    let (ledger, opening) = crate::ledger::Ledger::open(house.path(), options).unwrap();
    assert!(opening.accepted.unwrap().why.contains("000001.jsonl"));
    drop(ledger);
    assert_eq!(std::fs::read(house.path().join("journal.accepted-1")).unwrap(), files.journal);
    drop(house.open());
}

#[test]
fn an_erased_text_is_not_in_the_journal_and_does_not_come_back() {
    let house = House::new();
    let (ledger, _) = house.open();
    for query in ["where is the plum tree", "another question"] {
        ledger.append_record(asked(&house, query), Haste::Here).wait().unwrap();
    }
    assert!(String::from_utf8(Files::of(&house).journal).unwrap().contains("plum tree"));
    ledger.erase(&ErasureRule::Query(Words::new("plum"))).unwrap();
    ledger.append_record(asked(&house, "a third question"), Haste::Here).wait().unwrap();
    let files = Files::of(&house);
    assert!(!String::from_utf8(files.journal.clone()).unwrap().contains("plum tree"));
    drop(ledger);
    files.put(&house);
    drop(house.open());
    assert!(!std::fs::read_to_string(house.path().join(TEXTS)).unwrap().contains("plum"));
    assert_eq!(questions(&house), ["", "another question", "a third question"]);
}

#[test]
fn a_segment_that_cannot_be_settled_loses_nothing_that_was_acknowledged() {
    let house = House::new();
    let (ledger, _) = house.open();
    ledger.append_record(asked(&house, "acknowledged"), Haste::Here).wait().unwrap();
    house.disk.fail(Step::Sync, 1);
    drop(ledger);
    *house.disk.fails.lock().unwrap() = None;
    let journal = Files::of(&house).journal;
    assert!(String::from_utf8(journal).unwrap().contains("acknowledged"), "the journal is kept");
    drop(house.open());
    assert_eq!(questions(&house), ["acknowledged"]);
    assert_eq!(segment::numbers(house.path()).unwrap(), [1]);
}
