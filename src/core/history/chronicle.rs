//! Every content that files had while they were public, as one immutable answer, and the walk that finds it.
//!
//! A file is followed from HEAD through all commits that made it another one, and to where it had another name, as `git
//! log --follow` does. It is followed only as far as it was public without a break: by its place, by its own word, and by
//! the configuration of then. Where it was not, its history begins behind that, whatever lies before.

use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gix_hash::ObjectId;
use gix_object::Kind;

use super::changed::{changed, source_of};
use super::objects::{Commit, Objects, subject};
use super::paths::{Selection, Tracked};
use super::{BlobId, Change, CommitId, Gap, HistoryError, Repository};
use crate::corpus::keeps_private;

/// How many contents of a file are told of, the newest ones.
pub const MAX_VERSIONS: usize = 100;

/// A content of a file, and the commit that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The commit.
    pub change: Arc<Change>,
    /// The first line of its message.
    pub subject: Arc<str>,
    /// The file's path then, relative to the folder that was given to [`Repository::discover`].
    pub path: Arc<str>,
    /// The content.
    pub blob: BlobId,
}

/// What to find, and how far to go for it.
pub struct ChronicleRequest<'a> {
    /// The commit whose files are told of; HEAD when there is none.
    pub at: Option<CommitId>,
    /// The folders that are public today; a file that came from outside of them begins where it came in.
    pub folders: &'a [&'a str],
    /// Which files in them are documents.
    pub keep: &'a dyn Fn(&str) -> bool,
    /// The file that says which folders are public, relative to the same folder.
    pub configuration: &'a str,
    /// Whether a path was public by a content of that file, or by its absence.
    pub was_public: &'a dyn Fn(Option<&[u8]>, &str) -> bool,
    /// The last answer, if there is one, made with the same places: then only what is newer is walked.
    pub previous: Option<&'a Chronicle>,
    /// How many commits may be walked: [`MAX_COMMITS`](super::MAX_COMMITS).
    pub max_commits: usize,
    /// Set by another thread to end the walk early.
    pub stop: &'a AtomicBool,
}

impl std::fmt::Debug for ChronicleRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChronicleRequest")
            .field("at", &self.at)
            .field("folders", &self.folders)
            .field("previous", &self.previous.and_then(Chronicle::head))
            .finish_non_exhaustive()
    }
}

/// What is known of one file.
#[derive(Debug, Clone)]
struct Told {
    blob: ObjectId,
    /// The newest first.
    versions: Vec<Version>,
}

/// For each public file at a commit, the contents that it had while it was public, at most [`MAX_VERSIONS`] of them.
#[derive(Debug, Clone, Default)]
pub struct Chronicle {
    head: Option<CommitId>,
    prefix: String,
    files: HashMap<Arc<str>, Told>,
    gap: Option<Gap>,
    commits_walked: usize,
}

impl Chronicle {
    /// The commit that this was found at; `None` on a branch without a commit.
    #[must_use]
    pub fn head(&self) -> Option<CommitId> {
        self.head
    }

    /// The contents of a file, the newest first.
    #[must_use]
    pub fn versions(&self, path: &str) -> Option<&[Version]> {
        self.files.get(path).map(|told| told.versions.as_slice())
    }

    /// Each path that a file had and has no longer, with the path of the file; in no order.
    pub fn former_paths(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().flat_map(|(path, told)| {
            let other = told.versions.iter().filter(move |version| version.path != *path);
            other.map(move |version| (&*version.path, &**path))
        })
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

    /// Why earlier contents of some files are not known; `None` when all are.
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

impl Repository {
    /// Finds the contents that public files had. It may read the whole history: call it on a thread that may take seconds,
    /// with the last answer as `previous`.
    ///
    /// # Errors
    /// Fails when the commit or its trees can't be read, and when it was asked to stop. Damage further down ends in an
    /// answer with a [`Gap`].
    pub fn chronicle(&self, request: &ChronicleRequest<'_>) -> Result<Chronicle, HistoryError> {
        let empty = Chronicle { prefix: self.prefix().to_owned(), ..Chronicle::default() };
        let head = match request.at {
            Some(commit) => Some(commit),
            None => self.head()?,
        };
        let Some(head) = head else { return Ok(empty) };
        // Without a public folder there is nothing to follow; an empty list would be read as such, too.
        if request.folders.is_empty() {
            return Ok(Chronicle { head: Some(head), ..empty });
        }
        let objects = self.objects()?;
        let commit = objects.commit(&head.0, &mut Vec::new())?;
        let selection = Selection::new(self.prefix(), request.folders, request.keep);
        let tracked = Tracked::list(&objects, commit.tree, &selection)?;
        let mut walk = Walk {
            configuration: selection.whole(request.configuration),
            objects,
            selection,
            request,
            shallow: self.shallow(),
            previous: request.previous.filter(|previous| previous.prefix == self.prefix()),
            files: Vec::new(),
            queue: BinaryHeap::new(),
            pending: HashMap::new(),
            kept: HashMap::new(),
            granted: HashMap::new(),
            gap: None,
            commits_walked: 0,
        };
        let mut states = States::new();
        for file in tracked.files {
            let path: Arc<str> = file.path.into();
            let number = u32::try_from(walk.files.len()).unwrap_or(u32::MAX);
            states.insert(Arc::clone(&path), State { blob: file.blob, files: vec![number] });
            walk.files.push((path, Told { blob: file.blob, versions: Vec::new() }));
        }
        walk.push(head.0, commit, states);
        walk.run()?;
        let Walk { files, gap, commits_walked, .. } = walk;
        let files = files.into_iter().map(|(path, mut told)| {
            told.versions.sort_by_key(|version| std::cmp::Reverse(version.change.committed_s));
            told.versions.truncate(MAX_VERSIONS);
            (path, told)
        });
        Ok(Chronicle { head: Some(head), files: files.collect(), gap, commits_walked, ..empty })
    }
}

/// A file as a commit has it, and which files at HEAD it became.
#[derive(Debug, Clone)]
struct State {
    blob: ObjectId,
    files: Vec<u32>,
}

type States = HashMap<Arc<str>, State>;

struct Walk<'a> {
    objects: Objects,
    selection: Selection<'a>,
    request: &'a ChronicleRequest<'a>,
    /// The path of the configuration in the repository.
    configuration: String,
    shallow: Vec<ObjectId>,
    previous: Option<&'a Chronicle>,
    files: Vec<(Arc<str>, Told)>,
    /// Newest first.
    queue: BinaryHeap<(i64, ObjectId)>,
    pending: HashMap<ObjectId, (Commit, States)>,
    /// Whether contents keep themselves private.
    kept: HashMap<ObjectId, bool>,
    /// What configurations grant: by their content and by path.
    granted: HashMap<(Option<ObjectId>, Arc<str>), bool>,
    gap: Option<Gap>,
    commits_walked: usize,
}

impl Walk<'_> {
    fn run(&mut self) -> Result<(), HistoryError> {
        while let Some((_, id)) = self.queue.pop() {
            if self.request.stop.load(Ordering::Relaxed) {
                return Err(HistoryError::Stopped);
            }
            let Some((commit, mut states)) = self.pending.remove(&id) else { continue };
            if self.commits_walked >= self.request.max_commits {
                self.gap.get_or_insert(Gap::TooOld);
                return Ok(());
            }
            self.commits_walked += 1;
            self.take_known(id, &mut states);
            if states.is_empty() {
                continue;
            }
            if self.shallow.contains(&id) {
                self.gap.get_or_insert(Gap::Shallow);
                continue;
            }
            if let Err(error) = self.follow(id, commit, states) {
                tracing::debug!(error = %error, "earlier contents of some files are not known");
                self.gap.get_or_insert(Gap::Unreadable { what: error.to_string() });
            }
        }
        Ok(())
    }

    fn push(&mut self, id: ObjectId, commit: Commit, states: States) {
        if states.is_empty() {
            return;
        }
        match self.pending.get_mut(&id) {
            None => {
                self.queue.push((commit.committed_s, id));
                self.pending.insert(id, (commit, states));
            }
            Some((_, known)) => {
                for (path, state) in states {
                    let files = &mut known.entry(path).or_insert_with(|| State { files: Vec::new(), ..state }).files;
                    files.extend(state.files);
                    files.sort_unstable();
                    files.dedup();
                }
            }
        }
    }

    /// At the commit of the last answer, takes what that answer knows.
    fn take_known(&mut self, id: ObjectId, states: &mut States) {
        let Some(previous) = self.previous.filter(|previous| previous.head == Some(CommitId(id))) else { return };
        let files = &mut self.files;
        states.retain(|path, state| {
            let Some(known) = previous.files.get(path).filter(|known| known.blob == state.blob) else { return true };
            for file in &state.files {
                if let Some((_, told)) = files.get_mut(*file as usize) {
                    told.versions.extend_from_slice(&known.versions);
                }
            }
            false
        });
    }

    /// Sends each file to the parents that have it as it is; what no parent has is a version that this commit made, and its
    /// file is followed to what it was made of.
    fn follow(&mut self, id: ObjectId, commit: Commit, mut states: States) -> Result<(), HistoryError> {
        let mut parents = Vec::with_capacity(commit.parents.len());
        for parent_id in &commit.parents {
            let parent = self.objects.commit(parent_id, &mut Vec::new())?;
            let changes = changed(&self.objects, (parent.tree, commit.tree), &self.selection)?;
            let mut differing = States::new();
            for change in &changes {
                if let Some((path, state)) = states.remove_entry(change.path.as_str()) {
                    differing.insert(path, state);
                }
            }
            self.push(*parent_id, parent.clone(), states);
            states = differing;
            parents.push((*parent_id, parent, changes));
            if states.is_empty() {
                return Ok(());
            }
        }
        let of_then = self.configuration_at(commit.tree)?;
        let subject: Arc<str> = subject(&self.objects, &id)?.into();
        let Commit { committed_s, authored_s, author, .. } = commit;
        let change = Arc::new(Change { commit: CommitId(id), authored_s, committed_s, author });
        for (path, state) in states {
            if !self.was_public(&path, state.blob, of_then)? {
                continue;
            }
            let mut further = Vec::new();
            for &file in &state.files {
                let Some((_, told)) = self.files.get_mut(file as usize) else { continue };
                let (change, subject, blob) = (Arc::clone(&change), Arc::clone(&subject), BlobId(state.blob));
                told.versions.push(Version { change, subject, path: Arc::clone(&path), blob });
                if told.versions.len() < MAX_VERSIONS {
                    further.push(file);
                }
            }
            if further.is_empty() {
                continue;
            }
            for (parent_id, parent, changes) in &parents {
                let own = changes.iter().find(|change| change.path == *path).and_then(|change| change.old);
                let source: Option<(Arc<str>, ObjectId)> = match own {
                    Some(old) => Some((Arc::clone(&path), old)),
                    None => {
                        let Self { objects, kept, .. } = self;
                        let may = |_: &str, blob| keeps(objects, kept, blob).map(|private| !private);
                        source_of(objects, (&path, state.blob), changes, may)?.map(|(path, blob)| (path.into(), blob))
                    }
                };
                if let Some((path, blob)) = source {
                    let states = States::from([(path, State { blob, files: further.clone() })]);
                    self.push(*parent_id, parent.clone(), states);
                }
            }
        }
        Ok(())
    }

    /// The content of the configuration at a tree.
    fn configuration_at(&self, tree: ObjectId) -> Result<Option<ObjectId>, HistoryError> {
        let (mut at, mut buffer) = (tree, Vec::new());
        let mut parts = self.configuration.split('/').peekable();
        while let Some(part) = parts.next() {
            let is_tree = parts.peek().is_some();
            match super::changed::entry(&self.objects, at, part, is_tree, &mut buffer)? {
                Some(id) => at = id,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    /// Whether a content was public when a commit with this configuration made it.
    fn was_public(&mut self, path: &Arc<str>, blob: ObjectId, of_then: Option<ObjectId>) -> Result<bool, HistoryError> {
        if keeps(&self.objects, &mut self.kept, blob)? {
            return Ok(false);
        }
        let key = (of_then, Arc::clone(path));
        if let Some(known) = self.granted.get(&key) {
            return Ok(*known);
        }
        let mut buffer = Vec::new();
        let bytes = of_then.map(|id| self.objects.read(&id, Kind::Blob, "blob", &mut buffer)).transpose()?;
        let granted = (self.request.was_public)(bytes, path);
        self.granted.insert(key, granted);
        Ok(granted)
    }
}

/// Whether a content keeps itself private by its own word.
fn keeps(objects: &Objects, known: &mut HashMap<ObjectId, bool>, blob: ObjectId) -> Result<bool, HistoryError> {
    if let Some(known) = known.get(&blob) {
        return Ok(*known);
    }
    let mut buffer = Vec::new();
    let private = keeps_private(objects.read(&blob, Kind::Blob, "blob", &mut buffer)?);
    known.insert(blob, private);
    Ok(private)
}
