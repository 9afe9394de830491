//! Bytes → visible text: what a person reading the file is shown, and nothing else.
//!
//! Line n of the visible text is line n of the file, always; every offset kept anywhere is one in this text. Front
//! matter, comments, hidden and control characters are gone from it; their lines stay as empty ones.

use std::borrow::Cow;

use super::front_matter::{self, Fence};
use super::{Finding, Level, comment, hidden, narrowing};

/// A file's text, ready to be parsed, and the front matter that was cut out of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Visible {
    /// The text.
    pub(super) text: String,
    /// What stood between the fences, if there were any.
    pub(super) fence: Option<Fence>,
    /// A line at the top that says "private" where front matter is not, and what it says.
    pub(super) unread: Option<(usize, String)>,
    /// What is wrong with the bytes.
    pub(super) findings: Vec<Finding>,
}

impl Visible {
    /// Reads a file's bytes; any bytes will do.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut findings = Vec::new();
        let mut text = decode(bytes, &mut findings);
        if let Some((kept, removed)) = hidden::strip(&text) {
            let message = format!(
                "{} hidden or control characters, U+{:04X} first, are left out; delete them",
                removed.count,
                u32::from(removed.first)
            );
            findings.push(finding_at(&text, removed.at, "hidden-characters", message));
            text = Cow::Owned(kept);
        }
        let fence = if is_utf16(bytes) { Some(front_matter::of_utf16()) } else { front_matter::find(&text) };
        let unread = narrowing::unread(&text);
        let text = match &fence {
            Some(fence) if fence.end > 0 => {
                let lines = memchr::memchr_iter(b'\n', text.as_bytes().get(..fence.end).unwrap_or_default()).count();
                let mut rest = "\n".repeat(lines);
                rest.push_str(text.get(fence.end..).unwrap_or_default());
                rest
            }
            _ => text.into_owned(),
        };
        Self { text: comment::strip(text), fence, unread, findings }
    }
}

/// Bytes → text with `\n` line ends, without a byte-order mark and NULs.
fn decode<'a>(bytes: &'a [u8], findings: &mut Vec<Finding>) -> Cow<'a, str> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(broken) => {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let message = "bytes that are not UTF-8 are shown as U+FFFD; save the file as UTF-8".to_owned();
            findings.push(finding_at(&text, broken.valid_up_to(), "not-utf8", message));
            Cow::Owned(text)
        }
    };
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        let message = "NUL characters are shown as U+FFFD; delete them".to_owned();
        findings.push(finding_at(&text, at, "nul-characters", message));
        text = Cow::Owned(text.replace('\0', "\u{FFFD}"));
    }
    if memchr::memchr(b'\r', text.as_bytes()).is_some() {
        text = Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"));
    }
    text
}

/// Whether a file begins with the byte-order mark of UTF-16, in either order.
fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF")
}

/// A warning about the byte at `at`.
fn finding_at(text: &str, at: usize, rule: &'static str, message: String) -> Finding {
    let before = text.get(..at).unwrap_or_default();
    // Lone carriage returns end lines, too; they are still there when bytes are looked at.
    let breaks = before.matches('\n').count() + before.matches('\r').count() - before.matches("\r\n").count();
    let line_start = before.rfind(['\n', '\r']).map_or(0, |found| found + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count();
    Finding {
        level: Level::Warning,
        rule: Cow::Borrowed(rule),
        line: u32::try_from(breaks + 1).unwrap_or(u32::MAX),
        column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_n_of_the_visible_text_is_line_n_of_the_file() {
        for (bytes, expected, rules) in [
            (&b"\xEF\xBB\xBFa\r\nb\rc\n"[..], "a\nb\nc\n", &[][..]),
            (b"---\ntitle: x\n---\nbody", "\n\n\nbody", &[]),
            (b"+++\ntitle = 'x'\n+++\n\nbody", "\n\n\n\nbody", &[]),
            (b"---\nnot closed", "---\nnot closed", &[]),
            (b"a\n\nb\xFFc", "a\n\nb\u{FFFD}c", &["not-utf8"]),
            (b"a\0b", "a\u{FFFD}b", &["nul-characters"]),
            ("x\u{200B}y".as_bytes(), "xy", &["hidden-characters"]),
            (b"", "", &[]),
        ] {
            let visible = Visible::of(bytes);
            assert_eq!(visible.text, expected, "{bytes:?}");
            let found: Vec<&str> = visible.findings.iter().map(|finding| &*finding.rule).collect();
            assert_eq!(found, rules, "{bytes:?}");
        }
    }

    #[test]
    fn a_finding_names_the_place() {
        let visible = Visible::of("one\r\ntwo\rthr\u{200B}ee".as_bytes());
        assert_eq!((visible.findings[0].line, visible.findings[0].column), (3, 4));
    }
}
