//! How messages come in: over streamable HTTP, or as lines on a stream.

use std::marker::PhantomData;
use std::sync::Arc;

use rmcp::service::{RoleServer, ServerInitializeError, serve_server_with_ct};
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::access::Scope;
use crate::library::{Reader, Verbs};

use super::{FaceOptions, Lender, McpFace};

/// The longest message, in bytes, without the end of its line: as for every other request.
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;

/// MCP over streamable HTTP: a tower service for `/mcp`.
pub type HttpService = StreamableHttpService<McpFace, NeverSessionManager>;

/// MCP for one scope, to be mounted beside the other routes of that scope.
#[derive(Debug)]
pub struct Mount<S: Scope> {
    face: McpFace,
    scope: PhantomData<S>,
}

/// Why a session on a stream ended badly.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The client did not open the session as the protocol says.
    #[error("session could not be opened")]
    Opening(#[source] Box<ServerInitializeError>),
    /// The session's task was torn down.
    #[error("session was torn down")]
    Torn(#[source] tokio::task::JoinError),
}

impl<S: Scope> Mount<S>
where
    Reader<S>: Verbs,
{
    /// Makes what answers `/mcp` for one scope: one message a request, no sessions, answers as plain JSON.
    ///
    /// The reader comes with each request: the door above puts a [`Reader<S>`](crate::library::Reader) into its
    /// extensions. `Host` and `Origin` are checked by that door too, with the same lists as for every other route; here
    /// they are not asked again.
    #[must_use]
    pub fn new(options: FaceOptions) -> Self {
        Self { face: McpFace::of_request::<S>(options), scope: PhantomData }
    }

    /// Makes the same of a face that a test has.
    #[cfg(test)]
    pub(super) fn of(face: McpFace) -> Self {
        Self { face, scope: PhantomData }
    }

    /// The service, which has no scope of its own any more.
    #[must_use]
    pub fn service(self) -> HttpService {
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(MAX_MESSAGE_BYTES)
            .disable_allowed_hosts()
            .disable_allowed_origins();
        StreamableHttpService::new(move || Ok(self.face.clone()), Arc::new(NeverSessionManager::default()), config)
    }
}

/// Serves one session of newline-delimited JSON-RPC until the client closes its end.
///
/// Who calls this vouches that the other end is whom `lender` lends to: standard input, a duplex in this process, or
/// the socket in the data folder.
///
/// # Errors
/// Fails when the client does not speak the protocol. A client that goes away is no error.
pub async fn serve_stream(
    lender: Lender,
    options: FaceOptions,
    from: impl AsyncRead + Send + Unpin + 'static,
    to: impl AsyncWrite + Send + Unpin + 'static,
) -> Result<(), StreamError> {
    serve_stream_until(lender, options, from, to, CancellationToken::new()).await
}

/// The same, and ends when `stop` is cancelled too. When this returns, nothing of the session holds `lender` any more.
///
/// # Errors
/// Fails when the client does not speak the protocol. A client that goes away is no error.
pub async fn serve_stream_until(
    lender: Lender,
    options: FaceOptions,
    from: impl AsyncRead + Send + Unpin + 'static,
    to: impl AsyncWrite + Send + Unpin + 'static,
    stop: CancellationToken,
) -> Result<(), StreamError> {
    // The transport counts the end of the line.
    let transport = AsyncRwTransport::<RoleServer, _, _>::new(from, to).with_max_line_length(MAX_MESSAGE_BYTES + 1);
    // Requests are answered on tasks of their own, which a session does not wait for when it ends. Each has the face,
    // and with it this sender: when all senders are gone, so are they.
    let (held, mut let_go) = mpsc::channel(1);
    // A child, because the session cancels its token when it ends, and `stop` may be the token of others as well.
    let ended = stop.child_token();
    // Whoever waits for changes of documents holds the face as well, and ends with the session.
    let _session = ended.clone().drop_guard();
    let face = McpFace::of_stream(lender, options, ended.clone(), held);
    let session = serve_server_with_ct(face, transport, ended.clone()).await;
    let session = match session {
        Ok(session) => session,
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => return Ok(()),
        Err(error) => return Err(StreamError::Opening(Box::new(error))),
    };
    let waited = session.waiting().await.map(drop).map_err(StreamError::Torn);
    ended.cancel();
    while let_go.recv().await.is_some() {}
    waited
}
