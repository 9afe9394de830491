//! Bodies: serialised once, into room that fits; kept by clients where they may be; with a way to what comes next.

use std::ops::Range;

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
/// another one each time, and the generation that it was read from, which any other document changes. Who has the answer
/// already is told the new record's id in a header.
pub(super) fn json_kept(
    asked: &HeaderMap,
    value: &impl Serialize,
    receipt: &str,
    generation: Option<u64>,
    room: usize,
) -> Response {
    let Some(body) = printed(value, room) else { return HttpError::Internal.into_response() };
    // A quote inside a text has a backslash before it, so that what is found with its quotes is a name and no text.
    let generation = generation.map(|number| format!("\"generation\":{number}"));
    let passing = [Some(receipt), generation.as_deref()].into_iter().flatten();
    let tag = conditional::tag(&without(&body, passing));
    let mut answer = typed(StatusCode::OK, "application/json", body);
    if let Ok(receipt) = HeaderValue::from_str(receipt) {
        answer.headers_mut().insert(RETRIEVAL_ID, receipt);
    }
    conditional::kept(asked, tag, answer)
}

/// What is left of a body without the last of each of these.
fn without<'b>(body: &'b [u8], passing: impl Iterator<Item = &'b str>) -> Vec<&'b [u8]> {
    let mut cuts: Vec<Range<usize>> =
        passing.filter_map(|part| last(body, part).map(|at| at..at + part.len())).collect();
    cuts.sort_unstable_by_key(|cut| cut.start);
    let ends = cuts.iter().map(|cut| cut.start).chain([body.len()]);
    let starts = [0].into_iter().chain(cuts.iter().map(|cut| cut.end));
    starts.zip(ends).filter_map(|(start, end)| body.get(start..end)).collect()
}

fn last(body: &[u8], part: &str) -> Option<usize> {
    body.windows(part.len().max(1)).rposition(|there| there == part.as_bytes())
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
    use super::{link_next, typed, without};
    use axum::http::StatusCode;

    #[test]
    fn what_passes_is_left_out_where_it_stands_last() {
        let left = |passing: [&'static str; 2]| without(b"a,b,a,c", passing.into_iter());
        assert_eq!(left(["c", "a"]), [&b"a,b,"[..], b",", b""]);
        assert_eq!(left(["x", "y"]), [b"a,b,a,c"]);
    }

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
