//! Ledgers that were cut by a crash, and ledgers that somebody changed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::House;
use crate::ledger::{Flaw, LedgerError, LedgerSink as _, Verdict, verify};

type Files = BTreeMap<String, Vec<u8>>;

/// The segments alone: what an older version left, with neither checkpoints nor a key.
fn files(folder: &Path) -> Files {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "jsonl"))
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect()
}

fn lay(files: &Files) -> House {
    let house = House::new();
    for (name, bytes) in files {
        std::fs::write(house.path().join(name), bytes).unwrap();
    }
    house
}

#[test]
fn a_tail_that_is_torn_at_any_byte_is_cut_kept_and_written_down() {
    let original = House::new();
    original.filled(3);
    let whole = files(original.path());
    let bytes = &whole["000001.jsonl"];
    let last_len = bytes.len() - 1 - bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap();
    for cut in 1..=last_len {
        let mut torn = whole.clone();
        torn.get_mut("000001.jsonl").unwrap().truncate(bytes.len() - cut);
        let house = lay(&torn);
        let left = (last_len - cut) as u64;
        let before = verify(house.path()).unwrap();
        let (ledger, opening) = house.open();
        assert_eq!(opening.lines, 3, "cut {cut}");
        if cut == last_len {
            // A border of lines: without a checkpoint nobody can know.
            assert!(matches!(before, Verdict::Good { lines: 3, .. }));
            assert_eq!(opening.recovered, None);
        } else {
            assert_eq!(before, Verdict::TornTail { segment: 1, line: 4, bytes: left });
            let recovered = opening.recovered.unwrap();
            assert_eq!((recovered.segment, recovered.cut_bytes), (1, left));
            let kept = std::fs::read(house.path().join(&recovered.kept)).unwrap();
            assert_eq!(kept, bytes[bytes.len() - last_len..bytes.len() - cut]);
        }
        ledger.append(house.retrieval("after")).wait().unwrap();
        drop(ledger);
        assert!(matches!(verify(house.path()).unwrap(), Verdict::Good { .. }), "cut {cut}");
    }
}

#[test]
fn a_segment_without_a_whole_header_was_never_begun() {
    for left in [0, 1, 40] {
        let original = House { segment_bytes: 2500, ..House::new() };
        original.filled(6);
        let mut torn = files(original.path());
        let last = torn.keys().last().unwrap().clone();
        torn.get_mut(&last).unwrap().truncate(left);
        let house = lay(&torn);
        house.filled(1);
        assert!(matches!(verify(house.path()).unwrap(), Verdict::Good { .. }), "{left}");
    }
}

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// Changes a ledger, and says where: segment and line, from 1.
fn mutate(files: &mut Files, dice: &mut Dice) -> (String, u64, u64) {
    let segments = files.len();
    let segment = 1 + dice.below(segments - 1);
    let name = format!("{segment:06}.jsonl");
    let mut lines: Vec<Vec<u8>> = files[&name].split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let at = dice.below(lines.len() - 1);
    let mut whole = true;
    // A doubled line is good the first time.
    let mut bad = at as u64 + 1;
    let what = match dice.below(8) {
        0 | 1 => {
            let byte = dice.below(lines[at].len());
            lines[at][byte] ^= 1 << dice.below(8);
            "flipped a bit"
        }
        2 => {
            lines.remove(at);
            "deleted a line"
        }
        3 => {
            lines.swap(at, at + 1);
            "swapped two lines"
        }
        4 => {
            lines.insert(at, lines[at].clone());
            bad += 1;
            "doubled a line"
        }
        5 => {
            lines.truncate(at + 1);
            let keep = dice.below(lines[at].len());
            lines[at].truncate(keep);
            "cut a segment in the middle"
        }
        6 => {
            whole = false;
            files.remove(&name);
            "removed a segment"
        }
        _ => {
            whole = false;
            let other = format!("{:06}.jsonl", segment + 1);
            let (a, b) = (files[&name].clone(), files[&other].clone());
            files.insert(name.clone(), b);
            files.insert(other, a);
            "gave two segments each other's names"
        }
    };
    if whole {
        files.insert(name, lines.concat());
        (what.to_owned(), segment as u64, bad)
    } else {
        (what.to_owned(), segment as u64, 1)
    }
}

fn small_ledger() -> Files {
    let house = House { segment_bytes: 3000, ..House::new() };
    house.filled(16);
    files(house.path())
}

#[test]
fn three_hundred_mutations_are_all_found_at_or_before_the_damage() {
    let (whole, mut dice) = (small_ledger(), Dice(7));
    assert!(whole.len() >= 4);
    for n in 0..300 {
        let mut changed = whole.clone();
        let (what, segment, line) = mutate(&mut changed, &mut dice);
        let house = lay(&changed);
        let found = verify(house.path()).unwrap();
        let Verdict::Tampered { segment: found_segment, line: found_line, .. } = found else {
            panic!("{n}: {what} at {segment}:{line}: {found:?}");
        };
        // A line that is one too few shows in the line that takes its place, a lost end in the next segment.
        let place = (found_segment, found_line);
        assert!(place <= (segment, line) || (line == 1 && place == (segment + 1, 1)), "{n}: {what}: {place:?}");
        assert_eq!(found.exit_code(), 1);
    }
}

#[test]
fn an_edit_with_a_digest_of_its_own_breaks_the_next_line() {
    let mut changed = small_ledger();
    let text = String::from_utf8(changed["000001.jsonl"].clone()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let before = lines[0].get(lines[0].len() - 66..lines[0].len() - 2).unwrap();
    let edited = lines[1].get(..lines[1].len() - 72).unwrap().replace("playbook/loop", "playbook/lie_");
    let digest = crate::corpus::Digest::of(format!("{before}{edited}").as_bytes());
    lines[1] = format!("{edited},\"h\":\"{digest}\"}}");
    changed.insert("000001.jsonl".to_owned(), (lines.join("\n") + "\n").into_bytes());
    let verdict = verify(lay(&changed).path()).unwrap();
    assert_eq!(verdict, Verdict::Tampered { segment: 1, line: 3, flaw: Flaw::Digest });
}

#[test]
fn a_damaged_ledger_is_not_opened_and_not_changed() {
    let whole = small_ledger();
    let last = whole.keys().last().unwrap().clone();
    let mut changed = whole.clone();
    changed.get_mut(&last).unwrap()[60] ^= 1;
    let mut short = whole.clone();
    short.get_mut("000002.jsonl").unwrap().pop();
    let mut missing = whole;
    missing.remove("000001.jsonl");
    for damaged in [changed, short, missing] {
        let house = lay(&damaged);
        let error = house.try_open().unwrap_err();
        assert!(matches!(error, LedgerError::Damaged { .. }), "{error:?}");
        assert_eq!(files(house.path()), damaged);
    }
}

/// The verifier that is not ours to trust: its exit code, or nothing where there is no Python.
pub(super) fn python(folder: &Path) -> Option<i32> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify_ledger.py");
    Command::new("python3").arg(script).arg(folder).output().ok()?.status.code()
}
