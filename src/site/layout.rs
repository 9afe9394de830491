//! The frame of every page: head, header, footer, and the search box.

use maud::{DOCTYPE, Markup, html};

use super::assets::{ICON_ADDRESS, style_address};
use super::edition::folder_words;
use super::front::{Html, View};

/// What a page puts into the frame.
#[derive(Debug, Default)]
pub(super) struct Frame<'a> {
    /// The page's title; the site's name alone when empty.
    pub(super) title: &'a str,
    /// One sentence about it.
    pub(super) description: Option<&'a str>,
    /// Its language, when it is not the site's.
    pub(super) language: Option<&'a str>,
    /// The collection it is from.
    pub(super) collection: Option<&'a str>,
    /// The page itself.
    pub(super) main: Markup,
    /// Pages around it.
    pub(super) tree: Option<Markup>,
    /// Its headings.
    pub(super) outline: Option<Markup>,
    /// The page has a search box of its own.
    pub(super) own_search: bool,
    /// It needs more room than a text does.
    pub(super) wide: bool,
    /// Search engines stay away.
    pub(super) hidden: bool,
}

/// Puts a page into the frame.
pub(super) fn draw(view: &View<'_>, frame: &Frame<'_>) -> Html {
    let name = &view.options.name;
    let language = frame.language.unwrap_or(&view.options.language);
    html! {
        (DOCTYPE)
        html lang=(language) dir=(direction(language)) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { @if !frame.title.is_empty() { (frame.title) " · " } (name) }
                @if let Some(description) = frame.description { meta name="description" content=(description); }
                @if frame.hidden { meta name="robots" content="noindex"; }
                meta name="color-scheme" content="light dark";
                link rel="stylesheet" href=(style_address());
                link rel="icon" type="image/svg+xml" href=(ICON_ADDRESS);
            }
            body {
                a.skip href="#c:main" { "Skip to the text" }
                (header(view, frame))
                div class={ "frame" @if frame.tree.is_some() { " with-tree" } @if frame.outline.is_some() { " with-outline" } @if frame.wide { " wide" } } {
                    main id="c:main" tabindex="-1" { (frame.main) }
                    @if let Some(outline) = &frame.outline { (outline) }
                    @if let Some(tree) = &frame.tree { (tree) }
                }
                footer.foot {
                    p { "Served by " (name) ", from Markdown in git." }
                }
            }
        }
    }
}

fn header(view: &View<'_>, frame: &Frame<'_>) -> Markup {
    html! {
        header.top {
            div.bar {
                a.name href="/" { span.mark aria-hidden="true" {} (view.options.name) }
                nav.collections aria-label="Collections" {
                    @for collection in view.edition.collections() {
                        @let current = frame.collection == Some(collection.as_str());
                        a href={ "/" (collection) } aria-current=[current.then_some("true")] { (folder_words(collection)) }
                    }
                }
                @if frame.tree.is_some() { a.to-tree href="#c:tree" { "Pages" } }
                @if !frame.own_search { (search_box(view, "c:search", "")) }
            }
        }
    }
}

/// The search box.
pub(super) fn search_box(view: &View<'_>, id: &str, query: &str) -> Markup {
    html! {
        form.search role="search" action="/search" method="get" {
            label.unseen for=(id) { "Search " (view.options.name) }
            input id=(id) type="search" name="q" value=(query) maxlength="1024" placeholder="Search" autocomplete="off" spellcheck="false";
            button type="submit" { "Search" }
        }
    }
}

/// Which way a language is written.
pub(super) fn direction(language: &str) -> &'static str {
    const RIGHT_TO_LEFT: [&str; 9] = ["ar", "dv", "fa", "he", "ku", "ps", "ur", "yi", "ug"];
    let primary = language.split(['-', '_']).next().unwrap_or(language);
    if RIGHT_TO_LEFT.iter().any(|known| primary.eq_ignore_ascii_case(known)) { "rtl" } else { "ltr" }
}
