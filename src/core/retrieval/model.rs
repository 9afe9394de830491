//! Which model a question goes to.
//!
//! Cosines of two models can't be compared, so a question is embedded once or not at all: by the model of all shelves
//! that hold something. A model behind an endpoint is asked only if every shelf that is opened, empty or not, was made
//! by it: who may see a shelf whose texts stay here asks questions that stay here, too.

use std::sync::Arc;

use crate::embed::{EmbedError, Embedder, PieceStatistics};
use crate::engine::Searcher;

/// The model that may be asked about these shelves; none when they are of several, or when nothing is indexed.
pub(super) fn common(shelves: &[Arc<dyn Searcher>]) -> Option<&Arc<dyn Embedder>> {
    let mut filled = shelves.iter().filter(|shelf| !shelf.catalogue().is_empty()).map(|shelf| shelf.embedder());
    let first = filled.next()?;
    let agree = |other: &Arc<dyn Embedder>| other.model() == first.model();
    let all = filled.all(agree) && (!first.is_remote() || shelves.iter().all(|shelf| agree(shelf.embedder())));
    all.then_some(first)
}

/// A question's vector under the statistics of all shelves; none when the model can't be asked, which is told in the log.
pub(super) fn embed(model: &dyn Embedder, shelves: &[Arc<dyn Searcher>], words: &str) -> Option<Vec<f32>> {
    let embedded = match shelves {
        // One shelf is the common case and is asked without a copy of its table.
        [shelf] => model.query(words, shelf.piece_statistics()),
        _ => model.query(words, &statistics(shelves)),
    };
    match embedded {
        Ok(vector) => Some(vector),
        Err(error @ (EmbedError::Resting { .. } | EmbedError::Absent { .. })) => {
            tracing::debug!(embed.error = %error, "question is not embedded, ranking by words alone");
            None
        }
        Err(error) => {
            tracing::warn!(embed.error = %error, "question cannot be embedded, ranking by words alone");
            None
        }
    }
}

fn statistics(shelves: &[Arc<dyn Searcher>]) -> PieceStatistics {
    let mut sum = PieceStatistics::default();
    for shelf in shelves {
        let more = shelf.piece_statistics();
        sum.chunks += more.chunks;
        sum.frequency.resize(sum.frequency.len().max(more.frequency.len()), 0);
        for (sum, more) in sum.frequency.iter_mut().zip(&more.frequency) {
            *sum += more;
        }
    }
    sum
}
