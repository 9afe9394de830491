//! What is said of each operation: what it is for, what it takes, and what it may be answered with.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::examples;
use super::schemas;
use crate::access::Action;
use crate::http::problem::{self, Kind};
use crate::http::{ROUTES, Route, Row};

const SEARCH: &str = "Search and read";
const WRITE: &str = "Write back";
const REPORTS: &str = "Reports";
const SERVER: &str = "Server";

/// An answer that is no problem: status, what it is, media types with the names of their schemas, and its headers.
pub(super) struct Answer {
    status: u16,
    about: &'static str,
    media: &'static [(&'static str, &'static str)],
    headers: &'static [(&'static str, &'static str)],
}

/// One method of one route.
pub(super) struct Operation {
    pub(super) route: Route,
    pub(super) method: &'static Method,
    /// Its name for programs.
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    about: &'static str,
    /// The schema whose members are parameters of the query, with other names for some; what stands in the path is none.
    query: Option<(&'static str, &'static [(&'static str, &'static str)])>,
    /// Other parameters: where, name, what it is, schema as JSON.
    others: &'static [(&'static str, &'static str, &'static str, &'static str)],
    /// Shared parameters.
    shared: &'static [&'static str],
    /// The schema of its body, and the media types that it may have.
    pub(super) body: Option<(&'static str, &'static [&'static str])>,
    answers: &'static [Answer],
    pub(super) problems: &'static [&'static Kind],
    /// What a token must be allowed; `None` for what strangers may do as well.
    needs: Option<Action>,
}

const GET: &Method = &Method::GET;
const POST: &Method = &Method::POST;
const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";
const KEPT: &[(&str, &str)] = &[("ETag", "ETag"), ("X-Cairn-Retrieval-Id", "RetrievalId"), ("Link", "Link")];
const ASKED: &[&str] = &["TraceParent", "Process"];
const ASKED_KEPT: &[&str] = &["IfNoneMatch", "TraceParent", "Process"];
const WRITTEN: &[&str] = &["IdempotencyKey", "TraceParent", "Process"];
const REPLAYED: &[(&str, &str)] = &[("Idempotent-Replayed", "Replayed")];
const TAG: &[(&str, &str)] = &[("ETag", "ETag")];

const fn ok(
    about: &'static str,
    media: &'static [(&'static str, &'static str)],
    headers: &'static [(&'static str, &'static str)],
) -> Answer {
    Answer { status: 200, about, media, headers }
}

const UNCHANGED: Answer = Answer { status: 304, about: "You have it already.", media: &[], headers: TAG };

/// What most operations are alike in.
const fn plain(
    route: Route,
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    about: &'static str,
    answers: &'static [Answer],
) -> Operation {
    Operation {
        route,
        method: GET,
        id,
        tag,
        summary,
        about,
        query: None,
        others: &[],
        shared: &[],
        body: None,
        answers,
        problems: &[],
        needs: None,
    }
}

const fn writing(
    operation: Operation,
    body: (&'static str, &'static [&'static str]),
    needs: Action,
    problems: &'static [&'static Kind],
) -> Operation {
    Operation { method: POST, shared: WRITTEN, body: Some(body), needs: Some(needs), problems, ..operation }
}

/// Every operation.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        query: Some(("SearchRequest", &[("query", "q")])),
        shared: ASKED,
        problems: &[&problem::CURSOR_GONE, &problem::NO_STATE],
        ..plain(
            Route::Search,
            "search",
            SEARCH,
            "Find passages",
            "Finds passages by words and by meaning, best first, within a token budget. Each carries where it is from. \
             Lists may be given as several parameters of one name, or joined by commas.",
            &[ok("Passages, best first.", &[(JSON, "SearchAnswer")], &[("Link", "Link")])],
        )
    },
    Operation {
        method: POST,
        shared: ASKED,
        body: Some(("SearchRequest", &[JSON])),
        problems: &[&problem::CURSOR_GONE, &problem::NO_STATE],
        ..plain(
            Route::Search,
            "searchByBody",
            SEARCH,
            "Find passages, with the question in the body",
            "The same, for questions that are long or should stand in no log of addresses.",
            &[ok("Passages, best first.", &[(JSON, "SearchAnswer")], &[])],
        )
    },
    Operation {
        query: Some(("BrowseRequest", &[])),
        shared: ASKED_KEPT,
        problems: &[&problem::CURSOR_GONE],
        ..plain(
            Route::Documents,
            "listDocuments",
            SEARCH,
            "List documents",
            "The catalogue of what you may see: addresses and titles, never texts.",
            &[ok("A part of the catalogue, by id.", &[(JSON, "BrowseAnswer")], KEPT), UNCHANGED],
        )
    },
    Operation {
        query: Some(("ReadRequest", &[])),
        others: &[(
            "path",
            "id",
            "The document's id, `collection/path`, with or without `.md`. Slashes may stand as they are or as `%2F`.",
            r#"{"type": "string", "minLength": 1, "examples": ["playbook/release"]}"#,
        )],
        shared: ASKED_KEPT,
        problems: &[&problem::NO_DOCUMENT, &problem::NO_SECTION, &problem::NO_STATE, &problem::CURSOR_GONE],
        ..plain(
            Route::Document,
            "readDocument",
            SEARCH,
            "Read a document",
            "A document or one of its sections, as JSON with outline and links, or as Markdown: with `Accept: \
             text/markdown`, or with `.md` behind the id where `Accept` names neither. Markdown is whole unless \
             `max_tokens` is given, and has its facts in `X-Cairn-…` headers.",
            &[ok("The document.", &[(JSON, "DocumentAnswer"), ("text/markdown", "")], KEPT), UNCHANGED],
        )
    },
    writing(
        plain(
            Route::Feedback,
            "giveFeedback",
            WRITE,
            "Say whether an answer helped",
            "Joined to the retrieval by its id. Bad feedback needs a reason in `why`, and is grouped into numbered \
             mistakes.",
            &[Answer {
                status: 201,
                about: "It is written down.",
                media: &[(JSON, "FeedbackReceipt")],
                headers: REPLAYED,
            }],
        ),
        ("FeedbackRequest", &[JSON]),
        Action::Feedback,
        &[&problem::NO_RETRIEVAL, &problem::NO_DOCUMENT],
    ),
    writing(
        plain(
            Route::Gaps,
            "reportGap",
            WRITE,
            "Say what was needed and is not there",
            "For whoever keeps the corpus: it stands in the report of gaps.",
            &[Answer { status: 201, about: "It is written down.", media: &[(JSON, "GapReceipt")], headers: REPLAYED }],
        ),
        ("GapRequest", &[JSON]),
        Action::Feedback,
        &[&problem::NO_RETRIEVAL],
    ),
    writing(
        plain(
            Route::Outcomes,
            "reportOutcome",
            WRITE,
            "Say what came of a public document",
            "A reply, a citation, an introduction, a booking, a sale, or that it was used again.",
            &[Answer {
                status: 201,
                about: "It is written down.",
                media: &[(JSON, "OutcomeReceipt")],
                headers: REPLAYED,
            }],
        ),
        ("OutcomeRequest", &[JSON]),
        Action::Feedback,
        &[&problem::NO_DOCUMENT],
    ),
    writing(
        plain(
            Route::Changes,
            "logChange",
            WRITE,
            "Log a run of a process, or many",
            "One run as JSON is answered with 201 and its receipt. Up to 1,000 runs as lines of JSON are answered with \
             200 and a line for each, in their order: what is wrong with one keeps out no other.",
            &[
                ok("What became of each line.", &[(NDJSON, "ChangeRow")], REPLAYED),
                Answer {
                    status: 201,
                    about: "It is written down.",
                    media: &[(JSON, "ChangeReceipt")],
                    headers: REPLAYED,
                },
            ],
        ),
        ("ChangeRequest", &[JSON, NDJSON]),
        Action::Change,
        &[&problem::NO_RETRIEVAL],
    ),
    Operation {
        needs: Some(Action::Report),
        problems: &[&problem::NO_ROUTE],
        ..plain(
            Route::Reports,
            "listReports",
            REPORTS,
            "List the reports",
            "Which reports there are.",
            &[ok("The reports.", &[(JSON, "ReportList")], &[])],
        )
    },
    Operation {
        needs: Some(Action::Report),
        others: &[
            (
                "path",
                "name",
                "The report.",
                r#"{"enum": ["gaps", "stale", "unread", "repeats", "usage", "distribution", "health"]}"#,
            ),
            (
                "query",
                "since",
                "The first day: a date, or how long ago (`30d`, `12h`).",
                r#"{"type": "string", "pattern": "^[1-9][0-9]{0,2}[dh]$", "examples": ["30d"]}"#,
            ),
            (
                "query",
                "until",
                "The last day, written the same way.",
                r#"{"type": "string", "pattern": "^[1-9][0-9]{0,2}[dh]$"}"#,
            ),
            (
                "query",
                "limit",
                "How many rows a table has at most.",
                r#"{"type": "integer", "minimum": 1, "maximum": 1000, "default": 50}"#,
            ),
        ],
        problems: &[&problem::NO_REPORT, &problem::NO_ROUTE],
        ..plain(
            Route::Report,
            "readReport",
            REPORTS,
            "Read a report",
            "Tables of rows, each with an owner, an age and what to do next.",
            &[ok("The report.", &[(JSON, "Report")], &[])],
        )
    },
    plain(
        Route::Health,
        "isAlive",
        SERVER,
        "Whether the process lives",
        "Answered to everybody, whatever else is wrong.",
        &[ok("It does.", &[("text/plain", "")], &[])],
    ),
    plain(
        Route::Ready,
        "isReady",
        SERVER,
        "Whether answers are complete",
        "Strangers are told of the public shelf alone; an admin's token is told everything.",
        &[
            ok("They are.", &[(JSON, "Readiness")], &[]),
            Answer { status: 503, about: "They are not yet.", media: &[(JSON, "Readiness")], headers: &[] },
        ],
    ),
    Operation {
        needs: Some(Action::Admin),
        problems: &[&problem::NO_TOKEN],
        ..plain(
            Route::Metrics,
            "readMetrics",
            SERVER,
            "Figures for the owner",
            "In Prometheus' text format, 0.0.4.",
            &[ok("The figures.", &[("text/plain", "")], &[])],
        )
    },
    Operation {
        shared: &["IfNoneMatch"],
        ..plain(
            Route::OpenApi,
            "readDescription",
            SERVER,
            "This document",
            "The same for whoever asks.",
            &[ok("OpenAPI 3.1.", &[(JSON, "")], TAG), UNCHANGED],
        )
    },
];

impl Operation {
    fn row(&self) -> &'static Row {
        ROUTES.iter().find(|row| row.route == self.route).expect("a route with a row")
    }

    /// Its path as OpenAPI writes it.
    pub(super) fn path(&self) -> String {
        self.row().path.replace("{*", "{")
    }

    /// Whether the door looks at who asks.
    pub(super) fn is_guarded(&self) -> bool {
        self.route != Route::Health
    }

    /// Whether it writes a record of its own.
    pub(super) fn writes(&self) -> bool {
        self.route.writes().is_some()
    }

    pub(super) fn description(&self) -> String {
        match self.needs {
            Some(needs) => format!("{} Needs a token that may `{needs}`.", self.about),
            None => self.about.to_owned(),
        }
    }

    pub(super) fn security(&self) -> Value {
        match self.needs {
            _ if !self.is_guarded() => json!([]),
            Some(_) => json!([{"token": []}]),
            None => json!([{}, {"token": []}]),
        }
    }

    pub(super) fn parameters(&self) -> Value {
        let mut all = Vec::new();
        for (place, name, about, schema) in self.others {
            let schema: Value = serde_json::from_str(schema).expect("a schema");
            all.push(json!({
                "name": name, "in": place, "required": *place == "path", "description": about, "schema": schema,
            }));
        }
        if let Some((name, renamed)) = self.query {
            let schema = schemas::of(name);
            for (member, says) in schema["properties"].as_object().expect("members") {
                let in_path = self.others.iter().any(|other| other.0 == "path") && member == "uri";
                let required = schema_requires(schema, member);
                let called = renamed.iter().find(|(own, _)| own == member).map_or(member.as_str(), |(_, other)| other);
                if !in_path {
                    all.push(parameter(called, required, says.clone()));
                }
            }
        }
        all.extend(self.shared.iter().map(|name| json!({"$ref": format!("#/components/parameters/{name}")})));
        all.into()
    }

    pub(super) fn request_body(&self) -> Option<Value> {
        let (name, media) = self.body?;
        let content: Map<String, Value> = media
            .iter()
            .map(|media| {
                let schema = json!({"$ref": format!("#/components/schemas/{name}")});
                let lines = json!({"type": "string", "description": format!("Lines of JSON, each a {name}.")});
                let schema = if *media == NDJSON { lines } else { schema };
                ((*media).to_owned(), json!({"schema": schema, "example": examples::of(name, media)}))
            })
            .collect();
        Some(json!({"required": true, "content": content}))
    }

    pub(super) fn answers(&self) -> Value {
        let mut all = json!({});
        for answer in self.answers {
            let mut headers = json!({"X-Request-Id": {"$ref": "#/components/headers/RequestId"}});
            for (name, shared) in answer.headers {
                headers[*name] = json!({"$ref": format!("#/components/headers/{shared}")});
            }
            let mut value = json!({"description": answer.about, "headers": headers});
            for (media, name) in answer.media {
                value["content"][*media] = content(media, name);
            }
            if answer.media.contains(&(JSON, "SearchAnswer")) {
                value["links"] = links();
            }
            all[answer.status.to_string()] = value;
        }
        all
    }
}

/// What can be done with passages: read on, and say whether they helped.
fn links() -> Value {
    json!({
        "document": {
            "operationId": "readDocument",
            "description": "The document of the first passage.",
            "parameters": {"id": "$response.body#/hits/0/citation/document"},
        },
        "feedback": {
            "operationId": "giveFeedback",
            "description": "Whether the answer helped.",
            "requestBody": {"retrieval_id": "$response.body#/retrieval_id", "verdict": "good"},
        },
    })
}

fn content(media: &str, name: &str) -> Value {
    match (media, name) {
        (JSON, "") => json!({"schema": {"type": "object"}}),
        (JSON, "Readiness") => json!({"schema": {"anyOf": [
            {"$ref": "#/components/schemas/PublicReadiness"}, {"$ref": "#/components/schemas/OwnerReadiness"},
        ]}, "example": examples::of("PublicReadiness", media)}),
        (JSON, name) => json!({
            "schema": {"$ref": format!("#/components/schemas/{name}")}, "example": examples::of(name, media),
        }),
        (NDJSON, name) => json!({
            "schema": {"type": "string", "description": format!("Lines of JSON, each a {name}.")},
            "example": examples::of(name, media),
        }),
        _ => json!({"schema": {"type": "string"}}),
    }
}

fn parameter(name: &str, required: bool, mut schema: Value) -> Value {
    let members = schema.as_object_mut().expect("a schema");
    let about = members.remove("description").unwrap_or_default();
    // Who leaves it out says nothing; in a query there is no null.
    if let Some(kinds) = members.get("type").and_then(Value::as_array).cloned() {
        let kind = kinds.into_iter().find(|kind| kind != "null");
        members.insert("type".to_owned(), kind.expect("a type"));
    }
    json!({"name": name, "in": "query", "required": required, "description": about, "schema": schema})
}

fn schema_requires(schema: &Value, member: &str) -> bool {
    schema["required"].as_array().is_some_and(|all| all.iter().any(|name| name == member))
}
