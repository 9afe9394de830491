//! What is asked, parsed: a `Query` in hand is valid.

use super::filters::{MAX_FILTER_CHARS, MAX_FILTERS};
use super::{Filters, Question};

/// The longest question, in bytes.
const MAX_TEXT_BYTES: usize = 1024;

/// The longest name of a state of the corpus, in bytes.
const MAX_AS_OF_BYTES: usize = 200;

/// Why a question can't be asked.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum QueryError {
    /// Nothing was asked.
    #[error("query: is empty, say what you are looking for")]
    Empty,
    /// The question is longer than an index can answer sensibly.
    #[error("query: is {bytes} bytes long, the longest is {MAX_TEXT_BYTES}; ask in fewer words")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// `limit` is out of range.
    #[error("limit: {given} is not between 1 and {max}")]
    Limit {
        /// What was given.
        given: i64,
        /// The largest.
        max: usize,
    },
    /// `max_tokens` is out of range.
    #[error("max_tokens: {given} is not between {min} and {max}")]
    Budget {
        /// What was given.
        given: i64,
        /// The smallest.
        min: usize,
        /// The largest.
        max: usize,
    },
    /// `detail` is no word it can be.
    #[error("detail: {given:?} is not one of brief, concise, full")]
    Detail {
        /// What was given.
        given: String,
    },
    /// `per_document` is out of range.
    #[error("per_document: {given} is not between 1 and {max}")]
    PerDocument {
        /// What was given.
        given: i64,
        /// The largest.
        max: usize,
    },
    /// A status that is not one.
    #[error("status: {given:?} is not one of draft, accepted, deprecated, superseded, retired")]
    Status {
        /// What was given.
        given: String,
    },
    /// A freshness that is none.
    #[error("fresh: {given:?} is not one of verified, month, year, stale")]
    Fresh {
        /// What was given.
        given: String,
    },
    /// A list of filters that is too long.
    #[error("{field}: has more than {MAX_FILTERS} entries, name fewer")]
    FilterCount {
        /// The list.
        field: &'static str,
    },
    /// A list of filters that has too long an entry.
    #[error("{field}: has an entry of more than {MAX_FILTER_CHARS} characters, leave it out")]
    FilterLength {
        /// The list.
        field: &'static str,
    },
    /// More operators than a question may have.
    #[error("query: has more than {max} {what}, ask with fewer")]
    TooMany {
        /// `phrases`, `exclusions`.
        what: &'static str,
        /// How many there may be.
        max: usize,
    },
    /// A path that is too long to be held against each document's.
    #[error("path: has more than {max} characters, name its beginning or a glob")]
    Path {
        /// How many there may be.
        max: usize,
    },
    /// A state of the corpus that can't be one.
    #[error("as_of: is empty or longer than {max} bytes; write a commit, a tag, or a day such as 2026-11-01")]
    AsOf {
        /// The longest.
        max: usize,
    },
    /// A collection name that can't be one.
    #[error("collections: {given:?} is not a collection name; browse_context lists those you may see")]
    Collection {
        /// What was given.
        given: String,
    },
}

/// Names a state of the corpus: short, and not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsOf(String);

impl AsOf {
    /// Reads a name.
    ///
    /// # Errors
    /// Fails when it is empty or longer than 200 bytes.
    pub fn parse(given: &str) -> Result<Self, QueryError> {
        let name = given.trim();
        let fits = (1..=MAX_AS_OF_BYTES).contains(&name.len());
        fits.then(|| Self(name.to_owned())).ok_or(QueryError::AsOf { max: MAX_AS_OF_BYTES })
    }

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A question's text, read: trimmed, not empty, at most 1 KiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryText {
    text: String,
    question: Question,
}

impl QueryText {
    /// Parses a question.
    ///
    /// # Errors
    /// Fails when nothing is asked, the text is longer than 1 KiB, has too many operators, or filters by a value that is
    /// none.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let text = text.trim();
        match text.len() {
            0 => Err(QueryError::Empty),
            bytes if bytes > MAX_TEXT_BYTES => Err(QueryError::TooLong { bytes }),
            _ => Ok(Self { text: text.to_owned(), question: Question::parse(text)? }),
        }
    }

    /// Says that the last word is still being typed, as a `*` behind it does: words that begin so are looked for as well.
    #[must_use]
    pub fn unfinished(mut self) -> Self {
        if self.text.ends_with(char::is_alphanumeric) && self.question.beginning.is_none() {
            let last = self.question.words.split_whitespace().next_back();
            self.question.beginning = last.filter(|last| self.text.ends_with(last)).map(str::to_owned);
        }
        self
    }

    /// The question as it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The question as it was understood.
    #[must_use]
    pub fn question(&self) -> &Question {
        &self.question
    }
}

/// How many passages an answer has at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(usize);

impl Limit {
    /// The most that any door lets through.
    pub const MAX: usize = 100;

    /// Parses a limit between 1 and `max`.
    ///
    /// # Errors
    /// Fails outside of that range.
    pub fn parse(given: i64, max: usize) -> Result<Self, QueryError> {
        match usize::try_from(given) {
            Ok(limit) if (1..=max.min(Self::MAX)).contains(&limit) => Ok(Self(limit)),
            _ => Err(QueryError::Limit { given, max: max.min(Self::MAX) }),
        }
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> usize {
        self.0
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(6)
    }
}

/// How much an answer says beside its passages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Uri, lines and the beginning of the digest: for budgets in which more would leave no room for text.
    Brief,
    /// What an agent needs to use and to cite a passage.
    Concise,
    /// Everything.
    Full,
}

impl Detail {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Brief => "brief",
            Self::Concise => "concise",
            Self::Full => "full",
        }
    }

    /// Below this budget an answer is brief unless it was asked to be otherwise.
    const BRIEF_TOKENS: usize = 240;
    /// Below this budget an answer is not full unless it was asked to be.
    const CONCISE_TOKENS: usize = 1_000;

    /// Parses the word that requests use.
    ///
    /// # Errors
    /// Fails for any other word.
    pub fn parse(given: &str) -> Result<Self, QueryError> {
        match given {
            "brief" => Ok(Self::Brief),
            "concise" => Ok(Self::Concise),
            "full" => Ok(Self::Full),
            _ => Err(QueryError::Detail { given: given.chars().take(100).collect() }),
        }
    }

    /// What a budget has room for, and at most `most`.
    #[must_use]
    pub fn within(budget: TokenBudget, most: Self) -> Self {
        let fits = match budget.get() {
            tokens if tokens < Self::BRIEF_TOKENS => Self::Brief,
            tokens if tokens < Self::CONCISE_TOKENS => Self::Concise,
            _ => Self::Full,
        };
        fits.min(most)
    }
}

/// How many tokens an answer may have, everything in it together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenBudget(usize);

impl TokenBudget {
    /// The smallest budget that can hold a useful passage.
    pub const MIN: usize = 120;
    /// The largest: clients cut or warn above.
    pub const MAX: usize = 8_000;

    /// No limit but the document's own length: for a file that a person or a program downloads.
    pub const WHOLE: Self = Self(usize::MAX);

    /// Parses a budget in tokens.
    ///
    /// # Errors
    /// Fails outside of 120 to 8,000.
    pub fn parse(given: i64) -> Result<Self, QueryError> {
        match usize::try_from(given) {
            Ok(tokens) if (Self::MIN..=Self::MAX).contains(&tokens) => Ok(Self(tokens)),
            _ => Err(QueryError::Budget { given, min: Self::MIN, max: Self::MAX }),
        }
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> usize {
        self.0
    }
}

impl Default for TokenBudget {
    fn default() -> Self {
        Self(4_000)
    }
}

/// A whole question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The text.
    pub text: QueryText,
    /// How many passages at most.
    pub limit: Limit,
    /// How many tokens at most, the whole answer.
    pub budget: TokenBudget,
    /// How much is said beside the passages; `None` leaves it to the face and the budget.
    pub detail: Option<Detail>,
    /// Whether the answer says why each passage is where it is.
    pub explain: bool,
    /// How many passages a document may have; `None` for the default.
    pub per_document: Option<usize>,
    /// Which documents may answer.
    pub filters: Filters,
    /// Where the answer before this one ended.
    pub cursor: Option<super::Cursor>,
    /// Of which state of the corpus is asked: a commit, a tag, a day. `None` for today's.
    pub as_of: Option<AsOf>,
}

impl Query {
    /// How much is said, when a face says at most `most` unless asked for more.
    #[must_use]
    pub fn detail_up_to(&self, most: Detail) -> Detail {
        self.detail.unwrap_or_else(|| Detail::within(self.budget, most))
    }
}

/// Parses how many passages a document may have.
///
/// # Errors
/// Fails outside of 1 to [`Limit::MAX`].
pub fn per_document(given: i64) -> Result<usize, QueryError> {
    let max = Limit::MAX;
    usize::try_from(given).ok().filter(|n| (1..=max).contains(n)).ok_or(QueryError::PerDocument { given, max })
}

#[cfg(test)]
mod tests {
    use super::{Limit, QueryError, QueryText, TokenBudget};

    #[test]
    fn a_question_can_be_told_to_be_unfinished() {
        let beginning = |text: &str| QueryText::parse(text).unwrap().unfinished().question().beginning.clone();
        assert_eq!(beginning("how to depl").as_deref(), Some("depl"));
        assert_eq!(beginning("how to deploy?"), None);
        assert_eq!(beginning("deploy tag:ops"), None);
    }

    #[test]
    fn a_question_is_trimmed_and_bounded() {
        assert_eq!(QueryText::parse("  who owns this? ").unwrap().as_str(), "who owns this?");
        assert_eq!(QueryText::parse(" \n"), Err(QueryError::Empty));
        let long = "x".repeat(1 << 20);
        let error = QueryText::parse(&long).unwrap_err();
        assert_eq!(error, QueryError::TooLong { bytes: 1 << 20 });
        assert!(error.to_string().len() < 200, "the message must not repeat the question");
    }

    #[test]
    fn limits_and_budgets_name_their_range() {
        assert_eq!(Limit::parse(20, 20).unwrap().get(), 20);
        assert_eq!(Limit::parse(0, 20).unwrap_err().to_string(), "limit: 0 is not between 1 and 20");
        assert!(Limit::parse(101, 1_000).is_err());
        assert!(TokenBudget::parse(8_000).is_ok());
        assert_eq!(TokenBudget::parse(-1).unwrap_err().to_string(), "max_tokens: -1 is not between 120 and 8000");
    }
}
