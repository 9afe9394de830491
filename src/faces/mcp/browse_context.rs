//! The tool `browse_context`: the catalogue, never a body.

use rmcp::model::{CallToolResult, JsonObject, Tool};

use crate::ledger::Verb;
use crate::library::Verbs;
use crate::library::wire::{BrowseAnswer, BrowseRequest};

use super::arguments;
use super::text::{line, one_line, unrecorded};
use super::tool::{ToolError, answered, reading};

/// Describes the tool.
pub(super) fn tool() -> Tool {
    reading::<BrowseRequest>(
        "browse_context",
        "List what there is",
        "Lists collections and documents with one line each, never their text. Use it to see what there is, or when \
         a search finds nothing; read a document with get_document.",
        &[],
        &["collections", "documents", "retrieval_id"],
    )
}

/// Answers a call.
pub(super) async fn call(reader: &dyn Verbs, given: JsonObject) -> Result<CallToolResult, ToolError> {
    let request: BrowseRequest = arguments(given)?;
    let wire = reader.browse(Verb::Browse, request.parse()?).await?;
    let text = text(&wire);
    Ok(answered(&wire, text))
}

fn text(answer: &BrowseAnswer) -> String {
    let mut out = String::with_capacity(answer.documents.len() * 128 + 256);
    line(&mut out, format_args!("collections:"));
    for collection in &answer.collections {
        line(&mut out, format_args!("- {} ({} documents)", collection.name, collection.documents));
    }
    match &answer.hint {
        Some(hint) => line(&mut out, format_args!("{hint}")),
        None => line(&mut out, format_args!("{} documents:", answer.documents.len())),
    }
    for document in &answer.documents {
        let title = one_line(&document.title);
        let about = document.description.as_deref().map(|text| format!(": {}", one_line(text))).unwrap_or_default();
        line(&mut out, format_args!("- {} — {title} ({}, {}){about}", document.uri, document.kind, document.status));
    }
    if let Some(cursor) = &answer.next_cursor {
        line(&mut out, format_args!("next_cursor: {cursor}"));
    }
    line(&mut out, format_args!("retrieval_id: {}", answer.retrieval_id));
    unrecorded(&mut out, answer.recorded);
    out
}
