//! Another embedder: who is sent to it, what serves while its index is built, and what is left when it fails.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cairn::access::Visibility;
use cairn::embed::{EmbedError, Embedder, Embedding, ModelId, PieceStatistics};

use crate::support::{Person, Setting, TestHouse};

const REMOTE: &str = "http://model.example.com small@0123/8";

/// A model elsewhere: it remembers what it was sent, and may be away.
#[derive(Debug)]
struct Remote {
    model: ModelId,
    sent: Mutex<Vec<String>>,
    away: AtomicBool,
}

impl Remote {
    fn new(away: bool) -> Arc<Self> {
        Arc::new(Self { model: ModelId::new(REMOTE), sent: Mutex::default(), away: AtomicBool::new(away) })
    }

    fn embed(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        self.sent.lock().unwrap().push(text.to_owned());
        if self.away.load(Ordering::SeqCst) {
            return Err(EmbedError::Unreachable {
                url: "http://model.example.com".to_owned(),
                what: "away".to_owned(),
            });
        }
        let mut vector = vec![0.01; 8];
        for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            vector[word.bytes().map(usize::from).sum::<usize>() % 8] += 1.0;
        }
        Ok(vector)
    }

    fn was_sent(&self, word: &str) -> bool {
        self.sent.lock().unwrap().iter().any(|text| text.contains(word))
    }
}

impl Embedder for Remote {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn dimensions(&self) -> usize {
        8
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn passages(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        texts.iter().map(|text| Ok(Embedding { vector: self.embed(text)?, pieces: Vec::new() })).collect()
    }

    fn query(&self, text: &str, _: &PieceStatistics) -> Result<Vec<f32>, EmbedError> {
        self.embed(text)
    }
}

const FILES: [(&str, &str); 3] = [
    ("playbook/oak.md", "# Oak\n\nThe oak loses its leaves, publicword.\n"),
    ("playbook/elm.md", "---\nvisibility: private\n---\n# Elm\n\nThe elm is rare, narrowedword.\n"),
    ("corpus/sale.md", "# Sale\n\nThe oak is for sale, secretword.\n"),
];

/// The documents of an answer, best first.
async fn found(person: Person, query: &str) -> Vec<String> {
    let mut documents: Vec<_> = person.asks(query).await.hits.into_iter().map(|hit| hit.citation.document).collect();
    documents.dedup();
    documents
}

/// A house whose embedder is elsewhere.
async fn house(remote: &Arc<Remote>, sent_out: &[&'static str]) -> TestHouse {
    let mut house = TestHouse::shut(Setting { watch: false, corpus: Visibility::Private });
    for (path, text) in FILES {
        house.write(path, text);
    }
    house.embedder = Arc::<Remote>::clone(remote);
    house.sent_out = sent_out.to_vec();
    house.open().await;
    house
}

#[tokio::test]
async fn nothing_of_a_private_shelf_and_no_question_to_one_is_sent_out_unless_it_is_named() {
    let remote = Remote::new(false);
    let house = house(&remote, &[]).await;
    assert!(remote.was_sent("publicword"));
    assert!(!remote.was_sent("secretword"), "a private collection stays");
    assert!(!remote.was_sent("narrowedword"), "and so does a narrowed page of a public one");
    assert!(found(house.owner(), "sale of unsentquestion").await.contains(&"corpus/sale".to_owned()));
    assert!(found(house.member("ada", "corpus"), "unsentquestion oak").await.contains(&"playbook/oak".to_owned()));
    assert!(!remote.was_sent("unsentquestion"));
    assert_eq!(found(house.stranger(), "oak sentquestion").await, ["playbook/oak"]);
    assert!(remote.was_sent("oak sentquestion"), "who sees the public shelf alone asks the model of it");
}

#[tokio::test]
async fn a_private_shelf_that_is_named_is_sent_out_and_the_others_stay() {
    let remote = Remote::new(false);
    let mut house = house(&remote, &["corpus"]).await;
    assert!(remote.was_sent("secretword") && !remote.was_sent("narrowedword"));
    assert!(!found(house.owner(), "unsentquestion oak").await.is_empty());
    assert!(!remote.was_sent("unsentquestion"), "the owner sees a shelf that is not named, too");
    assert!(!found(house.member("ada", "corpus"), "sentquestion sale").await.is_empty());
    assert!(remote.was_sent("sentquestion sale"));

    // No longer named: what it made of the shelf may still lie there, and is not asked for.
    house.close();
    house.sent_out.clear();
    remote.sent.lock().unwrap().clear();
    house.open().await;
    assert!(!found(house.member("ada", "corpus"), "laterquestion sale").await.is_empty());
    assert!(!remote.was_sent("laterquestion") && !remote.was_sent("secretword"));
}

#[tokio::test]
async fn the_old_index_serves_and_withdraws_until_the_one_of_another_embedder_takes_over() {
    let mut house = TestHouse::with(Setting::default(), &FILES).await;
    let old = house.library().shelves()[0].model.clone();
    assert!(old.starts_with("static-"), "{old}");
    house.close();
    let remote = Remote::new(true);
    house.embedder = Arc::<Remote>::clone(&remote);
    house.reconcile_every = Duration::from_millis(30);
    // Turned private while nobody looked.
    house.write("playbook/oak.md", "---\nvisibility: private\n---\n# Oak\n\nThe oak loses its leaves, publicword.\n");
    house.write("playbook/ash.md", "# Ash\n\nThe ash is tall.\n");
    house.open().await;
    assert_eq!(house.library().shelves()[0].model, old, "the embedder is away, the old index serves");
    assert!(
        !found(house.stranger(), "publicword oak").await.contains(&"playbook/oak".to_owned()),
        "what turned private is gone from it"
    );
    let answer = house.stranger().asks("tall ash").await;
    assert_eq!(answer.hits[0].citation.document, "playbook/ash");
    house.write("playbook/yew.md", "# Yew\n\nThe yew is dark.\n");
    house.index().await;
    assert_eq!(found(house.stranger(), "dark yew").await[0], "playbook/yew", "what is saved meanwhile is found");
    let generation = house.generation("public");

    remote.away.store(false, Ordering::SeqCst);
    house.made_by("public", REMOTE).await;
    assert!(house.generation("public") > generation);
    assert_eq!(house.stranger().lists().await, ["playbook/ash", "playbook/yew"]);
    assert!(found(house.stranger(), "dark yew").await.contains(&"playbook/yew".to_owned()));
    assert!(remote.was_sent("dark yew") && !remote.was_sent("publicword"));
    house.restart().await;
    assert_eq!(house.library().shelves()[0].model, REMOTE);
}

#[tokio::test]
async fn an_embedder_that_is_away_leaves_words_and_its_vectors_come_later() {
    let remote = Remote::new(true);
    let mut house = TestHouse::shut(Setting::default());
    house.write("playbook/oak.md", FILES[0].1);
    house.embedder = Arc::<Remote>::clone(&remote);
    house.reconcile_every = Duration::from_millis(30);
    house.open().await;
    let answer = house.stranger().asks("publicword").await;
    assert_eq!(answer.hits.len(), 1, "words are searched without the embedder");
    house.write("playbook/oak.md", "---\nvisibility: private\n---\n# Oak\n");
    house.write("playbook/ash.md", "# Ash\n\nThe ash is tall.\n");
    house.index().await;
    assert_eq!(house.stranger().lists().await, ["playbook/ash"], "what is withdrawn does not wait for the embedder");
    let generation = house.generation("public");
    remote.away.store(false, Ordering::SeqCst);
    let mut status = house.library().status();
    while house.generation("public") == generation {
        tokio::time::timeout(Duration::from_secs(60), status.changed()).await.expect("in time").unwrap();
    }
    // No word of the question is in the document: only its vector finds it.
    assert_eq!(found(house.stranger(), "unheard").await, ["playbook/ash"]);
}
