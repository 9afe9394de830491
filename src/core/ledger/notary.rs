//! Signs where the ledger stands, on a thread of its own, and writes it into `ledger/checkpoints`.
//!
//! When: every so many lines, some time after a line that no checkpoint covers yet, at the end of every segment, and when
//! the ledger is closed. Only what survives a power cut is signed, so that after one the ledger is never shorter than
//! its last checkpoint.
//!
//! No record and no answer waits for a checkpoint. One that can't be written is a warning: records go on being
//! acknowledged, since each is on the disk already, and the next checkpoint covers what this one would have covered. A
//! file that failed to take or to sync a line is not used again: the next checkpoint writes the lines anew, beside the
//! place of the file, and puts them there by one rename.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc;

use super::checkpoint::{Checkpoint, Stand};
use super::clock::Clock;
use super::disk::{Disk, DiskFile, write_all};
use super::error::Fault;
use super::key::Key;
use super::writer::Job;

/// The name of the file, in the ledger's folder.
pub(super) const FILE: &str = "checkpoints";

/// How often a checkpoint is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// After so many lines.
    pub(super) lines: u64,
    /// So long after a line that no checkpoint covers.
    pub(super) after: Duration,
}

/// The writer's end: it is told where the ledger stands, and never waits.
#[derive(Debug)]
pub(super) struct Notary {
    slate: Arc<Slate>,
    pace: Pace,
    /// The size that was asked to be signed last.
    asked: u64,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Slate {
    told: Mutex<Told>,
    wake: Condvar,
}

#[derive(Debug)]
struct Told {
    /// Where the ledger stands; nothing once it stopped.
    newest: Option<Stand>,
    /// What is to be signed, and whether with its frontier; oldest first.
    due: Vec<(Stand, bool)>,
    closing: bool,
}

impl Notary {
    /// Starts the thread. The ledger stands at `stand`; `due` is what an earlier run left to be signed. When it is time to
    /// sign, `writer` is asked to settle the files first.
    pub(super) fn start(
        book: Book,
        stand: Stand,
        due: Option<Stand>,
        pace: Pace,
        writer: mpsc::WeakSender<Job>,
    ) -> Result<Self, Fault> {
        let (asked, folder) = (book.signed, book.folder.clone());
        let due = due.map(|due| (due, true)).into_iter().collect();
        let told = Told { newest: Some(stand), due, closing: false };
        let slate = Arc::new(Slate { told: Mutex::new(told), wake: Condvar::new() });
        let theirs = Arc::clone(&slate);
        let thread = std::thread::Builder::new()
            .name("ledger-notary".to_owned())
            .spawn(move || sign_all(book, &theirs, pace.after, &writer))
            .map_err(Fault::of(&folder, "given a thread"))?;
        Ok(Self { slate, pace, asked, thread: Some(thread) })
    }

    /// Whether so many lines came that they should be signed.
    pub(super) fn is_due(&self, stand: &Stand) -> bool {
        stand.size().saturating_sub(self.asked) >= self.pace.lines
    }

    /// Notes where the ledger stands, now that its files do.
    pub(super) fn note(&mut self, stand: &Stand) {
        self.tell(stand, None);
    }

    /// Has signed where the ledger stands, now that its files do.
    pub(super) fn have_signed(&mut self, stand: &Stand) {
        self.tell(stand, Some(false));
    }

    /// Has the end of a segment signed, with what the next start needs to go on from there.
    pub(super) fn note_end_of_segment(&mut self, stand: &Stand) {
        self.tell(stand, Some(true));
    }

    /// Ends without signing anything more: the ledger stopped, and another may take up the folder at once.
    pub(super) fn abandon(self) {
        let mut told = self.slate.told.lock().unwrap_or_else(PoisonError::into_inner);
        (told.newest, told.due) = (None, Vec::new());
    }

    fn tell(&mut self, stand: &Stand, due: Option<bool>) {
        let mut told = self.slate.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(newest) = &mut told.newest {
            newest.head = stand.head;
            newest.frontier.clone_from(&stand.frontier);
        }
        if let Some(with_frontier) = due {
            self.asked = stand.size();
            told.due.push((stand.clone(), with_frontier));
            self.slate.wake.notify_one();
        }
    }
}

impl Drop for Notary {
    fn drop(&mut self) {
        self.slate.told.lock().unwrap_or_else(PoisonError::into_inner).closing = true;
        self.slate.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // One that panicked has left the records as they are.
            drop(thread.join());
        }
    }
}

fn sign_all(mut book: Book, slate: &Slate, after: Duration, writer: &mpsc::WeakSender<Job>) {
    book.cut_torn();
    loop {
        let told = slate.told.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = slate.wake.wait_timeout_while(told, after, |told| told.due.is_empty() && !told.closing);
        let (mut told, timeout) = waiting.unwrap_or_else(PoisonError::into_inner);
        let (due, closing) = (std::mem::take(&mut told.due), told.closing);
        let newest = told.newest.clone().filter(|_| closing);
        drop(told);
        if timeout.timed_out()
            && let Some(writer) = writer.upgrade()
        {
            // In a full queue there are records, and it is time again soon.
            let _asked = writer.try_send(Job::Settle).is_ok();
        }
        for (stand, with_frontier) in due {
            book.sign(&stand, with_frontier);
        }
        if let Some(newest) = newest {
            book.sign(&newest, false);
        }
        if closing {
            return;
        }
    }
}

/// The file of checkpoints, and what is written into it.
#[derive(Debug)]
pub(super) struct Book {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    clock: Arc<dyn Clock>,
    key: Key,
    log: String,
    /// The size that the last checkpoint speaks of.
    signed: u64,
    /// How many bytes the whole lines of the file have.
    len_bytes: u64,
    page: Page,
}

/// The file itself.
#[derive(Debug)]
enum Page {
    /// Not opened yet.
    Closed,
    /// Takes the next line.
    Open(Box<dyn DiskFile>),
    /// Failed once.
    Spoiled,
}

impl Book {
    /// The checkpoints of the ledger `log` in `folder`; its file has `len_bytes` of whole lines, and the last speaks of
    /// `signed` lines.
    pub(super) fn new(
        folder: &Path,
        key: Key,
        log: String,
        (signed, len_bytes): (u64, u64),
        (disk, clock): (Arc<dyn Disk>, Arc<dyn Clock>),
    ) -> Self {
        Self { folder: folder.to_owned(), disk, clock, key, log, signed, len_bytes, page: Page::Closed }
    }

    /// Cuts off half a line that a crash left. A ledger that is covered by what stands before it may have no next checkpoint
    /// for long, and would be found torn all the time.
    fn cut_torn(&mut self) {
        let path = self.folder.join(FILE);
        if std::fs::metadata(&path).map_or(0, |found| found.len()) <= self.len_bytes {
            return;
        }
        self.page = match self.begin(&path) {
            Ok(file) => Page::Open(file),
            Err(fault) => {
                tracing::warn!(error = &fault as &dyn std::error::Error, "half a checkpoint could not be cut off");
                Page::Spoiled
            }
        };
    }

    /// Signs a stand and writes it down, if it is a later one than the last, or the same and now with its frontier.
    fn sign(&mut self, stand: &Stand, with_frontier: bool) {
        if stand.size() < self.signed || (stand.size() == self.signed && !with_frontier) {
            return;
        }
        let checkpoint = Checkpoint::sign(&self.key, &self.log, stand, with_frontier, self.clock.now());
        let Some(Checkpoint { line, .. }) = checkpoint else { return };
        match self.write(format!("{line}\n").as_bytes()) {
            Ok(()) => {
                self.signed = stand.size();
                tracing::info!(ledger.checkpoint = %line, "ledger checkpoint");
            }
            Err(fault) => tracing::warn!(
                error = &fault as &dyn std::error::Error,
                "a checkpoint of the ledger is put off: records are kept, the next one covers them"
            ),
        }
    }

    fn write(&mut self, line: &[u8]) -> Result<(), Fault> {
        let path = self.folder.join(FILE);
        // Spoiled until it has worked.
        let file = match std::mem::replace(&mut self.page, Page::Spoiled) {
            Page::Closed => add(self.begin(&path)?, &path, line)?,
            Page::Open(file) => add(file, &path, line)?,
            Page::Spoiled => self.write_anew(&path, line)?,
        };
        self.page = Page::Open(file);
        self.len_bytes += line.len() as u64;
        Ok(())
    }

    /// Opens the file behind its last whole line.
    fn begin(&self, path: &Path) -> Result<Box<dyn DiskFile>, Fault> {
        let len_bytes = std::fs::metadata(path).map_or(0, |found| found.len());
        let mut file = self.disk.append(path).map_err(Fault::of(path, "opened"))?;
        if len_bytes > self.len_bytes {
            file.cut(self.len_bytes).map_err(Fault::of(path, "cut"))?;
        }
        self.disk.sync_folder(&self.folder).map_err(Fault::of(&self.folder, "synced"))?;
        Ok(file)
    }

    fn write_anew(&self, path: &Path, line: &[u8]) -> Result<Box<dyn DiskFile>, Fault> {
        let aside = self.folder.join("checkpoints.new");
        let mut bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(Fault::of(path, "read")(error)),
        };
        bytes.truncate(usize::try_from(self.len_bytes).unwrap_or(usize::MAX));
        bytes.extend_from_slice(line);
        let mut file = self.disk.create(&aside).map_err(Fault::of(&aside, "made"))?;
        write_all(file.as_mut(), &bytes).map_err(Fault::of(&aside, "written"))?;
        file.sync().map_err(Fault::of(&aside, "synced"))?;
        self.disk.rename(&aside, path).map_err(Fault::of(path, "renamed"))?;
        self.disk.sync_folder(&self.folder).map_err(Fault::of(&self.folder, "synced"))?;
        Ok(file)
    }
}

fn add(mut file: Box<dyn DiskFile>, path: &Path, line: &[u8]) -> Result<Box<dyn DiskFile>, Fault> {
    write_all(file.as_mut(), line).map_err(Fault::of(path, "written"))?;
    file.sync().map_err(Fault::of(path, "synced"))?;
    Ok(file)
}
