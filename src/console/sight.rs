//! Who looks at the ledger, and which of its lines they may see.
//!
//! The owner sees every line. Anybody else sees the retrievals whose shelves their grant all opens: a question that was
//! asked of a shelf they may not open is not theirs to know of, whatever was served.

use crate::access::{CollectionName, Grant, Principal, Private, Role};
use crate::ledger::Retrieval;

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

    /// Whether they may see every line.
    #[must_use]
    pub fn sees_everything(&self) -> bool {
        self.everything
    }

    /// Whether they may see a retrieval.
    #[must_use]
    pub fn shows(&self, retrieval: &Retrieval) -> bool {
        let open = |shelf: &String| {
            shelf == "public" || CollectionName::parse(shelf).is_ok_and(|shelf| self.grant.opens(&shelf))
        };
        self.everything || retrieval.scope.iter().all(open)
    }
}
