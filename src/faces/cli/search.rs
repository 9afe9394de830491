//! `cairn search`: passages in a terminal as one wants to read them.

use std::fmt::Write as _;

use crate::corpus::Language;
use crate::engine::Analyzer;
use crate::ledger::Verb;
use crate::library::wire::{AlsoIn, Expanded, Explained, Hit, LegRank, SearchAnswer, SearchRequest, Why};
use crate::library::{Face, Printing};
use crate::owner;
use crate::retrieval::{Limit, QueryText, highlight};

use super::attach::{Reach, Tongue, ask, asking, reach};
use super::compose::Stay;
use super::config::Settings;
use super::error::Outcome;
use super::flags::{Place, SearchArguments};
use super::output::{self, Style};

pub(super) async fn run(place: Place, arguments: SearchArguments, json: bool) -> anyhow::Result<Outcome> {
    let settings = Settings::read(&place)?;
    let process = arguments.process;
    let request = SearchRequest {
        query: arguments.words.join(" "),
        collections: arguments.collections,
        types: arguments.types,
        tags: arguments.tags,
        status: arguments.status,
        limit: Some(arguments.limit),
        max_tokens: arguments.max_tokens,
        as_of: arguments.as_of,
        cursor: arguments.cursor,
        explain: arguments.explain,
        // Who reads in a terminal sees files and snippets, however little text there is room for.
        detail: Some("full".to_owned()),
        per_document: arguments.per_document,
    };
    // A question that can't be asked is refused before anybody is disturbed.
    let query = request.parse(Limit::MAX)?;
    let answer: SearchAnswer = match reach(&settings, Tongue::Http, "cairn search", Stay::Once).await? {
        Reach::Attached(stream) => {
            ask(stream, "/api/v1/search", Some(serde_json::to_vec(&request)?), process.as_deref()).await?
        }
        Reach::Owned(house) => {
            house.ready().await;
            let reader = asking(&owner::reader(&house.library, Face::Cli), process);
            reader.search(Verb::Search, query, Printing::JSON).await?
        }
    };
    let outcome = if answer.hits.is_empty() { Outcome::Nothing } else { Outcome::Done };
    if json {
        output::json(&answer)?;
    } else {
        output::text(&shown(&answer, &settings, &request.query, arguments.full))?;
    }
    Ok(outcome)
}

/// How hits are shown.
struct Shown<'a> {
    settings: &'a Settings,
    /// The words of the question, without operators.
    words: &'a str,
    style: Style,
    full: bool,
}

fn shown(answer: &SearchAnswer, settings: &Settings, question: &str, full: bool) -> String {
    let style = Style::of(&std::io::stdout());
    let parsed = QueryText::parse(question);
    let words = parsed.as_ref().map_or("", |text| text.question().words.as_str());
    let shown = Shown { settings, words, style, full };
    let mut text = String::new();
    for (hit, rank) in answer.hits.iter().zip(1..) {
        shown.hit(&mut text, hit, rank);
    }
    // A String takes every write, here and below.
    if let Some(hint) = &answer.hint {
        let _ok = writeln!(text, "{hint}").is_ok();
    }
    if let Some(note) = &answer.note {
        let _ok = writeln!(text, "note: {note}").is_ok();
    }
    for line in answer.explain.iter().flat_map(expansions) {
        let _ok = writeln!(text, "{}{}{}", style.dim, output::line(&line), style.plain).is_ok();
    }
    let more = answer.next_cursor.as_ref().map(|cursor| format!(", more with --cursor {cursor}")).unwrap_or_default();
    let passages = if answer.hits.len() == 1 { "passage" } else { "passages" };
    let count = format!("{} {passages}, {} tokens{more}", answer.hits.len(), answer.tokens);
    let _ok = writeln!(text, "{}{count} ({}){}", style.dim, answer.retrieval_id, style.plain).is_ok();
    text
}

impl Shown<'_> {
    fn hit(&self, text: &mut String, hit: &Hit, rank: usize) {
        let Style { strong, dim, plain, .. } = self.style;
        let headings: String = hit.headings.iter().map(|heading| format!(" › {}", output::safe(heading))).collect();
        let mut status = if hit.status == "accepted" { String::new() } else { format!(" [{}]", hit.status) };
        if !hit.superseded_by.is_empty() {
            status.push_str(&format!(" → {}", output::line(&hit.superseded_by.join(", "))));
        }
        let body = output::safe(if self.full { &hit.passage } else { &hit.snippet });
        let language = hit.language.as_deref().and_then(Language::of_tag).unwrap_or_default();
        let body = marked(&body, self.words, language, self.style).replace('\n', "\n   ");
        let title = output::safe(&hit.title);
        let _ok = writeln!(text, "{strong}{rank}. {title}{plain}{headings}{status}\n   {body}").is_ok();
        let [first, last] = hit.citation.lines;
        let collection = hit.citation.document.split('/').next().unwrap_or_default();
        let file = output::safe(&self.settings.file(collection, &hit.citation.path));
        let commit = hit.citation.commit.as_deref().and_then(|commit| commit.get(..9));
        let commit = commit.map(|commit| format!(" @{commit}")).unwrap_or_default();
        let _ok = writeln!(text, "   {dim}{file}:{first}-{last}{commit}  {:.3}{plain}", hit.score).is_ok();
        if !hit.also_in.is_empty() {
            let places: Vec<String> = hit.also_in.iter().map(place).collect();
            let _ok = writeln!(text, "   {dim}also in: {}{plain}", output::line(&places.join(", "))).is_ok();
        }
        if let Some(cut) = &hit.cut {
            let _ok = writeln!(text, "   {dim}cut to fit --max-tokens ({cut}){plain}").is_ok();
        }
        if let Some(why) = &hit.why {
            for line in reasons(why) {
                let _ok = writeln!(text, "   {dim}{}{plain}", output::line(&line)).is_ok();
            }
        }
        text.push('\n');
    }
}

fn place(also: &AlsoIn) -> String {
    if also.anchor.is_empty() { also.uri.clone() } else { format!("{}#{}", also.uri, also.anchor) }
}

/// Why a passage is where it is, a line each.
fn reasons(why: &Why) -> Vec<String> {
    let leg = |name: &str, leg: Option<LegRank>| match leg {
        Some(leg) => {
            format!("{name} #{} (score {:.3}, share {:.2} × {:.2})", leg.rank, leg.score, leg.share, leg.weight)
        }
        None => format!("{name} not found"),
    };
    let (words, meaning) = (leg("words", why.lexical), leg("meaning", why.vector));
    let mut lines =
        vec![format!("why: {words} · {meaning} · fused {:.3}, {:.3} of it evidence", why.fused, why.evidence)];
    if !why.words.is_empty() {
        lines.push(format!("     matched: {}", why.words.join(", ")));
    }
    lines.extend(why.policies.iter().map(|policy| format!("     {}: {}", policy.rule, policy.effect)));
    lines
}

/// What was looked for beside the words, a line each.
fn expansions(explained: &Explained) -> Vec<String> {
    let line = |of: &Expanded| {
        format!("looked for {:?} as well as {:?} ({}, weight {:.2})", of.term, of.word, of.by, of.weight)
    };
    explained.expansions.iter().map(line).collect()
}

/// Marks the words of the question.
fn marked(text: &str, words: &str, language: Language, style: Style) -> String {
    if style.mark.is_empty() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    let analyzer = Analyzer::english();
    for range in highlight(text, &analyzer.query_in(words, &[language]), &analyzer) {
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(style.mark);
        out.push_str(text.get(range.clone()).unwrap_or_default());
        out.push_str(style.plain);
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
