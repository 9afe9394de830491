//! A page for machines: its text as Markdown, and all that is known of it as JSON.
//!
//! It says what the page says, from the same generation, and nothing that only a reader with a grant may know.

use serde_json::{Value, json};

use super::SiteError;
use super::front::View;
use crate::access::Public;
use crate::corpus::{Document, DocumentId};
use crate::library::due;

/// The media type of Markdown (RFC 7763).
pub(super) const MARKDOWN: &str = "text/markdown";
/// The media type of JSON.
pub(super) const JSON: &str = "application/json";

/// The text of a document, without what is not shown: front matter and comments.
pub(super) fn markdown(view: &View<'_>, document: &Document<Public>) -> Result<String, SiteError> {
    let text = (view.text)(document)?;
    let text = text.trim();
    let mut whole = String::with_capacity(text.len() + 80);
    // A title that only front matter has is part of what a reader sees.
    let record = document.record();
    if !record.sections.iter().any(|section| section.level == 1) {
        whole.push_str("# ");
        whole.push_str(&record.title);
        whole.push_str("\n\n");
    }
    whole.push_str(text);
    whole.push('\n');
    Ok(whole)
}

/// A document with what is known of it.
pub(super) fn json(view: &View<'_>, at: usize, document: &Document<Public>) -> Result<String, SiteError> {
    let (edition, record) = (view.edition, document.record());
    let (meta, commit) = (&record.meta, edition.commit(view, at));
    let (status, successors) = edition.directory().standing(record);
    let reference = |(id, title): (DocumentId, String)| json!({"uri": id.uri(), "title": title, "url": edition.address_of(&id).map(|path| view.absolute(path))});
    let links = |all: Vec<(DocumentId, String)>| all.into_iter().map(reference).collect::<Vec<Value>>();
    let headings = record.sections.iter().filter(|section| section.level > 0);
    let verified: Vec<Value> = meta.verified.iter().map(|one| json!({"by": one.by, "at": one.at})).collect();
    let whole = json!({
        "uri": record.id.uri(),
        "url": view.absolute(edition.address(at)),
        "title": record.title,
        "type": meta.kind,
        "description": meta.description,
        "language": meta.language.as_deref().unwrap_or(&view.options.language),
        "owner": meta.owner,
        "owner_inferred": meta.owner_inferred,
        "status": status.as_str(),
        "status_inferred": meta.status != Some(status),
        "verified": verified,
        "review_due": due(meta, commit.map(|commit| commit.date.as_str())).map(|day| day.to_string()),
        "superseded_by": successors.iter().map(DocumentId::uri).collect::<Vec<_>>(),
        "tags": meta.tags,
        "sources": meta.sources,
        "sha256": record.sha256.to_string(),
        "changed": commit.map(|commit| json!({"date": commit.date, "author": commit.author, "commit": commit.id})),
        "outline": headings.map(|one| json!({"level": one.level, "title": one.title, "anchor": one.anchor})).collect::<Vec<_>>(),
        "links": links(edition.graph.links(&record.id)),
        "backlinks": links(edition.graph.backlinks(&record.id)),
        "text": markdown(view, document)?,
    });
    Ok(format!("{whole:#}\n"))
}
