//! `cairn log replay`: what was asked is asked again, of the corpus as it was and as it is.

use serde_json::Value;

use crate::support::Repository;

const KITE: &str = "# Kite\n\nThe kite rises against the wind.\n\n## String\n\nThe string of a kite is long.\n";
const FLIGHT: &str = "# A flight\n\nWe flew a kite on the beach.\n";

fn repository() -> Repository {
    let repository = Repository::of(&[
        ("playbook/kite.md", KITE),
        ("journeys/flight.md", FLIGHT),
        ("corpus/plan.md", "# Plan\n\nThe plan for the kite is private.\n"),
    ]);
    repository.commit("first");
    repository
}

fn run(repository: &Repository, arguments: &[&str], code: i32) -> Value {
    let ended = repository.run(&[arguments, &["--json"]].concat());
    let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {out}{err}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"))
}

/// Runs a command that serves something; gives the retrieval's id.
fn ask(repository: &Repository, arguments: &[&str]) -> String {
    run(repository, arguments, 0)["retrieval_id"].as_str().unwrap().to_owned()
}

fn causes(report: &Value) -> Vec<&str> {
    report["causes"].as_array().unwrap().iter().map(|cause| cause["cause"].as_str().unwrap()).collect()
}

#[test]
fn searches_and_reads_come_back_the_same_after_the_corpus_has_moved_on() {
    let repository = repository();
    let asked = [
        ask(&repository, &["search", "kite", "string", "plan"]),
        ask(&repository, &["search", "kite", "type:playbook", "-k", "1", "--max-tokens", "300"]),
        ask(&repository, &["get", "playbook/kite#string"]),
        ask(&repository, &["get", "corpus/plan"]),
    ];
    repository.write("playbook/kite.md", &KITE.replace("long", "longer than a house, and of silk"));
    repository.write("corpus/plan.md", "# Plan\n\nThere is no plan.\n");
    repository.write("journeys/kite.md", "# Kite\n\nA kite, a kite, a kite in the wind.\n");
    let second = repository.commit("reworded");
    repository.write("playbook/kite.md", "# Kite\n\nNot committed at all.\n");
    for id in &asked {
        let report = run(&repository, &["log", "replay", id], 0);
        assert_eq!((&report["same"], causes(&report).len()), (&true.into(), 0), "{report}");
    }
    // Beside a server it is the same, and leaves no record.
    let served = repository.serve();
    let before = run(&repository, &["log", "verify"], 0)["lines"].clone();
    run(&repository, &["log", "replay", &asked[0]], 0);
    assert_eq!(run(&repository, &["log", "verify"], 0)["lines"], before);
    drop(served);

    let report = run(&repository, &["log", "replay", &asked[2], "--now", "--diff"], 1);
    assert_eq!((&report["same"], &report["now"]), (&false.into(), &true.into()), "{report}");
    let report = run(&repository, &["log", "replay", &asked[0], "--now", "--diff"], 1);
    let changed: Vec<&str> =
        report["changes"].as_array().unwrap().iter().map(|change| change["change"].as_str().unwrap()).collect();
    assert!(changed.contains(&"changed") && changed.contains(&"new"), "{report}");
    assert!(report.to_string().contains("There is no plan."), "{report}");
    let commits = report["causes"].as_array().unwrap();
    assert!(commits.iter().any(|cause| cause["commit"] == second && cause["subject"] == "reworded"), "{report}");
    let shown = String::from_utf8(repository.run(&["log", "replay", &asked[0], "--now", "--diff"]).stdout).unwrap();
    assert!(shown.contains("other passages of the files on disk") && shown.contains("{+"), "{shown}");
}

#[test]
fn bytes_that_were_in_no_commit_are_told() {
    let repository = repository();
    repository.write("playbook/kite.md", &KITE.replace("rises", "soars"));
    let asked = ask(&repository, &["search", "soars", "wind", "-k", "1"]);
    let report = run(&repository, &["log", "replay", &asked], 1);
    assert_eq!(causes(&report), ["uncommitted"], "{report}");
    assert_eq!(report["causes"][0]["document"], "playbook/kite");
    // What is on disk still serves the same.
    run(&repository, &["log", "replay", &asked, "--now"], 0);
}

#[test]
fn what_cannot_be_asked_again_says_why() {
    let repository = repository();
    let asked = ask(&repository, &["search", "kite"]);
    let refused = |arguments: &[&str], why: &str| {
        let ended = repository.run(&[&["log", "replay"], arguments].concat());
        let complaint = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(2), "{complaint}");
        assert!(complaint.contains(why), "{complaint}");
    };
    refused(&["r_00000000000000000000000000"], "no record of this ledger");
    assert_eq!(repository.run(&["log", "erase", "--query", "kite", "--yes"]).status.code(), Some(0));
    refused(&[&asked], "was erased");
    let asked = ask(&repository, &["search", "kite"]);
    std::fs::remove_dir_all(repository.path().join(".git")).unwrap();
    refused(&[&asked], "no git repository");
    repository.write("playbook/kite.md", "# Other\n");
    repository.commit("another history");
    refused(&[&asked], "is not in the repository any more");
}
