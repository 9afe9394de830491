//! Keeps answers within a budget of tokens, without a model's tokenizer.
//!
//! The estimate errs on the high side: tokenizers of large models make about one token of four to five letters of
//! English prose, more of code, numbers and other scripts. Counted here by runs of characters, in one pass.

/// Estimates how many tokens a large model's tokenizer makes of `text`.
///
/// A run of ASCII letters costs a token for each 5 letters begun, digits one for each 2, other letters one each;
/// punctuation one a sign, runs of the same sign less; a single blank nothing, a line break one.
#[must_use]
pub fn estimate_tokens(text: &str) -> usize {
    let mut tokens = 0;
    let mut run = Run { class: Class::Blank, length: 0 };
    let mut last = '\0';
    for character in text.chars() {
        let class = Class::of(character);
        // The same sign again and again (`-----`, `====`) is one run; two different signs are two.
        let goes_on = class == run.class && (class != Class::Sign || character == last);
        if goes_on {
            run.length += 1;
        } else {
            tokens += run.cost();
            run = Run { class, length: 1 };
        }
        last = character;
    }
    tokens + run.cost()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Sign,
    Blank,
    Break,
    Other,
}

impl Class {
    fn of(character: char) -> Self {
        match character {
            'a'..='z' | 'A'..='Z' => Self::Letter,
            '0'..='9' => Self::Digit,
            ' ' | '\t' => Self::Blank,
            '\n' | '\r' => Self::Break,
            character if character.is_ascii() => Self::Sign,
            _ => Self::Other,
        }
    }
}

struct Run {
    class: Class,
    length: usize,
}

impl Run {
    fn cost(&self) -> usize {
        match self.class {
            Class::Letter => self.length.div_ceil(5),
            Class::Digit => self.length.div_ceil(2),
            Class::Sign => self.length.div_ceil(4),
            Class::Blank => (self.length - self.length.min(1)).div_ceil(8),
            Class::Break => 1,
            Class::Other => self.length,
        }
    }
}

/// Cuts `text` to at most `budget` tokens, at the end of a paragraph if there is one, else of a line, a sentence, a word.
/// Returns the text that is kept and what it costs.
#[must_use]
pub fn cut_to_budget(text: &str, budget: usize) -> (&str, usize) {
    let tokens = estimate_tokens(text);
    if tokens <= budget {
        return (text, tokens);
    }
    // The estimate grows with the text, so that the longest prefix that fits is found by bisection over borders.
    for border in ["\n\n", "\n", ". ", " "] {
        let ends: Vec<usize> = text.match_indices(border).map(|(at, _)| at).collect();
        let fitting = ends.partition_point(|&end| text.get(..end).is_some_and(|part| estimate_tokens(part) <= budget));
        let kept = fitting.checked_sub(1).and_then(|at| text.get(..ends[at])).map_or("", str::trim_end);
        if !kept.is_empty() {
            return (kept, estimate_tokens(kept));
        }
    }
    // No border at all: one endless line, or a script without blanks. Cut between characters, so that whoever reads on
    // comes to an end.
    let fits = |end: &usize| text.get(..*end).is_some_and(|part| estimate_tokens(part) <= budget);
    let end = text.char_indices().map(|(at, _)| at).take(budget * 8).filter(fits).last().unwrap_or(0);
    let kept = text.get(..end).unwrap_or_default();
    (kept, estimate_tokens(kept))
}

#[cfg(test)]
mod tests {
    use super::{cut_to_budget, estimate_tokens};

    #[test]
    fn the_estimate_is_of_the_right_size() {
        assert_eq!(estimate_tokens(""), 0);
        assert_eq!(estimate_tokens("The owner of the page answers."), 7 + 1);
        assert_eq!(estimate_tokens("----------------"), 4);
        assert_eq!(estimate_tokens("手順"), 2);
    }

    #[test]
    fn a_cut_ends_at_a_border_and_fits() {
        let text = "First paragraph, short.\n\nSecond paragraph that is rather longer than the first one.\n\nThird.";
        assert_eq!(cut_to_budget(text, 1_000).0, text);
        let (cut, _) = cut_to_budget(text, 12);
        assert_eq!(cut, "First paragraph, short.");
        let (word, _) = cut_to_budget("one two three four five six seven", 3);
        assert!(estimate_tokens(word) <= 3 && word.starts_with("one two"), "{word}");
        assert_eq!(cut_to_budget("unbreakableunbreakable", 1).0, "unbre");
        assert_eq!(cut_to_budget("手順手順手順", 4).0, "手順手順");
        assert_eq!(cut_to_budget("手順", 0).0, "");
    }
}
