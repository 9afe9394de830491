//! The tool `report_gap`: something was needed and is not there.

use rmcp::model::{CallToolResult, JsonObject, Tool};

use crate::library::Pen;
use crate::library::wire::GapRequest;

use super::arguments;
use super::tool::{ToolError, answered, writing};

/// Describes the tool.
pub(super) fn tool() -> Tool {
    writing::<GapRequest>(
        "report_gap",
        "Report what is missing",
        "Says what you needed to know and did not find, so that somebody writes it.",
        &["need"],
        &["gap_id"],
    )
}

/// Answers a call.
pub(super) async fn call(pen: &Pen, given: JsonObject) -> Result<CallToolResult, ToolError> {
    let request: GapRequest = arguments(given)?;
    let receipt = pen.report_gap(&request).await?;
    let text = format!("Written down.\ngap_id: {}\n", receipt.gap_id);
    Ok(answered(&receipt, text))
}
