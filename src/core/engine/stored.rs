//! A document version as the log keeps it: its record, and for each chunk the vector and the word pieces.
//!
//! `[record length u32][record, postcard][tokens u64 × 2][dimensions u16][chunks u32]` and for each chunk
//! `[key 16][scale f32][high bytes][low bytes][pieces length u32][pieces]`; little endian. The pieces are the gaps
//! between ascending ids, seven bits a byte. The chunks are coded by hand because they are most of the bytes: a body
//! of vectors goes through no serializer number by number.

use std::sync::Arc;

use super::vectors::{Encoded, VectorKey};
use crate::corpus::{Digest, Record, stem};

/// Names a text that is indexed: the first half of its SHA-256.
pub(super) type Key = VectorKey;

/// The key of a text.
pub(super) fn key(text: &str) -> Key {
    let digest = Digest::of(text.as_bytes());
    digest.as_bytes().first_chunk().copied().unwrap_or_default()
}

/// Ascending word-piece ids, packed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Pieces(Box<[u8]>);

impl Pieces {
    pub(super) fn pack(pieces: &[u16]) -> Self {
        let mut bytes = Vec::with_capacity(pieces.len() + pieces.len() / 2);
        let mut last = 0;
        for &piece in pieces {
            let mut gap = piece.wrapping_sub(last);
            last = piece;
            while gap >= 0x80 {
                bytes.push((gap & 0x7f) as u8 | 0x80);
                gap >>= 7;
            }
            bytes.push((gap & 0x7f) as u8);
        }
        Self(bytes.into_boxed_slice())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u16> {
        let (mut last, mut gap, mut shift) = (0_u16, 0_u16, 0_u32);
        self.0.iter().filter_map(move |&byte| {
            gap |= u16::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            (byte < 0x80).then(|| {
                last = last.wrapping_add(gap);
                (gap, shift) = (0, 0);
                last
            })
        })
    }
}

/// Stands where the pieces of a text would be that the model was not asked about: a number that does not end, which is
/// no piece.
const OWED: &[u8] = &[0x80];

/// What a text means to the model: kept by the text's key, so that no text is embedded twice.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Meaning {
    pub(super) vector: Encoded,
    pub(super) pieces: Pieces,
}

/// A document version's record and chunks.
#[derive(Debug)]
pub(super) struct StoredDocument {
    pub(super) record: Arc<Record>,
    /// Words in each field of the word index.
    pub(super) tokens: [u64; 2],
    /// One for each of the record's chunks.
    pub(super) chunks: Vec<(Key, Arc<Meaning>)>,
}

impl Meaning {
    /// Stands for the meaning of a text until the model can be asked: near to nothing, without pieces.
    pub(super) fn owed(dimensions: usize) -> Self {
        Self { vector: Encoded::new(&vec![0.0; dimensions]), pieces: Pieces(OWED.into()) }
    }

    /// Whether the model has yet to be asked.
    pub(super) fn is_owed(&self) -> bool {
        *self.pieces.0 == *OWED
    }
}

impl StoredDocument {
    pub(super) fn encode(&self, dimensions: usize) -> Result<Vec<u8>, postcard::Error> {
        let mut bytes = postcard::to_extend(&*self.record, vec![0; 4])?;
        let length = length(bytes.len() - 4)?;
        bytes[..4].copy_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(self.tokens.map(u64::to_le_bytes).as_flattened());
        let dimensions = u16::try_from(dimensions).map_err(|_| postcard::Error::SerializeBufferFull)?;
        bytes.extend_from_slice(&dimensions.to_le_bytes());
        bytes.extend_from_slice(&self::length(self.chunks.len())?.to_le_bytes());
        for (key, meaning) in &self.chunks {
            bytes.extend_from_slice(key);
            meaning.vector.write(&mut bytes);
            bytes.extend_from_slice(&self::length(meaning.pieces.0.len())?.to_le_bytes());
            bytes.extend_from_slice(&meaning.pieces.0);
        }
        Ok(bytes)
    }

    /// Reads what [`Self::encode`] wrote; none if it is anything else, or of another number of dimensions.
    pub(super) fn decode(bytes: &[u8], dimensions: usize) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (record, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let record: Record = postcard::from_bytes(record).ok()?;
        let (all, rest) = rest.split_first_chunk::<8>()?;
        let (title, rest) = rest.split_first_chunk::<8>()?;
        let (found, rest) = rest.split_first_chunk::<2>()?;
        let (count, mut rest) = rest.split_first_chunk::<4>()?;
        let count = u32::from_le_bytes(*count) as usize;
        if usize::from(u16::from_le_bytes(*found)) != dimensions || count != record.chunks.len() {
            return None;
        }
        let mut chunks = Vec::with_capacity(count);
        for _ in 0..count {
            let (key, behind) = rest.split_first_chunk::<16>()?;
            let (vector, behind) = behind.split_at_checked(4 + 2 * dimensions)?;
            let vector = Encoded::read(vector, dimensions)?;
            let (length, behind) = behind.split_first_chunk::<4>()?;
            let (pieces, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            chunks.push((*key, Arc::new(Meaning { vector, pieces: Pieces(pieces.into()) })));
            rest = behind;
        }
        let tokens = [u64::from_le_bytes(*all), u64::from_le_bytes(*title)];
        rest.is_empty().then(|| Self { record: Arc::new(record), tokens, chunks })
    }
}

fn length(length: usize) -> Result<u32, postcard::Error> {
    u32::try_from(length).map_err(|_| postcard::Error::SerializeBufferFull)
}

/// The text of a chunk that is indexed and embedded: what it stands under, and its body. The first chunk also has what
/// the document says of itself elsewhere than in its text: description, tags and other names.
pub(super) fn indexed_text(record: &Record, chunk: usize, plain: &str) -> String {
    let path = record.chunks.get(chunk).map(|chunk| record.heading_path(chunk.section)).unwrap_or_default();
    let length = record.title.len() + path.iter().map(|title| title.len() + 2).sum::<usize>() + plain.len() + 2;
    let mut text = String::with_capacity(length);
    text.push_str(&record.title);
    for title in path {
        text.push_str(". ");
        text.push_str(title);
    }
    text.push_str(". ");
    if chunk == 0 {
        about(record, &mut text);
    }
    text.push_str(plain);
    text
}

/// Adds what a document says of itself, a sentence each.
fn about(record: &Record, text: &mut String) {
    let meta = &record.meta;
    if let Some(description) = &meta.description {
        text.push_str(description);
        text.push_str(". ");
    }
    for name in meta.tags.iter().chain(&meta.aliases) {
        text.push_str(name);
        text.push_str(". ");
    }
}

/// Adds the words of a document's path to its first chunk: for the word index only, so that a move embeds nothing.
pub(super) fn add_path(record: &Record, text: &mut String) {
    let path = stem(record.path.as_str());
    text.reserve(path.len() + 2);
    text.push_str(". ");
    // A name in a path is written with what a file system likes in place of blanks.
    text.extend(path.chars().map(|c| if matches!(c, '-' | '_' | '/') { ' ' } else { c }));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn packed_pieces_are_the_pieces(pieces in proptest::collection::btree_set(any::<u16>(), 0..300)) {
            let pieces: Vec<u16> = pieces.into_iter().collect();
            prop_assert_eq!(Pieces::pack(&pieces).iter().collect::<Vec<_>>(), pieces);
        }

        #[test]
        fn no_text_has_the_pieces_of_one_the_model_was_not_asked_about(pieces in proptest::collection::btree_set(any::<u16>(), 0..3)) {
            let pieces = Pieces::pack(&pieces.into_iter().collect::<Vec<_>>());
            let owed = Meaning::owed(4);
            prop_assert!(owed.is_owed() && owed.pieces.iter().next().is_none());
            let other = Meaning { pieces, ..owed };
            prop_assert!(!other.is_owed());
        }

        #[test]
        fn bytes_that_are_no_document_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(StoredDocument::decode(&bytes, 4).is_none());
        }
    }
}
