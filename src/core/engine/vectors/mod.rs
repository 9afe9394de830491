//! Vectors in memory, and what is nearest to a question: int8 scan, exact rescore, a graph where it pays.
//!
//! Invariants: one writer ([`VectorStore`]), any number of frozen views ([`VectorView`]); a view never sees a later
//! change. One vector a text, however many passages have it. Nothing here touches the disk: the engine writes
//! [`Encoded`] vectors and gives them back.

mod block;
mod encoded;
mod graph;
mod kernel;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(in crate::engine) use encoded::Encoded;
pub(in crate::engine) use graph::{Graph, GraphOptions};
pub(in crate::engine) use store::{VectorKey, VectorStore};
pub(in crate::engine) use view::VectorView;
