//! Code blocks in colours: which parts of a text are comments, strings, keywords, names.
//!
//! Read by scanners of our own, one pass over the bytes, with tables that say what a language's words and marks are. No
//! grammar is run: one that looks back could stall a page, and one that is stopped by a clock would give two servers
//! different bytes. What comes out is the text that went in, cut into pieces. An unknown language and a block beyond
//! [`LIMIT_BYTES`] stay plain.

mod lines;
mod markup;
mod rules;
mod scanner;
mod tables;

#[cfg(test)]
mod tests;

/// A longer block stays plain: nobody reads so much code on a page, and each colour costs bytes.
const LIMIT_BYTES: usize = 64 * 1024;

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// What is not said to the machine.
    Comment,
    /// A string or a character.
    Text,
    /// A word of the language.
    Keyword,
    /// A number, or a word that is a value.
    Value,
    /// The name of a function, a command, a key or an element.
    Name,
    /// The name of a type, or of an attribute of an element.
    Type,
    /// A variable, a flag, an annotation.
    Variable,
    /// A line that was added.
    New,
    /// A line that was taken out.
    Old,
}

impl Class {
    /// The element's class in HTML; `style.css` has the colours.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Comment => "c",
            Self::Text => "s",
            Self::Keyword => "k",
            Self::Value => "n",
            Self::Name => "f",
            Self::Type => "t",
            Self::Variable => "v",
            Self::New => "i",
            Self::Old => "d",
        }
    }

    /// Whether a name is that of a class.
    pub(super) fn is_name(name: &str) -> bool {
        matches!(name, "c" | "s" | "k" | "n" | "f" | "t" | "v" | "i" | "d")
    }
}

/// A piece of a text, and what it is.
pub(super) type Piece<'t> = (Option<Class>, &'t str);

/// Cuts code of a language, by any of its names, into pieces that are the text when put together; `None` for what stays
/// plain.
pub(super) fn pieces<'t>(language: &str, text: &'t str) -> Option<Vec<Piece<'t>>> {
    if text.len() > LIMIT_BYTES {
        return None;
    }
    let mut cut = Cutter::new(text);
    match language.to_ascii_lowercase().as_str() {
        "diff" | "patch" => lines::difference(&mut cut),
        "console" | "shell-session" | "sh-session" | "session" | "terminal" => lines::session(&mut cut),
        "html" | "htm" | "xhtml" | "xml" | "svg" | "xsl" | "xsd" | "vue" | "svelte" => markup::scan(&mut cut),
        other => scanner::scan(rules::of(other)?, &mut cut, 0..text.len()),
    }
    Some(cut.finish())
}

/// Cuts a text from its beginning to its end: whatever is not marked stays plain.
#[derive(Debug)]
struct Cutter<'t> {
    text: &'t str,
    /// Up to where the text has been cut.
    done: usize,
    pieces: Vec<Piece<'t>>,
}

impl<'t> Cutter<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, done: 0, pieces: Vec::new() }
    }

    /// Marks what lies between two places; a place before what was marked already, or inside of a character, marks
    /// nothing.
    fn mark(&mut self, class: Class, from: usize, to: usize) {
        let (Some(before), Some(marked)) = (self.text.get(self.done..from), self.text.get(from..to)) else { return };
        if marked.is_empty() {
            return;
        }
        if !before.is_empty() {
            self.pieces.push((None, before));
        }
        self.pieces.push((Some(class), marked));
        self.done = to;
    }

    fn finish(mut self) -> Vec<Piece<'t>> {
        if let Some(rest) = self.text.get(self.done..).filter(|rest| !rest.is_empty()) {
            self.pieces.push((None, rest));
        }
        self.pieces
    }
}

/// Where the line that holds a place ends: at its line break, or at the text's end.
fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', bytes.get(at..).unwrap_or_default()).map_or(bytes.len(), |found| at + found)
}
