//! The commits that say they close a mistake, `Fixes-Mistake: M-0042`: read once, and again when HEAD is another.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::history::{CommitId, HistoryError, Repository};
use crate::ledger::{Fix, MistakeNumber, Timestamp};

/// The key of a commit's trailer that closes a mistake.
pub const FIXES_MISTAKE: &str = "Fixes-Mistake";

/// The fixes in the history that a library's corpus lies in. Cloned, it is the same one.
#[derive(Debug, Clone)]
pub struct Fixes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    kept: Mutex<Kept>,
}

/// What was read, and at which commit.
#[derive(Debug)]
struct Kept {
    at: Option<CommitId>,
    fixes: Arc<[Fix]>,
}

impl Fixes {
    pub(super) fn of(root: PathBuf) -> Self {
        let kept = Kept { at: None, fixes: Arc::from([]) };
        Self(Arc::new(Inner { root, kept: Mutex::new(kept) }))
    }

    /// These fixes, in no history: for tests of faces.
    #[must_use]
    pub fn given(fixes: Vec<Fix>) -> Self {
        let kept = Kept { at: None, fixes: fixes.into() };
        Self(Arc::new(Inner { root: PathBuf::from("/nowhere"), kept: Mutex::new(kept) }))
    }

    /// The fixes as HEAD has them; those of the last time when history can't be read, and none outside of git. Blocks, for
    /// as long as it takes to read every commit's message when HEAD is another.
    #[must_use]
    pub fn now(&self) -> Arc<[Fix]> {
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = kept.read(&self.0.root) {
            tracing::warn!(history.error = %error, "commits cannot be read, a mistake may be closed without notice");
        }
        Arc::clone(&kept.fixes)
    }
}

impl Kept {
    fn read(&mut self, root: &Path) -> Result<(), HistoryError> {
        let Some(repository) = Repository::discover(root)? else { return Ok(()) };
        let head = repository.head()?;
        if head != self.at {
            self.fixes = fixes_in(&repository)?.into();
            self.at = head;
        }
        Ok(())
    }
}

fn fixes_in(repository: &Repository) -> Result<Vec<Fix>, HistoryError> {
    let mut fixes = Vec::new();
    for trailer in repository.trailers(FIXES_MISTAKE)? {
        // One trailer may name several. What is no number was refused at the gate, or never met one.
        let numbers = trailer.value.split([',', ' ']).filter_map(|text| MistakeNumber::parse(text).ok());
        let (commit, at) = (trailer.commit.to_string(), Timestamp::from_unix_ms(trailer.committed_s * 1_000));
        fixes.extend(numbers.map(|number| Fix { number, commit: commit.clone(), at }));
    }
    Ok(fixes)
}
