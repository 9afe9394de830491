//! Writes records: group commit, rotation, and the end of all acknowledgement at the first fault.
//!
//! A lone record waits for one sync and nothing else: a thread that may wait for a disk writes it itself, so that nobody
//! has to be woken. Where one answer is made after the other, the writer's thread gives their records a moment to gather,
//! so that one sync, and one waking of the thread and of those who wait, is for several: a group. A group is kept in the
//! journal, under one sync; then its lines and texts are in their files for readers to see, and its receipts are
//! released. After the first failed write, sync or rename nothing is written any more but a cut of what was not
//! acknowledged; a file that failed is never synced again.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::checkpoint::Stand;
use super::clock::{Clock, Randomness, Timestamp};
use super::disk::{Disk, DiskFile, write_all};
use super::error::Fault;
use super::journal::{self, Journal};
use super::month::{Draft, Month};
use super::notary::Notary;
use super::record::{Header, Record, Sequence};
use super::retention::TextDays;
use super::segment;
use super::sink::{GATHERING_MAX, Haste, LedgerSink, Outcome, Receipt};
use super::text::{self, Eraser, SharedEraser};
use super::{LedgerError, MAX_RECORD_BYTES};

/// The most records one sync covers.
const GROUP: usize = 256;
/// What an envelope and a seal take at most.
const ENVELOPE_BYTES: usize = 256;

/// What the writer's thread is asked for.
#[derive(Debug)]
pub(super) enum Job {
    /// To write a record.
    Write(Queued, Haste),
    /// To settle the files, and have signed where the ledger stands.
    Settle,
}

impl Job {
    /// For how long others may come to go along with it.
    fn may_wait(&self) -> Duration {
        match self {
            Self::Write(_, Haste::Together(moment)) => (*moment).min(GATHERING_MAX),
            _ => Duration::ZERO,
        }
    }
}

/// A record on its way to the writer: in JSON already, so that the one thread does little.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) kind: &'static str,
    pub(super) body: Vec<u8>,
    /// The lines for the text file, one for each text that the record has.
    pub(super) text: Vec<u8>,
    pub(super) answer: oneshot::Sender<Outcome>,
}

/// Whether records can be written.
#[derive(Debug, Clone)]
pub enum Health {
    /// They can.
    Writing,
    /// They can't, since this fault; a restart is needed.
    Stopped(Arc<Fault>),
}

type Stop = Arc<Mutex<Option<Arc<Fault>>>>;

/// The open ledger of a data folder. Dropping it writes what is queued and settles its files.
#[derive(Debug)]
pub struct Ledger {
    sender: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    pen: Pen,
    eraser: SharedEraser,
    randomness: Arc<dyn Randomness>,
    text_days: TextDays,
}

/// What a ledger needs beside its tail.
#[derive(Debug)]
pub(super) struct Outfit {
    pub(super) jobs: (mpsc::Sender<Job>, mpsc::Receiver<Job>),
    pub(super) randomness: Arc<dyn Randomness>,
    pub(super) eraser: Eraser,
    /// How long texts are kept; those that are kept for no day are not written.
    pub(super) text_days: TextDays,
}

impl Ledger {
    /// Starts the thread on a tail that `open` prepared.
    pub(super) fn start(tail: Tail, outfit: Outfit) -> Result<Self, Fault> {
        let Outfit { jobs: (sender, receiver), randomness, eraser, text_days } = outfit;
        let folder = tail.folder.clone();
        let pen = Pen { tail: Arc::new(Mutex::new(tail)), stop: Stop::default() };
        let theirs = pen.clone();
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || write_groups(&theirs, receiver))
            .map_err(Fault::of(&folder, "given a thread"))?;
        let eraser = Mutex::new(eraser);
        Ok(Self { sender: Some(sender), thread: Some(thread), pen, eraser, randomness, text_days })
    }

    /// Whether records can be written.
    #[must_use]
    pub fn health(&self) -> Health {
        self.pen.stopped().map_or(Health::Writing, Health::Stopped)
    }

    pub(super) fn eraser(&self) -> &SharedEraser {
        &self.eraser
    }

    /// Puts a month's file that was written anew into its place.
    pub(super) fn replace(&self, draft: Draft) -> Result<(), LedgerError> {
        let mut tail = self.pen.tail();
        self.pen.unless_stopped(&mut tail, Tail::forget).map_err(LedgerError::Stopped)?;
        Ok(tail.texts.replace(draft)?)
    }

    fn prepare(&self, mut record: Record) -> Result<(Queued, oneshot::Receiver<Outcome>), LedgerError> {
        let text = text::part(&mut record, self.randomness.as_ref(), self.text_days)?;
        let body = record.body().map_err(|error| LedgerError::Encode(Arc::new(error)))?;
        let bytes = body.len().max(text.len()) + ENVELOPE_BYTES;
        if bytes > MAX_RECORD_BYTES {
            return Err(LedgerError::TooLarge { bytes });
        }
        let (answer, outcome) = oneshot::channel();
        Ok((Queued { kind: record.kind(), body, text, answer }, outcome))
    }

    fn enter(&self, entry: Queued, haste: Haste, outcome: oneshot::Receiver<Outcome>) -> Receipt {
        let Some(sender) = &self.sender else { return Receipt::refused(LedgerError::Closed) };
        match sender.try_send(Job::Write(entry, haste)) {
            Ok(()) => Receipt::queued(outcome),
            Err(mpsc::error::TrySendError::Full(job)) => Receipt::full(sender.downgrade(), job, outcome),
            Err(mpsc::error::TrySendError::Closed(_)) => Receipt::refused(LedgerError::Closed),
        }
    }
}

impl LedgerSink for Ledger {
    fn append_record(&self, record: Record, haste: Haste) -> Receipt {
        let (entry, outcome) = match self.prepare(record) {
            Ok(prepared) => prepared,
            Err(error) => return Receipt::refused(error),
        };
        if haste != Haste::Here {
            return self.enter(entry, haste, outcome);
        }
        let tail = match self.pen.tail.try_lock() {
            Ok(tail) => tail,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return self.enter(entry, Haste::Now, outcome),
        };
        match self.pen.write(tail, std::slice::from_ref(&entry)) {
            Ok((first, due)) => {
                if due && let Some(sender) = &self.sender {
                    // In a full queue there is a record, and whoever writes that sees that it is due.
                    let _asked = sender.try_send(Job::Settle).is_ok();
                }
                Receipt::written(Sequence(first))
            }
            Err(fault) => Receipt::refused(LedgerError::Stopped(fault)),
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        drop(self.sender.take());
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has already failed every receipt; there is nobody left to tell.
            drop(thread.join());
        }
        self.pen.close();
    }
}

/// The tail of the ledger, for whoever writes next, and the fault that ended all writing, if one did.
#[derive(Debug, Clone)]
struct Pen {
    tail: Arc<Mutex<Tail>>,
    stop: Stop,
}

impl Pen {
    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stopped(&self) -> Option<Arc<Fault>> {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes a group durably; gives the `seq` of its first record, and whether the files should be settled.
    fn write(&self, mut tail: MutexGuard<'_, Tail>, group: &[Queued]) -> Result<(u64, bool), Arc<Fault>> {
        let first = self.unless_stopped(&mut tail, |tail| tail.write_group(group))?;
        Ok((first, tail.is_settling_due()))
    }

    /// Settles the files.
    fn settle(&self) {
        let settled = self.unless_stopped(&mut self.tail(), |tail| {
            tail.settle()?;
            tail.have_signed();
            Ok(())
        });
        // Whoever comes next is told.
        drop(settled);
    }

    fn unless_stopped<T>(
        &self,
        tail: &mut Tail,
        work: impl FnOnce(&mut Tail) -> Result<T, Fault>,
    ) -> Result<T, Arc<Fault>> {
        if let Some(fault) = self.stopped() {
            return Err(fault);
        }
        work(tail).map_err(|fault| {
            let fault = Arc::new(fault);
            // Before anybody hears of the fault, who may open the ledger again at once.
            if let Some(notary) = tail.notary.take() {
                notary.abandon();
            }
            *self.stop.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&fault));
            fault
        })
    }

    /// Settles the files and has signed where the ledger stands.
    fn close(&self) {
        self.settle();
        let notary = self.tail().notary.take();
        // It ends when it has signed.
        drop(notary);
    }
}

fn write_groups(pen: &Pen, mut receiver: mpsc::Receiver<Job>) {
    let (mut jobs, mut group) = (Vec::with_capacity(GROUP), Vec::with_capacity(GROUP));
    while receiver.blocking_recv_many(&mut jobs, GROUP) > 0 {
        if jobs.len() < GROUP {
            std::thread::sleep(jobs.iter().map(Job::may_wait).min().unwrap_or_default());
        }
        let tail = pen.tail();
        // Whoever came meanwhile goes along.
        while jobs.len() < GROUP
            && let Ok(job) = receiver.try_recv()
        {
            jobs.push(job);
        }
        let mut settle = false;
        for job in jobs.drain(..) {
            match job {
                Job::Write(entry, _) => group.push(entry),
                Job::Settle => settle = true,
            }
        }
        let outcome = if group.is_empty() {
            drop(tail);
            Ok((0, settle))
        } else {
            pen.write(tail, &group)
        };
        match outcome {
            Ok((first, due)) => {
                for (entry, seq) in group.drain(..).zip(first..) {
                    // Whoever asked may be gone; the record stands all the same.
                    drop(entry.answer.send(Ok(Sequence(seq))));
                }
                if due || settle {
                    pen.settle();
                }
            }
            Err(fault) => {
                for entry in group.drain(..) {
                    drop(entry.answer.send(Err(LedgerError::Stopped(Arc::clone(&fault)))));
                }
            }
        }
    }
}

/// The end of the ledger, where lines are added.
#[derive(Debug)]
pub(super) struct Tail {
    pub(super) folder: PathBuf,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) segment_bytes: u64,
    pub(super) log: String,
    pub(super) boot: String,
    pub(super) texts: Month,
    pub(super) journal: Journal,
    /// Where the ledger stands: everything up to here survives a power cut, in its segment or in the journal.
    pub(super) stand: Stand,
    /// The newest segment; there is none before the first, and after a cut.
    pub(super) open: Option<OpenSegment>,
    /// The number the next segment gets.
    pub(super) next_segment: u64,
    /// Who signs where the ledger stands; there is none until what a start has to say is written.
    pub(super) notary: Option<Notary>,
}

/// The segment that lines go to.
#[derive(Debug)]
pub(super) struct OpenSegment {
    pub(super) number: u64,
    pub(super) file: Box<dyn DiskFile>,
    pub(super) len_bytes: u64,
    pub(super) day: i64,
}

impl Tail {
    /// Writes a group durably and returns the `seq` of its first record.
    pub(super) fn write_group(&mut self, group: &[Queued]) -> Result<u64, Fault> {
        let now = self.clock.now();
        let bytes: usize = group.iter().map(|entry| entry.body.len() + ENVELOPE_BYTES).sum();
        self.rotate_for(bytes as u64, now)?;
        let (ts, first, mut stand) = (now.to_string(), self.stand.size() + 1, self.stand.clone());
        let (mut lines, mut texts) = (Vec::new(), Vec::new());
        for entry in group {
            let envelope = (stand.size() + 1, ts.as_str(), self.boot.as_str(), entry.kind);
            segment::write_line(&mut lines, envelope, &entry.body, &mut stand);
            texts.extend_from_slice(&entry.text);
        }
        let place = self.place(now, &lines, &texts)?;
        self.journal.keep(&place, &lines, &texts)?;
        self.write_lines(&lines)?;
        self.texts.write(&texts)?;
        self.stand = stand;
        Ok(first)
    }

    /// Where the next lines and texts belong.
    fn place(&mut self, now: Timestamp, lines: &[u8], texts: &[u8]) -> Result<journal::Place, Fault> {
        let month = now.month();
        if !texts.is_empty() && self.texts.is_over(&month) {
            self.settle()?;
        }
        let text_from = if texts.is_empty() { 0 } else { self.texts.begin(&month)? };
        let (segment, from) = self.open.as_ref().map_or((0, 0), |open| (open.number, open.len_bytes));
        Ok(journal::Place { segment, from, lines_bytes: lines.len(), month, text_from, texts_bytes: texts.len() })
    }

    fn write_lines(&mut self, lines: &[u8]) -> Result<(), Fault> {
        let Some(open) = &mut self.open else {
            return Err(Fault::of(&self.folder, "written")(std::io::ErrorKind::NotFound.into()));
        };
        if let Err(error) = write_all(open.file.as_mut(), lines) {
            // Nothing of this group was acknowledged; the journal makes it records that nobody waits for.
            drop(open.file.cut(open.len_bytes));
            return Err(Fault::of(&segment::path(&self.folder, open.number), "written")(error));
        }
        open.len_bytes += lines.len() as u64;
        Ok(())
    }

    /// Whether the journal is long, or a checkpoint due.
    fn is_settling_due(&self) -> bool {
        self.journal.is_long() || self.notary.as_ref().is_some_and(|notary| notary.is_due(&self.stand))
    }

    /// Returns when the files have on the disk what the journal has.
    fn settle(&mut self) -> Result<(), Fault> {
        if !self.journal.is_empty() {
            if let Some(open) = &mut self.open {
                open.file.sync().map_err(Fault::of(&segment::path(&self.folder, open.number), "synced"))?;
            }
            self.texts.sync()?;
            self.journal.begin_anew()?;
        }
        if let Some(notary) = &mut self.notary {
            notary.note(&self.stand);
        }
        Ok(())
    }

    /// Has signed where the ledger stands, if it is settled.
    fn have_signed(&mut self) {
        if let Some(notary) = &mut self.notary
            && self.journal.is_empty()
        {
            notary.have_signed(&self.stand);
        }
    }

    /// Settles the files and leaves nothing in the journal, after a power cut neither: a text is to be erased.
    fn forget(&mut self) -> Result<(), Fault> {
        self.settle()?;
        self.journal.forget()
    }

    /// Begins a new segment if there is none, if the day is over, or if `bytes` more would be too many.
    fn rotate_for(&mut self, bytes: u64, now: Timestamp) -> Result<(), Fault> {
        if let Some(open) = &self.open
            && open.len_bytes.saturating_add(bytes) <= self.segment_bytes
            // A clock that steps back over midnight must not make a segment a group.
            && open.day >= now.day()
        {
            return Ok(());
        }
        self.settle()?;
        self.open = None;
        if let Some(notary) = &mut self.notary
            && self.stand.size() > 0
        {
            notary.note_end_of_segment(&self.stand);
        }
        let header =
            Record::Segment(Header { log: self.log.clone(), segment: self.next_segment, prev: self.stand.head });
        let place = segment::path(&self.folder, self.next_segment);
        let body = header.body().map_err(|error| Fault::of(&place, "written")(error.into()))?;
        let (mut line, ts, mut stand) = (Vec::new(), now.to_string(), self.stand.clone());
        let envelope = (stand.size() + 1, ts.as_str(), self.boot.as_str(), header.kind());
        segment::write_line(&mut line, envelope, &body, &mut stand);
        let file = segment::begin(self.disk.as_ref(), &self.folder, self.next_segment, &line)?;
        self.stand = stand;
        self.open = Some(OpenSegment { number: self.next_segment, file, len_bytes: line.len() as u64, day: now.day() });
        self.next_segment += 1;
        Ok(())
    }

    /// Writes one record before the thread is started.
    pub(super) fn write_first(&mut self, record: &Record) -> Result<u64, LedgerError> {
        let body = record.body().map_err(|error| LedgerError::Encode(Arc::new(error)))?;
        let (answer, _) = oneshot::channel();
        Ok(self.write_group(&[Queued { kind: record.kind(), body, text: Vec::new(), answer }])?)
    }
}
