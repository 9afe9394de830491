//! Which commit each line of each file comes from, as one immutable answer.

use std::collections::HashMap;
use std::sync::Arc;

use super::{BlobId, Change, CommitId, Gap};

/// Stands for a commit that is not known.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// Where a line comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// This commit wrote it as it is.
    Commit(Arc<Change>),
    /// No commit has it.
    Uncommitted,
    /// It is older than what may be read: see [`Lineage::gap`].
    Unknown,
}

/// Lines that follow each other and come from one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The first, from 1.
    pub first: u32,
    /// The last.
    pub last: u32,
    /// Where they come from.
    pub origin: Origin,
}

/// The lines of a file.
#[derive(Debug, Clone)]
pub(super) struct Blamed {
    pub(super) blob: BlobId,
    /// Whether its lines begin where the file became public.
    pub(super) guarded: bool,
    pub(super) count: u32,
    /// The first line (from 0) of each stretch, with the number of its commit.
    pub(super) stretches: Box<[(u32, u32)]>,
}

/// For each file at a commit, the commit that each of its lines comes from, as `git blame` tells it: a file is followed
/// to where it had another name; a line that was taken out and put back belongs to the commit that put it back.
///
/// Of a public file only that part of the past counts in which it was public, by its place and by its own word: what was
/// private then is taken to be written by the commit that made it public.
#[derive(Debug, Clone, Default)]
pub struct Lineage {
    pub(super) head: Option<CommitId>,
    pub(super) prefix: String,
    pub(super) commits: Vec<Arc<Change>>,
    pub(super) files: HashMap<Box<str>, Blamed>,
    pub(super) gap: Option<Gap>,
    pub(super) commits_walked: usize,
}

impl Lineage {
    /// The commit that this was found at; `None` on a branch without a commit.
    #[must_use]
    pub fn head(&self) -> Option<CommitId> {
        self.head
    }

    /// The newest commit that wrote one of these lines of this file with this content. `None` when the content is another,
    /// and when no line's commit is known. Of two commits of one second it is the one whose text was written later.
    #[must_use]
    pub fn newest(&self, path: &str, bytes: BlobId, first: u32, last: u32) -> Option<&Change> {
        let file = self.files.get(path).filter(|file| file.blob == bytes)?;
        let (from, to) = (first.saturating_sub(1), last.saturating_sub(1));
        let begin = file.stretches.partition_point(|(line, _)| *line <= from).saturating_sub(1);
        let touching = file.stretches.get(begin..)?.iter().take_while(|(line, _)| *line <= to);
        let changes = touching.filter_map(|(_, commit)| self.commits.get(*commit as usize));
        changes.max_by_key(|change| (change.committed_s, change.authored_s, &change.author)).map(AsRef::as_ref)
    }

    /// Every stretch of a file, from its first line to its last.
    #[must_use]
    pub fn stretches(&self, path: &str) -> Option<Vec<Stretch>> {
        let file = self.files.get(path)?;
        let ends = file.stretches.iter().skip(1).map(|(line, _)| *line).chain(std::iter::once(file.count));
        let stretch = |(&(first, commit), end): (&(u32, u32), u32)| Stretch {
            first: first + 1,
            last: end,
            origin: self.commits.get(commit as usize).map_or(Origin::Unknown, |of| Origin::Commit(Arc::clone(of))),
        };
        Some(file.stretches.iter().zip(ends).map(stretch).collect())
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

    /// Why the commit of some lines is not known; `None` when it is known of all.
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
