//! What a file system can hold that nobody meant to publish, met by a running library and by the binary.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::support::{Repository, Setting, TestHouse};

const OPEN: &str = "# Harbour\n\nThe keeper of the harbour is called Obadiahx.\n";
const SECRET: &str = "# Vault\n\nThe vault holds the sapphirex.\n";

/// A house that looks at the disk when it is told to.
fn still() -> TestHouse {
    TestHouse::shut(Setting { watch: false, ..Setting::default() })
}

#[tokio::test]
async fn a_page_that_becomes_a_link_is_gone_and_what_it_leads_to_is_never_read() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("harbour.md"), SECRET).unwrap();
    let mut house = still();
    house.write("playbook/harbour.md", OPEN);
    house.write("playbook/deep/harbour.md", OPEN);
    house.open().await;
    for (place, to) in [("playbook/harbour.md", "harbour.md"), ("playbook/deep", "")] {
        assert_eq!(house.stranger().lists().await, ["playbook/deep/harbour", "playbook/harbour"]);
        house.rename(place, "aside");
        symlink(outside.path().join(to), house.path(place)).unwrap();
        house.index().await;
        assert_eq!(house.stranger().lists().await.len(), 1, "{place}");
        assert_eq!(house.owner().finds("sapphirex").await, [""; 0], "{place}");
        fs::remove_file(house.path(place)).unwrap();
        house.rename("aside", place);
        house.index().await;
    }
    assert_eq!(house.stranger().lists().await.len(), 2, "both are back");
}

#[tokio::test]
async fn a_collections_folder_that_becomes_a_link_while_it_is_served_holds_nothing() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("vault.md"), SECRET).unwrap();
    let mut house = still();
    house.write("playbook/harbour.md", OPEN);
    house.open().await;
    house.rename("playbook", "aside");
    symlink(outside.path(), house.path("playbook")).unwrap();
    house.index().await;
    assert_eq!(house.owner().finds("sapphirex").await, [""; 0]);
    assert_eq!(house.owner().finds("Obadiahx").await, [""; 0], "what is not there any more is not served either");
    fs::remove_file(house.path("playbook")).unwrap();
    house.rename("aside", "playbook");
    house.index().await;
    assert_eq!(house.stranger().finds("Obadiahx").await, ["playbook/harbour"]);
}

#[tokio::test]
async fn a_collections_folder_may_be_a_link_inside_of_the_root_and_not_out_of_it() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("vault.md"), SECRET).unwrap();
    let mut house = still();
    house.write("handbook/harbour.md", OPEN);
    fs::remove_dir(house.path("playbook")).unwrap();
    symlink(house.path("handbook"), house.path("playbook")).unwrap();
    house.open().await;
    assert_eq!(house.stranger().finds("Obadiahx").await, ["playbook/harbour"]);
    house.close();
    fs::remove_file(house.path("playbook")).unwrap();
    symlink(outside.path(), house.path("playbook")).unwrap();
    let refused = house.try_open(house.options()).map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("leads out of the root"), "{refused}");
}

#[test]
fn a_raw_path_over_the_wire_leads_nowhere() {
    let repository = Repository::of(&[("playbook/harbour.md", OPEN), ("corpus/vault.md", SECRET)]);
    fs::write(repository.path().join("outside.md"), SECRET).unwrap();
    let server = repository.serve();
    for path in [
        "/playbook/../outside.md",
        "/playbook/../corpus/vault",
        "/playbook/..\\..\\outside.md",
        "/../../../../../../etc/passwd",
        "//etc/passwd",
        "/playbook/%2e%2e/outside.md",
        "/api/v1/documents/../../../outside.md",
        "/api/v1/documents/playbook/../corpus/vault",
        "/api/v1/documents/playbook/..%5c..%5coutside.md",
        "/api/v1/documents/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    ] {
        let (status, body) = server.get(path, None);
        assert!([400, 404].contains(&status), "{path}: {status} {body}");
        assert!(!body.contains("sapphirex") && !body.contains("root:"), "{path}: {body}");
    }
    assert_eq!(server.get("/playbook/harbour", None).0, 200);
}

#[test]
fn names_that_are_one_elsewhere_and_images_that_nobody_will_see_are_findings() {
    let page = "# Page\n\n![a](pics/a.png) ![b](gone.png) ![c](../corpus/c.png) ![d](../d.png) ![e](text.png)\n";
    let private = "# Log\n\n![a](../playbook/pics/a.png) ![c](c.png)\n";
    let repository = Repository::of(&[
        ("playbook/page.md", page),
        ("playbook/Guide.md", "# Guide\n"),
        ("playbook/guide.md", "# The other guide\n"),
        ("playbook/caf\u{e9}.md", "# Caf\u{e9}\n"),
        ("playbook/cafe\u{301}.md", "# The other caf\u{e9}\n"),
        ("playbook/text.png", "no image"),
        ("corpus/log.md", private),
    ]);
    fs::create_dir(repository.path().join("playbook/pics")).unwrap();
    for image in ["playbook/pics/a.png", "corpus/c.png", "d.png"] {
        fs::write(repository.path().join(image), b"\x89PNG\r\n\x1A\n").unwrap();
    }
    let output = repository.run(&["check", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = report["findings"].as_array().unwrap().iter();
    let found: Vec<(&str, &str, u64)> = rows
        .map(|row| (row["file"].as_str().unwrap(), row["rule"].as_str().unwrap(), row["column"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            ("playbook/caf\u{e9}.md", "name-alike", 1),
            ("playbook/guide.md", "name-alike", 1),
            ("playbook/page.md", "image-missing", 18),
            ("playbook/page.md", "image-private", 33),
            ("playbook/page.md", "image-outside", 55),
            ("playbook/page.md", "image-missing", 70),
        ]
    );
}
