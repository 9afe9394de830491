//! The corpus as it was at a revision.

use gix_object::Kind;

use super::objects::{Commit, Objects};
use super::paths::{Selection, Tracked};
use super::{BlobId, Change, CommitId, HistoryError, Repository, blob_id};

/// The files of one revision. It lives on one thread: it holds the object database open.
#[derive(Debug)]
pub struct Tree {
    contents: Contents,
    commit: CommitId,
    facts: Commit,
    prefix: String,
}

/// Reads contents by their names. It lives on one thread: it holds the object database open.
#[derive(Debug)]
pub struct Contents {
    objects: Objects,
}

impl Contents {
    /// Reads the content that a name stands for, and checks that it is that content.
    ///
    /// # Errors
    /// Fails when it is missing (a partial clone), damaged, or larger than 64 MiB.
    pub fn read(&self, blob: BlobId) -> Result<Vec<u8>, HistoryError> {
        let mut bytes = Vec::new();
        self.objects.read(&blob.0, Kind::Blob, "blob", &mut bytes)?;
        if blob_id(&bytes) == Some(blob) {
            Ok(bytes)
        } else {
            Err(HistoryError::Malformed { id: blob.0, kind: "blob", what: "is not what its name says" })
        }
    }
}

impl Repository {
    /// Opens the contents of all files that ever were.
    ///
    /// # Errors
    /// Fails when the object database can't be opened.
    pub fn contents(&self) -> Result<Contents, HistoryError> {
        Ok(Contents { objects: self.objects()? })
    }

    /// Opens the files as they were at a revision: a commit (4 digits and more), a branch, a tag, `HEAD`, or one of
    /// them with `~N` or `^N` behind it.
    ///
    /// # Errors
    /// Fails when the text names no commit, and when the commit can't be read.
    pub fn tree_at(&self, revision: &str) -> Result<Tree, HistoryError> {
        let objects = self.objects()?;
        let commit = self.resolve(&objects, revision)?;
        let facts = objects.commit(&commit.0, &mut Vec::new())?;
        Ok(Tree { contents: Contents { objects }, commit, facts, prefix: self.prefix().to_owned() })
    }
}

impl Tree {
    /// The commit, with its author and dates.
    #[must_use]
    pub fn commit(&self) -> Change {
        Change {
            commit: self.commit,
            authored_s: self.facts.authored_s,
            committed_s: self.facts.committed_s,
            author: self.facts.author.clone(),
        }
    }

    /// The files in a folder and below it, in git's order: path and content's name. A folder that was not there has
    /// none. Links, submodules and names that are not UTF-8 are left out.
    ///
    /// # Errors
    /// Fails when a tree can't be read.
    pub fn files(&self, folder: &str) -> Result<Vec<(String, BlobId)>, HistoryError> {
        let selection = Selection::new(&self.prefix, &[folder], &|_| true);
        let tracked = Tracked::list(&self.contents.objects, self.facts.tree, &selection)?;
        Ok(tracked.files.into_iter().map(|file| (file.path.into(), BlobId(file.blob))).collect())
    }

    /// Reads the content that a name stands for, and checks that it is that content.
    ///
    /// # Errors
    /// Fails when it is missing (a partial clone), damaged, or larger than 64 MiB.
    pub fn read(&self, blob: BlobId) -> Result<Vec<u8>, HistoryError> {
        self.contents.read(blob)
    }
}
