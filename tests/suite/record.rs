//! Every answer has its record, and the record says what was served.

use cairn::ledger::{Verb, Verdict};

use crate::support::TestHouse;

#[tokio::test]
async fn every_answer_has_one_record_with_the_same_digests() {
    let files = [
        ("playbook/owl.md", "# Owl\n\nThe owl hunts at night.\n\n## Food\n\nIt eats mice.\n"),
        ("corpus/fox.md", "# Fox\n\nThe fox hunts at dusk.\n"),
    ];
    let house = TestHouse::of(&files).await;
    let answer = house.owner().asks("who hunts").await;
    let reading = house.stranger().reads("playbook/owl").await.unwrap();
    let listed = house.stranger().lists().await;
    assert_eq!(listed, ["playbook/owl"]);

    let records = house.retrievals();
    assert_eq!(records.iter().map(|record| record.verb).collect::<Vec<_>>(), [Verb::Search, Verb::Read, Verb::Browse]);
    let search = &records[0];
    assert_eq!(search.id.as_str(), answer.retrieval_id);
    let served: Vec<_> =
        answer.hits.iter().map(|hit| (hit.citation.document.clone(), hit.citation.sha256.clone())).collect();
    let written: Vec<_> = search.hits.iter().map(|hit| (hit.doc.to_string(), hit.sha256.to_string())).collect();
    assert_eq!(served, written);
    assert_eq!(search.query.as_deref(), Some("who hunts"));
    assert!(
        search.scope.contains(&"public".to_owned()) && search.scope.contains(&"corpus".to_owned()),
        "{:?}",
        search.scope
    );
    assert_eq!(search.role.as_str(), "owner");

    let read = &records[1];
    assert_eq!((read.id.as_str(), read.who.as_str()), (reading.retrieval_id.as_str(), "anonymous"));
    assert_eq!(read.hits[0].sha256.to_string(), reading.citation.sha256);
    assert_eq!(read.scope, ["public"], "a stranger's record names no private shelf");
    assert!(matches!(house.verdict(), Verdict::Good { .. }), "{:?}", house.verdict());
}

#[tokio::test]
async fn a_question_that_was_refused_leaves_no_record_of_an_answer() {
    let house = TestHouse::of(&[("playbook/a.md", "# A\n\nText.\n")]).await;
    assert!(house.stranger().reads("playbook/none").await.is_err());
    assert!(house.stranger().reads("corpus/none").await.is_err());
    let served: Vec<_> = house.retrievals().into_iter().filter(|record| record.served > 0).collect();
    assert!(served.is_empty(), "{served:?}");
}

#[tokio::test]
async fn many_askers_at_once_leave_one_good_chain() {
    let mut house = TestHouse::of(&[("playbook/a.md", "# Heron\n\nThe heron stands in the reeds.\n")]).await;
    let mut askers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let stranger = house.stranger();
        askers.spawn(async move {
            let mut ids = Vec::new();
            for _ in 0..10 {
                ids.push(stranger.asks("heron in the reeds").await.retrieval_id);
            }
            ids
        });
    }
    let mut ids = Vec::new();
    while let Some(asked) = askers.join_next().await {
        ids.extend(asked.unwrap());
    }
    let mut written: Vec<String> = house.retrievals().iter().map(|record| record.id.to_string()).collect();
    ids.sort();
    written.sort();
    assert_eq!(ids, written);
    house.restart().await;
    let _answer = house.stranger().asks("heron").await;
    assert!(matches!(house.verdict(), Verdict::Good { .. }), "{:?}", house.verdict());
    assert_eq!(house.retrievals().len(), 81);
}
