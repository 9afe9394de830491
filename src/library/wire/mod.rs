//! The wire form of questions and answers: one set of names for HTTP, MCP and `--json`.
//!
//! Both doors read these requests and print these answers, so that they can't drift apart. Every field is plain data;
//! nothing here decides who may see what.

mod citation;
mod documents;
mod explain;
mod loose;
mod request;
mod search;
mod written;

pub use citation::Citation;
pub use documents::{
    BrowseAnswer, BrowseRequest, CatalogueEntry, CollectionCount, DocumentAnswer, Heading, ReadRequest, Reference,
};
pub use explain::{Expanded, Explained, LegRank, PolicyNote, Why};
pub use request::SearchRequest;
pub use search::{AlsoIn, Form, Hit, SearchAnswer, json};
pub use written::{
    ChangeReceipt, ChangeRequest, CheckWritten, EscalationWritten, FeedbackReceipt, FeedbackRequest, FullCheck,
    GapReceipt, GapRequest, MistakeNotice, OutcomeReceipt, OutcomeRequest, ViolationNotice,
};

/// A score to four places. The digits behind say in which order numbers were added, and so how an index lies on disk at
/// the moment: nothing of a passage, and nothing for strangers.
fn rounded(score: f32) -> f32 {
    (score * 1e4).round() / 1e4
}
