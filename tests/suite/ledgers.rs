//! A thousand ledgers that somebody changed, and ledgers that a crash cut: what we say of them, and what the verifier in
//! `docs/`, which shares no code with us, says of the same ones.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cairn::access::Principal;
use cairn::ledger::{
    Checkpoint, Face, Ledger, LedgerSink as _, Options, Retrieval, RetrievalId, SystemClock, SystemRandomness, Verb,
    newest_checkpoint, verify_against,
};
use sha2::{Digest as _, Sha256};

/// The files of a ledger's folder.
type Files = BTreeMap<String, Vec<u8>>;

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// A ledger on the disk, with its key beside it and a copy of a checkpoint that somebody kept.
struct Place(PathBuf);

impl Place {
    fn ledger(&self) -> PathBuf {
        self.0.join("ledger")
    }

    fn open(&self) -> Ledger {
        let options = Options { segment_bytes: 2500, checkpoint_lines: 3, ..Options::default() };
        Ledger::open(&self.ledger(), options).unwrap().0
    }

    fn add(&self, ledger: &Ledger, records: usize) {
        for n in 0..records {
            let id = RetrievalId::new(&SystemClock, &SystemRandomness).unwrap();
            let mut retrieval = Retrieval::new(id, &Principal::anonymous(), Face::Http, Verb::Search);
            retrieval.query = Some(format!("question {n}"));
            ledger.append(retrieval).wait().unwrap();
        }
    }

    fn files(&self) -> Files {
        let files = fs::read_dir(self.ledger()).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.is_file());
        files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())).collect()
    }

    fn lay(&self, files: &Files, key: &[u8], copy: Option<&str>) {
        fs::create_dir_all(self.ledger()).unwrap();
        for (name, bytes) in files {
            fs::write(self.ledger().join(name), bytes).unwrap();
        }
        fs::write(self.0.join("ledger.pub"), key).unwrap();
        if let Some(copy) = copy {
            fs::write(self.0.join("copy"), copy).unwrap();
        }
    }

    fn ours(&self) -> u8 {
        let copies = fs::read_to_string(self.0.join("copy")).unwrap_or_default();
        verify_against(&self.ledger(), None, &Checkpoint::found_in(&copies)).unwrap().exit_code()
    }
}

/// What the verifiers in `docs/` say of every place in `folder`, by its name. Nothing where there is no Python.
fn theirs(folder: &Path) -> Option<BTreeMap<String, u8>> {
    let driver = "import sys, pathlib; sys.path.insert(0, sys.argv[1])
import verify_ledger, verify_checkpoint
for place in pathlib.Path(sys.argv[2]).iterdir():
    copy, key = place / 'copy', (place / 'ledger.pub').read_bytes().strip()
    own, copies = verify_ledger.read(place / 'ledger/checkpoints')[0], verify_ledger.found_in(copy.read_bytes() if copy.exists() else b'')
    signed = all(verify_checkpoint.good(line, key) for line in [*own, *copies])
    print(place.name, verify_ledger.verify(place / 'ledger', copies)[0] if signed else 1)";
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let ended = match Command::new("python3").args(["-B", "-c", driver]).arg(docs).arg(folder).output() {
        Ok(ended) => ended,
        Err(error) => {
            println!("SKIPPED: python3 does not run here, so that only our own verifier was tested: {error}");
            return None;
        }
    };
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let said = String::from_utf8(ended.stdout).unwrap();
    let pair = |line: &str| line.split_once(' ').map(|(name, code)| (name.to_owned(), code.parse().unwrap())).unwrap();
    Some(said.lines().map(pair).collect())
}

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// Writes the digests of all lines anew, so that every line follows from the one before it.
fn rehash(files: &mut Files) {
    let mut head = "0".repeat(64);
    for (_, bytes) in files.iter_mut().filter(|(name, _)| name.ends_with(".jsonl")) {
        let mut whole = String::new();
        for (n, line) in String::from_utf8(bytes.clone()).unwrap().lines().enumerate() {
            let mut text = line.split_at(line.len() - 72).0.to_owned();
            if n == 0 {
                text.truncate(text.find("\"prev\":\"").unwrap());
                write!(text, "\"prev\":\"{head}\"").unwrap();
            }
            head = Sha256::digest(format!("{head}{text}")).iter().map(|byte| format!("{byte:02x}")).collect();
            writeln!(whole, "{text},\"h\":\"{head}\"}}").unwrap();
        }
        *bytes = whole.into_bytes();
    }
}

/// Someone's ledger: what lies on the disk, and copies that were kept.
struct Original {
    files: Files,
    key: Vec<u8>,
    /// The newest checkpoint, as it was kept elsewhere.
    copy: String,
    /// A good checkpoint of another ledger.
    foreign: String,
}

/// What was done to a ledger, and the exit codes that a verifier may give then.
type Change = (&'static str, &'static [u8]);

/// Changes the lines of one segment.
fn change_lines(text: &mut Vec<Vec<u8>>, is_last: bool, dice: &mut Dice) -> Change {
    let at = dice.below(text.len());
    match dice.below(7) {
        0 => {
            let byte = dice.below(text[at].len());
            text[at][byte] ^= 1 << dice.below(8);
            // A line feed that is another byte leaves half a line, which at the very end is what a crash leaves.
            ("flipped a bit of a segment", &[1, 2, 3])
        }
        1 => {
            text.remove(at);
            ("deleted a line", if is_last { &[1, 3] } else { &[1] })
        }
        2 => {
            let other = (at + 1) % text.len();
            text.swap(at, other);
            ("swapped two lines", &[1])
        }
        3 => {
            text.insert(at, text[at].clone());
            ("doubled a line", &[1])
        }
        4 => {
            text.truncate(at);
            ("cut a segment at a line's border", if is_last { &[3] } else { &[1] })
        }
        5 => {
            text.truncate(at + 1);
            let keep = dice.below(text[at].len());
            text[at].truncate(keep);
            ("cut a segment off a line's border", if is_last { &[3] } else { &[1] })
        }
        _ => {
            let edited = String::from_utf8(text[at].clone()).unwrap().replace("\"boot\":\"", "\"boot\":\"f");
            text[at] = edited.into_bytes();
            ("edited a line, and wrote every digest anew", &[1])
        }
    }
}

/// Changes the checkpoints.
fn change_checkpoints(own: &mut Vec<u8>, original: &Original, dice: &mut Dice) -> Change {
    match dice.below(3) {
        0 => {
            own.extend_from_slice(original.foreign.as_bytes());
            ("put a checkpoint of another ledger among its own", &[1])
        }
        1 => {
            let mut checkpoints = lines(own);
            let one = dice.below(checkpoints.len());
            let byte = dice.below(checkpoints[one].len() - 1);
            checkpoints[one][byte] ^= 1 << dice.below(7);
            *own = checkpoints.concat();
            ("flipped a bit of a checkpoint", &[1])
        }
        _ => {
            let fields = ["size\":", "root\":\"", "head\":\"", "ts\":\"", "log\":\"log_", "key\":\"ed25519:"];
            let field = fields[dice.below(fields.len())];
            let text = String::from_utf8(own.clone()).unwrap();
            let digit = text.split_at(text.find(field).unwrap() + field.len()).1.chars().next().unwrap();
            let other = if digit == '1' { '2' } else { '1' };
            *own = text.replacen(&format!("{field}{digit}"), &format!("{field}{other}"), 1).into_bytes();
            ("edited a checkpoint", &[1])
        }
    }
}

/// Changes a ledger in one way or another; a checkpoint may have been kept elsewhere before.
fn mutate(original: &Original, dice: &mut Dice) -> (Change, Files, Option<String>) {
    let mut files = original.files.clone();
    let segments: Vec<String> = files.keys().filter(|name| name.ends_with(".jsonl")).cloned().collect();
    let nth = dice.below(segments.len());
    let (name, is_last) = (&segments[nth], nth + 1 == segments.len());
    let mut copy = None;
    let change: Change = match dice.below(14) {
        0..7 => {
            let mut text = lines(&files[name]);
            let change = change_lines(&mut text, is_last, dice);
            files.insert(name.clone(), text.concat());
            if change.0.ends_with("digest anew") {
                rehash(&mut files);
            }
            change
        }
        7..10 => change_checkpoints(files.get_mut("checkpoints").unwrap(), original, dice),
        10 => {
            let mut text = lines(&files[name]);
            text.remove(dice.below(text.len() - 1) + 1);
            files.insert(name.clone(), text.concat());
            files.remove("checkpoints");
            renumber(&mut files);
            rehash(&mut files);
            copy = Some(original.copy.clone());
            ("took a line out, wrote every number and digest anew and removed the checkpoints; a copy was kept", &[3])
        }
        11 => {
            copy = Some(original.foreign.clone());
            ("was given a checkpoint of another ledger", &[1])
        }
        12 => {
            files.remove(name);
            ("removed a segment", if is_last { &[3] } else { &[1] })
        }
        _ => {
            // The folder says nothing of it; the copy does.
            let last = segments.last().unwrap();
            let mut end = lines(&files[last]);
            end.pop();
            files.insert(last.clone(), end.concat());
            files.remove("checkpoints");
            copy = Some(original.copy.clone());
            ("cut the end and removed the checkpoints; a copy was kept", &[3])
        }
    };
    (change, files, copy)
}

/// Gives the lines their numbers anew.
fn renumber(files: &mut Files) {
    let mut seq = 0;
    for (_, bytes) in files.iter_mut().filter(|(name, _)| name.ends_with(".jsonl")) {
        let numbered = String::from_utf8(bytes.clone()).unwrap().lines().fold(String::new(), |mut whole, line| {
            seq += 1;
            let rest = line.split_once(",\"ts\"").unwrap().1;
            writeln!(whole, "{{\"v\":1,\"seq\":{seq},\"ts\"{rest}").unwrap();
            whole
        });
        *bytes = numbered.into_bytes();
    }
}

fn original(folder: &Path) -> Original {
    let (place, stranger) = (Place(folder.join("one")), Place(folder.join("other")));
    for records in [6, 1, 4, 2] {
        place.add(&place.open(), records);
    }
    stranger.add(&stranger.open(), 7);
    let newest = |place: &Place| format!("{}\n", newest_checkpoint(&place.ledger()).unwrap().unwrap().line);
    let key = fs::read(place.0.join("ledger.pub")).unwrap();
    Original { files: place.files(), key, copy: newest(&place), foreign: newest(&stranger) }
}

#[test]
fn a_thousand_changed_ledgers_are_found_out_by_both_verifiers_and_no_crashed_one_is_blamed() {
    let (made, laid) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let original = original(made.path());
    assert!(original.files.len() >= 5, "several segments: {:?}", original.files.keys());
    let (mut dice, mut ways) = (Dice(5), BTreeMap::new());
    let mut expected: BTreeMap<String, Change> = BTreeMap::new();
    for n in 0..1000 {
        let ((what, codes), files, copy) = mutate(&original, &mut dice);
        assert!(files != original.files || copy.is_some(), "{n}: {what}: nothing was changed");
        *ways.entry(what).or_insert(0) += 1;
        Place(laid.path().join(n.to_string())).lay(&files, &original.key, copy.as_deref());
        expected.insert(n.to_string(), (what, codes));
    }
    assert!(ways.len() == 14 && ways.values().all(|count| *count > 40), "{ways:?}");
    Place(laid.path().join("whole")).lay(&original.files, &original.key, Some(&original.copy));
    expected.insert("whole".to_owned(), ("not changed", &[0]));
    expected.extend(crashed(laid.path()));
    let theirs = theirs(laid.path());
    for (name, (what, codes)) in &expected {
        let ours = Place(laid.path().join(name)).ours();
        assert!(codes.contains(&ours), "{name}: {what}: {ours}, not one of {codes:?}");
        if let Some(theirs) = &theirs {
            assert_eq!(theirs.get(name), Some(&ours), "{name}: {what}");
        }
    }
}

/// Ledgers as they are found after a kill at any byte of the last line, before and after the next start.
fn crashed(laid: &Path) -> Vec<(String, Change)> {
    let mut expected: Vec<(String, Change)> = Vec::new();
    let alive = tempfile::tempdir().unwrap();
    let place = Place(alive.path().to_owned());
    place.add(&place.open(), 6);
    let ledger = place.open();
    place.add(&ledger, 2);
    // As a kill leaves it: nothing was closed.
    let killed = place.files();
    let (key, secret) = ["pub", "key"].map(|end| fs::read(alive.path().join(format!("ledger.{end}"))).unwrap()).into();
    let last = killed.keys().rfind(|name| name.ends_with(".jsonl")).unwrap().clone();
    for torn in [0, 1, 71, 72, 73, 200, 400] {
        let half = killed[&last].split_inclusive(|byte| *byte == b'\n').next_back().unwrap();
        let mut files = killed.clone();
        files.get_mut(&last).unwrap().extend_from_slice(&half[..torn.min(half.len() - 1)]);
        Place(laid.join(format!("torn-{torn}"))).lay(&files, &key, None);
        expected.push((format!("torn-{torn}"), ("killed", if torn == 0 { &[0] } else { &[2] })));
        for records in [0, 3] {
            let again = Place(laid.join(format!("again-{torn}-{records}")));
            again.lay(&files, &key, None);
            fs::write(again.0.join("ledger.key"), &secret).unwrap();
            again.add(&again.open(), records);
            expected.push((format!("again-{torn}-{records}"), ("killed and started again", &[0])));
        }
    }
    drop(ledger);
    expected
}
