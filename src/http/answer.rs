//! Bodies: serialised once, into room that fits.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::HttpError;

/// Prints `value` as JSON. `room` is about how many bytes it will take.
pub(super) fn json(status: StatusCode, value: &impl Serialize, room: usize) -> Response {
    let mut body = Vec::with_capacity(room);
    if let Err(error) = serde_json::to_writer(&mut body, value) {
        tracing::error!(error = &error as &dyn std::error::Error, "answer cannot be put into JSON");
        return HttpError::Internal.into_response();
    }
    typed(status, "application/json", body)
}

/// A body of a type.
pub(super) fn typed(status: StatusCode, media: &'static str, body: Vec<u8>) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    response
}
