//! Tokens as they are made, found, rotated and revoked, also by two at once.

use super::{Keyring, KeyringError, MAX_REVOKED, NewToken, Rotation, TokenError};
use crate::access::{Action, CollectionName, Role, Standing, TokenName};

fn keyring() -> (tempfile::TempDir, Keyring) {
    let folder = tempfile::tempdir().unwrap();
    let keyring = Keyring::open(&folder.path().join("tokens.json")).unwrap();
    (folder, keyring)
}

fn collection(name: &str) -> CollectionName {
    CollectionName::parse(name).unwrap()
}

fn new(name: &str) -> NewToken {
    NewToken {
        name: TokenName::parse(name).unwrap(),
        collections: vec![collection("memory")],
        can: vec![Action::Read],
        expires_s: Some(100),
    }
}

#[test]
fn a_made_token_opens_everything_and_its_secret_is_not_in_the_file() {
    let (folder, mut keyring) = keyring();
    let secret = keyring.make_admin("first run", 0).unwrap();
    assert!(secret.starts_with("cairn_") && secret.len() == 70, "{secret}");
    let file = std::fs::read_to_string(folder.path().join("tokens.json")).unwrap();
    assert!(!file.contains(&secret) && !file.contains(secret.trim_start_matches("cairn_")));
    let again = Keyring::open(&folder.path().join("tokens.json")).unwrap();
    let owner = again.verify(&secret, 0).unwrap();
    assert_eq!(owner.role(), Role::Owner);
    assert!(owner.can(Action::Change));
    assert!(owner.private().unwrap().opens(&collection("memory")));
    assert_eq!(again.verify("cairn_00", 0).unwrap_err(), TokenError::Unknown);
    assert!(!format!("{again:?}").contains(file.split('"').find(|part| part.len() == 64).unwrap()));
}

#[test]
fn a_token_is_refused_from_its_last_second_on() {
    let (_folder, mut keyring) = keyring();
    let made = keyring.make(new("short"), 0).unwrap();
    assert!(keyring.verify(&made.secret, 99).is_ok());
    assert!(matches!(keyring.verify(&made.secret, 100), Err(TokenError::Expired { expires_s: 100, .. })));
    assert_eq!((made.token.standing(99), made.token.standing(100)), (Standing::Good, Standing::Expired));
    assert!(keyring.has_good(99) && !keyring.has_good(100));
}

#[test]
fn an_agent_opens_the_collections_of_its_token_and_no_other() {
    let (_folder, mut keyring) = keyring();
    let secret = keyring.make(new("agent"), 0).unwrap().secret;
    let agent = keyring.verify(&secret, 0).unwrap();
    let grant = agent.private().unwrap();
    assert!(grant.opens(&collection("memory")) && !grant.opens(&collection("team-a")));
    assert!(agent.can(Action::Read) && !agent.can(Action::Change) && !agent.can(Action::Admin));
    let nothing = keyring.make(NewToken { can: Vec::new(), ..new("idle") }, 0).unwrap_err();
    assert_eq!(nothing.to_string(), "idle: may do nothing; name what it may, read say");
}

#[test]
fn a_rotated_token_is_the_same_one_with_another_secret_and_the_old_one_lasts_as_long_as_the_grace() {
    let (_folder, mut keyring) = keyring();
    let first = keyring.make(new("agent"), 0).unwrap();
    let second = keyring.rotate("agent", Rotation { grace_s: 10, expires_s: None }, 20).unwrap();
    assert_eq!(second.token, first.token);
    assert!(keyring.verify(&first.secret, 29).is_ok() && keyring.verify(&second.secret, 29).is_ok());
    assert!(matches!(keyring.verify(&first.secret, 30), Err(TokenError::Rotated { .. })));
    let third = keyring.rotate(&first.token.id, Rotation::default(), 30).unwrap();
    assert!(matches!(keyring.verify(&second.secret, 30), Err(TokenError::Rotated { .. })));
    assert!(keyring.verify(&third.secret, 30).is_ok());
    let late = keyring.rotate("agent", Rotation::default(), 100).unwrap_err();
    assert!(matches!(late, KeyringError::Expired { .. }), "{late}");
    assert!(keyring.verify(&third.secret, 99).is_ok(), "a rotation that failed changed nothing");
    let renewed = keyring.rotate("agent", Rotation { grace_s: 0, expires_s: Some(300) }, 100).unwrap();
    assert!(keyring.verify(&renewed.secret, 299).is_ok());
}

#[test]
fn a_revoked_token_opens_nothing_keeps_its_entry_and_frees_its_name() {
    let (folder, mut keyring) = keyring();
    let first = keyring.make(new("agent"), 0).unwrap();
    let grace = keyring.rotate("agent", Rotation { grace_s: 90, expires_s: None }, 0).unwrap();
    assert!(keyring.verify(&first.secret, 1).is_ok());
    assert_eq!(keyring.revoke("agent", 2).unwrap().revoked_s, Some(2));
    assert_eq!(keyring.verify(&grace.secret, 2).unwrap_err(), TokenError::Revoked { id: first.token.id.clone() });
    assert!(keyring.verify(&first.secret, 2).is_err(), "the old secret goes with it, grace or not");
    assert_eq!(keyring.revoke("agent", 9).unwrap().revoked_s, Some(2), "once is enough");
    assert!(matches!(keyring.rotate("agent", Rotation::default(), 3), Err(KeyringError::Revoked { .. })));
    let second = keyring.make(new("agent"), 3).unwrap();
    assert_eq!(keyring.revoke("agent", 4).unwrap().id, second.token.id, "the name is that of the good one");
    assert_eq!(Keyring::open(&folder.path().join("tokens.json")).unwrap().tokens().len(), 2);
}

#[test]
fn what_is_not_there_or_not_alone_is_named_with_the_way_out() {
    let (_folder, mut keyring) = keyring();
    let made = keyring.make(new("agent"), 0).unwrap();
    let taken = keyring.make(new("agent"), 0).unwrap_err().to_string();
    assert!(taken.contains(&made.token.id) && taken.contains("choose another"), "{taken}");
    assert!(keyring.make(new("agent"), 100).is_ok(), "an expired token does not hold its name");
    let several = keyring.revoke("agent", 100).unwrap_err();
    assert!(matches!(&several, KeyringError::Ambiguous { ids, .. } if ids.len() == 2), "{several}");
    let missing = keyring.revoke("nobody", 0).unwrap_err().to_string();
    assert_eq!(missing, "nobody: no token has this id or name; `cairn token list` shows those there are");
}

#[test]
fn of_many_revoked_tokens_the_oldest_are_forgotten() {
    let (_folder, mut keyring) = keyring();
    let entry = |at: usize| {
        serde_json::json!({"id": format!("tok_{at}"), "name": "n", "sha256": "0".repeat(64), "collections": [],
            "can": ["read"], "made_s": 0, "expires_s": null, "revoked_s": at})
    };
    let entries: serde_json::Value = (0..MAX_REVOKED + 3).map(entry).collect();
    std::fs::write(keyring.path(), entries.to_string()).unwrap();
    keyring.make(new("agent"), 0).unwrap();
    keyring.revoke("agent", 9_999).unwrap();
    let tokens = keyring.tokens();
    assert_eq!(tokens.len(), MAX_REVOKED);
    assert!(!tokens.iter().any(|token| token.id == "tok_0") && tokens.iter().any(|token| token.name == "agent"));
}

#[test]
fn a_file_of_an_earlier_version_opens() {
    let (folder, _) = keyring();
    let path = folder.path().join("tokens.json");
    let secret = "cairn_0123456789abcdef";
    let sha256 = crate::access::secret::SecretHash::of(secret);
    std::fs::write(
        &path,
        format!(
            r#"[{{"id": "tok_1", "name": "first run", "sha256": "{}", "collections": [], "can": ["admin"], "made_s": 7,
            "expires_s": null}}]"#,
            String::from(sha256)
        ),
    )
    .unwrap();
    let mut keyring = Keyring::open(&path).unwrap();
    assert_eq!(keyring.verify(secret, 8).unwrap().id(), "tok_1");
    keyring.make(new("agent"), 8).unwrap();
    let again = Keyring::open(&path).unwrap();
    assert!(again.verify(secret, 8).is_ok() && again.tokens().len() == 2);
}

#[test]
fn two_that_change_the_file_at_once_lose_nothing() {
    let (_folder, keyring) = keyring();
    let path = keyring.path().to_owned();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let mut own = Keyring::open(path).unwrap();
                for at in 0..5 {
                    own.make(new(&format!("{writer}-{at}")), 0).unwrap();
                }
                own.revoke(&format!("{writer}-0"), 1).unwrap();
            });
        }
    });
    let tokens = Keyring::open(&path).unwrap().tokens();
    assert_eq!(tokens.len(), 20);
    assert_eq!(tokens.iter().filter(|token| token.revoked_s.is_some()).count(), 4);
}

#[test]
fn a_token_that_nobody_saw_is_unmade_and_the_others_stay() {
    let (_folder, mut keyring) = keyring();
    let kept = keyring.make(new("kept"), 0).unwrap();
    let secret = keyring.make_admin("first run", 0).unwrap();
    keyring.forget(&secret).unwrap();
    assert_eq!(keyring.verify(&secret, 0).unwrap_err(), TokenError::Unknown);
    assert!(keyring.verify(&kept.secret, 0).is_ok());
}

#[cfg(unix)]
#[test]
fn the_token_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, mut keyring) = keyring();
    keyring.make_admin("first run", 0).unwrap();
    for file in ["tokens.json", "tokens.lock"] {
        let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}
