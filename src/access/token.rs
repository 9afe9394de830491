//! Tokens: made once, shown once, kept as hashes.
//!
//! `DATA/tokens.json` (mode 0600) holds id, name, SHA-256 of the secret, collections, actions and times. The secret
//! has 256 bits of randomness, so that one unsalted SHA-256 is enough; a presented secret is hashed and compared with
//! every entry in constant time.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{Action, CollectionName, Principal};

/// What every token begins with, so that secret scanners can recognise one: `cairn_` and 64 hexadecimal digits.
const PREFIX: &str = "cairn_";

/// Why a presented token was refused. Every variant answers the caller alike.
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
}

/// Why the token file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The file can't be read or written.
    #[error("{path}: token file cannot be {what}")]
    File {
        /// The token file.
        path: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a list of tokens.
    #[error("{path}: not a token file; move it away to start with a new admin token")]
    Malformed {
        /// The token file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// The system gave no randomness.
    #[error("no randomness from the system")]
    Randomness,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    sha256: String,
    collections: Vec<CollectionName>,
    can: Vec<Action>,
    made_s: i64,
    expires_s: Option<i64>,
}

/// The tokens of one data folder.
#[derive(Debug)]
pub struct Keyring {
    path: PathBuf,
    entries: Vec<Entry>,
}

impl Keyring {
    /// Opens the token file at `path`; a missing file is an empty keyring.
    ///
    /// # Errors
    /// Fails when the file is there but can't be read or parsed: a server must not start with fewer tokens than it had.
    pub fn open(path: &Path) -> Result<Self, KeyringError> {
        let entries = match std::fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|source| KeyringError::Malformed { path: path.to_owned(), source })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(source) => {
                return Err(KeyringError::File { path: path.to_owned(), what: "read", source });
            }
        };
        Ok(Self { path: path.to_owned(), entries })
    }

    /// Whether no token was ever made here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Makes an admin token, writes the file, and returns the secret: the only time it is seen.
    ///
    /// # Errors
    /// Fails when the file can't be written or the system has no randomness; then no token was made.
    pub fn make_admin(&mut self, name: &str, now_s: i64) -> Result<String, KeyringError> {
        let secret = format!("{PREFIX}{}", random_hex::<32>()?);
        let entry = Entry {
            id: format!("tok_{}", random_hex::<4>()?),
            name: name.to_owned(),
            sha256: hash(&secret),
            collections: Vec::new(),
            can: vec![Action::Admin],
            made_s: now_s,
            expires_s: None,
        };
        self.entries.push(entry);
        if let Err(error) = self.write() {
            self.entries.pop();
            return Err(error);
        }
        Ok(secret)
    }

    /// Takes a secret from the operator (`CAIRN_TOKEN`) as an admin token for this process only.
    pub fn lend_admin(&mut self, secret: &str) {
        self.entries.push(Entry {
            id: "tok_environment".to_owned(),
            name: "CAIRN_TOKEN".to_owned(),
            sha256: hash(secret),
            collections: Vec::new(),
            can: vec![Action::Admin],
            made_s: 0,
            expires_s: None,
        });
    }

    /// Finds who presents `secret` at `now_s` (seconds since 1970, UTC).
    ///
    /// # Errors
    /// Fails when no token has this secret, or when it has expired.
    pub fn verify(&self, secret: &str, now_s: i64) -> Result<Principal, TokenError> {
        let presented = hash(secret);
        // Every entry is compared, found or not: the time tells nothing about where a match stands.
        let mut found = None;
        for entry in &self.entries {
            if bool::from(entry.sha256.as_bytes().ct_eq(presented.as_bytes())) {
                found = Some(entry);
            }
        }
        let entry = found.ok_or(TokenError::Unknown)?;
        match entry.expires_s {
            Some(expires_s) if expires_s <= now_s => Err(TokenError::Expired { id: entry.id.clone(), expires_s }),
            _ if entry.can.contains(&Action::Admin) => Ok(Principal::owner(&entry.id)),
            _ => Ok(Principal::agent(&entry.id, entry.collections.clone(), entry.can.clone())),
        }
    }

    fn write(&self) -> Result<(), KeyringError> {
        let fail = |source| KeyringError::File { path: self.path.clone(), what: "written", source };
        let text = serde_json::to_vec_pretty(&self.entries).map_err(|error| fail(error.into()))?;
        let aside = self.path.with_extension("json.new");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&aside).map_err(fail)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(fail)?;
        std::fs::rename(&aside, &self.path).map_err(fail)
    }
}

fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes every write");
        text
    })
}

fn random_hex<const N: usize>() -> Result<String, KeyringError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|_| KeyringError::Randomness)?;
    Ok(hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::{Keyring, TokenError};
    use crate::access::{Action, CollectionName, Role};

    fn keyring() -> (tempfile::TempDir, Keyring) {
        let folder = tempfile::tempdir().unwrap();
        let keyring = Keyring::open(&folder.path().join("tokens.json")).unwrap();
        (folder, keyring)
    }

    #[test]
    fn a_made_token_opens_everything_and_its_secret_is_not_in_the_file() {
        let (folder, mut keyring) = keyring();
        let secret = keyring.make_admin("first run", 0).unwrap();
        let file = std::fs::read_to_string(folder.path().join("tokens.json")).unwrap();
        assert!(!file.contains(&secret) && !file.contains(secret.trim_start_matches("cairn_")));
        let again = Keyring::open(&folder.path().join("tokens.json")).unwrap();
        let owner = again.verify(&secret, 0).unwrap();
        assert_eq!(owner.role(), Role::Owner);
        assert!(owner.can(Action::Change));
        assert!(owner.private().unwrap().opens(&CollectionName::parse("memory").unwrap()));
    }

    #[test]
    fn an_unknown_token_is_refused() {
        let (_folder, mut keyring) = keyring();
        keyring.make_admin("first run", 0).unwrap();
        assert_eq!(keyring.verify("cairn_00", 0).unwrap_err(), TokenError::Unknown);
    }

    #[test]
    fn an_expired_token_is_refused_from_its_last_second_on() {
        let (_folder, mut keyring) = keyring();
        let secret = keyring.make_admin("first run", 0).unwrap();
        keyring.entries[0].expires_s = Some(100);
        assert!(keyring.verify(&secret, 99).is_ok());
        assert!(matches!(keyring.verify(&secret, 100), Err(TokenError::Expired { .. })));
    }

    #[test]
    fn an_agent_opens_the_collections_of_its_token_and_no_other() {
        let (_folder, mut keyring) = keyring();
        let secret = keyring.make_admin("narrowed below", 0).unwrap();
        keyring.entries[0].can = vec![Action::Read];
        keyring.entries[0].collections = vec![CollectionName::parse("memory").unwrap()];
        let agent = keyring.verify(&secret, 0).unwrap();
        let grant = agent.private().unwrap();
        assert!(grant.opens(&CollectionName::parse("memory").unwrap()));
        assert!(!grant.opens(&CollectionName::parse("team-a").unwrap()));
        assert!(!agent.can(Action::Change));
    }

    #[cfg(unix)]
    #[test]
    fn the_token_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let (folder, mut keyring) = keyring();
        keyring.make_admin("first run", 0).unwrap();
        let mode = std::fs::metadata(folder.path().join("tokens.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
