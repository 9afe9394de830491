//! Which commits between a revision and HEAD touched some files.
//!
//! Those of `git log REVISION..HEAD -- PATHS`: reachable from HEAD and not from the revision, and with a file that differs
//! from every parent's. Both sides are walked together, newest first, so that only what lies between them is read; where
//! clocks were wrong by more than that lies apart, a commit of the other side may be named.

use std::collections::{BTreeMap, BinaryHeap, HashMap};

use gix_hash::ObjectId;
use gix_object::{Kind, TreeRefIter};

use super::objects::{Commit, Objects, subject};
use super::{BlobId, Change, CommitId, HistoryError, Repository};

/// A commit, and which of the files it touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// The commit.
    pub change: Change,
    /// The first line of its message.
    pub subject: String,
    /// The files, in the order in which they were asked for.
    pub paths: Vec<String>,
}

/// What lies between a revision and HEAD.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Between {
    /// Commits that touched the files, newest first.
    pub commits: Vec<Touch>,
    /// The files' contents at HEAD; a file that is not there has none.
    pub at_head: BTreeMap<String, BlobId>,
    /// Whether every commit between was looked at; else there are more than may be walked.
    pub whole: bool,
}

/// A commit that was met, and from where.
#[derive(Debug)]
struct Met {
    commit: Commit,
    /// Whether the revision has it, too.
    known: bool,
}

impl Repository {
    /// Finds the commits that touched `paths` (relative to the folder that was given to discover) since a revision.
    ///
    /// # Errors
    /// Fails when the text names no commit, when there is no HEAD, and when an object can't be read.
    pub fn between(&self, revision: &str, paths: &[String], max_commits: usize) -> Result<Between, HistoryError> {
        let objects = self.objects()?;
        let from = self.resolve(&objects, revision)?;
        let head = self.head()?.ok_or(HistoryError::Unborn)?;
        let mut walk = Walk { objects, shallow: self.shallow(), met: HashMap::new(), queue: BinaryHeap::new() };
        walk.meet(from.0, true)?;
        walk.meet(head.0, false)?;
        let (order, whole) = walk.run(max_commits)?;
        let prefixed: Vec<String> = paths.iter().map(|path| within(self.prefix(), path)).collect();
        let mut look = Look { objects: &walk.objects, seen: HashMap::new() };
        let mut between = Between { whole, ..Between::default() };
        let head_tree = walk.met.get(&head.0).map(|met| met.commit.tree);
        for (path, inside) in paths.iter().zip(&prefixed) {
            if let Some(blob) = head_tree.map(|tree| look.file(tree, inside)).transpose()?.flatten() {
                between.at_head.insert(path.clone(), BlobId(blob));
            }
        }
        for id in order {
            let Some(met) = walk.met.get(&id).filter(|met| !met.known) else { continue };
            let mut touched = Vec::new();
            for (path, inside) in paths.iter().zip(&prefixed) {
                if walk.touches(&met.commit, inside, &mut look)? {
                    touched.push(path.clone());
                }
            }
            if !touched.is_empty() {
                between.commits.push(walk.touch(id, &met.commit, touched)?);
            }
        }
        Ok(between)
    }
}

/// The path in the repository.
fn within(prefix: &str, path: &str) -> String {
    if prefix.is_empty() { path.to_owned() } else { format!("{prefix}/{path}") }
}

struct Walk {
    objects: Objects,
    shallow: Vec<ObjectId>,
    met: HashMap<ObjectId, Met>,
    /// Newest first.
    queue: BinaryHeap<(i64, ObjectId)>,
}

impl Walk {
    /// Meets a commit from one side; one that the revision's side has is known for good.
    fn meet(&mut self, id: ObjectId, known: bool) -> Result<(), HistoryError> {
        if let Some(met) = self.met.get_mut(&id) {
            if known && !met.known {
                met.known = true;
                // Its parents are known as well: it is looked at again.
                self.queue.push((met.commit.committed_s, id));
            }
            return Ok(());
        }
        let commit = self.objects.commit(&id, &mut Vec::new())?;
        self.queue.push((commit.committed_s, id));
        self.met.insert(id, Met { commit, known });
        Ok(())
    }

    /// Walks until only what the revision has is left. Gives the commits in the order in which they were met.
    fn run(&mut self, max_commits: usize) -> Result<(Vec<ObjectId>, bool), HistoryError> {
        let mut order = Vec::new();
        // How many in the queue are not known to be the revision's; at 0 nothing new can come.
        while self.queue.iter().any(|(_, id)| self.met.get(id).is_some_and(|met| !met.known)) {
            let Some((_, id)) = self.queue.pop() else { break };
            let Some(met) = self.met.get(&id) else { continue };
            if !met.known {
                order.push(id);
            }
            if self.met.len() > max_commits {
                return Ok((order, false));
            }
            let known = met.known;
            let parents = if self.shallow.contains(&id) { Vec::new() } else { met.commit.parents.clone() };
            for parent in parents {
                self.meet(parent, known)?;
            }
        }
        Ok((order, true))
    }

    /// Whether a file differs from every parent's; in a first commit, whether it is there.
    fn touches(&self, commit: &Commit, path: &str, look: &mut Look<'_>) -> Result<bool, HistoryError> {
        let own = look.file(commit.tree, path)?;
        if commit.parents.is_empty() {
            return Ok(own.is_some());
        }
        for parent in &commit.parents {
            let tree = match self.met.get(parent) {
                Some(met) => met.commit.tree,
                // Beyond where a shallow clone ends, or the walk did.
                None => match self.objects.commit(parent, &mut Vec::new()) {
                    Ok(commit) => commit.tree,
                    Err(HistoryError::Missing { .. }) => return Ok(false),
                    Err(error) => return Err(error),
                },
            };
            if look.file(tree, path)? == own {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn touch(&self, id: ObjectId, commit: &Commit, paths: Vec<String>) -> Result<Touch, HistoryError> {
        let subject = subject(&self.objects, &id)?;
        let Commit { committed_s, authored_s, author, .. } = commit.clone();
        Ok(Touch { change: Change { commit: CommitId(id), authored_s, committed_s, author }, subject, paths })
    }
}

/// Looks files up in trees, each folder's tree once.
struct Look<'a> {
    objects: &'a Objects,
    seen: HashMap<ObjectId, HashMap<String, (ObjectId, bool)>>,
}

impl Look<'_> {
    /// The content of a file of a tree.
    fn file(&mut self, tree: ObjectId, path: &str) -> Result<Option<ObjectId>, HistoryError> {
        let mut at = tree;
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let last = parts.peek().is_none();
            match self.folder(at)?.get(part) {
                Some((id, is_folder)) if *is_folder != last => at = *id,
                _ => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    fn folder(&mut self, tree: ObjectId) -> Result<&HashMap<String, (ObjectId, bool)>, HistoryError> {
        match self.seen.entry(tree) {
            std::collections::hash_map::Entry::Occupied(known) => Ok(known.into_mut()),
            std::collections::hash_map::Entry::Vacant(place) => {
                let mut buffer = Vec::new();
                let bytes = self.objects.read(&tree, Kind::Tree, "tree", &mut buffer)?;
                let mut entries = HashMap::new();
                for entry in TreeRefIter::from_bytes(bytes, gix_hash::Kind::Sha1) {
                    let entry = entry.map_err(|e| HistoryError::Object { id: tree, kind: "tree", source: e.into() })?;
                    if let Ok(name) = std::str::from_utf8(entry.filename) {
                        entries.insert(name.to_owned(), (entry.oid.to_owned(), entry.mode.is_tree()));
                    }
                }
                Ok(place.insert(entries))
            }
        }
    }
}
