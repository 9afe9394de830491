//! Places for connections: how many one peer may hold at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::peer::Peer;

/// How many times as many a peer on this machine may hold: agents, browsers and a proxy are all one address here.
const LOOPBACK_TIMES: usize = 8;

/// Counts connections by peer.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    taken: Mutex<HashMap<Peer, usize>>,
}

/// One connection's place; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    peer: Peer,
    places: Arc<Places>,
}

impl Places {
    /// `most` for one peer; 0 is no limit.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::default() })
    }

    /// A place for a connection from `peer`, if one is left to it.
    pub(super) fn take(self: &Arc<Self>, peer: Peer) -> Option<Place> {
        let most = if peer.is_loopback() { self.most.saturating_mul(LOOPBACK_TIMES) } else { self.most };
        let mut taken = self.taken();
        let count = taken.entry(peer).or_insert(0);
        if most > 0 && *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { peer, places: Arc::clone(self) })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<Peer, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        if let Some(count) = taken.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Places;
    use crate::http::peer::Peer;

    #[test]
    fn a_peer_that_has_its_places_waits_for_one_of_its_own_and_nobody_else_does() {
        let places = Places::new(2);
        let peer = |text: &str| Peer::of(text.parse().unwrap());
        let (far, other, here) = (peer("192.0.2.1"), peer("192.0.2.2"), peer("127.0.0.1"));
        let (first, second) = (places.take(far), places.take(far));
        assert!(first.is_some() && second.is_some() && places.take(far).is_none());
        assert!(places.take(other).is_some());
        drop(first);
        let again = places.take(far);
        assert!(again.is_some() && places.take(far).is_none());
        let local: Vec<_> = (0..17).map(|_| places.take(here)).collect();
        assert_eq!(local.iter().flatten().count(), 16);
        drop((second, again, local));
        assert!(places.taken().is_empty(), "who has left is forgotten");
    }
}
