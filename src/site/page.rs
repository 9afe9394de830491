//! The page of a document.

use maud::{Markup, PreEscaped, html};

use super::SiteError;
use super::address::{encoded, parent};
use super::body::Levels;
use super::edition::Edition;
use super::front::{Html, View};
use super::layout::{self, Frame, direction};
use super::links::Links;
use super::{body::Lead, tree};
use crate::access::Public;
use crate::corpus::{Document, DocumentId, Language, LinkKind, Record, Status};
use crate::retrieval::Commit;

/// Draws the document at a place of the edition.
pub(super) fn draw(view: &View<'_>, at: usize, document: &Document<Public>) -> Result<Html, SiteError> {
    let (edition, record) = (view.edition, document.record());
    let body = view.body(document)?;
    let commit = (view.commit)(document);
    let of_collection =
        (!matches!(record.language, Language::English | Language::Other)).then(|| record.language.code());
    let language = record.meta.language.as_deref().or(of_collection);
    let main = html! {
        (breadcrumbs(edition, record))
        article lang=[language] dir=[language.map(direction)] {
            h1 id=[body.title_anchor.as_deref().filter(|anchor| !anchor.is_empty())] { (record.title) }
            @if let Some(description) = &record.meta.description { p.lead { (description) } }
            (trust(record, commit.as_ref()))
            (banner(edition, record))
            div.prose { (PreEscaped(&body.html)) }
        }
        (backlinks(edition, record))
        (neighbours(edition, at))
    };
    let frame = Frame {
        title: &record.title,
        description: record.meta.description.as_deref(),
        language,
        collection: Some(record.id.collection()),
        main,
        tree: tree::draw(edition, record.id.collection(), record.id.as_str()),
        outline: outline(record, body.title_anchor.as_deref()),
        ..Frame::default()
    };
    Ok(layout::draw(view, &frame))
}

/// The way from the front page to a document or a folder, itself left out.
pub(super) fn trail(edition: &Edition, path: &str) -> Markup {
    let mut folders = Vec::new();
    let mut above = parent(path);
    while !above.is_empty() {
        folders.push(above);
        above = parent(above);
    }
    html! {
        nav.breadcrumbs aria-label="Breadcrumbs" {
            ol {
                li { a href="/" { "Home" } }
                @for folder in folders.iter().rev().filter_map(|folder| edition.folder(folder)) {
                    li { a href={ "/" (encoded(&folder.path)) } { (edition.folder_name(folder)) } }
                }
            }
        }
    }
}

fn breadcrumbs(edition: &Edition, record: &Record) -> Markup {
    // A folder's front page stands for its folder.
    let folder = edition.folder(parent(record.id.as_str()));
    let front = folder.filter(|folder| folder.index == edition.find(&record.id));
    trail(edition, front.map_or(record.id.as_str(), |folder| &folder.path))
}

/// What a reader needs to know before trusting the text.
fn trust(record: &Record, commit: Option<&Commit>) -> Markup {
    let meta = &record.meta;
    let status = meta.status.unwrap_or_default().as_str();
    html! {
        ul.trust aria-label="About this page" {
            li { span.unseen { "Type: " } span.kind { (meta.kind) } }
            @if let Some(status) = meta.status { li { span.unseen { "Status: " } span class={ "status status-" (status.as_str()) } { (status.as_str()) } } }
            @else { li.unseen { "Status: " (status) } }
            @if let Some(owner) = &meta.owner { li { "Owner " span.owner { (owner) } } }
            @if let Some(verified) = meta.verified.last() { li { "Verified by " (verified.by) ", " (verified.at) } }
            @if let Some(commit) = commit {
                li {
                    "Changed " (date(&commit.date))
                    @if let Some(id) = &commit.id { " in " code.commit title=(id) { (short(id)) } }
                }
            } @else if let Some(updated) = meta.updated.as_ref().or(meta.date.as_ref()) {
                li { "Dated " (updated) }
            }
            @if let Some(every) = &meta.review_every { li { "Reviewed every " (every) } }
        }
    }
}

/// A date as people read it, with the whole of it for machines.
pub(super) fn date(rfc3339: &str) -> Markup {
    html! { time datetime=(rfc3339) { (rfc3339.get(..10).unwrap_or(rfc3339)) } }
}

fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

/// Says that a text is not in force any more, and what is.
fn banner(edition: &Edition, record: &Record) -> Markup {
    let says = match record.meta.status {
        Some(Status::Deprecated) => "This page is deprecated: it is still true, and on its way out.",
        Some(Status::Superseded) => "This page is superseded: another one has taken its place.",
        Some(Status::Retired) => "This page is retired: it is no longer true.",
        Some(Status::Draft | Status::Accepted) | None => return html! {},
    };
    html! {
        div.banner role="note" {
            p { strong { (says) } }
            @for successor in &record.meta.superseded_by {
                p { "Read instead: " (successor_link(edition, record, successor)) }
            }
        }
    }
}

/// A successor may be named by its id, its path or its name.
fn successor_link(edition: &Edition, record: &Record, name: &str) -> Markup {
    let by_id = DocumentId::parse(name).ok().and_then(|id| edition.find(&id));
    let links = Links { edition, from: record };
    let led = || {
        [LinkKind::Wiki, LinkKind::Inline].into_iter().find_map(|kind| match links.lead(kind, name) {
            Lead::Here(address) => Some(address),
            Lead::Image(_) | Lead::Outside(_) | Lead::Nowhere => None,
        })
    };
    let address = by_id.map(|at| edition.address(at).to_owned()).or_else(led);
    let title = by_id.and_then(|at| edition.document(at)).map_or(name, |document| &document.record().title);
    html! {
        @match address {
            Some(address) => a href=(address) { (title) },
            None => span.unavailable { (name) },
        }
    }
}

fn backlinks(edition: &Edition, record: &Record) -> Markup {
    let from = edition.graph.backlinks(&record.id);
    let pages: Vec<_> =
        from.iter().filter_map(|(id, title)| Some((edition.address_of(id)?, title, id.collection()))).collect();
    html! {
        @if !pages.is_empty() {
            section.backlinks aria-labelledby="c:backlinks" {
                h2 id="c:backlinks" { "Pages that link here" }
                ul {
                    @for (address, title, collection) in pages {
                        li { a href=(address) { (title) } @if collection != record.id.collection() { " " span.quiet { (collection) } } }
                    }
                }
            }
        }
    }
}

fn neighbours(edition: &Edition, at: usize) -> Markup {
    let (before, after) = edition.neighbours(at);
    let link = |at: usize, rel: &str, says: &str| {
        html! {
            @if let Some(document) = edition.document(at) {
                a class=(rel) rel=(rel) href=(edition.address(at)) { span.quiet { (says) } (document.record().title) }
            }
        }
    };
    html! {
        @if before.is_some() || after.is_some() {
            nav.neighbours aria-label="Pages before and after" {
                @if let Some(before) = before { (link(before, "prev", "Previous")) }
                @if let Some(after) = after { (link(after, "next", "Next")) }
            }
        }
    }
}

/// The headings of a page, two levels deep.
fn outline(record: &Record, title_anchor: Option<&str>) -> Option<Markup> {
    let mut levels = Levels::default();
    let mut left_out = title_anchor;
    let mut headings = Vec::new();
    for section in record.sections.iter().filter(|section| section.level > 0) {
        if section.level == 1 && left_out == Some(section.anchor.as_str()) {
            left_out = None;
            continue;
        }
        let level = levels.shown(section.level);
        if level <= 3 && !section.title.is_empty() && !section.anchor.is_empty() {
            headings.push((level, section));
        }
    }
    (headings.len() > 1).then(|| {
        html! {
            nav.outline aria-labelledby="c:outline" {
                p.outline-name id="c:outline" { "On this page" }
                ul {
                    @for (level, section) in headings {
                        li class={ "level-" (level) } { a href={ "#" (encoded(&section.anchor)) } { (section.title) } }
                    }
                }
            }
        }
    })
}
