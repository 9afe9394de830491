//! Figures over all lines of a ledger, by day: who was answered how often, and which documents were served to whom.
//!
//! Made of lines alone, one after the other, so that a tally that was kept equals one that is made anew. No question's
//! text is in it. What it holds has bounds: what comes over one is counted among the others, and how much that is is known.

use std::collections::{HashMap, VecDeque};

use crate::ledger::{Asked, RawLine, RecordId};

use super::calendar::Day;
use super::entry::Retrieval;
use super::names::{Names, OTHERS};

/// How much is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) documents: usize,
    /// Principals; and processes, as many.
    pub(super) names: usize,
    /// Sets of shelves that were searched together.
    pub(super) scopes: usize,
    /// Days × askers × scopes.
    pub(super) answers: usize,
    /// Days × askers × scopes × documents. Half as many more are kept without the asker, and the rest without the document.
    pub(super) served: usize,
    /// Questions that found nothing, or nothing good.
    pub(super) missed: usize,
}

impl Bounds {
    /// Some 100 MiB when all of it is used.
    pub(super) const USUAL: Self =
        Self { documents: 200_000, names: 20_000, scopes: 256, answers: 200_000, served: 600_000, missed: 100_000 };
}

/// What figures are kept apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) day: Day,
    /// Number of a set of shelves.
    pub(super) scope: u16,
    /// Number of a principal and its process.
    pub(super) asker: u32,
}

/// What was answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Answers {
    /// Retrievals of any kind.
    pub(super) answers: u64,
    /// Questions that were asked anew.
    pub(super) questions: u64,
    /// Those of them that found nothing.
    pub(super) empty: u64,
    /// Those whose words are in nothing that was found.
    pub(super) weak: u64,
    pub(super) truncated: u64,
    pub(super) passages: u64,
    pub(super) tokens: u64,
}

impl Answers {
    pub(super) fn add(&mut self, other: &Self) {
        self.answers += other.answers;
        self.questions += other.questions;
        self.empty += other.empty;
        self.weak += other.weak;
        self.truncated += other.truncated;
        self.passages += other.passages;
        self.tokens += other.tokens;
    }
}

/// How often a document was served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) passages: u64,
    /// Answers with a passage of it.
    pub(super) answers: u64,
    /// Answers whose first passage is of it.
    pub(super) first: u64,
}

impl Served {
    pub(super) fn add(&mut self, other: &Self) {
        self.passages += other.passages;
        self.answers += other.answers;
        self.first += other.first;
    }
}

/// A question that found nothing, or nothing good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missed {
    pub(super) asked: Asked,
    pub(super) place: Place,
    /// Whether something was found all the same.
    pub(super) weak: bool,
    /// The number of the best document that was found.
    pub(super) document: Option<u32>,
    /// The collection that was asked, if it was one alone.
    pub(super) collection: Option<Box<str>>,
}

/// The figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tally {
    bounds: Bounds,
    pub(super) documents: Names,
    pub(super) principals: Names,
    pub(super) processes: Names,
    /// Sets of shelves: their names with blanks between.
    pub(super) scopes: Names,
    askers: HashMap<(u32, u32), u32>,
    pairs: Vec<(u32, u32)>,
    pub(super) answers: HashMap<Place, Answers>,
    pub(super) served: HashMap<(Place, u32), Served>,
    /// Oldest first.
    pub(super) missed: VecDeque<Missed>,
    /// Missed questions that there is no room for any more.
    pub(super) forgotten: u64,
    /// Passages that are counted without who got them.
    pub(super) without_asker: u64,
    /// Passages that are counted without their document.
    pub(super) without_document: u64,
    /// Lines that can't be read.
    pub(super) unreadable: u64,
}

impl Tally {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            documents: Names::new(bounds.documents),
            principals: Names::new(bounds.names),
            processes: Names::new(bounds.names),
            scopes: Names::new(bounds.scopes),
            askers: HashMap::new(),
            pairs: vec![(OTHERS, OTHERS)],
            answers: HashMap::new(),
            served: HashMap::new(),
            missed: VecDeque::new(),
            forgotten: 0,
            without_asker: 0,
            without_document: 0,
            unreadable: 0,
        }
    }

    /// The principal and the process of an asker, by their numbers.
    pub(super) fn pair(&self, asker: u32) -> (u32, u32) {
        self.pairs.get(asker as usize).copied().unwrap_or((OTHERS, OTHERS))
    }

    /// Takes the next line.
    pub(super) fn take(&mut self, line: RawLine<'_>) {
        if line.kind == "retrieval" {
            match serde_json::from_str(line.text) {
                Ok(retrieval) => self.take_retrieval(&line, &retrieval),
                Err(_) => self.unreadable += 1,
            }
        }
    }

    fn take_retrieval(&mut self, line: &RawLine<'_>, retrieval: &Retrieval<'_>) {
        let place = self.place(Day::of(line.ts), retrieval);
        let count = u64::from;
        let answers = Answers {
            answers: 1,
            questions: count(retrieval.is_question()),
            empty: count(retrieval.is_empty()),
            weak: count(retrieval.is_weak()),
            truncated: count(retrieval.truncated),
            passages: retrieval.hits.len() as u64,
            tokens: retrieval.tokens,
        };
        let full = self.answers.len() >= self.bounds.answers && !self.answers.contains_key(&place);
        let at = if full { Place { asker: OTHERS, ..place } } else { place };
        self.answers.entry(at).or_default().add(&answers);
        let mut documents: Vec<(u32, Served)> = Vec::with_capacity(retrieval.hits.len());
        for hit in &retrieval.hits {
            let number = self.documents.number(&hit.doc);
            let first = count(hit.rank == 1);
            match documents.iter_mut().find(|(known, _)| *known == number) {
                Some((_, served)) => served.add(&Served { passages: 1, answers: 0, first }),
                None => documents.push((number, Served { passages: 1, answers: 1, first })),
            }
        }
        if retrieval.is_empty() || retrieval.is_weak() {
            self.miss(line, retrieval, place, documents.first().map(|(number, _)| *number));
        }
        for (document, served) in documents {
            self.serve(place, document, &served);
        }
    }

    fn place(&mut self, day: Day, retrieval: &Retrieval<'_>) -> Place {
        let mut scope = String::new();
        for (at, shelf) in retrieval.scope.iter().enumerate() {
            if at > 0 {
                scope.push(' ');
            }
            scope.push_str(&shelf.0);
        }
        let scope = u16::try_from(self.scopes.number(&scope)).unwrap_or(0);
        let principal = self.principals.number(&retrieval.who);
        let process = self.processes.number(retrieval.process.as_deref().unwrap_or_default());
        let next = u32::try_from(self.pairs.len()).unwrap_or(OTHERS);
        let room = self.pairs.len() <= self.bounds.names;
        let asker = match self.askers.get(&(principal, process)) {
            Some(known) => *known,
            None if room && next != OTHERS => {
                self.pairs.push((principal, process));
                self.askers.insert((principal, process), next);
                next
            }
            None => OTHERS,
        };
        Place { day, scope, asker }
    }

    fn serve(&mut self, place: Place, document: u32, served: &Served) {
        let (held, most) = (self.served.len(), self.bounds.served);
        let others = Place { asker: OTHERS, ..place };
        let key = if held < most || self.served.contains_key(&(place, document)) {
            (place, document)
        } else if held < most + most / 2 || self.served.contains_key(&(others, document)) {
            (others, document)
        } else {
            (others, OTHERS)
        };
        if key.0.asker == OTHERS {
            self.without_asker += served.passages;
        }
        if key.1 == OTHERS {
            self.without_document += served.passages;
        }
        self.served.entry(key).or_default().add(served);
    }

    fn miss(&mut self, line: &RawLine<'_>, retrieval: &Retrieval<'_>, place: Place, document: Option<u32>) {
        let (Some(id), Some(mac)) = (RecordId::parse(retrieval.id), retrieval.q_mac) else { return };
        let collection = match retrieval.params.collections.as_slice() {
            [one] => Some(Box::from(one.0.as_ref())),
            _ => None,
        };
        if self.missed.len() >= self.bounds.missed {
            self.forgotten += 1;
            self.missed.pop_front();
        }
        let asked = Asked { id, ts: line.ts, mac: Box::from(mac) };
        self.missed.push_back(Missed { asked, place, weak: retrieval.is_weak(), document, collection });
    }
}
