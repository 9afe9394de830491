//! What holds on every route, gone through from the list of all routes: a new one is looked at without anybody's doing.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};

use super::house::{Reply, TestHouse};
use crate::http::{ROUTES, Route, Row};

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const METHODS: [Method; 8] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::TRACE,
    Method::OPTIONS,
];

/// A path that the route takes; `{id}` is that of a retrieval nobody made.
fn path(row: &Row) -> String {
    path_of(row, "r_00000000000000000000000000")
}

/// A path that the route takes, with the id of a retrieval.
fn path_of(row: &Row, retrieval: &str) -> String {
    let path = row.path.replace("{*id}", "playbook/release").replace("{*page}", "playbook/release");
    let report = matches!(row.route, Route::Report | Route::ReportPage);
    let path = path
        .replace("{*tag}", "ops")
        .replace("{*feed}", "changes.atom")
        .replace("{*range}", "0000000..1111111/playbook/release");
    let name = match row.route {
        _ if report => "health",
        Route::ProblemPage => "no-document",
        _ => "favicon.svg",
    };
    let path = path.replace("{name}", name).replace("{id}", retrieval);
    assert!(!path.contains('{'), "{path}: say what stands for the rest");
    assert_eq!(Route::of(&path), row.route);
    path
}

fn request(method: &Method, path: &str) -> Request<Body> {
    let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:7171");
    request.header(header::CONTENT_TYPE, "application/json").body(Body::from("{}")).unwrap()
}

fn with(mut request: Request<Body>, name: &'static str, value: &str) -> Request<Body> {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

/// What every answer carries, whatever it says.
fn dressed(reply: &Reply, route: Route, credential: bool, what: &str) {
    assert_eq!(reply.header("content-security-policy"), POLICY, "{what}");
    assert_eq!(reply.header("x-content-type-options"), "nosniff", "{what}");
    let read = !["application/problem+json", "text/event-stream"].contains(&reply.header("content-type"));
    let page = route.takes_cookie() && read;
    let own = page && reply.status != StatusCode::NO_CONTENT;
    assert_eq!(reply.header("referrer-policy"), if own { "same-origin" } else { "no-referrer" }, "{what}");
    assert!(!reply.header("x-request-id").is_empty(), "{what}");
    assert!(!reply.headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{what}");
    assert!(reply.headers.get_all("vary").iter().any(|value| value == "Authorization"), "{what}");
    if credential || route.takes_cookie() {
        assert_eq!(reply.header("cache-control"), "private, no-store", "{what}");
        assert_eq!(reply.headers.get_all("cache-control").iter().count(), 1, "{what}");
    }
    assert!(reply.headers.get("server").is_none() && reply.headers.get("x-powered-by").is_none(), "{what}");
}

#[tokio::test]
async fn every_route_takes_its_methods_and_no_other_and_every_answer_is_dressed() {
    let house = TestHouse::open().await;
    let owner = format!("Bearer {}", house.token);
    let found = house.owner("/api/v1/search?q=release").await.json();
    let retrieval = found["retrieval_id"].as_str().unwrap();
    for row in &ROUTES {
        for method in &METHODS {
            for authorization in [None, Some(owner.as_str()), Some("Bearer wrong")] {
                let what = format!("{method} {} {authorization:?}", row.path);
                let mut request = request(method, &path_of(row, retrieval));
                if let Some(authorization) = authorization {
                    request = with(request, "authorization", authorization);
                }
                let reply = house.send(request).await;
                dressed(&reply, row.route, authorization.is_some(), &what);
                let takes = row.route.takes(method);
                match reply.status {
                    StatusCode::UNAUTHORIZED if authorization == Some("Bearer wrong") => {
                        assert_ne!(row.route, Route::Health, "{what}");
                    }
                    StatusCode::UNAUTHORIZED => assert_eq!(row.route, Route::Metrics, "{what}"),
                    status if row.route.is_hidden() && authorization.is_none() => {
                        assert_eq!(status, StatusCode::NOT_FOUND, "{what}");
                    }
                    StatusCode::NO_CONTENT => {
                        assert_eq!(method, Method::OPTIONS, "{what}");
                        assert_eq!(reply.header("allow"), row.route.allow(), "{what}");
                        assert!(reply.body.is_empty());
                    }
                    StatusCode::METHOD_NOT_ALLOWED => {
                        assert!(!takes, "{what}");
                        assert_eq!(reply.header("allow"), row.route.allow(), "{what}");
                        assert_eq!(reply.header("content-type"), "application/problem+json", "{what}");
                    }
                    // Without a term or a decision there is no such list, and without a commit nothing to compare.
                    StatusCode::NOT_FOUND
                        if matches!(row.route, Route::Glossary | Route::Decisions | Route::Compare) =>
                    {
                        assert!(takes, "{what}");
                    }
                    status => {
                        assert!(takes, "{what}: {status}");
                        assert!(status != StatusCode::NOT_FOUND && !status.is_server_error(), "{what}: {status}");
                    }
                }
                if method == Method::HEAD {
                    assert!(reply.body.is_empty(), "{what}");
                }
            }
        }
    }
}

#[tokio::test]
async fn head_is_answered_as_get_without_its_body() {
    let house = TestHouse::open().await;
    for row in ROUTES.iter().filter(|row| row.methods.contains(&Method::GET)) {
        let (get, head) = (request(&Method::GET, &path(row)), request(&Method::HEAD, &path(row)));
        let (get, head) = (house.send(get).await, house.send(head).await);
        assert_eq!(get.status, head.status, "{}", row.path);
        assert_eq!(get.header("content-type"), head.header("content-type"), "{}", row.path);
    }
}

#[tokio::test]
async fn no_route_answers_to_a_foreign_name_or_page_or_takes_what_is_too_long_or_too_large() {
    let house = TestHouse::open().await;
    let long = "x".repeat(8 * 1024);
    for row in ROUTES.iter().filter(|row| row.route != Route::Health) {
        for method in row.methods {
            let plain = || request(method, &path(row));
            let cases = [
                (with(plain(), "host", "rebound.example:7171"), 403),
                (with(plain(), "host", ""), 403),
                (with(plain(), "origin", "https://elsewhere.example"), 403),
                (with(plain(), "origin", "null"), 403),
                (request(method, &format!("{}?q={long}", path(row))), 414),
                (request(method, &format!("{}?token=cairn_1", path(row))), 400),
                (with(plain(), "content-length", "262145"), 413),
            ];
            for (request, status) in cases {
                let what = format!("{method} {} {status}", row.path);
                let reply = house.send(request).await;
                assert_eq!(reply.status.as_u16(), status, "{what}");
                assert_eq!(reply.header("content-type"), "application/problem+json", "{what}");
                dressed(&reply, row.route, false, &what);
            }
        }
    }
    // A body that does not say how long it is.
    for row in ROUTES.iter().filter(|row| row.methods.contains(&Method::POST)) {
        let large = Request::builder().method(Method::POST).uri(path(row)).header(header::HOST, "localhost");
        let large = large.header(header::AUTHORIZATION, format!("Bearer {}", house.token));
        let large = large.header(header::CONTENT_TYPE, "application/json").body(Body::from(vec![b' '; 256 * 1024 + 1]));
        assert_eq!(house.send(large.unwrap()).await.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", row.path);
    }
}

#[tokio::test]
async fn questions_and_answers_have_their_bounds() {
    let house = TestHouse::open().await;
    for (query, status) in [
        ("q=x&limit=100".to_owned(), 200),
        ("q=x&limit=101".to_owned(), 400),
        (format!("q={}", "x ".repeat(512).trim().replace(' ', "+")), 200),
        (format!("q={}", "x ".repeat(513).trim().replace(' ', "+")), 400),
    ] {
        let reply = house.stranger(&format!("/api/v1/search?{query}")).await;
        assert_eq!(reply.status.as_u16(), status, "{}: {}", query.len(), reply.text());
    }
}
