//! `/api/v1/reports`: what was asked and served, for who may see reports; nowhere for anybody else.
//!
//! A report may take seconds, so that a few at a time are made, on threads of their own and outside of the line for
//! questions.

use std::path::Path as File;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::access::{Action, Principal};
use crate::ledger::{Timestamp, past};
use crate::reports::{Book, Report, ReportKind, Span, View};

use super::{App, HttpError, answer, question};

/// How many reports may be asked for at a time; one is made, and the others wait.
const WAITING: usize = 4;
/// How many rows a table has unless more or fewer are asked for.
const ROWS: u16 = 50;
/// The most rows a table has.
const ROWS_MAX: u16 = 1_000;

/// What reports are made with.
#[derive(Debug)]
pub(super) struct Reports {
    book: Book,
    room: Arc<Semaphore>,
}

impl Reports {
    /// Reports on the ledger in a folder.
    pub(super) fn of(ledger: &File) -> Self {
        Self { book: Book::of(ledger), room: Arc::new(Semaphore::new(WAITING)) }
    }
}

/// A report that is asked for.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct ReportRequest {
    since: Option<String>,
    until: Option<String>,
    limit: Option<String>,
}

/// Which reports there are.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ReportList"))]
pub(super) struct Listed {
    /// Every report.
    reports: Vec<ListedReport>,
}

/// A report there is.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ListedReport {
    /// Its name, as it stands in its address.
    name: &'static str,
    /// What people call it.
    title: &'static str,
    /// What a row of it means.
    about: &'static str,
}

/// `GET /api/v1/reports`: which there are.
pub(super) async fn list(principal: Option<Extension<Principal>>) -> Result<Response, HttpError> {
    may_see(principal)?;
    let listed = |kind: ReportKind| ListedReport { name: kind.name(), title: kind.title(), about: kind.about() };
    Ok(answer::json(StatusCode::OK, &Listed { reports: ReportKind::ALL.map(listed).into() }, 2_048))
}

/// `GET /api/v1/reports/{name}`: one of them.
pub(super) async fn report(
    State(app): State<Arc<App>>,
    principal: Option<Extension<Principal>>,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Response, HttpError> {
    let principal = may_see(principal)?;
    let made = make(&app, principal, name.parse()?, &uri).await?;
    Ok(answer::json(StatusCode::OK, &made, 16 * 1_024))
}

/// Makes a report for who may see it, as an address asks for it.
pub(super) async fn make(
    app: &Arc<App>,
    principal: Principal,
    kind: ReportKind,
    uri: &Uri,
) -> Result<Report, HttpError> {
    let request: ReportRequest = question::in_query(uri)?;
    let app = Arc::clone(app);
    let (now, rows) = (app.clock.now(), request.rows()?);
    let span = request.span(now)?;
    let busy = |_| HttpError::Unavailable { what: "other reports are being made".to_owned(), retry_after_s: 2 };
    let place = Arc::clone(&app.reports.room).try_acquire_owned().map_err(busy)?;
    let work = move || -> Result<Report, HttpError> {
        let _place = place;
        let view = View::of(&app.library, &principal).ok_or(HttpError::NoRoute)?;
        Ok(app.reports.book.report(kind, &view, span, rows, now)?)
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "a report is none of the questions in the line; the semaphore bounds it"
    )]
    tokio::task::spawn_blocking(work).await.map_err(|_| HttpError::Internal)?
}

fn may_see(principal: Option<Extension<Principal>>) -> Result<Principal, HttpError> {
    // A route that was mounted without a principal is closed, not open.
    let Extension(principal) = principal.ok_or(HttpError::NoRoute)?;
    if principal.can(Action::Report) { Ok(principal) } else { Err(HttpError::Scope { needs: Action::Report }) }
}

impl ReportRequest {
    fn rows(&self) -> Result<usize, HttpError> {
        let Some(given) = &self.limit else { return Ok(usize::from(ROWS)) };
        let rows = given.trim().parse().ok().filter(|rows| (1..=ROWS_MAX).contains(rows));
        let wrong = || HttpError::Request { what: format!("limit: is not a whole number from 1 to {ROWS_MAX}") };
        rows.map(usize::from).ok_or_else(wrong)
    }

    /// The days that are asked for; `None` for those that are usual.
    fn span(&self, now: Timestamp) -> Result<Option<Span>, HttpError> {
        let read = |name: &str, text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => past(text, now).map(Some).ok_or_else(|| HttpError::Request {
                what: format!("{name}: is not a time, write a date (2026-11-01), or how long ago (30d, 12h)"),
            }),
        };
        let (since, until) = (read("since", &self.since)?, read("until", &self.until)?);
        Ok((since.is_some() || until.is_some()).then(|| Span::new(since, until)))
    }
}
