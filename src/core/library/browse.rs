//! Browse: the catalogue, never a body.

use crate::access::Scope;
use crate::corpus::{Document, Status};
use crate::ledger::Retrieval;
use crate::retrieval::{Cursor, Directory, Limit, count_tokens};

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
    /// Only documents whose path in the collection begins so, or whose address does.
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
    directory: &Directory,
    query: &BrowseQuery,
    record: &mut Retrieval,
) -> Result<Listing<S>, ReadError> {
    let mut all = shelves.documents();
    let (collection, prefix) = meant(&all, query);
    all.retain(|document| {
        let known = document.record();
        collection.is_none_or(|name| known.id.collection().eq_ignore_ascii_case(name))
            && prefix.is_none_or(|prefix| known.id.path().starts_with(prefix))
            && query.kind.as_deref().is_none_or(|kind| known.meta.kind.eq_ignore_ascii_case(kind))
    });
    let states: Vec<_> = shelves.states().collect();
    let of = identity_of(&format!("browse {collection:?} {prefix:?} {:?} {states:?}", query.kind));
    let offset = query.cursor.map_or(Ok(0), |cursor| cursor.offset_in(of))?;
    let offset = offset.min(all.len());
    let rest = all.get(offset..).unwrap_or_default();
    let status = |document: &Document<S>| directory.standing(document.record()).0;
    let mut statuses: Vec<Status> = rest.iter().take(query.limit.get()).map(status).collect();
    statuses.truncate(fitting(rest, &statuses, query.limit.get()));
    let end = offset + statuses.len();
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
    Ok(Listing { collections: shelves.counts(), documents, statuses, retrieval, recorded: true, next, hint })
}

/// The collection, and how paths in it begin. What a listing gives begins with a collection, so that a prefix may as well;
/// where paths begin as it stands, that is meant. A collection that is given stays.
fn meant<'a, S: Scope>(all: &[Document<S>], query: &'a BrowseQuery) -> (Option<&'a str>, Option<&'a str>) {
    let collection = query.collection.as_deref();
    let Some(given) = query.prefix.as_deref() else { return (collection, None) };
    let address = given.strip_prefix("cairn://");
    let prefix = address.unwrap_or(given).trim_start_matches('/');
    let stands = |document: &Document<S>| {
        let id = &document.record().id;
        collection.is_none_or(|name| id.collection().eq_ignore_ascii_case(name)) && id.path().starts_with(prefix)
    };
    if address.is_none() && all.iter().any(stands) {
        return (collection, Some(prefix));
    }
    let (name, rest) = prefix.split_once('/').unwrap_or((prefix, ""));
    let is_named = |known: &str| known.eq_ignore_ascii_case(name);
    let is_there = all.iter().any(|document| is_named(document.record().id.collection()));
    if is_there && collection.is_none_or(is_named) {
        (Some(name), Some(rest.trim_start_matches('/')))
    } else {
        (collection, Some(prefix))
    }
}

/// How many documents, up to `most`, are listed at once, each with its status: a page of them keeps to [`PAGE_TOKENS`] as
/// JSON, in which it is longer than as text. One is listed, whatever it costs.
fn fitting<S: Scope>(documents: &[Document<S>], statuses: &[Status], most: usize) -> usize {
    let (mut left, mut listed) = (PAGE_TOKENS, 0);
    for (document, status) in documents.iter().zip(statuses).take(most) {
        let entry = CatalogueEntry::of(document, *status);
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
