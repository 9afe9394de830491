//! The beginning of a path, or a glob.
//!
//! `*` stands for any part of a name, `**` for any part of a path, `?` for one character; without any of them the
//! pattern is a beginning. Letters match in either case. A match costs one step a character, whatever the pattern.

use super::QueryError;

/// The most characters of a pattern; as many as a number has bits, less one for the end.
const PATTERN_CHARS_MAX: usize = 127;

/// The beginning of a path, or a glob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    steps: Vec<Step>,
}

/// What a place in a pattern lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    One(char),
    AnyOne,
    /// Any number of characters, `/` or not.
    Any {
        slash: bool,
    },
}

impl PathPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Fails when it is longer than 127 characters.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let lower = text.to_lowercase();
        if lower.chars().count() > PATTERN_CHARS_MAX - 1 {
            return Err(QueryError::Path { max: PATTERN_CHARS_MAX - 1 });
        }
        let mut steps = Vec::new();
        for character in lower.trim_start_matches('/').chars() {
            match (character, steps.last_mut()) {
                ('*', Some(Step::Any { slash })) => *slash = true,
                ('*', _) => steps.push(Step::Any { slash: false }),
                ('?', _) => steps.push(Step::AnyOne),
                // `**/x` is x at the top, too.
                ('/', Some(Step::Any { slash: true })) => {}
                (character, _) => steps.push(Step::One(character)),
            }
        }
        if !lower.contains(['*', '?']) {
            steps.push(Step::Any { slash: true });
        }
        Ok(Self { text: text.to_owned(), steps })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a path matches: all places that the pattern can be at move on together.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let mut at = self.skipped(1);
        for character in path.chars().flat_map(char::to_lowercase) {
            let mut next = 0_u128;
            for (place, step) in self.steps.iter().enumerate().filter(|(place, _)| at >> place & 1 == 1) {
                next |= match step {
                    Step::One(wanted) if *wanted == character => 1 << (place + 1),
                    Step::AnyOne if character != '/' => 1 << (place + 1),
                    Step::Any { slash } if *slash || character != '/' => 1 << place,
                    _ => 0,
                };
            }
            at = self.skipped(next);
            if at == 0 {
                return false;
            }
        }
        at >> self.steps.len() & 1 == 1
    }

    /// Adds the places behind those that may stand for nothing.
    fn skipped(&self, mut at: u128) -> u128 {
        for (place, step) in self.steps.iter().enumerate() {
            if matches!(step, Step::Any { .. }) && at >> place & 1 == 1 {
                at |= 1 << (place + 1);
            }
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::PathPattern;

    #[test]
    fn a_pattern_is_a_beginning_or_a_glob() {
        for (pattern, path, matches) in [
            ("guides", "guides/deploy.md", true),
            ("guides/", "guides/deploy.md", true),
            ("/Guides/De", "guides/deploy.md", true),
            ("deploy", "guides/deploy.md", false),
            ("*.md", "deploy.md", true),
            ("*.md", "guides/deploy.md", false),
            ("**/deploy.md", "guides/a/deploy.md", true),
            ("**/deploy.md", "deploy.md", true),
            ("guides/*/x.md", "guides/a/x.md", true),
            ("guides/*/x.md", "guides/a/b/x.md", false),
            ("adr-00??.md", "adr-0042.md", true),
            ("guides/**", "guides/a/b.md", true),
            ("", "anything.md", true),
        ] {
            assert_eq!(PathPattern::parse(pattern).unwrap().matches(path), matches, "{pattern} {path}");
        }
        assert!(PathPattern::parse(&"x".repeat(200)).is_err());
    }

    proptest! {
        #[test]
        fn any_pattern_and_path_are_told(pattern in "[a/*?.]{0,126}", path in "[a/.]{0,60}") {
            let parsed = PathPattern::parse(&pattern).unwrap();
            prop_assert!(!parsed.matches(&path) || !path.is_empty() || pattern.chars().all(|c| "*/".contains(c)) || pattern.is_empty());
            let whole = PathPattern::parse(&path).unwrap();
            prop_assert!(path.starts_with('/') || whole.matches(&path));
        }
    }
}
