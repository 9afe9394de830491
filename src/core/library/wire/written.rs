//! What people and agents write of retrievals, documents and runs, as clients write it, and the receipts they get.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::loose::{list_given, number, optional_text, truth_or_name, whole_number};

/// Whether a retrieval helped.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct FeedbackRequest {
    /// The `retrieval_id` of the answer.
    #[serde(alias = "retrieval")]
    pub retrieval_id: String,
    /// good, bad or mixed.
    pub verdict: String,
    /// What was good or bad. Needed when bad.
    #[serde(deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The document it is about.
    #[serde(
        alias = "doc",
        alias = "document",
        deserialize_with = "optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub uri: Option<String>,
    /// wrong, stale, missing, irrelevant, contradictory, unclear or private.
    #[serde(deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What would have been right.
    #[serde(deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub corrected: Option<String>,
    /// The process you work for. Default: the retrieval's.
    #[serde(deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub process_id: Option<String>,
}

/// That feedback is written down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct FeedbackReceipt {
    /// The record's id.
    pub feedback_id: String,
    /// The mistake that bad feedback reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mistake: Option<MistakeNotice>,
}

/// A mistake, as the one who reported it is told of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct MistakeNotice {
    /// Its number, `M-0042`: a commit that mends it says `Fixes-Mistake: M-0042`.
    pub number: String,
    /// How often it was reported.
    pub times: usize,
    /// Whether it was reported before, and since then no document involved was touched and no commit closed it.
    pub repeated: bool,
    /// The commit that had closed it before it came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came_back_after: Option<String>,
}

/// Something that was needed and is not there.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct GapRequest {
    /// What you needed to know.
    pub need: String,
    /// Where you looked: questions, documents.
    #[serde(deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub tried: Option<String>,
    /// `retrieval_id`s of answers that did not help.
    #[serde(deserialize_with = "list_given", skip_serializing_if = "Option::is_none")]
    pub retrievals: Option<Vec<String>>,
    /// The process you work for.
    #[serde(deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub process_id: Option<String>,
}

/// That a gap is written down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct GapReceipt {
    /// The record's id.
    pub gap_id: String,
}

/// What came of a public document.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OutcomeRequest {
    /// reply, citation, intro, booking, sale or reuse.
    #[serde(alias = "kind")]
    pub outcome: String,
    /// The public document.
    #[serde(alias = "doc", alias = "document")]
    pub uri: String,
    /// More about it.
    #[serde(deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// That an outcome is written down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct OutcomeReceipt {
    /// The record's id.
    pub outcome_id: String,
}

/// One run of a process by an agent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct ChangeRequest {
    /// The process: its id, or the uri of its document.
    pub process_id: String,
    /// When you decided, RFC 3339.
    pub timestamp: String,
    /// Your model.
    pub model: String,
    /// What you began with.
    #[schemars(with = "String")]
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    pub inputs: serde_json::Value,
    /// The tools you called; [] for none.
    #[serde(deserialize_with = "list_given", skip_serializing_if = "Option::is_none")]
    pub tools_invoked: Option<Vec<String>>,
    /// The checks you made; [] for none.
    #[schemars(with = "Option<Vec<FullCheck>>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_checks: Option<Vec<CheckWritten>>,
    /// What you decided.
    pub decision: String,
    /// Whether a person was asked.
    #[schemars(with = "Option<bool>")]
    #[serde(deserialize_with = "truth_or_name", skip_serializing_if = "Option::is_none")]
    pub human_escalation: Option<EscalationWritten>,
    /// Who answers for the process.
    pub owner: String,
    /// `retrieval_id`s you relied on.
    #[serde(deserialize_with = "list_given", skip_serializing_if = "Option::is_none")]
    pub retrievals: Option<Vec<String>>,
    /// The commit of the corpus you read.
    #[serde(deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub corpus_commit: Option<String>,
    /// What it cost.
    #[serde(deserialize_with = "number", skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Of what: EUR, tokens.
    #[serde(deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub cost_unit: Option<String>,
    /// How long it took.
    #[serde(deserialize_with = "whole_number", skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// What came of it.
    #[serde(deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

/// A check: its name, or its name and whether it was so.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged, expecting = "a check is its name, or an object with its name and, as passed, true or false")]
pub enum CheckWritten {
    /// With its result.
    Full(FullCheck),
    /// The name alone.
    Name(String),
}

/// A check with its result.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FullCheck {
    /// As the contract calls it.
    pub name: String,
    /// Whether it was so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<bool>,
}

/// Whether a person was asked: yes or no, or who.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum EscalationWritten {
    /// Whether.
    Asked(bool),
    /// Who was.
    To(String),
}

/// That a run is written down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct ChangeReceipt {
    /// The record's id.
    pub change_id: String,
    /// The process document it was held against. Null where there is none that you may read: nothing was checked.
    pub contract: Option<String>,
    /// Where it broke the contract.
    pub violations: Vec<ViolationNotice>,
}

/// Where a run broke its contract.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct ViolationNotice {
    /// The rule.
    pub rule: String,
    /// What broke it.
    pub what: String,
}
