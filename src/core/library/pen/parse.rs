//! From the texts of a wire request to what a record takes, with an error that names the field.

use std::borrow::Cow;

use super::WriteError;
use crate::corpus::{DocumentId, decoded};
use crate::ledger::{FreeText, RetrievalId};

/// The most characters of a name: a process, a tool, a check, an owner.
const NAME_CHARS: usize = 200;
/// The most items of a list.
const LIST_ITEMS: usize = 100;

/// A name: one line, not empty, not long.
pub(super) fn name(field: &'static str, text: &str) -> Result<String, WriteError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(WriteError::field(field, "is missing"));
    }
    if text.chars().count() > NAME_CHARS || text.contains(char::is_control) {
        return Err(WriteError::field(field, format!("is not one line of at most {NAME_CHARS} characters")));
    }
    Ok(text.to_owned())
}

/// The same for what may be left out.
pub(super) fn optional_name(field: &'static str, text: Option<&str>) -> Result<Option<String>, WriteError> {
    text.map(|text| name(field, text)).transpose()
}

/// What somebody typed, where it has to be.
pub(super) fn typed(field: &'static str, text: &str) -> Result<FreeText, WriteError> {
    if text.trim().is_empty() {
        return Err(WriteError::field(field, "is missing; say it in words"));
    }
    FreeText::new(text).map_err(|error| WriteError::field(field, error.to_string()))
}

/// The same for what may be left out, where an empty text is none.
pub(super) fn optional_typed(field: &'static str, text: Option<&str>) -> Result<Option<FreeText>, WriteError> {
    text.filter(|text| !text.trim().is_empty()).map(|text| typed(field, text)).transpose()
}

/// A word of a closed list, in any case.
pub(super) fn word<T: Copy>(
    field: &'static str,
    text: &str,
    all: &[T],
    as_str: impl Fn(T) -> &'static str,
) -> Result<T, WriteError> {
    let found = all.iter().find(|known| as_str(**known).eq_ignore_ascii_case(text.trim()));
    found.copied().ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|known| as_str(*known)).collect();
        let given: String = text.trim().chars().take(40).collect();
        let what = if given.is_empty() { "is missing".to_owned() } else { format!("{given:?} is not a word for it") };
        WriteError::field(field, format!("{what}; write one of {}", words.join(", ")))
    })
}

/// A list that is not long.
pub(super) fn bounded(field: &'static str, items: &[String]) -> Result<(), WriteError> {
    if items.len() > LIST_ITEMS {
        return Err(WriteError::field(field, format!("has {} items, at most {LIST_ITEMS} are taken", items.len())));
    }
    Ok(())
}

/// Names of retrievals. One that can't be a name is a retrieval that is not there.
pub(super) fn retrievals(field: &'static str, ids: Option<&[String]>) -> Result<Vec<RetrievalId>, WriteError> {
    let ids = ids.unwrap_or_default();
    bounded(field, ids)?;
    ids.iter().map(|id| RetrievalId::parse(id.trim()).ok_or_else(|| WriteError::no_retrieval(id))).collect()
}

/// The document that is meant: by its id or its URI, with an anchor or without, and with the ending of its file. A `#` and
/// a `%` may be parts of a name, so that what is there decides; of what is not there, no more than a name is known.
pub(super) fn document(text: &str, is_there: impl Fn(&DocumentId) -> bool) -> Result<DocumentId, WriteError> {
    let whole = text.trim();
    let whole = whole.strip_prefix("cairn://").unwrap_or(whole);
    let head = whole.split_once('#').map_or(whole, |(id, _)| id);
    let named = |name: &str| {
        let id = DocumentId::parse(name).ok()?;
        DocumentId::parse(&format!("{}/{}", id.collection(), DocumentId::path_of(id.path()))).ok()
    };
    let forms = [Cow::Borrowed(whole), decoded(whole), Cow::Borrowed(head), decoded(head)];
    let ids: Vec<DocumentId> = forms.iter().filter_map(|form| named(form)).collect();
    let meant = ids.iter().find(|id| is_there(id)).or_else(|| ids.last());
    meant.cloned().ok_or_else(|| WriteError::no_document(text))
}
