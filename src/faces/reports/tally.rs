//! Figures over all lines of a ledger, by day: who was answered how often, and which documents were served to whom.
//!
//! Made of lines alone, one after the other, so that a tally that was kept equals one that is made anew. No question's
//! text is in it. What it holds has bounds: what comes over one is counted among the others, and how much that is is known.

use std::collections::{HashMap, VecDeque};

use crate::ledger::{Asked, Day, Evaluation, Feedback, Judgement, OutcomeKind, RawLine, RecordId, Timestamp};

use super::entry::{Gap, Outcome, Retrieval, Text, Views};
use super::names::{Names, OTHERS};

/// How many evaluations are kept, the newest: one a commit for years.
const EVALUATIONS: usize = 2_000;

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

/// What a page of the site brought: looks at it, and what came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) views: u64,
    /// By the place of each kind in [`OutcomeKind::ALL`].
    pub(super) outcomes: [u64; OutcomeKind::ALL.len()],
}

impl Reached {
    pub(super) fn add(&mut self, other: &Self) {
        self.views += other.views;
        self.outcomes.iter_mut().zip(other.outcomes).for_each(|(sum, more)| *sum += more);
    }
}

/// Why something is among what was missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Nothing was found.
    Empty,
    /// Something was found, though by no word of the question.
    Weak,
    /// Somebody said so.
    Reported,
}

/// A question that found nothing, or nothing good; or what somebody says was not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missed {
    pub(super) asked: Asked,
    pub(super) place: Place,
    pub(super) why: Why,
    /// The number of the best document that was found.
    pub(super) document: Option<u32>,
    /// The collection that was asked, if it was one alone.
    pub(super) collection: Option<Box<str>>,
}

/// The figures.
#[derive(Debug, Clone, PartialEq)]
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
    /// By the day and the document's number.
    pub(super) reached: HashMap<(Day, u32), Reached>,
    /// Oldest first.
    pub(super) missed: VecDeque<Missed>,
    /// Feedback that reports mistakes, in the ledger's order: what it is numbered by.
    pub(super) bad: Vec<(Timestamp, Feedback)>,
    /// What `cairn eval --record` measured, oldest first.
    pub(super) evaluations: VecDeque<(Timestamp, Evaluation)>,
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
            reached: HashMap::new(),
            missed: VecDeque::new(),
            bad: Vec::new(),
            evaluations: VecDeque::new(),
            forgotten: 0,
            without_asker: 0,
            without_document: 0,
            unreadable: 0,
        }
    }

    /// The principal and the process of each asker, by their numbers.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (u32, u32)> {
        self.pairs.iter().copied()
    }

    /// Takes the next line.
    pub(super) fn take(&mut self, line: RawLine<'_>) {
        let taken = match line.kind {
            "retrieval" => serde_json::from_str(line.text).map(|retrieval| self.take_retrieval(&line, &retrieval)),
            "feedback" => serde_json::from_str(line.text).map(|feedback| self.take_feedback(line.ts, feedback)),
            "gap" => serde_json::from_str(line.text).map(|gap| self.take_gap(&line, &gap)),
            "outcome" => serde_json::from_str(line.text).map(|outcome| self.take_outcome(&line, &outcome)),
            "evaluation" => serde_json::from_str(line.text).map(|evaluation| self.take_evaluation(line.ts, evaluation)),
            "views" => serde_json::from_str(line.text).map(|views| self.take_views(&line, &views)),
            _ => Ok(()),
        };
        self.unreadable += u64::from(taken.is_err());
    }

    fn take_feedback(&mut self, ts: Timestamp, feedback: Feedback) {
        if feedback.verdict == Judgement::Bad {
            self.bad.push((ts, feedback));
        }
    }

    fn take_evaluation(&mut self, ts: Timestamp, evaluation: Evaluation) {
        if self.evaluations.len() >= EVALUATIONS {
            self.evaluations.pop_front();
        }
        self.evaluations.push_back((ts, evaluation));
    }

    fn take_gap(&mut self, line: &RawLine<'_>, gap: &Gap<'_>) {
        let (Some(id), Some(mac)) = (RecordId::parse(gap.id), gap.need.mac) else { return };
        let asker = self.asker(&gap.who, gap.process.as_deref());
        let place = Place { day: Day::of(line.ts), scope: self.scope(&gap.scope), asker };
        let asked = Asked { id, ts: line.ts, mac: Box::from(mac) };
        self.miss(Missed { asked, place, why: Why::Reported, document: None, collection: None });
    }

    fn take_outcome(&mut self, line: &RawLine<'_>, outcome: &Outcome<'_>) {
        let mut reached = Reached::default();
        let place = OutcomeKind::ALL.iter().position(|kind| *kind == outcome.outcome);
        if let Some(count) = place.and_then(|place| reached.outcomes.get_mut(place)) {
            *count = 1;
        }
        self.reach(Day::of(line.ts), &outcome.doc, &reached);
    }

    fn take_views(&mut self, line: &RawLine<'_>, views: &Views<'_>) {
        for page in &views.documents {
            self.reach(Day::of(line.ts), &page.doc, &Reached { views: page.views, ..Reached::default() });
        }
    }

    fn reach(&mut self, day: Day, document: &str, reached: &Reached) {
        let number = self.documents.number(document);
        let full = self.reached.len() >= self.bounds.answers && !self.reached.contains_key(&(day, number));
        let number = if full { OTHERS } else { number };
        self.reached.entry((day, number)).or_default().add(reached);
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
            self.miss_question(line, retrieval, place, documents.first().map(|(number, _)| *number));
        }
        for (document, served) in documents {
            self.serve(place, document, &served);
        }
    }

    fn place(&mut self, day: Day, retrieval: &Retrieval<'_>) -> Place {
        let scope = self.scope(&retrieval.scope);
        Place { day, scope, asker: self.asker(&retrieval.who, retrieval.process.as_deref()) }
    }

    /// The number of a set of shelves. One that nothing is known of is a set like others, which nobody's grant opens.
    fn scope(&mut self, shelves: &[Text<'_>]) -> u16 {
        let mut scope = String::new();
        for (at, shelf) in shelves.iter().enumerate() {
            if at > 0 {
                scope.push(' ');
            }
            scope.push_str(&shelf.0);
        }
        u16::try_from(self.scopes.number(&scope)).unwrap_or(0)
    }

    fn asker(&mut self, who: &str, process: Option<&str>) -> u32 {
        let principal = self.principals.number(who);
        let process = self.processes.number(process.unwrap_or_default());
        let next = u32::try_from(self.pairs.len()).unwrap_or(OTHERS);
        let room = self.pairs.len() <= self.bounds.names;
        match self.askers.get(&(principal, process)) {
            Some(known) => *known,
            None if room && next != OTHERS => {
                self.pairs.push((principal, process));
                self.askers.insert((principal, process), next);
                next
            }
            None => OTHERS,
        }
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

    fn miss_question(&mut self, line: &RawLine<'_>, retrieval: &Retrieval<'_>, place: Place, document: Option<u32>) {
        let (Some(id), Some(mac)) = (RecordId::parse(retrieval.id), retrieval.q_mac) else { return };
        let collection = match retrieval.params.collections.as_slice() {
            [one] => Some(Box::from(one.0.as_ref())),
            _ => None,
        };
        let asked = Asked { id, ts: line.ts, mac: Box::from(mac) };
        let why = if retrieval.is_weak() { Why::Weak } else { Why::Empty };
        self.miss(Missed { asked, place, why, document, collection });
    }

    fn miss(&mut self, missed: Missed) {
        if self.missed.len() >= self.bounds.missed {
            self.forgotten += 1;
            self.missed.pop_front();
        }
        self.missed.push_back(missed);
    }
}
