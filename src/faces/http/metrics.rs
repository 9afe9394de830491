//! Figures for `/metrics`: counted with atomics, printed for the owner in Prometheus' text format 0.0.4.
//!
//! Labels are routes and statuses from fixed lists, and shelves' names: never a query, a document or a principal.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::access::{Action, Principal};
use crate::library::{Histogram, Tally};

use super::routes::{ROUTE_COUNT, ROUTES, Route};
use super::{App, HttpError, answer, health};

/// Statuses this server gives; any other one is counted as 0.
const STATUSES: [u16; 25] = [
    200, 201, 202, 204, 301, 303, 304, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 413, 414, 415, 422, 429, 500,
    503, 0,
];

#[derive(Debug, Default)]
struct Figures {
    by_status: [AtomicU64; STATUSES.len()],
    took: Histogram,
}

/// The counters of one process.
#[derive(Debug)]
pub(super) struct Metrics {
    /// One for each row of [`ROUTES`], and one for what belongs to none.
    routes: [Figures; ROUTE_COUNT + 1],
    refused_tokens: AtomicU64,
    refused_connections: AtomicU64,
    in_flight: AtomicU64,
}

/// A request that has no answer yet.
pub(super) struct InFlight<'a>(&'a AtomicU64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for Metrics {
    fn default() -> Self {
        // Arrays as long as the list of routes have no default of their own.
        let routes = std::array::from_fn(|_| Figures::default());
        Self {
            routes,
            refused_tokens: AtomicU64::default(),
            refused_connections: AtomicU64::default(),
            in_flight: AtomicU64::default(),
        }
    }
}

impl Metrics {
    /// Counts an answered request.
    pub(super) fn count(&self, route: Route, status: StatusCode, took: Duration) {
        let figures = &self.routes[route as usize];
        let status = STATUSES.iter().position(|known| *known == status.as_u16()).unwrap_or(STATUSES.len() - 1);
        figures.by_status[status].fetch_add(1, Ordering::Relaxed);
        figures.took.observe(took);
    }

    /// Counts a request that came in, until it is answered.
    pub(super) fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(&self.in_flight)
    }

    /// Counts a credential that was refused.
    pub(super) fn refuse_token(&self) {
        self.refused_tokens.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection of a peer that has as many as it may.
    pub(super) fn refuse_connection(&self) {
        self.refused_connections.fetch_add(1, Ordering::Relaxed);
    }

    fn rows(&self) -> impl Iterator<Item = (&'static str, &Figures)> {
        ROUTES.iter().map(|row| row.name).chain([Route::Nowhere.name()]).zip(&self.routes)
    }

    fn print(&self, out: &mut Page) {
        out.head("cairn_http_requests_total", "counter", "Requests that were answered.");
        for (name, figures) in self.rows() {
            for (status, count) in STATUSES.iter().zip(&figures.by_status) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let labels = format_args!("route=\"{name}\",status=\"{status}\"");
                    out.sample("cairn_http_requests_total", labels, count);
                }
            }
        }
        out.head("cairn_http_request_seconds", "histogram", "Time to the head of the answer.");
        for (name, figures) in self.rows() {
            out.histogram("cairn_http_request_seconds", &format!("route=\"{name}\""), &figures.took);
        }
        let in_flight = self.in_flight.load(Ordering::Relaxed);
        out.single("cairn_http_in_flight", "gauge", "Requests that came in and have no answer yet.", in_flight);
        let refused = self.refused_tokens.load(Ordering::Relaxed);
        out.single("cairn_refused_tokens_total", "counter", "Credentials that were refused.", refused);
        let refused = self.refused_connections.load(Ordering::Relaxed);
        let help = "Connections of peers that had as many as they may.";
        out.single("cairn_refused_connections_total", "counter", help, refused);
    }
}

fn seconds(us: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a sum of microseconds stays exact for 285 years")]
    let us = us as f64;
    us / 1e6
}

/// A page in Prometheus' text format.
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // A String takes every write.
        let _written = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}").is_ok();
    }

    fn sample(&mut self, name: &str, labels: std::fmt::Arguments<'_>, value: impl std::fmt::Display) {
        let _written = writeln!(self.0, "{name}{{{labels}}} {value}").is_ok();
    }

    fn histogram(&mut self, name: &str, label: &str, took: &Histogram) {
        let bucket = format!("{name}_bucket");
        for (bound, below) in took.bounds() {
            self.sample(&bucket, format_args!("{label},le=\"{}\"", seconds(bound)), below);
        }
        self.sample(&bucket, format_args!("{label},le=\"+Inf\""), took.count());
        self.sample(&format!("{name}_sum"), format_args!("{label}"), seconds(took.sum_us()));
        self.sample(&format!("{name}_count"), format_args!("{label}"), took.count());
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, kind, help);
        let _written = writeln!(self.0, "{name} {value}").is_ok();
    }
}

/// For the owner.
pub(super) async fn for_owner(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
) -> Result<Response, HttpError> {
    if !principal.can(Action::Admin) {
        return Err(HttpError::Scope { needs: Action::Admin });
    }
    let mut page = Page(String::with_capacity(16_384));
    app.metrics.print(&mut page);
    retrievals(app.library.tally(), &mut page);
    let queue = app.library.queue();
    page.single("cairn_queue_depth", "gauge", "Questions that wait for a thread.", queue.waiting);
    page.single("cairn_queue_limit", "gauge", "As many may wait; the next one is told to come again.", queue.most);
    page.single("cairn_queue_running", "gauge", "Questions that threads are at work on.", queue.running);
    let listeners = app.newsroom.listeners();
    page.single("cairn_event_listeners", "gauge", "Who listens to events of the public shelf.", listeners);
    let status = app.library.status().borrow().clone();
    page.single(
        "cairn_ready",
        "gauge",
        "Whether the index equals the disk as it was at the start.",
        u8::from(status.ready),
    );
    page.single("cairn_pending_changes", "gauge", "Changes seen that are not searchable yet.", status.pending);
    let lag = "Time the newest generation took, from the first event to the swap.";
    page.single("cairn_lag_seconds", "gauge", lag, seconds(status.lag_ms * 1_000));
    page.single("cairn_generations_total", "counter", "Generations made since the start.", status.generations);
    page.single("cairn_batch_failures_total", "counter", "Batches that failed since the start.", status.failures);
    let writing = u8::from(health::is_writing(&app));
    page.single("cairn_ledger_writing", "gauge", "Whether the ledger takes records.", writing);
    let missed = app.ledger.missed();
    page.single("cairn_ledger_missed_total", "counter", "Answers that were given without a record.", missed);
    let shelves = app.library.shelves();
    for (name, help) in [
        ("cairn_shelf_generation", "The generation a shelf serves."),
        ("cairn_shelf_documents", "Documents on a shelf."),
        ("cairn_shelf_passages", "Passages on a shelf."),
    ] {
        page.head(name, "gauge", help);
        for shelf in &shelves {
            let value = match name {
                "cairn_shelf_generation" => shelf.generation,
                "cairn_shelf_documents" => shelf.documents as u64,
                _ => shelf.passages,
            };
            // Names of collections have no character that would need escaping.
            page.sample(name, format_args!("shelf=\"{}\"", shelf.name), value);
        }
    }
    Ok(answer::typed(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", page.0.into_bytes()))
}

/// What was asked through every door: HTTP, MCP, the site and attached processes.
fn retrievals(tally: &Tally, page: &mut Page) {
    page.head(
        "cairn_retrieval_seconds",
        "histogram",
        "Time from a question to its record, by verb, through every door.",
    );
    for (verb, took) in tally.verbs() {
        page.histogram("cairn_retrieval_seconds", &format!("verb=\"{verb}\""), took);
    }
    let empty = tally.empty();
    page.single("cairn_searches_empty_total", "counter", "Searches that found nothing.", empty);
    let searches = tally.verbs().find(|(verb, _)| *verb == "search").map_or(0, |(_, took)| took.count());
    let help = "Share of searches since the start that found nothing.";
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let share = if searches == 0 { 0.0 } else { empty as f64 / searches as f64 };
    page.single("cairn_zero_result_rate", "gauge", help, share);
}

/// For anybody without a token.
pub(super) async fn for_strangers() -> HttpError {
    HttpError::NoToken
}

#[cfg(test)]
mod tests {
    use super::{Metrics, Page, Route};
    use axum::http::StatusCode;
    use std::time::Duration;

    #[test]
    fn buckets_add_up_and_unknown_statuses_are_counted() {
        let metrics = Metrics::default();
        for (status, ms) in [(StatusCode::OK, 1), (StatusCode::OK, 40_000), (StatusCode::IM_A_TEAPOT, 2)] {
            metrics.count(Route::Search, status, Duration::from_millis(ms));
        }
        let mut page = Page(String::new());
        metrics.print(&mut page);
        for line in [
            "cairn_http_requests_total{route=\"search\",status=\"200\"} 2",
            "cairn_http_requests_total{route=\"search\",status=\"0\"} 1",
            "cairn_http_request_seconds_bucket{route=\"search\",le=\"0.001\"} 1",
            "cairn_http_request_seconds_bucket{route=\"search\",le=\"30\"} 2",
            "cairn_http_request_seconds_bucket{route=\"search\",le=\"+Inf\"} 3",
            "cairn_http_request_seconds_count{route=\"search\"} 3",
        ] {
            assert!(page.0.lines().any(|written| written == line), "{line}\n{}", page.0);
        }
    }
}
