//! The tool `log_agent_change`: one run of a process, held against its contract.

use std::fmt::Write as _;

use rmcp::model::{CallToolResult, JsonObject, Tool};

use crate::library::Pen;
use crate::library::wire::{ChangeReceipt, ChangeRequest};

use super::arguments;
use super::text::one_line;
use super::tool::{ToolError, answered, writing};

/// Describes the tool.
pub(super) fn tool() -> Tool {
    writing::<ChangeRequest>(
        "log_agent_change",
        "Log a run of a process",
        "Writes down one run of a process. The answer names where it broke the contract in the process document.",
        &[
            "process_id",
            "timestamp",
            "model",
            "inputs",
            "tools_invoked",
            "policy_checks",
            "decision",
            "human_escalation",
            "owner",
        ],
        &["change_id", "violations"],
    )
}

/// Answers a call.
pub(super) async fn call(pen: &Pen, given: JsonObject) -> Result<CallToolResult, ToolError> {
    let request: ChangeRequest = arguments(given)?;
    let receipt = pen.log_change(&request).await?;
    let text = text(&receipt);
    Ok(answered(&receipt, text))
}

fn text(receipt: &ChangeReceipt) -> String {
    let mut text = format!("Written down.\nchange_id: {}\n", receipt.change_id);
    let contract = receipt.contract.as_deref().unwrap_or("none that you may read; nothing was checked");
    // A String takes every write.
    let _ok = writeln!(text, "contract: {contract}").is_ok();
    for violation in &receipt.violations {
        let _ok = writeln!(text, "violation ({}): {}", violation.rule, one_line(&violation.what)).is_ok();
    }
    text
}
