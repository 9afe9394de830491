//! What a client is told as an error of the protocol: unknown and forbidden in the same words.

use rmcp::ErrorData;
use serde_json::json;

use crate::library::ReadError;

/// A resource that the caller does not see, whatever is wrong with its URI.
pub(super) fn missing_resource(uri: &str) -> ErrorData {
    let uri: String = uri.chars().take(200).collect();
    ErrorData::resource_not_found(
        "no such resource; list resources or call search_context",
        Some(json!({ "uri": uri })),
    )
}

/// A prompt that the caller does not see.
pub(super) fn missing_prompt(name: &str) -> ErrorData {
    let name: String = name.chars().take(100).collect();
    ErrorData::invalid_params(format!("{name:?}: no such prompt; prompts/list has those there are"), None)
}

/// Any other reason for no answer.
pub(super) fn failed(error: &ReadError) -> ErrorData {
    match error {
        ReadError::Query(_)
        | ReadError::NoUri
        | ReadError::Cursor(_)
        | ReadError::AsOf { .. }
        | ReadError::NoRoom { .. } => ErrorData::invalid_params(error.to_string(), None),
        ReadError::Busy { .. } | ReadError::Building { .. } => ErrorData::internal_error(error.to_string(), None),
        _ => {
            tracing::error!(error = error as &dyn std::error::Error, "a request of the protocol cannot be answered");
            ErrorData::internal_error(error.to_string(), None)
        }
    }
}
