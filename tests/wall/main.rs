//! The wall: nothing that is private reaches a stranger, and nothing of it moves what strangers get.
//!
//! Two servers have the same public files, and private files that differ in every slot. They are asked the same
//! questions at the same moments, while their private sides go on changing, and must answer with the same bytes: status,
//! headers and body. Beside that, no word that stands in private slots only may stand in any answer, in any form.
//!
//! Leaks that were planted to see this fail, each found within the first pairs: document frequencies of private shelves
//! added to those of the public one (scores in `search_context`), a graph over all documents (backlinks in
//! `get_document`), narrowed pages counted among those of their collection (`browse_context`), a private file that takes
//! the place of a public one with another extension (`browse_context`).

#![cfg(test)]
#![expect(clippy::string_slice, reason = "places come from searches in the same text; a test may stop at a wrong one")]

mod canary;
mod commits;
mod corpus;
mod dice;
mod git;
mod house;
mod messages;
mod pairs;
mod past;
mod race;
mod requests;

/// A number from outside: a long run is asked for by the environment.
fn number(name: &str, otherwise: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test has no other way to be told how long to run")]
    let given = std::env::var(name).ok();
    given.map_or(otherwise, |given| given.parse().unwrap_or_else(|_| panic!("{name}: {given:?} is not a number")))
}
