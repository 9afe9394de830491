//! Counts tokens as a current large model's tokenizer does: `o200k_base`, byte-pair encoding.
//!
//! Only the count is needed, so only the ranks are kept: a table of 1.6 MB that lies in the binary as it is used, 30
//! bits of a token's digest and its rank in a slot. Nothing is read or built at start, and a page of it that no text
//! needs is never loaded. `tools/tokens/ranks.py` makes it. Bytes that are no token are taken for one in one of some
//! hundred million look-ups; where that happens the count is a token too low.
//!
//! The order of work is that of tiktoken: a text falls into pieces by a fixed pattern, a piece that is a token costs
//! one, and any other is merged pair by pair, the lowest rank first (Sennrich, Haddow and Birch, "Neural Machine
//! Translation of Rare Words with Subword Units", ACL 2016).

use std::sync::atomic::{AtomicU64, Ordering};

use memchr::memchr_iter;
use unicode_normalization::char::is_combining_mark;

/// Slots of 6 bytes, open addressing. See `tools/tokens/ranks.py`.
static RANKS: &[u8] = include_bytes!("vocabulary/o200k-ranks.bin");

const SLOT_BITS: u32 = 18;
const SLOT_BYTES: usize = 6;
const RANK_BITS: u32 = 18;

/// A longer piece (a line of signs, a script without blanks) is counted in parts of this size, so that the work stays in
/// proportion to the text. The parts together cost the same or a token more.
const PIECE_BYTES: usize = 96;

/// The longest token.
const TOKEN_BYTES: usize = 128;

/// What was counted before: text repeats its words, and answers repeat passages, in each form and from one question to the
/// next. Shared by all threads.
static PIECES: Counted<{ 64 * 1024 }> = Counted::new();

/// The same of stretches; 1 MiB for some ten megabytes of text.
static STRETCHES: Counted<{ 128 * 1024 }> = Counted::new();

/// A longer stretch is counted anew each time.
const STRETCH_BYTES: usize = 4096;

/// How many tokens texts have, by their digests. A slot has the upper 48 bits of a digest and a count; the lower bits are
/// its place. Each is read and written whole, so that no thread sees half of one; the last that is written stays.
struct Counted<const SLOTS: usize>([AtomicU64; SLOTS]);

impl<const SLOTS: usize> Counted<SLOTS> {
    const fn new() -> Self {
        Self([const { AtomicU64::new(0) }; SLOTS])
    }

    /// The tokens of a text, remembered or counted.
    #[inline]
    fn of(&self, digest: u64, count: impl FnOnce() -> usize) -> usize {
        let known = usize::try_from(digest).ok().and_then(|digest| self.0.get(digest % SLOTS));
        let value = known.map_or(0, |slot| slot.load(Ordering::Relaxed));
        if value & 0xffff != 0 && value >> 16 == digest >> 16 {
            return (value & 0xffff) as usize;
        }
        let tokens = count();
        if let (Some(slot), Ok(few)) = (known, u16::try_from(tokens)) {
            slot.store(digest >> 16 << 16 | u64::from(few), Ordering::Relaxed);
        }
        tokens
    }
}

/// Counts the tokens of a text.
#[must_use]
pub fn count_tokens(text: &str) -> usize {
    let (mut tokens, mut from) = (0, 0);
    for at in memchr_iter(b' ', text.as_bytes()).filter(|at| ends_stretch(text.as_bytes(), *at)) {
        tokens += text.get(from..at).map_or(0, stretch_tokens);
        from = at;
    }
    tokens + text.get(from..).map_or(0, stretch_tokens)
}

/// Whether a stretch ends before this blank: one between two lower letters, which a piece always begins with, so that
/// stretches cost what they cost together. Of such blanks about every eighth ends one, by the letters beside it: wherever a
/// passage stands, it falls into the same stretches.
#[inline]
fn ends_stretch(text: &[u8], blank: usize) -> bool {
    match text.get(blank.wrapping_sub(1)..blank.saturating_add(2)) {
        Some(&[before, _, behind]) => {
            before.is_ascii_lowercase()
                && behind.is_ascii_lowercase()
                && (u32::from(before) + 5 * u32::from(behind)).is_multiple_of(8)
        }
        _ => false,
    }
}

#[inline]
fn stretch_tokens(stretch: &str) -> usize {
    if stretch.len() > STRETCH_BYTES {
        return pieces_tokens(stretch);
    }
    STRETCHES.of(digest(stretch.as_bytes()), || pieces_tokens(stretch))
}

fn pieces_tokens(text: &str) -> usize {
    let (mut tokens, mut at) = (0, 0);
    while at < text.len() {
        let end = piece_end(text, at).max(at + 1);
        tokens += text.as_bytes().get(at..end).map_or(0, piece_tokens);
        at = end;
    }
    tokens
}

/// Counts the tokens of a piece.
#[inline]
fn piece_tokens(piece: &[u8]) -> usize {
    if piece.len() == 1 {
        return 1;
    }
    let merged = || piece.chunks(PIECE_BYTES).map(merged).sum();
    if piece.len() > TOKEN_BYTES {
        return merged();
    }
    let digest = digest(piece);
    PIECES.of(digest, || if rank_of(digest).is_some() { 1 } else { merged() })
}

/// What is left when no pair of neighbours is a token any more. A piece has [`PIECE_BYTES`] at most.
fn merged(piece: &[u8]) -> usize {
    let length = piece.len().min(PIECE_BYTES);
    // By where a part begins: where the next one does, and the rank of the token that both would make. Parts that were
    // merged are passed by; nothing is moved.
    let mut next = NEXT;
    let mut ranks = [u32::MAX; PIECE_BYTES];
    let pair = |next: &[u8; PIECE_BYTES + 2], at: usize| {
        let end = usize::from(next[usize::from(next[at])]);
        if end > length { u32::MAX } else { piece.get(at..end).and_then(rank).unwrap_or(u32::MAX) }
    };
    for (at, rank) in ranks.iter_mut().enumerate().take(length) {
        *rank = pair(&next, at);
    }
    let mut parts = length;
    loop {
        let (mut at, mut before) = (0, 0);
        let (mut best, mut best_at, mut best_before) = (u32::MAX, 0, 0);
        while at < length {
            if ranks[at] < best {
                (best, best_at, best_before) = (ranks[at], at, before);
            }
            (before, at) = (at, usize::from(next[at]));
        }
        if best == u32::MAX {
            return parts;
        }
        next[best_at] = next[usize::from(next[best_at])];
        parts -= 1;
        ranks[best_at] = pair(&next, best_at);
        if best_at > 0 {
            ranks[best_before] = pair(&next, best_before);
        }
    }
}

/// Where the next byte is, for each. Behind the last one that a piece may have, nothing is next.
const NEXT: [u8; PIECE_BYTES + 2] = {
    let mut next = [0; PIECE_BYTES + 2];
    let mut at = 0_u8;
    while (at as usize) < next.len() {
        next[at as usize] = at + 1;
        at += 1;
    }
    next
};

/// The rank of a token; `None` for bytes that are none.
#[inline]
fn rank(bytes: &[u8]) -> Option<u32> {
    rank_of(digest(bytes))
}

/// The rank of the token with a digest.
#[inline]
fn rank_of(digest: u64) -> Option<u32> {
    let mark = digest >> 34;
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
#[inline]
fn digest(bytes: &[u8]) -> u64 {
    let mut state = (bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for word in bytes.chunks(8) {
        state = (state ^ little_endian(word)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        state ^= state >> 32;
    }
    state = state.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    state ^ (state >> 29)
}

/// Up to eight bytes as a number. Read in two halves that may overlap: a copy of unknown length costs more.
fn little_endian(bytes: &[u8]) -> u64 {
    if let Some(all) = bytes.first_chunk::<8>() {
        return u64::from_le_bytes(*all);
    }
    let length = bytes.len();
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << (8 * (length - 4));
    }
    match *bytes {
        [one] => u64::from(one),
        [one, two] => u64::from(u16::from_le_bytes([one, two])),
        [one, two, three] => u64::from(u32::from_le_bytes([one, two, three, 0])),
        _ => 0,
    }
}

/// What the pattern knows of a character: one of the bits below.
type Class = u8;

const UPPER: Class = 1;
const LOWER: Class = 1 << 1;
/// A letter without case: goes with either.
const EITHER: Class = 1 << 2;
/// No letter where the pattern asks for one, but goes with letters of either case.
const MARK: Class = 1 << 3;
const NUMBER: Class = 1 << 4;
const BREAK: Class = 1 << 5;
const BLANK: Class = 1 << 6;
const SIGN: Class = 1 << 7;

/// What stands in words.
const WORD: Class = UPPER | LOWER | EITHER | MARK;
/// What may stand in the first, upper part of a word.
const LEADS: Class = UPPER | EITHER | MARK;
/// What may stand in the second, lower part of a word.
const FOLLOWS: Class = LOWER | EITHER | MARK;

static ASCII: [Class; 128] = ascii();

const fn ascii() -> [Class; 128] {
    let mut classes = [SIGN; 128];
    let mut at = 0_u8;
    while at < 128 {
        classes[at as usize] = match at {
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            b'0'..=b'9' => NUMBER,
            b'\n' | b'\r' => BREAK,
            b' ' | b'\t' | 0x0b | 0x0c => BLANK,
            _ => SIGN,
        };
        at += 1;
    }
    classes
}

/// The class of the character at a place, and its length; no class and no length behind the end.
#[inline(always)]
fn class_at(text: &str, at: usize) -> (Class, usize) {
    match text.as_bytes().get(at) {
        Some(&byte) if byte < 128 => (ASCII[usize::from(byte)], 1),
        Some(_) => wide_at(text, at),
        None => (0, 0),
    }
}

#[cold]
#[inline(never)]
fn wide_at(text: &str, at: usize) -> (Class, usize) {
    text.get(at..).and_then(|rest| rest.chars().next()).map_or((0, 0), |c| (wide(c), c.len_utf8()))
}

/// The class of a character that is not ASCII.
fn wide(character: char) -> Class {
    // Letters in circles and squares count as alphabetic in Unicode, but are signs.
    let enclosed = matches!(u32::from(character), 0x24b6..=0x24e9 | 0x1f130..=0x1f189);
    match character {
        _ if character.is_whitespace() => BLANK,
        _ if is_combining_mark(character) => MARK,
        _ if character.is_numeric() => NUMBER,
        _ if enclosed || !character.is_alphabetic() => SIGN,
        _ if character.is_uppercase() => UPPER,
        _ if character.is_lowercase() => LOWER,
        _ => EITHER,
    }
}

/// Where the piece ends that begins at `from`. The pattern of `o200k_base`, alternative by alternative.
fn piece_end(text: &str, from: usize) -> usize {
    let (class, length) = class_at(text, from);
    // A word, with one sign or blank before it.
    if class & WORD != 0 {
        return word_end(text, from);
    }
    let (second, second_length) = class_at(text, from + length);
    if class & (BREAK | NUMBER) == 0 && second & WORD != 0 {
        return word_end(text, from + length);
    }
    if class == NUMBER {
        let third = from + length + second_length;
        return match class_at(text, third) {
            _ if second != NUMBER => from + length,
            (NUMBER, length) => third + length,
            _ => third,
        };
    }
    // Signs, with one blank before them and line breaks or slashes behind them.
    let after_blank = second == SIGN && text.as_bytes().get(from) == Some(&b' ');
    if class == SIGN || after_blank {
        let end = run(text, from + usize::from(after_blank), SIGN | MARK);
        let behind = text.as_bytes().iter().skip(end);
        return end + behind.take_while(|byte| matches!(byte, b'\n' | b'\r' | b'/')).count();
    }
    // Blanks: up to the last line break, or all but the one that goes with what follows.
    let end = run(text, from, BLANK | BREAK);
    let blanks = text.get(from..end).unwrap_or_default();
    if let Some(last) = blanks.rfind(['\n', '\r']) {
        return from + last + 1;
    }
    let last = blanks.chars().next_back().map_or(0, char::len_utf8);
    if end == text.len() || blanks.len() == last { end } else { end - last }
}

/// Where a word ends that begins at `from`: upper letters and then lower ones, at least one of either kind.
fn word_end(text: &str, from: usize) -> usize {
    let upper = run(text, from, LEADS);
    let end = if class_at(text, upper).0 & FOLLOWS != 0 {
        run(text, upper, FOLLOWS)
    } else {
        // All the upper part; or up to the last letter in it that may be lower as well.
        let part = text.get(from..upper).unwrap_or_default();
        let last = part.char_indices().rfind(|(at, _)| class_at(text, from + at).0 & FOLLOWS != 0);
        last.map_or(upper, |(at, c)| from + at + c.len_utf8())
    };
    end + contraction(text.as_bytes().get(end..).unwrap_or_default())
}

/// How long the contraction is that a text begins with: `'s`, `'re` and the like.
fn contraction(text: &[u8]) -> usize {
    let Some((b'\'', rest)) = text.split_first() else { return 0 };
    let begins = |with: &&[u8]| rest.get(..with.len()).is_some_and(|part| part.eq_ignore_ascii_case(with));
    let all: [&[u8]; 7] = [b"s", b"t", b"re", b"ve", b"m", b"ll", b"d"];
    all.iter().find(|with| begins(with)).map_or(0, |with| 1 + with.len())
}

/// Where a run of these classes ends that begins at `from`.
#[inline(always)]
fn run(text: &str, from: usize, classes: Class) -> usize {
    let mut at = from;
    loop {
        match class_at(text, at) {
            (class, length) if class & classes != 0 => at += length,
            _ => return at,
        }
    }
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
