//! One walk over the history for the lines of all files together.
//!
//! Lines are carried from a commit to the parents that have them, as `git blame` does: to the first parent that has the
//! file as it is, else to each parent in turn, as far as its text has them; where a parent lacks the file, to the file
//! that it was there before it got its name. What no parent has was written here. Folders that a commit left alone are
//! not looked into, so that it costs the files it changed and not those there are.
//!
//! What is found below a commit does not depend on where the walk came from; so a walk that reaches the commit of an
//! earlier answer takes the rest from there.

use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gix_hash::ObjectId;
use gix_object::Kind;

use super::align::{align, lines};
use super::changed::{Changed, changed, changed_of, source_of};
use super::lineage::{Blamed, Lineage, Origin, Stretch, UNKNOWN};
use super::objects::{Commit, Objects};
use super::paths::{Selection, Tracked};
use super::{BlobId, Change, CommitId, Gap, HistoryError, Repository, blob_id};
use crate::corpus::keeps_private;

/// What to find, and how far to go for it.
pub struct LineRequest<'a> {
    /// The commit whose files are told of; HEAD when there is none.
    pub at: Option<CommitId>,
    /// The folders to look in; an empty name is the folder that was given to [`Repository::discover`]. A file that came
    /// from outside of them begins where it came in.
    pub folders: &'a [&'a str],
    /// Which files in them are documents.
    pub keep: &'a dyn Fn(&str) -> bool,
    /// Only the lines of these files; of all documents when there is none.
    pub only: Option<&'a BTreeSet<String>>,
    /// Which places are public.
    pub public: &'a dyn Fn(&str) -> bool,
    /// The last answer, if there is one, made with the same places: then only what is newer is walked.
    pub previous: Option<&'a Lineage>,
    /// How many commits may be walked: [`MAX_COMMITS`](super::MAX_COMMITS).
    pub max_commits: usize,
    /// Set by another thread to end the walk early.
    pub stop: &'a AtomicBool,
}

impl std::fmt::Debug for LineRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LineRequest")
            .field("at", &self.at)
            .field("folders", &self.folders)
            .field("only", &self.only)
            .field("previous", &self.previous.and_then(Lineage::head))
            .finish_non_exhaustive()
    }
}

impl Repository {
    /// Finds the commit that each line of each file comes from. It may read the whole history: call it on a thread that
    /// may take seconds, with the last answer as `previous`.
    ///
    /// # Errors
    /// Fails when the commit or its trees can't be read, and when it was asked to stop. Damage further down ends in an
    /// answer with a [`Gap`].
    pub fn lineage(&self, request: &LineRequest<'_>) -> Result<Lineage, HistoryError> {
        let empty = Lineage { prefix: self.prefix().to_owned(), ..Lineage::default() };
        let head = match request.at {
            Some(commit) => Some(commit),
            None => self.head()?,
        };
        let Some(head) = head else { return Ok(empty) };
        let objects = self.objects()?;
        let commit = objects.commit(&head.0, &mut Vec::new())?;
        let selection = Selection::new(self.prefix(), request.folders, request.keep);
        let mut walk = Walk {
            objects,
            selection,
            request,
            shallow: self.shallow(),
            previous: request.previous.filter(|previous| previous.prefix == self.prefix()),
            files: Vec::new(),
            commits: Vec::new(),
            numbers: HashMap::new(),
            queue: BinaryHeap::new(),
            pending: HashMap::new(),
            past: PublicPast { place: request.public, known: HashMap::new() },
            gap: None,
            commits_walked: 0,
        };
        let versions = walk.begin(commit.tree)?;
        walk.push(head.0, commit, versions);
        walk.run()?;
        Ok(walk.finish(Lineage { head: Some(head), ..empty }))
    }

    /// Finds where each line of one file comes from. With `bytes`, those on disk, a line that the commit does not have is
    /// uncommitted.
    ///
    /// # Errors
    /// Fails as [`lineage`](Self::lineage) does, and when the file's committed content can't be read.
    pub fn lines_of(
        &self,
        path: &str,
        bytes: Option<&[u8]>,
        request: &LineRequest<'_>,
    ) -> Result<(Vec<Stretch>, Option<Gap>), HistoryError> {
        let only = BTreeSet::from([path.to_owned()]);
        let request = LineRequest { only: Some(&only), ..*request };
        let lineage = self.lineage(&request)?;
        let committed = lineage.stretches(path).unwrap_or_default();
        let known = lineage.files.get(path).map(|file| file.blob);
        let Some(bytes) = bytes.filter(|bytes| known.is_none() || blob_id(bytes) != known) else {
            return Ok((committed, lineage.gap));
        };
        let mut buffer = Vec::new();
        let old = match known {
            Some(blob) => self.objects()?.read(&blob.0, Kind::Blob, "blob", &mut buffer)?,
            None => &[],
        };
        let origin = |line: usize| {
            let line = u32::try_from(line + 1).unwrap_or(u32::MAX);
            let found = committed.iter().find(|stretch| (stretch.first..=stretch.last).contains(&line));
            found.map_or(Origin::Unknown, |stretch| stretch.origin.clone())
        };
        let mut stretches: Vec<Stretch> = Vec::new();
        for (at, of) in (1..).zip(align(&lines(old), &lines(bytes))) {
            let origin = of.map_or(Origin::Uncommitted, origin);
            match stretches.last_mut() {
                Some(last) if last.origin == origin => last.last = at,
                _ => stretches.push(Stretch { first: at, last: at, origin }),
            }
        }
        Ok((stretches, lineage.gap))
    }
}

/// Lines of a file at HEAD that are on their way.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// The file, by its number.
    file: u32,
    /// The first line there, from 0.
    from: u32,
    /// The first line in the version that is looked at.
    at: u32,
    count: u32,
}

/// A file as a commit has it, and what of it is looked for.
#[derive(Debug)]
struct Version {
    blob: ObjectId,
    pieces: Vec<Piece>,
}

type Versions = HashMap<Box<str>, Version>;

/// A commit that lines were carried to, not yet looked at.
struct Pending {
    commit: Commit,
    versions: Versions,
}

/// A parent, and what differs from it.
struct Parent {
    id: ObjectId,
    commit: Commit,
    changes: Vec<Changed>,
}

/// A file whose lines are looked for.
struct File {
    path: Box<str>,
    blob: ObjectId,
    guarded: bool,
    count: u32,
    /// First line, count, commit.
    found: Vec<(u32, u32, u32)>,
}

struct Walk<'a> {
    objects: Objects,
    selection: Selection<'a>,
    request: &'a LineRequest<'a>,
    shallow: Vec<ObjectId>,
    previous: Option<&'a Lineage>,
    files: Vec<File>,
    commits: Vec<Arc<Change>>,
    numbers: HashMap<ObjectId, u32>,
    /// Newest first.
    queue: BinaryHeap<(i64, ObjectId)>,
    pending: HashMap<ObjectId, Pending>,
    past: PublicPast<'a>,
    gap: Option<Gap>,
    commits_walked: usize,
}

/// What was public: by its place, and by what its content says of itself.
struct PublicPast<'a> {
    place: &'a dyn Fn(&str) -> bool,
    known: HashMap<ObjectId, bool>,
}

impl PublicPast<'_> {
    fn may(&mut self, objects: &Objects, path: &str, blob: ObjectId) -> Result<bool, HistoryError> {
        if !(self.place)(path) {
            return Ok(false);
        }
        if let Some(known) = self.known.get(&blob) {
            return Ok(*known);
        }
        let mut buffer = Vec::new();
        let may = !keeps_private(objects.read(&blob, Kind::Blob, "blob", &mut buffer)?);
        self.known.insert(blob, may);
        Ok(may)
    }
}

impl Walk<'_> {
    /// Takes up every line of every file that is asked for.
    fn begin(&mut self, tree: ObjectId) -> Result<Versions, HistoryError> {
        let tracked = Tracked::list(&self.objects, tree, &self.selection)?;
        let mut versions = Versions::new();
        for file in tracked.files {
            if self.request.only.is_some_and(|only| !only.contains(&*file.path)) {
                continue;
            }
            let known = self.previous.and_then(|previous| previous.files.get(&file.path));
            let known = known.filter(|known| known.blob.0 == file.blob);
            let read = match known {
                Some(known) => Ok((known.guarded, known.count)),
                None => self.past.may(&self.objects, &file.path, file.blob).and_then(|guarded| {
                    let count = self.count(file.blob)?;
                    Ok((guarded, count))
                }),
            };
            let (guarded, count) = match read {
                Ok(read) => read,
                Err(error) => {
                    // A partial clone: this file's lines are not known, the others' are.
                    self.gap.get_or_insert(Gap::Unreadable { what: error.to_string() });
                    continue;
                }
            };
            let number = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
            self.files.push(File { path: file.path.clone(), blob: file.blob, guarded, count, found: Vec::new() });
            if count > 0 {
                let pieces = vec![Piece { file: number, from: 0, at: 0, count }];
                versions.insert(file.path, Version { blob: file.blob, pieces });
            }
        }
        Ok(versions)
    }

    fn count(&self, blob: ObjectId) -> Result<u32, HistoryError> {
        let mut buffer = Vec::new();
        let bytes = self.objects.read(&blob, Kind::Blob, "blob", &mut buffer)?;
        Ok(u32::try_from(lines(bytes).len()).unwrap_or(u32::MAX))
    }

    fn run(&mut self) -> Result<(), HistoryError> {
        while let Some((_, id)) = self.queue.pop() {
            if self.request.stop.load(Ordering::Relaxed) {
                return Err(HistoryError::Stopped);
            }
            let Some(mut at) = self.pending.remove(&id) else { continue };
            if self.commits_walked >= self.request.max_commits {
                // What is not found has no commit.
                self.gap.get_or_insert(Gap::TooOld);
                return Ok(());
            }
            self.commits_walked += 1;
            self.take_known(id, &mut at.versions);
            if at.versions.is_empty() {
                continue;
            }
            if self.shallow.contains(&id) {
                self.gap.get_or_insert(Gap::Shallow);
                continue;
            }
            if let Err(error) = self.follow(id, at) {
                tracing::debug!(error = %error, "the commits of some lines are not known");
                self.gap.get_or_insert(Gap::Unreadable { what: error.to_string() });
            }
        }
        Ok(())
    }

    /// Adds lines to those that are carried to a commit.
    fn push(&mut self, id: ObjectId, commit: Commit, versions: Versions) {
        if versions.is_empty() {
            return;
        }
        let Some(pending) = self.pending.get_mut(&id) else {
            self.queue.push((commit.committed_s, id));
            self.pending.insert(id, Pending { commit, versions });
            return;
        };
        // The fewer are added to the more: where branches part, almost all are on one side.
        let fewer = if versions.len() > pending.versions.len() {
            std::mem::replace(&mut pending.versions, versions)
        } else {
            versions
        };
        for (path, version) in fewer {
            match pending.versions.get_mut(&path) {
                Some(known) => known.pieces.extend(version.pieces),
                None => drop(pending.versions.insert(path, version)),
            }
        }
    }

    /// At the commit of the last answer, takes what that answer knows.
    fn take_known(&mut self, id: ObjectId, versions: &mut Versions) {
        let Some(previous) = self.previous.filter(|previous| previous.head == Some(CommitId(id))) else { return };
        versions.retain(|path, version| {
            let Some(known) = previous.files.get(path).filter(|known| known.blob.0 == version.blob) else {
                return true;
            };
            if known.stretches.iter().any(|(_, commit)| *commit == UNKNOWN) {
                return true;
            }
            let pieces = std::mem::take(&mut version.pieces);
            for piece in pieces {
                match self.files.get(piece.file as usize) {
                    Some(file) if file.guarded == known.guarded => self.take(&piece, known, previous),
                    _ => version.pieces.push(piece),
                }
            }
            !version.pieces.is_empty()
        });
    }

    fn take(&mut self, piece: &Piece, known: &Blamed, previous: &Lineage) {
        let end = piece.at + piece.count;
        let ends = known.stretches.iter().skip(1).map(|(line, _)| *line).chain(std::iter::once(known.count));
        for ((first, commit), last) in known.stretches.iter().zip(ends) {
            let (from, to) = ((*first).max(piece.at), last.min(end));
            if let (true, Some(change)) = (from < to, previous.commits.get(*commit as usize)) {
                let number = self.number(change);
                self.found(&Piece { from: piece.from + from - piece.at, at: from, count: to - from, ..*piece }, number);
            }
        }
    }

    /// Sends lines to the parents that have them; the rest was written here.
    fn follow(&mut self, id: ObjectId, at: Pending) -> Result<(), HistoryError> {
        let Pending { commit, mut versions } = at;
        let mut parents: Vec<Parent> = Vec::with_capacity(commit.parents.len());
        for parent_id in &commit.parents {
            let parent = self.objects.commit(parent_id, &mut Vec::new())?;
            let trees = (parent.tree, commit.tree);
            let changes = match self.request.only {
                None => changed(&self.objects, trees, &self.selection)?,
                Some(_) => {
                    let few = versions.iter().map(|(path, version)| (&**path, version.blob));
                    changed_of(&self.objects, trees, &self.selection, few)?
                }
            };
            let mut differing = Versions::new();
            for change in &changes {
                if let Some((path, version)) = versions.remove_entry(change.path.as_str()) {
                    differing.insert(path, version);
                }
            }
            // What the parent has as it is belongs to it or to those before it.
            self.push(*parent_id, parent.clone(), versions);
            versions = differing;
            parents.push(Parent { id: *parent_id, commit: parent, changes });
            if versions.is_empty() {
                return Ok(());
            }
        }
        let Commit { committed_s, authored_s, author, .. } = commit;
        let change = Arc::new(Change { commit: CommitId(id), authored_s, committed_s, author });
        for (path, version) in versions {
            // Lines that only the public past counts for, and those that all of it does, may go different ways.
            let is_guarded = |piece: &Piece| self.files.get(piece.file as usize).is_none_or(|file| file.guarded);
            let (guarded, open): (Vec<_>, Vec<_>) = version.pieces.into_iter().partition(is_guarded);
            for (guarded, pieces) in [(true, guarded), (false, open)] {
                if !pieces.is_empty() {
                    let left = self.divide(&path, Version { blob: version.blob, pieces }, guarded, &parents)?;
                    let number = if left.is_empty() { UNKNOWN } else { self.number(&change) };
                    left.iter().for_each(|piece| self.found(piece, number));
                }
            }
        }
        Ok(())
    }

    /// Sends the lines of a file that no parent has as it is to where they come from; gives those that are new.
    fn divide(
        &mut self,
        path: &str,
        version: Version,
        guarded: bool,
        parents: &[Parent],
    ) -> Result<Vec<Piece>, HistoryError> {
        let mut sources: Vec<(&Parent, Box<str>, ObjectId)> = Vec::new();
        let Self { objects, past, .. } = self;
        for parent in parents {
            let own = parent.changes.iter().find(|change| change.path == path).and_then(|change| change.old);
            let source = match own {
                Some(old) => (!guarded || past.may(objects, path, old)?).then_some((path, old)),
                None => {
                    let may = |path: &str, blob| if guarded { past.may(objects, path, blob) } else { Ok(true) };
                    source_of(objects, (path, version.blob), &parent.changes, may)?
                }
            };
            sources.extend(source.map(|(path, blob)| (parent, path.into(), blob)));
        }
        if let Some((parent, path, blob)) = sources.iter().find(|(_, _, blob)| *blob == version.blob) {
            let whole = Version { blob: *blob, pieces: version.pieces };
            self.push(parent.id, parent.commit.clone(), Versions::from([(path.clone(), whole)]));
            return Ok(Vec::new());
        }
        let (mut left, mut new, mut old) = (version.pieces, Vec::new(), Vec::new());
        for (parent, path, blob) in sources {
            if left.is_empty() {
                break;
            }
            let new = lines(self.objects.read(&version.blob, Kind::Blob, "blob", &mut new)?);
            let of = align(&lines(self.objects.read(&blob, Kind::Blob, "blob", &mut old)?), &new);
            let (known, rest) = split(&left, &of);
            left = rest;
            if !known.is_empty() {
                self.push(parent.id, parent.commit.clone(), Versions::from([(path, Version { blob, pieces: known })]));
            }
        }
        Ok(left)
    }

    /// The number of a commit in the answer.
    fn number(&mut self, change: &Arc<Change>) -> u32 {
        let (commits, next) = (&mut self.commits, u32::try_from(self.numbers.len()).unwrap_or(UNKNOWN));
        *self.numbers.entry(change.commit.0).or_insert_with(|| {
            commits.push(Arc::clone(change));
            next
        })
    }

    fn found(&mut self, piece: &Piece, commit: u32) {
        if let Some(file) = self.files.get_mut(piece.file as usize) {
            file.found.push((piece.from, piece.count, commit));
        }
    }

    fn finish(self, lineage: Lineage) -> Lineage {
        let Self { files, commits, gap, commits_walked, .. } = self;
        let files = files.into_iter().map(|mut file| {
            file.found.sort_unstable();
            let (mut stretches, mut next): (Vec<(u32, u32)>, u32) = (Vec::new(), 0);
            let mut add = |first: u32, commit: u32| {
                if stretches.last().is_none_or(|(_, last)| *last != commit) {
                    stretches.push((first, commit));
                }
            };
            for (first, count, commit) in file.found {
                if next < first {
                    add(next, UNKNOWN);
                }
                add(first, commit);
                next = first + count;
            }
            if next < file.count {
                add(next, UNKNOWN);
            }
            let (blob, guarded, count) = (BlobId(file.blob), file.guarded, file.count);
            (file.path, Blamed { blob, guarded, count, stretches: stretches.into() })
        });
        Lineage { files: files.collect(), commits, gap, commits_walked, ..lineage }
    }
}

/// Divides pieces into what another version has, at its lines there, and the rest.
fn split(pieces: &[Piece], of: &[Option<usize>]) -> (Vec<Piece>, Vec<Piece>) {
    let (mut known, mut rest): (Vec<Piece>, Vec<Piece>) = (Vec::new(), Vec::new());
    let mut add = |piece: &Piece, line: u32, at: Option<u32>| {
        let (into, at) = match at {
            Some(at) => (&mut known, at),
            None => (&mut rest, line),
        };
        let from = piece.from + line - piece.at;
        match into.last_mut() {
            Some(last) if last.file == piece.file && last.from + last.count == from && last.at + last.count == at => {
                last.count += 1;
            }
            _ => into.push(Piece { file: piece.file, from, at, count: 1 }),
        }
    };
    for piece in pieces {
        for line in piece.at..piece.at + piece.count {
            add(piece, line, of.get(line as usize).copied().flatten().and_then(|at| u32::try_from(at).ok()));
        }
    }
    (known, rest)
}
