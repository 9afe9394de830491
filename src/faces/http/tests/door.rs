//! Who gets in, and what every answer carries.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::json;

use super::house::{PUBLIC_WORD, TestHouse, get, post};
use crate::embed::{EmbedError, Embedder, Embedding, ModelId, PieceStatistics, StaticModel};

/// A model that embeds no passage until the other end of the channel is dropped.
#[derive(Debug)]
struct Held(StaticModel, Mutex<Receiver<()>>);

impl Embedder for Held {
    fn model(&self) -> &ModelId {
        self.0.model()
    }

    fn dimensions(&self) -> usize {
        self.0.dimensions()
    }

    fn passages(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        assert!(self.1.lock().unwrap().recv().is_err());
        self.0.passages(texts)
    }

    fn query(&self, text: &str, statistics: &PieceStatistics) -> Result<Vec<f32>, EmbedError> {
        self.0.query(text, statistics)
    }
}

#[tokio::test]
async fn strangers_wait_until_the_index_has_been_compared_with_the_disk() {
    let (held, let_go) = channel();
    let house = TestHouse::open_with(Arc::new(Held(StaticModel::new().unwrap(), Mutex::new(let_go))));
    let search = format!("/api/v1/search?q={PUBLIC_WORD}");
    let mcp = post("/mcp", &json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}), None);
    let mut requests = vec![("/mcp", mcp)];
    for path in
        [search.as_str(), "/api/v1/documents", "/api/v1/documents/playbook/release", "/metrics", "/", "/nowhere"]
    {
        requests.push((path, get(path, None)));
    }
    for (path, request) in requests {
        let refused = house.send(request).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!((refused.header("content-type"), refused.header("retry-after")), ("application/problem+json", "1"));
        assert_eq!(refused.json()["detail"], "the index is being compared with the disk");
    }
    assert_eq!(house.stranger("/healthz").await.status, StatusCode::OK);
    assert_eq!(house.stranger("/readyz").await.json()["ready"], false);
    drop(held);
    house.app.library.wait_ready().await;
    assert_eq!(house.stranger("/readyz").await.status, StatusCode::OK);
    assert!(house.stranger(&search).await.text().contains("cairn://playbook/release"));
}

#[tokio::test]
async fn a_bad_credential_is_refused_and_never_turned_into_a_stranger() {
    let house = TestHouse::open().await;
    let unknown = format!("Bearer cairn_{}", "0".repeat(64));
    for given in ["Bearer", "Bearer x", "Basic eDp5", &unknown, "cairn_x", ""] {
        for path in ["/api/v1/search?q=x", "/mcp", "/metrics", "/readyz", "/nowhere"] {
            let mut request = get(path, None);
            request.headers_mut().insert(header::AUTHORIZATION, given.parse().unwrap());
            let refused = house.send(request).await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{given:?} {path}");
            assert_eq!(refused.header("content-type"), "application/problem+json");
            assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"cairn\", error=\"invalid_token\"");
            assert_eq!(refused.header("cache-control"), "private, no-store");
        }
    }
    let mut twice = get("/api/v1/search?q=x", Some(&house.token));
    twice.headers_mut().append(header::AUTHORIZATION, "Bearer x".parse().unwrap());
    assert_eq!(house.send(twice).await.status, StatusCode::UNAUTHORIZED);
    assert!(house.records().is_empty());
}

#[tokio::test]
async fn a_token_in_the_address_is_refused_even_a_good_one() {
    let house = TestHouse::open().await;
    let good = house.token.clone();
    for query in [format!("q=x&token={good}"), format!("q={good}"), "q=x&Access_Token=1".to_owned()] {
        let refused = house.stranger(&format!("/api/v1/search?{query}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(!refused.text().contains(&good));
    }
}

#[tokio::test]
async fn a_foreign_host_or_page_gets_nothing_from_the_api_or_from_mcp() {
    let house = TestHouse::open().await;
    for path in ["/api/v1/search?q=release", "/mcp"] {
        for (name, value) in [("host", "evil.example"), ("origin", "https://evil.example"), ("origin", "null")] {
            let mut request = post(path, &json!({"query": "release"}), None);
            request.headers_mut().insert(name, value.parse().unwrap());
            let refused = house.send(request).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path} {name}: {value}");
            assert_eq!(refused.header("content-type"), "application/problem+json");
        }
    }
    let mut local = get("/api/v1/search?q=release", None);
    local.headers_mut().insert("origin", "http://localhost:3000".parse().unwrap());
    assert_eq!(house.send(local).await.status, StatusCode::OK);
    assert!(Request::get("/healthz").body(Body::empty()).is_ok());
    let bare = house.send(Request::get("/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!((bare.status, bare.text().as_str()), (StatusCode::OK, "ok"));
}

#[tokio::test]
async fn what_is_too_large_too_long_or_of_another_kind_is_a_problem_with_its_status() {
    let house = TestHouse::open().await;
    let large = json!({"query": "x".repeat(300_000)});
    let mut undeclared = post("/api/v1/search", &large, None);
    undeclared.headers_mut().remove(header::CONTENT_LENGTH);
    let mut declared = post("/api/v1/search", &json!({}), None);
    declared.headers_mut().insert(header::CONTENT_LENGTH, "300000".parse().unwrap());
    let mut form = post("/api/v1/search", &json!({}), None);
    form.headers_mut().insert(header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
    let mut delete = get("/api/v1/search?q=x", None);
    *delete.method_mut() = Method::DELETE;
    let long = get(&format!("/api/v1/search?q={}", "x".repeat(9_000)), None);
    let cases = [
        (undeclared, 413, "body-too-large"),
        (declared, 413, "body-too-large"),
        (form, 415, "media-type"),
        (delete, 405, "method-not-allowed"),
        (long, 414, "address-too-long"),
        (get("/api/v1/nowhere", None), 404, "no-route"),
    ];
    for (request, status, kind) in cases {
        let refused = house.send(request).await;
        assert_eq!(refused.status.as_u16(), status, "{}", refused.text());
        assert_eq!(refused.header("content-type"), "application/problem+json");
        let problem = refused.json();
        let kind = format!("/docs/problems/{kind}");
        assert_eq!((&problem["status"], &problem["type"]), (&json!(status), &json!(kind)));
        if status == 405 {
            assert_eq!(refused.header("allow"), "GET, HEAD, POST, OPTIONS");
        }
    }
}

#[tokio::test]
async fn metrics_are_for_the_owner_and_the_ready_page_shows_strangers_public_facts_only() {
    let house = TestHouse::open().await;
    let stranger = house.stranger("/metrics").await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    assert_eq!(stranger.header("www-authenticate"), "Bearer realm=\"cairn\"");
    house.stranger("/api/v1/search?q=release").await;
    let owner = house.owner("/metrics").await;
    assert_eq!(owner.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    for line in [
        "cairn_http_requests_total{route=\"search\",status=\"200\"} 1",
        "cairn_shelf_documents{shelf=\"corpus\"} 1",
        "cairn_ready 1",
        "cairn_ledger_writing 1",
    ] {
        assert!(owner.text().lines().any(|written| written == line), "{line}\n{}", owner.text());
    }
    let stranger = house.stranger("/readyz").await;
    assert_eq!(stranger.status, StatusCode::OK);
    let facts = stranger.json();
    assert_eq!(facts.as_object().unwrap().keys().collect::<Vec<_>>(), ["generation", "ready", "recording"]);
    let owner = house.owner("/readyz").await.json();
    assert_eq!(owner["shelves"][1]["name"], "corpus");
    assert_eq!(owner["ledger"], "writing");
}

#[tokio::test]
async fn figures_are_kept_for_each_verb_through_every_door() {
    let house = TestHouse::open().await;
    house.stranger("/api/v1/search?q=zzzzzzzz&types=none").await;
    house.stranger("/api/v1/search?q=release").await;
    let call = json!({"name": "search_context", "arguments": {"query": "release"}});
    house.mcp(false, "tools/call", call).await;
    house.stranger("/api/v1/documents/playbook/release").await;
    let metrics = house.owner("/metrics").await.text();
    for line in [
        "cairn_retrieval_seconds_count{verb=\"search\"} 3",
        "cairn_retrieval_seconds_bucket{verb=\"read\",le=\"+Inf\"} 1",
        "cairn_retrieval_seconds_count{verb=\"prompt\"} 0",
        "cairn_searches_empty_total 1",
        "cairn_http_in_flight 1",
        "cairn_event_listeners 0",
        "cairn_queue_depth 0",
        "cairn_queue_limit 512",
    ] {
        assert!(metrics.lines().any(|written| written == line), "{line}\n{metrics}");
    }
    assert!(metrics.contains("cairn_zero_result_rate 0.333"), "{metrics}");
}

#[tokio::test]
async fn answers_carry_what_browsers_and_caches_need_and_head_has_no_body() {
    let house = TestHouse::open().await;
    let stranger = house.stranger("/api/v1/search?q=release").await;
    assert_eq!(stranger.header("x-content-type-options"), "nosniff");
    assert_eq!(stranger.header("referrer-policy"), "no-referrer");
    assert_eq!(stranger.header("x-request-id").len(), 16);
    assert_eq!(stranger.header("cache-control"), "no-store");
    let mut request = get("/api/v1/search?q=release", Some(&house.token));
    request.headers_mut().insert("x-request-id", "my-own-id_7".parse().unwrap());
    let owner = house.send(request).await;
    assert_eq!(owner.header("x-request-id"), "my-own-id_7");
    assert_eq!(owner.header("cache-control"), "private, no-store");
    assert!(owner.headers.get_all("vary").iter().any(|value| value == "Authorization"));
    assert!(owner.headers.get("traceparent").is_none(), "who names no trace gets none");
    let mut traced = get("/api/v1/search?q=release", None);
    let parent = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
    traced.headers_mut().insert("traceparent", parent.parse().unwrap());
    let traced = house.send(traced).await;
    let goes_on = traced.header("traceparent");
    assert!(goes_on.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && goes_on.ends_with("-01"), "{goes_on}");
    assert!(!goes_on.contains("00f067aa0ba902b7") && goes_on.len() == parent.len(), "{goes_on}");
    let mut head = get("/api/v1/search?q=release", None);
    *head.method_mut() = Method::HEAD;
    let head = house.send(head).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    let mut gzip = get("/api/v1/documents/playbook/long", None);
    gzip.headers_mut().insert("accept-encoding", "gzip".parse().unwrap());
    let gzip = house.send(gzip).await;
    assert_eq!(gzip.header("content-encoding"), "gzip");
    assert!(gzip.body.len() < 20_000, "{}", gzip.body.len());
}
