//! Where a document stands in its life: the same wherever it is shown, and told by what the asker may see.

use serde_json::{Value, json};

use super::house::TestHouse;

fn page(path: &str, text: &str) -> (String, String) {
    (path.to_owned(), text.to_owned())
}

/// What has taken whose place is said by the successor alone, by a path beside a name that leads nowhere, and by the name
/// of a private document.
async fn house() -> TestHouse {
    TestHouse::open_on(&[
        page("playbook/old.md", "---\nstatus: accepted\n---\n# Old way\n\nWe wait.\n"),
        page("playbook/new.md", "---\nsupersedes: playbook/old\n---\n# New way\n\nWe do not wait.\n"),
        page(
            "playbook/deep/written.md",
            "---\nstatus: superseded\nsuperseded_by: [../new.md, nonexist]\n---\n# Written\n\nWe write.\n",
        ),
        page(
            "playbook/left.md",
            "---\nstatus: superseded\nsuperseded_by: corpus/quicksilver\n---\n# Left\n\nWe left.\n",
        ),
        page("playbook/kept.md", "# Kept\n\nWe keep.\n"),
        page("corpus/quicksilver.md", "---\nsupersedes: playbook/kept\n---\n# Quicksilver\n\nTwo teams move.\n"),
    ])
    .await
}

const CASES: [(&str, &str, &[&str]); 5] = [
    ("playbook/old", "superseded", &["cairn://playbook/new"]),
    ("playbook/new", "accepted", &[]),
    ("playbook/deep/written", "superseded", &["cairn://playbook/new"]),
    ("playbook/left", "superseded", &[]),
    ("playbook/kept", "accepted", &[]),
];

async fn tool(house: &TestHouse, owner: bool, name: &str, arguments: Value) -> (Value, String) {
    let answer = house.mcp(owner, "tools/call", json!({"name": name, "arguments": arguments})).await;
    let text = answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    (answer["result"]["structuredContent"].clone(), text)
}

fn successors(answer: &Value) -> Vec<&str> {
    answer.as_array().map(|all| all.iter().map(|one| one.as_str().unwrap()).collect()).unwrap_or_default()
}

#[tokio::test]
async fn a_document_is_read_with_the_status_and_the_successors_that_a_search_tells() {
    let house = house().await;
    for (id, status, later) in CASES {
        let json = house.stranger(&format!("/api/v1/documents/{id}")).await.json();
        let (structured, text) = tool(&house, false, "get_document", json!({"uri": id})).await;
        for answer in [&json, &structured] {
            assert_eq!(
                (answer["status"].as_str(), successors(&answer["superseded_by"])),
                (Some(status), later.to_vec())
            );
        }
        let told = format!("superseded by: {} — read that first\n", later.join(", "));
        assert_eq!(text.contains(&told), !later.is_empty(), "{text}");
        let everything = format!("{json}{structured}{text}");
        assert!(!everything.contains("quicksilver") && !everything.contains("nonexist"), "{everything}");
    }
    for id in ["playbook/left", "playbook/kept"] {
        let json = house.owner(&format!("/api/v1/documents/{id}")).await.json();
        assert_eq!(json["status"], "superseded", "{json}");
        assert_eq!(successors(&json["superseded_by"]), ["cairn://corpus/quicksilver"]);
    }
}

#[tokio::test]
async fn a_list_says_of_each_document_what_reading_it_says() {
    let house = house().await;
    let json = house.stranger("/api/v1/documents").await.json();
    let (structured, text) = tool(&house, false, "browse_context", json!({})).await;
    for (id, status, _) in CASES {
        for list in [&json, &structured] {
            let rows = list["documents"].as_array().unwrap();
            let row = rows.iter().find(|row| row["uri"] == format!("cairn://{id}")).unwrap();
            assert_eq!(row["status"], status, "{id}");
        }
        let line = text.lines().find(|line| line.starts_with(&format!("- cairn://{id} "))).unwrap();
        assert!(line.contains(&format!(", {status})")), "{line}");
    }
    let (owner, _) = tool(&house, true, "browse_context", json!({"prefix": "kept"})).await;
    assert_eq!(owner["documents"][0]["status"], "superseded", "{owner}");
}

#[tokio::test]
async fn a_resource_that_is_not_in_force_says_so_beside_its_text() {
    let house = house().await;
    for (id, status, later) in CASES {
        let read = house.mcp(false, "resources/read", json!({"uri": format!("cairn://{id}")})).await;
        let meta = &read["result"]["contents"][0]["_meta"];
        assert!(meta["cairn/retrieval_id"].is_string(), "{read}");
        assert_eq!(meta["cairn/status"].as_str(), Some(status).filter(|status| *status != "accepted"), "{id}");
        assert_eq!(successors(&meta["cairn/superseded_by"]), later.to_vec(), "{id}");
    }
}

#[tokio::test]
async fn no_prompt_is_offered_whose_place_another_has_taken_and_a_private_one_changes_nobodys_names() {
    let house = TestHouse::open_on(&[
        page("playbook/old.md", "---\ntype: prompt\n---\n# Old\n\nWait.\n"),
        page("playbook/new.md", "---\ntype: prompt\nsupersedes: playbook/old\n---\n# New\n\nGo.\n"),
        page("playbook/a/review.md", "---\ntype: prompt\n---\n# Review\n\nLook.\n"),
        page("playbook/b/review.md", "---\ntype: prompt\n---\n# Other review\n\nLook there.\n"),
        page("corpus/secret.md", "---\ntype: prompt\nsupersedes: playbook/a/review\n---\n# Secret\n\nLook well.\n"),
    ])
    .await;
    for (owner, expected) in
        [(false, ["new", "playbook-b-review", "review"]), (true, ["new", "playbook-b-review", "secret"])]
    {
        let listed = house.mcp(owner, "prompts/list", json!({})).await;
        let prompts = listed["result"]["prompts"].as_array().unwrap_or_else(|| panic!("{listed}"));
        let names: Vec<_> = prompts.iter().filter_map(|one| one["name"].as_str()).collect();
        let offered: Vec<_> = names.into_iter().filter(|name| *name != "brief_me").collect();
        assert_eq!(offered, expected);
        let gone = house.mcp(owner, "prompts/get", json!({"name": "old"})).await;
        assert_eq!(gone["error"]["code"], -32602, "{gone}");
    }
}

#[tokio::test]
async fn no_skill_is_offered_whose_place_another_has_taken() {
    let house = house().await;
    for (owner, expected) in
        [(false, &["skill://kept/SKILL.md", "skill://new/SKILL.md"][..]), (true, &["skill://new/SKILL.md"][..])]
    {
        let listed = house.mcp(owner, "skills/list", json!({})).await;
        let skills = listed["result"]["skills"].as_array().unwrap_or_else(|| panic!("{listed}"));
        let uris: Vec<_> = skills.iter().filter_map(|one| one["uri"].as_str()).collect();
        assert_eq!(uris, expected);
        let gone = house.mcp(owner, "resources/read", json!({"uri": "skill://old/SKILL.md"})).await;
        assert_eq!(gone["error"]["code"], -32002, "{gone}");
    }
}
