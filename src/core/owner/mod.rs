//! What only the doors of this machine's own user take: stdio, the command line, the socket in the data folder.
//!
//! A room of its own because `cairn` passes the others on and this one not: a program that uses `cairn` alone can't say that
//! it is this person. `tests/house.rs` names the files that may.

use crate::access::{Grant, Principal, Private};
use crate::library::{Face, Library, Pen, Reader};

/// Lends the local owner a reader of everything.
#[must_use]
pub fn reader(library: &Library, face: Face) -> Reader<Private> {
    library.owner(face)
}

/// Lends the local owner a pen.
#[must_use]
pub fn pen(library: &Library, face: Face) -> Option<Pen> {
    library.owner_pen(face)
}

/// What the local owner may open of a corpus that is set aside: all of it.
#[must_use]
pub fn grant() -> Option<Grant<Private>> {
    Principal::local_owner().private()
}
