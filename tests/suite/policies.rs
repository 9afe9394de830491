//! The rules between a ranking and an answer, each by what an asker sees of it.

use cairn::library::wire::{Hit, SearchAnswer, SearchRequest};

use crate::support::{Person, TestHouse};

const WORD: &str = "cormorantx";

async fn explained(person: &Person, query: &str) -> SearchAnswer {
    let request = SearchRequest {
        query: query.to_owned(),
        limit: Some(50),
        max_tokens: Some(8_000),
        explain: true,
        ..SearchRequest::default()
    };
    person.search(&request).await.unwrap()
}

fn documents(answer: &SearchAnswer) -> Vec<&str> {
    answer.hits.iter().map(|hit| hit.uri.trim_start_matches("cairn://")).collect()
}

fn effect<'a>(hit: &'a Hit, rule: &str) -> Option<&'a str> {
    let policies = &hit.why.as_ref().unwrap().policies;
    policies.iter().find(|policy| policy.rule == rule).map(|policy| policy.effect.as_str())
}

fn page(front: &str, title: &str, body: &str) -> String {
    format!("---\n{front}\n---\n# {title}\n\n{body}\n")
}

#[tokio::test]
async fn what_is_in_force_comes_before_what_is_not_and_nothing_is_dropped() {
    let body = |more: &str| format!("The {WORD} nests on cliffs {more}and dives for fish in the bay.");
    let house = TestHouse::of(&[
        ("playbook/a-retired.md", &page("status: retired", "Birds one", &body(""))),
        ("playbook/b-deprecated.md", &page("status: deprecated", "Birds two", &body(""))),
        ("playbook/c-draft.md", &page("status: in review", "Birds three", &body(""))),
        ("playbook/d-plain.md", &format!("# Birds four\n\n{}\n", body("in spring and late summer "))),
        ("playbook/e-far.md", "# Accounts\n\nInvoices are paid within thirty days.\n"),
    ])
    .await;
    let answer = explained(&house.stranger(), &format!("where does the {WORD} nest")).await;
    let found: Vec<_> = documents(&answer).into_iter().take(4).collect();
    assert_eq!(found, ["playbook/d-plain", "playbook/c-draft", "playbook/b-deprecated", "playbook/a-retired"]);
    assert_eq!(answer.hits[3].status, "retired");
    assert!(effect(&answer.hits[3], "lifecycle").unwrap().starts_with("retired: behind "), "{answer:#?}");
    assert!(answer.hits.windows(2).all(|pair| pair[0].score >= pair[1].score), "{answer:#?}");
}

#[tokio::test]
async fn what_is_not_in_force_still_answers_what_nothing_else_does() {
    let house = TestHouse::of(&[
        ("playbook/old.md", &page("status: deprecated", "Sea birds", &format!("The {WORD} nests on cliffs."))),
        ("playbook/far.md", "# Accounts\n\nInvoices are paid within thirty days.\n"),
        ("playbook/farther.md", "# Lamps\n\nBulbs are changed in autumn.\n"),
    ])
    .await;
    let answer = explained(&house.stranger(), &format!("{WORD} nests")).await;
    assert_eq!(documents(&answer)[0], "playbook/old", "{answer:#?}");
    assert_eq!(answer.hits[0].status, "deprecated");
}

#[tokio::test]
async fn a_superseded_decision_is_answered_with_its_successor_first() {
    // The successor shares no word with the question; the chain leads over a decision in between; one side says so each.
    let house = TestHouse::of(&[
        (
            "corpus/decisions/0001-bird.md",
            &page("status: superseded by 0002-middle", "Bird", &format!("We feed the {WORD}.")),
        ),
        ("corpus/decisions/0002-middle.md", &page("status: accepted", "Middle", "Feeding ends in May.")),
        (
            "corpus/decisions/0003-end.md",
            &page("supersedes: ADR-0002\nstatus: accepted", "End", "Nobody pays for grain."),
        ),
    ])
    .await;
    let answer = explained(&house.owner(), WORD).await;
    assert_eq!(documents(&answer)[..2], ["corpus/decisions/0003-end", "corpus/decisions/0001-bird"], "{answer:#?}");
    let old = &answer.hits[1];
    assert_eq!(
        (old.status.as_str(), &old.superseded_by),
        ("superseded", &vec!["cairn://corpus/decisions/0003-end".to_owned()])
    );
    assert!(
        effect(&answer.hits[0], "successor").unwrap().starts_with("before corpus/decisions/0001-bird"),
        "{answer:#?}"
    );
    let middle = answer.hits.iter().find(|hit| hit.uri.ends_with("0002-middle"));
    assert!(middle.is_none_or(|hit| hit.status == "superseded"), "only its successor says that it is");
}

#[tokio::test]
async fn decisions_that_supersede_each_other_in_a_circle_are_answered_all_the_same() {
    let house = TestHouse::of(&[
        ("playbook/one.md", &page("superseded_by: two", "One", &format!("The {WORD} swims."))),
        ("playbook/two.md", &page("superseded_by: one", "Two", &format!("The {WORD} flies."))),
    ])
    .await;
    let answer = explained(&house.stranger(), WORD).await;
    assert_eq!(answer.hits.len(), 2);
    assert!(answer.hits.iter().all(|hit| hit.superseded_by.is_empty()), "{answer:#?}");
}

#[tokio::test]
async fn a_successor_that_the_asker_may_not_see_is_not_named() {
    let house = TestHouse::of(&[
        ("playbook/bird.md", &format!("# Bird\n\nWe feed the {WORD}.\n")),
        ("corpus/secret-plan.md", &page("supersedes: playbook/bird", "Secret plan", "Nobody pays for grain.")),
    ])
    .await;
    let stranger = explained(&house.stranger(), WORD).await;
    assert_eq!((stranger.hits[0].status.as_str(), stranger.hits[0].superseded_by.len()), ("accepted", 0));
    assert!(!format!("{stranger:?}").contains("secret"), "{stranger:#?}");
    let owner = explained(&house.owner(), WORD).await;
    assert_eq!(documents(&owner)[..2], ["corpus/secret-plan", "playbook/bird"]);
}

#[tokio::test]
async fn what_the_question_names_comes_first_however_it_is_written() {
    let far =
        |n: usize| (format!("playbook/filler-{n:03}.md"), format!("# Filler {n}\n\nADR 0042 loop loop loop {n}.\n"));
    let mut files: Vec<(String, String)> = (0..120).map(far).collect();
    files.push(("playbook/loop.md".to_owned(), "# Working round\n\nA page about something else.\n".to_owned()));
    files.push((
        "corpus/decisions/0042-two-shelves.md".to_owned(),
        "# Keep two shelves\n\nText.\n\n## Why it costs\n\nMoney.\n".to_owned(),
    ));
    files.push(("playbook/named.md".to_owned(), page("aliases: [Grand-Tour]", "C++ rules", "Be brief.")));
    let listed: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let house = TestHouse::of(&listed).await;
    for (question, document, named) in [
        ("ADR-0042", "corpus/decisions/0042-two-shelves", "id"),
        ("0042", "corpus/decisions/0042-two-shelves", "id"),
        ("playbook/loop", "playbook/loop", "id"),
        ("loop.md", "playbook/loop", "id"),
        ("working_ROUND?", "playbook/loop", "title"),
        ("grand tour", "playbook/named", "alias"),
        ("Why it costs", "corpus/decisions/0042-two-shelves", "heading"),
    ] {
        let answer = explained(&house.owner(), question).await;
        assert_eq!(documents(&answer)[0], document, "{question}");
        assert_eq!(
            effect(&answer.hits[0], "exact"),
            Some(format!("first: the question is its {named}").as_str()),
            "{question}"
        );
    }
    let answer = explained(&house.owner(), "Why it costs").await;
    assert_eq!(answer.hits[0].citation.anchor, "why-it-costs");
    let stranger = explained(&house.stranger(), "0042").await;
    assert!(
        documents(&stranger).iter().all(|document| document.starts_with("playbook/")),
        "not for who may not see it"
    );
}

const LONG: &str = "Install the agent on each host before you enrol it. The agent reports its version and the state of \
                    every service that it watches, once a minute, to the address that it was given at the start. \
                    Whoever keeps the host reads the report in the morning and answers for what it says.";

#[tokio::test]
async fn what_is_nearly_the_same_is_one_hit_that_names_the_others() {
    let versions = |n: u32, text: &str| {
        (format!("playbook/v{n}/install.md"), format!("# Install\n\n## Hosts\n\n{WORD}. {text}\n"))
    };
    let mut files = vec![versions(1, LONG), versions(2, &LONG.replace("was given", "was told")), versions(3, LONG)];
    files.push(versions(4, &format!("{LONG} It listens on port 3600.")));
    files.push(versions(5, &format!("{LONG} It listens on port 3500.")));
    files.push(("corpus/private/install.md".to_owned(), files[0].1.clone()));
    let listed: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let house = TestHouse::of(&listed).await;
    let answer = explained(&house.stranger(), WORD).await;
    assert_eq!(answer.hits.len(), 3, "the two ports are told apart: {answer:#?}");
    let first = answer.hits.iter().find(|hit| !hit.also_in.is_empty()).unwrap();
    let mut places: Vec<_> = first.also_in.iter().map(|also| format!("{}#{}", also.uri, also.anchor)).collect();
    places.push(format!("{}#{}", first.uri, first.citation.anchor));
    places.sort();
    assert_eq!(places, [1, 2, 3].map(|n| format!("cairn://playbook/v{n}/install#hosts")));
    assert_eq!(effect(first, "alike"), Some("stands for 2 more that say nearly the same"));
    let served = &house.retrievals()[0].hits;
    assert_eq!(served.len(), 3, "what was only named was not served");
    let owner = explained(&house.owner(), WORD).await;
    assert!(format!("{owner:?}").contains("corpus/private/install"));
}

#[tokio::test]
async fn one_document_does_not_fill_an_answer_unless_asked() {
    // Between two sections with the word stands one without it that is long: nothing is joined.
    let gap = "Something else entirely about lamps. ".repeat(120);
    let sections: String =
        (0..6).map(|n| format!("## Part {n}\n\nThe {WORD} number {n}.\n\n## Gap {n}\n\n{gap}\n\n")).collect();
    let house = TestHouse::of(&[
        ("playbook/long.md", &format!("# Long\n\n{sections}")),
        ("playbook/short.md", &format!("# Short\n\nA {WORD} was seen, once.\n")),
    ])
    .await;
    let count = |answer: &SearchAnswer| documents(answer).iter().filter(|id| **id == "playbook/long").count();
    let answer = explained(&house.stranger(), WORD).await;
    assert_eq!(count(&answer), 2, "{answer:#?}");
    assert!(documents(&answer).contains(&"playbook/short"));
    let last = answer.hits.iter().filter(|hit| hit.uri.ends_with("long")).nth(1).unwrap();
    assert!(effect(last, "per_document").unwrap().starts_with("the last of this document: "), "{last:#?}");
    let request = SearchRequest {
        query: WORD.to_owned(),
        limit: Some(50),
        max_tokens: Some(8_000),
        per_document: Some(20),
        ..SearchRequest::default()
    };
    assert!(count(&house.stranger().search(&request).await.unwrap()) > 5);
}

#[tokio::test]
async fn neighbours_that_both_match_are_one_passage() {
    let text = format!("# Birds\n\nThe {WORD} nests.\n\n## Food\n\nThe {WORD} eats fish.\n\n## Lamps\n\nBulbs.\n");
    let house = TestHouse::of(&[("playbook/birds.md", &text), ("playbook/far.md", "# Far\n\nInvoices.\n")]).await;
    let answer = explained(&house.stranger(), WORD).await;
    let hit = &answer.hits[0];
    assert_eq!(hit.passage, format!("The {WORD} nests.\n\n## Food\n\nThe {WORD} eats fish."), "{answer:#?}");
    assert_eq!((hit.citation.lines, effect(hit, "adjacent")), ([3, 7], Some("joins 2 neighbouring passages")));
}

#[tokio::test]
async fn a_record_says_of_each_passage_what_the_answer_explains() {
    let body = |more: &str| format!("The {WORD} nests on cliffs {more}and dives for fish in the bay.");
    let house = TestHouse::of(&[
        ("playbook/a-retired.md", &page("status: retired", "Birds one", &body(""))),
        ("playbook/b-new.md", &page("supersedes: playbook/c-old", "Lamps", "Bulbs are changed in autumn.")),
        ("playbook/c-old.md", &page("owner: ada", "Birds two", &body("often "))),
        (
            "playbook/d-plain.md",
            &format!("# Birds three\n\n{}\n\n## Food\n\nThe {WORD} eats fish.\n", body("in spring ")),
        ),
        ("playbook/e-far.md", "# Accounts\n\nInvoices are paid within thirty days.\n"),
    ])
    .await;
    let answer = explained(&house.stranger(), &format!("where does the {WORD} nest")).await;
    let record = house.retrievals().pop().unwrap();
    let fusion = record.fusion.unwrap();
    assert!(fusion.lexical.unwrap().best > 0.0 && fusion.vector.unwrap().best > fusion.vector.unwrap().floor);
    assert_eq!((record.hits.len(), fusion.weight), (answer.hits.len(), 0.7));
    let mut ruled = std::collections::BTreeSet::new();
    for (hit, told) in record.hits.iter().zip(&answer.hits) {
        let why = told.why.as_ref().unwrap();
        let effects: Vec<_> = hit.rules.iter().map(|effect| (effect.rule(), effect.told(hit.lines))).collect();
        let policies: Vec<_> =
            why.policies.iter().map(|policy| (policy.rule.as_str(), policy.effect.clone())).collect();
        assert_eq!(effects, policies, "{hit:?}");
        ruled.extend(effects.into_iter().map(|(rule, _)| rule));
        let own = effects_nothing_of_the_legs(&policies);
        assert!(
            !own || (fusion.fused(hit) - why.fused).abs() < 5e-4,
            "{} and {}: {hit:?}",
            fusion.fused(hit),
            why.fused
        );
        assert_eq!(fusion.sum(hit).is_some(), why.lexical.is_some() || why.vector.is_some());
    }
    assert!(ruled.is_superset(&["lifecycle", "successor"].into()), "{ruled:?}: {answer:#?}");
}

/// Whether the rules left a passage the score that its legs gave it: one that takes another's place takes its score.
fn effects_nothing_of_the_legs(policies: &[(&str, String)]) -> bool {
    policies.iter().all(|(rule, _)| *rule != "successor" && *rule != "exact")
}

#[tokio::test]
async fn pages_with_a_small_budget_are_the_whole_once() {
    let page = |n: usize| {
        let text = format!("The {WORD} of page {n} is described at some length here. ").repeat(1 + n % 7 * 4);
        (format!("playbook/page-{n:02}.md"), format!("# Page {n}\n\n{text}\n"))
    };
    let files: Vec<_> = (0..24).map(page).collect();
    let listed: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let house = TestHouse::of(&listed).await;
    let (mut found, mut cursor, mut skipped) = (Vec::new(), None, false);
    loop {
        let request = SearchRequest {
            query: WORD.to_owned(),
            limit: Some(100),
            max_tokens: Some(500),
            cursor: cursor.take(),
            ..SearchRequest::default()
        };
        let answer = house.stranger().search(&request).await.unwrap();
        assert!(!answer.hits.is_empty(), "{answer:#?}");
        found.extend(answer.hits.into_iter().map(|hit| hit.uri));
        let Some(next) = answer.next_cursor else { break };
        skipped |= next.matches('-').count() > 1;
        cursor = Some(next);
    }
    assert!(skipped, "no budget was so small that a hit was passed over");
    found.sort();
    let wanted: Vec<_> = (0..24).map(|n| format!("cairn://playbook/page-{n:02}")).collect();
    assert_eq!(found, wanted);
}
