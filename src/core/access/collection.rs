//! The name of a collection: the first part of every document id.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A valid collection name: 1 to 64 of `a-z`, `0-9`, `-`, `_`, beginning with a letter or a digit.
///
/// A clone costs one reference count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CollectionName(Arc<str>);

impl CollectionName {
    /// Parses a name.
    ///
    /// # Errors
    /// Returns the text when it is empty, longer than 64 bytes or has another character in it.
    pub fn parse(text: &str) -> Result<Self, CollectionNameError> {
        let first_ok = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        let rest_ok = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
        if first_ok && rest_ok && text.len() <= 64 {
            Ok(Self(Arc::from(text)))
        } else {
            Err(CollectionNameError { name: text.to_owned() })
        }
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CollectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for CollectionName {
    type Error = CollectionNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<CollectionName> for String {
    fn from(name: CollectionName) -> Self {
        name.0.as_ref().to_owned()
    }
}

/// A text that can't name a collection.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{name:?}: not a collection name, use 1 to 64 of a-z, 0-9, '-' and '_'")]
pub struct CollectionNameError {
    /// The text as it was given.
    pub name: String,
}
