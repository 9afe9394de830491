//! How often each verb was answered, in what time, and how often with nothing: counted where records go, so that no face
//! can forget it. Figures name no question, no document and no principal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::ledger::{Haste, LedgerSink, Receipt, Record, Verb};

/// Upper bounds of a histogram, in microseconds.
const BOUNDS_US: [u64; 14] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000, 30_000_000,
];

/// The verbs there are, in the order of their figures.
const VERBS: [Verb; 7] = [Verb::Search, Verb::Read, Verb::Browse, Verb::List, Verb::Resource, Verb::Prompt, Verb::Page];

/// How long something took, over and over.
#[derive(Debug, Default)]
pub struct Histogram {
    by_bound: [AtomicU64; BOUNDS_US.len()],
    sum_us: AtomicU64,
    count: AtomicU64,
}

impl Histogram {
    /// Counts one more.
    pub fn observe(&self, took: Duration) {
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(bound) = BOUNDS_US.iter().position(|bound| took_us <= *bound) {
            self.by_bound[bound].fetch_add(1, Ordering::Relaxed);
        }
        self.sum_us.fetch_add(took_us, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Each bound in microseconds, with how many were not above it.
    pub fn bounds(&self) -> impl Iterator<Item = (u64, u64)> {
        let mut below = 0;
        BOUNDS_US.iter().zip(&self.by_bound).map(move |(bound, count)| {
            below += count.load(Ordering::Relaxed);
            (*bound, below)
        })
    }

    /// All of them together, in microseconds.
    #[must_use]
    pub fn sum_us(&self) -> u64 {
        self.sum_us.load(Ordering::Relaxed)
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

/// Figures of retrievals, by verb.
#[derive(Debug)]
pub struct Tally {
    sink: Arc<dyn LedgerSink>,
    took: [Histogram; VERBS.len()],
    empty: AtomicU64,
}

impl Tally {
    /// Counts what goes to a sink.
    pub(super) fn over(sink: Arc<dyn LedgerSink>) -> Arc<Self> {
        Arc::new(Self { sink, took: std::array::from_fn(|_| Histogram::default()), empty: AtomicU64::new(0) })
    }

    /// Each verb's name, with the time from the question to its record.
    pub fn verbs(&self) -> impl Iterator<Item = (&'static str, &Histogram)> {
        VERBS.iter().map(|verb| verb.as_str()).zip(&self.took)
    }

    /// How many searches found nothing.
    #[must_use]
    pub fn empty(&self) -> u64 {
        self.empty.load(Ordering::Relaxed)
    }

    fn count(&self, record: &Record) {
        let Record::Retrieval(retrieval) = record else { return };
        if let Some(at) = VERBS.iter().position(|verb| *verb == retrieval.verb) {
            self.took[at].observe(Duration::try_from_secs_f64(retrieval.ms / 1e3).unwrap_or_default());
        }
        if retrieval.verb == Verb::Search && retrieval.served == 0 {
            self.empty.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl LedgerSink for Tally {
    fn append_record(&self, record: Record, haste: Haste) -> Receipt {
        self.count(&record);
        self.sink.append_record(record, haste)
    }

    fn is_writing(&self) -> bool {
        self.sink.is_writing()
    }

    fn note_missed(&self) {
        self.sink.note_missed();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::access::Principal;
    use crate::ledger::{Face, Retrieval, RetrievalId, Sequence, SystemClock, SystemRandomness};

    #[derive(Debug, Default)]
    struct Sink(Mutex<Vec<Haste>>);

    impl LedgerSink for Sink {
        fn append_record(&self, _: Record, haste: Haste) -> Receipt {
            self.0.lock().unwrap().push(haste);
            Receipt::written(Sequence(1))
        }
    }

    #[test]
    fn what_is_counted_goes_on_with_the_haste_that_it_came_with() {
        let sink = Arc::new(Sink::default());
        let tally = Tally::over(Arc::<Sink>::clone(&sink));
        let record = || {
            let id = RetrievalId::new(&SystemClock, &SystemRandomness).unwrap();
            Record::Retrieval(Box::new(Retrieval::new(id, &Principal::anonymous(), Face::Http, Verb::Search)))
        };
        drop(tally.append_record(record(), Haste::Here));
        drop(tally.append_record(record(), Haste::Now));
        assert_eq!(*sink.0.lock().unwrap(), [Haste::Here, Haste::Now]);
        assert_eq!((tally.verbs().next().unwrap().1.count(), tally.empty()), (2, 2));
    }
}
