//! Judged questions: what was asked, what answers it, and what must not.

use super::Judgements;

/// Where a question stands, for messages: `playbook/questions.md:12`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as the reader of the message would name it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// Who asks a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// Somebody without a credential: of the public shelf alone.
    Stranger,
    /// The local owner: of every shelf.
    Owner,
}

impl Asker {
    /// The word that is written in sets and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stranger => "stranger",
            Self::Owner => "owner",
        }
    }
}

/// What must not be among the answers of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forbidden {
    /// A document, or one of its sections: `collection/path#anchor`.
    pub name: String,
    /// Whether the set says that it is private: that it is on the public shelf at all is a leak then.
    pub private: bool,
}

/// A judged question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its name in the set.
    pub id: String,
    /// What is asked.
    pub text: String,
    /// What answers it, by grade. Empty when nothing does; then it has no part in the means.
    pub relevant: Judgements,
    /// What must not be among the answers.
    pub must_not: Vec<Forbidden>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Who asks; else what is relevant says it.
    pub asker: Option<Asker>,
    /// Names that are left out of the ranking before it is measured.
    pub exclude: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

impl Question {
    /// Whether it has a part in the means: something was judged relevant.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        self.relevant.values().any(|grade| *grade > 0)
    }
}

/// Judged questions that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// The document's id, or the file's name.
    pub name: String,
    /// The questions, in their order.
    pub questions: Vec<Question>,
}
