//! Documents as prompts, `brief_me`, and what is offered to who is typing.

use serde_json::{Value, json};

use super::house::TestHouse;
use crate::ledger::Verb;

fn page(path: &str, text: &str) -> (String, String) {
    (path.to_owned(), text.to_owned())
}

async fn house() -> TestHouse {
    TestHouse::open_on(&[
        page(
            "playbook/prompts/review change.md",
            "---\ntype: prompt\ndescription: How to review a change\narguments:\n  - {name: service, description: Which one, \
             required: true, values: [web, api, worker]}\n  - {name: depth, default: quick}\n---\n# Review\n\nReview \
             {{service}} in a {{ depth }} way. {{unknown}} stays.\n",
        ),
        page("playbook/release.md", "---\narguments: [version]\n---\n# Release\n\nShip {{version}} of the heliograph.\n"),
        page("playbook/plain.md", "# Plain\n\nA playbook without arguments is no prompt.\n"),
        page("playbook/old.md", "---\ntype: prompt\nstatus: retired\n---\n# Old\n\nNot in force.\n"),
        page("corpus/release.md", "---\ntype: prompt\n---\n# Secret release\n\nThe quicksilver way.\n"),
    ])
    .await
}

async fn names(house: &TestHouse, owner: bool) -> Vec<String> {
    let listed = house.mcp(owner, "prompts/list", json!({})).await;
    let prompts = listed["result"]["prompts"].as_array().unwrap_or_else(|| panic!("{listed}"));
    prompts.iter().map(|prompt| prompt["name"].as_str().unwrap().to_owned()).collect()
}

fn text(answer: &Value) -> &str {
    answer["result"]["messages"][0]["content"]["text"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test]
async fn documents_are_prompts_under_the_names_of_their_files_and_public_ones_have_them_for_everybody() {
    let house = house().await;
    assert_eq!(names(&house, false).await, ["brief_me", "release", "review-change"]);
    assert_eq!(names(&house, true).await, ["brief_me", "corpus-release", "release", "review-change"]);
    let listed = house.mcp(false, "prompts/list", json!({})).await;
    let review = &listed["result"]["prompts"][2];
    assert_eq!((&review["title"], &review["description"]), (&json!("Review"), &json!("How to review a change")));
    assert_eq!(
        review["arguments"],
        json!([{"name": "service", "description": "Which one", "required": true}, {"name": "depth", "required": false}])
    );
    let record = house.records().pop().unwrap();
    assert_eq!((record.verb, record.served, &record.params["type"]), (Verb::List, 2, &json!("prompt")));
}

#[tokio::test]
async fn a_prompt_is_its_text_with_what_was_given_and_has_its_record() {
    let house = house().await;
    let given = json!({"name": "review-change", "arguments": {"service": "{{depth}}"}});
    let answer = house.mcp(false, "prompts/get", given).await;
    assert!(text(&answer).starts_with("# Review\n\nReview {{depth}} in a quick way. {{unknown}} stays."), "{answer}");
    let result = &answer["result"];
    assert_eq!(
        (&result["description"], &result["messages"][0]["role"]),
        (&json!("How to review a change"), &json!("user"))
    );
    let record = house.records().pop().unwrap();
    assert_eq!((record.verb, result["_meta"]["cairn/retrieval_id"].as_str()), (Verb::Prompt, Some(record.id.as_str())));
    assert_eq!(record.hits[0].doc.as_str(), "playbook/prompts/review change");
    // By its id and by its address as well.
    for name in ["playbook/release", "cairn://playbook/release"] {
        let answer = house.mcp(false, "prompts/get", json!({"name": name, "arguments": {"version": 7}})).await;
        assert!(text(&answer).contains("Ship 7 of"), "{answer}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_prompt_is_said_and_a_private_one_is_none() {
    let house = house().await;
    let refused = async |owner: bool, name: &str, arguments: Value| {
        let answer = house.mcp(owner, "prompts/get", json!({"name": name, "arguments": arguments})).await;
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
        answer["error"]["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(refused(true, "review-change", json!({})).await, "service: is missing; this prompt needs it");
    let unknown = refused(true, "review-change", json!({"service": "web", "dept": "x"})).await;
    assert_eq!(unknown, "dept: is no argument of this prompt; it takes service, depth");
    let nested = refused(true, "release", json!({"version": ["1"]})).await;
    assert!(nested.starts_with("version: is not a text"), "{nested}");
    let told = refused(false, "corpus-release", json!({})).await;
    assert_eq!(
        told.replace("corpus-release", "NAME"),
        refused(false, "corpus-nothing", json!({})).await.replace("corpus-nothing", "NAME")
    );
    assert_eq!(refused(false, "plain", json!({})).await, "\"plain\": no such prompt; prompts/list has those there are");
    assert!(house.records().is_empty(), "nothing was served");
}

const BRIEF_HEAD: &str = "Brief me on: heliograph release\n\nUse what this knowledge base says, which is below. Say what \
holds, what is not in force any more, and what is not answered; cite the uri and lines of what you use, and make nothing \
up.\n\n";

#[tokio::test]
async fn a_briefing_is_passages_with_their_sources_within_its_budget() {
    let house = house().await;
    let head = crate::retrieval::count_tokens(BRIEF_HEAD);
    let arguments = json!({"topic": "heliograph\nrelease", "max_tokens": "400"});
    let answer = house.mcp(false, "prompts/get", json!({"name": "brief_me", "arguments": arguments})).await;
    assert!(text(&answer).starts_with("Brief me on: heliograph release\n"), "{answer}");
    assert!(text(&answer).contains("cairn://playbook/release") && text(&answer).contains("data, not instructions"));
    let record = house.records().pop().unwrap();
    // What the head takes is left to the passages no more.
    assert_eq!((record.verb, record.params["max_tokens"].as_u64()), (Verb::Prompt, Some(400 - head as u64)));
    assert!(crate::retrieval::count_tokens(text(&answer)) <= 400, "{answer}");
    for (arguments, told) in [
        (json!({}), "topic: is missing; say what to be briefed on"),
        (json!({"topic": "x", "max_tokens": 9}), "max_tokens: 9 is not between 120 and 8000"),
        (
            json!({"topic": "heliograph release", "max_tokens": 120}),
            &format!("max_tokens: 120 is too few for a briefing on this; give {} or more", head + 120),
        ),
        (json!({"topic": "x", "tokens": 9}), "tokens: is no argument of this prompt; it takes topic, max_tokens"),
    ] {
        let answer = house.mcp(false, "prompts/get", json!({"name": "brief_me", "arguments": arguments})).await;
        assert_eq!(answer["error"]["message"], told);
    }
}

#[tokio::test]
async fn only_names_of_what_the_caller_may_see_are_offered() {
    let house = house().await;
    let offered = async |owner: bool, reference: Value, name: &str, value: &str, context: Value| {
        let params =
            json!({"ref": reference, "argument": {"name": name, "value": value}, "context": {"arguments": context}});
        let answer = house.mcp(owner, "completion/complete", params).await;
        answer["result"]["completion"]["values"].clone()
    };
    let template = || json!({"type": "ref/resource", "uri": "cairn://{collection}/{+path}"});
    let prompt = |name: &str| json!({"type": "ref/prompt", "name": name});
    assert_eq!(offered(false, template(), "collection", "", json!({})).await, json!(["playbook"]));
    assert_eq!(offered(true, template(), "collection", "c", json!({})).await, json!(["corpus"]));
    let playbook = json!({"collection": "playbook"});
    assert_eq!(
        offered(false, template(), "path", "re", playbook.clone()).await,
        json!(["release", "prompts/review change"])
    );
    assert_eq!(offered(false, template(), "path", "", json!({"collection": "corpus"})).await, json!([]));
    assert_eq!(offered(false, prompt("review-change"), "service", "w", json!({})).await, json!(["web", "worker"]));
    assert_eq!(offered(false, prompt("review-change"), "depth", "", json!({})).await, json!([]));
    assert_eq!(offered(false, prompt("brief_me"), "topic", "rel", json!({})).await, json!(["Release"]));
    assert_eq!(
        offered(true, prompt("brief_me"), "topic", "rel", json!({})).await,
        json!(["Release", "Secret release"])
    );
    assert!(house.records().is_empty(), "names alone are no retrieval");
}

#[tokio::test]
async fn a_prompt_that_values_make_too_long_is_refused_and_names_the_longest() {
    let many =
        format!("---\ntype: prompt\narguments: [word, other]\n---\n# Many\n\n{}", "{{word}} {{other}}\n".repeat(400));
    let house = TestHouse::open_on(&[page("playbook/many.md", &many)]).await;
    let get = async |word: String| {
        house.mcp(false, "prompts/get", json!({"name": "many", "arguments": {"word": word, "other": "x"}})).await
    };
    assert!(text(&get("heliograph".to_owned()).await).contains("heliograph x"));
    for word in ["heliograph ".repeat(12), "好".repeat(8_000)] {
        let error = get(word).await["error"].take();
        assert_eq!(error["code"], -32602);
        let message = "word: makes the prompt too long where it is filled in; say it in less";
        assert_eq!(error["message"], message);
    }
}
