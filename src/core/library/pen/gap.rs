//! Reporting a gap: what was needed and is not there.

use crate::access::Action;
use crate::ledger::{Gap, Id, Record};
use crate::library::wire::{GapReceipt, GapRequest};

use super::scribe::known;
use super::{Pen, WriteError, parse};

impl Pen {
    /// Writes down that something is missing.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn report_gap(&self, request: &GapRequest) -> Result<GapReceipt, WriteError> {
        self.check(Action::Feedback)?;
        let desk = &self.scribe.desk;
        let process = parse::optional_name("process_id", request.process_id.as_deref())?;
        let gap = Gap {
            id: Id::new(desk.clock.as_ref(), desk.randomness.as_ref())?,
            author: self.author(),
            process: process.or_else(|| self.caller.process.clone()),
            retrievals: parse::retrievals("retrievals", request.retrievals.as_deref())?,
            need: parse::typed("need", &request.need)?,
            tried: parse::optional_typed("tried", request.tried.as_deref())?,
        };
        let (pen, gap_id) = (self.clone(), gap.id.to_string());
        let work = move || {
            let found = pen.scribe.retrievals(&pen.caller, &gap.retrievals)?;
            gap.retrievals.iter().try_for_each(|id| known(&found, id).map(drop))?;
            pen.scribe.write(Record::Gap(Box::new(gap)))
        };
        desk.offload.run(move || Ok(work())).await??;
        Ok(GapReceipt { gap_id })
    }
}
