//! A text that somebody typed into a record. The chain has its keyed digest and its length; the text stands beside the
//! chain, where it can be erased.

use serde::{Deserialize, Serialize};

use super::RecordId;

/// The most bytes of a text.
pub const MAX_TEXT_BYTES: usize = 16 * 1024;

/// A text that can't be written down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FreeTextError {
    /// There is nothing in it.
    #[error("is empty; say it in words, or leave it out")]
    Empty,
    /// It is too long.
    #[error("has {bytes} bytes, at most {MAX_TEXT_BYTES} are kept; say it in fewer words")]
    TooLong {
        /// How many it has.
        bytes: usize,
    },
}

/// A text that somebody typed. In the chain: `{"mac":"<64 hex>","len":41}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeText {
    /// HMAC-SHA-256 of the text under its salt; the writer makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mac: Option<String>,
    /// Its length in bytes; the writer makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    len: Option<u64>,
    /// What was typed: given back by the reader as long as it has not been erased.
    #[serde(skip)]
    text: Option<String>,
}

impl FreeText {
    /// Takes a text, without the space around it.
    ///
    /// # Errors
    /// Fails when it is empty or too long.
    pub fn new(text: &str) -> Result<Self, FreeTextError> {
        let text = text.trim();
        match text.len() {
            0 => Err(FreeTextError::Empty),
            bytes if bytes > MAX_TEXT_BYTES => Err(FreeTextError::TooLong { bytes }),
            _ => Ok(Self { mac: None, len: None, text: Some(text.to_owned()) }),
        }
    }

    /// What was typed; `None` when it was erased.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Its length in bytes; only a record that was read has it.
    #[must_use]
    pub fn len_bytes(&self) -> Option<u64> {
        self.len
    }

    pub(super) fn slot<'a>(&'a mut self, record: &'a RecordId, field: &'static str) -> Slot<'a> {
        Slot { record, field, mac: &mut self.mac, len: &mut self.len, text: &mut self.text }
    }
}

/// Where a record has a text: what the chain says of it, and the text itself while it is at hand.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    /// The record.
    pub(super) record: &'a RecordId,
    /// The field; empty for a retrieval's question.
    pub(super) field: &'static str,
    pub(super) mac: &'a mut Option<String>,
    pub(super) len: &'a mut Option<u64>,
    pub(super) text: &'a mut Option<String>,
}
