//! Words that stand in private slots only, and the search for them in public bytes, however they are written.

use std::sync::LazyLock;

use super::dice::Dice;

/// What every canary begins with, so that one search finds all of them. No stemmer takes anything off it.
pub(crate) const MARK: &str = "zqxjvkw";

/// A new canary.
pub(crate) fn canary(dice: &mut Dice) -> String {
    const ENDINGS: [&str; 6] = ["", "s", "ing", "ed", "ation", "ness"];
    let letters: String = (0..4).map(|_| *dice.pick(&['a', 'b', 'd', 'e', 'm', 'o', 'r', 't'])).collect();
    format!("{MARK}{letters}{}", dice.pick(&ENDINGS))
}

/// The same with a capital, as it stands in titles.
pub(crate) fn capital(canary: &str) -> String {
    canary.replacen('z', "Z", 1)
}

/// The canaries that a text names.
pub(crate) fn named(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let word = |(at, _): (usize, &str)| text[at..].chars().take_while(char::is_ascii_alphanumeric).collect();
    text.match_indices(MARK).map(word).collect()
}

/// The form in which a canary stands in `bytes`, if there is one. `said` are those that the request itself named: an
/// answer may repeat them.
pub(crate) fn found(bytes: &[u8], said: &[String]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut lower = text.to_lowercase();
    for word in said {
        lower = lower.replace(word.as_str(), "");
    }
    if lower.contains(MARK) {
        return named(&lower).into_iter().next();
    }
    // What an answer repeats it repeats as it was said: in no other form, so that nothing is taken out here.
    let (in_any_case, as_they_are) = &*FORMS;
    let found = in_any_case.iter().find(|form| lower.contains(*form));
    found.or_else(|| as_they_are.iter().find(|form| text.contains(*form))).cloned()
}

/// The mark as it may be encoded: in hexadecimal digits, in an address, in HTML; and in base64.
static FORMS: LazyLock<(Vec<String>, Vec<String>)> = LazyLock::new(|| {
    let each = |form: fn(u8) -> String| MARK.bytes().map(form).collect::<String>();
    let in_any_case = vec![
        each(|byte| format!("{byte:02x}")),
        each(|byte| format!("%{byte:02x}")),
        each(|byte| format!("&#{byte};")),
        each(|byte| format!("&#x{byte:x};")),
    ];
    let spelt = [MARK.to_owned(), capital(MARK), MARK.to_uppercase()];
    (in_any_case, spelt.iter().flat_map(|word| base64(word)).collect())
});

/// What of a word stands in base64 (RFC 4648), whatever stands before and behind it: one form for each place in a group
/// of three, in both alphabets.
fn base64(word: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for lead in 0..3 {
        let bytes: Vec<u8> = vec![0; lead].into_iter().chain(word.bytes()).collect();
        let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
        let whole = bits.chunks_exact(6).map(|six| six.iter().fold(0, |sum, bit| sum << 1 | usize::from(*bit)));
        let whole: Vec<usize> = whole.skip((lead * 8).div_ceil(6)).collect();
        for last in ["+/", "-_"] {
            let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(last.chars()).collect();
            let form: String = whole.iter().map(|place| alphabet[*place]).collect();
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
    }
    forms
}

#[test]
fn a_canary_is_found_in_every_form_and_what_was_said_may_be_repeated() {
    let word = format!("{MARK}abc");
    // Made with another tool: `printf … | base64`.
    let encoded = ["enF4anZrd2FiYw==", "IHpxeGp2a3dhYmM=", "LSB6cXhqdmt3YWJj", "LVpxeGp2a3dhYmM="];
    for text in encoded {
        assert!(found(text.as_bytes(), &[]).is_some(), "{text}");
    }
    for text in
        [&word, &word.to_uppercase(), &format!("<b>{}</b>", capital(&word)), "7a71786a766b77", "%7A%71%78%6A%76%6B%77"]
    {
        assert!(found(text.as_bytes(), &[]).is_some(), "{text}");
    }
    let said = named(&format!("GET /{}", capital(&word)));
    assert_eq!(said, std::slice::from_ref(&word));
    assert_eq!(found(capital(&word).as_bytes(), &said), None);
    assert!(found(format!("{word} {MARK}xyz").as_bytes(), &said).is_some(), "only what was said");
    assert_eq!(found(b"enF4anZr nothing of it", &[]), None);
}
