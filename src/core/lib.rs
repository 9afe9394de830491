//! What Cairn knows and keeps, without a face: the floors up to `library`, as a crate of their own.
//!
//! No room here can know a face, whatever its imports say, and while this crate's code is made the faces' types are looked
//! at. `cairn` passes the rooms on under its own name, so that a path is the same wherever it is written.

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
