//! Bodies: serialised once, into room that fits; kept by clients where they may be; with a way to what comes next.

use axum::http::header::{CONTENT_TYPE, LINK};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::{HttpError, conditional};

/// Names the record of an answer whose body does not.
pub(super) const RETRIEVAL_ID: HeaderName = HeaderName::from_static("x-cairn-retrieval-id");

/// Prints `value` as JSON. `room` is about how many bytes it will take.
pub(super) fn json(status: StatusCode, value: &impl Serialize, room: usize) -> Response {
    match printed(value, room) {
        Some(body) => typed(status, "application/json", body),
        None => HttpError::Internal.into_response(),
    }
}

/// The same for an answer that a client may keep: its validator is that of everything but the id of its record, which is
/// another one each time. Who has the answer already is told the new record's id in a header.
pub(super) fn json_kept(asked: &HeaderMap, value: &impl Serialize, receipt: &str, room: usize) -> Response {
    let Some(body) = printed(value, room) else { return HttpError::Internal.into_response() };
    // The id stands behind all texts.
    let (before, behind) = match body.windows(receipt.len().max(1)).rposition(|part| part == receipt.as_bytes()) {
        Some(at) => (body.get(..at).unwrap_or_default(), body.get(at + receipt.len()..).unwrap_or_default()),
        None => (body.as_slice(), &[][..]),
    };
    let tag = conditional::tag(&[before, behind]);
    let mut answer = typed(StatusCode::OK, "application/json", body);
    if let Ok(receipt) = HeaderValue::from_str(receipt) {
        answer.headers_mut().insert(RETRIEVAL_ID, receipt);
    }
    conditional::kept(asked, tag, answer)
}

/// A body of a type.
pub(super) fn typed(status: StatusCode, media: &'static str, body: Vec<u8>) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    response
}

/// Says where the next part of an answer is (RFC 8288): the same address with another cursor.
pub(super) fn link_next(answer: &mut Response, asked: &Uri, cursor: Option<&str>) {
    let Some(cursor) = cursor else { return };
    let query = asked.query().unwrap_or_default();
    let mut next = format!("<{}?", asked.path());
    for pair in query.split('&').filter(|pair| !pair.is_empty() && pair.split('=').next() != Some("cursor")) {
        next.push_str(pair);
        next.push('&');
    }
    next.push_str(&format!("cursor={cursor}>; rel=\"next\""));
    if let Ok(link) = HeaderValue::try_from(next) {
        answer.headers_mut().append(LINK, link);
    }
}

fn printed(value: &impl Serialize, room: usize) -> Option<Vec<u8>> {
    let mut body = Vec::with_capacity(room);
    match serde_json::to_writer(&mut body, value) {
        Ok(()) => Some(body),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "answer cannot be put into JSON");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{link_next, typed};
    use axum::http::StatusCode;

    #[test]
    fn the_next_part_has_the_same_address_with_another_cursor() {
        for (asked, expected) in [
            ("/api/v1/documents", "</api/v1/documents?cursor=1-2>; rel=\"next\""),
            ("/x?limit=2&cursor=0-1&q=a%20b", "</x?limit=2&q=a%20b&cursor=1-2>; rel=\"next\""),
            ("/x?cursor", "</x?cursor=1-2>; rel=\"next\""),
        ] {
            let mut answer = typed(StatusCode::OK, "text/plain", Vec::new());
            link_next(&mut answer, &asked.parse().unwrap(), Some("1-2"));
            assert_eq!(answer.headers()["link"], expected, "{asked}");
        }
        let mut answer = typed(StatusCode::OK, "text/plain", Vec::new());
        link_next(&mut answer, &"/x".parse().unwrap(), None);
        assert!(answer.headers().get("link").is_none());
    }
}
