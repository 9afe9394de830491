//! What a page was before: its revisions, and what changed from one to another.

use maud::{Markup, html};

use super::address::encoded;
use super::difference::{Row, rows};
use super::front::{Html, View};
use super::layout::{self, Frame};
use super::trust::{date, short};
use crate::access::Public;
use crate::corpus::{Document, Record};
use crate::library::{Comparison, Revision, Revisions};

/// Draws the list of a document's revisions.
pub(super) fn list(view: &View<'_>, at: usize, document: &Document<Public>, found: &Revisions) -> Html {
    let record = document.record();
    let newest = found.all.first();
    let main = html! {
        (way(view, at, record))
        h1 { "History of " (record.title) }
        p.lead { "What this page said while it was public, the newest first." }
        @if found.uncommitted { p.quiet { "The page says something now that no commit has yet." } }
        @if found.all.is_empty() {
            p { "No revision of this page can be shown: it is in no commit yet, or was not public when the last one was made." }
        } @else {
            ol.revisions {
                @for (one, before) in found.all.iter().zip(found.all.iter().skip(1).map(Some).chain([None])) {
                    li { (revision(record, one, before, newest)) }
                }
            }
        }
    };
    let title = format!("History of {}", record.title);
    let collection = Some(record.id.collection());
    layout::draw(view, &Frame { title: &title, collection, main, hidden: true, ..Frame::default() })
}

/// The way back to the page.
fn way(view: &View<'_>, at: usize, record: &Record) -> Markup {
    html! {
        nav.breadcrumbs aria-label="Breadcrumbs" {
            ol { li { a href="/" { "Home" } } li { a href=(view.edition.address(at)) { (record.title) } } }
        }
    }
}

fn revision(record: &Record, one: &Revision, before: Option<&Revision>, newest: Option<&Revision>) -> Markup {
    let other = newest.filter(|newest| newest.name != one.name);
    html! {
        p.revision-head {
            (date(&one.date)) " "
            @if let Some(subject) = &one.subject { strong { (subject) } } @else { strong { "Changed" } }
            @if one.current { " " span.status.status-accepted { "current" } }
        }
        p.quiet {
            (one.author)
            @if let Some(commit) = &one.commit { " · " code.commit title=(commit) { (short(commit)) } }
            @if let Some(called) = &one.called { " · as " (called) }
            @match before {
                Some(before) => { " · " a href=(between(before, one, record)) { "what changed" span.unseen { " on " (one.date) } } },
                None => " · the first that is told of",
            }
            @if let Some(newest) = other.filter(|newest| before.is_none() || newest.name != one.name) {
                " · " a href=(between(one, newest, record)) { "what changed since" span.unseen { " " (one.date) } }
            }
        }
    }
}

/// The address of a comparison.
fn between(from: &Revision, to: &Revision, record: &Record) -> String {
    format!("/compare/{}..{}/{}", from.name, to.name, encoded(record.id.as_str()))
}

/// Draws what changed from one revision to another.
pub(super) fn comparison(view: &View<'_>, at: usize, document: &Document<Public>, found: &Comparison) -> Html {
    let record = document.record();
    let rows = rows(&found.pieces);
    let count = |wanted: fn(&Row) -> bool| rows.iter().filter(|row| wanted(row)).count();
    let changed = count(|row| matches!(row, Row::Line { changed: true, .. }));
    let side = |name: &str, one: &Revision| {
        html! {
            div {
                dt { (name) }
                dd {
                    (date(&one.date)) " by " (one.author)
                    @if let Some(commit) = &one.commit { " in " code.commit title=(commit) { (short(commit)) } }
                    @if let Some(subject) = &one.subject { br; span.quiet { (subject) } }
                }
            }
        }
    };
    let main = html! {
        (way(view, at, record))
        h1 { "What changed in " (record.title) }
        dl.sides { (side("Before", &found.from)) (side("After", &found.to)) }
        @if changed == 0 {
            p { "Both say the same." }
        } @else {
            p.quiet { (changed) @if changed == 1 { " line differs." } @else { " lines differ." } " What was taken out is struck through, what was put in is underlined." }
            div.diff role="group" aria-label="The text, line by line" tabindex="0" { @for row in &rows { (line(row)) } }
        }
        ul.doors aria-label="This page elsewhere" {
            li { a href={ "/history/" (encoded(record.id.as_str())) } { "All revisions" } }
            li { a href=(between(&found.to, &found.from, record)) { "The other way round" } }
        }
    };
    let title = format!("What changed in {}", record.title);
    let collection = Some(record.id.collection());
    layout::draw(view, &Frame { title: &title, collection, main, hidden: true, wide: true, ..Frame::default() })
}

fn line(row: &Row) -> Markup {
    match row {
        Row::Left(lines) => html! { p.left-out { (lines) @if *lines == 1 { " line" } @else { " lines" } " alike" } },
        Row::Line { parts, changed } => html! {
            p class=[changed.then_some("changed")] {
                @for part in parts {
                    @match part.sort {
                        super::difference::Sort::Same => (part.text),
                        super::difference::Sort::Removed => del { (part.text) },
                        super::difference::Sort::Added => ins { (part.text) },
                    }
                }
            }
        },
    }
}
