//! `/api/v1/search`: passages for a question.

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use crate::access::Scope;
use crate::library::Reader;
use crate::library::wire::{SearchAnswer, SearchRequest};
use crate::retrieval::Limit;

use super::lent::Lent;
use super::{HttpError, answer, question};

/// What a hit takes in JSON beside its passage, about.
const HIT_BYTES: usize = 1_024;

/// `GET`: the question stands in the query string.
pub(super) async fn by_query<S: Scope>(Lent(reader): Lent<S>, uri: Uri) -> Result<Response, HttpError> {
    let found = search(&reader, &question::in_query(&uri)?).await?;
    let mut answer = printed(&found);
    answer::link_next(&mut answer, &uri, found.next_cursor.as_deref());
    Ok(answer)
}

/// `POST`: the question is the body.
pub(super) async fn by_body<S: Scope>(
    Lent(reader): Lent<S>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, HttpError> {
    Ok(printed(&search(&reader, &question::in_body(&headers, &body)?).await?))
}

async fn search<S: Scope>(reader: &Reader<S>, request: &SearchRequest) -> Result<SearchAnswer, HttpError> {
    Ok(SearchAnswer::of(reader.search(request.parse(Limit::MAX)?).await?))
}

fn printed(found: &SearchAnswer) -> Response {
    let room = found.hits.iter().map(|hit| hit.passage.len() * 9 / 8 + HIT_BYTES).sum::<usize>() + HIT_BYTES;
    answer::json(StatusCode::OK, found, room)
}
