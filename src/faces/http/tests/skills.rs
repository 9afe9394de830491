//! Playbooks as skills: listed with digests that hold, read whole, and only for who may see them.

use serde_json::{Value, json};

use super::house::TestHouse;
use crate::corpus::Digest;
use crate::ledger::Verb;

async fn house() -> TestHouse {
    let long: String = (0..2_000).map(|n| format!("Line {n} of a long procedure.\n\n")).collect();
    let page = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    TestHouse::open_on(&[
        page(
            "playbook/On Call.md",
            "---\ndescription: \"What to do when the \\\"pager\\\" rings\"\n---\n\n# On call\n\nStay calm.\n\n\n",
        ),
        page("playbook/long.md", &format!("# Long\n\n{long}")),
        page("playbook/deploy/SKILL.md", "---\nname: deploy\n---\n# Deploy\n\nSee [the checks](refs/pre checks.md).\n"),
        page("playbook/deploy/refs/pre checks.md", "# Checks\n\nLook twice.\n"),
        page("corpus/deploy/SKILL.md", "# Deploy in secret\n\nThe quicksilver way.\n"),
    ])
    .await
}

async fn skills(house: &TestHouse, owner: bool) -> Vec<Value> {
    let listed = house.mcp(owner, "skills/list", json!({})).await;
    listed["result"]["skills"].as_array().unwrap_or_else(|| panic!("{listed}")).clone()
}

#[tokio::test]
async fn every_file_of_a_skill_is_read_with_the_digest_that_was_listed() {
    let house = house().await;
    let listed = skills(&house, true).await;
    let uris: Vec<_> = listed.iter().map(|skill| skill["uri"].as_str().unwrap()).collect();
    let expected = ["corpus-deploy-skill", "deploy", "long", "on-call", "pre-checks"];
    assert_eq!(uris, expected.map(|name| format!("skill://{name}/SKILL.md")));
    for skill in &listed {
        for file in skill["resources"].as_array().unwrap() {
            let read = house.mcp(true, "resources/read", json!({"uri": file["uri"]})).await;
            let contents = &read["result"]["contents"][0];
            let text = contents["text"].as_str().unwrap_or_else(|| panic!("{read}"));
            assert_eq!(file["digest"], format!("sha256:{}", Digest::of(text.as_bytes())), "{file}");
            assert_eq!(
                (file["size"].as_u64(), &contents["mimeType"]),
                (Some(text.len() as u64), &json!("text/markdown"))
            );
            let record = house.records().pop().unwrap();
            assert_eq!(
                (record.verb, contents["_meta"]["cairn/retrieval_id"].as_str()),
                (Verb::Resource, Some(record.id.as_str()))
            );
        }
        let got = house.mcp(true, "skills/get", json!({"uri": skill["uri"]})).await;
        assert_eq!(&got["result"]["skill"], skill);
    }
    let files: Vec<_> = listed[1]["resources"].as_array().unwrap().iter().map(|file| file["uri"].clone()).collect();
    assert_eq!(files, ["skill://deploy/SKILL.md", "skill://deploy/refs/pre%20checks.md"]);
    let read = house.mcp(true, "resources/read", json!({"uri": "skill://on-call/SKILL.md"})).await;
    assert_eq!(
        read["result"]["contents"][0]["text"],
        "---\nname: on-call\ndescription: \"What to do when the \\\"pager\\\" rings\"\n---\n\n# On call\n\nStay calm.\n"
    );
}

#[tokio::test]
async fn a_private_skill_is_none_for_strangers() {
    let house = house().await;
    let listed = skills(&house, false).await;
    assert!(!json!(listed).to_string().contains("corpus"), "{listed:?}");
    let told = async |method: &str, name: &str| {
        let answer = house.mcp(false, method, json!({"uri": format!("skill://{name}/SKILL.md")})).await;
        assert!(answer["error"].is_object(), "{answer}");
        answer.to_string().replace(name, "NAME")
    };
    for method in ["skills/get", "resources/read"] {
        assert_eq!(told(method, "corpus-deploy-skill").await, told(method, "nothing").await);
    }
    let other = house.mcp(false, "resources/read", json!({"uri": "skill://deploy/none.md"})).await;
    assert_eq!(other["error"]["code"], -32002);
}
