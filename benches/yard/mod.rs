//! What benches stand on: a corpus of the size that is wanted, clocks, servers, and the bare yardstick.

#[global_allocator]
static ALLOCATOR: cairn::cli::Allocator = cairn::cli::Allocator;

pub(crate) mod corpus;
pub(crate) mod library;
pub(crate) mod measure;
pub(crate) mod raw;
pub(crate) mod serving;
