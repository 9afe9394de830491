//! The keyring of a running server: what the token file says now.
//!
//! Each request with a credential looks at the file's stamp, one `stat`; when it is another file, it is read again. So a
//! token that was made, rotated or revoked by another process is so from the next request on. A file that can't be read
//! opens nothing but what the operator lent to this process.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::keyring::{Keyring, TokenError};
use super::secret::SecretHash;
use super::stamp::Stamp;
use super::token_file::{self, Contents, KeyringError};
use super::uses::Uses;
use super::{Principal, Token};

/// The tokens of a data folder, as they are now.
#[derive(Debug)]
pub struct LiveKeyring {
    seen: RwLock<Arc<Seen>>,
    /// Held by who reads the file again; the others wait for that rather than read it, too.
    reading: Mutex<()>,
    uses: Uses,
}

#[derive(Debug)]
struct Seen {
    keyring: Keyring,
    readable: bool,
}

impl LiveKeyring {
    /// Keeps a keyring equal to its file from now on.
    #[must_use]
    pub fn of(keyring: Keyring) -> Self {
        let uses = Uses::open(keyring.path(), keyring.contents.entries.iter().map(|entry| entry.id.as_str()));
        Self { seen: RwLock::new(Arc::new(Seen { keyring, readable: true })), reading: Mutex::new(()), uses }
    }

    /// Finds who presents `secret` at `now_s` (seconds since 1970, UTC), and notes the use.
    ///
    /// # Errors
    /// As [`Keyring::verify`]; `Unreadable` when the file can't be read, whoever it is.
    pub fn verify(&self, secret: &str, now_s: i64) -> Result<Principal, TokenError> {
        self.verify_hash(&SecretHash::of(secret), now_s)
    }

    pub(super) fn verify_hash(&self, presented: &SecretHash, now_s: i64) -> Result<Principal, TokenError> {
        let seen = self.now();
        match seen.keyring.verify_hash(presented, now_s) {
            Ok(principal) => {
                if seen.keyring.lent.iter().all(|lent| lent.id != principal.id()) {
                    self.uses.note(principal.id(), now_s);
                }
                Ok(principal)
            }
            Err(TokenError::Unknown) if !seen.readable => Err(TokenError::Unreadable),
            Err(error) => Err(error),
        }
    }

    /// What may be told about the token of a principal.
    #[must_use]
    pub fn token(&self, id: &str) -> Option<Token> {
        let seen = self.now();
        let entry = seen.keyring.entries().find(|entry| entry.id == id)?;
        Some(entry.shown(self.uses.last_s(id)))
    }

    /// Writes what is not written yet: when tokens were used last. Blocks.
    pub fn close(&self) {
        self.uses.close();
    }

    /// The keyring as the file is now.
    fn now(&self) -> Arc<Seen> {
        let seen = self.seen();
        if seen.is_current() {
            return seen;
        }
        let _reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = self.seen();
        if seen.is_current() {
            return seen;
        }
        let seen = Arc::new(seen.again());
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&seen);
        seen
    }

    fn seen(&self) -> Arc<Seen> {
        Arc::clone(&self.seen.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Seen {
    fn is_current(&self) -> bool {
        let stamp = match std::fs::metadata(self.keyring.path()) {
            Ok(metadata) => Some(Stamp::of(&metadata)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(_) => return false,
        };
        self.readable && self.keyring.contents.stamp == stamp
    }

    /// Reads the file again. What can't be read is told once, and tried with every request until it can.
    fn again(&self) -> Self {
        let read = token_file::read(self.keyring.path());
        if let (Err(error), true) = (&read, self.readable) {
            let error: &KeyringError = error;
            tracing::error!(
                error = error as &dyn std::error::Error,
                "token file cannot be used; every token in it is refused until it can"
            );
        }
        if read.is_ok() && !self.readable {
            tracing::info!("token file can be used again");
        }
        let readable = read.is_ok();
        let contents: Contents = read.unwrap_or_default();
        let mut keyring = self.keyring.clone();
        keyring.contents = contents;
        Self { keyring, readable }
    }
}

#[cfg(test)]
mod tests {
    use super::LiveKeyring;
    use crate::access::{Keyring, Role, Rotation, TokenError};

    fn rewrite(path: &std::path::Path, text: &str) {
        let aside = path.with_extension("aside");
        std::fs::write(&aside, text).unwrap();
        std::fs::rename(aside, path).unwrap();
    }

    #[test]
    fn what_another_process_does_to_a_token_holds_from_the_next_request_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let live = LiveKeyring::of(Keyring::open(&path).unwrap());
        let mut other = Keyring::open(&path).unwrap();
        let first = other.make_admin("first", 0).unwrap();
        assert_eq!(live.verify(&first, 61).unwrap().role(), Role::Owner);
        // Often and at once: no two states of the file may look alike.
        let mut secret = first;
        for _ in 0..50 {
            let next = other.rotate("first", Rotation::default(), 0).unwrap().secret;
            assert!(matches!(live.verify(&secret, 61), Err(TokenError::Rotated { .. })));
            assert!(live.verify(&next, 61).is_ok());
            secret = next;
        }
        let id = other.tokens()[0].id.clone();
        assert_eq!(live.token(&id).unwrap().last_used_s, Some(60));
        other.revoke("first", 62).unwrap();
        assert_eq!(live.verify(&secret, 62).unwrap_err(), TokenError::Revoked { id });
        std::fs::remove_file(&path).unwrap();
        assert_eq!(live.verify(&secret, 62).unwrap_err(), TokenError::Unknown);
    }

    #[test]
    fn a_file_that_cannot_be_parsed_refuses_all_but_what_was_lent_until_it_can() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let mut keyring = Keyring::open(&path).unwrap();
        let secret = keyring.make_admin("first", 0).unwrap();
        keyring.lend_admin("lent by the operator for this process only");
        let good = std::fs::read_to_string(&path).unwrap();
        let live = LiveKeyring::of(keyring);
        for bad in [
            "",
            "{",
            "[{\"id\": 1}]",
            &good.replace("sha256", "md5"),
            &good.replace("\"sha256\": \"", "\"sha256\": \"z"),
        ] {
            rewrite(&path, bad);
            assert_eq!(live.verify(&secret, 1).unwrap_err(), TokenError::Unreadable, "{bad}");
            assert!(live.verify("lent by the operator for this process only", 1).is_ok());
            rewrite(&path, &good);
            assert!(live.verify(&secret, 1).is_ok());
        }
    }
}
