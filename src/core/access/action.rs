//! What a principal may do.

use std::fmt;
use std::str::FromStr;

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Search and read.
    Read,
    /// Say whether a retrieval helped.
    Feedback,
    /// Log what an agent did.
    Change,
    /// See reports of what was asked and served in what the token opens.
    Report,
    /// Everything, tokens included.
    Admin,
}

impl Action {
    /// Every action, the least first.
    pub const ALL: [Self; 5] = [Self::Read, Self::Feedback, Self::Change, Self::Report, Self::Admin];

    /// Returns the word that is written in files and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Feedback => "feedback",
            Self::Change => "change",
            Self::Report => "report",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no action.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?}: not something a token may do, write read, feedback, change, report or admin")]
pub struct UnknownAction(String);

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|action| action.as_str() == text).ok_or_else(|| UnknownAction(text.to_owned()))
    }
}
