//! Documents as resources: listed through browse, read through read.

use rmcp::ErrorData;
use rmcp::model::{
    CacheScope, ListResourceTemplatesResult, ListResourcesResult, MetaObject, ReadResourceResult, Resource,
    ResourceContents, ResourceTemplate,
};
use serde_json::json;

use crate::corpus::Status;
use crate::ledger::Verb;
use crate::library::wire::{BrowseRequest, ReadRequest};
use crate::library::{Printing, ReadError, Verbs};
use crate::retrieval::TokenBudget;

use super::get_document;
use super::refusal::{failed, missing_resource};
use super::skills::encoded;

pub(super) const MARKDOWN: &str = "text/markdown";

/// The form of every document's URI (RFC 6570).
pub(super) const TEMPLATE: &str = "cairn://{collection}/{+path}";

/// One page of the documents the caller may see.
pub(super) async fn list(reader: &dyn Verbs, cursor: Option<String>) -> Result<ListResourcesResult, ErrorData> {
    let request = BrowseRequest { cursor, limit: Some(100), ..BrowseRequest::default() };
    let query = request.parse().map_err(|error| failed(&error))?;
    let answer = reader.browse(Verb::List, query).await.map_err(|error| failed(&error))?;
    let resources = answer.documents.into_iter().map(|document| {
        let name = document.uri.trim_start_matches("cairn://").to_owned();
        let resource = Resource::new(format!("cairn://{}", encoded(&name)), name)
            .with_title(document.title)
            .with_mime_type(MARKDOWN);
        match document.description {
            Some(description) => resource.with_description(description),
            None => resource,
        }
    });
    let mut result =
        ListResourcesResult::with_all_items(resources.collect()).with_ttl_ms(0).with_cache_scope(CacheScope::Private);
    result.next_cursor = answer.next_cursor;
    Ok(result)
}

/// The one template: every document has a URI of this form.
pub(super) fn templates() -> ListResourceTemplatesResult {
    let template = ResourceTemplate::new(TEMPLATE, "document")
        .with_title("A document")
        .with_description("A Markdown document of a collection, by its path without `.md`.")
        .with_mime_type(MARKDOWN);
    ListResourceTemplatesResult::with_all_items(vec![template])
        .with_ttl_ms(3_600_000)
        .with_cache_scope(CacheScope::Public)
}

/// A document. One that is longer than an answer may be says so in its metadata, and where to read on.
pub(super) async fn read(reader: &dyn Verbs, uri: &str) -> Result<ReadResourceResult, ErrorData> {
    let most = i64::try_from(TokenBudget::MAX).unwrap_or(i64::MAX);
    // Here an address is a URI, as it was listed.
    let meant = get_document::decoded(uri).unwrap_or_else(|| uri.to_owned());
    let request = ReadRequest { uri: meant, max_tokens: Some(most), ..ReadRequest::default() };
    let answer =
        get_document::read(reader, Verb::Resource, &request, Printing::MARKDOWN).await.map_err(
            |error| match error {
                ReadError::NoUri | ReadError::NoDocument { .. } | ReadError::NoSection { .. } => missing_resource(uri),
                error => failed(&error),
            },
        )?;
    let mut meta = MetaObject::new();
    meta.insert("cairn/retrieval_id".to_owned(), json!(answer.retrieval_id));
    if !answer.recorded {
        meta.insert("cairn/recorded".to_owned(), json!(false));
    }
    meta.insert("cairn/citation".to_owned(), json!(answer.citation));
    // The text alone does not say that it is not in force.
    if !answer.status.is_empty() && answer.status != Status::Accepted.as_str() {
        meta.insert("cairn/status".to_owned(), json!(answer.status));
    }
    if !answer.superseded_by.is_empty() {
        meta.insert("cairn/superseded_by".to_owned(), json!(answer.superseded_by));
    }
    if let Some(cursor) = answer.next_cursor {
        meta.insert("cairn/next_cursor".to_owned(), json!(cursor));
        meta.insert("cairn/hint".to_owned(), json!("there is more: call get_document with this uri and cursor"));
    }
    let contents = ResourceContents::text(answer.text, uri).with_mime_type(MARKDOWN).with_meta(meta);
    Ok(ReadResourceResult::new(vec![contents]).with_ttl_ms(0).with_cache_scope(CacheScope::Private))
}
