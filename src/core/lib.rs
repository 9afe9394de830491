//! What Cairn knows and keeps, without a face: the floors up to `owner`, as a crate of their own.
//!
//! No room here can know a face, whatever its imports say. The faces' root takes the rooms in, so that `crate::ROOM` is a
//! path in both packages.

pub mod access;
pub mod corpus;
pub mod embed;
pub mod engine;
pub mod governance;
pub mod history;
pub mod ledger;
pub mod library;
pub mod owner;
pub mod retrieval;
