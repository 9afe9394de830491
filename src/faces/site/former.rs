//! Where pages were before, by what they say themselves: `aliases` and `redirect_from` in front matter.
//!
//! An alias is read as a path from the top of the site, of its collection and of its folder. It leads on only where no
//! page, folder or image stands.

use std::collections::HashMap;

use super::address::parent;
use super::edition::Edition;
use crate::corpus::stem;

/// Former paths, without a slash at either end and without extension.
#[derive(Debug, Default)]
pub(super) struct Former(HashMap<String, usize>);

impl Former {
    /// Reads the aliases of an edition's documents. Of two with one alias the first by id has it.
    pub(super) fn of(edition: &Edition) -> Self {
        let mut former = Self::default();
        for (at, document) in edition.documents().iter().enumerate() {
            let record = document.record();
            for alias in &record.meta.aliases {
                let alias = bare(alias);
                if alias.is_empty() {
                    continue;
                }
                for below in ["", record.id.collection(), parent(record.id.as_str())] {
                    let path = if below.is_empty() { alias.to_owned() } else { format!("{below}/{alias}") };
                    former.0.entry(path).or_insert(at);
                }
            }
        }
        former
    }

    /// Every path that a document had.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The document that was at a path.
    pub(super) fn at(&self, path: &str) -> Option<usize> {
        self.0.get(bare(path)).copied()
    }
}

/// A path without what may stand around it: `/old/page.html` is `old/page`.
fn bare(path: &str) -> &str {
    let path = path.trim().trim_matches('/');
    let path = path.strip_suffix(".html").or_else(|| path.strip_suffix(".htm")).unwrap_or(path);
    let path = stem(path);
    path.strip_suffix("/index").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use crate::site::fixture::edition;

    #[test]
    fn a_former_path_is_found_however_it_was_written() {
        let edition = edition(&[
            (
                "playbook/guides/loop.md",
                "---\naliases: [/docs/Cycle.html, the-circle]\nredirect_from: /a/b/\n---\n# Loop\n",
            ),
            ("playbook/other.md", "---\naliases: the-circle\n---\n# Other\n"),
        ]);
        let found = |path: &str| edition.former().at(path).map(|at| edition.address(at));
        for path in
            ["docs/Cycle", "docs/Cycle.html", "a/b", "a/b/index.html", "the-circle", "playbook/guides/the-circle"]
        {
            assert_eq!(found(path), Some("/playbook/guides/loop"), "{path}");
        }
        assert_eq!(found("playbook/the-circle"), Some("/playbook/guides/loop"), "the first by id has a name");
        assert_eq!(found("docs"), None);
        assert_eq!(found(""), None);
    }
}
