//! Tests of how front matter is found and read.

use super::*;

fn shown(text: &str) -> Result<String, String> {
    let Some(fence) = find(text) else { return Ok("none".to_owned()) };
    let entries = fence.inside.and_then(|inside| read(&inside, fence.language));
    entries
        .map(|entries| Value::Map(entries).to_text())
        .map_err(|malformed| format!("{}: {}", malformed.line, malformed.what))
}

#[test]
fn scalars_stay_the_text_that_was_written() {
    for (text, expected) in [
        (
            "---\nid: 0000\nflag: no\nversion: 1.10\nday: 2024-05-01\n---\n",
            "id: 0000; flag: no; version: 1.10; day: 2024-05-01",
        ),
        ("---\na: \"x: y\"\nb: 'z'\nc: ~\n...\n", "a: x: y; b: z; c: "),
        ("---\ntags: [a, b]\nlist:\n  - c\n  - d: e\n---\n", "tags: a, b; list: c, d: e"),
        (
            "+++\nversion = 1.10\nday = 2024-05-01\ntags = ['a', 'b']\n[more]\nx = true\n+++\n",
            "day: 2024-05-01; more: x: true; tags: a, b; version: 1.10",
        ),
        ("---\n---\n", ""),
        ("---\n# a comment only\n---\n", ""),
    ] {
        assert_eq!(shown(text).as_deref(), Ok(expected), "{text:?}");
    }
}

#[test]
fn what_is_not_front_matter_is_left_alone() {
    for text in [
        "",
        "text",
        "---\n",
        "---\n\nprose\n\n---\n",
        "--- \ntext",
        "----\na: b\n---\n",
        "a\n---\nb: c\n---\n",
        "---\nprose\n",
    ] {
        if shown(text).as_deref() != Ok("none") {
            assert_eq!(shown(text).as_deref(), Ok(""), "{text:?}");
        }
    }
}

#[test]
fn what_is_refused_says_what_and_where() {
    let bomb = format!("---\na: {}\n---\n", "[".repeat(10_000));
    let long = format!("---\na: {}\n---\n", "x".repeat(20_000));
    for (text, line, part) in [
        ("---\na: 1\nb: 2\na: 3\n---\n", 4, "there twice"),
        ("---\na: &x 1\n---\n", 2, "anchors"),
        ("---\na: &x 1\nb: *x\n---\n", 2, "anchors"),
        ("---\na:\n  <<: {b: c}\n---\n", 3, "merge keys"),
        ("---\na: !!int 1\n---\n", 2, "tags"),
        ("---\n- a: b\n---\n", 2, "not a mapping"),
        ("---\nvisibility: private\ntext", 1, "not closed"),
        ("\n\n---\nvisibility: private\n---\n", 3, "first byte"),
        ("---\na: b: c\n---\n", 2, ""),
        ("---\n? [a]\n: b\n---\n", 2, "key is not a text"),
        ("+++\na = \n+++\n", 2, ""),
        ("+++\na = 1\na = 2\n+++\n", 3, ""),
        (&bomb, 2, ""),
        ("---\na: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]\n---\n", 2, "nested too deep"),
        (&long, 1, "longer than 16 KiB"),
    ] {
        let refused = shown(text).expect_err(text.get(..30.min(text.len())).unwrap());
        assert!(refused.starts_with(&format!("{line}: ")) && refused.contains(part), "{refused:?} for {part:?}");
    }
}
