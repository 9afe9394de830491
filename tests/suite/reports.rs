//! `cairn report`: the same answer with a server beside it and without, and exit codes that make a gate.

use serde_json::Value;

use crate::support::Repository;

const FILES: [(&str, &str); 3] = [
    (
        "playbook/kite.md",
        "---\nowner: fliers\nupdated: 2020-01-01\nreview_every: 1 year\n---\n# Kite\n\nThe kite rises against the wind.\n",
    ),
    ("journeys/flight.md", "# A flight\n\nWe went to the beach.\n"),
    ("corpus/plan.md", "# Plan\n\nThe plan is private.\n"),
];

/// Runs `cairn report …`, which ends with `code`; what it prints.
fn report(repository: &Repository, arguments: &[&str], code: i32) -> String {
    let ended = repository.run(&[&["report"], arguments].concat());
    let (printed, said) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {printed}{said}");
    printed.into_owned()
}

fn parsed(printed: &str) -> Value {
    serde_json::from_str(printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
}

#[test]
fn reports_are_the_same_with_a_server_and_without_and_findings_are_exit_code_1() {
    let repository = Repository::of(&FILES);
    report(&repository, &["stale"], 0);
    for _ in 0..2 {
        repository.run(&["search", "kite"]);
    }
    repository.run(&["search", "\"no such phrase anywhere\""]);
    let names = ["gaps", "stale", "unread", "repeats", "usage", "distribution", "health"];
    let alone = names.map(|name| report(&repository, &[name, "--json"], i32::from(matches!(name, "gaps" | "stale"))));
    let served = repository.serve();
    let beside = names.map(|name| report(&repository, &[name, "--json"], i32::from(matches!(name, "gaps" | "stale"))));
    assert_eq!(alone, beside);
    let stale = parsed(&beside[1]);
    let row = &stale["tables"][0]["rows"][0];
    assert_eq!(
        (&row["document"], &row["due"], &row["owner"]),
        (&"playbook/kite".into(), &"2021-01-01".into(), &"fliers".into())
    );
    assert_eq!(row["answers"], 2);
    let gaps = report(&repository, &["gaps"], 1);
    assert!(
        gaps.contains("no such phrase anywhere") && gaps.contains("nobody, 0 days: write what answers it"),
        "{gaps}"
    );
    assert!(!gaps.contains('\u{1b}'), "no colours for a file");
    report(&repository, &["gaps", "--until", "2020-01-01"], 0);
    drop(served);
}

#[test]
fn health_is_a_gate_when_it_is_told_what_is_enough() {
    let repository = Repository::of(&FILES);
    repository.run(&["search", "kite"]);
    report(&repository, &["health"], 0);
    report(&repository, &["health", "--fail-under", "answered=1", "--fail-under", "verified=0"], 0);
    report(&repository, &["health", "--fail-under", "verified=0.5"], 1);
    for refused in [
        &["health", "--fail-under", "verify=0.5"][..],
        &["health", "--fail-under", "0.5"],
        &["health", "--fail-under", "verified=50"],
        &["usage", "--fail-under", "verified=0"],
        &["gap"],
        &["gaps", "--since", "soon"],
        &["gaps", "-n", "0"],
    ] {
        report(&repository, refused, 2);
    }
    let list = report(&repository, &[], 0);
    assert_eq!(list.lines().count(), parsed(&report(&repository, &["--json"], 0)).as_array().unwrap().len());
}

#[test]
fn what_an_evaluation_measured_is_on_record_when_it_was_asked_for_and_health_has_it_by_commit() {
    let questions = "---\ntype: evalset\n---\n# Questions\n\n```jsonl\n{\"query\": \"what does the kite rise against\", \"relevant\": \"playbook/kite\"}\n```\n";
    let repository = Repository::of(&[FILES[0], FILES[1], ("corpus/questions.md", questions)]);
    let commit = repository.commit("first");
    let eval = |arguments: &[&str]| {
        let ended = repository.run(&[&["eval"], arguments].concat());
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(0), "{said}");
        said
    };
    let scores = || {
        let health = parsed(&report(&repository, &["health", "--json"], 0));
        let table =
            health["tables"].as_array().unwrap().iter().find(|table| table["name"] == "scores").unwrap().clone();
        (table["rows"].as_array().unwrap().clone(), health["notes"].to_string())
    };
    eval(&[]);
    let (rows, notes) = scores();
    assert!(rows.is_empty() && notes.contains("cairn eval --record"), "{notes}");
    assert!(eval(&["--record"]).contains("written down as record"));
    let served = repository.serve();
    repository.write("journeys/flight.md", "# A flight\n\nWe went home.\n");
    eval(&["--record"]);
    let (rows, _) = scores();
    let told: Vec<_> = rows.iter().map(|row| (row["commit"].as_str(), row["uncommitted"].as_u64())).collect();
    assert_eq!(told, [(commit.get(..12), Some(1)), (commit.get(..12), Some(0))]);
    assert_eq!(
        (&rows[0]["measure"], &rows[0]["value"], &rows[0]["change"]),
        (&"ndcg@10".into(), &1.0.into(), &"+0.0000".into())
    );
    report(&repository, &["health", "--fail-under", "ndcg@10=0.9"], 0);
    let found = repository.run(&["log", "search", "--kind", "evaluation"]);
    let lines = String::from_utf8(found.stdout).unwrap();
    assert!(lines.lines().count() == 2 && lines.contains("evaluation ndcg@10 1 over 1 question at "), "{lines}");
    assert_eq!(served.terminate(), Some(0));
    assert_eq!(repository.run(&["log", "verify"]).status.code(), Some(0));
}
