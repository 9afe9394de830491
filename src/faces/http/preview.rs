//! What an editor's own server answers beside the site: events that have pages drawn anew, the list of findings, and the
//! sheets of documents that no page shows.
//!
//! Everybody else on this machine can reach the port as well, and pages here say what is private. So whoever comes needs
//! the key that was printed: the address with it gives a cookie, and without one there is no answer but how to get it.
//! `cairn serve` is made without any of this.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::{Semaphore, mpsc, watch};

use crate::access::{Visibility, form_key};
use crate::ledger::{NoRandomness, Randomness};
use crate::library::{Face, Held, Target};
use crate::owner;
use crate::retrieval::TokenBudget;
use crate::site::{EVENTS, FINDINGS, Html, Margin, Noted, Site, preview_asset};

use super::door::Door;
use super::routes::Route;
use super::{App, headers, session, stream};

/// Where the key is given; the key follows.
const WAY_IN: &str = "/-/open/";
const COOKIE: &str = "cairn-preview";
/// How many pages may be open at a time.
const PAGES: usize = 64;
/// How often a line is sent that says nothing, so that a browser that went away is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What an editor's own server has beside the site.
#[derive(Debug)]
pub struct Preview {
    pub(super) margin: Arc<Margin>,
    key: String,
    newest: watch::Sender<u64>,
    room: Arc<Semaphore>,
}

impl Preview {
    /// Makes a preview with a key of its own.
    ///
    /// # Errors
    /// Fails when the system gives no randomness.
    pub fn new(randomness: &dyn Randomness) -> Result<Arc<Self>, NoRandomness> {
        let mut bytes = [0_u8; 16];
        randomness.fill(&mut bytes)?;
        Ok(Arc::new(Self {
            margin: Arc::default(),
            key: bytes.map(|byte| format!("{byte:02x}")).concat(),
            newest: watch::Sender::new(0),
            room: Arc::new(Semaphore::new(PAGES)),
        }))
    }

    /// The path that lets one in.
    #[must_use]
    pub fn way_in(&self) -> String {
        format!("{WAY_IN}{}", self.key)
    }

    /// Tells pages what is wrong now.
    pub fn tell(&self, files: Vec<Noted>) {
        self.newest.send_replace(self.margin.tell(files));
    }

    /// Tells pages that they say something else now, what is wrong aside.
    pub fn turn(&self) {
        self.newest.send_replace(self.margin.turn());
    }

    /// Whether this is the key. Digests are compared, of which nobody can choose how far two are the same.
    fn is_key(&self, given: &str) -> bool {
        form_key(given) == form_key(&self.key)
    }

    /// Cookies know no port: another preview has another name.
    fn cookie(&self) -> String {
        let digest = form_key(&self.key);
        format!("{COOKIE}-{}", digest.get(..8).unwrap_or_default())
    }

    /// `GET /-/open/KEY`: gives the cookie. `Lax`, so that a link in a terminal or in a chat leads in as well.
    fn open(&self) -> Response {
        let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Lax", self.cookie(), self.key);
        let mut response = (StatusCode::SEE_OTHER, [(LOCATION, HeaderValue::from_static("/"))]).into_response();
        // Hexadecimal digits and names of ours.
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        response
    }

    /// `GET /-/events`: the number of the newest state, now and whenever there is another.
    fn events(self: Arc<Self>, app: &App) -> Response {
        let Ok(place) = Arc::clone(&self.room).try_acquire_owned() else {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        };
        let (to, receiver) = mpsc::channel(4);
        let (mut newest, stopping) = (self.newest.subscribe(), app.face.stopping.clone());
        newest.mark_changed();
        drop(tokio::spawn(async move {
            loop {
                let line = tokio::select! {
                    changed = newest.changed() => match changed {
                        Ok(()) => Bytes::from(format!("retry: 500\ndata: {}\n\n", *newest.borrow_and_update())),
                        Err(_) => return,
                    },
                    () = tokio::time::sleep(HEARTBEAT) => Bytes::from_static(b":\n\n"),
                    () = to.closed() => return,
                    () = stopping.cancelled() => return,
                };
                if to.send(line).await.is_err() {
                    return;
                }
            }
        }));
        stream::told(receiver, place)
    }
}

/// Looks at a request before the door does.
pub(super) async fn admit(preview: Arc<Preview>, app: Arc<App>, door: Door, request: Request) -> Response {
    let (method, uri, given) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    match answer(preview, &app, door, request).await {
        Found::Own(mut own) => {
            let id = headers::request_id(&given, app.randomness.as_ref());
            headers::dress(own.headers_mut(), id, Route::Nowhere, true);
            own
        }
        Found::Site(answer) if answer.status() == StatusCode::NOT_FOUND && method == Method::GET => {
            sheet(&app, &uri).await.map_or(answer, |html| session::html(StatusCode::OK, html))
        }
        Found::Site(answer) => answer,
    }
}

/// Who answered.
enum Found {
    Own(Response),
    Site(Response),
}

async fn answer(preview: Arc<Preview>, app: &Arc<App>, door: Door, request: Request) -> Found {
    let path = request.uri().path();
    if let Err(error) = app.gate.check(request.uri(), request.headers()) {
        return Found::Own(error.into_response());
    }
    if path.strip_prefix(WAY_IN).is_some_and(|key| preview.is_key(key)) {
        return Found::Own(preview.open());
    }
    if !is_let_in(&preview, request.headers()) {
        let why = "this preview is for who started it: open the address that `cairn preview` printed, with its key\n";
        return Found::Own((StatusCode::FORBIDDEN, why).into_response());
    }
    if path == EVENTS {
        return Found::Own(preview.events(app));
    }
    if path == FINDINGS {
        let unlisted: Vec<_> = unlisted(app).iter().map(|held| held.document.record().id.clone()).collect();
        let html = app.site.findings(&unlisted);
        return Found::Own(
            html.map_or(StatusCode::NOT_FOUND.into_response(), |html| session::html(StatusCode::OK, html)),
        );
    }
    if let Some(asset) = preview_asset(path) {
        return Found::Own(([(CONTENT_TYPE, asset.media_type)], asset.bytes).into_response());
    }
    Found::Site(door.admit(request).await)
}

fn is_let_in(preview: &Preview, headers: &HeaderMap) -> bool {
    session::cookie(headers, &preview.cookie()).is_some_and(|key| preview.is_key(key))
}

/// The documents that no page shows.
fn unlisted(app: &App) -> Vec<Held> {
    let owner = owner::reader(&app.library, Face::Site);
    let Some(grant) = owner.caller().principal.private() else { return Vec::new() };
    let mut all = app.library.inventory(&grant);
    all.retain(|held| held.document.record().visibility() == Visibility::Private);
    all
}

/// The sheet of the document at a path, if there is one that no page shows.
async fn sheet(app: &App, uri: &Uri) -> Option<Html> {
    let path = Site::path(uri.path());
    let held = unlisted(app).into_iter().find(|held| Site::has_sheet_at(&held.document.record().id, &path))?;
    let id = held.document.record().id.clone();
    let target =
        Target { id, section: None, budget: Some(TokenBudget::WHOLE), cursor: None, as_of: None, instead: Vec::new() };
    let read = owner::reader(&app.library, Face::Site).read(target).await;
    let reading = read.inspect_err(|error| tracing::warn!(error = error as &dyn std::error::Error, "no sheet")).ok()?;
    // The lines of the file that the text does not begin with.
    let above = "\n".repeat((reading.citation.lines.first as usize).saturating_sub(1));
    app.site.sheet(reading.document.record(), &format!("{above}{}", reading.text))
}
