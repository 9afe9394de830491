//! The document, put together: rows of the list of routes, what is said of each, and the schemas of wire types.

use serde_json::{Map, Value, json};

use super::operation::Operation;
use super::operations::OPERATIONS;
use super::schemas;
use crate::http::problem::{self, Kind};

/// What every operation may be answered with, whatever it does.
const ALWAYS: [&Kind; 11] = [
    &problem::BAD_REQUEST,
    &problem::TOKEN_IN_ADDRESS,
    &problem::INVALID_TOKEN,
    &problem::INSUFFICIENT_SCOPE,
    &problem::FOREIGN_HOST,
    &problem::FOREIGN_ORIGIN,
    &problem::ADDRESS_TOO_LONG,
    &problem::TOO_MANY_REQUESTS,
    &problem::INTERNAL,
    &problem::UNAVAILABLE,
    &problem::TOO_SLOW,
];

/// The same for what takes a body.
const WITH_BODY: [&Kind; 3] = [&problem::REQUEST_TIMEOUT, &problem::BODY_TOO_LARGE, &problem::MEDIA_TYPE];

/// The same for what writes.
const WRITING: [&Kind; 3] = [&problem::KEY_IN_USE, &problem::KEY_REUSED, &problem::NO_ROUTE];

/// The whole document.
pub(super) fn document() -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let path = operation.path();
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[operation.method.as_str().to_ascii_lowercase()] = described(operation);
    }
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Cairn",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Passages of a Markdown corpus for agents and people, with a receipt for each.",
            "description": "Without a token a request is answered from what is public. With one it is answered from \
                what is public and from the private collections that the token opens. What is missing and what may \
                not be seen are answered alike. Every answer with a text has a record in the ledger, under its \
                `retrieval_id`.\n\nThis document is the same on every server of this version and for whoever asks.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The server that gave you this document."}],
        "tags": tags(),
        "paths": paths,
        "components": {
            "schemas": schemas::all(),
            "responses": responses(),
            "parameters": parameters(),
            "headers": headers(),
            "securitySchemes": {"token": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "cairn_ and 64 hexadecimal digits",
                "description": "A token that `cairn token new` made: for some private collections, and for some of \
                    `read`, `feedback`, `change`, `report` and `admin`. It goes into the header and nowhere else.",
            }},
        },
    })
}

fn tags() -> Value {
    json!([
        {"name": "Search and read", "description": "What the corpus says, within a budget, and where it says it."},
        {"name": "Write back", "description": "What people and agents write of retrievals, documents and runs. For \
            holders of a token that may; for anybody else these are not there."},
        {"name": "Reports", "description": "What was asked and served. For holders of a token that may `report`; for \
            strangers these are not there."},
        {"name": "Server", "description": "The server itself."},
    ])
}

fn described(operation: &Operation) -> Value {
    let mut value = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description(),
        "security": operation.security(),
        "parameters": operation.parameters(),
        "responses": answers(operation),
    });
    if let Some(body) = operation.request_body() {
        value["requestBody"] = body;
    }
    value
}

/// Answers by status: what is asked for first, then every problem there can be.
fn answers(operation: &Operation) -> Value {
    let mut answers = operation.answers();
    let body = operation.body.iter().flat_map(|_| WITH_BODY);
    let writing = operation.writes().then_some(WRITING).into_iter().flatten();
    let own: Vec<&Kind> = operation.problems.iter().copied().chain(body).chain(writing).collect();
    for status in problem::ALL.iter().map(|kind| kind.status) {
        let name = status.as_str();
        // A path that may not be seen, a rate that is full: health is told to everybody.
        let shared = ALWAYS.iter().any(|kind| kind.status == status) && operation.is_guarded();
        let own: Vec<&Kind> = own.iter().copied().filter(|kind| kind.status == status).collect();
        match (shared, own.is_empty()) {
            (true, true) => answers[name] = json!({"$ref": format!("#/components/responses/Problem{name}")}),
            (true, false) => {
                answers[name] = problems(ALWAYS.into_iter().filter(|kind| kind.status == status).chain(own))
            }
            (false, false) => answers[name] = problems(own.into_iter()),
            (false, true) => {}
        }
    }
    answers
}

fn problems(kinds: impl Iterator<Item = &'static Kind>) -> Value {
    let kinds: Vec<&Kind> = kinds.collect();
    let line = |kind: &&Kind| format!("[{}]({}): {}.", kind.name, kind.address(), kind.title);
    let first = kinds.first().expect("a status has a kind");
    let mut answer = json!({
        "description": kinds.iter().map(line).collect::<Vec<_>>().join(" "),
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
        "content": {"application/problem+json": {
            "schema": {"$ref": "#/components/schemas/Problem"},
            "example": {
                "type": first.address(), "title": first.title, "status": first.status.as_u16(), "detail": first.means,
            },
        }},
    });
    if [401, 403].contains(&first.status.as_u16()) {
        answer["headers"]["WWW-Authenticate"] = json!({"$ref": "#/components/headers/Challenge"});
    }
    if [409, 429, 503].contains(&first.status.as_u16()) {
        answer["headers"]["Retry-After"] = json!({"$ref": "#/components/headers/RetryAfter"});
    }
    answer
}

fn responses() -> Value {
    let mut all = json!({});
    for status in ALWAYS.iter().map(|kind| kind.status) {
        let kinds = ALWAYS.into_iter().filter(|kind| kind.status == status);
        all[format!("Problem{}", status.as_str())] = problems(kinds);
    }
    all
}

fn parameters() -> Value {
    let header = |name: &str, about: &str, schema: Value| json!({"name": name, "in": "header", "description": about, "schema": schema});
    json!({
        "IdempotencyKey": header(
            "Idempotency-Key",
            "A key of your own making, a new one for each request. Sent again with the same request, it gets the first \
             one's answer, and nothing is written twice.",
            json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$", "examples": ["0b1c7e52-6a0f-4f2c"]}),
        ),
        "IfNoneMatch": header(
            "If-None-Match",
            "The `ETag` of the answer you have: 304 says that it is still the answer.",
            json!({"type": "string"}),
        ),
        "LastEventId": header(
            "Last-Event-ID",
            "The `id` of the last event you were told of; browsers send it by themselves.",
            json!({"type": "string"}),
        ),
        "Process": header(
            "X-Cairn-Process",
            "The process you work for: a document's id, or what you call it. It goes into the record.",
            json!({"type": "string"}),
        ),
        "TraceParent": header(
            "traceparent",
            "Your place in a trace (W3C Trace Context). It goes into the record, and the answer goes on with it.",
            json!({"type": "string"}),
        ),
    })
}

fn headers() -> Value {
    let header = |about: &str, schema: Value| json!({"description": about, "schema": schema});
    let text = || json!({"type": "string"});
    json!({
        "Challenge": header("How to authenticate (RFC 6750).", text()),
        "ETag": header("Names this answer; send it as `If-None-Match` when you ask again.", text()),
        "Link": header("`rel=\"next\"`: the address of what comes next (RFC 8288).", text()),
        "Replayed": header("`true` on an answer that was given before to the same key.", text()),
        "RequestId": header("Names the request in the server's log.", text()),
        "RetrievalId": header("Names this retrieval in the ledger.", text()),
        "RetryAfter": header("When to try again, seconds.", json!({"type": "integer", "minimum": 0})),
    })
}
