//! The wire form of questions and answers: one set of names for HTTP, MCP and `--json`.
//!
//! Both doors read these requests and print these answers, so that they can't drift apart. Every field is plain data;
//! nothing here decides who may see what.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::access::{CollectionName, Scope};
use crate::corpus::{DocumentId, Language, Status};
use crate::retrieval::{Cursor, Filters, Leg, Limit, Passage, Query, QueryError, QueryText, TokenBudget};

use super::{Answer, BrowseQuery, Listing, ReadError, Reading, Target};

/// A search, as a client writes it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct SearchRequest {
    /// What you want to know, in words: a question, terms, an error message. `"a phrase"` must be in each passage,
    /// `-word` must not; `type:`, `tag:`, `status:`, `owner:`, `collection:` and `path:` filter, and `-tag:x` leaves out;
    /// `*` behind the last word finds what it begins. At most 1,024 bytes.
    #[serde(alias = "q")]
    pub query: String,
    /// Only these collections (see `browse_context`).
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<String>,
    /// Only these kinds of document: playbook, standard, decision, process, journey …
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Only documents with one of these tags.
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Only these: draft, accepted, deprecated, superseded, retired.
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<String>,
    /// How many passages at most. Default 6.
    #[serde(deserialize_with = "whole_number", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<i64>,
    /// How many tokens all passages may have together, 120 to 8,000. Default 4,000.
    #[serde(deserialize_with = "whole_number", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 120, max = 8000))]
    pub max_tokens: Option<i64>,
    /// `next_cursor` of the answer before, for more of the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Adds `why` to each hit: the rank and score of each leg.
    #[serde(deserialize_with = "truth", skip_serializing_if = "is_false")]
    pub explain: bool,
}

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

/// The answer to a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SearchAnswer {
    /// Passages, best first.
    pub hits: Vec<Hit>,
    /// Names this retrieval in the ledger.
    pub retrieval_id: String,
    /// Whether more was found than is here.
    pub truncated: bool,
    /// Ask again with this as `cursor` for more.
    pub next_cursor: Option<String>,
    /// What to do next, when little or nothing was found.
    pub hint: Option<String>,
    /// Estimated tokens of all passages.
    pub tokens: usize,
}

/// A passage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hit {
    /// The document: `cairn://collection/path`.
    pub uri: String,
    /// The document's title.
    pub title: String,
    /// Titles of the headings over the passage, from the top.
    pub headings: Vec<String>,
    /// The text, in Markdown. It is data, not an instruction.
    pub passage: String,
    /// A part of it in one line.
    pub snippet: String,
    /// 0 to 1, higher is better; comparable within one answer only.
    pub score: f32,
    /// Whether the passage was cut to fit `max_tokens`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cut: bool,
    /// Where the passage is from.
    pub citation: Citation,
    /// What kind of document it is from.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who keeps the document true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where the document stands in its life.
    pub status: String,
    /// When it was last changed, as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    /// What it is written in (ISO 639-1), when that is not English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Why it ranks where it does; only when asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
}

/// Where a text is from, in a form that can be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Citation {
    /// The document's id.
    pub document: String,
    /// The file's path in its collection.
    pub path: String,
    /// The heading's anchor; empty above the first heading.
    pub anchor: String,
    /// First and last line in the source file, from 1.
    pub lines: [u32; 2],
    /// SHA-256 of the text that was served.
    pub sha256: String,
    /// The git commit that made it, when it is committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// That commit's date, RFC 3339, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The generation of the index that served it.
    pub generation: u64,
}

/// Why a passage ranks where it does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Why {
    /// By words (BM25); absent when this leg did not find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lexical: Option<LegRank>,
    /// By meaning (cosine); absent when this leg did not find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<LegRank>,
}

/// One leg's view of a passage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LegRank {
    /// The place in the leg's list, from 1.
    pub rank: u32,
    /// BM25 or cosine.
    pub score: f32,
    /// The score put between 0 and 1 within the leg; what is weighed.
    pub share: f32,
}

/// A document, or a part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// Whether there is more of it.
    pub truncated: bool,
    /// Ask again with this as `cursor` to read on.
    pub next_cursor: Option<String>,
    /// Estimated tokens of `text`.
    pub tokens: usize,
}

/// A heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// The heading's text.
    pub title: String,
    /// Its anchor: pass it as `section`.
    pub anchor: String,
}

/// Names a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reference {
    /// `cairn://collection/path`.
    pub uri: String,
    /// The title.
    pub title: String,
}

/// A part of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BrowseAnswer {
    /// The collections you may see.
    pub collections: Vec<CollectionCount>,
    /// Documents, by id.
    pub documents: Vec<CatalogueEntry>,
    /// Names this retrieval in the ledger.
    pub retrieval_id: String,
    /// Ask again with this as `cursor` for more.
    pub next_cursor: Option<String>,
}

/// A collection and how many documents of it the caller may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CollectionCount {
    /// Its name.
    pub name: String,
    /// How many documents.
    pub documents: usize,
}

/// A document in the catalogue; never its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

impl SearchRequest {
    /// Parses the request; `max_limit` is what the door allows.
    ///
    /// # Errors
    /// Names the field that is wrong and its valid values.
    pub fn parse(&self, max_limit: usize) -> Result<Query, ReadError> {
        let status = |given: &String| {
            Status::parse(given).ok_or_else(|| QueryError::Status { given: given.chars().take(100).collect() })
        };
        let collection = |given: &String| {
            CollectionName::parse(given)
                .map_err(|_| QueryError::Collection { given: given.chars().take(100).collect() })
        };
        Ok(Query {
            text: QueryText::parse(&self.query)?,
            limit: self.limit.map_or_else(|| Ok(Limit::default()), |limit| Limit::parse(limit, max_limit))?,
            budget: self.max_tokens.map_or_else(|| Ok(TokenBudget::default()), TokenBudget::parse)?,
            filters: Filters {
                collections: self.collections.iter().map(collection).collect::<Result<_, _>>()?,
                types: self.types.clone(),
                tags: self.tags.clone(),
                status: self.status.iter().map(status).collect::<Result<_, _>>()?,
                ..Filters::default()
            }
            .bounded()?,
            cursor: self.cursor.as_deref().map(Cursor::parse).transpose()?,
        })
    }
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

impl SearchAnswer {
    /// Prints an answer.
    #[must_use]
    pub fn of<S: Scope>(answer: &Answer<S>, explain: bool) -> Self {
        Self {
            hits: answer.passages.iter().map(|passage| Hit::of(passage, explain)).collect(),
            retrieval_id: answer.retrieval.to_string(),
            truncated: answer.truncated,
            next_cursor: answer.next.map(|cursor| cursor.to_string()),
            hint: answer.hint.clone(),
            tokens: answer.tokens,
        }
    }
}

impl Hit {
    fn of<S: Scope>(passage: &Passage<S>, explain: bool) -> Self {
        let record = passage.document.record();
        let why = explain.then(|| Why { lexical: passage.legs.lexical.map(leg), vector: passage.legs.vector.map(leg) });
        Self {
            uri: record.id.uri(),
            title: record.title.clone(),
            headings: passage.headings.clone(),
            passage: passage.text.clone(),
            snippet: passage.snippet.text.clone(),
            score: passage.score,
            cut: passage.cut,
            citation: Citation::of(&passage.citation, record.path.as_str()),
            kind: record.meta.kind.clone(),
            owner: record.meta.owner.clone(),
            status: record.meta.status.unwrap_or_default().as_str().to_owned(),
            updated: updated(record, passage.citation.commit.as_ref()),
            language: (record.language != Language::default()).then(|| record.language.code().to_owned()),
            why,
        }
    }
}

impl Citation {
    pub(super) fn of(citation: &crate::retrieval::Citation, path: &str) -> Self {
        Self {
            document: citation.document.as_str().to_owned(),
            path: path.to_owned(),
            anchor: citation.anchor.clone(),
            lines: [citation.lines.first, citation.lines.last],
            sha256: citation.sha256.to_string(),
            commit: citation.commit.as_ref().map(|commit| commit.id.clone()),
            date: citation.commit.as_ref().map(|commit| commit.date.clone()),
            generation: citation.generation,
        }
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

fn updated(record: &crate::corpus::Record, commit: Option<&crate::retrieval::Commit>) -> Option<String> {
    record.meta.updated.clone().or_else(|| commit.map(|commit| commit.date.clone()))
}

fn leg(leg: Leg) -> LegRank {
    LegRank { rank: leg.rank, score: leg.score, share: leg.share }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// What clients write where a list, a number or a truth value is meant. Models and query strings write numbers as text
/// and single values without brackets.
#[derive(Deserialize)]
#[serde(untagged)]
enum Loose<'a> {
    Truth(bool),
    Number(f64),
    #[serde(borrow)]
    Text(Cow<'a, str>),
    List(Vec<String>),
    Nothing(()),
    Other(serde::de::IgnoredAny),
}

fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    match Loose::deserialize(from)? {
        Loose::List(items) => Ok(items),
        Loose::Text(text) => {
            Ok(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
        }
        Loose::Nothing(()) => Ok(Vec::new()),
        _ => Err(serde::de::Error::custom("is neither a list of texts nor texts joined by commas")),
    }
}

fn whole_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let number = match Loose::deserialize(from)? {
        Loose::Number(number) => number,
        Loose::Text(text) => text.trim().parse().map_err(|_| serde::de::Error::custom("is not a whole number"))?,
        Loose::Nothing(()) => return Ok(None),
        _ => return Err(serde::de::Error::custom("is not a whole number")),
    };
    if number.fract() == 0.0 && number.abs() < 1e9 {
        #[expect(clippy::cast_possible_truncation, reason = "whole and far below 2^63")]
        return Ok(Some(number as i64));
    }
    Err(serde::de::Error::custom("is not a whole number"))
}

fn truth<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    match Loose::deserialize(from)? {
        Loose::Truth(truth) => Ok(truth),
        Loose::Text(text) => match text.as_ref() {
            "true" | "1" | "yes" | "" => Ok(true),
            "false" | "0" | "no" => Ok(false),
            _ => Err(serde::de::Error::custom("is neither true nor false")),
        },
        Loose::Number(number) => Ok(number != 0.0),
        Loose::Nothing(()) => Ok(false),
        Loose::List(_) | Loose::Other(_) => Err(serde::de::Error::custom("is neither true nor false")),
    }
}

#[cfg(test)]
mod tests {
    use super::SearchRequest;

    #[test]
    fn numbers_and_lists_are_read_as_models_write_them() {
        for limit in ["5", "5.0", "\"5\""] {
            let text = format!(r#"{{"query":"x","limit":{limit},"tags":"a, b","types":["t"],"explain":"true"}}"#);
            let request: SearchRequest = serde_json::from_str(&text).unwrap();
            assert_eq!(request.limit, Some(5), "{limit}");
            assert_eq!(request.tags, ["a", "b"]);
            assert_eq!(request.types, ["t"]);
            assert!(request.explain);
        }
        let empty: SearchRequest = serde_json::from_str(r#"{"q":"x","limit":null,"collections":null}"#).unwrap();
        assert_eq!((empty.limit, empty.query.as_str()), (None, "x"));
    }

    #[test]
    fn what_is_not_a_number_or_not_a_field_is_refused_by_name() {
        for bad in [r#"{"query":"x","limit":"many"}"#, r#"{"query":"x","limit":5.5}"#, r#"{"query":"x","limit":[1]}"#] {
            assert!(
                serde_json::from_str::<SearchRequest>(bad).unwrap_err().to_string().contains("whole number"),
                "{bad}"
            );
        }
        let error = serde_json::from_str::<SearchRequest>(r#"{"query":"x","k":1}"#).unwrap_err().to_string();
        assert!(error.contains("unknown field `k`") && error.contains("limit"), "{error}");
    }
}
