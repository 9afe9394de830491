//! An editor's own server: who is let in, what pages say there, and that a server for others says nothing of it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::house::{PRIVATE_WORD, Reply, TestHouse, options};
use crate::corpus::{DocumentId, Finding, Level};
use crate::http::{App, Preview, router};
use crate::ledger::SystemRandomness;
use crate::site::Noted;

const PATHS: [&str; 7] =
    ["/", "/playbook/release", "/corpus/reorg", "/-/findings", "/-/events", "/-/open/00", "/api/v1/search?q=x"];

struct Editor {
    router: Router,
    preview: Arc<Preview>,
    cookie: String,
}

impl Editor {
    /// The house's library, as its editor sees it.
    async fn of(house: &TestHouse) -> Self {
        let preview = Preview::new(&SystemRandomness).unwrap();
        let (library, ledger) = (Arc::clone(&house.app.library), Arc::clone(&house.app.ledger));
        let app = App::for_editor(library, house.keyring(), ledger, options(), Arc::clone(&preview)).unwrap();
        let mut editor = Self { router: router(&app), preview, cookie: String::new() };
        let opened = editor.get(&editor.preview.way_in()).await;
        assert_eq!((opened.status, opened.header("location")), (StatusCode::SEE_OTHER, "/"));
        let cookie = opened.header("set-cookie");
        assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
        editor.cookie = cookie.split(';').next().unwrap().to_owned();
        editor
    }

    fn request(&self, path: &str) -> Request<Body> {
        Request::get(path).header("host", "localhost").header("cookie", &self.cookie).body(Body::empty()).unwrap()
    }

    async fn get(&self, path: &str) -> Reply {
        let answer = self.router.clone().oneshot(self.request(path)).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Reply { status: head.status, headers: head.headers, body }
    }
}

fn finding(line: u32, message: &str) -> Finding {
    Finding { level: Level::Warning, rule: "link-broken".into(), line, column: 3, message: message.to_owned() }
}

fn noted(document: &str, visibility: Option<&'static str>, findings: Vec<Finding>) -> Noted {
    let document = DocumentId::parse(document).unwrap();
    Noted { file: format!("{document}.md"), document, visibility, findings }
}

#[tokio::test]
async fn nobody_is_answered_without_the_key_whatever_they_ask() {
    let house = TestHouse::open().await;
    let editor = Editor::of(&house).await;
    let wrong = editor.cookie.replace('=', "=0");
    for cookie in [String::new(), wrong] {
        let other = Editor { cookie, router: editor.router.clone(), preview: Arc::clone(&editor.preview) };
        for path in PATHS {
            let refused = other.get(path).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
            assert!(refused.text().contains("open the address") && refused.header("set-cookie").is_empty(), "{path}");
        }
    }
    let elsewhere = Request::get("/-/findings").header("host", "evil.example").header("cookie", &editor.cookie);
    let answer = editor.router.clone().oneshot(elsewhere.body(Body::empty()).unwrap()).await.unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&body).contains("foreign-host"), "{body:?}");
}

#[tokio::test]
async fn a_page_has_what_is_wrong_beside_the_block_it_is_about_and_a_server_for_others_has_none_of_it() {
    let house = TestHouse::open().await;
    let before = house.stranger("/playbook/release").await.text();
    let editor = Editor::of(&house).await;
    editor.preview.tell(vec![
        noted("playbook/release", Some("public"), vec![finding(1, "no owner"), finding(7, "<b>freeze</b> is vague")]),
        noted("playbook/on call", Some("public"), vec![finding(1, "another page")]),
    ]);
    let page = editor.get("/playbook/release").await;
    let html = page.text();
    assert_eq!(page.status, StatusCode::OK);
    let block = html.find("freeze begins on Thursday").unwrap();
    let note = html.find("&lt;b&gt;freeze&lt;/b&gt; is vague [link-broken]").unwrap();
    // In one element with its paragraph, which begins between the two.
    assert!(note < block && html.get(note..block).unwrap().matches("<p>").count() == 1, "{html}");
    assert!(html.contains("playbook/release.md:7:3") && html.contains("3 findings"), "{html}");
    assert!(
        html.contains("<a href=\"#c:finding-1\">2 on this page</a>") && html.contains("id=\"c:finding-1\""),
        "{html}"
    );
    assert!(!html.contains("another page"), "{html}");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("; connect-src 'self'"), "{policy}");
    for loaded in html.split('"').filter(|word| word.starts_with("/assets/preview.")) {
        assert_eq!(editor.get(loaded).await.status, StatusCode::OK, "{loaded}");
        assert_eq!(house.stranger(loaded).await.status, StatusCode::NOT_FOUND, "{loaded}");
    }
    let list = editor.get("/-/findings").await.text();
    assert!(list.contains("another page") && list.contains("href=\"/playbook/release\""), "{list}");
    let after = house.stranger("/playbook/release").await;
    assert_eq!(after.text(), before);
    assert!(!before.contains("preview"), "{before}");
    assert_eq!(house.stranger("/-/findings").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_private_document_has_a_sheet_here_and_a_file_that_is_no_page_says_why() {
    let house = TestHouse::open().await;
    let editor = Editor::of(&house).await;
    editor.preview.tell(vec![
        noted("corpus/reorg", Some("private"), vec![finding(6, "who moves?")]),
        noted("playbook/huge", None, vec![finding(1, "is longer than 1 MiB")]),
    ]);
    let sheet = editor.get("/corpus/reorg").await;
    let html = sheet.text();
    assert_eq!(sheet.status, StatusCode::OK);
    assert!(html.contains("This document is private.") && html.contains(PRIVATE_WORD), "{html}");
    let note = html.find("who moves?").unwrap();
    assert!(note < html.find(PRIVATE_WORD).unwrap() && html.contains("corpus/reorg.md:6:3"), "{html}");
    assert!(editor.get("/-/findings").await.text().contains("href=\"/corpus/reorg\""));
    let missing = editor.get("/playbook/huge").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(missing.text().contains("is not read") && missing.text().contains("is longer than 1 MiB"));
    // Nothing of it on what the site itself lists.
    for path in ["/", "/changes", "/search-index.js", "/sitemap.xml", "/search?q=plan"] {
        assert!(!editor.get(path).await.text().contains(PRIVATE_WORD), "{path}");
    }
    assert_eq!(house.stranger("/corpus/reorg").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_are_told_the_number_of_the_newest_state_at_once_and_whenever_there_is_another() {
    let house = TestHouse::open().await;
    let editor = Editor::of(&house).await;
    editor.preview.turn();
    let answer = editor.router.clone().oneshot(editor.request("/-/events")).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut body = answer.into_body();
    let mut next =
        async || String::from_utf8(body.frame().await.unwrap().unwrap().into_data().unwrap().to_vec()).unwrap();
    assert!(next().await.ends_with("data: 1\n\n"));
    editor.preview.tell(Vec::new());
    assert!(next().await.ends_with("data: 2\n\n"));
    assert!(editor.get("/").await.text().contains("data-revision=\"2\""));
}
