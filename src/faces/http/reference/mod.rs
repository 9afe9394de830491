//! What the API is, for programs and for people: `/openapi.json`, `/docs/api`, `/docs/problems` and a page for each kind
//! of problem.
//!
//! `openapi.json` is made of the list of routes and the wire types by the tests of this room, which fail when it is not
//! what they would make. It says nothing of what a server holds, and is the same for whoever asks; so are the pages,
//! which are drawn from it.

mod kinds;
mod page;
mod problems;

use std::sync::{Arc, LazyLock};

use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::site::{Html, Site};

use super::problem::Kind;
use super::{HttpError, answer, conditional};

pub(super) use kinds::{WrongKind, check};

static DOCUMENT: &[u8] = include_bytes!("openapi.json");
static DOCUMENT_TAG: LazyLock<HeaderValue> = LazyLock::new(|| conditional::tag(&[DOCUMENT]));
static PAGE: LazyLock<Html> = LazyLock::new(|| page::draw(&serde_json::from_slice(DOCUMENT).unwrap_or_default()));

/// `GET /openapi.json`.
pub(super) async fn document(headers: HeaderMap) -> Response {
    let document = answer::typed(StatusCode::OK, "application/json", DOCUMENT.to_vec());
    conditional::kept(&headers, DOCUMENT_TAG.clone(), document)
}

/// `GET /docs/api`: the same for people.
pub(super) async fn api(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    framed(&site, &headers, "HTTP API", PAGE.clone())
}

/// `GET /docs/problems`: every kind of problem.
pub(super) async fn problems(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    framed(&site, &headers, "Problems", problems::list())
}

/// `GET /docs/problems/{name}`: what one kind means, and what to do.
pub(super) async fn problem(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let kind = Kind::named(&name).ok_or(HttpError::NoRoute)?;
    Ok(framed(&site, &headers, kind.title, problems::one(kind)))
}

fn framed(site: &Site, headers: &HeaderMap, title: &str, main: Html) -> Response {
    let html = site.framed(title, main).into_string();
    let tag = conditional::tag(&[html.as_bytes()]);
    let media = [(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
    conditional::kept(headers, tag, (media, html).into_response())
}
