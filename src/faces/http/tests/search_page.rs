//! The search page: what narrows it is asked of the index, stands in the ledger, and makes a list where nothing is asked.

use axum::http::StatusCode;
use serde_json::json;

use super::house::{PRIVATE_WORD, PUBLIC_WORD, TestHouse};
use super::mcp::call;

/// The pages that an answer of the search page leads to.
fn led_to(html: &str) -> Vec<&str> {
    let (_, main) = html.split_once("role=\"status\"").unwrap_or_default();
    let addresses = main.split("href=\"").skip(1).filter_map(|rest| rest.split(['"', '#']).next());
    let mut pages: Vec<_> = addresses.filter(|to| to.starts_with("/playbook/") || to.starts_with("/corpus")).collect();
    pages.dedup();
    pages
}

#[tokio::test]
async fn what_narrows_a_search_is_asked_of_the_index_and_written_down() {
    let house = TestHouse::open().await;
    let wide = house.stranger("/search?q=pager").await.text();
    assert!(wide.contains("href=\"/search?q=pager&amp;tag=ops\""), "{wide}");
    let narrowed = house.stranger("/search?q=who+is+on+duty&tag=ops&collection=playbook&fresh=verified").await;
    assert_eq!(narrowed.status, StatusCode::OK);
    assert!(led_to(&narrowed.text()).is_empty() && narrowed.text().contains("Ask the same of all pages"));
    let record = house.records().pop().unwrap();
    assert_eq!(record.params["fresh"], "verified");
    assert_eq!((&record.params["tags"][0], record.served), (&"ops".into(), 0));
    let narrowed = house.stranger("/search?q=who+is+on+duty&tag=ops").await.text();
    assert_eq!(led_to(&narrowed), ["/playbook/on%20call"], "{narrowed}");
    assert!(narrowed.contains("Has “"), "{narrowed}");
}

#[tokio::test]
async fn choices_without_a_question_list_public_pages_and_are_no_retrieval() {
    let house = TestHouse::open().await;
    let listed = house.stranger("/search?tag=ops").await.text();
    assert_eq!(led_to(&listed), ["/playbook/on%20call"]);
    let private = house.stranger("/search?collection=corpus").await.text();
    let nowhere = house.stranger("/search?collection=nowhere").await.text();
    assert_eq!(private.replace("corpus", "nowhere").replace("Corpus", "Nowhere"), nowhere);
    assert!(house.records().is_empty());
}

#[tokio::test]
async fn a_choice_that_is_none_is_named_and_a_misspelled_word_is_told_with_the_one_that_pages_have() {
    let house = TestHouse::open().await;
    for (query, said) in [
        ("q=x&fresh=ripe", "not one of verified, month, year, stale"),
        ("collection=No%20Such", "not a collection name"),
    ] {
        let refused = house.stranger(&format!("/search?{query}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(refused.text().contains(said) && refused.text().contains("Leave out: "), "{}", refused.text());
    }
    let wrong = PUBLIC_WORD.replace("trop", "torp");
    let html = house.stranger(&format!("/search?q=when+is+the+{wrong}&collection=playbook")).await.text();
    let link = format!("href=\"/search?q=when%20is%20the%20{PUBLIC_WORD}&amp;collection=playbook\">{PUBLIC_WORD}</a>?");
    assert!(html.contains(&link), "{html}");
    let wrong = PRIVATE_WORD.replace("silver", "sivler");
    assert!(!house.stranger(&format!("/search?q={wrong}")).await.text().contains(PRIVATE_WORD));
}

#[tokio::test]
async fn passages_that_are_near_by_meaning_alone_are_said_to_be_so_through_every_door() {
    let house = TestHouse::open().await;
    let note = "no passage has these words; near by meaning alone";
    for (asked, is_said) in [("pager", false), ("zqxjvkw", true)] {
        let drawn = house.stranger(&format!("/search?q={asked}")).await.text();
        assert!(!led_to(&drawn).is_empty(), "{drawn}");
        let api = house.stranger(&format!("/api/v1/search?q={asked}")).await.json();
        let result = house.mcp(false, "tools/call", call("search_context", &json!({"query": asked}))).await;
        let text = result["result"]["content"][0]["text"].as_str().unwrap();
        let said = [
            drawn.contains(note),
            api["note"] == note,
            result["result"]["structuredContent"]["note"] == note,
            text.contains(&format!("\nnote: {note}\n")),
        ];
        assert_eq!(said, [is_said; 4], "{asked}");
    }
}
