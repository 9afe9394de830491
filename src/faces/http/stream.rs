//! Server-sent events as a response (WHATWG HTML, section 9.2): what is common to everything that is told as it comes.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use hyper::body::Frame;
use tokio::sync::mpsc;

/// What comes out of a channel, as it comes; `place` is held as long as somebody listens.
pub(super) fn told(receiver: mpsc::Receiver<Bytes>, place: impl Send + Unpin + 'static) -> Response {
    let media = [(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"))];
    (media, Body::new(Stream { receiver, _place: place })).into_response()
}

/// The id of the last event that a client saw before it came again.
pub(super) fn last_event(headers: &HeaderMap) -> Option<&str> {
    headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::trim).filter(|id| !id.is_empty())
}

/// A body that is sent as it comes, with the place that its listener takes.
struct Stream<P> {
    receiver: mpsc::Receiver<Bytes>,
    _place: P,
}

impl<P: Unpin> hyper::body::Body for Stream<P> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.receiver.poll_recv(context).map(|event| event.map(|event| Ok(Frame::data(event))))
    }
}
