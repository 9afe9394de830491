//! Sessions of browsers: a token that was pasted once, and the cookie that stands for it.
//!
//! A cookie's value is random and kept as its digest, in memory only. A session is nothing by itself: each request asks
//! the keyring again whether the token's secret is still good, so that a session ends with its token. It ends, too, when
//! it is not used for a while, and in any case after a day's work.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::keyring::TokenError;
use super::secret::{NoRandomness, SecretHash, random_hex, same};
use super::{LiveKeyring, Principal};

/// How long a session may be left alone.
const IDLE_S: i64 = 30 * 60;
/// How long it may last.
const LONGEST_S: i64 = 12 * 60 * 60;
/// The most sessions at a time; the one that was left alone longest goes first.
const MAX_SESSIONS: usize = 1_000;

/// Why no session was begun.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SessionError {
    /// The token is not good.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The system gave no randomness.
    #[error("no randomness from the system")]
    Randomness,
}

impl From<NoRandomness> for SessionError {
    fn from(_none: NoRandomness) -> Self {
        Self::Randomness
    }
}

/// The sessions of a running server.
#[derive(Debug, Default)]
pub struct Sessions {
    open: Mutex<HashMap<SecretHash, Session>>,
}

#[derive(Debug)]
struct Session {
    /// The secret that opened it: rotated away, it opens no more.
    credential: SecretHash,
    /// What a form of this session has to say.
    form_key: String,
    begun_s: i64,
    seen_s: i64,
}

/// A session that was just begun.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Whose it is.
    pub principal: Principal,
    /// The cookie's value.
    pub cookie: String,
    /// How long the cookie may be kept, seconds.
    pub longest_s: i64,
}

/// Who comes with a session's cookie.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Whose it is.
    pub principal: Principal,
    /// What a form of this session has to say (a CSRF token).
    pub form_key: String,
}

/// The key of a form for somebody who has no session yet, made of what a cookie of theirs holds. Who can't set the
/// cookie can't know the key, and nothing has to be kept for strangers.
#[must_use]
pub fn form_key(cookie: &str) -> String {
    SecretHash::of(&format!("cairn form {cookie}")).into()
}

impl Session {
    fn is_over(&self, now_s: i64) -> bool {
        // A clock that stepped back makes nobody's session longer than it may be.
        now_s.saturating_sub(self.begun_s).abs() >= LONGEST_S || now_s.saturating_sub(self.seen_s) >= IDLE_S
    }
}

impl Sessions {
    /// Begins a session for whoever presents the token `secret` at `now_s` (seconds since 1970, UTC).
    ///
    /// # Errors
    /// Fails when the token is not good, or the system has no randomness.
    pub fn begin(&self, keyring: &LiveKeyring, secret: &str, now_s: i64) -> Result<Begun, SessionError> {
        let credential = SecretHash::of(secret);
        let principal = keyring.verify_hash(&credential, now_s)?;
        let (cookie, form_key) = (random_hex::<32>()?, random_hex::<32>()?);
        let mut open = self.open();
        if open.len() >= MAX_SESSIONS {
            open.retain(|_, session| !session.is_over(now_s));
        }
        if open.len() >= MAX_SESSIONS
            && let Some(oldest) = open.iter().min_by_key(|(_, session)| session.seen_s).map(|(key, _)| *key)
        {
            open.remove(&oldest);
        }
        let session = Session { credential, form_key, begun_s: now_s, seen_s: now_s };
        open.insert(SecretHash::of(&cookie), session);
        Ok(Begun { principal, cookie, longest_s: LONGEST_S })
    }

    /// Finds whose session a cookie stands for, if it is one that is still good.
    pub fn find(&self, keyring: &LiveKeyring, cookie: &str, now_s: i64) -> Option<SignedIn> {
        let key = SecretHash::of(cookie);
        let mut open = self.open();
        let session = open.get_mut(&key)?;
        let verified = match session.is_over(now_s) {
            true => Err(TokenError::Unknown),
            false => keyring.verify_hash(&session.credential, now_s),
        };
        match verified {
            Ok(principal) => {
                session.seen_s = session.seen_s.max(now_s);
                Some(SignedIn { principal, form_key: session.form_key.clone() })
            }
            // Whether the token is good can't be told now; it may be again.
            Err(TokenError::Unreadable) => None,
            Err(_) => {
                open.remove(&key);
                None
            }
        }
    }

    /// Ends a session, if the form that asks for it is the session's own. Says whether it did.
    pub fn end(&self, cookie: &str, form_key: &str) -> bool {
        let key = SecretHash::of(cookie);
        let mut open = self.open();
        let own = open.get(&key).is_some_and(|session| same(&session.form_key, form_key));
        own && open.remove(&key).is_some()
    }

    fn open(&self) -> MutexGuard<'_, HashMap<SecretHash, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{IDLE_S, LONGEST_S, MAX_SESSIONS, SessionError, Sessions};
    use crate::access::{Keyring, LiveKeyring, Rotation, TokenError};

    struct House {
        _folder: tempfile::TempDir,
        keyring: Keyring,
        live: LiveKeyring,
        secret: String,
        sessions: Sessions,
    }

    fn house() -> House {
        let folder = tempfile::tempdir().unwrap();
        let mut keyring = Keyring::open(&folder.path().join("tokens.json")).unwrap();
        let secret = keyring.make_admin("somebody", 0).unwrap();
        let live = LiveKeyring::of(keyring.clone());
        House { _folder: folder, keyring, live, secret, sessions: Sessions::default() }
    }

    #[test]
    fn a_session_ends_when_it_is_left_alone_and_after_a_day_of_work() {
        let house = house();
        let House { live, secret, sessions, .. } = &house;
        let cookie = sessions.begin(live, secret, 0).unwrap().cookie;
        assert!(sessions.find(live, &cookie, IDLE_S - 1).is_some());
        assert!(sessions.find(live, &cookie, 2 * IDLE_S - 2).is_some(), "each request keeps it");
        assert!(sessions.find(live, &cookie, 3 * IDLE_S).is_none());
        assert!(sessions.find(live, &cookie, 2 * IDLE_S).is_none(), "and then it is gone");
        let cookie = sessions.begin(live, secret, 0).unwrap().cookie;
        for now_s in (0..LONGEST_S).step_by(1_000) {
            assert!(sessions.find(live, &cookie, now_s).is_some());
        }
        assert!(sessions.find(live, &cookie, LONGEST_S).is_none());
    }

    #[test]
    fn a_session_ends_with_its_token_and_with_the_secret_that_opened_it() {
        for end in [
            |keyring: &mut Keyring| drop(keyring.revoke("somebody", 5).unwrap()),
            |keyring: &mut Keyring| drop(keyring.rotate("somebody", Rotation::default(), 5).unwrap()),
            |keyring: &mut Keyring| {
                drop(keyring.rotate("somebody", Rotation { grace_s: 5, expires_s: Some(8) }, 0).unwrap())
            },
        ] {
            let mut house = house();
            let cookie = house.sessions.begin(&house.live, &house.secret, 1).unwrap().cookie;
            assert!(house.sessions.find(&house.live, &cookie, 2).is_some());
            end(&mut house.keyring);
            assert!(house.sessions.find(&house.live, &cookie, 9).is_none());
        }
    }

    #[test]
    fn only_a_good_token_begins_a_session_and_only_its_own_form_ends_it() {
        let house = house();
        let House { live, secret, sessions, .. } = &house;
        let refused = sessions.begin(live, "cairn_wrong", 0).unwrap_err();
        assert_eq!(refused, SessionError::Token(TokenError::Unknown));
        let cookie = sessions.begin(live, secret, 0).unwrap().cookie;
        let form_key = sessions.find(live, &cookie, 0).unwrap().form_key;
        assert!(!sessions.end(&cookie, "") && !sessions.end(&cookie, &cookie) && !sessions.end("other", &form_key));
        assert!(sessions.find(live, &form_key, 0).is_none());
        assert!(sessions.end(&cookie, &form_key));
        assert!(sessions.find(live, &cookie, 0).is_none());
    }

    #[test]
    fn the_session_that_was_left_alone_longest_makes_room() {
        let house = house();
        let House { live, secret, sessions, .. } = &house;
        let mut cookies = Vec::new();
        for at in 0..=i64::try_from(MAX_SESSIONS).unwrap() {
            cookies.push(sessions.begin(live, secret, at).unwrap().cookie);
        }
        assert!(sessions.find(live, &cookies[0], 1_001).is_none());
        assert!(sessions.find(live, &cookies[1], 1_001).is_some());
        assert_eq!(sessions.open().len(), MAX_SESSIONS);
    }
}
