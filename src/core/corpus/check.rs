//! What is wrong with documents among each other: links that lead nowhere, titles that say too little.
//!
//! Judged against the documents of one reader: what he may not see is missing for him, and the finding says no more.

use std::borrow::Cow;

use super::{Destination, DocumentId, Finding, Level, Link, LinkKind, Names, Record};

/// Judges the links of a document.
#[must_use]
pub fn link_findings(record: &Record, names: &Names) -> Vec<Finding> {
    let mut findings = Vec::new();
    for link in &record.links {
        let (level, rule, message) = match names.resolve(record, link) {
            Destination::Missing => {
                let message = format!("{}: no such document; mend the target or remove the link", shown(link));
                (Level::Warning, "link-broken", message)
            }
            Destination::MissingAnchor { id, fragment } => {
                let message = format!("{}: {id} has no heading #{fragment}", shown(link));
                (Level::Warning, "anchor-missing", message)
            }
            Destination::Document { .. } => {
                let candidates = names.candidates(record, link);
                let [first, others @ ..] = candidates.as_slice() else { continue };
                if others.is_empty() {
                    continue;
                }
                let more = others.iter().take(3).map(|other| other.id.as_str()).collect::<Vec<_>>().join(", ");
                let message =
                    format!("{}: taken for {}, could be {more} as well; write its path", shown(link), first.id);
                (Level::Note, "link-ambiguous", message)
            }
            Destination::External(_)
            | Destination::Asset { .. }
            | Destination::Folder { .. }
            | Destination::Outside(_) => continue,
        };
        findings.push(Finding { level, rule: Cow::Borrowed(rule), line: link.line, column: link.column, message });
    }
    findings
}

/// Notes on documents that can't be told apart by their titles.
#[must_use]
pub fn title_findings(names: &Names) -> Vec<(DocumentId, Finding)> {
    let mut findings = Vec::new();
    for group in names.alike() {
        for record in &group {
            let Some(other) = group.iter().find(|other| other.id != record.id) else { continue };
            let line = record.sections.iter().find(|section| section.title == record.title);
            let finding = Finding {
                level: Level::Note,
                rule: Cow::Borrowed("title-duplicate"),
                line: line.map_or(1, |section| section.line),
                column: 1,
                message: format!("{:?} is the title of {} as well; say what is different", record.title, other.id),
            };
            findings.push((record.id.clone(), finding));
        }
    }
    findings
}

/// A link's target as it is written, cut to a length a terminal can show.
fn shown(link: &Link) -> String {
    let hash = if link.fragment.is_some() { "#" } else { "" };
    let target = format!("{}{hash}{}", link.target, link.fragment.as_deref().unwrap_or_default());
    let target: String = target.chars().take(120).collect();
    match link.kind {
        LinkKind::Wiki | LinkKind::Embed => format!("[[{target}]]"),
        LinkKind::Inline | LinkKind::Image => target,
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
