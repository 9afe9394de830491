//! Pages that were drawn before: the same for whoever asks, however they are sent, and gone with what they show.

use std::io::Read as _;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use flate2::read::GzDecoder;

use super::house::{Reply, TestHouse, get};
use crate::http::drawn::{Asked, Pages, Standing};
use crate::site::{Found, Representation};

fn asked(path: &str) -> Asked {
    Asked::new(path.to_owned(), Representation::Html, &HeaderMap::new())
}

/// Asks as a browser does.
async fn zipped(house: &TestHouse, path: &str, known: Option<&str>) -> Reply {
    let mut request = Request::get(path).header("host", "localhost").header("accept-encoding", "br, gzip;q=0.8");
    if let Some(known) = known {
        request = request.header("if-none-match", known);
    }
    house.send(request.body(Body::empty()).unwrap()).await
}

fn unzipped(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}

#[tokio::test]
async fn a_page_is_drawn_once_for_a_state_and_what_does_not_exist_is_not_kept() {
    let house = TestHouse::open().await;
    let pages = Pages::new(Arc::clone(&house.app.site));
    let mut drawn = 0;
    let mut get = |path: &str| {
        let standing = pages.get(&asked(path), |site| {
            drawn += 1;
            site.page(path, Representation::Html)
        });
        (matches!(standing.unwrap(), Standing::Drawn(_)), drawn)
    };
    assert_eq!(get("/playbook/release"), (true, 1));
    assert_eq!(get("/playbook/release"), (true, 1));
    assert_eq!(get("/playbook/none"), (false, 2));
    assert_eq!(get("/playbook/none"), (false, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_drawn_while_the_state_changed_is_not_kept() {
    let house = TestHouse::open().await;
    let pages = Pages::new(Arc::clone(&house.app.site));
    let (status, before) = (house.app.library.status(), house.app.site.stamp());
    let drawn = pages.get(&asked("/playbook/release"), |site| {
        let found = site.page("/playbook/release", Representation::Html);
        std::fs::write(house.path("playbook/release.md"), "# Releasing\n\nOtherwise.\n").unwrap();
        house.app.library.compare();
        let mut status = status.clone();
        let changed = async { status.wait_for(|_| house.app.site.stamp() != before).await.is_ok() };
        assert!(tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(changed)));
        found
    });
    assert!(matches!(drawn, Ok(Standing::Drawn(_))));
    let again = pages.get(&asked("/playbook/release"), |_| Ok(Found::Missing));
    assert!(matches!(again, Ok(Standing::Other(Found::Missing))), "it is drawn again");
}

#[tokio::test]
async fn a_page_is_the_same_compressed_or_not_and_is_not_sent_again() {
    let house = TestHouse::open().await;
    for path in ["/", "/playbook/long", "/playbook/long.json", "/tags", "/search-index.js"] {
        for round in 0..2 {
            let (plain, small) = (house.send(get(path, None)).await, zipped(&house, path, None).await);
            assert_eq!((plain.status, small.status), (StatusCode::OK, StatusCode::OK), "{path}");
            if plain.body.len() < 1_024 {
                assert_eq!(small.body, plain.body, "{path}");
                continue;
            }
            assert_eq!((plain.header("content-encoding"), small.header("content-encoding")), ("", "gzip"), "{path}");
            assert_eq!(unzipped(&small.body), plain.body, "{path}, round {round}");
            assert_eq!(plain.header("etag"), small.header("etag"), "{path}");
            for reply in [&plain, &small] {
                let vary: Vec<_> = reply.headers.get_all("vary").iter().map(|one| one.to_str().unwrap()).collect();
                assert!(vary.concat().to_lowercase().contains("accept-encoding"), "{path}: {vary:?}");
            }
            let again = zipped(&house, path, Some(plain.header("etag"))).await;
            assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
            assert_eq!(again.header("content-encoding"), "", "{path}");
        }
    }
}

#[tokio::test]
async fn a_page_that_is_taken_back_is_gone_however_often_it_was_drawn() {
    let house = TestHouse::open().await;
    let path = "/playbook/on%20call";
    for _ in 0..2 {
        assert_eq!(house.send(get(path, None)).await.status, StatusCode::OK);
        assert_eq!(zipped(&house, path, None).await.status, StatusCode::OK);
        assert!(house.send(get("/playbook/release", None)).await.text().contains("href=\"/playbook/on%20call\""));
    }
    let before = house.app.site.stamp();
    std::fs::write(house.path("playbook/on call.md"), "---\nvisibility: private\n---\n# On call\n").unwrap();
    let mut status = house.app.library.status();
    house.app.library.compare();
    status.wait_for(|_| house.app.site.stamp() != before).await.unwrap();
    assert_eq!(house.send(get(path, None)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(zipped(&house, path, None).await.status, StatusCode::NOT_FOUND);
    let linking = house.send(get("/playbook/release", None)).await.text();
    assert!(!linking.contains("on%20call"), "{linking}");
}

#[tokio::test]
async fn every_look_at_a_page_is_counted_drawn_or_not_and_none_at_its_head() {
    let house = TestHouse::open().await;
    for _ in 0..3 {
        house.send(get("/playbook/release", None)).await;
    }
    let head = Request::head("/playbook/release").header("host", "localhost").body(Body::empty()).unwrap();
    assert_eq!(house.send(head).await.status, StatusCode::OK);
    let (_, counts) = house.app.site.take_views(house.app.site.library().now());
    let counts: Vec<_> = counts.iter().map(|(id, count)| (id.as_str(), *count)).collect();
    assert_eq!(counts, [("playbook/release", 3)]);
}
