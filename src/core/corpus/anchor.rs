//! Anchors of headings, as GitHub makes them.
//!
//! The algorithm is that of `github-slugger`: lower case, everything but letters, marks, digits, `_`, `-` and blanks
//! dropped, each blank a `-`, and `-1`, `-2` … behind the second and third of a name.

use std::collections::HashMap;

/// Gives out anchors for the headings of one document, none twice.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    given: HashMap<String, u32>,
}

impl Anchors {
    /// Makes the anchor of a heading's plain text.
    pub(super) fn of(&mut self, title: &str) -> String {
        self.unique(slug(title))
    }

    /// Takes an anchor the author wrote himself (`{#name}`).
    pub(super) fn custom(&mut self, id: &str) -> String {
        self.given.entry(id.to_owned()).or_insert(0);
        id.to_owned()
    }

    fn unique(&mut self, slug: String) -> String {
        let Some(&count) = self.given.get(&slug) else {
            self.given.insert(slug.clone(), 0);
            return slug;
        };
        // A heading `Name 1` may already hold `name-1`: go on counting. The counter is kept, so that a thousand
        // headings of one name cost a thousand steps.
        let mut count = count;
        let anchor = loop {
            count += 1;
            let anchor = format!("{slug}-{count}");
            if !self.given.contains_key(&anchor) {
                break anchor;
            }
        };
        self.given.insert(slug, count);
        self.given.insert(anchor.clone(), 0);
        anchor
    }
}

/// Makes a slug, not yet unique in its document.
#[must_use]
pub fn slug(title: &str) -> String {
    let mut slug = String::with_capacity(title.len());
    for c in title.trim().chars() {
        match c {
            ' ' => slug.push('-'),
            '-' | '_' => slug.push(c),
            c if c.is_ascii_alphanumeric() => slug.push(c.to_ascii_lowercase()),
            c if c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) => {
                slug.extend(c.to_lowercase());
            }
            _ => {}
        }
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_githubs() {
        for (title, expected) in [
            ("Hello World", "hello-world"),
            ("What's new?", "whats-new"),
            ("C++ & Rust", "c--rust"),
            ("  trimmed  ", "trimmed"),
            ("snake_case-and-dash", "snake_case-and-dash"),
            ("Über uns", "über-uns"),
            ("日本語 見出し", "日本語-見出し"),
            ("1.2 Version", "12-version"),
            ("🚀 Launch", "-launch"),
            ("a/b", "ab"),
        ] {
            assert_eq!(slug(title), expected, "{title:?}");
        }
    }

    #[test]
    fn no_anchor_is_given_twice() {
        let mut anchors = Anchors::default();
        let given: Vec<String> =
            ["Name", "Name", "Name 1", "Name", "name"].into_iter().map(|title| anchors.of(title)).collect();
        assert_eq!(given, ["name", "name-1", "name-1-1", "name-2", "name-3"]);
    }
}
