//! `token`: a token was made, got another secret, or was taken back. Its id and nothing that is secret or a name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What became of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenChange {
    /// The principal's id: `local`, or a token's id, never a name.
    pub who: String,
    /// The token's id.
    pub token: String,
    /// What was done.
    pub action: TokenAction,
}

/// What was done to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenAction {
    /// It is new.
    Made,
    /// It has another secret.
    Rotated,
    /// It opens nothing any more.
    Revoked,
}

impl fmt::Display for TokenAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Made => "made",
            Self::Rotated => "rotated",
            Self::Revoked => "revoked",
        })
    }
}
