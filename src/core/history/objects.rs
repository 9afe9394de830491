//! The objects of a repository: one open database, and the few ways in which this room reads it.
//!
//! A database is opened for each walk and each tree, and lives on one thread; nothing of it is kept between walks, so
//! that a `git gc` in between is never noticed. No single object may take more than [`MAX_OBJECT_BYTES`].

use std::path::Path;

use gix_hash::{ObjectId, oid};
use gix_object::commit::ref_iter::Token;
use gix_object::{CommitRefIter, Find as _, FindHeader as _, Kind};

use super::HistoryError;
use super::pack_cache::PackCache;

/// The largest object that is read: a corpus of Markdown has none near it.
pub(super) const MAX_OBJECT_BYTES: usize = 64 << 20;

/// What a walk needs to know of a commit.
#[derive(Debug, Clone)]
pub(super) struct Commit {
    pub(super) tree: ObjectId,
    pub(super) parents: Vec<ObjectId>,
    /// When it was committed: seconds since 1970.
    pub(super) committed_s: i64,
    /// When it was written: seconds since 1970.
    pub(super) authored_s: i64,
    pub(super) author: String,
}

/// An open object database.
pub(super) struct Objects {
    database: gix_odb::Handle,
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Objects").finish_non_exhaustive()
    }
}

impl Objects {
    pub(super) fn open(common_dir: &Path) -> Result<Self, HistoryError> {
        let options = gix_odb::store::init::Options { alloc_limit_bytes: Some(MAX_OBJECT_BYTES), ..Default::default() };
        let mut database = gix_odb::at_opts(common_dir.join("objects"), gix_hash::Kind::Sha1, None, options)
            .map_err(|source| HistoryError::Broken { path: common_dir.to_owned(), source: source.into() })?;
        database.set_pack_cache(|| Box::new(PackCache::default()));
        Ok(Self { database })
    }

    /// The database itself, for looking up what digits begin with.
    pub(super) fn database(&self) -> &gix_odb::Handle {
        &self.database
    }

    /// Reads an object of a kind into `buffer`.
    pub(super) fn read<'a>(
        &self,
        id: &oid,
        kind: Kind,
        name: &'static str,
        buffer: &'a mut Vec<u8>,
    ) -> Result<&'a [u8], HistoryError> {
        let unreadable = |source| HistoryError::Object { id: id.to_owned(), kind: name, source };
        let header = self.database.try_header(id).map_err(|e| unreadable(e.into()))?;
        let Some(header) = header else { return Err(HistoryError::Missing { id: id.to_owned(), kind: name }) };
        if header.size > MAX_OBJECT_BYTES as u64 {
            return Err(HistoryError::Malformed { id: id.to_owned(), kind: name, what: "is larger than 64 MiB" });
        }
        match self.database.try_find(id, buffer).map_err(|e| unreadable(e.into()))? {
            None => Err(HistoryError::Missing { id: id.to_owned(), kind: name }),
            Some(found) if found.kind != kind => {
                Err(HistoryError::Malformed { id: id.to_owned(), kind: name, what: "is an object of another kind" })
            }
            Some(found) => Ok(found.data),
        }
    }

    /// Reads a commit.
    pub(super) fn commit(&self, id: &oid, buffer: &mut Vec<u8>) -> Result<Commit, HistoryError> {
        let bytes = self.read(id, Kind::Commit, "commit", buffer)?;
        parse_commit(bytes).ok_or(HistoryError::Malformed { id: id.to_owned(), kind: "commit", what: "is damaged" })
    }

    /// Follows tags to the commit they name.
    pub(super) fn peel(&self, id: ObjectId, buffer: &mut Vec<u8>) -> Result<ObjectId, HistoryError> {
        let mut at = id;
        // A tag of a tag of a tag is legal; a chain without end is not what anybody wrote.
        for _ in 0..16 {
            let found = self
                .database
                .try_find(&at, buffer)
                .map_err(|source| HistoryError::Object { id: at, kind: "object", source: source.into() })?
                .ok_or(HistoryError::Missing { id: at, kind: "object" })?;
            match found.kind {
                Kind::Commit => return Ok(at),
                Kind::Tag => {
                    at = gix_object::TagRefIter::from_bytes(found.data, gix_hash::Kind::Sha1)
                        .target_id()
                        .map_err(|source| HistoryError::Object { id: at, kind: "tag", source: source.into() })?;
                }
                Kind::Tree | Kind::Blob => break,
            }
        }
        Err(HistoryError::Malformed { id: at, kind: "object", what: "is not a commit" })
    }
}

/// The first line of a commit's message.
pub(super) fn subject(objects: &Objects, id: &oid) -> Result<String, HistoryError> {
    let mut buffer = Vec::new();
    let bytes = objects.read(id, Kind::Commit, "commit", &mut buffer)?;
    let text = String::from_utf8_lossy(bytes);
    let message = text.split_once("\n\n").map_or("", |(_, message)| message);
    Ok(message.trim_start().lines().next().unwrap_or_default().trim_end().to_owned())
}

/// Parses the headers of a commit; a commit that breaks off before its committer is damaged.
pub(super) fn parse_commit(bytes: &[u8]) -> Option<Commit> {
    let (mut tree, mut parents, mut author) = (None, Vec::new(), None);
    for token in CommitRefIter::from_bytes(bytes, gix_hash::Kind::Sha1) {
        match token.ok()? {
            Token::Tree { id } => tree = Some(id),
            Token::Parent { id } => parents.push(id),
            Token::Author { signature } => {
                author = Some((signature.trim().name.to_string(), signature.seconds()));
            }
            Token::Committer { signature } => {
                let (author, authored_s) = author?;
                return Some(Commit { tree: tree?, parents, committed_s: signature.seconds(), authored_s, author });
            }
            _ => return None,
        }
    }
    None
}
