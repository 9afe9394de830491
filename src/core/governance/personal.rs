//! Personal data: e-mail addresses, telephone numbers, IBANs (ISO 13616) and numbers of credit cards (ISO/IEC 7812).
//!
//! What belongs to a role, to nobody or to an example is none. Numbers with a checksum must have the right one.

use std::ops::Range;

use super::sighting::{Sighting, stands_alone};
use crate::corpus::Level;

/// Local parts that are a desk and not a person.
const ROLES: &[&str] = &[
    "abuse",
    "accounts",
    "admin",
    "billing",
    "bot",
    "careers",
    "contact",
    "dpo",
    "feedback",
    "git",
    "hello",
    "help",
    "hostmaster",
    "hr",
    "info",
    "jobs",
    "legal",
    "mail",
    "maintainers",
    "marketing",
    "news",
    "newsletter",
    "no-reply",
    "noreply",
    "office",
    "ops",
    "postmaster",
    "press",
    "privacy",
    "root",
    "sales",
    "security",
    "service",
    "support",
    "team",
    "user",
    "webmaster",
];

/// Domains that stand for the reader's own.
const STAND_INS: &[&str] =
    &["example", "domain", "yourdomain", "mydomain", "company", "yourcompany", "mycompany", "email"];

/// Numbers that payment services publish for tests.
const TEST_CARDS: &[&str] = &[
    "4111111111111111",
    "4242424242424242",
    "4012888888881881",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "3530111333300000",
    "4000056655665556",
];

/// Finds personal data.
pub(super) fn find(text: &str, found: &mut Vec<Sighting>) {
    let bytes = text.as_bytes();
    for at in memchr::memchr_iter(b'@', bytes) {
        let what = "an e-mail address of a person";
        found.extend(email(bytes, at).map(|span| Sighting::new("email", Level::Warning, what, span)));
    }
    for at in memchr::memchr_iter(b'+', bytes) {
        found.extend(phone(bytes, at).map(|span| Sighting::new("phone", Level::Warning, "a telephone number", span)));
    }
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let begins = before.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let span = match byte {
            b'A'..=b'Z' if begins => iban(bytes, at).map(|span| ("iban", "a bank account number", span)),
            b'2'..=b'6' if begins => card(bytes, at).map(|span| ("card-number", "a credit card number", span)),
            _ => None,
        };
        match span {
            Some((rule, what, span)) => {
                at = span.end;
                found.push(Sighting::new(rule, Level::Warning, what, span));
            }
            None => at += 1,
        }
    }
}

fn email(text: &[u8], at: usize) -> Option<Range<usize>> {
    let local = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-');
    let start = at - text.get(..at)?.iter().rev().take(64).take_while(|byte| local(byte)).count();
    let domain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let length = text.get(at + 1..)?.iter().take(253).take_while(|byte| domain(byte)).count();
    let domain = std::str::from_utf8(text.get(at + 1..at + 1 + length)?).ok()?.trim_end_matches(['.', '-']);
    let local = std::str::from_utf8(text.get(start..at)?).ok()?;
    let span = start..at + 1 + domain.len();
    let (name, top) = domain.rsplit_once('.')?;
    let domain_fits = top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic()) && !name.is_empty();
    let lower = local.to_ascii_lowercase();
    let role = ROLES.contains(&lower.split(['+', '.']).next().unwrap_or_default());
    let reserved = is_reserved(&domain.to_ascii_lowercase());
    // What stands between `://` and a host is a user of that host.
    let token = text.get(..start)?.iter().rev().take(64).take_while(|byte| !byte.is_ascii_whitespace()).count();
    let in_url = memchr::memmem::find(text.get(start - token..start)?, b"://").is_some();
    let fits = !lower.trim_matches('.').is_empty() && domain_fits && !role && !reserved && !in_url;
    fits.then_some(span)
}

/// Domains that belong to nobody (RFC 2606, RFC 6761), and those that code hosts hand out in place of an address.
fn is_reserved(domain: &str) -> bool {
    let mut labels = domain.rsplit('.');
    let (top, second) = (labels.next().unwrap_or_default(), labels.next().unwrap_or_default());
    matches!(top, "example" | "test" | "invalid" | "localhost")
        || STAND_INS.contains(&second)
        // Addresses of programs.
        || domain.ends_with(".gserviceaccount.com")
        || domain.starts_with("noreply.")
        || domain.contains(".noreply.")
}

/// A number in the international form (ITU-T E.123): `+`, and 8 to 15 digits with single separators between them.
fn phone(text: &[u8], at: usize) -> Option<Range<usize>> {
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')) {
        return None;
    }
    let mut digits = Vec::with_capacity(16);
    let (mut end, mut gap) = (at + 1, 0);
    for (offset, byte) in text.get(at + 1..)?.iter().enumerate().take(40) {
        match byte {
            b'0'..=b'9' => {
                digits.push(*byte);
                end = at + 2 + offset;
                gap = 0;
            }
            b' ' | b'-' | b'.' | b'(' | b')' | b'/' if gap < 2 && !digits.is_empty() => gap += 1,
            _ => break,
        }
    }
    let fictitious = digits.windows(5).any(|window| window == b"55501");
    let varied = digits.iter().skip(1).any(|digit| Some(digit) != digits.first());
    let fits = (8..=15).contains(&digits.len()) && digits.first() != Some(&b'0') && varied && !fictitious;
    (fits && stands_alone(text, &(at..end))).then_some(at..end)
}

/// Two letters, two check digits, 11 to 30 letters and digits, in groups of four or in one. Modulo 97 it is 1.
fn iban(text: &[u8], start: usize) -> Option<Range<usize>> {
    let head = text.get(start..start + 4)?;
    if !head.iter().take(2).all(u8::is_ascii_uppercase) || !head.iter().skip(2).all(u8::is_ascii_digit) {
        return None;
    }
    let (mut compact, mut end) = (Vec::with_capacity(34), start);
    for (offset, byte) in text.get(start..)?.iter().enumerate().take(44) {
        if byte.is_ascii_uppercase() || byte.is_ascii_digit() {
            compact.push(*byte);
            end = start + offset + 1;
        } else if *byte != b' ' || compact.len() % 4 != 0 {
            break;
        }
        // A longer text may go on with a word in capitals: the shortest that is right is taken.
        let ends = text.get(end).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        if compact.len() >= 15 && compact.len() <= 34 && ends && end == start + offset + 1 && modulo_97(&compact) == 1 {
            return Some(start..end);
        }
    }
    None
}

fn modulo_97(compact: &[u8]) -> u32 {
    let turned = compact.iter().skip(4).chain(compact.iter().take(4));
    turned.fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        byte => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    })
}

/// 13 to 19 digits in one, or in the groups that are printed on a card, with the right check digit.
fn card(text: &[u8], start: usize) -> Option<Range<usize>> {
    let (mut digits, mut groups, mut end, mut separator) = (Vec::with_capacity(19), vec![0_usize], start, None);
    for (offset, byte) in text.get(start..)?.iter().enumerate().take(24) {
        match byte {
            b'0'..=b'9' => {
                digits.push(*byte - b'0');
                *groups.last_mut()? += 1;
                end = start + offset + 1;
            }
            b' ' | b'-' if end == start + offset && separator.is_none_or(|known| known == *byte) => {
                separator = Some(*byte);
                groups.push(0);
            }
            _ => break,
        }
    }
    if groups.last() == Some(&0) {
        groups.pop();
    }
    let printed = match groups.as_slice() {
        // Among bare numbers those of the newer range are too many to tell.
        [13..=19] => digits.first() != Some(&2),
        [4, 6, 5] => true,
        [4, 4, 4, last] => (1..=4).contains(last),
        [4, 4, 4, 4, last] => *last <= 3,
        _ => false,
    };
    let number: String = digits.iter().map(|digit| char::from(digit + b'0')).collect();
    let fits = printed && (13..=19).contains(&digits.len()) && luhn(&digits) && !TEST_CARDS.contains(&number.as_str());
    (fits && stands_alone(text, &(start..end))).then_some(start..end)
}

/// The check of ISO/IEC 7812-1, by H. P. Luhn.
fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| if at % 2 == 1 { doubled(u32::from(*digit)) } else { u32::from(*digit) })
        .sum();
    let varied = digits.iter().any(|digit| Some(digit) != digits.first());
    varied && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::string_slice, reason = "places come from searches in the same text")]

    use super::*;

    fn rules(text: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        find(text, &mut found);
        found.iter().map(|seen| (seen.rule.to_string(), text[seen.span.clone()].to_owned())).collect()
    }

    fn check(text: &str, expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected.iter().map(|(rule, seen)| ((*rule).to_owned(), (*seen).to_owned())).collect();
        assert_eq!(rules(text), expected, "{text}");
    }

    #[test]
    fn an_address_of_a_person_is_seen_and_a_role_or_an_example_is_not() {
        check("write to a.lovelace@engines.org.", &[("email", "a.lovelace@engines.org")]);
        check("<mailto:ada+x@engines.co.uk>", &[("email", "ada+x@engines.co.uk")]);
        for text in [
            "ada@example.com",
            "ada@mail.example.org",
            "ada@host.test",
            "name@domain.com",
            "x@y.iam.gserviceaccount.com",
            "support@engines.org",
            "no-reply@engines.org",
            "git@github.com:owner/name.git",
            "npm install left@1.2.3",
            "user@host",
            "@mention",
            "https://ada@engines.org/x",
            "12345+ada@users.noreply.github.com",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn a_telephone_number_is_seen_and_times_sums_and_fictions_are_not() {
        check("call +49 30 901820, please", &[("phone", "+49 30 901820")]);
        check("+1 (212) 736-5000", &[("phone", "+1 (212) 736-5000")]);
        for text in
            ["2026-03-09T08:15:00+00:00", "1+12345678", "+1 415 555 0134", "+12", "a + 12345678", "+00000000000"]
        {
            check(text, &[]);
        }
    }

    #[test]
    fn an_account_number_must_have_its_checksum() {
        // Made for this test: the check digits are computed, the bank is none.
        let account = format!("DE{:02}99990000000000{}", 98 - modulo_97(b"DE00999900000000001234"), "1234");
        check(&format!("to {account} today"), &[("iban", &account)]);
        let grouped = account.as_bytes().chunks(4).map(|four| std::str::from_utf8(four).unwrap()).collect::<Vec<_>>();
        let grouped = grouped.join(" ");
        check(&format!("to {grouped} TODAY"), &[("iban", &grouped)]);
        check(&account.replace("1234", "1235"), &[]);
        check("AB12 IS THE NAME OF A PART", &[]);
    }

    #[test]
    fn a_card_must_have_its_check_digit_and_be_none_for_tests() {
        let mut digits: Vec<u8> = b"512345678901234".iter().map(|digit| digit - b'0').collect();
        let check_digit = (0..10).find(|last| luhn(&[digits.as_slice(), &[*last]].concat())).unwrap();
        digits.push(check_digit);
        let number: String = digits.iter().map(|digit| char::from(digit + b'0')).collect();
        check(&number, &[("card-number", &number)]);
        let grouped = [&number[..4], &number[4..8], &number[8..12], &number[12..]].join("-");
        check(&grouped, &[("card-number", &grouped)]);
        let wrong = format!("{}{}", &number[..15], (check_digit + 1) % 10);
        for text in [
            wrong.as_str(),
            "4242 4242 4242 4242",
            "1700000000 1700000060",
            "2222222222222",
            "2251799813685251",
            "a4111",
        ] {
            check(text, &[]);
        }
    }
}
