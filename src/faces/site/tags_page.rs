//! The list of tags, and the page of one.

use maud::html;

use super::feed;
use super::folder_page::pages;
use super::front::{Html, View};
use super::layout::{self, Frame};
use super::tags::{Tag, address};

/// Draws the list of all tags.
pub(super) fn all(view: &View<'_>) -> Html {
    let tags = view.edition.tags();
    let main = html! {
        h1 { "Tags" }
        @if tags.iter().next().is_none() {
            p.lead { "No page has a tag yet." }
        } @else {
            p.lead { "What pages are about, in the words of those who keep them." }
            ul.tags.tags-all {
                @for (key, tag) in tags.iter() { li { a href=(address(key)) { (tag.name) " " span.quiet { (tag.places.len()) } } } }
            }
        }
    };
    layout::draw(view, &Frame { title: "Tags", main, address: Some("/tags"), ..Frame::default() })
}

/// Draws the page of a tag.
pub(super) fn one(view: &View<'_>, key: &str, tag: &Tag) -> Html {
    let edition = view.edition;
    let address = address(key);
    let title = format!("Tag: {}", tag.name);
    let main = html! {
        nav.breadcrumbs aria-label="Breadcrumbs" { ol { li { a href="/" { "Home" } } li { a href="/tags" { "Tags" } } } }
        h1 { (tag.name) }
        p.lead { (pages(tag.places.len())) " with this tag." }
        ul.entries {
            @for &at in &tag.places {
                @if let Some(document) = edition.document(at) {
                    @let record = document.record();
                    li {
                        a href=(edition.address(at)) { (record.title) } " " span.quiet { (record.id.collection()) }
                        @if let Some(description) = &record.meta.description { p { (description) } }
                    }
                }
            }
        }
    };
    let alternates = feed::of_tag(key, &tag.name);
    layout::draw(view, &Frame { title: &title, main, address: Some(&address), alternates, ..Frame::default() })
}
