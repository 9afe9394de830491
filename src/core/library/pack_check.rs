//! What is wrong with a pack among the documents: entries that lead nowhere, or to what its readers can't see.

use crate::access::Visibility;
use crate::corpus::{Finding, Level, Names, PackEntry, PackSource, Record};
use crate::retrieval::Limit;

use super::briefing;
use super::read::part;
use super::wire::SearchRequest;

/// Judges the entries of a pack; of another document there is nothing to say.
pub(super) fn pack_findings(record: &Record, names: &Names) -> Vec<Finding> {
    let entries = record.pack.iter().flat_map(|pack| &pack.entries);
    entries.filter_map(|entry| judged(record, entry, names)).collect()
}

fn judged(pack: &Record, entry: &PackEntry, names: &Names) -> Option<Finding> {
    let find = |level, rule: &'static str, message| {
        Some(Finding { level, rule: rule.into(), line: entry.line, column: 1, message })
    };
    let (target, section) = match &entry.source {
        PackSource::Document { target, section } => (target, section),
        PackSource::Query { text, .. } => {
            let request = SearchRequest { query: text.clone(), ..SearchRequest::default() };
            let error = request.parse(Limit::MAX).err()?;
            return find(Level::Warning, "pack-query", format!("{error}; the briefing goes without it"));
        }
    };
    let shown: String = target.chars().take(120).collect();
    let Some(found) = briefing::target(names, pack, target) else {
        let message = format!("{shown}: no such document; mend the entry or take it out");
        return find(Level::Warning, "pack-entry-missing", message);
    };
    if let Some(section) = section
        && let Err(error) = part(found, Some(section), "")
    {
        return find(Level::Warning, "pack-section-missing", error.to_string());
    }
    let (of, its) = (pack.visibility(), found.visibility());
    let apart = pack.id.collection() != found.id.collection();
    match (of, its) {
        (Visibility::Public, Visibility::Private) => {
            let message =
                format!("{} is private, and in the briefing of a public pack for nobody; take it out", found.id);
            find(Level::Warning, "pack-entry-private", message)
        }
        (Visibility::Private, Visibility::Private) if apart => {
            let message =
                format!("{} is in another private collection; who may read only this pack's gets it without", found.id);
            find(Level::Note, "pack-entry-apart", message)
        }
        _ => None,
    }
}
