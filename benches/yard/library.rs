//! A library over `ROOT/docs`, as a server opens it.

use std::path::Path;
use std::sync::Arc;

use cairn::access::{CollectionName, Principal, Public, Visibility};
use cairn::embed::{Embedder, StaticModel};
use cairn::ledger::{Haste, Ledger, LedgerSink, Receipt, Record, Sequence, SystemClock, SystemRandomness};
use cairn::library::wire::{SearchAnswer, SearchRequest};
use cairn::library::{Caller, CollectionOptions, Face, Library, Options, Outside, Reader};

/// The model that is compiled into the binary.
pub(crate) fn model() -> Arc<dyn Embedder> {
    Arc::new(StaticModel::new().unwrap())
}

/// Opens the library; it is ready when this returns.
pub(crate) async fn open(root: &Path, data: &Path, watch: bool) -> Library {
    std::fs::create_dir_all(data).unwrap();
    let (ledger, _) = Ledger::open(&data.join("ledger"), cairn::ledger::Options::default()).unwrap();
    open_with(root, data, watch, Arc::new(ledger)).await
}

/// The same, with records going elsewhere.
pub(crate) async fn open_with(root: &Path, data: &Path, watch: bool, sink: Arc<dyn LedgerSink>) -> Library {
    let collection = CollectionOptions {
        name: CollectionName::parse("docs").unwrap(),
        path: root.join("docs"),
        visibility: Visibility::Public,
        language: None,
        include: Vec::new(),
        exclude: Vec::new(),
    };
    let mut options = Options::new(root.to_owned(), data.to_owned(), vec![collection]);
    options.watch = watch;
    options.reconcile_every = std::time::Duration::from_secs(3_600);
    let outside =
        Outside { embedder: model(), sink, clock: Arc::new(SystemClock), randomness: Arc::new(SystemRandomness) };
    let library = Library::open(options, outside).unwrap();
    library.wait_ready().await;
    library
}

/// A reader of the public shelf.
pub(crate) fn reader(library: &Library) -> Reader<Public> {
    library.public().reader(Caller::new(Principal::anonymous(), Face::Http))
}

/// Asks as a client does, up to the bytes that would leave; gives how many passages there are.
pub(crate) async fn ask(reader: &Reader<Public>, question: &str) -> usize {
    let request = SearchRequest { query: question.to_owned(), ..SearchRequest::default() };
    let answer = SearchAnswer::of(reader.search(request.parse(100).unwrap()).await.unwrap());
    let bytes = serde_json::to_vec(&answer).unwrap();
    std::hint::black_box(bytes);
    answer.hits.len()
}

/// Takes records and forgets them.
#[derive(Debug)]
pub(crate) struct Nowhere;

impl LedgerSink for Nowhere {
    fn append_record(&self, _: Record, _: Haste) -> Receipt {
        Receipt::written(Sequence(1))
    }
}
