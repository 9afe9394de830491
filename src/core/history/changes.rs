//! Which commit made the bytes of each file, as one immutable answer.

use std::collections::HashMap;
use std::sync::Arc;

use gix_object::date::Time;
use gix_object::date::time::format;

use super::{BlobId, CommitId};

/// The commit that made a file what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The commit.
    pub commit: CommitId,
    /// When the text was written (git's author date): seconds since 1970.
    pub authored_s: i64,
    /// When it entered the history (git's committer date): seconds since 1970.
    pub committed_s: i64,
    /// The author's name, without the address: citations are read by strangers.
    pub author: String,
}

impl Change {
    /// When the text was written, in UTC: `2026-03-09T08:15:00+00:00`. A date outside the years that can be written
    /// so is written in seconds.
    #[must_use]
    pub fn date(&self) -> String {
        Time::new(self.authored_s, 0).format_or_unix(format::ISO8601_STRICT)
    }
}

/// Why the commit of some files is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// The clone is shallow, and the files are older than where it ends.
    Shallow,
    /// The files are older than the number of commits that may be walked.
    TooOld,
    /// An object on the way is missing or damaged.
    Unreadable {
        /// What, in words for the log.
        what: String,
    },
}

#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) blob: BlobId,
    pub(super) change: Option<Arc<Change>>,
}

/// For each file at HEAD, its content's name and the commit that made it.
///
/// The commit is the one `git log -1 -- PATH` shows: the newest in whose tree the file differs, in content or in mode,
/// from every parent's. A merge that took the file from one side is passed over on that side; a rename begins a new
/// history; a file that was deleted and came back belongs to the commit that brought it back.
#[derive(Debug, Clone, Default)]
pub struct LastChanges {
    pub(super) head: Option<CommitId>,
    pub(super) prefix: String,
    pub(super) files: HashMap<Box<str>, Known>,
    pub(super) gap: Option<Gap>,
    pub(super) commits_walked: usize,
}

impl LastChanges {
    /// The commit that this was found at; `None` on a branch without a commit.
    #[must_use]
    pub fn head(&self) -> Option<CommitId> {
        self.head
    }

    /// The commit that made the file what it is at HEAD. `None` when the file is not at HEAD, or its commit is not known.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Change> {
        self.files.get(path)?.change.as_deref()
    }

    /// The commit that made these bytes of this file. `None` also when they are not committed: the file at HEAD has
    /// other bytes. Where git converts line ends on checkout, bytes on disk are not the bytes in git.
    #[must_use]
    pub fn commit_of(&self, path: &str, bytes: BlobId) -> Option<&Change> {
        let known = self.files.get(path)?;
        if known.blob == bytes { known.change.as_deref() } else { None }
    }

    /// The name of the file's content at HEAD.
    #[must_use]
    pub fn blob(&self, path: &str) -> Option<BlobId> {
        self.files.get(path).map(|known| known.blob)
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Every file, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, BlobId, Option<&Change>)> {
        self.files.iter().map(|(path, known)| (path.as_ref(), known.blob, known.change.as_deref()))
    }

    /// Why the commit of some files is not known; `None` when it is known of all.
    #[must_use]
    pub fn gap(&self) -> Option<&Gap> {
        self.gap.as_ref()
    }

    /// How many commits were read to find this.
    #[must_use]
    pub fn commits_walked(&self) -> usize {
        self.commits_walked
    }
}
