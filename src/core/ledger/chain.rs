//! The chain: what a line's `h` is made of, and whether a line follows from the one before it.
//!
//! `h` is SHA-256 over the previous line's `h` (its 64 hexadecimal digits) and the bytes of this line up to `,"h":`.
//! It is always the last field, so that it stands at a fixed distance from the end of the line: nobody needs to parse
//! JSON, let alone to agree on a canonical form of it, to check a ledger. The first line follows from 64 zeros.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// What stands between a line's last field and its digest.
const BEFORE_H: &[u8] = b",\"h\":\"";
/// What stands behind the digest.
const AFTER_H: &[u8] = b"\"}";
/// The bytes of `,"h":"<64 hex>"}`.
const SEAL_BYTES: usize = BEFORE_H.len() + 64 + AFTER_H.len();
/// The bytes of a moment, `2026-11-21T07:56:03.120Z`.
const TS_BYTES: usize = 24;
/// How every line begins.
const BEFORE_SEQ: &[u8] = b"{\"v\":1,\"seq\":";

/// A line's `h`: 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head([u8; 64]);

impl Head {
    /// What the first line of a ledger follows from.
    pub const ZERO: Self = Self([b'0'; 64]);

    /// The `h` of the line whose bytes up to `,"h":` are `text`.
    #[must_use]
    pub fn follow(self, text: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(self.0).chain_update(text).finalize();
        let mut hex = [0; 64];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(digest) {
            pair[0] = hex_digit(byte >> 4);
            pair[1] = hex_digit(byte & 15);
        }
        Self(hex)
    }

    /// Parses 64 hexadecimal digits in lower case.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let hex: [u8; 64] = text.try_into().ok()?;
        hex.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).then_some(Self(hex))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Both makers of a head write ASCII only.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// A hexadecimal digit in lower case.
pub(super) fn hex_digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + (nibble - 10) }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is wrong with a line, or with a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The line does not end in `,"h":"<64 hex>"}`, or does not begin with `{"v":1,"seq":`.
    #[error("not a line of a ledger")]
    Shape,
    /// `h` is not the digest of the line and the one before it.
    #[error("the digest does not follow from the line and the one before it")]
    Digest,
    /// The line's `seq` is not one more than that of the line before it.
    #[error("seq {expected} was expected, {found} was found")]
    Sequence {
        /// One more than the line before.
        expected: u64,
        /// What is written.
        found: u64,
    },
    /// A segment's first line is not its header.
    #[error("the segment does not begin with its header")]
    Header,
    /// The header names another segment, or another end of the segment before it.
    #[error("the header does not follow from the segment before it")]
    Continuity,
    /// The segment's file is not there, though there are later ones.
    #[error("the segment is missing")]
    Missing,
    /// The segment ends in half a line, though there are later ones.
    #[error("the segment ends in half a line")]
    Cut,
    /// The line follows from those before it, and a checkpoint speaks of other ones.
    #[error("among the lines {from} to {to} are other ones than the checkpoint at {to} speaks of")]
    Checkpoint {
        /// The first that no earlier checkpoint vouches for.
        from: u64,
        /// The last that the checkpoint speaks of.
        to: u64,
    },
}

/// Appends `,"h":"…"}` and a line feed to a line that is complete but for them, and returns its `h`.
pub(super) fn seal(line: &mut Vec<u8>, from: usize, before: Head) -> Head {
    let head = before.follow(line.get(from..).unwrap_or_default());
    line.extend_from_slice(BEFORE_H);
    line.extend_from_slice(&head.0);
    line.extend_from_slice(AFTER_H);
    line.push(b'\n');
    head
}

/// Begins a line: everything up to and with its `seq`.
pub(super) fn begin(line: &mut Vec<u8>, seq: u64) {
    line.extend_from_slice(BEFORE_SEQ);
    line.extend_from_slice(seq.to_string().as_bytes());
}

/// Splits a line (without its line feed) into the bytes that are digested, its `seq` and its `h`.
pub(super) fn split(line: &[u8]) -> Option<(&[u8], u64, Head)> {
    let (text, seal) = line.split_at_checked(line.len().checked_sub(SEAL_BYTES)?)?;
    let head = Head::parse(seal.strip_prefix(BEFORE_H)?.strip_suffix(AFTER_H)?)?;
    let digits = text.strip_prefix(BEFORE_SEQ)?;
    let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    let seq = std::str::from_utf8(digits.get(..end)?).ok()?.parse().ok()?;
    Some((text, seq, head))
}

/// The place of a line, as it says. Nothing else is looked at.
pub(super) fn place(line: &[u8]) -> Option<u64> {
    let digits = line.strip_prefix(BEFORE_SEQ)?;
    let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(digits.get(..end)?).ok()?.parse().ok()
}

/// When a line was written, as it says: the bytes of its `ts`. Nothing is parsed, and nothing is checked but the form.
pub(super) fn written_at(line: &[u8]) -> Option<&[u8]> {
    let digits = line.strip_prefix(BEFORE_SEQ)?;
    let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    let ts = digits.get(end..)?.strip_prefix(b",\"ts\":\"")?.get(..TS_BYTES + 1)?;
    ts.strip_suffix(b"\"")
}

/// The line from its kind's opening quote on: the first `"kind":` of a line is the envelope's.
pub(super) fn from_kind(line: &[u8]) -> Option<&[u8]> {
    const BEFORE_KIND: &[u8] = b"\"kind\":";
    let at = memchr::memmem::find(line, BEFORE_KIND)?;
    line.get(at + BEFORE_KIND.len()..)
}

/// What every line begins with: its `seq`, the text of its `ts`, and its kind. Nothing is checked but the form.
pub(super) fn envelope(line: &str) -> Option<(u64, &str, &str)> {
    let ts = std::str::from_utf8(written_at(line.as_bytes())?).ok()?;
    let (seq, rest) = line.get(BEFORE_SEQ.len()..)?.split_once(",\"ts\":\"")?;
    let (_boot, rest) = rest.get(TS_BYTES..)?.strip_prefix("\",\"boot\":\"")?.split_once('"')?;
    let (kind, _) = rest.strip_prefix(",\"kind\":\"")?.split_once('"')?;
    Some((seq.parse().ok()?, ts, kind))
}

/// Walks along a chain, line by line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Walk {
    /// The `h` of the last good line.
    pub(super) head: Head,
    /// What the next line's `seq` has to be.
    pub(super) next_seq: u64,
}

impl Walk {
    /// Before the first line of a ledger.
    pub(super) const START: Self = Self { head: Head::ZERO, next_seq: 1 };

    /// How many lines it has taken.
    pub(super) fn lines(&self) -> u64 {
        self.next_seq - 1
    }

    /// Takes one more line (without its line feed). After a flaw the walk stands where it stood.
    pub(super) fn step(&mut self, line: &[u8]) -> Result<(), Flaw> {
        let (text, seq, head) = split(line).ok_or(Flaw::Shape)?;
        if seq != self.next_seq {
            return Err(Flaw::Sequence { expected: self.next_seq, found: seq });
        }
        if self.head.follow(text) != head {
            return Err(Flaw::Digest);
        }
        *self = Self { head, next_seq: seq.saturating_add(1) };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(texts: &[&str]) -> Vec<Vec<u8>> {
        let mut head = Head::ZERO;
        texts
            .iter()
            .zip(1..)
            .map(|(text, seq)| {
                let mut line = Vec::new();
                begin(&mut line, seq);
                line.extend_from_slice(text.as_bytes());
                head = seal(&mut line, 0, head);
                line.pop();
                line
            })
            .collect()
    }

    #[test]
    fn a_digest_covers_the_previous_digits_and_the_bytes_before_the_seal() {
        let lines = chain(&[",\"kind\":\"a\"", ",\"kind\":\"b\""]);
        let text = &lines[1][..lines[1].len() - SEAL_BYTES];
        let first = &lines[0][lines[0].len() - 66..lines[0].len() - 2];
        let expected = crate::corpus::Digest::of(&[first, text].concat()).to_string();
        assert_eq!(split(&lines[1]).unwrap().2.as_str(), expected);
    }

    #[test]
    fn a_walk_takes_the_chain_and_nothing_else() {
        let lines = chain(&[",\"n\":1", ",\"n\":2,\"h\":\"decoy\"", ",\"n\":3"]);
        let mut walk = Walk::START;
        assert_eq!(walk.step(&lines[1]), Err(Flaw::Sequence { expected: 1, found: 2 }));
        for line in &lines {
            walk.step(line).unwrap();
        }
        assert_eq!(walk.next_seq, 4);
        let first = || Walk::START;
        let mut changed = lines[0].clone();
        changed[16] ^= 1;
        assert_eq!(first().step(&changed), Err(Flaw::Digest));
        assert_eq!(first().step(b"{}"), Err(Flaw::Shape));
        assert_eq!(first().step(b""), Err(Flaw::Shape));
    }
}
