//! `/api/v1/documents`: the catalogue, and documents as JSON or as Markdown.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header::{ACCEPT, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::Response;

use crate::access::Scope;
use crate::ledger::Verb;
use crate::library::Printing;
use crate::library::wire::{BrowseRequest, DocumentAnswer, ReadRequest};
use crate::mcp::arguments;
use crate::retrieval::TokenBudget;

use super::lent::Lent;
use super::{HttpError, accept, answer, conditional, question};

/// How much of an id an error repeats.
const ID_CHARACTERS: usize = 200;

/// `GET /api/v1/documents`: the catalogue.
pub(super) async fn list<S: Scope>(lent: Lent<S>, uri: Uri, headers: HeaderMap) -> Result<Response, HttpError> {
    let request: BrowseRequest = question::in_query(&uri)?;
    let listing = lent.reader.browse(Verb::Browse, request.parse()?).await?;
    let room = listing.documents.len() * 256 + 512;
    let mut answer = answer::json_kept(&headers, &listing, &listing.retrieval_id, None, room);
    answer::link_next(&mut answer, &uri, listing.next_cursor.as_deref());
    Ok(answer)
}

/// `GET /api/v1/documents/{id}`: JSON or Markdown, as `Accept` prefers; where it names neither, Markdown for an address
/// that ends in `.md`.
pub(super) async fn read<S: Scope>(
    lent: Lent<S>,
    path: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    // An address that is not UTF-8 names no document.
    let Path(path) = path.map_err(|_| HttpError::NoDocument { id: as_sent(&uri) })?;
    let mut given = question::parameters(&uri)?;
    if let Some(twice) = ["uri", "id"].into_iter().find(|name| given.contains_key(*name)) {
        return Err(HttpError::Request { what: format!("{twice}: stands in the path already") });
    }
    let as_markdown = prefers_markdown(&headers).unwrap_or(path.ends_with(".md"));
    given.insert("uri".to_owned(), path.into());
    let request: ReadRequest = arguments(given)?;
    let mut target = request.parse()?;
    if as_markdown && request.max_tokens.is_none() {
        // Markdown is the document as a file: whole, unless less is asked for.
        target.budget = Some(TokenBudget::WHOLE);
    }
    let printing = if as_markdown { Printing::MARKDOWN } else { Printing::JSON };
    let answer = lent.reader.read(Verb::Read, target, printing).await?;
    let next = answer.next_cursor.clone();
    let mut response = if as_markdown {
        markdown(&headers, answer)
    } else {
        let room = answer.text.len() * 9 / 8 + 2_048;
        answer::json_kept(&headers, &answer, &answer.retrieval_id, Some(answer.citation.generation), room)
    };
    answer::link_next(&mut response, &uri, next.as_deref());
    response.headers_mut().append(VARY, HeaderValue::from(ACCEPT));
    Ok(response)
}

/// The id of an address that is not UTF-8, as it was sent: percent-encoded.
fn as_sent(uri: &Uri) -> String {
    let path = uri.path();
    path.strip_prefix("/api/v1/documents/").unwrap_or(path).chars().take(ID_CHARACTERS).collect()
}

/// The text alone; where it is from stands in headers.
fn markdown(asked: &HeaderMap, document: DocumentAnswer) -> Response {
    let citation = document.citation;
    let [first, last] = citation.lines;
    let facts = [
        ("x-cairn-retrieval-id", Some(document.retrieval_id)),
        ("x-cairn-recorded", (!document.recorded).then(|| "false".to_owned())),
        ("x-cairn-sha256", Some(citation.sha256)),
        ("x-cairn-lines", Some(format!("{first}-{last}"))),
        ("x-cairn-generation", Some(citation.generation.to_string())),
        ("x-cairn-commit", citation.commit),
        ("x-cairn-next-cursor", document.next_cursor),
    ];
    let tag = conditional::tag(&[document.text.as_bytes()]);
    let mut response = answer::typed(StatusCode::OK, "text/markdown; charset=utf-8", document.text.into_bytes());
    for (name, value) in facts {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    conditional::kept(asked, tag, response)
}

/// Whether Markdown is named and weighs more than JSON, or as much and is named first (RFC 9110, section 12.5.1); `None`
/// when neither is named.
fn prefers_markdown(headers: &HeaderMap) -> Option<bool> {
    let [markdown, json] = accept::weights(headers, ["text/markdown", "application/json"]);
    (markdown.is_some() || json.is_some()).then_some(markdown > json)
}

#[cfg(test)]
mod tests {
    use super::prefers_markdown;
    use axum::http::{HeaderMap, HeaderValue, header::ACCEPT};

    #[test]
    fn markdown_is_given_to_who_prefers_it() {
        let cases = [
            ("text/markdown", Some(true)),
            ("text/markdown, */*;q=0.1", Some(true)),
            ("*/*", None),
            ("application/json", Some(false)),
            ("application/json, text/markdown;q=0.9", Some(false)),
            ("application/json;q=0.5, text/markdown", Some(true)),
            ("text/markdown;q=0", None),
            ("text/markdown, application/json", Some(true)),
            ("", None),
        ];
        for (accept, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(prefers_markdown(&headers), expected, "{accept}");
        }
    }
}
