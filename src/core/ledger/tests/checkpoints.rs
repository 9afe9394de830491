//! Checkpoints: when they are written, what a start does with them, and what they find out.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::House;
use crate::ledger::{
    Accepted, Checkpoint, CheckpointFlaw, Disk, DiskFile, Flaw, Ledger, LedgerError, LedgerReader, LedgerSink as _,
    Misfit, Options, Record, SystemDisk, Verdict, newest_checkpoint, segment, verify, verify_against,
};

/// The whole checkpoints that are there now; a notary may be writing another.
fn checkpoints(house: &House) -> Vec<Checkpoint> {
    let text = fs::read_to_string(house.path().join("checkpoints")).unwrap_or_default();
    text.lines().filter_map(|line| Checkpoint::parse(line).ok()).collect()
}

fn sizes(house: &House) -> Vec<u64> {
    checkpoints(house).iter().map(|checkpoint| checkpoint.size).collect()
}

fn assert_good(house: &House) {
    let verdict = verify(house.path()).unwrap();
    assert!(matches!(verdict, Verdict::Good { lines, vouched, .. } if lines == vouched), "{verdict:?}");
}

/// Cuts the last `lines` lines off the last segment.
fn shorten(house: &House, lines: usize) {
    let last = segment::path(house.path(), *segment::numbers(house.path()).unwrap().last().unwrap());
    let text = fs::read_to_string(&last).unwrap();
    let kept = text.lines().count() - lines;
    fs::write(&last, text.split_inclusive('\n').take(kept).collect::<String>()).unwrap();
}

fn everything(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn checkpoints_come_every_so_many_lines_at_the_end_of_a_segment_and_of_the_ledger() {
    let house = House { checkpoint_lines: 5, ..House::new() };
    house.filled(12);
    // The header of the segment is a line as well.
    assert_eq!(sizes(&house), [5, 10, 13]);
    drop(house.open());
    assert_eq!(sizes(&house), [5, 10, 13], "nothing was added, nothing is signed");
    house.filled(1);
    assert_eq!(sizes(&house), [5, 10, 13, 14]);
    assert_good(&house);

    let house = House { segment_bytes: 1800, ..House::new() };
    house.filled(12);
    let ends: Vec<u64> = segment::numbers(house.path())
        .unwrap()
        .iter()
        .scan(0, |lines, number| {
            *lines += fs::read_to_string(segment::path(house.path(), *number)).unwrap().lines().count() as u64;
            Some(*lines)
        })
        .collect();
    assert!(ends.len() >= 4, "{ends:?}");
    assert_eq!(sizes(&house), ends);
    let with_frontier = checkpoints(&house).iter().filter(|checkpoint| checkpoint.stand().is_some()).count();
    assert_eq!(with_frontier, ends.len() - 1, "all but the last, which ends no segment");
    assert_good(&house);
}

#[test]
fn a_line_is_spoken_of_some_time_after_it_was_written_without_another_one() {
    let house = House { checkpoint_after: Duration::from_millis(1), ..House::new() };
    let (ledger, _) = house.open();
    ledger.append(house.retrieval("alone")).wait().unwrap();
    let end = Instant::now() + Duration::from_secs(10);
    while sizes(&house).last() != Some(&2) && Instant::now() < end {
        std::thread::yield_now();
    }
    assert_eq!(sizes(&house).last(), Some(&2));
    drop(ledger);
}

#[test]
fn a_ledger_from_before_there_were_checkpoints_gets_them_and_is_taken_up_from_them() {
    let house = House { segment_bytes: 3000, ..House::new() };
    house.filled(9);
    let signed = newest_checkpoint(house.path()).unwrap().unwrap();
    fs::remove_file(house.path().join("checkpoints")).unwrap();
    fs::remove_file(house.folder.path().join("ledger.key")).unwrap();
    fs::remove_file(house.folder.path().join("ledger.pub")).unwrap();
    drop(house.open());
    let made = checkpoints(&house);
    assert_eq!((made.len(), made[1].size, made[1].root), (2, signed.size, signed.root));
    assert!(made[0].stand().is_some(), "where the last segment begins");
    assert_ne!(made[1].key, signed.key);
    assert_good(&house);

    // A change in an old segment is not read at a start, so that the tree is what was signed: that is what verifying finds.
    let first = segment::path(house.path(), 1);
    let text = fs::read_to_string(&first).unwrap();
    fs::write(&first, text.replacen("playbook/loop", "playbook/lies", 1)).unwrap();
    house.filled(1);
    assert!(matches!(verify(house.path()).unwrap(), Verdict::Tampered { segment: 1, line: 2, flaw: Flaw::Digest }));
    fs::write(&first, text).unwrap();
    assert_good(&house);
}

#[test]
fn the_tree_is_taken_up_from_an_older_segment_when_the_end_of_the_last_was_not_signed() {
    let house = House { segment_bytes: 3000, ..House::new() };
    house.filled(16);
    let file = house.path().join("checkpoints");
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    assert!(lines.len() >= 4);
    for kept in 0..lines.len() {
        // Of the last ones only those without a frontier, as a disk may have it that was full for a while.
        let left: String = lines.iter().take(kept).chain(lines.last()).copied().collect();
        fs::write(&file, left).unwrap();
        drop(house.open());
        house.filled(1);
        assert_good(&house);
        fs::write(&file, &text).unwrap();
        shorten(&house, 1);
    }
}

#[test]
fn a_ledger_that_does_not_fit_its_last_checkpoint_is_not_opened_and_not_changed() {
    let full = || {
        let house = House { checkpoint_lines: 4, ..House::new() };
        house.filled(10);
        house
    };
    let shorter = full();
    shorten(&shorter, 2);
    let empty = full();
    fs::remove_file(segment::path(empty.path(), 1)).unwrap();
    // The same number of lines, each of which follows from the one before it.
    let other = full();
    fs::remove_file(segment::path(other.path(), 1)).unwrap();
    fs::rename(other.path().join("checkpoints"), other.folder.path().join("aside")).unwrap();
    other.filled(10);
    fs::rename(other.folder.path().join("aside"), other.path().join("checkpoints")).unwrap();
    let edited = full();
    let file = edited.path().join("checkpoints");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("\"size\":11", "\"size\":10")).unwrap();
    let garbled = full();
    let file = garbled.path().join("checkpoints");
    fs::write(&file, fs::read_to_string(&file).unwrap() + "nothing\n").unwrap();
    let rekeyed = full();
    fs::remove_file(rekeyed.folder.path().join("ledger.key")).unwrap();
    let cases = [
        (shorter, Misfit::Shorter { lines: 9, size: 11 }),
        (empty, Misfit::Shorter { lines: 0, size: 11 }),
        (other, Misfit::Checkpoint(CheckpointFlaw::Log)),
        (edited, Misfit::Checkpoint(CheckpointFlaw::Signature)),
        (garbled, Misfit::Checkpoint(CheckpointFlaw::Shape)),
        (rekeyed, Misfit::Checkpoint(CheckpointFlaw::Key)),
    ];
    for (house, expected) in cases {
        let before = everything(house.path());
        let error = house.try_open().unwrap_err();
        assert!(matches!(error, LedgerError::Misfit(misfit) if misfit == expected), "{expected:?}: {error:?}");
        assert!(error.to_string().contains("--accept-loss"), "{error}");
        assert_eq!(everything(house.path()), before);
        assert_ne!(verify(house.path()).unwrap().exit_code(), 0);
    }
}

/// Writes the text of a line anew, and every digest from there on, as somebody would who may write the folder.
pub(super) fn rehash(house: &House, from: &str, to: &str) {
    let path = segment::path(house.path(), 1);
    let mut head = crate::ledger::Head::ZERO;
    let mut lines = Vec::new();
    for line in fs::read_to_string(&path).unwrap().replacen(from, to, 1).lines() {
        let at = lines.len();
        lines.extend_from_slice(&line.as_bytes()[..line.len() - 72]);
        head = crate::ledger::chain::seal(&mut lines, at, head);
    }
    fs::write(&path, lines).unwrap();
}

#[test]
fn a_chain_that_was_rewritten_whole_is_found_by_its_checkpoint() {
    let house = House { checkpoint_lines: 4, ..House::new() };
    house.filled(10);
    rehash(&house, "question", "");
    assert_good(&house);
    rehash(&house, "\"seq\":7,\"ts\":\"2026-11-21", "\"seq\":7,\"ts\":\"2026-11-22");
    let found = verify(house.path()).unwrap();
    let flaw = Flaw::Checkpoint { from: 5, to: 8 };
    assert_eq!(found, Verdict::Tampered { segment: 1, line: 8, flaw });
    // A start reads the last segment, so that it finds it as well.
    assert!(matches!(house.try_open(), Err(LedgerError::Misfit(Misfit::Other { from: 5, to: 8 }))));
}

#[test]
fn a_loss_that_is_accepted_is_on_record_and_the_ledger_goes_on() {
    let house = House { checkpoint_lines: 4, segment_bytes: 3000, ..House::new() };
    house.filled(14);
    let copy = newest_checkpoint(house.path()).unwrap().unwrap();
    shorten(&house, 1);
    let options = || Options { accept_loss: true, ..house.options() };
    let (ledger, opening) = Ledger::open(house.path(), options()).unwrap();
    let accepted = opening.accepted.unwrap();
    assert_eq!((accepted.lines, &accepted.checkpoint), (opening.lines, &copy.line));
    assert!(accepted.why.contains(&copy.size.to_string()), "{}", accepted.why);
    let kept = fs::read_to_string(house.path().join(&accepted.kept)).unwrap();
    assert!(kept.ends_with(&format!("{}\n", copy.line)), "what did not fit is kept");
    ledger.append(house.retrieval("after")).wait().unwrap();
    drop(ledger);
    assert_good(&house);
    let found: Vec<Accepted> = LedgerReader::open(house.path())
        .unwrap()
        .lines()
        .unwrap()
        .filter_map(|line| match line.unwrap().record {
            Record::Accepted(accepted) => Some(accepted),
            _ => None,
        })
        .collect();
    assert_eq!(found, [accepted]);
    // Who kept a copy elsewhere sees it all the same.
    assert_eq!(verify_against(house.path(), None, &[copy]).unwrap().exit_code(), 1);
    house.filled(1);
    let (_, opening) = Ledger::open(house.path(), options()).unwrap();
    assert_eq!(opening.accepted, None, "nothing is accepted that is no loss");
}

#[test]
fn a_copy_elsewhere_shows_what_the_folder_alone_does_not() {
    let house = House::new();
    house.filled(4);
    let copy = newest_checkpoint(house.path()).unwrap().unwrap();
    house.filled(4);
    let verified = |copies: &[Checkpoint]| verify_against(house.path(), Some(copy.key), copies).unwrap();
    assert_eq!(verified(std::slice::from_ref(&copy)).exit_code(), 0);
    shorten(&house, 6);
    fs::remove_file(house.path().join("checkpoints")).unwrap();
    assert_eq!(verified(&[]).exit_code(), 0, "nothing here says that there was more");
    assert_eq!(verified(std::slice::from_ref(&copy)), Verdict::Shorter { lines: 3, size: 5 });
    let stranger = House::new();
    stranger.randomness.0.store(999, Ordering::SeqCst);
    stranger.filled(2);
    let foreign = newest_checkpoint(stranger.path()).unwrap().unwrap();
    let flaw = CheckpointFlaw::Log;
    assert_eq!(verified(&[foreign]), Verdict::BadCheckpoint { copy: true, line: 1, flaw });
}

#[test]
fn half_a_checkpoint_is_what_a_crash_leaves_and_the_next_one_takes_its_place() {
    let house = House::new();
    house.filled(2);
    let file = house.path().join("checkpoints");
    let whole = fs::read_to_string(&file).unwrap();
    for left in [1, 40, whole.len() - 1] {
        fs::write(&file, format!("{whole}{}", whole.get(..left).unwrap())).unwrap();
        assert_eq!(verify(house.path()).unwrap(), Verdict::TornCheckpoint { bytes: left as u64 });
        house.filled(0);
        assert_good(&house);
        assert_eq!(checkpoints(&house).len(), 1, "what stands before it covers all there is");
        fs::write(&file, format!("{whole}{}", whole.get(..left).unwrap())).unwrap();
        house.filled(1);
        assert_good(&house);
        assert_eq!(checkpoints(&house).len(), 2);
        shorten(&house, 1);
        fs::write(&file, &whole).unwrap();
    }
}

/// A disk on which only the checkpoints fail, in one way or another.
#[derive(Debug, Default)]
struct Picky {
    writes: AtomicBool,
    syncs: AtomicBool,
}

#[derive(Debug)]
struct PickyDisk(Arc<Picky>);

#[derive(Debug)]
struct PickyFile(Arc<Picky>, Box<dyn DiskFile>);

fn fails(is: &AtomicBool) -> io::Result<()> {
    if is.load(Ordering::SeqCst) { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
}

impl PickyDisk {
    fn wrap(&self, path: &Path, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        let ours = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("checkpoints"));
        if ours { Box::new(PickyFile(Arc::clone(&self.0), file)) } else { file }
    }
}

impl DiskFile for PickyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = fails(&self.0.writes) {
            self.1.write(&bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        self.1.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        fails(&self.0.syncs)
    }

    fn cut(&mut self, len_bytes: u64) -> io::Result<()> {
        self.1.cut(len_bytes)
    }
}

impl Disk for PickyDisk {
    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.wrap(path, SystemDisk.append(path)?))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.wrap(path, SystemDisk.create(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        SystemDisk.rename(from, to)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        SystemDisk.sync_folder(path)
    }
}

#[test]
fn a_checkpoint_that_cannot_be_written_holds_up_no_record_and_the_next_one_covers_it() {
    for (write, sync) in [(true, false), (false, true)] {
        let house = House { checkpoint_lines: 1, ..House::new() };
        let picky = Arc::new(Picky::default());
        let options = Options { disk: Arc::new(PickyDisk(Arc::clone(&picky))), ..house.options() };
        let (ledger, _) = Ledger::open(house.path(), options).unwrap();
        let written = |n: u64| {
            let end = Instant::now() + Duration::from_secs(10);
            ledger.append(house.retrieval("one more")).wait().unwrap();
            while sizes(&house).last() != Some(&n) && Instant::now() < end {
                std::thread::yield_now();
            }
        };
        written(2);
        picky.writes.store(write, Ordering::SeqCst);
        picky.syncs.store(sync, Ordering::SeqCst);
        for _ in 0..3 {
            ledger.append(house.retrieval("is acknowledged")).wait().unwrap();
        }
        picky.writes.store(false, Ordering::SeqCst);
        picky.syncs.store(false, Ordering::SeqCst);
        written(6);
        drop(ledger);
        assert_good(&house);
        let sizes = sizes(&house);
        assert!(sizes.is_sorted() && sizes.first() == Some(&2) && sizes.last() == Some(&6), "{sizes:?}");
    }
}

#[cfg(unix)]
#[test]
fn the_key_lies_beside_the_folder_for_its_owner_alone_and_is_never_made_twice() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::new();
    house.filled(1);
    let key = house.folder.path().join("ledger.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(&key).unwrap();
    // A public half that was lost, or was another's, is put right.
    fs::write(house.folder.path().join("ledger.pub"), "ed25519:00\n").unwrap();
    house.filled(1);
    assert_eq!(fs::read(&key).unwrap(), before);
    assert_good(&house);
    assert!(!everything(house.path()).iter().any(|(_, bytes)| bytes.windows(64).any(|part| part == &before[..64])));
    fs::write(&key, "not a key\n").unwrap();
    assert!(matches!(house.try_open(), Err(LedgerError::Key { .. })));
    assert_eq!(fs::read(&key).unwrap(), b"not a key\n");
}
