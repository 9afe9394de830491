//! Documents of one kind at a revision, or among what is staged: for who compares what they say.

use std::collections::BTreeMap;

use crate::corpus::{FILE_LIMIT_BYTES, SourceFile};
use crate::history::{BlobId, HistoryError, Staged, Tree};

use super::collections::classified;
use super::exposure::{folder_of, source_at};
use super::{LibraryError, Options};

/// Ids and texts of the documents of a kind at a revision, in today's collections.
///
/// # Errors
/// Fails when an object of the repository can't be read.
pub fn tree_documents(options: &Options, tree: &Tree, kind: &str) -> Result<Vec<(String, String)>, LibraryError> {
    documents(options, kind, &|folder| tree.files(folder), &|blob| tree.read(blob))
}

/// Ids and texts of the documents of a kind as they are staged.
///
/// # Errors
/// Fails when a staged file can't be read.
pub fn staged_documents(options: &Options, staged: &Staged, kind: &str) -> Result<Vec<(String, String)>, LibraryError> {
    let within = |folder: &str| {
        let under = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        Ok(staged.files().filter(|(path, _)| path.starts_with(&under)).map(|(path, b)| (path.to_owned(), b)).collect())
    };
    documents(options, kind, &within, &|blob| staged.read(blob))
}

type Files<'a> = &'a dyn Fn(&str) -> Result<Vec<(String, BlobId)>, HistoryError>;

fn documents(
    options: &Options,
    kind: &str,
    files: Files<'_>,
    read: &dyn Fn(BlobId) -> Result<Vec<u8>, HistoryError>,
) -> Result<Vec<(String, String)>, LibraryError> {
    let mut documents = Vec::new();
    for collection in &options.collections {
        let Some(folder) = folder_of(options, &collection.path) else { continue };
        let source = source_at(collection);
        let under = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let files = files(&folder)?;
        let inside: BTreeMap<&str, BlobId> =
            files.iter().filter_map(|(path, blob)| Some((path.strip_prefix(&under)?, *blob))).collect();
        for path in source.select(inside.keys().copied()) {
            let Some(blob) = inside.get(path.as_str()) else { continue };
            let bytes = read(*blob)?;
            // A kind is said in the file or by its place: a file without the word is of another kind.
            let named = String::from_utf8_lossy(&bytes).contains(kind) || path.as_str().contains(kind);
            if bytes.len() as u64 > FILE_LIMIT_BYTES || !named {
                continue;
            }
            let file = SourceFile { collection: source.collection.clone(), path, bytes, modified_ns: 0 };
            let (record, body) = classified(&source, file, None, &options.rules).into_parts();
            if record.meta.kind == kind {
                documents.push((record.id.to_string(), body.text));
            }
        }
    }
    Ok(documents)
}
