//! The retrievals of the ledger, newest first.

use maud::{Markup, html};

use super::filter::{Asked, FACES, VERBS};
use super::sheet::{Sheet, count, moment, sheet};
use crate::ledger::{Line, Retrieval};

/// What was found for a page.
#[derive(Debug)]
pub struct Listed {
    /// The lines that may be seen, newest first, all of them retrievals.
    pub lines: Vec<Line>,
    /// The place the next page begins before, if there is one.
    pub next: Option<u64>,
    /// The fields that say nothing that could be looked for.
    pub wrong: Vec<&'static str>,
}

/// Draws a page of retrievals.
#[must_use]
pub fn list(asked: &Asked, found: &Listed) -> Sheet {
    let main = html! {
        h1 { "What was asked" }
        p.lead { "Every search and every read, as the ledger has it, newest first." }
        (form(asked))
        @if !found.wrong.is_empty() {
            p.alert role="alert" {
                (found.wrong.join(", ")) ": nothing is looked for by what stands there. A time is a date (2026-11-01), or how long ago (30d, 12h); a document is collection/path."
            }
        }
        @if found.lines.is_empty() {
            p.nothing role="status" {
                @if asked.narrows() { "No retrieval is like that." }
                @else { "Nothing was asked yet." }
            }
        } @else {
            (table(&found.lines))
        }
        (pages(asked, found))
    };
    sheet("What was asked", "/private/ledger", &main)
}

fn form(asked: &Asked) -> Markup {
    let field = |name: &str, label: &str, value: &str, hint: &str| {
        html! {
            div {
                label for={ "c:" (name) } { (label) }
                input id={ "c:" (name) } name=(name) value=(value) placeholder=(hint) maxlength="300" autocomplete="off" spellcheck="false";
            }
        }
    };
    let choice = |name: &str, label: &str, value: &str, words: &[&str]| {
        html! {
            div {
                label for={ "c:" (name) } { (label) }
                select id={ "c:" (name) } name=(name) {
                    option value="" { "any" }
                    @for word in words { option value=(word) selected[*word == value] { (word) } }
                }
            }
        }
    };
    html! {
        form.find action="/private/ledger" method="get" role="search" aria-label="Retrievals" {
            (field("words", "Words of the question", &asked.words, "rollback"))
            (field("who", "Who", &asked.who, "tok_…, local, anonymous"))
            (field("document", "Document", &asked.document, "playbook/loop"))
            (field("since", "From", &asked.since, "7d"))
            (field("until", "Until", &asked.until, "2026-11-29"))
            (field("trace", "Trace", &asked.trace, "traceparent, or an id in it"))
            (choice("verb", "Verb", &asked.verb, &VERBS.map(|verb| verb.as_str())))
            (choice("face", "Door", &asked.face, &FACES.map(|face| face.as_str())))
            div.check {
                input id="c:empty" type="checkbox" name="empty" value="on" checked[!asked.empty.is_empty()];
                label for="c:empty" { "Served nothing" }
            }
            div.send {
                button type="submit" { "Find" }
                @if asked.narrows() { a href="/private/ledger" { "All" } }
            }
        }
    }
}

/// The head of a table of retrievals, and what stands above each column on a narrow screen.
const COLUMNS: [&str; 6] = ["When", "Who", "How", "What", "Served", "Took"];

/// Retrievals as a table.
pub(super) fn table(lines: &[Line]) -> Markup {
    html! {
        table.log {
            thead { tr { @for (at, column) in COLUMNS.into_iter().enumerate() { th scope="col" class=[(at > 3).then_some("end")] { (column) } } } }
            tbody { @for line in lines { @if let crate::ledger::Record::Retrieval(retrieval) = &line.record { (row(line, retrieval)) } } }
        }
    }
}

/// One retrieval as a row.
pub(super) fn row(line: &Line, retrieval: &Retrieval) -> Markup {
    let [when, who, how, what, served, took] = COLUMNS;
    html! {
        tr {
            td data-name=(when) { (moment(line.ts)) }
            td data-name=(who) { code { (retrieval.who) } @if let Some(client) = &retrieval.client { br; span.quiet { (client.name) } } }
            td data-name=(how) { (retrieval.verb.as_str()) br; span.quiet { (retrieval.face.as_str()) } }
            td.what data-name=(what) { a href={ "/private/ledger/" (retrieval.id) } { (subject(retrieval)) } }
            td.end data-name=(served) {
                @if retrieval.served == 0 { strong { "nothing" } } @else { (retrieval.served) }
                @if retrieval.tokens > 0 { br; span.quiet { (count(usize::try_from(retrieval.tokens).unwrap_or(usize::MAX), "token")) } }
            }
            td.end data-name=(took) { (format!("{:.1} ms", retrieval.ms)) }
        }
    }
}

/// What was asked for, in words: the question, the document, or what of the catalogue.
pub(super) fn subject(retrieval: &Retrieval) -> Markup {
    let said = |name: &str| retrieval.params.get(name).and_then(|value| value.as_str());
    html! {
        @if let Some(query) = &retrieval.query { q { (query) } }
        @else if let Some(uri) = said("uri") { (uri.trim_start_matches("cairn://")) @if let Some(section) = said("section") { "#" (section) } }
        @else if retrieval.q_mac().is_some() { em { "a question whose text is not kept any more" } }
        @else { @match said("collection") { Some(collection) => { "the catalogue of " (collection) }, None => { "the catalogue" } } }
    }
}

fn pages(asked: &Asked, found: &Listed) -> Markup {
    html! {
        @if asked.before.is_some() || found.next.is_some() {
            nav.neighbours aria-label="Pages of the list" {
                @if asked.before.is_some() { a href=(asked.page_before(None)) { span.quiet { "Newest" } "Back to the beginning" } }
                @if let Some(next) = found.next { a.next href=(asked.page_before(Some(next))) rel="next" { span.quiet { "Older" } "The next page" } }
            }
        }
    }
}
