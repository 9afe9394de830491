//! Everything that is wrong with the files, for their editors.

use std::collections::BTreeMap;

use crate::access::{CollectionName, Private, Public};
use crate::corpus::{Finding, Level, SourcePath, Skipped, link_findings};

use super::shelf::{Shelf, Slot};
use super::{FileFindings, Graph};

/// Collects what the documents say of themselves, links that lead nowhere, and files that are not read.
///
/// Links are judged against all collections: an editor sees everything. What a stranger may see of a link is decided
/// where it is drawn.
pub(super) fn check(
    public: &Shelf<Public>,
    private: &BTreeMap<CollectionName, Slot<Private>>,
    skipped: &[(CollectionName, Skipped)],
) -> Vec<FileFindings> {
    let mut records: Vec<_> = public.documents().iter().map(|document| document.record().clone()).collect();
    for slot in private.values() {
        records.extend(slot.load().documents().iter().map(|document| document.record().clone()));
    }
    let graph = Graph::of(records.iter());
    let mut all: Vec<FileFindings> = records
        .iter()
        .filter_map(|record| {
            let mut findings = record.findings.clone();
            findings.extend(link_findings(record, graph.names()));
            findings.sort_by_key(|finding| (finding.line, finding.column));
            let collection = CollectionName::parse(record.id.collection()).ok()?;
            let (path, visibility) = (record.path.clone(), Some(record.visibility()));
            (!findings.is_empty()).then_some(FileFindings { collection, path, visibility, findings })
        })
        .collect();
    all.extend(skipped.iter().map(|(collection, skipped)| FileFindings {
        collection: collection.clone(),
        path: SourcePath::new(&skipped.path),
        visibility: None,
        findings: vec![Finding {
            level: Level::Warning,
            rule: "file-skipped".into(),
            line: 1,
            column: 1,
            message: skipped.reason.clone(),
        }],
    }));
    all.sort_by(|a, b| (&a.collection, &a.path).cmp(&(&b.collection, &b.path)));
    all
}
