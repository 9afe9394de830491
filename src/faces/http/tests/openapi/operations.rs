//! What is said of each operation: what it is for, what it takes, and what it may be answered with.

use axum::http::Method;

use super::operation::{Answer, EVENTS, JSON, NDJSON, Operation};
use crate::access::Action;
use crate::http::Route;
use crate::http::problem::{self, Kind};

const SEARCH: &str = "Search and read";
const WRITE: &str = "Write back";
const REPORTS: &str = "Reports";
const SERVER: &str = "Server";

const GET: &Method = &Method::GET;
const POST: &Method = &Method::POST;
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
    Operation {
        shared: &["LastEventId"],
        ..plain(
            Route::Events,
            "listenToEvents",
            SEARCH,
            "Be told what changes",
            "Server-sent events of the public shelf. `generation` names the documents that are new, changed or gone since \
             the generation before; the first one says where you begin. `reset` says that what you missed is no longer \
             known: list the documents. A stream ends after ten minutes, and goes on with `Last-Event-ID`.",
            &[ok("Events, as they come.", &[(EVENTS, "GenerationEvent")], &[])],
        )
    },
    Operation {
        shared: &["IfNoneMatch"],
        ..plain(
            Route::LlmsList,
            "listForPrograms",
            SEARCH,
            "The public documents in one list",
            "As llmstxt.org has it: titles and descriptions, each with a link to the document as Markdown.",
            &[ok("The list.", &[("text/markdown", "")], TAG), UNCHANGED],
        )
    },
    Operation {
        shared: &["IfNoneMatch"],
        ..plain(
            Route::LlmsFull,
            "readForPrograms",
            SEARCH,
            "The public documents in one file",
            "Their texts, as far as they fit into 512 KiB; what is left out is named.",
            &[ok("The texts.", &[("text/markdown", "")], TAG), UNCHANGED],
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
