//! What is public, and by which rule; what becomes public or private between two states of the corpus.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::diff::{Piece, words};
use super::rules::is_leak;
use crate::access::Visibility;
use crate::corpus::{Digest, DocumentId, Finding, Level, Record};

/// A document in one state of the corpus.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What is known of it.
    pub record: Arc<Record>,
    /// What its folder grants.
    pub folder: Visibility,
    /// Its visible text.
    pub text: Arc<str>,
    /// What detectors saw in the file of a public folder, each with the digest of what was seen.
    pub seen: Vec<(Finding, Digest)>,
}

/// The rule by which a document is public or private.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Its folder, which is what its collection is.
    Folder,
    /// Its front matter asks for it.
    FrontMatter,
    /// Its front matter can't be read, or is unclear.
    Unclear {
        /// The line.
        line: u32,
    },
    /// It holds what must not be public.
    Withheld {
        /// The rule.
        rule: String,
        /// The line.
        line: u32,
    },
}

/// How a document stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// Who may read it.
    pub visibility: Visibility,
    /// By which rule.
    pub reason: Reason,
}

/// What changed for one document.
#[derive(Debug, Clone)]
pub struct Change {
    /// The document.
    pub id: DocumentId,
    /// What is known of it, in the later state if it is there.
    pub record: Arc<Record>,
    /// How it stood before; `None` when it was not there.
    pub before: Option<Exposure>,
    /// How it stands after; `None` when it is gone.
    pub after: Option<Exposure>,
    /// The words that changed, of a page that is public on both sides.
    pub pieces: Vec<Piece>,
    /// What detectors see after and did not see before.
    pub new: Vec<Finding>,
}

impl Standing {
    /// How the document stands.
    #[must_use]
    pub fn exposure(&self) -> Exposure {
        let visibility = self.record.visibility();
        let find = |wanted: &dyn Fn(&Finding) -> bool| self.record.findings.iter().find(|finding| wanted(finding));
        let unclear = |finding: &Finding| {
            finding.level > Level::Note
                && (finding.rule.starts_with("front-matter") || finding.rule.starts_with("visibility-"))
        };
        let reason = if visibility == self.folder {
            Reason::Folder
        } else if let Some(secret) = find(&|finding| finding.level == Level::Secret) {
            Reason::Withheld { rule: secret.rule.to_string(), line: secret.line }
        } else if let Some(unclear) = find(&unclear) {
            Reason::Unclear { line: unclear.line }
        } else {
            Reason::FrontMatter
        };
        Exposure { visibility, reason }
    }
}

impl Change {
    fn visible(side: Option<&Exposure>) -> bool {
        side.is_some_and(|exposure| exposure.visibility == Visibility::Public)
    }

    /// Whether strangers may read it now and could not before.
    #[must_use]
    pub fn becomes_public(&self) -> bool {
        Self::visible(self.after.as_ref()) && !Self::visible(self.before.as_ref())
    }

    /// Whether strangers could read it and may not any more.
    #[must_use]
    pub fn becomes_private(&self) -> bool {
        Self::visible(self.before.as_ref()) && !Self::visible(self.after.as_ref())
    }

    /// Whether something comes into a public folder that a rule or a detector forbids.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        let leaks = Self::visible(self.after.as_ref());
        self.new.iter().any(|finding| finding.level == Level::Secret || (leaks && is_leak(&finding.rule)))
    }
}

/// Tells what changed between two states, by id. What is private in both and holds nothing new is left out.
#[must_use]
pub fn compare(before: &[Standing], after: &[Standing]) -> Vec<Change> {
    let by_id = |side: &[Standing]| -> BTreeMap<DocumentId, Standing> {
        side.iter().map(|standing| (standing.record.id.clone(), standing.clone())).collect()
    };
    let (before, after) = (by_id(before), by_id(after));
    let ids: std::collections::BTreeSet<&DocumentId> = before.keys().chain(after.keys()).collect();
    ids.into_iter().filter_map(|id| change(id, before.get(id), after.get(id))).collect()
}

fn change(id: &DocumentId, before: Option<&Standing>, after: Option<&Standing>) -> Option<Change> {
    let known: HashSet<(&str, Digest)> =
        before.iter().flat_map(|standing| &standing.seen).map(|(finding, digest)| (&*finding.rule, *digest)).collect();
    let was_public = before.is_some_and(|standing| standing.record.visibility() == Visibility::Public);
    // What a private page held was seen by nobody: on a page that becomes public all of it is new.
    let is_new = |finding: &Finding, digest: &Digest| {
        !known.contains(&(&*finding.rule, *digest)) || (!was_public && finding.level < Level::Secret)
    };
    let new = after.iter().flat_map(|standing| &standing.seen);
    let new: Vec<Finding> =
        new.filter(|(finding, digest)| is_new(finding, digest)).map(|(finding, _)| finding.clone()).collect();
    let mut change = Change {
        id: id.clone(),
        record: Arc::clone(&after.or(before)?.record),
        before: before.map(Standing::exposure),
        after: after.map(Standing::exposure),
        pieces: Vec::new(),
        new,
    };
    let (was, is) = (Change::visible(change.before.as_ref()), Change::visible(change.after.as_ref()));
    if let (true, true, Some(before), Some(after)) = (was, is, before, after) {
        if before.record.sha256 == after.record.sha256 {
            return None;
        }
        change.pieces = words(before.text.trim(), after.text.trim());
        return Some(change);
    }
    (was != is || change.is_forbidden()).then_some(change)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::CollectionName;
    use crate::corpus::{SourceFile, SourcePath};
    use crate::governance::{NameList, Rules, draft, finding};

    fn standing(path: &str, folder: Visibility, text: &str) -> Standing {
        let (rules, bytes) = (Rules::built_in(), text.as_bytes().to_vec());
        let seen = rules.sightings(path, &bytes, &NameList::default());
        let seen = seen.iter().map(|seen| (finding(seen, &bytes), seen.digest(&bytes))).collect();
        let collection = CollectionName::parse("playbook").unwrap();
        let file = SourceFile { collection, path: SourcePath::new(path), bytes, modified_ns: 0 };
        let (record, body) = draft(&rules, file, folder).classify(folder).into_parts();
        Standing { record, folder, text: body.text.into(), seen }
    }

    #[test]
    fn a_document_stands_by_its_folder_or_by_what_narrows_it() {
        use Visibility::{Private, Public};
        let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
        for (folder, text, visibility, reason) in [
            (Public, "# A\n", Public, Reason::Folder),
            (Private, "# A\n", Private, Reason::Folder),
            (Public, "---\nvisibility: private\n---\n", Private, Reason::FrontMatter),
            (Public, "---\nvisibility: [\n---\n", Private, Reason::Unclear { line: 2 }),
            (Public, token.as_str(), Private, Reason::Withheld { rule: "github-token".to_owned(), line: 1 }),
        ] {
            let exposure = standing("x.md", folder, text).exposure();
            assert_eq!(exposure.visibility, visibility, "{text}");
            match (&exposure.reason, &reason) {
                (Reason::Unclear { .. }, Reason::Unclear { .. }) => {}
                (found, expected) => assert_eq!(found, expected, "{text}"),
            }
        }
    }

    #[test]
    fn what_becomes_public_or_private_is_told_and_what_stays_is_not() {
        use Visibility::{Private, Public};
        let before = [
            standing("a.md", Private, "# A\n\nsaid by ada@engines.org\n"),
            standing("b.md", Public, "# B\n\none two\n"),
            standing("c.md", Public, "# C\n"),
            standing("d.md", Private, "# D\n"),
            standing("e.md", Public, "# E\n"),
        ];
        let after = [
            standing("a.md", Public, "# A\n\nsaid by ada@engines.org\n"),
            standing("b.md", Public, "# B\n\none three\n"),
            standing("c.md", Public, "---\nvisibility: private\n---\n# C\n"),
            standing("d.md", Private, "# D, changed\n"),
        ];
        let changes = compare(&before, &after);
        let told: Vec<(&str, bool, bool)> = changes
            .iter()
            .map(|change| (change.id.path(), change.becomes_public(), change.becomes_private()))
            .collect();
        assert_eq!(told, [("a", true, false), ("b", false, false), ("c", false, true), ("e", false, true)]);
        assert_eq!(
            changes[0].new.iter().map(|finding| &*finding.rule).collect::<Vec<_>>(),
            ["email"],
            "new to strangers"
        );
        assert!(changes[1].pieces.contains(&Piece::Added("three".to_owned())));
        assert!(!changes.iter().any(Change::is_forbidden));
    }

    #[test]
    fn a_secret_that_comes_into_a_public_folder_is_forbidden_and_one_that_was_there_is_not_told_again() {
        let token = format!("# T\n\nghp_{}\n", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
        let (clean, with) =
            (standing("t.md", Visibility::Public, "# T\n"), standing("t.md", Visibility::Public, &token));
        let changes = compare(std::slice::from_ref(&clean), std::slice::from_ref(&with));
        assert!(changes.len() == 1 && changes[0].is_forbidden() && changes[0].becomes_private());
        assert!(compare(std::slice::from_ref(&with), std::slice::from_ref(&with)).is_empty());
        assert!(!compare(&[with], &[clean])[0].is_forbidden());
    }
}
