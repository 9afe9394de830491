//! The tokens of one data folder: made, shown once, rotated, revoked, and found by their secret.
//!
//! A change is made to what the file holds at that moment, under its lock. A presented secret is hashed and compared
//! with every entry in constant time.

use std::path::{Path, PathBuf};

use super::secret::{SecretHash, new_secret, random_hex};
use super::token::{Entry, ID_PREFIX, Previous, Standing};
use super::token_file::{self, Contents, KeyringError};
use super::{Action, CollectionName, Principal, Token, TokenName, uses};

/// The most tokens that are not revoked.
const MAX_TOKENS: usize = 1_000;
/// The most revoked tokens that are remembered; the oldest are forgotten first.
const MAX_REVOKED: usize = 200;

/// Why a presented token was refused. Every variant but the last answers the caller alike.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TokenError {
    /// No token has this secret.
    #[error("token is not known")]
    Unknown,
    /// The token was good until `expires_s` (seconds since 1970).
    #[error("token {id} expired at {expires_s}")]
    Expired {
        /// The token's id.
        id: String,
        /// Seconds since 1970, UTC.
        expires_s: i64,
    },
    /// The token was taken back.
    #[error("token {id} is revoked")]
    Revoked {
        /// The token's id.
        id: String,
    },
    /// The token has another secret now.
    #[error("token {id} was rotated, and this is its old secret")]
    Rotated {
        /// The token's id.
        id: String,
    },
    /// The token file can't be read, so that nobody can say who this is.
    #[error("token file cannot be read")]
    Unreadable,
}

/// What a new token is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// What people call it. No other good token may have this name.
    pub name: TokenName,
    /// The private collections it opens, whether they are there yet or not.
    pub collections: Vec<CollectionName>,
    /// What it may do.
    pub can: Vec<Action>,
    /// From when on it opens nothing: seconds since 1970, UTC.
    pub expires_s: Option<i64>,
}

/// How a token gets a new secret.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rotation {
    /// How long the old secret goes on to open, seconds; 0 is not at all.
    pub grace_s: i64,
    /// From when on the token opens nothing; `None` leaves it as it is.
    pub expires_s: Option<i64>,
}

/// A token with its secret, which is seen this once.
#[derive(Debug, Clone)]
pub struct Made {
    /// What the file holds of it.
    pub token: Token,
    /// `cairn_` and 64 hexadecimal digits.
    pub secret: String,
}

/// The tokens of one data folder, as the file held them when it was last read or changed here.
#[derive(Debug, Clone)]
pub struct Keyring {
    path: PathBuf,
    pub(super) contents: Contents,
    /// What the operator handed to this process; it is in no file.
    pub(super) lent: Vec<Entry>,
}

impl Keyring {
    /// Opens the token file at `path`; a missing file is an empty keyring.
    ///
    /// # Errors
    /// Fails when the file is there but can't be read or parsed: a server must not start with fewer tokens than it had.
    pub fn open(path: &Path) -> Result<Self, KeyringError> {
        Ok(Self { path: path.to_owned(), contents: token_file::read(path)?, lent: Vec::new() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether no token was ever made here or lent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.contents.entries.is_empty() && self.lent.is_empty()
    }

    /// Whether some token opens something at `now_s`.
    #[must_use]
    pub fn has_good(&self, now_s: i64) -> bool {
        !self.lent.is_empty() || self.contents.entries.iter().any(|entry| entry.standing(now_s) == Standing::Good)
    }

    /// Every token in the file, the oldest first, revoked and expired ones too.
    #[must_use]
    pub fn tokens(&self) -> Vec<Token> {
        let used = uses::read(&self.path);
        self.contents.entries.iter().map(|entry| entry.shown(used.get(&entry.id).copied())).collect()
    }

    /// Makes a token, writes the file, and returns the secret: the only time it is seen.
    ///
    /// # Errors
    /// Fails when the name is taken, when there are too many tokens, when the file can't be written or the system has
    /// no randomness; then no token was made.
    pub fn make(&mut self, new: NewToken, now_s: i64) -> Result<Made, KeyringError> {
        let NewToken { name, mut collections, mut can, expires_s } = new;
        collections.sort_unstable();
        collections.dedup();
        can.sort_unstable();
        can.dedup();
        if can.is_empty() {
            return Err(KeyringError::NoAction { name: name.to_string() });
        }
        let secret = new_secret()?;
        let entry = Entry {
            id: format!("{ID_PREFIX}{}", random_hex::<4>()?),
            name: name.to_string(),
            sha256: SecretHash::of(&secret),
            collections,
            can,
            made_s: now_s,
            expires_s,
            revoked_s: None,
            previous: None,
        };
        let token = entry.shown(None);
        self.change(|entries| {
            let good = entries.iter().filter(|entry| entry.standing(now_s) == Standing::Good);
            if let Some(other) = good.into_iter().find(|other| other.name == entry.name) {
                return Err(KeyringError::NameTaken { name: entry.name.clone(), id: other.id.clone() });
            }
            if entries.iter().filter(|entry| entry.revoked_s.is_none()).count() >= MAX_TOKENS {
                return Err(KeyringError::TooMany { max: MAX_TOKENS });
            }
            entries.push(entry);
            Ok(())
        })?;
        Ok(Made { token, secret })
    }

    /// Makes an admin token without an end.
    ///
    /// # Errors
    /// As [`Keyring::make`].
    pub fn make_admin(&mut self, name: &str, now_s: i64) -> Result<String, KeyringError> {
        let name = TokenName::parse(name)?;
        let new = NewToken { name, collections: Vec::new(), can: vec![Action::Admin], expires_s: None };
        Ok(self.make(new, now_s)?.secret)
    }

    /// Takes a token back, by its id or name. One that is revoked already stays as it is.
    ///
    /// # Errors
    /// Fails when there is no such token, when several have the name, or when the file can't be written.
    pub fn revoke(&mut self, named: &str, now_s: i64) -> Result<Token, KeyringError> {
        self.change(|entries| {
            let entry = find(entries, named)?;
            entry.revoked_s.get_or_insert(now_s);
            entry.previous = None;
            let token = entry.shown(None);
            let mut revoked: Vec<_> = entries.iter().filter_map(|entry| entry.revoked_s).collect();
            revoked.sort_unstable_by(|one, other| other.cmp(one));
            if let Some(last) = revoked.get(MAX_REVOKED) {
                entries.retain(|entry| entry.revoked_s.is_none_or(|at| at > *last));
            }
            Ok(token)
        })
    }

    /// Gives a token, found by its id or name, another secret. The old one fails from the next request on, or when the
    /// grace is over.
    ///
    /// # Errors
    /// Fails when there is no such token, when it is revoked, or expired and stays so, and when the file can't be
    /// written.
    pub fn rotate(&mut self, named: &str, how: Rotation, now_s: i64) -> Result<Made, KeyringError> {
        let secret = new_secret()?;
        let token = self.change(|entries| {
            let entry = find(entries, named)?;
            entry.expires_s = how.expires_s.or(entry.expires_s);
            match entry.standing(now_s) {
                Standing::Good => {}
                Standing::Expired => return Err(KeyringError::Expired { id: entry.id.clone() }),
                Standing::Revoked => return Err(KeyringError::Revoked { id: entry.id.clone() }),
            }
            // Kept when the grace is over as well: whoever goes on to use it can be told apart in the log.
            entry.previous = Some(Previous { sha256: entry.sha256, until_s: now_s.saturating_add(how.grace_s) });
            entry.sha256 = SecretHash::of(&secret);
            Ok(entry.shown(None))
        })?;
        Ok(Made { token, secret })
    }

    /// Unmakes a token whose secret nobody saw.
    ///
    /// # Errors
    /// Fails when the file can't be written.
    pub fn forget(&mut self, secret: &str) -> Result<(), KeyringError> {
        let hash = SecretHash::of(secret);
        self.change(|entries| {
            entries.retain(|entry| !entry.sha256.matches(&hash));
            Ok(())
        })
    }

    /// Takes a secret from the operator (`CAIRN_TOKEN`) as an admin token for this process only.
    pub fn lend_admin(&mut self, secret: &str) {
        self.lent.push(Entry {
            id: "tok_environment".to_owned(),
            name: "CAIRN_TOKEN".to_owned(),
            sha256: SecretHash::of(secret),
            collections: Vec::new(),
            can: vec![Action::Admin],
            made_s: 0,
            expires_s: None,
            revoked_s: None,
            previous: None,
        });
    }

    /// Finds who presents `secret` at `now_s` (seconds since 1970, UTC).
    ///
    /// # Errors
    /// Fails when no token has this secret, or when it has expired, was rotated away or revoked.
    pub fn verify(&self, secret: &str, now_s: i64) -> Result<Principal, TokenError> {
        self.verify_hash(&SecretHash::of(secret), now_s)
    }

    pub(super) fn verify_hash(&self, presented: &SecretHash, now_s: i64) -> Result<Principal, TokenError> {
        // Every entry is compared, found or not: the time tells nothing about where a match stands.
        let (mut found, mut replaced) = (None, None);
        for entry in self.entries() {
            if entry.sha256.matches(presented) {
                found = Some(entry);
            }
            if let Some(previous) = entry.previous.as_ref().filter(|previous| previous.sha256.matches(presented)) {
                replaced = Some((entry, previous.until_s));
            }
        }
        let entry = match (found, replaced) {
            (Some(entry), _) => entry,
            (None, Some((entry, until_s))) if now_s < until_s => entry,
            (None, Some((entry, _))) => return Err(TokenError::Rotated { id: entry.id.clone() }),
            (None, None) => return Err(TokenError::Unknown),
        };
        match (entry.standing(now_s), entry.expires_s) {
            (Standing::Revoked, _) => Err(TokenError::Revoked { id: entry.id.clone() }),
            (Standing::Expired, expires_s) => {
                Err(TokenError::Expired { id: entry.id.clone(), expires_s: expires_s.unwrap_or_default() })
            }
            (Standing::Good, _) => Ok(entry.principal()),
        }
    }

    /// Every entry, those of the file first.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.contents.entries.iter().chain(&self.lent)
    }

    fn change<R>(
        &mut self,
        change: impl FnOnce(&mut Vec<Entry>) -> Result<R, KeyringError>,
    ) -> Result<R, KeyringError> {
        let (contents, result) = token_file::change(&self.path, change)?;
        self.contents = contents;
        Ok(result)
    }
}

/// The token with this id; or the one with this name, where one that is not revoked goes before those that are.
fn find<'a>(entries: &'a mut [Entry], named: &str) -> Result<&'a mut Entry, KeyringError> {
    let named = named.trim();
    let places = |fits: &dyn Fn(&Entry) -> bool| -> Vec<usize> {
        entries.iter().enumerate().filter(|(_, entry)| fits(entry)).map(|(at, _)| at).collect()
    };
    let mut found = places(&|entry| entry.id == named);
    if found.is_empty() {
        found = places(&|entry| entry.name == named && entry.revoked_s.is_none());
    }
    if found.is_empty() {
        found = places(&|entry| entry.name == named);
    }
    let missing = || KeyringError::NoToken { named: named.chars().take(100).collect() };
    match found.as_slice() {
        [] => Err(missing()),
        &[at] => entries.get_mut(at).ok_or_else(missing),
        several => {
            let ids = several.iter().filter_map(|at| entries.get(*at)).map(|entry| entry.id.clone()).collect();
            Err(KeyringError::Ambiguous { named: named.to_owned(), ids })
        }
    }
}

#[cfg(test)]
#[path = "keyring_tests.rs"]
mod tests;
