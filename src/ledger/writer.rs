//! The one thread that writes: natural group commit, rotation, and the end of all acknowledgement at the first fault.
//!
//! A lone record waits for one sync and nothing else: there is no timer. While a group is being synced the next one
//! gathers in the queue. Order within a group: texts and lines are written and synced side by side, and when both are
//! on the disk the group's receipts are released. After the first failed write, sync or rename the writer touches the
//! file only once more, to cut what was not acknowledged; it never syncs it again.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::checkpoint::Stand;
use super::clock::{Clock, Randomness, Timestamp};
use super::disk::{Disk, DiskFile, write_all};
use super::error::Fault;
use super::notary::Notary;
use super::record::{Header, Record, Sequence};
use super::segment;
use super::sink::{LedgerSink, Outcome, Receipt};
use super::text::{self, Eraser, SharedEraser, TextWriter};
use super::{LedgerError, MAX_RECORD_BYTES};

/// The most records one sync covers.
const GROUP: usize = 256;
/// What an envelope and a seal take at most.
const ENVELOPE_BYTES: usize = 256;

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

/// The open ledger of a data folder. Dropping it writes what is queued and ends the writer.
#[derive(Debug)]
pub struct Ledger {
    sender: Option<mpsc::Sender<Queued>>,
    thread: Option<JoinHandle<()>>,
    eraser: SharedEraser,
    stop: Stop,
    randomness: Arc<dyn Randomness>,
    keep_texts: bool,
}

/// What a ledger needs beside its thread.
#[derive(Debug)]
pub(super) struct Outfit {
    pub(super) queue: usize,
    pub(super) randomness: Arc<dyn Randomness>,
    pub(super) eraser: Eraser,
    /// Whether texts of questions are written.
    pub(super) keep_texts: bool,
}

impl Ledger {
    /// Starts the thread on a tail that `open` prepared.
    pub(super) fn start(tail: Tail, outfit: Outfit) -> Result<Self, Fault> {
        let Outfit { queue, randomness, eraser, keep_texts } = outfit;
        let (sender, receiver) = mpsc::channel(queue.max(1));
        let stop = Stop::default();
        let (folder, said) = (tail.folder.clone(), Arc::clone(&stop));
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || write_groups(tail, receiver, &said))
            .map_err(Fault::of(&folder, "given a thread"))?;
        let eraser = Mutex::new(eraser);
        Ok(Self { sender: Some(sender), thread: Some(thread), eraser, stop, randomness, keep_texts })
    }

    /// Whether records can be written.
    #[must_use]
    pub fn health(&self) -> Health {
        match self.stop.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some(fault) => Health::Stopped(Arc::clone(fault)),
            None => Health::Writing,
        }
    }

    pub(super) fn eraser(&self) -> &SharedEraser {
        &self.eraser
    }

    fn prepare(&self, mut record: Record) -> Result<(Queued, oneshot::Receiver<Outcome>), LedgerError> {
        let text = text::part(&mut record, self.randomness.as_ref(), self.keep_texts)?;
        let body = record.body().map_err(|error| LedgerError::Encode(Arc::new(error)))?;
        let bytes = body.len().max(text.len()) + ENVELOPE_BYTES;
        if bytes > MAX_RECORD_BYTES {
            return Err(LedgerError::TooLarge { bytes });
        }
        let (answer, outcome) = oneshot::channel();
        Ok((Queued { kind: record.kind(), body, text, answer }, outcome))
    }
}

impl LedgerSink for Ledger {
    fn append_record(&self, record: Record) -> Receipt {
        let (entry, outcome) = match self.prepare(record) {
            Ok(prepared) => prepared,
            Err(error) => return Receipt::refused(error),
        };
        let Some(sender) = &self.sender else { return Receipt::refused(LedgerError::Closed) };
        match sender.try_send(entry) {
            Ok(()) => Receipt::queued(outcome),
            Err(mpsc::error::TrySendError::Full(entry)) => Receipt::full(sender.downgrade(), entry, outcome),
            Err(mpsc::error::TrySendError::Closed(_)) => Receipt::refused(LedgerError::Closed),
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
    }
}

fn write_groups(mut tail: Tail, mut receiver: mpsc::Receiver<Queued>, stop: &Stop) {
    let mut group = Vec::with_capacity(GROUP);
    while receiver.blocking_recv_many(&mut group, GROUP) > 0 {
        let stopped = stop.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let outcome = match stopped {
            Some(fault) => Err(fault),
            None => tail.write_group(&group).map_err(|fault| {
                let fault = Arc::new(fault);
                // Before anybody hears of the fault, who may open the ledger again at once.
                if let Some(notary) = tail.notary.take() {
                    notary.abandon();
                }
                *stop.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&fault));
                fault
            }),
        };
        match outcome {
            Ok(first) => {
                for (entry, seq) in group.drain(..).zip(first..) {
                    // Whoever asked may be gone; the record stands all the same.
                    drop(entry.answer.send(Ok(Sequence(seq))));
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

/// The end of the ledger, where lines are added. It belongs to one thread.
#[derive(Debug)]
pub(super) struct Tail {
    pub(super) folder: PathBuf,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) segment_bytes: u64,
    pub(super) log: String,
    pub(super) boot: String,
    pub(super) texts: TextWriter,
    /// Where the ledger stands: everything up to here survives a power cut.
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
        let texts: Vec<u8> = group.iter().flat_map(|entry| entry.text.iter().copied()).collect();
        let texts_begun = self.texts.begin(now, texts)?;
        let written = self.write_lines(group, now);
        // The texts are waited for even when the lines failed, so that no write is under way afterwards.
        if texts_begun { self.texts.end().and(written) } else { written }
    }

    fn write_lines(&mut self, group: &[Queued], now: Timestamp) -> Result<u64, Fault> {
        let (ts, first, mut stand) = (now.to_string(), self.stand.size() + 1, self.stand.clone());
        let mut lines = Vec::new();
        for entry in group {
            let envelope = (stand.size() + 1, ts.as_str(), self.boot.as_str(), entry.kind);
            segment::write_line(&mut lines, envelope, &entry.body, &mut stand);
        }
        let Some(open) = &mut self.open else {
            return Err(Fault::of(&self.folder, "written")(std::io::ErrorKind::NotFound.into()));
        };
        let path = segment::path(&self.folder, open.number);
        let done = write_all(open.file.as_mut(), &lines)
            .map_err(Fault::of(&path, "written"))
            .and_then(|()| open.file.sync().map_err(Fault::of(&path, "synced")));
        if let Err(fault) = done {
            // Nothing of this group was acknowledged. If even the cut fails, the next start decides by the chain.
            drop(open.file.cut(open.len_bytes));
            return Err(fault);
        }
        open.len_bytes += lines.len() as u64;
        self.stand = stand;
        if let Some(notary) = &mut self.notary {
            notary.note(&self.stand);
        }
        Ok(first)
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
