//! Pages that are kept off the public shelf because of a secret: which they are, and by which rules they were judged.
//!
//! The data folder remembers the digest of the rules that judged what is on the public shelf. Under other rules every
//! public file is read again before strangers are answered, whatever its size and time.

use std::collections::BTreeMap;

use crate::access::{CollectionName, Private};
use crate::corpus::{Level, Record};
use crate::governance::is_withheld;

use super::shelf::Slot;
use super::{FileFindings, Options};

/// The file in the data folder.
const FILE: &str = "rules";

/// Whether what is on the shelves was judged by these rules.
pub(super) fn is_judged(options: &Options) -> bool {
    let known = std::fs::read_to_string(options.data.join(FILE));
    known.is_ok_and(|known| known.trim() == options.rules.digest().to_string())
}

/// Remembers by which rules the shelves were judged.
pub(super) fn note_judged(options: &Options) {
    if is_judged(options) {
        return;
    }
    // When it can't be noted, everything public is read again at the next start.
    if let Err(error) = std::fs::write(options.data.join(FILE), format!("{}\n", options.rules.digest())) {
        tracing::debug!(%error, "the rules that judged the shelves cannot be noted");
    }
}

/// Tells the log that a page is kept in, and where to look. What was seen there is not told.
pub(super) fn tell(record: &Record) {
    if !is_withheld(record) {
        return;
    }
    if let Some(finding) = record.findings.iter().find(|finding| finding.level == Level::Secret) {
        tracing::warn!(
            document.id = %record.id,
            finding.line = finding.line,
            finding.rule = %finding.rule,
            "page is kept off the public shelf; cairn check says why"
        );
    }
}

/// The pages that are kept in, with what keeps them.
pub(super) fn of(private: &BTreeMap<CollectionName, Slot<Private>>) -> Vec<FileFindings> {
    let mut withheld = Vec::new();
    for (collection, slot) in private {
        for (_, record) in slot.load().searcher().catalogue().iter().filter(|(_, record)| is_withheld(record)) {
            let secret = record.findings.iter().filter(|finding| finding.level == Level::Secret);
            withheld.push(FileFindings {
                collection: collection.clone(),
                path: record.path.clone(),
                visibility: Some(record.visibility()),
                findings: secret.cloned().collect(),
            });
        }
    }
    withheld.sort_by(|a, b| (&a.collection, &a.path).cmp(&(&b.collection, &b.path)));
    withheld
}
