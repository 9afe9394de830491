//! The names of records: a letter for the kind, `_`, and 26 letters and digits. An answer carries its record's name
//! before the record is written.
//!
//! 48 bits of time and 80 of randomness in Crockford's base 32 (the ULID form), so that names sort by time.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize};

use super::LedgerError;
use super::clock::{Clock, Randomness, Timestamp};

/// Crockford's base 32.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The name of a record of any kind that has one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RecordId(String);

impl RecordId {
    fn new(letter: char, clock: &dyn Clock, randomness: &dyn Randomness) -> Result<Self, LedgerError> {
        let mut bytes = [0; 16];
        randomness.fill(&mut bytes[6..])?;
        let unix_ms = u64::try_from(clock.now().unix_ms()).unwrap_or(0);
        bytes[..6].copy_from_slice(&unix_ms.to_be_bytes()[2..]);
        let number = u128::from_be_bytes(bytes);
        let mut text = String::with_capacity(28);
        text.push(letter);
        text.push('_');
        for place in (0..26).rev() {
            let digit = usize::from((number >> (5 * place)).to_le_bytes()[0] & 31);
            text.push(char::from(DIGITS[digit]));
        }
        Ok(Self(text))
    }

    /// Parses a name. Whether there is such a kind is not looked at: a newer version may know it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_name(text).then(|| Self(text.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// When it was made; `None` for a name that was not made here.
    pub(super) fn made_at(&self) -> Option<Timestamp> {
        let (_, digits) = self.0.split_once('_').filter(|(_, digits)| digits.len() == 26)?;
        let value = |digit: u8| DIGITS.iter().position(|known| *known == digit);
        let time = digits.bytes().take(10).try_fold(0_i64, |time, digit| Some(time << 5 | value(digit)? as i64));
        time.map(Timestamp::from_unix_ms)
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RecordId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        match is_name(&text) {
            true => Ok(Self(text)),
            false => Err(serde::de::Error::custom(format_args!("{text:?} is not the id of a record"))),
        }
    }
}

fn is_name(text: &str) -> bool {
    let Some((letter, rest)) = text.split_once('_') else { return false };
    let kind = letter.len() == 1 && letter.bytes().all(|byte| byte.is_ascii_lowercase());
    kind && (8..=64).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A kind of record that has names.
pub trait Named {
    /// The letter that its names begin with.
    const LETTER: char;
}

/// The name of a record of one kind.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Id<K> {
    id: RecordId,
    kind: PhantomData<fn() -> K>,
}

impl<K: Named> Id<K> {
    /// Makes a new name.
    ///
    /// # Errors
    /// Fails when there is no randomness.
    pub fn new(clock: &dyn Clock, randomness: &dyn Randomness) -> Result<Self, LedgerError> {
        Ok(Self { id: RecordId::new(K::LETTER, clock, randomness)?, kind: PhantomData })
    }

    /// Parses a name of this kind.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        RecordId::parse(text).and_then(Self::of)
    }

    fn of(id: RecordId) -> Option<Self> {
        id.0.starts_with(K::LETTER).then_some(Self { id, kind: PhantomData })
    }
}

impl<K> Id<K> {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.id.0
    }

    /// The name, whatever it is of.
    #[must_use]
    pub fn record(&self) -> &RecordId {
        &self.id
    }
}

impl<'de, K: Named> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let id = RecordId::deserialize(from)?;
        let wrong = || serde::de::Error::custom(format_args!("the id of another kind, not {}_…", K::LETTER));
        Self::of(id).ok_or_else(wrong)
    }
}

// Written out: derived ones would ask the same of the kind, which is never there.

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self { id: self.id.clone(), kind: PhantomData }
    }
}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.id.cmp(&other.id)
    }
}

impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.id, f)
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id.0)
    }
}

#[cfg(test)]
mod tests {
    use super::RecordId;
    use crate::ledger::{FeedbackId, RetrievalId, SystemClock, SystemRandomness};

    #[test]
    fn a_name_is_of_one_kind_and_names_sort_by_time() {
        let made = FeedbackId::new(&SystemClock, &SystemRandomness).unwrap();
        assert!(made.as_str().len() == 28 && made.as_str().starts_with("f_"), "{made}");
        assert_eq!(FeedbackId::parse(made.as_str()), Some(made.clone()));
        assert_eq!(RetrievalId::parse(made.as_str()), None, "of another kind");
        assert_eq!(RecordId::parse(made.as_str()).as_ref(), Some(made.record()));
        for bad in ["", "f", "f_", "f_short", "F_00000000000000000000000000", "ff_00000000", "f_0000000-", "_00000000"]
        {
            assert_eq!(RecordId::parse(bad), None, "{bad}");
        }
        assert!(serde_json::from_str::<RetrievalId>(&format!("\"{made}\"")).is_err());
    }
}
