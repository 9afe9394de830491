//! Images: public with the pages that show them, missing otherwise, and harmless in any case.

use axum::http::{Method, StatusCode};

use super::house::{Reply, TestHouse, get};

const PNG: &[u8] = b"\x89PNG\r\n\x1A\n the picture";
const SVG: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";

/// A house whose pages show some of its pictures.
async fn house() -> TestHouse {
    let pages = [
        (
            "playbook/page.md",
            "# Page\n\n![a](pics/a.png) ![v](v.svg) ![t](text.png) ![g](gone.png) ![c](../corpus/c.png) ![l](l.png)\n",
        ),
        ("playbook/held.md", "---\nvisibility: private\n---\n# Held\n\n![h](pics/held.png) ![a](pics/a.png)\n"),
        ("corpus/secret.md", "# Secret\n\n![c](c.png)\n"),
    ];
    let house = TestHouse::open_on(&pages.map(|(path, text)| (path.to_owned(), text.to_owned()))).await;
    for (path, bytes) in [
        ("playbook/pics/a.png", PNG),
        ("playbook/pics/held.png", PNG),
        ("playbook/pics/unused.png", PNG),
        ("playbook/v.svg", SVG),
        ("playbook/text.png", b"the secret text"),
        ("corpus/c.png", PNG),
    ] {
        let path = house.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    std::os::unix::fs::symlink(house.path("corpus/c.png"), house.path("playbook/l.png")).unwrap();
    house
}

/// What an answer is but for what each request has of its own: the path it repeats, its id and what follows from those.
fn shape(reply: &Reply, path: &str) -> String {
    let own = ["x-request-id", "etag", "content-length"];
    let headers: Vec<_> = reply.headers.iter().filter(|(name, _)| !own.contains(&name.as_str())).collect();
    let words = path.rsplit('/').next().unwrap().replace(['-', '_', '+'], " ");
    let body = reply.text().replace(path, "PATH").replace(&format!("value=\"{words}\""), "value=\"WORDS\"");
    format!("{} {headers:?} {body}", reply.status)
}

#[tokio::test]
async fn an_image_that_a_public_page_shows_is_served_and_may_do_nothing() {
    let house = house().await;
    let page = house.stranger("/playbook/page").await.text();
    assert!(page.contains("<img src=\"/playbook/pics/a.png\" alt=\"a\""), "{page}");
    assert!(page.contains("<span class=\"image\">c</span>"), "an image of a private folder is its words: {page}");
    let image = house.stranger("/playbook/pics/a.png").await;
    assert_eq!((image.status, image.body.as_slice()), (StatusCode::OK, PNG));
    assert_eq!(image.header("content-type"), "image/png");
    assert_eq!(image.header("cache-control"), "no-cache");
    assert_eq!(image.header("x-content-type-options"), "nosniff");
    let vector = house.stranger("/playbook/v.svg").await;
    assert_eq!((vector.status, vector.header("content-type")), (StatusCode::OK, "image/svg+xml"));
    assert_eq!(vector.header("content-security-policy"), "default-src 'none'; style-src 'unsafe-inline'; sandbox");

    let mut known = get("/playbook/pics/a.png", None);
    known.headers_mut().insert("if-none-match", image.header("etag").parse().unwrap());
    let known = house.send(known).await;
    assert_eq!((known.status, known.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(house.stranger("/playbook/%70ics/a.png").await.body, PNG, "an address may be written otherwise");
    assert_eq!(house.owner("/playbook/pics/a.png").await.header("cache-control"), "private, no-store");
    let mut sent = get("/playbook/pics/a.png", None);
    *sent.method_mut() = Method::DELETE;
    assert_eq!(house.send(sent).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn every_other_image_is_missing_like_what_never_was() {
    let house = house().await;
    let never = "/playbook/never.png";
    let expected = shape(&house.stranger(never).await, never);
    assert!(expected.starts_with("404"));
    for path in [
        "/playbook/pics/held.png",
        "/playbook/pics/unused.png",
        "/playbook/text.png",
        "/playbook/gone.png",
        "/playbook/l.png",
        "/corpus/c.png",
        "/corpus/secret.png",
        "/nowhere/x.png",
    ] {
        let reply = house.stranger(path).await;
        assert_eq!(shape(&reply, path), expected, "{path}");
        let owner = house.owner(path).await;
        assert_eq!(owner.status, StatusCode::NOT_FOUND, "pages show what is public, whoever looks: {path}");
    }
}

#[tokio::test]
async fn an_image_changes_goes_and_comes_with_its_file_and_its_page() {
    let house = house().await;
    let image = "/playbook/pics/a.png";
    let first = house.stranger(image).await;
    let other = [PNG, b", another one"].concat();
    std::fs::write(house.path("playbook/pics/a.png"), &other).unwrap();
    let mut known = get(image, None);
    known.headers_mut().insert("if-none-match", first.header("etag").parse().unwrap());
    let second = house.send(known).await;
    assert_eq!((second.status, second.body), (StatusCode::OK, other), "at once, without a generation");

    let mut status = house.app.library.status();
    let generation = |status: &crate::library::Status| status.generations;
    let before = generation(&status.borrow());
    let held = "---\nvisibility: private\n---\n# Page\n\n![a](pics/a.png)\n";
    std::fs::write(house.path("playbook/page.md"), held).unwrap();
    house.app.library.compare();
    // The public shelf lets go of it first, then the private one takes it up.
    status.wait_for(|status| generation(status) > before).await.unwrap();
    assert_eq!(house.stranger(image).await.status, StatusCode::NOT_FOUND);
}
