//! Bad input: an error that names the thing and the way out, and nobody else disturbed.

use cairn::library::wire::SearchRequest;
use cairn::library::{DataFolder, LibraryError, ReadError};

use crate::support::{Setting, TestHouse};

#[tokio::test]
async fn a_question_of_a_megabyte_is_refused_in_a_short_sentence() {
    let house = TestHouse::of(&[("playbook/a.md", "# A\n\nText.\n")]).await;
    for query in ["x".repeat(1 << 20), "wörter ".repeat(200_000)] {
        let error = house.stranger().search(&SearchRequest { query, ..Default::default() }).await.unwrap_err();
        assert!(matches!(error, ReadError::Query(_)));
        assert!(error.to_string().len() < 200, "{error}");
    }
    assert_eq!(house.stranger().asks("text").await.hits.len(), 1, "the next one is answered");
}

#[tokio::test]
async fn odd_questions_are_answered_or_refused_and_never_break() {
    let house = TestHouse::of(&[("playbook/a.md", "# A\n\nText with words.\n")]).await;
    for query in
        ["\"", "AND OR NOT", "+-*/(){}[]^~?:\\", "\u{0}", "\u{202e}text", "' OR 1=1 --", "🦀🦀🦀", "a", "title:x"]
    {
        let request = SearchRequest { query: query.to_owned(), ..SearchRequest::default() };
        match house.stranger().search(&request).await {
            Ok(_) | Err(ReadError::Query(_)) => {}
            Err(error) => panic!("{query:?}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn a_library_says_what_is_wrong_with_its_folders() {
    let house = TestHouse::shut(Setting::default());
    let opened = |change: fn(&mut cairn::library::Options)| {
        let mut options = house.options();
        change(&mut options);
        house.try_open(options).map(|_| ()).unwrap_err()
    };
    let twice = opened(|options| options.collections[1].path = options.collections[0].path.clone());
    assert!(matches!(&twice, LibraryError::Twice { .. }) && twice.to_string().contains("playbook"), "{twice}");
    let inside = opened(|options| options.collections[1].path = options.root.clone());
    assert!(matches!(inside, LibraryError::Twice { .. }), "{inside}");
    let missing = opened(|options| options.collections[0].path = options.root.join("nowhere"));
    assert!(missing.to_string().contains("nowhere"), "{missing}");
    let none = opened(|options| options.collections.clear());
    assert!(none.to_string().contains("--public DIR"), "{none}");
}

#[tokio::test]
async fn a_second_claim_of_a_data_folder_is_told_who_has_it() {
    let house = TestHouse::shut(Setting::default());
    let _first = DataFolder::claim(&house.data(), "http://127.0.0.1:7171").unwrap();
    let error = DataFolder::claim(&house.data(), "http://127.0.0.1:7172").unwrap_err().to_string();
    assert!(error.contains(&std::process::id().to_string()) && error.contains("127.0.0.1:7171"), "{error}");
    assert!(error.contains("--data"), "names a way out: {error}");
}

#[tokio::test]
async fn one_bad_file_never_stops_the_others() {
    let mut house = TestHouse::shut(Setting::default());
    std::fs::write(house.path("playbook/bytes.md"), [0xff, 0xfe, 0x00, 0x80, b'#', b' ', 0xc3]).unwrap();
    std::fs::write(house.path("playbook/huge.md"), vec![b'x'; 3 << 20]).unwrap();
    house.write("playbook/empty.md", "");
    house.write("playbook/deep.md", &">".repeat(20_000));
    house.write("playbook/yaml.md", "---\na: &a [*a, *a]\n---\n# Yaml\n");
    house.write("playbook/good.md", "# Good\n\nThe pelicanx is well.\n");
    std::os::unix::fs::symlink("/etc/passwd", house.path("playbook/link.md")).unwrap();
    house.open().await;
    assert_eq!(house.stranger().finds("pelicanx").await, ["playbook/good"]);
    let listed = house.stranger().lists().await;
    assert!(!listed.contains(&"playbook/link".to_owned()), "links are not followed: {listed:?}");
    let skipped: Vec<String> = house.library().skipped().iter().map(|(_, skipped)| skipped.to_string()).collect();
    assert!(skipped.iter().any(|skipped| skipped.contains("huge.md")), "{skipped:?}");
}
