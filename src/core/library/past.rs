//! The corpus as it was, for who holds a grant: the last few states that were asked for, each built when it first is.
//!
//! Today's rules hold for the past. A document is public in an old state only if it was public then, by today's places
//! and rules and by its own word, and is on the public shelf today; any other is on its collection's private shelf. A state
//! that was built is held against the public shelf again whenever that has changed, and is built anew if it would be
//! another.
//!
//! One state is built at a time, on a thread of its own; who comes meanwhile waits for a while and is then told to come
//! again. So what callers can cost is bounded: one thread, and the memory of [`MAX_STATES`] corpora.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use crate::access::{Grant, Private, Public, Role, Scope};
use crate::corpus::DocumentId;
use crate::embed::Embedder;
use crate::history::{CommitId, HistoryError, Repository};
use crate::ledger::Timestamp;

use super::desk::{Desk, Union};
use super::shelf::{Shelf, Shelves, Slot};
use super::{Aside, Face, Means, Options, ReadError};

/// How many states are kept.
const MAX_STATES: usize = 2;

/// The most documents of a state.
const MAX_DOCUMENTS: usize = 20_000;

/// How long a request waits for a state that is being built.
const PATIENCE: Duration = Duration::from_secs(8);

/// How long a command waits that has the library for itself.
const OWN_PATIENCE: Duration = Duration::from_secs(600);

/// When to come again, seconds.
const RETRY_AFTER_S: u32 = 5;

/// What a reader of scope `S` opens of a state.
pub(super) struct View<S: Scope> {
    pub(super) shelves: Shelves<S>,
    pub(super) desk: Arc<Desk>,
    pub(super) names: Arc<Union>,
    pub(super) commit: CommitId,
}

type Viewing<S> = Pin<Box<dyn Future<Output = Result<View<S>, ReadError>> + Send>>;

/// The way to earlier states that one reader has. Only who holds a grant is given one.
#[derive(Clone)]
pub(super) struct Hindsight<S: Scope>(Arc<dyn Fn(String) -> Viewing<S> + Send + Sync>);

impl<S: Scope> fmt::Debug for Hindsight<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hindsight").finish_non_exhaustive()
    }
}

impl<S: Scope> Hindsight<S> {
    /// Opens the state that a text names.
    pub(super) async fn at(&self, as_of: &str) -> Result<View<S>, ReadError> {
        (self.0)(as_of.to_owned()).await
    }
}

impl Hindsight<Private> {
    pub(super) fn of(past: Arc<Past>, grant: Grant<Private>, role: Role, face: Face) -> Self {
        Self(Arc::new(move |as_of| {
            let (past, grant) = (Arc::clone(&past), grant.clone());
            Box::pin(async move {
                let state = past.state(&as_of, role, face).await?;
                let shelves = state.aside.opened(&grant);
                let (desk, names) = (Arc::clone(state.aside.desk()), Arc::clone(state.aside.names()));
                Ok(View { shelves, desk, names, commit: state.commit })
            })
        }))
    }
}

/// A corpus as it was.
#[derive(Debug)]
struct State {
    commit: CommitId,
    aside: Aside,
    /// Documents that were narrowed for not being public when it was built.
    narrowed: Vec<DocumentId>,
    /// Whether the commit was HEAD or before it when it was asked for.
    in_history: bool,
    /// The public shelf against which it was held last; not kept alive by it.
    held_against: Mutex<Weak<Shelf<Public>>>,
}

/// The states that are there, the one used last behind, and the one that is being built.
#[derive(Debug, Default)]
struct States {
    known: Vec<Arc<State>>,
    building: Option<(CommitId, watch::Receiver<bool>)>,
    /// Why the last build failed, for those who waited for it.
    failed: Option<(CommitId, String)>,
    thread: Option<JoinHandle<()>>,
}

/// Builds and keeps states.
#[derive(Debug)]
pub(super) struct Past {
    options: Options,
    embedder: Arc<dyn Embedder>,
    scratch: PathBuf,
    public: Slot<Public>,
    desk: Arc<Desk>,
    states: Arc<Mutex<States>>,
    stop: Arc<AtomicBool>,
}

impl Past {
    pub(super) fn new(options: Options, embedder: Arc<dyn Embedder>, public: Slot<Public>, desk: Arc<Desk>) -> Self {
        let scratch = options.data.clone();
        let (states, stop) = (Arc::default(), Arc::default());
        Self { options, embedder, scratch, public, desk, states, stop }
    }

    /// The state that a text names, as somebody of this role may see it.
    async fn state(&self, as_of: &str, role: Role, face: Face) -> Result<Arc<State>, ReadError> {
        let (root, text) = (self.options.root.clone(), as_of.to_owned());
        let (repository, commit) = self.desk.offload.run(move || named(&root, &text)).await?;
        let patience = if matches!(face, Face::Cli) { OWN_PATIENCE } else { PATIENCE };
        let mut waited = false;
        loop {
            let news = match self.known(commit) {
                Some(state) if state.in_history || role == Role::Owner => return Ok(state),
                // A branch that is not merged, or a commit that was taken back, is no past of this corpus.
                Some(_) => return Err(unknown(as_of)),
                None if waited => return Err(self.why(commit, as_of)),
                None => self.build(&repository, commit)?,
            };
            let mut news = news;
            let in_time = tokio::time::timeout(patience, news.wait_for(|done| *done)).await;
            if in_time.is_err() {
                return Err(ReadError::Building { retry_after_s: RETRY_AFTER_S });
            }
            waited = true;
        }
    }

    /// A state that is there and was narrowed as it would be today.
    fn known(&self, commit: CommitId) -> Option<Arc<State>> {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let at = states.known.iter().position(|state| state.commit == commit)?;
        let state = states.known.remove(at);
        let public = self.public.load();
        if !state.fits(&public) {
            return None;
        }
        states.known.push(Arc::clone(&state));
        Some(state)
    }

    /// Why there is no state after a build that was waited for.
    fn why(&self, commit: CommitId, as_of: &str) -> ReadError {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        match &states.failed {
            Some((failed, why)) if *failed == commit => ReadError::AsOf { what: format!("{as_of:?}: {why}") },
            // It was built, and others took its place, or something of it left the public shelf meanwhile.
            _ => ReadError::Building { retry_after_s: RETRY_AFTER_S },
        }
    }

    /// Begins to build a state, unless it is being built already; gives who says when it is done.
    fn build(&self, repository: &Repository, commit: CommitId) -> Result<watch::Receiver<bool>, ReadError> {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((building, news)) = &states.building {
            return if *building == commit {
                Ok(news.clone())
            } else {
                Err(ReadError::Building { retry_after_s: RETRY_AFTER_S })
            };
        }
        if let Some(thread) = states.thread.take() {
            let _ended = thread.join().is_ok();
        }
        let (done, news) = watch::channel(false);
        let work = Work {
            repository: repository.clone(),
            commit,
            options: Options { progress: None, ..self.options.clone() },
            means: Means {
                fusion: self.options.fusion,
                stop: Arc::clone(&self.stop),
                ..Means::new(Arc::clone(&self.embedder), self.scratch.clone())
            },
            public: self.public.load(),
        };
        let kept = Arc::clone(&self.states);
        let thread = std::thread::Builder::new().name("cairn-past".to_owned()).spawn(move || {
            let built = work.build();
            let mut states = kept.lock().unwrap_or_else(PoisonError::into_inner);
            states.building = None;
            match built {
                Ok(state) => {
                    states.known.push(Arc::new(state));
                    let most = states.known.len().saturating_sub(MAX_STATES);
                    drop(states.known.drain(..most).collect::<Vec<_>>());
                }
                Err(why) => states.failed = Some((commit, why)),
            }
            drop(states);
            // Nobody may be waiting any more.
            let _told = done.send(true).is_ok();
        });
        states.thread = Some(thread.map_err(|error| ReadError::Index(Box::new(error)))?);
        states.building = Some((commit, news.clone()));
        Ok(news)
    }

    /// Ends a build, and waits for its end. Blocks.
    pub(super) fn close(&self) {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.states.lock().unwrap_or_else(PoisonError::into_inner).thread.take();
        if let Some(thread) = thread {
            let _ended = thread.join().is_ok();
        }
    }
}

impl Drop for Past {
    fn drop(&mut self) {
        self.close();
    }
}

impl State {
    /// Whether everything on its public shelf is on today's, and nothing that was narrowed for not being there.
    fn fits(&self, today: &Arc<Shelf<Public>>) -> bool {
        let mut held_against = self.held_against.lock().unwrap_or_else(PoisonError::into_inner);
        if held_against.ptr_eq(&Arc::downgrade(today)) {
            return true;
        }
        let is_public = |id: &DocumentId| today.document(id).is_some();
        let mut shown = self.aside.public().documents().iter().map(|document| &document.record().id);
        let fits = shown.all(is_public) && !self.narrowed.iter().any(is_public);
        if fits {
            *held_against = Arc::downgrade(today);
        }
        fits
    }
}

/// What the thread has in its hands.
struct Work {
    repository: Repository,
    commit: CommitId,
    options: Options,
    means: Means,
    public: Arc<Shelf<Public>>,
}

impl Work {
    fn build(&self) -> Result<State, String> {
        // Answers come first. On Linux this is a matter of this thread alone.
        #[cfg(target_os = "linux")]
        let _calm = rustix::process::nice(5).is_ok();
        let commit = self.commit;
        let told = |error: &(dyn std::error::Error + 'static)| {
            tracing::warn!(history.commit = %commit, error, "the corpus as it was cannot be indexed");
            "the corpus as it was then cannot be indexed; the log says why".to_owned()
        };
        let tree = self.repository.tree_at(&commit.to_string()).map_err(|error| told(&error))?;
        let mut documents = 0;
        for place in super::history::places(&self.options).into_values() {
            documents += tree.files(&place).map_err(|error| told(&error))?.len();
        }
        if documents > MAX_DOCUMENTS {
            return Err(format!("there were more than {MAX_DOCUMENTS} files then, too many to set aside"));
        }
        let narrowed = RefCell::new(Vec::new());
        let may = |id: &DocumentId| {
            let is_public = self.public.document(id).is_some();
            if !is_public {
                narrowed.borrow_mut().push(id.clone());
            }
            is_public
        };
        let aside = Aside::of_tree_narrowed(&self.options, &tree, &self.means, &may).map_err(|error| told(&error))?;
        let aside = aside
            .with_commits(&self.options, &self.repository, commit, &self.means.stop)
            .map_err(|error| told(&error))?;
        let in_history = self.repository.has_in_history(commit).map_err(|error| told(&error))?;
        let held_against = Mutex::new(Arc::downgrade(&self.public));
        Ok(State { commit, aside, narrowed: narrowed.into_inner(), in_history, held_against })
    }
}

/// Finds the commit that a text names: a day (its last second, UTC), a moment, or what git calls a commit.
fn named(root: &std::path::Path, as_of: &str) -> Result<(Repository, CommitId), ReadError> {
    let failed = |error: HistoryError| match error {
        HistoryError::UnknownRevision { .. }
        | HistoryError::AmbiguousRevision { .. }
        | HistoryError::Missing { .. } => unknown(as_of),
        HistoryError::Unborn | HistoryError::Malformed { .. } | HistoryError::Ref { .. } => unknown(as_of),
        error => ReadError::Index(Box::new(error)),
    };
    let none = || ReadError::AsOf { what: "the corpus is in no git repository, and has no past to ask".to_owned() };
    let repository = Repository::discover(root).map_err(failed)?.ok_or_else(none)?;
    let moment = Timestamp::parse(&format!("{as_of}T23:59:59Z")).or_else(|_| Timestamp::parse(as_of));
    let commit = match moment {
        Ok(moment) => repository.commit_before(moment.unix_s()).map_err(failed)?.ok_or_else(|| unknown(as_of))?,
        Err(_) => repository.commit_named(as_of).map_err(failed)?,
    };
    Ok((repository, commit))
}

/// Whatever was wrong with a name, the answer is one: who may not see a branch does not learn that it is there.
fn unknown(as_of: &str) -> ReadError {
    let given: String = as_of.chars().take(100).collect();
    ReadError::AsOf {
        what: format!("{given:?}: no commit of this history; write a commit, a tag, or a day such as 2026-11-01"),
    }
}
