//! One walk over the history for all files together.
//!
//! Each file is followed by itself, as `git log -- PATH` does: from a commit to the first parent that has the same file,
//! until there is none. So a file is at one commit at a time, and the walk carries a set of files to each commit. The
//! order of commits (newest first) only decides how often sets meet, never what is found: clocks may be wrong.
//!
//! What is found below a commit does not depend on where the walk came from; so a walk that reaches the HEAD of an
//! earlier answer takes the rest from there.

use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gix_hash::ObjectId;

use super::changes::Known;
use super::objects::{Commit, Objects};
use super::paths::{Files, Selection, Tracked};
use super::{BlobId, Change, CommitId, Gap, HistoryError, LastChanges, Repository};

/// How many commits are walked at most, unless the caller says otherwise.
pub const MAX_COMMITS: usize = 200_000;

/// What to find, and how far to go for it.
pub struct Request<'a> {
    /// The commit whose files are told of; HEAD when there is none.
    pub at: Option<CommitId>,
    /// The folders to look in; an empty name is the folder that was given to [`Repository::discover`].
    pub folders: &'a [&'a str],
    /// Which files in them are wanted.
    pub keep: &'a dyn Fn(&str) -> bool,
    /// The last answer, if there is one: then only what is newer is walked.
    pub previous: Option<&'a LastChanges>,
    /// How many commits may be walked: [`MAX_COMMITS`].
    pub max_commits: usize,
    /// Set by another thread to end the walk early.
    pub stop: &'a AtomicBool,
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("folders", &self.folders)
            .field("previous", &self.previous.and_then(LastChanges::head))
            .field("max_commits", &self.max_commits)
            .finish_non_exhaustive()
    }
}

impl Repository {
    /// Finds the commit that made each file what it is at HEAD. It may read the whole history: call it on a thread that
    /// may take seconds, with the last answer as `previous`.
    ///
    /// # Errors
    /// Fails when HEAD, its commit or its trees can't be read, and when it was asked to stop. Damage further down ends
    /// in an answer with a [`Gap`].
    pub fn last_changes(&self, request: &Request<'_>) -> Result<LastChanges, HistoryError> {
        let mut answer = LastChanges { prefix: self.prefix().to_owned(), ..LastChanges::default() };
        let head = match request.at {
            Some(commit) => Some(commit),
            None => self.head()?,
        };
        let Some(head) = head else { return Ok(answer) };
        answer.head = Some(head);
        let objects = self.objects()?;
        let commit = objects.commit(&head.0, &mut Vec::new())?;
        let selection = Selection::new(self.prefix(), request.folders, request.keep);
        let tracked = Tracked::list(&objects, commit.tree, &selection)?;
        let previous = request.previous.filter(|previous| previous.prefix == self.prefix());
        let mut walk = Walk::new(objects, tracked, self.shallow(), previous);
        walk.run(head.0, commit, request)?;
        answer.gap = walk.gap;
        answer.commits_walked = walk.commits_walked;
        let found = walk.tracked.files.into_iter().zip(walk.found);
        answer.files = found.map(|(file, change)| (file.path, Known { blob: BlobId(file.blob), change })).collect();
        Ok(answer)
    }
}

/// A commit that files were followed to, not yet looked at.
struct Pending {
    commit: Commit,
    files: Files,
}

struct Walk<'a> {
    objects: Objects,
    tracked: Tracked,
    shallow: Vec<ObjectId>,
    previous: Option<&'a LastChanges>,
    /// Files whose commit is still looked for.
    live: Files,
    found: Vec<Option<Arc<Change>>>,
    /// Newest first.
    queue: BinaryHeap<(i64, ObjectId)>,
    pending: HashMap<ObjectId, Pending>,
    gap: Option<Gap>,
    commits_walked: usize,
    buffer: Vec<u8>,
}

impl<'a> Walk<'a> {
    fn new(objects: Objects, tracked: Tracked, shallow: Vec<ObjectId>, previous: Option<&'a LastChanges>) -> Self {
        let count = tracked.files.len();
        Self {
            objects,
            tracked,
            shallow,
            previous,
            live: Files::all(count),
            found: vec![None; count],
            queue: BinaryHeap::new(),
            pending: HashMap::new(),
            gap: None,
            commits_walked: 0,
            buffer: Vec::new(),
        }
    }

    fn run(&mut self, head: ObjectId, commit: Commit, request: &Request<'_>) -> Result<(), HistoryError> {
        let files = self.live.clone();
        self.push(head, commit, files);
        while let Some((_, id)) = self.queue.pop() {
            if request.stop.load(Ordering::Relaxed) {
                return Err(HistoryError::Stopped);
            }
            let Some(mut at) = self.pending.remove(&id) else { continue };
            if self.commits_walked >= request.max_commits {
                let files = self.live.clone();
                self.give_up(&files, Gap::TooOld);
                return Ok(());
            }
            self.commits_walked += 1;
            self.take_known(id, &mut at.files);
            self.follow(id, at);
        }
        Ok(())
    }

    /// Adds files to the set that is carried to a commit.
    fn push(&mut self, id: ObjectId, commit: Commit, files: Files) {
        if files.is_empty() {
            return;
        }
        if let Some(pending) = self.pending.get_mut(&id) {
            pending.files.add(&files);
        } else {
            self.queue.push((commit.committed_s, id));
            self.pending.insert(id, Pending { commit, files });
        }
    }

    /// At the HEAD of the last answer, takes what that answer knows.
    fn take_known(&mut self, id: ObjectId, files: &mut Files) {
        let Some(previous) = self.previous.filter(|previous| previous.head == Some(CommitId(id))) else { return };
        for number in files.clone().numbers() {
            let file = &self.tracked.files[number];
            let Some(known) = previous.files.get(&file.path) else { continue };
            if known.blob.0 == file.blob && known.change.is_some() {
                self.found[number] = known.change.clone();
                self.live.remove(number);
                files.remove(number);
            }
        }
    }

    /// Sends each file to the first parent that has the same; the rest was made here.
    fn follow(&mut self, id: ObjectId, at: Pending) {
        let Pending { commit, mut files } = at;
        if files.is_empty() {
            return;
        }
        if self.shallow.contains(&id) {
            self.give_up(&files, Gap::Shallow);
            return;
        }
        for parent_id in &commit.parents {
            let sent = self.objects.commit(parent_id, &mut self.buffer).and_then(|parent| {
                let same = self.tracked.take_matching(&self.objects, parent.tree, &self.live, &mut files)?;
                Ok((parent, same))
            });
            match sent {
                Ok((parent, same)) => self.push(*parent_id, parent, same),
                Err(error) => {
                    self.give_up(&files, Gap::Unreadable { what: error.to_string() });
                    return;
                }
            }
            if files.is_empty() {
                return;
            }
        }
        self.live.drop(&files);
        let Commit { committed_s, authored_s, author, .. } = commit;
        let change = Arc::new(Change { commit: CommitId(id), authored_s, committed_s, author });
        for number in files.numbers() {
            self.found[number] = Some(Arc::clone(&change));
        }
    }

    /// Leaves files without a commit; the first reason stands.
    fn give_up(&mut self, files: &Files, gap: Gap) {
        tracing::debug!(history.files = files.len(), history.gap = ?gap, "the commit of some files is not known");
        self.live.drop(files);
        self.gap.get_or_insert(gap);
    }
}
