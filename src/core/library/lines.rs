//! Which commit each line of one document comes from, for the owner: read when it is asked for, without any index.
//!
//! The owner sees the whole past of a file, also where it was private then.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use crate::corpus::{DocumentId, SourcePath, may_be_document};
use crate::history::{Change, Gap, LineRequest, MAX_COMMITS, Repository, Stretch};

use super::collections::sources;
use super::history::places;
use super::{LibraryError, Options};

/// A document's lines and where they come from.
#[derive(Debug, Clone)]
pub struct DocumentLines {
    /// Its file, relative to the root.
    pub file: String,
    /// The commit at which it was looked at; none for the file on disk.
    pub at: Option<Change>,
    /// Every line, in stretches of one origin.
    pub stretches: Vec<Stretch>,
    /// Why the commit of some lines is not known.
    pub gap: Option<Gap>,
}

/// Finds where the lines of a document come from: as it is on disk, or as it was at a revision. `None` when there is no such
/// document.
///
/// # Errors
/// Fails when the folders, the file, the revision or its files can't be read.
pub fn document_lines(
    options: &Options,
    repository: &Repository,
    id: &DocumentId,
    revision: Option<&str>,
    stop: &AtomicBool,
) -> Result<Option<DocumentLines>, LibraryError> {
    let places: BTreeMap<String, String> = places(options);
    let sources = sources(options)?;
    let Some(source) = sources.iter().find(|source| source.collection.as_str() == id.collection()) else {
        return Ok(None);
    };
    let Some(place) = places.get(id.collection()) else { return Ok(None) };
    let file = |path: &SourcePath| if place.is_empty() { path.to_string() } else { format!("{place}/{path}") };
    let is_it = |path: &SourcePath| DocumentId::of(&source.collection, path) == *id;
    let tree = revision.map(|revision| repository.tree_at(revision)).transpose()?;
    let (path, bytes) = match &tree {
        None => {
            let listed = source.list().files.into_iter().map(|listed| listed.path).find(is_it);
            let Some(path) = listed else { return Ok(None) };
            let read = source.read(&path).map_err(|skipped| LibraryError::File {
                path: file(&path).into(),
                what: "read",
                source: std::io::Error::other(skipped.reason),
            })?;
            (file(&path), Some(read.bytes))
        }
        Some(tree) => {
            let under = if place.is_empty() { String::new() } else { format!("{place}/") };
            let files = tree.files(place)?;
            let inside: Vec<&str> = files.iter().filter_map(|(path, _)| path.strip_prefix(&under)).collect();
            let Some(path) = source.select(inside.into_iter()).into_iter().find(is_it) else { return Ok(None) };
            (file(&path), None)
        }
    };
    let at = tree.map(|tree| tree.commit());
    let folders: Vec<&str> = places.values().map(String::as_str).collect();
    let request = LineRequest {
        at: at.as_ref().map(|change| change.commit),
        folders: &folders,
        keep: &may_be_document,
        only: None,
        public: &|_| false,
        previous: None,
        max_commits: MAX_COMMITS,
        stop,
    };
    let (stretches, gap) = repository.lines_of(&path, bytes.as_deref(), &request)?;
    Ok(Some(DocumentLines { file: path, at, stretches, gap }))
}
