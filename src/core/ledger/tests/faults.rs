//! Disks that fail: what is acknowledged then, and what a restart finds.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{House, Step};
use crate::ledger::{Health, Keeper, LedgerError, LedgerReader, LedgerSink as _, Record, Verdict, verify};

#[test]
fn after_the_first_fault_nothing_is_acknowledged_and_a_restart_goes_on() {
    // Of a record the journal is written, synced, and then the segment and the month's texts are written.
    for (step, steps) in [(Step::Write, 3), (Step::Sync, 1)] {
        for more in 1..=steps {
            let house = House::new();
            let (ledger, _) = house.open();
            for n in 0..3 {
                ledger.append(house.retrieval(&format!("acknowledged {n}"))).wait().unwrap();
            }
            house.disk.fail(step, more);
            assert!(matches!(ledger.append(house.retrieval("lost")).wait(), Err(LedgerError::Stopped(_))));
            assert!(matches!(ledger.health(), Health::Stopped(_)));
            *house.disk.fails.lock().unwrap() = None;
            let syncs = house.disk.syncs.load(Ordering::SeqCst);
            assert!(matches!(ledger.append(house.retrieval("too late")).wait(), Err(LedgerError::Stopped(_))));
            assert_eq!(house.disk.syncs.load(Ordering::SeqCst), syncs, "a file that failed is not synced again");
            drop(ledger);
            house.filled(1);
            assert!(matches!(verify(house.path()).unwrap(), Verdict::Good { .. }), "{step:?} {more}");
            assert_acknowledged(&house, &["acknowledged 0", "acknowledged 1", "acknowledged 2", "question 0"]);
        }
    }
}

#[test]
fn a_full_disk_is_waited_for_and_nothing_that_was_acknowledged_is_lost() {
    let house = House::new();
    let (keeper, _) = Keeper::open(house.path(), house.options()).unwrap();
    keeper.append(house.retrieval("before")).wait().unwrap();
    house.disk.fail(Step::Write, 1);
    assert!(matches!(keeper.append(house.retrieval("no room")).wait(), Err(LedgerError::Stopped(_))));
    *house.disk.fails.lock().unwrap() = None;
    let end = Instant::now() + Duration::from_secs(10);
    while matches!(keeper.health(), Health::Stopped(_)) && Instant::now() < end {
        std::thread::yield_now();
    }
    keeper.append(house.retrieval("after")).wait().unwrap();
    drop(keeper);
    assert!(matches!(verify(house.path()).unwrap(), Verdict::Good { .. }));
    assert_acknowledged(&house, &["before", "after"]);
}

#[test]
fn a_failed_sync_is_not_waited_for() {
    let house = House::new();
    let (keeper, _) = Keeper::open(house.path(), house.options()).unwrap();
    house.disk.fail(Step::Sync, 1);
    assert!(matches!(keeper.append(house.retrieval("lost")).wait(), Err(LedgerError::Stopped(_))));
    *house.disk.fails.lock().unwrap() = None;
    let end = Instant::now() + Duration::from_millis(1_200);
    while Instant::now() < end {
        assert!(matches!(keeper.health(), Health::Stopped(_)));
        std::thread::yield_now();
    }
}

#[test]
fn every_step_may_fail_at_any_time_and_no_acknowledged_record_is_lost() {
    for step in [Step::Write, Step::Sync, Step::Rename] {
        for at in 1.. {
            let house = House { segment_bytes: 2500, ..House::new() };
            *house.disk.fails.lock().unwrap() = Some((step, at));
            let mut acknowledged = Vec::new();
            if let Ok((ledger, _)) = house.try_open() {
                for n in 0..8 {
                    let query = format!("question number {n}");
                    if ledger.append(house.retrieval(&query)).wait().is_ok() {
                        acknowledged.push(query);
                    }
                }
            }
            *house.disk.fails.lock().unwrap() = None;
            drop(house.open());
            assert!(matches!(verify(house.path()).unwrap(), Verdict::Good { .. }), "{step:?} {at}");
            assert_acknowledged(&house, &acknowledged.iter().map(String::as_str).collect::<Vec<_>>());
            if acknowledged.len() == 8 {
                break;
            }
        }
    }
}

#[test]
fn short_writes_are_gone_on_with() {
    let house = House::new();
    house.disk.short.store(7, Ordering::SeqCst);
    house.filled(3);
    assert!(matches!(verify(house.path()).unwrap(), Verdict::Good { lines: 4, .. }));
    assert_acknowledged(&house, &["question 0", "question 1", "question 2"]);
}

/// Every acknowledged query is in the ledger, once, with its text.
fn assert_acknowledged(house: &House, acknowledged: &[&str]) {
    let lines = LedgerReader::open(house.path()).unwrap().lines().unwrap();
    let queries: Vec<String> = lines
        .filter_map(|line| match line.unwrap().record {
            Record::Retrieval(retrieval) => Some(retrieval.query.unwrap_or_default()),
            _ => None,
        })
        .collect();
    for query in acknowledged {
        assert_eq!(queries.iter().filter(|found| found == query).count(), 1, "{query}: {queries:?}");
    }
}
