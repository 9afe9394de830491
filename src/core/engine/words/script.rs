//! What a character is to words: a part of one, a mark on one, a sign of a script without spaces, or none of these.
//!
//! Han, Hiragana, Katakana, Thai, Lao, Khmer and Burmese are written without spaces between words.

/// What a character is to words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Between words.
    Gap,
    /// A letter or a digit.
    Letter,
    /// A sign of a script that is written without spaces.
    Solid,
    /// Belongs to the character before it.
    Mark,
}

/// First and last character of the scripts that are written without spaces, ascending.
const SOLID: [(u32, u32); 21] = [
    (0x0e01, 0x0e5b),
    (0x0e81, 0x0eff),
    (0x1000, 0x109f),
    (0x1780, 0x17ff),
    (0x3005, 0x3007),
    (0x3021, 0x3029),
    (0x3031, 0x3035),
    (0x3038, 0x303c),
    (0x3041, 0x309a),
    (0x309d, 0x309f),
    (0x30a1, 0x30fa),
    (0x30fc, 0x30ff),
    (0x31f0, 0x31ff),
    (0x3400, 0x4dbf),
    (0x4e00, 0x9fff),
    (0xa9e0, 0xa9fe),
    (0xaa60, 0xaa7f),
    (0xf900, 0xfaff),
    (0xff66, 0xff9f),
    (0x1_b000, 0x1_b16f),
    (0x2_0000, 0x3_23af),
];

/// Signs that stand on, under or after another: vowels and tones of the scripts above, voicing of kana, the accents of
/// decomposed letters, and what joins or silences consonants in the scripts of India. Ascending.
const MARKS: [(u32, u32); 32] = [
    (0x0300, 0x036f),
    (0x094d, 0x094d),
    (0x09cd, 0x09cd),
    (0x0a4d, 0x0a4d),
    (0x0acd, 0x0acd),
    (0x0b4d, 0x0b4d),
    (0x0bcd, 0x0bcd),
    (0x0c4d, 0x0c4d),
    (0x0ccd, 0x0ccd),
    (0x0d4d, 0x0d4d),
    (0x0dca, 0x0dca),
    (0x0e31, 0x0e31),
    (0x0e34, 0x0e3a),
    (0x0e47, 0x0e4e),
    (0x0eb1, 0x0eb1),
    (0x0eb4, 0x0ebc),
    (0x0ec8, 0x0ece),
    (0x102b, 0x103e),
    (0x1056, 0x1059),
    (0x105e, 0x1060),
    (0x1062, 0x1064),
    (0x1067, 0x106d),
    (0x1071, 0x1074),
    (0x1082, 0x108d),
    (0x108f, 0x108f),
    (0x109a, 0x109d),
    (0x17b4, 0x17d3),
    (0x17dd, 0x17dd),
    (0x3099, 0x309a),
    (0xaa7b, 0xaa7d),
    (0xff9e, 0xff9f),
    (0x1_b170, 0x1_b170),
];

impl Class {
    /// What a character is.
    pub(super) fn of(character: char) -> Self {
        let code = u32::from(character);
        if code < 0x300 {
            return if character.is_alphanumeric() { Self::Letter } else { Self::Gap };
        }
        if holds(&MARKS, code) {
            Self::Mark
        } else if !character.is_alphanumeric() {
            Self::Gap
        } else if holds(&SOLID, code) {
            Self::Solid
        } else {
            Self::Letter
        }
    }
}

fn holds(ranges: &[(u32, u32)], code: u32) -> bool {
    let at = ranges.partition_point(|(_, last)| *last < code);
    ranges.get(at).is_some_and(|(first, _)| *first <= code)
}

#[cfg(test)]
mod tests {
    use super::{Class, MARKS, SOLID};

    #[test]
    fn ranges_ascend() {
        for ranges in [&SOLID[..], &MARKS[..]] {
            assert!(ranges.is_sorted_by(|(_, last), (first, _)| last < first));
            assert!(ranges.iter().all(|(first, last)| first <= last));
        }
    }

    #[test]
    fn characters_are_told_apart() {
        for (character, class) in [
            ('a', Class::Letter),
            ('é', Class::Letter),
            ('я', Class::Letter),
            ('한', Class::Letter),
            ('7', Class::Letter),
            ('漢', Class::Solid),
            ('ひ', Class::Solid),
            ('カ', Class::Solid),
            ('ー', Class::Solid),
            ('ก', Class::Solid),
            ('ກ', Class::Solid),
            ('ក', Class::Solid),
            ('က', Class::Solid),
            ('\u{301}', Class::Mark),
            ('\u{e34}', Class::Mark),
            ('\u{bcd}', Class::Mark),
            ('。', Class::Gap),
            ('-', Class::Gap),
            ('฿', Class::Gap),
        ] {
            assert_eq!(Class::of(character), class, "{character:?}");
        }
    }
}
