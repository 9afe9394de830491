//! `/api/v1/search`: passages for a question.

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use crate::access::Scope;
use crate::library::Verbs;
use crate::library::wire::{SearchJson, SearchRequest};
use crate::retrieval::Limit;

use super::lent::Lent;
use super::{HttpError, answer, question};

/// `GET`: the question stands in the query string.
pub(super) async fn by_query<S: Scope>(lent: Lent<S>, uri: Uri) -> Result<Response, HttpError> {
    let SearchJson { body, next_cursor } = search(&*lent.reader, &question::in_query(&uri)?).await?;
    let mut answer = answer::typed(StatusCode::OK, "application/json", body.into_bytes());
    answer::link_next(&mut answer, &uri, next_cursor.as_deref());
    Ok(answer)
}

/// `POST`: the question is the body.
pub(super) async fn by_body<S: Scope>(lent: Lent<S>, headers: HeaderMap, body: Bytes) -> Result<Response, HttpError> {
    let found = search(&*lent.reader, &question::in_body(&headers, &body)?).await?;
    Ok(answer::typed(StatusCode::OK, "application/json", found.body.into_bytes()))
}

async fn search(reader: &dyn Verbs, request: &SearchRequest) -> Result<SearchJson, HttpError> {
    Ok(reader.search_json(request.parse(Limit::MAX)?).await?)
}
