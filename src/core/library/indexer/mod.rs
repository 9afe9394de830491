//! The indexer: one thread that makes generations of what is on disk.
//!
//! What is on disk is the truth: an event only says where to look. A file counts as unchanged when size and time are
//! those of the version that was read, and else when its digest is; a file that changed within the clock's grain of
//! being read is looked at again. A failed batch leaves its files marked, and the next comparison tries again.

mod batch;
mod comparison;
mod handle;
mod stock;
mod thread;

pub(super) use handle::IndexerHandle;
pub(super) use thread::Indexer;
