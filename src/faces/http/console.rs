//! `/private/ledger` and `/private/reports`: the ledger and its reports in a browser, for who may see it. Anybody else is asked to sign in, or told that their
//! token may not, whatever the address says.
//!
//! Reading the ledger is none of the questions in the line: a few at a time are read, on threads of their own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use hyper::body::Bytes;
use tokio::sync::{Semaphore, mpsc};

use crate::access::Action;
use crate::console::{self, Asked, Listed, PAGE_LINES, Sheet, Sight, Traced};
use crate::ledger::{Filter, LedgerError, LedgerReader, Line, Record, RecordName, RetrievalId, Sequence};
use crate::site::{Plain, tail_script};

use super::session::{self, Visitor};
use super::{App, HttpError, reports, stream};

/// How many pages are read at a time; the next one is told to come again.
const READING: usize = 4;
/// How many browsers may be told of what comes, at a time.
const TAILS: usize = 8;
/// How many retrievals a tail begins with.
const TAIL_LINES: usize = 40;
/// How much of what was written of a retrieval is shown.
const SAID: usize = 50;
/// How long one stream of events goes on. The browser asks again, and is looked at again: a token may be revoked by then.
const TAIL_LASTS: Duration = Duration::from_secs(60);
/// How often the ledger is looked at for a tail.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What bounds the pages of the ledger.
#[derive(Debug)]
pub(super) struct Console {
    reading: Arc<Semaphore>,
    tails: Arc<Semaphore>,
}

impl Default for Console {
    fn default() -> Self {
        Self { reading: Arc::new(Semaphore::new(READING)), tails: Arc::new(Semaphore::new(TAILS)) }
    }
}

/// `GET /private/ledger`: the retrievals that are looked for.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    uri: Uri,
) -> Result<Response, HttpError> {
    let sight = match sight(&app, &visitor) {
        Ok(sight) => sight,
        Err(told) => return Ok(*told),
    };
    let asked = Asked::of(&pairs(&uri));
    let (filter, wrong) = asked.filter(app.clock.now());
    let found = read(&app, move |reader| {
        let mut lines = retrievals(&reader, filter, &sight, PAGE_LINES + 1)?;
        let more = lines.len() > PAGE_LINES;
        lines.truncate(PAGE_LINES);
        let next = lines.last().filter(|_| more).map(|line| line.seq.0);
        Ok(Listed { lines, next, wrong })
    });
    Ok(drawn(&app, StatusCode::OK, &console::list(&asked, &found.await?)))
}

/// `GET /private/ledger/{id}`: one retrieval. One that may not be seen is not there.
pub(super) async fn trace(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
) -> Result<Response, HttpError> {
    let sight = match sight(&app, &visitor) {
        Ok(sight) => sight,
        Err(told) => return Ok(*told),
    };
    let missing = || {
        let lead = "No retrieval that you may see is called so. The list has those there are.";
        let plain = Plain { title: "No such retrieval", lead, ..Plain::default() };
        session::page(&app, StatusCode::NOT_FOUND, &plain)
    };
    let Some(id) = RetrievalId::parse(&id) else { return Ok(missing()) };
    let found = read(&app, move |reader| {
        let name = RecordName::parse(id.as_str());
        let line = name.map(|name| reader.find(&name)).transpose()?.flatten();
        let shown = line.filter(|line| seen(line, &sight));
        let said = match &shown {
            Some(line) => said_of(&reader, &sight, id, line.seq)?,
            None => Vec::new(),
        };
        Ok(shown.map(|line| (line, said)))
    });
    let Some((line, said)) = found.await? else { return Ok(missing()) };
    let Record::Retrieval(retrieval) = &line.record else { return Ok(missing()) };
    let places = retrieval.hits.iter().map(|hit| (&hit.doc, hit.anchor.as_str()));
    let form_key = match &visitor {
        Visitor::Browser(signed_in) => Some(signed_in.form_key.as_str()),
        _ => None,
    };
    let may_say = visitor.principal().is_some_and(|principal| principal.can(Action::Feedback));
    let addresses = app.site.addresses(places);
    let traced = Traced { line: &line, retrieval, addresses, said: &said, may_say, form_key };
    Ok(drawn(&app, StatusCode::OK, &console::trace(&traced)))
}

/// `GET /private/ledger/tail`: the newest retrievals, and a script that waits for more.
pub(super) async fn tail(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response, HttpError> {
    let sight = match sight(&app, &visitor) {
        Ok(sight) => sight,
        Err(told) => return Ok(*told),
    };
    let now = app.clock.now();
    let lines =
        read(&app, move |reader| retrievals(&reader, Asked::default().filter(now).0, &sight, TAIL_LINES)).await?;
    Ok(drawn(&app, StatusCode::OK, &console::tail(&lines, tail_script())))
}

/// `GET /private/ledger/events`: retrievals as they come, as a stream of events.
pub(super) async fn events(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let sight = match sight(&app, &visitor) {
        Ok(sight) => sight,
        Err(told) => return Ok(*told),
    };
    let busy =
        |_| HttpError::Unavailable { what: "as many are told of what comes as may be".to_owned(), retry_after_s: 30 };
    let place = Arc::clone(&app.console.tails).try_acquire_owned().map_err(busy)?;
    let last = stream::last_event(&headers).and_then(|id| id.parse::<u64>().ok());
    let asked = || pairs(&uri).into_iter().find(|(name, _)| name == "after")?.1.parse().ok();
    let after = last.or_else(asked).unwrap_or(u64::MAX);
    let reader = reader(&app)?;
    let (sender, receiver) = mpsc::channel(16);
    let work = move || follow(&reader, &sight, after, &sender);
    let thread = std::thread::Builder::new().name("cairn-tail".to_owned()).spawn(work);
    thread.map_err(|_| HttpError::Internal)?;
    Ok(stream::told(receiver, place))
}

/// `GET /private/reports`: which reports there are.
pub(super) async fn reports(State(app): State<Arc<App>>, Extension(visitor): Extension<Visitor>) -> Response {
    match sight(&app, &visitor) {
        Ok(_) => drawn(&app, StatusCode::OK, &console::reports()),
        Err(told) => *told,
    }
}

/// `GET /private/reports/{name}`: one of them.
pub(super) async fn report(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Response, HttpError> {
    if let Err(told) = sight(&app, &visitor) {
        return Ok(*told);
    }
    let principal = visitor.principal().cloned().ok_or(HttpError::NoRoute)?;
    let made = reports::make(&app, principal, name.parse()?, &uri).await?;
    Ok(drawn(&app, StatusCode::OK, &console::report(&made)))
}

/// Tells of retrievals behind `after` as they come, until nobody listens or the time is over.
fn follow(reader: &LedgerReader, sight: &Sight, after: u64, to: &mpsc::Sender<Bytes>) {
    let end = Instant::now() + TAIL_LASTS;
    let Ok((lines, mut follower)) = reader.follow(TAIL_LINES) else { return };
    let mut known = lines.into_iter().filter(|line| line.seq.0 > after);
    // What the connection is open for is said at once, so that the browser knows that it is.
    let mut next = Some("retry: 2000\n\n".to_owned());
    loop {
        if let Some(event) = next.take()
            && to.blocking_send(Bytes::from(event)).is_err()
        {
            return;
        }
        let line = match known.next() {
            Some(line) => Some(line),
            // A line that is no record is passed over.
            None => follower.next_line().ok().flatten(),
        };
        match line {
            Some(line) => next = seen(&line, sight).then(|| console::event(&line)).flatten(),
            None if Instant::now() >= end || to.is_closed() => return,
            None => std::thread::sleep(LOOK_EVERY),
        }
    }
}

/// Who may look; or what they are told instead.
fn sight(app: &App, visitor: &Visitor) -> Result<Sight, Box<Response>> {
    let Some(principal) = visitor.principal() else { return Err(Box::new(session::see(session::SIGN_IN))) };
    let sight = Sight::of(principal).filter(|_| principal.can(Action::Report));
    sight.ok_or_else(|| {
        let lead = "It needs an admin token, or one that was made with --can report.";
        let plain = Plain { title: "This token may not see the ledger", lead, ..Plain::default() };
        Box::new(session::page(app, StatusCode::FORBIDDEN, &plain))
    })
}

/// Reads the ledger on a thread of its own.
async fn read<R: Send + 'static>(
    app: &App,
    work: impl FnOnce(LedgerReader) -> Result<R, LedgerError> + Send + 'static,
) -> Result<R, HttpError> {
    let busy =
        |_| HttpError::Unavailable { what: "other pages of the ledger are being read".to_owned(), retry_after_s: 1 };
    let place = Arc::clone(&app.console.reading).try_acquire_owned().map_err(busy)?;
    let reader = reader(app)?;
    let work = move || {
        let _place = place;
        work(reader)
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "a page of the ledger is none of the questions in the line; the semaphore bounds it"
    )]
    let read = tokio::task::spawn_blocking(work).await.map_err(|_| HttpError::Internal)?;
    read.map_err(|error| unreadable(&error))
}

fn reader(app: &App) -> Result<LedgerReader, HttpError> {
    LedgerReader::open(app.ledger.folder()).map_err(|error| unreadable(&error))
}

fn unreadable(error: &LedgerError) -> HttpError {
    tracing::error!(error = error as &dyn std::error::Error, "the ledger cannot be read for a page");
    HttpError::Internal
}

/// What was written of a retrieval, the oldest first: all of it stands behind the retrieval.
fn said_of(reader: &LedgerReader, sight: &Sight, id: RetrievalId, place: Sequence) -> Result<Vec<Line>, LedgerError> {
    let kinds = vec!["feedback", "gap", "change"];
    let filter = Filter { kinds, retrieval: Some(id), after: Some(place), ..Filter::default() };
    let shown = |line: &Result<Line, _>| line.as_ref().map_or(true, |line| sight.shows(&line.record));
    let found = reader.newest(filter)?.filter(shown);
    let mut said = found.take(SAID).collect::<Result<Vec<_>, _>>()?;
    said.reverse();
    Ok(said)
}

/// The newest retrievals that fit and may be seen.
fn retrievals(reader: &LedgerReader, filter: Filter, sight: &Sight, most: usize) -> Result<Vec<Line>, LedgerError> {
    let mut found = Vec::new();
    for line in reader.newest(filter)? {
        let line = line?;
        if seen(&line, sight) {
            found.push(line);
        }
        if found.len() == most {
            break;
        }
    }
    Ok(found)
}

fn seen(line: &Line, sight: &Sight) -> bool {
    matches!(line.record, Record::Retrieval(_)) && sight.shows(&line.record)
}

fn pairs(uri: &Uri) -> Vec<(String, String)> {
    Query::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default()
}

fn drawn(app: &App, status: StatusCode, sheet: &Sheet) -> Response {
    session::html(status, app.site.framed(&sheet.title, sheet.main.clone()))
}
