//! What a reader needs to know before trusting a text: who keeps it, where it stands, who found it true and until when.
//!
//! What nobody wrote and somebody worked out is called inferred.

use maud::{Markup, html};

use super::body::Lead;
use super::edition::Edition;
use super::front::View;
use super::links::Links;
use crate::corpus::{DocumentId, LinkKind, Record, Status};
use crate::ledger::Day;
use crate::library::{dated, due, verified};
use crate::retrieval::Commit;

/// The line below a page's title.
pub(super) fn line(view: &View<'_>, record: &Record, commit: Option<&Commit>) -> Markup {
    let meta = &record.meta;
    let (status, _) = view.edition.directory().standing(record);
    html! {
        ul.trust aria-label="About this page" {
            li { span.unseen { "Type: " } span.kind { (meta.kind) } }
            li {
                span.unseen { "Status: " }
                @if meta.status == Some(status) {
                    span class={ "status status-" (status.as_str()) } { (status.as_str()) }
                } @else if status == Status::Superseded {
                    span class={ "status status-" (status.as_str()) } { (status.as_str()) } " " (inferred("another page has taken its place"))
                } @else {
                    span.status { (status.as_str()) } " " (inferred("the page does not say; it is taken to be in force"))
                }
            }
            @if let Some(owner) = &meta.owner {
                li {
                    "Owner " span.owner { (owner) }
                    @if meta.owner_inferred { " " (inferred("named by the repository's CODEOWNERS file")) }
                }
            }
            (proved_true(view, record, commit))
            (changed(record, commit))
        }
    }
}

/// Marks what nobody wrote.
fn inferred(why: &str) -> Markup {
    html! { span.inferred title=(why) { "inferred" } }
}

/// Who found the text true, and when it has to be looked at again.
fn proved_true(view: &View<'_>, record: &Record, commit: Option<&Commit>) -> Markup {
    let meta = &record.meta;
    let due = due(meta, commit.map(|commit| commit.date.as_str()));
    let newest = meta.verified.iter().max_by_key(|one| Day::read(&one.at));
    let kept = meta.owner.is_some() && !meta.owner_inferred;
    html! {
        @if let Some(newest) = newest {
            li {
                "Verified" @if !newest.by.is_empty() { " by " (newest.by) }
                @if !newest.at.is_empty() { ", " time { (newest.at) } }
            }
        } @else if kept || due.is_some() {
            li { "Not verified yet" }
        }
        @if let Some(due) = due {
            @let says = match (due < view.today, verified(meta)) { (true, _) => "Review was due ", (false, Some(_)) => "good until ", (false, None) => "Review due " };
            li { (says) time datetime=(due) { (due) } }
        } @else if let Some(every) = &meta.review_every {
            li { "Reviewed every " (every) }
        }
    }
}

fn changed(record: &Record, commit: Option<&Commit>) -> Markup {
    let meta = &record.meta;
    html! {
        @if let Some(commit) = commit {
            li {
                "Changed " (date(&commit.date)) " by " (commit.author)
                @if let Some(id) = &commit.id { " in " code.commit title=(id) { (short(id)) } }
            }
        } @else if let Some(updated) = meta.updated.as_ref().or(meta.date.as_ref()) {
            li { "Dated " (updated) }
        }
    }
}

/// How old a page is and whether somebody vouches for it, behind a dot; nothing where nobody says.
pub(super) fn age(view: &View<'_>, at: usize) -> Markup {
    let Some(record) = view.edition.document(at).map(crate::corpus::Document::record) else { return html! {} };
    let changed = view.edition.commit(view, at).map(|commit| commit.date.as_str());
    let due = due(&record.meta, changed);
    html! {
        @if let Some(due) = due.filter(|due| *due < view.today) { " · review was due " time datetime=(due) { (due) } }
        @else if let Some(verified) = verified(&record.meta) {
            " · verified " time datetime=(verified) { (verified) }
            @if let Some(due) = due { ", good until " time datetime=(due) { (due) } }
        }
        @else if let Some(changed) = dated(&record.meta, changed) { " · changed " time datetime=(changed) { (changed) } }
    }
}

/// A date as people read it, with the whole of it for machines.
pub(super) fn date(rfc3339: &str) -> Markup {
    html! { time datetime=(rfc3339) { (rfc3339.get(..10).unwrap_or(rfc3339)) } }
}

/// A commit as people write it.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

/// Says that a text is not in force, not yet or not any more, and what is; or that nobody has looked at it in time.
pub(super) fn banner(view: &View<'_>, record: &Record, commit: Option<&Commit>) -> Markup {
    let (status, ends) = view.edition.directory().standing(record);
    let says = match status {
        Status::Draft => "This page is a draft: it is not agreed yet.",
        Status::Deprecated => "This page is deprecated: it is still true, and on its way out.",
        Status::Superseded => "This page is superseded: another one has taken its place.",
        Status::Retired => "This page is retired: it is no longer true.",
        Status::Accepted => return stale(view, record, commit),
    };
    html! {
        div.banner role="note" {
            p { strong { (says) } }
            @for successor in successors(view.edition, record, &ends) { p { "Read instead: " (successor) } }
        }
    }
}

fn stale(view: &View<'_>, record: &Record, commit: Option<&Commit>) -> Markup {
    let changed = commit.map(|commit| commit.date.as_str());
    html! {
        @if let Some(due) = due(&record.meta, changed).filter(|due| *due < view.today) {
            div.banner.banner-stale role="note" {
                p {
                    strong { "This page was due for review on " (due) "." }
                    " It may no longer be true."
                    @if let Some(owner) = &record.meta.owner { " Ask " (owner) " before you rely on it." }
                }
            }
        }
    }
}

/// What stands in a document's place now: the ends of the chain, else what it names itself, as far as that leads anywhere.
fn successors(edition: &Edition, record: &Record, ends: &[DocumentId]) -> Vec<Markup> {
    if ends.is_empty() {
        return record.meta.superseded_by.iter().filter_map(|name| successor_link(edition, record, name)).collect();
    }
    let link = |id: &DocumentId| {
        let at = edition.find(id)?;
        let title = &edition.document(at)?.record().title;
        Some(html! { a href=(edition.address(at)) { (title) } })
    };
    ends.iter().filter_map(link).collect()
}

/// A successor may be named by its id, its path or its name. The name of one that is not here is not told: it may be that
/// of a private document.
fn successor_link(edition: &Edition, record: &Record, name: &str) -> Option<Markup> {
    let links = Links { edition, from: record };
    let address = [LinkKind::Wiki, LinkKind::Inline].into_iter().find_map(|kind| match links.lead(kind, name) {
        Lead::Here(address) | Lead::Outside(address) => Some(address),
        Lead::Image(_) | Lead::Nowhere => None,
    })?;
    Some(html! { a href=(address) { (name) } })
}
