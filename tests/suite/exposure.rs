//! `cairn exposure`: what is public, by which rule, and what changes make public.

use serde_json::Value;

use crate::support::Repository;

fn exposure(repository: &Repository, arguments: &[&str]) -> (Option<i32>, Value) {
    let ended = repository.run(&[&["exposure", "--json"], arguments].concat());
    let out = String::from_utf8_lossy(&ended.stdout).into_owned();
    let err = String::from_utf8_lossy(&ended.stderr).into_owned();
    (ended.status.code(), serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out} {err}")))
}

fn words(rows: &Value, names: &[&str]) -> Vec<Vec<String>> {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    rows.as_array().unwrap().iter().map(|row| names.iter().map(|name| word(&row[*name])).collect()).collect()
}

fn token() -> String {
    format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")
}

#[test]
fn what_is_public_is_told_with_the_rule_that_makes_it_so() {
    let with_token = format!("# T\n\n{}\n", token());
    let repository = Repository::of(&[
        ("playbook/a.md", "# A\n"),
        ("playbook/b.md", "---\nvisibility: private\n---\n# B\n"),
        ("playbook/c.md", "---\nvisibility: [\n---\n# C\n"),
        ("playbook/t.md", &with_token),
        ("corpus/d.md", "---\nvisibility: public\n---\n# D\n"),
    ]);
    let (code, out) = exposure(&repository, &[]);
    assert_eq!(code, Some(0), "{out}");
    let expected = [
        ["playbook/a.md", "public", "folder"],
        ["playbook/b.md", "private", "front-matter"],
        ["playbook/c.md", "private", "front-matter-unclear"],
        ["playbook/t.md", "private", "withheld"],
    ];
    assert_eq!(words(&out["documents"], &["file", "visibility", "by"]), expected);
    assert_eq!((&out["public"], &out["private"]), (&1.into(), &4.into()));
    assert!(!out.to_string().contains("corpus/d"), "what is in a private folder is counted, not listed");
    let shown = repository.run(&["exposure"]);
    let shown = String::from_utf8_lossy(&shown.stdout);
    assert!(shown.contains("playbook/t.md because of github-token in line 3") && !shown.contains(&token()), "{shown}");
}

#[test]
fn between_revisions_the_pages_are_told_that_become_public_or_private_and_the_words_that_change() {
    let repository = Repository::of(&[
        ("playbook/a.md", "# A\n\nThe old way stays.\n"),
        ("playbook/b.md", "# B\n"),
        ("corpus/c.md", "# C\n\nAsk ada@engines.org.\n"),
    ]);
    let first = repository.commit("first");
    repository.write("playbook/a.md", "# A\n\nThe new way stays.\n");
    repository.write("playbook/b.md", "---\nvisibility: private\n---\n# B\n");
    std::fs::rename(repository.path().join("corpus/c.md"), repository.path().join("playbook/c.md")).unwrap();
    let second = repository.commit("second");
    let (code, out) = exposure(&repository, &[&format!("{first}..{second}")]);
    assert_eq!(code, Some(0), "a warning forbids nothing: {out}");
    let expected = [
        ["playbook/a.md", "changed", "false"],
        ["playbook/b.md", "becomes-private", "false"],
        ["playbook/c.md", "becomes-public", "false"],
    ];
    assert_eq!(words(&out["changes"], &["file", "change", "forbidden"]), expected);
    let changed = out["changes"][0]["words"].to_string();
    assert!(changed.contains(r#"["-","old"]"#) && changed.contains(r#"["+","new"]"#), "{changed}");
    assert_eq!(out["changes"][2]["findings"][0]["rule"], "email");
    let shown = repository.run(&["exposure", &format!("{first}..{second}")]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(
        shown.contains("[-old-]{+new+}") && shown.contains("1 become public, 1 become private, 1 changed"),
        "{shown}"
    );

    let (code, out) = exposure(&repository, &[&format!("{second}..")]);
    assert_eq!((code, out["changes"].as_array().unwrap().len()), (Some(0), 0), "disk and revision are the same: {out}");
}

#[test]
fn what_a_rule_forbids_to_become_public_is_exit_code_8() {
    let customers = "---\ntype: customers\n---\n- Kelpwood\n";
    let repository = Repository::of(&[("playbook/a.md", "# A\n"), ("corpus/customers.md", customers)]);
    let first = repository.commit("first");
    repository.write("playbook/a.md", &format!("# A\n\n{}\n", token()));
    let (code, out) = exposure(&repository, &[&format!("{first}..")]);
    assert_eq!(code, Some(8), "{out}");
    assert_eq!(words(&out["changes"], &["file", "forbidden"]), [["playbook/a.md", "true"]]);
    assert!(!out.to_string().contains(&token()));

    repository.write("playbook/a.md", "# A\n\nWith Kelpwood.\n");
    assert_eq!(exposure(&repository, &[&format!("{first}..")]).0, Some(8), "a customer's name");
    let second = repository.commit("second");
    repository.write("playbook/a.md", "# A\n\nWith Kelpwood, still.\n");
    assert_eq!(exposure(&repository, &[&format!("{second}..")]).0, Some(0), "what was there before is no news");

    repository.write("corpus/key.md", &format!("# K\n\n{}\n", token()));
    let third = repository.commit("third");
    repository.write("cairn.toml", "[[collection]]\nname = \"corpus\"\npath = \"corpus\"\nvisibility = \"public\"\n");
    let (code, out) = exposure(&repository, &[&format!("{third}..")]);
    assert_eq!(code, Some(8), "a folder that becomes public shows what is in it: {out}");
    let fourth = repository.commit("fourth");
    assert_eq!(exposure(&repository, &[&format!("{third}..{fourth}")]).0, Some(8), "each side has its own cairn.toml");
    let (code, out) = exposure(&repository, &[&format!("{fourth}..")]);
    assert_eq!((code, out["changes"].as_array().unwrap().len()), (Some(0), 0), "{out}");
    assert_eq!(repository.run(&["exposure", "nowhere..HEAD"]).status.code(), Some(2));
}
