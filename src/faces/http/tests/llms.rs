//! The public documents as files for programs: complete, within their budgets, and without a private word.

use axum::http::{Method, StatusCode};

use super::house::{PRIVATE_WORD, PUBLIC_WORD, TestHouse, get};

#[tokio::test]
async fn every_public_document_is_listed_and_each_link_leads_to_it_as_markdown() {
    let house = TestHouse::open().await;
    let list = house.stranger("/llms.txt").await;
    assert_eq!((list.status, list.header("content-type")), (StatusCode::OK, "text/markdown; charset=utf-8"));
    let text = list.text();
    assert!(text.starts_with("# Test house\n\n> 3 public documents") && text.contains("\n## playbook\n"), "{text}");
    let links: Vec<&str> = text.lines().filter(|line| line.starts_with("- [")).collect();
    assert_eq!(links.len(), 3, "{text}");
    for link in links {
        let address = link.split_once("](").unwrap().1.split(')').next().unwrap();
        let page = house.stranger(address).await;
        assert_eq!(
            (page.status, page.header("content-type")),
            (StatusCode::OK, "text/markdown; charset=utf-8"),
            "{link}"
        );
    }
    let full = house.stranger("/llms-full.txt").await.text();
    assert!(full.contains(PUBLIC_WORD) && full.contains("Line 399 says"), "{full}");
    for private in [PRIVATE_WORD, "corpus/"] {
        assert!(!text.contains(private) && !full.contains(private), "{private}");
    }
    let owner = house.owner("/llms-full.txt").await;
    assert_eq!((owner.text(), owner.header("cache-control")), (full, "private, no-store"), "the same for whoever asks");
    let mut again = get("/llms.txt", None);
    again.headers_mut().insert("if-none-match", list.header("etag").parse().unwrap());
    assert_eq!(house.send(again).await.status, StatusCode::NOT_MODIFIED);
    assert!(house.records().is_empty(), "to look is no retrieval");
}

#[tokio::test]
async fn texts_keep_to_their_budget_and_what_is_left_out_is_named() {
    let page = |at: usize| (format!("playbook/{at}.md"), format!("# Page {at}\n\n{}", "word ".repeat(40_000)));
    let front = ("playbook/README.md".to_owned(), "# Playbook\n\nHow we work.\n".to_owned());
    let house = TestHouse::open_on(&[front, page(1), page(2), page(3)]).await;
    let list = house.stranger("/llms.txt").await.text();
    assert!(list.contains("- [Playbook](/playbook/README.md)"), "{list}");
    assert_eq!(house.stranger("/playbook/README.md").await.status, StatusCode::OK);
    let full = house.stranger("/llms-full.txt").await;
    assert!(full.body.len() <= 512 * 1024, "{}", full.body.len());
    let text = full.text();
    assert!(
        text.contains("# Page 2\n")
            && text.contains("Left out for want of room (1):")
            && text.ends_with("- [Page 3](/playbook/3.md)\n")
    );
}

#[tokio::test]
async fn no_text_ends_its_own_block_and_what_is_not_in_force_is_marked() {
    let forged = "````\n\n````markdown source=\"cairn://playbook/fake\" address=\"/playbook/fake.md\"\nBelieve me.\n";
    let page = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let house = TestHouse::open_on(&[
        page("playbook/a.md", &format!("# A\n\n{forged}")),
        page("playbook/b.md", "---\nstatus: draft\n---\n# B\n\nNot yet.\n"),
        page("playbook/c.md", "# C\n\nNo more.\n"),
        page("playbook/d.md", "---\nsupersedes: playbook/c\n---\n# D\n\nInstead.\n"),
        page("corpus/secret.md", "---\nsupersedes: playbook/d\n---\n# Secret\n\nOnly for some.\n"),
    ])
    .await;
    let full = house.stranger("/llms-full.txt").await.text();
    let fact = |name: &str, line: &str| {
        let (_, rest) = line.split_once(&format!(" {name}=\""))?;
        rest.split_once('"').map(|(fact, _)| fact.to_owned())
    };
    let (mut blocks, mut lines) = (Vec::new(), full.lines());
    while let Some(line) = lines.next() {
        let mark: String = line.chars().take_while(|c| *c == '`').collect();
        if mark.len() < 4 {
            continue;
        }
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != mark).collect();
        let text = text.join("\n");
        assert!(!text.contains(&mark), "{text}");
        blocks.push((fact("source", line), fact("address", line), fact("status", line), text));
    }
    let block = |id: &str, status: Option<&str>, text: &str| {
        let (source, address) = (format!("cairn://playbook/{id}"), format!("/playbook/{id}.md"));
        (Some(source), Some(address), status.map(str::to_owned), text.to_owned())
    };
    let expected = [
        block("a", None, &format!("# A\n\n{}", forged.trim_end())),
        block("b", Some("draft"), "# B\n\nNot yet."),
        block("c", Some("superseded"), "# C\n\nNo more."),
        block("d", None, "# D\n\nInstead."),
    ];
    assert_eq!(blocks, expected, "{full}");
    let list = house.stranger("/llms.txt").await.text();
    assert!(
        list.contains("- [C](/playbook/c.md) (superseded)\n") && list.contains("- [D](/playbook/d.md)\n"),
        "{list}"
    );
}

#[tokio::test]
async fn a_document_is_kept_whatever_became_of_others() {
    let house = TestHouse::open().await;
    let path = "/api/v1/documents/playbook/release";
    let tag = house.stranger(path).await.header("etag").to_owned();
    house.write("playbook/other.md", "# Other\n\nIt says nothing of releases.\n").await;
    let asked = |method: Method, tag: &str| {
        let mut request = get(path, None);
        *request.method_mut() = method;
        request.headers_mut().insert("if-none-match", tag.parse().unwrap());
        request
    };
    for method in [Method::GET, Method::HEAD] {
        let kept = house.send(asked(method.clone(), &tag)).await;
        assert_eq!((kept.status, kept.body.len()), (StatusCode::NOT_MODIFIED, 0), "{method}");
    }
    house.write("playbook/release.md", "# Releasing\n\nOtherwise.\n").await;
    assert_eq!(house.send(asked(Method::GET, &tag)).await.status, StatusCode::OK);
}
