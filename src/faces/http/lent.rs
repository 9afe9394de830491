//! The reader of a request, as handlers take it: put there by the router, never made by a handler.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::access::Scope;
use crate::library::{Reader, Verbs};
use crate::mcp::introduced_by;

use super::HttpError;

/// A reader that knows which program asks, in which trace and for which process.
#[derive(Debug)]
pub(super) struct Lent<S: Scope> {
    pub(super) reader: Box<dyn Verbs>,
    scope: PhantomData<S>,
}

impl<S: Scope, State: Sync> FromRequestParts<State> for Lent<S>
where
    Reader<S>: Verbs,
{
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _state: &State) -> Result<Self, HttpError> {
        // A route that was mounted without a reader is closed, not open.
        let reader = parts.extensions.get::<Reader<S>>().ok_or(HttpError::Internal)?;
        let mut caller = reader.caller().clone();
        introduced_by(&mut caller, &parts.headers);
        Ok(Self { reader: Verbs::for_caller(reader, caller), scope: PhantomData })
    }
}
