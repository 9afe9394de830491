//! Who links to whom, among the documents one reader may see.

use std::collections::HashMap;
use std::sync::Arc;

use crate::access::CollectionName;
use crate::corpus::{Destination, DocumentId, Link, Names, Record};

use super::shelf::Places;

/// Names and links of a set of documents.
#[derive(Debug, Default)]
pub struct Graph {
    names: Names,
    titles: HashMap<DocumentId, String>,
    to: HashMap<DocumentId, Vec<DocumentId>>,
    from: HashMap<DocumentId, Vec<DocumentId>>,
}

impl Graph {
    /// Reads the links of `records`; those that lead out of the set are dropped.
    pub(super) fn of<'a>(records: impl Iterator<Item = &'a Arc<Record>>, places: &Places) -> Self {
        let records: Vec<&Arc<Record>> = records.collect();
        let mut graph = Self { names: names(records.iter().copied(), places), ..Self::default() };
        for record in &records {
            graph.titles.insert(record.id.clone(), record.title.clone());
            for link in &record.links {
                let (Destination::Document { id, .. } | Destination::MissingAnchor { id, .. }) =
                    graph.names.resolve(record, link)
                else {
                    continue;
                };
                if id != record.id {
                    graph.to.entry(record.id.clone()).or_default().push(id.clone());
                    graph.from.entry(id).or_default().push(record.id.clone());
                }
            }
        }
        for list in graph.to.values_mut().chain(graph.from.values_mut()) {
            list.sort_unstable();
            list.dedup();
        }
        graph
    }

    /// The graph of a set of documents that lie nowhere in particular: for tests of faces.
    pub fn of_records<'a>(records: impl Iterator<Item = &'a Arc<Record>>) -> Self {
        Self::of(records, &Places::default())
    }

    /// Where a link leads, among these documents.
    #[must_use]
    pub fn resolve(&self, from: &Record, link: &Link) -> Destination {
        self.names.resolve(from, link)
    }

    /// The names, for judging links.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Documents that `id` links to, with their titles.
    #[must_use]
    pub fn links(&self, id: &DocumentId) -> Vec<(DocumentId, String)> {
        self.titled(self.to.get(id))
    }

    /// Documents that link to `id`, with their titles.
    #[must_use]
    pub fn backlinks(&self, id: &DocumentId) -> Vec<(DocumentId, String)> {
        self.titled(self.from.get(id))
    }

    fn titled(&self, ids: Option<&Vec<DocumentId>>) -> Vec<(DocumentId, String)> {
        let ids = ids.map_or(&[][..], Vec::as_slice);
        ids.iter().map(|id| (id.clone(), self.titles.get(id).cloned().unwrap_or_default())).collect()
    }
}

/// The names of a set of documents whose collections lie at `places`.
pub(super) fn names<'a>(records: impl Iterator<Item = &'a Arc<Record>>, places: &Places) -> Names {
    let mut names = Names::new(records);
    for (collection, folder) in places {
        if let Ok(collection) = CollectionName::parse(collection) {
            names = names.with_folder(&collection, folder);
        }
    }
    names
}
