//! Characters that readers can't see and machines can read.
//!
//! Zero-width, bidirectional-control and tag characters carry instructions past a person's eye, and control characters
//! steer a terminal, so they go, below all faces: what is indexed, digested, cited and served never had them. They stay
//! only where a script or an emoji can't be written without them. What is shown as one line holds no line breaks either.

use std::borrow::Cow;

/// What was taken out of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Removed {
    /// How many characters.
    pub(super) count: usize,
    /// The first of them.
    pub(super) first: char,
    /// Where the first stood, in bytes of the text as it was.
    pub(super) at: usize,
}

/// Takes hidden characters out; `None` when there are none, which is nearly always.
pub(super) fn strip(text: &str) -> Option<(String, Removed)> {
    if !may_hide(text.as_bytes()) {
        return None;
    }
    let mut kept = String::new();
    let mut removed: Option<Removed> = None;
    let mut copied = 0;
    let mut before = '\n';
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if !is_hidden(c) {
            before = c;
            continue;
        }
        let rest = chars.as_str();
        if c == '\u{E0067}' && before == '\u{1F3F4}' {
            // The flags of England, Scotland and Wales are a black flag and tags: nothing else may be spelt so.
            if let Some(tail) = flag(rest) {
                for _ in 0..tail {
                    chars.next();
                }
                before = '\u{E007F}';
                continue;
            }
        }
        if belongs(c, before, rest.chars().next().unwrap_or('\n')) {
            before = c;
            continue;
        }
        kept.push_str(text.get(copied..at).unwrap_or_default());
        copied = at + c.len_utf8();
        if is_break(c) {
            // It parts words, as a blank does.
            kept.push(' ');
            before = ' ';
        }
        match &mut removed {
            Some(removed) => removed.count += 1,
            None => removed = Some(Removed { count: 1, first: c, at }),
        }
    }
    let removed = removed?;
    kept.push_str(text.get(copied..).unwrap_or_default());
    Some((kept, removed))
}

/// Whether there is a byte with which one of them may begin in UTF-8. Most texts, and all English ones, pass at full
/// speed: without a branch in it a compiler looks at many bytes at once.
fn may_hide(bytes: &[u8]) -> bool {
    let suspect = |byte: u8| matches!(byte, 0..=8 | 0xB | 0xC | 0xE..=0x1F | 0x7F | 0xC2 | 0xCD | 0xD8 | 0xE1..=0xE3 | 0xEF | 0xF0 | 0xF3);
    bytes.chunks(256).any(|chunk| chunk.iter().fold(false, |found, byte| found | suspect(*byte)))
}

/// Makes one line of a decoded text: hidden and control characters go, a run of tabs and line breaks is one blank.
///
/// Also says how many characters were removed, and which one first; blanks in place of breaks don't count.
pub(super) fn one_line(text: &str) -> (Cow<'_, str>, Option<(usize, char)>) {
    let (printable, steering) = without_controls(text);
    let (line, unseen) = match strip(&printable) {
        Some((kept, removed)) => (Cow::Owned(kept), Some((removed.count, removed.first))),
        None => (printable, None),
    };
    let removed = match (steering, unseen) {
        (Some((count, first)), Some((more, _))) => Some((count + more, first)),
        (one, other) => one.or(other),
    };
    (line, removed)
}

/// Controls go first: between hidden characters they would hide from [`strip`] that those are neighbours.
fn without_controls(text: &str) -> (Cow<'_, str>, Option<(usize, char)>) {
    if !text.contains(|c: char| c.is_control() || is_break(c)) {
        return (Cow::Borrowed(text), None);
    }
    let mut kept = String::with_capacity(text.len());
    let mut removed: Option<(usize, char)> = None;
    let mut broken = false;
    for c in text.chars() {
        if is_break(c) {
            broken = true;
        } else if c.is_control() {
            removed = Some(removed.map_or((1, c), |(count, first)| (count + 1, first)));
        } else if !(broken && c == ' ') {
            if std::mem::take(&mut broken) && !kept.is_empty() && !kept.ends_with(' ') {
                kept.push(' ');
            }
            kept.push(c);
        }
    }
    (Cow::Owned(kept), removed)
}

fn is_break(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{7F}'..='\u{9F}'
        | '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}'
        | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether the character is needed between its neighbours.
fn belongs(c: char, before: char, after: char) -> bool {
    match c {
        // A joiner shapes letters in Arabic and Indic scripts and glues emoji; a non-joiner only the former.
        '\u{200D}' => (is_joining(before)) || (is_emoji(before) && is_emoji(after)),
        '\u{200C}' => is_joining(before) && is_joining(after),
        // One selector behind a visible character says how it is drawn; a chain of them is a message.
        '\u{FE00}'..='\u{FE0F}' => !is_hidden(before) && !before.is_whitespace() && !before.is_ascii_alphabetic(),
        '\u{E0100}'..='\u{E01EF}' => matches!(before, '\u{3400}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}'),
        _ => false,
    }
}

/// How many characters behind `g` complete one of the three known flags.
fn flag(rest: &str) -> Option<usize> {
    ["beng", "bsct", "bwls"].iter().find_map(|name| {
        let mut chars = rest.chars();
        let spelt = name.chars().all(|letter| chars.next().map(u32::from) == Some(0xE0000 + u32::from(letter)));
        (spelt && chars.next() == Some('\u{E007F}')).then_some(name.len() + 1)
    })
}

/// Letters and marks of scripts in which joiners change the writing: Arabic, Syriac, N'Ko, Mongolian, the Indic ones.
fn is_joining(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{85F}' | '\u{8A0}'..='\u{DFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{18AF}'
        | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{FE0F}' | '\u{20E3}' | '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{27BF}' | '\u{2900}'..='\u{297F}'
        | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_taken_out() {
        for (text, expected, count) in [
            ("pass\u{200B}word", "password", 1),
            ("a\u{202E}b\u{202C}c", "abc", 2),
            ("hi\u{E0068}\u{E0069}", "hi", 2),
            ("x\u{FE0F}\u{FE0E}", "x", 2),
            ("\u{1F600}\u{FE0F}\u{FE01}\u{FE02}", "\u{1F600}\u{FE0F}", 2),
            ("a\u{200D}b", "ab", 1),
            ("\u{1F3F4}\u{E0068}\u{E0069}\u{E007F}", "\u{1F3F4}", 3),
            ("\u{1B}[31mred\u{7}\u{7F}\u{9B}2J", "[31mred2J", 4),
            ("one\u{C}two\u{85}three\u{2028}four\u{B}", "one two three four ", 4),
            ("a\u{3164}b\u{FFA0}\u{1D173}", "ab", 3),
        ] {
            let (kept, removed) = strip(text).expect("something is hidden");
            assert_eq!((kept.as_str(), removed.count), (expected, count), "{text:?}");
        }
    }

    #[test]
    fn one_line_holds_nothing_that_steers_or_hides() {
        for (text, expected, removed) in [
            ("plain  text ", "plain  text ", None),
            ("two\nlines\n", "two lines", None),
            ("\n a\t \r\n\u{2028} b\u{85}c", "a b c", None),
            ("\u{1B}[2Jx\u{9B}", "[2Jx", Some((2, '\u{1B}'))),
            ("\u{202E}x\u{7}", "x", Some((2, '\u{7}'))),
            ("x\u{E0041}\u{0}\u{E0042}", "x", Some((3, '\0'))),
            ("\u{2764}\u{FE0F}\u{1}\u{FE0F}\u{1}\u{FE0F}", "\u{2764}\u{FE0F}", Some((4, '\u{1}'))),
        ] {
            let (line, found) = one_line(text);
            assert_eq!((&*line, found), (expected, removed), "{text:?}");
        }
    }

    #[test]
    fn what_a_script_or_an_emoji_needs_stays() {
        for text in [
            "plain",
            "tabs\tand\nbreaks stay",
            "naïve — “quoted” …",
            "می\u{200C}خواهم",
            "क्\u{200D}ष",
            "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
            "\u{2764}\u{FE0F}",
            "1\u{FE0F}\u{20E3}",
            "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
        ] {
            assert_eq!(strip(text), None, "{text:?}");
        }
    }
}
