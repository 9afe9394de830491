//! Files as people and editors write them, and what is set in them.

use proptest::prelude::*;

use super::super::client::{Client, Entry, Way};
use super::{JsonError, read, set};

fn entry(client: Client) -> Entry {
    client.entry("cairn", &Way::Http { url: "http://127.0.0.1:7171/mcp".to_owned(), token_env: None }).unwrap()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let changed = set(text, &entry(Client::Cursor)).unwrap();
    assert_eq!(changed, expected);
    assert_eq!(set(&changed, &entry(Client::Cursor)).unwrap(), expected, "a second time changes nothing");
}

#[test]
fn an_empty_file_gets_the_entry_alone() {
    let alone =
        "{\n  \"mcpServers\": {\n    \"cairn\": {\n      \"url\": \"http://127.0.0.1:7171/mcp\"\n    }\n  }\n}\n";
    check("", alone);
    check("\n  \n", alone);
    check("// mine\n", &format!("// mine\n{alone}"));
    check("{}", alone.trim_end());
    check("{\n}\n", alone);
}

#[test]
fn comments_order_indentation_and_other_members_stay() {
    check(
        "{\n\t// editor\n\t\"z\": 1, /* one */\n\t\"a\": [1, 2,], // last\n}\n",
        "{\n\t// editor\n\t\"z\": 1, /* one */\n\t\"a\": [1, 2,], // last\n\t\"mcpServers\": {\n\t\t\"cairn\": {\n\t\t\t\"url\": \
         \"http://127.0.0.1:7171/mcp\"\n\t\t}\n\t},\n}\n",
    );
    check(
        "{\r\n    \"mcpServers\": {\r\n        \"other\": {\"command\": \"x\"} // mine\r\n    }\r\n}\r\n",
        "{\r\n    \"mcpServers\": {\r\n        \"other\": {\"command\": \"x\"}, // mine\r\n        \"cairn\": {\r\n            \
         \"url\": \"http://127.0.0.1:7171/mcp\"\r\n        }\r\n    }\r\n}\r\n",
    );
    check(
        "{\"mcpServers\":{\"other\":{}},\"theme\":\"dark\"}",
        "{\"mcpServers\":{\"other\":{},\n  \"cairn\": {\n    \"url\": \"http://127.0.0.1:7171/mcp\"\n  }\n},\"theme\":\"dark\"}",
    );
}

#[test]
fn an_entry_that_is_there_is_written_anew_and_keeps_what_somebody_added() {
    check(
        "{\n  \"mcpServers\": {\n    \"cairn\": {\n      \"command\": \"old\", \"args\": [],\n      \"disabled\": false\n    },\n    \
         \"b\": {}\n  }\n}\n",
        "{\n  \"mcpServers\": {\n    \"cairn\": {\n      \"url\": \"http://127.0.0.1:7171/mcp\",\n      \"disabled\": false\n    \
         },\n    \"b\": {}\n  }\n}\n",
    );
    let marked = set("\u{FEFF}{}", &entry(Client::Zed)).unwrap();
    assert!(marked.starts_with("\u{FEFF}{"), "the byte-order mark stays");
}

#[test]
fn what_cannot_be_read_is_left_alone_and_the_place_is_named() {
    for (text, expected) in [
        ("{\n\"a\": }", JsonError::Malformed { line: 2, what: "a value is missing" }),
        ("{\n\n\"a\" 1}", JsonError::Malformed { line: 3, what: "a colon is missing" }),
        ("{\"a\": 1 \"b\": 2}", JsonError::Malformed { line: 1, what: "a comma or the end is missing" }),
        ("{} x", JsonError::Malformed { line: 1, what: "something stands behind its end" }),
        ("/* {}", JsonError::Malformed { line: 1, what: "a comment is not closed" }),
        ("{\"a", JsonError::Malformed { line: 1, what: "a text has no closing quote" }),
        ("[]", JsonError::NotAnObject { key: "the file".to_owned() }),
        ("{\"mcpServers\": []}", JsonError::NotAnObject { key: "mcpServers".to_owned() }),
    ] {
        assert_eq!(set(text, &entry(Client::Cursor)), Err(expected), "{text:?}");
    }
    assert!(matches!(set("{\"a\": nul}", &entry(Client::Cursor)), Err(JsonError::Refused { .. })));
    assert!(matches!(set(&"[".repeat(100_000), &entry(Client::Cursor)), Err(JsonError::Malformed { .. })));
}

/// JSON with comments, blanks and commas too many, as people and editors write it.
fn written() -> impl Strategy<Value = String> {
    let blank = prop_oneof![
        Just(""),
        Just(" "),
        Just("\n"),
        Just("\n  "),
        Just(" // x: { \"\n"),
        Just("/* } , */"),
        Just("\t")
    ];
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("true".to_owned()),
        Just("null".to_owned()),
        Just("\"a // b \\\" } ,\"".to_owned()),
        Just("-1.5e3".to_owned()),
    ];
    let key = prop_oneof![
        Just("\"mcpServers\""),
        Just("\"cairn\""),
        Just("\"x\""),
        Just("\"mcp\\u0053ervers\""),
        Just("\"url\""),
        Just("\"\"")
    ];
    let value = leaf.prop_recursive(4, 24, 4, move |inner| {
        let member = (key.clone(), blank.clone(), inner.clone(), blank.clone())
            .prop_map(|(key, before, value, after)| format!("{before}{key}{after}:{before}{value}{after}"));
        let object =
            (prop::collection::vec(member, 0..4), any::<bool>(), blank.clone()).prop_map(|(members, comma, blank)| {
                let comma = if comma && !members.is_empty() { "," } else { "" };
                format!("{{{}{comma}{blank}}}", members.join(","))
            });
        let array = prop::collection::vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(", ")));
        prop_oneof![3 => object, 1 => array]
    });
    prop_oneof![4 => value, 1 => ".{0,40}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_file_holds_the_entry_is_set_and_nothing_else_or_the_file_is_refused(text in written()) {
        let entry = entry(Client::Cursor);
        if let Ok(changed) = set(&text, &entry) {
            let after = read(changed.trim_start_matches('\u{FEFF}')).unwrap().unwrap();
            prop_assert_eq!(&after["mcpServers"]["cairn"]["url"], "http://127.0.0.1:7171/mcp");
            prop_assert_eq!(set(&changed, &entry).unwrap(), changed);
        }
    }
}
