//! The words that keep a document private, however they are written, and wherever at the top of a file they stand.
//!
//! [`key`] knows them by any spelling that a person would take for the same: another case, blanks and marks inside,
//! letters of another script that look alike, a slip of the keyboard. [`unread`] is a second reader of the top of a
//! file. It knows no YAML, and looks for a line that says "private" where the first reader has nothing to read or reads
//! something else: outside of the fences, between fences of another kind, in a comment, in a second block. Two readers
//! read, and the narrower one is believed.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

use super::front_matter::LIMIT_BYTES;

/// The field that says who may read.
const VISIBILITY: &str = "visibility";

/// Fields that are true or false, and which of the two narrows.
const FLAGS: [(&str, bool); 7] = [
    ("private", true),
    ("unlisted", true),
    ("draft", true),
    ("unpublished", true),
    ("publish", false),
    ("published", false),
    ("public", false),
];

/// Longer keys are no misspelling of any of ours.
const KEY_CHARS: usize = 24;

/// Longer lines say something else than one field, or are JSON.
const LINE_BYTES: usize = 2_000;

/// No value that narrows is longer, with its quotes and what nobody sees of it.
const VALUE_BYTES: usize = 48;

/// How the names begin, those with `is` before them and JSON.
const INITIALS: &[u8] = b"vpduiVPDUI{\"";

/// Longer lines of text are no field, but for JSON.
const FIELD_BYTES: usize = 400;

/// How a key is spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spelling {
    /// As we write it, but for case, blanks and marks.
    Ours,
    /// With letters of other scripts that look like ours.
    Alike,
    /// With a slip.
    Near,
}

/// A key that can narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    /// As we write it.
    pub(super) name: &'static str,
    /// The truth value that narrows; `None` for `visibility`, which has words.
    pub(super) narrows_on: Option<bool>,
    pub(super) spelling: Spelling,
}

impl Key {
    /// Whether a value of this key says "private" and leaves no doubt.
    pub(super) fn narrowed_by(self, value: &str) -> bool {
        match self.narrows_on {
            None => fold(value) == "private",
            Some(on) => truth(value) == Some(on),
        }
    }
}

/// Takes a written key for one that can narrow.
pub(super) fn key(written: &str) -> Option<Key> {
    let folded = fold(written);
    let names = || {
        let flags = FLAGS.iter().map(|&(name, on)| (name, Some(on)));
        std::iter::once((VISIBILITY, None)).chain(flags)
    };
    let bare = folded.strip_prefix("is").unwrap_or(&folded);
    if let Some((name, narrows_on)) = names().find(|(name, _)| *name == folded || *name == bare) {
        return Some(Key { name, narrows_on, spelling: Spelling::Ours });
    }
    let letters: Vec<char> = folded.chars().take(KEY_CHARS + 1).collect();
    let latin = letters.iter().filter(|letter| letter.is_ascii()).count();
    if letters.len() > KEY_CHARS {
        return None;
    }
    let near = names().filter_map(|(name, narrows_on)| {
        let allowed = if name == VISIBILITY { 2 } else { 1 };
        // A foreign letter may stand for any or for none; of ours, each one too many is a slip.
        if latin * 2 < name.len() || letters.len() + allowed < name.len() || latin > name.len() + allowed {
            return None;
        }
        let slips = slips(&letters, name);
        let spelling = if slips == 0 { Spelling::Alike } else { Spelling::Near };
        (slips <= allowed).then_some((slips, Key { name, narrows_on, spelling }))
    });
    near.min_by_key(|(slips, _)| *slips).map(|(_, key)| key)
}

/// A truth value as people write it.
pub(super) fn truth(text: &str) -> Option<bool> {
    match &*fold(text) {
        "true" | "yes" | "on" | "y" | "1" => Some(true),
        "false" | "no" | "off" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// Letters and digits alone, in lower case and one form of writing.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
        return Cow::Borrowed(text);
    }
    let kept = |c: &char| c.is_alphanumeric();
    Cow::Owned(match text.is_ascii() {
        true => text.chars().filter(kept).map(|c| c.to_ascii_lowercase()).collect(),
        false => text.nfkc().flat_map(char::to_lowercase).filter(kept).collect(),
    })
}

/// How many letters are wrong, missing, too many or in their neighbour's place (the optimal string alignment distance).
/// A letter of another script is taken for whatever it should be, or for none.
fn slips(letters: &[char], name: &str) -> usize {
    let name = name.as_bytes();
    let mut rows: [Vec<usize>; 3] = [vec![0; name.len() + 1], (0..=name.len()).collect(), vec![0; name.len() + 1]];
    for (at, &letter) in letters.iter().enumerate() {
        let cost = usize::from(letter.is_ascii());
        let [before, last, row] = &mut rows;
        row[0] = last[0] + cost;
        for (place, &wanted) in name.iter().enumerate() {
            let other = if letter == char::from(wanted) { 0 } else { cost };
            let mut least = (last[place] + other).min(last[place + 1] + cost).min(row[place] + 1);
            let swapped =
                at > 0 && place > 0 && letters[at - 1] == char::from(wanted) && letter == char::from(name[place - 1]);
            if swapped {
                least = least.min(before[place - 1] + 1);
            }
            row[place + 1] = least;
        }
        rows.rotate_left(1);
    }
    rows[1][name.len()]
}

/// Finds the first line at the top of a text that says "private": its number, from 1, and what it says. The top ends at
/// the first fence of code, which shows what others should write, and where the longest front matter would.
pub(super) fn unread(text: &str) -> Option<(usize, String)> {
    let (mut fence, mut begun, mut first_block, mut at) = (None, false, true, 0);
    for (number, line) in text.split('\n').enumerate() {
        let bare = line.trim();
        if at > LIMIT_BYTES {
            return None;
        }
        at += line.len() + 1;
        if line.starts_with("```") || fence.is_none() && (bare.starts_with("```") || bare.starts_with("~~~")) {
            return None;
        }
        fence = match fence {
            // For those who know only the one, another mark than its own does not close it, nor one with blanks beside it.
            Some(mark) => Some(mark).filter(|mark| {
                let line = line.trim_end_matches('\r');
                line != *mark && !matches!(line, "..." | "}")
            }),
            None if begun => None,
            None => {
                ["---", "+++", ";;;"].into_iter().find(|mark| bare.starts_with(mark)).or((bare == "{").then_some("}"))
            }
        };
        let fenced = fence.is_some();
        begun |= !bare.is_empty();
        first_block &= !(begun && bare.is_empty());
        // Behind the first blank line, what is indented is code.
        let is_code = !fenced && !first_block && (line.starts_with("    ") || line.starts_with('\t'));
        if !is_code && says_private(line, fenced) {
            return Some((number + 1, bare.chars().take(60).collect()));
        }
    }
    None
}

/// Whether a line says "private". `fenced`: it stands where front matter should, so that more is taken for one.
pub(super) fn says_private(line: &str, fenced: bool) -> bool {
    if line.len() > LINE_BYTES || !fenced && is_plain(line) {
        return false;
    }
    // Ends of lines that only some programs know.
    let parts = line.split(['\u{B}', '\u{C}', '\u{85}', '\u{2028}', '\u{2029}']).map(str::trim);
    parts.chain(fenced.then(|| line.trim())).filter(|part| !part.is_empty() && !part.starts_with(['#', '`', '|'])).any(
        |part| {
            let listed = fenced || part.starts_with(['{', '"']);
            let mut pieces = part.split(['{', '}', '[', ']', ',']);
            is_private(part, fenced) || listed && pieces.any(|piece| is_private(piece, fenced))
        },
    )
}

/// Whether a line of text can't be a field, as nearly all can't: it is too long, begins as none of the names does, or has
/// no sign in it. Cheap, because every line at the top of every file is asked.
fn is_plain(line: &str) -> bool {
    let bytes = line.as_bytes();
    let begins = bytes.iter().find(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'{' | b'"'));
    let listed = matches!(begins, Some(b'{' | b'"'));
    if line.len() > FIELD_BYTES && !listed {
        return true;
    }
    line.is_ascii()
        && memchr::memchr2(0x0B, 0x0C, bytes).is_none()
        && (begins.is_none_or(|byte| !INITIALS.contains(byte)) || memchr::memchr2(b':', b'=', bytes).is_none())
}

/// Whether a piece of a line is a key and a value that narrow, wherever between them the sign is.
fn is_private(piece: &str, fenced: bool) -> bool {
    let Some(first) = piece.find(|c: char| c.is_alphanumeric()) else { return false };
    let initial = piece.as_bytes().get(first).copied().unwrap_or_default();
    // Code shows what others should write.
    if !fenced && (initial.is_ascii() && !INITIALS.contains(&initial) || piece.contains('`')) {
        return false;
    }
    let piece = piece.split(" #").next().unwrap_or(piece);
    let is_sign = |c: char| matches!(c, ':' | '=' | '：' | '＝' | '꞉' | '∶');
    let blank_is_sign = fenced && !piece.contains(is_sign);
    let signs = piece.char_indices().filter(|&(_, c)| is_sign(c) || (blank_is_sign && c.is_whitespace()));
    signs.into_iter().any(|(at, c)| {
        let (name, value) = (piece.get(..at).unwrap_or_default(), piece.get(at + c.len_utf8()..).unwrap_or_default());
        // Most fields end here: their value is a sentence, or no word that could narrow.
        if value.len() > VALUE_BYTES || !(fold(value) == "private" || truth(value).is_some()) {
            return false;
        }
        let known = key(name).filter(|key| fenced || key.spelling == Spelling::Ours);
        known.is_some_and(|key| key.narrowed_by(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_however_it_is_spelt() {
        use Spelling::{Alike, Near, Ours};
        for (written, expected) in [
            ("visibility", Some(("visibility", Ours))),
            ("VISIBILITY", Some(("visibility", Ours))),
            ("visiBility ", Some(("visibility", Ours))),
            ("visi-bility:", Some(("visibility", Ours))),
            ("visi\u{FFFD}bility", Some(("visibility", Ours))),
            ("ｖｉｓｉｂｉｌｉｔｙ", Some(("visibility", Ours))),
            ("v\u{456}sib\u{456}lity", Some(("visibility", Alike))),
            ("visibility\u{3164}", Some(("visibility", Alike))),
            ("visiblity", Some(("visibility", Near))),
            ("visibiltiy", Some(("visibility", Near))),
            ("vissibillity", Some(("visibility", Near))),
            ("isPrivate", Some(("private", Ours))),
            ("is_draft", Some(("draft", Ours))),
            ("privat", Some(("private", Near))),
            ("published", Some(("published", Ours))),
            ("publisher", Some(("published", Near))),
            ("количество", None),
            ("視認性", None),
            ("title", None),
            ("tags", None),
            ("owner", None),
            ("", None),
            ("the visibility of a page in a folder", None),
        ] {
            assert_eq!(key(written).map(|key| (key.name, key.spelling)), expected, "{written:?}");
        }
    }

    #[test]
    fn a_line_that_says_private_is_seen_at_the_top_and_nowhere_else() {
        for (text, expected) in [
            ("visibility: private\n", Some(1)),
            ("# Title\n\nvisibility: private\n", Some(3)),
            ("---\nvisibility private\n---\n", Some(2)),
            ("---\nvisiblity: private\n---\n", Some(2)),
            ("<!-- draft: true -->\n", Some(1)),
            ("{\"title\": \"x\", \"visibility\": \"private\"}", Some(1)),
            ("---\u{2028}visibility: private\u{2028}---\n", Some(1)),
            ("Draft: no\n", None),
            ("- `visibility: private` keeps a page back\n", None),
            ("`visibility: private`\n", None),
            ("- `visibility: private`\n", None),
            ("visibility: private means that few may read\n", None),
            ("The draft: true story\n", None),
            ("visiblity: private\n", None),
            ("visibility private\n", None),
            ("# visibility: private\n", None),
            ("---\n# visibility: private\ntitle: x\n---\n", None),
            ("```yaml\n---\nvisibility: private\n---\n```\n", None),
            ("---\n\nA rule.\n\n```yaml\nvisibility: private\n```\n", None),
            ("Fields:\n\n    visibility: private\n", None),
            ("| visibility: private |\n", None),
        ] {
            assert_eq!(unread(text).map(|(line, _)| line), expected, "{text:?}");
        }
        let far = format!("{}\nvisibility: private\n", "word ".repeat(4_000));
        assert_eq!(unread(&far), None);
    }
}
