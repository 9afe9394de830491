//! The page for a path where nothing stands. Missing and private are the same.

use maud::html;

use super::Asked;
use super::front::{Html, View};
use super::layout::{self, Frame, search_box};
use super::preview_part;

/// How much of the path is repeated.
const SHOWN_CHARS: usize = 200;

/// Draws the page.
pub(super) fn draw(view: &View<'_>, path: &str) -> Html {
    let shown: String = path.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS).collect();
    // The last part of a path is often the words the reader was after.
    let words = shown.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default().replace(['-', '_', '+'], " ");
    let main = html! {
        div.hero {
            h1 { "There is no such page" }
            p.lead { "Nothing is published at " code.path { (shown) } ". It may have moved, or it may never have been public." }
            @if let Some(said) = preview_part::missing(view, path) { (said) }
            (search_box(view, "c:search", words.trim_end_matches(".md").trim_end_matches(".html"), &Asked::default()))
            p { a href="/" { "Go to the front page" } }
        }
    };
    layout::draw(view, &Frame { title: "No such page", main, own_search: true, hidden: true, ..Frame::default() })
}
