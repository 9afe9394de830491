//! The seam through which records are appended, and the receipt one gets.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::LedgerError;
use super::record::{Record, Sequence};
use super::retrieval::Retrieval;
use super::writer::Job;

/// The longest that a group is gathered.
pub const GATHERING_MAX: Duration = Duration::from_millis(8);

/// When a record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Haste {
    /// At once, and on this thread, which may wait for a disk, where nobody else is being written for: then nobody has to be
    /// woken.
    Here,
    /// At once, or with a group that is being gathered.
    Now,
    /// With a group, under one sync. Where none is being gathered, others have so long to go along, and no longer than
    /// [`GATHERING_MAX`].
    Together(Duration),
}

/// Takes records, and nothing else: no reading, no rewriting.
pub trait LedgerSink: Send + Sync + fmt::Debug {
    /// Appends a record of any kind. The answer it is about may leave when the receipt says so, and not before.
    fn append_record(&self, record: Record, haste: Haste) -> Receipt;

    /// Whether a record would be taken now, as far as is known.
    fn is_writing(&self) -> bool {
        true
    }

    /// Takes note of an answer that was given without a record.
    fn note_missed(&self) {}

    /// Appends a retrieval.
    fn append(&self, retrieval: Retrieval) -> Receipt {
        self.append_record(Record::Retrieval(Box::new(retrieval)), Haste::Now)
    }
}

/// What the writer answers.
pub(super) type Outcome = Result<Sequence, LedgerError>;

/// Becomes the record's place in the ledger once it survives a power cut.
///
/// Async callers await it; a full queue then suspends the task, not the thread. Sync callers [`wait`](Self::wait).
/// A receipt that is dropped appends nothing if the queue was full, and else appends without anybody hearing of it.
#[must_use = "the record is not written until the receipt says so"]
pub struct Receipt(State);

enum State {
    /// It is known already.
    Known(Option<Outcome>),
    /// The record is in the queue.
    Queued(oneshot::Receiver<Outcome>),
    /// The queue was full. The sender is a weak one: a receipt that nobody polls does not keep the ledger from closing.
    Full(Option<Box<Refusal>>),
    /// A task waits for room in the queue.
    Entering(Pin<Box<dyn Future<Output = bool> + Send>>, Option<oneshot::Receiver<Outcome>>),
}

/// A record that found the queue full.
struct Refusal {
    sender: mpsc::WeakSender<Job>,
    entry: Job,
    answer: oneshot::Receiver<Outcome>,
}

impl Receipt {
    /// A receipt for a record that is written.
    pub fn written(sequence: Sequence) -> Self {
        Self(State::Known(Some(Ok(sequence))))
    }

    /// A receipt for a record that will not be written.
    pub fn refused(error: LedgerError) -> Self {
        Self(State::Known(Some(Err(error))))
    }

    pub(super) fn queued(answer: oneshot::Receiver<Outcome>) -> Self {
        Self(State::Queued(answer))
    }

    pub(super) fn full(sender: mpsc::WeakSender<Job>, entry: Job, answer: oneshot::Receiver<Outcome>) -> Self {
        Self(State::Full(Some(Box::new(Refusal { sender, entry, answer }))))
    }

    /// Blocks until the record is written. For threads that may block; in an async task, await instead.
    ///
    /// # Errors
    /// Fails when the record was not written.
    ///
    /// # Panics
    /// Panics on a thread that drives async tasks, as `tokio::sync::oneshot::Receiver::blocking_recv` does.
    pub fn wait(self) -> Result<Sequence, LedgerError> {
        match self.0 {
            State::Known(outcome) => outcome.unwrap_or(Err(LedgerError::Closed)),
            State::Queued(answer) => answer.blocking_recv().unwrap_or(Err(LedgerError::Closed)),
            State::Full(waiting) => {
                let Refusal { sender, entry, answer } = *waiting.ok_or(LedgerError::Closed)?;
                let sender = sender.upgrade().ok_or(LedgerError::Closed)?;
                sender.blocking_send(entry).map_err(|_| LedgerError::Closed)?;
                drop(sender);
                answer.blocking_recv().unwrap_or(Err(LedgerError::Closed))
            }
            // Somebody polled it and then waits: its record may be in the queue or not, and must not be sent twice.
            State::Entering(..) => Err(LedgerError::Closed),
        }
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            State::Known(_) => "Receipt(known)",
            State::Queued(_) => "Receipt(queued)",
            State::Full(_) | State::Entering(..) => "Receipt(waiting for the queue)",
        })
    }
}

impl Future for Receipt {
    type Output = Result<Sequence, LedgerError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let next = match &mut self.0 {
                State::Known(outcome) => return Poll::Ready(outcome.take().unwrap_or(Err(LedgerError::Closed))),
                State::Queued(answer) => {
                    return Pin::new(answer).poll(cx).map(|said| said.unwrap_or(Err(LedgerError::Closed)));
                }
                State::Full(waiting) => match waiting.take().map(|waiting| *waiting) {
                    Some(Refusal { sender, entry, answer }) => {
                        State::Entering(Box::pin(enter(sender, entry)), Some(answer))
                    }
                    None => State::Known(None),
                },
                State::Entering(entering, answer) => match entering.as_mut().poll(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(true) => answer.take().map_or(State::Known(None), State::Queued),
                    Poll::Ready(false) => State::Known(None),
                },
            };
            self.0 = next;
        }
    }
}

async fn enter(sender: mpsc::WeakSender<Job>, entry: Job) -> bool {
    match sender.upgrade() {
        Some(sender) => sender.send(entry).await.is_ok(),
        None => false,
    }
}
