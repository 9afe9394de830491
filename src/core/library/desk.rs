//! What all readers of a library share, and who a reader reads for.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

use crate::access::{Principal, Role, Scope};
use crate::corpus::{Document, Lines, Record};
use crate::history::{BlobId, Change, CommitId, LastChanges, Lineage};
use crate::ledger::{
    Clock, GATHERING_MAX, Haste, LedgerError, LedgerSink, Randomness, Receipt, Record as Line, Retrieval, RetrievalId,
    Verb,
};
use crate::retrieval::{Commit, Directory, Ranker};

use super::offload::Offload;
use super::shelf::{Places, Shelves};
use super::{Commits, Graph, ReadError, Records, graph};

pub use crate::ledger::{Client, Face};

/// As long a record of a crowd waits at least: about as long as a search takes.
const GATHERING_MIN: Duration = Duration::from_millis(2);

/// Who asks, and through which door.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// The door.
    pub face: Face,
    /// The program, as it names itself.
    pub client: Option<Client>,
    /// The version of the protocol it speaks, where there are several.
    pub protocol: Option<String>,
    /// W3C trace context: `traceparent`.
    pub trace: Option<String>,
    /// What the systems before it noted in the trace: `tracestate`. There is none without a trace.
    pub trace_state: Option<String>,
    /// The process on whose behalf it asks, as it calls it.
    pub process: Option<String>,
}

impl Caller {
    /// A caller of whom no more is known.
    #[must_use]
    pub fn new(principal: Principal, face: Face) -> Self {
        Self { principal, face, client: None, protocol: None, trace: None, trace_state: None, process: None }
    }
}

/// What all readers of a library share.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) ranker: Ranker,
    pub(super) sink: Arc<dyn LedgerSink>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Arc<dyn Randomness>,
    pub(super) offload: Offload,
    /// The last commit of each file, once history has been walked; absent outside of git.
    pub(super) changes: ArcSwapOption<LastChanges>,
    /// The commit of each line of each file, once its history has been walked as well.
    pub(super) lineage: ArcSwapOption<Lineage>,
    /// Where the collections are.
    pub(super) places: Arc<Places>,
    /// Who is told a commit's id.
    pub(super) commits: Commits,
    /// What happens to an answer whose record can't be written.
    pub(super) records: Records,
}

/// What was made of the shelves that were opened together last. Only readers of private shelves hold it: nothing leads
/// to it from a public handle.
#[derive(Debug, Default)]
pub(super) struct Union {
    graph: Kept<Graph>,
    directory: Kept<Directory>,
}

/// A thing and the states of the shelves it was made of, by name.
#[derive(Debug)]
struct Kept<T>(Mutex<Option<(States, Arc<T>)>>);

type States = Vec<(String, [u64; 2])>;

impl Desk {
    /// Begins a record: its id is known before the answer is made.
    pub(super) fn begin<S: Scope>(
        &self,
        caller: &Caller,
        verb: Verb,
        shelves: &Shelves<S>,
    ) -> Result<Retrieval, ReadError> {
        let id = RetrievalId::new(self.clock.as_ref(), self.randomness.as_ref())?;
        let mut record = Retrieval::new(id, &caller.principal, caller.face, verb);
        record.client.clone_from(&caller.client);
        record.protocol.clone_from(&caller.protocol);
        record.trace.clone_from(&caller.trace);
        record.trace_state.clone_from(&caller.trace_state);
        record.process.clone_from(&caller.process);
        for (name, generation) in shelves.generations() {
            record.scope.push(name.to_owned());
            record.generation.insert(name.to_owned(), generation);
        }
        let head = self.changes.load().as_ref().and_then(|changes| changes.head());
        record.commit = head.map(|commit| commit.to_string());
        Ok(record)
    }

    /// Puts the record into the ledger, on the thread that made the answer. Where few wait for a thread it may wait for the
    /// disk; else the ledger's own does, for several at once, and the next question is begun.
    pub(super) fn put(&self, mut record: Retrieval, started: Instant) -> Put {
        let took = started.elapsed();
        record.ms = (took.as_secs_f64() * 1e5).round() / 100.0;
        let public = record.scope.iter().all(|shelf| shelf == "public");
        let record = Line::Retrieval(Box::new(record));
        let haste = if self.offload.is_crowded() { Haste::Together(gathering(took)) } else { Haste::Here };
        Put { receipt: Some(self.sink.append_record(record, haste)), public }
    }

    /// Makes an answer on a thread of its own and waits until its record stands; it may leave when this returns. Says
    /// whether the record does: where none is required, an answer of the public shelf alone leaves without one.
    pub(super) async fn answer<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<(R, Put), ReadError> + Send + 'static,
    ) -> Result<(R, bool), ReadError> {
        let (answer, Written { outcome, public }) = self.offload.run_to_end(work).await?;
        match outcome {
            Ok(()) => Ok((answer, true)),
            Err(LedgerError::Stopped(_)) if public && self.records == Records::BestEffort => {
                self.sink.note_missed();
                Ok((answer, false))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The last commit that touched a document's file, whatever bytes it has now.
    pub(super) fn last_commit(&self, record: &Record) -> Option<CommitId> {
        Some(self.changes.load().as_ref()?.get(&self.path_of(record)?)?.commit)
    }

    /// The commit that made a document's bytes, for the ledger.
    pub(super) fn commit_of_bytes(&self, record: &Record) -> Option<CommitId> {
        let blob = BlobId::from_bytes(record.git_blob?);
        Some(self.changes.load().as_ref()?.commit_of(&self.path_of(record)?, blob)?.commit)
    }

    /// The last commit of a document, as a reader of this role may know it.
    pub(super) fn commit_of(&self, record: &Record, role: Role) -> Option<Commit> {
        let changes = self.changes.load();
        let change = changes.as_ref()?.commit_of(&self.path_of(record)?, BlobId::from_bytes(record.git_blob?))?;
        Some(self.told(change, role))
    }

    /// What history says of some lines of a document, as a reader of this role may know it.
    pub(super) fn provenance(&self, record: &Record, lines: Lines, role: Role) -> Provenance {
        let changes = self.changes.load();
        let (Some(changes), Some(path), Some(blob)) = (changes.as_ref(), self.path_of(record), record.git_blob) else {
            return Provenance::default();
        };
        let blob = BlobId::from_bytes(blob);
        if changes.blob(&path) != Some(blob) {
            return Provenance { uncommitted: changes.head().is_some(), ..Provenance::default() };
        }
        let lineage = self.lineage.load();
        let last = changes.commit_of(&path, blob);
        let newest = lineage.as_ref().and_then(|lineage| lineage.newest(&path, blob, lines.first, lines.last));
        Provenance {
            commit: newest.or(last).map(|change| self.told(change, role)),
            updated: last.map(Change::date),
            uncommitted: false,
        }
    }

    fn told(&self, change: &Change, role: Role) -> Commit {
        let told = self.commits == Commits::Everyone || role == Role::Owner;
        let id = told.then(|| change.commit.to_string());
        Commit { id, date: change.date(), author: change.author.clone() }
    }

    /// A document's file, relative to the root; `None` for one outside of it.
    pub(super) fn path_of(&self, record: &Record) -> Option<String> {
        let place = self.places.get(record.id.collection())?;
        Some(if place.is_empty() { record.path.to_string() } else { format!("{place}/{}", record.path) })
    }
}

/// For how long a record waits for others to go along in a crowd: a quarter of what its question took from when it was
/// asked, within bounds. The longer the line, the more records share a sync and a waking.
fn gathering(took: Duration) -> Duration {
    (took / 4).clamp(GATHERING_MIN, GATHERING_MAX)
}

/// A record on its way into the ledger.
pub(super) struct Put {
    /// There is none for an answer that gives nothing.
    receipt: Option<Receipt>,
    /// Whether its answer is of the public shelf alone.
    public: bool,
}

/// How it went with a record.
pub(super) struct Written {
    outcome: Result<(), LedgerError>,
    public: bool,
}

impl Put {
    /// What stands for the record of an answer that gives nothing.
    pub(super) const NOTHING: Self = Self { receipt: None, public: false };
}

impl Future for Put {
    type Output = Written;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Written> {
        let outcome = match &mut self.receipt {
            None => Poll::Ready(Ok(())),
            Some(receipt) => Pin::new(receipt).poll(cx).map_ok(|_| ()),
        };
        outcome.map(|outcome| Written { outcome, public: self.public })
    }
}

/// What history says of some lines.
#[derive(Debug, Default)]
pub(super) struct Provenance {
    /// The newest commit that wrote one of them.
    pub(super) commit: Option<Commit>,
    /// The date of the document's last commit.
    pub(super) updated: Option<String>,
    /// Whether no commit has the document as it is.
    pub(super) uncommitted: bool,
}

impl Union {
    /// The graph over everything in `shelves`.
    pub(super) fn graph<S: Scope>(&self, shelves: &Shelves<S>, places: &Places) -> Arc<Graph> {
        self.graph.of(shelves, |documents| Graph::of(documents.iter().map(Document::record), places))
    }

    /// What the documents in `shelves` are called.
    pub(super) fn directory<S: Scope>(&self, shelves: &Shelves<S>, places: &Places) -> Arc<Directory> {
        let names = |documents: &[Document<S>]| graph::names(documents.iter().map(Document::record), places);
        self.directory.of(shelves, |documents| Directory::of(&names(documents)))
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Kept<T> {
    /// What is kept until one of the shelves changes, or others are opened together. Who comes while it is made waits
    /// for it.
    fn of<S: Scope>(&self, shelves: &Shelves<S>, make: impl Fn(&[Document<S>]) -> T) -> Arc<T> {
        let states: States = shelves.states().map(|(name, state)| (name.to_owned(), state)).collect();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, made)) = kept.as_ref().filter(|(of, _)| *of == states) {
            return Arc::clone(made);
        }
        let made = Arc::new(make(&shelves.documents()));
        *kept = Some((states, Arc::clone(&made)));
        made
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::gathering;

    #[test]
    fn a_record_waits_a_quarter_of_what_its_question_took_and_never_for_long() {
        let waits = [1, 8, 20, 500].map(|ms| gathering(Duration::from_millis(ms)).as_millis());
        assert_eq!(waits, [2, 2, 5, 8]);
    }
}
