//! What the scanner knows of a language, and which language a name means.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Class;
use super::tables::ALL;

/// A kind of string.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// What takes the meaning from the character behind it.
    pub(super) escape: Option<u8>,
    /// Whether it may go over several lines.
    pub(super) lines: bool,
}

/// What stands at the beginning of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// Nothing of its own.
    Plain,
    /// `key: value`.
    Colon,
    /// `key = value` and `[section]`.
    Equals,
    /// `target: sources`.
    Target,
    /// `# heading` and fences.
    Heading,
    /// A command, whose first word is its name.
    Command,
}

/// A language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// What it is called behind a fence, in small letters.
    pub(super) names: &'static [&'static str],
    /// Its keywords, with blanks between.
    pub(super) keywords: &'static str,
    /// Words that are values, with blanks between.
    pub(super) values: &'static str,
    /// Whether words are the same in any case; they are written in small letters here.
    pub(super) folded: bool,
    /// What begins a comment that ends with its line.
    pub(super) comments: &'static [&'static str],
    /// What begins and ends a comment.
    pub(super) blocks: &'static [(&'static str, &'static str)],
    /// Strings; one that begins with another's opening stands before it.
    pub(super) quotes: &'static [Quote],
    /// Whether a comment or a string begins only where a word could.
    pub(super) spaced: bool,
    /// What else a word may hold, and begin with.
    pub(super) within: &'static str,
    /// What makes a variable or an annotation of the word behind it.
    pub(super) sigils: &'static str,
    /// Whether a word before `(` is the name of a function.
    pub(super) calls: bool,
    /// Whether a word with a capital is a type.
    pub(super) types: bool,
    /// Whether a string before `:` is a key.
    pub(super) string_keys: bool,
    /// Whether `'a` may be a lifetime.
    pub(super) lifetimes: bool,
    pub(super) lines: Lines,
}

/// A language with nothing in it.
pub(super) const NONE: Rules = Rules {
    names: &[],
    keywords: "",
    values: "",
    folded: false,
    comments: &[],
    blocks: &[],
    quotes: &[],
    spaced: false,
    within: "",
    sigils: "",
    calls: false,
    types: false,
    string_keys: false,
    lifetimes: false,
    lines: Lines::Plain,
};

/// A language, ready for use.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) rules: &'static Rules,
    words: HashMap<&'static str, Class>,
}

impl Known {
    /// What a word of the language is.
    pub(super) fn word(&self, word: &str) -> Option<Class> {
        // No word of any language is longer.
        if word.len() > 24 {
            None
        } else if self.rules.folded {
            self.words.get(word.to_ascii_lowercase().as_str()).copied()
        } else {
            self.words.get(word).copied()
        }
    }
}

static KNOWN: LazyLock<HashMap<&'static str, &'static Known>> = LazyLock::new(|| {
    let mut known = HashMap::new();
    for rules in ALL {
        let keywords = rules.keywords.split_whitespace().map(|word| (word, Class::Keyword));
        let values = rules.values.split_whitespace().map(|word| (word, Class::Value));
        let language: &'static Known = Box::leak(Box::new(Known { rules, words: keywords.chain(values).collect() }));
        known.extend(rules.names.iter().map(|name| (*name, language)));
    }
    known
});

/// The language of a name in small letters.
pub(super) fn of(name: &str) -> Option<&'static Known> {
    KNOWN.get(name).copied()
}
