//! Connections: how many, how long, and how they end.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use super::peer::Peer;
use super::places::Places;
use super::stall::Unstalled;
use super::{App, conditional, router};

/// The most connections at a time; the next one waits in the system's queue.
const MAX_CONNECTIONS: usize = 1_024;
/// The most bytes a head may have: the longest address and as much again of headers, with room.
const HEAD_BYTES: usize = 64 * 1024;
/// How long connections have to finish when the server stops.
pub(super) const DRAIN_SECONDS: u64 = 5;
/// How long to wait when the system gives no connection (no file descriptors left, most of the time).
pub(super) const PAUSE: Duration = Duration::from_millis(50);

/// What ends serving when it comes.
pub type Shutdown = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Running, until it ends. Boxed, so that what serves is compiled here and once, and not where it is waited for.
pub type Running<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Serves `app` on `listener` until `shutdown` comes; then stops accepting and gives connections five seconds to finish.
/// Those that don't are cut: no connection holds `app` any more when this returns.
///
/// # Errors
/// Fails when the listener is no longer one. That a connection breaks is no error.
#[must_use]
pub fn serve(listener: TcpListener, app: Arc<App>, shutdown: Shutdown) -> Running<io::Result<()>> {
    Box::pin(serve_and_drain(listener, app, shutdown, Duration::from_secs(DRAIN_SECONDS)))
}

/// The same, with another time to finish.
pub(super) async fn serve_and_drain(
    listener: TcpListener,
    app: Arc<App>,
    mut shutdown: Shutdown,
    drain: Duration,
) -> io::Result<()> {
    let router = router(&app);
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let places = Places::new(app.limits.peer_connections);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let ended = loop {
        let accepted = async {
            // The semaphore is never closed.
            let place = Arc::clone(&room).acquire_owned().await.ok();
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            () = &mut shutdown => break Ok(()),
            // Those that ended are let go of.
            Some(_) = connections.join_next() => continue,
            accepted = accepted => accepted,
        };
        let (stream, peer) = match accepted {
            Ok((stream, address)) => (stream, Peer::of(address.ip())),
            Err(error) if fatal(&error) => break Err(error),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "connection cannot be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        // One peer must not take all places; what it has more is closed without a word.
        let Some(own) = places.take(peer) else {
            app.metrics.refuse_connection();
            continue;
        };
        // Small answers leave at once.
        let _set = stream.set_nodelay(true).is_ok();
        let stream = Unstalled::new(stream, app.limits.stall);
        let connection = graceful.watch(connection(stream, peer, app.limits.head, router.clone()));
        connections.spawn(async move {
            let _places = (place, own);
            if let Err(error) = connection.await {
                tracing::debug!(error = &error as &dyn std::error::Error, "connection ended early");
            }
        });
    };
    drop(listener);
    // Who waits for changes would wait for ever, and who listens to events as long as it may.
    app.face.stopping.cancel();
    app.newsroom.close();
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were still open after {} s and are cut", drain.as_secs());
    }
    // A task that was told to end holds what it holds until it has.
    connections.shutdown().await;
    ended
}

/// One HTTP/1.1 connection over any stream. `head` is how long it may take to send the head of a request, and how long
/// it may idle.
pub(super) fn connection<Stream>(
    stream: Stream,
    peer: Peer,
    head: Duration,
    router: Router,
) -> http1::Connection<
    TokioIo<Stream>,
    impl hyper::service::Service<
        Request<Incoming>,
        Response = axum::response::Response,
        Error = std::convert::Infallible,
        Future: Send,
    >,
>
where
    Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        request.map(Body::new)
    });
    let service = TowerToHyperService::new(router.map_response(conditional::without_length));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
}

/// Whether an error of `accept` is one of the listener itself, not of one connection or of the moment.
pub(super) fn fatal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::NotConnected)
}
