//! What a text says, in 64 bits: texts that say nearly the same differ in few of them.
//!
//! One-bit minwise hashing (Li and König, "b-Bit Minwise Hashing", WWW 2010) with one permutation over 64 bins (Li, Owen
//! and Zhang, NIPS 2012), of three words in a row. Two texts whose shingles agree by Jaccard's coefficient J differ in
//! about (1 − J) / 2 of the bits, texts on different things in half of them.

use serde::{Deserialize, Serialize};

/// How many words in a row are one shingle.
const SHINGLE: usize = 3;

/// What a text says, for finding what says nearly the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gist(u64);

impl Gist {
    /// Reads a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut least = [u64::MAX; 64];
        let mut last = [SEED; SHINGLE];
        for (at, (word, _)) in (1..).zip(word_digests(text)) {
            last = [last[1], last[2], word];
            if at >= SHINGLE {
                let shingle = shingle_digest(&last);
                // The upper bits say which bin, the others who is first in it.
                if let Some(first) = usize::try_from(shingle >> 58).ok().and_then(|bin| least.get_mut(bin)) {
                    *first = (*first).min(shingle << 6);
                }
            }
        }
        Self(least.iter().fold(0, |bits, first| bits << 1 | (first >> 6 & 1)))
    }

    /// In how many of 64 bits two texts differ.
    #[must_use]
    pub fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

/// The digest of each word of a text in lower case, and whether it holds a digit.
pub fn word_digests(text: &str) -> impl Iterator<Item = (u64, bool)> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(|word| {
        let digest = if word.is_ascii() {
            word.bytes().fold(SEED, |sum, byte| mixed(sum, u64::from(byte.to_ascii_lowercase())))
        } else {
            word.chars().flat_map(char::to_lowercase).fold(SEED, |sum, c| mixed(sum, u64::from(c)))
        };
        (digest, word.bytes().any(|byte| byte.is_ascii_digit()))
    })
}

/// The digest of three words in a row.
#[must_use]
pub fn shingle_digest(words: &[u64]) -> u64 {
    words.iter().fold(SEED, |sum, word| mixed(sum, *word))
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// One step of a hash that mixes well enough for comparing texts that nobody makes to deceive.
#[must_use]
pub fn mixed(sum: u64, next: u64) -> u64 {
    let sum = (sum ^ next).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    sum ^ (sum >> 29)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Gist;

    fn text(words: &[u16]) -> String {
        words.iter().map(|word| format!("w{word} ")).collect()
    }

    #[test]
    fn case_and_signs_say_nothing() {
        assert_eq!(Gist::of("Run `cairn check`, then commit."), Gist::of("run cairn CHECK then commit"));
        assert_eq!(Gist::of(""), Gist::of("two words"));
    }

    proptest! {
        /// 16 is what `retrieval` asks for before it compares texts.
        #[test]
        fn one_word_in_forty_changes_few_bits_and_another_text_changes_many(
            words in proptest::collection::vec(any::<u16>(), 100..400),
            other in proptest::collection::vec(any::<u16>(), 100..400),
        ) {
            let mut changed = words.clone();
            changed.iter_mut().skip(7).step_by(40).for_each(|word| *word = word.wrapping_add(1));
            let gist = Gist::of(&text(&words));
            prop_assert!(gist.distance(Gist::of(&text(&changed))) <= 16);
            prop_assert!(gist.distance(Gist::of(&text(&other))) > 12);
        }
    }
}
