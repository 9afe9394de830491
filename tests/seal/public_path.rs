//! What is allowed: public documents in public hands, and public ones among private ones.

use cairn::access::{CollectionName, Grant, Principal, Private, Public, Visibility};
use cairn::corpus::{Classified, Document, Draft, SourceFile, SourcePath};
use cairn::ledger::Timestamp;
use cairn::library::{Answer, Caller, Face, Image, PublicLibrary, Reader, Shelf};
use cairn::retrieval::Passage;
use cairn::site::{Asked, Html, Site, SiteOptions};

/// A document of a public folder.
pub(crate) fn a_public_document() -> Document<Public> {
    let file = SourceFile {
        collection: CollectionName::parse("playbook").unwrap(),
        path: SourcePath::new("loop.md"),
        bytes: b"# Loop\n\nText.\n".to_vec(),
        modified_ns: 0,
    };
    match Draft::parse(file).classify(Visibility::Public) {
        Classified::Public(document, _) => document,
        Classified::Private(..) => panic!("a page in a public folder is public"),
    }
}

/// Public documents go among private ones.
pub(crate) fn widened(document: &Document<Public>) -> Document<Private> {
    document.widen()
}

/// A handler for strangers: it can name the public shelf and a public reader.
#[expect(dead_code, reason = "that it compiles is the test")]
pub(crate) fn handler(library: &PublicLibrary) -> (Reader<Public>, std::sync::Arc<Shelf<Public>>) {
    (library.reader(Caller::new(Principal::anonymous(), Face::Http)), library.shelf())
}

/// Draws what anybody may see.
pub(crate) fn titles(documents: &[Document<Public>]) -> Vec<&str> {
    documents.iter().map(|document| document.record().title.as_str()).collect()
}

/// Draws a public answer.
#[expect(dead_code, reason = "that it compiles is the test")]
pub(crate) fn texts(answer: &Answer<Public>) -> Vec<&str> {
    answer.passages.iter().map(|passage: &Passage<Public>| passage.text.as_str()).collect()
}

/// An image is found by what public pages name.
#[expect(dead_code, reason = "that it compiles is the test")]
pub(crate) fn image(library: &PublicLibrary, key: &str) -> Option<Image> {
    library.images(&library.shelf()).find(key).map(|(image, _)| image.clone())
}

/// A stranger has the public grant and no other.
pub(crate) fn grants_of_a_stranger() -> (Grant<Public>, Option<Grant<Private>>) {
    let stranger = Principal::anonymous();
    (stranger.public(), stranger.private())
}

/// The site is made of the public library and draws a public answer.
#[expect(dead_code, reason = "that it compiles is the test")]
pub(crate) fn page(library: PublicLibrary, options: SiteOptions, now: Timestamp, answer: &Answer<Public>) -> Html {
    Site::new(library, options, now).search(&Asked::from("question"), Some(answer), None)
}
