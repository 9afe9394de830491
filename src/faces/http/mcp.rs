//! `/mcp`: one message a request, answered by the room that speaks the protocol.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::access::Scope;
use crate::library::{Reader, Verbs};
use crate::mcp::{FaceOptions, HttpService, Mount, Standing};

use super::limits::BODY_BYTES;
use super::{HttpError, answer};

/// The longest answer that is kept: a list of tools is below 8 KB.
const KEPT_BYTES: usize = 64 * 1024;
const JSON: &str = "application/json";

/// What answers the messages of one scope.
pub(super) struct Endpoint<S: Scope> {
    service: HttpService,
    standing: Standing<S>,
}

impl<S: Scope> Endpoint<S>
where
    Reader<S>: Verbs,
{
    pub(super) fn new(options: FaceOptions) -> Arc<Self> {
        Arc::new(Self { service: Mount::<S>::new(options).service(), standing: Standing::default() })
    }
}

/// Answers a message.
pub(super) async fn message<S: Scope>(
    State(endpoint): State<Arc<Endpoint<S>>>,
    request: Request,
) -> Result<Response, HttpError>
where
    Reader<S>: Verbs,
{
    let (parts, body) = request.into_parts();
    // The door has read it already, whole.
    let body = axum::body::to_bytes(body, BODY_BYTES).await.map_err(|_| HttpError::Internal)?;
    let asked = endpoint.standing.asked(&parts, &body);
    if let Some(before) = asked.as_ref().and_then(|asked| endpoint.standing.answer(asked)) {
        return Ok(answer::typed(StatusCode::OK, JSON, before));
    }
    let response = endpoint.service.handle(Request::from_parts(parts, Body::from(body))).await.map(Body::new);
    let json = response.headers().get(CONTENT_TYPE) == Some(&HeaderValue::from_static(JSON));
    let Some(asked) = asked.filter(|_| json && response.status() == StatusCode::OK) else { return Ok(response) };
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, KEPT_BYTES).await.map_err(|_| HttpError::Internal)?;
    endpoint.standing.keep(asked, &body);
    Ok((parts, body).into_response())
}
