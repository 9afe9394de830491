//! Browsers: a token that is pasted once, and what its cookie opens.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};

use super::house::{Reply, TestHouse, get, post, wide};
use crate::access::{Action, Rotation};
use crate::http::{Limits, ROUTES};

/// A browser: keeps cookies and finds the form on a page.
#[derive(Default)]
pub(super) struct Browser {
    cookies: Vec<(String, String)>,
    page: String,
}

impl Browser {
    pub(super) async fn send(&mut self, house: &TestHouse, method: Method, path: &str, body: String) -> Reply {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:7171");
        if !self.cookies.is_empty() {
            let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let reply = house.send(request.body(Body::from(body)).unwrap()).await;
        for set in reply.headers.get_all(header::SET_COOKIE) {
            let (cookie, attributes) = set.to_str().unwrap().split_once("; ").unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            let (attributes, age) = attributes.rsplit_once("; Max-Age=").unwrap();
            assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Strict");
            self.cookies.retain(|(known, _)| known != name);
            if age != "0" {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        self.page = reply.text();
        reply
    }

    pub(super) async fn get(&mut self, house: &TestHouse, path: &str) -> Reply {
        self.send(house, Method::GET, path, String::new()).await
    }

    /// The key of the form that is on the page.
    pub(super) fn key(&self) -> String {
        self.page.split("name=\"form_key\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    /// Sends the form that is on the page.
    async fn submit(&mut self, house: &TestHouse, path: &str, token: &str) -> Reply {
        let key = self.key();
        self.send(house, Method::POST, path, format!("form_key={key}&token={token}")).await
    }

    pub(super) async fn sign_in(house: &TestHouse, token: &str) -> Self {
        let mut browser = Self::default();
        browser.get(house, "/session").await;
        let reply = browser.submit(house, "/session", token).await;
        assert_eq!((reply.status, reply.header("location")), (StatusCode::SEE_OTHER, "/private"), "{}", reply.text());
        browser
    }

    fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn is_turned_away(reply: &Reply) -> bool {
    (reply.status, reply.header("location")) == (StatusCode::SEE_OTHER, "/session")
}

#[tokio::test]
async fn a_token_that_is_pasted_once_opens_the_private_page_and_is_not_kept_in_the_browser() {
    let house = TestHouse::open().await;
    let token = house.make("ada <b>", &["corpus", "team-a"], &[Action::Read, Action::Feedback], Some(1_900_000_000));
    let mut browser = Browser::sign_in(&house, &token).await;
    assert_eq!(browser.cookies.len(), 1, "the form's cookie is gone");
    assert!(!format!("{:?}", browser.cookies).contains(token.trim_start_matches("cairn_")));
    let page = browser.get(&house, "/private").await;
    assert_eq!(page.status, StatusCode::OK);
    let id = house.keyring().tokens()[1].id.clone();
    let facts = ["ada &lt;b&gt;", &id, "the public shelf, corpus, team-a", "read, feedback", "2030-03-17 17:46 UTC"];
    for fact in facts {
        assert!(page.text().contains(fact), "{fact}\n{}", page.text());
    }
    assert!(!page.text().contains(browser.cookie("__Host-cairn").unwrap()));
    assert!(browser.get(&house, "/session").await.header("location") == "/private", "who is in need not sign in");

    browser.get(&house, "/private").await;
    let out = browser.submit(&house, "/session/end", "").await;
    assert!(is_turned_away(&out) && browser.cookies.is_empty());
    assert!(is_turned_away(&browser.get(&house, "/private").await));
}

#[tokio::test]
async fn a_session_ends_with_its_token_with_its_time_and_for_good() {
    let house = TestHouse::open().await;
    for end in ["revoked", "rotated", "expired", "left alone", "signed out elsewhere"] {
        let token = house.make(end, &[], &[Action::Read], Some(house.now_s() + 100));
        let mut browser = Browser::sign_in(&house, &token).await;
        assert_eq!(browser.get(&house, "/private").await.status, StatusCode::OK);
        match end {
            "revoked" => drop(house.keyring().revoke(end, house.now_s()).unwrap()),
            "rotated" => drop(house.keyring().rotate(end, Rotation::default(), house.now_s()).unwrap()),
            "expired" => house.clock.pass(100),
            "left alone" => house.clock.pass(31 * 60),
            _ => {
                let mut same = Browser { cookies: browser.cookies.clone(), page: browser.page.clone() };
                same.submit(&house, "/session/end", "").await;
            }
        }
        assert!(is_turned_away(&browser.get(&house, "/private").await), "{end}");
    }
}

#[tokio::test]
async fn a_cookie_opens_no_route_of_the_api_or_of_mcp_and_no_other_page() {
    let house = TestHouse::open().await;
    let browser = Browser::sign_in(&house, &house.token).await;
    let cookie = format!("__Host-cairn={}", browser.cookie("__Host-cairn").unwrap());
    for row in ROUTES.iter().filter(|row| !row.route.takes_cookie()) {
        let path = row.path.replace("{*id}", "corpus/reorg").replace("{*page}", "corpus/reorg").replace("{name}", "x");
        for method in row.methods {
            let ask = |cookie: Option<&str>| {
                let mut request = match *method {
                    Method::POST => post(&path, &serde_json::json!({"query": "quicksilver plan"}), None),
                    _ => get(&format!("{path}?q=quicksilver"), None),
                };
                request.headers_mut().insert("x-request-id", "the-same-one".parse().unwrap());
                if let Some(cookie) = cookie {
                    request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
                }
                house.send(request)
            };
            let (with, without) = (ask(Some(&cookie)).await, ask(None).await);
            assert_eq!(with.status, without.status, "{method} {path}");
            let text = with.text();
            assert!(!text.contains("Reorganisation") && !text.contains("moves two teams"), "{method} {path}: {text}");
            if !text.contains("retrieval_id") {
                assert_eq!(text, without.text(), "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn a_form_of_somewhere_else_does_nothing() {
    let house = TestHouse::open().await;
    let mut browser = Browser::default();
    // Without the cookie, with another one's key, and with a key that was made up.
    let form = |key: &str| format!("form_key={key}&token={}", house.token);
    for key in ["", "0", &"0".repeat(64)] {
        let refused = browser.send(&house, Method::POST, "/session", form(key)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.text().contains("not from here") && browser.cookie("__Host-cairn").is_none());
    }
    let mut other = Browser::default();
    other.get(&house, "/session").await;
    browser.page = other.page;
    assert_eq!(browser.submit(&house, "/session", &house.token).await.status, StatusCode::FORBIDDEN);

    let mut signed_in = Browser::sign_in(&house, &house.token).await;
    let refused = signed_in.send(&house, Method::POST, "/session/end", "form_key=0".to_owned()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(signed_in.get(&house, "/private").await.status, StatusCode::OK);
    let json = house.send(post("/session", &serde_json::json!({"token": house.token}), None)).await;
    assert_eq!(json.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn guessing_in_the_form_is_slowed_as_it_is_in_the_header() {
    let house = TestHouse::open_within(Limits { failure_rate: 2, ..wide() }).await;
    let mut browser = Browser::default();
    browser.get(&house, "/session").await;
    for _ in 0..2 {
        let refused = browser.submit(&house, "/session", "cairn_wrong").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(refused.text().contains("the token is not valid") && !refused.text().contains("cairn_wrong"));
        assert!(refused.header("www-authenticate").contains("invalid_token"));
    }
    let refused = browser.submit(&house, "/session", "cairn_wrong").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(house.send(get("/", Some("wrong"))).await.status, StatusCode::TOO_MANY_REQUESTS, "one count for both");
    let good = browser.submit(&house, "/session", &house.token).await;
    assert_eq!(good.header("location"), "/private");
}

#[tokio::test]
async fn two_cookies_of_the_name_are_none_and_a_header_opens_the_page_without_a_form() {
    let house = TestHouse::open().await;
    let mut browser = Browser::sign_in(&house, &house.token).await;
    browser.cookies.push(("__Host-cairn".to_owned(), "0".repeat(64)));
    assert!(is_turned_away(&browser.get(&house, "/private").await));
    let page = house.owner("/private").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("every private collection") && !page.text().contains("/session/end"));
}
