//! The front page: the collections, what changed, how to connect an agent.

use maud::{Markup, html};

use super::SiteError;
use super::body::first_paragraph;
use super::edition::folder_words;
use super::folder_page::pages;
use super::front::{Html, View};
use super::layout::{self, Frame, search_box};
use super::page::date;

/// How many changes are shown.
const CHANGES: usize = 8;

/// How much of a collection's first paragraph is shown, in characters.
const ABOUT_CHARS: usize = 280;

/// Draws the front page.
pub(super) fn draw(view: &View<'_>) -> Result<Html, SiteError> {
    let edition = view.edition;
    let collections = edition.collections();
    let mut cards = Vec::new();
    for collection in collections {
        cards.push(card(view, collection)?);
    }
    let main = html! {
        div.hero {
            h1 { (view.options.name) }
            p.lead { "What we know how to do, written down, with its owner, its age and its proof. The same text is served to people here and to agents over MCP." }
            (search_box(view, "c:search", ""))
        }
        @if cards.is_empty() {
            p { "Nothing is public here yet. A Markdown file in a public collection appears on this page as soon as it is saved." }
        } @else {
            ul.cards { @for card in &cards { li { (card) } } }
        }
        (changes(view))
        (connect(view))
    };
    Ok(layout::draw(view, &Frame { main, own_search: true, ..Frame::default() }))
}

/// A collection, in its own words.
fn card(view: &View<'_>, collection: &str) -> Result<Markup, SiteError> {
    let edition = view.edition;
    let index = edition.folder(collection).and_then(|folder| edition.document(folder.index?));
    let name =
        edition.folder(collection).map_or_else(|| folder_words(collection), |folder| edition.folder_name(folder));
    let about = match index {
        Some(index) => match &index.record().meta.description {
            Some(description) => Some(description.clone()),
            None => Some(first_paragraph(&(view.text)(index)?, ABOUT_CHARS)),
        },
        None => None,
    };
    Ok(html! {
        a href={ "/" (collection) } { (name) }
        @if let Some(about) = about.filter(|about| !about.is_empty()) { p { (about) } }
        p.quiet { (pages(edition.count(collection))) }
    })
}

/// The pages whose bytes were committed last.
fn changes(view: &View<'_>) -> Markup {
    let edition = view.edition;
    let mut changed: Vec<(String, usize)> = edition
        .documents()
        .iter()
        .enumerate()
        .filter_map(|(at, document)| (view.commit)(document).map(|commit| (commit.date, at)))
        .collect();
    changed.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    changed.truncate(CHANGES);
    html! {
        @if !changed.is_empty() {
            section aria-labelledby="c:changes" {
                h2 id="c:changes" { "Changed last" }
                ul.changes {
                    @for (when, document, at) in changed.iter().filter_map(|(when, at)| Some((when, edition.document(*at)?, *at))) {
                        li { (date(when)) a href=(edition.address(at)) { (document.record().title) } span.quiet { (document.record().id.collection()) } }
                    }
                }
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
            p.quiet { "No credential is needed for what is on this site." }
        }
    }
}
