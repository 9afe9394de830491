//! The plain text of a document's bodies while it grows: what is indexed and embedded.
//!
//! Words are counted on the way, as a reader would who knows that Chinese has no blanks: two characters of a script
//! without them, or 32 bytes without a blank, are a word.

/// Plain text with a running count of its words.
#[derive(Debug, Default)]
pub(super) struct Plain {
    pub(super) text: String,
    pub(super) words: u32,
    /// How heavy the word is that has not ended yet; 0 between words.
    weight: u32,
}

impl Plain {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { text: String::with_capacity(capacity), words: 0, weight: 0 }
    }

    /// Adds text as it is.
    pub(super) fn push(&mut self, text: &str) {
        for &byte in text.as_bytes() {
            if matches!(byte, b' ' | b'\n' | b'\t') {
                self.weight = 0;
                continue;
            }
            if self.weight == 0 || self.weight > 32 {
                self.words += 1;
                self.weight = 1;
            }
            // First bytes of U+3000 to U+9FFF.
            self.weight += if matches!(byte, 0xE3..=0xE9) { 15 } else { 1 };
        }
        self.text.push_str(text);
    }

    /// Ends a word: with a blank inside a block, with a line break between blocks. Never two in a row.
    pub(super) fn gap(&mut self, with: char) {
        self.weight = 0;
        match self.text.as_bytes().last() {
            None | Some(b'\n') => {}
            Some(b' ') if with == ' ' => {}
            Some(b' ') => {
                self.text.pop();
                self.text.push(with);
            }
            Some(_) => self.text.push(with),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_in_any_script() {
        for (text, expected) in
            [("", 0), ("one two  three\n", 3), ("日本語の見出し", 4), (&"a".repeat(320), 10), ("naïve — café", 3)]
        {
            let mut plain = Plain::default();
            plain.push(text);
            assert_eq!(plain.words, expected, "{text:?}");
        }
    }
}
