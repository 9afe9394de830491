//! The built-in model: a table of word-piece vectors, compiled in. A text's vector is the mean of its pieces' rows.
//!
//! Invariants: the files are checked once, when the model is made, and their SHA-256 is in the model's id; after that
//! nothing fails. Equal texts have bit-equal vectors. `[UNK]` counts with its own row: the table is made for the mean of
//! all pieces, and the reference tokenizer gives `[UNK]` an id like any other. Nothing is truncated.

use super::pieces::{Scratch, Tokenizer};
use super::table::Table;
use super::{EmbedError, Embedder, Embedding, ModelId, PieceStatistics, normalise};

const NAME: &str = "static-256-int8";
static TABLE: &[u8] = include_bytes!("model/static-256-int8.safetensors");
static VOCABULARY: &str = include_str!("model/vocab.txt");
static CLASSES: &str = include_str!("model/classes.txt");

/// The built-in model.
pub struct StaticModel {
    tokenizer: Tokenizer,
    table: Table,
}

impl StaticModel {
    /// Checks the compiled-in files and makes the model: some milliseconds, so once a process.
    ///
    /// # Errors
    /// Fails when the compiled-in files don't belong together.
    pub fn new() -> Result<Self, EmbedError> {
        Self::read().map_err(|what| EmbedError::Malformed { model: NAME.to_owned(), what })
    }

    fn read() -> Result<Self, String> {
        let tokenizer = Tokenizer::new(VOCABULARY, CLASSES)?;
        let table = Table::new(NAME, TABLE)?;
        if tokenizer.len() != table.pieces() {
            return Err(format!("{} word pieces for {} rows", tokenizer.len(), table.pieces()));
        }
        Ok(Self { tokenizer, table })
    }

    /// Embeds one passage; `pieces` and `scratch` are room that is used again.
    fn passage(&self, text: &str, pieces: &mut Vec<u16>, scratch: &mut Scratch) -> Embedding {
        self.sorted_pieces(text, pieces, scratch);
        let mut vector = vec![0.0; self.table.dimensions()];
        let mut distinct = Vec::with_capacity(pieces.len());
        for same in pieces.chunk_by(PartialEq::eq) {
            distinct.push(same[0]);
            self.table.add(same[0], count(same), &mut vector);
        }
        normalise(&mut vector);
        Embedding { vector, pieces: distinct }
    }

    /// The text's pieces, equal ones side by side: each row is then added once, with its count as weight.
    fn sorted_pieces(&self, text: &str, pieces: &mut Vec<u16>, scratch: &mut Scratch) {
        pieces.clear();
        self.tokenizer.pieces(text, scratch, pieces);
        pieces.sort_unstable();
    }
}

impl std::fmt::Debug for StaticModel {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("StaticModel").field("id", self.table.id()).finish_non_exhaustive()
    }
}

impl Embedder for StaticModel {
    fn model(&self) -> &ModelId {
        self.table.id()
    }

    fn dimensions(&self) -> usize {
        self.table.dimensions()
    }

    fn passages(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        let (mut pieces, mut scratch) = (Vec::new(), Scratch::default());
        Ok(texts.iter().map(|text| self.passage(text, &mut pieces, &mut scratch)).collect())
    }

    fn query(&self, text: &str, statistics: &PieceStatistics) -> Result<Vec<f32>, EmbedError> {
        let (mut pieces, mut scratch) = (Vec::new(), Scratch::default());
        self.sorted_pieces(text, &mut pieces, &mut scratch);
        let weight = |piece: u16| idf(piece, statistics);
        // A shelf in which every chunk has every piece of the question weighs nothing: then all weigh the same.
        let weightless = pieces.iter().all(|piece| weight(*piece) <= 0.0);
        let mut vector = vec![0.0; self.table.dimensions()];
        for same in pieces.chunk_by(PartialEq::eq) {
            let weight = if weightless { 1.0 } else { weight(same[0]) };
            self.table.add(same[0], weight * count(same), &mut vector);
        }
        normalise(&mut vector);
        Ok(vector)
    }
}

/// How often a piece is there, as a weight.
#[expect(clippy::cast_precision_loss, reason = "a weight; exact up to 16 million repeats")]
fn count(same: &[u16]) -> f32 {
    same.len() as f32
}

/// ln((chunks + 1) / (frequency + 1)), never below 0; 1 without statistics.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a weight needs no more than f32")]
fn idf(piece: u16, statistics: &PieceStatistics) -> f32 {
    if statistics.frequency.is_empty() {
        return 1.0;
    }
    let frequency = statistics.frequency.get(usize::from(piece)).copied().unwrap_or(0);
    ((statistics.chunks as f64 + 1.0) / (f64::from(frequency) + 1.0)).ln().max(0.0) as f32
}

#[cfg(test)]
#[path = "static_model_tests.rs"]
mod tests;
