//! Who asks, and where what they read with comes from.

use std::fmt;
use std::sync::Arc;

use crate::access::{Action, Scope};
use crate::library::{Pen, Reader, Verbs};

/// Who asks: what reads for them, and what writes for those who may write.
pub(super) struct Visitor {
    pub(super) reader: Box<dyn Verbs>,
    pub(super) pen: Option<Pen>,
}

impl Visitor {
    pub(super) fn of<S: Scope>((reader, pen): (Reader<S>, Option<Pen>)) -> Self
    where
        Reader<S>: Verbs,
    {
        Self { reader: Box::new(reader), pen }
    }

    /// The pen, if its holder may do `action` with it.
    pub(super) fn pen_for(&self, action: Action) -> Option<&Pen> {
        self.pen.as_ref().filter(|pen| pen.may(action))
    }
}

/// Lends the reader and the pen of somebody who stays: anew for each request of a stream, and while somebody waits to be
/// told of changes. What they may see can grow meanwhile, and it can end.
#[derive(Clone)]
pub struct Lender(Arc<dyn Fn() -> Option<Visitor> + Send + Sync>);

impl Lender {
    /// Takes what makes a reader, and a pen for who may write.
    #[must_use]
    pub fn new<S: Scope>(lend: impl Fn() -> (Reader<S>, Option<Pen>) + Send + Sync + 'static) -> Self
    where
        Reader<S>: Verbs,
    {
        Self::while_granted(move || Some(lend()))
    }

    /// The same, for somebody who may not read for ever: `None` from when they may not any more.
    #[must_use]
    pub fn while_granted<S: Scope>(lend: impl Fn() -> Option<(Reader<S>, Option<Pen>)> + Send + Sync + 'static) -> Self
    where
        Reader<S>: Verbs,
    {
        Self(Arc::new(move || lend().map(Visitor::of)))
    }

    pub(super) fn lend(&self) -> Option<Visitor> {
        (self.0)()
    }

    /// Lends what a test answers with.
    #[cfg(test)]
    pub(super) fn of_verbs(lend: impl Fn() -> Box<dyn Verbs> + Send + Sync + 'static) -> Self {
        Self(Arc::new(move || Some(Visitor { reader: lend(), pen: None })))
    }
}

impl fmt::Debug for Lender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lender").finish_non_exhaustive()
    }
}
