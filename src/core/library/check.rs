//! Everything that is wrong with the files, for their editors.
//!
//! Reads the files as they are on disk, without an index and without a data folder: what it says holds for the next
//! save, not for the last generation.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::access::{CollectionName, Visibility};
use crate::corpus::{
    Destination, DocumentId, Finding, Level, Link, Record, Skipped, SourcePath, link_findings, title_findings,
};

use super::collections::{sources, verify};
use super::exposure::names;
use super::history::places;
use super::inspect::inspect;
use super::owners::Owners;
use super::pack_check::pack_findings;
use super::shown::Shown;
use super::{FileFindings, Graph, LibraryError, Options};

/// A corpus as `check` saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// How many documents were read.
    pub documents: usize,
    /// The files with findings, by collection and path.
    pub files: Vec<FileFindings>,
}

/// Reads every file of every collection and says what is wrong: with the file itself, with its links, or why it is not
/// read at all.
///
/// Links are judged against all collections: an editor sees everything. What a stranger may see of a link is decided
/// where it is drawn.
///
/// # Errors
/// Fails when a collection's folder is missing or given twice.
pub fn check(options: &Options) -> Result<Checked, LibraryError> {
    verify(options)?;
    let mut files = Vec::new();
    let mut records: Vec<Arc<Record>> = Vec::new();
    let mut alike = Vec::new();
    let mut found: HashMap<DocumentId, Vec<Finding>> = HashMap::new();
    let sources = sources(options)?;
    let names = names(options);
    let owners = Owners::read(&options.root, &sources);
    for (at, source) in sources.iter().enumerate() {
        let listing = source.list();
        let mut skipped = listing.skipped;
        for file in &listing.files {
            match source.read(&file.path) {
                Ok(file) => {
                    let owner = owners.of(at, &file.path).map(str::to_owned);
                    let inspected = inspect(source, file, owner.as_deref(), &options.rules, &names);
                    let record = inspected.classified.record();
                    found.insert(record.id.clone(), inspected.findings());
                    records.push(Arc::clone(record));
                }
                Err(reason) => skipped.push(reason),
            }
        }
        files.extend(skipped.iter().map(|skipped| not_read(&source.collection, skipped)));
        alike.extend(listing.alike.into_iter().map(|(one, other)| (source.collection.clone(), one, other)));
    }
    let graph = Graph::of(records.iter(), &places(options));
    let private: HashSet<&DocumentId> =
        records.iter().filter(|record| record.visibility() == Visibility::Private).map(|record| &record.id).collect();
    for (id, finding) in title_findings(graph.names()) {
        found.entry(id).or_default().push(finding);
    }
    for (collection, one, other) in alike {
        found.entry(DocumentId::of(&collection, &other)).or_default().push(named_alike(&one));
    }
    let mut shown = Shown::new(&sources);
    let judged = records.iter().filter_map(|record| {
        let mut found = found.remove(&record.id).unwrap_or_default();
        found.extend(shown.findings(record, &graph));
        judged(record, found, &graph, &private)
    });
    files.extend(judged);
    in_order(&mut files);
    Ok(Checked { documents: records.len(), files })
}

/// Sorts files by collection and path.
pub(super) fn in_order(files: &mut [FileFindings]) {
    files.sort_by(|a, b| (&a.collection, &a.path).cmp(&(&b.collection, &b.path)));
}

/// Everything that is wrong with one document: what was `found` in itself, with its title among the others and with
/// its images, and with its links.
fn judged(
    record: &Record,
    mut findings: Vec<Finding>,
    graph: &Graph,
    private: &HashSet<&DocumentId>,
) -> Option<FileFindings> {
    findings.extend(link_findings(record, graph.names()));
    findings.extend(pack_findings(record, graph.names()));
    if record.visibility() == Visibility::Public {
        findings.extend(record.links.iter().filter_map(|link| leads_to_private(record, link, graph, private)));
    }
    findings.sort_by_key(|finding| (finding.line, finding.column));
    let collection = CollectionName::parse(record.id.collection()).ok()?;
    let (path, visibility) = (record.path.clone(), Some(record.visibility()));
    (!findings.is_empty()).then_some(FileFindings { collection, path, visibility, findings })
}

/// A public page that links to a private one: readers see neutral text there.
fn leads_to_private(record: &Record, link: &Link, graph: &Graph, private: &HashSet<&DocumentId>) -> Option<Finding> {
    let (Destination::Document { id, .. } | Destination::MissingAnchor { id, .. }) = graph.resolve(record, link) else {
        return None;
    };
    private.contains(&id).then(|| Finding {
        level: Level::Warning,
        rule: "link-to-private".into(),
        line: link.line,
        column: link.column,
        message: format!("{id} is private, readers of this public page see plain text here; leave the link out"),
    })
}

/// Two files that are one on a system that knows no case, or writes letters in another form.
fn named_alike(one: &SourcePath) -> Finding {
    Finding {
        level: Level::Warning,
        rule: "name-alike".into(),
        line: 1,
        column: 1,
        message: format!(
            "{one} differs in case or Unicode form alone, on some machines the two are one file; rename one"
        ),
    }
}

pub(super) fn not_read(collection: &CollectionName, skipped: &Skipped) -> FileFindings {
    FileFindings {
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
    }
}
