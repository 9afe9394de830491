//! A public shelf for tests, made of texts.

use std::sync::Arc;

use super::SiteError;
use super::bodies::Bodies;
use super::body;
use super::edition::Edition;
use super::front::{Found, SiteOptions, View, find};
use super::links::Links;
use crate::access::{CollectionName, Public, Visibility};
use crate::corpus::{Classified, Document, DocumentId, Draft, SourceFile, SourcePath};
use crate::library::Graph;
use crate::retrieval::Commit;

/// The public documents among files, with their visible texts. A path's first part names the collection.
pub(super) fn documents(files: &[(&str, &str)]) -> Vec<(Document<Public>, String)> {
    let mut documents: Vec<_> = files
        .iter()
        .filter_map(|(path, text)| {
            let (collection, path) = path.split_once('/').unwrap();
            let file = SourceFile {
                collection: CollectionName::parse(collection).unwrap(),
                path: SourcePath::new(path),
                bytes: text.as_bytes().to_vec(),
                modified_ns: 0,
            };
            match Draft::parse(file).classify(Visibility::Public) {
                Classified::Public(document, body) => Some((document, body.text)),
                Classified::Private(..) => None,
            }
        })
        .collect();
    documents.sort_by(|one, other| one.0.record().id.cmp(&other.0.record().id));
    documents
}

/// The edition of files.
pub(super) fn edition(files: &[(&str, &str)]) -> Edition {
    let documents: Vec<_> = documents(files).into_iter().map(|(document, _)| document).collect();
    let graph = Arc::new(Graph::of(documents.iter().map(Document::record)));
    Edition::new(7, documents, graph)
}

/// Draws something of a site over files.
pub(super) fn drawn<R>(files: &[(&str, &str)], draw: impl FnOnce(&View<'_>) -> R) -> R {
    let texts = documents(files);
    let text = |document: &Document<Public>| {
        let found = texts.iter().find(|(one, _)| one.record().id == document.record().id);
        let missing = || SiteError::Text { id: document.record().id.clone(), source: "no text".into() };
        found.map(|(_, text)| text.clone()).ok_or_else(missing)
    };
    let commit = |document: &Document<Public>| {
        Some(Commit {
            id: document.record().sha256.to_string().chars().take(40).collect(),
            date: "2026-03-04T05:06:07Z".to_owned(),
            author: "someone".to_owned(),
        })
    };
    draw(&View {
        options: &SiteOptions { public_url: Some("https://cairn.example".to_owned()), ..SiteOptions::default() },
        edition: &edition(files),
        bodies: &Bodies::default(),
        text: &text,
        commit: &commit,
    })
}

/// The page at a path.
pub(super) fn page(files: &[(&str, &str)], path: &str) -> String {
    match drawn(files, |view| find(view, path)).unwrap() {
        Found::Page(html) => html.into_string(),
        other => panic!("{path}: {other:?}"),
    }
}

/// The body of one document, alone in its collection.
pub(super) fn body(text: &str) -> String {
    let files = [("playbook/page.md", text), ("playbook/other page.md", "# Other\n\n## Part\n")];
    let edition = edition(&files);
    let all = documents(&files);
    let id = DocumentId::parse("playbook/page").unwrap();
    let (document, text) = all.iter().find(|(one, _)| one.record().id == id).expect("the page is public");
    let links = Links { edition: &edition, from: document.record() };
    body::render(text, document.record(), &|kind, url| links.lead(kind, url)).html
}
