//! Writes down what was asked and served; never rewrites; verifies.
//!
//! `DATA/ledger/000017.jsonl` holds one record a line, each chained to the one before it by a digest; the text of queries
//! stands in `DATA/ledger/text/2026-11.jsonl`, where it can be erased without touching the chain. A record is
//! acknowledged when it survives a power cut, and not before. `docs/verify_ledger.py` checks a ledger without us.
//! The caller holds the lock of the data folder: one [`Ledger`] a folder; readers may be many.

mod backwards;
mod chain;
mod clock;
mod disk;
mod erase;
mod erased;
mod errand;
mod error;
mod keeper;
mod open;
mod promoted;
mod published;
mod reader;
mod record;
mod search;
mod segment;
mod sink;
mod text;
mod token;
mod verify;
mod views;
mod withdrawn;
mod writer;

#[cfg(test)]
mod tests;

pub use chain::{Flaw, Head};
pub use clock::{Clock, NoRandomness, Randomness, SystemClock, SystemRandomness, Timestamp, TimestampError};
pub use disk::{Disk, DiskFile, SystemDisk};
pub use erase::{Erasure, ErasureRule, erase};
pub use erased::{Erased, ErasedBy};
pub use errand::{Errand, ErrandDone};
pub use error::{Fault, LedgerError};
pub use keeper::Keeper;
pub use open::{Opening, Options};
pub use promoted::Promoted;
pub use published::{Published, PublishedDocument};
pub use reader::{Follower, LedgerReader, Lines};
pub use record::{Client, Face, Header, Hit, Legs, Line, Record, Recovered, Retrieval, RetrievalId, Sequence, Verb};
pub use search::{Documents, Filter, Newest, Oldest, RecordName, Words, with_text};
pub use sink::{LedgerSink, Receipt};
pub use token::{TokenAction, TokenChange};
pub use verify::{Verdict, verify};
pub use views::{PageViews, Views};
pub use withdrawn::{Withdrawal, Withdrawn, WithdrawnDocument};
pub use writer::{Health, Ledger};

/// The most bytes one record may take, envelope and all.
pub const MAX_RECORD_BYTES: usize = 1024 * 1024;
