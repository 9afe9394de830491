//! Writes that are done once however often they are sent: `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).
//!
//! What was answered to a key is kept, in memory, for a day and for the last few thousand keys; a restart forgets it. A
//! write goes on when its client has gone: whoever comes again with the key gets its answer. What was refused is not
//! kept, since nothing was written.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use sha2::{Digest as _, Sha256};

use crate::access::Principal;

use super::HttpError;
use super::limits::BODY_BYTES;
use super::routes::Route;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says of an answer that it was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The longest key.
const KEY_BYTES: usize = 255;
/// How many answers are kept, and how many bytes of them.
const KEPT: usize = 4_096;
const KEPT_BYTES: usize = 8 * 1024 * 1024;
/// How long an answer is kept.
const KEPT_S: i64 = 24 * 60 * 60;
/// The most bytes of an answer that are kept: more than a receipt for each of a thousand runs has.
const ANSWER_BYTES: usize = 4 * BODY_BYTES;
/// When to come again while the first request is at work.
const RETRY_S: u32 = 1;

/// A key of somebody, and what it was sent with. Both are digests: what is kept says nothing of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    key: [u8; 32],
    print: [u8; 32],
}

/// What was answered to keys.
#[derive(Debug, Default)]
pub(super) struct Once(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    by_key: HashMap<[u8; 32], Entry>,
    /// Answered keys, the oldest first.
    order: VecDeque<[u8; 32]>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    print: [u8; 32],
    /// None while the first request is at work.
    given: Option<Given>,
}

#[derive(Debug, Clone)]
struct Given {
    status: StatusCode,
    media: Option<HeaderValue>,
    body: Bytes,
    at_s: i64,
}

/// The first request with a key; the key is free again when this goes and nothing was kept.
struct Turn {
    once: Arc<Once>,
    sent: Sent,
    kept: bool,
}

impl Sent {
    /// The key that a request of `principal` to `route` was sent with, if it writes and has one.
    ///
    /// # Errors
    /// Fails when there are several, or one that is no key.
    pub(super) fn of(
        route: Route,
        principal: &Principal,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Option<Self>, HttpError> {
        let mut given = headers.get_all(KEY).iter();
        let Some(key) = given.next().filter(|_| route.writes().is_some()) else { return Ok(None) };
        let plain = (1..=KEY_BYTES).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic);
        if !plain || given.next().is_some() {
            let what = format!("Idempotency-Key: is not one key of 1 to {KEY_BYTES} visible ASCII characters");
            return Err(HttpError::Request { what });
        }
        let media = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        Ok(Some(Self {
            key: digest(&[principal.id().as_bytes(), key.as_bytes()]),
            print: digest(&[route.name().as_bytes(), media, body]),
        }))
    }
}

/// A digest of parts, whose borders count.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

impl Once {
    /// Answers with what the key was answered with before, or by doing the work, which goes on when nobody waits for it
    /// any more. `now_s` is seconds since 1970.
    ///
    /// # Errors
    /// Fails when the key was used for something else, or when the first request with it is still at work.
    pub(super) async fn answer(
        self: &Arc<Self>,
        sent: Sent,
        now_s: i64,
        work: impl Future<Output = Response> + Send + 'static,
    ) -> Result<Response, HttpError> {
        let turn = match self.begin(sent, now_s)? {
            Ok(turn) => turn,
            Err(given) => return Ok(given.again()),
        };
        let done = tokio::spawn(async move { turn.end(work.await, now_s).await });
        done.await.map_err(|_| HttpError::Internal)?
    }

    /// Takes a turn, or gives what was given before.
    fn begin(self: &Arc<Self>, sent: Sent, now_s: i64) -> Result<Result<Turn, Given>, HttpError> {
        let mut kept = self.kept();
        kept.forget(now_s);
        match kept.by_key.get(&sent.key) {
            Some(entry) if entry.print != sent.print => Err(HttpError::KeyReused),
            Some(Entry { given: Some(given), .. }) => Ok(Err(given.clone())),
            Some(_) => Err(HttpError::KeyInUse { retry_after_s: RETRY_S }),
            None => {
                kept.by_key.insert(sent.key, Entry { print: sent.print, given: None });
                Ok(Ok(Turn { once: Arc::clone(self), sent, kept: false }))
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Lets go of what is too old or too much, the oldest first.
    fn forget(&mut self, now_s: i64) {
        while let Some(oldest) = self.order.front() {
            let given = self.by_key.get(oldest).and_then(|entry| entry.given.as_ref());
            let old = given.is_none_or(|given| now_s - given.at_s >= KEPT_S);
            if !old && self.order.len() <= KEPT && self.bytes <= KEPT_BYTES {
                return;
            }
            self.bytes -= given.map_or(0, |given| given.body.len());
            self.by_key.remove(oldest);
            self.order.pop_front();
        }
    }
}

impl Given {
    fn again(self) -> Response {
        let mut answer = Response::new(Body::from(self.body));
        *answer.status_mut() = self.status;
        if let Some(media) = self.media {
            answer.headers_mut().insert(CONTENT_TYPE, media);
        }
        answer.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        answer
    }
}

impl Turn {
    /// Keeps an answer that says that something was written.
    async fn end(mut self, answer: Response, now_s: i64) -> Result<Response, HttpError> {
        if !answer.status().is_success() {
            return Ok(answer);
        }
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, ANSWER_BYTES).await.map_err(|_| HttpError::Internal)?;
        let media = parts.headers.get(CONTENT_TYPE).cloned();
        let given = Given { status: parts.status, media, body: body.clone(), at_s: now_s };
        let mut kept = self.once.kept();
        if let Some(entry) = kept.by_key.get_mut(&self.sent.key) {
            entry.given = Some(given);
            kept.order.push_back(self.sent.key);
            kept.bytes += body.len();
            kept.forget(now_s);
        }
        drop(kept);
        self.kept = true;
        Ok(Response::from_parts(parts, Body::from(body)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.kept {
            self.once.kept().by_key.remove(&self.sent.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::body::{Body, Bytes};
    use axum::http::StatusCode;
    use axum::response::Response;
    use tokio::sync::oneshot;

    use super::{HttpError, KEPT, KEPT_S, Once, Sent, digest};

    fn sent(key: &str, body: &str) -> Sent {
        Sent { key: digest(&[key.as_bytes()]), print: digest(&[body.as_bytes()]) }
    }

    async fn answered(once: &Arc<Once>, sent: Sent, now_s: i64, says: &str) -> Result<(bool, Bytes), HttpError> {
        let answer = Response::new(Body::from(says.to_owned()));
        let answer = once.answer(sent, now_s, async move { answer }).await?;
        let replayed = answer.headers().contains_key("idempotent-replayed");
        Ok((replayed, axum::body::to_bytes(answer.into_body(), 1_024).await.unwrap()))
    }

    #[tokio::test]
    async fn a_key_is_answered_once_for_a_day_and_belongs_to_one_request() {
        let once = Arc::new(Once::default());
        assert_eq!(answered(&once, sent("k", "a"), 0, "first").await.unwrap(), (false, "first".into()));
        assert_eq!(answered(&once, sent("k", "a"), KEPT_S - 1, "second").await.unwrap(), (true, "first".into()));
        assert!(matches!(answered(&once, sent("k", "b"), 1, "").await, Err(HttpError::KeyReused)));
        assert_eq!(answered(&once, sent("k", "b"), KEPT_S, "third").await.unwrap(), (false, "third".into()));
    }

    #[tokio::test]
    async fn who_goes_away_finds_the_answer_later_and_what_was_refused_is_tried_again() {
        let once = Arc::new(Once::default());
        let (go, wait) = oneshot::channel::<()>();
        let (done, ended) = oneshot::channel::<()>();
        let work = async move {
            wait.await.unwrap();
            done.send(()).unwrap();
            Response::new(Body::from("written"))
        };
        let (own, key) = (Arc::clone(&once), sent("k", "a"));
        let waiting = tokio::spawn(async move { own.answer(key, 0, work).await });
        while once.kept().by_key.is_empty() {
            tokio::task::yield_now().await;
        }
        waiting.abort();
        assert!(matches!(answered(&once, key, 0, "").await, Err(HttpError::KeyInUse { .. })));
        go.send(()).unwrap();
        ended.await.unwrap();
        while once.kept().order.is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(answered(&once, key, 0, "again").await.unwrap(), (true, "written".into()));

        let refused = || async {
            let mut answer = Response::new(Body::empty());
            *answer.status_mut() = StatusCode::BAD_REQUEST;
            answer
        };
        assert_eq!(once.answer(sent("r", "a"), 0, refused()).await.unwrap().status(), StatusCode::BAD_REQUEST);
        assert_eq!(answered(&once, sent("r", "b"), 0, "good").await.unwrap(), (false, "good".into()));
        // A panic frees the key as well.
        let panics = async { panic!("on purpose") };
        assert!(matches!(once.answer(sent("p", "a"), 0, panics).await, Err(HttpError::Internal)));
        assert_eq!(answered(&once, sent("p", "a"), 0, "good").await.unwrap(), (false, "good".into()));
    }

    #[tokio::test]
    async fn memory_is_bounded_by_keys_and_by_bytes() {
        let once = Arc::new(Once::default());
        for at in 0..KEPT + 100 {
            answered(&once, sent(&at.to_string(), "a"), 0, "x").await.unwrap();
        }
        let sizes = |kept: &super::Kept| (kept.by_key.len(), kept.order.len(), kept.bytes);
        assert_eq!(sizes(&once.kept()), (KEPT, KEPT, KEPT));
        assert_eq!(answered(&once, sent("0", "a"), 0, "new").await.unwrap(), (false, "new".into()));
        let long = "x".repeat(1_000);
        for at in 0..9_000 {
            answered(&once, sent(&format!("long {at}"), "a"), 0, &long).await.unwrap();
        }
        assert!(once.kept().bytes <= super::KEPT_BYTES);
    }
}
