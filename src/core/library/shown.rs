//! What is wrong with the images that documents show, for their editors.
//!
//! Judged with all collections and with the files as they are on disk. Of each image the beginning is read, once.

use std::collections::HashMap;

use crate::access::Visibility;
use crate::corpus::{Destination, Finding, ImageType, Level, Link, LinkKind, Record, Source, SourcePath};

use super::Graph;

/// Judges images, and remembers those it has seen.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    sources: &'a [Source],
    seen: HashMap<(String, SourcePath), Option<String>>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(sources: &'a [Source]) -> Self {
        Self { sources, seen: HashMap::new() }
    }

    /// What is wrong with the images of a document.
    pub(super) fn findings(&mut self, record: &Record, graph: &Graph) -> Vec<Finding> {
        let shown = record.links.iter().filter(|link| matches!(link.kind, LinkKind::Image | LinkKind::Embed));
        shown.filter_map(|link| self.judge(record, link, graph)).collect()
    }

    fn judge(&mut self, record: &Record, link: &Link, graph: &Graph) -> Option<Finding> {
        let target: String = link.target.chars().take(120).collect();
        let (rule, message) = match graph.resolve(record, link) {
            Destination::Asset { collection, path } => {
                let source = self.sources.iter().find(|source| source.collection.as_str() == collection)?;
                let public = record.visibility() == Visibility::Public;
                if public && source.visibility == Visibility::Private {
                    let to = "is in a private folder, readers of this public page see its words alone; keep a copy in this one";
                    ("image-private", format!("{target}: {to}"))
                } else {
                    let reason = self.reason(source, &path)?;
                    ("image-missing", format!("{target}: {reason}; readers see its words alone"))
                }
            }
            Destination::Outside(path) if ImageType::is_name(&path) => {
                let to = "is outside of every collection, readers see its words alone; keep it in the collection";
                ("image-outside", format!("{target}: {to}"))
            }
            _ => return None,
        };
        Some(Finding { level: Level::Warning, rule: rule.into(), line: link.line, column: link.column, message })
    }

    /// Why an image can't be served, if it can't.
    fn reason(&mut self, source: &Source, path: &SourcePath) -> Option<String> {
        let key = (source.collection.to_string(), path.clone());
        let seen = self.seen.entry(key);
        seen.or_insert_with(|| source.look_at_image(path).err().map(|skipped| skipped.reason)).clone()
    }
}
