//! What serves strangers is handed a public reader, and a private one is none.

use cairn::access::{Private, Public};
use cairn::library::{Face, Library, PublicLibrary, Reader};
use cairn::mcp::{FaceOptions, Mount};

fn serves(_reader: &Reader<Public>) {}

fn served(reader: &Reader<Private>) {
    serves(reader);
}

fn turned(reader: Reader<Private>) -> Reader<Public> {
    reader.into()
}

fn mounted() -> Mount<Public> {
    Mount::<Private>::new(FaceOptions::default())
}

fn library(library: Library) -> PublicLibrary {
    library
}

fn face(library: &PublicLibrary) {
    let _owner = library.owner(Face::Http);
}

fn main() {}
