//! What an agent is told whose parameters do not have their form, in both eras of the protocol.

use serde_json::{Value, json};

use super::house::TestHouse;

async fn both(house: &TestHouse, method: &str, params: &Value) -> [Value; 2] {
    [house.mcp(false, method, params.clone()).await, house.mcp_now(false, method, params.clone()).await]
}

#[tokio::test]
async fn a_call_whose_arguments_are_a_text_is_made_and_any_other_form_is_told_to_the_model() {
    let house = TestHouse::open().await;
    let params = json!({"name": "search_context", "arguments": "{\"query\": \"kite\", \"limit\": \"1\"}"});
    let mut types = Vec::new();
    for answer in both(&house, "tools/call", &params).await {
        let hits = &answer["result"]["structuredContent"]["hits"];
        types.push(answer["result"]["resultType"].clone());
        assert_eq!(hits.as_array().map(Vec::len), Some(1), "{answer}");
    }
    assert_eq!(types, [Value::Null, json!("complete")], "as every result of the era");
    let params = json!({"name": "search_context", "arguments": ["kite"]});
    for answer in both(&house, "tools/call", &params).await {
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        assert!(text.starts_with("arguments: are a list; give an object"), "{text}");
    }
    let nothing = json!({"name": "get_document", "arguments": {}});
    for answer in both(&house, "tools/call", &nothing).await {
        assert_eq!(
            answer["result"]["content"][0]["text"],
            "uri: is missing; give that of a document, as search and browse give it"
        );
    }
}

#[tokio::test]
async fn a_listing_of_nothing_says_in_both_forms_what_there_is() {
    let house = TestHouse::open().await;
    let params = json!({"name": "browse_context", "arguments": {"type": "poem"}});
    for answer in both(&house, "tools/call", &params).await {
        let hint = answer["result"]["structuredContent"]["hint"].as_str().unwrap();
        assert!(hint.contains("types there are: playbook"), "{hint}");
        assert!(answer["result"]["content"][0]["text"].as_str().unwrap().contains(hint), "{answer}");
    }
}
