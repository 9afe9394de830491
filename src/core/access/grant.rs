//! The proof, as a type, of which shelves a principal may open.
//!
//! A `Grant<Public>` opens the public shelf. A `Grant<Private>` opens the public shelf and the private collections it
//! names. Both are made by [`Principal`](super::Principal) and nowhere else.

use std::marker::PhantomData;
use std::sync::Arc;

use super::{CollectionName, Private, Public, Scope};

/// Proof that its holder may open shelves of scope `S`.
#[derive(Debug, Clone)]
pub struct Grant<S: Scope> {
    reach: Reach,
    scope: PhantomData<S>,
}

/// Which private collections a principal may open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    Nothing,
    Named(Arc<[CollectionName]>),
    Everything,
}

impl Grant<Public> {
    pub(super) fn public() -> Self {
        Self { reach: Reach::Nothing, scope: PhantomData }
    }
}

impl Grant<Private> {
    pub(super) fn private(reach: Reach) -> Self {
        Self { reach, scope: PhantomData }
    }

    /// Whether the private collection `name` may be opened.
    #[must_use]
    pub fn opens(&self, name: &CollectionName) -> bool {
        match &self.reach {
            Reach::Nothing => false,
            Reach::Named(names) => names.contains(name),
            Reach::Everything => true,
        }
    }
}
