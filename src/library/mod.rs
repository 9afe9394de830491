//! The whole knowledge base behind one door: open, index, watch, search, read, and write down what became of it.
//!
//! A [`Library`] owns everything; a [`PublicLibrary`] is what faces that serve strangers hold, and nothing leads from
//! it to a private shelf. Both lend [`Reader`]s; a reader writes the ledger record of each verb itself, before the
//! answer leaves, so that no face can forget. One indexer thread makes generations; readers see whole ones only.

mod again;
mod answer;
mod aside;
mod ask;
mod browse;
mod check;
mod collections;
mod crossings;
mod desk;
mod error;
mod exposure;
mod folder;
mod graph;
mod history;
mod images;
mod indexer;
mod inspect;
mod known;
mod lines;
mod models;
mod of_kind;
mod offload;
mod open;
mod options;
mod owners;
mod page;
mod past;
mod pen;
mod promote;
mod read;
mod reader;
mod renewal;
mod review;
mod shelf;
mod shelves;
mod shown;
mod signals;
mod source;
mod staged;
mod status;
mod watcher;
pub mod wire;
mod withheld;

pub use crate::governance::Consent;
pub use again::AgainError;
pub use answer::{Answer, Listing, Reading};
pub use aside::{Aside, Means};
pub use ask::Printing;
pub use browse::BrowseQuery;
pub use check::{Checked, check};
pub use desk::{Caller, Client, Face};
pub use error::{LibraryError, ReadError};
pub use exposure::{names, standings};
pub use folder::{DataFolder, Holder};
pub use graph::Graph;
pub use images::{Image, Images, Picture};
pub use lines::{DocumentLines, document_lines};
pub use of_kind::{staged_documents, tree_documents};
pub use open::{Held, HistoryStamp, Library, Outside, PublicLibrary};
pub use options::{CollectionOptions, Commits, Options, Progress, Records};
pub use pen::{FIXES_MISTAKE, Fixes, Pen, WriteError};
pub use promote::{Evidence, evidence, page_place};
pub use read::Target;
pub use reader::Reader;
pub use review::{due, verified};
pub use shelf::Shelf;
pub use staged::check_staged;
pub use status::{FileFindings, ShelfStatus, Status};
