//! `/api/v1/events`: what became of the public shelf, as it happens, as server-sent events (WHATWG HTML, section 9.2).
//!
//! What changed is found by comparing one generation with the next, by one task, as long as somebody listens and for a
//! while after. The last generations are remembered, so that who was away goes on with `Last-Event-ID`; who was away for
//! longer is told so. A listener holds a place and a few shared lines of text, however slowly it reads: what it was not
//! told in time it is told from memory, or that it is no longer there. Only the public shelf is looked at, whoever asks.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::access::Public;
use crate::library::{PublicLibrary, Shelf};

use super::peer::Peer;
use super::places::Places;
use super::{HttpError, stream};

/// How many may listen at a time, and how many from one address; eight times as many from this machine.
const LISTENERS: usize = 256;
const OF_ONE_PEER: usize = 8;
/// How many generations are remembered.
const REMEMBERED: usize = 128;
/// How many documents one event names; of more it says that they are too many.
const NAMED: usize = 200;
/// How often a line is sent that says nothing, so that nobody on the way takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long one stream goes on; its client comes again and goes on where it was.
const LASTS: Duration = Duration::from_secs(600);
/// How long generations are compared after the last listener has gone.
const IDLE: Duration = Duration::from_secs(300);
/// How many lines wait for a listener.
const WAITING: usize = 4;

/// Where a listener stands: a generation, and what its documents say. An index that is begun anew counts from the
/// beginning, and its generations are none of those that were told.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Place {
    generation: u64,
    state: u64,
}

impl Place {
    fn of(shelf: &Shelf<Public>) -> Self {
        Self { generation: shelf.generation(), state: shelf.state() }
    }

    /// Reads the id of an event.
    fn parse(id: &str) -> Option<Self> {
        let (generation, state) = id.split_once('-')?;
        Some(Self { generation: generation.parse().ok()?, state: u64::from_str_radix(state, 16).ok()? })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}", self.generation, self.state)
    }
}

/// A generation of the public shelf, and what is another than in the one before.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct GenerationEvent {
    /// Its number.
    generation: u64,
    /// Documents that are new or changed: `cairn://collection/path`.
    changed: Vec<String>,
    /// Documents that are no longer there, or no longer public.
    removed: Vec<String>,
    /// Whether more changed than is named here: list the documents to know.
    truncated: bool,
}

/// Knows what became of the public shelf, and tells who listens.
#[derive(Debug)]
pub(super) struct Newsroom {
    library: PublicLibrary,
    room: Arc<Semaphore>,
    places: Arc<Places>,
    desk: Mutex<Desk>,
    /// The newest generation that was compared.
    newest: watch::Sender<u64>,
    closing: CancellationToken,
}

#[derive(Debug, Default)]
struct Desk {
    /// Whether generations are being compared.
    at_work: bool,
    /// What is remembered is all that came behind this one.
    since: Place,
    newest: Place,
    news: VecDeque<(Place, Bytes)>,
}

/// The documents of a generation by uri, sorted, with their digests.
struct Known {
    place: Place,
    documents: Vec<(String, [u8; 32])>,
}

impl Known {
    fn of(shelf: &Shelf<Public>) -> Self {
        let records = shelf.documents().iter().map(|document| document.record());
        let documents = records.map(|record| (record.id.uri(), *record.sha256.as_bytes())).collect();
        Self { place: Place::of(shelf), documents }
    }

    /// What is another in the generation that follows.
    fn until(&self, next: &Self) -> GenerationEvent {
        let mut event = GenerationEvent { generation: next.place.generation, ..GenerationEvent::default() };
        let mut old = self.documents.iter().peekable();
        for (uri, digest) in &next.documents {
            while let Some((gone, _)) = old.next_if(|(other, _)| other < uri) {
                event.name(|event| &mut event.removed, gone);
            }
            if old.next_if(|(other, _)| other == uri).is_none_or(|(_, before)| before != digest) {
                event.name(|event| &mut event.changed, uri);
            }
        }
        for (gone, _) in old {
            event.name(|event| &mut event.removed, gone);
        }
        event
    }
}

impl GenerationEvent {
    fn name(&mut self, list: impl Fn(&mut Self) -> &mut Vec<String>, uri: &str) {
        if self.changed.len() + self.removed.len() < NAMED {
            list(self).push(uri.to_owned());
        } else {
            self.truncated = true;
        }
    }

    /// That one stands at a place now.
    fn at(place: Place) -> Self {
        Self { generation: place.generation, ..Self::default() }
    }

    /// The event as it is sent; `kind` is its name, and `id` where one stands with it.
    fn framed(&self, kind: &str, id: Place) -> Bytes {
        // Plain data with text keys can always be printed, and JSON has no line breaks of its own.
        let data = serde_json::to_string(self).unwrap_or_default();
        Bytes::from(format!("id: {id}\nevent: {kind}\ndata: {data}\n\n"))
    }
}

impl Newsroom {
    pub(super) fn new(library: PublicLibrary) -> Arc<Self> {
        Arc::new(Self {
            library,
            room: Arc::new(Semaphore::new(LISTENERS)),
            places: Places::new(OF_ONE_PEER),
            desk: Mutex::default(),
            newest: watch::Sender::new(0),
            closing: CancellationToken::new(),
        })
    }

    /// Ends every stream: the server stops.
    pub(super) fn close(&self) {
        self.closing.cancel();
    }

    /// How many listen.
    pub(super) fn listeners(&self) -> usize {
        LISTENERS - self.room.available_permits()
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to compare generations, if nobody does yet.
    fn begin(self: &Arc<Self>) {
        let mut desk = self.desk();
        if desk.at_work {
            return;
        }
        let known = Known::of(&self.library.shelf());
        *desk = Desk { at_work: true, since: known.place, newest: known.place, news: VecDeque::new() };
        self.newest.send_replace(known.place.generation);
        drop(tokio::spawn(Arc::clone(self).compare(known)));
    }

    /// Compares each generation with the one before it until nobody listens.
    async fn compare(self: Arc<Self>, mut known: Known) {
        loop {
            let next = tokio::select! {
                next = tokio::time::timeout(IDLE, self.library.next_generation(known.place.generation)) => next,
                () = self.closing.cancelled() => break,
            };
            match next {
                Ok(Some(shelf)) => {
                    let next = Known::of(&shelf);
                    self.publish(&known.until(&next), next.place);
                    known = next;
                }
                // The indexer has ended: there will be no other generation.
                Ok(None) => break,
                Err(_idle) if self.listeners() > 0 => {}
                Err(_idle) => break,
            }
        }
        *self.desk() = Desk::default();
    }

    fn publish(&self, event: &GenerationEvent, place: Place) {
        let mut desk = self.desk();
        if desk.news.len() == REMEMBERED
            && let Some((oldest, _)) = desk.news.pop_front()
        {
            desk.since = oldest;
        }
        // A new index may count from the beginning: nobody can go on from what was.
        if place.generation <= desk.newest.generation {
            desk.news.clear();
            desk.since = place;
        } else {
            desk.news.push_back((place, event.framed("generation", place)));
        }
        desk.newest = place;
        drop(desk);
        self.newest.send_replace(place.generation);
    }

    /// Tells of a generation without a library that makes it.
    #[cfg(test)]
    pub(super) fn publish_for_test(&self, generation: u64) {
        let place = Place { generation, state: 0 };
        self.publish(&GenerationEvent::at(place), place);
    }

    /// What came behind a place, or that this is no longer known, as no place is; and how far that is.
    fn behind(&self, after: Option<Place>) -> (Vec<Bytes>, Place) {
        let desk = self.desk();
        let told = desk.news.iter().position(|(place, _)| Some(*place) == after).map(|at| at + 1);
        if let Some(from) = told.or((after == Some(desk.since)).then_some(0)) {
            return (desk.news.iter().skip(from).map(|(_, frame)| frame.clone()).collect(), desk.newest);
        }
        let served = self.served(&desk);
        // What is served and not compared yet is known to who was told of it.
        if after == Some(served) {
            return (Vec::new(), served);
        }
        let reset = GenerationEvent { truncated: true, ..GenerationEvent::at(served) };
        (vec![reset.framed("reset", served)], served)
    }

    /// What is served now, whether it is compared already or not.
    fn served(&self, desk: &Desk) -> Place {
        let served = Place::of(&self.library.shelf());
        if served.generation < desk.newest.generation { desk.newest } else { served }
    }

    /// Tells a listener of everything behind a generation as it comes, until it goes or its time is over.
    async fn tell(self: Arc<Self>, mut after: Option<Place>, to: mpsc::Sender<Bytes>) {
        let mut newest = self.newest.subscribe();
        let end = tokio::time::sleep(LASTS);
        tokio::pin!(end);
        loop {
            newest.mark_unchanged();
            let (frames, until) = self.behind(after);
            for frame in frames {
                if to.send(frame).await.is_err() {
                    return;
                }
            }
            after = Some(until);
            tokio::select! {
                changed = newest.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(HEARTBEAT) => if to.send(Bytes::from_static(b":\n\n")).await.is_err() { return },
                () = to.closed() => return,
                () = &mut end => return,
                () = self.closing.cancelled() => return,
            }
        }
    }
}

/// `GET /api/v1/events`.
pub(super) async fn listen(
    State(newsroom): State<Arc<Newsroom>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let busy = || HttpError::Unavailable { what: "as many listen as may".to_owned(), retry_after_s: 30 };
    let permit = Arc::clone(&newsroom.room).try_acquire_owned().map_err(|_| busy())?;
    let place = newsroom.places.take(peer.map_or(Peer::HERE, |Extension(peer)| peer)).ok_or_else(busy)?;
    newsroom.begin();
    let newest = newsroom.served(&newsroom.desk());
    let last = stream::last_event(&headers).map(Place::parse);
    let mut hello = String::from("retry: 3000\n\n");
    if last.is_none() {
        let now = GenerationEvent::at(newest).framed("generation", newest);
        hello.push_str(&String::from_utf8_lossy(&now));
    }
    let (to, receiver) = mpsc::channel(WAITING);
    // The channel is empty yet.
    let _first = to.try_send(Bytes::from(hello)).is_ok();
    drop(tokio::spawn(Arc::clone(&newsroom).tell(last.unwrap_or(Some(newest)), to)));
    Ok(stream::told(receiver, (permit, place)))
}
