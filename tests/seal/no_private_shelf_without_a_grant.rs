//! A private shelf is opened with a grant for private shelves; without one there is no way to what is on it.

use cairn::access::Principal;
use cairn::library::{Aside, Caller, Face, Library};
use cairn::retrieval::Query;

fn read(library: &Library, stranger: Principal) {
    let grant = stranger.public();
    let _reader = library.reader(&grant, Caller::new(stranger, Face::Http));
}

fn asked(aside: &Aside, stranger: &Principal, query: &Query) -> bool {
    aside.search_private(&stranger.public(), None, query).is_ok()
}

fn listed(aside: &Aside, stranger: &Principal) -> usize {
    aside.private(&stranger.public()).count()
}

fn slots(library: &Library) -> usize {
    library.private.load().len()
}

fn main() {}
