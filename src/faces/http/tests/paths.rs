//! Paths that try to lead out: over the API, the pages and MCP they name nothing, as any other path that names nothing.

use axum::http::{Request, StatusCode};
use serde_json::json;

use super::house::{PRIVATE_WORD, TestHouse};
use super::mcp::call;

/// A word that stands in files that no collection holds.
const OUTSIDE_WORD: &str = "cinnabar";

/// Ways to write a path to `corpus/reorg.md` or to `outside.md` from `playbook/`.
const PATHS: [&str; 22] = [
    "../corpus/reorg",
    "../outside.md",
    "..%2fcorpus%2freorg",
    "%2e%2e/corpus/reorg",
    "%2e%2e%2fcorpus%2freorg",
    "%2e%2e%2foutside.md",
    "%252e%252e%252fcorpus%252freorg",
    "%25252e%25252e%25252foutside.md",
    "%c0%ae%c0%ae/outside.md",
    "%c0%ae%c0%ae%c0%afoutside.md",
    "%e0%80%ae%e0%80%ae/outside.md",
    "..%5ccorpus%5creorg",
    "..%5c..%5coutside.md",
    "release%00.md",
    "release%00/../../outside.md",
    "..%00/outside.md",
    "....//outside.md",
    "..;/outside.md",
    "%uff0e%uff0e/outside.md",
    "%EF%BC%8E%EF%BC%8E/outside.md",
    "./../outside.md",
    ".git/config",
];

async fn house() -> TestHouse {
    let house = TestHouse::open().await;
    std::fs::write(house.path("outside.md"), format!("# Outside\n\nThe {OUTSIDE_WORD} is kept here.\n")).unwrap();
    std::fs::create_dir(house.path("playbook/.git")).unwrap();
    std::fs::write(house.path("playbook/.git/config"), OUTSIDE_WORD).unwrap();
    house
}

#[tokio::test]
async fn no_path_leads_out_over_the_api_or_to_a_page() {
    let house = house().await;
    let absolute = house.path("outside.md").display().to_string();
    for path in PATHS.iter().copied().chain([absolute.as_str(), "/etc/passwd", "file:///etc/passwd"]) {
        for before in
            ["/api/v1/documents/playbook/", "/api/v1/documents/", "/playbook/", "/playbook/release/", "/", "/assets/"]
        {
            let path = format!("{before}{path}");
            let request = Request::get(&path).header("host", "localhost:7171").body(axum::body::Body::empty());
            // What is no address is refused before it comes here.
            let Ok(request) = request else { continue };
            let reply = house.send(request).await;
            assert!(
                [StatusCode::NOT_FOUND, StatusCode::BAD_REQUEST].contains(&reply.status),
                "{path}: {} {}",
                reply.status,
                reply.text()
            );
            let text = reply.text();
            assert!(
                !text.contains(OUTSIDE_WORD) && !text.contains(PRIVATE_WORD) && !text.contains("root:"),
                "{path}: {text}"
            );
        }
    }
}

#[tokio::test]
async fn no_path_leads_out_over_mcp_for_whoever_asks() {
    let house = house().await;
    let absolute = house.path("outside.md").display().to_string();
    let plain = [
        "playbook/../outside",
        "playbook/..\\..\\outside",
        "playbook/release\0",
        "/etc/passwd",
        "file:///etc/passwd",
        "corpus/../../outside",
    ];
    let all = PATHS.iter().map(|path| format!("playbook/{path}")).chain(plain.map(str::to_owned)).chain([absolute]);
    for path in all {
        for uri in [path.clone(), format!("cairn://{path}")] {
            for owner in [false, true] {
                let calls = [
                    ("tools/call", json!({"name": "get_document", "arguments": {"uri": uri}})),
                    ("tools/call", json!({"name": "browse_context", "arguments": {"prefix": path}})),
                    ("resources/read", json!({"uri": uri})),
                ];
                for (method, params) in calls {
                    let answer = house.mcp(owner, method, params).await;
                    let refused = answer["error"].is_object()
                        || answer["result"]["isError"] == true
                        || answer["result"]["structuredContent"]["documents"] == json!([]);
                    assert!(refused, "{method} {uri:?}: {answer}");
                    let text = answer.to_string();
                    assert!(!text.contains(OUTSIDE_WORD) && !text.contains(PRIVATE_WORD), "{method} {uri:?}: {text}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_document_is_read_by_its_name_whatever_signs_are_in_it() {
    let names = ["C", "C# style", "C#", "50%", "50%25", "why so?", "Überblick & Plan", "a+b"];
    let page = |name: &str| {
        (format!("playbook/{name}.md"), format!("# Of {name}\n\nAbout {name} alone.\n\n## Part\n\nMore.\n"))
    };
    let house = TestHouse::open_on(&names.map(page)).await;
    let listed = house.mcp(false, "resources/list", json!({})).await;
    let resources = listed["result"]["resources"].as_array().unwrap();
    assert_eq!(resources.len(), names.len());
    for resource in resources {
        let (name, uri) = (resource["name"].as_str().unwrap(), resource["uri"].as_str().unwrap());
        assert!(uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"#?\"<>".contains(&byte)), "{uri} is no URI");
        let title = format!("About {} alone.", name.trim_start_matches("playbook/"));
        let read = house.mcp(false, "resources/read", json!({"uri": uri})).await;
        let contents = &read["result"]["contents"][0];
        assert!(contents["text"].as_str().is_some_and(|text| text.contains(&title)), "{uri}: {read}");
        assert_eq!(contents["uri"], uri);
        let called = call("get_document", &json!({"uri": format!("cairn://{name}")}));
        let read = house.mcp(false, "tools/call", called).await;
        assert!(
            read["result"]["structuredContent"]["text"].as_str().is_some_and(|text| text.contains(&title)),
            "{read}"
        );
        let path = uri.trim_start_matches("cairn://");
        let read = house.stranger(&format!("/api/v1/documents/{path}")).await.json();
        assert!(read["text"].as_str().is_some_and(|text| text.contains(&title)), "{path}: {read}");
    }
    let called = call("get_document", &json!({"uri": "playbook/C# style", "section": "part"}));
    let read = house.mcp(false, "tools/call", called).await;
    assert!(read["result"]["structuredContent"]["text"].as_str().is_some_and(|text| text.contains("More.")), "{read}");
    let called = call("get_document", &json!({"uri": "cairn://playbook/C# style#part"}));
    let again = house.mcp(false, "tools/call", called).await;
    assert_eq!(again["result"]["structuredContent"]["text"], read["result"]["structuredContent"]["text"]);
    let called = call("get_document", &json!({"uri": "cairn://playbook/a+b#part"}));
    let read = house.mcp(false, "tools/call", called).await;
    assert!(read["result"]["structuredContent"]["text"].as_str().is_some_and(|text| !text.contains("About")), "{read}");
}
