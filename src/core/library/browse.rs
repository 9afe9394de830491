//! Browse: the catalogue, never a body.

use crate::access::Scope;
use crate::corpus::Document;
use crate::ledger::Retrieval;
use crate::retrieval::{Cursor, Limit, count_tokens};

use super::ask::identity_of;
use super::hint;
use super::shelf::Shelves;
use super::wire::CatalogueEntry;
use super::{Listing, ReadError};

/// How many tokens the documents of one page have at most, as they are listed.
const PAGE_TOKENS: usize = 7_000;

/// What to list, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowseQuery {
    /// Only this collection.
    pub collection: Option<String>,
    /// Only documents whose path in the collection begins so.
    pub prefix: Option<String>,
    /// Only this kind.
    pub kind: Option<String>,
    /// How many at most.
    pub limit: Limit,
    /// Where the listing before this one ended.
    pub cursor: Option<Cursor>,
}

/// Lists and fills in the record.
pub(super) fn browse<S: Scope>(
    shelves: &Shelves<S>,
    query: &BrowseQuery,
    record: &mut Retrieval,
) -> Result<Listing<S>, ReadError> {
    let mut all = shelves.documents();
    let prefix = query.prefix.as_deref().map(|prefix| prefix.trim_start_matches('/'));
    all.retain(|document| {
        let known = document.record();
        query.collection.as_deref().is_none_or(|name| known.id.collection() == name)
            && prefix.is_none_or(|prefix| known.id.path().starts_with(prefix))
            && query.kind.as_deref().is_none_or(|kind| known.meta.kind.eq_ignore_ascii_case(kind))
    });
    let states: Vec<_> = shelves.states().collect();
    let of = identity_of(&format!("browse {:?} {:?} {:?} {states:?}", query.collection, prefix, query.kind));
    let offset = query.cursor.map_or(Ok(0), |cursor| cursor.offset_in(of))?;
    let offset = offset.min(all.len());
    let end = offset + fitting(all.get(offset..).unwrap_or_default(), query.limit.get());
    let next = (end < all.len()).then(|| Cursor { of, offset: u32::try_from(end).unwrap_or(u32::MAX), beyond: 0 });
    let documents = all.drain(offset..end).collect::<Vec<_>>();
    for (name, value) in [("collection", &query.collection), ("prefix", &query.prefix), ("type", &query.kind)] {
        if let Some(value) = value {
            record.params.insert(name.to_owned(), value.chars().take(200).collect::<String>().into());
        }
    }
    record.params.insert("limit".to_owned(), query.limit.get().into());
    record.params.insert("offset".to_owned(), offset.into());
    record.served = u32::try_from(documents.len()).unwrap_or(u32::MAX);
    record.truncated = next.is_some();
    let hint = documents.is_empty().then(|| hint::of_listing(shelves));
    let retrieval = record.id.clone();
    Ok(Listing { collections: shelves.counts(), documents, retrieval, recorded: true, next, hint })
}

/// How many documents, up to `most`, are listed at once: a page of them keeps to [`PAGE_TOKENS`] as JSON, in which it is
/// longer than as text. One is listed, whatever it costs.
fn fitting<S: Scope>(documents: &[Document<S>], most: usize) -> usize {
    let (mut left, mut listed) = (PAGE_TOKENS, 0);
    for document in documents.iter().take(most) {
        let entry = CatalogueEntry::of(document);
        // No text has more tokens than bytes, so that few are counted.
        let printed = serde_json::to_string(&entry).unwrap_or_default();
        let cost = if printed.len() * most <= PAGE_TOKENS { printed.len() } else { count_tokens(&printed) + 1 };
        if cost > left && listed > 0 {
            break;
        }
        left = left.saturating_sub(cost);
        listed += 1;
    }
    listed
}
