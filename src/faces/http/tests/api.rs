//! The verbs over HTTP: what they find, for whom, and what they say when there is nothing.

use axum::http::StatusCode;
use serde_json::json;

use super::house::{PRIVATE_WORD, PUBLIC_WORD, TestHouse, get, post};
use crate::access::Role;
use crate::library::Face;

#[tokio::test]
async fn a_stranger_finds_what_is_public_and_the_owner_finds_both() {
    let house = TestHouse::open().await;
    let public = house.stranger(&format!("/api/v1/search?q={PUBLIC_WORD}+freeze")).await;
    assert_eq!(public.status, StatusCode::OK, "{}", public.text());
    let hit = &public.json()["hits"][0];
    assert_eq!(hit["uri"], "cairn://playbook/release");
    assert_eq!(hit["citation"]["anchor"], "freeze");
    assert!(hit["passage"].as_str().unwrap().contains(PUBLIC_WORD));
    assert_eq!(hit["why"], json!(null));

    let wanted = format!("/api/v1/search?q={PRIVATE_WORD}&explain=1&limit=5");
    let stranger = house.stranger(&wanted).await;
    assert!(!stranger.text().contains("corpus/") && !stranger.text().contains(PRIVATE_WORD), "{}", stranger.text());
    let owner = house.owner(&wanted).await.json();
    assert_eq!(owner["hits"][0]["uri"], "cairn://corpus/reorg");
    assert!(owner["hits"][0]["why"]["lexical"]["rank"].is_number());
}

#[tokio::test]
async fn the_same_question_can_be_a_query_string_or_a_body() {
    let house = TestHouse::open().await;
    let body = json!({"query": "release freeze", "limit": 2, "types": null, "collections": ["playbook"]});
    let posted = house.send(post("/api/v1/search", &body, None)).await;
    assert_eq!(posted.status, StatusCode::OK, "{}", posted.text());
    let asked = house.stranger("/api/v1/search?query=release+freeze&limit=2.0&collections=playbook,journeys").await;
    let repeated = house.stranger("/api/v1/search?q=release+freeze&limit=2&collections=playbook&collections=x").await;
    assert_eq!(posted.json()["hits"], asked.json()["hits"]);
    assert_eq!(asked.json()["hits"], repeated.json()["hits"]);
}

#[tokio::test]
async fn unknown_and_forbidden_documents_are_answered_with_the_same_bytes_but_for_the_id_that_was_asked_for() {
    let house = TestHouse::open().await;
    let forbidden = house.stranger("/api/v1/documents/corpus/reorg").await;
    assert_eq!(forbidden.status, StatusCode::NOT_FOUND);
    assert_eq!(forbidden.header("content-type"), "application/problem+json");
    let detail = "corpus/reorg: no such document; browse or search to find its id";
    assert_eq!(forbidden.json()["detail"], detail);
    let long = format!("corpus/{}", "x".repeat(300));
    for (path, id) in [
        ("corpus/nothing", "corpus/nothing"),
        ("nowhere/x", "nowhere/x"),
        ("x", "x"),
        ("corpus/reorg.md", "corpus/reorg.md"),
        ("../etc/passwd", "../etc/passwd"),
        ("%ff%fe", "%ff%fe"),
        ("corpus/reorg%23x", "corpus/reorg"),
        (long.as_str(), long.get(..200).unwrap()),
    ] {
        let unknown = house.stranger(&format!("/api/v1/documents/{path}")).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(unknown.text(), forbidden.text().replace("corpus/reorg", id), "{path}");
        for (name, value) in &unknown.headers {
            let own = name == "x-request-id" || (name == "content-length" && value == &unknown.body.len().to_string());
            assert!(own || forbidden.headers.get(name) == Some(value), "{path} {name}");
        }
    }
    let owner = house.owner("/api/v1/documents/corpus/nothing").await;
    assert_eq!(owner.text(), forbidden.text().replace("corpus/reorg", "corpus/nothing"));
    assert_eq!(house.owner("/api/v1/documents/corpus/reorg").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_document_is_read_as_json_as_markdown_by_section_and_in_parts() {
    let house = TestHouse::open().await;
    let whole = house.stranger("/api/v1/documents/playbook/release").await.json();
    assert_eq!(whole["title"], "Releasing");
    assert_eq!(whole["links"][0]["uri"], "cairn://playbook/on call");
    // A link from a private page is nobody's business here.
    assert_eq!(whole["backlinks"], json!([]));

    let section = house.stranger("/api/v1/documents/playbook/release?section=freeze").await.json();
    assert!(section["text"].as_str().unwrap().starts_with("## Freeze"));

    for (path, accept) in [("release.md", "*/*"), ("release", "text/markdown"), ("on%20call.md", "")] {
        let mut request = get(&format!("/api/v1/documents/playbook/{path}"), None);
        request.headers_mut().insert("accept", accept.parse().unwrap());
        let markdown = house.send(request).await;
        assert_eq!(markdown.header("content-type"), "text/markdown; charset=utf-8", "{path}");
        assert!(markdown.text().starts_with("# "), "{}", markdown.text());
        assert!(markdown.header("x-cairn-retrieval-id").starts_with("r_"));
    }
    // Who asks for JSON gets it, by the path of a file as well.
    let mut request = get("/api/v1/documents/playbook/release.md", None);
    request.headers_mut().insert("accept", "application/json".parse().unwrap());
    assert_eq!(house.send(request).await.json()["title"], "Releasing");

    let (mut text, mut cursor, mut parts) = (String::new(), None::<String>, 0);
    loop {
        let next = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let part = house.stranger(&format!("/api/v1/documents/playbook/long?max_tokens=500{next}")).await.json();
        text.push_str(part["text"].as_str().unwrap());
        parts += 1;
        match part["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    assert!(parts > 3, "{parts}");
    for n in 0..400 {
        assert_eq!(text.matches(&format!("Line {n} says")).count(), 1, "{n}");
    }
}

#[tokio::test]
async fn the_catalogue_shows_to_each_what_they_may_see() {
    let house = TestHouse::open().await;
    let stranger = house.stranger("/api/v1/documents?limit=2").await.json();
    assert_eq!(stranger["collections"], json!([{"name": "playbook", "documents": 3}]));
    assert_eq!(stranger["documents"].as_array().unwrap().len(), 2);
    let rest = format!("/api/v1/documents?limit=2&cursor={}", stranger["next_cursor"].as_str().unwrap());
    assert_eq!(house.stranger(&rest).await.json()["documents"].as_array().unwrap().len(), 1);
    let owner = house.owner("/api/v1/documents?collection=corpus").await.json();
    assert_eq!(owner["documents"][0]["uri"], "cairn://corpus/reorg");
}

#[tokio::test]
async fn the_catalogue_takes_the_beginnings_of_the_addresses_it_gives() {
    let pages = [
        ("playbook/guides/one.md", "# One\n\nFirst.\n"),
        ("playbook/corpus/two.md", "# Two\n\nSecond.\n"),
        ("corpus/guides/three.md", "# Three\n\nThird.\n"),
    ];
    let house = TestHouse::open_on(&pages.map(|(path, text)| (path.to_owned(), text.to_owned()))).await;
    for (asked, expected) in [
        ("prefix=guides", &["corpus/guides/three", "playbook/guides/one"][..]),
        ("prefix=playbook/guides", &["playbook/guides/one"]),
        ("prefix=/Playbook/guides/", &["playbook/guides/one"]),
        ("prefix=cairn://playbook/guides", &["playbook/guides/one"]),
        ("prefix=cairn://playbook", &["playbook/corpus/two", "playbook/guides/one"]),
        ("prefix=playbook/guides&collection=playbook", &["playbook/guides/one"]),
        ("prefix=playbook/guides&collection=corpus", &[]),
        ("prefix=guides&collection=Corpus", &["corpus/guides/three"]),
        // A folder that is called like a collection is meant as it stands; its address means the collection.
        ("prefix=corpus/", &["playbook/corpus/two"]),
        ("prefix=cairn://corpus/", &["corpus/guides/three"]),
        ("prefix=&collection=&type=&cursor=", &["corpus/guides/three", "playbook/corpus/two", "playbook/guides/one"]),
    ] {
        let listed = house.owner(&format!("/api/v1/documents?{asked}")).await.json();
        let uris = listed["documents"].as_array().unwrap().iter().map(|one| one["uri"].as_str().unwrap().to_owned());
        let expected: Vec<String> = expected.iter().map(|id| format!("cairn://{id}")).collect();
        assert_eq!(uris.collect::<Vec<_>>(), expected, "{asked}");
    }
    let stranger = house.stranger("/api/v1/documents?prefix=cairn://corpus/").await.json();
    assert_eq!(stranger["documents"][0]["uri"], "cairn://playbook/corpus/two", "to whom there is no such collection");
}

#[tokio::test]
async fn a_wrong_question_is_told_which_field_is_wrong() {
    let house = TestHouse::open().await;
    let cases = [
        ("/api/v1/search", "query: is empty"),
        ("/api/v1/search?q=", "query: is empty"),
        ("/api/v1/search?q=x&limit=many", "limit: is not a whole number"),
        ("/api/v1/search?q=x&limit=101", "limit: 101 is not between 1 and 100"),
        ("/api/v1/search?q=x&max_tokens=7", "max_tokens: 7 is not between"),
        ("/api/v1/search?q=x&status=new", "status: \"new\" is not one of draft"),
        ("/api/v1/search?q=x&k=7", "unknown field `k`"),
        ("/api/v1/search?q=x&cursor=nonsense", "cursor"),
        ("/api/v1/documents?limit=0", "limit: 0 is not between"),
        ("/api/v1/documents/playbook/release?uri=x", "uri: stands in the path"),
    ];
    for (path, expected) in cases {
        let refused = house.stranger(path).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}");
        let problem = refused.json();
        assert!(problem["detail"].as_str().unwrap().contains(expected), "{path}: {problem}");
        assert_eq!((&problem["status"], &problem["type"]), (&json!(400), &json!("/docs/problems/bad-request")));
    }
    let body = house.send(post("/api/v1/search", &json!({"query": "x", "limit": []}), None)).await;
    assert!(body.text().contains("limit: is array, but has to be integer or null"), "{}", body.text());
    assert!(house.send(post("/api/v1/search", &json!([1]), None)).await.text().contains("not a JSON object"));
}

#[tokio::test]
async fn every_answer_has_one_record_with_the_digests_that_were_served() {
    let house = TestHouse::open().await;
    let mut request = get("/api/v1/search?q=release+freeze", Some(&house.token));
    request.headers_mut().insert("user-agent", "prober/1.2 (test)".parse().unwrap());
    let trace = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
    request.headers_mut().insert("traceparent", trace.parse().unwrap());
    let found = house.send(request).await.json();
    let read = house.stranger("/api/v1/documents/playbook/release").await.json();
    house.stranger("/api/v1/documents/corpus/reorg").await;
    house.stranger("/api/v1/search?q=").await;

    let records = house.records();
    assert_eq!(records.len(), 2, "{records:?}");
    assert_eq!(found["retrieval_id"], records[0].id.as_str());
    assert_eq!((records[0].role, records[0].face, records[0].trace.as_deref()), (Role::Owner, Face::Http, Some(trace)));
    let client = records[0].client.as_ref().unwrap();
    assert_eq!((client.name.as_str(), client.version.as_deref()), ("prober", Some("1.2")));
    let served: Vec<_> =
        found["hits"].as_array().unwrap().iter().map(|hit| hit["citation"]["sha256"].clone()).collect();
    let recorded: Vec<_> = records[0].hits.iter().map(|hit| json!(hit.sha256.to_string())).collect();
    assert_eq!(served, recorded);
    assert_eq!(read["citation"]["sha256"], records[1].hits[0].sha256.to_string());
    assert_eq!((records[1].role, records[1].who.as_str()), (Role::Anonymous, "anonymous"));
}
