//! Writes answers as text that a model reads: complete alone, with every passage fenced as data.

use std::fmt::Write as _;

use crate::library::wire::{Citation, Reference, fence};

/// Puts a text between fences, with where it is from.
pub(super) fn fenced(out: &mut String, source: Option<&str>, citation: &Citation, text: &str) {
    fence(out, source, citation.lines, None, text);
}

/// Writes a line.
pub(super) fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // A String takes every write.
    let _written = out.write_fmt(text).is_ok();
    out.push('\n');
}

/// The document and the section, as one address.
pub(super) fn address(uri: &str, citation: &Citation) -> String {
    if citation.anchor.is_empty() { uri.to_owned() } else { format!("{uri}#{}", citation.anchor) }
}

/// Where a text is from, in one line that can be checked.
pub(super) fn citation(out: &mut String, citation: &Citation) {
    let [first, last] = citation.lines;
    let is_full = !citation.path.is_empty();
    let mut text = if is_full { format!("{}:{first}-{last}", citation.path) } else { format!("lines {first}-{last}") };
    let short = citation.commit.as_deref().map(|commit| commit.get(..12).unwrap_or(commit));
    let committed = match (short, citation.date.as_deref()) {
        (Some(commit), Some(date)) => format!(" · commit {commit} {date}"),
        (Some(commit), None) => format!(" · commit {commit}"),
        (None, Some(date)) => format!(" · committed {date}"),
        (None, None) if is_full || citation.uncommitted => " · not committed".to_owned(),
        (None, None) => String::new(),
    };
    text.push_str(&committed);
    if let Some(author) = &citation.author {
        let _written = write!(text, " by {}", one_line(author)).is_ok();
    }
    let _written = write!(text, " · sha256 {}", citation.sha256).is_ok();
    if is_full {
        let _written = write!(text, " · generation {}", citation.generation).is_ok();
    }
    line(out, format_args!("{text}"));
}

/// Says that an answer is not in the ledger, when it is not.
pub(super) fn unrecorded(out: &mut String, recorded: bool) {
    if !recorded {
        line(out, format_args!("recorded: false (the ledger cannot be written now)"));
    }
}

/// A list of documents under a heading; nothing when there is none.
pub(super) fn references(out: &mut String, heading: &str, list: &[Reference]) {
    if list.is_empty() {
        return;
    }
    line(out, format_args!("{heading}:"));
    for reference in list {
        line(out, format_args!("- {} — {}", reference.uri, one_line(&reference.title)));
    }
}

/// A title is one line, whatever its file says.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_title_cannot_begin_a_new_line() {
        assert_eq!(one_line("a\n\n# b\tc "), "a # b c");
    }
}
