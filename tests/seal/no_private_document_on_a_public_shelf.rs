//! The public shelf finds nothing for a private document, and a public reader answers with public ones only.

use cairn::access::{Private, Public};
use cairn::corpus::Document;
use cairn::library::{Reader, Reading, Shelf, Target};

fn text(shelf: &Shelf<Public>, document: &Document<Private>) -> bool {
    shelf.text(document).is_ok()
}

async fn read(reader: &Reader<Public>, target: Target) -> Option<Reading<Private>> {
    reader.read(target).await.ok()
}

fn main() {}
