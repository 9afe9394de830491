//! What a preview draws beside the site: a bar with what is wrong, a list of it all, and the sheet of a document that no
//! page shows.

use maud::{Markup, PreEscaped, html};

use super::SiteError;
use super::assets::{preview_script, preview_style};
use super::body::{self, Lead};
use super::front::{Html, View};
use super::layout::{self, Frame};
use super::links::Links;
use super::margin::{Noted, Notes};
use super::surroundings::Surroundings;
use crate::corpus::{DocumentId, Finding, Record};

/// Where the list of findings is. No collection can be called so.
pub const FINDINGS: &str = "/-/findings";
/// Where pages are told that they are to be drawn anew.
pub const EVENTS: &str = "/-/events";

/// What the head of each page loads.
pub(super) fn head(notes: &Notes) -> Markup {
    html! {
        link rel="stylesheet" href=(preview_style());
        script src=(preview_script()) defer data-events=(EVENTS) data-revision=(notes.revision) {}
    }
}

/// The line at the end of each page: how much is wrong, and how much of it with this page.
pub(super) fn bar(notes: &Notes, document: Option<&DocumentId>) -> Markup {
    let here = document.and_then(|document| notes.of(document)).map_or(0, |noted| noted.findings.len());
    let all = notes.count();
    html! {
        aside.preview-bar aria-label="Preview" {
            strong { "Preview" } " "
            a href=(FINDINGS) { (counted(all)) }
            @if here > 0 { ", " a href="#c:finding-1" { (here) " on this page" } }
            " " span.preview-state role="status" {}
        }
    }
}

fn counted(findings: usize) -> String {
    match findings {
        0 => "no findings".to_owned(),
        1 => "1 finding".to_owned(),
        more => format!("{more} findings"),
    }
}

/// Findings that no block of a page can show, in a list.
fn list(noted: &Noted) -> Markup {
    html! {
        ul.findings {
            @for finding in &noted.findings {
                li class={ "finding finding-" (finding.level) } {
                    p { code { (place(&noted.file, finding)) } " " strong { (finding.level) } }
                    p { (finding.message) " " span.quiet { (finding.rule) } }
                }
            }
        }
    }
}

/// `file:line:column`, as editors and compilers write it.
pub(super) fn place(file: &str, finding: &Finding) -> String {
    format!("{file}:{}:{}", finding.line, finding.column)
}

/// Everything that is wrong, file by file, and the private collections, which no other page leads to.
pub(super) fn findings(view: &View<'_>, notes: &Notes, private: &[DocumentId]) -> Html {
    let main = html! {
        h1 { "Findings" }
        p.lead { (counted(notes.count())) ", as " code { "cairn check" } " says them." }
        @for noted in notes.files.iter() {
            section.around {
                h2 { a href=(address(view, &noted.document)) { (noted.file) } @if let Some(visibility) = noted.visibility { " " span.kind { (visibility) } } }
                (list(noted))
            }
        }
        @if !private.is_empty() {
            section.around {
                h2 { "Private documents" }
                p.quiet { "Shown here to whoever has this preview's address, and on no page of " code { "cairn serve" } "." }
                ul { @for id in private { li { a href=(address(view, id)) { (id) } } } }
            }
        }
    };
    layout::draw(view, &Frame { title: "Findings", main, hidden: true, ..Frame::default() })
}

/// A document's page, or where its sheet is.
fn address(view: &View<'_>, id: &DocumentId) -> String {
    view.edition.address_of(id).map_or_else(|| format!("/{}", super::address::encoded(id.as_str())), str::to_owned)
}

/// A document that is no page of the site. Its links lead to public pages only, as those of pages do.
pub(super) fn sheet(view: &View<'_>, notes: &Notes, record: &Record, text: &str) -> Html {
    let links = Links { edition: view.edition, from: record };
    let noted = notes.of(&record.id);
    let leads = |kind, url: &str| match links.lead(kind, url) {
        // Images are served where a public page draws them.
        Lead::Image(_) => Lead::Nowhere,
        lead => lead,
    };
    let body = body::render_noted(text, record, &leads, noted.map(remarks).unwrap_or_default());
    let main = html! {
        article {
            h1 { (record.title) }
            div.banner role="note" {
                p { strong { "This document is private." } " It is shown in this preview alone; no page of the site, no list and no search of a stranger has it." }
            }
            div.prose { (PreEscaped(&body.html)) }
        }
    };
    let frame = Frame { title: &record.title, main, hidden: true, noted: Some(&record.id), ..Frame::default() };
    layout::draw(view, &frame)
}

/// What is wrong with a document, for its body.
pub(super) fn remarks(noted: &Noted) -> Vec<body::Remark> {
    let remark = |finding: &Finding| body::Remark {
        line: finding.line,
        class: format!("finding finding-{}", finding.level),
        place: place(&noted.file, finding),
        level: finding.level.to_string(),
        message: format!("{} [{}]", finding.message, finding.rule),
    };
    noted.findings.iter().map(remark).collect()
}

/// What is said on the page of a path where no page is.
pub(super) fn missing(view: &View<'_>, path: &str) -> Option<Markup> {
    let noted = view.notes.as_ref()?.at(path)?;
    let why = match noted.visibility {
        Some("public") => "Its page is being made.",
        Some(_) => "The file is there, and is private.",
        None => "The file is there, and is not read.",
    };
    Some(html! { div.banner role="note" { p { strong { (why) } } } (list(noted)) })
}

/// The body of a page with what is wrong beside it.
///
/// # Errors
/// Fails when the index can't give the text.
pub(super) fn noted_body(
    view: &View<'_>,
    noted: &Noted,
    document: &crate::corpus::Document<crate::access::Public>,
) -> Result<body::Body, SiteError> {
    let record = document.record();
    Ok(body::render_noted(&(view.text)(document)?, record, &Surroundings::of(view, record), remarks(noted)))
}
