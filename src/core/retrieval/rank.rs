//! Ranks the chunks of several shelves as if they were one.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};

use crate::corpus::{Language, Record};
use crate::embed::{Embedder, ModelId};
use crate::engine::{
    Analyzer, Candidate, ChunkFilter, ChunkNo, DocumentNo, EngineError, Filter, Searcher, WordQuery, WordStatistics,
};

use super::evidence::with_evidence;
use super::expand::Expanded;
use super::filters::may_answer;
use super::fusion::{Fusion, Legs, Scales, fuse};
use super::listing::list;
use super::{Expansion, Filters, QueryText, Question, Thesaurus, model};

/// A leg that brings passages of fewer documents looks deeper: one long document would hide all others.
const FEW_DOCUMENTS: usize = 8;

/// How many times as deep it looks then, and again if that is not enough.
const DEEPER: usize = 4;

/// The deepest, as a multiple of the usual depth.
const DEEPEST: usize = 16;

/// How many passages of a document come before those of others in a leg that had to look deeper.
const DOCUMENT_CHUNKS: usize = 16;

/// Why a question could not be ranked.
#[derive(Debug, thiserror::Error)]
pub enum RankError {
    /// A shelf's index failed.
    #[error("index failed")]
    Engine(#[from] EngineError),
}

/// A chunk in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Which of the shelves that were searched.
    pub shelf: usize,
    /// The chunk.
    pub chunk: ChunkNo,
    /// The fused score with what the rest of the document adds to it, 0 to 1.
    pub score: f32,
    /// What other sections of the document added.
    pub evidence: f32,
    /// What each leg said.
    pub legs: Legs,
}

/// A ranked list, best first.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// The chunks.
    pub hits: Vec<Ranked>,
    /// The words that were looked for.
    pub words: WordQuery,
    /// What was looked for beside them.
    pub expansions: Vec<Expansion>,
    /// Whether the vector leg could not be asked; the ranking is then by words alone.
    pub without_vectors: bool,
    /// Whether words brought nothing, where they were asked; the ranking is then by meaning alone.
    pub without_words: bool,
    /// The model that was asked.
    pub model: Option<ModelId>,
    /// How the legs were fused: it depends on the model.
    pub fusion: Fusion,
    /// Between which scores each leg's were put; none of a list that no leg ranked.
    pub scales: Scales,
}

/// Ranks; holds what all shelves share.
#[derive(Debug, Clone)]
pub struct Ranker {
    analyzer: Arc<Analyzer>,
    embedder: Arc<dyn Embedder>,
    fusion: Fusion,
}

/// A candidate's name across shelves. Ties are broken by document id and place, so that the order does not depend on
/// how documents are spread over shelves.
#[derive(Clone, Copy)]
struct Key<'a> {
    id: &'a str,
    shelf: usize,
    chunk: ChunkNo,
    /// Whether it has fewer words than the question wants, as far as the lexical leg knows.
    thin: bool,
}

/// What a leg brings, with its scores.
type Found<'a> = Vec<(Key<'a>, f32)>;

impl Ranker {
    /// Takes what all shelves share.
    #[must_use]
    pub fn new(analyzer: Arc<Analyzer>, embedder: Arc<dyn Embedder>, fusion: Fusion) -> Self {
        Self { analyzer, embedder, fusion }
    }

    /// The same ranker with the legs fused in another way.
    #[must_use]
    pub fn with_fusion(&self, fusion: Fusion) -> Self {
        Self { fusion, ..self.clone() }
    }

    /// How the legs are fused beside the model that is configured.
    #[must_use]
    pub fn fusion(&self) -> Fusion {
        self.fusion
    }

    /// The analyzer, for snippets.
    #[must_use]
    pub fn analyzer(&self) -> &Analyzer {
        &self.analyzer
    }

    /// Ranks the chunks of `shelves` for a question. `thesauri` are those of the same shelves.
    ///
    /// # Errors
    /// Fails when a shelf's word index can't be read. A failing embedder leaves the lexical leg.
    pub fn rank(
        &self,
        shelves: &[Arc<dyn Searcher>],
        thesauri: &[Arc<Thesaurus>],
        text: &QueryText,
        filters: &Filters,
    ) -> Result<Ranking, RankError> {
        let question = text.question();
        let expanded = self.read(shelves, thesauri, question)?;
        let allowed = self.allowed(shelves, question, &expanded.words.languages)?;
        let pass = |shelf: &Arc<dyn Searcher>| {
            let shelf = Arc::clone(shelf);
            move |document: DocumentNo| {
                shelf.catalogue().record(document).is_some_and(|record| may_answer(question, filters, record))
            }
        };
        let pass: Vec<_> = shelves.iter().map(pass).collect();
        let filtered = !(filters.is_empty() && question.filters.is_empty() && question.filtered_out.is_empty());
        let gate = |(pass, chunks)| Filter { documents: filtered.then_some(pass as _), chunks };
        let chunks = allowed.iter().map(Option::as_ref);
        let gates: Vec<Filter<'_>> = pass.iter().zip(chunks).map(gate).collect();
        let Expanded { words, statistics, expansions, .. } = expanded;
        if question.is_listing() {
            return Ok(Ranking {
                hits: list(shelves, &gates),
                words,
                expansions,
                without_vectors: false,
                without_words: false,
                model: None,
                fusion: self.fusion,
                scales: Scales::default(),
            });
        }
        // A leg that weighs nothing is not asked: it could only fill places behind those that the other one found.
        let Fusion { lexical_weight, .. } = self.fusion;
        let lexical = if lexical_weight > 0.0 {
            self.spread(|depth| lexical(shelves, &words, &statistics, &gates, depth))?
        } else {
            Vec::new()
        };
        let model = model::common(shelves).filter(|_| lexical_weight < 1.0);
        let vector = model.and_then(|model| model::embed(model.as_ref(), shelves, &question.words));
        let nearest =
            vector.map(|vector| self.spread(|depth| Ok(nearest(shelves, &vector, &gates, depth)))).transpose()?;
        let model = model.filter(|_| nearest.is_some());
        let without_vectors =
            nearest.is_none() && lexical_weight < 1.0 && shelves.iter().any(|shelf| !shelf.catalogue().is_empty());
        let fusion = self.fusion_for(model.map(AsRef::as_ref));
        let nearest = nearest.unwrap_or_default();
        let without_words = lexical_weight > 0.0 && lexical.is_empty() && !nearest.is_empty();
        let scales = Scales::of(&lexical, &nearest, fusion);
        let fused = fuse(&lexical, &nearest, fusion, scales);
        let model = model.map(|model| model.model().clone());
        let asked = |record: &Record| may_answer(question, filters, record);
        let hits = ranked(shelves, &fused, asked);
        Ok(Ranking { hits, words, expansions, without_vectors, without_words, model, fusion, scales })
    }

    /// Which words of the question the chunk behind a place of a ranking has, as they were typed; a word counts as
    /// there when what was looked for in its place is. `shelves` are those that were ranked.
    ///
    /// # Errors
    /// Fails when the shelf's word index can't be read.
    pub fn matched(
        &self,
        shelves: &[Arc<dyn Searcher>],
        ranking: &Ranking,
        ranked: &Ranked,
    ) -> Result<Vec<String>, RankError> {
        let Some(shelf) = shelves.get(ranked.shelf) else { return Ok(Vec::new()) };
        let words = shelf.words_of(&ranking.words, &[ranked.chunk])?;
        Ok(ranking.words.named(words.first().copied().unwrap_or_default()))
    }

    /// Reads the words of a question in the languages of the shelves, and adds what is looked for beside them.
    fn read<'a>(
        &self,
        shelves: &'a [Arc<dyn Searcher>],
        thesauri: &[Arc<Thesaurus>],
        question: &Question,
    ) -> Result<Expanded<'a>, RankError> {
        let mut languages: Vec<Language> = shelves.iter().flat_map(|shelf| shelf.catalogue().languages()).collect();
        languages.sort_unstable();
        languages.dedup();
        let words = self.analyzer.query_in(&question.words, &languages);
        // Alternatives of a word are added here, each by the word it stands for.
        let mut expanded = Expanded::new(shelves, words)?;
        if let Some(beginning) = &question.beginning {
            expanded.go_on(beginning)?;
        }
        // Before spelling is corrected: a word that the corpus knows another name of is not misspelled.
        expanded.name(thesauri, &self.analyzer)?;
        expanded.correct()?;
        expanded.words.least = least(expanded.words.known(&expanded.statistics).count_ones());
        Ok(expanded)
    }

    /// What phrases and exclusions leave of each shelf; nothing where there are none.
    fn allowed(
        &self,
        shelves: &[Arc<dyn Searcher>],
        question: &Question,
        languages: &[Language],
    ) -> Result<Vec<Option<ChunkFilter>>, RankError> {
        let read = |texts: &[String]| -> Vec<_> {
            texts.iter().filter_map(|text| self.analyzer.phrase(text, languages)).collect()
        };
        let (phrases, without) = (read(&question.phrases), read(&question.without));
        let of_shelf = |shelf: &Arc<dyn Searcher>| -> Result<Option<ChunkFilter>, RankError> {
            if phrases.is_empty() && without.is_empty() {
                return Ok(None);
            }
            let mut filter = ChunkFilter::default();
            for phrase in &phrases {
                filter.keep(shelf.holding(phrase)?);
            }
            for phrase in &without {
                filter.leave_out(&shelf.holding(phrase)?);
            }
            Ok(Some(filter))
        };
        shelves.iter().map(of_shelf).collect()
    }

    /// What a leg brings, asked as deep as it takes to have passages of several documents.
    fn spread<'a>(&self, leg: impl Fn(usize) -> Result<Found<'a>, RankError>) -> Result<Found<'a>, RankError> {
        let mut depth = self.fusion.depth;
        let mut found = best(leg(depth)?, depth);
        while found.len() == depth && has_few_documents(&found) && depth < DEEPEST * self.fusion.depth {
            depth *= DEEPER;
            found = best(leg(depth)?, depth);
        }
        if depth > self.fusion.depth {
            let mut kept: HashMap<(usize, DocumentNo), usize> = HashMap::new();
            let (mut first, more): (Found<'_>, Found<'_>) = found.into_iter().partition(|(key, _)| {
                let kept = kept.entry((key.shelf, key.chunk.document)).or_default();
                *kept += 1;
                *kept <= DOCUMENT_CHUNKS
            });
            // What others leave of the places is the long one's: a leg that is not full is taken to have brought all.
            first.extend(more);
            first.truncate(self.fusion.depth);
            found = best(first, self.fusion.depth);
        }
        Ok(found)
    }

    /// How the legs are fused beside a model: as configured for the one that is configured, and as is usual for
    /// another kind, whose shelves serve until theirs are ready.
    fn fusion_for(&self, model: Option<&dyn Embedder>) -> Fusion {
        match model.filter(|model| model.kind() != self.embedder.kind()) {
            Some(other) => Fusion { depth: self.fusion.depth, ..Fusion::beside(other.kind()) },
            None => self.fusion,
        }
    }
}

/// What shelves have by words, each its best.
fn lexical<'a>(
    shelves: &'a [Arc<dyn Searcher>],
    words: &WordQuery,
    statistics: &WordStatistics,
    gates: &[Filter<'_>],
    depth: usize,
) -> Result<Found<'a>, RankError> {
    let mut found = Vec::new();
    for ((index, shelf), gate) in shelves.iter().enumerate().zip(gates) {
        let candidates = shelf.lexical(words, statistics, open(gate), depth)?;
        found.extend(keyed(index, shelf.as_ref(), &candidates));
    }
    Ok(found)
}

/// What shelves have by meaning, each its nearest.
fn nearest<'a>(shelves: &'a [Arc<dyn Searcher>], vector: &[f32], gates: &[Filter<'_>], depth: usize) -> Found<'a> {
    let mut found = Vec::new();
    for ((index, shelf), gate) in shelves.iter().enumerate().zip(gates) {
        let candidates = shelf.nearest(vector, open(gate), depth);
        found.extend(keyed(index, shelf.as_ref(), &candidates));
    }
    found
}

fn best(mut found: Found<'_>, depth: usize) -> Found<'_> {
    found.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(depth);
    found
}

fn has_few_documents(found: &Found<'_>) -> bool {
    let mut documents: Vec<(usize, DocumentNo)> = Vec::with_capacity(FEW_DOCUMENTS);
    for (key, _) in found {
        let document = (key.shelf, key.chunk.document);
        if !documents.contains(&document) {
            documents.push(document);
        }
        if documents.len() == FEW_DOCUMENTS {
            return false;
        }
    }
    true
}

/// Puts fused chunks in the order of their scores with the evidence of their documents; ties as they were fused. What
/// was found by words alone must have enough of them; with fewer it is evidence, and no hit.
fn ranked(
    shelves: &[Arc<dyn Searcher>],
    fused: &[(Key<'_>, f32, Legs)],
    asked: impl Fn(&Record) -> bool,
) -> Vec<Ranked> {
    let record = |key: &Key<'_>| shelves.get(key.shelf).and_then(|shelf| shelf.catalogue().record(key.chunk.document));
    let section = |key: &Key<'_>| {
        let record = record(key)?;
        record.chunks.get(key.chunk.chunk as usize).map(|chunk| chunk.section)
    };
    let chunks: Vec<_> = fused
        .iter()
        .map(|(key, score, _)| ((key.shelf, key.chunk.document), section(key).unwrap_or_default(), *score))
        .collect();
    let raised = with_evidence(&chunks);
    let mut hits: Vec<Ranked> = fused
        .iter()
        .zip(raised)
        .filter(|((key, _, legs), _)| legs.vector.is_some() || !key.thin)
        .filter(|((key, ..), _)| record(key).is_some_and(|record| asked(record)))
        .map(|((key, _, legs), (evidence, score))| Ranked {
            shelf: key.shelf,
            chunk: key.chunk,
            score,
            evidence,
            legs: *legs,
        })
        .collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score));
    hits
}

/// A filter, where there is anything to hold a chunk against.
fn open<'a>(gate: &Filter<'a>) -> Option<Filter<'a>> {
    (gate.documents.is_some() || gate.chunks.is_some()).then_some(*gate)
}

/// How many of a question's known words a chunk must have that was found by words alone: a fifth of them, so that one of
/// five is enough, two of six and three of eleven.
fn least(known: u32) -> u32 {
    1 + known.saturating_sub(1) / 5
}

fn keyed<'a>(index: usize, shelf: &'a dyn Searcher, candidates: &[Candidate]) -> Found<'a> {
    let catalogue = shelf.catalogue();
    // A candidate whose document is not in the catalogue belongs to no generation and is dropped.
    candidates
        .iter()
        .filter_map(|candidate| {
            let record = catalogue.record(candidate.chunk.document)?;
            Some((
                Key { id: record.id.as_str(), shelf: index, chunk: candidate.chunk, thin: candidate.thin },
                candidate.score,
            ))
        })
        .collect()
}

impl Key<'_> {
    fn place(&self) -> (&str, u32) {
        (self.id, self.chunk.chunk)
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.shelf, self.chunk) == (other.shelf, other.chunk)
    }
}

impl Eq for Key<'_> {}

impl std::hash::Hash for Key<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.shelf, self.chunk).hash(state);
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.place().cmp(&other.place()).then_with(|| (self.shelf, self.chunk).cmp(&(other.shelf, other.chunk)))
    }
}
