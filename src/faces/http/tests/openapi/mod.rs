//! The description of the API is made of the list of routes and the wire types, and of nothing else: `openapi.json` is
//! what is made here (`UPDATE_EXPECT=1` writes it anew), and what the server answers is as it says.

mod document;
mod examples;
mod operation;
mod operations;
mod schemas;
mod validator;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use expect_test::expect_file;
use serde::Serialize as _;
use serde_json::{Value, json};

use super::house::{Reply, TestHouse, get, post};
use crate::http::problem;
use crate::http::{ROUTES, Route};
use operation::Operation;
use operations::OPERATIONS;
use validator::faults;

/// Routes that are no part of the API: pages, what pages load, and MCP, which describes itself.
const ELSEWHERE: [Route; 29] = [
    Route::Mcp,
    Route::Home,
    Route::SearchPage,
    Route::Icon,
    Route::Asset,
    Route::ApiPage,
    Route::ProblemsPage,
    Route::ProblemPage,
    Route::Session,
    Route::SessionEnd,
    Route::Private,
    Route::FeedbackForm,
    Route::LedgerPage,
    Route::LedgerTail,
    Route::LedgerEvents,
    Route::LedgerTrace,
    Route::ReportsPage,
    Route::ReportPage,
    Route::Tags,
    Route::Tag,
    Route::ChangesPage,
    Route::Glossary,
    Route::Decisions,
    Route::Feed,
    Route::History,
    Route::Compare,
    Route::Sitemap,
    Route::Robots,
    Route::Page,
];

#[test]
fn the_document_that_is_served_is_made_of_routes_and_types() {
    // One blank a level: two would be a third of the file.
    let mut made = Vec::new();
    let printer = serde_json::ser::PrettyFormatter::with_indent(b" ");
    document::document().serialize(&mut serde_json::Serializer::with_formatter(&mut made, printer)).unwrap();
    made.push(b'\n');
    expect_file!["../../reference/openapi.json"].assert_eq(std::str::from_utf8(&made).unwrap());
}

#[test]
fn every_route_and_method_is_in_the_document_and_nothing_else_is() {
    let served: BTreeSet<String> = ROUTES
        .iter()
        .filter(|row| !ELSEWHERE.contains(&row.route))
        .flat_map(|row| row.methods.iter().map(|method| format!("{method} {}", row.path.replace("{*", "{"))))
        .collect();
    let document = document::document();
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        described.extend(item.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())));
    }
    assert_eq!(served, described);
    let ids: BTreeSet<_> = OPERATIONS.iter().map(|operation| operation.id).collect();
    assert_eq!(ids.len(), OPERATIONS.len(), "each operation has a name of its own");
}

#[test]
fn every_example_is_one_of_its_schema_and_every_reference_leads_somewhere() {
    let document = document::document();
    let mut seen = 0;
    each(&document, &mut |value| {
        if let (Some(schema), Some(example)) = (value.get("schema"), value.get("example")) {
            let found = match example.as_str().filter(|_| schema["type"] == "string") {
                Some(_) => Vec::new(),
                None => faults(&document, schema, example),
            };
            assert!(found.is_empty(), "{found:?}\n{example}");
            seen += 1;
        }
        if let Some(place) = value.get("$ref").and_then(Value::as_str) {
            assert!(document.pointer(place.trim_start_matches('#')).is_some(), "{place}: leads nowhere");
        }
    });
    assert!(seen > 30, "{seen}");
}

fn each(value: &Value, look: &mut dyn FnMut(&Value)) {
    look(value);
    match value {
        Value::Object(members) => members.values().for_each(|value| each(value, look)),
        Value::Array(items) => items.iter().for_each(|value| each(value, look)),
        _ => {}
    }
}

/// Holds an answer against what the document says of it.
fn hold(document: &Value, operation: &Operation, reply: &Reply, what: &str) {
    let described = &document["paths"][operation.path()][operation.method.as_str().to_ascii_lowercase()];
    let status = reply.status.as_u16().to_string();
    let mut answer = &described["responses"][&status];
    if let Some(place) = answer["$ref"].as_str() {
        answer = document.pointer(place.trim_start_matches('#')).unwrap();
    }
    assert!(answer.is_object(), "{what}: {status} is not described: {}", reply.text());
    let media = reply.header("content-type").split(';').next().unwrap().to_owned();
    if reply.status == StatusCode::NOT_MODIFIED {
        assert!(reply.body.is_empty() && media.is_empty(), "{what}");
        return;
    }
    let content = &answer["content"][&media];
    assert!(content.is_object(), "{what}: {media} is not described for {status}");
    if media.ends_with("json") && media != "application/x-ndjson" {
        let found = faults(document, &content["schema"], &reply.json());
        assert!(found.is_empty(), "{what}: {found:?}\n{}", reply.text());
    }
    for (name, _) in answer["headers"].as_object().unwrap() {
        let may_lack = ["link", "idempotent-replayed", "retry-after", "www-authenticate"];
        let lower = name.to_ascii_lowercase();
        assert!(may_lack.contains(&lower.as_str()) || !reply.header(&lower).is_empty(), "{what}: {name} is missing");
    }
}

/// Requests of every operation that the house can answer, as JSON: path and query, and body.
fn requests(retrieval: &str) -> Vec<(&'static str, String, Option<Value>)> {
    let change = json!({
        "process_id": "x", "timestamp": "2026-11-29T09:30:00Z", "model": "m", "inputs": {"ticket": 7}, "tools_invoked": [],
        "policy_checks": ["tone", {"name": "tone", "passed": true}], "decision": "d", "human_escalation": "ada", "owner": "ada",
    });
    let feedback = json!({"retrieval_id": retrieval, "verdict": "bad", "why": "It is Friday now."});
    let get = |id, path: &str| (id, path.to_owned(), None);
    let post = |id, path: &str, body: Value| (id, path.to_owned(), Some(body));
    vec![
        get("search", "/api/v1/search?q=release+freeze&explain=1"),
        get("search", "/api/v1/search?q=release+freeze&detail=brief&max_tokens=120"),
        get("search", "/api/v1/search?q=zzzzzzz"),
        get("search", "/api/v1/search?q="),
        get("search", "/api/v1/search?q=x&cursor=123456789012345-1"),
        get("search", "/api/v1/search?q=x&as_of=never"),
        post("searchByBody", "/api/v1/search", json!({"query": "release freeze", "limit": 2})),
        post("searchByBody", "/api/v1/search", json!({"query": 7})),
        get("listDocuments", "/api/v1/documents?limit=2"),
        get("listDocuments", "/api/v1/documents?limit=0"),
        get("readDocument", "/api/v1/documents/playbook/release"),
        get("readDocument", "/api/v1/documents/playbook%2Frelease.md"),
        get("readDocument", "/api/v1/documents/playbook/long?max_tokens=200"),
        get("readDocument", "/api/v1/documents/playbook/none"),
        get("readDocument", "/api/v1/documents/playbook/release?section=none"),
        post("giveFeedback", "/api/v1/feedback", feedback.clone()),
        post("giveFeedback", "/api/v1/feedback", feedback),
        post("giveFeedback", "/api/v1/feedback", json!({"retrieval_id": "r_0", "verdict": "good"})),
        post("reportGap", "/api/v1/gaps", json!({"need": "x"})),
        post("reportOutcome", "/api/v1/outcomes", json!({"outcome": "reply", "uri": "playbook/release"})),
        post("reportOutcome", "/api/v1/outcomes", json!({"outcome": "reply", "uri": "playbook/none"})),
        post("logChange", "/api/v1/changes", change),
        get("listReports", "/api/v1/reports"),
        get("readReport", "/api/v1/reports/usage?since=30d"),
        get("readReport", "/api/v1/reports/health"),
        get("readReport", "/api/v1/reports/none"),
        get("listenToEvents", "/api/v1/events"),
        get("listForPrograms", "/llms.txt"),
        get("readForPrograms", "/llms-full.txt"),
        get("isAlive", "/healthz"),
        get("isReady", "/readyz"),
        get("readMetrics", "/metrics"),
        get("readDescription", "/openapi.json"),
    ]
}

#[tokio::test]
async fn what_the_server_answers_is_as_the_document_says() {
    let house = TestHouse::open().await;
    let document = house.stranger("/openapi.json").await.json();
    assert_eq!(document, house.owner("/openapi.json").await.json(), "the same for whoever asks");
    let found = house.owner("/api/v1/search?q=release").await.json();
    let mut asked = BTreeSet::new();
    for (id, path, body) in requests(found["retrieval_id"].as_str().unwrap()) {
        let operation = OPERATIONS.iter().find(|operation| operation.id == id).unwrap();
        asked.insert(id);
        for token in [Some(house.token.as_str()), None, Some("wrong")] {
            let request = match &body {
                Some(body) => post(&path, body, token),
                None => get(&path, token),
            };
            assert_eq!(request.method(), operation.method, "{path}");
            let reply = house.send(request).await;
            hold(&document, operation, &reply, &format!("{} {path} {token:?}", operation.method));
            let tag = reply.header("etag").to_owned();
            if !tag.is_empty() {
                let mut again = get(&path, token);
                again.headers_mut().insert("if-none-match", tag.parse().unwrap());
                let again = house.send(again).await;
                assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}");
                hold(&document, operation, &again, &path);
            }
        }
    }
    assert_eq!(asked, OPERATIONS.iter().map(|operation| operation.id).collect(), "every operation is asked");
}

#[tokio::test]
async fn what_is_refused_by_the_door_is_as_the_document_says_on_every_operation() {
    let house = TestHouse::open().await;
    let document = house.stranger("/openapi.json").await.json();
    for operation in OPERATIONS.iter().filter(|operation| operation.is_guarded()) {
        let path = operation.path().replace("{id}", "playbook/release").replace("{name}", "health");
        let ask = |path: &str, change: &[(&'static str, &str)]| {
            let request = Request::builder().method(operation.method.clone()).uri(path).header("host", "localhost");
            let mut request =
                request.header("authorization", format!("Bearer {}", house.token)).body(Body::from("{")).unwrap();
            for (name, value) in change {
                request.headers_mut().insert(*name, value.parse().unwrap());
            }
            request
        };
        let long = format!("{path}?x={}", "x".repeat(9_000));
        for request in [
            ask(&path, &[("host", "elsewhere.example")]),
            ask(&path, &[("origin", "https://elsewhere.example")]),
            ask(&path, &[("authorization", "Bearer wrong")]),
            ask(&format!("{path}?token=x"), &[]),
            ask(&long, &[]),
            ask(&path, &[("content-length", "300000")]),
            ask(&path, &[("content-type", "text/plain")]),
        ] {
            let what = format!("{request:?}");
            let reply = house.send(request).await;
            // Whatever stands in the body of a request that has none is not looked at.
            if operation.body.is_none() && reply.status == StatusCode::PAYLOAD_TOO_LARGE {
                continue;
            }
            hold(&document, operation, &reply, &what);
        }
    }
}

#[tokio::test]
async fn every_problem_names_a_page_that_says_what_it_means() {
    let house = TestHouse::open().await;
    let list = house.stranger(problem::PLACE).await;
    assert_eq!((list.status, list.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    for kind in problem::ALL {
        let page = house.stranger(&kind.address()).await;
        assert_eq!(page.status, StatusCode::OK, "{}", kind.name);
        assert!(page.text().contains(kind.title) && list.text().contains(&kind.address()), "{}", kind.name);
    }
    let missing = house.stranger("/docs/problems/none").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let named = missing.json()["type"].as_str().unwrap().to_owned();
    assert_eq!(named, problem::NO_ROUTE.address());
    assert_eq!(house.stranger(&named).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_readable_page_has_every_operation_and_nothing_from_elsewhere() {
    let house = TestHouse::open().await;
    let page = house.stranger("/docs/api").await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    let text = page.text();
    for operation in OPERATIONS {
        assert!(text.contains(&format!("id=\"c:{}\"", operation.id)), "{}", operation.id);
        assert!(text.contains(operation.summary), "{}", operation.id);
    }
    // The one script is that of the search box, which every page has.
    assert_eq!(text.matches("<script").count(), text.matches("<script src=\"/assets/finder.").count());
    for foreign in ["<script>", "style=", "src=\"http", "href=\"http"] {
        assert!(!text.contains(foreign), "{foreign}");
    }
    let mut again = get("/docs/api", None);
    again.headers_mut().insert(header::IF_NONE_MATCH, page.header("etag").parse().unwrap());
    assert_eq!(house.send(again).await.status, StatusCode::NOT_MODIFIED);
    let options = Request::builder().method(Method::OPTIONS).uri("/docs/api").header("host", "localhost");
    let options = house.send(options.body(Body::empty()).unwrap()).await;
    assert_eq!((options.status, options.header("allow")), (StatusCode::NO_CONTENT, "GET, HEAD, OPTIONS"));
}
