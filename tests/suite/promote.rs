//! `cairn promote`: a new page, nothing of the source that was not looked at, and its ancestry in the ledger alone.

use std::process::Output;

use serde_json::Value;

use crate::support::Repository;

const SOURCE: &str = "---\ntype: memory\ntitle: The pier\ntags: [harbour]\nowner: secretary\ncosts: 4711\n---\n# The pier\n\n<!-- Obadiahx -->\nKelpwood paid € 12,000; ask ada@engines.org or see [the plan](plan.md) and [the loop](../playbook/loop.md).\n";
const CUSTOMERS: &str = "---\ntype: customers\n---\n# Customers\n\n- Kelpwood\n";

fn repository() -> Repository {
    Repository::of(&[
        ("corpus/pier.md", SOURCE),
        ("corpus/plan.md", "# Plan\n"),
        ("corpus/customers.md", CUSTOMERS),
        ("playbook/loop.md", "# Loop\n"),
    ])
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn promote(repository: &Repository, arguments: &[&str]) -> Output {
    repository.run(&[&["promote", "corpus/pier.md", "--to", "playbook/pier.md"], arguments].concat())
}

fn page(repository: &Repository) -> Option<String> {
    std::fs::read_to_string(repository.path().join("playbook/pier.md")).ok()
}

/// The records of what was promoted.
fn ancestry(repository: &Repository) -> Vec<Value> {
    let tail = repository.run(&["log", "tail", "--json"]);
    let lines = text(&tail.stdout);
    let records = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.filter(|record| record["kind"] == "promoted").collect()
}

#[test]
fn a_page_is_made_with_everything_replaced_and_its_ancestry_is_in_the_ledger_alone() {
    let repository = repository();
    let promoted = promote(&repository, &["--redact", "--owner", "harbour master", "--json"]);
    assert_eq!(promoted.status.code(), Some(0), "{}", text(&promoted.stderr));
    let expected = "---\ntitle: \"The pier\"\nowner: \"harbour master\"\nstatus: draft\ntags: [\"harbour\"]\n---\n\n# The pier\n\n\n<customer> paid <amount>; ask <email> or see the plan and [the loop](loop.md).\n";
    assert_eq!(page(&repository).as_deref(), Some(expected));
    assert_eq!(std::fs::read_to_string(repository.path().join("corpus/pier.md")).unwrap(), SOURCE, "the source stays");
    let records = ancestry(&repository);
    assert_eq!(records.len(), 1);
    assert_eq!((&records[0]["from"], &records[0]["to"]), (&"corpus/pier".into(), &"playbook/pier".into()));
    assert_eq!(records[0]["who"], "local");
    assert_eq!(records[0]["replaced"], serde_json::json!(["customer-name", "amount", "email"]));
    let report: Value = serde_json::from_slice(&promoted.stdout).unwrap();
    assert_eq!((&report["written"], &report["record"]), (&true.into(), &records[0]["seq"]));
    assert_eq!(repository.run(&["log", "verify"]).status.code(), Some(0));
    assert_eq!(repository.run(&["check"]).status.code(), Some(0), "nothing is left that a rule sees");
    let left: Vec<_> = std::fs::read_dir(repository.path().join("playbook")).unwrap().collect();
    assert_eq!(left.len(), 2, "nothing lies beside the page");

    let again = promote(&repository, &["--redact"]);
    assert!(again.status.code() == Some(2) && text(&again.stderr).contains("--force"), "{}", text(&again.stderr));
    assert_eq!(promote(&repository, &["--redact", "--force"]).status.code(), Some(0));
    assert_eq!(ancestry(&repository).len(), 2);
}

#[test]
fn beside_a_server_the_record_is_written_by_the_server_and_strangers_learn_nothing_of_the_source() {
    let repository = repository();
    let served = repository.serve();
    let promoted = promote(&repository, &["--redact"]);
    assert_eq!(promoted.status.code(), Some(0), "{}", text(&promoted.stderr));
    assert_eq!(ancestry(&repository).len(), 1);
    let token = served.token().unwrap().to_owned();
    let mut seen = 404;
    // The watcher takes the page up; a test waits for that, not for time.
    for _ in 0..2_000 {
        seen = served.get("/api/v1/documents/playbook/pier", None).0;
        if seen == 200 {
            break;
        }
        served.get("/readyz", Some(&token));
    }
    assert_eq!(seen, 200, "the page is public");
    let (_, body) = served.get("/api/v1/documents/playbook/pier", None);
    for word in ["corpus", "Obadiahx", "Kelpwood", "4711", "secretary", "plan.md"] {
        assert!(!body.contains(word), "{word}: {body}");
    }
    assert_eq!(served.terminate(), Some(0));
    assert_eq!(repository.run(&["log", "verify"]).status.code(), Some(0));
}

#[test]
fn nothing_is_written_unless_everything_is_answered() {
    let repository = repository();
    let refused = promote(&repository, &["--yes"]);
    assert_eq!(refused.status.code(), Some(8), "a customer's name is among it: {}", text(&refused.stdout));
    assert!(text(&refused.stdout).contains("{+<customer>+}"), "{}", text(&refused.stdout));
    assert_eq!(promote(&repository, &["--dry-run"]).status.code(), Some(8));
    let unasked = promote(&repository, &[]);
    assert!(
        unasked.status.code() == Some(2) && text(&unasked.stderr).contains("--redact"),
        "{}",
        text(&unasked.stderr)
    );
    repository.write("corpus/pier.md", "# The pier\n\nIt cost € 12,000.\n");
    assert_eq!(promote(&repository, &["--yes"]).status.code(), Some(1));
    assert!(page(&repository).is_none() && !repository.data().is_dir(), "neither page nor record");
    repository.write("corpus/pier.md", "# The pier\n\nIt stands.\n");
    assert_eq!(promote(&repository, &["--yes"]).status.code(), Some(0), "nothing is proposed");
    assert!(page(&repository).unwrap().contains("It stands."));
}

#[test]
fn a_secret_is_replaced_and_never_shown() {
    let repository = repository();
    let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    repository.write("corpus/pier.md", &format!("# The pier\n\nIts key is {token}, they said.\n"));
    for flag in ["--dry-run", "--redact"] {
        let promoted = promote(&repository, &[flag]);
        assert!(!text(&promoted.stdout).contains(&token) && !text(&promoted.stderr).contains(&token), "{flag}");
    }
    assert!(page(&repository).unwrap().contains("Its key is <secret>, they said."));
    let lines = text(&repository.run(&["log", "tail", "--json"]).stdout);
    assert!(!lines.contains(&token));
}

#[test]
fn only_a_private_document_becomes_a_page_and_only_in_a_public_folder() {
    let repository = repository();
    for (source, to, says) in [
        ("playbook/loop.md", "playbook/x.md", "is public already"),
        ("corpus/none.md", "playbook/x.md", "is no document"),
        ("corpus/pier.md", "corpus/x.md", "no Markdown file in a public folder"),
        ("corpus/pier.md", "playbook/x.txt", "no Markdown file in a public folder"),
        ("corpus/pier.md", "playbook/../corpus/x.md", "no Markdown file in a public folder"),
        ("corpus/pier.md", "../x.md", "no Markdown file in a public folder"),
        ("corpus/pier.md", "playbook/.x.md", "no Markdown file in a public folder"),
    ] {
        let refused = repository.run(&["promote", source, "--to", to, "--redact"]);
        let said = text(&refused.stderr);
        assert!(refused.status.code() == Some(2) && said.contains(says), "{source} {to}: {said}");
    }
    repository.write("cairn.toml", "[governance]\nnever_public = [\"tag:harbour\"]\n");
    let refused = promote(&repository, &["--redact"]);
    assert!(
        refused.status.code() == Some(2) && text(&refused.stderr).contains("tag:harbour"),
        "{}",
        text(&refused.stderr)
    );
    assert!(page(&repository).is_none());
    let by_id = repository.run(&["promote", "corpus/plan", "--to", "playbook/new/plan.md", "--yes"]);
    assert_eq!(by_id.status.code(), Some(0), "{}", text(&by_id.stderr));
    assert!(repository.path().join("playbook/new/plan.md").is_file());
}

#[test]
fn a_journey_about_a_customer_needs_their_consent() {
    let repository = repository();
    let journey = |to: &str| repository.run(&["promote", "corpus/pier.md", "--to", to, "--redact"]);
    let refused = journey("journeys/pier.md");
    assert!(refused.status.code() == Some(2) && text(&refused.stderr).contains("consent"), "{}", text(&refused.stderr));
    assert_eq!(journey("playbook/pier.md").status.code(), Some(0), "a playbook is about what to do");
    let consent = "consent: {by: head of operations, on: 2026-10-01, scope: figures without the name}\n";
    repository.write("corpus/pier.md", &SOURCE.replace("costs: 4711\n", consent));
    let promoted = journey("journeys/pier.md");
    assert_eq!(promoted.status.code(), Some(0), "{}", text(&promoted.stderr));
    let records = ancestry(&repository);
    assert_eq!(
        records[1]["consent"],
        serde_json::json!(["head of operations", "2026-10-01", "figures without the name"])
    );
    let page = std::fs::read_to_string(repository.path().join("journeys/pier.md")).unwrap();
    assert!(!page.contains("consent") && !page.contains("operations"), "{page}");
}
