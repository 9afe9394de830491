//! Writes down what was asked and served; never rewrites; verifies.
//!
//! `DATA/ledger/000017.jsonl` holds one record a line, each chained to the one before it by a digest; what was typed, the
//! text of queries first of all, stands in `DATA/ledger/text/2026-11.jsonl`, where it can be erased without touching the
//! chain. A record is acknowledged when it survives a power cut, and not before. `DATA/ledger/checkpoints` has signed
//! statements of what the ledger held, which its owner copies elsewhere. `docs/verify_ledger.py` checks a ledger without
//! us.
//! The caller holds the lock of the data folder: one [`Ledger`] a folder; readers may be many.

mod accepted;
mod around;
mod asked;
mod author;
mod backwards;
mod chain;
mod change;
mod checkpoint;
mod checkpoints;
mod clock;
mod course;
mod day;
mod disk;
mod effect;
mod erase;
mod erased;
mod errand;
mod error;
mod evaluation;
mod feedback;
mod form;
mod free_text;
mod fusion;
mod gap;
mod id;
mod journal;
mod keeper;
mod key;
mod known;
mod merkle;
mod missed;
mod mistakes;
mod month;
mod notary;
mod open;
mod outcome;
mod promoted;
mod published;
mod raw;
mod reader;
mod record;
mod retention;
mod retrieval;
mod search;
mod segment;
mod sink;
mod standing;
mod text;
mod token;
mod verify;
mod views;
mod when;
mod withdrawn;
mod writer;

#[cfg(test)]
mod tests;

pub use accepted::Accepted;
pub use asked::Asked;
pub use author::Author;
pub use chain::{Flaw, Head};
pub use change::{Change, ChangeId, ContractVersion, Cost, Escalation, PolicyCheck, Violation};
pub use checkpoint::{Checkpoint, CheckpointFlaw};
pub use checkpoints::newest_checkpoint;
pub use clock::{Clock, NoRandomness, Randomness, SystemClock, SystemRandomness, Timestamp, TimestampError};
pub use day::Day;
pub use disk::{Disk, DiskFile, SystemDisk};
pub use effect::Effect;
pub use erase::{Erasure, ErasureRule, erase};
pub use erased::{Erased, ErasedBy};
pub use errand::{Errand, ErrandDone};
pub use error::{Fault, LedgerError, Misfit};
pub use evaluation::{EvaluatedSet, Evaluation};
pub use feedback::{Feedback, FeedbackId, Involved, Judgement, Reason};
pub use free_text::{FreeText, FreeTextError, MAX_TEXT_BYTES};
pub use fusion::{Fusion, LegScale};
pub use gap::{Gap, GapId};
pub use id::{Id, Named, RecordId};
pub use keeper::Keeper;
pub use key::{PublicKey, PublicKeyError};
pub use merkle::Root;
pub use missed::Missed;
pub use mistakes::{Fix, Mistake, MistakeNumber, MistakeNumberError, MistakeStanding, Mistakes, Occurrence};
pub use open::{Opening, Options, RUN_DAYS, TEXT_DAYS};
pub use outcome::{Outcome, OutcomeId, OutcomeKind};
pub use promoted::Promoted;
pub use published::{Published, PublishedDocument};
pub use raw::RawLine;
pub use reader::{Follower, LedgerReader, Lines, Place};
pub use record::{Header, Line, Record, Recovered, Sequence};
pub use retention::{Due, TextDays};
pub use retrieval::{Client, Face, Hit, Legs, Retrieval, RetrievalId, Verb};
pub use search::{Documents, Filter, Newest, Oldest, RecordName, Words, with_text};
pub use sink::{GATHERING_MAX, Haste, LedgerSink, Receipt};
pub use token::{TokenAction, TokenChange};
pub use verify::{Verdict, verify, verify_against};
pub use views::{PageViews, Views};
pub use when::{moment, past, span_ms};
pub use withdrawn::{Withdrawal, Withdrawn, WithdrawnDocument};
pub use writer::{Health, Ledger};

/// The most bytes one record may take, envelope and all.
pub const MAX_RECORD_BYTES: usize = 1024 * 1024;
