//! Bodies as they come in: whole, in time and within bounds, before anybody works on the request.
//!
//! A client that sends slowly holds its own connection and nothing else: no handler, no place in the line.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, header};
use http_body_util::LengthLimitError;

use super::HttpError;
use super::limits::{BODY_BYTES, Limits};

/// Refuses a body that says itself that it is too large.
pub(super) fn check_declared(headers: &HeaderMap) -> Result<(), HttpError> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match declared {
        Some(bytes) if bytes > BODY_BYTES as u64 => Err(HttpError::TooLarge { max: BODY_BYTES }),
        _ => Ok(()),
    }
}

/// Reads the body of a request that may have one. Whatever else comes with a GET is not looked at.
pub(super) async fn read_whole(request: Request<Body>, limits: &Limits) -> Result<Request<Bytes>, HttpError> {
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST {
        return Ok(Request::from_parts(parts, Bytes::new()));
    }
    let slow = |_| HttpError::Slow { seconds: limits.body.as_secs() };
    let read = tokio::time::timeout(limits.body, axum::body::to_bytes(body, BODY_BYTES)).await.map_err(slow)?;
    let body = read.map_err(|error| {
        if std::error::Error::source(&error).is_some_and(|cause| cause.is::<LengthLimitError>()) {
            HttpError::TooLarge { max: BODY_BYTES }
        } else {
            HttpError::Request { what: "the body broke off".to_owned() }
        }
    })?;
    Ok(Request::from_parts(parts, body))
}
