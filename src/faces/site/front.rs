//! The site: finds what stands at a path and has it drawn.

use std::sync::{Arc, Mutex, PoisonError};

use maud::Markup;

use super::address::parent;
use super::assets::{self, Asset};
use super::bodies::Bodies;
use super::body;
use super::edition::{Edition, is_retired};
use super::layout::{self, Frame};
use super::margin::{self, Margin, Notes};
use super::surroundings::Surroundings;
use super::views::{Viewed, Views};
use super::{
    Asked, Plain, SiteError, changes_page, decisions_page, facets, feed, finder, folder_page, glossary_page,
    history_page, home_page, missing_page, page, plain_page, preview_part, search_page, sitemap, tags_page, twin,
};
use crate::access::Public;
use crate::corpus::{Document, DocumentId, Record, is_front_page};
use crate::ledger::{Day, Timestamp};
use crate::library::{Answer, Comparison, HistoryStamp, Image, PublicLibrary, Revisions, Shelf};
use crate::retrieval::{Commit, Filters, QueryError};

/// A whole page.
pub type Html = Markup;

/// How the site presents itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteOptions {
    /// The name at the top of each page.
    pub name: String,
    /// Where the server is reached, without a slash at the end; shown to those who connect an agent.
    pub public_url: Option<String>,
    /// The language of pages that don't name theirs (BCP 47).
    pub language: String,
    /// Where a page can be edited; `{path}` stands for its file, relative to the root.
    pub edit_url: Option<String>,
    /// Whether somebody is there to ask what pages said before.
    pub history: bool,
}

impl Default for SiteOptions {
    fn default() -> Self {
        Self { name: "Cairn".to_owned(), public_url: None, language: "en".to_owned(), edit_url: None, history: true }
    }
}

/// What stands at a path.
#[derive(Debug, Clone)]
pub enum Found {
    /// A page, and the document it shows, if it shows one.
    Page(Html, Option<DocumentId>),
    /// The page of a document that is retired, with what took its place.
    Gone(Html, DocumentId),
    /// A page for machines, and the document it is of, if it is of one.
    File(File, Option<DocumentId>),
    /// An image that a public page shows; whether its file is there is for the library to say.
    Image(Image),
    /// Another path has it: percent-encoded, from the root.
    Redirect(String),
    /// The history of a document, which [`Site::history`] draws with what the library knows of it.
    History(Document<Public>),
    /// What changed from one revision to another, which [`Site::comparison`] draws.
    Comparison {
        /// The document.
        document: Document<Public>,
        /// The name of the earlier revision.
        from: String,
        /// The name of the later one.
        to: String,
    },
    /// Nothing that a stranger may see.
    Missing,
}

/// A text for machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its media type.
    pub media_type: &'static str,
    /// The text, in UTF-8.
    pub text: String,
    /// The path of the page that shows the same, if there is one.
    pub page: Option<String>,
}

/// In which form somebody wants a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Representation {
    /// For people.
    #[default]
    Html,
    /// The text alone.
    Markdown,
    /// All that is known of it.
    Json,
}

/// Stands for all that pages are drawn from, but for what git and the disk are asked for a page: of two, one can say
/// whether they are the same, and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Of the public shelf.
    pub(crate) generation: u64,
    /// What is known of the commits that made it.
    pub(crate) history: HistoryStamp,
    /// What is stale depends on it.
    pub(crate) today: Day,
    /// Of what an editor is told; 0 on the site of strangers.
    pub(crate) margin: u64,
}

/// The public site over a library.
#[derive(Debug)]
pub struct Site {
    library: PublicLibrary,
    options: SiteOptions,
    bodies: Bodies,
    /// The newest generation that was asked for.
    edition: Mutex<Option<Arc<Edition>>>,
    views: Views,
    /// What editors are told beside pages; none for strangers.
    margin: Option<Arc<Margin>>,
}

/// What one page is drawn from.
pub(super) struct View<'a> {
    pub(super) options: &'a SiteOptions,
    pub(super) edition: &'a Edition,
    pub(super) bodies: &'a Bodies,
    /// The visible text of a document.
    pub(super) text: &'a dyn Fn(&Document<Public>) -> Result<String, SiteError>,
    /// The commit that made a document's bytes.
    pub(super) commit: &'a dyn Fn(&Document<Public>) -> Option<Commit>,
    /// A document's file, relative to the root.
    pub(super) file: &'a dyn Fn(&Document<Public>) -> Option<String>,
    pub(super) today: Day,
    /// What an editor is told; none on a site for strangers.
    pub(super) notes: Option<Notes>,
}

impl Site {
    /// Makes the site of a library. Views of its pages are counted from `now` on.
    #[must_use]
    pub fn new(library: PublicLibrary, options: SiteOptions, now: Timestamp) -> Self {
        let views = Views::since(now);
        Self { library, options, bodies: Bodies::default(), edition: Mutex::new(None), views, margin: None }
    }

    /// Makes the site for the one who writes it: with what `margin` says beside each page.
    #[must_use]
    pub fn for_editor(library: PublicLibrary, options: SiteOptions, now: Timestamp, margin: Arc<Margin>) -> Self {
        Self { margin: Some(margin), ..Self::new(library, options, now) }
    }

    /// The list of everything that is wrong, with the documents that are no pages; `None` on a site for strangers.
    #[must_use]
    pub fn findings(&self, unlisted: &[DocumentId]) -> Option<Html> {
        self.view(|view| Some(preview_part::findings(view, view.notes.as_ref()?, unlisted)))
    }

    /// Whether the sheet of a document stands at a path: its id, or its file's.
    #[must_use]
    pub fn has_sheet_at(id: &DocumentId, path: &str) -> bool {
        margin::stands_at(id, path)
    }

    /// A document that is no page, for its editor: `text` has its lines where the file has them. `None` on a site for
    /// strangers.
    #[must_use]
    pub fn sheet(&self, record: &Record, text: &str) -> Option<Html> {
        self.view(|view| Some(preview_part::sheet(view, view.notes.as_ref()?, record, text)))
    }

    /// Counts that somebody looked at a document's page.
    pub fn count_view(&self, viewed: &Viewed) {
        self.views.count(viewed);
    }

    /// How often documents' pages were looked at, and since when; counting begins anew at `now`.
    #[must_use]
    pub fn take_views(&self, now: Timestamp) -> (Timestamp, Vec<(DocumentId, u64)>) {
        self.views.take(now)
    }

    /// The library, for those who search it on behalf of the site's readers.
    #[must_use]
    pub fn library(&self) -> &PublicLibrary {
        &self.library
    }

    /// The front page.
    ///
    /// # Errors
    /// Fails when the index can't give a text.
    pub fn home(&self) -> Result<Html, SiteError> {
        self.view(home_page::draw)
    }

    /// What stands at a path that was percent-decoded: `/playbook/loop`; a document in the form that is wanted.
    ///
    /// # Errors
    /// Fails when the index can't give a text.
    pub fn page(&self, path: &str, form: Representation) -> Result<Found, SiteError> {
        self.view(|view| find(view, path, form))
    }

    /// The page with a document's revisions; `None` when it is not public any more.
    #[must_use]
    pub fn history(&self, id: &DocumentId, found: &Revisions) -> Option<Html> {
        self.of_document(id, |view, at, document| history_page::list(view, at, document, found))
    }

    /// The page with what changed in a document; `None` when it is not public any more.
    #[must_use]
    pub fn comparison(&self, id: &DocumentId, found: &Comparison) -> Option<Html> {
        self.of_document(id, |view, at, document| history_page::comparison(view, at, document, found))
    }

    fn of_document<R>(
        &self,
        id: &DocumentId,
        draw: impl FnOnce(&View<'_>, usize, &Document<Public>) -> R,
    ) -> Option<R> {
        self.view(|view| {
            let at = view.edition.find(id)?;
            Some(draw(view, at, view.edition.document(at)?))
        })
    }

    /// The search page: empty, with an answer, or with why there is none.
    #[must_use]
    pub fn search(&self, asked: &Asked, answer: Option<&Answer<Public>>, error: Option<&str>) -> Html {
        self.view(|view| search_page::draw(view, asked, answer, error))
    }

    /// Which documents may answer, by what is chosen beside the question.
    ///
    /// # Errors
    /// Names a choice that is none, or a list that is too long.
    pub fn filters(&self, asked: &Asked) -> Result<Filters, QueryError> {
        self.view(|view| facets::filters(view, asked))
    }

    /// The page for a path where nothing stands.
    #[must_use]
    pub fn missing(&self, path: &str) -> Html {
        self.view(|view| missing_page::draw(view, path))
    }

    /// A page that is no document, in the site's frame. Everything on it is escaped.
    #[must_use]
    pub fn plain(&self, plain: &Plain<'_>) -> Html {
        self.view(|view| plain_page::draw(view, plain))
    }

    /// A page of somebody else's making, in the site's frame: wide, and nothing for search engines.
    #[must_use]
    pub fn framed(&self, title: &str, main: Html) -> Html {
        self.view(|view| layout::draw(view, &Frame { title, main, wide: true, hidden: true, ..Frame::default() }))
    }

    /// Where the pages of documents are, in the order of these, with the section that an anchor names; `None` for one that
    /// is not public now.
    #[must_use]
    pub fn addresses<'a>(&self, places: impl Iterator<Item = (&'a DocumentId, &'a str)>) -> Vec<Option<String>> {
        self.view(|view| {
            let address = |(document, anchor): (&DocumentId, &str)| {
                let page = view.edition.address_of(document)?;
                Some(if anchor.is_empty() {
                    page.to_owned()
                } else {
                    format!("{page}#{}", super::address::encoded(anchor))
                })
            };
            places.map(address).collect()
        })
    }

    /// Finds the file at `path` that pages load.
    #[must_use]
    pub fn asset(&self, path: &str) -> Option<Asset> {
        assets::find(path)
    }

    /// The path of a request, percent-decoded, as [`Site::page`] takes it.
    #[must_use]
    pub fn path(raw: &str) -> String {
        super::address::decoded(raw)
    }

    /// What pages are drawn from now.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        let (generation, history) = (self.library.generation(), self.library.history_stamp());
        let margin = self.margin.as_ref().map_or(0, |margin| margin.now().revision);
        Stamp { generation, history, today: Day::of(self.library.now()), margin }
    }

    pub(super) fn view<R>(&self, draw: impl FnOnce(&View<'_>) -> R) -> R {
        let shelf = self.library.shelf();
        let edition = self.edition(&shelf);
        draw(&View {
            options: &self.options,
            edition: &edition,
            bodies: &self.bodies,
            text: &|document| {
                shelf
                    .text(document)
                    .map_err(|source| SiteError::Text { id: document.record().id.clone(), source: Box::new(source) })
            },
            commit: &|document| self.library.commit_of(document),
            file: &|document| self.library.file_of(document),
            today: Day::of(self.library.now()),
            notes: self.margin.as_ref().map(|margin| margin.now()),
        })
    }

    /// The edition of a shelf: made once for a generation and what is known of its history. Others wait for it rather than
    /// make it, too.
    fn edition(&self, shelf: &Shelf<Public>) -> Arc<Edition> {
        let made_of = (shelf.generation(), self.library.history_stamp());
        // A reader that panicked left the edition before in place.
        let mut kept = self.edition.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(edition) if (edition.generation, edition.stamp) == made_of => Arc::clone(edition),
            _ => {
                let (documents, graph) = (shelf.documents().to_vec(), Arc::clone(shelf.graph()));
                let edition = Arc::new(Edition::new(made_of, documents, graph, self.library.images(shelf)));
                *kept = Some(Arc::clone(&edition));
                edition
            }
        }
    }
}

impl View<'_> {
    /// A document's body, rendered now or before.
    pub(super) fn body(&self, document: &Document<Public>) -> Result<Arc<body::Body>, SiteError> {
        let record = document.record();
        if let Some(noted) = self.notes.as_ref().and_then(|notes| notes.of(&record.id)) {
            return preview_part::noted_body(self, noted, document).map(Arc::new);
        }
        let key = (record.id.clone(), record.sha256, self.edition.generation);
        self.bodies.get(key, || Ok(body::render(&(self.text)(document)?, record, &Surroundings::of(self, record))))
    }
}

impl View<'_> {
    /// A path with where the server is reached before it, as far as that is known.
    pub(super) fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.options.public_url.as_deref().unwrap_or_default())
    }

    /// Where a document can be edited.
    pub(super) fn edit_link(&self, document: &Document<Public>) -> Option<String> {
        let file = (self.file)(document)?;
        Some(self.options.edit_url.as_ref()?.replace("{path}", &super::address::encoded(&file)))
    }

    /// A document in the form that is wanted.
    fn document(&self, at: usize, form: Representation) -> Result<Found, SiteError> {
        let Some(document) = self.edition.document(at) else { return Ok(Found::Missing) };
        let id = document.record().id.clone();
        let (media_type, text) = match form {
            Representation::Html if is_retired(document.record()) => {
                return Ok(Found::Gone(page::draw(self, at, document)?, id));
            }
            Representation::Html => return Ok(Found::Page(page::draw(self, at, document)?, Some(id))),
            Representation::Markdown => (twin::MARKDOWN, twin::markdown(self, document)?),
            Representation::Json => (twin::JSON, twin::json(self, at, document)?),
        };
        let page = Some(self.absolute(self.edition.address(at)));
        Ok(Found::File(File { media_type, text, page }, Some(id)))
    }
}

/// Finds what stands at a decoded path. Documents and folders come first: a collection may have the name of a list.
pub(super) fn find(view: &View<'_>, path: &str, form: Representation) -> Result<Found, SiteError> {
    let edition = view.edition;
    let Some(path) = path.strip_prefix('/') else { return Ok(Found::Missing) };
    let bare = path.strip_suffix('/').unwrap_or(path);
    let page = |at: usize| view.document(at, form);
    if let Some(at) = DocumentId::parse(bare).ok().and_then(|id| edition.find(&id)) {
        let address = super::address::encoded(path);
        let canonical = edition.address(at).trim_start_matches('/');
        return if address == canonical { page(at) } else { Ok(Found::Redirect(format!("/{canonical}"))) };
    }
    let Some(folder) = edition.folder(bare) else { return elsewhere(view, path, bare) };
    if bare.len() < path.len() {
        return Ok(Found::Redirect(format!("/{}", super::address::encoded(bare))));
    }
    match folder.index {
        Some(at) => page(at),
        None => Ok(Found::Page(folder_page::draw(view, folder), None)),
    }
}

/// What stands at a path that is no document's and no folder's: a document for machines, one by another name, an image, a
/// list, or what was there before.
fn elsewhere(view: &View<'_>, path: &str, bare: &str) -> Result<Found, SiteError> {
    let edition = view.edition;
    for (ending, form) in [(".md", Representation::Markdown), (".json", Representation::Json)] {
        let id = path.strip_suffix(ending).and_then(|id| DocumentId::parse(id).ok());
        if let Some(at) = id.and_then(|id| edition.find(&id)) {
            return view.document(at, form);
        }
    }
    if let Some(at) = called(edition, bare) {
        return Ok(Found::Redirect(edition.address(at).to_owned()));
    }
    let found = match image(view, path)? {
        Found::Missing => list(view, path)?,
        found => found,
    };
    match (found, edition.former().at(bare)) {
        (Found::Missing, Some(at)) => Ok(Found::Redirect(edition.address(at).to_owned())),
        (found, _) => Ok(found),
    }
}

/// A page that lists documents, or a file for machines that does.
fn list(view: &View<'_>, path: &str) -> Result<Found, SiteError> {
    let page = |html: Option<Html>| html.map_or(Found::Missing, |html| Found::Page(html, None));
    let file = |media_type, text| Found::File(File { media_type, text, page: None }, None);
    Ok(match path {
        "tags" => page(Some(tags_page::all(view))),
        "changes" => page(Some(changes_page::draw(view))),
        "glossary" => page(glossary_page::draw(view)?),
        "decisions" => page(decisions_page::draw(view)),
        "sitemap.xml" => file("application/xml", sitemap::sitemap(view)),
        "search-index.js" => file("text/javascript", finder::draw(view)),
        "robots.txt" => file("text/plain", sitemap::robots(view)),
        _ => {
            if let Some(found) = before(view.edition, path) {
                return Ok(found);
            }
            if let Some(name) = path.strip_prefix("feeds/") {
                let feed = feed::at(view, name)?;
                return Ok(feed.map_or(Found::Missing, |(media_type, text)| file(media_type, text)));
            }
            let Some(wanted) = path.strip_prefix("tags/") else { return Ok(Found::Missing) };
            match view.edition.tags().find(wanted) {
                Some((key, tag)) if key == wanted => page(Some(tags_page::one(view, key, tag))),
                Some((key, _)) => Found::Redirect(super::tags::address(key)),
                None => Found::Missing,
            }
        }
    })
}

/// The history of a document, or a comparison: `history/playbook/loop`, `compare/1a2b3c4..5d6e7f8/playbook/loop`.
fn before(edition: &Edition, path: &str) -> Option<Found> {
    let document = |id: &str| {
        let at = DocumentId::parse(id).ok().and_then(|id| edition.find(&id)).or_else(|| edition.folder(id)?.index);
        edition.document(at?).cloned()
    };
    if let Some(id) = path.strip_prefix("history/") {
        return document(id).map(Found::History);
    }
    let (range, id) = path.strip_prefix("compare/")?.split_once('/')?;
    let (from, to) = range.split_once("..")?;
    let (from, to) = (from.to_owned(), to.to_owned());
    document(id).map(|document| Found::Comparison { document, from, to })
}

/// The image at a path, if one of the pages that name it really draws it: a page may name one where nothing is shown.
fn image(view: &View<'_>, path: &str) -> Result<Found, SiteError> {
    let Some((image, pages)) = view.edition.image(path) else { return Ok(Found::Missing) };
    let address = format!("/{}", super::address::encoded(path));
    for document in pages.iter().filter_map(|id| view.edition.document(view.edition.find(id)?)) {
        if view.body(document)?.images.contains(&address) {
            return Ok(Found::Image(image.clone()));
        }
    }
    Ok(Found::Missing)
}

/// The document that a path names which is nobody's address: that of its file, with another extension, or of a front
/// page by another name.
fn called(edition: &Edition, path: &str) -> Option<usize> {
    let named = || edition.find(&edition.graph.names().called(path)?.id);
    // `…/index.html` is what other sites called a folder, whatever the file's name is.
    let front = || {
        let page = path.strip_suffix(".html").unwrap_or(path);
        is_front_page(page).then(|| edition.folder(parent(page))?.index)?
    };
    named().or_else(front)
}
