//! `cairn export site`, by the binary: the pages of a server, as files.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::Repository;

fn exported(repository: &Repository, more: &[&str]) -> (Option<i32>, Value, String) {
    let output = repository.run(&[&["export", "site", "out", "--json"], more].concat());
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), report, String::from_utf8_lossy(&output.stderr).into_owned())
}

fn house() -> Repository {
    let repository = Repository::of(&[
        ("playbook/README.md", "# Playbook\n\n[loop](loop.md)\n\n![map](map.svg)\n"),
        (
            "playbook/loop.md",
            "---\ntags: [habits]\naliases: /old/loop\n---\n# The loop\n\n## Capture\n\nWrite it down.\n",
        ),
        ("playbook/map.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        ("corpus/plum.md", "# The plum tree\n\nNobody outside may know of the plum tree.\n"),
    ]);
    repository.commit("all");
    repository
}

#[test]
fn a_copy_has_the_same_bytes_that_a_server_sends_and_nothing_private() {
    let repository = house();
    // Beside a server, which holds the data folder.
    let served = repository.serve();
    let address = served.banner["url"].as_str().unwrap().to_owned();
    let (code, report, errors) = exported(&repository, &["--public-url", &address]);
    assert_eq!(code, Some(0), "{errors}");
    let out = repository.path().join("out");
    for (path, file) in [
        ("/", "index.html"),
        ("/playbook", "playbook/index.html"),
        ("/playbook/loop", "playbook/loop/index.html"),
        ("/playbook/loop.md", "playbook/loop.md"),
        ("/playbook/loop.json", "playbook/loop.json"),
        ("/playbook/map.svg", "playbook/map.svg"),
        ("/tags/habits", "tags/habits/index.html"),
        ("/feeds/changes.atom", "feeds/changes.atom"),
        ("/search-index.js", "search-index.js"),
        ("/sitemap.xml", "sitemap.xml"),
        ("/robots.txt", "robots.txt"),
    ] {
        let (status, page) = served.get(path, None);
        // A copy has nobody who could be asked what a page said before.
        let page = page.replace("<li><a href=\"/history/playbook/loop\">History</a></li>", "");
        let page = page.replace("<li><a href=\"/history/playbook/README\">History</a></li>", "");
        assert_eq!((status, fs::read_to_string(out.join(file)).unwrap()), (200, page), "{path}");
    }
    let moved = fs::read_to_string(out.join("old/loop/index.html")).unwrap();
    assert!(moved.contains("url=/playbook/loop"), "{moved}");
    let names: Vec<String> = serde_json::from_str(&fs::read_to_string(out.join(".cairn-site")).unwrap()).unwrap();
    assert_eq!(report["files"], names.len());
    for name in &names {
        assert!(!name.starts_with("history"), "{name}");
        let text = String::from_utf8_lossy(&fs::read(out.join(name)).unwrap()).to_lowercase();
        assert!(!text.contains("plum") && !name.contains("plum"), "{name}");
    }
    // What a page loads is there.
    let page = fs::read_to_string(out.join("playbook/loop/index.html")).unwrap();
    for loaded in page.split(['"', ' ']).filter(|word| word.starts_with("/assets/")) {
        assert!(out.join(loaded.trim_start_matches('/')).is_file(), "{loaded}");
    }
}

#[test]
fn a_second_export_writes_what_changed_and_removes_what_is_gone_and_nothing_else() {
    let repository = house();
    assert_eq!(exported(&repository, &[]).0, Some(0));
    let (_, again, _) = exported(&repository, &[]);
    assert_eq!((&again["written"], &again["removed"]), (&Value::from(0), &Value::from(0)), "{again}");
    let out = repository.path().join("out");
    fs::write(out.join("CNAME"), "handbook.example").unwrap();
    fs::remove_file(repository.path().join("playbook/loop.md")).unwrap();
    repository.write("playbook/new.md", "# New\n");
    let (_, then, _) = exported(&repository, &[]);
    assert!(then["removed"].as_u64() >= Some(3) && then["unchanged"].as_u64() > Some(0), "{then}");
    let there = |name: &str| out.join(name).try_exists().unwrap();
    assert_eq!(
        ["playbook/new/index.html", "playbook/loop/index.html", "playbook/loop.md", "old", "CNAME"].map(there),
        [true, false, false, false, true]
    );
}

#[test]
fn a_folder_that_no_export_made_is_left_alone() {
    let repository = house();
    fs::create_dir(repository.path().join("out")).unwrap();
    repository.write("out/mine.txt", "mine");
    let (code, _, errors) = exported(&repository, &[]);
    assert_eq!(code, Some(2));
    assert!(errors.contains("is not empty, and no export made it"), "{errors}");
    // A list that leads out of the folder removes nothing.
    let (out, mine) = (repository.path().join("out"), PathBuf::from("../mine.txt"));
    repository.write("mine.txt", "mine");
    fs::write(out.join(".cairn-site"), serde_json::to_string(&[mine.to_str().unwrap(), "/etc/hostname"]).unwrap())
        .unwrap();
    assert_eq!(exported(&repository, &[]).0, Some(0));
    assert!(repository.path().join("mine.txt").is_file() && out.join("mine.txt").is_file());
}
