//! Counts tokens as a current large model's tokenizer does: `o200k_base`, byte-pair encoding.
//!
//! Only the count is needed, so only the ranks are kept: a table of 1.3 MB that lies in the binary as it is used, 22
//! bits of a token's digest and its rank in a slot. Nothing is read or built at start, and a page of it that no text
//! needs is never loaded. `tools/tokens/ranks.py` makes it. A pair of bytes that is no token is taken for one in fewer
//! than one of 100,000 look-ups; where that happens the count is a token too low.
//!
//! The order of work is that of tiktoken: a text falls into pieces by a fixed pattern, a piece that is a token costs
//! one, and any other is merged pair by pair, the lowest rank first (Sennrich, Haddow and Birch, "Neural Machine
//! Translation of Rare Words with Subword Units", ACL 2016).

use unicode_normalization::char::is_combining_mark;

/// Slots of 5 bytes, open addressing. See `tools/tokens/ranks.py`.
static RANKS: &[u8] = include_bytes!("vocabulary/o200k-ranks.bin");

const SLOT_BITS: u32 = 18;
const SLOT_BYTES: usize = 5;
const RANK_BITS: u32 = 18;

/// A longer piece (a line of signs, a script without blanks) is counted in parts of this size, so that the work stays in
/// proportion to the text. The parts together cost the same or a token more.
const PIECE_BYTES: usize = 96;

/// The longest token.
const TOKEN_BYTES: usize = 128;

/// Counts the tokens of a text.
#[must_use]
pub fn count_tokens(text: &str) -> usize {
    let mut tokens = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at_checked(piece_end(rest).max(1)).unwrap_or((rest, ""));
        tokens += piece_tokens(piece.as_bytes());
        rest = behind;
    }
    tokens
}

fn piece_tokens(piece: &[u8]) -> usize {
    if piece.len() == 1 || (piece.len() <= TOKEN_BYTES && rank(piece).is_some()) {
        return 1;
    }
    piece.chunks(PIECE_BYTES).map(merged).sum()
}

/// What is left when no pair of neighbours is a token any more.
fn merged(piece: &[u8]) -> usize {
    // Where each part begins, and the rank of the token it would make with the part behind it.
    let mut starts = [0_u8; PIECE_BYTES + 1];
    let mut ranks = [u32::MAX; PIECE_BYTES + 1];
    let mut parts = piece.len();
    for (at, start) in (0..=PIECE_BYTES.min(parts)).zip(&mut starts) {
        *start = u8::try_from(at).unwrap_or(u8::MAX);
    }
    let pair = |starts: &[u8], at: usize, parts: usize| {
        if at + 2 > parts {
            return u32::MAX;
        }
        let span = usize::from(starts[at])..usize::from(starts[at + 2]);
        piece.get(span).and_then(rank).unwrap_or(u32::MAX)
    };
    for (at, rank) in ranks[..parts].iter_mut().enumerate() {
        *rank = pair(&starts, at, parts);
    }
    loop {
        let best = ranks[..parts].iter().enumerate().min_by_key(|(_, rank)| **rank);
        let Some((at, _)) = best.filter(|(_, rank)| **rank < u32::MAX) else { return parts };
        starts.copy_within(at + 2..=parts, at + 1);
        ranks.copy_within(at + 2..=parts, at + 1);
        parts -= 1;
        ranks[at] = pair(&starts, at, parts);
        if let Some(before) = at.checked_sub(1) {
            ranks[before] = pair(&starts, before, parts);
        }
    }
}

/// The rank of a token; `None` for bytes that are none.
fn rank(bytes: &[u8]) -> Option<u32> {
    let digest = digest(bytes);
    let mark = digest >> 42;
    let mut slot = usize::try_from(digest & ((1 << SLOT_BITS) - 1)).ok()?;
    loop {
        let at = slot * SLOT_BYTES;
        let mut value = [0; 8];
        value[..SLOT_BYTES].copy_from_slice(RANKS.get(at..at + SLOT_BYTES)?);
        let value = u64::from_le_bytes(value);
        if value == (1 << (8 * SLOT_BYTES)) - 1 {
            return None;
        }
        if value >> RANK_BITS == mark {
            return u32::try_from(value & ((1 << RANK_BITS) - 1)).ok();
        }
        slot = (slot + 1) & ((1 << SLOT_BITS) - 1);
    }
}

/// Must equal `digest` in `tools/tokens/ranks.py`.
fn digest(bytes: &[u8]) -> u64 {
    let mut state = (bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for word in bytes.chunks(8) {
        let mut padded = [0; 8];
        padded[..word.len()].copy_from_slice(word);
        state = (state ^ u64::from_le_bytes(padded)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        state ^= state >> 32;
    }
    state = state.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    state ^ (state >> 29)
}

/// What the pattern knows of a character.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Upper,
    Lower,
    /// A letter without case, or a mark: goes with either.
    Either,
    /// A mark is no letter where the pattern asks for a letter, but goes with either.
    Mark,
    Number,
    Break,
    Blank,
    Sign,
}

impl Class {
    fn of(character: char) -> Self {
        match character {
            'a'..='z' => Self::Lower,
            'A'..='Z' => Self::Upper,
            '0'..='9' => Self::Number,
            '\n' | '\r' => Self::Break,
            ' ' | '\t' => Self::Blank,
            character if character.is_ascii() && !character.is_ascii_whitespace() => Self::Sign,
            character => Self::wide(character),
        }
    }

    fn wide(character: char) -> Self {
        // Letters in circles and squares count as alphabetic in Unicode, but are signs.
        let enclosed = matches!(u32::from(character), 0x24b6..=0x24e9 | 0x1f130..=0x1f189);
        match character {
            _ if character.is_whitespace() => Self::Blank,
            _ if is_combining_mark(character) => Self::Mark,
            _ if character.is_numeric() => Self::Number,
            _ if enclosed || !character.is_alphabetic() => Self::Sign,
            _ if character.is_uppercase() => Self::Upper,
            _ if character.is_lowercase() => Self::Lower,
            _ => Self::Either,
        }
    }

    fn is_letter(self) -> bool {
        matches!(self, Self::Upper | Self::Lower | Self::Either)
    }

    fn is_space(self) -> bool {
        matches!(self, Self::Blank | Self::Break)
    }

    /// May stand in the first, upper part of a word.
    fn leads(self) -> bool {
        matches!(self, Self::Upper | Self::Either | Self::Mark)
    }

    /// May stand in the second, lower part of a word.
    fn follows(self) -> bool {
        matches!(self, Self::Lower | Self::Either | Self::Mark)
    }
}

/// Where the first piece of a text ends. The pattern of `o200k_base`, alternative by alternative.
fn piece_end(text: &str) -> usize {
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return 0 };
    let (class, length) = (Class::of(first), first.len_utf8());
    let second = characters.next().map(Class::of);
    // A word, with one sign or blank before it.
    if class.is_letter() || class == Class::Mark {
        return word_end(text, 0);
    }
    if !matches!(class, Class::Break | Class::Number)
        && second.is_some_and(|class| class.is_letter() || class == Class::Mark)
    {
        return word_end(text, length);
    }
    if class == Class::Number {
        return text.chars().take(3).take_while(|c| Class::of(*c) == Class::Number).map(char::len_utf8).sum();
    }
    // Signs, with one blank before them and line breaks or slashes behind them.
    let signs_from = if first == ' ' && second == Some(Class::Sign) { 1 } else { 0 };
    if class == Class::Sign || signs_from == 1 {
        let is_sign = |c: char| matches!(Class::of(c), Class::Sign | Class::Mark);
        let end = run(text, signs_from, is_sign);
        return run(text, end, |c| matches!(c, '\n' | '\r' | '/'));
    }
    // Blanks: up to the last line break, or all but the one that goes with what follows.
    let end = run(text, 0, |c| Class::of(c).is_space());
    let blanks = text.get(..end).unwrap_or_default();
    if let Some(last) = blanks.rfind(['\n', '\r']) {
        return last + 1;
    }
    let last = blanks.chars().next_back().map_or(0, char::len_utf8);
    if end == text.len() || end == last { end } else { end - last }
}

/// Where a word ends that begins at `from`: upper letters and then lower ones, at least one of either kind.
fn word_end(text: &str, from: usize) -> usize {
    let upper = run(text, from, |c| Class::of(c).leads());
    let follows_behind = text.get(upper..).and_then(|rest| rest.chars().next()).map(Class::of);
    let end = if follows_behind.is_some_and(Class::follows) {
        run(text, upper, |c| Class::of(c).follows())
    } else {
        // All the upper part; or up to the last letter in it that may be lower as well.
        let part = text.get(from..upper).unwrap_or_default();
        let last = part.char_indices().rfind(|(_, c)| Class::of(*c).follows());
        last.map_or(upper, |(at, c)| from + at + c.len_utf8())
    };
    end + contraction(text.get(end..).unwrap_or_default())
}

/// How long the contraction is that a text begins with: `'s`, `'re` and the like.
fn contraction(text: &str) -> usize {
    let Some(rest) = text.strip_prefix('\'') else { return 0 };
    let begins = |with: &str| rest.get(..with.len()).is_some_and(|part| part.eq_ignore_ascii_case(with));
    ["s", "t", "re", "ve", "m", "ll", "d"].into_iter().find(|with| begins(with)).map_or(0, |with| 1 + with.len())
}

/// Where a run ends that begins at `from`.
fn run(text: &str, from: usize, is_in: impl Fn(char) -> bool) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.find(|c: char| !is_in(c)).unwrap_or(rest.len())
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
