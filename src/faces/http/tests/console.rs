//! The ledger in a browser: for who may see it, as far as they may, and as text whatever was asked.

use axum::http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::house::{PRIVATE_WORD, PUBLIC_WORD, Reply, TestHouse, get};
use crate::access::Action;
use crate::ledger::RetrievalId;

const PAGES: [&str; 8] = [
    "/private/ledger",
    "/private/ledger?words=x&since=7d",
    "/private/ledger/tail",
    "/private/ledger/events",
    "/private/ledger/r_00000000000000000000000000",
    "/private/ledger/nonsense",
    "/private/reports",
    "/private/reports/usage",
];

async fn with(house: &TestHouse, path: &str, token: &str) -> Reply {
    house.send(get(path, Some(token))).await
}

/// Asks something as the owner and as a stranger; gives the ids of the retrievals.
async fn asked(house: &TestHouse) -> (String, String) {
    let id = |reply: Reply| reply.json()["retrieval_id"].as_str().unwrap().to_owned();
    let own = id(house.owner(&format!("/api/v1/search?q={PRIVATE_WORD}+plan")).await);
    let open = id(house.stranger(&format!("/api/v1/search?q={PUBLIC_WORD}+%3Cscript%3Ealert(1)%3C/script%3E")).await);
    (own, open)
}

#[tokio::test]
async fn strangers_are_sent_to_sign_in_and_tokens_that_may_not_are_told_so_whatever_is_there() {
    let house = TestHouse::open().await;
    let (own, _) = asked(&house).await;
    let reader = house.make("reader", &["corpus"], &[Action::Read, Action::Feedback], None);
    let there = format!("/private/ledger/{own}");
    for path in PAGES.into_iter().chain([there.as_str()]) {
        let stranger = house.stranger(path).await;
        assert_eq!((stranger.status, stranger.header("location")), (StatusCode::SEE_OTHER, "/session"), "{path}");
        assert!(stranger.body.is_empty());
        let refused = with(&house, path, &reader).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        assert!(refused.text().contains("may not see the ledger") && !refused.text().contains(PRIVATE_WORD));
        for reply in [stranger, refused] {
            assert_eq!(reply.header("cache-control"), "private, no-store", "{path}");
        }
    }
}

#[tokio::test]
async fn the_owner_sees_everything_and_a_member_what_was_asked_of_shelves_they_open() {
    let house = TestHouse::open().await;
    let (own, open) = asked(&house).await;
    let member = house.make("member", &["team-a"], &[Action::Report], None);
    let list = house.owner("/private/ledger").await;
    assert_eq!((list.status, list.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    assert!(list.text().contains(&own) && list.text().contains(&open) && list.text().contains(PRIVATE_WORD));
    assert!(list.text().contains("&lt;script&gt;alert(1)") && !list.text().contains("<script>alert"));
    let narrow = with(&house, "/private/ledger", &member).await.text();
    assert!(!narrow.contains(&own) && narrow.contains(&open) && !narrow.contains(PRIVATE_WORD));
    let tail = with(&house, "/private/ledger/tail", &member).await.text();
    assert!(!tail.contains(&own) && tail.contains(&open));

    let trace = house.owner(&format!("/private/ledger/{own}")).await.text();
    for told in [
        "corpus/reorg",
        "by words",
        "place 1",
        "generation",
        PRIVATE_WORD,
        "cairn log verify",
        "<svg",
        "weight 0.7; a score of 0 counts 0",
        "0.7407 × (0.7 × 1.000 + 0.3 × 1.000)",
        "joins 2 neighbouring passages",
        "more are left out",
    ] {
        assert!(trace.contains(told), "{told}: {trace}");
    }
    let trace = house.owner(&format!("/private/ledger/{open}")).await.text();
    assert!(trace.contains("href=\"/playbook/release#freeze\""), "a public page is led to: {trace}");
    let hidden = with(&house, &format!("/private/ledger/{own}"), &member).await;
    let missing = with(&house, "/private/ledger/r_00000000000000000000000000", &member).await;
    assert_eq!((hidden.status, &hidden.body), (StatusCode::NOT_FOUND, &missing.body), "hidden is missing");
}

#[tokio::test]
async fn a_list_is_narrowed_and_paged_and_says_what_it_cannot_look_for() {
    let house = TestHouse::open().await;
    let mut ids = Vec::new();
    for n in 0..crate::console::PAGE_LINES + 3 {
        let reply = house.stranger(&format!("/api/v1/search?q={PUBLIC_WORD}+{n}")).await;
        ids.push(reply.json()["retrieval_id"].as_str().unwrap().to_owned());
    }
    house.owner(&format!("/api/v1/search?q=type:nothing+{PRIVATE_WORD}")).await;
    let rows = |page: &str| ids.iter().filter(|id| page.contains(id.as_str())).count();
    let first = house.owner("/private/ledger?who=anonymous").await.text();
    assert_eq!(rows(&first), crate::console::PAGE_LINES);
    let next = first.split("href=\"").find(|part| part.contains("before=")).unwrap().split('"').next().unwrap();
    let second = house.owner(&next.replace("&amp;", "&")).await.text();
    assert_eq!(rows(&second), 3);
    assert!(
        ids.iter().all(|id| first.contains(id.as_str()) != second.contains(id.as_str())),
        "none twice, none left out"
    );
    let empty = house.owner("/private/ledger?empty=on").await.text();
    assert!(rows(&empty) == 0 && empty.contains(PRIVATE_WORD) && empty.contains("nothing"));
    let wrong = house.owner("/private/ledger?since=soon&document=a%20b").await.text();
    assert!(wrong.contains("From, Document: nothing is looked for"), "{wrong}");
    assert!(house.owner("/private/ledger?words=nobody-asked").await.text().contains("No retrieval is like that"));
}

#[tokio::test]
async fn what_comes_is_told_to_who_listens_and_only_what_they_may_see() {
    let house = TestHouse::open().await;
    let (_, before) = asked(&house).await;
    let member = house.make("member", &[], &[Action::Report], None);
    let page = with(&house, "/private/ledger/tail", &member).await;
    assert!(page.header("content-security-policy").contains("connect-src 'self'"));
    assert!(page.text().contains("data-events=\"/private/ledger/events?after="));
    let listening = house.router.clone().oneshot(get("/private/ledger/events?after=0", Some(&member))).await.unwrap();
    assert_eq!(listening.headers()["content-type"], "text/event-stream");
    let mut body = listening.into_body();
    house.owner(&format!("/api/v1/search?q={PRIVATE_WORD}")).await;
    let after = house.stranger(&format!("/api/v1/search?q={PUBLIC_WORD}")).await.json();
    let after = after["retrieval_id"].as_str().unwrap();
    let mut heard = String::new();
    while !heard.contains(after) {
        let frame = body.frame().await.expect("it goes on").unwrap();
        heard.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
    }
    assert!(
        heard.starts_with("retry: 2000\n\n") && heard.contains(&before) && !heard.contains(PRIVATE_WORD),
        "{heard}"
    );
    assert_eq!(RetrievalId::parse(after).map(|id| id.to_string()).as_deref(), Some(after));
}

#[tokio::test]
async fn what_was_written_of_a_retrieval_is_shown_to_those_who_could_read_all_that_its_author_could() {
    let house = TestHouse::open().await;
    let can = [Action::Read, Action::Report, Action::Feedback, Action::Change];
    let member = house.make("member", &["team-a"], &can, None);
    let found = with(&house, &format!("/api/v1/search?q={PUBLIC_WORD}"), &member).await.json();
    let id = found["retrieval_id"].as_str().unwrap();
    for (token, whose) in [(&member, "mine"), (&house.token, "owners")] {
        for (path, body) in [
            ("feedback", format!(r#"{{"retrieval_id": "{id}", "verdict": "good", "why": "{whose} why"}}"#)),
            ("gaps", format!(r#"{{"need": "{whose} need", "retrievals": ["{id}"]}}"#)),
            (
                "changes",
                format!(
                    r#"{{"process_id": "p", "timestamp": "2026-11-20T10:00:00Z", "model": "m", "inputs": "i",
                    "tools_invoked": [], "policy_checks": [], "decision": "{whose} decision",
                    "human_escalation": false, "owner": "o", "retrievals": ["{id}"]}}"#
                ),
            ),
        ] {
            let mut request = get(&format!("/api/v1/{path}"), Some(token));
            *request.method_mut() = Method::POST;
            request.headers_mut().insert("content-type", "application/json".parse().unwrap());
            *request.body_mut() = axum::body::Body::from(body);
            let written = house.send(request).await;
            assert_eq!(written.status, StatusCode::CREATED, "{path}: {}", written.text());
        }
    }
    let page = format!("/private/ledger/{id}");
    let (own, all) = (with(&house, &page, &member).await.text(), house.owner(&page).await.text());
    for what in ["why", "need", "decision"] {
        assert!(own.contains(&format!("mine {what}")) && !own.contains(&format!("owners {what}")), "{what}: {own}");
        assert!(all.contains(&format!("mine {what}")) && all.contains(&format!("owners {what}")), "{what}: {all}");
    }
}

#[tokio::test]
async fn what_is_said_on_the_page_of_a_retrieval_stands_on_it_afterwards() {
    let house = TestHouse::open().await;
    let (own, open) = asked(&house).await;
    let page = format!("/private/ledger/{own}");
    let form = house.owner(&page).await.text();
    assert!(form.contains("action=\"/private/feedback\"") && form.contains(&format!("value=\"{own}\"")));
    let mut request = get("/private/feedback", Some(&house.token));
    *request.method_mut() = Method::POST;
    request.headers_mut().insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    let said = format!("retrieval={own}&verdict=bad&reason=stale&why=it+was+%3Cb%3Eold%3C%2Fb%3E");
    *request.body_mut() = axum::body::Body::from(said);
    assert_eq!(house.send(request).await.status, StatusCode::OK);
    let told = house.owner(&page).await.text();
    assert!(told.contains("badge-bad") && told.contains("stale") && told.contains("it was &lt;b&gt;old"), "{told}");
    let other = house.owner(&format!("/private/ledger/{open}")).await.text();
    assert!(!other.contains("badge-bad"));
    let deaf = house.make("deaf", &["corpus"], &[Action::Report], None);
    assert!(!with(&house, &page, &deaf).await.text().contains("/private/feedback"), "who may not is asked nothing");
}

#[tokio::test]
async fn every_report_has_a_page_and_every_private_page_is_one_for_browsers() {
    let house = TestHouse::open().await;
    let (own, _) = asked(&house).await;
    let mut pages =
        vec!["/private/ledger".to_owned(), "/private/ledger/tail".to_owned(), format!("/private/ledger/{own}")];
    pages.push("/private/reports".to_owned());
    pages.extend(crate::reports::ReportKind::ALL.map(|kind| format!("/private/reports/{}", kind.name())));
    for path in pages {
        let page = house.owner(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let text = page.text();
        assert_eq!(text.matches("<h1").count(), 1, "{path}: one heading of the page");
        for forbidden in [" style=", " onclick=", "<script>", "http://"] {
            assert!(!text.contains(forbidden), "{path}: {forbidden}");
        }
        let ids: Vec<&str> = text.split(" id=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
        for id in &ids {
            assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{path}: {id} is there once");
        }
        for label in text.split("<label for=\"").skip(1).filter_map(|part| part.split('"').next()) {
            assert!(ids.contains(&label), "{path}: {label} is labelled");
        }
        let mut head = get(&path, Some(&house.token));
        *head.method_mut() = Method::HEAD;
        assert_eq!(house.send(head).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(house.owner("/private/reports/none").await.status, StatusCode::NOT_FOUND);
}
