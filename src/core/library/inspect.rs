//! Everything that detectors see in one file, beside what it is: for editors, before anything is indexed.

use std::collections::HashSet;

use crate::access::Visibility;
use crate::corpus::{Classified, Digest, Finding, Level, Source, SourceFile};
use crate::governance::{NameList, Rules, aimed, finding, is_withheld};

use super::collections::classified;

/// A file that was looked at.
#[derive(Debug)]
pub(super) struct Inspected {
    pub(super) classified: Classified,
    /// What detectors saw, with the digest of what was seen: of a file in a public folder everything, of one in a
    /// private folder its secrets and what is aimed at agents.
    pub(super) seen: Vec<(Finding, Digest)>,
}

/// Looks at a file.
pub(super) fn inspect(
    source: &Source,
    file: SourceFile,
    owner: Option<&str>,
    rules: &Rules,
    names: &NameList,
) -> Inspected {
    let path = format!("{}/{}", file.collection, file.path);
    let bytes = file.bytes.as_slice();
    let sightings = match source.visibility {
        Visibility::Public => rules.sightings(&path, bytes, names),
        Visibility::Private => rules.secrets(&path, bytes),
    };
    let told = sightings.iter().map(|seen| (finding(seen, bytes), seen.digest(bytes)));
    let mut seen: Vec<(Finding, Digest)> = told.collect();
    let bytes = file.bytes.clone();
    let classified = classified(source, file, owner, rules);
    let record = classified.record();
    if record.visibility() == Visibility::Private && !is_withheld(record) {
        // Nothing is kept from anybody here; whoever may read it, reads it.
        seen.retain(|(finding, _)| finding.level == Level::Secret);
        for (finding, _) in &mut seen {
            finding.level = Level::Warning;
            finding.message = format!("{}; git keeps it for good", what(&finding.message));
        }
    } else {
        // Those of level secret are the record's own: it knows of some that the bytes alone don't show.
        seen.retain(|(finding, _)| finding.level != Level::Secret);
        let secrets = record.findings.iter().filter(|finding| finding.level == Level::Secret);
        seen.extend(secrets.map(|finding| (finding.clone(), Digest::of(finding.message.as_bytes()))));
    }
    seen.extend(aimed(record, classified.body(), &bytes));
    Inspected { classified, seen }
}

/// What a message of a secret says before it says what to do on a public page.
fn what(message: &str) -> &str {
    message.split("; ").next().unwrap_or(message)
}

impl Inspected {
    /// What is wrong with the file itself: what its record says, and what detectors saw.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = self.classified.record().findings.clone();
        let known: HashSet<(String, u32, u32)> =
            findings.iter().map(|finding| (finding.rule.to_string(), finding.line, finding.column)).collect();
        let new = self.seen.iter().map(|(finding, _)| finding);
        findings.extend(
            new.filter(|finding| !known.contains(&(finding.rule.to_string(), finding.line, finding.column))).cloned(),
        );
        findings
    }
}
