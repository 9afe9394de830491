//! What benches stand on: a corpus of the size that is wanted, clocks, servers, and the bare yardstick.

pub(crate) mod corpus;
pub(crate) mod library;
pub(crate) mod measure;
pub(crate) mod raw;
pub(crate) mod serving;
