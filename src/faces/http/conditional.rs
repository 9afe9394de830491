//! Conditional requests (RFC 9110, section 13): an answer that its client has already is not sent again.
//!
//! Validators are weak: an answer may be sent compressed or not, and nothing here is asked for by ranges, for which a
//! strong one would be needed. There is no `Last-Modified`: the dates of git are those of its authors' clocks and go back
//! when another revision is checked out, and a date that goes back hides a change.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use sha2::{Digest as _, Sha256};

/// The validator of what these parts make up.
pub(super) fn tag(parts: &[&[u8]]) -> HeaderValue {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    let half = digest.finalize().iter().take(16).fold(0_u128, |sum, byte| sum << 8 | u128::from(*byte));
    HeaderValue::try_from(format!("W/\"{half:032x}\"")).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// Lets a client keep an answer that it asks for again each time; says so alone when it has it already.
pub(super) fn kept(asked: &HeaderMap, tag: HeaderValue, answer: Response) -> Response {
    let known = is_known(asked, &tag);
    let (mut parts, body) = answer.into_parts();
    parts.headers.insert(ETAG, tag);
    parts.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if !known {
        return Response::from_parts(parts, body);
    }
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(CONTENT_TYPE);
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

/// An answer as it leaves: a 304 must not tell another length than its 200 would (RFC 9110, section 8.6), and the router
/// tells that of no body to who asks for the head.
pub(super) fn without_length(mut answer: Response) -> Response {
    if answer.status() == StatusCode::NOT_MODIFIED {
        answer.headers_mut().remove(CONTENT_LENGTH);
    }
    answer
}

/// Whether `If-None-Match` names the validator, weak or strong, or any (RFC 9110, section 13.1.2).
fn is_known(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    fn opaque(text: &str) -> &str {
        text.trim().trim_start_matches("W/")
    }
    let Some(tag) = tag.to_str().ok().map(opaque) else { return false };
    let given = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    // No validator of ours has a comma in it.
    given.flat_map(|value| value.split(',')).any(|one| one.trim() == "*" || opaque(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::{is_known, tag};
    use axum::http::{HeaderMap, HeaderValue, header::IF_NONE_MATCH};

    #[test]
    fn a_validator_is_found_in_a_list_whether_weak_or_strong() {
        let tag = tag(&[b"a", b"b"]);
        let text = tag.to_str().unwrap().to_owned();
        assert!(text.starts_with("W/\"fb8e20fc2e4c3f248c60c39bd652f3c1"), "{text}");
        let strong = text.trim_start_matches("W/");
        for (given, known) in [
            (text.clone(), true),
            (strong.to_owned(), true),
            (format!("\"x\", {text}"), true),
            ("*".to_owned(), true),
            ("\"x\"".to_owned(), false),
            (strong.trim_matches('"').to_owned(), false),
            (String::new(), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::try_from(&given).unwrap());
            assert_eq!(is_known(&headers, &tag), known, "{given}");
        }
        assert!(!is_known(&HeaderMap::new(), &tag));
    }
}
