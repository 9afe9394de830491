//! What the room promises of its tools, whatever library is behind it.

mod called_off;

use expect_test::expect_file;
use serde_json::Value;

use super::tool;

#[test]
fn the_list_of_tools_is_small_and_the_same_every_time() {
    let printed = serde_json::to_string(&tool::all()).unwrap();
    // With what stands around the list in an answer, which has some 110 bytes.
    assert!(printed.len() < 8_000, "{} bytes: {printed}", printed.len());
    assert_eq!(printed, serde_json::to_string(&tool::all()).unwrap());
    assert!(tool::of(None).eq(tool::reading_ones()), "who has no pen has no tool that writes");
}

#[test]
fn what_clients_are_told_of_the_tools_changes_on_purpose_only() {
    let printed = serde_json::to_string_pretty(&tool::all()).unwrap() + "\n";
    // UPDATE_EXPECT=1 writes the file anew.
    expect_file!["tools.json"].assert_eq(&printed);
}

#[test]
fn every_schema_is_a_root_object_without_combinators_at_its_top() {
    for tool in tool::all() {
        for schema in [&tool.input_schema, tool.output_schema.as_ref().unwrap()] {
            assert_eq!(schema.get("type"), Some(&Value::from("object")), "{}", tool.name);
            for combinator in ["anyOf", "oneOf", "allOf", "$ref"] {
                assert!(!schema.contains_key(combinator), "{} {combinator}", tool.name);
            }
        }
        for (name, field) in tool.input_schema["properties"].as_object().unwrap() {
            assert!(field["type"].is_string(), "{} {name}: {field}", tool.name);
        }
        let printed = serde_json::to_string(&tool).unwrap();
        assert!(!printed.contains("\"type\":["), "{printed}");
        assert!(tool.description.as_ref().unwrap().chars().count() < 2_048);
        let hints = tool.annotations.as_ref().unwrap();
        let reads = tool::reading_ones().iter().any(|reading| reading.name == tool.name);
        assert_eq!((hints.read_only_hint, hints.open_world_hint), (Some(reads), Some(false)));
        assert!(reads || hints.destructive_hint == Some(false), "{}", tool.name);
    }
}

#[test]
fn fields_called_title_and_format_survive_the_trimming() {
    let text = serde_json::json!({"type": "string", "title": "Title", "format": "date"});
    let schema = serde_json::json!({
        "$schema": "x", "title": "Hit", "type": "object",
        "properties": {"title": text, "format": text, "when": {"type": ["string", "null"], "default": null}},
    });
    let mut schema = schema.as_object().unwrap().clone();
    tool::trim(&mut schema);
    let left =
        serde_json::json!({"title": {"type": "string"}, "format": {"type": "string"}, "when": {"type": "string"}});
    assert_eq!((schema.len(), &schema["properties"]), (2, &left));
    let search = serde_json::to_value(&tool::all()[0]).unwrap();
    assert_eq!(search["inputSchema"]["required"], serde_json::json!(["query"]));
    assert_eq!(search["inputSchema"]["properties"]["limit"]["maximum"], 20);
}
