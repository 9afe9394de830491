//! What a tool is to a client: name, schemas, annotations; and how its answer is put together.
//!
//! Schemas are root objects without combinators at the top. They are trimmed: what a model does not need costs tokens
//! in every session, and the whole list has to stay below 8 KB.

use std::sync::{Arc, LazyLock};

use rmcp::handler::server::tool::schema_for_input;
use rmcp::model::{CallToolResult, ContentBlock, JsonObject, Tool, ToolAnnotations};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::access::Action;
use crate::library::wire::{SearchText, structured};
use crate::library::{Pen, ReadError, WriteError};

use super::text::unrecorded;
use super::{ArgumentError, browse_context, get_document, give_feedback, log_agent_change, report_gap, search_context};

/// Why a tool has no answer. The message is for the caller.
#[derive(Debug, thiserror::Error)]
pub(super) enum ToolError {
    /// The arguments are wrong.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// The reader can't answer.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The record can't be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

static READING: LazyLock<Vec<Tool>> =
    LazyLock::new(|| vec![search_context::tool(), get_document::tool(), browse_context::tool()]);

/// What writes into the ledger, each with what its caller must be allowed.
static WRITING: LazyLock<Vec<(Action, Tool)>> = LazyLock::new(|| {
    vec![
        (Action::Feedback, give_feedback::tool()),
        (Action::Feedback, report_gap::tool()),
        (Action::Change, log_agent_change::tool()),
    ]
});

/// The tools that everybody has, always in this order.
pub(super) fn reading_ones() -> &'static [Tool] {
    &READING
}

/// The tools of a caller, always in this order: what it may not do is not there.
pub(super) fn of(pen: Option<&Pen>) -> impl Iterator<Item = &'static Tool> {
    let writing = WRITING.iter().filter(move |(needs, _)| pen.is_some_and(|pen| pen.may(*needs)));
    READING.iter().chain(writing.map(|(_, tool)| tool))
}

/// The names of a caller's tools, for a sentence.
pub(super) fn names(pen: Option<&Pen>) -> String {
    of(pen).map(|tool| tool.name.as_ref()).collect::<Vec<_>>().join(", ")
}

/// Every tool there is.
#[cfg(test)]
pub(super) fn all() -> Vec<Tool> {
    READING.iter().chain(WRITING.iter().map(|(_, tool)| tool)).cloned().collect()
}

/// Describes a tool that reads and changes nothing.
pub(super) fn reading<I: JsonSchema + 'static>(
    name: &'static str,
    title: &str,
    description: &'static str,
    required: &[&str],
    always: &[&str],
) -> Tool {
    let hints = ToolAnnotations::new().read_only(true).idempotent(true).open_world(false);
    described(name, title, description, (input::<I>(required), always), hints)
}

/// Describes a tool that adds a record, and takes none away.
pub(super) fn writing<I: JsonSchema + 'static>(
    name: &'static str,
    title: &str,
    description: &'static str,
    required: &[&str],
    always: &[&str],
) -> Tool {
    let hints = ToolAnnotations::new().read_only(false).destructive(false).open_world(false);
    described(name, title, description, (input::<I>(required), always), hints)
}

fn input<I: JsonSchema + 'static>(required: &[&str]) -> JsonObject {
    // Only a type that is not an object could fail here; the tests of this room look at every schema.
    let mut input = schema_for_input::<I>().map_or_else(|_| JsonObject::new(), |schema| (*schema).clone());
    trim(&mut input);
    if !required.is_empty() {
        input.insert("required".to_owned(), required.into());
    }
    input
}

/// Describes a tool. No more is said of its answers than that they are objects and `always` have some members: what else
/// there is says itself what it is, and the schemas of answers would be as long as those of questions, in every session.
fn described(
    name: &'static str,
    title: &str,
    description: &'static str,
    (input, always): (JsonObject, &[&str]),
    hints: ToolAnnotations,
) -> Tool {
    let mut output = JsonObject::from_iter([("type".to_owned(), "object".into())]);
    output.insert("required".to_owned(), always.into());
    Tool::new(name, description, input)
        .with_title(title)
        .with_raw_output_schema(Arc::new(output))
        .with_annotations(hints)
}

/// Drops what tells a model nothing.
pub(super) fn trim(schema: &mut JsonObject) {
    for noise in ["$schema", "title", "format", "default"] {
        schema.remove(noise);
    }
    split_null(schema);
    for (keyword, value) in schema.iter_mut() {
        match (keyword.as_str(), value) {
            // Here the keys are names of fields, which may be called `title` themselves.
            ("properties" | "$defs", Value::Object(named)) => {
                for (_, inner) in named.iter_mut() {
                    if let Value::Object(inner) = inner {
                        trim(inner);
                    }
                }
            }
            (_, Value::Object(inner)) => trim(inner),
            ("anyOf" | "oneOf" | "allOf", Value::Array(inner)) => {
                for inner in inner.iter_mut().filter_map(Value::as_object_mut) {
                    trim(inner);
                }
            }
            _ => {}
        }
    }
}

/// Gives every field one type, for clients that know no type of two names: a field that may be left out is never
/// null here, and one that is always there says that it may be null in a branch of its own.
fn split_null(schema: &mut JsonObject) {
    let required: Vec<Value> = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let fields = schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten();
    for (name, field) in fields {
        let Some(field) = field.as_object_mut() else { continue };
        let always = required.iter().any(|known| known.as_str() == Some(name));
        let kinds = field.get("type").and_then(Value::as_array).cloned();
        if let Some([only, Value::String(null)]) = kinds.as_deref()
            && null == "null"
        {
            if always {
                field.remove("type");
                field.insert("anyOf".to_owned(), json!([{ "type": only }, { "type": "null" }]));
            } else {
                field.insert("type".to_owned(), only.clone());
            }
        }
        if !always
            && field
                .get("anyOf")
                .and_then(Value::as_array)
                .is_some_and(|of| of.get(1) == Some(&json!({"type": "null"})))
        {
            let of = field.remove("anyOf");
            if let Some(Value::Object(only)) = of.and_then(|mut of| of.get_mut(0).map(Value::take)) {
                field.extend(only);
            }
        }
    }
}

/// Puts an answer together: the wire form, and a text that says the same.
pub(super) fn answered(wire: &impl Serialize, text: String) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
    result.structured_content = structured(wire);
    result
}

/// The same for an answer that was put together already.
pub(super) fn given(answer: SearchText) -> CallToolResult {
    let SearchText { mut text, structured, recorded } = answer;
    unrecorded(&mut text, recorded);
    let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
    result.structured_content = structured;
    result
}

/// Says what is wrong in a way that reaches the model: as a result, not as an error of the protocol.
pub(super) fn refused(error: &ToolError) -> CallToolResult {
    if let ToolError::Read(error @ (ReadError::Index(_) | ReadError::Ledger(_))) = error {
        tracing::error!(error = error as &dyn std::error::Error, "retrieval failed");
    }
    if let ToolError::Write(error @ (WriteError::Ledger(_) | WriteError::Read(_))) = error {
        tracing::error!(error = error as &dyn std::error::Error, "a record could not be written");
    }
    CallToolResult::error(vec![ContentBlock::text(error.to_string())])
}
