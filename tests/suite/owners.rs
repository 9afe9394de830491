//! Who keeps a page: what the page says, else what CODEOWNERS says, today.

use cairn::access::Visibility;

use crate::support::{Setting, TestHouse};

const NAMED: &str = "---\nowner: ada\n---\n# Named\n\nThis page has a steward: the harpsichord.\n";
const BARE: &str = "# Bare\n\nThis page names nobody: the harpsichord.\n";
const OPS: &str = "# Pager\n\nWho is woken at night has a harpsichord, too.\n";
const OWNERS: &str = "* @everybody\n/playbook/ops/ @ops-team # on call\n";

async fn owner(house: &TestHouse, uri: &str) -> Option<String> {
    house.stranger().reads(uri).await.unwrap().owner
}

#[tokio::test]
async fn a_page_without_an_owner_has_the_one_codeowners_names_and_follows_it() {
    let setting = Setting { watch: false, corpus: Visibility::Private };
    let files = [
        (".github/CODEOWNERS", OWNERS),
        ("playbook/named.md", NAMED),
        ("playbook/bare.md", BARE),
        ("playbook/ops/pager.md", OPS),
    ];
    let mut house = TestHouse::with(setting, &files).await;
    assert_eq!(owner(&house, "playbook/named").await.as_deref(), Some("ada"), "the page itself comes first");
    assert_eq!(owner(&house, "playbook/bare").await.as_deref(), Some("@everybody"));
    assert_eq!(owner(&house, "playbook/ops/pager").await.as_deref(), Some("@ops-team"));
    let hits = house.stranger().asks("harpsichord").await.hits;
    let mut owners: Vec<_> = hits.iter().filter_map(|hit| hit.owner.as_deref()).collect();
    owners.sort_unstable();
    assert_eq!(owners, ["@everybody", "@ops-team", "ada"]);

    house.write(".github/CODEOWNERS", "/playbook/ @new-team\n");
    house.index().await;
    assert_eq!(owner(&house, "playbook/ops/pager").await.as_deref(), Some("@new-team"), "read again when it changes");
    assert_eq!(owner(&house, "playbook/named").await.as_deref(), Some("ada"));

    house.close();
    house.remove(".github/CODEOWNERS");
    house.open().await;
    assert_eq!(owner(&house, "playbook/bare").await, None, "what it said is forgotten, also over a restart");
    assert_eq!(owner(&house, "playbook/named").await.as_deref(), Some("ada"));
}
