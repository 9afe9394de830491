//! The corpus as it was, under today's rules.

use cairn::library::wire::{ReadRequest, SearchRequest};

use crate::support::{Person, TestHouse};

const FIRST: &str = "# Kite\n\nThe kite rises against the wind.\n";
const PLAN: &str = "# Harbour\n\nThe harbour plan is drawn on vellum.\n";

fn request(query: &str, as_of: &str) -> SearchRequest {
    SearchRequest { query: query.to_owned(), as_of: Some(as_of.to_owned()), ..SearchRequest::default() }
}

/// The passages that somebody gets of an earlier state; or why there are none.
async fn then(person: &Person, query: &str, as_of: &str) -> Result<Vec<String>, String> {
    let answer = person.search(&request(query, as_of)).await.map_err(|error| error.to_string())?;
    Ok(answer.hits.into_iter().map(|hit| hit.passage).collect())
}

/// Whether somebody is shown the harbour plan of an earlier state, by searching or by reading.
async fn sees_the_plan(person: &Person, as_of: &str) -> bool {
    let found = then(person, "harbour plan vellum", as_of).await.unwrap();
    let read =
        ReadRequest { uri: "playbook/harbour".to_owned(), as_of: Some(as_of.to_owned()), ..ReadRequest::default() };
    let read = person.read(&read).await.is_ok();
    assert_eq!(read, found.iter().any(|text| text.contains("vellum")));
    read
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_of_a_token_asks_the_corpus_as_it_was_by_commit_and_by_day() {
    let mut house = TestHouse::of(&[("playbook/kite.md", FIRST)]).await;
    let first = house.commit("first");
    house.write("playbook/kite.md", &FIRST.replace("rises against", "drifts with"));
    house.index().await;
    let second = house.commit("second");
    house.write("playbook/kite.md", &FIRST.replace("rises against", "ignores"));
    house.index().await;
    let owner = house.owner();
    for (as_of, expected) in [
        (first.as_str(), "rises against"),
        (first.get(..10).unwrap(), "rises against"),
        ("HEAD~1", "rises against"),
        ("2023-11-14T22:13:30Z", "rises against"),
        ("main", "drifts with"),
        (&second, "drifts with"),
        ("2023-11-14", "drifts with"),
        ("2024-01-01", "drifts with"),
    ] {
        let found = then(&owner, "kite wind", as_of).await.unwrap();
        assert!(found.iter().any(|text| text.contains(expected)), "{as_of}: {found:?}");
    }
    let record =
        house.retrievals().into_iter().find(|record| record.params["as_of"] == "2023-11-14T22:13:30Z").unwrap();
    assert_eq!((record.commit.as_deref(), record.generation.len()), (Some(first.as_str()), 0));
    assert_eq!(record.hits[0].doc.as_str(), "playbook/kite");
    for unknown in ["2001-01-01", "no-such-branch", "0123456789"] {
        assert!(then(&owner, "kite", unknown).await.unwrap_err().contains("no commit of this history"), "{unknown}");
    }
    let refused = then(&house.stranger(), "kite", &first).await.unwrap_err();
    assert_eq!(refused, then(&house.stranger(), "kite", "no-such-branch").await.unwrap_err());
    assert!(refused.contains("token"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_private_today_or_was_private_then_is_not_public_in_the_past() {
    let mut house = TestHouse::of(&[("playbook/kite.md", FIRST), ("playbook/harbour.md", PLAN)]).await;
    let public_then = house.commit("public");
    let (member, owner) = (house.member("mate", "tide"), house.owner());
    assert!(sees_the_plan(&member, &public_then).await, "public then and today");
    house.write("playbook/harbour.md", &format!("---\nvisibility: private\n---\n{PLAN}"));
    house.index().await;
    let private_then = house.commit("private");
    for commit in [&public_then, &private_then] {
        assert!(!sees_the_plan(&member, commit).await, "private today, although the state was built before");
        assert!(sees_the_plan(&owner, commit).await);
    }
    house.write("playbook/harbour.md", PLAN);
    house.index().await;
    house.commit("public again");
    assert!(sees_the_plan(&member, &public_then).await);
    assert!(!sees_the_plan(&member, &private_then).await, "private then");
    house.remove("playbook/harbour.md");
    house.index().await;
    assert!(!sees_the_plan(&member, &public_then).await, "what is gone is nobody's who may not see everything");
    assert!(sees_the_plan(&owner, &public_then).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_is_not_merged_is_the_owners_alone() {
    let house = TestHouse::of(&[("playbook/kite.md", FIRST)]).await;
    let main = house.commit("main");
    house.write("playbook/kite.md", &FIRST.replace("rises", "secretly rises"));
    let draft = house.commit("draft");
    let heads = house.path(".git/refs/heads");
    std::fs::write(heads.join("draft"), format!("{draft}\n")).unwrap();
    std::fs::write(heads.join("main"), format!("{main}\n")).unwrap();
    let member = house.member("mate", "tide");
    assert!(then(&member, "kite", "main").await.is_ok());
    for name in ["draft", &draft] {
        assert!(then(&member, "kite", name).await.unwrap_err().contains("no commit of this history"));
    }
    assert!(then(&house.owner(), "kite", "draft").await.unwrap()[0].contains("secretly"));
}
