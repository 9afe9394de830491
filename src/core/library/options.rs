//! What a library is opened with. Who reads flags, files and environment is `cli`; here are plain values.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::access::{CollectionName, Visibility};
use crate::corpus::Language;
use crate::governance::Rules;
use crate::retrieval::Fusion;

/// A folder of Markdown with a name and a visibility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionOptions {
    /// The first part of its documents' ids.
    pub name: CollectionName,
    /// The folder.
    pub path: PathBuf,
    /// What its location grants; front matter only narrows it.
    pub visibility: Visibility,
    /// What its documents are written in, when they don't say; English when this says nothing either.
    pub language: Option<Language>,
    /// Only files that match one of these globs; all when empty.
    pub include: Vec<String>,
    /// No file that matches one of these globs.
    pub exclude: Vec<String>,
}

/// Who is told which commit made a text.
///
/// A commit's id is a digest over the whole tree and everything before it: what changes in a private file changes the id
/// of the next commit that touches a public one. The date of a file's last commit is a matter of that file alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Commits {
    /// Who may see everything; anybody else is told the date.
    #[default]
    Owner,
    /// Everybody: for a repository that is public as a whole.
    Everyone,
}

/// What happens to an answer whose record can't be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Records {
    /// It is not given.
    #[default]
    Required,
    /// It is given all the same, marked and counted, if it is of the public shelf alone.
    BestEffort,
}

/// Says whether a file was public, by the content that `cairn.toml` had, or by its absence, and by the file's path relative
/// to the root. What it was made of is not shown as history where it was not.
pub type WasPublic = Arc<dyn Fn(Option<&[u8]>, &str) -> bool + Send + Sync>;

/// How far a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Files done.
    pub done: usize,
    /// Files in all.
    pub total: usize,
}

/// What a library is opened with.
#[derive(Clone)]
pub struct Options {
    /// The folder the collections' paths are shown relative to; the git repository is looked for from here.
    pub root: PathBuf,
    /// Where indexes, ledger, tokens, lock and socket are.
    pub data: PathBuf,
    /// The collections; at least one.
    pub collections: Vec<CollectionOptions>,
    /// How the legs are fused.
    pub fusion: Fusion,
    /// Who is told which commit made a text.
    pub commits: Commits,
    /// What happens to an answer whose record can't be written.
    pub records: Records,
    /// Collections whose private shelf may be sent to an embedder that is not in this process.
    pub sent_out: Vec<CollectionName>,
    /// What must not be public, and what is looked for in public files.
    pub rules: Arc<Rules>,
    /// What a configuration of then says of a file.
    pub was_public: WasPublic,
    /// Whether to watch the folders. A command that answers once does not.
    pub watch: bool,
    /// How long no event must come before a save is taken up.
    pub quiet: Duration,
    /// How often the folders are compared with the index, whatever the watcher said.
    pub reconcile_every: Duration,
    /// Hears how far a build is.
    pub progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
}

impl Options {
    /// Takes the defaults for everything but places and collections.
    #[must_use]
    pub fn new(root: PathBuf, data: PathBuf, collections: Vec<CollectionOptions>) -> Self {
        Self {
            root,
            data,
            collections,
            fusion: Fusion::default(),
            commits: Commits::default(),
            records: Records::default(),
            sent_out: Vec::new(),
            rules: Arc::new(Rules::built_in()),
            was_public: Arc::new(|_, _| true),
            watch: true,
            quiet: Duration::from_millis(20),
            reconcile_every: Duration::from_secs(30),
            progress: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("root", &self.root)
            .field("data", &self.data)
            .field("collections", &self.collections)
            .field("fusion", &self.fusion)
            .field("commits", &self.commits)
            .field("watch", &self.watch)
            .finish_non_exhaustive()
    }
}
