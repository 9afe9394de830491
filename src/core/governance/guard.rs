//! [`draft`]: a file of a public folder is looked at before it becomes a document, and kept in when it holds a secret.
//!
//! Looked at are the bytes of the file, and beside them what readers are shown: a token written with escapes
//! (`ghp\_…`), with marks or with hidden characters in it is a token on the page. Front matter counts as what it says
//! after decoding.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Rules, Sighting, finding};
use crate::access::Visibility;
use crate::corpus::{Body, Digest, Draft, Finding, Level, Record, SourceFile};

/// Parses a file. In a public folder, a finding of level secret narrows it before it is classified.
#[must_use]
pub fn draft(rules: &Rules, file: SourceFile, folder: Visibility) -> Draft {
    if folder == Visibility::Private {
        return Draft::parse(file);
    }
    let path = format!("{}/{}", file.collection, file.path);
    let bytes = rules.secrets(&path, &file.bytes);
    let mut findings: Vec<Finding> = bytes.iter().map(|seen| finding(seen, &file.bytes)).collect();
    let mut known: HashSet<Digest> = bytes.iter().map(|seen| seen.digest(&file.bytes)).collect();
    let draft = Draft::parse(file);
    if draft.is_narrowed() {
        // It asked to be private itself, so nothing is kept from anybody.
        return draft;
    }
    findings.extend(shown(rules, &path, draft.record(), draft.body(), &mut known));
    findings.extend(rules.never_public(draft.record()).map(|filter| Finding {
        level: Level::Secret,
        rule: Cow::Borrowed("never-public"),
        line: 1,
        column: 1,
        message: format!(
            "{filter} is never public, says [governance] in cairn.toml; move the file to a private folder"
        ),
    }));
    if findings.is_empty() { draft } else { draft.withhold(findings) }
}

/// Whether a document is private only because of a secret.
#[must_use]
pub fn is_withheld(record: &Record) -> bool {
    record.visibility() == Visibility::Private && record.findings.iter().any(|finding| finding.level == Level::Secret)
}

/// Secrets in what readers are shown that the bytes did not show.
fn shown(rules: &Rules, path: &str, record: &Record, body: &Body, known: &mut HashSet<Digest>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut look = |text: &str, line: u32| {
        for seen in rules.secrets_shown(path, text) {
            if known.insert(seen.digest(text.as_bytes())) {
                findings.push(told(&seen, text, line));
            }
        }
    };
    for (chunk, plain) in record.chunks.iter().zip(&body.plain) {
        look(plain, chunk.lines.first);
    }
    record.sections.iter().for_each(|section| look(&section.title, section.line));
    let meta = &record.meta;
    let single = [&meta.description, &meta.owner].into_iter().flatten();
    let lists = [&meta.tags, &meta.sources, &meta.aliases, &meta.supersedes, &meta.superseded_by].into_iter().flatten();
    let other = meta.other.iter().flat_map(|(key, value)| [key, value]);
    for text in std::iter::once(&record.title).chain(single).chain(lists).chain(other) {
        look(text, 1);
    }
    findings
}

/// A finding in a text whose place in the file is known by line only.
fn told(seen: &Sighting, text: &str, line: u32) -> Finding {
    Finding { line, column: 1, ..finding(seen, text.as_bytes()) }
}
