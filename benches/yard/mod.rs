//! What both benches stand on: a corpus of the size that is wanted, clocks, and the bare yardstick.

pub(crate) mod corpus;
pub(crate) mod library;
pub(crate) mod measure;
pub(crate) mod raw;
