//! Pages that were drawn before, as they leave: their bytes, compressed or not, and their validator.
//!
//! All that is kept was drawn from one state of the site: a generation of the public shelf, what is known of its history,
//! the day, and in a preview what its editor is told. When another one is served, all of it is let go of at once, so that
//! nothing kept outlives what it shows; and what was being drawn meanwhile is not kept. Only what stands at an address is:
//! whoever asks for what does not exist fills nothing. Memory is bounded, and the oldest goes first.

use std::collections::{HashMap, VecDeque};
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, LINK, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::site::{File, Found, Representation, Site, SiteError, Stamp, Viewed};

use super::door::COMPRESSED_BYTES;
use super::{accept, conditional};

/// How many bytes of pages are kept: some five thousand pages, as browsers ask for them.
const KEPT_BYTES: usize = 32 * 1024 * 1024;

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    /// Percent-decoded.
    pub(super) path: String,
    pub(super) form: Representation,
    /// Whether it may be compressed.
    gzip: bool,
}

/// A page as it leaves.
#[derive(Debug)]
pub(super) struct Drawn {
    status: StatusCode,
    media: HeaderValue,
    /// The page that shows the same to people.
    canonical: Option<HeaderValue>,
    tag: HeaderValue,
    body: Bytes,
    gzip: bool,
    /// Whose page it is.
    pub(super) viewed: Option<Viewed>,
}

/// What stands at an address.
#[derive(Debug)]
pub(super) enum Standing {
    Drawn(Arc<Drawn>),
    /// Nothing that could be kept.
    Other(Found),
}

/// The site with its pages that were drawn before.
#[derive(Debug)]
pub(super) struct Pages {
    pub(super) site: Arc<Site>,
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    stamp: Stamp,
    pages: HashMap<Asked, Arc<Drawn>>,
    /// From the oldest to the newest.
    age: VecDeque<Asked>,
    bytes: usize,
}

impl Pages {
    pub(super) fn new(site: Arc<Site>) -> Arc<Self> {
        Arc::new(Self { site, kept: Mutex::default() })
    }

    /// What is asked for, drawn now or before. Nobody waits for what another one draws.
    ///
    /// # Errors
    /// Fails as `draw` does.
    pub(super) fn get(
        &self,
        asked: &Asked,
        draw: impl FnOnce(&Site) -> Result<Found, SiteError>,
    ) -> Result<Standing, SiteError> {
        let before = self.site.stamp();
        if let Some(drawn) = Kept::of(&mut self.kept(), before).pages.get(asked) {
            return Ok(Standing::Drawn(Arc::clone(drawn)));
        }
        let drawn = match draw(&self.site)? {
            Found::Page(html, document) => {
                Drawn::page(StatusCode::OK, html.into_string(), document.map(Into::into), asked.gzip)
            }
            Found::Gone(html, document) => {
                Drawn::page(StatusCode::GONE, html.into_string(), Some(document.into()), asked.gzip)
            }
            Found::File(file, document) => Drawn::file(file, document.map(Into::into), asked.gzip),
            other => return Ok(Standing::Other(other)),
        };
        let drawn = Arc::new(drawn);
        // What was drawn is of this state if no other one was served meanwhile.
        if self.site.stamp() == before {
            Kept::of(&mut self.kept(), before).keep(asked.clone(), Arc::clone(&drawn));
        }
        Ok(Standing::Drawn(drawn))
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// What is kept of a state; what is of another one is let go of.
    fn of(place: &mut Option<Self>, stamp: Stamp) -> &mut Self {
        let kept = place.take().filter(|kept| kept.stamp == stamp);
        let empty = || Self { stamp, pages: HashMap::new(), age: VecDeque::new(), bytes: 0 };
        place.insert(kept.unwrap_or_else(empty))
    }

    fn keep(&mut self, asked: Asked, drawn: Arc<Drawn>) {
        let bytes = drawn.body.len();
        if bytes > KEPT_BYTES / 8 || self.pages.contains_key(&asked) {
            return;
        }
        self.bytes += bytes;
        self.age.push_back(asked.clone());
        self.pages.insert(asked, drawn);
        while self.bytes > KEPT_BYTES
            && let Some(oldest) = self.age.pop_front()
        {
            self.bytes -= self.pages.remove(&oldest).map_or(0, |drawn| drawn.body.len());
        }
    }
}

impl Asked {
    pub(super) fn new(path: String, form: Representation, headers: &HeaderMap) -> Self {
        Self { path, form, gzip: accept::weight_in(headers, &ACCEPT_ENCODING, "gzip").is_some() }
    }
}

impl Drawn {
    fn page(status: StatusCode, html: String, viewed: Option<Viewed>, gzip: bool) -> Self {
        Self::new(status, HeaderValue::from_static("text/html; charset=utf-8"), html, viewed, gzip)
    }

    /// A text for machines. It names the page that shows the same, which is the one to point at.
    fn file(file: File, viewed: Option<Viewed>, gzip: bool) -> Self {
        let media = HeaderValue::try_from(format!("{}; charset=utf-8", file.media_type));
        let media = media.unwrap_or(HeaderValue::from_static("application/octet-stream"));
        let link = file.page.and_then(|page| HeaderValue::try_from(format!("<{page}>; rel=\"canonical\"")).ok());
        Self { canonical: link, ..Self::new(StatusCode::OK, media, file.text, viewed, gzip) }
    }

    fn new(status: StatusCode, media: HeaderValue, text: String, viewed: Option<Viewed>, gzip: bool) -> Self {
        let tag = conditional::tag(&[text.as_bytes()]);
        let worth = gzip && text.len() as u64 >= COMPRESSED_BYTES;
        let compressed = worth.then(|| compressed(text.as_bytes())).flatten();
        let gzip = compressed.is_some();
        let body = Bytes::from(compressed.unwrap_or_else(|| text.into_bytes()));
        Self { status, media, canonical: None, tag, body, gzip, viewed }
    }

    /// As a response; 304 when the reader has it already.
    pub(super) fn answer(&self, asked: &HeaderMap) -> Response {
        let mut answer = (self.status, [(CONTENT_TYPE, self.media.clone())], self.body.clone()).into_response();
        if self.status == StatusCode::OK {
            answer = conditional::kept(asked, self.tag.clone(), answer);
        }
        let sent = answer.status() != StatusCode::NOT_MODIFIED;
        let headers = answer.headers_mut();
        if self.gzip {
            headers.append(VARY, HeaderValue::from(ACCEPT_ENCODING));
        }
        if self.gzip && sent {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Some(canonical) = &self.canonical {
            headers.insert(LINK, canonical.clone());
        }
        answer
    }
}

fn compressed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::{HeaderMap, StatusCode};

    use super::{Asked, Drawn, KEPT_BYTES, Kept};
    use crate::ledger::Day;
    use crate::library::HistoryStamp;
    use crate::site::{Representation, Stamp};

    fn state() -> Stamp {
        Stamp { generation: 7, history: HistoryStamp::default(), today: Day(20_000), margin: 0 }
    }

    fn asked(path: &str) -> Asked {
        Asked::new(path.to_owned(), Representation::Html, &HeaderMap::new())
    }

    fn page(bytes: usize) -> Arc<Drawn> {
        Arc::new(Drawn::page(StatusCode::OK, "x".repeat(bytes), None, false))
    }

    #[test]
    fn pages_go_with_the_state_that_they_were_drawn_from() {
        let mut place = None;
        Kept::of(&mut place, state()).keep(asked("/a"), page(1));
        assert_eq!(Kept::of(&mut place, state()).pages.len(), 1);
        assert_eq!(Kept::of(&mut place, Stamp { generation: 8, ..state() }).pages.len(), 0);
        Kept::of(&mut place, state()).keep(asked("/a"), page(1));
        assert_eq!(Kept::of(&mut place, Stamp { today: Day(20_001), ..state() }).pages.len(), 0, "a review may be due");
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_goes_first() {
        let mut place = None;
        let kept = Kept::of(&mut place, state());
        for at in 0..20 {
            kept.keep(asked(&at.to_string()), page(KEPT_BYTES / 10));
        }
        assert!(kept.bytes <= KEPT_BYTES && kept.pages.len() == 10 && kept.age.len() == 10);
        assert!(!kept.pages.contains_key(&asked("9")) && kept.pages.contains_key(&asked("10")));
        kept.keep(asked("large"), page(KEPT_BYTES / 4));
        assert!(!kept.pages.contains_key(&asked("large")), "one page does not push out all others");
    }
}
