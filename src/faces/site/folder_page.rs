//! The page of a folder that has no front page of its own.

use maud::{Markup, html};

use super::address::encoded;
use super::edition::{Edition, Entry, Folder};
use super::front::{Html, View};
use super::layout::{self, Frame};
use super::{page, tree};

/// Draws the list of what is in a folder.
pub(super) fn draw(view: &View<'_>, folder: &Folder) -> Html {
    let edition = view.edition;
    let name = edition.folder_name(folder);
    let collection = folder.path.split('/').next().unwrap_or(&folder.path);
    let main = html! {
        (page::trail(edition, &folder.path))
        h1 { (name) }
        p.lead { (pages(edition.count(&folder.path))) " in this folder." }
        ul.cards { @for entry in &folder.entries { li { (card(edition, entry)) } } }
    };
    let tree = tree::draw(edition, collection, &folder.path);
    layout::draw(view, &Frame { title: &name, collection: Some(collection), main, tree, ..Frame::default() })
}

fn card(edition: &Edition, entry: &Entry) -> Markup {
    match entry {
        Entry::Page(at) => html! {
            @if let Some(document) = edition.document(*at) {
                a href=(edition.address(*at)) { (document.record().title) }
                @if let Some(description) = &document.record().meta.description { p { (description) } }
            }
        },
        Entry::Folder(path) => html! {
            @if let Some(folder) = edition.folder(path) {
                a href={ "/" (encoded(path)) } { (edition.folder_name(folder)) }
                p.quiet { (pages(edition.count(path))) }
            }
        },
    }
}

/// A number of pages in words.
pub(super) fn pages(count: usize) -> String {
    if count == 1 { "1 page".to_owned() } else { format!("{count} pages") }
}
