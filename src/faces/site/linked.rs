//! What pages say as JSON-LD, in the words of schema.org.

use serde_json::{Value, json};

use super::address::{encoded, parent};
use super::front::View;
use crate::corpus::Record;
use crate::retrieval::Commit;

/// Kinds of documents that tell how something is done.
const HOW_TO: [&str; 4] = ["playbook", "process", "job", "skill"];

/// A document: what it is, and where it stands.
pub(super) fn page(view: &View<'_>, at: usize, record: &Record, commit: Option<&Commit>) -> Value {
    let address = view.absolute(view.edition.address(at));
    let meta = &record.meta;
    let mut main = json!({
        "@id": address,
        "url": address,
        "inLanguage": meta.language.as_deref().unwrap_or(&view.options.language),
        "publisher": {"@type": "Organization", "name": view.options.name},
    });
    let steps: Vec<Value> = steps(record).map(|(title, anchor)| step(&address, title, anchor)).collect();
    let (kind, name) = if meta.kind == "term" {
        ("DefinedTerm", "name")
    } else if HOW_TO.contains(&meta.kind.as_str()) && steps.len() > 1 {
        main["step"] = steps.into();
        ("HowTo", "name")
    } else {
        ("TechArticle", "headline")
    };
    main["@type"] = kind.into();
    main[name] = record.title.as_str().into();
    if let Some(description) = &meta.description {
        main["description"] = description.as_str().into();
    }
    if kind == "DefinedTerm" {
        main["inDefinedTermSet"] = view.absolute("/glossary").into();
    } else {
        if !meta.tags.is_empty() {
            main["keywords"] = meta.tags.clone().into();
        }
        if let Some(commit) = commit {
            main["dateModified"] = commit.date.as_str().into();
            main["author"] = json!({"@type": "Person", "name": commit.author});
        }
        if let Some(date) = &meta.date {
            main["datePublished"] = date.as_str().into();
        }
    }
    json!({"@context": "https://schema.org", "@graph": [main, breadcrumbs(view, record.id.as_str(), &record.title)]})
}

/// The way from the front page to a document or a folder.
pub(super) fn breadcrumbs(view: &View<'_>, path: &str, title: &str) -> Value {
    let mut way = Vec::new();
    let mut above = parent(path);
    while !above.is_empty() {
        if let Some(folder) = view.edition.folder(above) {
            way.push((view.edition.folder_name(folder), view.absolute(&format!("/{}", encoded(above)))));
        }
        above = parent(above);
    }
    way.push((view.options.name.clone(), view.absolute("/")));
    way.reverse();
    let items = way.into_iter().map(|(name, item)| json!({"name": name, "item": item})).chain([json!({"name": title})]);
    let items: Vec<Value> = (1..)
        .zip(items)
        .map(|(position, mut item)| {
            item["@type"] = "ListItem".into();
            item["position"] = position.into();
            item
        })
        .collect();
    json!({"@type": "BreadcrumbList", "itemListElement": items})
}

/// The glossary.
pub(super) fn terms<'a>(view: &View<'_>, terms: impl Iterator<Item = (&'a str, &'a str, String)>) -> Value {
    let address = view.absolute("/glossary");
    let term = |(name, definition, url): (&str, &str, String)| json!({"@type": "DefinedTerm", "name": name, "description": definition, "url": view.absolute(&url), "inDefinedTermSet": address});
    json!({
        "@context": "https://schema.org",
        "@type": "DefinedTermSet",
        "@id": address,
        "name": format!("Glossary of {}", view.options.name),
        "hasDefinedTerm": terms.map(term).collect::<Vec<_>>(),
    })
}

/// The site, with how it is searched.
pub(super) fn site(view: &View<'_>) -> Value {
    json!({
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": view.options.name,
        "url": view.absolute("/"),
        "potentialAction": {
            "@type": "SearchAction",
            "target": view.absolute("/search?q={search_term_string}"),
            "query-input": "required name=search_term_string",
        },
    })
}

/// The parts of a page that come one after the other: headings of the second level.
fn steps(record: &Record) -> impl Iterator<Item = (&str, &str)> {
    let second = record.sections.iter().filter(|section| section.level == 2);
    second
        .filter(|section| !section.title.is_empty() && !section.anchor.is_empty())
        .map(|section| (section.title.as_str(), section.anchor.as_str()))
}

fn step(address: &str, title: &str, anchor: &str) -> Value {
    json!({"@type": "HowToStep", "name": title, "url": format!("{address}#{}", encoded(anchor))})
}
