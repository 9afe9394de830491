//! `/healthz` and `/readyz`: whether the process lives, and whether its answers are complete.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::access::{Action, Principal};
use crate::ledger::Health;
use crate::library::{FileFindings, PublicLibrary};

use super::{App, answer};

/// What anybody may know.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct PublicReadiness {
    /// Whether answers are complete.
    ready: bool,
    /// The generation of the public shelf.
    generation: u64,
    /// Whether answers leave records; where none are required there are answers all the same.
    recording: bool,
}

/// What the owner sees.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct OwnerReadiness {
    /// Whether answers are complete and can be recorded.
    ready: bool,
    /// The generation of the public shelf.
    generation: u64,
    /// Changes that were seen and are not searchable yet.
    pending: usize,
    /// How long the newest generation took, from the first event to the swap.
    lag_ms: u64,
    /// Batches that failed since the start.
    failures: u64,
    /// writing or stopped.
    ledger: &'static str,
    /// Answers that were given without a record since the start.
    missed: u64,
    /// Every shelf, the public one first.
    shelves: Vec<ShelfReadiness>,
    /// Pages of public folders that are kept private because of a secret.
    withheld: Vec<Withheld>,
}

/// Where a secret is, and what it is, never itself.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Withheld {
    /// The document's id.
    document: String,
    /// The collection and the file's path in it.
    file: String,
    /// From 1.
    line: u32,
    /// From 1.
    column: u32,
    /// The rule that found it.
    rule: String,
    /// What it is.
    message: String,
}

/// A shelf as it stands.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ShelfReadiness {
    /// `public`, or a private collection.
    name: String,
    /// Its generation.
    generation: u64,
    /// How many documents.
    documents: usize,
    /// How many passages.
    passages: u64,
    /// What made its vectors.
    model: String,
}

/// The process lives.
pub(super) async fn alive() -> Response {
    answer::typed(StatusCode::OK, "text/plain; charset=utf-8", b"ok".to_vec())
}

/// For anybody: nothing of a private shelf.
pub(super) async fn ready(State(library): State<PublicLibrary>) -> Response {
    public(&library)
}

/// For the holder of a token: the owner sees everything, anybody else what strangers see.
pub(super) async fn ready_for(State(app): State<Arc<App>>, Extension(principal): Extension<Principal>) -> Response {
    if !principal.can(Action::Admin) {
        return public(&app.library.public());
    }
    let status = app.library.status().borrow().clone();
    let shelves = app.library.shelves().into_iter().map(|shelf| ShelfReadiness {
        name: shelf.name,
        generation: shelf.generation,
        documents: shelf.documents,
        passages: shelf.passages,
        model: shelf.model,
    });
    let shelves: Vec<_> = shelves.collect();
    let writing = is_writing(&app);
    let readiness = OwnerReadiness {
        ready: status.ready && writing,
        generation: shelves.first().map_or(0, |shelf| shelf.generation),
        pending: status.pending,
        lag_ms: status.lag_ms,
        failures: status.failures,
        ledger: if writing { "writing" } else { "stopped" },
        missed: app.ledger.missed(),
        shelves,
        withheld: withheld(&app),
    };
    answer::json(code(readiness.ready), &readiness, 1_024)
}

fn withheld(app: &App) -> Vec<Withheld> {
    let of_file = |file: FileFindings| {
        let document = file.document().to_string();
        let path = format!("{}/{}", file.collection, file.path);
        file.findings.into_iter().map(move |finding| Withheld {
            document: document.clone(),
            file: path.clone(),
            line: finding.line,
            column: finding.column,
            rule: finding.rule.into_owned(),
            message: finding.message,
        })
    };
    app.library.withheld().into_iter().flat_map(of_file).collect()
}

pub(super) fn is_writing(app: &App) -> bool {
    matches!(app.ledger.health(), Health::Writing)
}

fn public(library: &PublicLibrary) -> Response {
    let readiness = PublicReadiness {
        ready: library.ready() && library.answers(),
        generation: library.generation(),
        recording: library.is_recording(),
    };
    answer::json(code(readiness.ready), &readiness, 64)
}

fn code(ready: bool) -> StatusCode {
    if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}
