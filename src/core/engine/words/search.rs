//! Finds chunks by words in a frozen index, under statistics that are handed in.
//!
//! Two things here keep the law that shelves searched together rank as one shelf would. Document frequencies count live
//! chunks only: tantivy's own count the dead, too, until a merge. And block-max pruning (Ding and Suel, *Faster top-k
//! document retrieval using block-max indexes*, SIGIR 2011) stays exact under foreign statistics: a block remembers its
//! best pair of frequency and length under the *segment's* mean length, and under another mean another pair may be
//! better, by at most the ratio of the two means; the threshold is lowered by that ratio.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::postings::TermInfo;
use tantivy::query::{
    Bm25StatisticsProvider, BooleanQuery, BoostQuery, DisjunctionMaxQuery, Occur, Query, TermQuery, Weight,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, InvertedIndexReader, Score, SegmentReader, TERMINATED, TantivyError, Term};

use super::membership::surely_enough;
use super::{Fields, words_failed};
use crate::engine::{Candidate, ChunkNo, DocumentNo, EngineError, Filter, WordQuery, WordStatistics, WordTerm};

/// What a word in the title is worth beside the same word anywhere.
const TITLE_BOOST: f32 = 0.5;

/// Leaves room for the rounding of sums of `f32` when a bound is compared with a score.
const ROUNDING: f32 = 1.0 - 1e-5;

/// A segment's dead chunks and the numbers of all.
#[derive(Default)]
struct Opened {
    dead: OnceLock<Vec<DocId>>,
    numbers: OnceLock<Numbers>,
}

/// A frozen word index.
#[derive(Clone)]
pub(in crate::engine) struct WordView {
    searcher: tantivy::Searcher,
    fields: Fields,
    chunks: u64,
    tokens: [u64; 2],
    /// What of each segment is opened when a question first needs it.
    opened: Arc<[Opened]>,
}

impl fmt::Debug for WordView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let segments = self.searcher.segment_readers().len();
        f.debug_struct("WordView").field("chunks", &self.chunks).field("segments", &segments).finish_non_exhaustive()
    }
}

impl WordView {
    pub(super) fn new(searcher: tantivy::Searcher, fields: Fields, chunks: u64, tokens: [u64; 2]) -> Self {
        let opened = searcher.segment_readers().iter().map(|_| Opened::default()).collect();
        Self { searcher, fields, chunks, tokens, opened }
    }

    pub(super) fn searcher(&self) -> &tantivy::Searcher {
        &self.searcher
    }

    pub(super) fn segment_readers(&self) -> &[SegmentReader] {
        self.searcher.segment_readers()
    }

    pub(super) fn fields(&self) -> Fields {
        self.fields
    }

    /// How many segments a question visits.
    #[cfg(test)]
    pub(in crate::engine) fn segments(&self) -> usize {
        self.searcher.segment_readers().len()
    }

    /// Every live chunk, in no order. For proving that words and documents agree.
    pub(in crate::engine) fn live(&self) -> Result<Vec<ChunkNo>, EngineError> {
        let mut live = Vec::new();
        for (at, segment) in self.searcher.segment_readers().iter().enumerate() {
            let numbers = self.numbers(at).map_err(words_failed)?;
            live.extend(segment.doc_ids_alive().map(|doc| numbers.chunk(doc)));
        }
        Ok(live)
    }

    /// What BM25 needs to know of this index for a question.
    pub(in crate::engine) fn statistics(&self, query: &WordQuery) -> Result<WordStatistics, EngineError> {
        let mut frequency = Vec::with_capacity(query.terms.len());
        for term in &query.terms {
            let all = self.frequency(&Term::from_field_text(self.fields.all, &term.text)).map_err(words_failed)?;
            // The whole text begins with the title, so a word that is not in it is in no title.
            let title = match all {
                0 => 0,
                _ => self.frequency(&Term::from_field_text(self.fields.title, &term.text)).map_err(words_failed)?,
            };
            frequency.push([all, title]);
        }
        Ok(WordStatistics { chunks: self.chunks, tokens: self.tokens, frequency })
    }

    /// The numbers of a segment's chunks.
    pub(super) fn numbers(&self, at: usize) -> tantivy::Result<&Numbers> {
        let missing = || TantivyError::InternalError(format!("there is no segment {at}"));
        let opened = self.opened.get(at).ok_or_else(missing)?;
        if let Some(numbers) = opened.numbers.get() {
            return Ok(numbers);
        }
        let numbers = Numbers::of(self.segment_readers().get(at).ok_or_else(missing)?)?;
        Ok(opened.numbers.get_or_init(|| numbers))
    }

    /// In how many live chunks a term is.
    fn frequency(&self, term: &Term) -> tantivy::Result<u64> {
        let mut frequency = 0;
        for (at, segment) in self.segment_readers().iter().enumerate() {
            let index = segment.inverted_index(term.field())?;
            if let Some(found) = index.get_term_info(term)? {
                frequency += self.live_in(at, &index, &found)?;
            }
        }
        Ok(frequency)
    }

    /// In how many live chunks of a segment a term of its is.
    pub(super) fn live_in(&self, at: usize, index: &InvertedIndexReader, found: &TermInfo) -> tantivy::Result<u64> {
        let all = u64::from(found.doc_freq);
        let (Some(segment), Some(opened)) = (self.segment_readers().get(at), self.opened.get(at)) else {
            return Ok(all);
        };
        if !segment.has_deletes() {
            return Ok(all);
        }
        let mut postings = index.read_postings_from_terminfo(found, IndexRecordOption::Basic)?;
        let mut gone = 0;
        for &doc in opened.dead.get_or_init(|| dead_chunks(segment)) {
            if postings.doc() < doc {
                postings.seek(doc);
            }
            gone += u64::from(postings.doc() == doc);
            if postings.doc() == TERMINATED {
                break;
            }
        }
        Ok(all - gone)
    }

    /// The best `limit` live chunks by BM25 under `statistics`, best first; equal scores in the order of their numbers.
    pub(in crate::engine) fn best(
        &self,
        query: &WordQuery,
        statistics: &WordStatistics,
        filter: Option<Filter<'_>>,
        limit: usize,
    ) -> Result<Vec<Candidate>, EngineError> {
        let given = Given::new(self.fields, query, statistics);
        let clauses = given.clauses(query);
        if clauses.is_empty() || limit == 0 || statistics.chunks == 0 {
            return Ok(Vec::new());
        }
        let means = given.means();
        let best = Mutex::new(Best { limit, found: BinaryHeap::new(), allowed: HashMap::new() });
        let collector = BestCollector { view: self, means, filter, best };
        self.searcher
            .search_with_statistics_provider(&BooleanQuery::new(clauses), &collector, &given)
            .map_err(words_failed)?;
        let best = collector.best.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut found = best.found.into_sorted_vec();
        self.thin(query, statistics, &mut found).map_err(words_failed)?;
        Ok(found.into_iter().map(|ranked| ranked.candidate).collect())
    }

    /// Marks what has fewer words than the question wants. Words are counted only where the score leaves it open.
    fn thin(&self, query: &WordQuery, statistics: &WordStatistics, found: &mut [Ranked]) -> tantivy::Result<()> {
        if query.least < 2 {
            return Ok(());
        }
        let enough = surely_enough(query, statistics, TITLE_BOOST) / ROUNDING;
        for (number, segment) in (0..).zip(self.segment_readers()) {
            let open = |ranked: &&mut Ranked| ranked.segment == number && ranked.candidate.score <= enough;
            let mut open: Vec<&mut Ranked> = found.iter_mut().filter(open).collect();
            open.sort_unstable_by_key(|ranked| ranked.doc);
            let docs: Vec<DocId> = open.iter().map(|ranked| ranked.doc).collect();
            for (ranked, bits) in open.into_iter().zip(self.bits(segment, query, &docs)?) {
                ranked.candidate.thin = bits.count_ones() < query.least;
            }
        }
        Ok(())
    }
}

fn dead_chunks(segment: &SegmentReader) -> Vec<DocId> {
    let Some(alive) = segment.alive_bitset() else { return Vec::new() };
    (0..segment.max_doc()).filter(|&doc| alive.is_deleted(doc)).collect()
}

/// The two numbers of each chunk of a segment.
pub(super) struct Numbers {
    document: Arc<dyn tantivy::columnar::ColumnValues<u64>>,
    chunk: Arc<dyn tantivy::columnar::ColumnValues<u64>>,
}

impl Numbers {
    pub(super) fn of(segment: &SegmentReader) -> tantivy::Result<Self> {
        let fast = segment.fast_fields();
        Ok(Self { document: fast.column_first_or_default("document")?, chunk: fast.column_first_or_default("chunk")? })
    }

    pub(super) fn chunk(&self, doc: DocId) -> ChunkNo {
        // Both were u32 when they were written; a value that is not one matches no document.
        let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        ChunkNo { document: narrow(self.document.get_val(doc)), chunk: narrow(self.chunk.get_val(doc)) }
    }
}

/// Statistics as tantivy asks for them.
struct Given {
    fields: Fields,
    chunks: u64,
    tokens: [u64; 2],
    frequency: HashMap<Term, u64>,
}

impl Given {
    fn new(fields: Fields, query: &WordQuery, statistics: &WordStatistics) -> Self {
        let mut frequency = HashMap::new();
        for (term, [all, title]) in query.terms.iter().zip(&statistics.frequency) {
            frequency.insert(Term::from_field_text(fields.all, &term.text), *all);
            frequency.insert(Term::from_field_text(fields.title, &term.text), *title);
        }
        Self { fields, chunks: statistics.chunks, tokens: statistics.tokens, frequency }
    }

    /// One optional clause for each term and field that is anywhere in the shelves; alternatives of a word in one, of
    /// which the best counts. Without alternatives all clauses are terms, which is what blocks can be skipped for.
    fn clauses(&self, query: &WordQuery) -> Vec<(Occur, Box<dyn Query>)> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::with_capacity(2 * query.terms.len());
        let mut words: Vec<(u64, Vec<&WordTerm>)> = Vec::with_capacity(query.words.len());
        for term in query.terms.iter().take(super::MAX_TERMS) {
            match words.iter_mut().find(|(word, _)| !term.adds && *word == term.words) {
                Some((_, alternatives)) => alternatives.push(term),
                // A term that adds has a clause of its own; no word has the bits 0.
                None => words.push((if term.adds { 0 } else { term.words }, vec![term])),
            }
        }
        for (_, mut alternatives) in words {
            alternatives.retain(|term| self.known(self.fields.all, term).is_some());
            match alternatives.as_slice() {
                [] => {}
                [only] => clauses.extend(self.of_term(only)),
                _ => {
                    let alternative =
                        |term: &&WordTerm| Box::new(BooleanQuery::new(self.of_term(term))) as Box<dyn Query>;
                    let best = DisjunctionMaxQuery::new(alternatives.iter().map(alternative).collect());
                    clauses.push((Occur::Should, Box::new(best)));
                }
            }
        }
        clauses
    }

    fn of_term(&self, term: &WordTerm) -> Vec<(Occur, Box<dyn Query>)> {
        let clause = |(field, boost)| {
            let clause = Box::new(TermQuery::new(self.known(field, term)?, IndexRecordOption::WithFreqs));
            Some((Occur::Should, Box::new(BoostQuery::new(clause, term.boost * boost)) as Box<dyn Query>))
        };
        [(self.fields.all, 1.0), (self.fields.title, TITLE_BOOST)].into_iter().filter_map(clause).collect()
    }

    /// A term's key, if any shelf has it in a field.
    fn known(&self, field: Field, term: &WordTerm) -> Option<Term> {
        let key = Term::from_field_text(field, &term.text);
        self.frequency.get(&key).is_some_and(|&frequency| frequency > 0).then_some(key)
    }

    #[expect(clippy::cast_precision_loss, reason = "a mean needs no more than f32 has")]
    fn means(&self) -> [f32; 2] {
        self.tokens.map(|tokens| tokens as f32 / self.chunks.max(1) as f32)
    }
}

impl Bm25StatisticsProvider for Given {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        Ok(self.tokens[usize::from(field == self.fields.title)].max(1))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.chunks)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        // tantivy asserts that no term is in more chunks than there are.
        Ok(self.frequency.get(term).copied().unwrap_or(0).min(self.chunks))
    }
}

/// A candidate in the order of answers: a better one is less.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ranked {
    candidate: Candidate,
    /// Where it stands: the segment's place and the document in it.
    segment: u32,
    doc: DocId,
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mine, others) = (&self.candidate, &other.candidate);
        others.score.total_cmp(&mine.score).then(mine.chunk.cmp(&others.chunk))
    }
}

/// The best chunks so far, over all segments.
struct Best {
    limit: usize,
    /// The worst of them on top.
    found: BinaryHeap<Ranked>,
    /// What the filter said of each document.
    allowed: HashMap<DocumentNo, bool>,
}

/// Collects under the filter, with a threshold that holds over all segments.
struct BestCollector<'a> {
    view: &'a WordView,
    means: [f32; 2],
    filter: Option<Filter<'a>>,
    best: Mutex<Best>,
}

impl BestCollector<'_> {
    /// By how much the bounds of a segment's blocks may be too low under the means that are searched with.
    fn slack(&self, segment: &SegmentReader) -> tantivy::Result<f32> {
        let mut slack: f32 = 1.0;
        for (field, mean) in [self.view.fields.all, self.view.fields.title].into_iter().zip(self.means) {
            #[expect(clippy::cast_precision_loss, reason = "a mean needs no more than f32 has")]
            let own = segment.inverted_index(field)?.total_num_tokens() as f32 / segment.max_doc().max(1) as f32;
            if own > 0.0 && mean > 0.0 {
                slack = slack.max(own / mean).max(mean / own);
            }
        }
        Ok(slack)
    }
}

impl Best {
    /// Takes a chunk up if it is among the best and the filter lets it.
    fn offer(&mut self, ranked: Ranked, filter: Option<Filter<'_>>) {
        let full = self.found.len() >= self.limit;
        if full && self.found.peek().is_some_and(|worst| *worst <= ranked) {
            return;
        }
        let chunk = ranked.candidate.chunk;
        if filter.and_then(|filter| filter.chunks).is_some_and(|chunks| !chunks.passes(chunk)) {
            return;
        }
        if let Some(documents) = filter.and_then(|filter| filter.documents)
            && !*self.allowed.entry(chunk.document).or_insert_with(|| documents(chunk.document))
        {
            return;
        }
        if full {
            self.found.pop();
        }
        self.found.push(ranked);
    }

    /// The score a chunk must pass to be worth a look.
    fn threshold(&self, slack: f32) -> Score {
        match self.found.peek() {
            Some(worst) if self.found.len() >= self.limit => worst.candidate.score / slack * ROUNDING,
            _ => Score::MIN,
        }
    }
}

impl Collector for BestCollector<'_> {
    type Fruit = ();
    type Child = Nothing;

    fn for_segment(&self, _: u32, _: &SegmentReader) -> tantivy::Result<Nothing> {
        Ok(Nothing)
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, _: Vec<()>) -> tantivy::Result<()> {
        Ok(())
    }

    fn collect_segment(&self, weight: &dyn Weight, number: u32, segment: &SegmentReader) -> tantivy::Result<()> {
        let numbers = self.view.numbers(number as usize)?;
        let slack = self.slack(segment)?;
        let alive = segment.alive_bitset();
        let mut best = self.best.lock().unwrap_or_else(PoisonError::into_inner);
        let threshold = best.threshold(slack);
        weight.for_each_pruning(threshold, segment, &mut |doc, score| {
            if alive.is_none_or(|alive| alive.is_alive(doc)) {
                let candidate = Candidate { chunk: numbers.chunk(doc), score, thin: false };
                best.offer(Ranked { candidate, segment: number, doc }, self.filter);
            }
            best.threshold(slack)
        })
    }
}

/// Collects nothing: a segment's collector may borrow nothing, so [`BestCollector`] does all the work itself.
struct Nothing;

impl SegmentCollector for Nothing {
    type Fruit = ();

    fn collect(&mut self, _: DocId, _: Score) {}

    fn harvest(self) {}
}
