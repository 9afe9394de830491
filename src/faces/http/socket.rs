//! The socket in the data folder: how other processes of the owner attach to the one that holds the lock.
//!
//! The file is readable for its owner alone, which is what makes whoever comes through it the local owner. A
//! connection begins with one line that says what it will speak; anything else is closed without a word.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::ledger::{Errand, ErrandDone, LedgerError};
use crate::library::Face;
use crate::mcp;
use crate::owner;

use super::door::owners_router;
use super::peer::Peer;
use super::serve::{DRAIN_SECONDS, PAUSE, connection, fatal};
use super::{App, Running, Shutdown};

/// The first line of a connection that speaks HTTP.
pub(crate) const HELLO_HTTP: &str = "cairn/1 http\n";
/// The first line of a connection that speaks MCP, one message a line.
pub(crate) const HELLO_MCP: &str = "cairn/1 mcp\n";
/// The first line of a connection that asks the owner to let go of the data folder, for a server that wants to serve it.
/// An owner that only stands in until one comes does so.
pub(crate) const HELLO_YIELD: &str = "cairn/1 yield\n";

/// The first line of a connection that brings one [`Errand`] for the ledger as a line of JSON, and is answered with one
/// line: an [`ErrandDone`](crate::ledger::ErrandDone), or `{"error": "…"}`.
pub(crate) const HELLO_LEDGER: &str = "cairn/1 ledger\n";

/// The most attached processes at a time.
const MAX_CONNECTIONS: usize = 256;
/// How long a connection may take to say what it speaks.
const HELLO_SECONDS: u64 = 5;
/// The most bytes an errand may have.
const ERRAND_BYTES: u64 = 64 * 1024;

/// Serves attached processes until `shutdown` comes; then gives requests five seconds to finish.
///
/// # Errors
/// Fails when no connection can be accepted any more.
#[must_use]
pub(crate) fn serve_socket(listener: UnixListener, app: Arc<App>, shutdown: Shutdown) -> Running<io::Result<()>> {
    Box::pin(serve_attached(listener, app, shutdown))
}

async fn serve_attached(listener: UnixListener, app: Arc<App>, mut shutdown: Shutdown) -> io::Result<()> {
    let router = owners_router(&app);
    let stopping = CancellationToken::new();
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut attached = JoinSet::new();
    let ended = loop {
        let accepted = async {
            // The semaphore is never closed.
            let place = Arc::clone(&room).acquire_owned().await.ok();
            (listener.accept().await, place)
        };
        tokio::select! {
            () = &mut shutdown => break Ok(()),
            // Those that ended are let go of.
            Some(_) = attached.join_next() => {}
            (accepted, place) = accepted => match accepted {
                Ok((stream, _peer)) => {
                    let (app, router, stopping) = (Arc::clone(&app), router.clone(), stopping.clone());
                    attached.spawn(async move {
                        let _place = place;
                        attend(stream, &app, router, stopping).await;
                    });
                }
                Err(error) if fatal(&error) => break Err(error),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "attached process cannot be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    };
    drop(listener);
    stopping.cancel();
    let drained = async { while attached.join_next().await.is_some() {} };
    let _in_time = tokio::time::timeout(Duration::from_secs(DRAIN_SECONDS), drained).await.is_ok();
    attached.shutdown().await;
    ended
}

/// Serves one connection. An MCP session ends when the server stops: the attached process takes over then.
async fn attend(mut stream: UnixStream, app: &App, router: Router, stopping: CancellationToken) {
    let hello = tokio::time::timeout(Duration::from_secs(HELLO_SECONDS), hello(&mut stream)).await;
    match hello.ok().flatten() {
        Some(Speaks::Http) => {
            let mut connection = pin!(connection(stream, Peer::HERE, app.limits.head, router));
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(error = &error as &dyn std::error::Error, "attached connection ended early");
                    }
                }
                () = stopping.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    let _ended = connection.await.is_ok();
                }
            }
        }
        Some(Speaks::Mcp) => {
            if let Err(error) = serve_session(app, stream, stopping).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "attached session ended early");
            }
        }
        Some(Speaks::Yield) => app.ask_to_yield(),
        Some(Speaks::Ledger) => {
            if let Err(error) = run_errand(&mut stream, app).await {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "attached process did not wait for its answer"
                );
            }
        }
        None => {}
    }
}

/// Serves one session of this process's own agent, as those of attached processes are served, until the other end of
/// `stream` is closed.
///
/// # Errors
/// Fails when the client does not speak the protocol. A client that goes away is no error.
#[must_use]
pub(crate) fn serve_agent(app: Arc<App>, stream: UnixStream) -> Running<Result<(), mcp::StreamError>> {
    Box::pin(async move { serve_session(&app, stream, CancellationToken::new()).await })
}

/// There is much code behind each kind of stream: this is the one.
async fn serve_session(app: &App, stream: UnixStream, stopping: CancellationToken) -> Result<(), mcp::StreamError> {
    let (from, to) = stream.into_split();
    mcp::serve_stream_until(lender(app), app.face.clone(), from, to, stopping).await
}

/// Lends what the owner may see, as it is when a request comes.
fn lender(app: &App) -> mcp::Lender {
    let library = Arc::clone(&app.library);
    mcp::Lender::new(move || (owner::reader(&library, Face::Stdio), owner::pen(&library, Face::Stdio)))
}

/// Does with the ledger what an attached process wants, and says what was done when it stands.
async fn run_errand(stream: &mut UnixStream, app: &App) -> io::Result<()> {
    let mut line = Vec::new();
    let (from, mut to) = stream.split();
    let mut from = tokio::io::BufReader::new(from.take(ERRAND_BYTES));
    tokio::time::timeout(Duration::from_secs(HELLO_SECONDS), from.read_until(b'\n', &mut line)).await??;
    let refused = |error: String| serde_json::json!({ "error": error });
    let answer = match serde_json::from_slice::<Errand>(&line) {
        Ok(errand) => match in_thread(app, errand).await {
            Ok(Ok(done)) => serde_json::json!(done),
            Ok(Err(error)) => refused(error.to_string()),
            Err(error) => refused(error.to_string()),
        },
        Err(error) => refused(format!("not an errand that this version knows: {error}")),
    };
    to.write_all(format!("{answer}\n").as_bytes()).await?;
    to.shutdown().await
}

/// Does an errand on a thread of its own: it may take long. What was begun ends, whoever waits for it.
async fn in_thread(app: &App, errand: Errand) -> io::Result<Result<ErrandDone, LedgerError>> {
    let (ledger, (tell, told)) = (Arc::clone(&app.ledger), tokio::sync::oneshot::channel());
    // Nobody may be waiting any more.
    let work = move || drop(tell.send(ledger.run(errand)));
    std::thread::Builder::new().name("cairn-errand".to_owned()).spawn(work)?;
    told.await.map_err(io::Error::other)
}

enum Speaks {
    Http,
    Mcp,
    Yield,
    Ledger,
}

/// Reads the first line and not one byte more.
async fn hello(stream: &mut UnixStream) -> Option<Speaks> {
    let mut line = Vec::with_capacity(HELLO_LEDGER.len());
    while line.len() < HELLO_LEDGER.len() {
        let byte = stream.read_u8().await.ok()?;
        line.push(byte);
        if byte == b'\n' {
            break;
        }
    }
    match line.as_slice() {
        line if line == HELLO_HTTP.as_bytes() => Some(Speaks::Http),
        line if line == HELLO_MCP.as_bytes() => Some(Speaks::Mcp),
        line if line == HELLO_YIELD.as_bytes() => Some(Speaks::Yield),
        line if line == HELLO_LEDGER.as_bytes() => Some(Speaks::Ledger),
        _ => None,
    }
}
