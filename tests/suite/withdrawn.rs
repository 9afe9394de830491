//! What leaves the public shelf is written down, with the reason, and what comes onto it: the owner can say from when to
//! when a page was public.

use cairn::access::Visibility;
use cairn::corpus::Digest;
use cairn::ledger::Withdrawal;

use crate::support::{Repository, Setting, TestHouse};

const OPEN: &str = "# Harbour\n\nThe keeper is called Obadiah.\n";
const CLOSED: &str = "---\nvisibility: private\n---\n# Harbour\n\nThe keeper is called Obadiah.\n";

/// What the ledger says has left, oldest first: the document, why, and whether its digest is that of `text`.
fn left(house: &TestHouse, text: &str) -> Vec<(String, Withdrawal, bool)> {
    let documents = house.withdrawn().into_iter().flat_map(|withdrawn| withdrawn.documents);
    let same = Digest::of(text.as_bytes());
    documents.map(|document| (document.doc.to_string(), document.why, document.sha256 == same)).collect()
}

#[tokio::test]
async fn a_page_that_is_narrowed_moved_or_deleted_is_recorded_once_and_an_edit_is_not() {
    let files = [("playbook/a.md", OPEN), ("playbook/b.md", OPEN), ("playbook/c.md", OPEN), ("corpus/d.md", OPEN)];
    let mut house = TestHouse::of(&files).await;
    house.write("playbook/a.md", CLOSED);
    house.index().await;
    let narrowed = ("playbook/a".to_owned(), Withdrawal::Narrowed, true);
    assert_eq!(left(&house, OPEN), std::slice::from_ref(&narrowed));
    assert_eq!(house.withdrawn()[0].generation, house.generation("public"));

    house.rename("playbook/b.md", "corpus/b.md");
    house.remove("playbook/c.md");
    house.remove("corpus/d.md");
    house.index().await;
    let removed = |id: &str| (id.to_owned(), Withdrawal::Removed, true);
    let all = [narrowed, removed("playbook/b"), removed("playbook/c")];
    assert_eq!(left(&house, OPEN), all, "what was private already leaves nothing");

    house.write("playbook/a.md", OPEN);
    house.index().await;
    house.write("playbook/a.md", "# Harbour\n\nAnother keeper.\n");
    house.index().await;
    house.restart().await;
    assert_eq!(left(&house, OPEN), all);
}

#[tokio::test]
async fn a_page_that_becomes_public_is_recorded_for_the_first_time_and_again_and_an_edit_is_not() {
    let files = [("playbook/a.md", OPEN), ("playbook/b.md", CLOSED), ("corpus/d.md", OPEN)];
    let mut house = TestHouse::of(&files).await;
    let came = |house: &TestHouse| -> Vec<(String, bool)> {
        let documents = house.published().into_iter().flat_map(|published| published.documents);
        documents.map(|one| (one.doc.to_string(), one.sha256 == Digest::of(OPEN.as_bytes()))).collect()
    };
    let a = ("playbook/a".to_owned(), true);
    assert_eq!(came(&house), std::slice::from_ref(&a));
    assert_eq!(house.published()[0].generation, 1);
    house.write("playbook/b.md", OPEN);
    house.index().await;
    house.write("playbook/b.md", "# Harbour\n\nAnother keeper.\n");
    house.index().await;
    house.write("playbook/b.md", CLOSED);
    house.index().await;
    house.write("playbook/b.md", OPEN);
    house.index().await;
    house.restart().await;
    let b = ("playbook/b".to_owned(), true);
    assert_eq!(came(&house), [a, b.clone(), b]);
}

#[tokio::test]
async fn what_turned_private_while_nobody_looked_is_recorded_when_it_leaves() {
    let setting = Setting { corpus: Visibility::Public, ..Setting::default() };
    let mut house = TestHouse::with(setting, &[("corpus/a.md", OPEN), ("playbook/b.md", OPEN)]).await;
    house.close();
    house.setting.corpus = Visibility::Private;
    house.write("playbook/b.md", CLOSED);
    house.open().await;
    assert_eq!(house.stranger().lists().await, [""; 0]);
    let narrowed = |id: &str| (id.to_owned(), Withdrawal::Narrowed, true);
    assert_eq!(left(&house, OPEN), [narrowed("corpus/a"), narrowed("playbook/b")]);
}

#[test]
fn the_log_shows_it_to_the_owner() {
    let repository = Repository::of(&[("playbook/harbour.md", OPEN)]);
    assert!(repository.run(&["search", "keeper"]).status.success());
    repository.write("playbook/harbour.md", CLOSED);
    assert!(repository.run(&["search", "keeper"]).status.success());
    let shown = String::from_utf8(repository.run(&["log", "tail"]).stdout).unwrap();
    assert!(
        shown.contains("withdrawn 1 document: not public from generation 2 on\n  playbook/harbour narrowed"),
        "{shown}"
    );
    let raw = String::from_utf8(repository.run(&["log", "tail", "--json"]).stdout).unwrap();
    assert!(raw.contains(r#""kind":"withdrawn","generation":2,"documents":[{"doc":"playbook/harbour","#), "{raw}");
}

#[tokio::test]
async fn a_private_shelf_that_cannot_be_made_keeps_no_stranger_waiting() {
    let house = TestHouse::shut(Setting { watch: false, ..Setting::default() });
    house.write("playbook/a.md", OPEN);
    house.write("corpus/b.md", OPEN);
    // A file where the folder of the shelf would be.
    house.write(".cairn/shelves/private/corpus", "");
    let (library, _ledger) = house.try_open(house.options()).unwrap();
    let mut status = library.status();
    let known = status.wait_for(|status| status.public_ready && status.failures > 0).await.unwrap().clone();
    assert!(!known.ready, "the owner is told");
    assert!(library.public().ready());
    assert_eq!(library.public().shelf().documents().len(), 1);
}
