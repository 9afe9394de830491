//! From a client's JSON to a wire request, with an error that names the field.

use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Arguments that are not the request they should be.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ArgumentError {
    /// A field has a value it can't have.
    #[error("{field}: {what}")]
    Field {
        /// The field.
        field: String,
        /// What is wrong with its value.
        what: String,
    },
    /// The arguments as a whole are wrong: a field nobody knows, or one given twice.
    #[error("{what}")]
    Whole {
        /// What is wrong.
        what: String,
    },
}

/// Reads a wire request out of an object. A member that is null is one that was left out.
///
/// # Errors
/// Names the field that is wrong.
pub fn arguments<T: DeserializeOwned + JsonSchema>(mut given: Map<String, Value>) -> Result<T, ArgumentError> {
    given.retain(|_, value| !value.is_null());
    // The fault is looked for only when there is one: the common case parses once.
    match T::deserialize(&given) {
        Ok(request) => Ok(request),
        Err(error) => Err(fault::<T>(given, &error)),
    }
}

/// Finds the field at fault: every wire request can be read from any one of its fields alone.
fn fault<T: DeserializeOwned + JsonSchema>(given: Map<String, Value>, error: &serde_json::Error) -> ArgumentError {
    for (field, value) in given {
        let alone = Map::from_iter([(field.clone(), value)]);
        if let Err(error) = T::deserialize(&alone) {
            let what = error.to_string();
            if what.starts_with("unknown field") {
                return ArgumentError::Whole { what: bounded(&documented::<T>(&what)) };
            }
            return ArgumentError::Field { field: bounded(&field), what: bounded(&what) };
        }
    }
    ArgumentError::Whole { what: bounded(&error.to_string()) }
}

/// What is said of a field that nobody knows, with the names that the schema has: of the others that are taken, nobody
/// has to learn.
fn documented<T: JsonSchema>(what: &str) -> String {
    const OFFERED: &str = ", expected one of ";
    let Some((unknown, names)) = what.rsplit_once(OFFERED) else { return what.to_owned() };
    let schema = SchemaGenerator::default().into_root_schema_for::<T>();
    let members = schema.get("properties").and_then(Value::as_object);
    let is_known = |name: &&str| members.is_none_or(|members| members.contains_key(name.trim_matches('`')));
    let names: Vec<&str> = names.split(", ").filter(is_known).collect();
    format!("{unknown}{OFFERED}{}", names.join(", "))
}

/// An error repeats what was written; a long one is cut.
fn bounded(text: &str) -> String {
    text.chars().take(400).collect()
}

#[cfg(test)]
mod tests {
    use super::arguments;
    use crate::library::wire::{ChangeReceipt, ChangeRequest, SearchRequest};
    use serde_json::json;

    fn read(value: serde_json::Value) -> Result<SearchRequest, String> {
        let serde_json::Value::Object(object) = value else { panic!("not an object") };
        arguments(object).map_err(|error| error.to_string())
    }

    #[test]
    fn numbers_are_read_as_models_write_them_and_null_is_nothing() {
        for limit in [json!(5), json!(5.0), json!("5")] {
            assert_eq!(read(json!({"query": "x", "limit": limit})).unwrap().limit, Some(5));
        }
        assert_eq!(read(json!({"query": "x", "cursor": null, "explain": null})).unwrap().cursor, None);
    }

    #[test]
    fn the_field_at_fault_is_named() {
        assert!(
            read(json!({"query": "x", "limit": "many"}))
                .unwrap_err()
                .starts_with("limit: is not a whole number; write")
        );
        assert!(read(json!({"query": 7})).unwrap_err().starts_with("query: invalid type"));
        let unknown = read(json!({"query": "x", "k": 7})).unwrap_err();
        assert!(unknown.starts_with("unknown field `k`, expected one of ") && unknown.contains("`limit`"), "{unknown}");
        assert!(
            unknown.contains("`query`") && !unknown.contains("`q`"),
            "no name is offered that no schema has: {unknown}"
        );
        assert!(read(json!({"query": "x", "q": "y"})).unwrap_err().contains("duplicate field `query`"));
    }

    #[test]
    fn what_may_be_of_two_kinds_names_both() {
        for (field, value, told) in [
            (
                "policy_checks",
                json!([{"name": "c", "passed": "yes"}]),
                "a check is its name, or an object with its name",
            ),
            ("human_escalation", json!(7), "is neither true nor false nor who was asked"),
        ] {
            let given = serde_json::Map::from_iter([(field.to_owned(), value)]);
            let error = arguments::<ChangeRequest>(given).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{field}: {told}")), "{error}");
        }
    }

    #[test]
    fn a_receipt_of_a_run_that_nothing_checked_says_so_in_its_contract() {
        let receipt = ChangeReceipt { change_id: "c_1".to_owned(), contract: None, violations: Vec::new() };
        let printed = serde_json::to_value(receipt).unwrap();
        assert_eq!(printed, json!({"change_id": "c_1", "contract": null, "violations": []}));
    }
}
