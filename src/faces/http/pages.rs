//! What people read: pages, search and what pages load. Whoever asks, everything is drawn from the public library.
//!
//! Looking at a page is not a retrieval, and is counted alone; a search is one, and goes through a reader, which writes it
//! down before the answer leaves. What was drawn before is not drawn again; see `drawn`.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Query, Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, RETRY_AFTER, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use crate::access::{Principal, Public};
use crate::ledger::Verb;
use crate::library::{Answer, Caller, Face, Picture, Printing, ReadError};
use crate::retrieval::{Filters, Limit, Query as Question, QueryText, TokenBudget};
use crate::site::{Asked as Searched, Found, Html, Representation, Site};

use super::drawn::{Asked, Pages, Standing};
use super::{HttpError, accept, conditional};

/// What an image may do that is opened by itself.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// How many passages a page of results has.
const RESULTS: i64 = 12;

// Handlers of pages take the request whole: whoever asks for its headers alone gets a copy of them.

pub(super) async fn home(State(pages): State<Arc<Pages>>, request: Request) -> Result<Response, HttpError> {
    let headers = request.headers();
    let asked = Asked::new("/".to_owned(), Representation::Html, headers);
    match pages.get(&asked, |site| Ok(Found::Page(site.home()?, None))).map_err(|error| broken(&error))? {
        Standing::Drawn(drawn) => Ok(drawn.answer(headers)),
        Standing::Other(_) => Err(HttpError::NoRoute),
    }
}

pub(super) async fn page(State(pages): State<Arc<Pages>>, request: Request) -> Result<Response, HttpError> {
    let (parts, _body) = request.into_parts();
    let headers = &parts.headers;
    let asked = Asked::new(Site::path(parts.uri.path()), wanted(headers), headers);
    let standing = pages.get(&asked, |site| site.page(&asked.path, asked.form)).map_err(|error| broken(&error))?;
    let mut response = match standing {
        Standing::Drawn(drawn) => {
            // Who asks for the head alone looks at nothing.
            if let Some(viewed) = drawn.viewed.as_ref().filter(|_| parts.method == Method::GET) {
                pages.site.count_view(viewed);
            }
            drawn.answer(headers)
        }
        // What waits for git and the disk is large, and moved with each request if it isn't boxed.
        Standing::Other(found) => Box::pin(other(&pages.site, &asked.path, found, headers)).await?,
    };
    response.headers_mut().append(VARY, HeaderValue::from(ACCEPT));
    Ok(response)
}

/// In which form somebody wants a page: as HTML, unless another one is named and weighs more.
fn wanted(headers: &HeaderMap) -> Representation {
    let [html, markdown, json] = accept::weights(headers, ["text/html", "text/markdown", "application/json"]);
    let others = [(markdown, Representation::Markdown), (json, Representation::Json)];
    let named = others.into_iter().filter_map(|(weight, form)| Some((weight?, form)));
    let best = named.max_by(|(one, _), (other, _)| one.cmp(other));
    best.filter(|(weight, _)| html.is_none_or(|html| *weight > html)).map_or(Representation::Html, |(_, form)| form)
}

/// What stands at a path and is asked of git or the disk, or is not there. What could be kept was drawn already.
async fn other(site: &Site, path: &str, found: Found, headers: &HeaderMap) -> Result<Response, HttpError> {
    Ok(match found {
        Found::Image(image) => {
            let read = site.library().picture(&image).await?;
            // While it was read, the page that shows it may have been taken back.
            let still = matches!(site.page(path, Representation::Html), Ok(Found::Image(_)));
            match read.filter(|_| still) {
                Some(read) => picture(read, headers),
                None => answer(StatusCode::NOT_FOUND, site.missing(path), headers),
            }
        }
        Found::Redirect(to) => match HeaderValue::try_from(to) {
            Ok(to) => (StatusCode::PERMANENT_REDIRECT, [(LOCATION, to)]).into_response(),
            Err(_) => answer(StatusCode::NOT_FOUND, site.missing(path), headers),
        },
        Found::History(document) => {
            let revisions = site.library().revisions(&document).await?;
            or_missing(site, path, site.history(&document.record().id, &revisions), headers)
        }
        Found::Comparison { document, from, to } => {
            let compared = site.library().comparison(&document, &from, &to).await?;
            let html = compared.and_then(|compared| site.comparison(&document.record().id, &compared));
            or_missing(site, path, html, headers)
        }
        Found::Missing | Found::Page(..) | Found::Gone(..) | Found::File(..) => {
            // What git knows of renames is asked last: a page, an image and an alias are there without it.
            let former = site.library().moved(path.trim_matches('/')).await?;
            let now = former.and_then(|id| site.addresses(std::iter::once((&id, ""))).pop().flatten());
            match now.and_then(|address| HeaderValue::try_from(address).ok()) {
                Some(to) => (StatusCode::PERMANENT_REDIRECT, [(LOCATION, to)]).into_response(),
                None => answer(StatusCode::NOT_FOUND, site.missing(path), headers),
            }
        }
    })
}

/// A page, or that there is none: what it shows may have been taken back while it was read.
fn or_missing(site: &Site, path: &str, html: Option<Html>, headers: &HeaderMap) -> Response {
    match html {
        Some(html) => answer(StatusCode::OK, html, headers),
        None => answer(StatusCode::NOT_FOUND, site.missing(path), headers),
    }
}

pub(super) async fn asset(State(site): State<Arc<Site>>, uri: Uri) -> Result<Response, HttpError> {
    let asset = site.asset(uri.path()).ok_or(HttpError::NoRoute)?;
    let kept = if asset.immutable { "public, max-age=31536000, immutable" } else { "public, max-age=86400" };
    let headers = [(CONTENT_TYPE, asset.media_type), (CACHE_CONTROL, kept)];
    Ok((headers, asset.bytes).into_response())
}

pub(super) async fn search(State(site): State<Arc<Site>>, uri: Uri, headers: HeaderMap) -> Response {
    let asked = Query::<Vec<(String, String)>>::try_from_uri(&uri).map(|Query(pairs)| pairs).unwrap_or_default();
    let asked = Searched::read(&asked);
    let filters = match site.filters(&asked) {
        Ok(filters) => filters,
        Err(error) => return refusal(&site, &asked, &error.into(), &headers),
    };
    // A list of pages is no retrieval: there is nothing to ask.
    if asked.text().is_empty() {
        return answer(StatusCode::OK, site.search(&asked, None, None), &headers);
    }
    match ask(&site, asked.text(), filters).await {
        Ok(found) => answer(StatusCode::OK, site.search(&asked, Some(&found), None), &headers),
        Err(error) => refusal(&site, &asked, &error, &headers),
    }
}

/// Asks as a stranger, whoever looks: pages show what is public.
async fn ask(site: &Site, text: &str, filters: Filters) -> Result<Answer<Public>, ReadError> {
    let question = Question {
        text: QueryText::parse(text)?,
        limit: Limit::parse(RESULTS, Limit::MAX)?,
        budget: TokenBudget::parse(i64::try_from(TokenBudget::MAX).unwrap_or(i64::MAX))?,
        detail: None,
        explain: false,
        per_document: None,
        filters,
        cursor: None,
        as_of: None,
    };
    let caller = Caller::new(Principal::anonymous(), Face::Site);
    // A person reads snippets and pays for no token: none are counted, and the record's face says why there are none.
    let printing = Printing::UNPRINTED;
    site.library().reader(caller).search_as(Verb::Search, question, printing).await
}

/// The search page with why there is no answer.
fn refusal(site: &Site, asked: &Searched, error: &ReadError, headers: &HeaderMap) -> Response {
    let status = match error {
        ReadError::Query(_)
        | ReadError::Cursor(_)
        | ReadError::NoUri
        | ReadError::NoDocument { .. }
        | ReadError::NoSection { .. }
        | ReadError::NoRoom { .. }
        | ReadError::AsOf { .. } => StatusCode::BAD_REQUEST,
        ReadError::Busy { .. } | ReadError::Building { .. } | ReadError::Ledger(_) => StatusCode::SERVICE_UNAVAILABLE,
        ReadError::Index(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if status.is_server_error() {
        tracing::warn!(error = error as &dyn std::error::Error, "search page has no answer");
    }
    let mut response = answer(status, site.search(asked, None, Some(&error.to_string())), headers);
    if let ReadError::Busy { retry_after_s } = error {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*retry_after_s));
    }
    response
}

/// A page as a response; 304 when the reader has it already.
fn answer(status: StatusCode, html: Html, headers: &HeaderMap) -> Response {
    let html = html.into_string();
    let tag = conditional::tag(&[html.as_bytes()]);
    let media = HeaderValue::from_static("text/html; charset=utf-8");
    let answer = (status, [(CONTENT_TYPE, media)], html).into_response();
    if status == StatusCode::OK { conditional::kept(headers, tag, answer) } else { answer }
}

/// An image as a response. Its address says nothing of its bytes, so that a browser has to ask again each time.
fn picture(picture: Picture, headers: &HeaderMap) -> Response {
    let tag = conditional::tag(&[picture.sha256.to_string().as_bytes()]);
    // SVG is a program when it is opened by itself: here it runs nothing and loads nothing.
    let sort = [(CONTENT_TYPE, picture.kind.media_type()), (CONTENT_SECURITY_POLICY, PICTURE_POLICY)];
    conditional::kept(headers, tag, (sort, Body::from(Bytes::from_owner(picture))).into_response())
}

fn broken(error: &crate::site::SiteError) -> HttpError {
    tracing::error!(error = error as &dyn std::error::Error, "page cannot be drawn");
    HttpError::Internal
}
