//! The front page: what is known here, what was proved last, the areas, what changed, how to connect an agent.

use maud::{Markup, html};

use super::body::first_paragraph;
use super::edition::{Edition, Entry, Folder, folder_words};
use super::folder_page::pages;
use super::front::{Html, View};
use super::layout::{self, Frame, search_box};
use super::proof::Proof;
use super::trust::date;
use super::{Asked, SiteError};
use super::{feed, linked, proof_part, tags};
use crate::library::{due, verified};

/// How many changes are shown.
const CHANGES: usize = 8;

/// How many pages of a collection are named.
const FIRST: usize = 5;

/// How many journeys are told of.
const PROOFS: usize = 3;

/// How many tags are shown.
const TAGS: usize = 16;

/// How much of a collection's first paragraph is shown, in characters.
const ABOUT_CHARS: usize = 220;

const LEAD: &str = "What we know how to do, written down, with its owner, its age and its proof. The same text is served to people here and to agents over MCP.";

/// Draws the front page.
pub(super) fn draw(view: &View<'_>) -> Result<Html, SiteError> {
    let edition = view.edition;
    let mut cards = Vec::new();
    for collection in edition.collections() {
        cards.push(card(view, collection)?);
    }
    let main = html! {
        div.hero {
            h1 { (view.options.name) }
            p.lead { (LEAD) }
            (search_box(view, "c:search", "", &Asked::default()))
            (standing(view))
        }
        @if cards.is_empty() {
            p { "Nothing is public here yet. A Markdown file in a public collection appears on this page as soon as it is saved." }
        } @else {
            section aria-labelledby="c:known" {
                h2 id="c:known" { "What we know how to do" }
                ul.cards { @for card in &cards { li { (card) } } }
            }
        }
        (proofs(view))
        (areas(edition))
        (changes(view))
        (connect(view))
    };
    let frame = Frame {
        description: Some(LEAD),
        main,
        own_search: true,
        wide: true,
        address: Some("/"),
        alternates: feed::of_all(),
        linked: Some(linked::site(view)),
        ..Frame::default()
    };
    Ok(layout::draw(view, &frame))
}

/// How much there is, and how far one may rely on it.
fn standing(view: &View<'_>) -> Markup {
    let edition = view.edition;
    let (mut found_true, mut overdue, mut all) = (0, 0, 0);
    for (at, record) in edition.listed() {
        let changed = edition.commit(view, at).map(|commit| commit.date.as_str());
        let late = due(&record.meta, changed).is_some_and(|due| due < view.today);
        all += 1;
        overdue += usize::from(late);
        found_true += usize::from(!late && verified(&record.meta).is_some());
    }
    html! {
        @if all > 0 {
            ul.standing aria-label="How it stands" {
                li { strong { (all) } @if all == 1 { " page" } @else { " pages" } }
                @if found_true > 0 { li { strong { (found_true) } " verified and in date" } }
                @if overdue > 0 { li { strong { (overdue) } " past their review" } }
            }
        }
    }
}

/// A collection, in its own words, with its first pages.
fn card(view: &View<'_>, collection: &str) -> Result<Markup, SiteError> {
    let edition = view.edition;
    let Some(folder) = edition.folder(collection) else { return Ok(html! { (folder_words(collection)) }) };
    let about = match folder.index.and_then(|at| edition.document(at)) {
        Some(index) => match &index.record().meta.description {
            Some(description) => Some(description.clone()),
            None => Some(first_paragraph(&(view.text)(index)?, ABOUT_CHARS)),
        },
        None => None,
    };
    let rest = folder.entries.len().saturating_sub(FIRST);
    Ok(html! {
        h3 { a href={ "/" (collection) } { (edition.folder_name(folder)) } " " span.quiet { (pages(edition.count(collection))) } }
        @if let Some(about) = about.filter(|about| !about.is_empty()) { p { (about) } }
        ul { @for entry in folder.entries.iter().take(FIRST) { (first(edition, entry)) } }
        @if rest > 0 { p.more { a href={ "/" (collection) } { "and " (rest) " more" } } }
    })
}

fn first(edition: &Edition, entry: &Entry) -> Markup {
    match entry {
        Entry::Page(at) => html! {
            @if let Some(document) = edition.document(*at) {
                li { a href=(edition.address(*at)) { (document.record().title) } }
            }
        },
        Entry::Folder(path) => html! {
            @if let Some(folder) = edition.folder(path) {
                li { a href=(edition.folder_address(folder)) { (edition.folder_name(folder)) } " " span.quiet { (pages(edition.count(path))) } }
            }
        },
    }
}

/// The journeys that changed last.
fn proofs(view: &View<'_>) -> Markup {
    let edition = view.edition;
    let journeys = edition.proofs().journeys();
    let newest = edition.newest(view).iter().filter(|at| journeys.contains(at));
    let mut shown: Vec<usize> = newest.copied().collect();
    // Without a commit nobody knows which is the newest.
    shown.extend(journeys.iter().filter(|at| edition.commit(view, **at).is_none()));
    html! {
        @if !shown.is_empty() {
            section aria-labelledby="c:proof" {
                h2 id="c:proof" { "Newest proof" }
                ul.cards {
                    @for at in shown.into_iter().take(PROOFS) {
                        li.proof-card {
                            @if let Some(moved) = edition.document(at).and_then(|one| Proof::of(one.record())?.moved()) { p.moved { (moved) } }
                            (proof_part::told(edition, at))
                        }
                    }
                }
            }
        }
    }
}

/// The folders of the collections, and the tags that most pages have.
fn areas(edition: &Edition) -> Markup {
    let folders = edition.collections().iter().filter_map(|collection| edition.folder(collection));
    let inner = folders.flat_map(|folder| &folder.entries).filter_map(|entry| match entry {
        Entry::Folder(path) => edition.folder(path),
        Entry::Page(_) => None,
    });
    let inner: Vec<&Folder> = inner.collect();
    let used = edition.tags().most_used(TAGS);
    html! {
        @if !inner.is_empty() || !used.is_empty() {
            section aria-labelledby="c:areas" {
                h2 id="c:areas" { "Areas" }
                ul.tags {
                    @for folder in inner { li { a.area href=(edition.folder_address(folder)) { (edition.folder_name(folder)) } } }
                    @for (key, tag) in used { li { a href=(tags::address(key)) { (tag.name) " " span.quiet { (tag.places.len()) } } } }
                }
            }
        }
    }
}

/// The pages whose bytes were committed last.
fn changes(view: &View<'_>) -> Markup {
    let edition = view.edition;
    let newest = edition.newest(view);
    html! {
        @if !newest.is_empty() {
            section aria-labelledby="c:changes" {
                h2 id="c:changes" { "Changed last" }
                ul.changes { @for &at in newest.iter().take(CHANGES) { (change(view, at)) } }
                p.more { a href="/changes" { "All changes" } }
            }
        }
    }
}

/// A page with the day it changed.
fn change(view: &View<'_>, at: usize) -> Markup {
    let edition = view.edition;
    html! {
        @if let (Some(document), Some(commit)) = (edition.document(at), edition.commit(view, at)) {
            li {
                (date(&commit.date))
                a href=(edition.address(at)) { (document.record().title) }
                span.quiet { (document.record().id.collection()) }
            }
        }
    }
}

fn connect(view: &View<'_>) -> Markup {
    let address = view.options.public_url.as_deref().unwrap_or_default();
    html! {
        section.connect aria-labelledby="c:connect" {
            h2 id="c:connect" { "Connect an agent" }
            p { "Agents read the same pages through the Model Context Protocol (streamable HTTP). Each answer names the document, the lines and the digest of the text it is from." }
            pre tabindex="0" { code { (address) "/mcp" } }
            p.quiet { "No credential is needed for what is on this site. Each page is there as Markdown and JSON as well: put " code { ".md" } " or " code { ".json" } " behind its address." }
        }
    }
}
