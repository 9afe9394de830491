//! `cairn serve`: opens or builds the index, watches, and answers HTTP and MCP on one port.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::access::Keyring;
use crate::http::{App, Options, Shutdown, serve, serve_socket, tend};
use crate::ledger::{Clock as _, Errand, Keeper, LedgerError, SystemClock, SystemRandomness, TokenAction, TokenChange};
use crate::library::{DataFolder, Holder, Library, LibraryError, ShelfStatus};

use super::attach::ask_to_yield;
use super::clients;
use super::compose::{House, Stay};
use super::config::Settings;
use super::error::{CliError, Outcome};
use super::flags::{Place, ServeArguments};
use super::mcp::MCP_ROLE;
use super::output::{self, Style};
use super::socket;

/// How long a process that only stands in may hold on to the data folder before `serve` gives up on it.
const OTHERS_TAKE: Duration = Duration::from_secs(15);

/// Processes that own a data folder only as long as no server does, as they call themselves in the lock.
const STAND_INS: [&str; 5] = ["cairn search", "cairn get", "cairn browse", "cairn report", MCP_ROLE];

pub(super) async fn run(place: Place, arguments: ServeArguments, json: bool) -> anyhow::Result<Outcome> {
    let settings = Settings::with_serve(&place, Some(&arguments))?;
    refuse_exposure(&settings)?;
    let (listener, mut folder) = take_places(&settings, "cairn serve, starting").await?;
    let address = listener.local_addr()?;
    let url = settings.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    folder.announce(&url)?;
    let started = Instant::now();
    let house = tokio::task::block_in_place(|| House::open(&settings, folder, Stay::Server))?;
    let House { folder, library, ledger, keyring, embedder } = house;
    let first_run = keyring.is_empty();
    let first = FirstToken { settings: &settings, ledger: Arc::clone(&ledger) };
    let app = App::new(Arc::clone(&library), keyring, ledger, app_options(&settings, address))?;
    let attached = socket::listen(&settings.data)?;
    #[cfg(feature = "otlp")]
    let exporter = export(&settings)?;
    #[cfg(not(feature = "otlp"))]
    say_nothing_is_exported();
    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(serve_all(listener, attached, Arc::clone(&app), stopped));
    let banner = |token| Banner::of(&settings, &url, token, &embedder, &library.shelves(), started.elapsed());
    let ended = attend(&library, || {
        tokio::task::block_in_place(|| {
            let token = first_run.then(|| first.make()).transpose()?;
            announce(&banner(token.clone()), json).inspect_err(|_| first.forget(token.as_deref()))
        })
    });
    let ended = ended.await;
    tracing::info!("stopping");
    // Whoever serves holds a receiver as long as it does.
    let _told = stop.send(true).is_ok();
    let served = serving.await;
    tokio::task::block_in_place(|| {
        app.close();
        #[cfg(feature = "otlp")]
        exporter.into_iter().for_each(super::otlp::Exporter::end);
    });
    drop(folder);
    ended?;
    served??;
    Ok(Outcome::Done)
}

/// Begins to send spans, where OpenTelemetry's variables say where to.
#[cfg(feature = "otlp")]
fn export(settings: &Settings) -> anyhow::Result<Option<super::otlp::Exporter>> {
    let begin = |collector| super::otlp::Exporter::begin(&settings.data.join("ledger"), collector);
    super::config::collector().map(begin).transpose()
}

/// Says that this build sends no spans, where OpenTelemetry's variables say where to.
#[cfg(not(feature = "otlp"))]
fn say_nothing_is_exported() {
    if let Some(name) = super::config::collector_named() {
        tracing::warn!(
            "{name}: is set, but this build sends no spans; `cargo install cairn --features otlp` makes one that does"
        );
    }
}

/// Waits for the end. Says where the server is once everything is compared with the disk: strangers are answered from
/// then on, since what is private by now must not be served as it was left.
async fn attend(library: &Library, announce: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let signals = wait_for_signal()?;
    tokio::pin!(signals);
    tokio::select! {
        () = library.wait_ready() => announce()?,
        () = &mut signals => return Ok(()),
    }
    signals.await;
    Ok(())
}

/// The admin token of a new data folder, made when there is somebody to show it to. The server sees the file change.
struct FirstToken<'a> {
    settings: &'a Settings,
    ledger: Arc<Keeper>,
}

impl FirstToken<'_> {
    fn make(&self) -> anyhow::Result<String> {
        let (mut keyring, now_s) = (Keyring::open(&self.settings.tokens())?, SystemClock.now().unix_s());
        let secret = keyring.make_admin("first run", now_s)?;
        let noted = self.note(&keyring, &secret, TokenAction::Made);
        noted.inspect_err(|_| self.forget(Some(&secret)))?;
        Ok(secret)
    }

    /// A token that nobody saw is no token: the next run makes another.
    fn forget(&self, token: Option<&str>) {
        let Some(token) = token else { return };
        let forgotten = Keyring::open(&self.settings.tokens()).and_then(|mut keyring| {
            let _noted = self.note(&keyring, token, TokenAction::Revoked).is_ok();
            keyring.forget(token)
        });
        if let Err(error) = forgotten {
            tracing::warn!(error = &error as &dyn std::error::Error, "a token that nobody saw stays in the token file");
        }
    }

    fn note(&self, keyring: &Keyring, secret: &str, action: TokenAction) -> Result<(), LedgerError> {
        let Ok(principal) = keyring.verify(secret, SystemClock.now().unix_s()) else { return Ok(()) };
        let change = TokenChange { who: "local".to_owned(), token: principal.id().to_owned(), action };
        self.ledger.run(Errand::Token(change)).map(drop)
    }
}

/// A server that others can reach must have been made ready for them.
fn refuse_exposure(settings: &Settings) -> anyhow::Result<()> {
    if settings.listen.ip().is_loopback() {
        return Ok(());
    }
    let good = settings.token.is_some() || Keyring::open(&settings.tokens())?.has_good(SystemClock.now().unix_s());
    let Some(url) = settings.public_url.as_deref().filter(|_| good) else {
        return Err(CliError::Exposed { address: settings.listen }.into());
    };
    if !url.starts_with("https://") {
        tracing::warn!("{url}: is not https: whoever is on the way can read tokens and answers");
    }
    Ok(())
}

/// Takes the port and the data folder. The port comes first: nobody is asked to leave the folder for a server that can't
/// start. When another server has both, it is the folder's owner that is named.
pub(super) async fn take_places(settings: &Settings, role: &str) -> anyhow::Result<(TcpListener, DataFolder)> {
    match TcpListener::bind(settings.listen).await {
        Ok(listener) => Ok((listener, claim(settings, role).await?)),
        Err(source) => {
            let held =
                DataFolder::holder(&settings.data).filter(|holder| !STAND_INS.contains(&holder.address.as_str()));
            match held {
                Some(Holder { pid, address }) => {
                    Err(LibraryError::Held { data: settings.data.clone(), pid, address }.into())
                }
                None => Err(CliError::Bind { address: settings.listen, source }.into()),
            }
        }
    }
}

/// Takes the data folder. A command that answers once lets go of it soon, an agent's `cairn mcp` when it is asked to;
/// another server does not.
async fn claim(settings: &Settings, role: &str) -> Result<DataFolder, LibraryError> {
    let end = Instant::now() + OTHERS_TAKE;
    loop {
        match DataFolder::claim(&settings.data, role) {
            Err(LibraryError::Held { address, .. })
                if STAND_INS.contains(&address.as_str()) && Instant::now() < end =>
            {
                if address == MCP_ROLE {
                    ask_to_yield(settings).await;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            other => return other,
        }
    }
}

pub(super) fn app_options(settings: &Settings, address: SocketAddr) -> Options {
    Options {
        name: settings.name.clone(),
        edit_url: settings.edit_url.clone(),
        listen: Some(address),
        public_url: settings.public_url.clone(),
        hosts: settings.allowed_hosts.clone(),
        origins: settings.allowed_origins.clone(),
        skills: settings.skills,
        limits: settings.limits.clone(),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
    }
}

async fn serve_all(
    listener: TcpListener,
    attached: UnixListener,
    app: Arc<App>,
    stopped: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let (http, socket) = (until(stopped.clone()), until(stopped));
    let (serving, ended) = tokio::sync::oneshot::channel::<()>();
    let served = async {
        let served =
            tokio::join!(serve(listener, Arc::clone(&app), http), serve_socket(attached, Arc::clone(&app), socket));
        drop(serving);
        served
    };
    // The last page that is served is counted, too.
    let tended = tend(Arc::clone(&app), Box::pin(async { drop(ended.await) }));
    let ((served, attached), ()) = tokio::join!(served, tended);
    served.and(attached)
}

/// Ends when the word to stop comes, or nobody is left to give it.
pub(super) fn until(mut stopped: watch::Receiver<bool>) -> Shutdown {
    Box::pin(async move {
        let _stopped = stopped.wait_for(|stop| *stop).await.is_ok();
    })
}

/// Ends at SIGTERM or SIGINT.
pub(super) fn wait_for_signal() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// What a person or a script needs to begin.
#[derive(Debug, Serialize)]
struct Banner {
    url: String,
    mcp: String,
    root: String,
    data: String,
    pid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_token: Option<String>,
    /// What starts an agent's own server on the same folders.
    stdio: Vec<String>,
    collections: Vec<String>,
    /// What embeds texts, in words.
    embedder: String,
    shelves: Vec<Shelf>,
    ready_ms: u128,
}

#[derive(Debug, Serialize)]
struct Shelf {
    name: String,
    generation: u64,
    documents: usize,
    passages: u64,
}

impl Banner {
    fn of(
        settings: &Settings,
        url: &str,
        token: Option<String>,
        embedder: &str,
        shelves: &[ShelfStatus],
        took: Duration,
    ) -> Self {
        let shelf = |shelf: &ShelfStatus| Shelf {
            name: shelf.name.clone(),
            generation: shelf.generation,
            documents: shelf.documents,
            passages: shelf.passages,
        };
        let collections = settings.collections.iter();
        Self {
            url: format!("{url}/"),
            mcp: format!("{url}/mcp"),
            root: settings.root.display().to_string(),
            data: settings.data.display().to_string(),
            pid: std::process::id(),
            admin_token: token,
            stdio: settings.stdio_arguments(),
            collections: collections
                .map(|collection| {
                    format!("{} ({}) from {}", collection.name, collection.visibility, collection.path.display())
                })
                .collect(),
            embedder: embedder.to_owned(),
            shelves: shelves.iter().map(shelf).collect(),
            ready_ms: took.as_millis(),
        }
    }

    fn shown(&self) -> String {
        let Style { strong, dim, plain, .. } = Style::of(&std::io::stdout());
        let (documents, passages) =
            self.shelves.iter().fold((0, 0), |sum, shelf| (sum.0 + shelf.documents, sum.1 + shelf.passages));
        let (url, mcp) = (&self.url, &self.mcp);
        let stdio = clients::over_stdio(self.stdio.clone());
        let lines = clients::lines(&clients::over_http(mcp, None), &stdio);
        let token = match &self.admin_token {
            Some(token) => format!(
                "\n{strong}Admin token{plain}, shown this once: {token}\n{dim}It opens everything: send it as \"Authorization: Bearer …\". Strangers see the public part only.{plain}\n"
            ),
            None => String::new(),
        };
        format!(
            "{strong}Cairn{plain} serves {documents} documents ({passages} passages)\n  {}\n{dim}embedded by {}\n  ready in {} ms; data in {}{plain}\n
  Browser        {strong}{url}{plain}
  HTTP           {url}api/v1/search?q=…
  MCP            {mcp}
{token}
{strong}Connect an agent{plain} {dim}(public part; for the private one make it a token: cairn token new --help){plain}
  Any client     cairn mcp install --client NAME --http {mcp}
  Claude Code    claude mcp add --transport http cairn {mcp}
{lines}  With a header  claude mcp add --transport http cairn {mcp} --header \"Authorization: Bearer TOKEN\"
",
            self.collections.join("\n  "),
            self.embedder,
            self.ready_ms,
            self.data,
        )
    }
}

fn announce(banner: &Banner, json: bool) -> anyhow::Result<()> {
    if json {
        return output::banner(banner);
    }
    output::text(&banner.shown())
}
