//! Erasing the texts of questions. The chain never changes: it gains a record that says which texts went, and why.
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
use super::record::{Record, RetrievalId};
use super::search::{Filter, Words};
use super::text::{self, QueryText};
use super::{Erased, ErasedBy, Ledger, LedgerError, LedgerSink as _, Options};

/// The most retrievals one record names, so that it stays below [`MAX_RECORD_BYTES`](super::MAX_RECORD_BYTES).
const NAMED: usize = 10_000;

/// Which texts are erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErasureRule {
    /// Those that have all of these words.
    Query(Words),
    /// Those that a principal asked: a token's id, `local` or `anonymous`.
    Principal(String),
    /// Those that were asked before a moment.
    Before(Timestamp),
}

impl ErasureRule {
    /// What admits the retrievals whose texts the rule erases, and those that have none any more.
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

    fn takes_asked(&self, asked: &Asked) -> bool {
        match self {
            Self::Query(_) => false,
            Self::Principal(who) => *who == asked.who,
            Self::Before(moment) => asked.ts < *moment,
        }
    }

    fn takes_text(&self, text: &str) -> bool {
        matches!(self, Self::Query(words) if words.are_in(text))
    }
}

/// What an erasure took away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasure {
    /// The retrievals whose questions have no text any more.
    pub retrievals: Vec<RetrievalId>,
    /// How many texts, or halves of one, no record spoke of.
    pub unrecorded: u64,
}

/// What the chain says of a question.
#[derive(Deserialize)]
struct Asked {
    kind: String,
    ts: Timestamp,
    #[serde(default)]
    id: String,
    #[serde(default)]
    who: String,
}

/// Which texts go: for every retrieval of the chain, whether who asked it or when decides it.
struct Plan<'a> {
    rule: &'a ErasureRule,
    asked: HashMap<String, bool>,
}

/// What becomes of a line of a text file.
#[derive(PartialEq, Eq)]
enum Fate {
    Kept,
    Erased,
    Unrecorded,
}

impl Plan<'_> {
    fn fate(&self, text: Option<&QueryText>) -> Fate {
        let asked = text.and_then(|text| Some((text, *self.asked.get(&text.id)?)));
        match asked {
            None => Fate::Unrecorded,
            Some((text, taken)) if taken || self.rule.takes_text(&text.text) => Fate::Erased,
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
    let plan = Plan { rule, asked: asked(folder, rule)? };
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

/// All retrievals of the chain, and whether the rule takes each by who asked it or when.
fn asked(folder: &Path, rule: &ErasureRule) -> Result<HashMap<String, bool>, LedgerError> {
    let mut all = HashMap::new();
    let mut lines = Backwards::new(folder)?;
    while lines.step()? {
        let malformed = |source| LedgerError::Malformed { segment: lines.segment(), source: Arc::new(source) };
        let asked: Asked = serde_json::from_slice(lines.line()).map_err(malformed)?;
        if asked.kind == "retrieval" {
            let taken = rule.takes_asked(&asked);
            all.insert(asked.id, taken);
        }
    }
    Ok(all)
}

/// What goes, and the files it goes from.
fn look(folder: &Path, plan: &Plan<'_>) -> Result<(Erasure, Vec<PathBuf>), LedgerError> {
    let (mut erasure, mut months) = (Erasure::default(), Vec::new());
    for month in text::months(folder)? {
        let before = (erasure.retrievals.len(), erasure.unrecorded);
        text::each_line(&month, |_, text| match (plan.fate(text.as_ref()), text) {
            (Fate::Erased, Some(text)) => erasure.retrievals.extend(RetrievalId::parse(&text.id)),
            (Fate::Kept, _) => {}
            _ => erasure.unrecorded += 1,
        })?;
        if before != (erasure.retrievals.len(), erasure.unrecorded) {
            months.push(month);
        }
    }
    Ok((erasure, months))
}

/// The records of an erasure: none if nothing goes, more than one if it takes too many for one.
fn records(rule: &ErasureRule, erasure: &Erasure) -> Vec<Erased> {
    let record = |retrievals: &[RetrievalId], unrecorded| Erased {
        who: "local".to_owned(),
        by: rule.by(),
        texts: retrievals.len() as u64,
        unrecorded,
        retrievals: retrievals.to_vec(),
    };
    let mut records: Vec<Erased> = erasure.retrievals.chunks(NAMED).map(|part| record(part, 0)).collect();
    match records.first_mut() {
        Some(first) => first.unrecorded = erasure.unrecorded,
        None if erasure.unrecorded > 0 => records.push(record(&[], erasure.unrecorded)),
        None => {}
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_erasure_of_many_texts_is_written_in_records_that_fit() {
        let id = |n: u32| RetrievalId::parse(&format!("r_{n:064}")).unwrap();
        let erasure = Erasure { retrievals: (0..25_000).map(id).collect(), unrecorded: 2 };
        let records = records(&ErasureRule::Before(Timestamp::from_unix_ms(0)), &erasure);
        assert_eq!(records.iter().map(|record| record.unrecorded).collect::<Vec<_>>(), [2, 0, 0]);
        assert_eq!(records.iter().map(|record| record.texts).sum::<u64>(), 25_000);
        let named: Vec<_> = records.iter().flat_map(|record| record.retrievals.clone()).collect();
        assert_eq!(named, erasure.retrievals);
        for record in records {
            let bytes = serde_json::to_vec(&record).unwrap().len();
            assert!(bytes + 1024 < crate::ledger::MAX_RECORD_BYTES, "{bytes}");
        }
    }
}
