//! A public shelf for tests, made of texts.

use std::sync::Arc;

use super::SiteError;
use super::bodies::Bodies;
use super::body;
use super::edition::Edition;
use super::front::{Found, Representation, SiteOptions, View, find};
use super::links::Links;
use crate::access::{CollectionName, Public, Visibility};
use crate::corpus::{Classified, Document, DocumentId, Draft, SourceFile, SourcePath};
use crate::ledger::Day;
use crate::library::{Graph, HistoryStamp, Images};
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
    let graph = Arc::new(Graph::of_records(documents.iter().map(Document::record)));
    let images = Images::of(&documents, &graph, |_| true);
    Edition::new((7, HistoryStamp::default()), documents, graph, images)
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
            id: Some(document.record().sha256.to_string().chars().take(40).collect()),
            date: "2026-03-04T05:06:07Z".to_owned(),
            author: "someone".to_owned(),
        })
    };
    draw(&View {
        options: &SiteOptions {
            public_url: Some("https://cairn.example".to_owned()),
            edit_url: Some("https://git.example/edit/{path}".to_owned()),
            ..SiteOptions::default()
        },
        edition: &edition(files),
        bodies: &Bodies::default(),
        text: &text,
        commit: &commit,
        file: &|document| Some(format!("docs/{}", document.record().id)),
        today: Day::read("2026-11-29").unwrap(),
        notes: None,
    })
}

/// The page at a path.
pub(super) fn page(files: &[(&str, &str)], path: &str) -> String {
    match drawn(files, |view| find(view, path, Representation::Html)).unwrap() {
        Found::Page(html, _) | Found::Gone(html, _) => html.into_string(),
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
    body::render(text, document.record(), &|kind, url: &str| links.lead(kind, url)).html
}

/// An answer with a passage of each of the first documents.
pub(super) fn answer(view: &View<'_>) -> crate::library::Answer<Public> {
    use crate::retrieval::{Citation, Leg, Legs, Passage, Snippet};
    let leg = |rank| Some(Leg { rank, score: 1.0, share: 1.0 });
    let passages = view.edition.documents().iter().take(5).enumerate().map(|(at, document)| {
        let record = document.record();
        let text = (view.text)(document).unwrap();
        let chunk = record.chunks.first().unwrap();
        let text = text.get(chunk.span.start as usize..chunk.span.end as usize).unwrap().replace('\n', " ");
        let text: String = text.chars().take(240).collect();
        let hits = text.match_indices("the ").map(|(at, word)| at..at + word.len() - 1).collect();
        Passage {
            document: document.clone(),
            headings: record.heading_path(chunk.section).into_iter().map(str::to_owned).collect(),
            snippet: Snippet { text: text.clone(), hits },
            citation: Citation {
                document: record.id.clone(),
                anchor: record.sections.get(chunk.section as usize).unwrap().anchor.clone(),
                lines: chunk.lines,
                sha256: chunk.sha256,
                commit: None,
                updated: None,
                uncommitted: false,
                generation: 7,
            },
            score: 0.5,
            evidence: 0.0,
            legs: Legs { lexical: leg(1), vector: leg(2).filter(|_| at > 0) },
            fused: 0.5,
            status: crate::corpus::Status::Accepted,
            superseded_by: Vec::new(),
            also_in: Vec::new(),
            words: Vec::new(),
            notes: Vec::new(),
            cut: None,
            text,
        }
    });
    crate::library::Answer {
        passages: passages.collect(),
        retrieval: serde_json::from_str("\"r_01jcairncairncairncairn01\"").unwrap(),
        recorded: true,
        truncated: true,
        next: None,
        hint: None,
        note: None,
        tokens: 50,
        words: Default::default(),
        detail: crate::retrieval::Detail::Full,
        explain: false,
        expansions: Vec::new(),
        without_vectors: false,
        lexical_weight: 0.7,
        counted: None,
    }
}
