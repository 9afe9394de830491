//! Generations of several shelves, by the writers' side.

use std::sync::Arc;

use super::{Home, Shelves};
use crate::access::{CollectionName, Visibility};
use crate::corpus::{Draft, SourceFile, SourcePath};
use crate::embed::{EmbedError, Embedder, Embedding, ModelId, PieceStatistics};
use crate::engine::Entry;
use crate::library::models::Models;

/// A model to which everything means the same.
#[derive(Debug)]
struct Plain(ModelId);

impl Embedder for Plain {
    fn model(&self) -> &ModelId {
        &self.0
    }

    fn dimensions(&self) -> usize {
        2
    }

    fn passages(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        Ok(texts.iter().map(|_| Embedding { vector: vec![1.0, 0.0], pieces: Vec::new() }).collect())
    }

    fn query(&self, _: &str, _: &PieceStatistics) -> Result<Vec<f32>, EmbedError> {
        Ok(vec![1.0, 0.0])
    }
}

fn entry(collection: &CollectionName, at: usize, visibility: Visibility) -> Entry {
    let file = SourceFile {
        collection: collection.clone(),
        path: SourcePath::new(&format!("{at}.md")),
        bytes: format!("# Page {at}\n\nText.\n").into_bytes(),
        modified_ns: 0,
    };
    let (record, body) = Draft::parse(file).classify(visibility).into_parts();
    Entry { record, text: body.text, plain: body.plain }
}

/// The generations of the public shelf while seven public documents come, each with so many private ones.
fn generations(along: usize) -> Vec<u64> {
    let folder = tempfile::tempdir().unwrap();
    let name = |name| CollectionName::parse(name).unwrap();
    let (open, closed) = (name("playbook"), name("corpus"));
    let models = Models::new(Arc::new(Plain(ModelId::new("plain@1"))), []);
    let mut shelves = Shelves::open(folder.path(), &[open.clone(), closed.clone()], models, Arc::default()).unwrap();
    let mut seen = Vec::new();
    for at in 0..7 {
        for beside in 0..along {
            let private = entry(&closed, at * along + beside, Visibility::Private);
            shelves.upsert(&Home::Private(closed.clone()), private).unwrap();
            shelves.publish_from(3);
        }
        shelves.upsert(&Home::Public, entry(&open, at, Visibility::Public)).unwrap();
        assert!(shelves.stage(2).is_empty());
        shelves.publish_from(3);
        seen.push(shelves.public.slot.load().generation());
    }
    shelves.publish();
    seen.push(shelves.public.slot.load().generation());
    seen
}

#[test]
fn how_many_private_documents_come_along_does_not_decide_of_how_many_generations_the_public_shelf_is_made() {
    let alone = generations(0);
    assert_eq!(alone, [0, 0, 1, 1, 1, 2, 2, 3]);
    for along in [1, 5] {
        assert_eq!(generations(along), alone, "{along} private ones beside each");
    }
}
