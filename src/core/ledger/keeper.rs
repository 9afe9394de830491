//! Keeps a ledger open: one that stopped for want of room is opened again when there is room; texts that are older
//! than they are kept are taken out; answers that were given without a record are counted.
//!
//! A ledger that stopped never writes again, so that a new one may take up its folder: that verifies the last segment
//! and cuts what was never acknowledged. Only a full disk is waited for. After a failed sync nobody can say what is on
//! the disk, and a person has to look.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::backwards::Backwards;
use super::chain;
use super::clock::Timestamp;
use super::disk::write_all;
use super::record::Record;
use super::retention::Retention;
use super::{
    Erasure, ErasureRule, Fault, Haste, Health, Ledger, LedgerError, LedgerSink, Missed, Opening, Options, Receipt,
};

/// How long to wait before looking for room again.
const PAUSE: Duration = Duration::from_secs(1);

/// Room for a group of records.
const PROBE_BYTES: usize = 256 * 1024;

/// A ledger that outlives a full disk.
#[derive(Debug)]
pub struct Keeper {
    folder: PathBuf,
    options: Options,
    state: Mutex<State>,
    retention: Mutex<Retention>,
    /// Held while texts are erased: whoever closes the ledger waits for it.
    erasing: Mutex<()>,
    missed: AtomicU64,
}

#[derive(Debug)]
struct State {
    /// `None` once it is closed.
    ledger: Option<Arc<Ledger>>,
    tried: Option<Instant>,
    /// Answers without a record that no record speaks of yet.
    missed: Option<Missed>,
}

impl Keeper {
    /// Opens the ledger in `folder`. The caller holds the lock of the data folder.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn open(folder: &Path, options: Options) -> Result<(Self, Opening), LedgerError> {
        let newest = newest(folder);
        let (ledger, opening) = Ledger::open(folder, options.clone())?;
        // A word for one start.
        let options = Options { accept_loss: false, ..options };
        let retention = Retention::new(options.text_days, newest, options.clock.now(), Instant::now());
        let state = State { ledger: Some(Arc::new(ledger)), tried: None, missed: None };
        let keeper = Self {
            folder: folder.to_owned(),
            options,
            state: Mutex::new(state),
            retention: Mutex::new(retention),
            erasing: Mutex::new(()),
            missed: AtomicU64::new(0),
        };
        Ok((keeper, opening))
    }

    /// Whether records can be written; looks for room when they could not for want of it.
    #[must_use]
    pub fn health(&self) -> Health {
        let closed =
            || Fault { path: self.folder.clone(), what: "written any more", source: ErrorKind::BrokenPipe.into() };
        self.ledger().map_or_else(|| Health::Stopped(Arc::new(closed())), |ledger| ledger.health())
    }

    /// How many answers were given without a record since the start.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// Writes what is queued and refuses everything from now on. Whoever lets go of the data folder calls this first:
    /// somebody may still hold the keeper. Blocks.
    pub fn close(&self) {
        let State { ledger, missed, .. } =
            std::mem::replace(&mut *self.state(), State { ledger: None, tried: None, missed: None });
        if let Some(Missed { answers, since, until }) = missed {
            tracing::warn!(ledger.missed = answers, %since, %until, "answers were given without a record, and the ledger cannot say so");
        }
        drop(self.erasing.lock().unwrap_or_else(PoisonError::into_inner));
        // The last one to hold it waits for the writer.
        drop(ledger);
    }

    /// Where the ledger is, for those who read it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Erases the texts that `rule` takes. Blocks.
    ///
    /// # Errors
    /// As [`Ledger::erase`].
    ///
    /// # Panics
    /// As [`Ledger::erase`].
    pub fn erase(&self, rule: &ErasureRule) -> Result<Erasure, LedgerError> {
        let _erasing = self.erasing.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken up behind the lock: none is held by an erasure that whoever closes does not wait for.
        self.ledger().ok_or(LedgerError::Closed)?.erase(rule)
    }

    /// Takes out the texts that are older than they are kept, if that is due; gives what went. Blocks.
    ///
    /// # Errors
    /// As [`Ledger::erase`]; then it is due again at once.
    ///
    /// # Panics
    /// As [`Ledger::erase`].
    pub fn retain(&self) -> Result<Option<Erasure>, LedgerError> {
        let due = || self.retention.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(before) = due().due(self.options.clock.now(), Instant::now()) else { return Ok(None) };
        self.erase(&ErasureRule::Retention(before)).map(Some).inspect_err(|_| due().failed())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ledger(&self) -> Option<Arc<Ledger>> {
        let mut state = self.state();
        let due = state.tried.is_none_or(|tried| tried.elapsed() >= PAUSE);
        match state.ledger.as_ref()?.health() {
            Health::Stopped(fault) if due && may_pass(&fault) => {
                state.tried = Some(Instant::now());
                self.open_again(&mut state);
            }
            // Some heard of the failure only after the ledger had been opened again.
            Health::Writing if state.missed.is_some() => {
                let missed = state.missed.take().map(Record::Missed);
                let _receipt =
                    missed.zip(state.ledger.as_ref()).map(|(missed, ledger)| ledger.append_record(missed, Haste::Now));
            }
            _ => {}
        }
        state.ledger.clone()
    }

    fn open_again(&self, state: &mut State) {
        if !self.has_room() {
            return;
        }
        let missed = state.missed.clone().map(Record::Missed);
        match Ledger::open_and_note(&self.folder, self.options.clone(), missed.as_ref()) {
            Ok((ledger, _)) => {
                tracing::info!(ledger.path = %self.folder.display(), "ledger is opened again");
                (state.ledger, state.missed) = (Some(Arc::new(ledger)), None);
            }
            Err(error) => {
                tracing::warn!(ledger.path = %self.folder.display(), %error, "ledger cannot be opened again yet");
            }
        }
    }

    /// Opening writes nothing when nothing was torn, so that it proves no room: this does.
    fn has_room(&self) -> bool {
        let probe = self.folder.join("room.probe");
        let made = self.options.disk.create(&probe);
        let fits = made.and_then(|mut file| write_all(file.as_mut(), &vec![0; PROBE_BYTES])).is_ok();
        let _gone = std::fs::remove_file(&probe).is_ok();
        fits
    }
}

impl LedgerSink for Keeper {
    fn is_writing(&self) -> bool {
        matches!(self.health(), Health::Writing)
    }

    fn append_record(&self, record: Record, haste: Haste) -> Receipt {
        self.ledger()
            .map_or_else(|| Receipt::refused(LedgerError::Closed), |ledger| ledger.append_record(record, haste))
    }

    fn note_missed(&self) {
        self.missed.fetch_add(1, Ordering::Relaxed);
        let (now, mut state) = (self.options.clock.now(), self.state());
        let missed = state.missed.get_or_insert(Missed { answers: 0, since: now, until: now });
        missed.answers += 1;
        missed.until = now;
    }
}

fn may_pass(fault: &Fault) -> bool {
    fault.what != "synced" && matches!(fault.source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// When the newest record of a ledger was written, as it says; nothing is known where there is none.
fn newest(folder: &Path) -> Option<Timestamp> {
    let mut lines = Backwards::new(folder).ok()?;
    lines.step().ok().filter(|found| *found)?;
    Timestamp::parse(std::str::from_utf8(chain::written_at(lines.line())?).ok()?).ok()
}
