//! Tests of drafts and how they are classified.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::access::CollectionName;
use crate::corpus::Source;
use crate::corpus::Status;

fn draft_at(path: &str, bytes: &[u8]) -> Draft {
    Draft::parse(SourceFile {
        collection: CollectionName::parse("playbook").unwrap(),
        path: SourcePath::new(path),
        bytes: bytes.to_vec(),
        modified_ns: 0,
    })
}

fn draft(text: &str) -> Draft {
    draft_at("folder/some-page.md", text.as_bytes())
}

fn rules(draft: &Draft) -> Vec<&str> {
    draft.record.findings.iter().map(|finding| &*finding.rule).collect()
}

/// What holds for every document, whatever its bytes were.
fn assert_laws(draft: &Draft) {
    let (record, text) = (&draft.record, draft.body.text.as_str());
    assert_clean(record);
    assert!(!record.title.is_empty() && !record.meta.kind.is_empty());
    assert_eq!(record.chunks.len(), draft.body.plain.len());
    assert!(!record.chunks.is_empty());
    let mut covered = vec![false; text.len()];
    let mut end = 0;
    let line = |at: usize| text.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
    for chunk in &record.chunks {
        let span = chunk.span.start as usize..chunk.span.end as usize;
        assert!(span.start >= end, "chunks are apart and ascending");
        end = span.end;
        let source = text.get(span.clone()).expect("a span is on character borders");
        assert_eq!(chunk.sha256, Digest::of(source.as_bytes()));
        if text.len() < 20_000 {
            assert_eq!(chunk.lines.first as usize, line(span.start));
            assert_eq!(chunk.lines.last as usize, line(span.end.saturating_sub(1).max(span.start)));
        }
        assert!((chunk.section as usize) < record.sections.len());
        covered[span].fill(true);
    }
    let mut at = 0;
    for section in &record.sections {
        assert!(section.span.start as usize >= at && section.body <= section.span.end);
        at = section.span.end as usize;
        // A heading is covered by its section.
        if section.level > 0 {
            covered[section.span.start as usize..section.body as usize].fill(true);
        }
        assert!(section.parent.is_none_or(|parent| record.sections[parent as usize].level < section.level));
    }
    for (at, c) in text.char_indices() {
        assert!(covered[at] || c.is_whitespace(), "byte {at}, {c:?}, is in no chunk");
    }
}

/// Whether a text is one visible line; flags are the only writing in which tags are seen.
fn is_clean(text: &str) -> bool {
    let flagless = ["beng", "bsct", "bwls"].iter().fold(text.to_owned(), |text, name| {
        let tags: String = name.chars().filter_map(|c| char::from_u32(0xE0000 + u32::from(c))).collect();
        text.replace(&format!("\u{1F3F4}\u{E0067}{}\u{E007F}", tags), "")
    });
    let bad = |c: char| {
        c.is_control()
            || matches!(c, '\u{61C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
    };
    !flagless.contains(bad)
}

/// Nothing that is known of a document, but its text, hides anything or breaks a line.
fn assert_clean(record: &Record) {
    let meta = serde_json::to_value(&record.meta).unwrap();
    let mut open = vec![&meta];
    while let Some(value) = open.pop() {
        match value {
            serde_json::Value::String(text) => assert!(is_clean(text), "{text:?}"),
            serde_json::Value::Array(items) => open.extend(items),
            serde_json::Value::Object(pairs) => {
                assert!(pairs.keys().all(|key| is_clean(key)), "{pairs:?}");
                open.extend(pairs.values());
            }
            _ => {}
        }
    }
    for title in record.sections.iter().map(|section| &section.title).chain([&record.title]) {
        assert!(is_clean(title), "{title:?}");
    }
}

/// Any text as a quoted scalar, every character an escape: YAML and TOML write those alike.
fn escaped(text: &str) -> String {
    text.chars().fold("\"".to_owned(), |out, c| out + &format!("\\U{:08X}", u32::from(c))) + "\""
}

fn steering() -> impl Strategy<Value = String> {
    let sly = "[\u{0}-\u{1F}\u{7F}-\u{9F}\u{61C}\u{200B}-\u{200F}\u{2028}-\u{202E}\u{2060}-\u{206F}\u{E0000}-\u{E007F} a,😀]{0,8}";
    prop_oneof![sly, any::<String>()]
}

fn markdownish() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "# ",
        "## ",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "> ",
        "```",
        "~~~",
        "`",
        "*",
        "_",
        "[",
        "]",
        "(",
        ")",
        "[[",
        "]]",
        "!",
        "|",
        "|-|-|\n",
        "<",
        ">",
        "<!--",
        "-->",
        "<div>",
        "</div>",
        "<a href=x>",
        "---\n",
        "+++\n",
        "===\n",
        "key: v\n",
        "word ",
        "Sentence one. Sentence two. ",
        "é",
        "日本語。",
        "\t",
        "    ",
        "\\",
        "&amp;",
        "$",
        "$$",
        "{{< ref \"x\" >}}",
        "{% x %}",
        "{{% y %}}",
        "[^1]",
        "[^1]: ",
        "\u{200B}",
        "\r\n",
        "\0",
        "\u{1B}[2J",
        "&#x202e;",
        "&#27;",
        "## Status\n\nsuperseded by \u{1B}x\u{2028}y\n",
        ": ",
        "{#id}",
        "[//]: # (x)\n",
        "~",
    ]);
    prop::collection::vec(pieces, 0..120).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_parsed(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        assert_laws(&draft_at("x.md", &bytes));
    }

    #[test]
    fn the_laws_hold_for_anything_like_markdown(text in markdownish()) {
        assert_laws(&draft(&text));
    }

    #[test]
    fn no_escape_hides_anything_in_front_matter(values in prop::collection::vec(steering(), 6), key in steering()) {
        let names = ["title", "owner", "tags", "kind", "aliases", "status"];
        let pairs: Vec<_> = names.iter().zip(&values).map(|(name, value)| (*name, escaped(value))).collect();
        let yaml: String = pairs.iter().map(|(name, value)| format!("{name}: [{value}]\n")).collect();
        let toml: String = pairs.iter().map(|(name, value)| format!("{name} = [{value}]\n")).collect();
        let key = escaped(&key);
        for text in [format!("---\n{yaml}{key}: {key}\n---\n"), format!("+++\n{toml}{key} = {key}\n+++\n")] {
            assert_laws(&draft(&text));
        }
    }

    #[test]
    fn the_laws_hold_for_long_sections(text in markdownish(), times in 1_usize..60) {
        assert_laws(&draft(&text.repeat(times)));
    }
}

#[test]
fn no_shape_of_text_is_slow() {
    let many = |piece: &str, bytes: usize| piece.repeat(bytes / piece.len());
    for (name, text) in [
        ("quotes", many(">", 500_000)),
        ("brackets", many("[", 500_000)),
        ("stars", many("*", 500_000)),
        ("stars and letters", many("*a ", 300_000)),
        ("backticks", many("`", 1_000_000)),
        ("one line", many("word ", 1_000_000)),
        ("one word", many("a", 1_000_000)),
        ("headings", many("# h\n", 400_000)),
        ("list in list", many("- ", 100_000)),
        ("openings of comments", many("<!--", 500_000)),
        ("comments", many("<!---->", 500_000)),
        ("notes", many("[//]: # (x)\n", 500_000)),
        ("tags", many("<a '>", 500_000)),
        ("marks", many("{%%}", 500_000)),
        ("openings of marks", many("{{<", 500_000)),
        ("links on a line", many("[a](b) ", 300_000)),
        ("wiki links", many("[[a]]", 300_000)),
        ("table rows", format!("|a|b|\n|-|-|\n{}", many("|c|d|\n", 500_000))),
        ("fence", format!("```\n{}", many("code line\n", 1_000_000))),
        ("fence of one line", format!("```\n{}", many("x", 1_000_000))),
        ("dashes", many("-", 500_000)),
        ("math", many("$", 300_000)),
        ("hidden", many("\u{200B}", 500_000)),
        ("carriage returns", many("\r", 500_000)),
        ("yaml", format!("---\n{}\n---\n", many("[", 16_000))),
        ("yaml keys", format!("---\n{}\n---\n", many("? a\n: ", 16_000))),
        ("yaml lists on lines", format!("---\na: b\n{}\n---\n", many("- ", 16_000))),
        ("toml lists", format!("+++\na = {}\n+++\n", many("[", 16_000))),
        ("toml tables", format!("+++\na = {}\n+++\n", many("{a=", 16_000))),
        ("toml dotted key", format!("+++\na{} = 1\n+++\n", many(".a", 16_000))),
        ("toml dotted table", format!("+++\n[a{}]\nb = 1\n+++\n", many(".a", 16_000))),
        ("toml keys of one name", format!("+++\n{}+++\n", many("a.b = 1\n", 16_000))),
    ] {
        let began = Instant::now();
        let draft = draft(&text);
        let took = began.elapsed();
        assert_laws(&draft);
        println!("{name}: {took:?}");
        assert!(took < Duration::from_secs(6), "{name} took {took:?}");
    }
}

#[test]
fn real_handbooks_keep_the_laws() {
    let sets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/eval");
    for set in ["docs-playbook", "docs-dapr"] {
        let root = sets.join(set).join("raw");
        if fs::metadata(&root).is_err() {
            println!("{}: not there, skipped", root.display());
            continue;
        }
        let root = root.canonicalize().unwrap();
        let source = Source::new(CollectionName::parse("docs").unwrap(), root, Visibility::Public);
        let listing = source.list();
        let (mut words, mut rules) = (Vec::new(), std::collections::BTreeMap::<String, usize>::new());
        let (mut bytes, mut spent, mut private) = (0, Duration::ZERO, 0);
        for file in &listing.files {
            let file = source.read(&file.path).unwrap();
            bytes += file.bytes.len();
            let began = Instant::now();
            let draft = Draft::parse(file);
            spent += began.elapsed();
            assert_laws(&draft);
            words.extend(draft.body.plain.iter().map(|plain| plain.split_whitespace().count()));
            for finding in &draft.record.findings {
                *rules.entry(finding.rule.to_string()).or_default() += 1;
            }
            private += usize::from(matches!(draft.classify(Visibility::Public), Classified::Private(..)));
        }
        words.sort_unstable();
        let at = |part: usize| words[(words.len() - 1) * part / 100];
        println!(
            "{set}: {} files, {} skipped, {bytes} bytes, {spent:?}, {} chunks, words p5 {} p50 {} p90 {} p99 {} max {}, \
             empty {}, private {private}, findings {rules:?}",
            listing.files.len(),
            listing.skipped.len(),
            words.len(),
            at(5),
            at(50),
            at(90),
            at(99),
            at(100),
            words.iter().filter(|&&words| words == 0).count(),
        );
        assert!(!listing.files.is_empty());
    }
}

#[test]
fn a_heading_holds_nothing_that_steers_a_terminal() {
    // What is spelt as an entity is a few plain letters in the text, and what they stand for in a title.
    for (text, served, expected) in [
        ("# Red \u{1B}[31m text\n", "# Red [31m text\n", "Red [31m text"),
        ("# a&#x202e;b &#27;c\n", "# a&#x202e;b &#27;c\n", "ab c"),
        ("a\u{7}b\n===\n", "ab\n===\n", "ab"),
        ("# `\u{9B}x`\n", "# `x`\n", "x"),
    ] {
        let draft = draft(text);
        assert_eq!((&*draft.record.title, &*draft.record.sections[0].title), (expected, expected), "{text:?}");
        assert_eq!(rules(&draft), ["hidden-characters"], "{text:?}");
        assert_eq!(draft.body.text, served, "{text:?}");
    }
    assert_eq!(draft_at("a\u{1B}b\u{202E}c.md", b"text").record.title, "Abc");
    assert_eq!(draft_at("\u{1B}", b"text").record.title, "playbook");
}

#[test]
fn a_title_is_found_wherever_it_is() {
    for (path, text, expected) in [
        ("a.md", "---\ntitle: Front\n---\n# H1\n", "Front"),
        ("a.md", "## First\n\n# H1 `code`\n", "H1 code"),
        ("a.md", "### Only\n", "Only"),
        ("deep/some-page_here.md", "text", "Some page here"),
        ("how-to/_index.md", "text", "How to"),
        ("README.md", "", "Playbook"),
        ("a.md", "Title\n=====\n", "Title"),
        ("a.md", "# Use {name} {#custom}\n", "Use {name}"),
    ] {
        assert_eq!(draft_at(path, text.as_bytes()).record.title, expected, "{text:?}");
    }
}

#[test]
fn an_outline_has_levels_parents_and_anchors() {
    let draft = draft("before\n# A\n## B\n### C\n## B\n> # quoted\n\n#### D {#dee}\n");
    let shown: Vec<(u8, &str, &str, Option<u32>, u32)> = draft
        .record
        .sections
        .iter()
        .map(|section| (section.level, &*section.title, &*section.anchor, section.parent, section.line))
        .collect();
    assert_eq!(
        shown,
        [
            (0, "", "", None, 1),
            (1, "A", "a", None, 2),
            (2, "B", "b", Some(1), 3),
            (3, "C", "c", Some(2), 4),
            (2, "B", "b-1", Some(1), 5),
            (4, "D", "dee", Some(4), 8),
        ]
    );
    assert_eq!(draft.record.anchors, ["quoted"]);
    assert_eq!(rules(&draft), ["heading-level-skipped"]);
}

#[test]
fn the_folder_grants_and_the_file_only_narrows() {
    for (text, folder, expected) in [
        ("text", Visibility::Public, Visibility::Public),
        ("text", Visibility::Private, Visibility::Private),
        ("---\nvisibility: public\n---\n", Visibility::Private, Visibility::Private),
        ("---\nvisibility: private\n---\n", Visibility::Public, Visibility::Private),
        ("---\na: b: c\n---\n", Visibility::Public, Visibility::Private),
        ("---\nvisibility: private\nnever closed", Visibility::Public, Visibility::Private),
        ("\n---\nvisibility: private\n---\n", Visibility::Public, Visibility::Private),
        ("\u{FEFF}---\r\nprivate: true\r\n---\r\n", Visibility::Public, Visibility::Private),
        ("---\nvisi\u{200B}bility: private\n---\n", Visibility::Public, Visibility::Private),
        ("+++\ndraft = true\n+++\n", Visibility::Public, Visibility::Private),
    ] {
        let classified = draft(text).classify(folder);
        assert_eq!(classified.record().visibility(), expected, "{text:?}");
        assert_eq!(matches!(classified, Classified::Public(..)), expected == Visibility::Public);
    }
    let widened = draft("---\na: b\nvisibility: public\n---\n").classify(Visibility::Private);
    let finding = &widened.record().findings;
    assert!(finding.iter().any(|finding| finding.rule == "visibility-cannot-widen" && finding.line == 3));
}

#[test]
fn what_is_wrong_with_a_file_is_found() {
    for (text, expected) in [
        ("", "file-empty"),
        ("```\ncode", "fence-unclosed"),
        ("# A\n### C\n", "heading-level-skipped"),
        ("---\na: *b\n---\n", "front-matter-malformed"),
        (&format!("```\n{}```\n", "one two three four five\n".repeat(200)), "block-long"),
        (&"> ".repeat(150), "nesting-too-deep"),
    ] {
        assert!(rules(&draft(text)).contains(&expected), "{text:?}: {:?}", rules(&draft(text)));
    }
    assert_eq!(rules(&draft("no heading at all, and ```` ``` ```` in a line\n\n~~~\ncode\n~~~~\n")), [""; 0]);
}

#[test]
fn a_decision_states_its_status_in_its_text() {
    for (text, expected) in [
        ("# X\n\n* Status: accepted\n", Some(Status::Accepted)),
        ("# X\n\n## Status\n\nSuperseded by [ADR-2](0002-y.md)\n", Some(Status::Superseded)),
        ("---\nstatus: rejected\n---\n# X\n\n## Status\n\nAccepted\n", Some(Status::Retired)),
        ("# X\n", None),
    ] {
        assert_eq!(draft_at("0001-x.md", text.as_bytes()).record.meta.status, expected, "{text:?}");
    }
}
