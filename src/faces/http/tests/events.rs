//! Events of the public shelf: what changed, for whoever listens, from where they left; and what a listener may hold.

use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::house::{TestHouse, get};

/// A stream that somebody listens to, and the id of the event that it was told last.
struct Listener(Body, String);

async fn listen(house: &TestHouse, last: Option<&str>) -> Listener {
    let mut request = get("/api/v1/events", None);
    if let Some(last) = last {
        request.headers_mut().insert("last-event-id", last.parse().unwrap());
    }
    let response = house.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        (&response.headers()["content-type"], &response.headers()["cache-control"]),
        (&"text/event-stream".parse().unwrap(), &"no-store".parse().unwrap())
    );
    Listener(response.into_body(), String::new())
}

impl Listener {
    /// The next line of text that was sent; `None` at the end.
    async fn frame(&mut self) -> Option<String> {
        let frame = tokio::time::timeout(std::time::Duration::from_secs(30), self.0.frame()).await.expect("in time")?;
        Some(String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap())
    }

    /// The next event: its name and what it says.
    async fn event(&mut self) -> (String, Value) {
        loop {
            let frame = self.frame().await.expect("goes on");
            let line = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if let (Some(kind), Some(data)) = (line("event:"), line("data:")) {
                let data: Value = serde_json::from_str(data).unwrap();
                line("id:").unwrap().clone_into(&mut self.1);
                assert!(self.1.starts_with(&format!("{}-", data["generation"])), "{frame}");
                return (kind.to_owned(), data);
            }
        }
    }
}

#[tokio::test]
async fn who_listens_is_told_which_public_documents_changed_and_nothing_of_private_ones() {
    let house = TestHouse::open().await;
    let mut listener = listen(&house, None).await;
    let (kind, now) = listener.event().await;
    assert_eq!((kind.as_str(), &now["changed"], &now["truncated"]), ("generation", &json!([]), &json!(false)));
    std::fs::write(house.path("corpus/secret.md"), "# Secret\n").unwrap();
    let next = house.write("playbook/new.md", "# New\n").await;
    let told = json!({"generation": next, "changed": ["cairn://playbook/new"], "removed": [], "truncated": false});
    assert_eq!(listener.event().await, ("generation".to_owned(), told));
    std::fs::remove_file(house.path("playbook/new.md")).unwrap();
    let last = house.write("playbook/release.md", "# Releasing\n\nOtherwise.\n").await;
    let mut changed = listener.event().await.1;
    if changed["generation"] != last {
        changed = listener.event().await.1;
    }
    assert_eq!(
        (&changed["changed"], &changed["removed"]),
        (&json!(["cairn://playbook/release"]), &json!(["cairn://playbook/new"]))
    );
}

#[tokio::test]
async fn who_was_away_goes_on_where_it_was_and_is_told_when_that_cannot_be() {
    let house = TestHouse::open().await;
    let mut first = listen(&house, None).await;
    first.event().await;
    let begun = first.1.clone();
    let next = house.write("playbook/new.md", "# New\n").await;
    first.event().await;
    let newest = first.1.clone();
    drop(first);
    let mut again = listen(&house, Some(&begun)).await;
    let (kind, missed) = again.event().await;
    assert_eq!(
        (kind.as_str(), &missed["generation"], &missed["changed"]),
        ("generation", &json!(next), &json!(["cairn://playbook/new"]))
    );
    // A number that is known, of another index that counted from the beginning as well, is nothing that was told.
    let another = format!("{next}-0000000000000007");
    for unknown in [format!("{}-{}", next + 7, 0), "0".to_owned(), next.to_string(), another] {
        let (kind, reset) = listen(&house, Some(&unknown)).await.event().await;
        assert_eq!(
            (kind.as_str(), &reset["generation"], &reset["truncated"]),
            ("reset", &json!(next), &json!(true)),
            "{unknown}"
        );
    }
    // Who has everything is told nothing until something comes.
    let mut current = listen(&house, Some(&newest)).await;
    assert_eq!(current.frame().await.unwrap(), "retry: 3000\n\n");
    let after = house.write("playbook/newer.md", "# Newer\n").await;
    assert_eq!(current.event().await.1["generation"], after);
}

#[tokio::test]
async fn who_reads_slowly_holds_a_few_lines_and_is_told_what_it_missed() {
    let house = TestHouse::open().await;
    let mut slow = listen(&house, None).await;
    let begun = slow.event().await.1["generation"].as_u64().unwrap();
    for generation in begun + 1..=begun + 1_000 {
        house.app.newsroom.publish_for_test(generation);
        tokio::task::yield_now().await;
    }
    let mut told = Vec::new();
    while told.last().is_none_or(|last| *last != begun + 1_000) {
        told.push(slow.event().await.1["generation"].as_u64().unwrap());
    }
    assert!(told.len() < 140, "{} lines were kept for one that does not read", told.len());
    assert!(told.is_sorted());
    drop(slow);
    while house.app.newsroom.listeners() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn places_are_bounded_and_every_stream_ends_with_the_server() {
    let house = TestHouse::open().await;
    let mut all = Vec::new();
    for _ in 0..64 {
        all.push(listen(&house, None).await);
    }
    let refused = house.send(get("/api/v1/events", None)).await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "30"));
    let metrics = house.owner("/metrics").await.text();
    assert!(metrics.contains("cairn_event_listeners 64"), "{metrics}");
    house.app.newsroom.close();
    for mut listener in all {
        while listener.frame().await.is_some() {}
    }
}
