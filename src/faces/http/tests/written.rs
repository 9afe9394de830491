//! What people and agents write: joined to what they were answered, refused by name, and not there for strangers.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};

use super::house::{PRIVATE_WORD, PUBLIC_WORD, Reply, TestHouse, get, post};
use super::mcp::{call, text};
use super::session::Browser;
use crate::access::Action;
use crate::ledger::{Judgement, LedgerReader, Line, OutcomeKind, Reason, Record};

const NOBODYS: &str = "r_00000000000000000000000000";

fn lines(house: &TestHouse, kind: &str) -> Vec<Line> {
    let reader = LedgerReader::open(&house.path("data/ledger")).unwrap();
    reader.tail(1_000).unwrap().into_iter().filter(|line| line.kind == kind).collect()
}

async fn asked(house: &TestHouse, question: &str, token: &str) -> String {
    let body = json!({"query": question});
    house.send(post("/api/v1/search", &body, Some(token))).await.json()["retrieval_id"].as_str().unwrap().to_owned()
}

async fn write(house: &TestHouse, path: &str, body: &Value, token: &str) -> Reply {
    house.send(post(path, body, Some(token))).await
}

fn agent(house: &TestHouse, name: &str, can: &[Action]) -> String {
    house.make(name, &["corpus"], can, None)
}

#[tokio::test]
async fn feedback_is_joined_to_its_retrieval_and_told_by_name_what_is_wrong_with_it() {
    let house = TestHouse::open().await;
    let token = agent(&house, "one", &[Action::Read, Action::Feedback]);
    let other = agent(&house, "two", &[Action::Read, Action::Feedback]);
    let mine = asked(&house, PUBLIC_WORD, &token).await;
    let theirs = asked(&house, PUBLIC_WORD, &other).await;

    let body = json!({
        "retrieval_id": mine, "verdict": "Bad", "reason": "stale", "why": "it is Friday now",
        "uri": "cairn://playbook/release.md#freeze", "corrected": "the freeze begins on Friday",
    });
    let reply = write(&house, "/api/v1/feedback", &body, &token).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    let receipt = reply.json();
    assert_eq!((&receipt["mistake"]["number"], &receipt["mistake"]["repeated"]), (&json!("M-0001"), &json!(false)));
    let line = lines(&house, "feedback").remove(0);
    let Record::Feedback(feedback) = &line.record else { panic!("{}", line.raw) };
    assert_eq!((feedback.id.as_str(), feedback.retrieval.as_str()), (receipt["feedback_id"].as_str().unwrap(), &*mine));
    assert_eq!((feedback.verdict, feedback.reason), (Judgement::Bad, Some(Reason::Stale)));
    assert_eq!(feedback.doc.as_ref().unwrap().as_str(), "playbook/release");
    assert_eq!(feedback.involved.len(), 1);
    assert_eq!(line.record.texts(), [("why", "it is Friday now"), ("corrected", "the freeze begins on Friday")]);

    let bad = |change: Value| {
        let mut body = json!({"retrieval_id": mine, "verdict": "good"});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let cases = [
        (bad(json!({"verdict": "bad"})), 400, "why: is needed when the verdict is bad"),
        (
            bad(json!({"verdict": "great"})),
            400,
            "verdict: \"great\" is not a word for it; write one of good, bad, mixed",
        ),
        (bad(json!({"reason": "ugly"})), 400, "reason: \"ugly\" is not a word for it; write one of wrong, stale,"),
        (bad(json!({"why": "x".repeat(17_000)})), 400, "why: has 17000 bytes, at most 16384 are kept"),
        (bad(json!({"retrieval_id": ""})), 400, "retrieval_id: is missing"),
        (bad(json!({"uri": "playbook/nothing"})), 404, "playbook/nothing: no such document"),
        (bad(json!({"colour": "blue"})), 400, "unknown field `colour`"),
        (bad(json!({"retrieval_id": NOBODYS})), 404, "no such retrieval"),
        (bad(json!({"retrieval_id": theirs})), 404, "no such retrieval"),
        (bad(json!({"retrieval_id": "x"})), 404, "no such retrieval"),
    ];
    for (body, status, expected) in cases {
        let reply = write(&house, "/api/v1/feedback", &body, &token).await;
        assert_eq!(reply.status.as_u16(), status, "{body}: {}", reply.text());
        assert!(reply.json()["detail"].as_str().unwrap().contains(expected), "{expected}: {}", reply.text());
    }
    let told = |id: String| {
        let (house, token, mut body) = (&house, &token, bad(json!({})));
        body["retrieval_id"] = json!(id.clone());
        async move { write(house, "/api/v1/feedback", &body, token).await.text().replace(&id, "ID") }
    };
    assert_eq!(told(NOBODYS.to_owned()).await, told(theirs.clone()).await, "somebody else's and none are the same");
    let owners = json!({"retrieval_id": theirs, "verdict": "good"});
    assert_eq!(write(&house, "/api/v1/feedback", &owners, &house.token).await.status, StatusCode::CREATED);
    assert_eq!(lines(&house, "feedback").len(), 2, "what was refused is not written down");
}

#[tokio::test]
async fn the_same_mistake_is_one_and_is_reported_again_until_its_document_is_another() {
    let house = TestHouse::open().await;
    let token = agent(&house, "one", &[Action::Read, Action::Feedback]);
    let report = async |question: &str, more: Value| {
        let id = asked(&house, question, &token).await;
        let mut body = json!({"retrieval_id": id, "verdict": "bad", "why": "no", "reason": "wrong"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mistake = write(&house, "/api/v1/feedback", &body, &token).await.json()["mistake"].clone();
        (
            mistake["number"].as_str().unwrap().to_owned(),
            mistake["times"].as_u64().unwrap(),
            mistake["repeated"] == true,
        )
    };
    let first = |n: u32| (format!("M-000{n}"), 1, false);
    assert_eq!(report("when does the freeze begin", json!({})).await, first(1));
    assert_eq!(report("the FREEZE: when does it begin?", json!({})).await, ("M-0001".to_owned(), 2, true));
    assert_eq!(report("when does the freeze begin", json!({"reason": "stale"})).await, first(2));
    assert_eq!(report("when does the freeze begin", json!({"process_id": "ship"})).await, first(3));
    let doc = json!({"uri": "playbook/release"});
    assert_eq!(report("freeze", doc.clone()).await, first(4));
    assert_eq!(report("who ships", doc.clone()).await, ("M-0004".to_owned(), 2, true), "a document is its own");
    std::fs::write(house.path("playbook/release.md"), "# Releasing\n\nThe freeze begins on Friday.\n").unwrap();
    let before = house.app.library.shelves()[0].generation;
    house.app.library.compare();
    let mut status = house.app.library.status();
    while house.app.library.shelves()[0].generation == before {
        status.changed().await.unwrap();
    }
    assert_eq!(report("freeze", doc.clone()).await, ("M-0004".to_owned(), 3, false), "outside of git, by its bytes");
    assert_eq!(report("freeze", doc).await, ("M-0004".to_owned(), 4, true));
}

#[tokio::test]
async fn whether_somebody_else_asked_the_same_is_nobodys_business() {
    let house = TestHouse::open().await;
    let mut told = Vec::new();
    for name in ["one", "two"] {
        let token = agent(&house, name, &[Action::Read, Action::Feedback]);
        let id = asked(&house, PRIVATE_WORD, &token).await;
        let body = json!({"retrieval_id": id, "verdict": "bad", "why": "no"});
        told.push(write(&house, "/api/v1/feedback", &body, &token).await.json());
    }
    assert_eq!(told[0]["mistake"]["number"], "M-0001");
    assert_eq!(told[1].get("mistake"), None, "{}", told[1]);
    let owner = asked(&house, PRIVATE_WORD, &house.token).await;
    let body = json!({"retrieval_id": owner, "verdict": "bad", "why": "no"});
    assert_eq!(write(&house, "/api/v1/feedback", &body, &house.token).await.json()["mistake"]["times"], 3);
}

#[tokio::test]
async fn gaps_and_outcomes_are_written_down() {
    let house = TestHouse::open().await;
    let token = agent(&house, "one", &[Action::Read, Action::Feedback]);
    let mine = asked(&house, "how to roll back a migration", &token).await;
    let gap = json!({"need": " how to roll back a migration ", "tried": "migration", "retrievals": [mine]});
    let reply = write(&house, "/api/v1/gaps", &gap, &token).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    let line = lines(&house, "gap").remove(0);
    assert_eq!(line.record.texts(), [("need", "how to roll back a migration"), ("tried", "migration")]);
    for (body, expected) in [
        (json!({}), "need: is missing; say it in words"),
        (json!({"need": "x", "retrievals": [NOBODYS]}), "no such retrieval"),
    ] {
        let reply = write(&house, "/api/v1/gaps", &body, &token).await;
        assert!(reply.text().contains(expected), "{}", reply.text());
    }
    let outcome = json!({"outcome": "booking", "uri": "cairn://playbook/release", "note": "after a talk"});
    let reply = write(&house, "/api/v1/outcomes", &outcome, &token).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    let line = lines(&house, "outcome").remove(0);
    let Record::Outcome(outcome) = &line.record else { panic!("{}", line.raw) };
    assert_eq!((outcome.outcome, outcome.doc.as_str()), (OutcomeKind::Booking, "playbook/release"));
    for (uri, expected) in [("corpus/reorg", "no such document"), ("playbook/none", "no such document")] {
        let body = json!({"outcome": "reply", "uri": uri});
        assert!(write(&house, "/api/v1/outcomes", &body, &house.token).await.text().contains(expected), "{uri}");
    }
}

const CONTRACT: &str = "---\ntype: process\nowner: release-captains\nprocess_id: ship\nrisk_tier: 2\ntools: [tag]\n\
                        policy_checks: [frozen]\nescalation: captain-on-duty\n---\n# Ship\n\nShip it.\n";

fn run(retrieval: &str) -> Value {
    json!({
        "process_id": "ship", "timestamp": "2026-11-20T10:00:00Z", "model": "small-1", "inputs": {"version": "1.2"},
        "tools_invoked": ["tag"], "policy_checks": [{"name": "frozen", "passed": true}], "decision": "shipped 1.2",
        "human_escalation": "captain-on-duty", "owner": "release-captains", "retrievals": [retrieval],
        "duration_ms": 1200, "cost": 0.5, "cost_unit": "EUR",
    })
}

#[tokio::test]
async fn a_run_is_held_against_its_contract_by_who_may_read_it() {
    let pages = [("corpus/ship.md", CONTRACT), ("playbook/release.md", "# Releasing\n\nHow we ship.\n")];
    let house = TestHouse::open_on(&pages.map(|(path, text)| (path.to_owned(), text.to_owned()))).await;
    let can = [Action::Read, Action::Change];
    let (member, stranger) = (agent(&house, "member", &can), house.make("stranger", &[], &can, None));
    let mine = asked(&house, "how do we ship", &member).await;
    let reply = write(&house, "/api/v1/changes", &run(&mine), &member).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    assert_eq!(reply.json()["contract"], "cairn://corpus/ship");
    assert_eq!(reply.json()["violations"], json!([]));

    let mut broken = run(&mine);
    broken["process_id"] = json!("cairn://corpus/ship.md");
    broken["tools_invoked"] = json!(["tag", "delete_branch"]);
    broken["policy_checks"] = json!([]);
    broken["owner"] = json!("somebody");
    broken["human_escalation"] = json!(false);
    let reply = write(&house, "/api/v1/changes", &broken, &member).await;
    let rules: Vec<_> = reply.json()["violations"].as_array().unwrap().iter().map(|one| one["rule"].clone()).collect();
    assert_eq!(rules, ["tool", "check-missing", "owner", "escalation"], "{}", reply.text());
    let line = lines(&house, "change").pop().unwrap();
    let Record::Change(change) = &line.record else { panic!("{}", line.raw) };
    assert_eq!((change.violations.len(), change.contract.as_ref().unwrap().doc.as_str()), (4, "corpus/ship"));
    assert_eq!(line.record.texts(), [("inputs", "{\"version\":\"1.2\"}"), ("decision", "shipped 1.2")]);

    let mut unseen = run(&mine);
    unseen["retrievals"] = json!([]);
    let reply = write(&house, "/api/v1/changes", &unseen, &stranger).await;
    assert_eq!((reply.status, &reply.json()["contract"]), (StatusCode::CREATED, &Value::Null), "{}", reply.text());
    assert_eq!(write(&house, "/api/v1/changes", &run(&mine), &stranger).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_wrong_with_a_run_is_told_by_field_and_keeps_out_no_other_line() {
    let house = TestHouse::open().await;
    let token = agent(&house, "one", &[Action::Read, Action::Change]);
    let mine = asked(&house, PUBLIC_WORD, &token).await;
    let without = |field: &str| {
        let mut run = run(&mine);
        run.as_object_mut().unwrap().remove(field);
        run
    };
    let with = |field: &str, value: Value| {
        let mut run = run(&mine);
        run[field] = value;
        run
    };
    let mut cases: Vec<(Value, String)> =
        ["process_id", "model", "inputs", "tools_invoked", "policy_checks", "decision", "human_escalation", "owner"]
            .iter()
            .map(|field| (without(field), format!("{field}: is ")))
            .collect();
    cases.extend([
        (without("timestamp"), "timestamp: is missing".to_owned()),
        (with("timestamp", json!("yesterday")), "timestamp: yesterday is not a time".to_owned()),
        (with("corpus_commit", json!("HEAD")), "corpus_commit: is not the name of a commit".to_owned()),
        (with("cost", json!(-1)), "cost: is not a cost".to_owned()),
        (with("duration_ms", json!(-1)), "duration_ms: is negative".to_owned()),
        (with("owner", json!("a\nb")), "owner: is not one line".to_owned()),
        (with("retrievals", json!([NOBODYS])), "no such retrieval".to_owned()),
    ]);
    // A program on Windows begins its files so.
    let mut body = "\u{feff}".to_owned();
    for (run, expected) in &cases {
        let reply = write(&house, "/api/v1/changes", run, &token).await;
        assert!(reply.status.is_client_error() && reply.text().contains(expected), "{expected}: {}", reply.text());
        body.push_str(&format!("{run}\n{}\n", self::run(&mine)));
    }
    body.push_str("\nnot JSON\n");
    let request = post("/api/v1/changes", &json!({}), Some(&token));
    let (mut parts, _) = request.into_parts();
    parts.headers.insert(header::CONTENT_TYPE, "application/x-ndjson".parse().unwrap());
    let reply = house.send(Request::from_parts(parts, Body::from(body))).await;
    assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, "application/x-ndjson"));
    let rows: Vec<Value> = reply.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2 * cases.len() + 1);
    for (at, (_, expected)) in cases.iter().enumerate() {
        let (bad, good) = (&rows[2 * at], &rows[2 * at + 1]);
        assert!(bad["error"].as_str().unwrap().contains(expected) && bad["line"] == 2 * at + 1, "{bad}");
        assert!(good["change_id"].as_str().unwrap().starts_with("c_") && good["line"] == 2 * at + 2, "{good}");
    }
    let last = rows.last().unwrap();
    assert!(last["error"].as_str().unwrap().contains("is not JSON") && last["line"] == 2 * cases.len() + 2, "{last}");
    assert_eq!(lines(&house, "change").len(), cases.len());
}

#[tokio::test]
async fn for_strangers_there_is_nothing_to_write_to_and_a_token_needs_the_action() {
    let house = TestHouse::open().await;
    let nothing = |reply: &Reply| {
        let mut headers: Vec<_> = reply.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        headers.retain(|header| !header.starts_with("x-request-id"));
        (reply.status, headers, reply.text())
    };
    let reader = agent(&house, "reader", &[Action::Read]);
    for path in ["feedback", "gaps", "outcomes", "changes"].map(|name| format!("/api/v1/{name}")) {
        for method in [Method::POST, Method::GET, Method::OPTIONS, Method::DELETE] {
            let ask = async |path: &str| {
                let (mut parts, body) = post(path, &json!({"need": "x"}), None).into_parts();
                parts.method = method.clone();
                house.send(Request::from_parts(parts, body)).await
            };
            assert_eq!(nothing(&ask(&path).await), nothing(&ask("/api/v1/nowhere").await), "{method} {path}");
        }
        let refused = write(&house, &path, &json!({}), &reader).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        assert!(refused.header("www-authenticate").contains("insufficient_scope"), "{path}");
    }
    assert!(["feedback", "gap", "outcome", "change"].iter().all(|kind| lines(&house, kind).is_empty()));
}

#[tokio::test]
async fn each_caller_has_the_tools_it_may_use_and_no_other() {
    let house = TestHouse::open().await;
    let listed = async |token: Option<&str>| -> Vec<String> {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}});
        let mut request = post("/mcp", &message, token);
        request.headers_mut().insert("mcp-protocol-version", "2025-11-25".parse().unwrap());
        let body = house.send(request).await.json();
        let tools = body["result"]["tools"].as_array().unwrap().clone();
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    };
    let reading = ["search_context", "get_document", "browse_context"];
    let (feedback, change) = (agent(&house, "f", &[Action::Read, Action::Feedback]), [Action::Read, Action::Change]);
    let change = agent(&house, "c", &change);
    assert_eq!(listed(None).await, reading);
    assert_eq!(listed(Some(&feedback)).await, [&reading[..], &["give_feedback", "report_gap"]].concat());
    assert_eq!(listed(Some(&change)).await, [&reading[..], &["log_agent_change"]].concat());
    assert_eq!(listed(Some(&house.token)).await.len(), 6);
    for tool in ["give_feedback", "report_gap", "log_agent_change"] {
        let told = async |name: &str| house.mcp(false, "tools/call", call(name, &json!({}))).await.to_string();
        assert_eq!(
            told(tool).await,
            told("nothing").await.replace("nothing", tool),
            "a stranger can't tell it from none"
        );
    }

    let id = asked(&house, PUBLIC_WORD, &house.token).await;
    let arguments = json!({"retrieval_id": id, "verdict": "bad", "why": "no"});
    let told = house.mcp(true, "tools/call", call("give_feedback", &arguments)).await;
    assert!(text(&told["result"]).contains("mistake: M-0001, reported 1 times"), "{told}");
    assert_eq!(told["result"]["structuredContent"]["mistake"]["number"], "M-0001");
    let told = house.mcp(true, "tools/call", call("report_gap", &json!({"need": "more"}))).await;
    assert!(text(&told["result"]).contains("gap_id: g_"), "{told}");
    let told = house.mcp(true, "tools/call", call("log_agent_change", &run(&id))).await;
    assert!(text(&told["result"]).contains("contract: none that you may read"), "{told}");
    let told = house.mcp(true, "tools/call", call("give_feedback", &json!({"retrieval_id": id}))).await;
    assert!(told["result"]["isError"] == true && text(&told["result"]).contains("verdict: is missing"), "{told}");
    let line = lines(&house, "gap").remove(0);
    assert_eq!(line.record.author().unwrap().face.as_str(), "mcp");
}

#[tokio::test]
async fn the_form_takes_feedback_from_its_own_session_alone() {
    let house = TestHouse::open().await;
    let token = agent(&house, "one", &[Action::Read, Action::Feedback]);
    let id = asked(&house, PUBLIC_WORD, &token).await;
    let turned_away = house.send(get("/private/feedback", None)).await;
    assert_eq!((turned_away.status, turned_away.header("location")), (StatusCode::SEE_OTHER, "/session"));
    let mut browser = Browser::sign_in(&house, &token).await;
    let page = browser.get(&house, &format!("/private/feedback?retrieval={id}")).await;
    assert!(page.status == StatusCode::OK && page.text().contains(&id), "{}", page.text());
    let key = browser.key();
    let form = |key: &str, rest: &str| format!("form_key={key}&retrieval={id}&verdict=bad&reason=&document={rest}");
    let foreign = browser.send(&house, Method::POST, "/private/feedback", form("other", "&why=no")).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let refused = browser.send(&house, Method::POST, "/private/feedback", form(&key, "")).await;
    assert!(
        refused.status == StatusCode::BAD_REQUEST && refused.text().contains("why: is needed"),
        "{}",
        refused.text()
    );
    assert!(lines(&house, "feedback").is_empty());
    let taken = browser.send(&house, Method::POST, "/private/feedback", form(&key, "&why=it+is+Friday")).await;
    assert!(taken.status == StatusCode::OK && taken.text().contains("M-0001"), "{}", taken.text());
    let line = lines(&house, "feedback").remove(0);
    assert_eq!(
        (line.record.texts(), line.record.author().unwrap().face.as_str()),
        (vec![("why", "it is Friday")], "site")
    );
    let mut reader = Browser::sign_in(&house, &agent(&house, "reader", &[Action::Read])).await;
    assert_eq!(reader.get(&house, "/private/feedback").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_write_with_a_key_is_done_once_and_answered_alike_each_time() {
    let house = TestHouse::open().await;
    let token = agent(&house, "one", &[Action::Feedback, Action::Change]);
    let other = agent(&house, "two", &[Action::Feedback]);
    let sent = |path: &str, body: &Value, key: &str, token: &str| {
        let mut request = post(path, body, Some(token));
        request.headers_mut().insert("idempotency-key", key.parse().unwrap());
        request
    };
    let gap = json!({"need": "how to roll back"});
    let first = house.send(sent("/api/v1/gaps", &gap, "k-1", &token)).await;
    let again = house.send(sent("/api/v1/gaps", &gap, "k-1", &token)).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!((first.body.clone(), first.header("content-type")), (again.body.clone(), again.header("content-type")));
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
    assert_eq!(lines(&house, "gap").len(), 1);

    // Another body, another route; another token is another key.
    let changed = house.send(sent("/api/v1/gaps", &json!({"need": "other"}), "k-1", &token)).await;
    let elsewhere = house.send(sent("/api/v1/feedback", &gap, "k-1", &token)).await;
    for reply in [changed, elsewhere] {
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.text());
        assert_eq!(reply.json()["type"], "/docs/problems/idempotency-key-reused");
    }
    assert_eq!(house.send(sent("/api/v1/gaps", &gap, "k-1", &other)).await.status, StatusCode::CREATED);
    assert_eq!(lines(&house, "gap").len(), 2);

    // What was refused is not kept.
    let empty = house.send(sent("/api/v1/gaps", &json!({}), "k-2", &token)).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
    assert_eq!(house.send(sent("/api/v1/gaps", &gap, "k-2", &token)).await.status, StatusCode::CREATED);
    for bad in ["", "a b", &"x".repeat(256)] {
        let refused = house.send(sent("/api/v1/gaps", &gap, bad, &token)).await;
        assert!(refused.status == StatusCode::BAD_REQUEST && refused.text().contains("Idempotency-Key"), "{bad}");
    }
    house.clock.pass(24 * 60 * 60);
    let later = house.send(sent("/api/v1/gaps", &gap, "k-1", &token)).await;
    assert_eq!((later.status, later.header("idempotent-replayed")), (StatusCode::CREATED, ""));

    // Strangers are told nothing by it, and a search is asked anew each time.
    let mut stranger = sent("/api/v1/gaps", &gap, "k-1", &token);
    stranger.headers_mut().remove("authorization");
    assert_eq!(house.send(stranger).await.status, StatusCode::NOT_FOUND);
    let question = json!({"query": PUBLIC_WORD});
    let one = house.send(sent("/api/v1/search", &question, "k-9", &house.token)).await.json();
    let two = house.send(sent("/api/v1/search", &question, "k-9", &house.token)).await.json();
    assert_ne!(one["retrieval_id"], two["retrieval_id"]);
}
