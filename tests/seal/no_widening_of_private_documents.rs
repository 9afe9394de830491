//! Public documents go among private ones; there is no way back.

use cairn::access::{Private, Public};
use cairn::corpus::Document;

fn widened(document: &Document<Private>) -> Document<Public> {
    document.widen()
}

fn converted(document: Document<Private>) -> Document<Public> {
    document.into()
}

fn main() {}
