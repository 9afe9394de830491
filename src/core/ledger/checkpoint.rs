//! A checkpoint: what a ledger held when it had so many lines, signed.
//!
//! One JSON object on one line, its signature last. The signed text is the line itself, byte for byte, up to `,"sig":`:
//! nobody needs to agree on a form of JSON to check it. The key signs nothing else, and every text begins with
//! `{"checkpoint":1,`. Whoever keeps a line elsewhere can later prove that the ledger still holds the lines it held then;
//! the key is named in the text, so that a copy also says by whom it was signed.

use serde::{Deserialize, Serialize};

use super::chain::Head;
use super::clock::Timestamp;
use super::form;
use super::key::{Key, PublicKey, Signature};
use super::merkle::{Frontier, Root};

/// How every checkpoint begins.
const BEGINNING: &str = "{\"checkpoint\":1,";
/// What stands between the signed text and the signature.
const BEFORE_SIG: &str = ",\"sig\":\"";
/// What stands behind the signature.
const AFTER_SIG: &str = "\"}";

/// Where a ledger stands: how many lines it has, and what they come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stand {
    pub(super) head: Head,
    pub(super) frontier: Frontier,
}

impl Stand {
    /// Before the first line.
    pub(super) fn start() -> Self {
        Self { head: Head::ZERO, frontier: Frontier::default() }
    }

    /// How many lines there are, which is the `seq` of the last.
    pub(super) fn size(&self) -> u64 {
        self.frontier.leaves()
    }
}

/// A signed statement of what a ledger held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The line as it is written, without a line feed.
    pub line: String,
    /// The ledger's own id.
    pub log: String,
    /// How many lines the ledger had, headers of segments among them.
    pub size: u64,
    /// The `h` of the last of them.
    pub head: Head,
    /// The root of the tree over them.
    pub root: Root,
    /// By which key it says that it was signed.
    pub key: PublicKey,
    frontier: Option<Vec<Root>>,
    sig: Signature,
}

/// What is wrong with a checkpoint, whatever the ledger holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointFlaw {
    /// The line has another form.
    #[error("not a checkpoint")]
    Shape,
    /// It names another key.
    #[error("signed with another key than this ledger's")]
    Key,
    /// The signature is not one of this text.
    #[error("the signature does not fit the text")]
    Signature,
    /// It speaks of another ledger.
    #[error("of another ledger")]
    Log,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    checkpoint: u8,
    log: String,
    size: u64,
    #[serde(with = "form::head_text")]
    head: Head,
    root: Root,
    ts: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    frontier: Option<Vec<Root>>,
    key: PublicKey,
}

#[derive(Deserialize)]
struct Signed {
    #[serde(flatten)]
    wire: Wire,
    sig: Signature,
}

impl Checkpoint {
    /// Signs where the ledger `log` stands. With the frontier a start can go on from here without reading what is before.
    pub(super) fn sign(key: &Key, log: &str, stand: &Stand, with_frontier: bool, now: Timestamp) -> Option<Self> {
        let wire = Wire {
            checkpoint: 1,
            log: log.to_owned(),
            size: stand.size(),
            head: stand.head,
            root: stand.frontier.root(),
            ts: now.to_string(),
            frontier: with_frontier.then(|| stand.frontier.peaks().to_vec()),
            key: key.public(),
        };
        // Numbers and texts of ours: JSON takes them.
        let text = serde_json::to_string(&wire).ok()?;
        let text = text.strip_suffix('}')?;
        let sig = key.sign(text);
        let line = format!("{text}{BEFORE_SIG}{}{AFTER_SIG}", String::from(sig));
        let Wire { log, size, head, root, key, frontier, .. } = wire;
        Some(Self { line, log, size, head, root, key, frontier, sig })
    }

    /// Reads a checkpoint. Nothing is proved by that: see [`check`](Self::check).
    ///
    /// # Errors
    /// Fails when the line, which has no line feed, is not one.
    pub fn parse(line: &str) -> Result<Self, CheckpointFlaw> {
        if !line.starts_with(BEGINNING) || text_of(line).is_none() {
            return Err(CheckpointFlaw::Shape);
        }
        let Signed { wire, sig } = serde_json::from_str(line).map_err(|_| CheckpointFlaw::Shape)?;
        let Wire { log, size, head, root, key, frontier, .. } = wire;
        if size == 0 {
            // Nobody signs that there is nothing.
            return Err(CheckpointFlaw::Shape);
        }
        Ok(Self { line: line.to_owned(), log, size, head, root, key, frontier, sig })
    }

    /// The checkpoints in a text, such as a file of copies or a server's log: of each line what has their form.
    #[must_use]
    pub fn found_in(text: &str) -> Vec<Self> {
        let whole = |line: &str| {
            let (_, from) = line.split_at_checked(line.find(BEGINNING)?)?;
            let (line, _) = from.split_at_checked(from.rfind(AFTER_SIG)? + AFTER_SIG.len())?;
            Self::parse(line).ok()
        };
        text.lines().filter_map(whole).collect()
    }

    /// Checks that the holder of `key` signed it, of the ledger `log`.
    ///
    /// # Errors
    /// Says what does not fit.
    pub fn check(&self, key: &PublicKey, log: &str) -> Result<(), CheckpointFlaw> {
        if self.log != log {
            return Err(CheckpointFlaw::Log);
        }
        if self.key != *key {
            return Err(CheckpointFlaw::Key);
        }
        let text = text_of(&self.line).ok_or(CheckpointFlaw::Shape)?;
        if key.signed(text, &self.sig) { Ok(()) } else { Err(CheckpointFlaw::Signature) }
    }

    /// Where the ledger stood, if the checkpoint has the frontier, and the frontier has the root.
    pub(super) fn stand(&self) -> Option<Stand> {
        let frontier = Frontier::of(self.size, self.frontier.clone()?)?;
        (frontier.root() == self.root).then_some(Stand { head: self.head, frontier })
    }
}

/// The part of a line that is signed.
fn text_of(line: &str) -> Option<&str> {
    let (text, sig) = line.strip_suffix(AFTER_SIG)?.rsplit_once(BEFORE_SIG)?;
    (sig.len() == 128).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{NoRandomness, Randomness, SystemDisk};

    #[derive(Debug)]
    struct Same(u8);

    impl Randomness for Same {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
            bytes.fill(self.0);
            Ok(())
        }
    }

    fn key(byte: u8) -> Key {
        let folder = tempfile::tempdir().unwrap();
        Key::open(&folder.path().join("ledger"), &SystemDisk, &Same(byte)).unwrap()
    }

    fn stand(lines: u64) -> Stand {
        let mut stand = Stand::start();
        for n in 0..lines {
            stand.frontier.push(n.to_string().as_bytes());
            stand.head = stand.head.follow(b"line");
        }
        stand
    }

    fn signed(lines: u64, with_frontier: bool) -> Checkpoint {
        Checkpoint::sign(&key(7), "log_1", &stand(lines), with_frontier, Timestamp::from_unix_ms(0)).unwrap()
    }

    #[test]
    fn a_checkpoint_reads_back_and_is_its_signers_and_its_ledgers_alone() {
        for with_frontier in [false, true] {
            let made = signed(11, with_frontier);
            let read = Checkpoint::parse(&made.line).unwrap();
            assert_eq!(read, made);
            assert_eq!(read.check(&key(7).public(), "log_1"), Ok(()));
            assert_eq!(read.check(&key(8).public(), "log_1"), Err(CheckpointFlaw::Key));
            assert_eq!(read.check(&key(7).public(), "log_2"), Err(CheckpointFlaw::Log));
            assert_eq!((read.size, read.head, read.root), (11, stand(11).head, stand(11).frontier.root()));
            assert_eq!(read.stand(), with_frontier.then(|| stand(11)));
        }
    }

    #[test]
    fn no_byte_of_a_checkpoint_can_be_another() {
        let (line, key) = (signed(3, true).line, key(7).public());
        for at in 0..line.len() {
            for bit in 0..7 {
                let mut bytes = line.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let Ok(text) = String::from_utf8(bytes) else { continue };
                let good = Checkpoint::parse(&text).and_then(|read| read.check(&key, "log_1"));
                assert!(good.is_err(), "byte {at}, bit {bit}: {text}");
            }
        }
    }

    #[test]
    fn the_signature_is_that_of_rfc_8032() {
        // RFC 8032, section 7.1, the test of one byte.
        let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ledger.key"), seed).unwrap();
        let key = Key::open(&folder.path().join("ledger"), &SystemDisk, &Same(0)).unwrap();
        let public = "ed25519:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        assert_eq!(key.public().to_string(), public);
        let kept = std::fs::read_to_string(folder.path().join("ledger.pub")).unwrap();
        assert_eq!(PublicKey::parse(&kept).unwrap().to_string(), public);
        let signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        assert_eq!(String::from(key.sign("r")), signature);
    }

    #[test]
    fn checkpoints_are_found_in_a_log_as_it_is_printed() {
        let (first, second) = (signed(3, false), signed(4, true));
        let text = format!(
            "2026-11-21T07:56:03Z  INFO ledger checkpoint ledger.checkpoint={}\nsomething else\n{}\n{{\"checkpoint\":1,\n",
            first.line, second.line
        );
        assert_eq!(Checkpoint::found_in(&text), [first, second]);
    }
}
