//! Keeps the figures of a ledger, and makes reports of them.
//!
//! One follower reads what has come since it was asked last. Nobody pays for reports who asks for none: neither a
//! retrieval nor the thread that writes the ledger knows of a book.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::embed::{EmbedError, StaticModel};
use crate::ledger::{Day, Follower, LedgerError, LedgerReader, Timestamp};
use crate::library::Progress;

use super::tally::{Bounds, Tally};
use super::view::{Slice, View};
use super::{Report, ReportKind, Span, distribution, gaps, health, repeats, stale, unread, usage};

/// After how many lines one is told how far it is.
const TOLD_EVERY: u64 = 10_000;

/// Why there is no report. Read by an operator.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The ledger can't be read.
    #[error("the ledger cannot be read for a report")]
    Ledger(#[from] LedgerError),
    /// The built-in model can't be used.
    #[error("questions cannot be grouped by meaning")]
    Embed(#[from] EmbedError),
}

/// The figures of a ledger, kept until the next report.
#[derive(Debug)]
pub struct Book {
    /// The ledger's.
    folder: PathBuf,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    tally: Tally,
    follower: Option<Follower>,
    /// Made when questions are grouped for the first time.
    model: Option<StaticModel>,
}

/// What reports are made of.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    pub(super) slice: Slice<'a>,
    pub(super) reader: &'a LedgerReader,
    pub(super) today: Day,
    /// How many rows a table has at most.
    pub(super) rows: usize,
}

impl Book {
    /// The book of the ledger in a folder. Nothing is read yet.
    #[must_use]
    pub fn of(ledger: &Path) -> Self {
        Self::bounded(ledger, Bounds::USUAL)
    }

    pub(super) fn bounded(ledger: &Path, bounds: Bounds) -> Self {
        let kept = Kept { tally: Tally::new(bounds), follower: None, model: None };
        Self { folder: ledger.to_owned(), kept: Mutex::new(kept) }
    }

    /// Reads what has come since it was asked last, up to the end of the ledger. `heard` is told how far it is, in
    /// kibibytes. Blocks; who comes meanwhile waits.
    ///
    /// # Errors
    /// Fails when the ledger can't be read. What was read is kept.
    pub fn catch_up(&self, heard: Option<&dyn Fn(Progress)>) -> Result<(), ReportError> {
        let reader = LedgerReader::open(&self.folder)?;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).catch_up(&reader, heard)
    }

    /// Makes a report of what `view` may see, up to the end of the ledger. Blocks; who comes meanwhile waits.
    ///
    /// Without a span it looks at the days that are usual for it. No table has more than `rows` rows.
    ///
    /// # Errors
    /// Fails when the ledger can't be read.
    pub fn report(
        &self,
        kind: ReportKind,
        view: &View,
        span: Option<Span>,
        rows: usize,
        now: Timestamp,
    ) -> Result<Report, ReportError> {
        let reader = LedgerReader::open(&self.folder)?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.catch_up(&reader, None)?;
        let today = Day::of(now);
        let span = span.unwrap_or_else(|| kind.usual_days().map_or(Span::ALL, |days| Span::last_days(days, today)));
        let Kept { tally, model, .. } = &mut *kept;
        let sources = Sources { slice: Slice::new(tally, view, span), reader: &reader, today, rows };
        let mut report = match kind {
            ReportKind::Gaps => gaps::report(&sources, model)?,
            ReportKind::Stale => stale::report(&sources),
            ReportKind::Unread => unread::report(&sources),
            ReportKind::Repeats => repeats::report(&sources),
            ReportKind::Usage => usage::report(&sources),
            ReportKind::Distribution => distribution::report(&sources),
            ReportKind::Health => health::report(&sources),
        };
        report.notes.extend(sources.slice.notes());
        Ok(report)
    }

    /// The figures as they are kept.
    #[cfg(test)]
    pub(super) fn tally(&self) -> Tally {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).tally.clone()
    }
}

impl Kept {
    fn catch_up(&mut self, reader: &LedgerReader, heard: Option<&dyn Fn(Progress)>) -> Result<(), ReportError> {
        let follower = match &mut self.follower {
            Some(follower) => follower,
            None => self.follower.insert(reader.follow_from(None)?),
        };
        let total = if heard.is_some() { reader.size_bytes()? } else { 0 };
        let (mut done, mut lines) = (0, 0_u64);
        loop {
            match follower.next_raw() {
                Ok(Some(line)) => {
                    done += line.text.len() as u64 + 1;
                    self.tally.take(line);
                }
                Ok(None) => break,
                // A line that is none is counted, and the ones behind it are read all the same.
                Err(LedgerError::Malformed { .. }) => self.tally.unreadable += 1,
                Err(error) => return Err(error.into()),
            }
            lines += 1;
            if let Some(heard) = heard.filter(|_| lines.is_multiple_of(TOLD_EVERY)) {
                heard(progress(done, total));
            }
        }
        if let Some(heard) = heard {
            heard(progress(total, total));
        }
        Ok(())
    }
}

fn progress(done: u64, total: u64) -> Progress {
    let kibibytes = |bytes: u64| usize::try_from(bytes / 1024).unwrap_or(usize::MAX);
    Progress { done: kibibytes(done), total: kibibytes(total) }
}
