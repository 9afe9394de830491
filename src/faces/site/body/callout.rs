//! Callouts: GitHub's alerts, Obsidian's, and those that are written as containers, as one element.

use pulldown_cmark::BlockQuoteKind;

/// What kind of callout is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// The element's classes.
    pub(super) class: &'static str,
    /// What stands at its top when the author gave no title.
    pub(super) name: &'static str,
}

const NOTE: Kind = Kind { class: "callout callout-note", name: "Note" };
const TIP: Kind = Kind { class: "callout callout-tip", name: "Tip" };
const IMPORTANT: Kind = Kind { class: "callout callout-important", name: "Important" };
const WARNING: Kind = Kind { class: "callout callout-warning", name: "Warning" };
const CAUTION: Kind = Kind { class: "callout callout-caution", name: "Caution" };

/// The kind of one of GitHub's alerts.
pub(super) fn of_alert(kind: BlockQuoteKind) -> Kind {
    match kind {
        BlockQuoteKind::Note => NOTE,
        BlockQuoteKind::Tip => TIP,
        BlockQuoteKind::Important => IMPORTANT,
        BlockQuoteKind::Warning => WARNING,
        BlockQuoteKind::Caution => CAUTION,
    }
}

/// The first line of an Obsidian callout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head<'a> {
    /// The kind it is shown as.
    pub(super) kind: Kind,
    /// The word the author wrote, when it names no kind of ours: it is the title then.
    pub(super) word: Option<&'a str>,
    /// How much of the text it takes, blanks behind it included.
    pub(super) len: usize,
}

/// Reads `[!kind]`, with `+` or `-` behind it or not.
pub(super) fn head(text: &str) -> Option<Head<'_>> {
    let inner = text.strip_prefix("[!")?;
    let (word, after) = inner.split_once(']')?;
    let name = word.split('|').next().unwrap_or(word);
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_' || c == ' ') {
        return None;
    }
    let after = after.strip_prefix(['+', '-']).unwrap_or(after);
    let after = after.trim_start_matches(' ');
    let known = kind(name);
    let word = known.is_none().then_some(name);
    Some(Head { kind: known.unwrap_or(NOTE), word, len: text.len() - after.len() })
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name.to_ascii_lowercase().as_str() {
        "note" => NOTE,
        "tip" | "hint" => TIP,
        "important" => IMPORTANT,
        "warning" | "attention" => WARNING,
        "caution" | "danger" => CAUTION,
        _ => return None,
    })
}

/// The kind of a callout that is written with its name alone.
pub(super) fn named(name: &str) -> Kind {
    kind(name).unwrap_or_else(|| look(name))
}

/// How a kind that is known by another name looks: Obsidian has a dozen.
pub(super) fn look(word: &str) -> Kind {
    match word.to_ascii_lowercase().as_str() {
        "success" | "check" | "done" => TIP,
        "question" | "help" | "faq" => IMPORTANT,
        "failure" | "fail" | "missing" | "error" | "bug" => CAUTION,
        _ => NOTE,
    }
}

/// A word with a capital at its beginning.
pub(super) fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
