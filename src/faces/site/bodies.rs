//! Bodies that were rendered before.
//!
//! A body is that of a document's bytes under one generation: its links depend on which other documents there are.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::body::Body;
use crate::corpus::{Digest, DocumentId};

/// How many bodies are kept.
const KEPT: usize = 512;

/// Names a body: document, digest of its bytes, generation.
pub(super) type Key = (DocumentId, Digest, u64);

/// A bounded store of bodies; the oldest goes first.
#[derive(Debug, Default)]
pub(super) struct Bodies(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    bodies: HashMap<Key, Arc<Body>>,
    age: VecDeque<Key>,
}

impl Bodies {
    /// Gives the body of `key`, made by `make` if it is not here. Rendering happens outside of the lock: two readers of
    /// a new page may both render it, and none waits for the other.
    pub(super) fn get<E>(&self, key: Key, make: impl FnOnce() -> Result<Body, E>) -> Result<Arc<Body>, E> {
        if let Some(body) = self.kept().bodies.get(&key) {
            return Ok(Arc::clone(body));
        }
        let body = Arc::new(make()?);
        let mut kept = self.kept();
        if kept.bodies.insert(key.clone(), Arc::clone(&body)).is_none() {
            kept.age.push_back(key);
        }
        if kept.age.len() > KEPT
            && let Some(oldest) = kept.age.pop_front()
        {
            kept.bodies.remove(&oldest);
        }
        Ok(body)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        // A reader that panicked left whole values behind: only inserts and removes happen under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Bodies, KEPT};
    use crate::corpus::{Digest, DocumentId};
    use crate::site::body::Body;

    #[test]
    fn a_body_is_made_once_and_the_oldest_goes_first() {
        let bodies = Bodies::default();
        let id = DocumentId::parse("a/b").unwrap();
        let key = |generation| (id.clone(), Digest::of(b"x"), generation);
        let mut made = 0;
        for generation in [0, 0, 1, 0] {
            bodies
                .get(key(generation), || {
                    made += 1;
                    Ok::<_, ()>(Body::default())
                })
                .unwrap();
        }
        assert_eq!(made, 2);
        for generation in 2..=KEPT as u64 {
            bodies.get(key(generation), || Ok::<_, ()>(Body::default())).unwrap();
        }
        bodies
            .get(key(0), || {
                made += 1;
                Ok::<_, ()>(Body::default())
            })
            .unwrap();
        assert_eq!(made, 3, "generation 0 was the oldest");
        assert!(bodies.get(key(99_999), || Err(())).is_err());
        assert!(bodies.kept().bodies.len() <= KEPT);
    }
}
