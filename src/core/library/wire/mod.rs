//! The wire form of questions and answers: one set of names for HTTP, MCP and `--json`.
//!
//! Both doors read these requests and print these answers, so that they can't drift apart. Every field is plain data;
//! nothing here decides who may see what.

mod citation;
mod counted;
mod documents;
mod explain;
mod fence;
mod loose;
mod request;
mod search;
mod structured;
mod written;

pub use citation::Citation;
pub(super) use counted::{ANY_GENERATION, ANY_ID};
pub use counted::{Counted, Form, SearchJson, SearchText, Text};
pub use documents::{
    BriefingAnswer, BrowseAnswer, BrowseRequest, CatalogueEntry, CollectionCount, DocumentAnswer, Heading, Quoted,
    ReadForm, ReadRequest, Reference, document_json, document_text,
};
pub use explain::{Expanded, Explained, LegRank, PolicyNote, Why};
pub use fence::{fence, fence_with};
pub use request::SearchRequest;
pub use search::{AlsoIn, Hit, SearchAnswer};
pub use structured::structured;
pub use written::{
    ChangeReceipt, ChangeRequest, CheckWritten, EscalationWritten, FeedbackReceipt, FeedbackRequest, FullCheck,
    GapReceipt, GapRequest, MistakeNotice, OutcomeReceipt, OutcomeRequest, ViolationNotice,
};

/// A score to four places. The digits behind say in which order numbers were added, and so how an index lies on disk at
/// the moment: nothing of a passage, and nothing for strangers.
fn rounded(score: f32) -> f32 {
    (score * 1e4).round() / 1e4
}

/// The longest title, name or tag that is printed, and the longest description, in characters.
const TITLE_CHARS: usize = 200;
const SENTENCE_CHARS: usize = 400;

/// The beginning of what is longer than an answer has room for: a budget is for passages.
fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
