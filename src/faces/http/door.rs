//! The door: every request passes it once, and is refused here or sent to one of the routers.
//!
//! Only the `Authorization` header counts as a credential. A request that has one is answered by the private router or
//! not at all: a bad token never turns into a stranger, or a client would take the public answer for the whole one. The
//! few pages that take a session's cookie have a router of their own; no other route looks at cookies.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower::Service as _;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _, SizeAbove};
use tracing::Instrument as _;

use crate::access::{Action, Principal};
use crate::library::{Caller, Face};
use crate::mcp::Lender;
use crate::owner;

use super::limits::URI_BYTES;
use super::once::Sent;
use super::peer::Peer;
use super::routes::{Route, Shown};
use super::session::Visitor;
use super::trace::Continued;
use super::{App, HttpError, body, credential, headers, preview, routes, session, trace};

/// Answers below this are not worth compressing.
pub(super) const COMPRESSED_BYTES: u64 = 1_024;

/// The door with the routers behind it. A clone costs a few reference counts.
#[derive(Debug, Clone)]
pub(super) struct Door {
    app: Arc<App>,
    public: Router,
    private: Router,
    browser: Router,
}

/// Everything this server answers, ready to be served.
pub fn router(app: &Arc<App>) -> Router {
    let door = Door::new(app);
    let Some(preview) = app.preview.clone() else {
        return layered(Router::new().fallback(move |request: Request| door.clone().admit(request)));
    };
    let app = Arc::clone(app);
    let admit = move |request: Request| preview::admit(Arc::clone(&preview), Arc::clone(&app), door.clone(), request);
    layered(Router::new().fallback(admit))
}

/// The same for the local owner: no credential is asked for, and no host, because the way in is a file that only its
/// owner can open.
#[cfg(unix)]
pub(super) fn owners_router(app: &Arc<App>) -> Router {
    let door = Door::new(app);
    layered(Router::new().fallback(move |request: Request| door.clone().admit_owner(request)))
}

fn layered(router: Router) -> Router {
    let worth = DefaultPredicate::new().and(SizeAbove::new(COMPRESSED_BYTES));
    router.layer(CatchPanicLayer::custom(broken)).layer(CompressionLayer::new().gzip(true).compress_when(worth))
}

/// A handler panicked. The panic hook has said where; the client learns nothing.
fn broken(_cause: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked; the request got a 500");
    HttpError::Internal.into_response()
}

impl Door {
    fn new(app: &Arc<App>) -> Self {
        Self {
            app: Arc::clone(app),
            public: routes::public(&app.library.public(), &Shown::of(app)),
            private: routes::private(app),
            browser: routes::browser(app),
        }
    }

    /// Looks at a request and sends it on.
    pub(super) async fn admit(self, mut request: Request) -> Response {
        let route = Route::of(request.uri().path());
        let credential = request.headers().contains_key(header::AUTHORIZATION);
        let way = self.way(route, &mut request);
        serve(self.app, route, credential, request, way).await
    }

    /// Sends a request of the local owner on.
    #[cfg(unix)]
    async fn admit_owner(self, mut request: Request) -> Response {
        let route = Route::of(request.uri().path());
        let reader = owner::reader(&self.app.library, Face::Cli);
        let principal = reader.caller().principal.clone();
        request.extensions_mut().insert(Peer::HERE);
        request.extensions_mut().insert(Visitor::Principal(principal.clone()));
        request.extensions_mut().insert(principal);
        request.extensions_mut().insert(reader);
        let library = Arc::clone(&self.app.library);
        request.extensions_mut().insert(Lender::new(move || (owner::reader(&library, Face::Cli), None)));
        if let Some(pen) = owner::pen(&self.app.library, Face::Cli) {
            request.extensions_mut().insert(pen);
        }
        let router = if route.takes_cookie() { self.browser } else { self.private };
        let way = keep_to_methods(route, request.method(), router);
        serve(self.app, route, true, request, way).await
    }

    /// The way of a request: a router that lends it what its principal was granted, and what it may see only.
    fn way(&self, route: Route, request: &mut Request) -> Result<Way, HttpError> {
        // Whether the process lives is told to everybody, whatever else is wrong with the question.
        if route == Route::Health {
            return keep_to_methods(route, request.method(), self.public.clone());
        }
        let peer = request.extensions().get().copied().unwrap_or(Peer::HERE);
        let visitor = self.check(route, peer, request)?;
        let stranger = matches!(visitor, Visitor::Stranger);
        let route = if stranger && route.is_hidden() { Route::Nowhere } else { route };
        // Until then the public shelf is as the last run left it: what is private by now may still be on it.
        if (stranger || route.takes_cookie()) && route != Route::Ready && !self.app.library.is_public_ready() {
            let what = "the index is being compared with the disk".to_owned();
            return Err(HttpError::Unavailable { what, retry_after_s: 1 });
        }
        let router = match visitor {
            visitor if route.takes_cookie() => {
                request.extensions_mut().insert(peer);
                request.extensions_mut().insert(visitor);
                &self.browser
            }
            Visitor::Principal(principal) => {
                lend(&self.app, route, request, principal);
                &self.private
            }
            // A cookie is looked at for the pages above only.
            Visitor::Stranger | Visitor::Browser(_) => &self.public,
        };
        keep_to_methods(route, request.method(), router.clone())
    }

    /// Who asks, if they may ask at all.
    fn check(&self, route: Route, peer: Peer, request: &Request) -> Result<Visitor, HttpError> {
        let (uri, headers) = (request.uri(), request.headers());
        if uri.path().len() + uri.query().map_or(0, str::len) > URI_BYTES {
            return Err(HttpError::TooLong { max: URI_BYTES });
        }
        self.app.gate.check(uri, headers)?;
        if credential::stands_in(uri) {
            return Err(HttpError::TokenInQuery);
        }
        body::check_declared(headers)?;
        let visitor = match credential::principal(&self.app, peer, headers)? {
            Some(principal) => Visitor::Principal(principal),
            None if route.takes_cookie() => session::visitor(&self.app, headers),
            None => Visitor::Stranger,
        };
        self.app.count_request(peer, visitor.principal())?;
        let reads = matches!(route, Route::Search | Route::Documents | Route::Document | Route::Mcp);
        let needs = if reads { Some(Action::Read) } else { route.writes() };
        match (visitor.principal(), needs) {
            (Some(principal), Some(needs)) if !principal.can(needs) => Err(HttpError::Scope { needs }),
            _ => Ok(visitor),
        }
    }
}

/// Gives a request the reader of what its principal was granted, and a pen where something can be written.
fn lend(app: &Arc<App>, route: Route, request: &mut Request, principal: Principal) {
    if let Some(grant) = principal.private() {
        if route == Route::Mcp {
            let lender = credential::lender(app, request.headers());
            request.extensions_mut().insert(lender);
        }
        if route == Route::Mcp || route.writes().is_some() {
            let pen = app.library.pen(&grant, Caller::new(principal.clone(), Face::Http));
            request.extensions_mut().insert(pen);
        }
        let reader = app.library.reader(&grant, Caller::new(principal.clone(), Face::Http));
        request.extensions_mut().insert(reader);
    }
    request.extensions_mut().insert(principal);
}

/// What a request is answered by.
enum Way {
    To(Router),
    /// The request asks what a route takes.
    Methods,
}

/// Sends a request to `router` if its route takes its method.
fn keep_to_methods(route: Route, method: &Method, router: Router) -> Result<Way, HttpError> {
    match method {
        _ if route == Route::Nowhere => Err(HttpError::NoRoute),
        &Method::OPTIONS => Ok(Way::Methods),
        method if route.takes(method) => Ok(Way::To(router)),
        _ => Err(HttpError::Method { route }),
    }
}

/// Answers within the time there is, dresses the answer and counts it.
async fn serve(
    app: Arc<App>,
    route: Route,
    credential: bool,
    request: Request,
    way: Result<Way, HttpError>,
) -> Response {
    let started = Instant::now();
    let id = headers::request_id(request.headers(), app.randomness.as_ref());
    let trace = Continued::of(request.headers(), app.randomness.as_ref());
    // Neither the path nor the query: both may name what is private.
    let (name, of) = (id.to_str().unwrap_or_default(), trace.as_ref().map(Continued::trace));
    let span = tracing::info_span!("request", id = name, route = route.name(), trace = of);
    let _in_flight = app.metrics.begin();
    let answering = async {
        let answer = match way {
            Ok(Way::To(router)) => answer(&app, route, router, request).await,
            Ok(Way::Methods) => Ok((StatusCode::NO_CONTENT, [(header::ALLOW, route.allow())]).into_response()),
            Err(error) => Err(error),
        };
        answer.unwrap_or_else(IntoResponse::into_response)
    };
    let mut response = answering.instrument(span.clone()).await;
    headers::dress(response.headers_mut(), id, route, credential);
    if let Some(trace) = trace.and_then(|trace| trace.header()) {
        response.headers_mut().insert(trace::HEADER, trace);
    }
    let took = started.elapsed();
    app.metrics.count(route, response.status(), took);
    span.in_scope(|| tracing::debug!(status = response.status().as_u16(), ms = took.as_secs_f64() * 1e3, "answered"));
    response
}

async fn answer(app: &App, route: Route, mut router: Router, request: Request) -> Result<Response, HttpError> {
    let request = body::read_whole(request, &app.limits).await?;
    // Strangers write nothing.
    let sent = match request.extensions().get::<Principal>() {
        Some(principal) => Sent::of(route, principal, request.headers(), request.body())?,
        None => None,
    };
    let work = router.call(request.map(Body::from));
    let work = async move {
        match work.await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    };
    let work = async {
        match sent {
            Some(sent) => app.once.answer(sent, app.clock.now().unix_s(), work).await,
            None => Ok(work.await),
        }
    };
    let late = |_| HttpError::Late { retry_after_s: 5 };
    tokio::time::timeout(app.limits.answer, work).await.map_err(late)?
}

#[cfg(test)]
mod tests {
    use super::{HttpError, layered};
    use axum::Router;
    use axum::body::Body;
    use axum::extract::Request;
    use axum::response::IntoResponse as _;
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn a_panic_is_a_problem_that_says_nothing_of_it() {
        async fn fails() -> String {
            panic!("the secret plan")
        }
        let router = layered(Router::new().fallback(fails));
        let answer = router.oneshot(Request::new(Body::empty())).await.unwrap();
        let expected = HttpError::Internal.into_response();
        assert_eq!(
            (answer.status(), answer.headers().get("content-type")),
            (expected.status(), expected.headers().get("content-type"))
        );
        let body =
            async |response: axum::response::Response| axum::body::to_bytes(response.into_body(), 4_096).await.unwrap();
        assert_eq!(body(answer).await, body(expected).await);
    }
}
