//! A handler that holds the library of strangers can't come to a private shelf through it.

use cairn::access::{Private, Public};
use cairn::library::{PublicLibrary, Reader, Shelf};
use std::sync::Arc;

fn shelf(library: &PublicLibrary) -> Arc<Shelf<Private>> {
    library.shelf()
}

fn reader(library: &PublicLibrary, caller: cairn::library::Caller) -> Reader<Private> {
    library.reader(caller)
}

fn all(library: &PublicLibrary) -> usize {
    library.shelves().len()
}

fn field(library: &PublicLibrary) -> Arc<Shelf<Public>> {
    library.slot.load()
}

fn main() {}
