//! Reaches a library: through the process that owns the data folder, or by becoming its owner.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::http::{HELLO_HTTP, HELLO_LEDGER, HELLO_MCP, HELLO_YIELD};
use crate::ledger::{Errand, ErrandDone, Keeper};
use crate::library::{Caller, Client, DataFolder, LibraryError, Verbs};
use crate::mcp::PROCESS_HEADER;

use super::compose::{House, Stay};
use super::config::Settings;
use super::error::CliError;
use super::socket;

/// How long an owner may take to begin to answer: it may be opening its indexes.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(40);

/// What a document's id keeps as it is in a URL's path.
const IN_PATHS: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What the owner is asked to speak on a connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tongue {
    Http,
    Mcp,
}

/// A library within reach.
#[derive(Debug)]
pub(super) enum Reach {
    /// Another process owns the data folder and answers for it.
    Attached(UnixStream),
    /// This process owns it now.
    Owned(Box<House>),
}

/// Reaches the library: attaches to the owner, or becomes the owner.
///
/// Of several processes that find nobody, one gets the lock and the others attach to it.
pub(super) async fn reach(settings: &Settings, tongue: Tongue, role: &str, stay: Stay) -> anyhow::Result<Reach> {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(stream) = connect(settings, tongue).await {
            return Ok(Reach::Attached(stream));
        }
        match DataFolder::claim(&settings.data, role) {
            Ok(folder) => {
                let settings = settings.clone();
                let house = tokio::task::block_in_place(|| House::open(&settings, folder, stay))?;
                return Ok(Reach::Owned(Box::new(house)));
            }
            Err(LibraryError::Held { .. }) if Instant::now() < end => tokio::time::sleep(PAUSE).await,
            Err(LibraryError::Held { data, pid, .. }) => return Err(CliError::Silent { data, pid }.into()),
            Err(error) => return Err(error.into()),
        }
    }
}

async fn connect(settings: &Settings, tongue: Tongue) -> Option<UnixStream> {
    let mut stream = socket::connect(&settings.data).await?;
    let hello = match tongue {
        Tongue::Http => HELLO_HTTP,
        Tongue::Mcp => HELLO_MCP,
    };
    stream.write_all(hello.as_bytes()).await.ok()?;
    Some(stream)
}

/// Asks the owner to let go of the data folder. Who stands in for a server does; a server does not.
pub(super) async fn ask_to_yield(settings: &Settings) {
    if let Some(mut stream) = socket::connect(&settings.data).await {
        let _asked = stream.write_all(HELLO_YIELD.as_bytes()).await.is_ok();
    }
}

/// Has something done with the ledger, by the owner of the data folder or, as `role`, as its owner.
pub(super) async fn run_errand(settings: &Settings, role: &str, errand: Errand) -> anyhow::Result<ErrandDone> {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(stream) = socket::connect(&settings.data).await {
            return hand_over(stream, &errand).await;
        }
        match DataFolder::claim(&settings.data, role) {
            Ok(folder) => {
                let done = tokio::task::block_in_place(|| -> anyhow::Result<_> {
                    let (ledger, _) = Keeper::open(&settings.data.join("ledger"), settings.ledger_options())?;
                    let done = ledger.run(errand)?;
                    ledger.close();
                    Ok(done)
                })?;
                drop(folder);
                return Ok(done);
            }
            Err(LibraryError::Held { .. }) if Instant::now() < end => tokio::time::sleep(PAUSE).await,
            Err(LibraryError::Held { data, pid, .. }) => return Err(CliError::Silent { data, pid }.into()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whoever does an errand may take as long as it needs; one that went away is heard of.
async fn hand_over(mut stream: UnixStream, errand: &Errand) -> anyhow::Result<ErrandDone> {
    let line = format!("{HELLO_LEDGER}{}\n", serde_json::to_string(errand)?);
    let mut answer = String::new();
    let said = match stream.write_all(line.as_bytes()).await {
        Ok(()) => stream.read_to_string(&mut answer).await.map(drop),
        Err(error) => Err(error),
    };
    if let Ok(done) = serde_json::from_str(&answer) {
        return Ok(done);
    }
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap_or_default();
    let why = match (answer.get("error").and_then(|error| error.as_str()), said) {
        (Some(error), _) => error.to_owned(),
        (None, Ok(())) => "it closed the connection; is it another version?".to_owned(),
        (None, Err(error)) => error.to_string(),
    };
    Err(CliError::NotRecorded { why }.into())
}

/// A reader of the owner's that knows which program asks, and for which process.
pub(super) fn asking(reader: &dyn Verbs, process: Option<String>) -> Box<dyn Verbs> {
    let client = Client { name: "cairn".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) };
    let caller = Caller { client: Some(client), process, ..reader.caller().clone() };
    reader.for_caller(caller)
}

/// A document's path in the HTTP API, by its id or as it was written.
pub(super) fn document_path(id: &str) -> String {
    format!("/api/v1/documents/{}", utf8_percent_encode(id, &IN_PATHS))
}

/// A path with a request as its query string.
pub(super) fn with_query(path: &str, request: &impl Serialize) -> anyhow::Result<String> {
    Ok(format!("{path}?{}", serde_urlencoded::to_string(request)?))
}

/// Asks the owner for something: a path of the HTTP API, with a JSON body or without, on behalf of a process or of none.
/// Refusals keep the owner's words.
pub(super) async fn ask<A: DeserializeOwned>(
    stream: UnixStream,
    path: &str,
    body: Option<Vec<u8>>,
    process: Option<&str>,
) -> anyhow::Result<A> {
    let answer = answer(stream, path, body, process).await?;
    serde_json::from_slice(&answer)
        .context("the owner of the data folder answered in another form; is it another version?")
}

/// The bytes of the owner's answer, if it is a good one.
async fn answer(stream: UnixStream, path: &str, body: Option<Vec<u8>>, process: Option<&str>) -> anyhow::Result<Bytes> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let mut request = Request::builder()
        .method(if body.is_some() { Method::POST } else { Method::GET })
        .uri(path)
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .header("user-agent", concat!("cairn/", env!("CARGO_PKG_VERSION")))
        .body(Full::new(Bytes::from(body.unwrap_or_default())))?;
    if let Some(process) = process {
        request.headers_mut().insert(PROCESS_HEADER, HeaderValue::from_bytes(process.as_bytes())?);
    }
    let response = sender.send_request(request).await.context("the owner of the data folder went away")?;
    let status = response.status();
    let bytes = response.into_body().collect().await?.to_bytes();
    driver.abort();
    if status.is_success() {
        return Ok(bytes);
    }
    let problem: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let detail = problem.get("detail").and_then(|detail| detail.as_str()).unwrap_or("the owner refused");
    Err(CliError::Refused { detail: detail.to_owned() }.into())
}
