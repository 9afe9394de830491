//! Who asks: anonymous, the holder of a token, or the local owner.

use std::sync::Arc;

use super::grant::Reach;
use super::{Action, CollectionName, Grant, Private, Public};

/// What a principal is, as the ledger writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// No credential: the public shelf only.
    Anonymous,
    /// The holder of a token for named collections.
    Agent,
    /// The local owner, or the holder of an admin token: everything.
    Owner,
}

impl Role {
    /// Returns the word the ledger uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Agent => "agent",
            Self::Owner => "owner",
        }
    }
}

/// Who asks, and what they may open.
#[derive(Debug, Clone)]
pub struct Principal {
    id: Arc<str>,
    role: Role,
    reach: Reach,
    actions: Arc<[Action]>,
}

impl Principal {
    /// The caller without a credential.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            id: Arc::from("anonymous"),
            role: Role::Anonymous,
            reach: Reach::Nothing,
            actions: Arc::from([Action::Read]),
        }
    }

    /// The person at this machine: stdio, the command line, the socket in the data folder.
    ///
    /// Doors ask the room `owner` for them; `tests/house.rs` names those that may.
    pub(crate) fn local_owner() -> Self {
        Self::owner("local")
    }

    pub(super) fn owner(id: &str) -> Self {
        Self { id: Arc::from(id), role: Role::Owner, reach: Reach::Everything, actions: Arc::from([Action::Admin]) }
    }

    pub(super) fn agent(id: &str, collections: Vec<CollectionName>, actions: Vec<Action>) -> Self {
        Self { id: Arc::from(id), role: Role::Agent, reach: Reach::Named(collections.into()), actions: actions.into() }
    }

    /// The id the ledger writes: `anonymous`, `local`, or a token's id (`tok_…`), never a name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What kind of caller this is.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether the principal may do `action`.
    #[must_use]
    pub fn can(&self, action: Action) -> bool {
        self.actions.contains(&action) || self.actions.contains(&Action::Admin)
    }

    /// The grant every caller has.
    #[must_use]
    pub fn public(&self) -> Grant<Public> {
        Grant::public()
    }

    /// The grant for private shelves, for those who have one.
    #[must_use]
    pub fn private(&self) -> Option<Grant<Private>> {
        match &self.reach {
            Reach::Nothing => None,
            reach => Some(Grant::private(reach.clone())),
        }
    }
}
