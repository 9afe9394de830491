//! The language a document is written in: which stems its words have.
//!
//! A document says its language in front matter, its collection may say one for all that are silent, and English is
//! what is left. A language without a stemmer here is [`Language::Other`]: its words are indexed as they are written.

use serde::{Deserialize, Serialize};

macro_rules! languages {
    ($($variant:ident $code:literal $name:literal,)*) => {
        /// A language with a stemmer of ours, or another one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        pub enum Language {
            /// The language of a corpus that says nothing.
            #[default]
            #[doc = "English."]
            English,
            $(#[doc = concat!("`", $code, "`")] $variant,)*
            /// Any other: words are not stemmed. Chinese, Japanese, Thai, Lao, Khmer and Burmese need no stemmer.
            Other,
        }

        impl Language {
            /// Every language, English first.
            pub const ALL: &'static [Self] = &[Self::English, $(Self::$variant,)* Self::Other];

            /// The subtag of ISO 639-1; `und` for any other.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    Self::English => "en",
                    $(Self::$variant => $code,)*
                    Self::Other => "und",
                }
            }

            fn named(word: &str) -> Option<Self> {
                let stemmed = match word {
                    "en" | "english" => Self::English,
                    $($code | $name => Self::$variant,)*
                    "nb" | "nn" => Self::Norwegian,
                    _ => return None,
                };
                Some(stemmed)
            }
        }
    };
}

languages! {
    Arabic "ar" "arabic",
    Danish "da" "danish",
    Dutch "nl" "dutch",
    Finnish "fi" "finnish",
    French "fr" "french",
    German "de" "german",
    Greek "el" "greek",
    Hungarian "hu" "hungarian",
    Italian "it" "italian",
    Norwegian "no" "norwegian",
    Portuguese "pt" "portuguese",
    Romanian "ro" "romanian",
    Russian "ru" "russian",
    Spanish "es" "spanish",
    Swedish "sv" "swedish",
    Tamil "ta" "tamil",
    Turkish "tr" "turkish",
}

/// Languages whose words need no stemmer, or get none; a collection may name them.
const UNSTEMMED: [&str; 8] = ["zh", "ja", "ko", "th", "lo", "km", "my", "und"];

/// A collection was given a language that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("language: {given:?} is not one of {}", Language::codes())]
pub struct LanguageError {
    /// What was given.
    pub given: String,
}

impl Language {
    /// Reads what a configuration says: one of the codes there are, with or without a region, or the English name.
    ///
    /// # Errors
    /// Names the languages there are.
    pub fn parse(given: &str) -> Result<Self, LanguageError> {
        let word = primary(given);
        let other = || UNSTEMMED.contains(&word.as_str()).then_some(Self::Other);
        Self::named(&word).or_else(other).ok_or_else(|| LanguageError { given: given.chars().take(40).collect() })
    }

    /// Reads what a document says of itself (BCP 47): a language that has no stemmer is another one, and what is no
    /// language tag says nothing.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let word = primary(tag);
        let is_tag = (2..=3).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase());
        Self::named(&word).or(is_tag.then_some(Self::Other))
    }

    /// Every code that a configuration may say.
    fn codes() -> String {
        let stemmed = Self::ALL.iter().filter(|language| **language != Self::Other).map(|language| language.code());
        stemmed.chain(UNSTEMMED).collect::<Vec<_>>().join(", ")
    }
}

/// The part of a tag before its script and region, in lower case.
fn primary(tag: &str) -> String {
    tag.trim().split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn tags_name_a_language_by_their_first_part() {
        for (tag, language) in [
            ("en", Some(Language::English)),
            ("de-AT", Some(Language::German)),
            ("pt_BR", Some(Language::Portuguese)),
            ("Nb", Some(Language::Norwegian)),
            ("French", Some(Language::French)),
            ("pl", Some(Language::Other)),
            ("zh-Hant-TW", Some(Language::Other)),
            ("python", None),
            ("", None),
        ] {
            assert_eq!(Language::of_tag(tag), language, "{tag:?}");
        }
    }

    #[test]
    fn a_configuration_names_languages_there_are() {
        assert_eq!(Language::parse("de-CH"), Ok(Language::German));
        assert_eq!(Language::parse("ja"), Ok(Language::Other));
        let error = Language::parse("klingon").unwrap_err().to_string();
        assert!(error.starts_with("language: \"klingon\" is not one of en, ar, da,"), "{error}");
        assert!(error.contains("zh") && error.contains("tr"), "{error}");
        assert!(Language::parse("pl").is_err(), "a stemmer that is not there is not promised");
    }
}
