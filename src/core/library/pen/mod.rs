//! Writing into the ledger: feedback, gaps, outcomes and runs of processes, from every face through one door.
//!
//! A [`Pen`] is lent by a [`Library`](super::Library) to who holds a private grant, and says itself what its caller may
//! not: no face can forget. What a record names is looked for first, and what the caller may not know of is not there.
//! The receipt is given when the record survives a power cut, and not before.

mod change;
mod error;
mod feedback;
mod fixes;
mod gap;
mod mistakes;
mod outcome;
mod parse;
mod scribe;

use std::sync::Arc;

use crate::access::{Action, Grant, Private};
use crate::ledger::Author;

use super::Caller;

pub use error::WriteError;
pub use fixes::{FIXES_MISTAKE, Fixes};
pub(super) use scribe::Scribe;

/// What a caller writes with.
#[derive(Debug, Clone)]
pub struct Pen {
    scribe: Arc<Scribe>,
    grant: Grant<Private>,
    caller: Caller,
}

impl Pen {
    pub(super) fn new(scribe: Arc<Scribe>, grant: Grant<Private>, caller: Caller) -> Self {
        Self { scribe, grant, caller }
    }

    /// Whether its caller may write what `action` allows.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        self.caller.principal.can(action)
    }

    /// Who writes.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Lets a face add what it learned of the caller (client name, trace, process).
    #[must_use]
    pub fn for_caller(mut self, caller: Caller) -> Self {
        self.caller = caller;
        self
    }

    fn check(&self, needs: Action) -> Result<(), WriteError> {
        if self.may(needs) { Ok(()) } else { Err(WriteError::Forbidden { needs }) }
    }

    fn author(&self) -> Author {
        let mut author = Author::new(&self.caller.principal, self.caller.face);
        author.client.clone_from(&self.caller.client);
        author.trace.clone_from(&self.caller.trace);
        author.scope = self.scribe.shelves(&self.grant);
        author
    }
}
