//! Rates: for each principal its own, and for guessing a small one.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::house::{Reply, TestHouse, get, wide};
use crate::access::Action;
use crate::http::Limits;
use crate::http::peer::Peer;

const PAGE: &str = "/playbook/release";

/// A request that came over a connection from elsewhere.
fn from(peer: &str, mut request: Request<Body>) -> Request<Body> {
    request.extensions_mut().insert(Peer::of(peer.parse().unwrap()));
    request
}

fn refused(reply: &Reply, what: &str) {
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "application/problem+json");
    let wait_s: u32 = reply.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait_s));
    assert_eq!(reply.json()["detail"], format!("{what}; try again in {wait_s} s"));
}

#[tokio::test]
async fn who_asks_too_often_waits_and_nobody_else_does() {
    let house = TestHouse::open_within(Limits { token_rate: 3, anonymous_rate: 2, ..wide() }).await;
    let (one, other) = (house.make("one", &[], &[Action::Read], None), house.make("other", &[], &[Action::Read], None));
    let ask = async |peer: &str, token: Option<&str>| house.send(from(peer, get(PAGE, token))).await;
    for _ in 0..2 {
        assert_eq!(ask("192.0.2.1", None).await.status, StatusCode::OK);
    }
    refused(&ask("192.0.2.1", None).await, "too many requests");
    assert_eq!(ask("192.0.2.2", None).await.status, StatusCode::OK, "another peer");
    // A token is one principal wherever it is used, and its holder is not the stranger of the same address.
    for peer in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        assert_eq!(ask(peer, Some(&one)).await.status, StatusCode::OK);
    }
    refused(&ask("192.0.2.4", Some(&one)).await, "too many requests");
    assert_eq!(ask("192.0.2.1", Some(&other)).await.status, StatusCode::OK);
    assert_eq!(ask("127.0.0.1", Some(&one)).await.status, StatusCode::OK, "this machine has its own rate");
    for _ in 0..5 {
        assert_eq!(ask("127.0.0.1", None).await.status, StatusCode::OK);
        let alive = house.send(from("192.0.2.1", get("/healthz", None))).await;
        assert_eq!(alive.status, StatusCode::OK, "whether the process lives is always told");
    }
}

#[tokio::test]
async fn this_machine_has_a_rate_of_its_own() {
    let house = TestHouse::open_within(Limits { loopback_rate: 2, token_rate: 0, ..wide() }).await;
    for token in [None, Some(house.token.as_str())] {
        for _ in 0..2 {
            assert_eq!(house.send(get(PAGE, token)).await.status, StatusCode::OK);
        }
        refused(&house.send(get(PAGE, token)).await, "too many requests");
    }
    for _ in 0..9 {
        assert_eq!(
            house.send(from("192.0.2.1", get(PAGE, Some(&house.token)))).await.status,
            StatusCode::OK,
            "0 is off"
        );
    }
}

#[tokio::test]
async fn guessing_is_slowed_and_a_good_token_of_the_same_peer_is_not() {
    let house = TestHouse::open_within(Limits { failure_rate: 3, ..wide() }).await;
    let guess = |at: u32| from("192.0.2.1", get(PAGE, Some(&format!("cairn_{at:064x}"))));
    for at in 0..3 {
        assert_eq!(house.send(guess(at)).await.status, StatusCode::UNAUTHORIZED);
    }
    for at in 3..6 {
        refused(&house.send(guess(at)).await, "too many refused tokens");
    }
    assert_eq!(house.send(from("192.0.2.1", get(PAGE, Some(&house.token)))).await.status, StatusCode::OK);
    assert_eq!(house.send(from("192.0.2.1", get(PAGE, None))).await.status, StatusCode::OK);
    let elsewhere = from("192.0.2.2", get(PAGE, Some("wrong")));
    assert_eq!(house.send(elsewhere).await.status, StatusCode::UNAUTHORIZED);
    // What a header says of the peer is not believed.
    let mut forwarded = guess(7);
    for name in ["x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip"] {
        forwarded.headers_mut().insert(name, "198.51.100.7".parse().unwrap());
    }
    refused(&house.send(forwarded).await, "too many refused tokens");
}
