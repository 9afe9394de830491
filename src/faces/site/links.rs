//! Where a link on a page leads: to a page of this site, to another site, or nowhere.
//!
//! Only documents of the public graph are found, so that a private target and a missing one can't differ.

use super::address::{decoded, encoded, parent};
use super::body::Lead;
use super::edition::Edition;
use crate::corpus::{Destination, Link, LinkKind, Record};

/// Leads the links of one document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Links<'a> {
    pub(super) edition: &'a Edition,
    pub(super) from: &'a Record,
}

impl Links<'_> {
    /// Leads a link, given its target with fragment as it is written.
    pub(super) fn lead(&self, kind: LinkKind, url: &str) -> Lead {
        let url = url.trim();
        if let Some(lead) = outside(url) {
            return lead;
        }
        let link = written(kind, url);
        match self.edition.graph.resolve(self.from, &link) {
            Destination::Document { id, anchor } => self.page(&id, anchor.as_deref()),
            // An anchor may be one that raw HTML gives; the page is right in any case.
            Destination::MissingAnchor { id, fragment } => self.page(&id, Some(&decoded(&fragment))),
            Destination::Asset { collection, path } if matches!(kind, LinkKind::Image | LinkKind::Embed) => {
                let key = format!("{collection}/{path}");
                match self.edition.image(&key) {
                    Some(_) => Lead::Image(format!("/{}", encoded(&key))),
                    None => Lead::Nowhere,
                }
            }
            Destination::External(_)
            | Destination::Outside(_)
            | Destination::Asset { .. }
            | Destination::Folder { .. }
            | Destination::Missing => self.folder(&link.target),
        }
    }

    /// The place of the page that an embed names, and the anchor of the section.
    pub(super) fn embedded(&self, target: &str) -> Option<(usize, Option<String>)> {
        let link = written(LinkKind::Embed, target.trim());
        match self.edition.graph.resolve(self.from, &link) {
            // A part that is no section, such as a block of Obsidian's, is no whole page.
            Destination::Document { id, anchor } if anchor.is_some() == link.fragment.is_some() => {
                Some((self.edition.find(&id)?, anchor))
            }
            _ => None,
        }
    }

    fn page(&self, id: &crate::corpus::DocumentId, anchor: Option<&str>) -> Lead {
        let Some(address) = self.edition.address_of(id) else { return Lead::Nowhere };
        let page = if *id == self.from.id { "" } else { address };
        Lead::Here(match anchor {
            Some(anchor) if !anchor.is_empty() => format!("{page}#{}", encoded(anchor)),
            _ => address.to_owned(),
        })
    }

    /// A folder without a front page has a list of its documents.
    fn folder(&self, target: &str) -> Lead {
        let target = decoded(target.split('?').next().unwrap_or(target));
        let base = if target.starts_with('/') { self.from.id.collection() } else { parent(self.from.id.as_str()) };
        let mut parts: Vec<&str> = base.split('/').collect();
        for part in target.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        let path = parts.join("/");
        match self.edition.folder(&path) {
            Some(folder) if !target.is_empty() => Lead::Here(format!("/{}", encoded(&folder.path))),
            _ => Lead::Nowhere,
        }
    }
}

/// A link as it is written: a target, and a fragment behind it or not.
fn written(kind: LinkKind, url: &str) -> Link {
    let (target, fragment) = match url.split_once('#') {
        Some((target, fragment)) => (target, Some(fragment.to_owned())),
        None => (url, None),
    };
    Link { kind, target: target.to_owned(), fragment, text: String::new(), line: 0, column: 0 }
}

/// Judges an address that has a scheme or a host; `None` for those of the corpus.
fn outside(url: &str) -> Option<Lead> {
    // Browsers drop blanks and controls inside of a scheme: an address that has them is nobody's.
    if url.chars().any(char::is_control) {
        return Some(Lead::Nowhere);
    }
    if url.starts_with("//") {
        return Some(Lead::Outside(format!("https:{url}")));
    }
    let end = url.find(['/', '?', '#']).unwrap_or(url.len());
    let (scheme, _) = url.get(..end)?.split_once(':')?;
    let allowed = ["http", "https", "mailto"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    // `javascript&colon;` and the like were decoded by the parser; what is not on the list goes nowhere.
    Some(if allowed { Lead::Outside(url.to_owned()) } else { Lead::Nowhere })
}

#[cfg(test)]
mod tests {
    use super::{Lead, Links};
    use crate::corpus::LinkKind;
    use crate::site::fixture::edition;

    #[test]
    fn a_link_leads_to_a_public_page_outside_or_nowhere() {
        let edition = edition(&[
            ("playbook/README.md", "# Playbook"),
            ("playbook/guide/one.md", "# One\n\n## Part A\n"),
            ("playbook/guide/two words.md", "# Two"),
            ("playbook/secret.md", "---\nvisibility: private\n---\n# Secret"),
        ]);
        let from = edition.find(&crate::corpus::DocumentId::parse("playbook/guide/one").unwrap()).unwrap();
        let links = Links { edition: &edition, from: edition.document(from).unwrap().record() };
        let here = |path: &str| Lead::Here(path.to_owned());
        let out = |url: &str| Lead::Outside(url.to_owned());
        for (url, expected) in [
            ("two%20words.md", here("/playbook/guide/two%20words")),
            ("../README.md", here("/playbook")),
            ("#part-a", here("#part-a")),
            ("one.md#part-a", here("#part-a")),
            ("../guide/", here("/playbook/guide")),
            ("../secret.md", Lead::Nowhere),
            ("../missing.md", Lead::Nowhere),
            ("https://example.org/x?y#z", out("https://example.org/x?y#z")),
            ("mailto:a@example.org", out("mailto:a@example.org")),
            ("//example.org", out("https://example.org")),
            ("javascript:alert(1)", Lead::Nowhere),
            ("JaVaScRiPt:alert(1)", Lead::Nowhere),
            ("java\nscript:alert(1)", Lead::Nowhere),
            ("data:text/html,x", Lead::Nowhere),
            ("vbscript:x", Lead::Nowhere),
        ] {
            assert_eq!(links.lead(LinkKind::Inline, url), expected, "{url}");
        }
        assert_eq!(links.lead(LinkKind::Wiki, "two words"), here("/playbook/guide/two%20words"));
        assert_eq!(links.lead(LinkKind::Wiki, "secret"), Lead::Nowhere);
    }
}
