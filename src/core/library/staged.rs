//! What is wrong with what is staged, before it is committed: files of git's index, never of the working tree.
//!
//! Links are judged by `check`, against all documents; here each file is looked at alone, so that a hook is quick.

use std::collections::BTreeMap;

use crate::corpus::{FILE_LIMIT_BYTES, Skipped, Source, SourceFile, SourcePath};
use crate::governance::NameList;
use crate::history::{BlobId, Staged};

use super::check::{Checked, in_order, not_read};
use super::exposure::{folder_of, names, source_at};
use super::inspect::inspect;
use super::{FileFindings, LibraryError, Options};

/// Says what is wrong with the staged files of the collections: those that differ from HEAD, or all of them when
/// `whole`, because what collections are has changed.
///
/// # Errors
/// Fails when HEAD or a staged file can't be read.
pub fn check_staged(options: &Options, staged: &Staged, whole: bool) -> Result<Checked, LibraryError> {
    let names = names(options);
    let mut checked = Checked { documents: 0, files: Vec::new() };
    for collection in &options.collections {
        let Some(folder) = folder_of(options, &collection.path) else { continue };
        let source = source_at(collection);
        let files = if whole { all(staged, &folder) } else { staged.changed(&[&folder])? };
        let under = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let inside: BTreeMap<&str, BlobId> =
            files.iter().filter_map(|(path, blob)| Some((path.strip_prefix(&under)?, *blob))).collect();
        for path in source.select(inside.keys().copied()) {
            let Some(blob) = inside.get(path.as_str()) else { continue };
            let bytes = staged.read(*blob)?;
            checked.documents += 1;
            checked.files.extend(file(options, &source, path, bytes, &names));
        }
    }
    in_order(&mut checked.files);
    Ok(checked)
}

fn all(staged: &Staged, folder: &str) -> Vec<(String, BlobId)> {
    let within = |path: &str| folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    staged.files().filter(|(path, _)| within(path)).map(|(path, blob)| (path.to_owned(), blob)).collect()
}

fn file(
    options: &Options,
    source: &Source,
    path: SourcePath,
    bytes: Vec<u8>,
    names: &NameList,
) -> Option<FileFindings> {
    if bytes.len() as u64 > FILE_LIMIT_BYTES {
        let reason = format!("longer than {FILE_LIMIT_BYTES} bytes");
        let skipped = Skipped { path: path.to_string(), reason, passing: false };
        return Some(not_read(&source.collection, &skipped));
    }
    let file = SourceFile { collection: source.collection.clone(), path: path.clone(), bytes, modified_ns: 0 };
    let inspected = inspect(source, file, None, &options.rules, names);
    let mut findings = inspected.findings();
    findings.sort_by_key(|finding| (finding.line, finding.column));
    let visibility = Some(inspected.classified.record().visibility());
    let collection = source.collection.clone();
    (!findings.is_empty()).then_some(FileFindings { collection, path, visibility, findings })
}
