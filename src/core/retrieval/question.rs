//! Reads the text of a question: words, `"phrases"`, `-exclusions` and `field:value` filters.
//!
//! Any text is a question. What looks like an operator and isn't one is a word: an open quote, a field that nobody
//! knows, a dash inside a word, before a single letter (`-m`) or doubled (`--force`). Every list has a bound, and a
//! question that goes over one is refused rather than answered as another one.

use crate::access::CollectionName;
use crate::corpus::Status;

use super::filters::{MAX_FILTER_CHARS, MAX_FILTERS};
use super::{Filters, PathPattern, QueryError};

/// The most phrases that a chunk must have.
pub(super) const MAX_PHRASES: usize = 8;

/// The most words and phrases that a chunk must not have.
pub(super) const MAX_EXCLUSIONS: usize = 16;

/// A question, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    /// The words to look for, with those of the phrases, in their order and without operators.
    pub words: String,
    /// What a chunk must have, word beside word.
    pub phrases: Vec<String>,
    /// Words and phrases that a chunk must not have.
    pub without: Vec<String>,
    /// Which documents may answer.
    pub filters: Filters,
    /// Which documents may not.
    pub filtered_out: Filters,
    /// The last word, when it is the beginning of a word that is still being typed.
    pub beginning: Option<String>,
}

/// A part of the text.
enum Part<'a> {
    Phrase(&'a str),
    Field(Field, &'a str),
    Word(&'a str),
}

/// A field that documents are filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Kind,
    Tag,
    Status,
    Owner,
    Collection,
    Path,
}

impl Field {
    fn named(name: &str) -> Option<Self> {
        let fields = [
            ("type", Self::Kind),
            ("tag", Self::Tag),
            ("status", Self::Status),
            ("owner", Self::Owner),
            ("collection", Self::Collection),
            ("path", Self::Path),
        ];
        fields.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, field)| field)
    }
}

impl Question {
    /// Reads a question.
    ///
    /// # Errors
    /// Names the bound that is passed, or the filter whose value is none of those there are.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut question = Self::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (negated, part, behind) = part(rest);
            rest = behind.trim_start();
            question.take(negated, &part)?;
        }
        Ok(question)
    }

    /// Whether it has no word to look for: what passes the filters is listed then.
    #[must_use]
    pub fn is_listing(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether it says that some documents or passages may not answer.
    #[must_use]
    pub fn narrows(&self) -> bool {
        let filters = [&self.filters, &self.filtered_out];
        !self.phrases.is_empty() || !self.without.is_empty() || filters.iter().any(|filters| !filters.is_empty())
    }

    fn take(&mut self, negated: bool, part: &Part<'_>) -> Result<(), QueryError> {
        match *part {
            Part::Field(field, value) => {
                let filters = if negated { &mut self.filtered_out } else { &mut self.filters };
                filter(filters, field, value)?;
            }
            Part::Phrase(text) | Part::Word(text) if negated => {
                push(&mut self.without, text, "exclusions", MAX_EXCLUSIONS)?;
            }
            Part::Phrase(text) => {
                push(&mut self.phrases, text, "phrases", MAX_PHRASES)?;
                self.beginning = None;
                self.word(text);
            }
            Part::Word(text) => {
                let begun = text.strip_suffix('*').filter(|begun| begun.ends_with(char::is_alphanumeric));
                self.beginning = begun.map(str::to_owned);
                self.word(begun.unwrap_or(text));
            }
        }
        Ok(())
    }

    fn word(&mut self, text: &str) {
        if !self.words.is_empty() {
            self.words.push(' ');
        }
        self.words.push_str(text);
    }
}

fn push(list: &mut Vec<String>, text: &str, what: &'static str, max: usize) -> Result<(), QueryError> {
    if list.len() == max {
        return Err(QueryError::TooMany { what, max });
    }
    list.push(text.to_owned());
    Ok(())
}

fn filter(filters: &mut Filters, field: Field, value: &str) -> Result<(), QueryError> {
    let given = || value.chars().take(100).collect::<String>();
    let (name, length) = match field {
        Field::Kind => ("type", filters.types.len()),
        Field::Tag => ("tag", filters.tags.len()),
        Field::Status => ("status", filters.status.len()),
        Field::Owner => ("owner", filters.owners.len()),
        Field::Collection => ("collection", filters.collections.len()),
        Field::Path => ("path", filters.paths.len()),
    };
    if length == MAX_FILTERS {
        return Err(QueryError::FilterCount { field: name });
    }
    if field != Field::Path && value.chars().count() > MAX_FILTER_CHARS {
        return Err(QueryError::FilterLength { field: name });
    }
    match field {
        Field::Kind => filters.types.push(value.to_owned()),
        Field::Tag => filters.tags.push(value.trim_start_matches('#').to_owned()),
        Field::Owner => filters.owners.push(value.to_owned()),
        Field::Path => filters.paths.push(PathPattern::parse(value)?),
        Field::Status => {
            filters.status.push(Status::parse(value).ok_or_else(|| QueryError::Status { given: given() })?);
        }
        Field::Collection => {
            let name = CollectionName::parse(&value.to_ascii_lowercase());
            let name = name.map_err(|_| QueryError::Collection { given: given() })?;
            filters.collections.push(name);
        }
    }
    Ok(())
}

/// The first part of a text that begins with no blank: whether it is negated, what it is, and what follows it.
fn part(text: &str) -> (bool, Part<'_>, &str) {
    if let Some(negated) = text.strip_prefix('-') {
        if let Some((part, rest)) = operand(negated) {
            return (true, part, rest);
        }
        let (word, rest) = split(negated);
        let excludes = word.starts_with(char::is_alphanumeric) && !(word.len() == 1 && word.is_ascii());
        if excludes {
            return (true, Part::Word(word), rest);
        }
    }
    if let Some((part, rest)) = operand(text) {
        return (false, part, rest);
    }
    let (word, rest) = split(text);
    (false, Part::Word(word), rest)
}

/// A phrase or a filter at the beginning of a text, and what follows it.
fn operand(text: &str) -> Option<(Part<'_>, &str)> {
    if let Some((phrase, rest)) = quoted(text) {
        return Some((Part::Phrase(phrase), rest));
    }
    let (name, value) = split(text).0.split_once(':')?;
    let field = Field::named(name)?;
    let behind = text.get(name.len() + 1..)?;
    match quoted(behind) {
        Some((value, rest)) => Some((Part::Field(field, value.trim()), rest)),
        None if value.is_empty() => None,
        None => Some((Part::Field(field, value), split(text).1)),
    }
}

/// The text between quotes at the beginning, if they are closed and hold more than blanks, and what follows them.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let (inside, close) = match text.chars().next()? {
        '"' => (text.strip_prefix('"')?, '"'),
        '“' => (text.strip_prefix('“')?, '”'),
        _ => return None,
    };
    let (phrase, rest) = inside.split_once(close)?;
    (!phrase.trim().is_empty()).then_some((phrase, rest))
}

/// The text before the first blank, and what follows.
fn split(text: &str) -> (&str, &str) {
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Question {
        Question::parse(text).unwrap()
    }

    #[test]
    fn plain_words_are_themselves() {
        for text in [
            "who owns this?",
            "kebab-case",
            "a - b",
            "--force",
            "git commit -m",
            "http://x.org note: this",
            "\"open",
            "type: decision",
        ] {
            assert_eq!(read(text), Question { words: text.to_owned(), ..Question::default() }, "{text}");
        }
    }

    #[test]
    fn phrases_must_be_there_and_are_words_too() {
        let question = read("find \"the exact words\" and “curly ones” \"\"");
        assert_eq!(question.phrases, ["the exact words", "curly ones"]);
        assert_eq!(question.words, "find the exact words and curly ones \"\"");
    }

    #[test]
    fn a_dash_before_a_word_or_phrase_excludes_it() {
        let question = read("deploy -legacy -\"old way\" -kebab-case -猫 -C++");
        assert_eq!((question.words.as_str(), question.phrases.len()), ("deploy", 0));
        assert_eq!(question.without, ["legacy", "old way", "kebab-case", "猫", "C++"]);
    }

    #[test]
    fn fields_filter_and_a_dash_turns_them_around() {
        let question = read(
            "type:decision tag:\"two words\" TAG:x -tag:old status:draft owner:@ops collection:playbook path:guides/*.md go",
        );
        assert_eq!(question.words, "go");
        let filters = &question.filters;
        assert_eq!(
            (filters.types.as_slice(), filters.tags.as_slice()),
            (&["decision".to_owned()][..], &["two words".to_owned(), "x".to_owned()][..])
        );
        assert_eq!(
            (filters.status.as_slice(), filters.owners.as_slice()),
            (&[Status::Draft][..], &["@ops".to_owned()][..])
        );
        assert_eq!((filters.collections[0].as_str(), filters.paths[0].as_str()), ("playbook", "guides/*.md"));
        assert_eq!(question.filtered_out.tags, ["old"]);
        assert!(read("type:decision").is_listing() && read("-old").is_listing());
    }

    #[test]
    fn a_star_behind_the_last_word_says_that_it_goes_on() {
        assert_eq!(
            (read("how to depl*").beginning.as_deref(), read("how to depl*").words.as_str()),
            (Some("depl"), "how to depl")
        );
        assert_eq!((read("depl* how").beginning, read("*").beginning), (None, None));
        assert_eq!(read("depl* tag:x").beginning.as_deref(), Some("depl"));
    }

    #[test]
    fn bad_values_and_too_many_are_told() {
        let error = |text: &str| Question::parse(text).unwrap_err().to_string();
        assert_eq!(
            error("status:done"),
            "status: \"done\" is not one of draft, accepted, deprecated, superseded, retired"
        );
        assert!(error("collection:\"a b/c\"").contains("is not a collection name"));
        assert_eq!(read("collection:Pub").filters.collections[0].as_str(), "pub");
        assert!(error(&"\"a b\" ".repeat(9)).contains("more than 8 phrases"));
        assert!(error(&"-ab ".repeat(17)).contains("more than 16 exclusions"));
        assert_eq!(error(&"tag:x ".repeat(17)), "tag: has more than 16 entries, name fewer");
        assert!(error(&format!("tag:{}", "x".repeat(65))).starts_with("tag: has an entry of more than 64 characters"));
        assert!(error(&format!("path:{}", "x".repeat(200))).contains("path"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_within_the_bounds(text in "([-\"“”:*a-z 猫]|tag:|status:draft|path:){0,120}") {
            if let Ok(question) = Question::parse(&text) {
                prop_assert!(question.phrases.len() <= MAX_PHRASES && question.without.len() <= MAX_EXCLUSIONS);
                prop_assert!(question.filters.bounded().is_ok() && question.filtered_out.bounded().is_ok());
                prop_assert!(question.words.len() <= text.len());
            }
        }
    }
}
