//! What to do next when nothing was found: near words, filters that fit, and what there is to look through.
//!
//! Made of the opened shelves alone, so that a hint tells nobody of what they may not see; and only when there is nothing
//! else to tell, since it goes through the catalogue.

use std::collections::BTreeMap;

use crate::access::Scope;
use crate::corpus::Record;
use crate::retrieval::{Query, Ranking};

use super::shelf::Shelves;

/// The most names of one list.
const NAMES_MAX: usize = 8;

/// The longest name that is told, in characters.
const NAME_CHARS: usize = 40;

/// The parts of a hint, what helps most first. There is always one. `is_left` says whether hits are that were not served.
pub(super) fn parts<S: Scope>(shelves: &Shelves<S>, query: &Query, ranking: &Ranking, is_left: bool) -> Vec<String> {
    if shelves.searchers().iter().all(|shelf| shelf.catalogue().is_empty()) {
        return vec!["nothing is indexed yet that you may see".to_owned()];
    }
    if !ranking.hits.is_empty() && !is_left {
        return vec!["nothing is left behind this cursor; leave it out to start again".to_owned()];
    }
    if !ranking.hits.is_empty() {
        return vec![
            "none of the next passages fits into max_tokens; raise it (a cursor stays good), or call get_document with a section"
                .to_owned(),
        ];
    }
    let question = query.text.question();
    let filtered = !query.filters.is_empty() || !question.filters.is_empty() || !question.filtered_out.is_empty();
    let mut parts = Vec::new();
    parts.push(match filtered || question.narrows() {
        true => "no passage passed the filters; leave collections, types, tags, status, phrases or exclusions out, or \
                 call browse_context to see what there is"
            .to_owned(),
        false => "no passage matched; ask with other words, or call browse_context to see what there is".to_owned(),
    });
    let near: Vec<&str> = ranking.expansions.iter().map(|near| near.term.as_str()).collect();
    if !near.is_empty() {
        parts.push(format!("nearest words: {}", told(near.into_iter())));
    }
    if filtered {
        let count = |of: &dyn Fn(&Record) -> Vec<String>| counted(shelves, of);
        parts.push(format!("types there are: {}", count(&|record| vec![record.meta.kind.clone()])));
        parts.push(format!("tags there are: {}", count(&|record| record.meta.tags.clone())));
    }
    let collections = shelves.counts();
    let collections: Vec<String> =
        collections.iter().map(|(name, documents)| format!("{name} ({documents} documents)")).collect();
    parts.push(format!("you may see {}", told(collections.iter().map(String::as_str))));
    parts
}

/// What to say when no document fits what was browsed for.
pub(super) fn of_listing<S: Scope>(shelves: &Shelves<S>) -> String {
    let types = counted(shelves, &|record| vec![record.meta.kind.clone()]);
    format!("no document fits; leave collection, prefix or type out, or take another; types there are: {types}")
}

/// Names with how many documents have each, those that most have first.
fn counted<S: Scope>(shelves: &Shelves<S>, of: &dyn Fn(&Record) -> Vec<String>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for searcher in shelves.searchers() {
        for (_, record) in searcher.catalogue().iter() {
            for name in of(record) {
                *counts.entry(name).or_default() += 1;
            }
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    if counts.is_empty() { "none".to_owned() } else { told(counts.iter().map(|(name, _)| name.as_str())) }
}

/// The first of some names, and whether there are more.
fn told<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<String> =
        names.take(NAMES_MAX + 1).map(|name| name.chars().take(NAME_CHARS).collect()).collect();
    let more = names.len() > NAMES_MAX;
    names.truncate(NAMES_MAX);
    format!("{}{}", names.join(", "), if more { " …" } else { "" })
}
