//! The frame of every page: head, header, footer, and the search box.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Asked;
use super::assets::{ICON_ADDRESS, finder_script, style_address};
use super::edition::folder_words;
use super::finder;
use super::front::{Html, View};
use super::preview_part;
use crate::corpus::DocumentId;

/// The same, or news of it, in a form for machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alternate {
    /// Its media type.
    pub(super) media: &'static str,
    /// Its path.
    pub(super) address: String,
    /// What it is called.
    pub(super) title: String,
}

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
    /// Its path, where it has one of its own.
    pub(super) address: Option<&'a str>,
    /// Whether it is a text with an author.
    pub(super) article: bool,
    /// The same for machines.
    pub(super) alternates: Vec<Alternate>,
    /// What it says, as JSON-LD.
    pub(super) linked: Option<serde_json::Value>,
    /// The document it shows, for a preview that says what is wrong with it.
    pub(super) noted: Option<&'a DocumentId>,
}

/// Puts a page into the frame.
pub(super) fn draw(view: &View<'_>, frame: &Frame<'_>) -> Html {
    let language = frame.language.unwrap_or(&view.options.language);
    html! {
        (DOCTYPE)
        html lang=(language) dir=(direction(language)) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                (about(view, frame, language))
                meta name="color-scheme" content="light dark";
                link rel="stylesheet" href=(style_address());
                link rel="icon" type="image/svg+xml" href=(ICON_ADDRESS);
                script src=(finder_script()) defer {}
                @if let Some(notes) = &view.notes { (preview_part::head(notes)) }
            }
            body {
                a.skip href="#c:main" { "Skip to the text" }
                (header(view, frame))
                div class={ "frame" @if frame.tree.is_some() { " with-tree" } @if frame.outline.is_some() { " with-outline" } @if frame.wide { " wide" } } {
                    main id="c:main" tabindex="-1" { (frame.main) }
                    @if let Some(outline) = &frame.outline { (outline) }
                    @if let Some(tree) = &frame.tree { (tree) }
                }
                (footer(view))
                @if let Some(notes) = &view.notes { (preview_part::bar(notes, frame.noted)) }
            }
        }
    }
}

/// What the head says of the page.
fn about(view: &View<'_>, frame: &Frame<'_>, language: &str) -> Markup {
    let name = &view.options.name;
    let address = frame.address.map(|path| view.absolute(path));
    html! {
        title { @if !frame.title.is_empty() { (frame.title) " · " } (name) }
        @if let Some(description) = frame.description { meta name="description" content=(description); }
        @if frame.hidden { meta name="robots" content="noindex"; }
        @if let Some(address) = &address {
            link rel="canonical" href=(address);
            meta property="og:site_name" content=(name);
            meta property="og:type" content=(if frame.article { "article" } else { "website" });
            meta property="og:title" content=(if frame.title.is_empty() { name } else { frame.title });
            meta property="og:url" content=(address);
            meta property="og:locale" content=(language.replace('-', "_"));
            @if let Some(description) = frame.description { meta property="og:description" content=(description); }
        }
        @for Alternate { media, address, title } in &frame.alternates {
            link rel="alternate" type=(media) href=(address) title=(title);
        }
        @if let Some(linked) = &frame.linked {
            // JSON, in which `<` may be written so everywhere: nothing in it can end the element.
            script type="application/ld+json" { (PreEscaped(linked.to_string().replace('<', "\\u003c"))) }
        }
    }
}

fn footer(view: &View<'_>) -> Markup {
    let edition = view.edition;
    html! {
        footer.foot {
            nav aria-label="More" {
                a href="/changes" { "Changes" }
                a href="/tags" { "Tags" }
                @if edition.has_kind("term") { a href="/glossary" { "Glossary" } }
                @if edition.has_kind("decision") { a href="/decisions" { "Decisions" } }
                a href="/feeds/changes.atom" { "Feed" }
            }
            p { "Served by " (view.options.name) ", from Markdown in git." }
        }
    }
}

fn header(view: &View<'_>, frame: &Frame<'_>) -> Markup {
    html! {
        header.top {
            div.top-bar {
                a.name href="/" { span.mark aria-hidden="true" {} (view.options.name) }
                nav.collections aria-label="Collections" {
                    @for collection in view.edition.collections() {
                        @let current = frame.collection == Some(collection.as_str());
                        a href={ "/" (collection) } aria-current=[current.then_some("true")] { (folder_words(collection)) }
                    }
                }
                @if frame.tree.is_some() { a.to-tree href="#c:tree" { "Pages" } }
                @if !frame.own_search { (search_box(view, "c:search", "", &Asked::default())) }
            }
        }
    }
}

/// The search box, with what narrows the search that it begins.
pub(super) fn search_box(view: &View<'_>, id: &str, query: &str, asked: &Asked) -> Markup {
    html! {
        form.search role="search" action="/search" method="get" data-pages=(finder::ADDRESS) {
            label.unseen for=(id) { "Search " (view.options.name) }
            input id=(id) type="search" name="q" value=(query) maxlength="1024" placeholder="Search" autocomplete="off" spellcheck="false";
            @for (facet, value) in asked.chosen() { input type="hidden" name=(facet.name()) value=(value); }
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
