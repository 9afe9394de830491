//! Erasing texts: of questions, and of all else that was typed. The chain never changes: it gains a record that says which texts went, and why.
//!
//! Order: what a crash left is settled, the `erased` records are durable, and only then are the months' files written
//! anew, each replaced by one rename. So no text goes without a record. Who is interrupted runs it again: texts that are
//! still there are found again. Texts that no record speaks of, and halves of one, were never acknowledged; nobody can
//! say who asked them or when, and every erasure takes them along.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::backwards::Backwards;
use super::clock::Timestamp;
use super::id::RecordId;
use super::record::Record;
use super::retrieval::RetrievalId;
use super::search::{Filter, Words};
use super::text::{self, KeptText};
use super::{Erased, ErasedBy, Ledger, LedgerError, LedgerSink as _, Options};

/// The most records one record names, so that it stays below [`MAX_RECORD_BYTES`](super::MAX_RECORD_BYTES).
const NAMED: usize = 10_000;

/// Which texts are erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErasureRule {
    /// Those that have all of these words.
    Query(Words),
    /// Those that a principal wrote: a token's id, `local` or `anonymous`.
    Principal(String),
    /// Those that were written before a moment.
    Before(Timestamp),
}

impl ErasureRule {
    /// What admits the records whose texts the rule erases, and those that have none any more.
    #[must_use]
    pub fn filter(&self) -> Filter {
        match self.clone() {
            Self::Query(words) => Filter { words, ..Filter::default() },
            Self::Principal(who) => Filter { who: Some(who), ..Filter::default() },
            Self::Before(moment) => Filter { until: Some(moment), ..Filter::default() },
        }
    }

    fn by(&self) -> ErasedBy {
        match self.clone() {
            Self::Query(_) => ErasedBy::Query,
            Self::Principal(principal) => ErasedBy::Principal { principal },
            Self::Before(before) => ErasedBy::Before { before },
        }
    }

    fn takes_all_of(&self, written: &Written) -> bool {
        match self {
            Self::Query(_) => false,
            Self::Principal(who) => *who == written.who,
            Self::Before(moment) => written.ts < *moment,
        }
    }

    /// Whether the rule takes a text of a record that its [`filter`](Self::filter) admits.
    #[must_use]
    pub fn takes(&self, text: &str) -> bool {
        match self {
            Self::Query(words) => words.are_in(text),
            Self::Principal(_) | Self::Before(_) => true,
        }
    }
}

/// What an erasure took away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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

/// Which texts go: for every record of the chain that may have some, whether all of them do.
struct Plan<'a> {
    rule: &'a ErasureRule,
    taken: HashMap<String, bool>,
}

/// What becomes of a line of a text file.
#[derive(PartialEq, Eq)]
enum Fate {
    Kept,
    Erased,
    Unrecorded,
}

impl Plan<'_> {
    fn by_words(&self, text: &str) -> bool {
        matches!(self.rule, ErasureRule::Query(words) if words.are_in(text))
    }

    fn fate(&self, text: Option<&KeptText>) -> Fate {
        let known = text.and_then(|text| Some((text, *self.taken.get(&text.id)?)));
        match known {
            None => Fate::Unrecorded,
            Some((text, taken)) if taken || self.by_words(&text.text) => Fate::Erased,
            Some(_) => Fate::Kept,
        }
    }
}

/// Erases the texts that `rule` takes from the ledger in `folder`. The caller holds the lock of the data folder, so that
/// nobody writes texts meanwhile.
///
/// # Errors
/// Fails when the ledger can't be opened, read or written. Then run it again: texts that are still there are found again.
///
/// # Panics
/// Panics on a thread that drives async tasks, as [`Receipt::wait`](super::Receipt::wait) does.
pub fn erase(folder: &Path, options: Options, rule: &ErasureRule) -> Result<Erasure, LedgerError> {
    let disk = Arc::clone(&options.disk);
    let (ledger, _) = Ledger::open(folder, options)?;
    let plan = Plan { rule, taken: taken(folder, rule)? };
    let (erasure, months) = look(folder, &plan)?;
    for record in records(rule, &erasure) {
        ledger.append_record(Record::Erased(record)).wait()?;
    }
    // Nobody has a month's file open from here on.
    drop(ledger);
    for month in months {
        text::rewrite(disk.as_ref(), &month, |text| plan.fate(text) == Fate::Kept)?;
    }
    Ok(erasure)
}

/// All records of the chain that have a name, and whether the rule takes the texts of each by who wrote it or when.
fn taken(folder: &Path, rule: &ErasureRule) -> Result<HashMap<String, bool>, LedgerError> {
    let mut all = HashMap::new();
    let mut lines = Backwards::new(folder)?;
    while lines.step()? {
        let malformed = |source| LedgerError::Malformed { segment: lines.segment(), source: Arc::new(source) };
        let written: Written = serde_json::from_slice(lines.line()).map_err(malformed)?;
        if !written.id.is_empty() {
            let taken = rule.takes_all_of(&written);
            all.insert(written.id, taken);
        }
    }
    Ok(all)
}

/// What goes, and the files it goes from.
fn look(folder: &Path, plan: &Plan<'_>) -> Result<(Erasure, Vec<PathBuf>), LedgerError> {
    let (mut erasure, mut months) = (Erasure::default(), Vec::new());
    for month in text::months(folder)? {
        let before = (erasure.texts, erasure.unrecorded);
        text::each_line(&month, |_, text| match (plan.fate(text.as_ref()), text) {
            (Fate::Erased, Some(text)) => erasure.lose(&text.id),
            (Fate::Kept, _) => {}
            _ => erasure.unrecorded += 1,
        })?;
        if before != (erasure.texts, erasure.unrecorded) {
            months.push(month);
        }
    }
    Ok((erasure, months))
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
