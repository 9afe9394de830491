//! Tests of front matter under its canonical names.

use super::super::front_matter::{Language, read};
use super::*;

fn fields(yaml: &str) -> Fields {
    Fields::of(read(yaml, Language::Yaml).unwrap())
}

#[test]
fn every_spelling_of_a_field_is_the_same_field() {
    type Field = fn(&Fields) -> String;
    let cases: [(&str, Field, &str); 22] = [
        ("title: A", |f| f.title.clone().unwrap_or_default(), "A"),
        ("linkTitle: A", |f| f.title.clone().unwrap_or_default(), "A"),
        ("sidebar_label: A", |f| f.title.clone().unwrap_or_default(), "A"),
        ("type: ADR", |f| f.meta.kind.clone(), "decision"),
        ("kind: Runbook", |f| f.meta.kind.clone(), "runbook"),
        ("layout: default", |f| f.meta.kind.clone(), ""),
        ("summary: >\n  two\n  lines", |f| f.meta.description.clone().unwrap_or_default(), "two lines"),
        ("owner: [a, b]", |f| f.meta.owner.clone().unwrap_or_default(), "a, b"),
        ("owner-slack: '#x'", |f| f.meta.owner.clone().unwrap_or_default(), "#x"),
        ("keywords: a, b", |f| f.meta.tags.join("|"), "a|b"),
        ("tags: [a, b]\ncategories: b", |f| f.meta.tags.join("|"), "a|b"),
        ("created: 2024-01-01", |f| f.meta.date.clone().unwrap_or_default(), "2024-01-01"),
        ("last_update:\n  date: 1/2/2024", |f| f.meta.updated.clone().unwrap_or_default(), "1/2/2024"),
        ("lastmod: x", |f| f.meta.updated.clone().unwrap_or_default(), "x"),
        (
            "verified:\n  - {by: ada, at: 2024-01-01}",
            |f| format!("{:?}", f.meta.verified),
            "[Verified { by: \"ada\", at: \"2024-01-01\" }]",
        ),
        ("last_reviewed_on: 2024-01-01", |f| f.meta.verified[0].at.clone(), "2024-01-01"),
        ("review-in: 6 months", |f| f.meta.review_every.clone().unwrap_or_default(), "6 months"),
        ("expires: 2030", |f| f.meta.stale_after.clone().unwrap_or_default(), "2030"),
        ("replaces: a", |f| f.meta.supersedes.join("|"), "a"),
        ("superseded-by: [a, b]", |f| f.meta.superseded_by.join("|"), "a|b"),
        ("redirect_from: /old", |f| f.meta.aliases.join("|"), "/old"),
        ("Some Key: [1, 2]", |f| format!("{:?}", f.meta.other), "{\"Some Key\": \"1, 2\"}"),
    ];
    for (yaml, field, expected) in cases {
        assert_eq!(field(&fields(yaml)), expected, "{yaml:?}");
    }
}

#[test]
fn what_an_escape_hides_is_found_and_left_out() {
    for (yaml, expected) in [
        ("title: \"\\u202eevil\"", "evil"),
        ("title: \"\\e[2Jx\\0\\a\"", "[2Jx"),
        ("\"ti\\u200Btle\": x", "x"),
        ("title: [\"a\\U000E0041\", b]", "a, b"),
        ("title: {\"\\u2066a\": b}", "a: b"),
    ] {
        let fields = fields(yaml);
        assert_eq!(fields.title.as_deref(), Some(expected), "{yaml:?}");
        assert_eq!(&*fields.findings[0].rule, "hidden-characters", "{yaml:?}");
        assert_eq!(fields.findings.len(), 1, "{yaml:?}");
    }
    let kind = fields("a: b\ntype: \"\\e[2J\"");
    assert_eq!((kind.meta.kind.as_str(), kind.findings[0].line), ("[2j", 3));
    let folded = fields("note: \"a\\n\\tb\"\ntitle: |\n  two\n  lines\n");
    assert_eq!((folded.meta.other["note"].as_str(), folded.title.as_deref()), ("a b", Some("two lines")));
    assert_eq!(folded.findings, []);
    let said = fields("\"visi\\u200Bbility\": \"pri\\u202Evate\"");
    assert!(said.narrowed.is_some());
}

#[test]
fn visibility_is_only_ever_narrowed() {
    for (yaml, narrowed, findings) in [
        ("visibility: private", true, 0),
        ("visibility: Private", true, 0),
        ("visibility: internal", true, 1),
        ("visibility: [public]", false, 0),
        ("visibility: public", false, 0),
        ("visibility:", true, 1),
        ("private: true", true, 0),
        ("Private: YES", true, 0),
        ("private: false", false, 0),
        ("private: maybe", true, 1),
        ("publish: false", true, 0),
        ("published: no", true, 0),
        ("published: true", false, 0),
        ("published: 2024-05-01", false, 0),
        ("draft: true", true, 0),
        ("draft: false", false, 0),
        ("unlisted: true", true, 0),
        ("visibility: public\nprivate: true", true, 0),
        ("title: x", false, 0),
    ] {
        let fields = fields(yaml);
        assert_eq!(fields.narrowed.is_some(), narrowed, "{yaml:?}");
        assert_eq!(fields.findings.len(), findings, "{yaml:?}");
    }
}

#[test]
fn a_status_is_read_as_people_write_it() {
    for (text, expected) in [
        ("accepted", Some((Status::Accepted, None))),
        ("Proposed", Some((Status::Draft, None))),
        ("in progress", Some((Status::Draft, None))),
        ("**Deprecated**", Some((Status::Deprecated, None))),
        ("rejected", Some((Status::Retired, None))),
        ("superseded by [ADR-0005](0005-x.md)", Some((Status::Superseded, Some("0005-x.md")))),
        ("Superseded by ADR-0005.", Some((Status::Superseded, Some("ADR-0005")))),
        ("accepted by the team", Some((Status::Accepted, None))),
        ("whatever", None),
        ("", None),
    ] {
        let expected = expected.map(|(status, by)| (status, by.map(str::to_owned)));
        assert_eq!(parse_status(text), expected, "{text:?}");
    }
    let unknown = fields("status: whatever");
    assert_eq!((unknown.meta.status, &*unknown.findings[0].rule), (None, "status-unknown"));
    assert_eq!(fields("draft: true").meta.status, Some(Status::Draft));
}

#[test]
fn arguments_are_read_in_every_form_they_are_written_in() {
    let told = |yaml: &str| {
        let fields = fields(yaml);
        let arguments = fields.meta.arguments.clone().unwrap_or_default();
        let shown = |a: &Argument| {
            let said = [a.description.as_deref(), a.default.as_deref()].map(|said| said.unwrap_or("-").to_owned());
            format!("{}{} {} {} {:?}", a.name, if a.required { "!" } else { "" }, said[0], said[1], a.values)
        };
        (arguments.iter().map(shown).collect::<Vec<_>>(), fields.findings.len())
    };
    let service = || vec!["service! Which one web [\"web\", \"api\"]".to_owned(), "level - - []".to_owned()];
    for yaml in [
        "arguments:\n  - name: service\n    description: Which one\n    required: yes\n    default: web\n    values: [web, api]\n  - level",
        "arguments:\n  service: {summary: Which one, required: true, default: web, choices: [web, api]}\n  level:",
    ] {
        assert_eq!(told(yaml), (service(), 0), "{yaml}");
    }
    assert_eq!(told("arguments: {service: Which one}").0, ["service Which one - []"]);
    assert_eq!(told("arguments: service, level").0, ["service - - []", "level - - []"]);
    assert_eq!(fields("arguments: []").meta.arguments, Some(Vec::new()), "that there are none is said, too");
    assert_eq!(fields("title: x").meta.arguments, None);
    for yaml in ["arguments: [a, a]", "arguments: [\"a b\", a]", "arguments:\n  - {description: nameless}\n  - a"] {
        assert_eq!(told(yaml), (vec!["a - - []".to_owned()], 1), "{yaml}");
    }
    let many: Vec<String> = (0..40).map(|n| format!("a{n}")).collect();
    let (kept, findings) = told(&format!("arguments: [{}]", many.join(", ")));
    assert_eq!((kept.len(), findings), (32, 1));
}
