//! Who looks at the ledger, and which of its lines they may see.
//!
//! The owner sees every line. Anybody else sees the retrievals whose shelves their grant all opens: a question that was
//! asked of a shelf they may not open is not theirs to know of, whatever was served. So it is with what people and agents
//! wrote of a retrieval, by the shelves that its author could open: it may be about any of them.

use crate::access::{CollectionName, Grant, Principal, Private, Role};
use crate::ledger::Record;

/// What one reader of the ledger may see.
#[derive(Debug, Clone)]
pub struct Sight {
    grant: Grant<Private>,
    everything: bool,
}

impl Sight {
    /// What `principal` may see; `None` for who may open nothing but what everybody may.
    #[must_use]
    pub fn of(principal: &Principal) -> Option<Self> {
        Some(Self { grant: principal.private()?, everything: principal.role() == Role::Owner })
    }

    /// Whether they may see a record. One that does not say which shelves it may speak of is the owner's.
    #[must_use]
    pub fn shows(&self, record: &Record) -> bool {
        let open = |shelf: &String| {
            shelf == "public" || CollectionName::parse(shelf).is_ok_and(|shelf| self.grant.opens(&shelf))
        };
        self.everything || record.scope().is_some_and(|scope| scope.iter().all(open))
    }
}
