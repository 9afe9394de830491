//! A token: what is known of it, here and in the file. Never its secret.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::secret::SecretHash;
use super::{Action, CollectionName, Principal};

/// The most characters of a token's name.
const NAME_CHARS: usize = 64;

/// What the id of a token begins with.
pub(super) const ID_PREFIX: &str = "tok_";

/// What people call a token: 1 to 64 characters, none of them a control character. It can't look like an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenName(String);

/// A text that can't name a token.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{name:?}: cannot name a token, use 1 to {NAME_CHARS} characters that do not begin with {ID_PREFIX}")]
pub struct TokenNameError {
    /// The text as it was given.
    pub name: String,
}

impl TokenName {
    /// Parses a name. Blanks around it are dropped.
    ///
    /// # Errors
    /// Returns the text when it is empty, too long, looks like an id or has a control character.
    pub fn parse(text: &str) -> Result<Self, TokenNameError> {
        let name = text.trim();
        let fits = (1..=NAME_CHARS).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if fits && !name.starts_with(ID_PREFIX) {
            Ok(Self(name.to_owned()))
        } else {
            Err(TokenNameError { name: text.chars().take(2 * NAME_CHARS).collect() })
        }
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a token opens anything now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Good,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

/// What may be told about a token. Times are seconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What the ledger calls it: `tok_` and eight hexadecimal digits.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The private collections it opens; an admin token opens all, whatever stands here.
    pub collections: Vec<CollectionName>,
    /// What it may do.
    pub can: Vec<Action>,
    /// When it was made.
    pub made_s: i64,
    /// From when on it opens nothing.
    pub expires_s: Option<i64>,
    /// When it was taken back.
    pub revoked_s: Option<i64>,
    /// When it was used last, to the minute.
    pub last_used_s: Option<i64>,
}

impl Token {
    /// Whether it opens everything.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.can.contains(&Action::Admin)
    }

    /// How it stands at `now_s` (seconds since 1970, UTC).
    #[must_use]
    pub fn standing(&self, now_s: i64) -> Standing {
        standing(self.revoked_s, self.expires_s, now_s)
    }
}

fn standing(revoked_s: Option<i64>, expires_s: Option<i64>, now_s: i64) -> Standing {
    if revoked_s.is_some() {
        Standing::Revoked
    } else if expires_s.is_some_and(|expires_s| expires_s <= now_s) {
        Standing::Expired
    } else {
        Standing::Good
    }
}

/// A token as the file has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) sha256: SecretHash,
    pub(super) collections: Vec<CollectionName>,
    pub(super) can: Vec<Action>,
    pub(super) made_s: i64,
    pub(super) expires_s: Option<i64>,
    /// Kept after that, so that the ledger's ids can still be told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) revoked_s: Option<i64>,
    /// The secret before the last rotation, while it still opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) previous: Option<Previous>,
}

/// A secret that was replaced.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Previous {
    pub(super) sha256: SecretHash,
    pub(super) until_s: i64,
}

impl Entry {
    pub(super) fn standing(&self, now_s: i64) -> Standing {
        standing(self.revoked_s, self.expires_s, now_s)
    }

    pub(super) fn principal(&self) -> Principal {
        match self.can.contains(&Action::Admin) {
            true => Principal::owner(&self.id),
            false => Principal::agent(&self.id, self.collections.clone(), self.can.clone()),
        }
    }

    pub(super) fn shown(&self, last_used_s: Option<i64>) -> Token {
        Token {
            id: self.id.clone(),
            name: self.name.clone(),
            collections: self.collections.clone(),
            can: self.can.clone(),
            made_s: self.made_s,
            expires_s: self.expires_s,
            revoked_s: self.revoked_s,
            last_used_s,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TokenName;

    #[test]
    fn a_name_is_one_line_and_no_id() {
        assert_eq!(TokenName::parse(" build agent ").unwrap().as_str(), "build agent");
        for bad in ["", "  ", "a\nb", "tok_12345678", &"x".repeat(65)] {
            assert!(TokenName::parse(bad).unwrap_err().to_string().contains("1 to 64"), "{bad:?}");
        }
    }
}
