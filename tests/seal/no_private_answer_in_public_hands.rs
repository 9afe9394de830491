//! What draws public answers takes no private one.

use cairn::access::{Private, Public};
use cairn::corpus::Document;
use cairn::library::{Answer, PublicLibrary};
use cairn::retrieval::Passage;

fn draws(_answer: &Answer<Public>) {}

fn shows(_passage: &Passage<Public>) {}

fn answer(answer: &Answer<Private>) {
    draws(answer);
    for passage in &answer.passages {
        shows(passage);
    }
}

fn commit(library: &PublicLibrary, document: &Document<Private>) -> bool {
    library.commit_of(document).is_some()
}

fn main() {}
