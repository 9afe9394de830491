//! What public pages said before: only what was public when it was written, and would be public today.
//!
//! Which contents a file had while it was public is known of all files together ([`crate::history::Chronicle`]). Before
//! one of them is told of, it is read and judged again by today's rules, as a file of today is; behind the first one that
//! these keep private nothing more is told. Whoever asks holds the document, so that it is public now.
//!
//! A revision is named by its commit where everybody is told of commits, else by git's name of its content: a commit's
//! name depends on private files, and its message may speak of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::access::{Public, Visibility};
use crate::corpus::{Classified, Digest, Document, DocumentId, FILE_LIMIT_BYTES, Source, SourceFile, SourcePath};
use crate::governance::{Piece, Rules, words};
use crate::history::{BlobId, Chronicle, CommitId, HistoryError, Repository, Version};

use super::desk::Desk;
use super::history::Chronicled;
use super::{Commits, Options, ReadError};

/// How many documents' revisions are kept.
const KEPT: usize = 128;

/// How many digits name a revision.
const NAME_CHARS: usize = 12;

/// The fewest digits that are taken for a name.
const NAME_CHARS_MIN: usize = 7;

/// What a page was once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// What it is called: twelve hexadecimal digits.
    pub name: String,
    /// Its commit, where everybody is told of commits.
    pub commit: Option<String>,
    /// The first line of the commit's message, under the same condition.
    pub subject: Option<String>,
    /// When it was written, RFC 3339.
    pub date: String,
    /// Who wrote it.
    pub author: String,
    /// The document's id then, if it was another one.
    pub called: Option<DocumentId>,
    /// Whether it is what the page says now.
    pub current: bool,
}

/// The revisions of a page, and whether there are more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Revisions {
    /// The newest first.
    pub all: Vec<Revision>,
    /// Whether the page says something that no commit has.
    pub uncommitted: bool,
}

/// What changed from one revision to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The earlier one, as it was named.
    pub from: Revision,
    /// The later one.
    pub to: Revision,
    /// The texts that readers saw, word by word.
    pub pieces: Vec<Piece>,
}

/// A revision with its text.
#[derive(Debug)]
struct Judged {
    revision: Revision,
    text: Arc<str>,
    blob: BlobId,
}

/// What was found of a document, and of which content at which commit.
type Kept = ((Option<CommitId>, Digest), Arc<[Judged]>);

/// Reads what public pages said before.
#[derive(Debug)]
pub(super) struct Archive {
    repository: Option<Repository>,
    /// The public collections, and no other.
    sources: Vec<Source>,
    rules: Arc<Rules>,
    desk: Arc<Desk>,
    chronicle: Chronicled,
    kept: Mutex<HashMap<DocumentId, Kept>>,
    moved: Mutex<Option<(CommitId, Arc<Moved>)>>,
}

/// Former ids with the documents that had them.
type Moved = HashMap<String, Vec<DocumentId>>;

impl Archive {
    pub(super) fn new(options: &Options, sources: Vec<Source>, desk: Arc<Desk>, chronicle: Chronicled) -> Self {
        // What is wrong with a repository is told by who walks its history.
        let repository = Repository::discover(&options.root).ok().flatten();
        let public = sources.into_iter().filter(|source| source.visibility == Visibility::Public);
        let (kept, moved, rules) = (Mutex::default(), Mutex::default(), Arc::clone(&options.rules));
        Self { repository, sources: public.collect(), rules, desk, chronicle, kept, moved }
    }

    /// The revisions of a document. Blocks.
    pub(super) fn revisions(&self, document: &Document<Public>) -> Result<Revisions, ReadError> {
        let all = self.judged(document)?.iter().map(|one| one.revision.clone()).collect();
        let head =
            self.desk.changes.load().as_ref().and_then(|changes| changes.blob(&self.desk.path_of(document.record())?));
        let own = document.record().git_blob.map(BlobId::from_bytes);
        Ok(Revisions { all, uncommitted: head != own })
    }

    /// What changed between two revisions of a document; `None` when one of them is none. Blocks.
    pub(super) fn comparison(
        &self,
        document: &Document<Public>,
        from: &str,
        to: &str,
    ) -> Result<Option<Comparison>, ReadError> {
        let judged = self.judged(document)?;
        let (Some(from), Some(to)) = (named(&judged, from), named(&judged, to)) else { return Ok(None) };
        let pieces = words(&from.text, &to.text);
        Ok(Some(Comparison { from: from.revision.clone(), to: to.revision.clone(), pieces }))
    }

    /// The documents that may have had an id once, by what git knows of renames.
    pub(super) fn candidates(&self, former: &str) -> Vec<DocumentId> {
        let Some(chronicle) = self.chronicle.load_full() else { return Vec::new() };
        let Some(head) = chronicle.head() else { return Vec::new() };
        let mut kept = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        let moved = match &*kept {
            Some((at, moved)) if *at == head => Arc::clone(moved),
            _ => {
                let moved = Arc::new(self.moved_at(&chronicle));
                *kept = Some((head, Arc::clone(&moved)));
                moved
            }
        };
        moved.get(former).cloned().unwrap_or_default()
    }

    /// Whether a document was called so in a revision that may be told of. Blocks.
    pub(super) fn was_called(&self, document: &Document<Public>, former: &str) -> Result<bool, ReadError> {
        let judged = self.judged(document)?;
        Ok(judged.iter().any(|one| one.revision.called.as_ref().is_some_and(|id| id.as_str() == former)))
    }

    fn moved_at(&self, chronicle: &Chronicle) -> Moved {
        let mut moved = Moved::new();
        for (former, path) in chronicle.former_paths() {
            if let (Some((former, ..)), Some((id, ..))) = (self.place(former), self.place(path)) {
                moved.entry(former.as_str().to_owned()).or_default().push(id);
            }
        }
        for ids in moved.values_mut() {
            ids.sort_unstable();
            ids.dedup();
        }
        moved
    }

    /// The id of a file by its path from the root, with its collection and its path there; `None` outside of the public
    /// collections, and for what these leave out.
    fn place(&self, path: &str) -> Option<(DocumentId, &Source, SourcePath)> {
        self.sources.iter().find_map(|source| {
            let place = self.desk.places.get(source.collection.as_str())?;
            let inside = if place.is_empty() { path } else { path.strip_prefix(place.as_str())?.strip_prefix('/')? };
            let path = source.select(std::iter::once(inside)).into_iter().next()?;
            Some((DocumentId::of(&source.collection, &path), source, path))
        })
    }

    fn judged(&self, document: &Document<Public>) -> Result<Arc<[Judged]>, ReadError> {
        let record = document.record();
        let chronicle = self.chronicle.load_full();
        let made_of = (chronicle.as_ref().and_then(|chronicle| chronicle.head()), record.sha256);
        let known = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&record.id).cloned();
        if let Some((_, judged)) = known.filter(|(of, _)| *of == made_of) {
            return Ok(judged);
        }
        let judged: Arc<[Judged]> = match (&self.repository, chronicle, self.desk.path_of(record)) {
            (Some(repository), Some(chronicle), Some(path)) => {
                let failed = |error: HistoryError| ReadError::Index(Box::new(error));
                let versions = chronicle.versions(&path).unwrap_or_default();
                self.judge(repository, document, versions).map_err(failed)?
            }
            _ => Vec::new().into(),
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(record.id.clone(), (made_of, Arc::clone(&judged)));
        Ok(judged)
    }

    /// Reads contents, the newest first, up to the first one that is not public by today's rules.
    fn judge(
        &self,
        repository: &Repository,
        document: &Document<Public>,
        versions: &[Version],
    ) -> Result<Arc<[Judged]>, HistoryError> {
        let record = document.record();
        let own = record.git_blob.map(BlobId::from_bytes);
        let told = self.desk.commits == Commits::Everyone;
        let contents = repository.contents()?;
        let mut judged: Vec<Judged> = Vec::new();
        for version in versions {
            let Some((id, source, path)) = self.place(&version.path) else { break };
            let bytes = contents.read(version.blob)?;
            if bytes.len() as u64 > FILE_LIMIT_BYTES {
                break;
            }
            let file = SourceFile { collection: source.collection.clone(), path, bytes, modified_ns: 0 };
            let Classified::Public(_, body) = super::collections::classified(source, file, None, &self.rules) else {
                break;
            };
            let whole = version.change.commit.to_string();
            let name = if told { whole.clone() } else { version.blob.to_string() };
            let current = judged.is_empty() && own == Some(version.blob);
            let revision = Revision {
                name: name.chars().take(NAME_CHARS).collect(),
                commit: told.then_some(whole),
                subject: told.then(|| version.subject.to_string()),
                date: version.change.date(),
                author: version.change.author.clone(),
                called: (id != record.id).then_some(id),
                current,
            };
            judged.push(Judged { revision, text: body.text.into(), blob: version.blob });
        }
        Ok(judged.into())
    }
}

/// The revision that a name means; of two with one content the newest.
fn named<'a>(judged: &'a [Judged], name: &str) -> Option<&'a Judged> {
    if name.len() < NAME_CHARS_MIN || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    judged.iter().find(|one| {
        let commit = one.revision.commit.as_deref().is_some_and(|commit| commit.starts_with(&name));
        commit || one.blob.to_string().starts_with(&name)
    })
}
