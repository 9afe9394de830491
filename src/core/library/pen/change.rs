//! Logging runs of processes: one, or many at once; each held against the contract of its process, if there is one.

use std::collections::HashMap;
use std::sync::Arc;

use crate::access::Action;
use crate::corpus::Record as DocumentRecord;
use crate::governance::{Contract, Run};
use crate::ledger::{
    Change, ContractVersion, Cost, Escalation, Haste, Id, PolicyCheck, Record, Retrieval, RetrievalId, Timestamp,
    Violation,
};
use crate::library::wire::{ChangeReceipt, ChangeRequest, CheckWritten, EscalationWritten, ViolationNotice};

use super::scribe::known;
use super::{Pen, WriteError, parse};

/// A commit's name, whole or its first digits.
const COMMIT_DIGITS: std::ops::RangeInclusive<usize> = 7..=64;
/// The most characters of a unit.
const UNIT_CHARS: usize = 16;

/// A contract and the document that it stands in.
type Contracts = Vec<(Contract, Arc<DocumentRecord>)>;

impl Pen {
    /// Writes down one run of a process.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn log_change(&self, request: &ChangeRequest) -> Result<ChangeReceipt, WriteError> {
        let mut all = self.log_changes(vec![self.parse_change(request)]).await?;
        all.pop().unwrap_or_else(|| Err(WriteError::field("process_id", "is missing")))
    }

    /// Reads what one run says of itself.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn parse_change(&self, request: &ChangeRequest) -> Result<Change, WriteError> {
        self.check(Action::Change)?;
        let desk = &self.scribe.desk;
        let list = |field, given: &Option<Vec<String>>| {
            given.clone().ok_or_else(|| WriteError::field(field, "is missing; write [] when there was none"))
        };
        let tools = list("tools_invoked", &request.tools_invoked)?;
        parse::bounded("tools_invoked", &tools)?;
        let escalation = request.human_escalation.as_ref();
        let escalation =
            escalation.ok_or_else(|| WriteError::field("human_escalation", "is missing; true, false, or who"))?;
        let duration = request.duration_ms.map(u64::try_from).transpose();
        Ok(Change {
            id: Id::new(desk.clock.as_ref(), desk.randomness.as_ref())?,
            author: self.author(),
            process_id: parse::name("process_id", &request.process_id)?,
            timestamp: moment(&request.timestamp)?,
            model: parse::name("model", &request.model)?,
            inputs: inputs(&request.inputs)?,
            tools_invoked: tools.iter().map(|tool| parse::name("tools_invoked", tool)).collect::<Result<_, _>>()?,
            policy_checks: checks(request.policy_checks.as_deref())?,
            decision: parse::typed("decision", &request.decision)?,
            human_escalation: match escalation {
                EscalationWritten::Asked(asked) => Escalation { asked: *asked, to: None },
                EscalationWritten::To(to) => Escalation { asked: true, to: Some(parse::name("human_escalation", to)?) },
            },
            owner: parse::name("owner", &request.owner)?,
            retrievals: parse::retrievals("retrievals", request.retrievals.as_deref())?,
            corpus_commit: request.corpus_commit.as_deref().map(commit).transpose()?,
            cost: cost(request.cost, request.cost_unit.as_deref())?,
            duration_ms: duration.map_err(|_| WriteError::field("duration_ms", "is negative"))?,
            outcome: parse::optional_typed("outcome", request.outcome.as_deref())?,
            contract: None,
            violations: Vec::new(),
        })
    }

    /// Writes down many runs, each for itself: what is wrong with one keeps out no other.
    ///
    /// # Errors
    /// Fails as a whole when nothing can be looked for; what is wrong with one run stands in its place.
    pub async fn log_changes(
        &self,
        changes: Vec<Result<Change, WriteError>>,
    ) -> Result<Vec<Result<ChangeReceipt, WriteError>>, WriteError> {
        self.check(Action::Change)?;
        let pen = self.clone();
        self.scribe.desk.offload.run(move || Ok(pen.write_changes(changes))).await?
    }

    fn write_changes(
        &self,
        changes: Vec<Result<Change, WriteError>>,
    ) -> Result<Vec<Result<ChangeReceipt, WriteError>>, WriteError> {
        let scribe = &self.scribe;
        let named: Vec<RetrievalId> = changes.iter().flatten().flat_map(|change| change.retrievals.clone()).collect();
        let found = scribe.retrievals(&self.caller, &named)?;
        let documents = scribe.documents(&self.grant, |record| Contract::of(record).is_some());
        let contracts: Contracts =
            documents.into_iter().filter_map(|record| Some((Contract::of(&record)?, record))).collect();
        let joined = changes.into_iter().map(|change| self.join(change?, &found, &contracts));
        // All are in the queue before the first is waited for: they share a sync.
        let begun: Vec<_> = joined
            .map(|change| {
                change.map(|change| {
                    let receipt = receipt(&change);
                    (receipt, scribe.desk.sink.append_record(Record::Change(Box::new(change)), Haste::Now))
                })
            })
            .collect();
        let ended = begun.into_iter().map(|begun| {
            let (receipt, written) = begun?;
            written.wait()?;
            Ok(receipt)
        });
        Ok(ended.collect())
    }

    /// Joins a run to what it relied on and holds it against its contract.
    fn join(
        &self,
        mut change: Change,
        found: &HashMap<RetrievalId, Retrieval>,
        contracts: &Contracts,
    ) -> Result<Change, WriteError> {
        change.retrievals.iter().try_for_each(|id| known(found, id).map(drop))?;
        let Some((contract, record)) = contract_of(&change.process_id, contracts) else { return Ok(change) };
        let commit = self.scribe.desk.commit_of_bytes(record).map(|commit| commit.to_string());
        change.contract = Some(ContractVersion { doc: record.id.clone(), sha256: record.sha256, commit });
        let checks: Vec<_> = change.policy_checks.iter().map(|check| (check.name.as_str(), check.passed)).collect();
        let breaches = contract.breaches(Run {
            tools: &change.tools_invoked,
            checks: &checks,
            owner: &change.owner,
            asked: change.human_escalation.asked,
            asked_whom: change.human_escalation.to.as_deref(),
        });
        let violation = |rule: &str, what: String| Violation { rule: rule.to_owned(), what };
        change.violations = breaches.iter().map(|breach| violation(breach.rule(), breach.to_string())).collect();
        Ok(change)
    }
}

/// The contract that a process is called by: the document of this id, or the first whose front matter calls it so.
fn contract_of<'a>(process: &str, contracts: &'a Contracts) -> Option<&'a (Contract, Arc<DocumentRecord>)> {
    let id = parse::document(process, |id| contracts.iter().any(|(_, record)| record.id == *id)).ok();
    let by_id = contracts.iter().find(|(_, record)| id.as_ref().is_some_and(|id| *id == record.id));
    by_id.or_else(|| contracts.iter().find(|(contract, _)| contract.process_id() == Some(process)))
}

fn receipt(change: &Change) -> ChangeReceipt {
    let notice = |violation: &Violation| ViolationNotice { rule: violation.rule.clone(), what: violation.what.clone() };
    ChangeReceipt {
        change_id: change.id.to_string(),
        contract: change.contract.as_ref().map(|contract| contract.doc.uri()),
        violations: change.violations.iter().map(notice).collect(),
    }
}

fn moment(text: &str) -> Result<Timestamp, WriteError> {
    let text = parse::name("timestamp", text)?;
    let wrong = |_| format!("{text} is not a time, write it like 2026-11-21T07:56:03Z");
    Timestamp::parse(&text).map_err(|error| WriteError::field("timestamp", wrong(error)))
}

/// A text as it is, anything else as JSON.
fn inputs(given: &serde_json::Value) -> Result<crate::ledger::FreeText, WriteError> {
    match given {
        serde_json::Value::Null => Err(WriteError::field("inputs", "is missing; say what the run began with")),
        serde_json::Value::String(text) => parse::typed("inputs", text),
        other => parse::typed("inputs", &other.to_string()),
    }
}

fn checks(given: Option<&[CheckWritten]>) -> Result<Vec<PolicyCheck>, WriteError> {
    const FIELD: &str = "policy_checks";
    let given = given.ok_or_else(|| WriteError::field(FIELD, "is missing; write [] when there was none"))?;
    if given.len() > 100 {
        return Err(WriteError::field(FIELD, format!("has {} items, at most 100 are taken", given.len())));
    }
    let check = |check: &CheckWritten| match check {
        CheckWritten::Name(name) => Ok(PolicyCheck { name: parse::name(FIELD, name)?, passed: None }),
        CheckWritten::Full(full) => Ok(PolicyCheck { name: parse::name(FIELD, &full.name)?, passed: full.passed }),
    };
    given.iter().map(check).collect()
}

fn commit(text: &str) -> Result<String, WriteError> {
    let text = text.trim();
    let fits = COMMIT_DIGITS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| text.to_ascii_lowercase())
        .ok_or_else(|| WriteError::field("corpus_commit", "is not the name of a commit, 7 to 64 hexadecimal digits"))
}

fn cost(amount: Option<f64>, unit: Option<&str>) -> Result<Option<Cost>, WriteError> {
    let unit = parse::optional_name("cost_unit", unit)?;
    if unit.as_ref().is_some_and(|unit| unit.chars().count() > UNIT_CHARS) {
        return Err(WriteError::field("cost_unit", format!("has more than {UNIT_CHARS} characters")));
    }
    match amount {
        None if unit.is_some() => Err(WriteError::field("cost", "is missing, though cost_unit is there")),
        Some(amount) if !amount.is_finite() || amount < 0.0 => Err(WriteError::field("cost", "is not a cost")),
        amount => Ok(amount.map(|amount| Cost { amount, unit })),
    }
}
