//! What is wrong with a value by its JSON Schema (2020-12): as much of it as the document uses. A keyword that is not
//! known here is a fault, so that nothing passes unseen; a member that no schema names is one, too.

use serde_json::{Value, json};

/// What the value breaks. References lead into `document`.
pub(super) fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    look(document, schema, value, "$", &mut found);
    found
}

fn look(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let keywords = match schema {
        Value::Bool(true) => return,
        Value::Object(keywords) => keywords,
        other => return found.push(format!("{at}: {other} is no schema")),
    };
    for (keyword, says) in keywords {
        let fault = match keyword.as_str() {
            "$ref" => {
                let target = document.pointer(says.as_str().unwrap_or_default().trim_start_matches('#'));
                match target {
                    Some(target) => look(document, target, value, at, found),
                    None => found.push(format!("{at}: {says} leads nowhere")),
                }
                None
            }
            "type" => (!has_type(says, value)).then(|| format!("is no {says}")),
            "enum" => (!says.as_array().is_some_and(|all| all.contains(value))).then(|| format!("is none of {says}")),
            "anyOf" => {
                let any =
                    says.as_array().into_iter().flatten().any(|schema| faults(document, schema, value).is_empty());
                (!any).then(|| format!("{value} is none of the alternatives"))
            }
            "properties" => {
                for (name, schema) in says.as_object().into_iter().flatten() {
                    if let Some(member) = value.get(name) {
                        look(document, schema, member, &format!("{at}.{name}"), found);
                    }
                }
                unnamed(schema, value)
            }
            "additionalProperties" => {
                let named = schema["properties"].as_object();
                for (name, member) in value.as_object().into_iter().flatten() {
                    if !named.is_some_and(|named| named.contains_key(name)) && says.is_object() {
                        look(document, says, member, &format!("{at}.{name}"), found);
                    }
                }
                None
            }
            "if" => {
                if faults(document, &partial(says), value).is_empty() {
                    found.extend(faults(document, &partial(&schema["then"]), value));
                }
                None
            }
            "then" => None,
            "const" => (says != value).then(|| format!("is not {says}")),
            "required" => {
                let missing = |name: &&Value| value.get(name.as_str().unwrap_or_default()).is_none();
                says.as_array().into_iter().flatten().find(missing).map(|name| format!("{name} is missing"))
            }
            "items" => {
                for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                    look(document, says, item, &format!("{at}[{place}]"), found);
                }
                None
            }
            "minItems" => (value.as_array().map_or(0, Vec::len) < number(says)).then(|| "has too few items".to_owned()),
            "maxItems" => {
                (value.as_array().map_or(0, Vec::len) > number(says)).then(|| "has too many items".to_owned())
            }
            "minLength" => (value.is_string() && length(value) < number(says)).then(|| "is too short".to_owned()),
            "maxLength" => (length(value) > number(says)).then(|| "is too long".to_owned()),
            "minimum" => (value.as_f64() < says.as_f64()).then(|| format!("is below {says}")),
            "maximum" => (value.as_f64() > says.as_f64()).then(|| format!("is above {says}")),
            // Patterns and formats are for who makes requests; answers have none.
            "pattern" | "format" | "description" | "title" | "default" | "examples" => None,
            other => Some(format!("{other}: is not known here")),
        };
        found.extend(fault.map(|fault| format!("{at}: {fault}")));
    }
}

/// A schema that says something of some members alone.
fn partial(schema: &Value) -> Value {
    let mut partial = schema.clone();
    partial["additionalProperties"] = json!({});
    partial
}

/// A member that the schema does not name.
fn unnamed(schema: &Value, value: &Value) -> Option<String> {
    if schema["additionalProperties"].is_object() {
        return None;
    }
    let named = |name: &str| schema["properties"].get(name).is_some();
    let name = value.as_object()?.keys().find(|name| !named(name))?;
    Some(format!("{name} is not described"))
}

fn has_type(says: &Value, value: &Value) -> bool {
    let one = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        _ => name == "number" && value.is_number(),
    };
    match says {
        Value::String(name) => one(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(one),
        _ => false,
    }
}

fn number(says: &Value) -> usize {
    says.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or_default()
}

fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.chars().count())
}

#[test]
fn what_is_wrong_is_found() {
    let document = json!({"x": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}});
    let schema = json!({"$ref": "#/x"});
    assert_eq!(faults(&document, &schema, &json!({"a": 1})), Vec::<String>::new());
    for (value, fault) in [
        (json!({}), "\"a\" is missing"),
        (json!({"a": "1"}), "$.a: is no \"integer\""),
        (json!({"a": 1, "b": 1}), "b is not described"),
        (json!([]), "is no \"object\""),
    ] {
        let found = faults(&document, &schema, &value).join("; ");
        assert!(found.contains(fault), "{value}: {found}");
    }
    assert!(faults(&document, &json!({"oneOf": []}), &json!(1))[0].contains("not known"));
}
