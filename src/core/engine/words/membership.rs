//! Which words a chunk has, and which chunks have a phrase: without scores, from postings alone.

use tantivy::query::{EnableScoring, PhraseQuery, Query, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet as _, Score, SegmentReader, TERMINATED, Term};

use super::search::{Numbers, WordView};
use super::words_failed;
use crate::engine::{ChunkNo, EngineError, Phrase, WordQuery, WordStatistics};

/// The most that BM25 gives a term, in units of its weight: `k1 + 1`.
const SATURATED: f32 = 2.2;

impl WordView {
    /// Which words of a question each chunk has, as bits.
    pub(in crate::engine) fn words_of(&self, query: &WordQuery, chunks: &[ChunkNo]) -> Result<Vec<u64>, EngineError> {
        let mut bits = vec![0; chunks.len()];
        for segment in self.segment_readers() {
            let mut docs = self.places(segment, chunks).map_err(words_failed)?;
            docs.sort_unstable();
            let ascending: Vec<DocId> = docs.iter().map(|(doc, _)| *doc).collect();
            let has = self.bits(segment, query, &ascending).map_err(words_failed)?;
            for ((_, at), has) in docs.into_iter().zip(has) {
                bits[at] = has;
            }
        }
        Ok(bits)
    }

    /// Where chunks stand in a segment, each with its place in the list.
    fn places(&self, segment: &SegmentReader, chunks: &[ChunkNo]) -> tantivy::Result<Vec<(DocId, usize)>> {
        let numbers = Numbers::of(segment)?;
        let index = segment.inverted_index(self.fields().document)?;
        let mut found = Vec::new();
        for (at, chunk) in chunks.iter().enumerate() {
            let term = Term::from_field_u64(self.fields().document, u64::from(chunk.document));
            let Some(mut postings) = index.read_postings(&term, IndexRecordOption::Basic)? else { continue };
            while postings.doc() != TERMINATED {
                if numbers.chunk(postings.doc()) == *chunk {
                    found.push((postings.doc(), at));
                    break;
                }
                postings.advance();
            }
        }
        Ok(found)
    }

    /// Which words of a question some ascending documents of a segment have, as bits.
    pub(super) fn bits(&self, segment: &SegmentReader, query: &WordQuery, docs: &[DocId]) -> tantivy::Result<Vec<u64>> {
        let mut bits = vec![0; docs.len()];
        if bits.is_empty() {
            return Ok(bits);
        }
        let index = segment.inverted_index(self.fields().all)?;
        for term in &query.terms {
            let key = Term::from_field_text(self.fields().all, &term.text);
            let Some(mut postings) = index.read_postings(&key, IndexRecordOption::Basic)? else { continue };
            for (bits, &doc) in bits.iter_mut().zip(docs) {
                if postings.doc() < doc {
                    postings.seek(doc);
                }
                if postings.doc() == doc {
                    *bits |= term.words;
                }
            }
        }
        Ok(bits)
    }

    /// The chunks that have a phrase, ascending.
    pub(in crate::engine) fn holding(&self, phrase: &Phrase) -> Result<Vec<ChunkNo>, EngineError> {
        let mut found = Vec::new();
        for reading in &phrase.readings {
            self.read(reading, &mut found).map_err(words_failed)?;
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    fn read(&self, reading: &[(usize, String)], found: &mut Vec<ChunkNo>) -> tantivy::Result<()> {
        let term = |text: &String| Term::from_field_text(self.fields().all, text);
        let query: Box<dyn Query> = match reading {
            [] => return Ok(()),
            [(_, only)] => Box::new(TermQuery::new(term(only), IndexRecordOption::Basic)),
            several => {
                Box::new(PhraseQuery::new_with_offset(several.iter().map(|(at, text)| (*at, term(text))).collect()))
            }
        };
        let weight = query.weight(EnableScoring::disabled_from_searcher(self.searcher()))?;
        for (at, segment) in self.segment_readers().iter().enumerate() {
            let (numbers, alive) = (self.numbers(at)?, segment.alive_bitset());
            let mut scorer = weight.scorer(segment, 1.0)?;
            while scorer.doc() != TERMINATED {
                if alive.is_none_or(|alive| alive.is_alive(scorer.doc())) {
                    found.push(numbers.chunk(scorer.doc()));
                }
                scorer.advance();
            }
        }
        Ok(())
    }
}

/// The least score that a chunk can only reach with as many words as a question wants: above it none need be counted.
///
/// A chunk with one word fewer has at most the best of each of the others, so the bound is the sum of the greatest.
pub(super) fn surely_enough(query: &WordQuery, statistics: &WordStatistics, title_boost: f32) -> Score {
    let mut most = vec![0.0_f32; query.words.len()];
    for (term, [all, title]) in query.terms.iter().zip(&statistics.frequency) {
        let weight = rarity(*all, statistics.chunks) + title_boost * rarity(*title, statistics.chunks);
        for (at, most) in (0_u32..).zip(&mut most) {
            if term.words.checked_shr(at).is_some_and(|words| words & 1 == 1) {
                *most += SATURATED * term.boost * weight;
            }
        }
    }
    most.sort_unstable_by(|a, b| b.total_cmp(a));
    let fewer = usize::try_from(query.least.saturating_sub(1)).unwrap_or(usize::MAX);
    most.iter().take(fewer).sum()
}

/// BM25's weight of a term that is in `frequency` of `chunks`.
#[expect(clippy::cast_precision_loss, reason = "a weight needs no more than f32 has")]
fn rarity(frequency: u64, chunks: u64) -> f32 {
    let (frequency, chunks) = (frequency.min(chunks) as f32, chunks as f32);
    if frequency == 0.0 { 0.0 } else { (1.0 + (chunks - frequency + 0.5) / (frequency + 0.5)).ln() }
}
