//! The corpus in one state, for who asks what is public in it: as it is on disk, or as it was at a revision.
//!
//! Without an index and a data folder. A revision is read with the collections it is given, which need not be on disk.

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path};
use std::sync::Arc;

use crate::access::Visibility;
use crate::corpus::{FILE_LIMIT_BYTES, Source, SourceFile};
use crate::governance::{NameList, Standing};
use crate::history::{BlobId, Tree, blob_id};

use super::collections::sources;
use super::inspect::inspect;
use super::{CollectionOptions, LibraryError, Options};

/// Names of customers and people, from the private documents on disk that list them.
#[must_use]
pub fn names(options: &Options) -> NameList {
    let mut names = NameList::default();
    // A collection that is not there lists nobody.
    for source in sources(options).unwrap_or_default() {
        for listed in source.list().files {
            let Ok(file) = source.read(&listed.path) else { continue };
            if NameList::may_be_in(&file.bytes) {
                let classified = super::collections::classified(&source, file, None, &options.rules);
                let (record, body) = classified.into_parts();
                if record.visibility() == Visibility::Private {
                    names.read(&record, &body.text);
                }
            }
        }
    }
    names.ready()
}

/// Every document in one state: at a revision, or on disk when none is given. What is the same in a state that was read
/// before is taken from `known`.
///
/// # Errors
/// Fails when a collection's folder is missing on disk, and when an object of the repository can't be read.
pub fn standings(
    options: &Options,
    tree: Option<&Tree>,
    names: &NameList,
    known: &[Standing],
) -> Result<Vec<Standing>, LibraryError> {
    let mut state = State { options, names, known: HashMap::new(), standings: Vec::new() };
    for standing in known {
        let record = &standing.record;
        if let Some(blob) = record.git_blob {
            state.known.insert((record.id.collection(), record.path.as_str(), standing.folder, blob), standing);
        }
    }
    match tree {
        Some(tree) => state.revision(tree)?,
        None => state.disk()?,
    }
    Ok(state.standings)
}

type Key<'a> = (&'a str, &'a str, Visibility, [u8; 20]);

struct State<'a> {
    options: &'a Options,
    names: &'a NameList,
    known: HashMap<Key<'a>, &'a Standing>,
    standings: Vec<Standing>,
}

impl State<'_> {
    fn disk(&mut self) -> Result<(), LibraryError> {
        for source in sources(self.options)? {
            for listed in source.list().files {
                match source.read(&listed.path) {
                    Ok(file) => self.take(&source, file),
                    Err(skipped) => {
                        tracing::debug!(file.path = %skipped.path, file.reason = %skipped.reason, "not read")
                    }
                }
            }
        }
        Ok(())
    }

    fn revision(&mut self, tree: &Tree) -> Result<(), LibraryError> {
        for collection in &self.options.collections {
            let Some(folder) = folder_of(self.options, &collection.path) else { continue };
            let source = source_at(collection);
            let under = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            let mut blobs: BTreeMap<String, BlobId> = BTreeMap::new();
            for (path, blob) in tree.files(&folder)? {
                if let Some(inside) = path.strip_prefix(&under) {
                    blobs.insert(inside.to_owned(), blob);
                }
            }
            for path in source.select(blobs.keys().map(String::as_str)) {
                let Some(blob) = blobs.get(path.as_str()) else { continue };
                let key = (source.collection.as_str(), path.as_str(), source.visibility, blob.to_bytes());
                if let Some(standing) = self.known.get(&key) {
                    self.standings.push((*standing).clone());
                    continue;
                }
                let bytes = tree.read(*blob)?;
                if bytes.len() as u64 <= FILE_LIMIT_BYTES {
                    let collection = source.collection.clone();
                    self.take(&source, SourceFile { collection, path, bytes, modified_ns: 0 });
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, source: &Source, file: SourceFile) {
        let blob = blob_id(&file.bytes).map(BlobId::to_bytes);
        let key = |blob| (source.collection.as_str(), file.path.as_str(), source.visibility, blob);
        if let Some(standing) = blob.and_then(|blob| self.known.get(&key(blob))) {
            return self.standings.push((*standing).clone());
        }
        let inspected = inspect(source, file, None, &self.options.rules, self.names);
        let (record, body) = inspected.classified.into_parts();
        let text = Arc::from(body.text);
        self.standings.push(Standing { record, folder: source.visibility, text, seen: inspected.seen });
    }
}

/// A collection's folder relative to the root, by its name alone; `None` outside of it.
pub(super) fn folder_of(options: &Options, path: &Path) -> Option<String> {
    let inside = path.strip_prefix(&options.root).ok()?;
    let mut parts = Vec::new();
    for part in inside.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(parts.join("/"))
}

/// The source of a collection whose folder need not be there.
pub(super) fn source_at(collection: &CollectionOptions) -> Source {
    let mut source = Source::new(collection.name.clone(), collection.path.clone(), collection.visibility);
    source.language = collection.language;
    source.include.clone_from(&collection.include);
    source.exclude.clone_from(&collection.exclude);
    source
}
