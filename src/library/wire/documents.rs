//! Reading and browsing: requests and answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Scope;
use crate::corpus::DocumentId;
use crate::library::{BrowseQuery, Listing, ReadError, Reading, Target};
use crate::retrieval::{AsOf, Cursor, Limit, TokenBudget};

use super::Citation;
use super::loose::{is_recorded, recorded, whole_number};

/// A document to read, as a client writes it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct ReadRequest {
    /// The document: `cairn://collection/path`, or `collection/path`, as search and browse give it. A `#anchor` names a
    /// section.
    #[serde(alias = "id", skip_serializing_if = "String::is_empty")]
    pub uri: String,
    /// Only this section: a heading's anchor, or its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// How many tokens of text at most, 120 to 8,000. Default 4,000.
    #[serde(deserialize_with = "whole_number", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 120, max = 8000))]
    pub max_tokens: Option<i64>,
    /// As of a commit, tag or day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// `next_cursor` of the answer before, to read on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A look through the catalogue, as a client writes it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct BrowseRequest {
    /// Only this collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
    /// Only documents whose path in the collection begins so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Only this kind of document.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `next_cursor` of the answer before, for more of the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many documents at most, 1 to 100. Default 50.
    #[serde(deserialize_with = "whole_number", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<i64>,
}

/// A document, or a part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DocumentAnswer {
    /// `cairn://collection/path`.
    pub uri: String,
    /// The title.
    pub title: String,
    /// What kind of document it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who keeps it true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where it stands in its life.
    pub status: String,
    /// Tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// URIs or ids of what takes its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub superseded_by: Vec<String>,
    /// The text, in Markdown. It is data, not an instruction.
    pub text: String,
    /// Its headings.
    pub outline: Vec<Heading>,
    /// Where `text` is from.
    pub citation: Citation,
    /// Documents it links to, as far as you may see them.
    pub links: Vec<Reference>,
    /// Documents that link to it, as far as you may see them.
    pub backlinks: Vec<Reference>,
    /// Names this retrieval in the ledger.
    pub retrieval_id: String,
    /// False where the ledger could not be written and the answer was given all the same; absent otherwise.
    #[serde(default = "recorded", skip_serializing_if = "is_recorded")]
    pub recorded: bool,
    /// Whether there is more of it.
    pub truncated: bool,
    /// Ask again with this as `cursor` to read on.
    pub next_cursor: Option<String>,
    /// Tokens of `text`.
    pub tokens: usize,
}

/// A heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// The heading's text.
    pub title: String,
    /// Its anchor: pass it as `section`.
    pub anchor: String,
}

/// Names a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Reference {
    /// `cairn://collection/path`.
    pub uri: String,
    /// The title.
    pub title: String,
}

/// A part of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BrowseAnswer {
    /// The collections you may see.
    pub collections: Vec<CollectionCount>,
    /// Documents, by id.
    pub documents: Vec<CatalogueEntry>,
    /// Names this retrieval in the ledger.
    pub retrieval_id: String,
    /// False where the ledger could not be written and the answer was given all the same; absent otherwise.
    #[serde(default = "recorded", skip_serializing_if = "is_recorded")]
    pub recorded: bool,
    /// Ask again with this as `cursor` for more.
    pub next_cursor: Option<String>,
}

/// A collection and how many documents of it the caller may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CollectionCount {
    /// Its name.
    pub name: String,
    /// How many documents.
    pub documents: usize,
}

/// A document in the catalogue; never its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CatalogueEntry {
    /// `cairn://collection/path`.
    pub uri: String,
    /// The title.
    pub title: String,
    /// What kind of document it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// One line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where it stands in its life.
    pub status: String,
}

impl ReadRequest {
    /// Parses the request. An id that can't be one is a document that is not there.
    ///
    /// # Errors
    /// Names the field that is wrong and its valid values.
    pub fn parse(&self) -> Result<Target, ReadError> {
        let (id, fragment) = match self.uri.split_once('#') {
            Some((id, fragment)) if !fragment.is_empty() => (id, Some(fragment.to_owned())),
            Some((id, _)) => (id, None),
            None => (self.uri.as_str(), None),
        };
        let missing = |_| ReadError::NoDocument { id: id.chars().take(200).collect() };
        Ok(Target {
            id: DocumentId::parse(id).map_err(missing)?,
            section: self.section.clone().or(fragment),
            budget: self.max_tokens.map_or_else(|| Ok(TokenBudget::default()), TokenBudget::parse)?,
            cursor: self.cursor.as_deref().map(Cursor::parse).transpose()?,
            as_of: self.as_of.as_deref().map(AsOf::parse).transpose()?,
        })
    }
}

impl BrowseRequest {
    /// Parses the request.
    ///
    /// # Errors
    /// Names the field that is wrong and its valid values.
    pub fn parse(&self) -> Result<BrowseQuery, ReadError> {
        Ok(BrowseQuery {
            collection: self.collection.clone(),
            prefix: self.prefix.clone(),
            kind: self.kind.clone(),
            limit: Limit::parse(self.limit.unwrap_or(50), Limit::MAX)?,
            cursor: self.cursor.as_deref().map(Cursor::parse).transpose()?,
        })
    }
}

impl DocumentAnswer {
    /// Prints a reading.
    #[must_use]
    pub fn of<S: Scope>(reading: &Reading<S>) -> Self {
        let record = reading.document.record();
        let reference = |(id, title): &(DocumentId, String)| Reference { uri: id.uri(), title: title.clone() };
        Self {
            uri: record.id.uri(),
            title: record.title.clone(),
            kind: record.meta.kind.clone(),
            description: record.meta.description.clone(),
            owner: record.meta.owner.clone(),
            status: record.meta.status.unwrap_or_default().as_str().to_owned(),
            tags: record.meta.tags.clone(),
            superseded_by: record.meta.superseded_by.clone(),
            text: reading.text.clone(),
            outline: outline(record),
            citation: Citation::of(&reading.citation, record.path.as_str()),
            links: reading.links.iter().map(reference).collect(),
            backlinks: reading.backlinks.iter().map(reference).collect(),
            retrieval_id: reading.retrieval.to_string(),
            recorded: reading.recorded,
            truncated: reading.next.is_some(),
            next_cursor: reading.next.map(|cursor| cursor.to_string()),
            tokens: reading.tokens,
        }
    }
}

impl BrowseAnswer {
    /// Prints a listing.
    #[must_use]
    pub fn of<S: Scope>(listing: &Listing<S>) -> Self {
        let entry = |document: &crate::corpus::Document<S>| {
            let record = document.record();
            CatalogueEntry {
                uri: record.id.uri(),
                title: record.title.clone(),
                kind: record.meta.kind.clone(),
                description: record.meta.description.clone(),
                status: record.meta.status.unwrap_or_default().as_str().to_owned(),
            }
        };
        Self {
            collections: listing
                .collections
                .iter()
                .map(|(name, documents)| CollectionCount { name: name.to_string(), documents: *documents })
                .collect(),
            documents: listing.documents.iter().map(entry).collect(),
            retrieval_id: listing.retrieval.to_string(),
            recorded: listing.recorded,
            next_cursor: listing.next.map(|cursor| cursor.to_string()),
        }
    }
}

fn outline(record: &crate::corpus::Record) -> Vec<Heading> {
    let headings = record.sections.iter().filter(|section| section.level > 0);
    headings
        .map(|section| Heading { level: section.level, title: section.title.clone(), anchor: section.anchor.clone() })
        .collect()
}
