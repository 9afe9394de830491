//! Opening a ledger: look at what is there, cut what was never acknowledged, and go on.
//!
//! The last segment is verified line by line, of the others their headers and ends. Half a line at the very end is
//! what a crash leaves: it is cut, kept beside the segment, and written down. Anything else that does not fit is
//! damage: the ledger is not opened, because going on would hide it.
//!
//! The ledger must also fit its last checkpoint: as many lines at least, and the same ones. If it does not, it is not
//! opened either, unless the owner says to go on: then that is written down before anything else.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::chain::Head;
use super::clock::{Clock, Randomness, SystemClock, SystemRandomness};
use super::disk::{Disk, SystemDisk};
use super::error::Fault;
use super::journal::{self, Journal};
use super::key::Key;
use super::month::Month;
use super::notary::{self, Book, Notary, Pace};
use super::record::{Record, Recovered};
use super::retention::TextDays;
use super::standing::{Found, find, first_line};
use super::text::{self, Eraser};
use super::writer::{Ledger, OpenSegment, Outfit, Tail};
use super::{Accepted, LedgerError, segment};

/// How many days texts are kept, unless somebody says otherwise.
pub const TEXT_DAYS: u32 = 90;

/// How many days those of runs are kept: what an agent decided is asked for long after what it was answered.
pub const RUN_DAYS: u32 = 365;

/// What a ledger is opened with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Says what time it is.
    pub clock: Arc<dyn Clock>,
    /// Makes salts and ids.
    pub randomness: Arc<dyn Randomness>,
    /// Does the writing.
    pub disk: Arc<dyn Disk>,
    /// A segment ends before it is larger than this (or at midnight UTC).
    pub segment_bytes: u64,
    /// How many records may wait for the writer; more callers wait for room.
    pub queue: usize,
    /// How long texts are kept; 0 days writes none. A [`Keeper`](super::Keeper) takes out what is older.
    pub text_days: TextDays,
    /// A checkpoint is written after so many lines.
    pub checkpoint_lines: u64,
    /// A checkpoint is written so long after a line that none speaks of.
    pub checkpoint_after: Duration,
    /// Whether to go on when the ledger does not fit its last checkpoint: the owner's word, for this one start.
    pub accept_loss: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            disk: Arc::new(SystemDisk),
            segment_bytes: 64 * 1024 * 1024,
            queue: 1024,
            text_days: TextDays { typed: TEXT_DAYS, runs: RUN_DAYS },
            checkpoint_lines: 1000,
            checkpoint_after: Duration::from_secs(60),
            accept_loss: false,
        }
    }
}

/// What was found when the ledger was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The ledger's own id.
    pub log: String,
    /// The name of this start, as its records have it.
    pub boot: String,
    /// How many lines the ledger had.
    pub lines: u64,
    /// The `h` of its last line.
    pub head: Head,
    /// What was cut, if something was.
    pub recovered: Option<Recovered>,
    /// What did not fit the last checkpoint, if something did not and the owner said to go on.
    pub accepted: Option<Accepted>,
}

impl Ledger {
    /// Opens the ledger in `folder`, or begins one. The caller holds the lock of the data folder. The key that signs its
    /// checkpoints lies beside the folder, as `folder.key`, and is made if it is not there.
    ///
    /// # Errors
    /// Fails when a file can't be read or written, when the ledger is damaged beyond a torn tail, or when it does not fit
    /// its last checkpoint.
    pub fn open(folder: &Path, options: Options) -> Result<(Self, Opening), LedgerError> {
        Self::open_and_note(folder, options, None)
    }

    /// The same, and writes one record before any other.
    pub(super) fn open_and_note(
        folder: &Path,
        options: Options,
        first: Option<&Record>,
    ) -> Result<(Self, Opening), LedgerError> {
        make_folder(folder)?;
        make_folder(&folder.join(text::FOLDER))?;
        text::drop_unfinished(folder)?;
        let Options { clock, randomness, disk, segment_bytes, queue, text_days, .. } = options;
        let pace = Pace { lines: options.checkpoint_lines.max(1), after: options.checkpoint_after };
        let key = Key::open(folder, disk.as_ref(), randomness.as_ref())?;
        let misfit = journal::put_back(folder, disk.as_ref())?;
        let Found { standing, accepted } = find(folder, &key.public(), misfit, options.accept_loss)?;
        if misfit.is_some() {
            journal::set_aside(folder, disk.as_ref())?;
        }
        let cut = standing.cut_torn(folder, disk.as_ref())?;
        let log = match standing.log {
            Some(log) => log,
            None => format!("log_{}", random_hex::<16>(randomness.as_ref())?),
        };
        let boot = random_hex::<8>(randomness.as_ref())?;
        let open = match cut.last {
            Some((number, len_bytes)) => Some(reopen(folder, disk.as_ref(), number, len_bytes)?),
            None => None,
        };
        let eraser = Eraser::new(folder, Arc::clone(&disk))?;
        let jobs = mpsc::channel(queue.max(1));
        let opening = Opening {
            log: log.clone(),
            boot: boot.clone(),
            lines: standing.stand.size(),
            head: standing.stand.head,
            recovered: cut.recovered,
            accepted,
        };
        let mut tail = Tail {
            folder: folder.to_owned(),
            disk: Arc::clone(&disk),
            clock: Arc::clone(&clock),
            segment_bytes,
            log: log.clone(),
            boot,
            texts: Month::new(folder, Arc::clone(&disk)),
            journal: Journal::open(folder, disk.as_ref())?,
            stand: standing.stand,
            open,
            next_segment: cut.next_segment,
            notary: None,
        };
        write_firsts(&mut tail, &opening, first)?;
        let book = Book::new(folder, key, log, (standing.signed, standing.checkpoint_bytes), (disk, clock));
        tail.notary = Some(Notary::start(book, tail.stand.clone(), standing.due, pace, jobs.0.downgrade())?);
        let outfit = Outfit { jobs, randomness, eraser, text_days };
        Ok((Self::start(tail, outfit)?, opening))
    }
}

/// Writes what a start has to say, before any other record.
fn write_firsts(tail: &mut Tail, opening: &Opening, first: Option<&Record>) -> Result<(), LedgerError> {
    if let Some(recovered) = &opening.recovered {
        tail.write_first(&Record::Recovered(recovered.clone()))?;
    }
    if let Some(accepted) = &opening.accepted {
        // The record first: a crash in between leaves a ledger that is refused again, and no loss without a record.
        tail.write_first(&Record::Accepted(accepted.clone()))?;
        let (from, to) = (tail.folder.join(notary::FILE), tail.folder.join(&accepted.kept));
        // A ledger that does not fit its journal may have no checkpoint yet.
        if from.try_exists().map_err(Fault::of(&from, "read"))? {
            tail.disk.rename(&from, &to).map_err(Fault::of(&to, "renamed"))?;
            tail.disk.sync_folder(&tail.folder).map_err(Fault::of(&tail.folder, "synced"))?;
        }
    }
    if let Some(first) = first {
        tail.write_first(first)?;
    }
    Ok(())
}

fn random_hex<const N: usize>(randomness: &dyn Randomness) -> Result<String, LedgerError> {
    let mut bytes = [0; N];
    randomness.fill(&mut bytes)?;
    Ok(text::hex(&bytes))
}

fn make_folder(folder: &Path) -> Result<(), Fault> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(Fault::of(folder, "made"))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder, mode).map_err(Fault::of(folder, "kept from others"))?;
    }
    Ok(())
}

/// Opens the newest segment for appending. Its day is that of its header.
fn reopen(folder: &Path, disk: &dyn Disk, number: u64, len_bytes: u64) -> Result<OpenSegment, LedgerError> {
    let path = segment::path(folder, number);
    let day = first_line(&path, number)?.ts.day();
    let mut file = disk.append(&path).map_err(Fault::of(&path, "opened"))?;
    // What an earlier run wrote and could not sync is made to last before anything is built on it.
    file.sync().map_err(Fault::of(&path, "synced"))?;
    Ok(OpenSegment { number, file, len_bytes, day })
}
