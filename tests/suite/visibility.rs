//! Private text never reaches a stranger, and leaves no trace there when it once was public.

use cairn::library::ReadError;

use crate::support::TestHouse;

const OPEN: &str = "# Harbour\n\nThe lighthouse keeper of the harbour is called Obadiahx.\n";
const CLOSED: &str =
    "---\nvisibility: private\n---\n# Harbour\n\nThe lighthouse keeper of the harbour is called Obadiahx.\n";
const LINKING: &str = "# Pier\n\nSee [the harbour](harbour.md) for the pier.\n";
const LINKED: &str = "# Quay\n\nThe quay stands alone.\n";

async fn knows(house: &TestHouse) -> (bool, bool, bool) {
    let stranger = house.stranger();
    let found = !stranger.finds("Obadiahx").await.is_empty();
    let read = stranger.reads("playbook/harbour").await.is_ok();
    let pier = stranger.reads("playbook/pier").await.unwrap();
    (found, read, pier.links.iter().any(|link| link.uri.contains("harbour")))
}

#[tokio::test]
async fn a_page_that_turns_private_is_gone_for_strangers_and_comes_back_when_it_is_public_again() {
    let mut house = TestHouse::of(&[("playbook/harbour.md", OPEN), ("playbook/pier.md", LINKING)]).await;
    assert_eq!(knows(&house).await, (true, true, true));

    house.write("playbook/harbour.md", CLOSED);
    house.index().await;
    assert_eq!(knows(&house).await, (false, false, false), "neither text nor id nor link");
    assert_eq!(house.stranger().lists().await, ["playbook/pier"]);
    let everything =
        serde_json::to_string(&house.stranger().asks("who is the keeper of the lighthouse").await).unwrap();
    assert!(!everything.contains("Obadiahx") && !everything.contains("playbook/harbour"), "{everything}");
    assert_eq!(house.owner().finds("Obadiahx").await, ["playbook/harbour"], "the owner still has it");

    house.restart().await;
    assert_eq!(knows(&house).await, (false, false, false), "after a restart as well");

    house.write("playbook/harbour.md", OPEN);
    house.index().await;
    assert_eq!(knows(&house).await, (true, true, true));
    assert_eq!(house.owner().finds("Obadiahx").await, ["playbook/harbour"], "once, not on two shelves");
}

#[tokio::test]
async fn a_private_page_takes_no_place_from_a_public_one_that_differs_in_the_extension_only() {
    let open = "# Inlet\n\nThe inlet is known to Obadiahx.\n";
    for (public, private) in [("playbook/x.markdown", "playbook/x.md"), ("playbook/x.md", "playbook/x.markdown")] {
        let (id, hidden) = (public.trim_end_matches(".md"), private.trim_end_matches(".md"));
        let mut house = TestHouse::of(&[(public, open), (private, CLOSED)]).await;
        assert_eq!(house.stranger().lists().await, [id]);
        assert_eq!(house.stranger().finds("Obadiahx").await, [id]);
        for name in ["playbook/x", "playbook/x.md", "playbook/x.markdown", "playbook/X.html"] {
            assert_eq!(house.stranger().reads(name).await.unwrap().title, "Inlet", "{name}, beside {private}");
        }
        for (name, title) in [(public, "Inlet"), (private, "Harbour"), (id, "Inlet"), (hidden, "Harbour")] {
            assert_eq!(house.owner().reads(name).await.unwrap().title, title, "{name}, beside {private}");
        }

        house.write(private, OPEN);
        house.index().await;
        assert_eq!(house.stranger().lists().await, ["playbook/x", "playbook/x.markdown"]);
        house.write(private, CLOSED);
        house.index().await;
        assert_eq!(house.stranger().lists().await, [id]);
        house.remove(public);
        house.index().await;
        assert_eq!(house.stranger().lists().await, [""; 0]);
        assert_eq!(house.owner().finds("Obadiahx").await, [hidden]);
        house.rename(private, public);
        house.index().await;
        assert_eq!(house.owner().finds("Obadiahx").await, [id]);
    }
}

#[tokio::test]
async fn a_private_page_that_links_is_no_backlink_for_strangers() {
    let private = "---\nvisibility: private\n---\n# Log\n\nSee [the quay](quay.md).\n";
    let house = TestHouse::of(&[("playbook/log.md", private), ("playbook/quay.md", LINKED)]).await;
    assert!(house.stranger().reads("playbook/quay").await.unwrap().backlinks.is_empty());
    let seen = house.owner().reads("playbook/quay").await.unwrap().backlinks;
    assert_eq!(seen.iter().map(|link| link.uri.as_str()).collect::<Vec<_>>(), ["cairn://playbook/log"]);
}

#[tokio::test]
async fn the_folder_grants_and_a_page_can_only_narrow() {
    let claims = "---\nvisibility: public\n---\n# Vault\n\nThe vault holds the sapphirex.\n";
    let broken = "---\nvisibility: [\n---\n# Broken\n\nThe page holds the sapphirex as well.\n";
    let house = TestHouse::of(&[("corpus/vault.md", claims), ("playbook/broken.md", broken)]).await;
    assert_eq!(house.stranger().lists().await, [""; 0]);
    assert_eq!(house.stranger().finds("sapphirex").await, [""; 0]);
    let mut seen = house.owner().finds("sapphirex").await;
    seen.sort();
    assert_eq!(seen, ["corpus/vault", "playbook/broken"]);
}

#[tokio::test]
async fn a_comment_is_served_to_nobody() {
    let page = "# Ferry\n\nThe ferry leaves at noon.\n\n<!-- the password is Tarragonx -->\n\nIt comes back at dusk.\n";
    let house = TestHouse::of(&[("playbook/ferry.md", page)]).await;
    assert!(!house.owner().reads("playbook/ferry").await.unwrap().text.contains("Tarragonx"));
    assert_eq!(house.owner().finds("Tarragonx").await, [""; 0]);
}

#[tokio::test]
async fn unknown_and_forbidden_look_the_same() {
    let house =
        TestHouse::of(&[("corpus/secret.md", "# Secret\n\nNothing to see.\n"), ("playbook/a.md", LINKED)]).await;
    let said = |error: ReadError, id: &str| error.to_string().replace(id, "ID");
    let stranger = house.stranger();
    let forbidden = stranger.reads("corpus/secret").await.unwrap_err();
    let unknown = stranger.reads("corpus/nowhere").await.unwrap_err();
    assert_eq!(said(forbidden, "corpus/secret"), said(unknown, "corpus/nowhere"));
    assert!(house.owner().reads("corpus/secret").await.is_ok());
}

#[tokio::test]
async fn a_member_sees_the_public_shelf_and_the_collections_of_the_token() {
    let files = [
        ("corpus/plan.md", "# Plan\n\nThe plan names the walrusx.\n"),
        ("playbook/open.md", "# Open\n\nAnybody may read of the walrusx.\n"),
        ("playbook/shut.md", "---\nvisibility: private\n---\n# Shut\n\nFew may read of the walrusx.\n"),
    ];
    let house = TestHouse::of(&files).await;
    let sorted = |mut found: Vec<String>| {
        found.sort();
        found
    };
    assert_eq!(sorted(house.member("ada", "corpus").finds("walrusx").await), ["corpus/plan", "playbook/open"]);
    assert_eq!(sorted(house.member("bob", "playbook").finds("walrusx").await), ["playbook/open", "playbook/shut"]);
    assert_eq!(sorted(house.stranger().finds("walrusx").await), ["playbook/open"]);
    assert_eq!(house.owner().finds("walrusx").await.len(), 3);
    assert!(house.member("ada", "corpus").reads("playbook/shut").await.is_err());
}
