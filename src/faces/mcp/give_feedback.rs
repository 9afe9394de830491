//! The tool `give_feedback`: whether an answer helped.

use rmcp::model::{CallToolResult, JsonObject, Tool};

use crate::library::Pen;
use crate::library::wire::{FeedbackReceipt, FeedbackRequest};

use super::arguments;
use super::tool::{ToolError, answered, writing};

/// Describes the tool.
pub(super) fn tool() -> Tool {
    writing::<FeedbackRequest>(
        "give_feedback",
        "Say whether an answer helped",
        "Says whether an answer of search_context or get_document helped, so that its owner can mend it. Bad needs why.",
        &["retrieval_id", "verdict"],
        &["feedback_id"],
    )
}

/// Answers a call.
pub(super) async fn call(pen: &Pen, given: JsonObject) -> Result<CallToolResult, ToolError> {
    let request: FeedbackRequest = arguments(given)?;
    let receipt = pen.give_feedback(&request).await?;
    let text = text(&receipt);
    Ok(answered(&receipt, text))
}

fn text(receipt: &FeedbackReceipt) -> String {
    let mut text = format!("Written down.\nfeedback_id: {}\n", receipt.feedback_id);
    if let Some(mistake) = &receipt.mistake {
        text.push_str(&format!("mistake: {}, reported {} times", mistake.number, mistake.times));
        if let Some(commit) = &mistake.came_back_after {
            text.push_str(&format!(", came back after commit {commit} had closed it"));
        } else if mistake.repeated {
            text.push_str(", again with nothing done about it in between");
        }
        text.push('\n');
    }
    text
}
