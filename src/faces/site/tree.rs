//! The pages of a collection as a tree that opens and closes without JavaScript.

use maud::{Markup, html};

use super::address::encoded;
use super::edition::{Edition, Entry, Folder, is_below};

/// Collections with more documents show the folders around the page only.
const WHOLE: usize = 200;

/// Draws the tree of a collection; `current` is the id of the page or the path of the folder that is open.
pub(super) fn draw(edition: &Edition, collection: &str, current: &str) -> Option<Markup> {
    let folder = edition.folder(collection)?;
    let whole = edition.count(collection) <= WHOLE;
    Some(html! {
        nav.tree id="c:tree" aria-labelledby="c:tree-name" {
            p.tree-name id="c:tree-name" { (edition.folder_name(folder)) }
            (entries(edition, folder, current, whole, "Overview"))
        }
    })
}

fn entries(edition: &Edition, folder: &Folder, current: &str, whole: bool, overview: &str) -> Markup {
    html! {
        ul {
            li { (overview_link(edition, folder, current, overview)) }
            @for entry in &folder.entries {
                li {
                    @match entry {
                        Entry::Page(at) => (page_link(edition, *at, current)),
                        Entry::Folder(path) => @if let Some(inner) = edition.folder(path) {
                            (folder_entry(edition, inner, current, whole))
                        },
                    }
                }
            }
        }
    }
}

fn folder_entry(edition: &Edition, folder: &Folder, current: &str, whole: bool) -> Markup {
    let open = current == folder.path || is_below(current, &folder.path);
    html! {
        @if open || whole {
            details open[open] {
                summary { (edition.folder_name(folder)) }
                (entries(edition, folder, current, whole, "Overview"))
            }
        } @else {
            a.closed href={ "/" (encoded(&folder.path)) } { (edition.folder_name(folder)) }
        }
    }
}

fn overview_link(edition: &Edition, folder: &Folder, current: &str, name: &str) -> Markup {
    let index = folder.index.and_then(|at| edition.document(at));
    let here = current == folder.path || index.is_some_and(|index| index.record().id.as_str() == current);
    let address = match folder.index {
        Some(at) => edition.address(at).to_owned(),
        None => format!("/{}", encoded(&folder.path)),
    };
    html! { a href=(address) aria-current=[here.then_some("page")] { (name) } }
}

fn page_link(edition: &Edition, at: usize, current: &str) -> Markup {
    html! {
        @if let Some(document) = edition.document(at) {
            @let here = document.record().id.as_str() == current;
            a href=(edition.address(at)) aria-current=[here.then_some("page")] { (document.record().title) }
        }
    }
}
