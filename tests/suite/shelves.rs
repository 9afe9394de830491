//! Several shelves answer as one, and one shelf's private neighbours move nothing.

use cairn::access::Visibility;
use cairn::library::wire::SearchAnswer;

use crate::support::{Person, Setting, TestHouse};

/// Pages of which one half goes to `playbook/` and the other to `corpus/`.
fn pages() -> Vec<(String, String)> {
    let words = ["granite", "slate", "marble", "gneiss", "basalt", "chalk", "flint", "shale"];
    let page = |at: usize| {
        let folder = if at.is_multiple_of(3) { "corpus" } else { "playbook" };
        let (first, second) = (words[at % 8], words[(at * 5 + 2) % 8]);
        let text = format!(
            "# Stones {at}\n\nThe {first} quarry number {at} sells {second} and {first}.\n\n\
             ## Prices\n\n{} {second} costs more than {first} in winter.\n",
            "Every ton of ".repeat(at % 4)
        );
        (format!("{folder}/stones-{at}.md"), text)
    };
    (0..40).map(page).collect()
}

fn listed(pages: &[(String, String)]) -> Vec<(&str, &str)> {
    pages.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect()
}

/// What an answer says, without what names this one retrieval.
fn body(mut answer: SearchAnswer) -> String {
    answer.retrieval_id = String::new();
    answer.next_cursor = None;
    for hit in &mut answer.hits {
        hit.citation.generation = 0;
        hit.updated = None;
    }
    serde_json::to_string_pretty(&answer).unwrap()
}

async fn scores(person: &Person, query: &str) -> Vec<(String, u32, f32)> {
    let hits = person.asks(query).await.hits;
    let mut scores: Vec<_> =
        hits.into_iter().map(|hit| (hit.citation.document, hit.citation.lines[0], hit.score)).collect();
    scores.retain(|(document, ..)| document != "tide/mark");
    scores.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| (&a.0, a.1).cmp(&(&b.0, b.1))));
    scores
}

#[tokio::test]
async fn searching_two_shelves_is_searching_one_that_holds_both() {
    let pages = pages();
    let two = TestHouse::of(&listed(&pages)).await;
    let setting = Setting { corpus: Visibility::Public, ..Setting::default() };
    let one = TestHouse::with(setting, &listed(&pages)).await;
    for query in ["granite", "which quarry sells slate", "marble prices in winter", "shale flint", "stones"] {
        let (merged, single) = (scores(&two.owner(), query).await, scores(&one.owner(), query).await);
        assert_eq!(merged.len(), single.len(), "{query}");
        assert!(merged.len() > 5, "{query}: {merged:?}");
        for (one, other) in merged.iter().zip(&single) {
            assert!((one.2 - other.2).abs() < 1e-4, "{query}: {one:?} and {other:?}");
        }
        // Places may differ only where scores are equal.
        let top = |scores: &[(String, u32, f32)]| scores[0].clone();
        if (merged[0].2 - merged[1].2).abs() > 1e-4 {
            assert_eq!((top(&merged).0, top(&merged).1), (top(&single).0, top(&single).1), "{query}");
        }
    }
}

#[tokio::test]
async fn houses_that_differ_in_private_files_tell_strangers_the_same() {
    let pages = pages();
    let public: Vec<_> = pages.iter().filter(|(path, _)| path.starts_with("playbook")).cloned().collect();
    let mut with = TestHouse::of(&listed(&pages)).await;
    let without = TestHouse::of(&listed(&public)).await;
    with.write("corpus/late.md", "# Late\n\nThe granite quarry is private, granite granite granite.\n");
    with.index().await;
    for query in ["granite", "which quarry sells slate", "winter", "nothing of the kind"] {
        let (one, other) = (with.stranger().asks(query).await, without.stranger().asks(query).await);
        assert_eq!(body(one), body(other), "{query}");
    }
    assert_eq!(with.generation("public"), without.generation("public"), "a private save makes no public generation");
}

#[tokio::test]
async fn a_filter_on_collections_keeps_to_them() {
    let house = TestHouse::of(&listed(&pages())).await;
    let request = cairn::library::wire::SearchRequest {
        query: "granite quarry".to_owned(),
        collections: vec!["corpus".to_owned()],
        limit: Some(50),
        ..Default::default()
    };
    let owner = house.owner().search(&request).await.unwrap();
    assert!(!owner.hits.is_empty() && owner.hits.iter().all(|hit| hit.citation.document.starts_with("corpus/")));
    let stranger = house.stranger().search(&request).await.unwrap();
    assert!(stranger.hits.is_empty() && stranger.hint.is_some(), "{stranger:?}");
}
