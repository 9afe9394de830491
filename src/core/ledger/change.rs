//! `change`: one run of a process by an agent: what it read, called, checked and decided, and who answers for it.

use serde::{Deserialize, Serialize};

use super::author::Author;
use super::clock::Timestamp;
use super::form;
use super::free_text::{FreeText, Slot};
use super::id::{Id, Named};
use super::retrieval::RetrievalId;
use crate::corpus::{Digest, DocumentId};

impl Named for Change {
    const LETTER: char = 'c';
}

/// The name of a change: `c_…`.
pub type ChangeId = Id<Change>;

/// One run of a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The name the receipt carries.
    pub id: ChangeId,
    /// Who wrote it down.
    #[serde(flatten)]
    pub author: Author,
    /// The process.
    pub process_id: String,
    /// When the agent decided.
    pub timestamp: Timestamp,
    /// The agent's model.
    pub model: String,
    /// What the run began with: a text, or JSON as a text.
    pub inputs: FreeText,
    /// What it called.
    pub tools_invoked: Vec<String>,
    /// What was checked before it acted.
    pub policy_checks: Vec<PolicyCheck>,
    /// What was decided.
    pub decision: FreeText,
    /// Whether a person was asked.
    pub human_escalation: Escalation,
    /// Who answers for the process.
    pub owner: String,
    /// The retrievals that the run relied on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retrievals: Vec<RetrievalId>,
    /// The commit of the corpus that it read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corpus_commit: Option<String>,
    /// What it cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// How long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<FreeText>,
    /// The contract that the run was held against, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractVersion>,
    /// Where the run broke the contract.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
}

/// One check, and how it came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyCheck {
    /// Its name, as the contract has it.
    pub name: String,
    /// Whether what it asks for was so; absent when nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<bool>,
}

/// Whether a person was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// Whether one was.
    pub asked: bool,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// What a run cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// How much: not negative, finite.
    pub amount: f64,
    /// Of what: `EUR`, `tokens`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// Which bytes of a process document a run was held against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractVersion {
    /// The document.
    pub doc: DocumentId,
    /// The digest of its file.
    #[serde(with = "form::hex_digest")]
    pub sha256: Digest,
    /// The commit that made these bytes, if they are committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// Where a run broke its contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The rule: `tool`, `check-missing`, `check-failed`, `owner`, `escalation`.
    pub rule: String,
    /// What broke it: a tool, a check, an owner.
    pub what: String,
}

impl Change {
    /// What was typed, by field.
    pub(super) fn texts(&self) -> [(&'static str, Option<&str>); 3] {
        [
            ("inputs", self.inputs.text()),
            ("decision", self.decision.text()),
            ("outcome", self.outcome.as_ref().and_then(FreeText::text)),
        ]
    }

    pub(super) fn each_text(&mut self, look: &mut dyn FnMut(&mut Slot<'_>)) {
        look(&mut self.inputs.slot(self.id.record(), "inputs"));
        look(&mut self.decision.slot(self.id.record(), "decision"));
        if let Some(outcome) = &mut self.outcome {
            look(&mut outcome.slot(self.id.record(), "outcome"));
        }
    }
}
