//! Hands our terms to tantivy.
//!
//! An index has one tokenizer and its texts may have several languages, so a text says its own: it begins with one
//! private character, and a text that begins with none is English.

use std::borrow::Cow;

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::cut::Cutter;
use super::stems::Stems;
use crate::corpus::Language;

/// The private character of the first language; those of the others follow it.
const FIRST_MARK: u32 = 0xf_0000;

/// Makes a text say its language.
pub(super) fn marked(text: &str, language: Language) -> Cow<'_, str> {
    if language == Language::English && text.chars().next().and_then(language_of).is_none() {
        return Cow::Borrowed(text);
    }
    let mark = char::from_u32(FIRST_MARK + language as u32);
    let mut marked = String::with_capacity(text.len() + 4);
    marked.extend(mark);
    marked.push_str(text);
    Cow::Owned(marked)
}

fn language_of(mark: char) -> Option<Language> {
    let number = u32::from(mark).checked_sub(FIRST_MARK)?;
    Language::ALL.iter().copied().find(|language| *language as u32 == number)
}

/// Makes terms of text for tantivy.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    stems: Stems,
    token: Token,
}

impl Terms {
    pub(super) fn new() -> Self {
        Self { stems: Stems::remembering(), token: Token::default() }
    }
}

impl Tokenizer for Terms {
    type TokenStream<'a> = TermStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> TermStream<'a> {
        let mark = text.chars().next().and_then(|mark| Some((mark, language_of(mark)?)));
        let skipped = mark.map_or(0, |(mark, _)| mark.len_utf8());
        let text = text.get(skipped..).unwrap_or_default();
        let language = mark.map_or(Language::English, |(_, language)| language);
        self.token.reset();
        TermStream { cutter: Cutter::new(text), text, language, stems: &mut self.stems, token: &mut self.token }
    }
}

/// The terms of one text.
pub(super) struct TermStream<'a> {
    cutter: Cutter<'a>,
    text: &'a str,
    language: Language,
    stems: &'a mut Stems,
    token: &'a mut Token,
}

impl TokenStream for TermStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(cut) = self.cutter.next() else { return false };
        let piece = self.text.get(cut.range()).unwrap_or_default();
        self.stems.term(piece, cut.form, self.language, &mut self.token.text);
        self.token.position = cut.position;
        (self.token.offset_from, self.token.offset_to) = (cut.start, cut.end);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::words::count_words;

    fn terms(text: &str, language: Language) -> Vec<(String, usize)> {
        let (mut terms, text) = (Terms::new(), marked(text, language));
        let mut stream = terms.token_stream(&text);
        let mut found = Vec::new();
        while stream.advance() {
            found.push((stream.token().text.clone(), stream.token().position));
        }
        found
    }

    #[test]
    fn a_text_is_stemmed_in_the_language_it_says() {
        assert_eq!(terms("Häuser running", Language::German), [("haus".to_owned(), 0), ("running".to_owned(), 1)]);
        assert_eq!(terms("Häuser running", Language::English), [("häuser".to_owned(), 0), ("run".to_owned(), 1)]);
    }

    #[test]
    fn a_text_cannot_say_another_language_than_it_is_given() {
        let forged = marked("running", Language::German).into_owned();
        assert_eq!(terms(&forged, Language::English), [("run".to_owned(), 0)]);
        assert_eq!(terms(&forged, Language::Other), [("running".to_owned(), 0)]);
    }

    proptest! {
        #[test]
        fn words_are_counted_as_they_are_made(text in "([a-zA-Z0-9 .,_#+\u{df}\u{130}é漢字-]|x{95,105}){0,60}") {
            prop_assert_eq!(count_words(&text), terms(&text, Language::English).len() as u64);
        }
    }
}
