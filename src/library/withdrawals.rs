//! Writes down what left the public shelf.
//!
//! A withdrawal waits for nothing: it is recorded when the generation without the document is what readers see, and
//! before a private shelf takes the document up. What the ledger does not take is kept, and handed over again with the
//! next generation and the next comparison.

use std::collections::VecDeque;

use crate::ledger::{LedgerSink, Record, Withdrawn, WithdrawnDocument};

/// How many documents one record names: with the longest paths there are, a record stays below its bound.
const DOCUMENTS_MAX: usize = 128;

/// What was withdrawn and is not in the ledger yet, oldest first.
#[derive(Debug, Default)]
pub(super) struct Withdrawals {
    unrecorded: VecDeque<Withdrawn>,
    /// Whether the log was told that the ledger takes none.
    told: bool,
}

impl Withdrawals {
    /// Takes up what a generation of the public shelf is without.
    pub(super) fn note(&mut self, generation: u64, documents: &[WithdrawnDocument]) {
        let record = |documents: &[WithdrawnDocument]| Withdrawn { generation, documents: documents.to_vec() };
        self.unrecorded.extend(documents.chunks(DOCUMENTS_MAX).map(record));
    }

    /// Hands over what is not recorded, and waits for it. Blocks.
    pub(super) fn record(&mut self, sink: &dyn LedgerSink) {
        while let Some(next) = self.unrecorded.front() {
            if let Err(error) = sink.append_record(Record::Withdrawn(next.clone())).wait() {
                if !self.told {
                    tracing::warn!(ledger.error = %error, "documents left the public shelf and the ledger cannot say so yet");
                }
                self.told = true;
                return;
            }
            self.told = false;
            self.unrecorded.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::{DOCUMENTS_MAX, Withdrawals};
    use crate::corpus::{Digest, DocumentId};
    use crate::ledger::{LedgerError, LedgerSink, Receipt, Record, Sequence, Withdrawal, WithdrawnDocument};

    #[derive(Debug, Default)]
    struct Sink {
        full: AtomicBool,
        taken: Mutex<Vec<usize>>,
    }

    impl LedgerSink for Sink {
        fn append_record(&self, record: Record) -> Receipt {
            let Record::Withdrawn(withdrawn) = record else { panic!("{record:?}") };
            if self.full.load(Ordering::Relaxed) {
                return Receipt::refused(LedgerError::Closed);
            }
            self.taken.lock().unwrap().push(withdrawn.documents.len());
            Receipt::written(Sequence(1))
        }
    }

    #[test]
    fn what_the_ledger_does_not_take_is_handed_over_again_and_a_long_list_becomes_several_records() {
        let document = |at: usize| WithdrawnDocument {
            doc: DocumentId::parse(&format!("playbook/{at}")).unwrap(),
            sha256: Digest::of(b"x"),
            why: Withdrawal::Removed,
        };
        let (sink, mut withdrawals) = (Sink::default(), Withdrawals::default());
        sink.full.store(true, Ordering::Relaxed);
        withdrawals.note(7, &(0..=DOCUMENTS_MAX).map(document).collect::<Vec<_>>());
        withdrawals.record(&sink);
        assert_eq!(*sink.taken.lock().unwrap(), [0; 0]);
        sink.full.store(false, Ordering::Relaxed);
        withdrawals.record(&sink);
        withdrawals.record(&sink);
        assert_eq!(*sink.taken.lock().unwrap(), [DOCUMENTS_MAX, 1]);
    }
}
