//! Commit ids: a digest over private files, too, and so the owner's, unless a repository is public as a whole.

use axum::http::Method;
use cairn::library::Commits;

use super::git::{Files, Git};
use super::house::{Ask, House, Reply, folder, put};

const PAGE: &str = "# Quay\n\nThe quay is where the ferry lands.\n";

/// A house whose one public page was committed together with `secret`; and the commit's id.
async fn house(secret: &str, commits: Commits) -> (House, String) {
    let folder = folder();
    let files = Files::from([
        ("playbook/quay.md".to_owned(), PAGE.into()),
        ("corpus/secret.md".to_owned(), format!("# Secret\n\n{secret}\n").into()),
    ]);
    put(folder.path(), &files);
    let id = Git::in_folder(folder.path()).commit(&files, 1_700_000_000, "both");
    (House::open(folder, "z-tide", commits).await, id)
}

/// Every surface on which a public page's history could show.
fn asks() -> Vec<Ask> {
    let message = |params: &str| {
        let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":{params}}}"#);
        let ask = Ask { method: Method::POST, body: body.into(), ..Ask::get("/mcp") };
        let ask = ask.with("content-type", "application/json").with("accept", "application/json, text/event-stream");
        ask.with("mcp-protocol-version", "2025-11-25")
    };
    let search =
        r#""tools/call","params":{"name":"search_context","arguments":{"query":"ferry quay","detail":"full"}}"#;
    vec![
        Ask::get("/api/v1/search?q=ferry+quay"),
        Ask::get("/api/v1/search?q=ferry+quay&detail=concise"),
        Ask::get("/api/v1/documents/playbook/quay"),
        Ask::get("/api/v1/documents/playbook/quay.md"),
        Ask::get("/playbook/quay"),
        Ask::get("/"),
        message(search),
        message(&search.replace("full", "concise")),
        message(r#""tools/call","params":{"name":"get_document","arguments":{"uri":"playbook/quay"}}"#),
        message(r#""resources/read","params":{"uri":"cairn://playbook/quay"}"#),
    ]
}

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.bytes()).unwrap()
}

#[tokio::test]
async fn strangers_are_told_when_a_page_was_committed_and_not_by_which_commit() {
    let (house, id) = house("first", Commits::Owner).await;
    let mut dated = 0;
    for (ask, moment) in asks().iter().zip(1..) {
        let stranger = text(&house.stranger(ask, moment).await);
        assert!(!stranger.contains(&id[..7]), "{stranger}");
        dated += usize::from(stranger.contains("2023-11-14"));
    }
    assert!(dated > 6, "the date is a matter of the page alone: {dated}");
    let owner = text(&house.owner(&Ask::get("/api/v1/documents/playbook/quay"), 99).await);
    assert!(owner.contains(&id), "who may see everything is told: {owner}");
}

#[tokio::test]
async fn a_repository_that_is_public_as_a_whole_tells_everybody_and_then_private_text_would_show() {
    let (first, id) = house("first", Commits::Everyone).await;
    let (second, other) = house("second", Commits::Everyone).await;
    let (mut told, mut apart) = (0, 0);
    for (ask, moment) in asks().iter().zip(1..) {
        let (left, right) = (text(&first.stranger(ask, moment).await), text(&second.stranger(ask, moment).await));
        told += usize::from(left.contains(&id[..7]) && right.contains(&other[..7]));
        apart += usize::from(left != right);
    }
    assert!(told >= 8, "{told}");
    assert_eq!(told, apart, "what the setting costs, and why it is not the default");
}
