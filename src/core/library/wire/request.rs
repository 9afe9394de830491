//! A search, as clients write it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::loose::{is_false, list, optional_text, truth, whole_number};
use crate::access::CollectionName;
use crate::corpus::Status;
use crate::library::ReadError;
use crate::retrieval::{AsOf, Cursor, Detail, Filters, Limit, Query, QueryError, QueryText, TokenBudget, per_document};

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
    /// Only with one of these tags.
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Only these: draft, accepted, deprecated, superseded, retired.
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<String>,
    /// Passages at most. Default 6.
    #[serde(deserialize_with = "whole_number", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<i64>,
    /// Tokens of the whole answer at most, 120 to 8,000. Default 4,000.
    #[serde(deserialize_with = "whole_number", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 120, max = 8000))]
    pub max_tokens: Option<i64>,
    /// As of a commit, tag or day.
    #[serde(deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// `next_cursor` of the answer before.
    #[serde(deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How much is said beside the passages: brief, concise or full. Default: what `max_tokens` has room for.
    #[serde(deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Passages of one document at most. Default 2.
    #[serde(deserialize_with = "whole_number", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub per_document: Option<i64>,
    /// Adds `why` to each hit: legs and rules.
    #[serde(deserialize_with = "truth", skip_serializing_if = "is_false")]
    pub explain: bool,
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
            CollectionName::parse(&given.to_ascii_lowercase())
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
            detail: self.detail.as_deref().map(Detail::parse).transpose()?,
            explain: self.explain,
            per_document: self.per_document.map(per_document).transpose()?,
            cursor: self.cursor.as_deref().map(Cursor::parse).transpose()?,
            as_of: self.as_of.as_deref().map(AsOf::parse).transpose()?,
        })
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
        let listed: SearchRequest =
            serde_json::from_str(r#"{"query":"x","collections":" [\"pub\", \"a,b\"]","limit":1e20}"#).unwrap();
        assert_eq!(
            (listed.collections, listed.limit),
            (vec!["pub".to_owned(), "a,b".to_owned()], Some(10_i64.pow(15)))
        );
        assert!(serde_json::from_str::<SearchRequest>(r#"{"query":"x","tags":"[1]"}"#).is_err());
        let empty: SearchRequest = serde_json::from_str(r#"{"q":"x","limit":null,"collections":null}"#).unwrap();
        assert_eq!((empty.limit, empty.query.as_str()), (None, "x"));
    }

    #[test]
    fn a_blank_text_is_left_out() {
        let text = r#"{"query":"x","as_of":"","cursor":" ","detail":"\n"}"#;
        let request: SearchRequest = serde_json::from_str(text).unwrap();
        assert_eq!(request, SearchRequest { query: "x".to_owned(), ..SearchRequest::default() });
        let given: SearchRequest = serde_json::from_str(r#"{"query":"x","as_of":" v1 "}"#).unwrap();
        assert_eq!(given.as_of.as_deref(), Some(" v1 "), "what is not blank is as it was written");
    }

    #[test]
    fn collections_are_named_in_any_case_and_a_list_is_told_what_is_too_long() {
        let parsed = |request: SearchRequest| SearchRequest { query: "x".to_owned(), ..request }.parse(100);
        let named = |name: &str| SearchRequest { collections: vec![name.to_owned()], ..SearchRequest::default() };
        assert_eq!(parsed(named("Pub")).unwrap().filters.collections[0].as_str(), "pub");
        let error = |request: SearchRequest| parsed(request).unwrap_err().to_string();
        assert_eq!(
            error(named("a b")),
            "collections: \"a b\" is not a collection name; browse_context lists those you may see"
        );
        let tagged = |tags: Vec<String>| SearchRequest { tags, ..SearchRequest::default() };
        assert_eq!(error(tagged(vec!["x".to_owned(); 17])), "tags: has more than 16 entries, name fewer");
        assert!(error(tagged(vec!["x".repeat(65)])).starts_with("tags: has an entry of more than 64 characters"));
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
