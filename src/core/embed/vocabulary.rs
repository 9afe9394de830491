//! The word pieces: which bytes have which id, and the longest piece a word starts with.
//!
//! Invariants: the pieces' bytes stay where they lie in the binary; the table holds ids and a tag of the hash only.
//! Lookups allocate nothing. An id is a line's number in `vocab.txt`, so ids and the rows of the table agree.

/// A slot of the hash table that holds nothing.
const EMPTY: u32 = u32::MAX;

/// Slots of the hash table: a power of two, more than twice the pieces.
const SLOTS: usize = 1 << 16;

/// No piece may be longer: bounds the stack that a lookup uses. BERT's longest has 18 bytes.
const PIECE_BYTES_MAX: usize = 32;

/// The word pieces of a model.
pub(super) struct Vocabulary {
    text: &'static str,
    /// Where each piece begins in `text`, and one more for the end; a piece ends one byte (its line's end) before.
    starts: Box<[u32]>,
    /// Open addressing with linear probing: 16 bits of the hash above 16 bits of id.
    slots: Box<[u32]>,
    /// The longest piece that begins a word, and the longest that goes on with one, in bytes.
    longest: [usize; 2],
}

/// Whether a piece begins a word or goes on with one (`##` in the vocabulary's text).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// At a word's beginning.
    First = 0,
    /// Behind another piece of the word.
    Next = 1,
}

impl Vocabulary {
    /// Reads a vocabulary of one piece a line.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(super) fn new(text: &'static str) -> Result<Self, String> {
        let mut starts = vec![0];
        for (at, byte) in text.bytes().enumerate() {
            if byte == b'\n' {
                starts.push(u32::try_from(at + 1).map_err(|_| "vocabulary too long")?);
            }
        }
        let pieces = starts.len() - 1;
        if pieces * 2 > SLOTS {
            return Err(format!("{pieces} word pieces are too many"));
        }
        if !text.is_empty() && !text.ends_with('\n') {
            return Err("vocabulary doesn't end with a line's end".to_owned());
        }
        let mut vocabulary = Self { text, starts: starts.into(), slots: vec![EMPTY; SLOTS].into(), longest: [0; 2] };
        for (id, line) in (0_u16..).zip(text.lines()) {
            vocabulary.enter(id, line)?;
        }
        Ok(vocabulary)
    }

    /// How many pieces there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The id of a whole line, markers and all. A walk through the text: for construction only.
    pub(super) fn line(&self, piece: &str) -> Option<u16> {
        (0_u16..).zip(self.text.lines()).find_map(|(id, line)| (line == piece).then_some(id))
    }

    /// The longest piece that `word` starts with: its id and its length in bytes.
    pub(super) fn longest(&self, word: &[u8], place: Place) -> Option<(u16, usize)> {
        let reach = word.len().min(self.longest[place as usize]);
        let mut hashes = [0_u32; PIECE_BYTES_MAX];
        let mut hash = seed(place);
        for (slot, byte) in hashes.iter_mut().zip(&word[..reach]) {
            hash = step(hash, *byte);
            *slot = hash;
        }
        (1..=reach).rev().find_map(|length| {
            let id = self.find(spread(hashes[length - 1]), &word[..length], place)?;
            Some((id, length))
        })
    }

    /// Puts a line into the hash table.
    fn enter(&mut self, id: u16, line: &str) -> Result<(), String> {
        let (place, piece) = match line.strip_prefix("##") {
            Some(rest) if !rest.is_empty() => (Place::Next, rest.as_bytes()),
            _ => (Place::First, line.as_bytes()),
        };
        if piece.is_empty() || piece.len() > PIECE_BYTES_MAX {
            return Err(format!("word piece {id} has {} bytes", piece.len()));
        }
        let hash = spread(piece.iter().fold(seed(place), |hash, byte| step(hash, *byte)));
        if self.find(hash, piece, place).is_some() {
            return Err(format!("word piece {id} is there twice"));
        }
        let mut slot = hash as usize & (SLOTS - 1);
        while self.slots[slot] != EMPTY {
            slot = (slot + 1) & (SLOTS - 1);
        }
        self.slots[slot] = hash & 0xffff_0000 | u32::from(id);
        let longest = &mut self.longest[place as usize];
        *longest = piece.len().max(*longest);
        Ok(())
    }

    /// The id of exactly this piece.
    fn find(&self, hash: u32, piece: &[u8], place: Place) -> Option<u16> {
        let mut slot = hash as usize & (SLOTS - 1);
        loop {
            let entry = self.slots[slot];
            if entry == EMPTY {
                return None;
            }
            #[expect(clippy::cast_possible_truncation, reason = "the low 16 bits are the id")]
            let id = entry as u16;
            if entry >> 16 == hash >> 16 && self.piece(id, place) == Some(piece) {
                return Some(id);
            }
            slot = (slot + 1) & (SLOTS - 1);
        }
    }

    /// A piece's bytes without its marker; none if it belongs to the other place.
    fn piece(&self, id: u16, place: Place) -> Option<&[u8]> {
        let id = usize::from(id);
        let line = &self.text.as_bytes()[self.starts[id] as usize..self.starts[id + 1] as usize - 1];
        match (line.strip_prefix(b"##"), place) {
            (Some([]), _) => (place == Place::First).then_some(line),
            (Some(rest), Place::Next) => Some(rest),
            (None, Place::First) => Some(line),
            _ => None,
        }
    }
}

fn seed(place: Place) -> u32 {
    match place {
        Place::First => 0x9e37_79b9,
        Place::Next => 0x7f4a_7c15,
    }
}

/// One byte more: the multiply-and-rotate step of `FxHash`.
fn step(hash: u32, byte: u8) -> u32 {
    (hash.rotate_left(5) ^ u32::from(byte)).wrapping_mul(0x9e37_79b1)
}

/// Brings the well-mixed high bits into the low half, which picks the slot.
fn spread(hash: u32) -> u32 {
    hash ^ hash >> 15
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_piece_wins_and_the_place_counts() {
        let vocabulary = Vocabulary::new("go\n##go\n##ing\ngoing\n##\n#\nÿ\n").unwrap();
        assert_eq!(vocabulary.len(), 7);
        assert_eq!(vocabulary.line("##ing"), Some(2));
        for (word, place, expected) in [
            ("going", Place::First, Some((3, 5))),
            ("goingx", Place::First, Some((3, 5))),
            ("goin", Place::First, Some((0, 2))),
            ("going", Place::Next, Some((1, 2))),
            ("ing", Place::First, None),
            ("ing", Place::Next, Some((2, 3))),
            ("##", Place::First, Some((4, 2))),
            ("#", Place::First, Some((5, 1))),
            ("ÿ", Place::First, Some((6, 2))),
            ("", Place::First, None),
        ] {
            assert_eq!(vocabulary.longest(word.as_bytes(), place), expected, "{word} {place:?}");
        }
    }

    #[test]
    fn a_vocabulary_with_a_hole_or_a_twin_is_refused() {
        for text in ["a\n\nb\n", "a\na\n", "a\nb"] {
            assert!(Vocabulary::new(text).is_err(), "{text:?}");
        }
    }
}
