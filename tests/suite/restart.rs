//! What was indexed is there again after a restart, and what was damaged is built again.

use cairn::access::Visibility;
use cairn::corpus::Language;

use crate::support::{Setting, TestHouse, set_modified};

const FILES: [(&str, &str); 4] = [
    ("playbook/oak.md", "# Oak\n\nThe oak loses its leaves in autumn.\n\n## Age\n\nAn oak grows for centuries.\n"),
    ("playbook/elm.md", "# Elm\n\nThe elm is rare since the disease.\n"),
    ("journeys/wood.md", "# A walk\n\nWe walked through the wood and saw an oak.\n"),
    ("corpus/sale.md", "# Sale\n\nThe oak is for sale in autumn.\n"),
];

/// What a stranger and the owner are told.
async fn told(house: &TestHouse) -> Vec<(String, String, String)> {
    let mut told = Vec::new();
    for query in ["oak in autumn", "elm", "a walk through the wood"] {
        let (stranger, owner) = (house.stranger().asks(query).await, house.owner().asks(query).await);
        for hit in stranger.hits.into_iter().chain(owner.hits) {
            told.push((hit.citation.document, hit.citation.sha256, format!("{:.4}", hit.score)));
        }
    }
    assert!(told.len() > 6);
    told
}

#[tokio::test]
async fn a_restart_opens_the_last_generation_without_reading_unchanged_files() {
    let mut house = TestHouse::of(&FILES).await;
    let before = told(&house).await;
    let generation = house.generation("public");
    house.close();
    // The same size and time, other words: who reads the file again is found out.
    let path = house.path("playbook/elm.md");
    let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
    std::fs::write(&path, FILES[1].1.replace("disease", "inferno")).unwrap();
    set_modified(&path, modified);
    house.open().await;
    assert_eq!(told(&house).await, before);
    assert_eq!(house.generation("public"), generation);
    assert_eq!(house.stranger().finds("inferno").await, [""; 0]);
    house.library().touch(&path);
    house.index().await;
    assert_eq!(house.stranger().finds("inferno").await, ["playbook/elm"]);
}

#[tokio::test]
async fn what_changed_while_nobody_looked_is_taken_up_at_the_start() {
    let mut house = TestHouse::of(&FILES).await;
    house.close();
    house.write("playbook/elm.md", "# Elm\n\nThe elm came back, resistantx.\n");
    house.write("journeys/new.md", "# New\n\nA new walk, resistantx.\n");
    house.remove("playbook/oak.md");
    house.open().await;
    let mut found = house.stranger().finds("resistantx").await;
    found.sort();
    assert_eq!(found, ["journeys/new", "playbook/elm"]);
    assert_eq!(house.stranger().lists().await, ["journeys/new", "journeys/wood", "playbook/elm"]);
}

#[tokio::test]
async fn a_collection_that_was_made_private_is_off_the_public_shelf_before_anything_is_served() {
    let setting = Setting { corpus: Visibility::Public, watch: false };
    let mut house = TestHouse::with(setting, &FILES).await;
    assert!(house.stranger().reads("corpus/sale").await.is_ok());
    house.close();
    let mut options = house.options();
    for collection in &mut options.collections {
        collection.visibility = Visibility::Private;
    }
    let (library, _ledger) = house.try_open(options).unwrap();
    // Not even a moment is waited for the comparison.
    assert_eq!(library.public().shelf().documents().len(), 0);
    library.wait_ready().await;
    assert_eq!(library.public().shelf().documents().len(), 0);
    assert_eq!(library.shelves().iter().map(|shelf| shelf.documents).sum::<usize>(), 5);
}

#[tokio::test]
async fn a_collection_that_was_given_another_language_is_read_again() {
    let mut house = TestHouse::of(&[
        ("playbook/haus.md", "# Bestand\n\nDie Häuser der Stadt.\n"),
        ("playbook/own.md", "---\nlanguage: en\n---\n# Running\n\nServices are running.\n"),
    ])
    .await;
    let languages = |library: &cairn::library::Library| {
        let shelf = library.public().shelf();
        shelf.documents().iter().map(|document| document.record().language).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(languages(house.library()), [Language::English].into());
    house.close();
    let mut options = house.options();
    for collection in &mut options.collections {
        collection.language = Some(Language::German);
    }
    let (library, _ledger) = house.try_open(options).unwrap();
    library.wait_ready().await;
    assert_eq!(languages(&library), [Language::English, Language::German].into(), "a document's own word stands");
}

/// Damages the closed index in one way.
type Damage = fn(&std::path::Path);

#[tokio::test]
async fn a_damaged_index_is_built_again_and_answers_the_same() {
    let damages: [(&str, Damage); 5] = [
        ("the log is cut", |epoch| {
            let log = epoch.join("documents.log");
            let bytes = std::fs::metadata(&log).unwrap().len();
            std::fs::File::options().write(true).open(log).unwrap().set_len(bytes / 2).unwrap();
        }),
        ("the log is gone", |epoch| std::fs::remove_file(epoch.join("documents.log")).unwrap()),
        ("the words have no head", |epoch| std::fs::remove_file(epoch.join("words/meta.json")).unwrap()),
        ("the words are gone", |epoch| std::fs::remove_dir_all(epoch.join("words")).unwrap()),
        ("a byte in the log is another", |epoch| {
            let log = epoch.join("documents.log");
            let mut bytes = std::fs::read(&log).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x40;
            std::fs::write(&log, bytes).unwrap();
        }),
    ];
    let mut house = TestHouse::of(&FILES).await;
    let before = told(&house).await;
    for (what, damage) in damages {
        house.close();
        damage(&house.epoch("public"));
        house.open().await;
        assert_eq!(told(&house).await, before, "{what}");
    }
    house.close();
    std::fs::remove_dir_all(house.data().join("shelves")).unwrap();
    house.open().await;
    assert_eq!(told(&house).await, before, "all of it");
}
