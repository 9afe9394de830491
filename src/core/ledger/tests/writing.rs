//! Appending: the line, the chain over restarts, groups, rotation, full queues.

use std::sync::atomic::Ordering;

use super::{DAY_MS, House};
use crate::ledger::{Health, LedgerError, LedgerReader, LedgerSink as _, Record, Sequence, Verdict, segment, verify};

fn good_lines(house: &House) -> u64 {
    match verify(house.path()).unwrap() {
        Verdict::Good { lines, .. } => lines,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_line_has_its_fields_in_the_order_of_the_format_and_its_digest_last() {
    let house = House::new();
    let (ledger, opening) = house.open();
    let retrieval = house.retrieval("who reviews a playbook?");
    let id = retrieval.id.clone();
    assert_eq!(ledger.append(retrieval).wait().unwrap(), Sequence(2));
    let line = LedgerReader::open(house.path()).unwrap().tail(1).unwrap().remove(0);
    let Record::Retrieval(read) = &line.record else { panic!("{line:?}") };
    let expected = format!(
        concat!(
            r#"{{"v":1,"seq":2,"ts":"2026-11-21T07:56:03.120Z","boot":"{boot}","kind":"retrieval","id":"{id}","#,
            r#""who":"anonymous","role":"anonymous","face":"http","verb":"search","scope":[],"q_mac":"{mac}","q_len":23,"#,
            r#""params":{{}},"generation":{{}},"hits":[{{"doc":"playbook/loop","anchor":"the-loop","lines":[12,31],"#,
            r#""sha256":"{sha}","rank":1,"score":0.031,"legs":{{"lexical":2}}}}],"served":0,"tokens":0,"#,
            r#""truncated":false,"ms":0.0,"h":"{h}"}}"#
        ),
        boot = opening.boot,
        id = id,
        mac = read.q_mac().unwrap(),
        sha = read.hits[0].sha256,
        h = line.head,
    );
    assert_eq!(line.raw, expected);
}

#[test]
fn the_chain_survives_restarts_and_keeps_its_id() {
    let house = House::new();
    let mut logs = std::collections::HashSet::new();
    for restart in 0..4 {
        let (ledger, opening) = house.open();
        assert_eq!(opening.recovered, None);
        assert_eq!(opening.lines, if restart == 0 { 0 } else { 1 + 3 * restart });
        logs.insert(opening.log);
        for n in 0..3 {
            ledger.append(house.retrieval(&format!("{restart} {n}"))).wait().unwrap();
        }
    }
    assert_eq!(good_lines(&house), 13);
    assert_eq!(logs.len(), 1);
}

#[test]
fn a_query_is_beside_the_chain_and_never_in_it() {
    let house = House::new();
    let secret = "where is the plum tree of the merger";
    let (ledger, _) = house.open();
    ledger.append(house.retrieval(secret)).wait().unwrap();
    ledger.append(house.retrieval(secret)).wait().unwrap();
    drop(ledger);
    let chain = std::fs::read_to_string(house.path().join("000001.jsonl")).unwrap();
    assert!(!chain.contains("plum"), "{chain}");
    let texts = house.path().join("text/2026-11.jsonl");
    assert_eq!(std::fs::read_to_string(&texts).unwrap().matches(secret).count(), 2);
    let read = || -> Vec<_> {
        let lines = LedgerReader::open(house.path()).unwrap().tail(9).unwrap();
        lines
            .into_iter()
            .map(|line| match line.record {
                Record::Retrieval(retrieval) => (retrieval.q_mac().map(str::to_owned), retrieval.query),
                other => panic!("{other:?}"),
            })
            .collect()
    };
    let before = read();
    assert_ne!(before[0].0, before[1].0, "equal queries must not look equal");
    assert_eq!(before[0].1.as_deref(), Some(secret));
    // Erasing is rewriting the month without the line; another text under its id is not believed.
    let text = std::fs::read_to_string(&texts).unwrap();
    let mut kept: Vec<String> = text.lines().skip(2).map(|line| line.replace("plum", "pear")).collect();
    kept.push(String::new());
    std::fs::write(&texts, kept.join("\n")).unwrap();
    assert_eq!(read().into_iter().map(|(_, query)| query).collect::<Vec<_>>(), [None, None]);
    assert_eq!(good_lines(&house), 3);
}

#[test]
fn records_that_come_while_the_disk_is_busy_share_one_sync() {
    let house = House::new();
    let (ledger, _) = house.open();
    ledger.append(house.retrieval("opens the segment")).wait().unwrap();
    let gate = house.disk.gate.lock().unwrap();
    let before = house.disk.syncs.load(Ordering::SeqCst);
    let receipts: Vec<_> = (0..64).map(|n| ledger.append(house.retrieval(&n.to_string()))).collect();
    drop(gate);
    let places: Vec<u64> = receipts.into_iter().map(|receipt| receipt.wait().unwrap().0).collect();
    assert_eq!(places, (3..67).collect::<Vec<_>>());
    // At most: a group that was taken while the queue filled, and one with the rest.
    let syncs = house.disk.syncs.load(Ordering::SeqCst) - before;
    assert!(syncs <= 2, "{syncs} syncs for 64 records");
}

#[test]
fn nothing_is_acknowledged_before_its_sync() {
    let house = House::new();
    let (ledger, _) = house.open();
    ledger.append(house.retrieval("opens the segment")).wait().unwrap();
    let gate = house.disk.gate.lock().unwrap();
    let mut receipt = Box::pin(ledger.append(house.retrieval("waits")));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let early = runtime
        .block_on(async { tokio::time::timeout(std::time::Duration::from_millis(50), receipt.as_mut()).await.is_ok() });
    assert!(!early);
    drop(gate);
    assert_eq!(runtime.block_on(receipt).unwrap(), Sequence(3));
}

#[test]
fn a_full_queue_holds_up_tasks_and_threads_and_loses_nobody() {
    let house = House { queue: 1, ..House::new() };
    let (ledger, _) = house.open();
    let gate = house.disk.gate.lock().unwrap();
    let receipts: Vec<_> = (0..12).map(|n| ledger.append(house.retrieval(&n.to_string()))).collect();
    let (awaited, waited): (Vec<_>, Vec<_>) = receipts.into_iter().zip(0..).partition(|(_, n)| n % 2 == 0);
    let threads: Vec<_> = waited.into_iter().map(|(receipt, _)| std::thread::spawn(move || receipt.wait())).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let places = runtime.block_on(async {
        let tasks: Vec<_> = awaited.into_iter().map(|(receipt, _)| tokio::spawn(receipt)).collect();
        // The one thread of this runtime is free although the queue is full.
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        drop(gate);
        let mut places = Vec::new();
        for task in tasks {
            places.push(task.await.unwrap().unwrap().0);
        }
        places
    });
    let mut places = places;
    places.extend(threads.into_iter().map(|thread| thread.join().unwrap().unwrap().0));
    places.sort_unstable();
    assert_eq!(places, (2..14).collect::<Vec<_>>());
    assert_eq!(good_lines(&house), 13);
}

#[test]
fn a_segment_ends_when_it_is_full_or_the_day_is_over_and_not_when_the_clock_steps_back() {
    let house = House { segment_bytes: 4096, ..House::new() };
    house.filled(12);
    let full = segment::numbers(house.path()).unwrap().len();
    assert!(full >= 2, "{full}");
    for number in 1..=full as u64 {
        assert!(std::fs::metadata(segment::path(house.path(), number)).unwrap().len() <= 4096);
    }
    let house = House::new();
    for (days, segments) in [(0, 1), (1, 2), (1, 2), (0, 2), (-30, 2), (1, 2), (2, 3)] {
        house.clock.0.store(super::MORNING_MS + days * DAY_MS, Ordering::SeqCst);
        house.filled(1);
        assert_eq!(segment::numbers(house.path()).unwrap().len(), segments, "day {days}");
    }
    assert_eq!(good_lines(&house), 10);
}

#[test]
fn a_record_that_is_too_large_is_refused_and_the_next_one_is_not() {
    let house = House::new();
    let (ledger, _) = house.open();
    let large = house.retrieval(&"x".repeat(2 << 20));
    assert!(matches!(ledger.append(large).wait(), Err(LedgerError::TooLarge { .. })));
    ledger.append(house.retrieval("small")).wait().unwrap();
    assert!(matches!(ledger.health(), Health::Writing));
}

#[cfg(unix)]
#[test]
fn the_ledger_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::new();
    std::fs::set_permissions(house.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    house.filled(1);
    for (name, mode) in
        [("", 0o700), ("text", 0o700), ("journal", 0o600), ("000001.jsonl", 0o600), ("text/2026-11.jsonl", 0o600)]
    {
        let found = std::fs::metadata(house.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{name:?}: {found:o}");
    }
}
