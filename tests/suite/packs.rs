//! Packs: the briefing is in order, within its budget, the same for all who may see the same, and holds nothing else.

use cairn::access::Visibility;
use cairn::corpus::Digest;
use cairn::library::ReadError;
use cairn::library::wire::{DocumentAnswer, ReadRequest};
use cairn::retrieval::{CursorError, count_tokens};
use serde_json::Value;

use crate::support::{Person, Repository, Setting, TestHouse};

const PACK: &str = "---
type: pack
title: Before a release
budget: 600
pack:
  - playbook/release#rollback
  - document: ../corpus/plan.md
  - query: who keeps the harbour
    limit: 1
  - document: playbook/nowhere
---

Read this before you release.
";

const RELEASE: &str = "# Release\n\nHow we release.\n\n## Steps\n\nOne by one.\n\n## Rollback\n\nThe rollbackx is done by \
                       hand.\n\n### When\n\nAt once.\n";
const HARBOUR: &str = "# Harbour\n\nThe keeper of the harbour is called Obadiahx.\n";
const PLAN: &str = "# Plan\n\nThe sapphirex plan is for members.\n";

async fn house() -> TestHouse {
    let setting = Setting { watch: false, corpus: Visibility::Private };
    let files = [
        ("playbook/packs/release.md", PACK),
        ("playbook/release.md", RELEASE),
        ("playbook/harbour.md", HARBOUR),
        ("corpus/plan.md", PLAN),
    ];
    TestHouse::with(setting, &files).await
}

async fn brief(person: &Person, uri: &str, max_tokens: Option<i64>) -> Result<DocumentAnswer, ReadError> {
    let request = ReadRequest { uri: uri.to_owned(), max_tokens, ..ReadRequest::default() };
    person.read(&request).await
}

#[tokio::test]
async fn a_briefing_has_what_the_pack_lists_in_its_order_each_with_its_source() {
    let house = house().await;
    let answer = brief(&house.stranger(), "playbook/packs/release", None).await.unwrap();
    let places: Vec<usize> = ["Read this before", "The rollbackx", "### When", "Obadiahx"]
        .iter()
        .map(|part| answer.text.find(part).unwrap_or_else(|| panic!("{part}: {}", answer.text)))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(!answer.text.contains("One by one") && !answer.text.contains("sapphirex"), "{}", answer.text);
    let briefing = answer.briefing.as_ref().unwrap();
    let quoted: Vec<_> = briefing.passages.iter().map(|passage| (passage.uri.as_str(), passage.lines)).collect();
    assert_eq!(
        quoted,
        [
            ("cairn://playbook/packs/release", [13, 13]),
            ("cairn://playbook/release#rollback", [9, 15]),
            ("cairn://playbook/harbour#harbour", [3, 3]),
        ]
    );
    assert_eq!((briefing.left_out, briefing.missing, briefing.budget), (0, 2, 600));
    assert_eq!(briefing.sha256, Digest::of(answer.text.as_bytes()).to_string());
    assert!(!answer.truncated && answer.next_cursor.is_none());
    // Each passage is the file's own lines, and its digest is in the text beside it.
    for (passage, path) in
        briefing.passages.iter().zip(["playbook/packs/release", "playbook/release", "playbook/harbour"])
    {
        let [first, last] = passage.lines.map(|line| usize::try_from(line).unwrap());
        let file = house.read(&format!("{path}.md"));
        let lines = file.lines().skip(first - 1).take(last + 1 - first).collect::<Vec<_>>().join("\n");
        assert!(answer.text.contains(&lines), "{path}: {lines}");
        assert!(Digest::of(lines.as_bytes()).to_string().starts_with(&passage.sha256), "{path}");
        assert!(answer.text.contains(&format!("sha256=\"{}\"", passage.sha256)));
    }
}

#[tokio::test]
async fn who_may_see_the_same_gets_the_same_bytes_and_a_public_pack_is_public_for_the_owner_too() {
    let house = house().await;
    let stranger = brief(&house.stranger(), "playbook/packs/release", None).await.unwrap();
    let again = brief(&house.stranger(), "cairn://playbook/packs/release.md", None).await.unwrap();
    let owner = brief(&house.owner(), "playbook/packs/release", None).await.unwrap();
    let member = brief(&house.member("ann", "corpus"), "playbook/packs/release", None).await.unwrap();
    for other in [&again, &owner, &member] {
        assert_eq!((&other.text, &other.briefing), (&stranger.text, &stranger.briefing));
    }
}

#[tokio::test]
async fn a_private_pack_has_what_its_reader_may_see_and_nothing_else() {
    let mut house = house().await;
    house.write(
        "corpus/pack.md",
        "---\ntype: pack\npack: [corpus/plan, playbook/harbour, tide/mark]\n---\nAll of it.\n",
    );
    house.index().await;
    let owner = brief(&house.owner(), "corpus/pack", None).await.unwrap();
    let member = brief(&house.member("ann", "corpus"), "corpus/pack", None).await.unwrap();
    assert!(owner.text.contains("sapphirex") && owner.text.contains("mark 1"), "{}", owner.text);
    assert!(member.text.contains("sapphirex") && !member.text.contains("mark 1"), "{}", member.text);
    assert_eq!((owner.briefing.unwrap().missing, member.briefing.unwrap().missing), (0, 1));
    let stranger = brief(&house.stranger(), "corpus/pack", None).await.unwrap_err().to_string();
    let nothing = brief(&house.stranger(), "corpus/none", None).await.unwrap_err().to_string();
    assert_eq!(stranger.replace("corpus/pack", "X"), nothing.replace("corpus/none", "X"));
}

#[tokio::test]
async fn what_matters_most_stays_where_not_everything_fits_and_the_order_is_the_packs() {
    let long = |word: &str| format!("# {word}\n\n{}", format!("The {word} is told at length here.\n\n").repeat(60));
    let pack = "---\ntype: pack\nbudget: 900\npack:\n  - {document: playbook/aa, priority: 9}\n  - {document: playbook/bb, \
                priority: 1, max_tokens: 200}\n  - {document: playbook/cc, priority: 2}\n  - {document: playbook/bb, \
                section: bbx}\n---\n";
    let (a, b, c) = (long("aax"), long("bbx"), long("ccx"));
    let files = [("playbook/p.md", pack), ("playbook/aa.md", &a), ("playbook/bb.md", &b), ("playbook/cc.md", &c)];
    let house = TestHouse::with(Setting { watch: false, ..Setting::default() }, &files).await;
    let answer = brief(&house.stranger(), "playbook/p", None).await.unwrap();
    assert!(count_tokens(&answer.text) <= 900, "{}", count_tokens(&answer.text));
    let briefing = answer.briefing.clone().unwrap();
    let quoted: Vec<_> = briefing.passages.iter().map(|passage| passage.uri.as_str()).collect();
    assert_eq!(quoted, ["cairn://playbook/bb", "cairn://playbook/cc"], "{}", answer.text);
    assert!(answer.truncated && briefing.left_out >= 2, "{briefing:?}");
    for max_tokens in [240, 400, 1_000] {
        let less = brief(&house.stranger(), "playbook/p", Some(max_tokens)).await.unwrap();
        let printed = count_tokens(&serde_json::to_string(&less).unwrap());
        assert!(printed <= usize::try_from(max_tokens).unwrap(), "{printed} of {max_tokens}");
        assert_eq!(less.briefing.unwrap().sha256, Digest::of(less.text.as_bytes()).to_string());
    }
}

#[tokio::test]
async fn every_passage_of_a_briefing_is_in_the_ledger_and_a_cursor_leads_nowhere() {
    let house = house().await;
    let answer = brief(&house.stranger(), "playbook/packs/release", None).await.unwrap();
    let record = house.retrievals().pop().unwrap();
    assert_eq!(record.id.to_string(), answer.retrieval_id);
    let briefing = answer.briefing.unwrap();
    assert_eq!((record.hits.len(), record.served), (3, 3));
    for (hit, passage) in record.hits.iter().zip(&briefing.passages) {
        assert!(passage.uri.starts_with(&hit.doc.uri()) && hit.sha256.to_string().starts_with(&passage.sha256));
        assert_eq!([hit.lines.first, hit.lines.last], passage.lines);
    }
    assert_eq!(record.params["briefing"], Value::from(briefing.sha256));
    assert_eq!(record.query, None, "what a pack asks is nobody's question");
    let cursor = Some("7-1".to_owned());
    let request = ReadRequest { uri: "playbook/packs/release".to_owned(), cursor, ..ReadRequest::default() };
    let error = house.stranger().read(&request).await.unwrap_err();
    assert!(matches!(error, ReadError::Cursor(CursorError::Gone)), "{error:?}");
}

#[test]
fn check_tells_of_entries_that_lead_nowhere_or_to_what_readers_of_the_pack_cannot_see() {
    let pack = "---\ntype: pack\npack:\n  - document: playbook/none\n  - document: playbook/harbour\n    section: nowhere\n  - \
                document: corpus/plan\n  - query: status:bogus\n  - document: ./harbour.md\n---\nText.\n";
    let repository = Repository::of(&[
        ("playbook/pack.md", pack),
        ("playbook/harbour.md", HARBOUR),
        ("corpus/plan.md", PLAN),
        ("corpus/pack.md", "---\ntype: pack\npack: [corpus/plan, playbook/harbour]\n---\nText.\n"),
    ]);
    let report: Value = serde_json::from_slice(&repository.run(&["check", "--json"]).stdout).unwrap();
    let rows = report["findings"].as_array().unwrap().iter();
    let found: Vec<_> = rows
        .filter(|row| row["rule"].as_str().unwrap().starts_with("pack"))
        .map(|row| (row["line"].as_u64().unwrap(), row["rule"].as_str().unwrap(), row["file"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            (4, "pack-entry-missing", "playbook/pack.md"),
            (5, "pack-section-missing", "playbook/pack.md"),
            (7, "pack-entry-private", "playbook/pack.md"),
            (8, "pack-query", "playbook/pack.md"),
        ],
        "{report:#}"
    );
}

#[test]
fn a_briefing_is_the_same_over_http_as_markdown_and_on_the_command_line() {
    let repository = Repository::of(&[
        ("playbook/pack.md", PACK),
        ("playbook/release.md", RELEASE),
        ("playbook/harbour.md", HARBOUR),
    ]);
    let alone = repository.run(&["get", "playbook/pack", "--json"]).stdout;
    let alone: Value = serde_json::from_slice(&alone).unwrap();
    let server = repository.serve();
    let (_, json) = server.get("/api/v1/documents/playbook/pack", None);
    let json: Value = serde_json::from_str(&json).unwrap();
    let (_, markdown) = server.get("/api/v1/documents/playbook/pack.md", None);
    let attached = repository.run(&["get", "playbook/pack", "--json"]).stdout;
    let attached: Value = serde_json::from_slice(&attached).unwrap();
    for other in [&json, &attached] {
        assert_eq!((&other["text"], &other["briefing"]), (&alone["text"], &alone["briefing"]));
    }
    assert_eq!(Value::from(markdown), alone["text"]);
}
