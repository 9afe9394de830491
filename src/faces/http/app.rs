//! What the door and the routers share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Notify;

use crate::access::{Keyring, LiveKeyring, Principal, Sessions, TokenError};
use crate::ledger::{Clock, Keeper, Randomness};
use crate::library::Library;
use crate::mcp::FaceOptions;
use crate::site::{Site, SiteOptions};

use super::HttpError;
use super::console::Console;
use super::drawn::Pages;
use super::events::Newsroom;
use super::gate::{Gate, GateError};
use super::limits::Limits;
use super::llms::Llms;
use super::metrics::Metrics;
use super::once::Once;
use super::peer::Peer;
use super::preview::Preview;
use super::rates::Rates;
use super::reports::Reports;

/// How a server presents itself.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the site is called.
    pub name: String,
    /// Where a page of the site can be edited; `{path}` stands for its file, relative to the root.
    pub edit_url: Option<String>,
    /// The address it listens on, once known: a name it answers to.
    pub listen: Option<SocketAddr>,
    /// Where clients see it: `https://context.example.org`.
    pub public_url: Option<String>,
    /// More names it answers to: `host` or `host:port`.
    pub hosts: Vec<String>,
    /// More origins whose pages may call it: `scheme://host`, `scheme://host:port` or `scheme://host:*`.
    pub origins: Vec<String>,
    /// Whether playbooks are served as skills over MCP.
    pub skills: bool,
    /// What a request, a connection and a principal may take.
    pub limits: Limits,
    /// Says what time it is, for tokens that expire.
    pub clock: Arc<dyn Clock>,
    /// Makes the ids of requests.
    pub randomness: Arc<dyn Randomness>,
}

/// Whose requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Asker {
    /// A token by its id, here and from elsewhere apart.
    Token(bool, String),
    Peer(Peer),
}

/// A library with its tokens and its figures, ready to be served.
#[derive(Debug)]
pub struct App {
    pub(super) library: Arc<Library>,
    pub(super) keyring: LiveKeyring,
    pub(super) sessions: Sessions,
    pub(super) ledger: Arc<Keeper>,
    pub(super) gate: Gate,
    pub(super) limits: Limits,
    /// What is served over MCP, and until when.
    pub(super) face: FaceOptions,
    /// Requests, by who makes them.
    requests: Rates<Asker>,
    /// Refused credentials, by where they come from.
    failures: Rates<Peer>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Arc<dyn Randomness>,
    pub(super) metrics: Metrics,
    /// What was answered to writes that may be sent again.
    pub(super) once: Arc<Once>,
    yielding: Notify,
    pub(super) console: Console,
    /// The public pages, the same for whoever asks.
    pub(super) site: Arc<Site>,
    /// The same, as they were drawn before.
    pub(super) pages: Arc<Pages>,
    /// What became of the public shelf.
    pub(super) newsroom: Arc<Newsroom>,
    /// The public documents as files for programs.
    pub(super) llms: Arc<Llms>,
    pub(super) reports: Reports,
    /// What its editor is shown beside the site; a server for others has none.
    pub(super) preview: Option<Arc<Preview>>,
}

impl App {
    /// Puts a server together.
    ///
    /// # Errors
    /// Fails when a host, an origin or the public URL is not one.
    pub fn new(
        library: Arc<Library>,
        keyring: Keyring,
        ledger: Arc<Keeper>,
        options: Options,
    ) -> Result<Arc<Self>, GateError> {
        Self::made(library, keyring, ledger, options, None)
    }

    /// Puts an editor's own server together, whose pages say what is wrong with them.
    ///
    /// # Errors
    /// As [`App::new`].
    pub fn for_editor(
        library: Arc<Library>,
        keyring: Keyring,
        ledger: Arc<Keeper>,
        options: Options,
        preview: Arc<Preview>,
    ) -> Result<Arc<Self>, GateError> {
        Self::made(library, keyring, ledger, options, Some(preview))
    }

    fn made(
        library: Arc<Library>,
        keyring: Keyring,
        ledger: Arc<Keeper>,
        options: Options,
        preview: Option<Arc<Preview>>,
    ) -> Result<Arc<Self>, GateError> {
        let gate = Gate::new(options.listen, options.public_url.as_deref(), &options.hosts, &options.origins)?;
        let public_url = options.public_url.or_else(|| options.listen.map(|at| format!("http://{at}")));
        let public_url = public_url.map(|url| url.trim_end_matches('/').to_owned());
        let name = options.name.clone();
        let site = SiteOptions { name: options.name, public_url, edit_url: options.edit_url, ..SiteOptions::default() };
        let now = options.clock.now();
        let site = Arc::new(match &preview {
            Some(preview) => Site::for_editor(library.public(), site, now, Arc::clone(&preview.margin)),
            None => Site::new(library.public(), site, now),
        });
        Ok(Arc::new(Self {
            keyring: LiveKeyring::of(keyring),
            sessions: Sessions::default(),
            requests: Rates::default(),
            failures: Rates::default(),
            reports: Reports::of(ledger.folder()),
            ledger,
            gate,
            limits: options.limits,
            face: FaceOptions { skills: options.skills, ..FaceOptions::default() },
            clock: options.clock,
            randomness: options.randomness,
            metrics: Metrics::default(),
            once: Arc::default(),
            yielding: Notify::new(),
            console: Console::default(),
            newsroom: Newsroom::new(library.public()),
            llms: Llms::new(Arc::clone(&site), name),
            pages: Pages::new(Arc::clone(&site)),
            site,
            preview,
            library,
        }))
    }

    /// Ends all writing into the data folder, which may be let go of then, whoever still holds this. Blocks.
    pub fn close(&self) {
        self.library.close();
        self.ledger.close();
        self.keyring.close();
    }

    /// Notes that a server wants the data folder.
    pub(super) fn ask_to_yield(&self) {
        self.yielding.notify_one();
    }

    /// Ends when a server asks for the data folder. Only an owner that stands in until one comes waits for this.
    pub async fn asked_to_yield(&self) {
        self.yielding.notified().await;
    }

    /// Counts a request of a principal, or of a peer without one, against its rate.
    pub(super) fn count_request(&self, peer: Peer, principal: Option<&Principal>) -> Result<(), HttpError> {
        let near = peer.is_loopback();
        let (asker, rate) = match principal {
            Some(principal) => (Asker::Token(near, principal.id().to_owned()), self.limits.token_rate),
            None => (Asker::Peer(peer), self.limits.anonymous_rate),
        };
        let rate = if near { self.limits.loopback_rate } else { rate };
        let too_many = |retry_after_s| HttpError::TooMany { what: "too many requests", retry_after_s };
        self.requests.take(asker, rate, Instant::now()).map_err(too_many)
    }

    /// Counts a refused token against the rate of the peer that sent it; gives what it is told. Which of unknown,
    /// expired, rotated and revoked it was is nobody's business who has no token. Good tokens of the peer are not touched.
    pub(super) fn refuse_token(&self, peer: Peer, error: &TokenError) -> HttpError {
        self.metrics.refuse_token();
        tracing::debug!(error = error as &dyn std::error::Error, "a token was refused");
        match self.failures.take(peer, self.limits.failure_rate, Instant::now()) {
            Ok(()) => HttpError::BadToken,
            Err(retry_after_s) => HttpError::TooMany { what: "too many refused tokens", retry_after_s },
        }
    }
}
