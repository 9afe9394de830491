//! The search page.

use maud::{Markup, html};

use super::front::{Html, View};
use super::layout::{self, Frame, search_box};
use super::snippet::pieces;
use crate::access::Public;
use crate::corpus::{DocumentId, Status};
use crate::library::Answer;
use crate::retrieval::{Legs, Passage};

/// How much of a question is repeated.
const ASKED_CHARS: usize = 300;

/// Draws the search page: empty, with an answer, or with why there is none.
pub(super) fn draw(view: &View<'_>, query: &str, answer: Option<&Answer<Public>>, error: Option<&str>) -> Html {
    let query: String = query.trim().chars().take(ASKED_CHARS).collect();
    let title = if query.is_empty() { "Search".to_owned() } else { format!("Search: {query}") };
    let main = html! {
        h1 { "Search" }
        (search_box(view, "c:search", &query))
        @if let Some(error) = error { div.banner role="alert" { p { (error) } } }
        @if let Some(answer) = answer { (results(view, answer)) }
        @if answer.is_none() && error.is_none() {
            p.quiet { "Ask in your own words: pages are found by their words and by their meaning." }
        }
    };
    layout::draw(view, &Frame { title: &title, main, own_search: true, hidden: true, ..Frame::default() })
}

fn results(view: &View<'_>, answer: &Answer<Public>) -> Markup {
    html! {
        @if answer.passages.is_empty() {
            p.nothing { strong { "Nothing was found." } }
            (what_next(answer))
        } @else {
            p.quiet role="status" {
                (answer.passages.len()) @if answer.passages.len() == 1 { " passage" } @else { " passages" }
                @if answer.truncated { ", the best of more" }
            }
            @if !answer.recorded { p.quiet { "The ledger cannot be written now, and has no record of this answer." } }
            ol.results { @for passage in &answer.passages { li { (result(view, passage)) } } }
        }
    }
}

/// What one can do when nothing was found: in a reader's words, where an agent is told of tools.
fn what_next(answer: &Answer<Public>) -> Markup {
    html! {
        p { "Ask with other words, or with fewer of them; leave out what narrows the search." }
        @if !answer.expansions.is_empty() {
            p { "Near words here: " @for near in &answer.expansions { code { (near.term) } " " } }
        }
        p { "Or look through " a href="/tags" { "what pages are about" } " and " a href="/changes" { "what changed last" } "." }
    }
}

fn result(view: &View<'_>, passage: &Passage<Public>) -> Markup {
    let record = passage.document.record();
    html! {
        h2 {
            a href=(address(view, passage)) {
                (record.title)
                @for heading in &passage.headings { span.over { " › " } (heading) }
            }
        }
        p.snippet {
            @for (text, hit) in pieces(&passage.snippet) { @if hit { mark { (text) } } @else { (text) } }
        }
        p.quiet {
            span.kind { (record.meta.kind) } " "
            (record.id) ", " (lines(passage.citation.lines.first, passage.citation.lines.last))
            " · " (why(&passage.legs))
        }
        @if passage.status != Status::Accepted {
            p.quiet {
                "This page is " strong { (passage.status.as_str()) } "."
                @for id in &passage.superseded_by { " In its place: " a href=(page(view, id)) { (id) } "." }
            }
        }
        @if !passage.also_in.is_empty() {
            p.quiet { "Also in: " @for (id, _) in &passage.also_in { a href=(page(view, id)) { (id) } " " } }
        }
    }
}

/// The address of the section a passage is from.
fn address(view: &View<'_>, passage: &Passage<Public>) -> String {
    let page = page(view, &passage.document.record().id);
    match passage.citation.anchor.as_str() {
        "" => page,
        anchor => format!("{page}#{}", super::address::encoded(anchor)),
    }
}

/// The address of a page.
fn page(view: &View<'_>, id: &DocumentId) -> String {
    // A generation may have passed since the question: the id always leads to the page.
    view.edition.address_of(id).map_or_else(|| format!("/{}", super::address::encoded(id.as_str())), str::to_owned)
}

/// Why a passage is where it is.
fn why(legs: &Legs) -> String {
    match (legs.lexical, legs.vector) {
        (Some(words), Some(meaning)) => format!("place {} by words, {} by meaning", words.rank, meaning.rank),
        (Some(words), None) => format!("place {} by words", words.rank),
        (None, Some(meaning)) => format!("place {} by meaning", meaning.rank),
        (None, None) => "found".to_owned(),
    }
}

fn lines(first: u32, last: u32) -> String {
    if first == last { format!("line {first}") } else { format!("lines {first}–{last}") }
}
