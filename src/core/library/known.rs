//! What the indexer knows of the files that it has read, and how it is held against the disk.
//!
//! Files of one collection are sorted by path, so that a folder is a range.

use std::collections::BTreeMap;

use crate::corpus::{Digest, Listed, Listing, Record, Source, SourcePath};

use super::shelves::Home;

/// What is known of a file that was read.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) home: Home,
    pub(super) size_bytes: u64,
    pub(super) modified_ns: i64,
    pub(super) sha256: Digest,
    /// Whether the file must be read again whatever its time says.
    pub(super) doubtful: bool,
}

impl Known {
    /// Makes the file one that must be read and taken in again.
    pub(super) fn forget(&mut self) {
        self.doubtful = true;
        self.sha256 = Digest::NONE;
    }
}

/// The known files of one collection, by path: a folder is a range.
pub(super) type Files = BTreeMap<SourcePath, Known>;

/// Whether a document that is on a shelf has the owner that CODEOWNERS gives it today, or one of its own.
pub(super) fn owned_as(record: &Record, owner: Option<&str>) -> bool {
    let meta = &record.meta;
    meta.owner.is_some() && !meta.owner_inferred || meta.owner.as_deref() == owner
}

pub(super) fn differs(files: &Files, file: &Listed) -> bool {
    files.get(&file.path).is_none_or(|known| {
        known.doubtful || known.size_bytes != file.size_bytes || known.modified_ns != file.modified_ns
    })
}

/// Whether a path stands under something that could not be looked at: then nothing is known of it.
pub(super) fn unread(listing: &Listing, path: &SourcePath) -> bool {
    listing.unread.iter().any(|unread| {
        let folder = unread.as_str();
        folder.is_empty()
            || path == unread
            || path.as_str().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    })
}

pub(super) fn other_bytes(source: &Source, files: &Files, file: &Listed) -> bool {
    let read = source.read(&file.path).map(|read| Digest::of(&read.bytes));
    read.is_ok_and(|digest| files.get(&file.path).is_none_or(|known| known.sha256 != digest))
}

/// The known files at `place`, or under it if it is a folder.
pub(super) fn under<'a>(files: &'a Files, place: &SourcePath) -> impl Iterator<Item = &'a SourcePath> {
    let folder = format!("{}/", place.as_str());
    let itself = files.get_key_value(place).map(|(path, _)| path);
    let inside = files.range(SourcePath::new(&folder)..).map(|(path, _)| path);
    itself.into_iter().chain(inside.take_while(move |path| path.as_str().starts_with(&folder)))
}
