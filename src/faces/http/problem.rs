//! The kinds of problems: what the `type` of a problem names (RFC 9457), and what its page says.
//!
//! A kind's name is part of the interface and stays. Nothing here depends on what a server holds.

use axum::http::StatusCode;

/// Where the kinds are described; a kind's own page is below it.
pub(super) const PLACE: &str = "/docs/problems";

/// A kind of problem.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// Its name, the last part of its address.
    pub(super) name: &'static str,
    /// The status it is answered with.
    pub(super) status: StatusCode,
    /// What it is, in a few words; the same for every problem of the kind.
    pub(super) title: &'static str,
    /// When it comes.
    pub(super) means: &'static str,
    /// What to do about it.
    pub(super) remedy: &'static str,
}

impl Kind {
    /// Finds a kind by its name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|kind| kind.name == name)
    }

    /// Its address: that of its page, from the root.
    pub(super) fn address(&self) -> String {
        format!("{PLACE}/{}", self.name)
    }
}

const fn kind(
    name: &'static str,
    status: StatusCode,
    title: &'static str,
    means: &'static str,
    remedy: &'static str,
) -> Kind {
    Kind { name, status, title, means, remedy }
}

/// Every kind, by status.
pub(super) const ALL: [&Kind; 27] = [
    &BAD_REQUEST,
    &TOKEN_IN_ADDRESS,
    &NO_TOKEN,
    &INVALID_TOKEN,
    &INSUFFICIENT_SCOPE,
    &FOREIGN_FORM,
    &FOREIGN_HOST,
    &FOREIGN_ORIGIN,
    &NO_DOCUMENT,
    &NO_SECTION,
    &NO_STATE,
    &NO_RETRIEVAL,
    &NO_REPORT,
    &NO_ROUTE,
    &METHOD_NOT_ALLOWED,
    &NOT_ACCEPTABLE,
    &REQUEST_TIMEOUT,
    &KEY_IN_USE,
    &CURSOR_GONE,
    &BODY_TOO_LARGE,
    &ADDRESS_TOO_LONG,
    &MEDIA_TYPE,
    &KEY_REUSED,
    &TOO_MANY_REQUESTS,
    &INTERNAL,
    &UNAVAILABLE,
    &TOO_SLOW,
];

pub(super) const BAD_REQUEST: Kind = kind(
    "bad-request",
    StatusCode::BAD_REQUEST,
    "The request cannot be read",
    "A parameter or a member of the body is missing, unknown, or has a value that it cannot have.",
    "Read detail: it names the field and the values it may have. The same request fails again.",
);
pub(super) const TOKEN_IN_ADDRESS: Kind = kind(
    "token-in-address",
    StatusCode::BAD_REQUEST,
    "A token stands in the address",
    "A credential was sent in the query string, where servers, proxies and browsers write it down.",
    "Revoke the token and make a new one: this one was seen. Send it as Authorization: Bearer.",
);
pub(super) const NO_TOKEN: Kind = kind(
    "no-token",
    StatusCode::UNAUTHORIZED,
    "A token is needed",
    "This is not for strangers.",
    "Send Authorization: Bearer with a token. Whoever runs the server makes one with cairn token new.",
);
pub(super) const INVALID_TOKEN: Kind = kind(
    "invalid-token",
    StatusCode::UNAUTHORIZED,
    "The token is not valid",
    "The token is malformed, unknown, expired, rotated away or revoked; which of these is not said.",
    "Do not retry. Ask whoever runs the server for a new token, or leave the header out for what is public.",
);
pub(super) const INSUFFICIENT_SCOPE: Kind = kind(
    "insufficient-scope",
    StatusCode::FORBIDDEN,
    "The token may not do that",
    "The token is good, but was not made for this. detail names what it would have to be allowed.",
    "Ask for a token with that permission: cairn token new --can.",
);
pub(super) const FOREIGN_FORM: Kind = kind(
    "foreign-form",
    StatusCode::FORBIDDEN,
    "The form is not from here",
    "A form was sent without the key that this server gave to this browser, or with one that is too old.",
    "Load the page again and send its form.",
);
pub(super) const FOREIGN_HOST: Kind = kind(
    "foreign-host",
    StatusCode::FORBIDDEN,
    "The server does not go by that name",
    "The Host header names a host that is not on the server's list. This protects against pages that point a name of \
     theirs at your machine.",
    "Use the server's own address, or have its operator add the name to allowed_hosts in cairn.toml.",
);
pub(super) const FOREIGN_ORIGIN: Kind = kind(
    "foreign-origin",
    StatusCode::FORBIDDEN,
    "Pages of that origin may not ask",
    "The request was made by a page of somewhere else.",
    "Have the operator add the origin to allowed_origins in cairn.toml, or call from a program.",
);
pub(super) const NO_DOCUMENT: Kind = kind(
    "no-document",
    StatusCode::NOT_FOUND,
    "There is no such document",
    "No document that you may see has this id. One that is missing and one that you may not see are answered alike.",
    "Search, or list /api/v1/documents, to find its id. It may have been moved, or your token may not open its \
     collection.",
);
pub(super) const NO_SECTION: Kind = kind(
    "no-section",
    StatusCode::NOT_FOUND,
    "The document has no such section",
    "The document is there, and has no heading with this anchor or title.",
    "Read the document without section: its outline names every anchor.",
);
pub(super) const NO_STATE: Kind = kind(
    "no-state",
    StatusCode::NOT_FOUND,
    "There is no such earlier state",
    "as_of names no commit, tag or day that can be asked, or you have no token: earlier states are for holders of one.",
    "Leave as_of out for today's corpus, or name a commit of the branch that is served.",
);
pub(super) const NO_RETRIEVAL: Kind = kind(
    "no-retrieval",
    StatusCode::NOT_FOUND,
    "There is no such retrieval",
    "No answer that was given to you has this id.",
    "Use the retrieval_id that stands in the answer you speak of, with the token that asked.",
);
pub(super) const NO_REPORT: Kind = kind(
    "no-report",
    StatusCode::NOT_FOUND,
    "There is no such report",
    "No report has this name.",
    "GET /api/v1/reports lists them.",
);
pub(super) const NO_ROUTE: Kind = kind(
    "no-route",
    StatusCode::NOT_FOUND,
    "There is nothing at this address",
    "No route has this address, or none for whoever asks: what needs a token is not there without one.",
    "/docs/api and /openapi.json list what there is. If it is listed, send a token.",
);
pub(super) const METHOD_NOT_ALLOWED: Kind = kind(
    "method-not-allowed",
    StatusCode::METHOD_NOT_ALLOWED,
    "The route does not take that method",
    "The address is right, the method is not.",
    "Use one of the methods in the Allow header.",
);
pub(super) const NOT_ACCEPTABLE: Kind = kind(
    "not-acceptable",
    StatusCode::NOT_ACCEPTABLE,
    "The answer is of a type that you do not take",
    "The Accept header leaves out the type that this route answers with.",
    "Add application/json to the Accept header, or leave the header out.",
);
pub(super) const REQUEST_TIMEOUT: Kind = kind(
    "request-timeout",
    StatusCode::REQUEST_TIMEOUT,
    "The request did not come in whole",
    "The body took too long to arrive. Nothing was done.",
    "Send it again, on a faster line or in smaller parts.",
);
pub(super) const KEY_IN_USE: Kind = kind(
    "idempotency-key-in-use",
    StatusCode::CONFLICT,
    "The first request with this key is still at work",
    "A request with the same Idempotency-Key has not been answered yet.",
    "Wait as long as Retry-After says, and send the same request again: it gets the first one's answer.",
);
pub(super) const CURSOR_GONE: Kind = kind(
    "cursor-gone",
    StatusCode::GONE,
    "The list that the cursor was made of is gone",
    "The corpus changed, or the cursor belongs to another question. An answer never mixes two states of the corpus.",
    "Leave cursor out to start again.",
);
pub(super) const BODY_TOO_LARGE: Kind = kind(
    "body-too-large",
    StatusCode::PAYLOAD_TOO_LARGE,
    "The body is too large",
    "A body may have 256 KiB.",
    "Send less at once; runs of processes can be sent in several parts.",
);
pub(super) const ADDRESS_TOO_LONG: Kind = kind(
    "address-too-long",
    StatusCode::URI_TOO_LONG,
    "The address is too long",
    "Path and query together may have 8 KiB.",
    "Send the question as the body of POST /api/v1/search.",
);
pub(super) const MEDIA_TYPE: Kind = kind(
    "media-type",
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "The body is of a type that is not taken",
    "The Content-Type header is missing, or names a type that this route does not read.",
    "Send JSON as application/json, and many runs as application/x-ndjson.",
);
pub(super) const KEY_REUSED: Kind = kind(
    "idempotency-key-reused",
    StatusCode::UNPROCESSABLE_ENTITY,
    "The key belongs to another request",
    "The Idempotency-Key was used for another body or another route, or is no key. Nothing was written.",
    "Make a new key for each new request; send an old one only with the very same request.",
);
pub(super) const TOO_MANY_REQUESTS: Kind = kind(
    "too-many-requests",
    StatusCode::TOO_MANY_REQUESTS,
    "Too many requests",
    "Your token or your address asked more often than it may, or sent too many tokens that are not valid.",
    "Wait as long as Retry-After says.",
);
pub(super) const INTERNAL: Kind = kind(
    "internal",
    StatusCode::INTERNAL_SERVER_ERROR,
    "Something went wrong here",
    "A fault of the server. Its log says what it was, under the id in X-Request-Id.",
    "Try again once. If it stays, tell whoever runs the server, with that id.",
);
pub(super) const UNAVAILABLE: Kind = kind(
    "unavailable",
    StatusCode::SERVICE_UNAVAILABLE,
    "Not now",
    "Too much is asked at once, the index is being compared with the disk, or nothing can be recorded. What cannot be \
     recorded is not answered.",
    "Wait as long as Retry-After says, and ask again.",
);
pub(super) const TOO_SLOW: Kind = kind(
    "too-slow",
    StatusCode::SERVICE_UNAVAILABLE,
    "The answer took too long",
    "The work did not end in the time that a request has.",
    "Wait as long as Retry-After says, and ask for less at once.",
);

#[cfg(test)]
mod tests {
    use super::{ALL, Kind};

    #[test]
    fn every_kind_has_a_name_of_its_own_that_can_stand_in_an_address() {
        for (at, kind) in ALL.iter().enumerate() {
            assert_eq!(Kind::named(kind.name), Some(*kind));
            assert!(kind.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", kind.name);
            assert!(ALL.get(at + 1).is_none_or(|next| kind.status <= next.status), "{}: by status", kind.name);
            assert!(kind.means.ends_with('.') && kind.remedy.ends_with('.'), "{}", kind.name);
        }
    }
}
