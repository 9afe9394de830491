//! Nobody outside the crate can say that they are the person at this machine.

use cairn::access::Principal;
use cairn::library::{Face, Library};

fn principal() -> Principal {
    Principal::local_owner()
}

fn reader(library: &Library) {
    let _reader = library.owner(Face::Stdio);
}

fn lent(library: &Library) {
    let _reader = cairn::owner::reader(library, Face::Stdio);
}

fn main() {}
