//! An answer for strangers has no room for a private passage, and no private answer becomes one.

use cairn::access::{Private, Public};
use cairn::library::{Answer, Listing, Reading};
use cairn::retrieval::Passage;

fn put(answer: &mut Answer<Public>, passage: Passage<Private>) {
    answer.passages.push(passage);
}

fn turned(answer: Answer<Private>) -> Answer<Public> {
    answer.into()
}

fn taken_over(answer: Answer<Private>) -> Answer<Public> {
    Answer { passages: Vec::new(), ..answer }
}

fn read(reading: Reading<Private>) -> Reading<Public> {
    Reading { document: reading.document, ..todo_reading() }
}

fn listed(mut listing: Listing<Public>, other: Listing<Private>) {
    listing.documents.extend(other.documents);
}

fn todo_reading() -> Reading<Public> {
    loop {}
}

fn main() {}
