//! The page of a document.

use maud::{Markup, PreEscaped, html};

use super::address::{encoded, parent};
use super::body::{Lead, Levels};
use super::edition::{Edition, is_retired};
use super::front::{Html, View};
use super::layout::{self, Alternate, Frame, direction};
use super::links::Links;
use super::proof::Proof;
use super::{Asked, SiteError};
use super::{feed, linked, proof_part, tags, tree, trust, twin};
use crate::access::Public;
use crate::corpus::{Document, Language, LinkKind, PackSource, Record};
use crate::retrieval::Commit;

/// How many related pages are named.
const RELATED: usize = 5;

/// Draws the document at a place of the edition.
pub(super) fn draw(view: &View<'_>, at: usize, document: &Document<Public>) -> Result<Html, SiteError> {
    let (edition, record) = (view.edition, document.record());
    let body = view.body(document)?;
    let commit = edition.commit(view, at);
    let of_collection =
        (!matches!(record.language, Language::English | Language::Other)).then(|| record.language.code());
    let language = record.meta.language.as_deref().or(of_collection);
    let proof = Proof::of(record);
    let retired = is_retired(record);
    let prose = html! { div.prose { (PreEscaped(&body.html)) } };
    let main = html! {
        (breadcrumbs(edition, record))
        article lang=[language] dir=[language.map(direction)] {
            h1 id=[body.title_anchor.as_deref().filter(|anchor| !anchor.is_empty())] { (record.title) }
            @if let Some(description) = &record.meta.description { p.lead { (description) } }
            (trust::line(view, record, commit))
            (trust::banner(view, record, commit))
            @if let Some(proof) = &proof { (proof_part::draw(proof)) }
            @if retired { details.retired open[view.notes.is_some()] { summary { "Read the retired text" } (prose) } } @else { (prose) }
        }
        (around(view, at, document, commit))
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
        hidden: retired,
        address: Some(edition.address(at)),
        article: true,
        alternates: alternates(record),
        linked: Some(linked::page(view, at, record, commit)),
        noted: Some(&record.id),
        ..Frame::default()
    };
    Ok(layout::draw(view, &frame))
}

/// The page for machines, and news of its collection.
fn alternates(record: &Record) -> Vec<Alternate> {
    let twin = |media, kind: &str| Alternate {
        media,
        address: format!("/{}.{kind}", encoded(record.id.as_str())),
        title: record.title.clone(),
    };
    let mut all = vec![twin(twin::MARKDOWN, "md"), twin(twin::JSON, "json")];
    all.extend(feed::of_collection(record.id.collection()));
    all
}

/// What stands around a text: its tags, what it is made of, what it proves or is proved by, who links to it, and what one
/// can do with it.
fn around(view: &View<'_>, at: usize, document: &Document<Public>, commit: Option<&Commit>) -> Markup {
    let (edition, record) = (view.edition, document.record());
    let proofs = edition.proofs();
    html! {
        @if !record.meta.tags.is_empty() {
            ul.tags aria-label="Tags" {
                @for tag in &record.meta.tags { li { a href=(tags::address_of(tag)) { (tag) } } }
            }
        }
        (parts(edition, record))
        (sources(edition, record))
        (proof_part::used(edition, "Pages this journey used", proofs.uses(at)))
        (proof_part::proved(edition, proofs.proved_by(at)))
        (backlinks(edition, record))
        (related(edition, at, record))
        (doors(view, document, commit))
    }
}

/// What a pack is made of. What leads nowhere here is counted without its name, as in its briefing.
fn parts(edition: &Edition, record: &Record) -> Markup {
    let Some(pack) = &record.pack else { return html! {} };
    let links = Links { edition, from: record };
    let lead = |target: &str, section: Option<&str>| {
        let written = target.strip_prefix("cairn://").unwrap_or(target);
        let at = edition.graph.names().called(written).and_then(|of| edition.find(&of.id)).or_else(|| {
            match links.lead(LinkKind::Inline, target) {
                Lead::Here(address) => edition.at(&address),
                _ => None,
            }
        })?;
        let of = edition.document(at)?.record();
        let named = |wanted: &str| {
            let headings = of.sections.iter().filter(|one| one.level > 0);
            headings.into_iter().find(|one| one.anchor == wanted || one.title.eq_ignore_ascii_case(wanted))
        };
        let section = section.and_then(|section| named(section.trim().trim_start_matches('#')));
        let anchor = section.map_or_else(String::new, |section| format!("#{}", encoded(&section.anchor)));
        Some((format!("{}{anchor}", edition.address(at)), &of.title, section.map(|section| &section.title)))
    };
    let missing = pack.entries.iter().filter(
        |entry| matches!(&entry.source, PackSource::Document { target, section } if lead(target, section.as_deref()).is_none()),
    );
    let missing = missing.count();
    html! {
        section.around aria-labelledby="c:parts" {
            h2 id="c:parts" { "What this pack is made of" }
            ol {
                @for entry in &pack.entries {
                    @match &entry.source {
                        PackSource::Document { target, section } => @if let Some((address, title, section)) = lead(target, section.as_deref()) {
                            li { a href=(address) { (title) @if let Some(section) = section { " › " (section) } } }
                        },
                        PackSource::Query { text, .. } => li { "What a search finds for " a href=(Asked::from(text.as_str()).address()) { (text) } },
                    }
                }
            }
            p.quiet {
                "Read together, they have up to " (pack.budget) " tokens."
                @if missing > 0 { " " (missing) @if missing == 1 { " part is" } @else { " parts are" } " not here." }
            }
        }
    }
}

/// What a text is made of, as its front matter says.
fn sources(edition: &Edition, record: &Record) -> Markup {
    let links = Links { edition, from: record };
    let lead = |source: &str| {
        [LinkKind::Inline, LinkKind::Wiki].into_iter().find_map(|kind| match links.lead(kind, source) {
            Lead::Here(address) => Some((address, false)),
            Lead::Outside(address) => Some((address, true)),
            Lead::Image(_) | Lead::Nowhere => None,
        })
    };
    html! {
        @if !record.meta.sources.is_empty() {
            section.around aria-labelledby="c:sources" {
                h2 id="c:sources" { "Sources" }
                ul {
                    @for source in &record.meta.sources {
                        li {
                            @match lead(source) {
                                Some((address, true)) => a href=(address) rel="noopener noreferrer" { (source) },
                                Some((address, false)) => a href=(address) { (source) },
                                None => (source),
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Pages with the same tags that are not linked from here anyway.
fn related(edition: &Edition, at: usize, record: &Record) -> Markup {
    let linked: Vec<_> = [edition.graph.links(&record.id), edition.graph.backlinks(&record.id)].concat();
    let is_linked = |other: usize| {
        edition.document(other).is_some_and(|other| linked.iter().any(|(id, _)| *id == other.record().id))
    };
    let near = edition.tags().near(at, record);
    let near: Vec<_> = near.into_iter().filter(|&other| !is_linked(other)).take(RELATED).collect();
    html! {
        @if !near.is_empty() {
            section.around aria-labelledby="c:related" {
                h2 id="c:related" { "Related pages" }
                ul { @for at in near { (item(edition, at, record.id.collection())) } }
            }
        }
    }
}

/// A page in a list; its collection where that is another one.
pub(super) fn item(edition: &Edition, at: usize, collection: &str) -> Markup {
    html! {
        @if let Some(other) = edition.document(at).map(Document::record) {
            li {
                a href=(edition.address(at)) { (other.title) }
                @if other.id.collection() != collection { " " span.quiet { (other.id.collection()) } }
            }
        }
    }
}

/// What one can do with a page.
fn doors(view: &View<'_>, document: &Document<Public>, commit: Option<&Commit>) -> Markup {
    let record = document.record();
    let id = encoded(record.id.as_str());
    let edit = view.edit_link(document);
    html! {
        ul.doors aria-label="This page elsewhere" {
            @if let Some(edit) = &edit { li { a href=(edit) rel="noopener noreferrer" { "Edit this page" } } }
            @if commit.is_some() && view.options.history { li { a href={ "/history/" (id) } { "History" } } }
            li { a href={ "/" (id) ".md" } { "Markdown" } }
            li { a href={ "/" (id) ".json" } { "JSON" } }
        }
    }
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

fn backlinks(edition: &Edition, record: &Record) -> Markup {
    let from = edition.graph.backlinks(&record.id);
    let pages: Vec<_> =
        from.iter().filter_map(|(id, title)| Some((edition.address_of(id)?, title, id.collection()))).collect();
    html! {
        @if !pages.is_empty() {
            section.around aria-labelledby="c:backlinks" {
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
