//! An image is read that a public page names, and no other: a caller's path makes none.

use cairn::access::CollectionName;
use cairn::corpus::SourcePath;
use cairn::library::Image;

fn image(collection: CollectionName, path: SourcePath) -> Image {
    Image { collection, path }
}

fn main() {}
