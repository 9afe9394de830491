//! The two routers: the same handlers, bound to what each may hold.

use std::sync::Arc;

use axum::routing::get;
use axum::{Extension, Router};

use crate::access::{Principal, Private, Public, Scope};
use crate::library::{Caller, Face, PublicLibrary};
use crate::mcp;
use crate::site::Site;

use super::{App, HttpError, documents, health, metrics, pages, search};

/// For strangers: holds the public library and nothing else.
pub(super) fn public(library: PublicLibrary, site: Arc<Site>) -> Router {
    let reader = library.reader(Caller::new(Principal::anonymous(), Face::Http));
    let own = Router::new().route("/readyz", get(health::ready)).with_state(library);
    shared::<Public>()
        .route("/metrics", get(metrics::for_strangers))
        .merge(own)
        .merge(pages::routes(site))
        .layer(Extension(reader))
}

/// For those with a credential: each request brings the reader and the principal the door found for it. The pages are
/// the public ones.
pub(super) fn private(app: Arc<App>) -> Router {
    let pages = pages::routes(Arc::clone(&app.site));
    let own = Router::new()
        .route("/readyz", get(health::ready_for))
        .route("/metrics", get(metrics::for_owner))
        .with_state(app);
    shared::<Private>().merge(own).merge(pages)
}

fn shared<S: Scope>() -> Router {
    Router::new()
        .route("/api/v1/search", get(search::by_query::<S>).post(search::by_body::<S>))
        .route("/api/v1/documents", get(documents::list::<S>))
        .route("/api/v1/documents/{*id}", get(documents::read::<S>))
        .route("/healthz", get(health::alive))
        .route_service("/mcp", mcp::http_service::<S>())
        .method_not_allowed_fallback(|| async { HttpError::Method })
}
