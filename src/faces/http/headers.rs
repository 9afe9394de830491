//! What every answer carries, and what of a request may be believed.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::ledger::Randomness;

use super::routes::Route;

/// Names a request in answers and in the log.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a page may do: load what is ours, ask this server, send forms here, and nothing else. Most pages ask for nothing;
/// programs that judge a site read its `/robots.txt` from within a page, and the live tail of the ledger listens.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The request's id: the one it came with, if it is a plain one, or a new one.
pub(super) fn request_id(headers: &HeaderMap, randomness: &dyn Randomness) -> HeaderValue {
    let plain = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        (8..=64).contains(&bytes.len()) && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
    };
    if let Some(given) = headers.get(&REQUEST_ID).filter(plain) {
        return given.clone();
    }
    let mut bytes = [0; 8];
    // An id that is all zeros names nothing, which is what is known without randomness.
    let _filled = randomness.fill(&mut bytes).is_ok();
    HeaderValue::try_from(format!("{:016x}", u64::from_be_bytes(bytes))).unwrap_or(HeaderValue::from_static("0"))
}

/// Puts on what every answer carries. `credential`: whether the request had one, good or not.
pub(super) fn dress(headers: &mut HeaderMap, id: HeaderValue, route: Route, credential: bool) {
    headers.insert(REQUEST_ID, id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // On what is no page, too: a file that turns out to be one does nothing either. An image has a stricter one already.
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    if credential || route.takes_cookie() {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    // What says nothing of it is kept by nobody: a missing document may be there tomorrow, and each search has a record.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.append(VARY, HeaderValue::from_static("Authorization"));
    if route.takes_cookie() {
        headers.append(VARY, HeaderValue::from_static("Cookie"));
    }
}
