//! Erasing: the texts that are meant go, no other, at whatever moment the disk fails, and while questions are written; and
//! the chain stays.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::damage::python;
use super::{DAY_MS, House, MORNING_MS, Step};
use crate::ledger::{
    Erased, ErasedBy, Erasure, ErasureRule, Keeper, LedgerReader, LedgerSink as _, Record, RetrievalId, Timestamp,
    Verdict, Words, erase, verify,
};

const QUESTIONS: [&str; 6] =
    ["plum tree", "the heron", "a tree of plums", "who keeps bees", "the plum", "bees in november"];

/// Six questions, from October to December; every second one is a token's.
fn house() -> House {
    let house = House::new();
    for (n, query) in (0..).zip(QUESTIONS) {
        house.clock.0.store(MORNING_MS + (n - 2) * 12 * DAY_MS, Ordering::SeqCst);
        let (ledger, _) = house.open();
        let mut retrieval = house.retrieval(query);
        if n % 2 == 1 {
            retrieval.who = "tok_7f3a".to_owned();
        }
        ledger.append(retrieval).wait().unwrap();
    }
    house.clock.0.store(MORNING_MS + 40 * DAY_MS, Ordering::SeqCst);
    house
}

fn left(house: &House) -> Vec<String> {
    let lines = LedgerReader::open(house.path()).unwrap().lines().unwrap();
    let retrievals = lines.filter_map(|line| match line.unwrap().record {
        Record::Retrieval(retrieval) => retrieval.query,
        _ => None,
    });
    retrievals.collect()
}

fn erasures(house: &House) -> Vec<Erased> {
    let lines = LedgerReader::open(house.path()).unwrap().lines().unwrap();
    let erased = lines.filter_map(|line| match line.unwrap().record {
        Record::Erased(erased) => Some(erased),
        _ => None,
    });
    erased.collect()
}

/// Whether some file under `folder` has these bytes.
fn holds(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            return holds(&path, text);
        }
        fs::read(path).unwrap().windows(text.len()).any(|bytes| bytes == text.as_bytes())
    })
}

fn retrievals(erasure: &Erasure) -> Vec<RetrievalId> {
    erasure.records.iter().map(|id| RetrievalId::parse(id.as_str()).unwrap()).collect()
}

fn words(text: &str) -> ErasureRule {
    ErasureRule::Query(Words::new(text))
}

#[test]
fn each_rule_takes_its_texts_and_no_other_and_says_so_in_the_chain() {
    let before = Timestamp::from_unix_ms(MORNING_MS);
    let principal = "tok_7f3a".to_owned();
    let cases: [(ErasureRule, &[usize], ErasedBy); 3] = [
        (words("tree PLUM"), &[0, 2], ErasedBy::Query),
        (ErasureRule::Principal(principal.clone()), &[1, 3, 5], ErasedBy::Principal { principal }),
        (ErasureRule::Before(before), &[0, 1], ErasedBy::Before { before }),
    ];
    for (rule, gone, by) in cases {
        let house = house();
        let chain = house.path().join("000001.jsonl");
        let old = fs::read(&chain).unwrap();
        let found = LedgerReader::open(house.path()).unwrap().newest(rule.filter()).unwrap();
        assert_eq!(found.count(), gone.len(), "what would be erased: {rule:?}");

        let erasure = erase(house.path(), house.options(), &rule).unwrap();
        assert_eq!(erasure.records.len(), gone.len(), "{rule:?}");
        let kept = (0..QUESTIONS.len()).filter(|n| !gone.contains(n)).map(|n| QUESTIONS[n]);
        assert_eq!(left(&house), kept.collect::<Vec<_>>(), "{rule:?}");
        for n in gone {
            assert!(!holds(house.path(), QUESTIONS[*n]), "{rule:?}: {}", QUESTIONS[*n]);
        }

        assert!(fs::read(&chain).unwrap().starts_with(&old), "the chain never changes");
        let (texts, retrievals) = (gone.len() as u64, retrievals(&erasure));
        let record = Erased { who: "local".to_owned(), by, texts, unrecorded: 0, retrievals, records: Vec::new() };
        assert_eq!(erasures(&house), [record]);
        assert!(matches!(verify(house.path()).unwrap(), Verdict::Good { .. }));
        assert!(matches!(python(house.path()), None | Some(0)), "the Python verifier takes it as well");

        assert_eq!(erase(house.path(), house.options(), &rule).unwrap(), Erasure::default(), "a second time");
        assert_eq!(erasures(&house).len(), 1, "and nothing is recorded when nothing goes");
        #[cfg(unix)]
        for month in fs::read_dir(house.path().join("text")).unwrap() {
            let mode = std::os::unix::fs::PermissionsExt::mode(&month.unwrap().metadata().unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600, "for its owner alone");
        }
        let (ledger, _) = house.open();
        ledger.append(house.retrieval("asked afterwards")).wait().unwrap();
        assert_eq!(left(&house).last().unwrap(), "asked afterwards");
    }
}

#[test]
fn texts_that_no_record_speaks_of_go_with_every_erasure() {
    let house = house();
    let month = house.path().join("text/2026-11.jsonl");
    let mut file = fs::File::options().append(true).open(&month).unwrap();
    let salt = "00".repeat(16);
    // The one was synced before its record and the record was lost; the other one is half a line.
    writeln!(file, "{{\"id\":\"r_00000000000000000000000000\",\"salt\":\"{salt}\",\"text\":\"an orphan\"}}").unwrap();
    write!(file, "{{\"id\":\"r_00000000000000000000000001\",\"salt\":\"{salt}\",\"text\":\"half of").unwrap();
    let erasure = erase(house.path(), house.options(), &words("nothing has this")).unwrap();
    assert_eq!(erasure, Erasure { unrecorded: 2, ..Erasure::default() });
    assert!(!holds(house.path(), "an orphan") && !holds(house.path(), "half of"));
    assert_eq!(left(&house), QUESTIONS);
    let record = &erasures(&house)[0];
    assert_eq!((record.texts, record.unrecorded, record.retrievals.len()), (0, 2, 0));
}

#[test]
fn what_an_erasure_left_unfinished_is_gone_when_the_ledger_is_opened() {
    let house = house();
    let aside = house.path().join("text/2026-11.jsonl.new");
    fs::write(&aside, "{\"id\":\"r_1\",\"salt\":\"\",\"text\":\"plum tree\"}\n{\"id\"").unwrap();
    assert_eq!(left(&house), QUESTIONS, "a reader passes over it");
    drop(house.open());
    assert!(!aside.try_exists().unwrap());
    assert_eq!(left(&house), QUESTIONS);
}

#[test]
fn whenever_the_disk_fails_each_text_is_whole_or_gone_and_a_second_run_ends_it() {
    let rule = words("plum");
    for step in [Step::Write, Step::Sync, Step::Rename] {
        for at in 1.. {
            let house = house();
            house.disk.fail(step, at);
            let failed = erase(house.path(), house.options(), &rule).is_err();
            *house.disk.fails.lock().unwrap() = None;

            let kept = left(&house);
            for query in QUESTIONS {
                let meant = query.contains("plum");
                assert!(kept.contains(&query.to_owned()) || meant, "{step:?} {at}: {query} is lost");
                let recorded = erasures(&house).iter().map(|erased| erased.texts).sum::<u64>();
                assert!(
                    kept.contains(&query.to_owned()) || recorded == 3,
                    "{step:?} {at}: {query} went without a word"
                );
            }
            erase(house.path(), house.options(), &rule).unwrap();
            assert_eq!(left(&house), ["the heron", "who keeps bees", "bees in november"], "{step:?} {at}");
            assert!(!holds(house.path(), "plum"), "{step:?} {at}");
            assert!(matches!(verify(house.path()).unwrap(), Verdict::Good { .. }), "{step:?} {at}");
            if !failed {
                break;
            }
        }
    }
}

#[test]
fn an_erased_text_is_found_by_no_words() {
    let house = house();
    erase(house.path(), house.options(), &ErasureRule::Principal("tok_7f3a".to_owned())).unwrap();
    let found = |text: &str| LedgerReader::open(house.path()).unwrap().newest(words(text).filter()).unwrap().count();
    assert_eq!((found("heron"), found("bees"), found("plum")), (0, 0, 3));
}

#[test]
fn texts_go_while_questions_are_written_and_none_that_is_not_meant_is_lost() {
    let house = House::new();
    let (ledger, _) = house.open();
    for n in 0..40 {
        ledger.append(house.retrieval(&format!("plum {n}"))).wait().unwrap();
    }
    let (writing, erased) = (AtomicUsize::new(4), AtomicUsize::new(0));
    let rule = words("plum");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (house, ledger, writing) = (&house, &ledger, &writing);
            scope.spawn(move || {
                for n in 0..60 {
                    let question = if n % 3 == 0 { "plum" } else { "heron" };
                    ledger.append(house.retrieval(&format!("{question} {thread} {n}"))).wait().unwrap();
                }
                writing.fetch_sub(1, Ordering::SeqCst);
            });
        }
        let mut rounds = 0;
        while writing.load(Ordering::SeqCst) > 0 || rounds < 3 {
            erased.fetch_add(ledger.erase(&rule).unwrap().records.len(), Ordering::SeqCst);
            rounds += 1;
        }
    });
    erased.fetch_add(ledger.erase(&rule).unwrap().records.len(), Ordering::SeqCst);
    assert!(!holds(house.path(), "plum"));
    assert_eq!(left(&house).len(), 4 * 40, "every heron, whose text is the one the chain speaks of");
    assert_eq!(erased.load(Ordering::SeqCst), 40 + 4 * 20);
    let records = erasures(&house);
    assert_eq!(records.iter().map(|record| record.texts).sum::<u64>(), 40 + 4 * 20, "none without a word, none twice");
    assert!(records.iter().all(|record| record.unrecorded == 0), "what is on its way is no leftover");
    drop(ledger);
    assert!(matches!(verify(house.path()).unwrap(), Verdict::Good { .. }));
}

#[test]
fn whatever_fails_beside_a_writer_what_it_acknowledges_is_kept() {
    let rule = words("plum");
    for step in [Step::Write, Step::Sync, Step::Rename] {
        for at in 1.. {
            let house = house();
            let (ledger, _) = house.open();
            ledger.append(house.retrieval("the first of today")).wait().unwrap();
            house.disk.fail(step, at);
            let failed = ledger.erase(&rule).is_err();
            *house.disk.fails.lock().unwrap() = None;
            let later = ledger.append(house.retrieval("asked later")).wait();
            drop(ledger);

            let kept = left(&house);
            for query in ["the heron", "who keeps bees", "bees in november", "the first of today"] {
                assert!(kept.contains(&query.to_owned()), "{step:?} {at}: {query} is lost");
            }
            assert_eq!(kept.contains(&"asked later".to_owned()), later.is_ok(), "{step:?} {at}");
            erase(house.path(), house.options(), &rule).unwrap();
            assert!(!holds(house.path(), "plum"), "{step:?} {at}");
            assert!(matches!(verify(house.path()).unwrap(), Verdict::Good { .. }), "{step:?} {at}");
            if !failed {
                assert!(later.is_ok());
                break;
            }
        }
    }
}

#[test]
fn what_is_older_than_it_is_kept_goes_once_a_day_and_empty_months_with_it() {
    let mut house = house();
    house.text_days.typed = 20;
    let (keeper, _) = Keeper::open(house.path(), house.options()).unwrap();
    let erasure = keeper.retain().unwrap().unwrap();
    assert_eq!((erasure.records.len(), left(&house)), (4, vec!["the plum".to_owned(), QUESTIONS[5].to_owned()]));
    let before = Timestamp::from_unix_ms(MORNING_MS + 20 * DAY_MS);
    let runs_before = Some(Timestamp::from_unix_ms(MORNING_MS + (40 - 365) * DAY_MS));
    assert_eq!(erasures(&house)[0].by, ErasedBy::Retention { before, runs_before });
    let months: Vec<_> =
        fs::read_dir(house.path().join("text")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(months, ["2026-12.jsonl"], "October and November hold nothing any more");
    assert_eq!(keeper.retain().unwrap(), None, "once a day");
    keeper.close();

    house.clock.0.store(MORNING_MS + 400 * DAY_MS, Ordering::SeqCst);
    let (keeper, _) = Keeper::open(house.path(), house.options()).unwrap();
    assert_eq!(keeper.retain().unwrap(), None, "a clock that leapt by a year is not believed at once");
    assert_eq!(left(&house).len(), 2);
}

#[test]
fn a_question_whose_text_is_not_kept_is_on_no_disk_and_in_the_chain_as_ever() {
    let mut house = House::new();
    house.text_days.typed = 0;
    let (ledger, _) = house.open();
    ledger.append(house.retrieval("plum")).wait().unwrap();
    drop(ledger);
    assert!(!holds(house.path(), "plum") && left(&house).is_empty());
    let line = LedgerReader::open(house.path()).unwrap().tail(1).unwrap().remove(0);
    let Record::Retrieval(retrieval) = line.record else { panic!("{line:?}") };
    assert_eq!((retrieval.q_mac().map(str::len), retrieval.q_len()), (Some(64), Some(4)));
}

#[test]
fn who_follows_the_ledger_reads_on_behind_an_erasure() {
    let house = House::new();
    house.filled(3);
    let (lines, mut follower) = LedgerReader::open(house.path()).unwrap().follow(3).unwrap();
    assert_eq!(lines.len(), 3);
    let (ledger, _) = house.open();
    ledger.append(house.retrieval("before")).wait().unwrap();
    let query = |line: Option<crate::ledger::Line>| match line.unwrap().record {
        Record::Retrieval(retrieval) => retrieval.query,
        other => panic!("{other:?}"),
    };
    assert_eq!(query(follower.next_line().unwrap()).as_deref(), Some("before"));
    ledger.erase(&words("question")).unwrap();
    let long = "afterwards ".repeat(100);
    ledger.append(house.retrieval(&long)).wait().unwrap();
    assert!(matches!(follower.next_line().unwrap().unwrap().record, Record::Erased(_)));
    assert_eq!(query(follower.next_line().unwrap()), Some(long));
}
