//! The two scopes, as types and as a value.
//!
//! `Public` and `Private` have no values: they only mark what a `Document`, a `Passage` or a `Shelf` may hold.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Public {}
    impl Sealed for super::Private {}
}

/// Marks what anybody may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Public {}

/// Marks what only the holder of a grant may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Private {}

/// One of [`Public`] and [`Private`]; no other type can be a scope.
pub trait Scope: sealed::Sealed + fmt::Debug + Clone + Copy + Send + Sync + Unpin + 'static {
    /// The scope as a value, for what is written to disk.
    const VISIBILITY: Visibility;
}

impl Scope for Public {
    const VISIBILITY: Visibility = Visibility::Public;
}

impl Scope for Private {
    const VISIBILITY: Visibility = Visibility::Private;
}

/// A scope as a value. `Private` is the default: what is unsure is private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Only for the holder of a grant.
    #[default]
    Private,
    /// For anybody.
    Public,
}

impl Visibility {
    /// Returns the narrower of two visibilities.
    #[must_use]
    pub fn narrowed_by(self, other: Self) -> Self {
        self.min(other)
    }

    /// Returns the word that is written in configuration and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
        }
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is neither `public` nor `private`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}: not a visibility, write public or private")]
pub struct UnknownVisibility(String);

impl FromStr for Visibility {
    type Err = UnknownVisibility;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "public" => Ok(Self::Public),
            "private" => Ok(Self::Private),
            other => Err(UnknownVisibility(other.to_owned())),
        }
    }
}
