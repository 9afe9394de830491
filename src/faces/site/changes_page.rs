//! What changed, day by day.

use maud::{Markup, html};

use super::address::encoded;
use super::feed;
use super::front::{Html, View};
use super::layout::{self, Frame};
use super::trust::short;

/// How many changes are shown.
const SHOWN: usize = 200;

/// Draws the page.
pub(super) fn draw(view: &View<'_>) -> Html {
    let edition = view.edition;
    let newest = edition.newest(view);
    let mut days: Vec<(&str, Vec<usize>)> = Vec::new();
    for &at in newest.iter().take(SHOWN) {
        let Some(commit) = edition.commit(view, at) else { continue };
        let day = commit.date.get(..10).unwrap_or(&commit.date);
        match days.last_mut() {
            Some((known, places)) if *known == day => places.push(at),
            _ => days.push((day, vec![at])),
        }
    }
    let main = html! {
        h1 { "Changes" }
        @if days.is_empty() {
            p.lead { "No page has a commit yet: what changed is read from git." }
        } @else {
            p.lead { "The last change of each page, the newest first." @if newest.len() > SHOWN { " Older ones are left out." } }
            p.quiet { "As a feed: " a href="/feeds/changes.atom" { "Atom" } ", " a href="/feeds/changes.json" { "JSON" } "." }
            @for (day, places) in &days {
                section.day {
                    h2 { time datetime=(day) { (day) } }
                    ul.entries { @for &at in places { (change(view, at)) } }
                }
            }
        }
    };
    let frame =
        Frame { title: "Changes", main, address: Some("/changes"), alternates: feed::of_all(), ..Frame::default() };
    layout::draw(view, &frame)
}

fn change(view: &View<'_>, at: usize) -> Markup {
    let edition = view.edition;
    html! {
        @if let (Some(document), Some(commit)) = (edition.document(at), edition.commit(view, at)) {
            @let record = document.record();
            li {
                a href=(edition.address(at)) { (record.title) }
                p.quiet {
                    (record.id.collection()) " · " (commit.author)
                    @if let Some(id) = &commit.id { " · " code.commit title=(id) { (short(id)) } }
                    @if view.options.history { " · " a href={ "/history/" (encoded(record.id.as_str())) } { "history" } }
                }
            }
        }
    }
}
