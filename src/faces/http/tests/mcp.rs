//! MCP over HTTP and over streams: both eras, the three tools, resources, and who sees what.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use super::house::{PRIVATE_WORD, PUBLIC_WORD, TestHouse, get, post};
use crate::access::Action;
use crate::library::Face;
use crate::owner;

pub(super) fn call(tool: &str, arguments: &Value) -> Value {
    json!({"name": tool, "arguments": arguments})
}

pub(super) fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap()
}

#[tokio::test]
async fn what_stands_is_told_again_as_it_was_told_first_and_to_nobody_else() {
    let house = TestHouse::open().await;
    let agent = house.make("agent", &["corpus"], &[Action::Read, Action::Feedback], None);
    let ask = |method: &str, token: Option<&str>, id: Value, said: &str| {
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "probe", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": {"_meta": meta}});
        let mut request = post("/mcp", &message, token);
        request.headers_mut().insert("mcp-protocol-version", "2026-07-28".parse().unwrap());
        request.headers_mut().insert("mcp-method", said.parse().unwrap());
        house.send(request)
    };
    for method in ["tools/list", "server/discover"] {
        let mut told = Vec::new();
        for token in [None, Some(house.token.as_str()), Some(agent.as_str())] {
            let first = ask(method, token, json!(1), method).await;
            assert_eq!(first.status, StatusCode::OK, "{}", first.text());
            assert!(first.json()["result"].is_object(), "{}", first.text());
            let again = ask(method, token, json!("two"), method).await;
            assert_eq!(again.text(), first.text().replacen("\"id\":1,", "\"id\":\"two\",", 1));
            assert_eq!(again.header("content-type"), first.header("content-type"));
            told.push(first.json()["result"].clone());
        }
        assert!(told[0] != told[1] && told[0] != told[2], "{method}: a stranger has less");
        // Whether the headers are those of the message is asked each time.
        let other = ask(method, None, json!(3), "prompts/list").await;
        assert_eq!(other.status, StatusCode::BAD_REQUEST, "{}", other.text());
    }

    let before = ask("server/discover", None, json!(1), "server/discover").await;
    assert!(before.text().contains("playbook (3 documents)"), "{}", before.text());
    house.write("playbook/more.md", "# More\n").await;
    let after = ask("server/discover", None, json!(1), "server/discover").await;
    assert!(after.text().contains("playbook (4 documents)"), "{}", after.text());
}

#[tokio::test]
async fn a_client_of_2025_11_25_initialises_lists_and_calls() {
    let house = TestHouse::open().await;
    let hello =
        json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "probe", "version": "1"}});
    let opened = house.mcp(false, "initialize", hello).await;
    let opened = &opened["result"];
    assert_eq!(opened["protocolVersion"], "2025-11-25");
    assert_eq!(
        opened["capabilities"],
        json!({"tools": {}, "resources": {}, "prompts": {}, "completions": {}, "extensions": {"io.modelcontextprotocol/skills": {}}})
    );
    let instructions = opened["instructions"].as_str().unwrap();
    assert!(instructions.chars().count() < 2_000 && instructions.contains("playbook (3 documents)"), "{instructions}");
    assert!(!instructions.contains("corpus"), "{instructions}");

    let listed = house.mcp(false, "tools/list", json!({})).await;
    let names: Vec<_> = listed["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].clone()).collect();
    assert_eq!(names, ["search_context", "get_document", "browse_context"]);
    assert!(listed.to_string().len() < 8_192);

    let found = house
        .mcp(
            false,
            "tools/call",
            call("search_context", &json!({"query": PUBLIC_WORD, "limit": "3", "detail": "full"})),
        )
        .await;
    let found = &found["result"];
    assert_eq!(found["isError"], false);
    assert!(found.get("resultType").is_none());
    let hit = &found["structuredContent"]["hits"][0];
    assert_eq!(hit["uri"], "cairn://playbook/release");
    for fact in [
        "Releasing › Freeze",
        "cairn://playbook/release#freeze",
        hit["passage"].as_str().unwrap().trim(),
        hit["citation"]["sha256"].as_str().unwrap(),
        found["structuredContent"]["retrieval_id"].as_str().unwrap(),
        &format!("score {}", hit["score"].as_f64().unwrap()),
    ] {
        assert!(text(found).contains(fact), "{fact}\n{}", text(found));
    }
    let same = house.stranger(&format!("/api/v1/search?q={PUBLIC_WORD}&limit=3")).await.json();
    assert_eq!(same["hits"], found["structuredContent"]["hits"]);
}

#[tokio::test]
async fn a_client_of_2026_07_28_needs_no_session() {
    let house = TestHouse::open().await;
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "modern", "version": "2"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let ask = async |method: &str, name: Option<&str>, mut params: Value| {
        params["_meta"] = meta.clone();
        let message = json!({"jsonrpc": "2.0", "id": "a", "method": method, "params": params});
        let mut request = post("/mcp", &message, Some(&house.token));
        let mut put = |header: &'static str, value: &str| request.headers_mut().insert(header, value.parse().unwrap());
        put("mcp-protocol-version", "2026-07-28");
        put("mcp-method", method);
        if let Some(name) = name {
            put("mcp-name", name);
        }
        house.send(request).await
    };
    let discovered = ask("server/discover", None, json!({})).await.json();
    let discovered = &discovered["result"];
    assert!(discovered["supportedVersions"].as_array().unwrap().contains(&json!("2026-07-28")));
    assert_eq!((&discovered["cacheScope"], &discovered["resultType"]), (&json!("private"), &json!("complete")));
    assert!(discovered["instructions"].as_str().unwrap().contains("corpus (1 documents)"));

    let listed = ask("tools/list", None, json!({})).await.json();
    assert_eq!(listed["result"]["cacheScope"], "private");
    assert!(listed["result"]["ttlMs"].is_number());

    let found =
        ask("tools/call", Some("search_context"), call("search_context", &json!({"query": PRIVATE_WORD}))).await.json();
    assert_eq!(found["result"]["resultType"], "complete");
    assert_eq!(found["result"]["structuredContent"]["hits"][0]["uri"], "cairn://corpus/reorg");
    let record = house.records().pop().unwrap();
    assert_eq!((record.face, record.client.unwrap().name.as_str()), (Face::Mcp, "modern"));

    let missing = ask("resources/read", Some("cairn://corpus/none"), json!({"uri": "cairn://corpus/none"})).await;
    assert_eq!(missing.json()["error"]["code"], -32602);
    let unknown = ask("nonsense/method", None, json!({})).await;
    assert_eq!((unknown.status, &unknown.json()["error"]["code"]), (StatusCode::NOT_FOUND, &json!(-32601)));
    let crossed = ask("tools/call", Some("get_document"), call("search_context", &json!({"query": "x"}))).await;
    assert_eq!((crossed.status, &crossed.json()["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(-32020)));
}

#[tokio::test]
async fn what_is_wrong_is_told_as_a_result_that_names_the_field() {
    let house = TestHouse::open().await;
    let cases = [
        ("search_context", json!({"query": "x", "limit": 21}), "limit: 21 is not between 1 and 20"),
        ("search_context", json!({"query": "x", "limit": "lots"}), "limit: is not a whole number"),
        (
            "search_context",
            json!({"query": "x", "status": ["new"]}),
            "draft, accepted, deprecated, superseded, retired",
        ),
        ("search_context", json!({}), "query: is empty"),
        ("get_document", json!({"uri": "cairn://playbook/release", "section": "x"}), "has no section"),
        ("get_document", json!({"uri": "nowhere"}), "no such document"),
        ("browse_context", json!({"kind": "x"}), "unknown field `kind`, expected one of"),
        ("get_document", json!({"url": "x"}), "unknown field `url`, expected one of `uri`, `section`"),
    ];
    for (tool, arguments, expected) in cases {
        let answer = house.mcp(true, "tools/call", call(tool, &arguments)).await;
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        assert!(text(&answer["result"]).contains(expected), "{expected}: {answer}");
    }
    let unknown = house.mcp(true, "tools/call", call("nothing", &json!({}))).await;
    assert_eq!(unknown["error"]["code"], -32602);
    assert!(house.records().is_empty());
}

#[tokio::test]
async fn blank_texts_are_left_out_as_models_fill_them_in() {
    let house = TestHouse::open().await;
    for (tool, blank, plain) in [
        (
            "search_context",
            json!({"query": "release", "cursor": "", "as_of": " ", "detail": ""}),
            json!({"query": "release"}),
        ),
        (
            "get_document",
            json!({"uri": "playbook/release", "section": "", "cursor": "", "as_of": ""}),
            json!({"uri": "playbook/release"}),
        ),
        ("browse_context", json!({"collection": "", "type": "", "prefix": "", "cursor": "\n"}), json!({})),
    ] {
        let told = async |arguments: &Value| {
            let mut result = house.mcp(true, "tools/call", call(tool, arguments)).await["result"].take();
            assert_ne!(result["isError"], true, "{arguments}: {result}");
            result["structuredContent"]["retrieval_id"].take();
            result["structuredContent"].take()
        };
        assert_eq!(told(&blank).await, told(&plain).await, "{tool}");
    }
    let gap = json!({"need": "how to fly", "tried": "", "process_id": ""});
    assert_ne!(house.mcp(true, "tools/call", call("report_gap", &gap)).await["result"]["isError"], true);
}

#[tokio::test]
async fn a_budget_that_is_named_for_want_of_room_is_enough_and_hardly_more() {
    let house = TestHouse::open().await;
    let read = async |tokens: usize| {
        let arguments = json!({"uri": "playbook/long", "max_tokens": tokens});
        house.mcp(true, "tools/call", call("get_document", &arguments)).await["result"].take()
    };
    let refused = read(120).await;
    let said = text(&refused);
    assert!(said.contains("leave no room for text"), "{said}");
    let named: usize = said.split("ask for ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert_ne!(read(named).await["isError"], true, "{said}");
    let mut least = 121;
    while read(least).await["isError"] == true {
        least += 1;
    }
    assert!(named - least < 16, "{named} is named, {least} is enough");
}

#[tokio::test]
async fn numbers_are_taken_as_models_write_them() {
    let house = TestHouse::open().await;
    let mut answers = Vec::new();
    for limit in [json!(1), json!(1.0), json!("1"), json!("1.0")] {
        let arguments = json!({"query": "release", "limit": limit, "collections": "playbook"});
        let answer = house.mcp(false, "tools/call", call("search_context", &arguments)).await;
        answers.push(answer["result"]["structuredContent"]["hits"].clone());
    }
    assert_eq!(answers[0].as_array().unwrap().len(), 1);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[tokio::test]
async fn a_stranger_cannot_tell_a_private_document_from_none() {
    let house = TestHouse::open().await;
    let mut texts = Vec::new();
    for uri in ["cairn://corpus/reorg", "cairn://corpus/other"] {
        let tool = house.mcp(false, "tools/call", call("get_document", &json!({"uri": uri}))).await.to_string();
        let resource = house.mcp(false, "resources/read", json!({"uri": uri})).await.to_string();
        texts.push((
            tool.replace(uri, "URI").replace("corpus/reorg", "ID").replace("corpus/other", "ID"),
            resource.replace(uri, "URI"),
        ));
    }
    assert_eq!(texts[0], texts[1]);
    let listed = house.mcp(false, "resources/list", json!({})).await.to_string();
    assert!(!listed.contains("corpus") && !listed.contains("Reorganisation"), "{listed}");
}

#[tokio::test]
async fn documents_are_resources_and_encoded_addresses_find_them() {
    let house = TestHouse::open().await;
    let listed = house.mcp(true, "resources/list", json!({})).await;
    let uris: Vec<_> = listed["result"]["resources"].as_array().unwrap().iter().map(|one| one["uri"].clone()).collect();
    assert_eq!(
        uris,
        ["cairn://corpus/reorg", "cairn://playbook/long", "cairn://playbook/on%20call", "cairn://playbook/release"]
    );
    for uri in ["cairn://playbook/on call", "cairn://playbook/on%20call"] {
        let read = house.mcp(true, "resources/read", json!({"uri": uri})).await;
        let contents = &read["result"]["contents"][0];
        assert_eq!((&contents["uri"], &contents["mimeType"]), (&json!(uri), &json!("text/markdown")));
        assert!(contents["text"].as_str().unwrap().starts_with("# On call"));
    }
    let templates = house.mcp(true, "resources/templates/list", json!({})).await;
    assert_eq!(templates["result"]["resourceTemplates"][0]["uriTemplate"], "cairn://{collection}/{+path}");
}

#[tokio::test]
async fn every_call_has_one_record_with_the_digests_that_were_served() {
    let house = TestHouse::open().await;
    let found = house
        .mcp(true, "tools/call", call("search_context", &json!({"query": "release freeze", "detail": "full"})))
        .await;
    let read = house.mcp(true, "tools/call", call("get_document", &json!({"uri": "playbook/release#freeze"}))).await;
    let listed = house.mcp(true, "tools/call", call("browse_context", &json!({"collection": "playbook"}))).await;
    let records = house.records();
    assert_eq!(records.len(), 3, "{records:?}");
    for (record, answer) in records.iter().zip([&found, &read, &listed]) {
        assert_eq!(answer["result"]["structuredContent"]["retrieval_id"], record.id.as_str());
        assert_eq!(record.face, Face::Mcp);
    }
    let hits = found["result"]["structuredContent"]["hits"].as_array().unwrap();
    let served: Vec<_> = hits.iter().map(|hit| hit["citation"]["sha256"].as_str().unwrap().to_owned()).collect();
    assert_eq!(served, records[0].hits.iter().map(|hit| hit.sha256.to_string()).collect::<Vec<_>>());
    assert_eq!(read["result"]["structuredContent"]["citation"]["sha256"], records[1].hits[0].sha256.to_string());
    assert!(
        text(&read["result"]).contains("````markdown source=\"cairn://playbook/release#freeze\""),
        "{}",
        text(&read["result"])
    );
}

#[tokio::test]
async fn there_is_no_stream_to_get_and_no_session_to_delete() {
    let house = TestHouse::open().await;
    assert_eq!(house.send(get("/mcp", None)).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_session_on_a_stream_is_the_owners_and_ends_when_the_other_end_closes() {
    let house = TestHouse::open().await;
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let (from, to) = tokio::io::split(theirs);
    let lent = Arc::new(AtomicUsize::new(0));
    let session = {
        let (library, lent) = (Arc::clone(&house.app.library), Arc::clone(&lent));
        let lender = crate::mcp::Lender::new(move || {
            lent.fetch_add(1, Ordering::Relaxed);
            (owner::reader(&library, Face::Stdio), owner::pen(&library, Face::Stdio))
        });
        tokio::spawn(crate::mcp::serve_stream(lender, crate::mcp::FaceOptions::default(), from, to))
    };
    let (read, mut write) = tokio::io::split(ours);
    let mut lines = BufReader::new(read).lines();
    let hello =
        json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "probe", "version": "1"}});
    for message in [
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call("search_context", &json!({"query": PRIVATE_WORD}))}),
    ] {
        write.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }
    let opened: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    assert_eq!(opened["result"]["protocolVersion"], "2025-06-18");
    let found: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    assert_eq!(found["result"]["structuredContent"]["hits"][0]["uri"], "cairn://corpus/reorg");
    write.shutdown().await.unwrap();
    session.await.unwrap().unwrap();
    assert!(lent.load(Ordering::Relaxed) >= 2, "each request sees the shelves there are when it comes");
    let record = house.records().pop().unwrap();
    assert_eq!(
        (record.face, record.who.as_str(), record.client.unwrap().name.as_str()),
        (Face::Stdio, "local", "probe")
    );
}

/// How many clients ask at once, and how often each.
const CLIENTS: usize = 64;
const CALLS: usize = 12;

fn page(client: usize) -> (String, String) {
    (format!("playbook/page{client}.md"), format!("# Page {client}\n\nOnly here is the word onlyword{client}end.\n"))
}

/// Looks whether an answer is the one to what this client asked.
fn is_its_own(answer: &Value, client: usize, call: usize) {
    assert_eq!(answer["id"], call, "client {client}: {answer}");
    let answered = &answer["result"];
    assert_eq!(answered["structuredContent"]["uri"], format!("cairn://playbook/page{client}"), "call {call}: {answer}");
    let word = format!("onlyword{client}end");
    assert!(text(answered).contains(&word), "client {client}, call {call}: {answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn answers_of_many_clients_never_cross_though_all_use_the_same_request_ids() {
    let house = Arc::new(TestHouse::open_on(&(0..CLIENTS).map(page).collect::<Vec<_>>()).await);
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..CLIENTS {
        let house = Arc::clone(&house);
        let ask = move |call: usize| {
            let arguments = json!({"uri": format!("playbook/page{client}"), "max_tokens": 200 + call});
            json!({"jsonrpc": "2.0", "id": call, "method": "tools/call", "params": super::mcp::call("get_document", &arguments)})
        };
        // Half of them over HTTP, half on streams where all requests are sent before an answer is read.
        if client % 2 == 0 {
            clients.spawn(async move {
                for call in 0..CALLS {
                    let answer = house.send(post("/mcp", &ask(call), None)).await.json();
                    is_its_own(&answer, client, call);
                }
            });
            continue;
        }
        clients.spawn(async move {
            let (ours, theirs) = tokio::io::duplex(64 * 1024);
            let (from, to) = tokio::io::split(theirs);
            let library = Arc::clone(&house.app.library);
            let lender =
                crate::mcp::Lender::new(move || (owner::reader(&library, Face::Stdio), owner::pen(&library, Face::Stdio)));
            let session = tokio::spawn(crate::mcp::serve_stream(lender, crate::mcp::FaceOptions::default(), from, to));
            let (read, mut write) = tokio::io::split(ours);
            let mut lines = BufReader::new(read).lines();
            let hello = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "probe", "version": "1"}});
            let opening = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello});
            let opened = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
            write.write_all(format!("{opening}\n{opened}\n").as_bytes()).await.unwrap();
            lines.next_line().await.unwrap().unwrap();
            for call in 0..CALLS {
                write.write_all(format!("{}\n", ask(call)).as_bytes()).await.unwrap();
            }
            let mut answered = Vec::new();
            while answered.len() < CALLS {
                let answer: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
                let call = usize::try_from(answer["id"].as_u64().unwrap()).unwrap();
                is_its_own(&answer, client, call);
                answered.push(call);
            }
            answered.sort_unstable();
            assert_eq!(answered, (0..CALLS).collect::<Vec<_>>(), "each request is answered once");
            write.shutdown().await.unwrap();
            session.await.unwrap().unwrap();
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    assert_eq!(house.records().len(), CLIENTS * CALLS, "and each has its record");
}

#[tokio::test]
async fn every_answer_has_what_the_schema_of_its_tool_says() {
    let house = TestHouse::open().await;
    let listed = house.mcp(true, "tools/list", json!({})).await;
    let tools = listed["result"]["tools"].as_array().unwrap().clone();
    assert_eq!(tools.len(), 6);
    let found = house.mcp(true, "tools/call", call("search_context", &json!({"query": "release"}))).await;
    let retrieval = found["result"]["structuredContent"]["retrieval_id"].clone();
    for tool in &tools {
        let name = tool["name"].as_str().unwrap();
        let cases = match name {
            "search_context" => vec![
                json!({"query": "release"}),
                json!({"query": "zqxjvkw"}),
                json!({"query": "release", "detail": "full"}),
            ],
            "get_document" => {
                vec![json!({"uri": "playbook/release"}), json!({"uri": "playbook/long", "max_tokens": 200})]
            }
            "browse_context" => vec![json!({}), json!({"collection": "none"})],
            "give_feedback" => vec![json!({"retrieval_id": retrieval, "verdict": "good"})],
            "report_gap" => vec![json!({"need": "how to fly"})],
            _ => vec![json!({
                "process_id": "ship", "timestamp": "2026-11-20T10:00:00Z", "model": "small-1", "inputs": {"version": "1"},
                "tools_invoked": [], "policy_checks": [], "decision": "shipped", "human_escalation": false,
                "owner": "ada", "retrievals": [retrieval],
            })],
        };
        for arguments in cases {
            let answer = house.mcp(true, "tools/call", call(name, &arguments)).await;
            assert_eq!(answer["result"]["isError"], false, "{answer}");
            for always in tool["outputSchema"]["required"].as_array().unwrap() {
                let has = &answer["result"]["structuredContent"][always.as_str().unwrap()];
                assert!(!has.is_null(), "{name} {always}: {answer}");
            }
        }
    }
}

#[tokio::test]
async fn what_depends_on_who_asks_is_kept_for_nobody_else_and_what_a_save_changes_for_no_time() {
    let house = TestHouse::open().await;
    for (method, params) in [
        ("server/discover", json!({})),
        ("tools/list", json!({})),
        ("resources/list", json!({})),
        ("resources/read", json!({"uri": "cairn://playbook/release"})),
        ("prompts/list", json!({})),
        ("skills/list", json!({})),
        ("skills/get", json!({"uri": "skill://release/SKILL.md"})),
        ("resources/read", json!({"uri": "skill://release/SKILL.md"})),
    ] {
        for owner in [false, true] {
            let answer = house.mcp_now(owner, method, params.clone()).await;
            let kept = (&answer["result"]["cacheScope"], answer["result"]["ttlMs"].as_u64());
            let for_ms = if method == "tools/list" { 300_000 } else { 0 };
            assert_eq!(kept, (&json!("private"), Some(for_ms)), "{method}: {answer}");
        }
    }
    let template = house.mcp_now(true, "resources/templates/list", json!({})).await;
    assert_eq!(template["result"]["cacheScope"], "public", "the same for everybody");
}
