//! The search page: a question with what narrows it, and its answer; or, without a question, the pages that are left.

use maud::{Markup, html};

use super::asked::{Asked, Facet, Freshness};
use super::edition::folder_words;
use super::facets::{self, Choice};
use super::folder_page;
use super::front::{Html, View};
use super::layout::{self, Frame, search_box};
use super::snippet::pieces;
use super::trust;
use super::words::split;
use crate::access::Public;
use crate::corpus::{DocumentId, Status};
use crate::library::Answer;
use crate::retrieval::{Legs, Origin, Passage};

/// How much of a question is repeated.
const ASKED_CHARS: usize = 300;
/// How many pages are listed where no question is asked.
const LISTED: usize = 50;
/// How many words are proposed in place of one, and how many of a passage's words are told.
const PROPOSED: usize = 3;
const TOLD: usize = 5;

/// Draws the search page: empty, with an answer, or with why there is none.
pub(super) fn draw(view: &View<'_>, asked: &Asked, answer: Option<&Answer<Public>>, error: Option<&str>) -> Html {
    let shown: String = asked.text().chars().take(ASKED_CHARS).collect();
    let title = if shown.is_empty() { "Search".to_owned() } else { format!("Search: {shown}") };
    let is_list = answer.is_none() && error.is_none() && !asked.chosen().is_empty();
    let main = html! {
        h1 { "Search" }
        (search_box(view, "c:search", &shown, asked))
        (chosen(asked))
        (narrow(view, asked))
        @if let Some(error) = error { div.banner role="alert" { p { (error) } } }
        @if let Some(answer) = answer { (results(view, asked, answer)) }
        @if is_list { (list(view, asked)) }
        @if answer.is_none() && error.is_none() && !is_list {
            p.quiet { "Ask in your own words: pages are found by their words and by their meaning." }
        }
    };
    layout::draw(view, &Frame { title: &title, main, own_search: true, hidden: true, ..Frame::default() })
}

/// What narrows the search, each with a way to take it back.
fn chosen(asked: &Asked) -> Markup {
    html! {
        @if !asked.chosen().is_empty() {
            ul.tags.chosen aria-label="Narrowed to" {
                @for (facet, value) in asked.chosen() {
                    li { a href=(asked.turned(*facet, value).address()) {
                        span.unseen { "Leave out: " } (facet.title()) ": " (named(*facet, value)) " " span aria-hidden="true" { "✕" }
                    } }
                }
                @if asked.chosen().len() > 1 { li { a href=(asked.only(|_| false).address()) { "Leave out all" } } }
            }
        }
    }
}

/// What a choice is called.
fn named(facet: Facet, value: &str) -> String {
    match facet {
        Facet::Collection => folder_words(value),
        Facet::Fresh => Freshness::parse(value).map_or_else(|| value.to_owned(), |one| one.title().to_owned()),
        Facet::Type | Facet::Tag => value.to_owned(),
    }
}

/// By what the search can be narrowed further.
fn narrow(view: &View<'_>, asked: &Asked) -> Markup {
    let all = facets::choices(view, asked);
    html! {
        @if !all.is_empty() {
            details.facets open[asked.text().is_empty()] {
                summary { "Narrow by collection, type, tag or freshness" }
                div.facet-columns { @for (facet, choices) in &all { (facet_list(asked, *facet, choices)) } }
                p.quiet { "The numbers are those of pages there, whatever the question." }
            }
        }
    }
}

fn facet_list(asked: &Asked, facet: Facet, choices: &[Choice]) -> Markup {
    let id = format!("c:{}", facet.name());
    html! {
        div {
            p.facet-name id=(id) { (facet.title()) }
            ul aria-labelledby=(id) {
                @for choice in choices {
                    li { a href=(asked.turned(facet, &choice.value).address()) aria-current=[choice.chosen.then_some("true")] {
                        span { (choice.title) } " " span.quiet { (choice.pages) }
                    } }
                }
            }
            @if facet == Facet::Tag { p.more { a href="/tags" { "All tags" } } }
        }
    }
}

/// The pages that are left, where no question is asked.
fn list(view: &View<'_>, asked: &Asked) -> Markup {
    let edition = view.edition;
    // What is wrong with a choice was said instead of this.
    let pages = facets::pages(view, asked).unwrap_or_default();
    html! {
        p.quiet role="status" {
            (folder_page::pages(pages.len())) @if pages.len() > LISTED { ", of which the newest are shown" } @else if pages.len() > 1 { ", the newest first" }
        }
        @if pages.is_empty() { p.nothing { strong { "No page is left." } " Leave out some of what narrows the search." } }
        ul.entries {
            @for at in pages.into_iter().take(LISTED) {
                @if let Some(document) = edition.document(at) {
                    @let record = document.record();
                    li {
                        a href=(edition.address(at)) { (record.title) }
                        @if let Some(description) = &record.meta.description { p { (description) } }
                        p.quiet { span.kind { (record.meta.kind) } " " (record.id) (trust::age(view, at)) }
                    }
                }
            }
        }
    }
}

fn results(view: &View<'_>, asked: &Asked, answer: &Answer<Public>) -> Markup {
    let meant = meant(view, asked, answer);
    html! {
        @if answer.passages.is_empty() {
            p.nothing role="status" { strong { "Nothing was found." } }
            (meant)
            (what_next(asked))
        } @else {
            (meant)
            p.quiet role="status" {
                (answer.passages.len()) @if answer.passages.len() == 1 { " passage" } @else { " passages" }
                @if answer.truncated { ", the best of more" } @else if answer.passages.len() > 1 { ", the best first" }
            }
            @if let Some(note) = &answer.note { p.quiet { (note) } }
            @if !answer.recorded { p.quiet { "The ledger cannot be written now, and has no record of this answer." } }
            ol.results { @for passage in &answer.passages { li { (result(view, passage)) } } }
        }
    }
}

/// For each word that no page has: what may have been meant, with a question that says so.
fn meant(view: &View<'_>, asked: &Asked, answer: &Answer<Public>) -> Markup {
    let words = view.edition.words();
    let found = answer.passages.iter().flat_map(|passage| {
        pieces(&passage.snippet)
            .into_iter()
            .filter(|(_, hit)| *hit)
            .flat_map(|(text, _)| split(&text).collect::<Vec<_>>())
    });
    let found: Vec<String> = found.collect();
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for near in answer.expansions.iter().filter(|near| near.by == Origin::Typo) {
        let written = words.written(&near.term, &found).unwrap_or(&near.term).to_owned();
        match all.iter_mut().find(|(word, _)| *word == near.word) {
            Some((_, proposed)) if proposed.contains(&written) => {}
            Some((_, proposed)) => proposed.push(written),
            None => all.push((near.word.clone(), vec![written])),
        }
    }
    if answer.passages.is_empty() {
        // What the index did not propose: words of titles, headings and tags that are spelled or begin alike.
        for word in split(asked.text()).filter(|word| !words.has(word)) {
            let nearest: Vec<String> = words.nearest(&word, PROPOSED).into_iter().map(str::to_owned).collect();
            if !nearest.is_empty() && all.iter().all(|(known, _)| *known != word) {
                all.push((word, nearest));
            }
        }
    }
    html! {
        @for (word, proposed) in &all {
            p.meant {
                "No page has “" (word) "”. Did you mean "
                @for (at, other) in proposed.iter().take(PROPOSED).enumerate() {
                    @if at > 0 { " or " }
                    a href=(asked.with_text(&in_place(asked.text(), word, other)).address()) { (other) }
                }
                "?"
            }
        }
    }
}

/// A question with another word in place of one, wherever it stands as a word of its own.
fn in_place(text: &str, word: &str, other: &str) -> String {
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(char::is_alphanumeric) {
        let (before, from) = rest.split_at(at);
        let (one, behind) = from.split_at(from.find(|c: char| !c.is_alphanumeric()).unwrap_or(from.len()));
        said.push_str(before);
        said.push_str(if one.to_lowercase() == word { other } else { one });
        rest = behind;
    }
    said + rest
}

/// What one can do when nothing was found: in a reader's words, where an agent is told of tools.
fn what_next(asked: &Asked) -> Markup {
    html! {
        @if asked.chosen().is_empty() {
            p { "Ask with other words, or with fewer of them." }
        } @else {
            p { a href=(asked.only(|_| false).address()) { "Ask the same of all pages" } ", or with other words." }
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
            @if let Some(at) = view.edition.find(&record.id) { (trust::age(view, at)) }
        }
        p.quiet.why { (why(passage)) }
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

/// Why a passage is where it is: the words of the question that it has, and its place by words and by meaning.
fn why(passage: &Passage<Public>) -> String {
    let mut has: Vec<String> = Vec::new();
    for (text, _) in pieces(&passage.snippet).into_iter().filter(|(_, hit)| *hit) {
        let text = text.trim().to_lowercase();
        if !text.is_empty() && !has.contains(&text) {
            has.push(text);
        }
    }
    has.truncate(TOLD);
    let place = place(&passage.legs);
    match has.is_empty() {
        true => place,
        false => format!("Has “{}”; {place}", has.join("”, “")),
    }
}

fn place(legs: &Legs) -> String {
    match (legs.lexical, legs.vector) {
        (Some(words), Some(meaning)) => format!("place {} by words, {} by meaning", words.rank, meaning.rank),
        (Some(words), None) => format!("place {} by words", words.rank),
        (None, Some(meaning)) => format!("near in meaning, place {}", meaning.rank),
        (None, None) => "passes what narrows the search".to_owned(),
    }
}

fn lines(first: u32, last: u32) -> String {
    if first == last { format!("line {first}") } else { format!("lines {first}–{last}") }
}

#[cfg(test)]
mod tests {
    use super::{Asked, draw, in_place};
    use crate::retrieval::{Expansion, Origin};
    use crate::site::fixture::{answer, drawn};

    const FILES: [(&str, &str); 3] = [
        ("playbook/kite.md", "---\ntags: [wind]\n---\n# Kite\n\nThe string of the kite.\n"),
        ("playbook/string.md", "---\ntype: decision\n---\n# String\n\nthe end of it\n"),
        ("playbook/hush.md", "---\nvisibility: private\ntags: [hush]\n---\n# Strang\n"),
    ];

    fn asked(pairs: &[(&str, &str)]) -> Asked {
        Asked::read(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>())
    }

    #[test]
    fn what_narrows_the_search_stands_in_links_and_in_the_form_and_can_be_taken_back() {
        let asked = asked(&[("q", "the string"), ("type", "playbook"), ("tag", "wind")]);
        let html = drawn(&FILES, |view| draw(view, &asked, Some(&answer(view)), None)).into_string();
        for part in [
            "<input type=\"hidden\" name=\"type\" value=\"playbook\">",
            "<input type=\"hidden\" name=\"tag\" value=\"wind\">",
            "href=\"/search?q=the%20string&amp;tag=wind\"",
            "href=\"/search?q=the%20string\"",
            "Has “the”; place 1 by words",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("hush"), "{html}");
    }

    #[test]
    fn without_a_question_the_pages_that_are_left_are_listed() {
        let html = drawn(&FILES, |view| draw(view, &asked(&[("type", "decision")]), None, None)).into_string();
        assert!(
            html.contains("1 page") && html.contains("href=\"/playbook/string\"") && !html.contains(">Kite<"),
            "{html}"
        );
        let none = drawn(&FILES, |view| draw(view, &asked(&[("tag", "hush")]), None, None)).into_string();
        assert!(none.contains("No page is left.") && none.contains("Leave out: "), "{none}");
    }

    #[test]
    fn a_word_that_no_page_has_is_told_with_those_that_may_be_meant_as_pages_write_them() {
        let asked = asked(&[("q", "Strnig of a kite"), ("tag", "wind")]);
        let html = drawn(&FILES, |view| {
            let mut answer = answer(view);
            let near = |term: &str| Expansion {
                word: "strnig".to_owned(),
                term: term.to_owned(),
                by: Origin::Typo,
                weight: 0.7,
            };
            answer.expansions = vec![near("strin"), near("string")];
            draw(view, &asked, Some(&answer), None)
        });
        let html = html.into_string();
        let link = "Did you mean <a href=\"/search?q=string%20of%20a%20kite&amp;tag=wind\">string</a>?";
        assert!(html.contains("No page has “strnig”.") && html.contains(link), "{html}");
        let html = drawn(&FILES, |view| {
            let mut answer = answer(view);
            answer.passages.clear();
            draw(view, &self::asked(&[("q", "strung")]), Some(&answer), None)
        });
        let html = html.into_string();
        assert!(
            html.contains("Nothing was found.") && html.contains(">string</a>?") && !html.contains("strang"),
            "{html}"
        );
        assert_eq!(in_place("a b-a \"a\" ab", "a", "x"), "x b-x \"x\" ab");
    }
}
