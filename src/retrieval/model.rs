//! Which model a question goes to.
//!
//! Cosines of two models can't be compared, so a question is embedded once or not at all: by the model of all shelves
//! that hold something. A model behind an endpoint is asked only if every shelf that is opened, empty or not, was made
//! by it: who may see a shelf whose texts stay here asks questions that stay here, too.

use std::sync::Arc;

use crate::embed::Embedder;
use crate::engine::Searcher;

/// The model that may be asked about these shelves; none when they are of several, or when nothing is indexed.
pub(super) fn common(shelves: &[Arc<dyn Searcher>]) -> Option<&Arc<dyn Embedder>> {
    let mut filled = shelves.iter().filter(|shelf| !shelf.catalogue().is_empty()).map(|shelf| shelf.embedder());
    let first = filled.next()?;
    let agree = |other: &Arc<dyn Embedder>| other.model() == first.model();
    let all = filled.all(agree) && (!first.is_remote() || shelves.iter().all(|shelf| agree(shelf.embedder())));
    all.then_some(first)
}
