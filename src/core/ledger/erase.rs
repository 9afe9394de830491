//! Erasing texts: of questions, and of all else that was typed. The chain never changes: it gains a record that says which
//! texts went, and why.
//!
//! Order: the `erased` records are durable, and only then are the months' files written anew, each replaced by one
//! rename, by whoever holds the tail of the ledger. So no text goes without a record, and none that comes meanwhile is lost.
//! Who is interrupted runs it again: texts that are still there are found again. Texts that no record speaks of, and
//! halves of one, are what a crash left before this start: they were never acknowledged, nobody can say who typed them
//! or when, and every erasure takes them along.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use serde::{Deserialize, Serialize};

use super::backwards::Backwards;
use super::clock::Timestamp;
use super::id::RecordId;
use super::record::Record;
use super::retention::Due;
use super::retrieval::RetrievalId;
use super::search::{Filter, Words};
use super::text::{self, Eraser, KeptText};
use super::{Erased, ErasedBy, Haste, Ledger, LedgerError, LedgerSink as _, Options};

/// The most retrievals one record names, so that it stays below [`MAX_RECORD_BYTES`](super::MAX_RECORD_BYTES).
const NAMED: usize = 10_000;

/// Which texts are erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ErasureRule {
    /// Those that have all of these words.
    Query(Words),
    /// Those that a principal wrote: a token's id, `local` or `anonymous`.
    Principal(String),
    /// Those that were written before a moment.
    Before(Timestamp),
    /// Those that are older than they are kept. Files of later months are not looked at.
    Retention(Due),
}

impl ErasureRule {
    /// What admits the records whose texts the rule erases, and those that have none any more.
    #[must_use]
    pub fn filter(&self) -> Filter {
        match self.clone() {
            Self::Query(words) => Filter { words, ..Filter::default() },
            Self::Principal(who) => Filter { who: Some(who), ..Filter::default() },
            Self::Before(moment) => Filter { until: Some(moment), ..Filter::default() },
            Self::Retention(due) => Filter { until: Some(due.last()), ..Filter::default() },
        }
    }

    fn by(&self) -> ErasedBy {
        match self.clone() {
            Self::Query(_) => ErasedBy::Query,
            Self::Principal(principal) => ErasedBy::Principal { principal },
            Self::Before(before) => ErasedBy::Before { before },
            Self::Retention(due) => ErasedBy::Retention { before: due.typed, runs_before: Some(due.runs) },
        }
    }

    /// Whether the rule takes the texts of a record by who wrote it or when; one that goes by words takes none so.
    fn takes_all_of(&self, written: &Written) -> bool {
        match self {
            Self::Query(_) => false,
            Self::Principal(who) => *who == written.who,
            Self::Before(moment) => written.ts < *moment,
            Self::Retention(due) => written.ts < due.of(&written.id),
        }
    }

    /// Whether the rule takes a text of a record that its [`filter`](Self::filter) admits.
    #[must_use]
    pub fn takes(&self, text: &str) -> bool {
        match self {
            Self::Query(words) => words.are_in(text),
            Self::Principal(_) | Self::Before(_) | Self::Retention(_) => true,
        }
    }

    /// Whether a month's file may hold what the rule takes. A text stands in the month of its record.
    fn looks_at(&self, month: &Path) -> bool {
        let Self::Retention(due) = self else { return true };
        month.file_stem().and_then(|name| name.to_str()).is_some_and(|name| name <= due.last().month().as_str())
    }
}

/// What an erasure took away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// How many texts.
    pub texts: u64,
    /// The records that lost one or more, in the order of the texts.
    pub records: Vec<RecordId>,
    /// How many texts, or halves of one, no record spoke of.
    pub unrecorded: u64,
}

/// What the chain says of a record.
#[derive(Deserialize)]
struct Written {
    ts: Timestamp,
    #[serde(default)]
    id: String,
    #[serde(default)]
    who: String,
}

/// Which texts go, of those that were there when the erasure began: for each whether the rule takes it, once the chain
/// has said that there is such a question.
struct Plan<'a> {
    rule: &'a ErasureRule,
    months: Vec<PathBuf>,
    texts: HashMap<String, Option<bool>>,
}

/// What becomes of a line of a text file.
#[derive(PartialEq, Eq)]
enum Fate {
    Kept,
    Erased,
    Unrecorded,
}

impl<'a> Plan<'a> {
    fn new(folder: &Path, rule: &'a ErasureRule, eraser: &Eraser) -> Result<Self, LedgerError> {
        let mut months = text::months(folder)?;
        months.retain(|month| rule.looks_at(month));
        let mut plan = Self { rule, months, texts: HashMap::new() };
        for month in &plan.months {
            let texts = &mut plan.texts;
            text::each_line(month, eraser.settled(month), |_, _, text| {
                texts.extend(text.map(|text| (text.id, None)));
            })?;
        }
        plan.ask_chain(folder)?;
        Ok(plan)
    }

    /// Finds the record of each text, the newest first, and ends when all are found.
    fn ask_chain(&mut self, folder: &Path) -> Result<(), LedgerError> {
        let (mut missing, mut lines) = (self.texts.len(), Backwards::new(folder)?);
        while missing > 0 && lines.step()? {
            let malformed = |source| LedgerError::Malformed { segment: lines.segment(), source: Arc::new(source) };
            let written: Written = serde_json::from_slice(lines.line()).map_err(malformed)?;
            if let Some(found @ None) = self.texts.get_mut(&written.id) {
                *found = Some(self.rule.takes_all_of(&written));
                missing -= 1;
            }
        }
        Ok(())
    }

    fn by_words(&self, text: &str) -> bool {
        matches!(self.rule, ErasureRule::Query(words) if words.are_in(text))
    }

    /// What becomes of the line that begins at `at`, of a file whose lines before `settled` have a record by now or never
    /// will.
    fn fate(&self, at: u64, settled: u64, text: Option<&KeptText>) -> Fate {
        let found = text.and_then(|text| Some((text, self.texts.get(&text.id)?)));
        match found {
            Some((text, Some(taken))) if *taken || self.by_words(&text.text) => Fate::Erased,
            Some((_, Some(_))) => Fate::Kept,
            // Its record may be on its way, if it came since the start.
            _ if at < settled => Fate::Unrecorded,
            _ => Fate::Kept,
        }
    }

    /// What goes, and the files it goes from.
    fn look(&self, eraser: &Eraser) -> Result<(Erasure, Vec<&Path>), LedgerError> {
        let (mut erasure, mut months) = (Erasure::default(), Vec::new());
        for month in &self.months {
            let (before, settled) = ((erasure.texts, erasure.unrecorded), eraser.settled(month));
            text::each_line(month, settled, |at, _, text| match (self.fate(at, settled, text.as_ref()), text) {
                (Fate::Erased, Some(text)) => erasure.lose(&text.id),
                (Fate::Kept, _) => {}
                _ => erasure.unrecorded += 1,
            })?;
            if before != (erasure.texts, erasure.unrecorded) {
                months.push(month.as_path());
            }
        }
        Ok((erasure, months))
    }
}

/// Erases the texts that `rule` takes from the ledger in `folder`. The caller holds the lock of the data folder.
///
/// # Errors
/// As [`Ledger::open`] and [`Ledger::erase`].
///
/// # Panics
/// As [`Ledger::erase`].
pub fn erase(folder: &Path, options: Options, rule: &ErasureRule) -> Result<Erasure, LedgerError> {
    let (ledger, _) = Ledger::open(folder, options)?;
    ledger.erase(rule)
}

impl Ledger {
    /// Erases the texts that `rule` takes, while records are written on. One erasure runs at a time.
    ///
    /// # Errors
    /// Fails when the ledger can't be read or written. Then run it again: texts that are still there are found again.
    ///
    /// # Panics
    /// Panics on a thread that drives async tasks, as [`Receipt::wait`](super::Receipt::wait) does.
    pub fn erase(&self, rule: &ErasureRule) -> Result<Erasure, LedgerError> {
        let mut eraser = self.eraser().lock().unwrap_or_else(PoisonError::into_inner);
        let folder = eraser.ledger().to_owned();
        let plan = Plan::new(&folder, rule, &eraser)?;
        let (erasure, months) = plan.look(&eraser)?;
        for record in records(rule, &erasure) {
            self.append_record(Record::Erased(record), Haste::Now).wait()?;
        }
        for month in months {
            let settled = eraser.settled(month);
            let keep = |at, text: Option<&KeptText>| plan.fate(at, settled, text) == Fate::Kept;
            eraser.rewrite(month, keep, |draft| self.replace(draft))?;
        }
        Ok(erasure)
    }
}

impl Erasure {
    /// Notes a text that goes. The texts of one record stand together.
    fn lose(&mut self, id: &str) {
        self.texts += 1;
        if self.records.last().is_none_or(|last| last.as_str() != id) {
            self.records.extend(RecordId::parse(id));
        }
    }

    /// The retrievals among the records.
    fn retrievals(records: &[RecordId]) -> Vec<RetrievalId> {
        records.iter().filter_map(|id| RetrievalId::parse(id.as_str())).collect()
    }
}

/// The records of an erasure: none if nothing goes, more than one if it takes too many for one.
fn records(rule: &ErasureRule, erasure: &Erasure) -> Vec<Erased> {
    let record = |lost: &[RecordId]| {
        let others = lost.iter().filter(|id| RetrievalId::parse(id.as_str()).is_none()).cloned().collect();
        Erased {
            who: "local".to_owned(),
            by: rule.by(),
            texts: lost.len() as u64,
            unrecorded: 0,
            retrievals: Erasure::retrievals(lost),
            records: others,
        }
    };
    let mut records: Vec<Erased> = erasure.records.chunks(NAMED).map(record).collect();
    if records.is_empty() && erasure.unrecorded > 0 {
        records.push(record(&[]));
    }
    if let Some(first) = records.first_mut() {
        first.unrecorded = erasure.unrecorded;
        // The second and third text of a record are counted where the erasure begins.
        first.texts += erasure.texts - erasure.records.len() as u64;
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_erasure_of_many_texts_is_written_in_records_that_fit() {
        let id = |n: u32| RecordId::parse(&format!("{}_{n:064}", if n.is_multiple_of(2) { 'r' } else { 'f' })).unwrap();
        let erasure = Erasure { texts: 30_000, records: (0..25_000).map(id).collect(), unrecorded: 2 };
        let records = records(&ErasureRule::Before(Timestamp::from_unix_ms(0)), &erasure);
        assert_eq!(records.iter().map(|record| record.unrecorded).collect::<Vec<_>>(), [2, 0, 0]);
        assert_eq!(records.iter().map(|record| record.texts).sum::<u64>(), 30_000);
        let retrievals: Vec<_> = records.iter().flat_map(|record| record.retrievals.clone()).collect();
        assert_eq!(retrievals, Erasure::retrievals(&erasure.records));
        assert_eq!(records.iter().flat_map(|record| &record.records).count(), 12_500);
        for record in records {
            let bytes = serde_json::to_vec(&record).unwrap().len();
            assert!(bytes + 1024 < crate::ledger::MAX_RECORD_BYTES, "{bytes}");
        }
    }
}
