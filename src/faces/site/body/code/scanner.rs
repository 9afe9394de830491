//! One pass over code by the rules of its language.
//!
//! Each step goes forward, and looks ahead no further than what it takes or a bound; a quote that is never closed is
//! looked for once. So a text of any shape costs its length.

use std::ops::Range;

use super::rules::{Known, Lines, Quote};
use super::{Class, Cutter, line_end};

/// How far `${` is followed.
const BRACED_BYTES: usize = 80;

/// Scans a span of a text.
pub(super) fn scan(language: &Known, cut: &mut Cutter<'_>, span: Range<usize>) {
    let bytes = cut.text.as_bytes().get(..span.end).unwrap_or_default();
    let mut scanner = Scanner {
        language,
        bytes,
        at: span.start,
        fresh: true,
        command: true,
        unclosed: vec![0; language.rules.quotes.len() + language.rules.blocks.len()],
        cut,
    };
    while scanner.at < bytes.len() {
        scanner.step();
    }
}

struct Scanner<'s, 't> {
    language: &'s Known,
    /// The text, up to the end of the span.
    bytes: &'t [u8],
    at: usize,
    /// Only blanks have stood on this line.
    fresh: bool,
    /// The next word is a command's name.
    command: bool,
    /// For each kind of string and of comment: before this place none of them is closed.
    unclosed: Vec<usize>,
    cut: &'s mut Cutter<'t>,
}

impl<'t> Scanner<'_, 't> {
    fn step(&mut self) {
        let Some(&byte) = self.bytes.get(self.at) else { return };
        match byte {
            b'\n' => {
                self.command = !self.bytes.get(..self.at).is_some_and(|before| before.ends_with(b"\\"));
                self.fresh = true;
                self.at += 1;
                return;
            }
            b' ' | b'\t' => {
                self.at += 1;
                return;
            }
            _ => {}
        }
        let first = std::mem::take(&mut self.fresh);
        if first && self.line() {
            return;
        }
        if self.comment() || self.string() || self.lifetime(byte) || self.variable(byte) || self.flag(byte) {
            return;
        }
        if byte.is_ascii_digit() {
            return self.number();
        }
        if self.begins_word(byte) {
            return self.word();
        }
        self.command |= matches!(byte, b'|' | b'&' | b';' | b'(' | b'{' | b'`');
        self.at += 1;
    }

    /// Whether what comes begins with this.
    fn comes(&self, mark: &str) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(mark.as_bytes()))
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    /// Whether a word could begin here: the byte before is none of a word.
    fn at_border(&self) -> bool {
        let before = self.at.checked_sub(1).map_or(b' ', |before| self.byte(before));
        !before.is_ascii_alphanumeric() && !matches!(before, b'_' | b'\\') && before < 0x80
    }

    fn begins_word(&self, byte: u8) -> bool {
        byte.is_ascii_alphabetic()
            || byte == b'_'
            || byte >= 0x80
            || self.language.rules.within.as_bytes().contains(&byte)
    }

    fn word_end(&self, from: usize, within: &str) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        let inside = |byte: &u8| {
            byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80 || within.as_bytes().contains(byte)
        };
        rest.iter().position(|byte| !inside(byte)).map_or(self.bytes.len(), |length| from + length)
    }

    fn mark(&mut self, class: Class, end: usize) {
        self.cut.mark(class, self.at, end);
        self.at = end;
    }

    fn comment(&mut self) -> bool {
        let rules = self.language.rules;
        if rules.spaced && !self.at_border() {
            return false;
        }
        if rules.comments.iter().any(|mark| self.comes(mark)) {
            self.mark(Class::Comment, line_end(self.bytes, self.at));
            return true;
        }
        for (kind, (open, close)) in rules.blocks.iter().enumerate() {
            if !self.comes(open) {
                continue;
            }
            let kind = rules.quotes.len() + kind;
            let from = self.at + open.len();
            let known = self.unclosed.get(kind).is_some_and(|unclosed| *unclosed > self.at);
            let rest = self.bytes.get(from..).unwrap_or_default();
            let found = if known { None } else { memchr::memmem::find(rest, close.as_bytes()) };
            let Some(found) = found else {
                self.never_closed(kind, self.bytes.len());
                continue;
            };
            self.mark(Class::Comment, from + found + close.len());
            return true;
        }
        false
    }

    fn string(&mut self) -> bool {
        let rules = self.language.rules;
        if rules.spaced && !self.at_border() {
            return false;
        }
        for (kind, quote) in rules.quotes.iter().enumerate() {
            if !self.comes(quote.open) || self.unclosed.get(kind).is_some_and(|unclosed| *unclosed > self.at) {
                continue;
            }
            if rules.lifetimes && quote.open == "'" && !self.is_character() {
                continue;
            }
            match string_end(self.bytes, self.at + quote.open.len(), quote) {
                Ok(end) => {
                    let key = rules.string_keys && self.byte(self.blanks(end)) == b':';
                    self.mark(if key { Class::Name } else { Class::Text }, end);
                    self.command = false;
                    return true;
                }
                Err(looked) => self.never_closed(kind, looked),
            }
        }
        false
    }

    fn never_closed(&mut self, kind: usize, before: usize) {
        if let Some(unclosed) = self.unclosed.get_mut(kind) {
            *unclosed = before;
        }
    }

    /// The first place from here on that is no blank, within a few.
    fn blanks(&self, from: usize) -> usize {
        (from..from + 8).find(|&at| !matches!(self.byte(at), b' ' | b'\t')).unwrap_or(from)
    }

    /// Whether `'` begins a character, and not a lifetime: `'a'` and `'\n'`.
    fn is_character(&self) -> bool {
        let next = self.byte(self.at + 1);
        let width = if next < 0x80 { 1 } else { next.leading_ones() as usize };
        next == b'\\' || self.byte(self.at + 1 + width) == b'\''
    }

    fn lifetime(&mut self, byte: u8) -> bool {
        let lifetime = self.language.rules.lifetimes && byte == b'\'' && self.byte(self.at + 1).is_ascii_lowercase();
        if lifetime {
            self.mark(Class::Variable, self.word_end(self.at + 1, ""));
        }
        lifetime
    }

    fn variable(&mut self, byte: u8) -> bool {
        if !self.language.rules.sigils.as_bytes().contains(&byte) {
            return false;
        }
        let next = self.byte(self.at + 1);
        let end = match next {
            b'{' if byte == b'$' => {
                let most = self.bytes.len().min(self.at + BRACED_BYTES);
                let inner = self.bytes.get(self.at..most).unwrap_or_default();
                memchr::memchr2(b'}', b'\n', inner)
                    .filter(|&found| inner.get(found) == Some(&b'}'))
                    .map(|found| self.at + found + 1)
            }
            b'?' | b'!' | b'#' | b'@' | b'*' | b'$' if byte == b'$' => Some(self.at + 2),
            _ if next.is_ascii_alphanumeric() || next == b'_' => {
                // `a & b` and `x@y` are none.
                let apart = byte == b'$' || self.at_border();
                apart.then(|| self.word_end(self.at + 1, if byte == b'$' { "" } else { "." }))
            }
            _ => None,
        };
        if let Some(end) = end {
            self.mark(Class::Variable, end);
            self.command = false;
        }
        end.is_some()
    }

    /// `-f` and `--flag` of a command.
    fn flag(&mut self, byte: u8) -> bool {
        let before = self.at.checked_sub(1).map_or(b'\n', |before| self.byte(before));
        let next = self.byte(self.at + 1);
        let flag = self.language.rules.lines == Lines::Command
            && byte == b'-'
            && matches!(before, b' ' | b'\t' | b'\n' | b'[')
            && (next.is_ascii_alphabetic() || next == b'-');
        if flag {
            self.mark(Class::Variable, self.word_end(self.at, "-"));
            self.command = false;
        }
        flag
    }

    fn number(&mut self) {
        let mut end = self.word_end(self.at, "");
        while self.byte(end) == b'.' && self.byte(end + 1).is_ascii_digit() {
            end = self.word_end(end + 1, "");
        }
        // `3rd-party/x` is a word where words hold such signs.
        let whole = self.word_end(end, self.language.rules.within);
        if whole > end {
            self.at = whole;
        } else {
            self.mark(Class::Value, end);
        }
        self.command = false;
    }

    fn word(&mut self) {
        let rules = self.language.rules;
        let end = self.word_end(self.at, rules.within).max(self.at + 1);
        let word = self.cut.text.get(self.at..end).unwrap_or_default();
        // `do` is a word of the shell only where a command could stand.
        let commands = rules.lines == Lines::Command;
        let known = self.language.word(word).filter(|_| !commands || self.command);
        let next = self.byte(end);
        let class = known.or_else(|| {
            let call = next == b'(' || next == b'!' && matches!(self.byte(end + 1), b'(' | b'[' | b'{');
            if commands && self.command {
                Some(if next == b'=' { Class::Variable } else { Class::Name })
            } else if rules.calls && call {
                Some(Class::Name)
            } else if rules.types && word.starts_with(char::is_uppercase) && word.contains(char::is_lowercase) {
                Some(Class::Type)
            } else {
                None
            }
        });
        // Behind `then` or `do` stands a command.
        self.command &= known == Some(Class::Keyword);
        match class {
            Some(class) => self.mark(class, end),
            None => self.at = end,
        }
    }

    /// What stands at a line's beginning; `false` leaves it to the others.
    fn line(&mut self) -> bool {
        match self.language.rules.lines {
            Lines::Plain | Lines::Command => false,
            Lines::Colon => self.colon_key(),
            Lines::Equals => self.equals_key(),
            Lines::Target => self.target(),
            Lines::Heading => {
                let special = self.comes("#") || self.comes("```") || self.comes("~~~");
                if special {
                    let class = if self.comes("#") { Class::Keyword } else { Class::Comment };
                    self.mark(class, line_end(self.bytes, self.at));
                }
                special
            }
        }
    }

    fn colon_key(&mut self) -> bool {
        let next = self.byte(self.at + 1);
        if self.comes("---") {
            self.mark(Class::Keyword, self.at + 3);
            return true;
        }
        if self.comes("-") && matches!(next, b' ' | b'\n') {
            (self.at, self.fresh) = (self.at + 1, true);
            return true;
        }
        if matches!(
            self.byte(self.at),
            b'{' | b'}' | b'[' | b']' | b'&' | b'*' | b'!' | b'|' | b'>' | b'%' | b'@' | b'#' | b'/' | b';'
        ) {
            return false;
        }
        let end = line_end(self.bytes, self.at);
        let line = self.bytes.get(self.at..end).unwrap_or_default();
        let is_key = |colon: &usize| matches!(line.get(colon + 1), None | Some(b' ' | b'\t'));
        let Some(colon) = memchr::memchr_iter(b':', line).find(is_key) else { return false };
        let key = line.get(..colon).unwrap_or_default();
        if memchr::memmem::find(key, b" #").is_some() || memchr::memchr2(b'(', b',', key).is_some() {
            return false;
        }
        let indent = self.indent();
        let value = line.get(colon + 1..).unwrap_or_default().trim_ascii();
        self.mark(Class::Name, self.at + colon);
        // A text of several lines is no more keys.
        if value.len() <= 3 && matches!(value.first(), Some(b'|' | b'>')) {
            self.at = self.deeper(end, indent);
            self.fresh = true;
        }
        true
    }

    /// How far the line that is here is indented.
    fn indent(&self) -> usize {
        let before = self.bytes.get(..self.at).unwrap_or_default();
        let start = memchr::memrchr(b'\n', before).map_or(0, |found| found + 1);
        before.get(start..).unwrap_or_default().iter().take_while(|byte| **byte == b' ').count()
    }

    /// The end of the lines after the one that ends at `end` that are indented by more, or empty.
    fn deeper(&self, end: usize, indent: usize) -> usize {
        let mut end = end;
        while end < self.bytes.len() {
            let next = line_end(self.bytes, end + 1);
            let line = self.bytes.get(end + 1..next).unwrap_or_default();
            let blanks = line.iter().take_while(|byte| **byte == b' ').count();
            if blanks <= indent && !line.trim_ascii().is_empty() {
                break;
            }
            end = next;
        }
        end
    }

    fn equals_key(&mut self) -> bool {
        let end = line_end(self.bytes, self.at);
        let line = self.bytes.get(self.at..end).unwrap_or_default();
        if line.starts_with(b"[") {
            let close = memchr::memrchr(b']', line).map_or(0, |close| close + 1);
            let section = line.get(..close).unwrap_or_default();
            if close > 0 && memchr::memchr2(b',', b'=', section).is_none() {
                self.mark(Class::Keyword, self.at + close);
                return true;
            }
            return false;
        }
        let inside = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80 || b"_-. \t\"'".contains(byte);
        let key = line.iter().position(|byte| !inside(byte)).unwrap_or(line.len());
        if line.get(key) != Some(&b'=') {
            return false;
        }
        let key = line.get(..key).unwrap_or_default().trim_ascii_end();
        // A quote that is open here is that of a string.
        if memchr::memchr2_iter(b'"', b'\'', key).count() % 2 == 1 {
            return false;
        }
        self.mark(Class::Name, self.at + key.len());
        true
    }

    fn target(&mut self) -> bool {
        if self.byte(self.at.saturating_sub(1)) == b'\t' {
            return false;
        }
        let end = line_end(self.bytes, self.at);
        let line = self.bytes.get(self.at..end).unwrap_or_default();
        let Some(mark) = line.iter().position(|byte| matches!(byte, b':' | b'=' | b'#' | b'"' | b'?' | b'+')) else {
            return false;
        };
        if matches!(line.get(mark), Some(b'#' | b'"')) {
            return false;
        }
        self.mark(Class::Name, self.at + line.get(..mark).unwrap_or_default().trim_ascii_end().len());
        true
    }
}

/// Where a string ends that begins behind its opening; if it does not, up to where that is known.
fn string_end(bytes: &[u8], from: usize, quote: &Quote) -> Result<usize, usize> {
    let close = quote.close.as_bytes();
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        if quote.escape == Some(byte) {
            at += 2;
        } else if bytes.get(at..).is_some_and(|rest| rest.starts_with(close)) {
            return Ok(at + close.len());
        } else if byte == b'\n' && !quote.lines {
            return Err(at);
        } else {
            at += 1;
        }
    }
    Err(bytes.len())
}
