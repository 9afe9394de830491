//! A secret in a public file is on no public surface; the editor, the hook and the owner are told where it is.

use std::process::Output;

use serde_json::Value;

use crate::support::{Repository, TestHouse};

/// Put together, so that nobody takes it for one.
fn token() -> String {
    format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")
}

fn page_with_token() -> String {
    format!("# Beacon\n\nThe beacon is called Vermilionx.\n\nIts token is {}.\n", token())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {} {}", text(&output.stdout), text(&output.stderr)))
}

/// What was found: file, line, level, rule.
fn findings(output: &Output) -> Vec<(String, u64, String, String)> {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = json(output)["findings"].as_array().unwrap().clone();
    rows.iter()
        .map(|row| (word(&row["file"]), row["line"].as_u64().unwrap(), word(&row["level"]), word(&row["rule"])))
        .collect()
}

fn found(file: &str, line: u64, level: &str, rule: &str) -> (String, u64, String, String) {
    (file.to_owned(), line, level.to_owned(), rule.to_owned())
}

#[tokio::test]
async fn a_page_that_gets_a_secret_leaves_the_public_shelf_and_comes_back_without_it() {
    let clean = "# Beacon\n\nThe beacon is called Vermilionx.\n";
    let mut house = TestHouse::of(&[("playbook/beacon.md", clean), ("playbook/pier.md", "# Pier\n\nA pier.\n")]).await;
    assert_eq!(house.stranger().finds("Vermilionx").await, ["playbook/beacon"]);

    house.write("playbook/beacon.md", &page_with_token());
    house.index().await;
    assert_eq!(house.stranger().finds("Vermilionx").await, [""; 0]);
    assert_eq!(house.stranger().lists().await, ["playbook/pier"]);
    assert!(house.stranger().reads("playbook/beacon").await.is_err());
    assert_eq!(house.owner().finds("Vermilionx").await, ["playbook/beacon"], "the owner still has it");
    let withheld = house.library().withheld();
    let told: Vec<_> = withheld.iter().map(|file| (file.path.to_string(), file.findings[0].line)).collect();
    assert_eq!(told, [("beacon.md".to_owned(), 5)]);
    assert!(!format!("{withheld:?}").contains(&token()));

    house.restart().await;
    assert_eq!(house.stranger().lists().await, ["playbook/pier"], "after a restart as well");

    house.write("playbook/beacon.md", clean);
    house.index().await;
    assert_eq!(house.stranger().finds("Vermilionx").await, ["playbook/beacon"]);
    assert!(house.library().withheld().is_empty());
}

#[test]
fn a_planted_secret_is_on_no_public_surface_and_the_owner_is_told_where_it_is() {
    let linking = "# Pier\n\nSee [the beacon](beacon.md) at the pier.\n";
    let repository = Repository::of(&[("playbook/beacon.md", &page_with_token()), ("playbook/pier.md", linking)]);
    let served = repository.serve();
    let admin = served.token().unwrap().to_owned();
    for path in [
        "/",
        "/playbook",
        "/playbook/pier",
        "/playbook/beacon",
        "/search?q=Vermilionx",
        "/sitemap.xml",
        "/feed.xml",
        "/robots.txt",
        "/api/v1/documents",
        "/api/v1/documents/playbook/beacon",
        "/api/v1/documents/playbook/pier",
        "/api/v1/search?q=token+of+the+beacon",
        "/readyz",
        "/metrics",
    ] {
        let (_, body) = served.get(path, None);
        assert!(!body.contains(&token()) && !body.contains("is called"), "{path}: {body}");
        // An address that was asked for is told back: that says nothing of what is there.
        assert!(path.contains("beacon") || !body.contains("playbook/beacon"), "{path}: {body}");
        assert!(!body.contains("withheld"), "{path}: strangers are not told that there is something");
    }
    assert_eq!(served.get("/playbook/beacon", None).0, served.get("/playbook/nowhere", None).0);
    let (status, ready) = served.get("/readyz", Some(&admin));
    let ready: Value = serde_json::from_str(&ready).unwrap();
    assert_eq!(status, 200, "{ready}");
    let withheld = &ready["withheld"][0];
    assert_eq!(
        (&withheld["file"], &withheld["line"], &withheld["rule"]),
        (&"playbook/beacon.md".into(), &5.into(), &"github-token".into()),
        "{ready}"
    );
    assert!(!ready.to_string().contains(&token()), "the owner is told where, not what");

    let checked = repository.run(&["check", "--json"]);
    assert_eq!(checked.status.code(), Some(8), "{}", text(&checked.stderr));
    assert!(findings(&checked).contains(&found("playbook/beacon.md", 5, "secret", "github-token")));
    assert!(!text(&checked.stdout).contains(&token()) && !text(&checked.stderr).contains(&token()));
}

#[test]
fn other_rules_judge_again_what_is_on_the_shelf_already() {
    let page = page_with_token();
    let engine = "# Engine\n\nThe engine has the mark engine-777777.\n";
    let repository = Repository::of(&[("playbook/beacon.md", &page), ("playbook/engine.md", engine)]);
    let public = |repository: &Repository| {
        let served = repository.serve();
        let reads = |id: &str| served.get(&format!("/api/v1/documents/{id}"), None).0 == 200;
        let standing = (reads("playbook/beacon"), reads("playbook/engine"));
        assert_eq!(served.terminate(), Some(0));
        standing
    };
    assert_eq!(public(&repository), (false, true));
    let checked = json(&repository.run(&["check", "--json"]));
    let message = checked["findings"][0]["message"].as_str().unwrap();
    let sha256 = message.rsplit(": ").next().unwrap();
    let rules = "[[rules]]\nid = 'engine-mark'\nregex = 'engine-[0-9]{6}'\nkeywords = ['engine-']\n";
    repository.write("rules.toml", rules);
    let allow =
        format!("[[governance.allow]]\nrule = \"github-token\"\nsha256 = \"{sha256}\"\nwhy = \"made up for a test\"\n");
    repository.write("cairn.toml", &format!("[governance]\nrule_files = [\"rules.toml\"]\n{allow}"));
    assert_eq!(
        public(&repository),
        (true, false),
        "one is allowed by its digest, the other is forbidden by a rule file"
    );
    repository.write("cairn.toml", "[governance]\nnever_public = [\"path:playbook/engine.md\"]\n");
    assert_eq!(public(&repository), (false, false));
    repository.write("cairn.toml", "[governance]\nrule_files = [\"none.toml\"]\n");
    let refused = repository.run(&["check"]);
    assert!(
        refused.status.code() == Some(2) && text(&refused.stderr).contains("none.toml"),
        "{}",
        text(&refused.stderr)
    );
}

#[test]
fn check_tells_what_a_public_page_should_not_say_and_lets_pass_what_is_marked() {
    let customers = "---\ntype: customers\n---\n# Customers\n\n- Kelpwood — a pilot\n";
    let page = "# Page\n\nAsk ada@engines.org at wiki.corp, for € 12,000.\n\nAsk ada@engines.org. <!-- cairn:allow email -->\n";
    let repository = Repository::of(&[("playbook/page.md", page), ("corpus/customers.md", customers)]);
    let checked = repository.run(&["check", "--json"]);
    assert_eq!(checked.status.code(), Some(1));
    let expected = [
        found("playbook/page.md", 3, "warning", "email"),
        found("playbook/page.md", 3, "warning", "internal-host"),
        found("playbook/page.md", 3, "note", "amount"),
    ];
    assert_eq!(findings(&checked), expected);
    repository.write("playbook/page.md", "# Page\n\nWe did it with kelpwood.\n");
    let checked = repository.run(&["check", "--json"]);
    assert_eq!(checked.status.code(), Some(8), "a name from a private list is a leak");
    assert_eq!(findings(&checked), [found("playbook/page.md", 3, "warning", "customer-name")]);
    repository.write("playbook/page.md", "# Page\n\nNothing.\n");
    repository.write("corpus/key.md", &page_with_token());
    let checked = repository.run(&["check", "--json"]);
    assert_eq!(checked.status.code(), Some(1), "in a private folder it is no leak");
    assert_eq!(findings(&checked), [found("corpus/key.md", 5, "warning", "github-token")]);
    assert!(!text(&checked.stdout).contains(&token()));
}

#[test]
fn what_is_staged_is_checked_and_not_what_lies_in_the_folder() {
    let clean = "# Page\n\nNothing.\n";
    let repository = Repository::of(&[("playbook/page.md", clean), ("playbook/old.md", &page_with_token())]);
    assert_eq!(repository.run(&["check", "--staged"]).status.code(), Some(2), "there is no repository");
    repository.commit("first");
    repository.stage();
    let staged = || repository.run(&["check", "--staged", "--json"]);
    assert_eq!(
        staged().status.code(),
        Some(0),
        "what HEAD has is not about to be committed: {}",
        text(&staged().stdout)
    );

    repository.write("playbook/page.md", &page_with_token());
    assert_eq!(staged().status.code(), Some(0), "not staged");
    repository.stage();
    repository.write("playbook/page.md", clean);
    let checked = staged();
    assert_eq!(checked.status.code(), Some(8), "staged, whatever the folder says: {}", text(&checked.stderr));
    assert_eq!(findings(&checked), [found("playbook/page.md", 5, "secret", "github-token")]);
    assert!(!text(&checked.stdout).contains(&token()));

    repository.write("playbook/page.md", "# Page\n\nAsk ada@engines.org.\n");
    repository.stage();
    assert_eq!(staged().status.code(), Some(1));

    repository.write("playbook/page.md", clean);
    repository.write("corpus/key.md", &page_with_token());
    repository.commit("second");
    repository.write("cairn.toml", "[[collection]]\nname = \"corpus\"\npath = \"corpus\"\nvisibility = \"public\"\n");
    repository.stage();
    std::fs::remove_file(repository.path().join("cairn.toml")).unwrap();
    let checked = staged();
    assert_eq!(
        checked.status.code(),
        Some(8),
        "a folder that becomes public is looked at whole: {}",
        text(&checked.stderr)
    );
    assert_eq!(findings(&checked), [found("corpus/key.md", 5, "secret", "github-token")]);
}

#[test]
fn the_hook_refuses_a_secret_and_takes_no_other_hooks_place_unasked() {
    let repository = Repository::of(&[("playbook/page.md", "# Page\n\nNothing.\n")]);
    assert_eq!(repository.run(&["hook", "install"]).status.code(), Some(2), "there is no repository");
    repository.commit("first");
    repository.stage();
    let hook = repository.path().join(".git/hooks/pre-commit");
    let installed = repository.run(&["hook", "install"]);
    assert_eq!(installed.status.code(), Some(0), "{}", text(&installed.stderr));
    let commit = || {
        let mut command = std::process::Command::new(&hook);
        command.current_dir(repository.path()).env("PATH", "/usr/bin:/bin").output().unwrap()
    };
    assert_eq!(commit().status.code(), Some(0), "{}", text(&commit().stderr));
    repository.write("playbook/page.md", "# Page\n\nAsk ada@engines.org.\n");
    repository.stage();
    let passed = commit();
    assert_eq!(passed.status.code(), Some(0), "a warning is told");
    assert!(text(&passed.stdout).contains("[email]"), "{}", text(&passed.stdout));
    repository.write("playbook/page.md", &page_with_token());
    repository.stage();
    let refused = commit();
    assert_eq!(refused.status.code(), Some(8));
    assert!(text(&refused.stderr).contains("nothing is committed"));

    assert_eq!(repository.run(&["hook", "install", "--strict"]).status.code(), Some(0), "our own is written anew");
    repository.write("playbook/page.md", "# Page\n\nAsk ada@engines.org.\n");
    repository.stage();
    assert_eq!(commit().status.code(), Some(1), "strict");

    std::fs::write(&hook, "#!/bin/sh\necho mine\n").unwrap();
    let refused = repository.run(&["hook", "install"]);
    assert!(refused.status.code() == Some(2) && text(&refused.stderr).contains("--force"), "{}", text(&refused.stderr));
    assert_eq!(std::fs::read_to_string(&hook).unwrap(), "#!/bin/sh\necho mine\n");
    assert_eq!(repository.run(&["hook", "install", "--force"]).status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(hook.with_extension("before-cairn")).unwrap(), "#!/bin/sh\necho mine\n");

    let config = repository.path().join(".git/config");
    std::fs::write(&config, "[core]\n\tbare = false\n\thooksPath = our-hooks\n").unwrap();
    assert_eq!(repository.run(&["hook", "install"]).status.code(), Some(0));
    assert!(repository.path().join("our-hooks/pre-commit").is_file(), "core.hooksPath is where git looks");
}
