//! `/mcp`: one message a request, answered by the room that speaks the protocol.
//!
//! What is refused there before it is understood leaves in a form that programs read: what is no message as an error of
//! JSON-RPC, everything else as a problem. Whatever is JSON already stays as it is. Only what was refused is looked at for
//! this, so that a good message is read no more often than before.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::access::Scope;
use crate::library::{Reader, Verbs};
use crate::mcp::{FaceOptions, HttpService, Mount, NoMessage, Standing};

use super::limits::BODY_BYTES;
use super::{HttpError, answer};

/// The longest answer that is kept: a list of tools is below 8 KB.
const KEPT_BYTES: usize = 64 * 1024;
/// The most of a refusal's reason that is repeated: it may repeat what came with the request.
const WHY_CHARS: usize = 300;
const JSON: &str = "application/json";
/// What the protocol wants a client to accept.
const BOTH: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");

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
    let (mut parts, body) = request.into_parts();
    // All answers are JSON but the stream of a subscription, which only those ask for who read streams.
    if !accepts_json(&parts.headers) {
        return Err(HttpError::NotAcceptable);
    }
    parts.headers.insert(ACCEPT, BOTH);
    // The door has read it already, whole.
    let body = axum::body::to_bytes(body, BODY_BYTES).await.map_err(|_| HttpError::Internal)?;
    let asked = endpoint.standing.asked(&parts, &body);
    if let Some(before) = asked.as_ref().and_then(|asked| endpoint.standing.answer(asked)) {
        return Ok(answer::typed(StatusCode::OK, JSON, before));
    }
    let sent = is_json(&parts.headers).then(|| body.clone());
    let response = endpoint.service.handle(Request::from_parts(parts, Body::from(body))).await.map(Body::new);
    let (status, json) = (response.status(), response.headers().get(CONTENT_TYPE).is_some_and(|media| media == JSON));
    if !json && (status.is_client_error() || status.is_server_error()) {
        return refused(response, sent).await;
    }
    let Some(asked) = asked.filter(|_| json && status == StatusCode::OK) else { return Ok(response) };
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, KEPT_BYTES).await.map_err(|_| HttpError::Internal)?;
    endpoint.standing.keep(asked, &body);
    Ok((parts, body).into_response())
}

/// Whether a client takes JSON: the narrowest range that JSON is in decides (RFC 9110, section 12.5.1), and who says
/// nothing takes everything.
fn accepts_json(headers: &HeaderMap) -> bool {
    let given = || headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges = || given().flat_map(|value| value.split(',')).map(str::trim).filter(|range| !range.is_empty());
    let taken = |media: &str| ranges().find_map(|range| takes(range, media));
    ranges().next().is_none() || [JSON, "application/*", "*/*"].into_iter().find_map(taken).unwrap_or(false)
}

/// Whether a range is taken, if it is the one that is named: a weight of zero says that it is not.
fn takes(range: &str, named: &str) -> Option<bool> {
    let mut parts = range.split(';').map(str::trim);
    parts.next().filter(|range| range.eq_ignore_ascii_case(named))?;
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let is_zero = |weight: &str| !weight.is_empty() && weight.bytes().all(|byte| b"0.".contains(&byte));
    Some(!weight.is_some_and(is_zero))
}

fn is_json(headers: &HeaderMap) -> bool {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    given.and_then(|given| given.split(';').next()).is_some_and(|media| media.trim().eq_ignore_ascii_case(JSON))
}

/// What is told instead of a refusal that is bare text. `sent` is the body of a request that was declared to be JSON: when
/// its media type is refused all the same, it was not understood.
async fn refused(response: Response, sent: Option<Bytes>) -> Result<Response, HttpError> {
    let status = response.status();
    let why = axum::body::to_bytes(response.into_body(), KEPT_BYTES).await.map_err(|_| HttpError::Internal)?;
    let why: String = String::from_utf8_lossy(&why).chars().take(WHY_CHARS).collect();
    match (status, sent) {
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, Some(sent)) => {
            Ok(answer::json(StatusCode::BAD_REQUEST, &NoMessage::of(&sent, &why), 256))
        }
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, None) => Err(HttpError::MediaType),
        (StatusCode::PAYLOAD_TOO_LARGE, _) => Err(HttpError::TooLarge { max: BODY_BYTES }),
        (status, _) if status.is_client_error() => Err(HttpError::Request { what: why }),
        // Whoever refused it has put the cause into the log.
        _ => Err(HttpError::Internal),
    }
}
