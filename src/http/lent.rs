//! The reader of a request, as handlers take it: put there by the router, never made by a handler.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::access::Scope;
use crate::library::Reader;
use crate::mcp::introduced_by;

use super::HttpError;

/// A reader that knows which program asks, in which trace and for which process.
#[derive(Debug)]
pub(super) struct Lent<S: Scope>(pub(super) Reader<S>);

impl<S: Scope, State: Sync> FromRequestParts<State> for Lent<S> {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _state: &State) -> Result<Self, HttpError> {
        // A route that was mounted without a reader is closed, not open.
        let reader = parts.extensions.get::<Reader<S>>().cloned().ok_or(HttpError::Internal)?;
        let mut caller = reader.caller().clone();
        introduced_by(&mut caller, &parts.headers);
        Ok(Self(reader.for_caller(caller)))
    }
}
