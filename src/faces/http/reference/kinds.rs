//! The kinds of values that a body may have, as the API's description names them.
//!
//! In an address every value is text, and models write numbers as texts: wire requests read those. A body of JSON is
//! written by a program that has the description: what it names is what is taken, so that nobody builds on a leniency
//! that is written nowhere.

use std::collections::HashMap;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde_json::{Map, Value};

/// The requests by their names.
static REQUESTS: LazyLock<HashMap<String, HashMap<String, Member>>> = LazyLock::new(|| {
    let document: Value = serde_json::from_slice(super::DOCUMENT).unwrap_or_default();
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    schemas
        .filter(|(name, _)| name.ends_with("Request"))
        .map(|(name, schema)| (name.clone(), members(schema)))
        .collect()
});

/// Kinds, as JSON Schema has them.
type Kinds = Vec<String>;

struct Member {
    kinds: Kinds,
    items: Kinds,
}

/// A member whose value, or one of whose items, is of a kind that the description doesn't name.
#[derive(Debug, thiserror::Error)]
#[error("{member}: {what}")]
pub(in crate::http) struct WrongKind {
    /// The member.
    pub(in crate::http) member: String,
    /// What is said of it.
    pub(in crate::http) what: String,
}

/// Holds a body against the description of the request that it is read as. Of members that the description doesn't
/// have nothing is said: reading the request refuses them.
pub(in crate::http) fn check<T: JsonSchema>(body: &Map<String, Value>) -> Result<(), WrongKind> {
    check_as(&T::schema_name(), body)
}

fn check_as(request: &str, body: &Map<String, Value>) -> Result<(), WrongKind> {
    let Some(known) = REQUESTS.get(request) else { return Ok(()) };
    for (name, value) in body {
        let Some(member) = known.get(name) else { continue };
        let wrong = |what: String| WrongKind { member: name.clone(), what };
        if !is_one(value, &member.kinds) {
            return Err(wrong(format!("is {}, but has to be {}", called(value), member.kinds.join(" or "))));
        }
        if let Some(item) = value.as_array().into_iter().flatten().find(|item| !is_one(item, &member.items)) {
            return Err(wrong(format!("has {} in it, but each has to be {}", called(item), member.items.join(" or "))));
        }
    }
    Ok(())
}

fn members(schema: &Value) -> HashMap<String, Member> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.map(|(name, says)| (name.clone(), Member { kinds: kinds(says), items: kinds(&says["items"]) })).collect()
}

/// What a schema allows; nothing for one that says nothing of kinds.
fn kinds(schema: &Value) -> Kinds {
    let text = |kind: &Value| kind.as_str().map(str::to_owned);
    match (&schema["type"], &schema["anyOf"]) {
        (Value::String(kind), _) => vec![kind.clone()],
        (Value::Array(several), _) => several.iter().filter_map(text).collect(),
        (_, Value::Array(several)) => several.iter().flat_map(kinds).collect(),
        // Every schema that others refer to is one of an object.
        _ if schema.get("$ref").is_some() => vec!["object".to_owned()],
        _ => Vec::new(),
    }
}

fn is_one(value: &Value, kinds: &[String]) -> bool {
    let is = |kind: &String| match kind.as_str() {
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        other => other == called(value),
    };
    kinds.is_empty() || kinds.iter().any(is)
}

/// The kind of a value by its name.
const fn called(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{REQUESTS, check};
    use crate::library::wire::{ChangeRequest, SearchRequest};

    fn said<T: schemars::JsonSchema>(body: &Value) -> Result<(), String> {
        check::<T>(body.as_object().unwrap()).map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn every_member_of_every_request_has_kinds() {
        for name in ["SearchRequest", "FeedbackRequest", "GapRequest", "OutcomeRequest", "ChangeRequest"] {
            let members = REQUESTS.get(name).unwrap_or_else(|| panic!("{name}: is not in the description"));
            assert!(members.len() >= 3, "{name}");
            for (member, says) in members {
                assert!(!says.kinds.is_empty(), "{name}.{member}: nothing is said of its kind");
                let is_list = says.kinds.iter().any(|kind| kind == "array");
                assert!(!is_list || member == "inputs" || !says.items.is_empty(), "{name}.{member}: of what?");
            }
        }
    }

    #[test]
    fn what_the_description_does_not_name_is_refused_by_member_and_kind() {
        for (body, what) in [
            (json!({"explain": 1}), "explain: is number, but has to be boolean or null"),
            (json!({"limit": "5"}), "limit: is string, but has to be integer or null"),
            (json!({"limit": 5.5}), "limit: is number, but has to be integer or null"),
            (json!({"tags": "a,b"}), "tags: is string, but has to be array or null"),
            (json!({"tags": ["a", 7]}), "tags: has number in it, but each has to be string"),
            (json!({"query": null}), "query: is null, but has to be string"),
        ] {
            assert_eq!(said::<SearchRequest>(&body), Err(what.to_owned()));
        }
        for body in [
            json!({"query": "x", "limit": 5.0, "explain": true, "tags": ["a"], "cursor": null, "collections": null}),
            json!({"nobody": "knows"}),
        ] {
            assert_eq!(said::<SearchRequest>(&body), Ok(()));
        }
        let run = json!({"human_escalation": "ada", "inputs": {"a": 1}, "policy_checks": ["a", {"name": "b"}]});
        assert_eq!(said::<ChangeRequest>(&run), Ok(()));
        assert!(said::<ChangeRequest>(&json!({"human_escalation": 1})).is_err());
    }
}
