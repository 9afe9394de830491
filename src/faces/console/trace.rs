//! One retrieval: who asked what of what, how it was found, and what was served.

use maud::{Markup, html};

use super::chart::legs;
use super::list::subject;
use super::sheet::{Sheet, count, moment, sheet};
use crate::corpus::DocumentId;
use crate::ledger::{Fusion, Hit, Judgement, LegScale, Line, Reason, Record, Retrieval};

/// A retrieval, and what is known of its documents now.
#[derive(Debug)]
pub struct Traced<'a> {
    /// The line of the ledger.
    pub line: &'a Line,
    /// What it says.
    pub retrieval: &'a Retrieval,
    /// Where the documents' pages are that are public now, in the order of the passages.
    pub addresses: Vec<Option<String>>,
    /// What was written of it afterwards, oldest first: feedback, gaps, runs.
    pub said: &'a [Line],
    /// Who looks may say something of it; with the key of their session's forms, if they have a session.
    pub may_say: bool,
    /// The key.
    pub form_key: Option<&'a str>,
}

/// Draws one retrieval.
#[must_use]
pub fn trace(traced: &Traced<'_>) -> Sheet {
    let Traced { line, retrieval, .. } = traced;
    let main = html! {
        nav.breadcrumbs aria-label="Where this is" { ol { li { a href="/private/ledger" { "Ledger" } } li { (retrieval.id) } } }
        h1.asked { (subject(retrieval)) }
        p.lead { (retrieval.verb.as_str()) " over " (retrieval.face.as_str()) " by " code { (retrieval.who) } ", " (moment(line.ts)) " UTC" }
        section aria-labelledby="c:asked" { h2 id="c:asked" { "What was asked" } (question(retrieval)) }
        section aria-labelledby="c:found" { h2 id="c:found" { "How it was found" } (found(retrieval)) }
        section aria-labelledby="c:served" { h2 id="c:served" { "What was served" } (served(traced)) }
        section aria-labelledby="c:said" { h2 id="c:said" { "What was said of it" } (said(traced.said)) @if traced.may_say { (say(traced)) } }
        section aria-labelledby="c:record" { h2 id="c:record" { "The record" } (record(line, retrieval)) }
    };
    sheet(&format!("Retrieval {}", retrieval.id), "", &main)
}

fn facts(facts: &[(&str, Option<Markup>)]) -> Markup {
    html! { dl.facts { @for (name, fact) in facts { @if let Some(fact) = fact { dt { (name) } dd { (fact) } } } } }
}

fn text(text: Option<&str>) -> Option<Markup> {
    text.map(|text| html! { (text) })
}

fn code(text: Option<&str>) -> Option<Markup> {
    text.map(|text| html! { code.path { (text) } })
}

fn question(retrieval: &Retrieval) -> Markup {
    let client = retrieval.client.as_ref().map(|client| match &client.version {
        Some(version) => format!("{} {version}", client.name),
        None => client.name.clone(),
    });
    let question = match (&retrieval.query, retrieval.q_len()) {
        (Some(query), _) => Some(html! { q { (query) } }),
        (None, Some(bytes)) => Some(html! { em { "not kept any more; it had " (bytes) " bytes" } }),
        (None, None) => None,
    };
    let params = retrieval.params.iter().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        html! { li { code { (name) } " " (value) } }
    });
    let params: Vec<Markup> = params.collect();
    let listed = (!params.is_empty()).then(|| html! { ul.plain-list { @for param in &params { (param) } } });
    facts(&[
        ("Question", question),
        ("Parameters", listed),
        ("Who", Some(html! { code { (retrieval.who) } " (" (retrieval.role.as_str()) ")" })),
        ("Program", text(client.as_deref())),
        ("Protocol", text(retrieval.protocol.as_deref())),
        ("On behalf of", text(retrieval.process.as_deref())),
        ("Trace", code(retrieval.trace.as_deref())),
        ("Trace state", code(retrieval.trace_state.as_deref())),
    ])
}

/// Shelves, legs, fusion, and the order that the rules made.
fn found(retrieval: &Retrieval) -> Markup {
    let shelves = html! {
        ul.plain-list {
            @for shelf in &retrieval.scope {
                li { (shelf) @if let Some(generation) = retrieval.generation.get(shelf) { span.quiet { " generation " (generation) } } }
            }
        }
    };
    let ranked = retrieval.hits.iter().any(|hit| hit.legs.lexical.is_some() || hit.legs.vector.is_some());
    html! {
        (facts(&[
            ("Shelves", Some(shelves)),
            ("Commit", code(retrieval.commit.as_deref())),
            ("Embedder", text(retrieval.embedder.as_deref())),
            ("Took", Some(html! { (format!("{:.2} ms", retrieval.ms)) })),
        ]))
        @if let Some(fusion) = &retrieval.fusion { (joined(fusion, &retrieval.hits)) }
        @if ranked { (legs(&retrieval.hits)) }
        @if retrieval.fusion.is_some() { (ruled(&retrieval.hits)) }
        @else if ranked { p.quiet { "How the two were joined, and what the rules did, is not in a record of this age." } }
    }
}

/// How the lists of the two legs became one: the weights, the scales, and the sum of each passage.
fn joined(fusion: &Fusion, hits: &[Hit]) -> Markup {
    let scale = |scale: Option<LegScale>, weight: f32| match scale {
        Some(LegScale { floor, best }) => {
            html! { "weight " (weight) "; a score of " (floor) " counts 0, the best, " (best) ", counts 1" }
        }
        None => html! { "found nothing, or was not asked" },
    };
    let sums: Vec<(&Hit, String)> = hits.iter().filter_map(|hit| Some((hit, fusion.sum(hit)?))).collect();
    html! {
        h3 { "Joined" }
        (facts(&[
            ("By words", Some(scale(fusion.lexical, fusion.weight))),
            ("By meaning", Some(scale(fusion.vector, fusion.rest()))),
        ]))
        @if !sums.is_empty() {
            table.log {
                thead { tr { th scope="col" { "Place" } th scope="col" { "Passage" } th scope="col" { "Words, meaning, and what else its document says" } } }
                tbody { @for (hit, sum) in &sums { tr {
                    th scope="row" data-name="Place" { (hit.rank) }
                    td data-name="Passage" { (name(&hit.doc, &hit.anchor)) }
                    td data-name="Sum" { (sum) }
                } } }
            }
        }
    }
}

/// What the rules did to each passage.
fn ruled(hits: &[Hit]) -> Markup {
    let ruled: Vec<&Hit> = hits.iter().filter(|hit| !hit.rules.is_empty()).collect();
    html! {
        h3 { "Put in order by the rules" }
        @if ruled.is_empty() { p { "No rule moved, joined or left out anything here." } }
        @else { ul.said { @for hit in ruled { li {
            span { "Place " (hit.rank) ", " (name(&hit.doc, &hit.anchor)) }
            @for effect in &hit.rules { p { span.badge { (effect.rule()) } " " (effect.told(hit.lines)) } }
        } } } }
    }
}

fn served(traced: &Traced<'_>) -> Markup {
    let retrieval = traced.retrieval;
    let tokens = usize::try_from(retrieval.tokens).unwrap_or(usize::MAX);
    let what = match retrieval.verb {
        crate::ledger::Verb::Browse | crate::ledger::Verb::List => "document",
        _ => "passage",
    };
    html! {
        p {
            @if retrieval.served == 0 { strong { "Nothing" } } @else { (count(retrieval.served as usize, what)) }
            @if retrieval.tokens > 0 { ", " (count(tokens, "token")) }
            @if retrieval.truncated { ", and there was more" }
            "."
        }
        @if !retrieval.hits.is_empty() {
            table.log.passages {
                thead { tr { th scope="col" { "Place" } th scope="col" { "Passage" } th.end scope="col" { "Score" } th.end scope="col" { "By words" } th.end scope="col" { "By meaning" } th scope="col" { "Digest" } } }
                tbody {
                    @for (at, hit) in retrieval.hits.iter().enumerate() {
                        (passage(hit, traced.addresses.get(at).and_then(Option::as_deref)))
                    }
                }
            }
        }
    }
}

fn passage(hit: &Hit, address: Option<&str>) -> Markup {
    let digest = hit.sha256.to_string();
    let place = |rank: Option<u32>| rank.map_or_else(|| "–".to_owned(), |rank| format!("place {rank}"));
    html! {
        tr {
            th scope="row" data-name="Place" { (hit.rank) }
            td.what data-name="Passage" {
                @match address { Some(address) => a href=(address) { (name(&hit.doc, &hit.anchor)) }, None => (name(&hit.doc, &hit.anchor)) }
                br; span.quiet { (lines(hit)) }
            }
            td.end data-name="Score" { @match hit.score { Some(score) => (format!("{score:.4}")), None => "–" } }
            td.end data-name="By words" { (place(hit.legs.lexical)) }
            td.end data-name="By meaning" { (place(hit.legs.vector)) }
            td data-name="Digest" { code title=(digest) { (digest.get(..16).unwrap_or(&digest)) } }
        }
    }
}

fn lines(hit: &Hit) -> String {
    let (first, last) = (hit.lines.first, hit.lines.last);
    if first == last { format!("line {first}") } else { format!("lines {first}–{last}") }
}

fn name(document: &DocumentId, anchor: &str) -> String {
    if anchor.is_empty() { document.to_string() } else { format!("{document}#{anchor}") }
}

/// Feedback on it, and what else names it.
fn said(lines: &[Line]) -> Markup {
    html! {
        @if lines.is_empty() { p.quiet { "Nothing yet." } }
        @else { ul.said { @for line in lines { li { (remark(line)) } } } }
    }
}

/// A small form for feedback.
fn say(traced: &Traced<'_>) -> Markup {
    html! {
        form.say action="/private/feedback" method="post" aria-label="Feedback" {
            @if let Some(key) = traced.form_key { input type="hidden" name="form_key" value=(key); }
            input type="hidden" name="retrieval" value=(traced.retrieval.id);
            div {
                label for="c:verdict" { "Did it help?" }
                select id="c:verdict" name="verdict" required {
                    @for verdict in [Judgement::Good, Judgement::Mixed, Judgement::Bad] { option value=(verdict.as_str()) { (verdict.as_str()) } }
                }
            }
            div {
                label for="c:reason" { "What is wrong" }
                select id="c:reason" name="reason" {
                    option value="" { "nothing" }
                    @for reason in Reason::ALL { option value=(reason.as_str()) { (reason.as_str()) } }
                }
            }
            div.whole {
                label for="c:why" { "Why; needed when it was bad" }
                textarea id="c:why" name="why" rows="2" maxlength="16384" {}
            }
            div.send { button type="submit" { "Write it down" } }
        }
    }
}

fn remark(line: &Line) -> Markup {
    let (verdict, reason) = match &line.record {
        Record::Feedback(feedback) => (Some(feedback.verdict.as_str()), feedback.reason.map(Reason::as_str)),
        _ => (None, None),
    };
    html! {
        @match verdict { Some(verdict) => span class={ "badge badge-" (verdict) } { (verdict) }, None => span.badge { (line.kind) } }
        @if let Some(reason) = reason { " " (reason) }
        span.quiet { " by " code { (line.record.who().unwrap_or("–")) } ", " (moment(line.ts)) }
        @for (field, text) in line.record.texts() { p { span.quiet { (field) ": " } (text) } }
    }
}

fn record(line: &Line, retrieval: &Retrieval) -> Markup {
    html! {
        (facts(&[
            ("Id", Some(html! { code { (retrieval.id) } })),
            ("Number", Some(html! { (line.seq.0) })),
            ("Digest", Some(html! { code.path { (line.head) } })),
        ]))
        p.quiet { "The line as it stands in the ledger: " code { "cairn log show " (retrieval.id) " --json" } ". Whether it is what was written: " code { "cairn log verify" } "." }
    }
}
