//! What `/mcp` refuses before it understands a message, and whom it answers whatever they accept.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use super::house::{Reply, TestHouse, post};
use crate::http::problem::Kind;

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

fn sent(body: impl Into<Body>) -> Request<Body> {
    let mut request = post("/mcp", &json!({}), None);
    *request.body_mut() = body.into();
    request
}

fn with(name: &'static str, value: &str) -> Request<Body> {
    let mut request = sent(PING);
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

fn is_a_problem(refused: &Reply, status: u16, kind: &str, detail: &str) {
    assert_eq!(refused.status.as_u16(), status, "{}", refused.text());
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let problem = refused.json();
    let address = Kind::named(kind).unwrap().address();
    assert_eq!((&problem["status"], &problem["type"]), (&json!(status), &json!(address)));
    assert!(problem["detail"].as_str().unwrap().contains(detail), "{problem}");
}

async fn is_an_error(house: &TestHouse, body: impl Into<Body>, code: i32, id: Value, what: &str) {
    let refused = house.send(sent(body)).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{what}: {}", refused.text());
    assert_eq!(refused.header("content-type"), "application/json", "{what}");
    let told = refused.json();
    assert_eq!((&told["jsonrpc"], &told["id"], &told["error"]["code"]), (&json!("2.0"), &id, &json!(code)), "{told}");
    assert!(told["error"]["message"].as_str().unwrap().starts_with(what), "{what}: {told}");
    assert!(told.as_object().unwrap().contains_key("id"), "{told}");
}

#[tokio::test]
async fn a_body_that_is_not_json_is_an_error_of_json_rpc_that_says_where() {
    let house = TestHouse::open().await;
    for (body, what) in [
        (&b""[..], "message: is not JSON: EOF while parsing a value at line 1 column 0"),
        (b"{not json", "message: is not JSON: key must be a string at line 1 column 2"),
        (br#"{"jsonrpc":"2.0","id":1,"method":"ping"} x"#, "message: is not JSON: trailing characters"),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"p\xff\"}", "message: is not JSON: invalid unicode code point"),
    ] {
        is_an_error(&house, body, -32_700, Value::Null, what).await;
    }
}

#[tokio::test]
async fn json_that_is_no_single_message_is_an_error_that_says_what_is_wanted() {
    let house = TestHouse::open().await;
    let nested = format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"ping","params":{{"x":{}1{}}}}}"#,
        "[".repeat(200),
        "]".repeat(200)
    );
    for (body, id, what) in [
        (&*format!("[{PING},{PING}]"), Value::Null, "message: is a batch; send one message at a time"),
        (" []", Value::Null, "message: is a batch; send one message at a time"),
        ("7", Value::Null, "message: is no object; send one JSON-RPC request or notification"),
        ("null", Value::Null, "message: is no object;"),
        (
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            Value::Null,
            "id: is null; send a number or a text, or leave",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
            Value::Null,
            "id: is neither a text nor a whole number of 64 bits;",
        ),
        (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, Value::Null, "message: duplicate field `id` at line 1"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}"#, Value::Null, "message: duplicate field `method`"),
        (
            r#"{"jsonrpc":"2.0","id":7,"method":"ping","params":{},"params":{}}"#,
            Value::Null,
            "message: duplicate field `params`",
        ),
        (r#"{"jsonrpc":"2.0","id":7}"#, json!(7), "method: is missing; send one JSON-RPC request or notification"),
        (r#"{"jsonrpc":"2.0","id":"a","method":5}"#, json!("a"), "method: is no text;"),
        (r#"{"jsonrpc":"2.0","id":7,"method":"ping","result":{}}"#, json!(7), "message: has a method and an answer;"),
        (r#"{"id":7,"method":"ping"}"#, json!(7), "jsonrpc: is not \"2.0\";"),
        (r#"{"jsonrpc":"2.0","id":18446744073709551615,"method":"ping"}"#, Value::Null, "id: is neither a text nor"),
        (r#"{"jsonrpc":"2.0","id":7,"method":"ping","params":[1]}"#, json!(7), "params: are no object;"),
        (&nested, json!(7), "message: is not understood: recursion limit exceeded"),
    ] {
        is_an_error(&house, body.to_owned(), -32_600, id, what).await;
    }
}

#[tokio::test]
async fn what_is_refused_without_a_message_of_the_protocol_is_a_problem_with_a_page() {
    let house = TestHouse::open().await;
    let version = house.send(with("mcp-protocol-version", "1999-01-01")).await;
    is_a_problem(&version, 400, "bad-request", "Unsupported MCP-Protocol-Version: 1999-01-01");
    let long = house.send(with("mcp-protocol-version", &"9".repeat(4_000))).await;
    assert!(long.json()["detail"].as_str().unwrap().len() <= 300, "{}", long.text());
    for media in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"] {
        is_a_problem(&house.send(with("content-type", media)).await, 415, "media-type", "application/json");
    }
    let mut none = sent(PING);
    none.headers_mut().remove(header::CONTENT_TYPE);
    is_a_problem(&house.send(none).await, 415, "media-type", "application/json");
    let page = house.stranger("/docs/problems/not-acceptable").await;
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test]
async fn errors_of_the_protocol_stay_as_they_are() {
    let house = TestHouse::open().await;
    let mut request = with("mcp-protocol-version", "2026-07-28");
    request.headers_mut().insert("mcp-method", "tools/list".parse().unwrap());
    let crossed = house.send(request).await;
    assert_eq!((crossed.status, crossed.header("content-type")), (StatusCode::BAD_REQUEST, "application/json"));
    assert_eq!((&crossed.json()["error"]["code"], &crossed.json()["id"]), (&json!(-32_020), &json!(1)));
    let answer = house.send(sent(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#)).await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(-32_600)));
    let notification = house.send(sent(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)).await;
    assert_eq!((notification.status, notification.body.len()), (StatusCode::ACCEPTED, 0));
}

#[tokio::test]
async fn whoever_takes_json_is_answered_and_whoever_does_not_is_refused() {
    let house = TestHouse::open().await;
    for accept in [
        "application/json",
        "*/*",
        "application/*",
        "",
        "text/html, */*;q=0.1",
        "APPLICATION/JSON; charset=utf-8",
        "text/event-stream;q=0.5, application/json;q=0.001",
        "*/*;q=0, application/json",
    ] {
        let answer = house.send(with("accept", accept)).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/json"), "{accept}");
        assert_eq!(answer.json()["id"], 1, "{accept}");
    }
    let mut silent = sent(PING);
    silent.headers_mut().remove(header::ACCEPT);
    assert_eq!(house.send(silent).await.status, StatusCode::OK);
    let mut apart = with("accept", "text/event-stream");
    apart.headers_mut().append("accept", "application/json".parse().unwrap());
    assert_eq!(house.send(apart).await.status, StatusCode::OK);
    for accept in ["text/event-stream", "text/html", "application/json;q=0, */*", "*/*;q=0.0", "application/*; Q=0"] {
        let refused = house.send(with("accept", accept)).await;
        is_a_problem(&refused, 406, "not-acceptable", "Accept: leaves out application/json; add it");
    }
}
