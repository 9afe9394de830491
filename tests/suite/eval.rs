//! `cairn eval`: measures, what changed them, and the gate, as an editor and a CI job meet them.

use serde_json::Value;

use crate::support::Repository;

const REFUNDS: &str = "# Refunds\n\n## Period\n\nA customer can send it back for thirty days.\n";
const KITE: &str = "# Kite\n\nThe kite rises against the wind.\n";
const MARGINS: &str =
    "# Margins\n\n## Floor\n\nThe floor of the margin is eleven parts in a hundred; nobody outside may know it.\n";
const SET: &str = "---\ntype: evalset\n---\n# Questions\n\n```yaml\n- id: period\n  query: how long can a customer send it back\n  relevant: playbook/refunds#period\n  tags: daily\n- id: kite\n  query: what does a kite do in the wind\n  relevant: playbook/kite\n- id: floor\n  query: what is the floor of the margin\n  relevant: corpus/margins\n- id: closed\n  query: which margin do you have\n  must_not: corpus/margins\n  as: stranger\n```\n";

fn repository() -> Repository {
    Repository::of(&[
        ("playbook/refunds.md", REFUNDS),
        ("playbook/kite.md", KITE),
        ("journeys/flight.md", "# A flight\n\nWe flew on the beach.\n"),
        ("corpus/margins.md", MARGINS),
        ("corpus/questions.md", SET),
    ])
}

/// Runs `cairn eval`; gives the exit code, what it printed and what it complained of.
fn eval(repository: &Repository, arguments: &[&str]) -> (Option<i32>, String, String) {
    let ended = repository.run(&[&["eval"], arguments].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (ended.status.code(), text(&ended.stdout), text(&ended.stderr))
}

fn json(repository: &Repository, arguments: &[&str]) -> (Option<i32>, Value) {
    let (code, out, err) = eval(repository, &[arguments, &["--json"]].concat());
    (code, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out} {err}")))
}

#[test]
fn the_questions_of_the_corpus_are_asked_and_measured_and_nothing_is_written() {
    let repository = repository();
    let (code, out) = json(&repository, &["--legs"]);
    assert_eq!(code, Some(0), "{out}");
    assert_eq!(out["questions"], 3);
    assert!(out["ndcg@10"].as_f64().unwrap() > 0.99 && out["success@5"].as_f64().unwrap() > 0.99, "{out}");
    let set = &out["sets"][0];
    assert_eq!(set["name"], "corpus/questions");
    let queries = set["queries"].as_array().unwrap();
    let asked: Vec<_> =
        queries.iter().map(|query| (query["id"].as_str().unwrap(), query["as"].as_str().unwrap())).collect();
    assert_eq!(asked, [("period", "stranger"), ("kite", "stranger"), ("floor", "owner"), ("closed", "stranger")]);
    assert_eq!(queries[0]["ranking"][0], "playbook/refunds#period");
    assert_eq!(queries[3]["judged"], false);
    assert!(queries.iter().all(|query| !query["ranking"].to_string().contains("corpus/questions")), "{set}");
    for leg in ["lexical", "vector", "fused"] {
        assert!(out["legs"][leg]["ndcg@10"].is_number() && set["legs"][leg]["mrr@5"].is_number(), "{leg}: {out}");
    }
    assert!(!repository.data().is_dir(), "the data folder is not touched");

    let (code, shown, _) = eval(&repository, &["--queries"]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("corpus/questions") && shown.contains("playbook/kite #1"), "{shown}");
}

#[test]
fn a_gate_that_is_missed_says_so_and_exits_with_one() {
    let repository = repository();
    assert_eq!(eval(&repository, &["--fail-under", "ndcg@10=0.9", "--fail-under", "mrr@3=0.9"]).0, Some(0));
    repository.write("playbook/refunds.md", "# Refunds\n\nAsk us.\n");
    let (code, out) = json(&repository, &["--fail-under", "ndcg@10=0.9"]);
    assert_eq!(code, Some(1), "{out}");
    assert_eq!(out["gates"][0]["holds"], false);
    let finding = &out["findings"][0];
    assert_eq!((finding["file"].as_str(), finding["line"].as_u64()), (Some("corpus/questions.md"), Some(7)), "{out}");
    let (_, shown, _) = eval(&repository, &["--fail-under", "ndcg@10=0.9"]);
    assert!(shown.contains("gate MISSED: fail-under ndcg@10=0.9"), "{shown}");
}

#[test]
fn a_name_that_nothing_has_is_a_finding_with_the_nearest_one() {
    let repository = repository();
    repository.write("q.jsonl", "{\"query\":\"kite\",\"relevant\":[\"playbook/kyte\",\"playbook/refunds#perod\"]}\n");
    let (code, shown, _) = eval(&repository, &["q.jsonl"]);
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("q.jsonl:1:") && shown.contains("the nearest is playbook/kite"), "{shown}");
    assert!(shown.contains("the nearest is #period"), "{shown}");
}

#[test]
fn what_cannot_be_run_is_an_error_with_its_place() {
    let repository = repository();
    repository
        .write("bad.jsonl", "{\"query\":\"a\",\"relevant\":\"playbook/kite\"}\n{\"query\":\"b\",\"relevent\":\"x\"}\n");
    let (code, _, said) = eval(&repository, &["bad.jsonl"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("bad.jsonl:2") && said.contains("relevent"), "{said}");
    let (code, _, said) = eval(&repository, &["--against", "HEAD"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("git repository"), "{said}");
    let _first = repository.commit("begin");
    let (code, _, said) = eval(&repository, &["--against", "nosuch"]);
    assert!(code == Some(2) && said.contains("nosuch"), "{said}");
    let empty = Repository::of(&[("playbook/kite.md", KITE)]);
    let (code, _, said) = eval(&empty, &[]);
    assert!(code == Some(2) && said.contains("evalset"), "{said}");
}

#[test]
fn against_a_revision_the_questions_that_moved_are_shown_with_the_commits_that_moved_them() {
    let repository = repository();
    let first = repository.commit("begin");
    repository.write("journeys/flight.md", "# A flight\n\nWe flew far.\n");
    let _other = repository.commit("another matter");
    repository.write("playbook/refunds.md", "# Refunds\n\n## Period\n\nAsk us.\n");
    let blamed = repository.commit("playbook: shorten the refunds");
    repository.write(
        "playbook/again.md",
        "# Again\n\nHow long can a customer send it back? Very long, customer, send it back.\n",
    );

    let (code, out) = json(&repository, &["--against", &first]);
    assert_eq!(code, Some(0), "{out}");
    let against = &out["against"];
    assert_eq!(against["commit"], first);
    let lost: Vec<&Value> =
        against["moved"].as_array().unwrap().iter().filter(|moved| moved["delta"].as_f64().unwrap() < -1e-9).collect();
    assert_eq!(lost.iter().map(|moved| moved["id"].as_str().unwrap()).collect::<Vec<_>>(), ["period"]);
    assert_eq!(lost[0]["before"], 1.0);
    assert_eq!(lost[0]["top_before"][0], "playbook/refunds#period");
    assert_eq!(lost[0]["top_now"][0], "playbook/again#again");
    let commits = against["commits"].as_array().unwrap();
    assert!(commits.iter().any(|commit| commit["commit"] == blamed && commit["files"][0] == "playbook/refunds.md"));
    assert_eq!(against["uncommitted"].as_array().unwrap(), &["playbook/again.md"]);
    assert!(against["before"]["ndcg@10"].as_f64() > against["now"]["ndcg@10"].as_f64(), "{against}");

    let (code, shown, _) = eval(&repository, &["--against", "HEAD~2", "--max-drop", "0.02"]);
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("gate MISSED: max-drop ndcg@10=0.02"), "{shown}");
    assert!(shown.contains("playbook: shorten the refunds") && shown.contains("how long can a customer"), "{shown}");
    assert_eq!(eval(&repository, &["--against", "HEAD~2", "--max-drop", "0.9"]).0, Some(0));
}

#[test]
fn the_questions_of_the_ledger_are_asked_again_beside_a_server() {
    let repository = repository();
    let _first = repository.commit("begin");
    let served = repository.serve();
    let token = served.token().unwrap().to_owned();
    for _ in 0..2 {
        let _answer = served.search("how long can a customer send it back", None);
    }
    let _answer = served.search("floor of the margin", Some(&token));
    let (code, out) = json(&repository, &["--logged", "--against", "HEAD"]);
    assert_eq!((code, &out["changed"], &out["questions"]), (Some(0), &Value::from(0), &Value::from(2)), "{out}");

    repository.write("playbook/refunds.md", "# Refunds\n\n## Period\n\nAsk us how long.\n");
    let (code, out) = json(&repository, &["--logged", "--against", "HEAD", "--since", "1d"]);
    assert_eq!((code, &out["retrievals"]), (Some(0), &Value::from(3)), "{out}");
    let moved = out["moved"].as_array().unwrap();
    let first = moved.iter().find(|moved| moved["times"] == 2).unwrap_or_else(|| panic!("{out}"));
    assert_eq!(
        (first["query"].as_str(), first["shelves"].as_array().map(Vec::len)),
        (Some("how long can a customer send it back"), Some(0))
    );
    assert!(!first["top_now"].to_string().contains("corpus/"), "a stranger's question is asked as a stranger's: {out}");
    let (_, shown, _) = eval(&repository, &["--logged", "--against", "HEAD"]);
    assert!(shown.contains("of 2 questions") && shown.contains("not committed: "), "{shown}");
    let (_, out) = json(&repository, &["--logged", "--against", "HEAD", "--since", "2100-01-01"]);
    assert_eq!(out["questions"], 0);
    assert_eq!(served.terminate(), Some(0));
}

#[test]
fn private_text_on_the_public_shelf_is_exit_code_eight_and_said_first() {
    let repository = repository();
    assert_eq!(eval(&repository, &[]).0, Some(0), "it is private, and stays where it is");
    repository.write("playbook/prices.md", &MARGINS.replace("# Margins", "# Prices"));
    let (code, shown, _) = eval(&repository, &["--fail-under", "ndcg@10=1"]);
    assert_eq!(code, Some(8), "{shown}");
    assert!(shown.starts_with("leak: corpus/margins") && shown.contains("playbook/prices"), "{shown}");
    let (code, out) = json(&repository, &[]);
    assert_eq!((code, out["leaks"][0]["document"].as_str()), (Some(8), Some("playbook/prices")), "{out}");
}

#[test]
fn a_page_that_was_private_at_the_revision_and_is_public_now_is_a_leak() {
    let hidden = format!("---\nvisibility: private\n---\n{MARGINS}");
    let set = "```yaml\n- query: which margin\n  must_not: playbook/margins\n  as: stranger\n```\n";
    let repository = Repository::of(&[("playbook/margins.md", &hidden), ("playbook/kite.md", KITE)]);
    repository.write("q.md", set);
    let _first = repository.commit("begin");
    assert_eq!(eval(&repository, &["q.md", "--against", "HEAD"]).0, Some(0));
    repository.write("playbook/margins.md", MARGINS);
    let (code, shown, _) = eval(&repository, &["q.md", "--against", "HEAD"]);
    assert_eq!(code, Some(8), "{shown}");
    let (code, shown, _) = eval(&repository, &["q.md"]);
    assert_eq!(code, Some(1), "nobody says it was private, but it must not be served: {shown}");
}

#[test]
fn a_sweep_says_which_settings_are_as_good_as_the_best() {
    let repository = repository();
    let (code, out) = json(&repository, &["--sweep", "--measure", "mrr@10"]);
    assert_eq!(code, Some(0), "{out}");
    let sweep = &out["sweep"];
    assert_eq!((sweep["measure"].as_str(), sweep["settings"].as_array().map(Vec::len)), (Some("mrr@10"), Some(63)));
    let weights: Vec<f64> =
        sweep["plateau"]["lexical_weight"].as_array().unwrap().iter().map(|weight| weight.as_f64().unwrap()).collect();
    assert!(weights[0] <= 0.7 && weights[1] >= 0.7 && sweep["default_on_plateau"] == true, "{sweep}");
    assert!(eval(&repository, &["--sweep"]).1.contains("plateau of ndcg@10"));
}
