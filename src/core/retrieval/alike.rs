//! Tells whether two passages say nearly the same.
//!
//! Three-word shingles compared by Jaccard's coefficient (Broder, "On the resemblance and containment of documents",
//! 1997), over whole texts: only a handful of pairs is ever compared for one answer. What differs in a number, a version
//! or an identifier with digits is not the same, however much else agrees: rows of a table must not collapse.

use crate::corpus::{shingle_digest, word_digests};

/// A shorter text is the same only when its bytes are.
const WORDS_MIN: usize = 12;

/// What of a text is compared. Made once for a text, however many others it is held against.
#[derive(Debug)]
pub(super) struct Sketch {
    words: usize,
    /// Digests of the words that hold a digit, ascending.
    numbers: Vec<u64>,
    /// Digests of three words in a row, ascending, each once.
    shingles: Vec<u64>,
}

impl Sketch {
    pub(super) fn of(text: &str) -> Self {
        let (mut words, mut numbers) = (Vec::with_capacity(text.len() / 5), Vec::new());
        for (word, has_digit) in word_digests(text) {
            words.push(word);
            if has_digit {
                numbers.push(word);
            }
        }
        numbers.sort_unstable();
        let mut shingles: Vec<u64> = words.windows(3).map(shingle_digest).collect();
        shingles.sort_unstable();
        shingles.dedup();
        Self { words: words.len(), numbers, shingles }
    }

    /// Whether two texts are nearly the same: at least `threshold` of their shingles are common, and all numbers agree.
    pub(super) fn is_like(&self, other: &Self, threshold: f32) -> bool {
        if self.numbers != other.numbers || self.words.min(other.words) < WORDS_MIN {
            return false;
        }
        let common = common(&self.shingles, &other.shingles);
        let all = self.shingles.len() + other.shingles.len() - common;
        #[expect(clippy::cast_precision_loss, reason = "a passage has some hundred shingles")]
        let share = common as f32 / all.max(1) as f32;
        share >= threshold
    }
}

/// How many numbers two ascending lists have in common.
fn common(one: &[u64], other: &[u64]) -> usize {
    let mut behind = other.iter().peekable();
    one.iter()
        .filter(|number| {
            while behind.next_if(|next| next < number).is_some() {}
            behind.peek() == Some(number)
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::Sketch;

    fn alike(one: &str, other: &str, threshold: f32) -> bool {
        Sketch::of(one).is_like(&Sketch::of(other), threshold)
    }

    const PAGE: &str = "Install the agent on each host before you enrol it. The agent reports its version and the \
                        state of every service that it watches, once a minute, to the address that it was given.";

    #[test]
    fn a_word_in_forty_may_differ_and_a_number_may_not() {
        assert!(alike(PAGE, PAGE, 0.85));
        assert!(alike(PAGE, &PAGE.replace("was given", "was told"), 0.85));
        assert!(!alike(PAGE, &PAGE.replace("host", "node").replace("version", "age"), 0.85));
        let port = |port: u32| format!("{PAGE} It listens on port {port}.");
        assert!(alike(&port(3500), &port(3500), 0.85));
        assert!(!alike(&port(3500), &port(3600), 0.85));
    }

    #[test]
    fn short_texts_are_never_nearly_the_same() {
        assert!(!alike("See the page above.", "See the page above!", 0.85));
        assert!(!alike("", "", 0.85));
    }
}
