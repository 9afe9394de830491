//! The loop through the binary: what was wrong is reported, raises the alarm, and is closed by a commit with a new judged
//! question; and a run leads back to the passages, their commits and their authors.

use serde_json::{Value, json};

use crate::support::Repository;

const KITE: &str = "# Kite\n\nThe string of a kite is long.\n";
const QUESTIONS: &str = "---\ntype: evalset\n---\n# Questions\n\n```jsonl\n{\"query\": \"how long is the string\", \"relevant\": \"playbook/kite\"}\n```\n";

fn json_of(repository: &Repository, arguments: &[&str], code: i32) -> Value {
    let output = repository.run(&[arguments, &["--json"]].concat());
    let told = || String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", told());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", told()))
}

fn asked(repository: &Repository) -> String {
    let found = json_of(repository, &["search", "how long is the string of a kite"], 0);
    found["retrieval_id"].as_str().unwrap().to_owned()
}

fn report(repository: &Repository) -> Value {
    let id = asked(repository);
    let why = ["feedback", &id, "bad", "--why", "it is short", "--reason", "wrong", "--doc", "playbook/kite.md"];
    json_of(repository, &why, 0)["mistake"].clone()
}

#[test]
fn a_mistake_is_repeated_until_a_commit_touches_its_document() {
    let repository = Repository::of(&[("playbook/kite.md", KITE), ("playbook/other.md", "# Other\n")]);
    repository.commit("first");
    let served = repository.serve();
    assert_eq!(report(&repository), json!({"number": "M-0001", "times": 1, "repeated": false}));
    repository.write("playbook/other.md", "# Another\n");
    repository.commit("of another page");
    assert_eq!(report(&repository), json!({"number": "M-0001", "times": 2, "repeated": true}));
    assert_eq!(served.terminate(), Some(0));

    // Without a server the command is the owner, and sees the same.
    repository.write("playbook/kite.md", "# Kite\n\nThe string of a kite is short.\n");
    assert_eq!(report(&repository), json!({"number": "M-0001", "times": 3, "repeated": true}), "saved, not committed");
    repository.commit("shorter");
    assert_eq!(report(&repository), json!({"number": "M-0001", "times": 4, "repeated": false}));

    let refused = repository.run(&["feedback", "r_00000000000000000000000000", "good"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(2) && said.contains("no such retrieval"), "{said}");
    let shown = repository.run(&["log", "search", "short", "--kind", "feedback"]);
    assert_eq!(String::from_utf8(shown.stdout).unwrap().lines().count(), 4);
}

#[test]
fn a_mistake_that_a_commit_closes_is_told_as_one_that_came_back_when_it_is_made_again() {
    let repository = Repository::of(&[("playbook/kite.md", KITE), ("playbook/other.md", "# Other\n")]);
    repository.commit("first");
    let served = repository.serve();
    report(&repository);
    assert_eq!(report(&repository)["repeated"], true);
    let listed = |code| json_of(&repository, &["report", "repeats"], code);
    let row = listed(1)["tables"][0]["rows"][0].clone();
    assert_eq!((&row["mistake"], &row["standing"], &row["closed_by"]), (&json!("M-0001"), &json!("open"), &json!("")));
    // A commit that touches another page, and says what it is for.
    repository.write("playbook/other.md", "# Another\n");
    let commit = repository.commit_now("say it elsewhere\n\nFixes-Mistake: M-0001");
    let closed = listed(0);
    assert_eq!(closed["tables"][0]["total_rows"], 0, "{closed}");
    assert_eq!(closed["notes"], json!(["1 more were made again, and a commit has closed them since"]));
    // Git keeps seconds: what is reported in that of the commit is from before it.
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let mut told = report(&repository);
    while told.get("came_back_after").is_none() && std::time::Instant::now() < end {
        told = report(&repository);
    }
    assert_eq!(told["came_back_after"], commit.as_str(), "{told}");
    let row = listed(1)["tables"][0]["rows"][0].clone();
    assert_eq!((&row["standing"], row["closed_by"].as_str()), (&json!("came back"), commit.get(..12)));
    assert_eq!(served.terminate(), Some(0));
}

#[test]
fn a_commit_that_closes_a_mistake_brings_a_judged_question() {
    let repository = Repository::of(&[("playbook/kite.md", KITE), ("corpus/questions.md", QUESTIONS)]);
    repository.commit("first");
    assert_eq!(report(&repository)["number"], "M-0001");
    let rules = |message: &str| -> Vec<String> {
        repository.write("MESSAGE", message);
        repository.stage();
        let output = repository.run(&["check", "--message", "MESSAGE", "--json"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let rules: Vec<_> = report["findings"].as_array().unwrap().iter().map(|row| row["rule"].to_string()).collect();
        assert_eq!(output.status.code(), Some(i32::from(!rules.is_empty())), "{report}");
        rules.iter().map(|rule| rule.trim_matches('"').to_owned()).collect()
    };
    let closes = "Mend the page\n\nFixes-Mistake: M-0001\n";
    assert_eq!(rules("Mend the page\n"), [""; 0]);
    assert_eq!(rules(closes), ["fix-without-case"]);
    assert_eq!(rules("x\n\nFixes-Mistake: 1\n"), ["mistake-number"]);
    repository.write("corpus/questions.md", &QUESTIONS.replace("playbook/kite", "playbook/other"));
    assert_eq!(rules(closes), ["fix-without-case"], "another judgement of the same question is no new one");
    let more = "{\"query\": \"is the string short\", \"relevant\": \"playbook/kite\"}";
    repository.write("corpus/questions.md", &QUESTIONS.replace("}\n```\n", &format!("}}\n{more}\n```\n")));
    assert_eq!(rules(closes), [""; 0]);
    assert_eq!(rules("x\n\nFixes-Mistake: M-0001, M-0007\n"), ["mistake-unknown"]);
    repository.write("corpus/questions.md", QUESTIONS);
    repository.write("cairn.toml", "[mistakes]\nfix_needs_case = false\n");
    assert_eq!(rules(closes), [""; 0]);
}

#[test]
fn a_run_leads_back_to_what_was_read_and_who_wrote_it() {
    let contract = "---\ntype: process\nowner: pilots\nprocess_id: fly\ntools: [look]\n---\n# Fly\n";
    let repository = Repository::of(&[("playbook/kite.md", KITE), ("corpus/fly.md", contract)]);
    let commit = repository.commit("first");
    let id = asked(&repository);
    let run = json!({
        "process_id": "fly", "timestamp": "2026-11-20T10:00:00Z", "model": "small-1", "inputs": "a windy day",
        "tools_invoked": ["look", "launch"], "policy_checks": [], "decision": "launched the red one",
        "human_escalation": false, "owner": "pilots", "retrievals": [id],
    });
    repository.write("run.json", &run.to_string());
    let receipt = json_of(&repository, &["change", "add", "run.json"], 1);
    assert_eq!(receipt["violations"], json!([{"rule": "tool", "what": "launch is not on the list of tools"}]));
    let shown = repository.run(&["log", "show", receipt["change_id"].as_str().unwrap()]);
    let page = String::from_utf8(shown.stdout).unwrap();
    for part in [
        "launched the red one",
        "a windy day",
        "launch is not on the list of tools",
        &id,
        "how long is the string",
        "playbook/kite",
        commit.get(..12).unwrap(),
        "The Author",
        "corpus/fly",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    repository.write("runs.jsonl", &format!("{run}\n{}\n", json!({"process_id": "fly"})));
    let refused = repository.run(&["change", "add", "runs.jsonl"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(2) && said.contains("runs.jsonl:2") && said.contains("is missing"), "{said}");
    let outcome = json_of(&repository, &["outcome", "add", "reuse", "playbook/kite"], 0);
    assert!(outcome["outcome_id"].as_str().unwrap().starts_with("o_"));
    assert!(json_of(&repository, &["gap", "how", "to", "land"], 0)["gap_id"].as_str().unwrap().starts_with("g_"));
}
