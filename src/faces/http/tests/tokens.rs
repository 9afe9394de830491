//! Tokens at the door: what each opens, and that a bad one is told nothing but that it is bad.

use axum::http::StatusCode;
use serde_json::json;

use super::house::{PRIVATE_WORD, Reply, TestHouse, get, post};
use crate::access::{Action, Rotation};

const SEARCH: &str = "/api/v1/search?q=plan";

async fn with(house: &TestHouse, path: &str, token: &str) -> Reply {
    house.send(get(path, Some(token))).await
}

/// What can differ between two refusals without saying anything.
fn told(reply: &Reply) -> (StatusCode, Vec<(String, String)>, Vec<u8>) {
    let headers = reply.headers.iter().filter(|(name, _)| *name != "x-request-id");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (reply.status, headers, reply.body.clone())
}

#[tokio::test]
async fn wrong_expired_rotated_and_revoked_tokens_are_told_the_same() {
    let house = TestHouse::open().await;
    let expired = house.make("expired", &["corpus"], &[Action::Read], Some(house.now_s() + 60));
    let revoked = house.make("revoked", &["corpus"], &[Action::Read], None);
    let rotated = house.make("rotated", &["corpus"], &[Action::Read], None);
    for token in [&expired, &revoked, &rotated] {
        assert_eq!(with(&house, SEARCH, token).await.status, StatusCode::OK);
    }
    house.clock.pass(60);
    house.keyring().revoke("revoked", house.now_s()).unwrap();
    let renewed = house.keyring().rotate("rotated", Rotation::default(), house.now_s()).unwrap().secret;
    let unknown = format!("cairn_{}", "0".repeat(64));
    for path in [SEARCH, "/api/v1/documents/corpus/reorg", "/metrics", "/readyz", "/playbook/release", "/nowhere"] {
        let expected = told(&with(&house, path, &unknown).await);
        assert_eq!(expected.0, StatusCode::UNAUTHORIZED);
        for token in [&expired, &revoked, &rotated, "short"] {
            assert_eq!(told(&with(&house, path, token).await), expected, "{path}");
        }
    }
    assert_eq!(with(&house, SEARCH, &renewed).await.status, StatusCode::OK);
    let missing = house.stranger("/metrics").await;
    assert_eq!(missing.header("www-authenticate"), "Bearer realm=\"cairn\"");
}

#[tokio::test]
async fn a_token_opens_its_own_collections_and_no_other() {
    let house = TestHouse::open().await;
    let member = house.make("member", &["corpus"], &[Action::Read], None);
    let other = house.make("other", &["team-a"], &[Action::Read], None);
    let search = format!("/api/v1/search?q={PRIVATE_WORD}");
    assert!(with(&house, &search, &member).await.text().contains("cairn://corpus/reorg"));
    let narrow = with(&house, &search, &other).await;
    assert_eq!(narrow.status, StatusCode::OK);
    assert!(!narrow.text().contains("corpus"), "{}", narrow.text());
    let forbidden = with(&house, "/api/v1/documents/corpus/reorg", &other).await;
    let unknown = with(&house, "/api/v1/documents/corpus/reorx", &other).await;
    assert_eq!(forbidden.status, StatusCode::NOT_FOUND);
    assert_eq!(forbidden.text(), unknown.text().replace("reorx", "reorg"));
    assert_eq!(with(&house, "/api/v1/documents/corpus/reorg", &member).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_token_that_may_not_is_told_what_it_would_need() {
    let house = TestHouse::open().await;
    let deaf = house.make("deaf", &["corpus"], &[Action::Feedback, Action::Change], None);
    let reader = house.make("reader", &["corpus"], &[Action::Read], None);
    let mcp = post("/mcp", &json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}), Some(&deaf));
    let reading = [SEARCH, "/api/v1/documents", "/api/v1/documents/playbook/release"];
    let mut cases = vec![(mcp, "read")];
    cases.extend(reading.map(|path| (get(path, Some(&deaf)), "read")));
    cases.extend([&deaf, &reader].map(|token| (get("/metrics", Some(token)), "admin")));
    for (request, needs) in cases {
        let refused: Reply = house.send(request).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let challenge = format!("Bearer realm=\"cairn\", error=\"insufficient_scope\", scope=\"{needs}\"");
        assert_eq!(refused.header("www-authenticate"), challenge);
        assert!(refused.json()["detail"].as_str().unwrap().contains(&format!("`{needs}`")));
    }
    let ready = with(&house, "/readyz", &reader).await.json();
    assert_eq!(ready.as_object().unwrap().keys().collect::<Vec<_>>(), ["generation", "ready", "recording"]);
    assert!(house.records().is_empty());
}

#[tokio::test]
async fn a_token_file_that_is_damaged_closes_the_private_side_and_leaves_the_public_one_as_it_is() {
    let house = TestHouse::open().await;
    let before = told(&house.stranger("/api/v1/documents/playbook/nothing").await);
    let good = std::fs::read(house.tokens()).unwrap();
    std::fs::write(house.tokens(), "[{").unwrap();
    let refused = house.owner(SEARCH).await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
    assert!(!refused.text().contains("tokens.json"));
    assert_eq!(told(&house.stranger("/api/v1/documents/playbook/nothing").await), before);
    std::fs::write(house.tokens(), good).unwrap();
    assert_eq!(house.owner(SEARCH).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_last_use_of_a_token_is_kept_and_a_refused_one_is_no_use() {
    let house = TestHouse::open().await;
    house.make("idle", &[], &[Action::Read], None);
    house.owner("/").await;
    let minute_s = house.now_s() / 60 * 60;
    house.app.close();
    let used: Vec<_> = house.keyring().tokens().into_iter().map(|token| (token.name, token.last_used_s)).collect();
    assert_eq!(used, [("test".to_owned(), Some(minute_s)), ("idle".to_owned(), None)]);
}
