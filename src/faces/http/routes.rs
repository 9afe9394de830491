//! The routes as data, and the routers made of them: the same handlers, bound to what each may hold, and a third one for
//! the pages that take a session's cookie.
//!
//! [`ROUTES`] is the whole list. Routers are made row by row, so that a route without a row is not reached, and a row
//! without a handler does not compile. The door knows a request's row before any handler does, and keeps to its methods.

use std::sync::Arc;

use axum::http::Method;
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};

use crate::access::{Action, Principal, Private, Public, Scope};
use crate::library::{Caller, Face, PublicLibrary, Reader, Verbs};
use crate::mcp::FaceOptions;
use crate::site::Site;

use super::drawn::Pages;
use super::events::Newsroom;
use super::llms::Llms;
use super::{
    App, console, documents, events, feedback_form, health, llms, mcp, metrics, pages, reference, reports, search,
    session, written,
};

/// What a request is for. The order is that of [`ROUTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Passages for a question.
    Search,
    /// The catalogue.
    Documents,
    /// A document.
    Document,
    /// Which reports there are.
    Reports,
    /// A report.
    Report,
    /// Whether a retrieval helped.
    Feedback,
    /// What was needed and is not there.
    Gaps,
    /// What came of public documents.
    Outcomes,
    /// Runs of processes.
    Changes,
    /// What became of the public shelf, as it happens.
    Events,
    /// A message of MCP.
    Mcp,
    /// Whether the process lives.
    Health,
    /// Whether answers are complete.
    Ready,
    /// Figures for the owner.
    Metrics,
    /// The description of the API for programs.
    OpenApi,
    /// The same as a page.
    ApiPage,
    /// Every kind of problem, as a page.
    ProblemsPage,
    /// One kind of problem, as a page.
    ProblemPage,
    /// The public documents, listed for programs.
    LlmsList,
    /// Their texts.
    LlmsFull,
    /// The front page.
    Home,
    /// The search page.
    SearchPage,
    /// The icon where browsers look for it.
    Icon,
    /// A file that pages load.
    Asset,
    /// Signing in.
    Session,
    /// Signing out.
    SessionEnd,
    /// Who one is.
    Private,
    /// Feedback from a page.
    FeedbackForm,
    /// What was asked, newest first.
    LedgerPage,
    /// What was asked, as it comes.
    LedgerTail,
    /// The stream that the page above listens to.
    LedgerEvents,
    /// One retrieval.
    LedgerTrace,
    /// Which reports there are, as a page.
    ReportsPage,
    /// A report, as a page.
    ReportPage,
    /// All tags.
    Tags,
    /// The pages with a tag.
    Tag,
    /// What changed.
    ChangesPage,
    /// What words mean.
    Glossary,
    /// What was decided.
    Decisions,
    /// A feed of what changed.
    Feed,
    /// What a page said before.
    History,
    /// What changed from one revision of a page to another.
    Compare,
    /// Every page, for crawlers.
    Sitemap,
    /// Where crawlers may go.
    Robots,
    /// A page; whatever no other route takes.
    Page,
    /// A path below `/api` or `/mcp` that no route takes.
    Nowhere,
}

/// A row of the list.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The route.
    pub route: Route,
    /// What it is called in figures and in the log.
    pub name: &'static str,
    /// Its path as axum writes it: `{name}` is one part of a path, `{*rest}` the rest of it.
    pub path: &'static str,
    /// The methods it takes. HEAD goes with GET, and OPTIONS with everything.
    pub methods: &'static [Method],
}

const GET: &[Method] = &[Method::GET];
const POST: &[Method] = &[Method::POST];
const BOTH: &[Method] = &[Method::GET, Method::POST];

const fn row(route: Route, name: &'static str, path: &'static str, methods: &'static [Method]) -> Row {
    Row { route, name, path, methods }
}

/// How many routes there are. A number, so that what is made for each of them does not ask for the list itself.
pub(super) const ROUTE_COUNT: usize = 45;

/// Every route this server has.
pub const ROUTES: [Row; ROUTE_COUNT] = [
    row(Route::Search, "search", "/api/v1/search", BOTH),
    row(Route::Documents, "documents", "/api/v1/documents", GET),
    row(Route::Document, "document", "/api/v1/documents/{*id}", GET),
    row(Route::Reports, "reports", "/api/v1/reports", GET),
    row(Route::Report, "report", "/api/v1/reports/{name}", GET),
    row(Route::Feedback, "feedback", "/api/v1/feedback", POST),
    row(Route::Gaps, "gaps", "/api/v1/gaps", POST),
    row(Route::Outcomes, "outcomes", "/api/v1/outcomes", POST),
    row(Route::Changes, "changes", "/api/v1/changes", POST),
    row(Route::Events, "events", "/api/v1/events", GET),
    row(Route::Mcp, "mcp", "/mcp", POST),
    row(Route::Health, "healthz", "/healthz", GET),
    row(Route::Ready, "readyz", "/readyz", GET),
    row(Route::Metrics, "metrics", "/metrics", GET),
    row(Route::OpenApi, "openapi", "/openapi.json", GET),
    row(Route::ApiPage, "api_page", "/docs/api", GET),
    row(Route::ProblemsPage, "problems_page", "/docs/problems", GET),
    row(Route::ProblemPage, "problem_page", "/docs/problems/{name}", GET),
    row(Route::LlmsList, "llms", "/llms.txt", GET),
    row(Route::LlmsFull, "llms_full", "/llms-full.txt", GET),
    row(Route::Home, "home", "/", GET),
    row(Route::SearchPage, "search_page", "/search", GET),
    row(Route::Icon, "icon", "/favicon.ico", GET),
    row(Route::Asset, "asset", "/assets/{name}", GET),
    row(Route::Session, "session", "/session", BOTH),
    row(Route::SessionEnd, "session_end", "/session/end", POST),
    row(Route::Private, "private", "/private", GET),
    row(Route::FeedbackForm, "feedback_form", "/private/feedback", BOTH),
    row(Route::LedgerPage, "ledger_page", "/private/ledger", GET),
    row(Route::LedgerTail, "ledger_tail", "/private/ledger/tail", GET),
    row(Route::LedgerEvents, "ledger_events", "/private/ledger/events", GET),
    row(Route::LedgerTrace, "ledger_trace", "/private/ledger/{id}", GET),
    row(Route::ReportsPage, "reports_page", "/private/reports", GET),
    row(Route::ReportPage, "report_page", "/private/reports/{name}", GET),
    row(Route::Tags, "tags", "/tags", GET),
    row(Route::Tag, "tag", "/tags/{*tag}", GET),
    row(Route::ChangesPage, "changes_page", "/changes", GET),
    row(Route::Glossary, "glossary", "/glossary", GET),
    row(Route::Decisions, "decisions", "/decisions", GET),
    row(Route::Feed, "feed", "/feeds/{*feed}", GET),
    row(Route::History, "history", "/history/{*id}", GET),
    row(Route::Compare, "compare", "/compare/{*range}", GET),
    row(Route::Sitemap, "sitemap", "/sitemap.xml", GET),
    row(Route::Robots, "robots", "/robots.txt", GET),
    row(Route::Page, "page", "/{*page}", GET),
];

impl Route {
    /// The route of a path, as it stands in the request.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let machine = ["/api", "/mcp"]
            .iter()
            .any(|root| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
        match ROUTES.iter().find(|row| row.matches(path)) {
            Some(row) if row.route != Self::Page || !machine => row.route,
            None if !machine => Self::Page,
            _ => Self::Nowhere,
        }
    }

    /// Its row; [`Route::Nowhere`] has none.
    #[must_use]
    pub fn row(self) -> Option<&'static Row> {
        static ROWS: [Row; ROUTES.len()] = ROUTES;
        ROWS.get(self as usize)
    }

    /// Whether it is one of the pages that take a session's cookie.
    pub(super) fn takes_cookie(self) -> bool {
        matches!(
            self,
            Self::Session
                | Self::SessionEnd
                | Self::Private
                | Self::FeedbackForm
                | Self::LedgerPage
                | Self::LedgerTail
                | Self::LedgerEvents
                | Self::LedgerTrace
                | Self::ReportsPage
                | Self::ReportPage
        )
    }

    /// What one has to be allowed for writing here.
    pub(super) fn writes(self) -> Option<Action> {
        match self {
            Self::Feedback | Self::Gaps | Self::Outcomes => Some(Action::Feedback),
            Self::Changes => Some(Action::Change),
            _ => None,
        }
    }

    /// Whether it is nowhere for strangers: they are answered as for a path that no route takes.
    pub(super) fn is_hidden(self) -> bool {
        matches!(self, Self::Reports | Self::Report) || self.writes().is_some()
    }

    /// What it is called in figures and in the log.
    pub(super) fn name(self) -> &'static str {
        self.row().map_or("nowhere", |row| row.name)
    }

    /// Whether it takes a method.
    pub(super) fn takes(self, method: &Method) -> bool {
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        self.row().is_some_and(|row| row.methods.contains(wanted))
    }

    /// The methods it takes, as the header `Allow` has them.
    pub(super) fn allow(self) -> String {
        let mut all = Vec::new();
        for method in self.row().map_or(&[][..], |row| row.methods) {
            all.push(method.as_str());
            if method == Method::GET {
                all.push("HEAD");
            }
        }
        all.push("OPTIONS");
        all.join(", ")
    }
}

impl Row {
    fn matches(&self, path: &str) -> bool {
        let Some((before, name)) = self.path.split_once('{') else { return self.path == path };
        path.strip_prefix(before).is_some_and(|rest| !rest.is_empty() && (name.starts_with('*') || !rest.contains('/')))
    }
}

/// What whoever asks is shown: all of it is made of the public shelf.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'a> {
    site: &'a Arc<Site>,
    pages: &'a Arc<Pages>,
    newsroom: &'a Arc<Newsroom>,
    llms: &'a Arc<Llms>,
    face: &'a FaceOptions,
}

impl<'a> Shown<'a> {
    pub(super) fn of(app: &'a App) -> Self {
        Self { site: &app.site, pages: &app.pages, newsroom: &app.newsroom, llms: &app.llms, face: &app.face }
    }
}

/// For strangers: holds the public library and nothing else.
pub(super) fn public(library: &PublicLibrary, shown: &Shown<'_>) -> Router {
    let reader = library.reader(Caller::new(Principal::anonymous(), Face::Http));
    let router = made(|route| match route {
        Route::Ready => get(health::ready).with_state(library.clone()),
        Route::Metrics => get(metrics::for_strangers),
        route => shared::<Public>(route, shown),
    });
    router.layer(Extension(reader))
}

/// For those with a credential: each request brings the reader and the principal the door found for it. The pages are
/// the public ones.
pub(super) fn private(app: &Arc<App>) -> Router {
    let shown = Shown::of(app);
    made(|route| match route {
        Route::Ready => get(health::ready_for).with_state(Arc::clone(app)),
        Route::Metrics => get(metrics::for_owner).with_state(Arc::clone(app)),
        Route::Reports => get(reports::list),
        Route::Report => get(reports::report).with_state(Arc::clone(app)),
        route => shared::<Private>(route, &shown),
    })
}

/// For browsers: signing in and out, and what is shown to one person alone. Each request brings its visitor.
pub(super) fn browser(app: &Arc<App>) -> Router {
    let state = || Arc::clone(app);
    ROUTES.iter().filter(|row| row.route.takes_cookie()).fold(Router::new(), |router, row| {
        let handler = match row.route {
            Route::Session => get(session::form).post(session::begin).with_state(state()),
            Route::SessionEnd => post(session::end).with_state(state()),
            Route::FeedbackForm => get(feedback_form::show).post(feedback_form::take).with_state(state()),
            Route::LedgerPage => get(console::list).with_state(state()),
            Route::LedgerTail => get(console::tail).with_state(state()),
            Route::LedgerEvents => get(console::events).with_state(state()),
            Route::LedgerTrace => get(console::trace).with_state(state()),
            Route::ReportsPage => get(console::reports).with_state(state()),
            Route::ReportPage => get(console::report).with_state(state()),
            _ => get(session::who).with_state(state()),
        };
        router.route(row.path, handler)
    })
}

/// A router with a handler for each row.
fn made(handler: impl Fn(Route) -> MethodRouter) -> Router {
    ROUTES.iter().filter(|row| !row.route.takes_cookie()).fold(Router::new(), |router, row| match row.route {
        Route::Page => router.fallback_service(handler(row.route)),
        route => router.route(row.path, handler(route)),
    })
}

/// What both routers answer alike, each from what it holds.
fn shared<S: Scope>(route: Route, shown: &Shown<'_>) -> MethodRouter
where
    Reader<S>: Verbs,
{
    let Shown { site, pages: kept, newsroom, llms, face } = *shown;
    match route {
        Route::Search => get(search::by_query::<S>).post(search::by_body::<S>),
        Route::Documents => get(documents::list::<S>),
        Route::Document => get(documents::read::<S>),
        Route::Feedback => post(written::feedback),
        Route::Gaps => post(written::gap),
        Route::Outcomes => post(written::outcome),
        Route::Changes => post(written::changes),
        Route::Mcp => post(mcp::message::<S>).with_state(mcp::Endpoint::<S>::new(face.clone())),
        Route::Health => get(health::alive),
        Route::Events => get(events::listen).with_state(Arc::clone(newsroom)),
        Route::LlmsList => get(llms::list).with_state(Arc::clone(llms)),
        Route::LlmsFull => get(llms::full).with_state(Arc::clone(llms)),
        Route::OpenApi => get(reference::document),
        Route::ApiPage => get(reference::api).with_state(Arc::clone(site)),
        Route::ProblemsPage => get(reference::problems).with_state(Arc::clone(site)),
        Route::ProblemPage => get(reference::problem).with_state(Arc::clone(site)),
        Route::Home => get(pages::home).with_state(Arc::clone(kept)),
        Route::SearchPage => get(pages::search).with_state(Arc::clone(site)),
        Route::Icon | Route::Asset => get(pages::asset).with_state(Arc::clone(site)),
        // What stands at these the site says: a collection may have the name of a list.
        Route::Tags
        | Route::Tag
        | Route::ChangesPage
        | Route::Glossary
        | Route::Decisions
        | Route::Feed
        | Route::History
        | Route::Compare
        | Route::Sitemap
        | Route::Robots
        | Route::Page => get(pages::page).with_state(Arc::clone(kept)),
        // Each router has its own, or this one has none.
        Route::Ready
        | Route::Metrics
        | Route::Reports
        | Route::Report
        | Route::Session
        | Route::SessionEnd
        | Route::Private
        | Route::FeedbackForm
        | Route::LedgerPage
        | Route::LedgerTail
        | Route::LedgerEvents
        | Route::LedgerTrace
        | Route::ReportsPage
        | Route::ReportPage
        | Route::Nowhere => MethodRouter::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{ROUTES, Route};
    use axum::http::Method;

    #[test]
    fn rows_stand_in_the_order_of_their_routes_and_have_names_of_their_own() {
        for (place, row) in ROUTES.iter().enumerate() {
            assert_eq!(row.route as usize, place);
            assert_eq!(ROUTES.iter().filter(|other| other.name == row.name || other.path == row.path).count(), 1);
        }
        assert_eq!(Route::Nowhere as usize, ROUTES.len());
    }

    #[test]
    fn a_path_belongs_to_one_route_and_whatever_is_left_is_a_page_or_nothing() {
        for (path, route) in [
            ("/api/v1/search", Route::Search),
            ("/api/v1/documents/memory/secret", Route::Document),
            ("/api/v1/documents/", Route::Nowhere),
            ("/api/v1/nowhere", Route::Nowhere),
            ("/api/v1/reports", Route::Reports),
            ("/api/v1/reports/gaps", Route::Report),
            ("/api/v1/reports/gaps/x", Route::Nowhere),
            ("/api/v1/feedback", Route::Feedback),
            ("/api/v1/feedback/x", Route::Nowhere),
            ("/private/feedback", Route::FeedbackForm),
            ("/api", Route::Nowhere),
            ("/mcp/x", Route::Nowhere),
            ("/apiary", Route::Page),
            ("/openapi.json", Route::OpenApi),
            ("/api/v1/events", Route::Events),
            ("/llms.txt", Route::LlmsList),
            ("/llms-full.txt", Route::LlmsFull),
            ("/docs/api", Route::ApiPage),
            ("/docs/problems/no-route", Route::ProblemPage),
            ("/docs/else", Route::Page),
            ("/", Route::Home),
            ("/assets/style.css", Route::Asset),
            ("/assets/a/b", Route::Page),
            ("/session/end", Route::SessionEnd),
            ("/private/notes", Route::Page),
            ("/private/ledger", Route::LedgerPage),
            ("/private/ledger/tail", Route::LedgerTail),
            ("/private/ledger/r_01", Route::LedgerTrace),
            ("/private/reports/gaps", Route::ReportPage),
            ("/journeys/x", Route::Page),
            ("/tags", Route::Tags),
            ("/tags/a/b", Route::Tag),
            ("/tags/", Route::Page),
            ("/feeds/in/playbook.atom", Route::Feed),
            ("*", Route::Page),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }

    #[test]
    fn head_goes_with_get_and_options_with_everything() {
        assert!(Route::Home.takes(&Method::HEAD) && !Route::Mcp.takes(&Method::HEAD));
        assert_eq!(Route::Search.allow(), "GET, HEAD, POST, OPTIONS");
        assert_eq!(Route::Mcp.allow(), "POST, OPTIONS");
    }
}
