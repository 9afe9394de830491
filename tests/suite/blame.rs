//! Citations name the commit of their own lines, and `cairn blame` the commit of each.

use serde_json::Value;

use crate::support::Repository;

const FIRST: &str = "# Kite\n\nThe kite rises against the wind.\n\n## Weather\n\nOn calm days nothing happens.\n\n## String\n\nThe string of a kite is long.\n";

/// A page whose second section is newer than its first, and whose third is in no commit.
fn repository() -> (Repository, [String; 3]) {
    let repository = Repository::of(&[("playbook/kite.md", FIRST), ("playbook/other.md", "# Other\n\nOther words.\n")]);
    let first = repository.commit("a kite");
    repository.write("playbook/kite.md", &FIRST.replace("long", "longer than a house"));
    let second = repository.commit("the string");
    repository.write("playbook/other.md", "# Other\n\nOther words, again.\n");
    let third = repository.commit("something else");
    (repository, [first, second, third])
}

fn json(repository: &Repository, arguments: &[&str], code: i32) -> Value {
    let ended = repository.run(&[arguments, &["--json"]].concat());
    let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {out}{err}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"))
}

/// The commit that the passage with these words cites.
fn cited(answer: &Value, words: &str) -> (Value, Value) {
    let hits = answer["hits"].as_array().unwrap();
    let hit =
        hits.iter().find(|hit| hit["passage"].as_str().unwrap().contains(words)).unwrap_or_else(|| panic!("{answer}"));
    (hit["citation"]["commit"].clone(), hit["citation"]["uncommitted"].clone())
}

#[test]
fn a_passage_cites_the_newest_commit_of_its_own_lines_and_not_that_of_its_document() {
    let (repository, [first, second, _]) = repository();
    let answer = json(&repository, &["search", "rises", "wind", "-k", "1"], 0);
    assert_eq!(cited(&answer, "against the wind").0, Value::from(first.clone()), "{answer}");
    let answer = json(&repository, &["search", "string", "house", "-k", "1"], 0);
    assert_eq!(cited(&answer, "than a house").0, Value::from(second.clone()), "{answer}");
    assert_eq!(answer["hits"][0]["updated"], "2023-11-14T22:14:20+00:00");
    let section = json(&repository, &["get", "playbook/kite#string"], 0);
    assert_eq!(section["citation"]["commit"], second);
    assert_eq!(section["citation"]["author"], "The Author");
    let whole = json(&repository, &["get", "playbook/kite"], 0);
    assert_eq!(whole["citation"]["commit"], second);
    repository.write("playbook/kite.md", &FIRST.replace("long", "short"));
    let answer = json(&repository, &["search", "rises", "wind", "-k", "1"], 0);
    assert_eq!(cited(&answer, "against the wind"), (Value::Null, true.into()), "{answer}");
}

#[test]
fn each_line_of_a_document_is_told_with_its_commit_or_that_none_has_it() {
    let (repository, [first, second, _]) = repository();
    let retrieval = json(&repository, &["search", "house"], 0)["retrieval_id"].as_str().unwrap().to_owned();
    repository.write("playbook/kite.md", &format!("{}\nNew here.\n", FIRST.replace("long", "longer than a house")));
    let reports = json(&repository, &["blame", "playbook/kite"], 0);
    let rows: Vec<_> = reports[0]["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["lines"].clone(), row["commit"].clone()))
        .collect();
    let of = |first: u32, last: u32, commit: &str| (serde_json::json!([first, last]), Value::from(commit));
    assert_eq!(rows[..2], [of(1, 10, &first), of(11, 11, &second)], "{reports}");
    assert_eq!((&rows[2].0, &reports[0]["lines"][2]["from"]), (&serde_json::json!([12, 13]), &"uncommitted".into()));
    let one = json(&repository, &["blame", "playbook/kite", "--lines", "11", "--as-of", &first], 0);
    assert_eq!((&one[0]["lines"][0]["commit"], &one[0]["at"]), (&Value::from(first.clone()), &Value::from(first)));
    json(&repository, &["blame", "playbook/kite", "--lines", "90-99"], 1);
    // What a retrieval served is told as it was when it was served.
    let served = json(&repository, &["blame", &retrieval], 0);
    let row = served[0]["lines"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&served[0]["document"], &row["commit"]), (&"playbook/kite".into(), &Value::from(second)), "{served}");
    let shown = String::from_utf8(repository.run(&["blame", "playbook/kite"]).stdout).unwrap();
    assert!(shown.contains("uncommitted") && shown.contains("2023-11-14  The Author"), "{shown}");
}

#[test]
fn a_folder_without_git_has_no_commits_to_tell() {
    let repository = Repository::of(&[("playbook/kite.md", FIRST)]);
    let answer = json(&repository, &["search", "kite", "wind"], 0);
    assert_eq!(cited(&answer, "against the wind"), (Value::Null, Value::Null));
    let ended = repository.run(&["blame", "playbook/kite"]);
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("no git repository"));
}
