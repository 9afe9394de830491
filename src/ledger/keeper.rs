//! Keeps a ledger open: one that stopped for want of room is opened again when there is room.
//!
//! A ledger that stopped never writes again, so that a new one may take up its folder: that verifies the last segment
//! and cuts what was never acknowledged. Only a full disk is waited for. After a failed sync nobody can say what is on
//! the disk, and a person has to look.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::record::Record;
use super::{Fault, Health, Ledger, LedgerError, LedgerSink, Opening, Options, Receipt};

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
}

#[derive(Debug)]
struct State {
    /// `None` once it is closed.
    ledger: Option<Arc<Ledger>>,
    tried: Option<Instant>,
}

impl Keeper {
    /// Opens the ledger in `folder`. The caller holds the lock of the data folder.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn open(folder: &Path, options: Options) -> Result<(Self, Opening), LedgerError> {
        let (ledger, opening) = Ledger::open(folder, options.clone())?;
        let state = State { ledger: Some(Arc::new(ledger)), tried: None };
        Ok((Self { folder: folder.to_owned(), options, state: Mutex::new(state) }, opening))
    }

    /// Whether records can be written; looks for room when they could not for want of it.
    #[must_use]
    pub fn health(&self) -> Health {
        let closed =
            || Fault { path: self.folder.clone(), what: "written any more", source: ErrorKind::BrokenPipe.into() };
        self.ledger().map_or_else(|| Health::Stopped(Arc::new(closed())), |ledger| ledger.health())
    }

    /// Writes what is queued and refuses everything from now on. Whoever lets go of the data folder calls this first:
    /// somebody may still hold the keeper. Blocks.
    pub fn close(&self) {
        let ledger = self.state.lock().unwrap_or_else(PoisonError::into_inner).ledger.take();
        // The last one to hold it waits for the writer.
        drop(ledger);
    }

    /// Where the ledger is, for those who read it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn ledger(&self) -> Option<Arc<Ledger>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let due = state.tried.is_none_or(|tried| tried.elapsed() >= PAUSE);
        let health = state.ledger.as_ref()?.health();
        if matches!(health, Health::Stopped(fault) if due && may_pass(&fault)) {
            state.tried = Some(Instant::now());
            self.open_again(&mut state);
        }
        state.ledger.clone()
    }

    fn open_again(&self, state: &mut State) {
        if !self.has_room() {
            return;
        }
        match Ledger::open(&self.folder, self.options.clone()) {
            Ok((ledger, _)) => {
                tracing::info!(ledger.path = %self.folder.display(), "ledger is opened again");
                state.ledger = Some(Arc::new(ledger));
            }
            Err(error) => {
                tracing::warn!(ledger.path = %self.folder.display(), %error, "ledger cannot be opened again yet");
            }
        }
    }

    /// Opening writes nothing when nothing was torn, so that it proves no room: this does.
    fn has_room(&self) -> bool {
        let probe = self.folder.join("room.probe");
        let fits = std::fs::write(&probe, vec![0; PROBE_BYTES]).is_ok();
        let _gone = std::fs::remove_file(&probe).is_ok();
        fits
    }
}

impl LedgerSink for Keeper {
    fn is_writing(&self) -> bool {
        matches!(self.health(), Health::Writing)
    }

    fn append_record(&self, record: Record) -> Receipt {
        self.ledger().map_or_else(|| Receipt::refused(LedgerError::Closed), |ledger| ledger.append_record(record))
    }
}

fn may_pass(fault: &Fault) -> bool {
    fault.what != "synced" && matches!(fault.source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}
