//! All terms of the site, with what they mean.

use maud::html;

use super::SiteError;
use super::address::encoded;
use super::front::{Html, View};
use super::layout::{self, Frame};
use super::linked;
use super::terms::Explained;

/// Draws the page; `None` when no document explains a term.
pub(super) fn draw(view: &View<'_>) -> Result<Option<Html>, SiteError> {
    let edition = view.edition;
    let terms = edition.terms(view)?;
    if terms.is_empty() {
        return Ok(None);
    }
    let anchor = |one: &Explained| {
        format!("c:{}", one.term.name.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-"))
    };
    let first = terms.iter().next().map(|one| one.at);
    // Where all stand on one page, it is named once.
    let several = terms.iter().any(|one| Some(one.at) != first);
    let source = |at: usize| {
        html! { @if let Some(document) = edition.document(at) { a.quiet href=(edition.address(at)) { (document.record().title) } } }
    };
    let main = html! {
        h1 { "Glossary" }
        p.lead { "One thing has one name here. Search knows the other names." }
        @if let Some(at) = first.filter(|_| !several) { p.quiet { "From " (source(at)) "." } }
        dl.terms {
            @for one in terms.iter() {
                dt id=(anchor(one)) { dfn { (one.term.name) } }
                dd { (sentence(&one.term.definition)) @if several { " " (source(one.at)) } }
            }
        }
    };
    let address = |one: &Explained| format!("/glossary#{}", encoded(&anchor(one)));
    let linked = linked::terms(
        view,
        terms.iter().map(|one| (one.term.name.as_str(), one.term.definition.as_str(), address(one))),
    );
    let frame = Frame { title: "Glossary", main, address: Some("/glossary"), linked: Some(linked), ..Frame::default() };
    Ok(Some(layout::draw(view, &frame)))
}

/// A definition with a capital, as it stands behind no term here.
fn sentence(definition: &str) -> String {
    let mut letters = definition.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
