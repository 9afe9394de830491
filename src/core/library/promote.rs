//! The private document that a public page is made of, and where its links would lead from there.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use crate::access::{CollectionName, Visibility};
use crate::corpus::{Destination, DocumentId, Link, LinkKind, Record, SourcePath};
use crate::governance::Fate;

use super::collections::{classified, sources, verify};
use super::exposure::{folder_of, source_at};
use super::history::places;
use super::owners::Owners;
use super::shelf::Places;
use super::{Graph, LibraryError, Options};

/// A document among all others, as an editor has them on disk.
#[derive(Debug)]
pub struct Evidence {
    /// What is known of it.
    pub record: Arc<Record>,
    /// Its visible text.
    pub text: String,
    /// What its folder grants.
    pub folder: Visibility,
    graph: Graph,
    places: Places,
    public: HashSet<DocumentId>,
    /// Collections whose files are public.
    open: HashSet<String>,
}

/// Reads the document whose file this is, and all others beside it; `None` when the file is no document.
///
/// # Errors
/// Fails when a collection's folder is missing.
pub fn evidence(options: &Options, file: &Path) -> Result<Option<Evidence>, LibraryError> {
    verify(options)?;
    let sources = sources(options)?;
    let owners = Owners::read(&options.root, &sources);
    let Some((wanted, path)) = sources
        .iter()
        .enumerate()
        .find_map(|(at, source)| Some((at, source.relative(file).filter(|_| source.owns(file))?)))
    else {
        return Ok(None);
    };
    let (mut records, mut found) = (Vec::new(), None);
    for (at, source) in sources.iter().enumerate() {
        for listed in source.list().files {
            let Ok(file) = source.read(&listed.path) else { continue };
            let owner = owners.of(at, &listed.path).map(str::to_owned);
            let (record, body) = classified(source, file, owner.as_deref(), &options.rules).into_parts();
            if at == wanted && record.path == path {
                found = Some((Arc::clone(&record), body.text, source.visibility));
            }
            records.push(record);
        }
    }
    let places = places(options);
    let public = records.iter().filter(|record| record.visibility() == Visibility::Public);
    let open = sources.iter().filter(|source| source.visibility == Visibility::Public);
    Ok(found.map(|(record, text, folder)| Evidence {
        record,
        text,
        folder,
        graph: Graph::of(records.iter(), &places),
        places,
        public: public.map(|record| record.id.clone()).collect(),
        open: open.map(|source| source.collection.to_string()).collect(),
    }))
}

/// Where a page may be put: the public collection and the path in it of a Markdown file, there or not; `None` when the
/// path is in none, or leads through a link.
#[must_use]
pub fn page_place(options: &Options, file: &Path) -> Option<(CollectionName, SourcePath)> {
    let inside = folder_of(options, file)?;
    let mut there = file.ancestors().skip(1).filter(|folder| folder.is_dir());
    let real = std::fs::canonicalize(there.next()?).ok()?;
    let public = options.collections.iter().filter(|collection| collection.visibility == Visibility::Public);
    public.into_iter().find_map(|collection| {
        let folder = folder_of(options, &collection.path)?;
        let path = if folder.is_empty() { inside.as_str() } else { inside.strip_prefix(&folder)?.strip_prefix('/')? };
        let within = real.starts_with(std::fs::canonicalize(&collection.path).ok()?);
        let source = source_at(collection);
        let listed = source.select(std::iter::once(path)).into_iter().next().filter(|_| within)?;
        Some((collection.name.clone(), listed))
    })
}

impl Evidence {
    /// What becomes of a link on a page at `path` of `collection`: strangers must be able to follow it from there.
    #[must_use]
    pub fn fate(&self, link: &Link, collection: &CollectionName, path: &SourcePath) -> Fate {
        let wiki = matches!(link.kind, LinkKind::Wiki | LinkKind::Embed);
        let absolute = link.target.starts_with('/') || link.target.starts_with("cairn://");
        let leads = |to: &str, file: &str| match self.relative((collection.as_str(), path.as_str()), (to, file)) {
            _ if wiki || absolute => Fate::Keep,
            Some(target) => {
                let fragment = link.fragment.as_ref().map(|fragment| format!("#{fragment}")).unwrap_or_default();
                Fate::Leads(format!("{target}{fragment}"))
            }
            None => Fate::Words,
        };
        match self.graph.resolve(&self.record, link) {
            Destination::External(_) => Fate::Keep,
            Destination::Document { id, .. } | Destination::MissingAnchor { id, .. } if id == self.record.id => {
                if link.target.is_empty() { Fate::Keep } else { Fate::Words }
            }
            Destination::Document { id, .. } | Destination::MissingAnchor { id, .. } if self.public.contains(&id) => {
                let record = self.graph.names().records().iter().find(|record| record.id == id);
                record.map_or(Fate::Words, |record| leads(id.collection(), record.path.as_str()))
            }
            Destination::Asset { collection, path } if self.open.contains(&collection) => {
                leads(&collection, path.as_str())
            }
            Destination::Folder { collection, path } if self.open.contains(&collection) => leads(&collection, &path),
            _ => Fate::Words,
        }
    }

    /// The way from one file to another, as a link writes it.
    fn relative(&self, from: (&str, &str), to: (&str, &str)) -> Option<String> {
        let whole = |(collection, path): (&str, &str)| {
            let place = self.places.get(collection)?;
            Some(if place.is_empty() { path.to_owned() } else { format!("{place}/{path}") })
        };
        let (from, to) = (whole(from)?, whole(to)?);
        let from: Vec<&str> = from.split('/').collect();
        let to: Vec<&str> = to.split('/').collect();
        let folders = from.len() - 1;
        let shared = from.iter().take(folders).zip(&to).take_while(|(a, b)| a == b).count();
        let up = std::iter::repeat_n("..", folders - shared);
        let parts: Vec<&str> = up.chain(to.iter().skip(shared).copied()).collect();
        Some(parts.join("/").replace(' ', "%20"))
    }
}
