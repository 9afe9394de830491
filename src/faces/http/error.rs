//! What a client reads when there is no answer: `application/problem+json` (RFC 9457). What a problem's `type` names is
//! in [`problem`](super::problem).

use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::access::Action;
use crate::library::{ReadError, WriteError};
use crate::mcp::ArgumentError;
use crate::reports::{ReportError, UnknownReport};
use crate::retrieval::CursorError;

use super::problem::{self, Kind};
use super::reference::WrongKind;
use super::routes::Route;

/// Why a request has no answer. The message is for the caller; the log has the cause.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The request makes no sense; the message names the field.
    #[error("{what}")]
    Request {
        /// What is wrong.
        what: String,
    },
    /// A credential stands where it would be logged and remembered.
    #[error(
        "a token in the address is refused: send it as `Authorization: Bearer …` and make a new one, this one was seen"
    )]
    TokenInQuery,
    /// There is no credential and one is needed.
    #[error("this needs a token: send `Authorization: Bearer …`")]
    NoToken,
    /// The credential is malformed, unknown, expired or revoked.
    #[error("the token is not valid")]
    BadToken,
    /// The credential is good, but not for this.
    #[error("this token may not do that: it needs `{needs}`")]
    Scope {
        /// What it would have to be allowed.
        needs: Action,
    },
    /// Too many requests, or too many refused credentials.
    #[error("{what}; try again in {retry_after_s} s")]
    TooMany {
        /// Of what there were too many.
        what: &'static str,
        /// When to try again, seconds.
        retry_after_s: u32,
    },
    /// A form that this server did not give to this browser.
    #[error("that form is not from here; load the page again")]
    ForeignForm,
    /// The body is not a form.
    #[error("the body has to be application/x-www-form-urlencoded")]
    NotAForm,
    /// The request was sent to a name this server does not go by.
    #[error("this server does not answer to that host; add it to allowed_hosts")]
    Host,
    /// The request was made by a page of somewhere else.
    #[error("requests from pages of that origin are not answered; add it to allowed_origins")]
    Origin,
    /// There is nothing here that the caller may see.
    #[error("{id}: no such document; browse or search to find its id")]
    NoDocument {
        /// The id as it was asked for, cut to a sensible length. It tells nothing but what the request said.
        id: String,
    },
    /// The document has no such section.
    #[error("{what}")]
    NoSection {
        /// Which document, and what it has.
        what: String,
    },
    /// There is no earlier state of the corpus that the caller may ask.
    #[error("{what}")]
    NoState {
        /// Why, and what to do.
        what: String,
    },
    /// The list that a cursor was made of is gone.
    #[error("{what}")]
    CursorGone {
        /// Why, and what to do.
        what: String,
    },
    /// There is no retrieval that the caller may know of.
    #[error("{id:?}: no such retrieval; name one by the retrieval_id that your answer carried")]
    NoRetrieval {
        /// The id as it was given, cut to a sensible length.
        id: String,
    },
    /// There is no such route.
    #[error("no such route")]
    NoRoute,
    /// There is no such report.
    #[error(transparent)]
    NoReport(#[from] UnknownReport),
    /// The route does not take this method.
    #[error("this route does not take that method, but {}", route.allow())]
    Method {
        /// The route.
        route: Route,
    },
    /// The client does not take what the route answers with.
    #[error("Accept: leaves out application/json; add it, or leave the header out")]
    NotAcceptable,
    /// The body did not come in time.
    #[error("the request did not come in whole within {seconds} s")]
    Slow {
        /// How long was waited.
        seconds: u64,
    },
    /// The body is too large.
    #[error("the body is larger than {max} bytes")]
    TooLarge {
        /// The most bytes a body may have.
        max: usize,
    },
    /// The address is too long.
    #[error("the address is longer than {max} bytes; send the question as a POST")]
    TooLong {
        /// The most bytes an address may have.
        max: usize,
    },
    /// The body is not JSON.
    #[error("the body has to be application/json")]
    MediaType,
    /// The first request with this key has no answer yet.
    #[error("Idempotency-Key: the first request with this key is still at work; send it again in {retry_after_s} s")]
    KeyInUse {
        /// When to try again, seconds.
        retry_after_s: u32,
    },
    /// The key was used for something else.
    #[error("Idempotency-Key: was used for another request; make a new one for each")]
    KeyReused,
    /// The work took longer than a request may.
    #[error("the answer took too long; ask for less at once, or try again in {retry_after_s} s")]
    Late {
        /// When to try again, seconds.
        retry_after_s: u32,
    },
    /// Something broke; the log says what.
    #[error("something went wrong here")]
    Internal,
    /// Not now.
    #[error("{what}")]
    Unavailable {
        /// Why.
        what: String,
        /// When to try again, seconds.
        retry_after_s: u32,
    },
}

/// Why there is no answer (RFC 9457).
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Problem<'a> {
    /// The kind of problem: the address of a page that says what it means and what to do.
    #[serde(rename = "type")]
    kind: &'a str,
    /// The kind in a few words.
    title: &'a str,
    /// The status of the answer.
    status: u16,
    /// What is wrong with this request, and what to do next.
    detail: &'a str,
}

impl HttpError {
    /// The kind of problem that it is.
    pub(super) fn kind(&self) -> &'static Kind {
        match self {
            Self::Request { .. } => &problem::BAD_REQUEST,
            Self::TokenInQuery => &problem::TOKEN_IN_ADDRESS,
            Self::NoToken => &problem::NO_TOKEN,
            Self::BadToken => &problem::INVALID_TOKEN,
            Self::Scope { .. } => &problem::INSUFFICIENT_SCOPE,
            Self::TooMany { .. } => &problem::TOO_MANY_REQUESTS,
            Self::ForeignForm => &problem::FOREIGN_FORM,
            Self::NotAForm | Self::MediaType => &problem::MEDIA_TYPE,
            Self::Host => &problem::FOREIGN_HOST,
            Self::Origin => &problem::FOREIGN_ORIGIN,
            Self::NoDocument { .. } => &problem::NO_DOCUMENT,
            Self::NoSection { .. } => &problem::NO_SECTION,
            Self::NoState { .. } => &problem::NO_STATE,
            Self::CursorGone { .. } => &problem::CURSOR_GONE,
            Self::NoRetrieval { .. } => &problem::NO_RETRIEVAL,
            Self::NoRoute => &problem::NO_ROUTE,
            Self::NoReport(_) => &problem::NO_REPORT,
            Self::Method { .. } => &problem::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => &problem::NOT_ACCEPTABLE,
            Self::Slow { .. } => &problem::REQUEST_TIMEOUT,
            Self::TooLarge { .. } => &problem::BODY_TOO_LARGE,
            Self::TooLong { .. } => &problem::ADDRESS_TOO_LONG,
            Self::KeyInUse { .. } => &problem::KEY_IN_USE,
            Self::KeyReused => &problem::KEY_REUSED,
            Self::Late { .. } => &problem::TOO_SLOW,
            Self::Internal => &problem::INTERNAL,
            Self::Unavailable { .. } => &problem::UNAVAILABLE,
        }
    }

    /// The status it is answered with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.kind().status
    }

    /// The challenge of RFC 6750 that goes with a refusal.
    pub(super) fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::NoToken => Some("Bearer realm=\"cairn\""),
            Self::BadToken => Some("Bearer realm=\"cairn\", error=\"invalid_token\""),
            Self::Scope { needs } => Some(match needs {
                Action::Read => "Bearer realm=\"cairn\", error=\"insufficient_scope\", scope=\"read\"",
                Action::Feedback => "Bearer realm=\"cairn\", error=\"insufficient_scope\", scope=\"feedback\"",
                Action::Change => "Bearer realm=\"cairn\", error=\"insufficient_scope\", scope=\"change\"",
                Action::Report => "Bearer realm=\"cairn\", error=\"insufficient_scope\", scope=\"report\"",
                Action::Admin => "Bearer realm=\"cairn\", error=\"insufficient_scope\", scope=\"admin\"",
            }),
            _ => None,
        }
    }

    /// When to try again, seconds.
    pub(super) fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::Unavailable { retry_after_s, .. }
            | Self::TooMany { retry_after_s, .. }
            | Self::KeyInUse { retry_after_s }
            | Self::Late { retry_after_s } => Some(*retry_after_s),
            _ => None,
        }
    }

    /// Nobody can say who a caller is.
    pub(super) fn unreadable_tokens() -> Self {
        Self::Unavailable { what: "tokens cannot be checked now".to_owned(), retry_after_s: 5 }
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let (kind, detail) = (self.kind(), self.to_string());
        let address = kind.address();
        let problem = Problem { kind: &address, title: kind.title, status: kind.status.as_u16(), detail: &detail };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (kind.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(challenge) = self.challenge() {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(retry_after_s) = self.retry_after_s() {
            headers.insert(RETRY_AFTER, HeaderValue::from(retry_after_s));
        }
        if let Self::Method { route } = self
            && let Ok(allow) = HeaderValue::try_from(route.allow())
        {
            headers.insert(ALLOW, allow);
        }
        response
    }
}

impl From<ReadError> for HttpError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Cursor(CursorError::Gone) => Self::CursorGone { what: error.to_string() },
            ReadError::Query(_) | ReadError::NoUri | ReadError::Cursor(_) | ReadError::NoRoom { .. } => {
                Self::Request { what: error.to_string() }
            }
            ReadError::NoSection { .. } => Self::NoSection { what: error.to_string() },
            ReadError::AsOf { .. } => Self::NoState { what: error.to_string() },
            ReadError::NoDocument { id } => Self::NoDocument { id },
            ReadError::Busy { retry_after_s } | ReadError::Building { retry_after_s } => {
                Self::Unavailable { what: error.to_string(), retry_after_s }
            }
            ReadError::Index(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "retrieval failed");
                Self::Internal
            }
            ReadError::Ledger(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "retrieval could not be recorded");
                Self::Unavailable { what: error.to_string(), retry_after_s: 30 }
            }
        }
    }
}

impl From<ReportError> for HttpError {
    fn from(error: ReportError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "no report could be made");
        Self::Internal
    }
}

impl From<WriteError> for HttpError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Forbidden { needs } => Self::Scope { needs },
            WriteError::Field { .. } => Self::Request { what: error.to_string() },
            WriteError::NoRetrieval { id } => Self::NoRetrieval { id },
            WriteError::NoDocument { id } => Self::NoDocument { id },
            WriteError::Read(error) => error.into(),
            WriteError::Ledger(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a record could not be written");
                Self::Unavailable { what: error.to_string(), retry_after_s: 30 }
            }
        }
    }
}

impl From<WrongKind> for HttpError {
    fn from(wrong: WrongKind) -> Self {
        Self::Request { what: wrong.to_string() }
    }
}

impl From<ArgumentError> for HttpError {
    fn from(error: ArgumentError) -> Self {
        Self::Request { what: error.to_string() }
    }
}
