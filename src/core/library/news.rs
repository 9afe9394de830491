//! What a reader is told of while it waits: that what it sees has changed.
//!
//! It is woken by the shelves it opens and by no other. What is told is worked out from what it sees now and saw before,
//! so that what it may not see changes nothing, in no way.

use std::task::Poll;

use tokio::sync::watch;

use crate::access::Scope;
use crate::corpus::{Digest, DocumentId};

use super::Reader;

/// Tells a reader that a shelf of it has another generation.
#[derive(Debug)]
pub struct News(Vec<watch::Receiver<u64>>);

/// What a reader sees of some documents, and of the list of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// A digest of each document's file, in the order asked; `None` where the reader sees no such document.
    pub documents: Vec<Option<Digest>>,
    /// A number for what a list of all documents says; the same when one moves from shelf to shelf.
    pub listed: u64,
}

impl News {
    /// Tells nothing: for tests of faces.
    #[must_use]
    pub fn never() -> Self {
        Self(Vec::new())
    }

    /// Waits for the next generation. False when there will be no more.
    pub async fn next(&mut self) -> bool {
        let mut shelves: Vec<_> = self.0.iter_mut().map(|shelf| Box::pin(shelf.changed())).collect();
        let first = std::future::poll_fn(|context| {
            let swapped = shelves.iter_mut().find_map(|shelf| match shelf.as_mut().poll(context) {
                Poll::Ready(swapped) => Some(swapped.is_ok()),
                Poll::Pending => None,
            });
            swapped.map_or(Poll::Pending, Poll::Ready)
        });
        first.await
    }
}

impl<S: Scope> Reader<S> {
    /// What tells of generations from now on.
    #[must_use]
    pub fn news(&self) -> News {
        News(self.swaps())
    }

    /// What this reader sees now. Gives no text, so that it leaves no record; and costs so little that it is no question in
    /// the line, which those who wait for changes must not fill. What is no document's id is looked for as reading does:
    /// under the names of a shelf's documents, which are made once a generation, and only for this.
    #[must_use]
    pub fn standing(&self, documents: &[DocumentId]) -> Standing {
        let shelves = self.shelves();
        let digest = |id: &DocumentId| {
            let found = shelves.find(id).map(|(_, _, document)| document.record().sha256);
            found.or_else(|| shelves.called(id.as_str()))
        };
        let own = shelves.own.iter().map(|(_, shelf)| shelf.listed());
        let listed = std::iter::once(shelves.public.listed()).chain(own).fold(0, u64::wrapping_add);
        Standing { documents: documents.iter().map(digest).collect(), listed }
    }
}
