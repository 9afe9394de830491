//! A journey's proof as it stands on its page, and how it is told of elsewhere.

use maud::{Markup, html};

use super::drawing::{Bar, bars};
use super::edition::Edition;
use super::page::item;
use super::proof::{End, Proof};
use crate::corpus::Document;

/// Draws what a journey proves: the states, the figures and who says so. Nothing for a journey that says nothing of them.
pub(super) fn draw(proof: &Proof) -> Markup {
    let states = proof.before.as_ref().zip(proof.after.as_ref());
    html! {
        @if states.is_some() || proof.result.is_some() || proof.quote.is_some() {
            section.proof aria-label="What this journey proves" {
                @if let Some((before, after)) = states {
                    div.states {
                        div { h2 { "Before" } p { (before) } }
                        div { h2 { "After" } p { (after) } }
                    }
                }
                (measured(proof))
                @if let Some(quote) = &proof.quote {
                    figure.quote {
                        blockquote { p { (quote.text) } }
                        figcaption { (quote.by) " " span.quiet { "quoted with consent of " (quote.agreed.0) ": " (quote.agreed.1) } }
                    }
                }
            }
        }
    }
}

/// The metric against its baseline: drawn where there are figures, and as a table in any case.
fn measured(proof: &Proof) -> Markup {
    let (Some(baseline), Some(result)) = (&proof.baseline, &proof.result) else { return html! {} };
    let label = |end: &End| {
        let written = end.written.as_deref().unwrap_or_default();
        format!("{written} {}", proof.unit).trim().to_owned()
    };
    let metric = proof.metric.as_deref().unwrap_or("Result against its baseline");
    let moved = proof.moved();
    html! {
        figure.measured {
            figcaption { span.quiet { "Measured" } " " (metric) }
            @if let Some((before, after)) = proof.figures() {
                @let end = match &moved { Some(moved) => format!("{} ({moved})", label(result)), None => label(result) };
                (bars("c:drawing", &format!("{metric}: baseline {}, result {}", label(baseline), label(result)), &[
                    Bar { name: "Baseline", value: before, label: label(baseline), strong: false },
                    Bar { name: "Result", value: after, label: end, strong: true },
                ]))
            }
            div.table role="group" aria-label="The figures" tabindex="0" {
                table {
                    thead { tr { td {} @if proof.figures().is_some() { th.end scope="col" { "Figure" } } th scope="col" { "In words" } } }
                    tbody {
                        @for (name, end) in [("Baseline", baseline), ("Result", result)] {
                            tr {
                                th scope="row" { (name) }
                                @if proof.figures().is_some() { td.end { (label(end)) } }
                                td { (end.text) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A list of pages under a heading; nothing when there are none.
pub(super) fn used(edition: &Edition, heading: &str, places: &[usize]) -> Markup {
    html! {
        @if !places.is_empty() {
            section.around aria-labelledby="c:used" {
                h2 id="c:used" { (heading) }
                ul { @for &at in places { (item(edition, at, "")) } }
            }
        }
    }
}

/// The journeys that used a page, with their results.
pub(super) fn proved(edition: &Edition, journeys: &[usize]) -> Markup {
    html! {
        @if !journeys.is_empty() {
            section.around aria-labelledby="c:proved" {
                h2 id="c:proved" { "Proved by" }
                ul.proofs { @for &at in journeys { li { (told(edition, at)) } } }
            }
        }
    }
}

/// A journey as a link with its result below.
pub(super) fn told(edition: &Edition, at: usize) -> Markup {
    html! {
        @if let Some(record) = edition.document(at).map(Document::record) {
            a href=(edition.address(at)) { (record.title) }
            @if let Some(proof) = Proof::of(record) {
                @if let Some(result) = &proof.result {
                    p.result {
                        @if let (Some(written), Some(before)) = (&result.written, proof.baseline.as_ref().and_then(|end| end.written.as_ref())) {
                            strong { (written) " " (proof.unit) } " against " (before) @if !result.text.is_empty() { ": " }
                        }
                        (result.text)
                    }
                }
            }
        }
    }
}
