//! Schemas: those of the wire types, as MCP's tools have them, and what only parsing knows of their values.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::http::error::Problem;
use crate::http::events::GenerationEvent;
use crate::http::health::{OwnerReadiness, PublicReadiness};
use crate::http::reports::Listed;
use crate::http::written::Row;
use crate::library::wire::{
    BrowseAnswer, BrowseRequest, ChangeReceipt, ChangeRequest, DocumentAnswer, FeedbackReceipt, FeedbackRequest,
    GapReceipt, GapRequest, OutcomeReceipt, OutcomeRequest, ReadRequest, SearchAnswer, SearchRequest,
};
use crate::reports::Report;

const PLACE: &str = "/components/schemas";

/// Every schema by its name.
pub(super) fn all() -> &'static Value {
    static ALL: LazyLock<Value> = LazyLock::new(made);
    &ALL
}

/// One schema, for parameters.
pub(super) fn of(name: &str) -> &'static Value {
    &all()[name]
}

fn made() -> Value {
    let mut requests = generator(SchemaSettings::draft2020_12().for_deserialize());
    add::<SearchRequest>(&mut requests);
    add::<BrowseRequest>(&mut requests);
    add::<ReadRequest>(&mut requests);
    add::<FeedbackRequest>(&mut requests);
    add::<GapRequest>(&mut requests);
    add::<OutcomeRequest>(&mut requests);
    add::<ChangeRequest>(&mut requests);
    let mut answers = generator(SchemaSettings::draft2020_12().for_serialize());
    add::<SearchAnswer>(&mut answers);
    add::<BrowseAnswer>(&mut answers);
    add::<DocumentAnswer>(&mut answers);
    add::<FeedbackReceipt>(&mut answers);
    add::<GapReceipt>(&mut answers);
    add::<OutcomeReceipt>(&mut answers);
    add::<ChangeReceipt>(&mut answers);
    add::<Row<'_>>(&mut answers);
    add::<Listed>(&mut answers);
    add::<Report>(&mut answers);
    add::<PublicReadiness>(&mut answers);
    add::<OwnerReadiness>(&mut answers);
    add::<Problem<'_>>(&mut answers);
    add::<GenerationEvent>(&mut answers);
    let mut all = Map::new();
    let (requests, mut answers) = (requests.take_definitions(true), answers.take_definitions(true));
    // What an answer leaves out is absent.
    answers.values_mut().for_each(|schema| no_null(schema, false));
    let asked: Vec<String> = requests.keys().cloned().collect();
    for (name, mut schema) in requests.into_iter().chain(answers) {
        tidy(&mut schema);
        let before = all.insert(name.clone(), schema);
        assert!(before.is_none(), "{name}: two types have this name");
    }
    for (name, field, says) in sharpened() {
        let place = all.get_mut(name).unwrap_or_else(|| panic!("{name}: no such schema"));
        let place = if field.is_empty() { place } else { &mut place["properties"][field] };
        assert!(place.is_object(), "{name}.{field}: no such member");
        merge(place, says);
    }
    for name in asked {
        // What must be there may not be nothing; what may be absent may.
        no_null(&mut all[&name], true);
        may_be_null(&mut all[&name]);
    }
    Value::Object(all)
}

/// Takes null off members that are always there, or off those that may be absent.
fn no_null(schema: &mut Value, always: bool) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, member) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        if required.iter().any(|one| one == name) != always {
            continue;
        }
        if let Some([only, Value::String(null)]) = member["type"].as_array().map(Vec::as_slice)
            && null == "null"
        {
            member["type"] = only.clone();
        }
        if let Some([only, other]) = member["anyOf"].as_array().map(Vec::as_slice)
            && *other == json!({"type": "null"})
        {
            let only = only.clone();
            member.as_object_mut().expect("a schema").remove("anyOf");
            merge(member, only);
        }
    }
}

/// A member that may be left out may be null.
fn may_be_null(schema: &mut Value) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, member) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        if required.iter().any(|one| one == name) {
            continue;
        }
        if let Value::String(only) = &member["type"] {
            member["type"] = json!([only, "null"]);
        }
    }
}

fn generator(settings: SchemaSettings) -> SchemaGenerator {
    settings
        .with(|settings| {
            settings.definitions_path = PLACE.into();
            settings.meta_schema = None;
        })
        .into_generator()
}

fn add<T: JsonSchema>(generator: &mut SchemaGenerator) {
    generator.subschema_for::<T>();
}

/// Descriptions on one line; no widths of numbers, which are ours.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("format").and_then(Value::as_str).is_some_and(|format| !format.contains('-')) {
                members.remove("format");
            }
            if members
                .get("default")
                .is_some_and(|default| default.is_null() || *default == json!("") || *default == json!([]))
            {
                members.remove("default");
            }
            if let Some(Value::String(text)) = members.get_mut("description") {
                *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            members.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// Adds what is said to a schema; what is null there is taken away.
fn merge(into: &mut Value, says: Value) {
    match (into, says) {
        (Value::Object(into), Value::Object(says)) => {
            for (keyword, value) in says {
                if value.is_null() {
                    into.remove(&keyword);
                } else {
                    merge(into.entry(keyword).or_insert(Value::Null), value);
                }
            }
        }
        (into, says) => *into = says,
    }
}

/// What parsing refuses and a type cannot say: by type and member; without a member, of the whole.
type Sharpened = Vec<(&'static str, &'static str, Value)>;

fn sharpened() -> Sharpened {
    [of_questions(), of_writing(), of_runs()].concat()
}

fn of_questions() -> Sharpened {
    // A blank text that may be left out is left out.
    let cursor = || json!({"pattern": "^(\\s*|(0|[1-9][0-9]{0,14})-(0|[1-9][0-9]{0,8})(-[1-9][0-9]{0,37})?)$"});
    let as_of = || json!({"maxLength": 200});
    let status = ["draft", "accepted", "deprecated", "superseded", "retired"];
    let filters = || json!({"maxItems": 16, "items": {"maxLength": 64}});
    vec![
        ("SearchRequest", "", json!({"required": ["query"]})),
        ("SearchRequest", "query", json!({"minLength": 1, "maxLength": 1024, "pattern": "\\S"})),
        (
            "SearchRequest",
            "collections",
            json!({"maxItems": 16, "items": {"pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"}}),
        ),
        ("SearchRequest", "types", filters()),
        ("SearchRequest", "tags", filters()),
        ("SearchRequest", "status", json!({"maxItems": 16, "items": {"enum": status}})),
        ("SearchRequest", "detail", json!({"enum": ["brief", "concise", "full"]})),
        ("SearchRequest", "cursor", cursor()),
        ("SearchRequest", "as_of", as_of()),
        ("BrowseRequest", "cursor", cursor()),
        ("ReadRequest", "", json!({"required": ["uri"]})),
        ("ReadRequest", "cursor", cursor()),
        ("ReadRequest", "as_of", as_of()),
    ]
}

/// A name: one line that begins and ends with something.
fn name() -> Value {
    json!({"minLength": 1, "maxLength": 200, "pattern": "^[^\\s\\u0000-\\u001f\\u007f-\\u009f]([^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f])?$"})
}

/// The same where it may be left out, as a blank one is.
fn optional_name() -> Value {
    json!({"maxLength": 200, "pattern": "^(\\s*|[^\\s\\u0000-\\u001f\\u007f-\\u009f]([^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f])?)$"})
}

fn of_type(kinds: &Value, mut schema: Value) -> Value {
    merge(&mut schema, json!({"type": kinds}));
    schema
}

fn of_writing() -> Sharpened {
    let typed = || json!({"minLength": 1, "maxLength": 16384, "pattern": "\\S"});
    // A blank text that may be left out is left out.
    let optional = || json!({"maxLength": 16384});
    let verdicts = ["good", "bad", "mixed"];
    let reasons = ["wrong", "stale", "missing", "irrelevant", "contradictory", "unclear", "private"];
    let outcomes = ["reply", "citation", "intro", "booking", "sale", "reuse"];
    vec![
        (
            "FeedbackRequest",
            "",
            json!({
                "required": ["retrieval_id", "verdict"],
                "if": {"properties": {"verdict": {"const": "bad"}}, "required": ["verdict"]},
                "then": {"properties": {"why": {"type": "string", "pattern": "\\S"}}, "required": ["why"]},
            }),
        ),
        ("FeedbackRequest", "retrieval_id", json!({"minLength": 1, "pattern": "\\S"})),
        ("FeedbackRequest", "verdict", json!({"enum": verdicts})),
        ("FeedbackRequest", "reason", json!({"enum": reasons})),
        ("FeedbackRequest", "why", optional()),
        ("FeedbackRequest", "corrected", optional()),
        ("FeedbackRequest", "process_id", optional_name()),
        ("GapRequest", "", json!({"required": ["need"]})),
        ("GapRequest", "need", typed()),
        ("GapRequest", "tried", optional()),
        ("GapRequest", "retrievals", json!({"maxItems": 100})),
        ("GapRequest", "process_id", optional_name()),
        ("OutcomeRequest", "", json!({"required": ["outcome", "uri"]})),
        ("OutcomeRequest", "outcome", json!({"enum": outcomes})),
        ("OutcomeRequest", "note", optional()),
    ]
}

fn of_runs() -> Sharpened {
    vec![
        (
            "ChangeRequest",
            "",
            json!({
                "required": [
                    "process_id", "timestamp", "model", "inputs", "tools_invoked", "policy_checks", "decision",
                    "human_escalation", "owner",
                ],
                "if": {"properties": {"cost_unit": {"type": "string"}}, "required": ["cost_unit"]},
                "then": {"properties": {"cost": {"type": "number"}}, "required": ["cost"]},
            }),
        ),
        ("ChangeRequest", "process_id", name()),
        ("ChangeRequest", "timestamp", json!({"format": "date-time"})),
        ("ChangeRequest", "model", name()),
        // Whatever JSON has; as a text it says something.
        (
            "ChangeRequest",
            "inputs",
            json!({
                "type": ["string", "object", "array", "number", "boolean"],
                "minLength": 1, "maxLength": 16384, "pattern": "\\S",
            }),
        ),
        ("ChangeRequest", "human_escalation", of_type(&json!(["boolean", "string"]), name())),
        ("ChangeRequest", "tools_invoked", json!({"maxItems": 100, "items": name()})),
        // A check with its result, or its name alone.
        (
            "ChangeRequest",
            "policy_checks",
            json!({"items": {"$ref": null, "anyOf": [{"$ref": "#/components/schemas/FullCheck"}, of_type(&json!("string"), name())]}}),
        ),
        ("ChangeRequest", "policy_checks", json!({"maxItems": 100})),
        ("FullCheck", "name", name()),
        ("ChangeRequest", "decision", json!({"minLength": 1, "maxLength": 16384, "pattern": "\\S"})),
        ("ChangeRequest", "owner", name()),
        ("ChangeRequest", "retrievals", json!({"maxItems": 100})),
        ("ChangeRequest", "corpus_commit", json!({"pattern": "^(\\s*|[0-9a-f]{7,64})$"})),
        ("ChangeRequest", "cost", json!({"minimum": 0})),
        ("ChangeRequest", "cost_unit", optional_name()),
        ("ChangeRequest", "cost_unit", json!({"maxLength": 16})),
        ("ChangeRequest", "duration_ms", json!({"minimum": 0, "maximum": 999_999_999})),
        ("ChangeRequest", "outcome", json!({"maxLength": 16384})),
        ("Report", "report", json!({"description": "Its name, as it stands in its address."})),
    ]
}
