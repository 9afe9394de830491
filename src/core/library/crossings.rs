//! Writes down what came onto the public shelf and what left it.
//!
//! A withdrawal waits for nothing: it is recorded when the generation without the document is what readers see, and
//! before a private shelf takes the document up. What the ledger does not take is kept, and handed over again with the
//! next generation and the next comparison.

use std::collections::VecDeque;
use std::time::Duration;

use crate::ledger::{Haste, LedgerSink, Published, PublishedDocument, Receipt, Record, Withdrawn, WithdrawnDocument};

/// How many documents one record names: with the longest paths there are, a record stays below its bound.
const DOCUMENTS_MAX: usize = 128;

/// How long the first record waits for the others, where none waits already.
const GATHERING: Duration = Duration::from_millis(2);
/// How many records are handed over before the first is waited for: they share a sync.
const AT_ONCE: usize = 64;

/// What crossed the border of the public shelf and is not in the ledger yet, oldest first.
#[derive(Debug, Default)]
pub(super) struct Crossings {
    unrecorded: VecDeque<Record>,
    /// Whether the log was told that the ledger takes none.
    told: bool,
}

impl Crossings {
    /// Takes up what a generation of the public shelf is without, and what it is the first to have.
    pub(super) fn note(&mut self, generation: u64, left: &[WithdrawnDocument], came: &[PublishedDocument]) {
        let left = left.chunks(DOCUMENTS_MAX).map(|documents| Withdrawn { generation, documents: documents.to_vec() });
        self.unrecorded.extend(left.map(Record::Withdrawn));
        let came = came.chunks(DOCUMENTS_MAX).map(|documents| Published { generation, documents: documents.to_vec() });
        self.unrecorded.extend(came.map(Record::Published));
    }

    /// Hands over what is not recorded, and waits for it. Blocks.
    pub(super) fn record(&mut self, sink: &dyn LedgerSink) {
        while !self.unrecorded.is_empty() {
            let next = self.unrecorded.drain(..self.unrecorded.len().min(AT_ONCE));
            let handed: Vec<(Record, Receipt)> =
                next.map(|record| (record.clone(), sink.append_record(record, Haste::Together(GATHERING)))).collect();
            let mut failed = None;
            for (record, receipt) in handed.into_iter().rev() {
                if let Err(error) = receipt.wait() {
                    self.unrecorded.push_front(record);
                    failed = Some(error);
                }
            }
            if let Some(error) = failed {
                if !self.told {
                    tracing::warn!(ledger.error = %error, "documents crossed the border of the public shelf and the ledger cannot say so yet");
                }
                self.told = true;
                return;
            }
            self.told = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::{Crossings, DOCUMENTS_MAX};
    use crate::corpus::{Digest, DocumentId};
    use crate::ledger::{
        Haste, LedgerError, LedgerSink, PublishedDocument, Receipt, Record, Sequence, Withdrawal, WithdrawnDocument,
    };

    #[derive(Debug, Default)]
    struct Sink {
        full: AtomicBool,
        taken: Mutex<Vec<(&'static str, usize)>>,
    }

    impl LedgerSink for Sink {
        fn append_record(&self, record: Record, _: Haste) -> Receipt {
            if self.full.load(Ordering::Relaxed) {
                return Receipt::refused(LedgerError::Closed);
            }
            let documents = match &record {
                Record::Withdrawn(withdrawn) => withdrawn.documents.len(),
                Record::Published(published) => published.documents.len(),
                other => panic!("{other:?}"),
            };
            self.taken.lock().unwrap().push((record.kind(), documents));
            Receipt::written(Sequence(1))
        }
    }

    #[test]
    fn what_the_ledger_does_not_take_is_handed_over_again_and_a_long_list_becomes_several_records() {
        let doc = |at: usize| DocumentId::parse(&format!("playbook/{at}")).unwrap();
        let sha256 = Digest::of(b"x");
        let left = |at: usize| WithdrawnDocument { doc: doc(at), sha256, why: Withdrawal::Removed };
        let came = |at: usize| PublishedDocument { doc: doc(at), sha256 };
        let (sink, mut crossings) = (Sink::default(), Crossings::default());
        sink.full.store(true, Ordering::Relaxed);
        let left: Vec<_> = (0..=DOCUMENTS_MAX).map(left).collect();
        crossings.note(7, &left, &(0..2).map(came).collect::<Vec<_>>());
        crossings.record(&sink);
        assert_eq!(*sink.taken.lock().unwrap(), []);
        sink.full.store(false, Ordering::Relaxed);
        crossings.record(&sink);
        crossings.record(&sink);
        let expected = [("withdrawn", DOCUMENTS_MAX), ("withdrawn", 1), ("published", 2)];
        assert_eq!(*sink.taken.lock().unwrap(), expected, "in the order in which it happened");
    }
}
