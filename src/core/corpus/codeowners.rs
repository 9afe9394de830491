//! Who owns a path, as a CODEOWNERS file says it.
//!
//! The patterns are those GitHub documents: like gitignore's, without `!` and `[ ]`; the last one that matches counts,
//! and one without owners takes ownership away.

/// A CODEOWNERS file's rules, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Codeowners {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    /// Globs on a path from the repository's root; one of them must match.
    globs: Vec<String>,
    owners: String,
}

impl Codeowners {
    /// Parses a CODEOWNERS file; lines that can't be understood are passed over.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self { rules: text.lines().filter_map(Rule::parse).collect() }
    }

    /// The owners of a path from the repository's root, as written: `@team/docs @ada`.
    #[must_use]
    pub fn owner_of(&self, path: &str) -> Option<&str> {
        let path = path.trim_start_matches('/');
        let matching =
            self.rules.iter().rev().find(|rule| rule.globs.iter().any(|glob| fast_glob::glob_match(glob, path)))?;
        (!matching.owners.is_empty()).then_some(matching.owners.as_str())
    }
}

impl Rule {
    fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '!', '[']) {
            return None;
        }
        let (pattern, owners) = split_pattern(line);
        // A comment may follow the owners.
        let owners = owners.split_whitespace().take_while(|word| !word.starts_with('#'));
        let owners = owners.collect::<Vec<_>>().join(" ");
        // Braces and brackets mean nothing in these patterns, but do to the glob matcher.
        let mut inner = String::with_capacity(pattern.len());
        for c in pattern.trim_end_matches('/').chars() {
            if matches!(c, '{' | '}' | '[' | ']' | '!') {
                inner.push('\\');
            }
            inner.push(c);
        }
        let anchored = inner.trim_end_matches("/**").contains('/');
        let from = if anchored { inner.trim_start_matches('/').to_owned() } else { format!("**/{inner}") };
        let globs = match () {
            // A folder: everything under it.
            () if pattern.ends_with('/') => vec![format!("{from}/**")],
            // `docs/*` is one level only; `docs` is the file or all that is under the folder.
            () if from.ends_with("/*") => vec![from],
            () => vec![format!("{from}/**"), from],
        };
        Some(Self { globs, owners })
    }
}

/// Splits a line at the first blank that is not escaped.
fn split_pattern(line: &str) -> (String, &str) {
    let mut pattern = String::new();
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => pattern.extend(chars.next().map(|(_, escaped)| escaped)),
            c if c.is_whitespace() => return (pattern, line.get(at..).unwrap_or_default()),
            c => pattern.push(c),
        }
    }
    (pattern, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rule_that_matches_counts() {
        let owners = Codeowners::parse(
            "# who keeps what\n* @all\n*.js @js # scripts\n/build/logs/ @doctocat\ndocs/* docs@example.org\napps/ @octo @cat\n\
             /scripts/ @a\n/apps/github\n**/logs @logs\nwith\\ blank.md @b\n",
        );
        for (path, expected) in [
            ("x.md", Some("@all")),
            ("a/b.js", Some("@js")),
            ("build/logs/x", Some("@logs")),
            ("docs/x.md", Some("docs@example.org")),
            ("docs/deep/x.md", Some("@all")),
            ("deep/apps/x/y.md", Some("@octo @cat")),
            ("apps/github/x.md", None),
            ("scripts/x.md", Some("@a")),
            ("deep/scripts/x.md", Some("@all")),
            ("with blank.md", Some("@b")),
        ] {
            assert_eq!(owners.owner_of(path), expected, "{path}");
        }
        assert_eq!(Codeowners::parse("").owner_of("x"), None);
    }
}
