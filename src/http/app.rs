//! What the door and the routers share.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Notify;

use crate::access::Keyring;
use crate::ledger::{Clock, Keeper, Randomness};
use crate::library::Library;
use crate::site::{Site, SiteOptions};

use super::gate::{Gate, GateError};
use super::limits::Limits;
use super::metrics::Metrics;

/// How a server presents itself.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the site is called.
    pub name: String,
    /// The address it listens on, once known: a name it answers to.
    pub listen: Option<SocketAddr>,
    /// Where clients see it: `https://context.example.org`.
    pub public_url: Option<String>,
    /// More names it answers to: `host` or `host:port`.
    pub hosts: Vec<String>,
    /// More origins whose pages may call it: `scheme://host`, `scheme://host:port` or `scheme://host:*`.
    pub origins: Vec<String>,
    /// What a request, a connection and a principal may take.
    pub limits: Limits,
    /// Says what time it is, for tokens that expire.
    pub clock: Arc<dyn Clock>,
    /// Makes the ids of requests.
    pub randomness: Arc<dyn Randomness>,
}

/// A library with its tokens and its figures, ready to be served.
#[derive(Debug)]
pub struct App {
    pub(super) library: Arc<Library>,
    keyring: RwLock<Arc<Keyring>>,
    pub(super) ledger: Arc<Keeper>,
    pub(super) gate: Gate,
    pub(super) limits: Limits,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Arc<dyn Randomness>,
    pub(super) metrics: Metrics,
    yielding: Notify,
    /// The public pages, the same for whoever asks.
    pub(super) site: Arc<Site>,
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
        let gate = Gate::new(options.listen, options.public_url.as_deref(), &options.hosts, &options.origins)?;
        let public_url = options.public_url.or_else(|| options.listen.map(|at| format!("http://{at}")));
        let site =
            Site::new(library.public(), SiteOptions { name: options.name, public_url, ..SiteOptions::default() });
        Ok(Arc::new(Self {
            library,
            keyring: RwLock::new(Arc::new(keyring)),
            ledger,
            gate,
            limits: options.limits,
            clock: options.clock,
            randomness: options.randomness,
            metrics: Metrics::default(),
            yielding: Notify::new(),
            site: Arc::new(site),
        }))
    }

    /// Ends all writing into the data folder, which may be let go of then, whoever still holds this. Blocks.
    pub fn close(&self) {
        self.library.close();
        self.ledger.close();
    }

    /// Notes that a server wants the data folder.
    pub(super) fn ask_to_yield(&self) {
        self.yielding.notify_one();
    }

    /// Ends when a server asks for the data folder. Only an owner that stands in until one comes waits for this.
    pub async fn asked_to_yield(&self) {
        self.yielding.notified().await;
    }

    /// Takes other tokens from the next request on.
    pub fn replace_keyring(&self, keyring: Keyring) {
        *self.keyring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keyring);
    }

    pub(super) fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.keyring.read().unwrap_or_else(PoisonError::into_inner))
    }
}
