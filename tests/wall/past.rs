//! What a page was before it was public, or while it was not, is nowhere: not in its history, not in a comparison, not
//! under its former address.

use axum::http::StatusCode;
use cairn::history::blob_id;
use cairn::library::Commits;

use super::git::{Files, Git};
use super::house::{Ask, House, Reply, folder, put};

const NOW: &str = "# Quay\n\nThe quay is where the ferry lands, every day.\n";
const BEFORE: &str = "# Quay\n\nThe quay is where the ferry lands.\n<!-- zqhidden -->\n";

/// Contents of one page, one commit each, at one second each: the path, the text, and whether it may be told of.
fn past() -> Vec<(&'static str, String, bool)> {
    let narrowed = format!("---\nvisibility: private\n---\n{BEFORE}zqnarrowed\n");
    // Put together here, so that no file of this repository holds a token.
    let secret = format!("{BEFORE}The key is ghp_{}.\n", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    vec![
        ("playbook/early.md", format!("{BEFORE}zqearly\n"), false),
        ("corpus/quay.md", format!("{BEFORE}zqmoved\n"), false),
        ("playbook/quay.md", narrowed, false),
        ("playbook/quay.md", format!("{BEFORE}zqbetween\n"), false),
        ("playbook/quay.md", secret, false),
        ("playbook/old quay.md", format!("{BEFORE}First.\n"), true),
        ("playbook/quay.md", BEFORE.to_owned(), true),
        ("playbook/quay.md", NOW.to_owned(), true),
    ]
}

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.bytes()).unwrap()
}

fn names(page: &str) -> Vec<String> {
    let ranges = page.split("href=\"/compare/").skip(1).filter_map(|rest| rest.split('/').next());
    ranges.flat_map(|range| range.split("..").map(str::to_owned).collect::<Vec<_>>()).collect()
}

async fn house(past: &[(&str, String, bool)], commits: Commits) -> House {
    let folder = folder();
    let mut git = Git::in_folder(folder.path());
    let private = ("corpus/plan.md".to_owned(), b"# Plan\n\nzqplan\n".to_vec());
    let mut files = Files::new();
    for ((path, text, _), second) in past.iter().zip(1..) {
        files = Files::from([((*path).to_owned(), text.clone().into_bytes()), private.clone()]);
        git.commit(&files, 1_700_000_000 + 86_400 * second, &format!("zqsubject {second}"));
    }
    put(folder.path(), &files);
    House::open(folder, "z-tide", commits).await
}

#[tokio::test]
async fn only_what_was_public_when_it_was_made_and_would_be_today_is_history() {
    let past = past();
    let house = house(&past, Commits::Owner).await;
    let history = text(&house.stranger(&Ask::get("/history/playbook/quay"), 1).await);
    let told: Vec<&str> =
        ["2023-11-22", "2023-11-21", "2023-11-20"].into_iter().filter(|day| history.contains(day)).collect();
    assert_eq!(told.len(), 3, "{history}");
    for never in ["2023-11-19", "2023-11-18", "2023-11-17", "zqsubject", "zq"] {
        assert!(!history.contains(never), "{never} is told: {history}");
    }
    assert!(history.contains("as playbook/old quay"), "{history}");

    let names = names(&history);
    let compared = format!("/compare/{}..{}/playbook/quay", names[0], names[1]);
    let page = text(&house.stranger(&Ask::get(&compared), 2).await);
    assert!(page.contains("<ins>, every day</ins>") && !page.contains("zq"), "{page}");
    let missing = house.stranger(&Ask::get("/compare/0000000..1111111/playbook/quay"), 3).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    for (path, content, public) in &past {
        let blob = blob_id(content.as_bytes()).unwrap().to_string();
        let ask = Ask::get(format!("/compare/{}..{}/playbook/quay", &blob[..12], names[1]));
        let reply = house.stranger(&ask, 4).await;
        assert_eq!(reply.status == StatusCode::OK, *public, "{path}: {}", text(&reply));
        assert!(!text(&reply).contains("zq"), "{path}");
    }
}

#[tokio::test]
async fn a_former_address_leads_on_if_the_page_was_public_there() {
    let house = house(&past(), Commits::Owner).await;
    for path in ["/playbook/old%20quay", "/playbook/old%20quay/"] {
        let reply = house.stranger(&Ask::get(path), 1).await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("location").as_deref()),
            (308, Some("/playbook/quay")),
            "{path}"
        );
    }
    for path in ["/playbook/early", "/corpus/quay", "/playbook/never"] {
        let reply = house.stranger(&Ask::get(path), 2).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn subjects_and_commits_are_told_where_the_repository_is_public_as_a_whole() {
    let past = past();
    let house = house(&past, Commits::Everyone).await;
    let history = text(&house.stranger(&Ask::get("/history/playbook/quay"), 1).await);
    assert!(history.contains("zqsubject 8") && !history.contains("zqsubject 5"), "{history}");
    let names = names(&history);
    let page = text(&house.stranger(&Ask::get(format!("/compare/{}..{}/playbook/quay", names[0], names[1])), 2).await);
    assert!(page.contains("zqsubject 7") && page.contains("zqsubject 8"), "{page}");
}
