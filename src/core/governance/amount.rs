//! Sums of money: a number with its currency. Worth a look on a page that was made from private evidence.

use std::ops::Range;

use super::sighting::{Sighting, is_word};
use crate::corpus::Level;

/// Signs that stand before or after a number.
const SIGNS: &[&str] = &["€", "$", "£", "¥"];

/// ISO 4217 codes that are looked for.
const CODES: &[&str] = &["EUR", "USD", "GBP", "CHF", "JPY", "SEK", "NOK", "DKK", "PLN", "CAD", "AUD"];

/// Finds amounts.
pub(super) fn find(text: &str, found: &mut Vec<Sighting>) {
    let bytes = text.as_bytes();
    for currency in SIGNS.iter().chain(CODES) {
        for at in memchr::memmem::find_iter(bytes, currency.as_bytes()) {
            let span = at..at + currency.len();
            let amount = behind(bytes, &span, currency).or_else(|| before(bytes, &span));
            found.extend(amount.map(|span| Sighting::new("amount", Level::Note, "an amount of money", span)));
        }
    }
}

/// `EUR 1,200`, `$5k`; a dollar sign and one digit is a parameter of a script.
fn behind(text: &[u8], currency: &Range<usize>, name: &str) -> Option<Range<usize>> {
    let free = currency.start.checked_sub(1).and_then(|at| text.get(at)).is_none_or(|byte| !is_word(*byte));
    let blank = usize::from(text.get(currency.end) == Some(&b' '));
    let from = currency.end + blank;
    let length = number(text.get(from..)?.iter());
    let digits = text.get(from..from + length)?.iter().filter(|byte| byte.is_ascii_digit()).count();
    let scale = usize::from(matches!(text.get(from + length), Some(b'k' | b'K' | b'm' | b'M')));
    let least = if name == "$" && scale == 0 { 2 } else { 1 };
    let dollar = name == "$" && blank == 1;
    let end = from + length + scale;
    let ends = text.get(end).is_none_or(|byte| !is_word(*byte));
    (free && digits >= least && ends && !dollar).then_some(currency.start..end)
}

/// `1,200 EUR`, `5k €`.
fn before(text: &[u8], currency: &Range<usize>) -> Option<Range<usize>> {
    let ends = text.get(currency.end).is_none_or(|byte| !is_word(*byte));
    let head = text.get(..currency.start)?;
    let head = head.strip_suffix(b" ").or_else(|| head.strip_suffix("\u{a0}".as_bytes())).unwrap_or(head);
    let number_end = head.len() - usize::from(matches!(head.last(), Some(b'k' | b'K' | b'm' | b'M')));
    let length = number(head.get(..number_end)?.iter().rev());
    let start = number_end - length;
    let digits = head.get(start..number_end)?.iter().any(u8::is_ascii_digit);
    let free = start.checked_sub(1).and_then(|at| text.get(at)).is_none_or(|byte| !is_word(*byte) && *byte != b'$');
    (ends && digits && free).then_some(start..currency.end)
}

/// How long a number is: digits with separators, ending in a digit on the side that is looked at last.
fn number<'a>(bytes: impl Iterator<Item = &'a u8>) -> usize {
    let mut length = 0;
    for (at, byte) in bytes.enumerate().take(24) {
        match byte {
            b'0'..=b'9' => length = at + 1,
            b'.' | b',' | b'\'' => {}
            _ => break,
        }
    }
    length
}

#[cfg(test)]
mod tests {
    #![expect(clippy::string_slice, reason = "places come from searches in the same text")]

    use super::*;

    fn seen(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        find(text, &mut found);
        found.iter().map(|seen| text[seen.span.clone()].to_owned()).collect()
    }

    #[test]
    fn an_amount_is_a_number_with_its_currency() {
        assert_eq!(seen("it cost € 1.200,50 then"), ["€ 1.200,50"]);
        assert_eq!(seen("a 12k € deal, USD 5,000 each"), ["12k €", "USD 5,000"]);
        assert_eq!(seen("from $250."), ["$250"]);
        for text in ["echo $1 $2", "$PATH", "EURO 2024x", "in EUR", "costs 5 apples", "a$b", "${1}"] {
            assert_eq!(seen(text), [""; 0], "{text}");
        }
    }
}
