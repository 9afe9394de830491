//! The passages in an answer and those in its record are the same, byte for byte of their digests, in every face; and the
//! record says of where the question came from what the caller said.

use cairn::corpus::Digest;
use cairn::ledger::{Face, LedgerReader, Record, RecordName, Retrieval, Verb};
use serde_json::{Value, json};

use crate::support::{Repository, Served};

const FILES: [(&str, &str); 3] = [
    ("playbook/kite.md", "# Kite\n\nThe kite rises against the wind.\n\n## String\n\nThe string of a kite is long.\n"),
    ("journeys/flight.md", "# A flight\n\nWe flew a kite on the beach.\n"),
    ("corpus/plan.md", "---\nowner: ada\n---\n# Plan\n\nThe plan for the kite is private.\n"),
];
const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
const OTHER: &str = "00-1af7651916cd43dd8448eb211c80319c-10f067aa0ba902b7-01";

/// A passage as an answer has it: its text, and as much of its digest as is told.
type Passage = (String, String);

fn record(repository: &Repository, id: &str) -> Retrieval {
    let reader = LedgerReader::open(&repository.data().join("ledger")).unwrap();
    let line = reader.find(&RecordName::parse(id).unwrap()).unwrap();
    match line.unwrap_or_else(|| panic!("{id}: has no record")).record {
        Record::Retrieval(retrieval) => *retrieval,
        other => panic!("{other:?}"),
    }
}

/// The law: as many passages, in the same order, with the digests of what was served.
fn same(repository: &Repository, id: &str, served: &[Passage]) -> Retrieval {
    let record = record(repository, id);
    let written: Vec<String> = record.hits.iter().map(|hit| hit.sha256.to_string()).collect();
    let digests: Vec<String> = served.iter().map(|(text, _)| Digest::of(text.as_bytes()).to_string()).collect();
    assert_eq!(written, digests, "{id}: what was served is what is written down");
    for ((_, told), digest) in served.iter().zip(&digests) {
        assert!(told.len() >= 16 && digest.starts_with(told.as_str()), "{id}: {told} is told of {digest}");
    }
    record
}

fn hits(answer: &Value) -> Vec<Passage> {
    let hit = |hit: &Value| {
        (hit["passage"].as_str().unwrap().to_owned(), hit["citation"]["sha256"].as_str().unwrap().to_owned())
    };
    let all: Vec<_> = answer["hits"].as_array().unwrap_or_else(|| panic!("{answer}")).iter().map(hit).collect();
    assert!(!all.is_empty(), "{answer}");
    all
}

fn document(answer: &Value) -> Vec<Passage> {
    let text = answer["text"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    vec![(text, answer["citation"]["sha256"].as_str().unwrap().to_owned())]
}

fn id(answer: &Value) -> &str {
    answer["retrieval_id"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

fn facts(record: &Retrieval) -> (Face, Verb, &str, Option<&str>) {
    (record.face, record.verb, record.who.as_str(), record.client.as_ref().map(|client| client.name.as_str()))
}

/// A message of MCP over HTTP; its result.
fn mcp(served: &Served, method: &str, params: &Value, headers: &[(&str, &str)]) -> Value {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    let usual = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2025-06-18"),
        ("user-agent", "courier/2.1"),
    ];
    let (status, _, body) = served.ask("POST /mcp", &[&usual[..], headers].concat(), &message);
    assert_eq!(status, 200, "{body}");
    parsed(&body)["result"].clone()
}

fn call(tool: &str, arguments: &Value) -> Value {
    json!({"name": tool, "arguments": arguments})
}

/// Runs a command whose answer is JSON.
fn cli(repository: &Repository, arguments: &[&str]) -> Value {
    let ended = repository.run(&[arguments, &["--json"]].concat());
    parsed(&String::from_utf8_lossy(&ended.stdout))
}

#[test]
fn over_http_the_record_has_the_digests_and_what_the_headers_say() {
    let repository = Repository::of(&FILES);
    let served = repository.serve();
    let headers = [
        ("user-agent", "probe/1.2 (test)"),
        ("traceparent", TRACE),
        ("tracestate", "rojo=1"),
        ("tracestate", "congo=2"),
        ("x-cairn-process", " playbook/release "),
    ];
    let (_, _, body) = served.ask("GET /api/v1/search?q=kite+wind", &headers, "");
    let answer = parsed(&body);
    let search = same(&repository, id(&answer), &hits(&answer));
    assert_eq!(facts(&search), (Face::Http, Verb::Search, "anonymous", Some("probe")));
    assert_eq!(search.client.as_ref().unwrap().version.as_deref(), Some("1.2"));
    let trace = (search.trace.as_deref(), search.trace_state.as_deref(), search.process.as_deref());
    assert_eq!(trace, (Some(TRACE), Some("rojo=1,congo=2"), Some("playbook/release")));

    let token = format!("Bearer {}", served.token().unwrap());
    let long = "x".repeat(201);
    let posted = [
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
        ("traceparent", "00-nonsense"),
        ("tracestate", "rojo=1"),
        ("x-cairn-process", long.as_str()),
    ];
    let (_, _, body) = served.ask("POST /api/v1/search", &posted, r#"{"query": "plan for the kite"}"#);
    let answer = parsed(&body);
    let search = same(&repository, id(&answer), &hits(&answer));
    assert_eq!((search.role.as_str(), search.client.as_ref()), ("owner", None));
    assert_eq!((search.trace, search.trace_state, search.process), (None, None, None), "what has not its form is left");
    assert!(search.hits.iter().any(|hit| hit.doc.as_str() == "corpus/plan"), "{:?}", search.hits);

    let (_, _, body) = served.ask("GET /api/v1/documents/playbook/kite?section=string", &headers, "");
    let answer = parsed(&body);
    let read = same(&repository, id(&answer), &document(&answer));
    assert_eq!(
        (facts(&read), read.trace.as_deref()),
        ((Face::Http, Verb::Read, "anonymous", Some("probe")), Some(TRACE))
    );

    let (_, head, body) = served.ask("GET /api/v1/documents/playbook/kite.md", &headers, "");
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap().to_owned();
    same(&repository, &header("x-cairn-retrieval-id"), &[(body, header("x-cairn-sha256"))]);

    let (_, _, body) = served.ask("GET /api/v1/documents", &headers, "");
    let listed = record(&repository, id(&parsed(&body)));
    assert_eq!((listed.verb, listed.served, listed.hits.len()), (Verb::Browse, 2, 0));
    assert_eq!(listed.process.as_deref(), Some("playbook/release"));
    drop(served);
}

#[test]
fn over_mcp_the_record_has_the_digests_and_what_the_message_says() {
    let repository = Repository::of(&FILES);
    let served = repository.serve();
    let headers = [("traceparent", TRACE), ("x-cairn-process", "of the header")];
    for detail in ["concise", "full"] {
        let params = call("search_context", &json!({"query": "kite wind", "detail": detail}));
        let answer = mcp(&served, "tools/call", &params, &headers)["structuredContent"].clone();
        let search = same(&repository, id(&answer), &hits(&answer));
        assert_eq!(facts(&search), (Face::Mcp, Verb::Search, "anonymous", Some("courier")));
        assert_eq!(search.protocol.as_deref(), Some("2025-06-18"));
        assert_eq!((search.trace.as_deref(), search.process.as_deref()), (Some(TRACE), Some("of the header")));
    }
    let mut params = call("get_document", &json!({"uri": "cairn://playbook/kite"}));
    params["_meta"] = json!({"traceparent": OTHER, "tracestate": "a=b", "cairn/process": "of the message"});
    let answer = mcp(&served, "tools/call", &params, &headers)["structuredContent"].clone();
    let read = same(&repository, id(&answer), &document(&answer));
    let said = (read.trace.as_deref(), read.trace_state.as_deref(), read.process.as_deref());
    assert_eq!(said, (Some(OTHER), Some("a=b"), Some("of the message")), "the message is nearer than its envelope");

    let params = json!({"uri": "cairn://playbook/kite", "_meta": {"traceparent": 7, "cairn/process": ["x"]}});
    let contents = mcp(&served, "resources/read", &params, &headers)["contents"][0].clone();
    let (text, meta) = (contents["text"].as_str().unwrap(), &contents["_meta"]);
    let told = meta["cairn/citation"]["sha256"].as_str().unwrap();
    let id_of = meta["cairn/retrieval_id"].as_str().unwrap();
    let resource = same(&repository, id_of, &[(text.to_owned(), told.to_owned())]);
    assert_eq!(facts(&resource), (Face::Mcp, Verb::Resource, "anonymous", Some("courier")));
    assert_eq!((resource.trace.as_deref(), resource.process.as_deref()), (Some(TRACE), Some("of the header")));

    mcp(&served, "resources/list", &json!({}), &headers);
    let answer = mcp(&served, "tools/call", &call("browse_context", &json!({})), &headers);
    let browsed = record(&repository, id(&answer["structuredContent"]));
    assert_eq!((browsed.verb, browsed.served), (Verb::Browse, 2));
    let reader = LedgerReader::open(&repository.data().join("ledger")).unwrap();
    let verbs = reader.tail(2).unwrap().into_iter().map(|line| match line.record {
        Record::Retrieval(retrieval) => retrieval.verb,
        other => panic!("{other:?}"),
    });
    assert_eq!(verbs.collect::<Vec<_>>(), [Verb::List, Verb::Browse]);

    let mut agent = repository.agent();
    let mut params = call("search_context", &json!({"query": "plan for the kite"}));
    params["_meta"] = json!({"traceparent": OTHER, "cairn/process": "plan"});
    let answer = agent.request("tools/call", &params)["result"]["structuredContent"].clone();
    let search = same(&repository, id(&answer), &hits(&answer));
    assert_eq!(facts(&search), (Face::Stdio, Verb::Search, "local", Some("test")));
    let said = (search.protocol.as_deref(), search.trace.as_deref(), search.process.as_deref());
    assert_eq!(said, (Some("2025-06-18"), Some(OTHER), Some("plan")));
    let params = json!({"uri": "cairn://corpus/plan"});
    let contents = agent.request("resources/read", &params)["result"]["contents"][0].clone();
    let (text, meta) = (contents["text"].as_str().unwrap().to_owned(), &contents["_meta"]);
    let told = meta["cairn/citation"]["sha256"].as_str().unwrap().to_owned();
    let read = same(&repository, meta["cairn/retrieval_id"].as_str().unwrap(), &[(text, told)]);
    assert_eq!((facts(&read), read.process.as_deref()), ((Face::Stdio, Verb::Resource, "local", Some("test")), None));
}

#[test]
fn on_the_command_line_the_record_is_the_same_with_a_server_and_without() {
    let repository = Repository::of(&FILES);
    let check = || {
        let answer = cli(&repository, &["search", "plan for the kite", "--process", "playbook/release"]);
        let search = same(&repository, id(&answer), &hits(&answer));
        assert_eq!(facts(&search), (Face::Cli, Verb::Search, "local", Some("cairn")));
        assert_eq!(search.process.as_deref(), Some("playbook/release"));
        let answer = cli(&repository, &["get", "corpus/plan", "--process", "p"]);
        let read = same(&repository, id(&answer), &document(&answer));
        assert_eq!(
            (facts(&read), read.process.as_deref()),
            ((Face::Cli, Verb::Read, "local", Some("cairn")), Some("p"))
        );
        let answer = cli(&repository, &["browse"]);
        let browsed = record(&repository, id(&answer));
        assert_eq!((facts(&browsed), browsed.served), ((Face::Cli, Verb::Browse, "local", Some("cairn")), 3));
    };
    check();
    let served = repository.serve();
    check();
    drop(served);
    let refused = repository.run(&["search", "kite", "--process", " "]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn looks_at_pages_are_counted_and_a_question_on_the_site_is_recorded() {
    let repository = Repository::of(&FILES);
    let served = repository.serve();
    let look = |what: &str| served.ask(what, &[], "").0;
    for (what, status) in [
        ("GET /playbook/kite", 200),
        ("GET /playbook/kite", 200),
        ("HEAD /playbook/kite", 200),
        ("GET /journeys/flight", 200),
        ("GET /", 200),
        ("GET /corpus/plan", 404),
        ("GET /search", 200),
        ("GET /search?q=kite+wind", 200),
    ] {
        assert_eq!(look(what), status, "{what}");
    }
    assert_eq!(served.terminate(), Some(0));
    let reader = LedgerReader::open(&repository.data().join("ledger")).unwrap();
    let records: Vec<Record> = reader.lines().unwrap().map(|line| line.unwrap().record).collect();
    let views = records.iter().filter_map(|record| match record {
        Record::Views(views) => Some(views.documents.iter().map(|page| (page.doc.to_string(), page.views))),
        _ => None,
    });
    let views: Vec<_> = views.flatten().collect();
    assert_eq!(views, [("journeys/flight".to_owned(), 1), ("playbook/kite".to_owned(), 2)]);
    let asked = records.iter().filter_map(|record| match record {
        Record::Retrieval(retrieval) => Some(retrieval),
        _ => None,
    });
    let asked: Vec<_> = asked.collect();
    assert_eq!(asked.len(), 1, "looking leaves no record of its own");
    assert_eq!((asked[0].face, asked[0].verb, asked[0].who.as_str()), (Face::Site, Verb::Search, "anonymous"));
    assert!(asked[0].served > 0 && asked[0].tokens == 0, "people read it, and pay for no token");
}
