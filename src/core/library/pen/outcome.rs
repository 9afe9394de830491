//! Reporting what came of a public document.

use crate::access::Action;
use crate::corpus::DocumentId;
use crate::ledger::{Haste, Id, Outcome, OutcomeKind, Record};
use crate::library::wire::{OutcomeReceipt, OutcomeRequest};

use super::{Pen, WriteError, parse};

impl Pen {
    /// Writes down what came of a public document.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn report_outcome(&self, request: &OutcomeRequest) -> Result<OutcomeReceipt, WriteError> {
        self.check(Action::Feedback)?;
        let desk = &self.scribe.desk;
        let kind = parse::word("outcome", &request.outcome, &OutcomeKind::ALL, OutcomeKind::as_str)?;
        let is_there = |id: &DocumentId| self.scribe.public_document(id).is_some();
        let doc = parse::document(&request.uri, is_there)?;
        if !is_there(&doc) {
            return Err(WriteError::no_document(&request.uri));
        }
        let outcome = Outcome {
            id: Id::new(desk.clock.as_ref(), desk.randomness.as_ref())?,
            author: self.author(),
            outcome: kind,
            doc,
            note: parse::optional_typed("note", request.note.as_deref())?,
        };
        let outcome_id = outcome.id.to_string();
        desk.sink.append_record(Record::Outcome(Box::new(outcome)), Haste::Now).await?;
        Ok(OutcomeReceipt { outcome_id })
    }
}
