//! Why history can't be told.

use std::path::PathBuf;

use gix_hash::ObjectId;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why history can't be told. The corpus is served all the same: callers log it once and cite without a commit.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// There is a `.git`, and it is not a repository that can be opened.
    #[error("{path}: not a usable git repository")]
    Broken {
        /// The `.git` folder or file, or the folder where the search began.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The repository is of a kind that this room does not read.
    #[error("{path}: git repository with {what}, which is not supported: citations carry no commit")]
    Unsupported {
        /// The git folder.
        path: PathBuf,
        /// `object format sha256`, `ref storage reftable`.
        what: String,
    },
    /// A ref can't be read.
    #[error("{name}: ref cannot be read")]
    Ref {
        /// The ref's name.
        name: String,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// An object is damaged, or can't be read.
    #[error("{id}: {kind} cannot be read")]
    Object {
        /// The object.
        id: ObjectId,
        /// `commit`, `tree`, `blob` …
        kind: &'static str,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// An object is not there: a partial clone, or a damaged repository.
    #[error("{id}: {kind} is missing")]
    Missing {
        /// The object.
        id: ObjectId,
        /// `commit`, `tree`, `blob` …
        kind: &'static str,
    },
    /// An object is not what its name says, or too large to take into memory.
    #[error("{id}: {kind} {what}")]
    Malformed {
        /// The object.
        id: ObjectId,
        /// `commit`, `tree`, `blob` …
        kind: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The text names no commit of this repository.
    #[error("{revision:?}: no such revision; use a commit, a branch, a tag, or one of them with ~N or ^N behind it")]
    UnknownRevision {
        /// The text as it was given.
        revision: String,
    },
    /// The digits fit several objects.
    #[error("{revision:?}: several objects begin so; write more digits")]
    AmbiguousRevision {
        /// The text as it was given.
        revision: String,
    },
    /// The branch that is checked out has no commit yet.
    #[error("the branch has no commit yet")]
    Unborn,
    /// The caller asked to stop.
    #[error("stopped before the history was walked")]
    Stopped,
}
