//! Reports at the door: for who may see them, and nowhere for anybody else.

use axum::body::Body;
use axum::http::{Method, StatusCode};

use super::house::{PRIVATE_WORD, Reply, TestHouse, get};
use crate::access::Action;

async fn asked(house: &TestHouse, method: &Method, path: &str, token: Option<&str>) -> Reply {
    let mut request = get(path, token);
    *request.method_mut() = method.clone();
    *request.body_mut() = Body::empty();
    house.send(request).await
}

/// What a stranger could tell two answers apart by.
fn told(reply: &Reply) -> (StatusCode, Vec<(String, String)>, Vec<u8>) {
    let headers = reply.headers.iter().filter(|(name, _)| *name != "x-request-id");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (reply.status, headers, reply.body.clone())
}

#[tokio::test]
async fn strangers_are_answered_as_for_a_path_that_is_nowhere_by_every_method() {
    let house = TestHouse::open().await;
    for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let nowhere = told(&asked(&house, &method, "/api/v1/nowhere", None).await);
        assert_eq!(nowhere.0, StatusCode::NOT_FOUND);
        for path in ["/api/v1/reports", "/api/v1/reports/usage", "/api/v1/reports/none", "/api/v1/reports/gaps?limit=0"]
        {
            assert_eq!(told(&asked(&house, &method, path, None).await), nowhere, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_token_sees_reports_if_it_says_so_and_of_what_it_opens_alone() {
    let house = TestHouse::open().await;
    let read = house.make("read", &["corpus"], &[Action::Read, Action::Feedback, Action::Change], None);
    let narrow = house.make("narrow", &[], &[Action::Report], None);
    let wide = house.make("wide", &["corpus"], &[Action::Report], None);
    house.owner(&format!("/api/v1/search?q={PRIVATE_WORD}")).await;
    house.stranger("/api/v1/search?q=heliotrope").await;
    for path in ["/api/v1/reports", "/api/v1/reports/usage"] {
        let refused = asked(&house, &Method::GET, path, Some(&read)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.header("www-authenticate").ends_with("scope=\"report\""), "{refused:?}");
    }
    let usage = |token: String| {
        let house = &house;
        async move { asked(house, &Method::GET, "/api/v1/reports/usage", Some(&token)).await.json() }
    };
    let (narrow, wide, all) = (usage(narrow).await, usage(wide).await, usage(house.token.clone()).await);
    let answers = |report: &serde_json::Value| report["tables"][0]["totals"]["answers"].as_u64().unwrap();
    assert_eq!((answers(&narrow), answers(&wide), answers(&all)), (1, 2, 2));
    assert!(!narrow.to_string().contains("corpus/") && wide.to_string().contains("corpus/reorg"));
    let deliveries = &all["tables"][3]["rows"][0];
    for field in ["document", "agent", "process", "answers", "passages", "owner", "age_days", "next"] {
        assert!(!deliveries[field].is_null(), "{field}: {deliveries}");
    }
    let listed = house.owner("/api/v1/reports").await.json();
    assert_eq!(listed["reports"].as_array().unwrap().len(), crate::reports::ReportKind::ALL.len());
    for report in listed["reports"].as_array().unwrap() {
        let path = format!("/api/v1/reports/{}", report["name"].as_str().unwrap());
        let reply = house.owner(&path).await;
        assert_eq!((reply.status, reply.header("cache-control")), (StatusCode::OK, "private, no-store"), "{path}");
        assert_eq!(reply.json()["report"], report["name"]);
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let house = TestHouse::open().await;
    for (path, status, word) in [
        ("/api/v1/reports/gap", StatusCode::NOT_FOUND, "gaps, stale"),
        ("/api/v1/reports/gaps?since=soon", StatusCode::BAD_REQUEST, "since"),
        ("/api/v1/reports/gaps?until=30", StatusCode::BAD_REQUEST, "until"),
        ("/api/v1/reports/gaps?limit=0", StatusCode::BAD_REQUEST, "1 to 1000"),
        ("/api/v1/reports/gaps?rows=3", StatusCode::BAD_REQUEST, "rows"),
    ] {
        let reply = house.owner(path).await;
        assert_eq!(reply.status, status, "{path}");
        assert!(reply.text().contains(word), "{path}: {}", reply.text());
    }
    assert_eq!(
        asked(&house, &Method::POST, "/api/v1/reports/gaps", Some(&house.token)).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}
