//! [`Sighting`]: what a detector saw, where, and how it is told without saying it.
//!
//! A message shows a secret's first four characters at most, and of anything else no more than half.

use std::borrow::Cow;
use std::ops::Range;

use crate::corpus::{Digest, Finding, Level};

/// What a detector saw in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The rule's name: `github-token`, `email`, `customer-name` …
    pub rule: Cow<'static, str>,
    /// How bad it is on a public page. [`Level::Secret`] keeps the page private.
    pub level: Level,
    /// What was seen, in words: `a GitHub token`.
    pub what: Cow<'static, str>,
    /// Where, in bytes of the text.
    pub span: Range<usize>,
}

impl Sighting {
    pub(super) fn new(rule: &'static str, level: Level, what: &'static str, span: Range<usize>) -> Self {
        Self { rule: Cow::Borrowed(rule), level, what: Cow::Borrowed(what), span }
    }

    /// The bytes that were seen.
    #[must_use]
    pub fn of<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.span.clone()).unwrap_or_default()
    }

    /// What can be shown of it: never all.
    #[must_use]
    pub fn shown(&self, text: &[u8]) -> String {
        let seen = String::from_utf8_lossy(self.of(text));
        let seen = seen.lines().next().unwrap_or_default();
        let length = seen.chars().count();
        // A connection string begins with what is no secret and ends in a place that is none either.
        let most = if self.level == Level::Secret { 4 } else { 3 };
        let shown: String = seen.chars().take(most.min(length / 2)).filter(|c| !c.is_control()).collect();
        format!("{shown}… ({length} characters)")
    }

    /// SHA-256 of what was seen: what an owner lists to say that it is no secret.
    #[must_use]
    pub fn digest(&self, text: &[u8]) -> Digest {
        Digest::of(self.of(text))
    }
}

/// Tells a sighting as a finding.
#[must_use]
pub fn finding(sighting: &Sighting, text: &[u8]) -> Finding {
    let (line, column) = place(text, sighting.span.start);
    Finding { level: sighting.level, rule: sighting.rule.clone(), line, column, message: message(sighting, text) }
}

/// Words for a sighting, with the way out.
pub(super) fn message(sighting: &Sighting, text: &[u8]) -> String {
    let (shown, what) = (sighting.shown(text), &sighting.what);
    match sighting.level {
        Level::Secret => format!(
            "{shown}: {what}; take it out and have it revoked, the page is not public until then. If it is none, list \
             rule and sha256 under [[governance.allow]]: {}",
            sighting.digest(text)
        ),
        _ => {
            format!("{shown}: {what}; take it out, or allow it on its line with <!-- cairn:allow {} -->", sighting.rule)
        }
    }
}

/// The line and column of a byte, from 1; a lone carriage return ends a line as well.
#[must_use]
pub(super) fn place(text: &[u8], at: usize) -> (u32, u32) {
    let before = text.get(..at).unwrap_or(text);
    let mut breaks = memchr::memchr_iter(b'\n', before).count();
    breaks += memchr::memchr_iter(b'\r', before).filter(|&at| text.get(at + 1) != Some(&b'\n')).count();
    let line = before.get(line_start(before)..).unwrap_or_default();
    let column = String::from_utf8_lossy(line).chars().count();
    (u32::try_from(breaks + 1).unwrap_or(u32::MAX), u32::try_from(column + 1).unwrap_or(u32::MAX))
}

fn line_start(before: &[u8]) -> usize {
    memchr::memrchr2(b'\n', b'\r', before).map_or(0, |found| found + 1)
}

/// The line around a place, without its break.
pub(super) fn line_around(text: &[u8], at: usize) -> &[u8] {
    let start = line_start(text.get(..at).unwrap_or(text));
    let end = text.get(at..).and_then(|rest| memchr::memchr2(b'\n', b'\r', rest)).map_or(text.len(), |end| at + end);
    text.get(start..end).unwrap_or_default()
}

/// Whether the line says that this rule's finding on it is meant: `cairn:allow RULE`, several with blanks or commas
/// between them.
pub(super) fn is_allowed_inline(text: &[u8], sighting: &Sighting) -> bool {
    const MARK: &[u8] = b"cairn:allow";
    let line = line_around(text, sighting.span.start);
    memchr::memmem::find_iter(line, MARK).any(|at| {
        let rest = String::from_utf8_lossy(line.get(at + MARK.len()..).unwrap_or_default());
        let names = rest.split("--").next().unwrap_or_default().split([' ', ',', '\t']);
        names.map(str::trim).any(|name| name == sighting.rule)
    })
}

/// Whether a byte is part of a word.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Whether no word goes on over either end of a span.
pub(super) fn stands_alone(text: &[u8], span: &Range<usize>) -> bool {
    let before = span.start.checked_sub(1).and_then(|at| text.get(at));
    let after = text.get(span.end);
    before.is_none_or(|byte| !is_word(*byte)) && after.is_none_or(|byte| !is_word(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_line_and_a_column_of_characters() {
        let text = "one\r\ntwo\rthr\u{e9}e x\n";
        let at = text.find('x').unwrap();
        assert_eq!(place(text.as_bytes(), at), (3, 7));
        assert_eq!(place(text.as_bytes(), 0), (1, 1));
    }

    #[test]
    fn nothing_is_shown_whole() {
        for seen in ["\u{a7}\u{a7}", "\u{a7}", "abcdefgh", "ghp_abcdefghijklmnop"] {
            for level in [Level::Secret, Level::Warning] {
                let sighting = Sighting::new("x", level, "x", 0..seen.len());
                let shown = sighting.shown(seen.as_bytes());
                assert!(!shown.contains(seen) && !message(&sighting, seen.as_bytes()).contains(seen), "{shown}");
            }
        }
    }

    #[test]
    fn a_line_allows_the_rules_it_names_and_no_others() {
        let text = b"a@b <!-- cairn:allow email, phone -->\na@b\n";
        let at = |rule, start: usize| Sighting::new(rule, Level::Warning, "x", start..start + 3);
        assert!(is_allowed_inline(text, &at("email", 0)) && is_allowed_inline(text, &at("phone", 0)));
        assert!(!is_allowed_inline(text, &at("iban", 0)), "another rule");
        assert!(!is_allowed_inline(text, &at("email", 38)), "another line");
    }
}
